#include "cli/plugin.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/url.h"

enum { PATH_SIZE = PATH_MAX };

static const struct {
  const char *driver, *prefix;
} drivers[] = {{"OSMAPI", "OSMAPI:"}, {"MAPFLOW", "MAPFLOW:"}, {"CITYLOADER", "CITYLOADER:"}};

/* From the folder of the executable: where the build and where an installation has the plugin. */
static const char *const folders[] = {".", "../gdalplugins", OSMFLOW_PLUGIN_BESIDE, "../lib/gdalplugins",
                                      "../lib64/gdalplugins"};

static bool has_drivers(void) {
  bool all = true;
  for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++)
    all = all && GDALGetDriverByName(drivers[i].driver);
  return all;
}

/* The folder of the running program, without the last '/'. */
static bool find_own_folder(char folder[PATH_SIZE]) {
  const ssize_t size = readlink("/proc/self/exe", folder, PATH_SIZE - 1);
  if (size <= 0)
    return false;
  folder[size] = '\0';
  char *end = strrchr(folder, '/');
  if (end)
    *end = '\0';
  return end != NULL;
}

static void load_from(const char *own, const char *folder) {
  char path[2 * PATH_SIZE];
  void (*enter)(void) = NULL;
  snprintf(path, sizeof path, "%s/%s/ogr_osmflow.so", own, folder);
  if (access(path, R_OK) != 0)
    return;
  void *symbol = CPLGetSymbol(path, "RegisterOGRosmflow");
  /* ISO C has no cast from an object's address to a function's; POSIX says that the bytes are the same. */
  memcpy(&enter, &symbol, sizeof enter);
  if (enter)
    enter();
}

void osmflow_plugin_load(void) {
  char own[PATH_SIZE];
  GDALAllRegister();
  if (has_drivers() || !find_own_folder(own))
    return;
  CPLPushErrorHandler(CPLQuietErrorHandler);
  for (size_t i = 0; !has_drivers() && i < sizeof folders / sizeof folders[0]; i++)
    load_from(own, folders[i]);
  CPLPopErrorHandler();
}

enum osmflow_status osmflow_plugin_failure(enum osmflow_status status, const char *what, struct osmflow_error *error) {
  const char *reason = CPLGetLastErrorMsg();
  return osmflow_error_set(error, status, "%s: %s", what, *reason ? reason : "GDAL does not say why");
}

static enum osmflow_status require_driver(const char *name, struct osmflow_error *error) {
  for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++)
    if (EQUALN(name, drivers[i].prefix, strlen(drivers[i].prefix)) && !GDALGetDriverByName(drivers[i].driver))
      return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                               "%.200s: GDAL has no driver %s; set GDAL_DRIVER_PATH to the folder of ogr_osmflow.so",
                               name, drivers[i].driver);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_plugin_open_vector(const char *name, const char *const *options, GDALDatasetH *dataset,
                                               struct osmflow_error *error) {
  char what[300];
  osmflow_plugin_load();
  *dataset = NULL;
  const enum osmflow_status status = require_driver(name, error);
  if (status != OSMFLOW_OK)
    return status;
  snprintf(what, sizeof what, "%.200s cannot be read", osmflow_url_has_secret(name) ? "the source" : name);
  CPLErrorReset();
  CPLPushErrorHandler(CPLQuietErrorHandler);
  *dataset = GDALOpenEx(name, GDAL_OF_VECTOR | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR, NULL, options, NULL);
  CPLPopErrorHandler();
  if (!*dataset && osmflow_url_has_secret(name))
    return osmflow_error_set(error, OSMFLOW_IO, "%s", what);
  return *dataset ? OSMFLOW_OK : osmflow_plugin_failure(OSMFLOW_IO, what, error);
}
