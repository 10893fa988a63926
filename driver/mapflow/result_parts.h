/* Private to result*.c: a result set from the inside. */
#ifndef OSMFLOW_MAPFLOW_RESULT_PARTS_H
#define OSMFLOW_MAPFLOW_RESULT_PARTS_H

#include <pthread.h>

#include "base/pool.h"
#include "format/geojson.h"
#include "mapflow/result.h"
#include "mapflow/spool.h"

enum {
  OSMFLOW_RESULT_KINDS = 6, /* the bits from POINTS to OTHER, as numbers */
  OSMFLOW_RESULT_MARK_STEP = 1024,
  OSMFLOW_RESULT_LOOK = 32 * 1024 * 1024, /* bytes of a document that decide on its columns */
  OSMFLOW_RESULT_PATIENCE_MS = 5000       /* a failure is not tried again before */
};

/* One result: where it is, and what is known of its processing. */
struct osmflow_result_document {
  char *id, *name, *model, *updated;
  char *created; /* as the server has it */
  int64_t created_seconds;
  double created_fraction;
  bool has_created;
  int64_t revision;
  char *path, *cache_key; /* the key may be NULL */
  struct osmflow_result_set *set;
  struct osmflow_geojson_source source; /* the spool, or what a test gives */
  struct osmflow_spool *spool;          /* NULL: not begun */
  bool has_failed;                      /* with the lock */
  bool is_cancelled;
  int64_t failed_ms;
};

/* How many features of each kind, and where. */
struct osmflow_result_tally {
  int64_t counts[OSMFLOW_RESULT_KINDS];
  double boxes[OSMFLOW_RESULT_KINDS][4]; /* min_x, min_y, max_x, max_y; min above max: none */
};

/* What the values of a property were, as bits. */
enum {
  OSMFLOW_RESULT_IS_INTEGER = 1,
  OSMFLOW_RESULT_IS_LARGE = 2, /* an integer that a double would change */
  OSMFLOW_RESULT_IS_REAL = 4,
  OSMFLOW_RESULT_IS_BOOLEAN = 8,
  OSMFLOW_RESULT_IS_DATE = 16,
  OSMFLOW_RESULT_IS_TIME = 32,
  OSMFLOW_RESULT_IS_TEXT = 64,
  OSMFLOW_RESULT_IS_JSON = 128
};

struct osmflow_result_mark {
  size_t document;
  struct osmflow_geojson_mark place;
};

/* Columns that stand for no property; -1: there is none. */
struct osmflow_result_special {
  int class_id, class_name, other, processing; /* the first of four */
};

enum osmflow_result_state { OSMFLOW_RESULT_NEW, OSMFLOW_RESULT_BUSY, OSMFLOW_RESULT_READY, OSMFLOW_RESULT_FAILED };

struct osmflow_result_set {
  const struct osmflow_environment *environment;
  struct osmflow_mapflow_options server; /* its texts are ours */
  char *root, *token;
  bool is_project, is_given; /* given: documents by a test */
  char *id, *aoi;
  enum osmflow_result_look look;
  char *cache_folder;
  pthread_mutex_t lock; /* for what changes after the schema is there */
  pthread_cond_t changed;
  enum osmflow_result_state state;
  struct osmflow_error error;
  int64_t failed_ms;
  size_t reader_count;
  struct osmflow_result_document *documents;
  size_t document_count, document_capacity;
  /* the schema */
  struct osmflow_pool names; /* of properties, by first appearance */
  uint8_t *masks;            /* of each name: what its values were */
  int *column_of;            /* of each name; -1: goes into other_properties */
  size_t mask_capacity;
  struct osmflow_result_column *columns;
  char **column_names, **facts;
  size_t fact_count;
  struct osmflow_result_special special;
  bool has_too_many;
  struct osmflow_result_schema schema;
  /* what reading leaves */
  bool is_counted;
  struct osmflow_result_tally tally;
  struct osmflow_result_mark *marks; /* of each 1024th feature */
  size_t mark_count, marks_capacity;
};

/* result.c */
struct osmflow_result_given {
  const char *id, *name, *model, *created;
  struct osmflow_geojson_source source;
};
/* A set whose documents need no server. */
enum osmflow_status osmflow_result_set_new_given(const struct osmflow_environment *environment,
                                                 enum osmflow_result_look look, bool is_project,
                                                 const struct osmflow_result_given *given, size_t count,
                                                 struct osmflow_result_set **set,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_result_tally_init(struct osmflow_result_tally *tally);
void osmflow_result_tally_add(struct osmflow_result_tally *tally, unsigned kind,
                              const struct osmflow_geojson_feature *feature);
/* The whole of the set was read. */
void osmflow_result_publish(struct osmflow_result_set *set, const struct osmflow_result_tally *tally);
void osmflow_result_leave_mark(struct osmflow_result_set *set, int64_t number, size_t document,
                               struct osmflow_geojson_mark place);
unsigned osmflow_result_kind_of(unsigned type);

/* result_ask.c: what the set's documents are. With a state of BUSY, so by one thread only, as the next two. */
enum osmflow_status osmflow_result_ask(struct osmflow_result_set *set, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_result_document_add(struct osmflow_result_set *set,
                                                struct osmflow_result_document **document,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_result_document_set_created(struct osmflow_result_document *document);
void osmflow_result_documents_clear(struct osmflow_result_set *set);

/* result_document.c: says in an error which result it was; those of downloads name their call, others do not know. */
void osmflow_result_document_blame(const struct osmflow_result_document *document, struct osmflow_error *error);
/* Makes a document's source ready, or ready again after a failure. */
enum osmflow_status osmflow_result_document_open(struct osmflow_result_document *document,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* result_look.c: names, masks and kinds; *is_whole: all documents were read to their ends. */
enum osmflow_status osmflow_result_look_at_all(struct osmflow_result_set *set, unsigned *kinds, bool *is_whole,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* result_schema.c */
enum osmflow_status osmflow_result_schema_make(struct osmflow_result_set *set, unsigned kinds, bool is_whole,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_result_fact_add(struct osmflow_result_set *set, const char *name, const char *value,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_result_schema_clear(struct osmflow_result_set *set);

/* result_value.c */
unsigned osmflow_result_mask_of(const struct osmflow_geojson_property *property);
/* False: the value does not fit a column of that type. null fits always. */
bool osmflow_result_value_read(enum osmflow_field_type type, const struct osmflow_geojson_property *property,
                               struct osmflow_value *value);
bool osmflow_result_time_read(struct osmflow_text text, int64_t *seconds, double *fraction);
/* The words for a class of buildings; NULL: not known. */
const char *osmflow_result_class_name(struct osmflow_text class_id);

#endif
