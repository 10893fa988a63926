/* Whether Mapflow will take a raster file, and what makes it one that it takes.
 *
 * Everything that can be known before a byte is sent is looked at, and every problem of a file is told at once.
 * Problems that the server is known to refuse are errors; what it may convert by itself, or only advises, are warnings
 * (errors when `is_strict`). Fixing goes through GDAL's own translate and warp, to a GeoTIFF in a folder of the
 * caller's. Source: facts 3 (upload rules). Uses GDAL's raster side; GDALAllRegister is the caller's business. Threads:
 * independent calls may run side by side. */
#ifndef OSMFLOW_MAPFLOW_RASTER_H
#define OSMFLOW_MAPFLOW_RASTER_H

#include <osmflow/environment.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum { OSMFLOW_RASTER_MOST_PROBLEMS = 32, OSMFLOW_RASTER_MOST_BANDS = 4 };

enum osmflow_raster_problem_kind {
  OSMFLOW_RASTER_ABSENT,      /* no such file, or it cannot be read */
  OSMFLOW_RASTER_EMPTY,       /* 0 bytes */
  OSMFLOW_RASTER_UNREADABLE,  /* GDAL cannot open it, or its pixels are broken (truncated) */
  OSMFLOW_RASTER_NOT_GEOTIFF, /* another format */
  OSMFLOW_RASTER_NAME,        /* the name does not end in .tif or .tiff */
  OSMFLOW_RASTER_NO_CRS,
  OSMFLOW_RASTER_BAD_CRS,            /* local, engineering, vertical only, not on an earth ellipsoid */
  OSMFLOW_RASTER_OTHER_CRS,          /* neither EPSG:4326, 3857 nor UTM: advice */
  OSMFLOW_RASTER_NO_TRANSFORM,       /* none, or identity */
  OSMFLOW_RASTER_ONLY_GCPS,          /* ground control points or RPCs alone: must be warped */
  OSMFLOW_RASTER_ROTATED,            /* rotated or sheared, or south up */
  OSMFLOW_RASTER_BANDS,              /* not 1, 3 or 4 (also a palette, which is one band of numbers) */
  OSMFLOW_RASTER_BAND_COUNT_DIFFERS, /* from the mosaic's first image */
  OSMFLOW_RASTER_TYPE,               /* not 8 bit: the server converts in its own way: advice */
  OSMFLOW_RASTER_TYPE_REFUSED,       /* complex numbers, mixed types */
  OSMFLOW_RASTER_FIT,           /* CRS or pixel size (more than 10 %) or type differs from the mosaic's first image */
  OSMFLOW_RASTER_PIXELS,        /* more pixels a side than the server takes */
  OSMFLOW_RASTER_BYTES,         /* larger than a file may be */
  OSMFLOW_RASTER_QUOTA,         /* larger than what is free */
  OSMFLOW_RASTER_COARSE,        /* pixels of more than 20 m */
  OSMFLOW_RASTER_FINE,          /* less than 10 cm: the server resamples: advice */
  OSMFLOW_RASTER_MODEL,         /* outside of what the chosen model takes */
  OSMFLOW_RASTER_OUT_OF_BOUNDS, /* beyond the earth */
  OSMFLOW_RASTER_EXTENT,        /* more than 10 square degrees */
  OSMFLOW_RASTER_ALL_NODATA,    /* nothing but nodata (looked at in an overview or a decimated read) */
  OSMFLOW_RASTER_TWICE          /* the same file is in the list already */
};

struct osmflow_raster_problem {
  enum osmflow_raster_problem_kind kind;
  bool is_error; /* else advice */
  bool can_be_fixed;
  char text[300]; /* what is wrong, with the numbers, and what to do */
};

struct osmflow_raster_facts {
  int64_t bytes;
  int width, height, bands;
  char driver[32];
  char type[OSMFLOW_RASTER_MOST_BANDS][16]; /* of the first bands, as the server calls them: "uint8", "float32" */
  char crs[64];                             /* "EPSG:32631"; "" when there is no such code */
  double pixel_size[2];                     /* in the CRS's unit */
  double pixel_meters;                      /* at the middle; 0: not known */
  bool has_nodata;
  double nodata;
  double box[4]; /* lon/lat: west, south, east, north; zeros when it is not known */
};

/* What the files must fit. Zeros: not known, not looked at. */
struct osmflow_raster_limits {
  int64_t most_bytes; /* maxUploadFileSize */
  int64_t free_bytes; /* memoryFree; < 0: without limit; 1 when nothing is left, since 0 is "not known" */
  int most_pixels;    /* maxPixelCount, per side */
  bool has_norm;      /* the mosaic has an image already, and that one is the norm: */
  int norm_bands;
  char norm_type[16];
  char norm_crs[64];
  double norm_pixel_size[2];
  double least_meters, most_meters; /* the model's required pixel sizes */
  bool is_strict;                   /* what differs from the norm is an error */
};

struct osmflow_raster_report {
  struct osmflow_raster_facts facts;
  struct osmflow_raster_problem problems[OSMFLOW_RASTER_MOST_PROBLEMS];
  size_t problem_count;
};

/* Never fails because of the file: what is wrong with it is in the report. GDAL's own complaints go into the texts, not
 * to the error handler. */
enum osmflow_status osmflow_raster_check(const char *path, const struct osmflow_raster_limits *limits,
                                         struct osmflow_raster_report *report,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
bool osmflow_raster_is_accepted(const struct osmflow_raster_report *report);  /* no errors */
bool osmflow_raster_can_be_fixed(const struct osmflow_raster_report *report); /* every error can be */

/* Tells how far it is, 0 to 1; false stops it. */
struct osmflow_raster_progress {
  void *self;
  bool (*tell)(void *self, double done);
};

/* Makes what the server takes: picks bands (RGB by their colours, else the first three; one stays one; alpha and masks
 * become nodata), stretches to 8 bit (the middle 96 % of the values that are not nodata, all bands alike; nodata
 * becomes 0 and nothing else does), expands palettes, warps (GCPs, RPCs, rotation, bad or advised-against CRS: to the
 * norm's CRS or UTM), resamples what is too fine for the norm or too coarse to be a side too long, cuts into tiles what
 * is still too large, writes tiled, losslessly compressed GeoTIFF (BIGTIFF when needed) into `folder` under the file's
 * own name (tiles: name_1_2). What is already right is not touched: pixels stay as they are. Paths are appended to
 * `paths` (NUL-separated); the caller deletes the files. OSMFLOW_UNSUPPORTED names what cannot be mended. */
enum osmflow_status osmflow_raster_fix(const char *path, const struct osmflow_raster_report *report,
                                       const struct osmflow_raster_limits *limits, const char *folder,
                                       const struct osmflow_raster_progress *progress, struct osmflow_bytes *paths,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The last part of a path, without and with what follows its last dot ("" when there is none). Borrowed. */
void osmflow_raster_name(const char *path, struct osmflow_text *stem, struct osmflow_text *extension);

#endif
