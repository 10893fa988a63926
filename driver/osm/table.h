/* The calls whose answers are rows: changesets and their discussion, notes and their comments, users, preferences, gpx
 * metadata, tracks and trackpoints, capabilities, permissions, versions.
 *
 * What the layers of a call look like is known without asking the server (const tables); the rows are loaded at once,
 * all pages of them. Owner: the struct is the caller's (_init/_clear). Immutable once loaded: any number of readers. */
#ifndef OSMFLOW_OSM_TABLE_H
#define OSMFLOW_OSM_TABLE_H

#include "base/field.h"
#include "osm/call.h"
#include "osm/fetch.h"

/* How a wish of the user about a column can be told to the server. */
enum osmflow_push {
  OSMFLOW_PUSH_NONE,
  OSMFLOW_PUSH_EQUAL, /* column = value  ->  parameter=value */
  OSMFLOW_PUSH_FROM,  /* column >= value ->  parameter=value */
  OSMFLOW_PUSH_TO,    /* column < value  ->  parameter=value, only together with a FROM */
  OSMFLOW_PUSH_WHEN   /* column = `when` ->  parameter=`says` */
};

struct osmflow_table_push {
  enum osmflow_push kind;
  const char *column;
  const char *parameter;
  const char *when, *says; /* WHEN only */
};

struct osmflow_table_column {
  const char *name;
  enum osmflow_field_type type;
  const char *xml;  /* where the value is: see osm/table_calls.h */
  const char *json; /* the same in the JSON form; NULL: as xml */
};

struct osmflow_table_schema {
  const char *layer; /* "changesets" */
  enum osmflow_geometry_type geometry;
  const struct osmflow_table_column *columns;
  size_t column_count;
  const struct osmflow_table_push *pushes;
  size_t push_count;
  bool pushes_bbox; /* a spatial filter may become (or narrow) the bbox parameter */
};

/* The layers of a call of answer TABLE or TRACKS, in order. */
size_t osmflow_table_schema_count(const struct osmflow_call_class *call_class);
const struct osmflow_table_schema *osmflow_table_schema(const struct osmflow_call_class *call_class, size_t index);

struct osmflow_table_part {
  size_t first, count; /* positions of one line, ring or point */
};

struct osmflow_table_row {
  int64_t fid;        /* >= 0, unique in its layer: the object's own id or one made of its key, else the row number */
  size_t first_value; /* into values: column_count of them */
  size_t first_part, part_count; /* no part: no geometry */
};

/* The fid of a row that has a key and no number (a preference): the same whatever else there is. */
int64_t osmflow_table_fid_of_key(struct osmflow_text key);

/* The rows of one layer. */
struct osmflow_table_rows {
  const struct osmflow_table_schema *schema;
  struct osmflow_table_row *rows;
  struct osmflow_value *values; /* texts belong to the table */
  struct osmflow_table_part *parts;
  struct osmflow_position *positions;
  size_t row_count, value_count, part_count, position_count;
  size_t row_capacity, value_capacity, part_capacity, position_capacity;
};

struct osmflow_table {
  struct osmflow_table_rows *layers;
  size_t layer_count;
  struct osmflow_table_memory *memory; /* where texts live */
};

void osmflow_table_init(struct osmflow_table *table);
void osmflow_table_clear(struct osmflow_table *table);

/* Asks the server and reads all pages: trackpoints (page=0.. until a page is not full), changesets (beyond the server's
 * limit through from/to, see table.c), notes (limit raised to the server's maximum unless the user set one). On an
 * error the table is empty. `progress` may be NULL. */
enum osmflow_status osmflow_table_load(struct osmflow_http *http, const struct osmflow_call *call,
                                       struct osmflow_table *table, const struct osmflow_fetch_progress *progress,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
