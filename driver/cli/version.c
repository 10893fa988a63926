/* `osmflow version`. */
#include <gdal.h>
#include <osmflow/osm.h>

#include "cli/command.h"

static enum osmflow_status run_version(const struct osmflow_environment *environment,
                                       const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  (void)environment;
  (void)arguments;
  return osmflow_say(error, "osmflow %s (GDAL %s)\n", osmflow_version(), GDALVersionInfo("RELEASE_NAME"));
}

const struct osmflow_command osmflow_command_version = {
    .name = "version",
    .summary = "Prints the version of osmflow and of the GDAL it runs with.",
    .words = "",
    .run = run_version,
};
