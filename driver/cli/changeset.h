/* The commands below `osmflow changeset` that have files of their own. */
#ifndef OSMFLOW_CLI_CHANGESET_H
#define OSMFLOW_CLI_CHANGESET_H

#include "cli/command.h"

extern const struct osmflow_command osmflow_command_changeset_apply, osmflow_command_changeset_revert;

#endif
