/* A GeoJSON FeatureCollection of any size, feature by feature, while its bytes arrive.
 *
 * Each feature's geometry is ISO WKB (little endian), its properties are a list of names and texts; nothing else is
 * kept, so memory is bounded by the largest feature (32 MiB of text, else OSMFLOW_TOO_LARGE).
 *
 * Strict: RFC 8259 (UTF-8, escapes, numbers, nothing behind the document, at most 64 levels) and RFC 7946 (types,
 * positions of numbers; members in any order, unknown ones are checked and passed over). Coordinates are the correctly
 * rounded doubles of their texts. Where RFC 7946 says what GDAL does not ask for, GDAL's way holds: rings may be open
 * and short, "geometry" and "properties" may be absent, an empty list of coordinates is an empty geometry (but not of
 * a Point), a position may have more than three numbers (the rest is passed over), and one position with a height gives
 * all of the geometry one (0 where there is none). Coordinates are lon/lat; a "crs" that says anything else is refused.
 *
 * Whatever the size of the pieces that come, features and errors are the same. Errors: OSMFLOW_BAD_DATA with the
 * feature's number (from 0) and the byte. One thread at a time. */
#ifndef OSMFLOW_FORMAT_GEOJSON_H
#define OSMFLOW_FORMAT_GEOJSON_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Where the bytes are: up to `size` of them from `offset` on. *taken 0: the document ends there. */
struct osmflow_geojson_source {
  void *self;
  enum osmflow_status (*read)(void *self, int64_t offset, void *data, size_t size, size_t *taken,
                              struct osmflow_error *error);
};

enum osmflow_geojson_kind {
  OSMFLOW_GEOJSON_NULL,
  OSMFLOW_GEOJSON_BOOLEAN, /* the text is "true" or "false" */
  OSMFLOW_GEOJSON_INTEGER, /* a number without fraction and exponent */
  OSMFLOW_GEOJSON_REAL,    /* any other number */
  OSMFLOW_GEOJSON_STRING,
  OSMFLOW_GEOJSON_OBJECT, /* the text is JSON */
  OSMFLOW_GEOJSON_ARRAY
};

/* Texts are NUL-terminated; \u0000 in one is U+FFFD. A name that comes again replaces the earlier one by the rules of
 * most readers: the list has both. */
struct osmflow_geojson_property {
  struct osmflow_text name, text;
  enum osmflow_geojson_kind kind;
};

struct osmflow_geojson_feature {
  int64_t number; /* from 0 */
  int64_t end;    /* the offset behind it */
  unsigned type;  /* 1 Point, 2 LineString, 3 Polygon, 4 to 6 their Multi-, 7 GeometryCollection; 0: null */
  const void *wkb;
  size_t wkb_size;
  bool has_box; /* false: null, or empty */
  double min_x, min_y, max_x, max_y;
  const struct osmflow_geojson_property *properties;
  size_t property_count;
};

/* A place before a feature, to go on from later, with any reader of the same document. */
struct osmflow_geojson_mark {
  int64_t offset, number;
  unsigned state;
};

struct osmflow_geojson_reader;
enum osmflow_status osmflow_geojson_reader_new(const struct osmflow_geojson_source *source,
                                               struct osmflow_geojson_reader **reader,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_geojson_reader_free(struct osmflow_geojson_reader *reader); /* NULL is fine */
/* *feature NULL: the end, and the document was whole. Borrowed until the next call. After an error only
 * osmflow_geojson_reader_go helps. */
enum osmflow_status osmflow_geojson_reader_next(struct osmflow_geojson_reader *reader,
                                                const struct osmflow_geojson_feature **feature,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The place before the next feature. */
struct osmflow_geojson_mark osmflow_geojson_reader_mark(const struct osmflow_geojson_reader *reader);
void osmflow_geojson_reader_go(struct osmflow_geojson_reader *reader, const struct osmflow_geojson_mark *mark);

/* The double of a JSON number, correctly rounded. False: too large for one, or of more than 400 characters. */
bool osmflow_geojson_real(struct osmflow_text literal, double *value);

#endif
