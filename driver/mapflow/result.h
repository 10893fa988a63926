/* Results of processings: GeoJSON documents of any size as features, one after the other, while they arrive.
 *
 * Memory is bounded; the document goes through a spool (mapflow/spool.h), so that it is asked for once, however often
 * and by however many readers it is read. One result set holds one result (processings/{id}/result) or all finished
 * ones of a project (projects/{id}/results, with the columns processing_id, processing_name, model, processing_created
 * in front; those that are not OK are named in one warning).
 *
 * Schema: known before the first feature. The first 32 MiB of a document are looked at: most end there, and their
 * schema is exact. What comes later in longer ones fits by rule: known names have known types (class_id is text,
 * whatever comes), others the type of all their values so far; a value that does not fit its column, and a name that
 * was not seen, go into the column other_properties (JSON), which only such documents have. So the schema depends on
 * the document alone, never on how fast it comes, and nothing is lost. OSMFLOW_RESULT_EXACT looks at the whole document
 * first. Types: integers, reals, both (real), texts, dates (YYYY-MM-DD), times, booleans, objects and lists (JSON),
 * anything mixed (text). class_id brings class_name. Names that differ in case alone get a number ("Area", "area_2"),
 * because GeoPackage has one of them; a property called fid becomes fid_.
 *
 * Why not: a processing that is not OK has no result; the error says what it is instead, and its messages in words.
 * Source: facts 2.4. Threads: a set may be used by several threads, each with readers of its own. */
#ifndef OSMFLOW_MAPFLOW_RESULT_H
#define OSMFLOW_MAPFLOW_RESULT_H

#include "base/field.h"
#include "mapflow/call.h"
#include "mapflow/client.h"

enum osmflow_result_look { OSMFLOW_RESULT_FAST, OSMFLOW_RESULT_EXACT };

struct osmflow_result_options {
  const struct osmflow_environment *environment; /* outlives the set */
  struct osmflow_mapflow_options server;
  const struct osmflow_mapflow_call *call; /* of answer RESULT or RESULTS; copied what is needed */
  enum osmflow_result_look look;
  const char *cache_folder; /* NULL: none. Key: id, AOI, updated, revision */
};

struct osmflow_result_set;
/* No network. */
enum osmflow_status osmflow_result_set_new(const struct osmflow_result_options *options,
                                           struct osmflow_result_set **set,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_result_set_free(struct osmflow_result_set *set); /* NULL is fine; readers must have been freed */

/* Kinds of geometry, as bits. */
enum {
  OSMFLOW_RESULT_POINTS = 1,
  OSMFLOW_RESULT_LINES = 2,
  OSMFLOW_RESULT_AREAS = 4,
  OSMFLOW_RESULT_MULTIPLE = 8, /* some of them Multi- */
  OSMFLOW_RESULT_NULL = 16,
  OSMFLOW_RESULT_OTHER = 32 /* collections */
};

struct osmflow_result_column {
  const char *name;
  enum osmflow_field_type type;
};

/* Also holds what is known of the processing. Borrowed from the set; never changes. */
struct osmflow_result_schema {
  const struct osmflow_result_column *columns;
  size_t column_count;
  unsigned kinds;           /* seen so far */
  bool is_exact;            /* nothing else can come */
  const char *const *facts; /* "NAME=value" for the layer's metadata: PROCESSING_ID, _NAME, _STATUS, _UPDATED, MODEL,
                               TILE_URL, ...; ended by NULL */
};
/* Asks and waits for what it needs. The first failure stays the answer for five seconds. */
enum osmflow_status osmflow_result_set_schema(struct osmflow_result_set *set,
                                              const struct osmflow_result_schema **schema,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

struct osmflow_result_feature {
  int64_t number;  /* its place in the document(s), from 0: the feature id */
  unsigned kind;   /* POINTS, LINES, AREAS or OTHER, with MULTIPLE; NULL: none */
  const void *wkb; /* little endian, ISO; NULL without geometry or when it is not wanted */
  size_t wkb_size;
  double min_x, min_y, max_x, max_y;  /* of the geometry, where there is one */
  const struct osmflow_value *values; /* column_count; texts are NUL-terminated. Those not wanted are null */
};

/* What a reader need not make. */
struct osmflow_result_interest {
  const bool *columns; /* column_count of them; NULL: all are wanted */
  bool without_geometry;
  bool has_box; /* features whose box does not meet it are passed over (also those without geometry) */
  double min_x, min_y, max_x, max_y;
  unsigned kinds; /* POINTS | LINES | AREAS | NULL | OTHER: only these; 0: all */
};

struct osmflow_result_reader;
/* `interest` is copied (not `columns`, which are borrowed); NULL: everything. */
enum osmflow_status osmflow_result_reader_new(struct osmflow_result_set *set,
                                              const struct osmflow_result_interest *interest,
                                              struct osmflow_result_reader **reader,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_result_reader_free(struct osmflow_result_reader *reader); /* NULL is fine */
/* *feature NULL: the end of a whole document. Borrowed until the next call. Anything else is an error, also after many
 * good features: never a shorter layer. */
enum osmflow_status osmflow_result_reader_next(struct osmflow_result_reader *reader,
                                               const struct osmflow_result_feature **feature,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Goes on at the feature of that number (by marks that earlier reading left, else by reading on). Beyond the end: the
 * next call is the end. */
enum osmflow_status osmflow_result_reader_seek(struct osmflow_result_reader *reader, int64_t number,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Over the whole document: how many, and their extent (false: no geometry). Worked out at the first wish, or while
 * somebody reads to the end; then known at once. `kinds` as in the interest. */
enum osmflow_status osmflow_result_set_count(struct osmflow_result_set *set, unsigned kinds, int64_t *count,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_result_set_extent(struct osmflow_result_set *set, unsigned kinds, double box[4],
                                              bool *is_there, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
bool osmflow_result_set_is_counted(struct osmflow_result_set *set);

#endif
