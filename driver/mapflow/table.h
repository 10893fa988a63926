/* The objects of Mapflow as rows: projects, processings, AOIs, account, models, mosaics, images, storage, catalog.
 *
 * Which layers a call has and what they look like is known without asking (const tables); rows come page by page. Both
 * shapes of answers are read: that of the spec and that of the recorded real answers, where they differ (facts 0): a
 * column knows several places, the first that is there counts. Values that do not fit their column are null, never an
 * error; unknown status values are texts like the others. Credentials inside sourceParams are never a value:
 * rasterLogin, rasterPassword, raster_login and raster_password are cut out of JSON columns, too, and tokens inside
 * URLs are kept only where the URL is the column. Owner: see each. One thread at a time. */
#ifndef OSMFLOW_MAPFLOW_TABLE_H
#define OSMFLOW_MAPFLOW_TABLE_H

#include "base/bbox.h"
#include "base/field.h"
#include "mapflow/call.h"
#include "mapflow/client.h"

/* How a wish about a column can be told to the server. */
enum osmflow_mapflow_push_kind {
  OSMFLOW_MAPFLOW_PUSH_EQUAL, /* column = 'value' */
  OSMFLOW_MAPFLOW_PUSH_LIKE,  /* column LIKE '%value%', ILIKE, and = : the server's text search finds at least those */
  OSMFLOW_MAPFLOW_PUSH_FROM,  /* column >= or > value */
  OSMFLOW_MAPFLOW_PUSH_TO,    /* column <= or < value */
  OSMFLOW_MAPFLOW_PUSH_SORT   /* ORDER BY column */
};

struct osmflow_mapflow_push {
  enum osmflow_mapflow_push_kind kind;
  const char *column;
  const char *parameter; /* the member of the request's body or of its query; of SORT: the value of sortBy */
};

enum osmflow_mapflow_edit {
  OSMFLOW_MAPFLOW_FIXED,   /* cannot be changed */
  OSMFLOW_MAPFLOW_CHANGES, /* can be changed by an update */
  OSMFLOW_MAPFLOW_CREATES, /* only said when a new one is made */
};

struct osmflow_mapflow_column {
  const char *name; /* snake_case */
  enum osmflow_field_type type;
  const char *places; /* "remainingCredits|user/credits": paths in the row's object; see table_value.c for the few words
                         that stand for something worked out */
  enum osmflow_mapflow_edit edit;
};

struct osmflow_mapflow_schema {
  const char *layer; /* "projects" */
  const char
      *rows; /* where the rows are in the document: "results", "models"; "": the document is a list, or one row */
  enum osmflow_geometry_type geometry;
  const char *geometry_place; /* "footprint"; NULL: none. WKT or GeoJSON, whatever comes */
  const char *id_place;       /* "id": what the feature id is made of; NULL: the row number */
  const struct osmflow_mapflow_column *columns;
  size_t column_count;
  const struct osmflow_mapflow_push *pushes;
  size_t push_count;
  bool pushes_area; /* a spatial filter becomes the request's AOI */
  bool needs_area;  /* and without one the server answers nothing (catalog) */
  const char *kind; /* what the rows are for mapflow/action.h: "project", "processing", "mosaic", "image"; NULL */
};

size_t osmflow_mapflow_schema_count(const struct osmflow_mapflow_call_class *call_class);
const struct osmflow_mapflow_schema *osmflow_mapflow_schema(const struct osmflow_mapflow_call_class *call_class,
                                                            size_t index);

/* What is asked for beyond the call itself. Borrowed until the rows are freed. */
struct osmflow_mapflow_wish {
  const char *where; /* OGR SQL WHERE text; what of it can be pushed is (AND of comparisons), the rest is ignored here
                        because the caller looks at every row again; NULL: none */
  const char *order_by; /* a column; NULL: as the server has it */
  bool is_descending;
  int64_t limit;    /* rows wanted at most; 0: all */
  const char *area; /* GeoJSON Polygon or MultiPolygon, lon/lat; NULL: none */
  bool with_aois;   /* processings: the union of their AOIs as geometry, one request each */
};

struct osmflow_mapflow_row {
  int64_t fid;                        /* >= 0, the same at every reading: made of the object's id */
  const struct osmflow_value *values; /* column_count of them; texts are NUL-terminated */
  struct osmflow_text geometry;       /* WKT or GeoJSON (begins with '{'), NUL-terminated; size 0: none */
};

/* The feature id of an object's id (UUID): 52 bits of it. */
int64_t osmflow_mapflow_fid(struct osmflow_text id);

struct osmflow_mapflow_rows;
/* No network. The client is borrowed. Of several layers of one call (user/status) the document is asked for once when
 * the same rows object is used: *_restart with another index. */
enum osmflow_status osmflow_mapflow_rows_new(const struct osmflow_mapflow *mapflow,
                                             const struct osmflow_mapflow_call *call, size_t index,
                                             const struct osmflow_mapflow_wish *wish,
                                             struct osmflow_mapflow_rows **rows,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_mapflow_rows_free(struct osmflow_mapflow_rows *rows); /* NULL is fine */
/* Begins anew, perhaps with another layer of the same call or another wish. What a document of one answer holds is not
 * asked for again, listings are. */
enum osmflow_status osmflow_mapflow_rows_restart(struct osmflow_mapflow_rows *rows, size_t index,
                                                 const struct osmflow_mapflow_wish *wish,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* *row NULL: the end. Borrowed until the next call. Pages are asked for when they are needed. A page that is not what
 * was asked for is an error; rows that another page had (because something was added meanwhile) are left out. */
enum osmflow_status osmflow_mapflow_rows_next(struct osmflow_mapflow_rows *rows, const struct osmflow_mapflow_row **row,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* What the server says that there are in all, -1: it does not say before all are read. Asks for the first page. */
enum osmflow_status osmflow_mapflow_rows_count(struct osmflow_mapflow_rows *rows, int64_t *count,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
