#include "format/geojson.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/geojson_parts.h"
#include "format/tree.h"

/* Where in the collection the reader stands. A unit is what is parsed at once: a member, a feature, a bracket. */
enum stage {
  AT_START,
  AT_FIRST_MEMBER, /* or '}' */
  AT_MEMBER,       /* ',' or '}' */
  AT_FIRST_FEATURE,
  AT_FEATURE,
  AT_END,      /* white space only */
  AFTER_ERROR, /* nothing any more */
  STAGE_MASK = 15,
  HAS_TYPE = 16, /* what was seen of the collection; kept together with the stage, as a mark holds it */
  HAS_FEATURES = 32
};

enum {
  FIRST_WINDOW = 256 * 1024,
  WKB_CEILING = 6 * OSMFLOW_GEOJSON_LONGEST, /* "[1,1]," becomes 21 bytes, with heights 29 */
  COLLECTION_DEPTH = 1,
  FEATURES_DEPTH = 2
};

struct osmflow_geojson_reader {
  struct osmflow_geojson_source source;
  char *window; /* [0, filled) is the document from window_offset on; a NUL behind it */
  size_t at, filled, capacity;
  int64_t window_offset;
  bool is_ended; /* the window's end is the document's */
  unsigned state;
  int64_t number;
  char stranger[64]; /* the name of a member that a FeatureCollection has not */
  struct osmflow_geojson_shape shape;
  struct osmflow_geojson_properties properties;
  struct osmflow_geojson_feature feature;
};

enum osmflow_status osmflow_geojson_reader_new(const struct osmflow_geojson_source *source,
                                               struct osmflow_geojson_reader **reader, struct osmflow_error *error) {
  struct osmflow_geojson_reader *made = calloc(1, sizeof *made);
  *reader = NULL;
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a GeoJSON reader");
  made->source = *source;
  osmflow_bytes_init(&made->shape.wkb, WKB_CEILING);
  *reader = made;
  return OSMFLOW_OK;
}

void osmflow_geojson_reader_free(struct osmflow_geojson_reader *reader) {
  if (reader) {
    osmflow_bytes_clear(&reader->shape.wkb);
    free(reader->properties.items);
    free(reader->properties.escapes);
    free(reader->window);
    free(reader);
  }
}

struct osmflow_geojson_mark osmflow_geojson_reader_mark(const struct osmflow_geojson_reader *reader) {
  return (struct osmflow_geojson_mark){reader->window_offset + (int64_t)reader->at, reader->number, reader->state};
}

void osmflow_geojson_reader_go(struct osmflow_geojson_reader *reader, const struct osmflow_geojson_mark *mark) {
  reader->window_offset = mark->offset;
  reader->at = reader->filled = 0;
  reader->is_ended = false;
  reader->state = mark->state;
  reader->number = mark->number;
}

static bool is_among_features(const struct osmflow_geojson_reader *reader) {
  const unsigned stage = reader->state & STAGE_MASK;
  return stage == AT_FIRST_FEATURE || stage == AT_FEATURE;
}

static enum osmflow_status refuse(struct osmflow_geojson_reader *reader, size_t place, enum osmflow_status status,
                                  const char *words, struct osmflow_error *error) {
  const int64_t offset = reader->window_offset + (int64_t)place;
  const bool is_in_feature = is_among_features(reader);
  reader->state = AFTER_ERROR;
  if (is_in_feature)
    return osmflow_error_set(error, status, "not good GeoJSON: feature %" PRId64 ", byte %" PRId64 ": %s",
                             reader->number, offset, words);
  return osmflow_error_set(error, status, "not good GeoJSON: byte %" PRId64 ": %s", offset, words);
}

static enum osmflow_status make_room(struct osmflow_geojson_reader *reader, struct osmflow_error *error) {
  const size_t kept = reader->filled - reader->at;
  if (reader->at > 0)
    memmove(reader->window, reader->window + reader->at, kept);
  reader->window_offset += (int64_t)reader->at;
  reader->at = 0;
  reader->filled = kept;
  if (kept > OSMFLOW_GEOJSON_LONGEST)
    return refuse(reader, 0, OSMFLOW_TOO_LARGE, "more than 32 MiB begin here that belong together", error);
  if (reader->window && kept <= reader->capacity / 2)
    return OSMFLOW_OK;
  const size_t capacity = reader->window ? reader->capacity * 2 : FIRST_WINDOW;
  char *window = realloc(reader->window, capacity + OSMFLOW_GEOJSON_PADDING);
  if (!window)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu bytes of GeoJSON", capacity);
  reader->window = window;
  reader->capacity = capacity;
  return OSMFLOW_OK;
}

/* More of the document behind what is left of the window: at least as much again, so that a long feature that comes in
 * small pieces is not parsed again for each of them. */
static enum osmflow_status fill(struct osmflow_geojson_reader *reader, struct osmflow_error *error) {
  enum osmflow_status status = make_room(reader, error);
  const size_t wanted = reader->filled > 0 ? reader->filled * 2 : 1;
  while (status == OSMFLOW_OK && !reader->is_ended && reader->filled < wanted) {
    size_t taken = 0;
    status = reader->source.read(reader->source.self, reader->window_offset + (int64_t)reader->filled,
                                 reader->window + reader->filled, reader->capacity - reader->filled, &taken, error);
    reader->is_ended = status == OSMFLOW_OK && taken == 0;
    reader->filled += taken;
  }
  if (status == OSMFLOW_OK)
    memset(reader->window + reader->filled, 0, OSMFLOW_GEOJSON_PADDING);
  return status;
}

/* What a "crs" says: nothing, or longitude and latitude. */
static bool is_known_crs(struct osmflow_text json) {
  static const char *const names[] = {"urn:ogc:def:crs:OGC:1.3:CRS84",
                                      "urn:ogc:def:crs:OGC::CRS84",
                                      "OGC:CRS84",
                                      "CRS84",
                                      "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
                                      "urn:ogc:def:crs:EPSG::4326",
                                      "EPSG:4326",
                                      "WGS84"};
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *root = NULL;
  bool is_known = false;
  if (osmflow_tree_new(OSMFLOW_TREE_JSON, &tree, NULL) == OSMFLOW_OK &&
      osmflow_tree_feed(tree, json.data, json.size, NULL) == OSMFLOW_OK &&
      osmflow_tree_finish(tree, &root, NULL) == OSMFLOW_OK) {
    const struct osmflow_tree_node *name = osmflow_tree_at(root, "properties/name");
    is_known = root->kind == OSMFLOW_TREE_NULL;
    for (size_t i = 0; name && i < sizeof names / sizeof names[0]; i++)
      is_known = is_known || osmflow_text_is_ignoring_case(name->text, names[i]);
  }
  osmflow_tree_free(tree);
  return is_known;
}

static bool read_crs(struct osmflow_geojson_cursor *cursor) {
  struct osmflow_geojson_string json;
  enum osmflow_geojson_kind kind;
  if (!osmflow_geojson_value(cursor, COLLECTION_DEPTH, &kind, &json))
    return false;
  const bool is_good = kind != OSMFLOW_GEOJSON_STRING && is_known_crs(json.text);
  return is_good || osmflow_geojson_fault(cursor, "a crs that is not longitude and latitude in WGS 84 ends here");
}

static bool read_collection_type(struct osmflow_geojson_cursor *cursor) {
  struct osmflow_geojson_string type;
  osmflow_geojson_blank(cursor);
  if (!osmflow_geojson_string(cursor, &type))
    return false;
  return osmflow_geojson_is(&type, "FeatureCollection") ||
         osmflow_geojson_fault(cursor, "the document's type is not \"FeatureCollection\"");
}

static void note_stranger(struct osmflow_geojson_reader *reader, const struct osmflow_geojson_string *key) {
  const size_t most = sizeof reader->stranger - 1;
  const struct osmflow_text text = {key->text.data, key->text.size < most ? key->text.size : most};
  if (!*reader->stranger && osmflow_text_is_utf8(text))
    memcpy(reader->stranger, text.data, text.size);
}

/* A member of the collection; of the features only the bracket. */
static bool read_member(struct osmflow_geojson_reader *reader, struct osmflow_geojson_cursor *cursor, unsigned *state) {
  struct osmflow_geojson_string key;
  const unsigned seen = reader->state & ~(unsigned)STAGE_MASK;
  if (!osmflow_geojson_key(cursor, &key))
    return false;
  *state = seen | AT_MEMBER;
  if (osmflow_geojson_is(&key, "features")) {
    if (seen & HAS_FEATURES)
      return osmflow_geojson_fault(cursor, "a second list of features");
    *state = seen | AT_FIRST_FEATURE | HAS_FEATURES;
    return osmflow_geojson_take(cursor, '[', "features that are not a list");
  }
  if (osmflow_geojson_is(&key, "type")) {
    *state = seen | AT_MEMBER | HAS_TYPE;
    return read_collection_type(cursor);
  }
  if (osmflow_geojson_is(&key, "crs"))
    return read_crs(cursor);
  note_stranger(reader, &key);
  return osmflow_geojson_skip(cursor, COLLECTION_DEPTH);
}

static bool read_unit(struct osmflow_geojson_reader *reader, struct osmflow_geojson_cursor *cursor, unsigned *state,
                      bool *is_feature) {
  const unsigned seen = reader->state & ~(unsigned)STAGE_MASK;
  const unsigned stage = reader->state & STAGE_MASK;
  *state = seen | AT_END;
  switch (stage) {
    case AT_START:
      *state = seen | AT_FIRST_MEMBER;
      return osmflow_geojson_take(cursor, '{', "the document is not a JSON object");
    case AT_FIRST_MEMBER:
      return osmflow_geojson_try(cursor, '}') || read_member(reader, cursor, state);
    case AT_MEMBER:
      if (osmflow_geojson_try(cursor, '}'))
        return true;
      return osmflow_geojson_take(cursor, ',', "neither a comma nor the end of the collection") &&
             read_member(reader, cursor, state);
    case AT_FIRST_FEATURE:
    case AT_FEATURE:
      *state = seen | AT_MEMBER;
      if (osmflow_geojson_try(cursor, ']'))
        return true;
      if (stage == AT_FEATURE && !osmflow_geojson_take(cursor, ',', "neither a comma nor the end of the features"))
        return false;
      *state = seen | AT_FEATURE;
      *is_feature = true;
      return osmflow_geojson_feature(cursor, &reader->shape, &reader->properties, FEATURES_DEPTH);
    default:
      return osmflow_geojson_fault(cursor, "something behind the end of the document");
  }
}

static void show_feature(struct osmflow_geojson_reader *reader) {
  const struct osmflow_geojson_shape *shape = &reader->shape;
  osmflow_geojson_properties_finish(&reader->properties);
  reader->feature = (struct osmflow_geojson_feature){.number = reader->number,
                                                     .end = reader->window_offset + (int64_t)reader->at,
                                                     .type = shape->type,
                                                     .wkb = shape->type ? shape->wkb.data : NULL,
                                                     .wkb_size = shape->type ? shape->wkb.size : 0,
                                                     .has_box = shape->type && shape->min_x <= shape->max_x,
                                                     .min_x = shape->min_x,
                                                     .min_y = shape->min_y,
                                                     .max_x = shape->max_x,
                                                     .max_y = shape->max_y,
                                                     .properties = reader->properties.items,
                                                     .property_count = reader->properties.count};
  reader->number++;
}

static enum osmflow_status check_end(struct osmflow_geojson_reader *reader, struct osmflow_error *error) {
  char words[160];
  if (!(reader->state & HAS_FEATURES)) {
    snprintf(words, sizeof words, "the document is a JSON object without features%s%s%s",
             *reader->stranger ? ", but with \"" : "", reader->stranger, *reader->stranger ? "\"" : "");
    return refuse(reader, reader->at, OSMFLOW_BAD_DATA, words, error);
  }
  if (!(reader->state & HAS_TYPE))
    return refuse(reader, reader->at, OSMFLOW_BAD_DATA, "the document does not say that it is a FeatureCollection",
                  error);
  return OSMFLOW_OK;
}

/* White space is left behind at once, however long it is. False: the window ended. */
static bool skip_blank(struct osmflow_geojson_reader *reader) {
  while (reader->at < reader->filled && strchr(" \n\r\t", reader->window[reader->at]) && reader->window[reader->at])
    reader->at++;
  return reader->at < reader->filled;
}

static enum osmflow_status refuse_end(struct osmflow_geojson_reader *reader, struct osmflow_error *error) {
  const bool is_empty = reader->state == AT_START && reader->window_offset + (int64_t)reader->filled == 0;
  return refuse(reader, reader->filled, OSMFLOW_BAD_DATA,
                is_empty ? "the document is empty" : "the document is cut off here", error);
}

/* Parses the unit at reader->at. *is_short: it goes on behind the window. */
static enum osmflow_status parse_unit(struct osmflow_geojson_reader *reader, bool *is_short, bool *is_feature,
                                      struct osmflow_error *error) {
  char *end = reader->window + reader->filled;
  struct osmflow_geojson_cursor cursor = {reader->window + reader->at, end, NULL, OSMFLOW_OK};
  unsigned state = 0;
  *is_feature = false;
  const bool is_good = read_unit(reader, &cursor, &state, is_feature);
  *is_feature = *is_feature && is_good;
  if (!is_good && cursor.at == end && cursor.status == OSMFLOW_BAD_DATA) {
    *is_short = true;
    return OSMFLOW_OK;
  }
  if (!is_good)
    return refuse(reader, (size_t)(cursor.at - reader->window), cursor.status, cursor.fault, error);
  reader->at = (size_t)(cursor.at - reader->window);
  reader->state = state;
  if (*is_feature)
    show_feature(reader);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_geojson_reader_next(struct osmflow_geojson_reader *reader,
                                                const struct osmflow_geojson_feature **feature,
                                                struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  bool is_feature = false;
  *feature = NULL;
  if ((reader->state & STAGE_MASK) == AFTER_ERROR)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the document is not good GeoJSON, as was said before");
  while (status == OSMFLOW_OK && !is_feature) {
    bool is_short = !skip_blank(reader);
    if (!is_short)
      status = parse_unit(reader, &is_short, &is_feature, error);
    if (!is_short || status != OSMFLOW_OK)
      continue;
    const bool is_behind = reader->at == reader->filled && (reader->state & STAGE_MASK) == AT_END;
    if (reader->is_ended)
      return is_behind ? check_end(reader, error) : refuse_end(reader, error);
    status = fill(reader, error);
  }
  if (is_feature)
    *feature = &reader->feature;
  return status;
}
