/* How the const tables of columns are written. Only for the files that hold them. */
#ifndef OSMFLOW_MAPFLOW_TABLE_COLUMNS_H
#define OSMFLOW_MAPFLOW_TABLE_COLUMNS_H

#include "mapflow/table_parts.h"

#define TEXT(name, places) \
  { name, OSMFLOW_FIELD_STRING, places, OSMFLOW_MAPFLOW_FIXED }
#define TEXT_CHANGES(name, places) \
  { name, OSMFLOW_FIELD_STRING, places, OSMFLOW_MAPFLOW_CHANGES }
#define TEXT_CREATES(name, places) \
  { name, OSMFLOW_FIELD_STRING, places, OSMFLOW_MAPFLOW_CREATES }
#define JSON(name, places) \
  { name, OSMFLOW_FIELD_JSON, places, OSMFLOW_MAPFLOW_FIXED }
#define JSON_CHANGES(name, places) \
  { name, OSMFLOW_FIELD_JSON, places, OSMFLOW_MAPFLOW_CHANGES }
#define JSON_CREATES(name, places) \
  { name, OSMFLOW_FIELD_JSON, places, OSMFLOW_MAPFLOW_CREATES }
#define INTEGER(name, places) \
  { name, OSMFLOW_FIELD_INTEGER, places, OSMFLOW_MAPFLOW_FIXED }
#define INTEGER_CREATES(name, places) \
  { name, OSMFLOW_FIELD_INTEGER, places, OSMFLOW_MAPFLOW_CREATES }
#define BIG(name, places) \
  { name, OSMFLOW_FIELD_INTEGER64, places, OSMFLOW_MAPFLOW_FIXED }
#define REAL(name, places) \
  { name, OSMFLOW_FIELD_REAL, places, OSMFLOW_MAPFLOW_FIXED }
#define BOOLEAN(name, places) \
  { name, OSMFLOW_FIELD_BOOLEAN, places, OSMFLOW_MAPFLOW_FIXED }
#define TIME(name, places) \
  { name, OSMFLOW_FIELD_DATETIME, places, OSMFLOW_MAPFLOW_FIXED }

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define COLUMNS(array) .columns = (array), .column_count = COUNT_OF(array)
#define PUSHES(array) .pushes = (array), .push_count = COUNT_OF(array)
#define SCHEMAS(array) .schemas = (array), .schema_count = COUNT_OF(array)

#endif
