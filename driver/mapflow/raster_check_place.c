/* Checks of how a raster lies on the earth. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mapflow/raster_parts.h"

static const double most_pixel_meters = 20, least_pixel_meters = 0.1;
static const double most_square_degrees = 10;
/* What measuring on the ellipsoid may differ from what a projection says. */
static const double measuring = 0.01;

static void check_crs(const struct osmflow_raster_examination *at) {
  const struct osmflow_raster_place *place = &at->file->place;
  if (place->crs || (osmflow_raster_needs_warp(place) && place->has_rpc))
    return;
  if (at->file->whole_place.crs)
    osmflow_raster_add(
        at->report, OSMFLOW_RASTER_NO_CRS, OSMFLOW_RASTER_MENDABLE,
        "its coordinate reference system is only in a file beside it, which is not sent: --fix writes it "
        "into the GeoTIFF");
  else
    osmflow_raster_add(at->report, OSMFLOW_RASTER_NO_CRS, OSMFLOW_RASTER_FATAL,
                       "it has no coordinate reference system, and nothing can guess it: name it with gdal_edit.py "
                       "-a_srs EPSG:CODE FILE");
}

static const char *bad_crs(const struct osmflow_raster_file *file) {
  OGRSpatialReferenceH crs = file->place.crs;
  OGRErr failure = OGRERR_NONE;
  const double axis = OSRGetSemiMajor(crs, &failure);
  if (OSRIsLocal(crs))
    return "a local one without a place on the earth";
  if (OSRIsGeocentric(crs))
    return "geocentric (X, Y, Z from the middle of the earth)";
  if (OSRIsVertical(crs))
    return "one of heights only";
  if (!OSRIsProjected(crs) && !OSRIsGeographic(crs))
    return "neither geographic nor projected";
  if (failure != OGRERR_NONE || axis < 6.3e6 || axis > 6.45e6)
    return "not one of the earth";
  return file->to_lonlat ? NULL : "one that PROJ cannot transform to longitude and latitude";
}

static void check_bad_crs(const struct osmflow_raster_examination *at) {
  const char *reason = at->file->place.crs ? bad_crs(at->file) : NULL;
  if (reason)
    osmflow_raster_add(at->report, OSMFLOW_RASTER_BAD_CRS, OSMFLOW_RASTER_FATAL,
                       "its coordinate reference system%s%.60s is %s: name the right one with gdal_edit.py -a_srs "
                       "EPSG:CODE FILE",
                       at->report->facts.crs[0] ? " " : "", at->report->facts.crs, reason);
}

/* In a mosaic that has an image, that one is what counts: see check_fit_crs. */
static void check_other_crs(const struct osmflow_raster_examination *at) {
  const struct osmflow_raster_facts *facts = &at->report->facts;
  const struct osmflow_raster_limits *limits = at->limits;
  if (!at->file->place.crs || bad_crs(at->file) || !at->file->place.has_transform ||
      (limits->has_norm && limits->norm_crs[0]) || osmflow_raster_crs_is_advised(at->file->place.crs, facts->crs))
    return;
  osmflow_raster_add(at->report, OSMFLOW_RASTER_OTHER_CRS, OSMFLOW_RASTER_ADVICE,
                     "its coordinate reference system is %.64s; Mapflow advises UTM, EPSG:3857 or EPSG:4326: --fix "
                     "warps it to UTM",
                     facts->crs[0] ? facts->crs : "one without a code");
}

static void check_transform(const struct osmflow_raster_examination *at) {
  const struct osmflow_raster_place *place = &at->file->place;
  if (place->has_transform)
    return;
  if (osmflow_raster_needs_warp(place))
    osmflow_raster_add(at->report, OSMFLOW_RASTER_ONLY_GCPS, OSMFLOW_RASTER_MENDABLE,
                       "it is placed by %d ground control points%s only, not by a geotransform: --fix warps it",
                       place->point_count, place->has_rpc ? " and an RPC model" : "");
  else if (at->file->whole_place.has_transform || osmflow_raster_needs_warp(&at->file->whole_place))
    osmflow_raster_add(
        at->report, OSMFLOW_RASTER_NO_TRANSFORM, OSMFLOW_RASTER_MENDABLE,
        "its georeferencing is only in a file beside it (.tfw, .aux.xml, .tab), which is not sent: --fix "
        "writes it into the GeoTIFF");
  else
    osmflow_raster_add(at->report, OSMFLOW_RASTER_NO_TRANSFORM, OSMFLOW_RASTER_FATAL,
                       "it has no geotransform (or identity): nothing says where on the earth it lies; georeference it "
                       "first, e.g. in QGIS or with gdal_edit.py -a_ullr");
}

static void check_rotation(const struct osmflow_raster_examination *at) {
  const double *transform = at->file->place.transform;
  const enum osmflow_raster_turn turn = osmflow_raster_turn(&at->file->place);
  if (turn == OSMFLOW_RASTER_TURNED)
    osmflow_raster_add(at->report, OSMFLOW_RASTER_ROTATED, OSMFLOW_RASTER_MENDABLE,
                       "it is rotated or sheared (by %.4g degrees): --fix warps it north up",
                       atan2(transform[4], transform[1]) * 180 / 3.14159265358979323846);
  if (turn == OSMFLOW_RASTER_MIRRORED)
    osmflow_raster_add(at->report, OSMFLOW_RASTER_ROTATED, OSMFLOW_RASTER_MENDABLE, "it is %s: --fix turns it north up",
                       transform[5] > 0 ? "south up (its first row is the southern edge)" : "mirrored, east to west");
}

static bool is_beyond(const struct osmflow_raster_file *file) {
  const double *box = file->facts.box, rounding = 1e-6;
  const double *transform = file->place.transform;
  double x = 0, y = 0;
  if (box[0] == 0 && box[1] == 0 && box[2] == 0 && box[3] == 0)
    return true;
  if (box[0] < -180 - rounding || box[2] > 180 + rounding || box[1] < -90 - rounding || box[3] > 90 + rounding)
    return true;
  /* There and back: beyond its domain a projection gives other numbers. */
  OGRSpatialReferenceH lonlat = osmflow_raster_lonlat_crs();
  OGRCoordinateTransformationH back = lonlat ? OCTNewCoordinateTransformation(lonlat, file->place.crs) : NULL;
  const double column = file->facts.width / 2.0, row = file->facts.height / 2.0;
  const bool is_back = back && osmflow_raster_lonlat(file, column, row, &x, &y) && OCTTransform(back, 1, &x, &y, NULL);
  const double off = hypot(x - (transform[0] + column * transform[1] + row * transform[2]),
                           y - (transform[3] + column * transform[4] + row * transform[5]));
  if (back)
    OCTDestroyCoordinateTransformation(back);
  if (lonlat)
    OSRRelease(lonlat);
  return !is_back || !(off < 100 * (file->facts.pixel_size[0] + file->facts.pixel_size[1]));
}

static void check_bounds(const struct osmflow_raster_examination *at) {
  const struct osmflow_raster_facts *facts = &at->report->facts;
  const double *box = facts->box, *transform = at->file->place.transform;
  if (!at->file->place.has_transform || !at->file->place.crs || bad_crs(at->file))
    return;
  if (is_beyond(at->file)) {
    osmflow_raster_add(at->report, OSMFLOW_RASTER_OUT_OF_BOUNDS, OSMFLOW_RASTER_FATAL,
                       "its corner %.8g, %.8g and size %.8g x %.8g are beyond the earth in %.64s: the coordinate "
                       "reference system or the coordinates are wrong (longitudes run from -180 to 180)",
                       transform[0], transform[3], facts->width * transform[1], facts->height * transform[5],
                       facts->crs[0] ? facts->crs : "its coordinate reference system");
    return;
  }
  const double width = box[2] - box[0] + (box[2] < box[0] ? 360 : 0), area = width * (box[3] - box[1]);
  if (area > most_square_degrees)
    osmflow_raster_add(at->report, OSMFLOW_RASTER_EXTENT, OSMFLOW_RASTER_MENDABLE,
                       "it covers %.4g square degrees, and Mapflow takes %.0f at most: --fix cuts it into tiles", area,
                       most_square_degrees);
}

static void check_pixel_size(const struct osmflow_raster_examination *at) {
  const double meters = at->report->facts.pixel_meters;
  const struct osmflow_raster_limits *limits = at->limits;
  if (meters <= 0 || osmflow_raster_find(at->report, OSMFLOW_RASTER_OUT_OF_BOUNDS))
    return;
  if (meters > most_pixel_meters * (1 + measuring))
    osmflow_raster_add(
        at->report, OSMFLOW_RASTER_COARSE, OSMFLOW_RASTER_FATAL,
        "its pixels are %.4g m wide, and Mapflow takes %.0f m at most: no conversion brings detail back, "
        "use finer imagery",
        meters, most_pixel_meters);
  if (meters < least_pixel_meters * (1 - measuring))
    osmflow_raster_add(at->report, OSMFLOW_RASTER_FINE, OSMFLOW_RASTER_ADVICE,
                       "its pixels are %.3g cm wide: the server resamples what is below %.0f cm", meters * 100,
                       least_pixel_meters * 100);
  if (limits->least_meters > 0 && meters < limits->least_meters * (1 - measuring))
    osmflow_raster_add(at->report, OSMFLOW_RASTER_MODEL, OSMFLOW_RASTER_MENDABLE,
                       "its pixels are %.4g m wide, and the model takes %.4g m at least: --fix resamples it", meters,
                       limits->least_meters);
  if (limits->most_meters > 0 && meters > limits->most_meters * (1 + measuring))
    osmflow_raster_add(at->report, OSMFLOW_RASTER_MODEL, OSMFLOW_RASTER_FATAL,
                       "its pixels are %.4g m wide, and the model takes %.4g m at most: use finer imagery or another "
                       "model",
                       meters, limits->most_meters);
}

const osmflow_raster_examine osmflow_raster_place_checks[] = {
    check_crs, check_bad_crs, check_other_crs, check_transform, check_rotation, check_bounds, check_pixel_size, NULL};
