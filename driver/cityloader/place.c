/* Where a model lies on the earth: files of models do not say it, so it is worked out and told. */
#include <cpl_error.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cityloader/model.h"

/* A model is as large as what was asked for, give or take what stands over its edge. */
static const double least_ratio = 0.5, most_ratio = 2;

void osmflow_place_init(struct osmflow_place *place) {
  *place = (struct osmflow_place){.scale = 1};
}

void osmflow_place_clear(struct osmflow_place *place) {
  if (place->crs)
    OSRRelease(place->crs);
  osmflow_place_init(place);
}

/* What is known while choosing. */
struct choice {
  const struct osmflow_place_options *options;
  const double *box; /* of the model, in its own numbers */
  double scale;
  double center[2], corner[2]; /* of the bbox, degrees */
  double width, height;        /* of the bbox, metres */
};

static OGRSpatialReferenceH make_crs(const char *text) {
  OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
  CPLPushErrorHandler(CPLQuietErrorHandler);
  const bool known = OSRSetFromUserInput(crs, text) == OGRERR_NONE;
  CPLPopErrorHandler();
  CPLErrorReset();
  if (!known) {
    OSRRelease(crs);
    return NULL;
  }
  OSRSetAxisMappingStrategy(crs, OAMS_TRADITIONAL_GIS_ORDER);
  return crs;
}

/* Degrees into a CRS; false when that cannot be. */
static bool project(OGRSpatialReferenceH crs, const double degrees[2], double position[2]) {
  OGRSpatialReferenceH wgs84 = make_crs("EPSG:4326");
  OGRCoordinateTransformationH transformation = OCTNewCoordinateTransformation(wgs84, crs);
  double x = degrees[0], y = degrees[1];
  const bool done = transformation && OCTTransform(transformation, 1, &x, &y, NULL);
  position[0] = x;
  position[1] = y;
  if (transformation)
    OCTDestroyCoordinateTransformation(transformation);
  OSRRelease(wgs84);
  return done && isfinite(x) && isfinite(y);
}

static OGRSpatialReferenceH local_crs(const struct choice *choice) {
  OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
  OSRSetProjCS(crs, "WGS 84 / transverse Mercator of the model");
  OSRSetWellKnownGeogCS(crs, "WGS84");
  OSRSetTM(crs, choice->center[1], choice->center[0], 1, 0, 0);
  OSRSetLinearUnits(crs, SRS_UL_METER, 1);
  OSRSetAxisMappingStrategy(crs, OAMS_TRADITIONAL_GIS_ORDER);
  return crs;
}

/* The zone of the area's centre, or one `aside` of it; in the south the north's numbers are negative ones. */
static void utm_name(const struct choice *choice, int aside, bool is_other_half, char name[16]) {
  enum { ZONES = 60, NORTH = 32600, SOUTH = 32700 };
  const int zone = ((int)floor((choice->center[0] + 180) / 6) + aside + ZONES) % ZONES + 1;
  snprintf(name, 16, "EPSG:%d", ((choice->center[1] < 0) != is_other_half ? SOUTH : NORTH) + zone);
}

static bool measure(struct choice *choice) {
  const double *bbox = choice->options->bbox;
  const double corners[2][2] = {{bbox[0], bbox[1]}, {bbox[2], bbox[3]}};
  double low[2], high[2];
  choice->center[0] = (bbox[0] + bbox[2]) / 2;
  choice->center[1] = (bbox[1] + bbox[3]) / 2;
  memcpy(choice->corner, corners[0], sizeof choice->corner);
  OGRSpatialReferenceH crs = local_crs(choice);
  const bool done = crs && project(crs, corners[0], low) && project(crs, corners[1], high);
  if (crs)
    OSRRelease(crs);
  choice->width = done ? high[0] - low[0] : 0;
  choice->height = done ? high[1] - low[1] : 0;
  return done;
}

static bool is_as_large_along(const struct choice *choice, size_t north, double scale) {
  const double *box = choice->box;
  const double width = (box[3] - box[0]) * scale, height = (box[north + 3] - box[north]) * scale;
  return width > choice->width * least_ratio && width < choice->width * most_ratio &&
         height > choice->height * least_ratio && height < choice->height * most_ratio;
}

static bool is_as_large(const struct choice *choice, double scale) {
  return is_as_large_along(choice, 1, scale);
}

/* Whether the model's middle lies within the bbox (and half of its size around) as a CRS has it. */
static bool lies_within(const struct choice *choice, const char *crs_name) {
  const double *bbox = choice->options->bbox;
  const double corners[2][2] = {{bbox[0], bbox[1]}, {bbox[2], bbox[3]}};
  double low[2], high[2];
  OGRSpatialReferenceH crs = make_crs(crs_name);
  bool within = crs && project(crs, corners[0], low) && project(crs, corners[1], high);
  for (size_t axis = 0; within && axis < 2; axis++) {
    const double middle = (choice->box[axis] + choice->box[axis + 3]) / 2, size = high[axis] - low[axis];
    within = middle > low[axis] - size / 2 && middle < high[axis] + size / 2;
  }
  if (crs)
    OSRRelease(crs);
  return within;
}

/* Both sides of 0, and 0 about in the middle. */
static bool spans_zero(const struct choice *choice) {
  bool spans = true;
  for (size_t axis = 0; axis < 2; axis++) {
    const double low = choice->box[axis], high = choice->box[axis + 3];
    spans = spans && low < 0 && high > 0 && fabs(low + high) < (high - low) / 2;
  }
  return spans;
}

static bool begins_at_zero(const struct choice *choice) {
  bool begins = true;
  for (size_t axis = 0; axis < 2; axis++)
    begins = begins && fabs(choice->box[axis]) < (choice->box[axis + 3] - choice->box[axis]) / 10;
  return begins;
}

/* The unit: metres unless something else makes the model as large as what was asked for. Feet are too near to metres to
 * be told from them by size: whole houses stand over the edge of a small area. */
static const double units[] = {1, 0.001, 0.01};

static void choose_scale(struct choice *choice) {
  choice->scale = choice->options->unit > 0 ? choice->options->unit : 1;
  for (size_t i = 0; choice->options->unit <= 0 && i < sizeof units / sizeof units[0]; i++)
    if (is_as_large(choice, units[i])) {
      choice->scale = units[i];
      return;
    }
}

bool osmflow_place_is_y_up(const struct osmflow_place_options *options, const double box[6]) {
  struct choice choice = {.options = options, .box = box, .scale = 1};
  bool fits_z = false, fits_y = false;
  if (options->up != OSMFLOW_UP_AUTO || !options->has_bbox || !measure(&choice))
    return options->up == OSMFLOW_UP_Y;
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    fits_z = fits_z || is_as_large_along(&choice, 1, options->unit > 0 ? options->unit : units[i]);
    fits_y = fits_y || is_as_large_along(&choice, 2, options->unit > 0 ? options->unit : units[i]);
  }
  return fits_y && !fits_z;
}

/* East stays east, up becomes z, and what pointed at the reader (south) turns round. */
void osmflow_mesh_turn_y_up(struct osmflow_mesh *mesh) {
  const double low_z = mesh->box[2], high_z = mesh->box[5];
  for (size_t i = 0; i < mesh->vertex_count; i++) {
    double *at = mesh->positions + 3 * i;
    const double y = at[1];
    at[1] = -at[2];
    at[2] = y;
  }
  mesh->box[2] = mesh->box[1];
  mesh->box[5] = mesh->box[4];
  mesh->box[1] = -high_z;
  mesh->box[4] = -low_z;
}

static enum osmflow_status set_origin(const struct choice *choice, const double degrees[2], const char *what,
                                      struct osmflow_place *place, struct osmflow_error *error) {
  double position[2] = {0, 0};
  const bool is_told = place->crs != NULL;
  if (!is_told)
    place->crs = local_crs(choice);
  if (!place->crs || !project(place->crs, degrees, position))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the model cannot be placed at %.7f, %.7f in its CRS",
                             degrees[0], degrees[1]);
  place->shift[0] = position[0];
  place->shift[1] = position[1];
  snprintf(place->assumption, sizeof place->assumption,
           "the model's origin is taken for %s of the area (%.7f, %.7f), in %s; 1 unit = %g m", what, degrees[0],
           degrees[1], is_told ? "MODEL_CRS" : "a transverse Mercator of its own at the area's centre", place->scale);
  return OSMFLOW_OK;
}

static enum osmflow_status set_crs(const char *name, const char *why, struct osmflow_place *place,
                                   struct osmflow_error *error) {
  place->crs = make_crs(name);
  if (!place->crs)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.100s\" is no CRS", name);
  snprintf(place->assumption, sizeof place->assumption, "the model's numbers are taken for %.60s: %s", name, why);
  return OSMFLOW_OK;
}

static enum osmflow_status leave(const char *why, struct osmflow_place *place) {
  snprintf(place->assumption, sizeof place->assumption, "the model is not placed: %s", why);
  return OSMFLOW_OK;
}

/* Nothing was told: the rule. */
static enum osmflow_status choose(const struct choice *choice, struct osmflow_place *place,
                                  struct osmflow_error *error) {
  static const char *const named[] = {"EPSG:3857", "EPSG:4326"};
  static const int asides[] = {0, -1, 1};
  char utm[16];
  if (!choice->options->has_bbox)
    return leave("the area it was asked for is not known; ORIGIN and MODEL_CRS can say where it is", place);
  for (size_t i = 0; i < 2 * (sizeof asides / sizeof asides[0]); i++) {
    utm_name(choice, asides[i / 2], i % 2, utm);
    if (lies_within(choice, utm))
      return set_crs(utm, "they lie within the area there", place, error);
  }
  for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
    if (lies_within(choice, named[i]) && !spans_zero(choice))
      return set_crs(named[i], "they lie within the area there", place, error);
  place->scale = choice->scale;
  if (is_as_large(choice, choice->scale) && spans_zero(choice))
    return set_origin(choice, choice->center, "the centre", place, error);
  if (is_as_large(choice, choice->scale) && begins_at_zero(choice))
    return set_origin(choice, choice->corner, "the south-west corner", place, error);
  place->scale = 1;
  return leave(
      "its numbers fit neither a UTM zone nor the size of the area it was asked for; ORIGIN and MODEL_CRS can "
      "say where it is",
      place);
}

/* MODEL_CRS alone. */
static enum osmflow_status take_crs(const struct choice *choice, struct osmflow_place *place,
                                    struct osmflow_error *error) {
  place->scale = choice->options->unit > 0 ? choice->options->unit : 1;
  return set_crs(choice->options->crs, "so MODEL_CRS says", place, error);
}

static enum osmflow_status shift(const struct choice *choice, struct osmflow_place *place,
                                 struct osmflow_error *error) {
  char utm[16];
  enum osmflow_status status = OSMFLOW_OK;
  if (!place->crs && !choice->options->has_bbox)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "ORIGIN=x,y needs MODEL_CRS: the area of this model is not known");
  if (!place->crs) {
    utm_name(choice, 0, false, utm);
    status = set_crs(utm, "ORIGIN says how far they are shifted", place, error);
  }
  place->scale = choice->options->unit > 0 ? choice->options->unit : 1;
  place->shift[0] = choice->options->x;
  place->shift[1] = choice->options->y;
  return status;
}

static bool has_crs(const struct osmflow_place_options *options) {
  return options->crs && *options->crs && !osmflow_text_is_ignoring_case(osmflow_text(options->crs), "auto");
}

enum osmflow_status osmflow_place_choose(const struct osmflow_place_options *options, const double box[6],
                                         struct osmflow_place *place, struct osmflow_error *error) {
  struct choice choice = {.options = options, .box = box, .scale = 1};
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_place_init(place);
  if (options->has_bbox && !measure(&choice))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the area of the model is not one on the earth");
  if (status == OSMFLOW_OK && options->has_bbox)
    choose_scale(&choice);
  if (status == OSMFLOW_OK && has_crs(options))
    status = take_crs(&choice, place, error);
  const bool needs_bbox = options->origin == OSMFLOW_ORIGIN_CENTER || options->origin == OSMFLOW_ORIGIN_SW;
  if (status == OSMFLOW_OK && needs_bbox && !options->has_bbox)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "ORIGIN=center and ORIGIN=sw need the area of the model, which is not known: give BBOX");
  if (status == OSMFLOW_OK && needs_bbox)
    place->scale = choice.scale;
  if (status == OSMFLOW_OK && options->origin == OSMFLOW_ORIGIN_CENTER)
    status = set_origin(&choice, choice.center, "the centre", place, error);
  else if (status == OSMFLOW_OK && options->origin == OSMFLOW_ORIGIN_SW)
    status = set_origin(&choice, choice.corner, "the south-west corner", place, error);
  else if (status == OSMFLOW_OK && options->origin == OSMFLOW_ORIGIN_XY)
    status = shift(&choice, place, error);
  else if (status == OSMFLOW_OK && options->origin == OSMFLOW_ORIGIN_NONE && !place->crs)
    status = leave("so ORIGIN=none says", place);
  else if (status == OSMFLOW_OK && options->origin == OSMFLOW_ORIGIN_AUTO && !place->crs)
    status = choose(&choice, place, error);
  if (status != OSMFLOW_OK)
    osmflow_place_clear(place);
  return status;
}
