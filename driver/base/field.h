/* Types of fields, geometries and values that the rooms of a service hand to source/, free of OGR. */
#ifndef OSMFLOW_BASE_FIELD_H
#define OSMFLOW_BASE_FIELD_H

#include <stdint.h>

#include "base/text.h"

enum osmflow_field_type {
  OSMFLOW_FIELD_STRING,
  OSMFLOW_FIELD_JSON, /* a string that holds JSON */
  OSMFLOW_FIELD_INTEGER,
  OSMFLOW_FIELD_INTEGER64,
  OSMFLOW_FIELD_REAL,
  OSMFLOW_FIELD_BOOLEAN,
  OSMFLOW_FIELD_DATETIME, /* seconds since 1970-01-01T00:00:00Z, shown in UTC */
  OSMFLOW_FIELD_DATE      /* the same of its first second; shown as a date alone */
};

enum osmflow_geometry_type {
  OSMFLOW_GEOMETRY_NONE, /* a table */
  OSMFLOW_GEOMETRY_POINT,
  OSMFLOW_GEOMETRY_LINESTRING,
  OSMFLOW_GEOMETRY_MULTILINESTRING,
  OSMFLOW_GEOMETRY_POLYGON,
  OSMFLOW_GEOMETRY_MULTIPOLYGON,
  OSMFLOW_GEOMETRY_COLLECTION,
  OSMFLOW_GEOMETRY_MULTIPOINT,
  OSMFLOW_GEOMETRY_ANY /* of several kinds */
};

struct osmflow_value {
  bool is_null;
  int64_t integer;          /* INTEGER, INTEGER64, BOOLEAN (0 or 1), DATETIME, DATE */
  double real;              /* REAL; of a DATETIME the fraction of the second */
  struct osmflow_text text; /* STRING, JSON: NUL-terminated, borrowed */
};

struct osmflow_position {
  int32_t lon, lat; /* 1e-7 degrees */
};

#endif
