/* Which layers a call has, and where in its answer their rows, values and positions are: const tables. */
#ifndef OSMFLOW_OSM_TABLE_CALLS_H
#define OSMFLOW_OSM_TABLE_CALLS_H

#include "osm/table.h"

/* Besides paths (osm/table_path.h) a column's source can be one of these; PATH is a path again.
 *   ":tags" the tags as a JSON object          ":tag KEY" the value of one tag
 *   ":json PATH" the node as JSON              ":list PATH" all texts there as a JSON array
 *   ":names PATH" all names there, likewise    ":count PATH" how many there are
 *   ":rows" the rows of the next layer that belong to this one, as a JSON array of objects
 *   ":name" the node's own name                ":dotted" its parent's and its own name
 *   ":number" the number of the row among its siblings, from 1
 *   ":unit", ":about" what is known here of the row's first column
 *   ":true" what the row's being there means */
struct osmflow_table_place {
  const char *xml, *json;
};

enum osmflow_table_position {
  OSMFLOW_TABLE_NOWHERE,
  OSMFLOW_TABLE_LON_LAT, /* places: longitude, latitude */
  OSMFLOW_TABLE_LAT_LON, /* places: longitude, latitude; a text "latitude longitude" where the first two are missing */
  OSMFLOW_TABLE_BOUNDS   /* places: smallest longitude and latitude, largest longitude and latitude */
};

struct osmflow_table_layer {
  struct osmflow_table_schema schema;
  struct osmflow_table_place rows; /* from the root, or from a row of the layer before */
  bool of_row;                     /* the latter */
  const char *id;                  /* the column that is the fid; NULL: the row number */
  bool has_key;                    /* the first column is a key, which the fid is made of */
  enum osmflow_table_position position;
  struct osmflow_table_place places[4];
};

enum osmflow_table_shape {
  OSMFLOW_TABLE_DOCUMENT, /* XML or JSON */
  OSMFLOW_TABLE_GPX,
  OSMFLOW_TABLE_TEXT /* the bare value of one preference */
};

enum osmflow_table_paging {
  OSMFLOW_TABLE_ONE_PAGE,
  OSMFLOW_TABLE_PAGES,        /* page=0.. */
  OSMFLOW_TABLE_BACK_IN_TIME, /* from and to */
  OSMFLOW_TABLE_LIMIT,        /* limit= raised to the server's maximum; more than that is an error */
  OSMFLOW_TABLE_NEWEST        /* limit= raised likewise; more than that is left out */
};

struct osmflow_table_call {
  const char *name; /* of the call's class */
  enum osmflow_table_shape shape;
  enum osmflow_table_paging paging;
  bool asks_json;         /* the JSON form loses nothing and is asked for */
  bool may_be_empty;      /* an answer without a byte means no rows */
  bool lists_permissions; /* those that were not granted are added */
  const char *root;       /* the XML answer's root element */
  const char *xml_needs;  /* a path that must lead somewhere below the root, or this is not what was asked for */
  const char *json_needs;
  const struct osmflow_table_layer *layers;
  size_t layer_count;
};

/* NULL when the call's answer is not a table. */
const struct osmflow_table_call *osmflow_table_call(const struct osmflow_call_class *call_class);

/* What the documentation says of a capability ("area.maximum") or permission ("allow_read_prefs"). */
struct osmflow_table_word {
  const char *name, *unit, *about;
  bool is_permission;
};
const struct osmflow_table_word *osmflow_table_words(size_t *count);

#endif
