/* What the files of the tag rules share; nobody else includes this.
 *
 * All words of a configuration (keys, column names, SQL) live in one pool, each with its marks, so that one look-up
 * answers every question about a key. */
#ifndef OSMFLOW_OSM_RULES_PRIVATE_H
#define OSMFLOW_OSM_RULES_PRIVATE_H

#include "base/pool.h"
#include "osm/rules.h"

struct osmflow_rules_sql; /* the SQLite database of computed columns */
struct sqlite3_stmt;

/* Sets of layers: bit 1 << enum osmflow_layer_kind. */
struct osmflow_rules_word {
  uint8_t ignored;       /* layers whose other_tags must not show it; a word that ends in ':' is a prefix */
  uint8_t insignificant; /* layers where it alone makes no feature */
  uint8_t computes;      /* layers with a computed column that looks at it */
  bool makes_area;       /* "building", "highway=platform" */
  bool begins_area_pair; /* "highway", because of "highway=platform" */
  bool uninteresting;
};

struct osmflow_rules_binding {
  const char *key; /* of the tag whose value takes the place of the next '?' */
  enum osmflow_field_type type;
};

struct osmflow_computed_rule {
  size_t field;
  bool is_z_order; /* the default formula: done in C, the rest here is unused */
  struct sqlite3_stmt *statement;
  struct osmflow_rules_binding *bindings;
  size_t binding_count, binding_capacity;
};

struct osmflow_rules_layer {
  struct osmflow_rule_field *fields;
  size_t field_count, field_capacity;
  size_t file_field_count; /* those that the file asked for, other_tags included */
  struct osmflow_computed_rule *computed;
  size_t computed_count, computed_capacity;
  bool has_other_tags, has_all_tags;
};

struct osmflow_rules {
  struct osmflow_pool pool;
  struct osmflow_rules_word *words; /* same numbers as the pool */
  size_t word_capacity;
  struct osmflow_rules_layer layers[OSMFLOW_LAYER_KINDS];
  struct osmflow_rules_sql *sql; /* NULL while no computed column needs it */
  enum osmflow_tags_format tags_format;
  size_t longest_area_word;
  bool strict;
  bool launders; /* ':' becomes '_' in column names */
  bool reports_all_nodes, reports_all_ways;
};

/* rules.c */
/* The marks of a word, added when new. *place is valid until the next word is added. */
enum osmflow_status osmflow_rules_word(struct osmflow_rules *rules, struct osmflow_text text,
                                       struct osmflow_rules_word **place,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* rules_schema.c */
enum osmflow_status osmflow_rules_keep(struct osmflow_rules *rules, struct osmflow_text text, const char **kept,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* A column filled from a tag; the second time for the same key nothing happens. */
enum osmflow_status osmflow_rules_add_tag_field(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                                struct osmflow_text key, bool launder,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* A column that does not come from one tag. A column of that name that is there already is taken over. */
enum osmflow_status osmflow_rules_add_field(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                            struct osmflow_rule_field field,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The column shown under that name, upper and lower case being the same as everywhere in OGR; -1: none. */
int osmflow_rules_find_field(const struct osmflow_rules_layer *layer, struct osmflow_text name);
/* What comes after the columns of the file: other_tags or all_tags, COLUMNS=, and ours. */
enum osmflow_status osmflow_rules_finish_schema(struct osmflow_rules *rules,
                                                const struct osmflow_rules_options *options,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* rules_config.c */
enum osmflow_status osmflow_rules_read_config(struct osmflow_rules *rules, struct osmflow_text config,
                                              const char *config_name, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* rules_sql.c */
/* `rule` is zeroed before the call and cleared by osmflow_rules_clear_sql whatever comes back. */
enum osmflow_status osmflow_rules_prepare_sql(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                              struct osmflow_computed_rule *rule, struct osmflow_text sql,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_rules_run_sql(const struct osmflow_rules *rules, const struct osmflow_computed_rule *rule,
                                          const struct osmflow_tag_view *tags, size_t count,
                                          struct osmflow_computed *value, struct osmflow_bytes *text,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_rules_clear_sql(struct osmflow_computed_rule *rule);
void osmflow_rules_close_sql(struct osmflow_rules_sql *sql); /* after every rule was cleared; NULL is fine */

/* rules_compute.c */
enum osmflow_status osmflow_rules_add_computed(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                               struct osmflow_text name, enum osmflow_field_type type,
                                               struct osmflow_text sql, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The number at the start of a text as SQLite's CAST and C's atoi() see it: leading blanks and a sign are fine, what
 * follows the number does not matter, no digits are 0, beyond 64 bits it is the nearest such number. */
int64_t osmflow_rules_leading_integer(struct osmflow_text text);
double osmflow_rules_leading_real(struct osmflow_text text);
int64_t osmflow_rules_clamp(int64_t value, enum osmflow_field_type type);

#endif
