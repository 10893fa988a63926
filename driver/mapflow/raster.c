/* The check of a raster file: opens it and lets every check on the lists look at it. */
#include "mapflow/raster.h"

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mapflow/raster_parts.h"

static const osmflow_raster_examine *const lists[] = {osmflow_raster_place_checks, osmflow_raster_pixel_checks,
                                                      osmflow_raster_limit_checks};

void osmflow_raster_add(struct osmflow_raster_report *report, enum osmflow_raster_problem_kind kind,
                        enum osmflow_raster_weight weight, const char *format, ...) {
  if (report->problem_count == OSMFLOW_RASTER_MOST_PROBLEMS)
    return;
  struct osmflow_raster_problem *problem = &report->problems[report->problem_count++];
  va_list values;
  problem->kind = kind;
  problem->is_error = weight != OSMFLOW_RASTER_ADVICE;
  problem->can_be_fixed = weight != OSMFLOW_RASTER_FATAL;
  va_start(values, format);
  vsnprintf(problem->text, sizeof problem->text, format, values);
  va_end(values);
}

const struct osmflow_raster_problem *osmflow_raster_find(const struct osmflow_raster_report *report,
                                                         enum osmflow_raster_problem_kind kind) {
  for (size_t i = 0; i < report->problem_count; i++)
    if (report->problems[i].kind == kind)
      return &report->problems[i];
  return NULL;
}

void osmflow_raster_name(const char *path, struct osmflow_text *stem, struct osmflow_text *extension) {
  for (const char *at = path; *at; at++)
    if (*at == '/' || *at == '\\')
      path = at + 1;
  const char *dot = strrchr(path, '.');
  *stem = dot ? (struct osmflow_text){path, (size_t)(dot - path)} : osmflow_text(path);
  *extension = osmflow_text(dot ? dot + 1 : "");
}

static void check_name(const char *path, struct osmflow_raster_report *report) {
  struct osmflow_text stem, extension;
  osmflow_raster_name(path, &stem, &extension);
  if (!osmflow_text_is_ignoring_case(extension, "tif") && !osmflow_text_is_ignoring_case(extension, "tiff"))
    osmflow_raster_add(report, OSMFLOW_RASTER_NAME, OSMFLOW_RASTER_MENDABLE,
                       "its name does not end in .tif or .tiff, and the server goes by the name: rename it, or --fix "
                       "does it");
}

static void check_open_file(const struct osmflow_raster_file *file, const struct osmflow_raster_limits *limits,
                            struct osmflow_raster_report *report) {
  const struct osmflow_raster_examination examination = {file, limits, report};
  if (!file->alone)
    osmflow_raster_add(report, OSMFLOW_RASTER_NOT_GEOTIFF, OSMFLOW_RASTER_MENDABLE,
                       "it is a file of the format %s, and Mapflow takes GeoTIFF only: --fix converts it",
                       report->facts.driver);
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
    for (size_t k = 0; lists[i][k]; k++)
      lists[i][k](&examination);
}

static void check_file(const char *path, const struct osmflow_raster_limits *limits,
                       struct osmflow_raster_report *report) {
  struct osmflow_raster_complaint complaint;
  struct osmflow_raster_file file;
  osmflow_raster_listen(&complaint);
  osmflow_raster_file_open(&file, path);
  osmflow_raster_listen_end();
  if (!file.whole) {
    osmflow_raster_add(report, OSMFLOW_RASTER_UNREADABLE, OSMFLOW_RASTER_FATAL,
                       "GDAL cannot open it as a raster%s: copy or make it again",
                       osmflow_raster_complained(&complaint));
    return;
  }
  osmflow_raster_listen(&complaint);
  file.facts.bytes = report->facts.bytes;
  osmflow_raster_facts_read(&file);
  report->facts = file.facts;
  if (file.facts.bands == 0 || file.facts.width < 1 || file.facts.height < 1)
    osmflow_raster_add(report, OSMFLOW_RASTER_UNREADABLE, OSMFLOW_RASTER_FATAL,
                       "it has no bands of its own (%d rasters inside): pick one with gdal_translate",
                       CSLCount(GDALGetMetadata(file.whole, "SUBDATASETS")) / 2);
  else
    check_open_file(&file, limits, report);
  osmflow_raster_file_close(&file);
  osmflow_raster_listen_end();
}

enum osmflow_status osmflow_raster_check(const char *path, const struct osmflow_raster_limits *limits,
                                         struct osmflow_raster_report *report, struct osmflow_error *error) {
  static const struct osmflow_raster_limits without_limits = {.free_bytes = -1};
  VSIStatBufL stat;
  if (!path || !path[0])
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "no raster file is named");
  memset(report, 0, sizeof *report);
  if (VSIStatL(path, &stat) != 0) {
    osmflow_raster_add(report, OSMFLOW_RASTER_ABSENT, OSMFLOW_RASTER_FATAL,
                       "there is no such file, or it may not be read");
    return OSMFLOW_OK;
  }
  if (VSI_ISDIR(stat.st_mode)) {
    osmflow_raster_add(report, OSMFLOW_RASTER_ABSENT, OSMFLOW_RASTER_FATAL, "it is a folder: name the files in it");
    return OSMFLOW_OK;
  }
  report->facts.bytes = (int64_t)stat.st_size;
  check_name(path, report);
  if (stat.st_size == 0)
    osmflow_raster_add(report, OSMFLOW_RASTER_EMPTY, OSMFLOW_RASTER_FATAL, "it is empty (0 bytes): make it again");
  else
    check_file(path, limits ? limits : &without_limits, report);
  return OSMFLOW_OK;
}

bool osmflow_raster_is_accepted(const struct osmflow_raster_report *report) {
  for (size_t i = 0; i < report->problem_count; i++)
    if (report->problems[i].is_error)
      return false;
  return true;
}

bool osmflow_raster_can_be_fixed(const struct osmflow_raster_report *report) {
  for (size_t i = 0; i < report->problem_count; i++)
    if (report->problems[i].is_error && !report->problems[i].can_be_fixed)
      return false;
  return true;
}
