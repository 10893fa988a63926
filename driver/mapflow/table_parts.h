/* What the files of mapflow/table share: how a call is asked, where its rows are, how one value is found. */
#ifndef OSMFLOW_MAPFLOW_TABLE_PARTS_H
#define OSMFLOW_MAPFLOW_TABLE_PARTS_H

#include "base/idmap.h"
#include "mapflow/table.h"

enum osmflow_mapflow_asking {
  OSMFLOW_MAPFLOW_ASK_ONCE,    /* GET: one document */
  OSMFLOW_MAPFLOW_ASK_PAGES,   /* POST of a listing, page by page; GET where the server has no such call */
  OSMFLOW_MAPFLOW_ASK_STATS,   /* POST: pages that are counted, JSON or CSV */
  OSMFLOW_MAPFLOW_ASK_CATALOG, /* POST with an area */
  OSMFLOW_MAPFLOW_ASK_WORD     /* GET: plain text */
};

struct osmflow_mapflow_table_class {
  const char *call; /* the call class's name */
  enum osmflow_mapflow_asking asking;
  const char *path;      /* of GET; '*' stands for the id */
  const char *page_path; /* of POST; NULL: none */
  const char *search;    /* the member of a listing that searches texts; NULL: none */
  bool is_single;        /* the document is one object, which must be known by at least one value */
  const struct osmflow_mapflow_schema *schemas;
  size_t schema_count;
};
/* NULL: the call's answer is no table. */
const struct osmflow_mapflow_table_class *osmflow_mapflow_table_class(const char *call);

/* One table of classes per file of const tables. */
const struct osmflow_mapflow_table_class *osmflow_mapflow_table_processings(size_t *count);
const struct osmflow_mapflow_table_class *osmflow_mapflow_table_account(size_t *count);
const struct osmflow_mapflow_table_class *osmflow_mapflow_table_rasters(size_t *count);

/* The first of the places ("a/b|c") that holds something: names, numbers (items of a list) and ".." are steps. NULL:
 * none does. */
const struct osmflow_tree_node *osmflow_mapflow_find(const struct osmflow_tree_node *node, const char *places);

/* The value of a column. Texts are views of the tree, or of `buffer` as offsets: see osmflow_mapflow_values_read. */
struct osmflow_mapflow_cells {
  const struct osmflow_mapflow_schema *schema;
  struct osmflow_value *values; /* column_count */
  struct osmflow_bytes buffer;  /* where texts that are made live */
};
/* Reads all values of a row's object. */
enum osmflow_status osmflow_mapflow_values_read(struct osmflow_mapflow_cells *cells,
                                                const struct osmflow_tree_node *node,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A column that begins with ':' is worked out: appends its text, or leaves the buffer as it is: null. */
enum osmflow_status osmflow_mapflow_word_print(const char *word, const struct osmflow_tree_node *node,
                                               struct osmflow_bytes *buffer,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The members that a wish and a call's parameters add to a request's body, each with a comma in front; and for the
 * catalog the area. *is_searching: rows are left out by them. */
enum osmflow_status osmflow_mapflow_wish_print(const struct osmflow_mapflow_table_class *table_class,
                                               const struct osmflow_mapflow_schema *schema,
                                               const struct osmflow_mapflow_call *call,
                                               const struct osmflow_mapflow_wish *wish, struct osmflow_bytes *body,
                                               bool *is_searching, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A statistics answer in CSV as the JSON that the same call gives. Columns with unknown names go into "other". */
enum osmflow_status osmflow_mapflow_csv_to_json(struct osmflow_text csv, struct osmflow_bytes *json,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The AOIs of a processing as one GeoJSON geometry; nothing is appended when it has none. */
enum osmflow_status osmflow_mapflow_aois_print(const struct osmflow_mapflow *mapflow, struct osmflow_text id,
                                               struct osmflow_bytes *geometry,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The pages of one answer, one after the other. */
struct osmflow_mapflow_pages {
  const struct osmflow_mapflow *mapflow;
  const struct osmflow_mapflow_call *call;
  const struct osmflow_mapflow_table_class *table_class;
  struct osmflow_bytes wishes; /* members of every request's body */
  bool is_searching;           /* the server leaves rows out: what it counts may be others */
  struct osmflow_tree *tree;   /* the present page */
  const struct osmflow_tree_node *top;
  int64_t first, next; /* offset (or number) of the first page and of the next one */
  int64_t wanted;      /* rows to ask for at once */
  int64_t total;       /* -1: not told */
  int64_t known;       /* different rows so far */
  int sweeps;          /* how often the listing was begun again because it changed meanwhile */
  bool has_changed;
  bool is_plain; /* the server has no pages: one document of all */
  bool is_last;  /* no page comes behind the present one */
};
/* Everything is borrowed until _clear. `limit`: rows wanted at most; 0: all. No network. */
enum osmflow_status osmflow_mapflow_pages_init(
    struct osmflow_mapflow_pages *pages, const struct osmflow_mapflow *mapflow, const struct osmflow_mapflow_call *call,
    const struct osmflow_mapflow_table_class *table_class, const struct osmflow_mapflow_schema *schema,
    const struct osmflow_mapflow_wish *wish, int64_t limit, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_mapflow_pages_clear(struct osmflow_mapflow_pages *pages);
/* Reads the next page into `tree`; the one before is gone. Not after is_last. */
enum osmflow_status osmflow_mapflow_pages_next(struct osmflow_mapflow_pages *pages,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* How many rows the page had, and how many of them were new: whether more come. */
enum osmflow_status osmflow_mapflow_pages_note(struct osmflow_mapflow_pages *pages, int64_t rows, int64_t new_rows,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
