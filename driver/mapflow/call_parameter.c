#include "mapflow/call_parameter.h"

#include <stdint.h>
#include <stdio.h>

#include "base/bbox.h"
#include "base/number.h"
#include "mapflow/client.h"

static const struct parameter {
  const char *name;
  enum osmflow_mapflow_parameter_kind kind;
  double least, most;
  const char *choices; /* divided by '|' */
} parameters[] = {
    {"aoiId", OSMFLOW_MAPFLOW_PARAMETER_ID, 0, 0, NULL},
    {"limit", OSMFLOW_MAPFLOW_PARAMETER_WHOLE, 1, INT32_MAX, NULL},
    {"offset", OSMFLOW_MAPFLOW_PARAMETER_WHOLE, 0, INT32_MAX, NULL},
    {"page", OSMFLOW_MAPFLOW_PARAMETER_WHOLE, 1, INT32_MAX, NULL},
    {"perPage", OSMFLOW_MAPFLOW_PARAMETER_WHOLE, 1, 1000, NULL},
    {"type", OSMFLOW_MAPFLOW_PARAMETER_CHOICE, 0, 0, "JSON|CSV"},
    {"sortOrder", OSMFLOW_MAPFLOW_PARAMETER_CHOICE, 0, 0, "ASC|DESC"},
    {"bbox", OSMFLOW_MAPFLOW_PARAMETER_BBOX, 0, 0, NULL},
    {"aoi", OSMFLOW_MAPFLOW_PARAMETER_AREA, 0, 0, NULL},
    {"acquisitionDateFrom", OSMFLOW_MAPFLOW_PARAMETER_TIME, 0, 0, NULL},
    {"acquisitionDateTo", OSMFLOW_MAPFLOW_PARAMETER_TIME, 0, 0, NULL},
    {"minResolution", OSMFLOW_MAPFLOW_PARAMETER_NUMBER, 0, 1e6, NULL},
    {"maxResolution", OSMFLOW_MAPFLOW_PARAMETER_NUMBER, 0, 1e6, NULL},
    {"maxCloudCover", OSMFLOW_MAPFLOW_PARAMETER_NUMBER, 0, 100, NULL},
    {"minOffNadirAngle", OSMFLOW_MAPFLOW_PARAMETER_NUMBER, -90, 90, NULL},
    {"maxOffNadirAngle", OSMFLOW_MAPFLOW_PARAMETER_NUMBER, -90, 90, NULL},
    {"minAoiIntersectionPercent", OSMFLOW_MAPFLOW_PARAMETER_NUMBER, 0, 100, NULL},
    {"hideUnavailable", OSMFLOW_MAPFLOW_PARAMETER_BOOLEAN, 0, 0, "true|false"},
    {"tags", OSMFLOW_MAPFLOW_PARAMETER_LIST, 0, 0, NULL},
    {"dataProviders", OSMFLOW_MAPFLOW_PARAMETER_LIST, 0, 0, NULL},
    {"productTypes", OSMFLOW_MAPFLOW_PARAMETER_LIST, 0, 0, NULL},
};

static const struct parameter *find(const char *name) {
  static const struct parameter other = {"", OSMFLOW_MAPFLOW_PARAMETER_TEXT, 0, 0, NULL};
  for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
    if (strcmp(parameters[i].name, name) == 0)
      return &parameters[i];
  return &other;
}

enum osmflow_mapflow_parameter_kind osmflow_mapflow_parameter_kind(const char *name) {
  return find(name)->kind;
}

bool osmflow_mapflow_parameter_repeats(const char *name) {
  return find(name)->kind == OSMFLOW_MAPFLOW_PARAMETER_LIST;
}

static bool is_choice(struct osmflow_text value, const char *choices) {
  struct osmflow_text rest = osmflow_text(choices), choice;
  while (osmflow_text_next(&rest, '|', &choice))
    if (choice.size == value.size && osmflow_text_distance(choice, value) == 0)
      return true;
  return false;
}

static enum osmflow_status refuse(const struct parameter *parameter, struct osmflow_text value, const char *what,
                                  struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is \"%.*s\", but it must be %s", parameter->name,
                           (int)(value.size < 80 ? value.size : 80), value.data, what);
}

static enum osmflow_status refuse_number(const struct parameter *parameter, struct osmflow_text value, const char *what,
                                         struct osmflow_error *error) {
  char words[80];
  snprintf(words, sizeof words, "a %s from %.0f to %.0f", what, parameter->least, parameter->most);
  return refuse(parameter, value, words, error);
}

enum osmflow_status osmflow_mapflow_parameter_check(const char *name, struct osmflow_text value,
                                                    struct osmflow_error *error) {
  const struct parameter *parameter = find(name);
  int64_t whole = 0;
  double number = 0;
  struct osmflow_bbox box;
  switch (parameter->kind) {
    case OSMFLOW_MAPFLOW_PARAMETER_ID:
      return osmflow_mapflow_is_id(value)
                 ? OSMFLOW_OK
                 : refuse(parameter, value, "an id like 3fa85f64-5717-4562-b3fc-2c963f66afa6", error);
    case OSMFLOW_MAPFLOW_PARAMETER_WHOLE:
      return osmflow_parse_int(value, (int64_t)parameter->least, (int64_t)parameter->most, &whole)
                 ? OSMFLOW_OK
                 : refuse_number(parameter, value, "whole number", error);
    case OSMFLOW_MAPFLOW_PARAMETER_NUMBER:
      return osmflow_parse_real(value, &number) && number >= parameter->least && number <= parameter->most
                 ? OSMFLOW_OK
                 : refuse_number(parameter, value, "number", error);
    case OSMFLOW_MAPFLOW_PARAMETER_TIME:
      return osmflow_parse_time(value, &whole) ? OSMFLOW_OK
                                               : refuse(parameter, value, "a time like 2024-03-01T00:00:00Z", error);
    case OSMFLOW_MAPFLOW_PARAMETER_CHOICE:
    case OSMFLOW_MAPFLOW_PARAMETER_BOOLEAN:
      return is_choice(value, parameter->choices) ? OSMFLOW_OK : refuse(parameter, value, parameter->choices, error);
    case OSMFLOW_MAPFLOW_PARAMETER_BBOX:
      return osmflow_bbox_parse(value, &box, error);
    case OSMFLOW_MAPFLOW_PARAMETER_AREA:
      value = osmflow_text_trim(value);
      return value.size > 0 && value.data[0] == '{'
                 ? OSMFLOW_OK
                 : refuse(parameter, value, "a GeoJSON Polygon or MultiPolygon (or give bbox=west,south,east,north)",
                          error);
    case OSMFLOW_MAPFLOW_PARAMETER_TEXT:
    case OSMFLOW_MAPFLOW_PARAMETER_LIST:
      break;
  }
  return OSMFLOW_OK;
}
