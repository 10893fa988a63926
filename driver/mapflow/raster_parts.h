/* What the raster files share: an open file in two views, GDAL's complaints caught, pixels as numbers, the choice of
 * bands.
 *
 * A GeoTIFF is opened twice: as it is seen with all that lies beside it (.tfw, .aux.xml, .msk), and as the server will
 * see it, by itself. Georeferencing that only the first view has would be lost on the way. */
#ifndef OSMFLOW_MAPFLOW_RASTER_PARTS_H
#define OSMFLOW_MAPFLOW_RASTER_PARTS_H

#include <gdal.h>
#include <ogr_srs_api.h>

#include "mapflow/raster.h"

/* The first failure GDAL complains about between begin and end; nothing is printed meanwhile. */
struct osmflow_raster_complaint {
  char text[160];
  bool is_failure; /* else a warning, or nothing when the text is empty */
};
void osmflow_raster_listen(struct osmflow_raster_complaint *complaint);
void osmflow_raster_listen_end(void);
/* ": what GDAL said", or "" */
const char *osmflow_raster_complained(const struct osmflow_raster_complaint *complaint);

/* How a raster lies on the earth. */
struct osmflow_raster_place {
  bool has_transform; /* finite, not identity, pixels of some size */
  double transform[6];
  OGRSpatialReferenceH crs; /* horizontal part, x before y; NULL: none; owned */
  int point_count;          /* ground control points */
  bool has_rpc;
};

/* Placed by points or a model only. */
bool osmflow_raster_needs_warp(const struct osmflow_raster_place *place);
enum osmflow_raster_turn { OSMFLOW_RASTER_NORTH_UP, OSMFLOW_RASTER_MIRRORED, OSMFLOW_RASTER_TURNED };
enum osmflow_raster_turn osmflow_raster_turn(const struct osmflow_raster_place *place);

struct osmflow_raster_file {
  const char *path;
  GDALDatasetH whole; /* NULL: GDAL cannot open it */
  GDALDatasetH alone; /* a GeoTIFF as the server will see it; NULL: not a GeoTIFF, or not asked for */
  struct osmflow_raster_place place, whole_place;
  OGRCoordinateTransformationH to_lonlat; /* of `place`; NULL: there is none */
  struct osmflow_raster_facts facts;
};
void osmflow_raster_file_open(struct osmflow_raster_file *file, const char *path);
/* To be mended: one view, `place` is that of `whole`; its georeferencing is the file's own unless `is_beside`. */
void osmflow_raster_file_open_whole(struct osmflow_raster_file *file, const char *path, bool is_beside);
void osmflow_raster_file_close(struct osmflow_raster_file *file);
/* What is known of an open file besides its size. */
void osmflow_raster_facts_read(struct osmflow_raster_file *file);
/* Pixel coordinates to lon/lat. False: beyond what the CRS can do. */
bool osmflow_raster_lonlat(const struct osmflow_raster_file *file, double column, double row, double *lon, double *lat);
/* UTM on an ellipsoid like WGS 84's, EPSG:4326 or 3857. `code`: facts.crs. */
bool osmflow_raster_crs_is_advised(OGRSpatialReferenceH crs, const char *code);
OGRSpatialReferenceH osmflow_raster_lonlat_crs(void); /* WGS 84, lon before lat; OSRRelease */

/* One check: adds its problems to the report. Lists of them end with NULL. */
struct osmflow_raster_examination {
  const struct osmflow_raster_file *file;
  const struct osmflow_raster_limits *limits;
  struct osmflow_raster_report *report;
};
typedef void (*osmflow_raster_examine)(const struct osmflow_raster_examination *examination);
extern const osmflow_raster_examine osmflow_raster_place_checks[];
extern const osmflow_raster_examine osmflow_raster_pixel_checks[];
extern const osmflow_raster_examine osmflow_raster_limit_checks[];

enum osmflow_raster_weight { OSMFLOW_RASTER_ADVICE, OSMFLOW_RASTER_MENDABLE, OSMFLOW_RASTER_FATAL };
/* ADVICE can be fixed, too. */
void osmflow_raster_add(struct osmflow_raster_report *report, enum osmflow_raster_problem_kind kind,
                        enum osmflow_raster_weight weight, const char *format, ...) OSMFLOW_PRINTF(4, 5);
const struct osmflow_raster_problem *osmflow_raster_find(const struct osmflow_raster_report *report,
                                                         enum osmflow_raster_problem_kind kind);
/* 10 % is what the server lets pass. */
bool osmflow_raster_sizes_differ(double left, double right);

/* Which bands become which; of a palette its colours. */
struct osmflow_raster_choice {
  int count; /* 0: there is no choice that suits */
  int bands[OSMFLOW_RASTER_MOST_BANDS];
  int alpha;          /* 0: none */
  bool is_palette;    /* its colours, three of them */
  bool changes_bands; /* else all stay as they are */
};
/* `norm_bands` 0: none. `drops_alpha`: alpha is not to be one of four. */
void osmflow_raster_choose(GDALDatasetH dataset, int norm_bands, bool drops_alpha,
                           struct osmflow_raster_choice *choice);
const char *osmflow_raster_type_name(GDALRasterBandH band); /* as the server calls it */

struct osmflow_raster_window {
  int x, y, width, height;
};
/* Windows spread over a raster, all of it when it is not large. False: no such window. */
bool osmflow_raster_sample(int width, int height, size_t index, struct osmflow_raster_window *window);
/* Windows side by side that cover it. */
bool osmflow_raster_piece(int width, int height, size_t index, struct osmflow_raster_window *window);
enum { OSMFLOW_RASTER_PIECE_WIDTH = 4096, OSMFLOW_RASTER_PIECE_HEIGHT = 512 };
enum { OSMFLOW_RASTER_PIECE = OSMFLOW_RASTER_PIECE_WIDTH * OSMFLOW_RASTER_PIECE_HEIGHT };
/* The values of a window, NaN where there is nothing (nodata, mask, alpha 0, not finite). `mask` is room for as many
 * bytes. */
bool osmflow_raster_values(GDALRasterBandH band, const struct osmflow_raster_window *window, double *values,
                           unsigned char *mask);
/* Whether pixels can be nothing at all; and whether a mask or an alpha band says so, not a value. */
bool osmflow_raster_may_lack_data(GDALRasterBandH band);
bool osmflow_raster_has_mask(GDALRasterBandH band);
int osmflow_raster_alpha(GDALDatasetH dataset); /* the alpha band's number; 0: none */
/* Whether nothing at all is in a part of a raster. A sample says at once that there is something; that there is nothing
 * is only believed when all was looked at. False also when it cannot be read. */
bool osmflow_raster_is_empty(GDALDatasetH dataset, const struct osmflow_raster_window *part);

#endif
