/* One line from the user, by keyboard or through a pipe. */
#ifndef OSMFLOW_CLI_PROMPT_H
#define OSMFLOW_CLI_PROMPT_H

#include <osmflow/environment.h>
#include <stdbool.h>

/* `question` goes to standard error when the user sits at a keyboard. `is_secret`: what is typed is not shown. The line
 * comes without white space at its ends and is never empty; wipe it with osmflow_credentials_wipe. */
enum osmflow_status osmflow_prompt(const struct osmflow_environment *environment, const char *question, bool is_secret,
                                   char **line, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether the user says y or yes; anything else, an empty line too, is no. OSMFLOW_CANCELLED when stopped meanwhile. */
enum osmflow_status osmflow_prompt_yes(const struct osmflow_environment *environment, const char *question,
                                       bool *is_yes, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
