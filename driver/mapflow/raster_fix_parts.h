/* What the files that mend rasters share: the plan, the view of the pixels as they are to be, writing pieces of it. */
#ifndef OSMFLOW_MAPFLOW_RASTER_FIX_PARTS_H
#define OSMFLOW_MAPFLOW_RASTER_FIX_PARTS_H

#include "mapflow/raster_parts.h"

/* What has to be done. Owner: the caller (_clear). */
struct osmflow_raster_plan {
  struct osmflow_raster_choice choice;
  bool stretches; /* low to high become 1 to 255 */
  double low, high;
  bool warps, mirrors, averages; /* mirrors: turned by whole pixels, nothing is interpolated */
  char *crs;                     /* to be warped to; CPLFree */
  double pixel_size[2];          /* in its unit; zeros: as GDAL suggests */
  bool rewrites;                 /* else the file's bytes are right as they are */
  int columns, rows;             /* tiles */
};
void osmflow_raster_plan_clear(struct osmflow_raster_plan *plan);
enum osmflow_status osmflow_raster_plan(const struct osmflow_raster_file *file,
                                        const struct osmflow_raster_report *report,
                                        const struct osmflow_raster_limits *limits, struct osmflow_raster_plan *plan,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The tiles that a raster of that many pixels needs. */
void osmflow_raster_plan_tiles(const struct osmflow_raster_facts *facts, const struct osmflow_raster_limits *limits,
                               GDALDatasetH view, struct osmflow_raster_plan *plan);

/* Datasets on top of each other, none of which holds pixels. Owner: the caller (_clear). */
struct osmflow_raster_view {
  GDALDatasetH layers[4]; /* owned */
  int layer_count;
  GDALDatasetH top; /* the source when there are no layers */
};
/* Chooses the bands. */
bool osmflow_raster_view_bands(struct osmflow_raster_view *view, const struct osmflow_raster_choice *choice);
bool osmflow_raster_view_warp(struct osmflow_raster_view *view, const struct osmflow_raster_plan *plan, bool has_rpc);
void osmflow_raster_view_clear(struct osmflow_raster_view *view);

/* The middle 96 % of the values of the first bands, from a sample. False: there is nothing but nodata, or an error. */
bool osmflow_raster_range(GDALDatasetH dataset, int bands, double *low, double *high);

struct osmflow_raster_writing {
  GDALDatasetH view;
  const struct osmflow_raster_plan *plan;
  const struct osmflow_raster_progress *progress; /* may be NULL */
  double done, share;                             /* where the progress stands, and how much of it a piece is */
  bool is_stopped;
};
/* One GeoTIFF of a part. False: GDAL complained, or it was stopped; what there is of the file is left. */
bool osmflow_raster_write(struct osmflow_raster_writing *writing, const struct osmflow_raster_window *part,
                          const char *path);
bool osmflow_raster_tell(struct osmflow_raster_writing *writing, double fraction);

#endif
