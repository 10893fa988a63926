/* Which element becomes a feature of which layer, and which tag becomes which field: the rules of osmconf.ini.
 *
 * Same format and meaning as the file of GDAL's OSM driver (CONFIG_FILE=, OSM_CONFIG_FILE), so that users' own files
 * work. The defaults are compiled in from data/osmconf.ini. Owner: the caller (_new/_free). Immutable after _new: any
 * number of threads. */
#ifndef OSMFLOW_OSM_RULES_H
#define OSMFLOW_OSM_RULES_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/field.h"
#include "base/text.h"
#include "osm/element.h"

/* GDAL's order. */
enum osmflow_layer_kind {
  OSMFLOW_POINTS,
  OSMFLOW_LINES,
  OSMFLOW_MULTILINESTRINGS,
  OSMFLOW_MULTIPOLYGONS,
  OSMFLOW_OTHER_RELATIONS
};
enum { OSMFLOW_LAYER_KINDS = 5 };

/* What a field of an element layer is filled from. */
enum osmflow_field_source {
  OSMFLOW_FROM_ID,     /* osm_id: node, way or relation id; in multipolygons the relation's */
  OSMFLOW_FROM_WAY_ID, /* osm_way_id: of a closed way in multipolygons */
  OSMFLOW_FROM_VERSION,
  OSMFLOW_FROM_TIMESTAMP,
  OSMFLOW_FROM_UID,
  OSMFLOW_FROM_USER,
  OSMFLOW_FROM_CHANGESET,
  OSMFLOW_FROM_TAG,
  OSMFLOW_FROM_COMPUTED,
  OSMFLOW_FROM_OTHER_TAGS,
  OSMFLOW_FROM_ALL_TAGS,
  OSMFLOW_FROM_COMPLETE
};

struct osmflow_rule_field {
  const char *name; /* as shown: laundered where the rules say so */
  enum osmflow_field_type type;
  enum osmflow_field_source source;
  const char *key; /* OSMFLOW_FROM_TAG: the tag's true key, else NULL */
};

enum osmflow_tags_format { OSMFLOW_TAGS_DEFAULT, OSMFLOW_TAGS_HSTORE, OSMFLOW_TAGS_JSON };

struct osmflow_rules_options {
  struct osmflow_text config; /* the text of an osmconf.ini; data NULL: the compiled-in defaults */
  const char *config_name;    /* for error messages: the file's path; may be NULL */
  bool strict;                /* SCHEMA=GDAL: no columns besides those of the file and of `columns` */
  const char
      *columns; /* COLUMNS=: comma-separated tag keys that become fields (true names) in every layer; NULL: none */
  enum osmflow_tags_format tags; /* TAGS=: overrides the file */
};

struct osmflow_rules;
/* OSMFLOW_BAD_ARGUMENT names file and line. */
enum osmflow_status osmflow_rules_new(const struct osmflow_rules_options *options, struct osmflow_rules **rules,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_rules_free(struct osmflow_rules *rules); /* NULL is fine */
/* The text of the compiled-in osmconf.ini. */
struct osmflow_text osmflow_rules_default_config(void);
const char *osmflow_layer_name(enum osmflow_layer_kind kind); /* "points", ... */

size_t osmflow_rules_field_count(const struct osmflow_rules *rules, enum osmflow_layer_kind kind);
const struct osmflow_rule_field *osmflow_rules_field(const struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                                     size_t index);
enum osmflow_tags_format osmflow_rules_tags_format(const struct osmflow_rules *rules); /* never DEFAULT */

/* What a key means in a layer. Meant to be asked once per different key. */
struct osmflow_key_rule {
  int field;          /* index of the FROM_TAG field, or -1 */
  bool in_other_tags; /* goes into other_tags (not a field, not ignored) */
  bool in_all_tags;
  bool significant; /* points: a node with such a key is a feature */
  bool computes;    /* a computed field of this layer looks at it */
};
struct osmflow_key_rule osmflow_rules_key(const struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                          struct osmflow_text key);

/* Whether a closed way with these tags is an area (closed_ways_are_polygons, area=yes, area=no). */
bool osmflow_rules_is_area(const struct osmflow_rules *rules, const struct osmflow_tag_view *tags, size_t count);
/* Whether any key, or key=value, could make an area of a closed way: false lets callers skip the question. */
bool osmflow_rules_key_matters_for_area(const struct osmflow_rules *rules, struct osmflow_text key);
/* Keys that never count as "tags of its own" of a closed way or outer member (area, created_by, note, ...). */
bool osmflow_rules_key_is_uninteresting(const struct osmflow_rules *rules, struct osmflow_text key);
/* The layer of a relation by its type tag (data NULL: none). */
enum osmflow_layer_kind osmflow_rules_relation_layer(const struct osmflow_rules *rules, struct osmflow_text type);

bool osmflow_rules_report_all_nodes(const struct osmflow_rules *rules);
bool osmflow_rules_report_all_ways(const struct osmflow_rules *rules);

/* A computed field's value, converted to the field's type, which is in ->type. ->is_null is true for SQL NULL and for
 * what does not convert. INTEGER, INTEGER64 and DATETIME are in ->integer, REAL in ->real, a STRING is appended to
 * `text`. SQL may also name columns that are no tags ([osm_id], an earlier computed column): osmflow_rules_key says
 * `computes` for such a name, and a caller that knows the value hands it over among `tags` under that name.
 * Callers serialise calls on one osmflow_rules (z_order with the default formula needs no lock). */
struct osmflow_computed {
  enum osmflow_field_type type;
  bool is_null;
  int64_t integer;
  double real;
};
enum osmflow_status osmflow_rules_compute(const struct osmflow_rules *rules, enum osmflow_layer_kind kind, size_t field,
                                          const struct osmflow_tag_view *tags, size_t count,
                                          struct osmflow_computed *value, struct osmflow_bytes *text,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Appends one tag to other_tags / all_tags text in the rules' format, with separator and, for JSON, opening brace; call
 * _finish after the last one. HSTORE: "k"=>"v","k2"=>"v2". JSON: {"k":"v"}. */
enum osmflow_status osmflow_rules_add_other_tag(enum osmflow_tags_format format, struct osmflow_bytes *text,
                                                struct osmflow_text key, struct osmflow_text value,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_rules_finish_other_tags(enum osmflow_tags_format format, struct osmflow_bytes *text,
                                                    struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
