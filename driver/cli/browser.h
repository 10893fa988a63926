/* The user's web browser. */
#ifndef OSMFLOW_CLI_BROWSER_H
#define OSMFLOW_CLI_BROWSER_H

#include <osmflow/environment.h>
#include <stdbool.h>

/* Asks $BROWSER, else the desktop, to open an address, and does not wait for it. False: there is none to ask. */
bool osmflow_browser_open(const struct osmflow_environment *environment, const char *url);

#endif
