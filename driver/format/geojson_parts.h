/* Private to geojson*.c: parsing in a window of the document.
 *
 * Functions return false when the document is wrong at cursor->at, with the words in cursor->fault. When that place is
 * the window's end, it is not wrong but goes on there: the caller gets more bytes and parses from the same start again.
 * A NUL stands at the window's end, so that no loop must look for it: no token goes on with a NUL. */
#ifndef OSMFLOW_FORMAT_GEOJSON_PARTS_H
#define OSMFLOW_FORMAT_GEOJSON_PARTS_H

#include "base/bytes.h"
#include "format/geojson.h"

enum {
  OSMFLOW_GEOJSON_PADDING = 16, /* bytes behind the end that may be looked at */
  OSMFLOW_GEOJSON_DEEPEST = 64,
  OSMFLOW_GEOJSON_LONGEST = 32 * 1024 * 1024 /* text of one feature */
};

struct osmflow_geojson_cursor {
  char *at, *end;
  const char *fault;          /* NULL: none */
  enum osmflow_status status; /* what the fault is */
};

static inline bool osmflow_geojson_fault(struct osmflow_geojson_cursor *cursor, const char *words) {
  cursor->fault = words;
  cursor->status = OSMFLOW_BAD_DATA;
  return false;
}

static inline void osmflow_geojson_blank(struct osmflow_geojson_cursor *cursor) {
  while (*cursor->at == ' ' || *cursor->at == '\n' || *cursor->at == '\r' || *cursor->at == '\t')
    cursor->at++;
}

/* White space and that character. */
static inline bool osmflow_geojson_take(struct osmflow_geojson_cursor *cursor, char wanted, const char *words) {
  if (*cursor->at != wanted)
    osmflow_geojson_blank(cursor);
  if (*cursor->at != wanted)
    return osmflow_geojson_fault(cursor, words);
  cursor->at++;
  return true;
}

/* White space, and whether that character comes: if so, it is taken. */
static inline bool osmflow_geojson_try(struct osmflow_geojson_cursor *cursor, char wanted) {
  if (*cursor->at != wanted)
    osmflow_geojson_blank(cursor);
  if (*cursor->at != wanted)
    return false;
  cursor->at++;
  return true;
}

struct osmflow_geojson_string {
  struct osmflow_text text; /* as it stands between the quotes */
  bool is_escaped;
};

/* Behind white space. */
bool osmflow_geojson_string(struct osmflow_geojson_cursor *cursor, struct osmflow_geojson_string *string);
bool osmflow_geojson_number(struct osmflow_geojson_cursor *cursor, struct osmflow_text *literal, bool *is_integer);
/* Any value; `depth`: levels that are open already. */
bool osmflow_geojson_value(struct osmflow_geojson_cursor *cursor, unsigned depth, enum osmflow_geojson_kind *kind,
                           struct osmflow_geojson_string *text);
bool osmflow_geojson_skip(struct osmflow_geojson_cursor *cursor, unsigned depth);
/* The name of a member and the colon. */
bool osmflow_geojson_key(struct osmflow_geojson_cursor *cursor, struct osmflow_geojson_string *key);
/* In its place; gives the new size, which is never larger. */
size_t osmflow_geojson_unescape(char *text, size_t size);
bool osmflow_geojson_is(const struct osmflow_geojson_string *string, const char *word);
/* A number of a position. */
bool osmflow_geojson_coordinate(struct osmflow_geojson_cursor *cursor, double *value);

/* A geometry while it is read. */
struct osmflow_geojson_shape {
  struct osmflow_bytes wkb;
  unsigned type;
  bool has_z;
  double min_x, min_y, max_x, max_y;
};

/* `null` or an object, behind white space. */
bool osmflow_geojson_geometry(struct osmflow_geojson_cursor *cursor, struct osmflow_geojson_shape *shape,
                              unsigned depth);

struct osmflow_geojson_properties {
  struct osmflow_geojson_property *items;
  uint8_t *escapes; /* of each: bits of which texts hold some */
  size_t count, capacity, escape_capacity;
};

/* A feature object. What it holds is checked; texts stay as they are until osmflow_geojson_properties_finish. */
bool osmflow_geojson_feature(struct osmflow_geojson_cursor *cursor, struct osmflow_geojson_shape *shape,
                             struct osmflow_geojson_properties *properties, unsigned depth);
/* Puts NULs behind the texts and resolves their escapes, within the window. */
void osmflow_geojson_properties_finish(struct osmflow_geojson_properties *properties);

#endif
