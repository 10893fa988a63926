/* Whether an uploaded file can be taken: as an image, in this account, in this mosaic. The first image of a mosaic sets
 * what the others must be like: their number of bands; with strict=1 also types, CRS and pixel size, as an older server
 * had it. */
#include <math.h>
#include <stdlib.h>

#include "mapflow.h"

static void name_crs(const struct mapflow_tiff *tiff, char text[32]) {
  snprintf(text, 32, tiff->epsg > 0 ? "EPSG:%d" : tiff->epsg < 0 ? "LOCAL" : "None", tiff->epsg);
}

static bool check_size(struct mapflow_request *request, const struct mapflow_upload *upload) {
  const struct mapflow_account *account = &request->mapflow->accounts[request->account];
  struct json_object *parameters = json_object_new_object();
  const int64_t size = (int64_t)upload->size, left = account->memory_limit - account->memory_used;
  char message[128];
  if (size > request->mapflow->wishes.max_file) {
    mapflow_set_int(parameters, "max_file_size", request->mapflow->wishes.max_file);
    mapflow_set_int(parameters, "actual_file_size", size);
    mapflow_refuse_data(request, 403, "FileTooBig", parameters, NULL);
    return false;
  }
  if (account->memory_limit >= 0 && size > left) {
    mapflow_set_int(parameters, "available_memory", left);
    mapflow_set_int(parameters, "memory_requested", size);
    snprintf(message, sizeof message, "Available disk space remained: %lld, requested memory: %lld", (long long)left,
             (long long)size);
    mapflow_refuse_data(request, 403, "MemoryLimitExceeded", parameters, message);
    return false;
  }
  json_object_put(parameters);
  return true;
}

static struct json_object *of_file(const struct mapflow_upload *upload) {
  struct json_object *parameters = json_object_new_object();
  mapflow_set_text(parameters, "filename", upload->filename);
  return parameters;
}

static bool check_georeference(struct mapflow_request *request, const struct mapflow_upload *upload,
                               const struct mapflow_tiff *tiff) {
  const int64_t most = request->mapflow->wishes.max_pixels;
  struct json_object *parameters = of_file(upload), *bad = json_object_new_array();
  const struct {
    bool is_bad;
    const char *name;
  } checks[] = {{tiff->epsg == 0, "crs"},
                {!tiff->has_transform, "transform"},
                {tiff->width > most, "width"},
                {tiff->height > most, "height"}};
  char crs[32], transform[160] = "None";
  for (size_t i = 0; i < 4; i++)
    if (checks[i].is_bad)
      json_object_array_add(bad, json_object_new_string(checks[i].name));
  if (json_object_array_length(bad) == 0) {
    json_object_put(parameters);
    json_object_put(bad);
    return true;
  }
  name_crs(tiff, crs);
  if (tiff->has_transform)
    snprintf(transform, sizeof transform, "| %.2f, 0.00, %.2f| 0.00,%.2f, %.2f| 0.00, 0.00, 1.00|", tiff->pixel[0],
             tiff->corner[0], -tiff->pixel[1], tiff->corner[1]);
  mapflow_set(parameters, "bad_parameters", bad);
  mapflow_set_text(parameters, "crs", crs);
  mapflow_set_text(parameters, "transform", transform);
  mapflow_set_int(parameters, "width", tiff->width);
  mapflow_set_int(parameters, "height", tiff->height);
  mapflow_refuse_data(request, 422, "FileCheckFailed", parameters, NULL);
  return false;
}

/* NW, NE, SE, SW in degrees; false for a CRS that this server does not know. */
static bool find_corners(const struct mapflow_tiff *tiff, double corners[4][2]) {
  static const int across[] = {0, 1, 1, 0}, down[] = {0, 0, 1, 1};
  for (size_t i = 0; i < 4; i++) {
    const double x = tiff->corner[0] + across[i] * (double)tiff->width * tiff->pixel[0];
    const double y = tiff->corner[1] - down[i] * (double)tiff->height * tiff->pixel[1];
    if (!mapflow_to_degrees(tiff->epsg, x, y, &corners[i][0], &corners[i][1]))
      return false;
  }
  return true;
}

static bool check_extent(struct mapflow_request *request, const struct mapflow_tiff *tiff) {
  double corners[4][2];
  const char *problem = NULL;
  if (!find_corners(tiff, corners))
    return true;
  for (size_t i = 0; i < 4; i++)
    if (!(fabs(corners[i][0]) <= 180.0001) || !(fabs(corners[i][1]) <= 90.0001))
      problem = "ImageOutOfBounds";
  if (!problem && fabs(corners[2][0] - corners[0][0]) * fabs(corners[2][1] - corners[0][1]) > 10)
    problem = "ImageExtentTooBig";
  if (problem)
    mapflow_refuse_data(request, 422, problem, json_object_new_object(), NULL);
  return !problem;
}

static bool differs(double a, double b) {
  return !(2 * fabs(a - b) / (a + b) < 0.1);
}

static bool refuse_misfit(struct mapflow_request *request, const struct mapflow_upload *upload, const char *mosaic,
                          const char *name, struct json_object *got, struct json_object *expected) {
  struct json_object *parameters = of_file(upload);
  mapflow_set_text(parameters, "mosaic_id", mosaic);
  mapflow_set_text(parameters, "param_name", name);
  mapflow_set(parameters, "got_param", got);
  mapflow_set(parameters, "expected_param", json_object_get(expected));
  mapflow_refuse_data(request, 422, "FileValidationFailed", parameters, NULL);
  return false;
}

static struct json_object *types_of(const struct mapflow_tiff *tiff) {
  struct json_object *types = json_object_new_array();
  for (int64_t i = 0; i < tiff->bands; i++)
    json_object_array_add(types, json_object_new_string(tiff->dtype));
  return types;
}

static bool check_fit(struct mapflow_request *request, const struct mapflow_upload *upload,
                      const struct mapflow_object *mosaic, const struct mapflow_tiff *tiff) {
  const struct json_object *norm = NULL;
  const struct mapflow_list *images = &request->mapflow->images;
  for (size_t i = 0; mosaic && !norm && i < images->count; i++)
    if (strcmp(((struct mapflow_image *)images->items[i])->mosaic, mosaic->id) == 0)
      norm = mapflow_get(images->items[i]->document, "meta_data");
  if (!norm)
    return true;
  struct json_object *types = mapflow_get(norm, "dtypes"), *pixel = mapflow_get(norm, "pixel_size");
  char crs[32];
  name_crs(tiff, crs);
  if ((int64_t)mapflow_real(norm, "count", 0) != tiff->bands)
    return refuse_misfit(request, upload, mosaic->id, "count", json_object_new_int64(tiff->bands),
                         mapflow_get(norm, "count"));
  if (!request->mapflow->wishes.strict)
    return true;
  if (strcmp(json_object_get_string(json_object_array_get_idx(types, 0)), tiff->dtype) != 0)
    return refuse_misfit(request, upload, mosaic->id, "dtypes", types_of(tiff), types);
  if (strcmp(mapflow_text(norm, "crs"), crs) != 0)
    return refuse_misfit(request, upload, mosaic->id, "crs", json_object_new_string(crs), mapflow_get(norm, "crs"));
  if (differs(json_object_get_double(json_object_array_get_idx(pixel, 0)), fabs(tiff->pixel[0])) ||
      differs(json_object_get_double(json_object_array_get_idx(pixel, 1)), fabs(tiff->pixel[1]))) {
    struct json_object *got = json_object_new_array();
    json_object_array_add(got, mapflow_new_real(fabs(tiff->pixel[0])));
    json_object_array_add(got, mapflow_new_real(fabs(tiff->pixel[1])));
    return refuse_misfit(request, upload, mosaic->id, "pixel_size", got, pixel);
  }
  return true;
}

bool mapflow_check_file(struct mapflow_request *request, const struct mapflow_upload *upload,
                        const struct mapflow_object *mosaic, struct mapflow_tiff *tiff) {
  const struct mapflow_pieces pieces = {osmflow_bytes_view(&upload->head), osmflow_bytes_view(&upload->directory),
                                        upload->directory_at};
  if (!check_size(request, upload))
    return false;
  mapflow_tiff_read(&pieces, tiff);
  if (!tiff->is_tiff) {
    mapflow_refuse_data(request, 422, "FileOpenError", of_file(upload), NULL);
    return false;
  }
  return check_georeference(request, upload, tiff) && check_extent(request, tiff) &&
         check_fit(request, upload, mosaic, tiff);
}

void mapflow_describe_image(struct json_object *document, const struct mapflow_tiff *tiff) {
  struct json_object *meta = mapflow_get(document, "meta_data"), *pixel = json_object_new_array();
  char text[400];
  double c[4][2];
  name_crs(tiff, text);
  mapflow_set_text(meta, "crs", text);
  mapflow_set_int(meta, "count", tiff->bands);
  mapflow_set_int(meta, "width", tiff->width);
  mapflow_set_int(meta, "height", tiff->height);
  mapflow_set(meta, "dtypes", types_of(tiff));
  if (*tiff->nodata)
    mapflow_set_real(meta, "nodata", strtod(tiff->nodata, NULL));
  json_object_array_add(pixel, mapflow_new_real(fabs(tiff->pixel[0])));
  json_object_array_add(pixel, mapflow_new_real(fabs(tiff->pixel[1])));
  mapflow_set(meta, "pixel_size", pixel);
  if (!find_corners(tiff, c))
    return;
  snprintf(text, sizeof text, "POLYGON ((%.15g %.15g, %.15g %.15g, %.15g %.15g, %.15g %.15g, %.15g %.15g))", c[0][0],
           c[0][1], c[1][0], c[1][1], c[2][0], c[2][1], c[3][0], c[3][1], c[0][0], c[0][1]);
  mapflow_set_text(document, "footprint", text);
}
