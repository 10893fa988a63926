#include "cli/vector_output.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <gdal_utils.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/plugin.h"

static bool is_true(GDALDriverH driver, const char *item) {
  const char *value = GDALGetMetadataItem(driver, item, NULL);
  return value && CPLTestBool(value);
}

static bool writes_vectors(GDALDriverH driver) {
  return is_true(driver, GDAL_DCAP_VECTOR) && is_true(driver, GDAL_DCAP_CREATE);
}

/* Whether a blank-separated list of extensions has the file's. */
static bool has_extension(GDALDriverH driver, const char *extension) {
  const char *list = GDALGetMetadataItem(driver, GDAL_DMD_EXTENSIONS, NULL);
  const size_t size = strlen(extension);
  bool found = false;
  while (list && *list && !found) {
    const size_t length = strcspn(list, " ");
    found = length == size && strncasecmp(list, extension, size) == 0;
    list += length + strspn(list + length, " ");
  }
  return found;
}

/* What stands behind the last point of the last word; NULL: nothing. */
static const char *find_extension(const char *path) {
  const char *slash = strrchr(path, '/'), *point = strrchr(slash ? slash : path, '.');
  return point && point[1] ? point + 1 : NULL;
}

static GDALDriverH find_format(const char *path, const char *format) {
  const char *extension = find_extension(path);
  GDALDriverH found = NULL;
  if (format)
    return GDALGetDriverByName(format);
  for (int i = 0; extension && !found && i < GDALGetDriverCount(); i++) {
    GDALDriverH driver = GDALGetDriver(i);
    if (writes_vectors(driver) && has_extension(driver, extension))
      found = driver;
  }
  return found;
}

/* GDAL's own kinds of files ("/vsizip/...") make theirs as they like. */
static bool has_folder(const char *path) {
  enum { PATH_SIZE = 4096 };
  const char *slash = strrchr(path, '/');
  char folder[PATH_SIZE];
  VSIStatBufL facts;
  if (!slash || slash == path || strncmp(path, "/vsi", 4) == 0)
    return true;
  snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
  return VSIStatExL(folder, &facts, VSI_STAT_EXISTS_FLAG) == 0;
}

enum osmflow_status osmflow_vector_output_prepare(const char *path, const char *format, const char *driver,
                                                  struct osmflow_vector_output *output, struct osmflow_error *error) {
  VSIStatBufL facts;
  osmflow_plugin_load();
  GDALDriverH found = find_format(path, format);
  if (!found && format)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "GDAL has no format \"%.60s\"; ogrinfo --formats shows those that it has", format);
  if (!found)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "%.300s: the name does not say which format it is; add --format, for example GPKG", path);
  if (!writes_vectors(found))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "GDAL writes no vector data in the format %s",
                             GDALGetDriverShortName(found));
  if (VSIStatExL(path, &facts, VSI_STAT_EXISTS_FLAG) == 0)
    return osmflow_error_set(error, OSMFLOW_IO, "%.300s exists already; choose another name, or delete it", path);
  if (!has_folder(path))
    return osmflow_error_set(error, OSMFLOW_IO, "%.300s: its folder does not exist", path);
  if (!GDALGetDriverByName(driver))
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                             "GDAL does not find the driver %s, which -o needs; set GDAL_DRIVER_PATH to the folder of "
                             "ogr_osmflow.so",
                             driver);
  *output = (struct osmflow_vector_output){path, GDALGetDriverShortName(found)};
  return OSMFLOW_OK;
}

static int CPL_STDCALL go_on(double done, const char *message, void *self) {
  const struct osmflow_environment *environment = self;
  (void)done, (void)message;
  return !environment->cancelled(environment->self);
}

static enum osmflow_status translate(const struct osmflow_environment *environment,
                                     const struct osmflow_vector_output *output, GDALDatasetH source,
                                     struct osmflow_error *error) {
  const char *words[] = {"-f", output->format, NULL};
  int usage_error = FALSE;
  GDALVectorTranslateOptions *options = GDALVectorTranslateOptionsNew((char **)words, NULL);
  GDALVectorTranslateOptionsSetProgress(options, go_on, (void *)environment);
  CPLErrorReset();
  GDALDatasetH made = GDALVectorTranslate(output->path, NULL, 1, &source, options, &usage_error);
  GDALVectorTranslateOptionsFree(options);
  bool is_whole = made && CPLGetLastErrorType() < CE_Failure;
  if (made)
    GDALClose(made);
  is_whole = is_whole && CPLGetLastErrorType() < CE_Failure;
  if (is_whole)
    return OSMFLOW_OK;
  const enum osmflow_status status =
      environment->cancelled(environment->self)
          ? osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped")
          : osmflow_plugin_failure(OSMFLOW_IO, "the result could not be written whole", error);
  VSIStatBufL facts;
  if (VSIStatExL(output->path, &facts, VSI_STAT_EXISTS_FLAG) == 0)
    GDALDeleteDataset(GDALGetDriverByName(output->format), output->path);
  return status;
}

enum osmflow_status osmflow_vector_output_write(const struct osmflow_environment *environment,
                                                const struct osmflow_vector_output *output, const char *source,
                                                const char *const *options, struct osmflow_error *error) {
  GDALDatasetH dataset = NULL;
  enum osmflow_status status = osmflow_plugin_open_vector(source, options, &dataset, error);
  if (status != OSMFLOW_OK)
    return status;
  CPLPushErrorHandler(CPLQuietErrorHandler);
  status = translate(environment, output, dataset, error);
  GDALClose(dataset);
  CPLPopErrorHandler();
  return status;
}
