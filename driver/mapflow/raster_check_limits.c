/* Checks against what the account and the mosaic take. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mapflow/raster_parts.h"

bool osmflow_raster_sizes_differ(double left, double right) {
  return left > 0 && right > 0 && 2 * fabs(left - right) / (left + right) >= 0.1;
}

static void check_sides(const struct osmflow_raster_examination *at) {
  const struct osmflow_raster_facts *facts = &at->report->facts;
  const int most = at->limits->most_pixels;
  if (most > 0 && (facts->width > most || facts->height > most))
    osmflow_raster_add(at->report, OSMFLOW_RASTER_PIXELS, OSMFLOW_RASTER_MENDABLE,
                       "it has %d x %d pixels, and your account takes %d a side: --fix cuts it into tiles",
                       facts->width, facts->height, most);
}

static void print_bytes(int64_t bytes, char text[32]) {
  static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
  double number = (double)bytes;
  size_t unit = 0;
  for (; number >= 10000 && unit < 4; unit++)
    number /= 1000;
  snprintf(text, 32, "%.*f %s", unit ? 1 : 0, number, units[unit]);
}

static void check_bytes(const struct osmflow_raster_examination *at) {
  const struct osmflow_raster_limits *limits = at->limits;
  const int64_t bytes = at->report->facts.bytes;
  char size[32], limit[32];
  print_bytes(bytes, size);
  if (limits->most_bytes > 0 && bytes > limits->most_bytes) {
    print_bytes(limits->most_bytes, limit);
    osmflow_raster_add(at->report, OSMFLOW_RASTER_BYTES, OSMFLOW_RASTER_MENDABLE,
                       "it has %s (%" PRId64
                       " bytes), and your account takes files of %s: --fix compresses it, and "
                       "cuts it into tiles if need be",
                       size, bytes, limit);
  }
  if (limits->free_bytes > 0 && bytes > limits->free_bytes) {
    print_bytes(limits->free_bytes, limit);
    osmflow_raster_add(at->report, OSMFLOW_RASTER_QUOTA, OSMFLOW_RASTER_FATAL,
                       "it has %s, and only %s of your storage are free: delete images that are not needed any more, "
                       "or ask for more",
                       size, limit);
  }
}

static void add_misfit(const struct osmflow_raster_examination *at, bool can_be_fixed, const char *text) {
  const enum osmflow_raster_weight weight = can_be_fixed ? OSMFLOW_RASTER_MENDABLE : OSMFLOW_RASTER_FATAL;
  osmflow_raster_add(at->report, OSMFLOW_RASTER_FIT, weight, "%s", text);
  if (!at->limits->is_strict)
    at->report->problems[at->report->problem_count - 1].is_error = false;
}

static void check_fit_crs(const struct osmflow_raster_examination *at) {
  const char *crs = at->report->facts.crs, *norm = at->limits->norm_crs;
  char text[240];
  if (!at->limits->has_norm || !norm[0] || strcmp(crs, norm) == 0 || !at->file->place.crs)
    return;
  snprintf(text, sizeof text,
           "its coordinate reference system is %.64s, that of the mosaic's first image %.64s: --fix "
           "warps it",
           crs[0] ? crs : "one without a code", norm);
  add_misfit(at, true, text);
}

static void check_fit_type(const struct osmflow_raster_examination *at) {
  const char *type = at->report->facts.type[0], *norm = at->limits->norm_type;
  const bool is_mendable = strcmp(norm, "uint8") == 0;
  char text[240];
  if (!at->limits->has_norm || !norm[0] || strcmp(type, norm) == 0)
    return;
  snprintf(text, sizeof text, "its pixels are %.16s, those of the mosaic's first image %.16s: %s", type, norm,
           is_mendable ? "--fix stretches them to 8 bit" : "use another mosaic");
  add_misfit(at, is_mendable, text);
}

static void check_fit_pixels(const struct osmflow_raster_examination *at) {
  const double *size = at->report->facts.pixel_size, *norm = at->limits->norm_pixel_size;
  char text[240];
  if (!at->limits->has_norm || strcmp(at->report->facts.crs, at->limits->norm_crs) != 0 ||
      (!osmflow_raster_sizes_differ(size[0], norm[0]) && !osmflow_raster_sizes_differ(size[1], norm[1])))
    return;
  const bool is_finer = size[0] <= norm[0] * 1.05 && size[1] <= norm[1] * 1.05;
  snprintf(text, sizeof text,
           "its pixels measure %.6g x %.6g, those of the mosaic's first image %.6g x %.6g (10 %% are allowed): %s",
           size[0], size[1], norm[0], norm[1], is_finer ? "--fix resamples it" : "use another mosaic");
  add_misfit(at, is_finer, text);
}

const osmflow_raster_examine osmflow_raster_limit_checks[] = {check_sides,    check_bytes,      check_fit_crs,
                                                              check_fit_type, check_fit_pixels, NULL};
