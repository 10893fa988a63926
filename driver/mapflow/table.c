#include "mapflow/table.h"

#include <stdlib.h>

#include "base/number.h"
#include "mapflow/table_parts.h"

#define FIRST_HASH UINT64_C(14695981039346656037)
enum { LONGEST_ROW = 64 * 1024 * 1024, MOST_ROWS = 10000000, MOST_NODES = 4000000 };

/* One object that is a row of the present page. */
struct item {
  const struct osmflow_tree_node *node;
};

struct osmflow_mapflow_rows {
  const struct osmflow_mapflow *mapflow;
  const struct osmflow_mapflow_call *call;
  const struct osmflow_mapflow_table_class *table_class;
  const struct osmflow_mapflow_schema *schema;
  struct osmflow_mapflow_wish wish;
  struct osmflow_mapflow_pages pages;
  struct osmflow_mapflow_cells cells;
  struct osmflow_bytes geometry; /* of the present row */
  struct item *items;            /* of the present page: those that no page before had */
  size_t item_count, item_capacity, next_item;
  struct osmflow_idmap seen; /* feature ids */
  uint64_t page_mark;        /* what the page before said, for rows without an id */
  int64_t number;            /* of rows without an id */
  int64_t given, limit;      /* rows handed out; at most so many, 0: all */
  bool is_begun;
  struct osmflow_error failure; /* what went wrong stays so: a broken listing is never a short one */
  struct osmflow_mapflow_row row;
};

const struct osmflow_mapflow_table_class *osmflow_mapflow_table_class(const char *call) {
  static const struct osmflow_mapflow_table_class *(*const tables[])(size_t *) = {
      osmflow_mapflow_table_processings, osmflow_mapflow_table_account, osmflow_mapflow_table_rasters};
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
    size_t count = 0;
    const struct osmflow_mapflow_table_class *classes = tables[i](&count);
    for (size_t j = 0; j < count; j++)
      if (strcmp(classes[j].call, call) == 0)
        return &classes[j];
  }
  return NULL;
}

size_t osmflow_mapflow_schema_count(const struct osmflow_mapflow_call_class *call_class) {
  const struct osmflow_mapflow_table_class *table_class = osmflow_mapflow_table_class(call_class->name);
  return table_class ? table_class->schema_count : 0;
}

const struct osmflow_mapflow_schema *osmflow_mapflow_schema(const struct osmflow_mapflow_call_class *call_class,
                                                            size_t index) {
  const struct osmflow_mapflow_table_class *table_class = osmflow_mapflow_table_class(call_class->name);
  return table_class && index < table_class->schema_count ? &table_class->schemas[index] : NULL;
}

/* FNV-1a. */
static uint64_t mix(uint64_t hash, unsigned char byte) {
  return (hash ^ byte) * UINT64_C(1099511628211);
}

/* The bits are mixed once more; the letters of an id may be capital or small. */
int64_t osmflow_mapflow_fid(struct osmflow_text id) {
  const bool folds = osmflow_mapflow_is_id(id);
  uint64_t hash = FIRST_HASH;
  for (size_t i = 0; i < id.size; i++) {
    const char letter = id.data[i];
    hash = mix(hash, (unsigned char)(folds && letter >= 'A' && letter <= 'F' ? letter + ('a' - 'A') : letter));
  }
  hash ^= hash >> 33;
  hash *= UINT64_C(0xFF51AFD7ED558CCD);
  hash ^= hash >> 33;
  return (int64_t)(hash >> 12);
}

static int64_t limit_of(const struct osmflow_mapflow_call *call, const struct osmflow_mapflow_wish *wish) {
  const char *text = osmflow_mapflow_call_parameter(call, "limit");
  int64_t limit = 0;
  if (text)
    (void)osmflow_parse_int(osmflow_text_trim(osmflow_text(text)), 1, INT32_MAX, &limit);
  return limit == 0 || (wish->limit > 0 && wish->limit < limit) ? wish->limit : limit;
}

static void forget(struct osmflow_mapflow_rows *rows) {
  free(rows->cells.values);
  rows->cells.values = NULL;
  rows->item_count = rows->next_item = 0;
  rows->number = rows->given = 0;
  rows->page_mark = 0;
  rows->is_begun = false;
  rows->failure.status = OSMFLOW_OK;
  osmflow_idmap_clear(&rows->seen);
}

static enum osmflow_status choose_layer(struct osmflow_mapflow_rows *rows, size_t index,
                                        const struct osmflow_mapflow_wish *wish, struct osmflow_error *error) {
  static const struct osmflow_mapflow_wish none = {.where = NULL};
  if (index >= rows->table_class->schema_count)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s has no layer %zu", rows->call->call_class->name, index);
  rows->schema = &rows->table_class->schemas[index];
  rows->wish = wish ? *wish : none;
  rows->limit = limit_of(rows->call, &rows->wish);
  rows->cells.schema = rows->schema;
  rows->cells.values = calloc(rows->schema->column_count, sizeof *rows->cells.values);
  return rows->cells.values ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a row");
}

enum osmflow_status osmflow_mapflow_rows_restart(struct osmflow_mapflow_rows *rows, size_t index,
                                                 const struct osmflow_mapflow_wish *wish, struct osmflow_error *error) {
  const bool is_kept =
      rows->table_class->asking == OSMFLOW_MAPFLOW_ASK_ONCE && rows->table_class->is_single && rows->pages.tree;
  forget(rows);
  enum osmflow_status status = choose_layer(rows, index, wish, error);
  if (status == OSMFLOW_OK && !is_kept) {
    osmflow_mapflow_pages_clear(&rows->pages);
    status = osmflow_mapflow_pages_init(&rows->pages, rows->mapflow, rows->call, rows->table_class, rows->schema,
                                        &rows->wish, rows->limit, error);
  }
  return status;
}

enum osmflow_status osmflow_mapflow_rows_new(const struct osmflow_mapflow *mapflow,
                                             const struct osmflow_mapflow_call *call, size_t index,
                                             const struct osmflow_mapflow_wish *wish,
                                             struct osmflow_mapflow_rows **rows, struct osmflow_error *error) {
  *rows = NULL;
  struct osmflow_mapflow_rows *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a table");
  made->mapflow = mapflow;
  made->call = call;
  made->table_class = osmflow_mapflow_table_class(call->call_class->name);
  osmflow_idmap_init(&made->seen);
  osmflow_bytes_init(&made->cells.buffer, LONGEST_ROW);
  osmflow_bytes_init(&made->geometry, LONGEST_ROW);
  enum osmflow_status status =
      made->table_class
          ? osmflow_mapflow_rows_restart(made, index, wish, error)
          : osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "the answer of %s is no table", call->call_class->name);
  if (status == OSMFLOW_OK)
    *rows = made;
  else
    osmflow_mapflow_rows_free(made);
  return status;
}

void osmflow_mapflow_rows_free(struct osmflow_mapflow_rows *rows) {
  if (!rows)
    return;
  forget(rows);
  osmflow_mapflow_pages_clear(&rows->pages);
  osmflow_bytes_clear(&rows->cells.buffer);
  osmflow_bytes_clear(&rows->geometry);
  free(rows->items);
  free(rows);
}

static enum osmflow_status refuse(const struct osmflow_mapflow_rows *rows, const char *what,
                                  struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: the answer is not what was asked for: %s",
                           rows->call->call_class->name, what);
}

static enum osmflow_status add_item(struct osmflow_mapflow_rows *rows, const struct osmflow_tree_node *node,
                                    int64_t *new_rows, struct osmflow_error *error) {
  const struct osmflow_tree_node *id =
      rows->schema->id_place ? osmflow_mapflow_find(node, rows->schema->id_place) : NULL;
  if (node->kind == OSMFLOW_TREE_NULL)
    return OSMFLOW_OK;
  if (node->kind != OSMFLOW_TREE_OBJECT && rows->schema->id_place)
    return refuse(rows, "a row is no object", error);
  if (id && id->text.size > 0) {
    const int64_t fid = osmflow_mapflow_fid(id->text);
    if (osmflow_idmap_find(&rows->seen, fid) != OSMFLOW_IDMAP_NONE)
      return OSMFLOW_OK;
    const enum osmflow_status status = osmflow_idmap_set(&rows->seen, fid, 1, error);
    if (status != OSMFLOW_OK)
      return status;
  }
  const enum osmflow_status status = osmflow_array_reserve(
      (void **)&rows->items, &rows->item_capacity, rows->item_count + 1, sizeof *rows->items, MOST_NODES, error);
  if (status == OSMFLOW_OK) {
    rows->items[rows->item_count++] = (struct item){node};
    ++*new_rows;
  }
  return status;
}

/* Walks down a path: "models/blocks" are the blocks of all models. Deeper than a tree it does not go. */
static enum osmflow_status add_items(struct osmflow_mapflow_rows *rows, const struct osmflow_tree_node *node,
                                     struct osmflow_text path, int64_t *count, int64_t *new_rows,
                                     struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_text step;
  if (node->kind == OSMFLOW_TREE_ARRAY) {
    for (const struct osmflow_tree_node *child = node->first; status == OSMFLOW_OK && child; child = child->next)
      status = add_items(rows, child, path, count, new_rows, error);
    return status;
  }
  if (!osmflow_text_next(&path, '/', &step)) {
    ++*count;
    return add_item(rows, node, new_rows, error);
  }
  for (const struct osmflow_tree_node *child = node->first; status == OSMFLOW_OK && child; child = child->next)
    if (osmflow_text_equal(child->name, step) && child->kind != OSMFLOW_TREE_NULL)
      status = add_items(rows, child, path, count, new_rows, error);
  return status;
}

/* The alternative of a schema's places of rows that the document has. */
static struct osmflow_text choose_path(const struct osmflow_mapflow_rows *rows, const struct osmflow_tree_node *top) {
  struct osmflow_text alternatives = osmflow_text(rows->schema->rows), path, step;
  while (*rows->schema->rows && osmflow_text_next(&alternatives, '|', &path)) {
    struct osmflow_text rest = path;
    (void)osmflow_text_next(&rest, '/', &step);
    const struct osmflow_tree_node *found = top->first;
    while (found && !osmflow_text_equal(found->name, step))
      found = found->next;
    if (found && (found->kind == OSMFLOW_TREE_ARRAY || found->kind == OSMFLOW_TREE_OBJECT))
      return path;
  }
  return (struct osmflow_text){NULL, 0};
}

static enum osmflow_status collect(struct osmflow_mapflow_rows *rows, int64_t *count, int64_t *new_rows,
                                   struct osmflow_error *error) {
  const struct osmflow_tree_node *top = rows->pages.top;
  const bool is_whole = *rows->schema->rows == '\0';
  struct osmflow_text path = {NULL, 0};
  if (top->kind != OSMFLOW_TREE_OBJECT && top->kind != OSMFLOW_TREE_ARRAY)
    return refuse(rows, "it is neither a list nor an object", error);
  if (rows->table_class->is_single && !is_whole && top->kind != OSMFLOW_TREE_OBJECT)
    return refuse(rows, "it is no object", error);
  if (top->kind == OSMFLOW_TREE_OBJECT && !is_whole) {
    path = choose_path(rows, top);
    if (!path.data && !rows->table_class->is_single)
      return refuse(rows, "it has no list", error);
    if (!path.data)
      return OSMFLOW_OK;
  }
  return add_items(rows, top, path, count, new_rows, error);
}

static bool holds_ignoring_case(struct osmflow_text text, struct osmflow_text part) {
  char wanted[256];
  if (part.size >= sizeof wanted)
    return false;
  memcpy(wanted, part.data, part.size);
  wanted[part.size] = '\0';
  for (size_t i = 0; i + part.size <= text.size; i++)
    if (osmflow_text_is_ignoring_case((struct osmflow_text){text.data + i, part.size}, wanted))
      return true;
  return false;
}

/* What a listing without pages cannot leave out by itself: the call's own search and offset. */
static void narrow(struct osmflow_mapflow_rows *rows) {
  const char *search = osmflow_mapflow_call_parameter(rows->call, "filter");
  const char *offset = osmflow_mapflow_call_parameter(rows->call, "offset");
  int64_t skip = 0;
  size_t kept = 0;
  if (!rows->pages.is_plain)
    return;
  search = search ? search : osmflow_mapflow_call_parameter(rows->call, "terms");
  if (offset)
    (void)osmflow_parse_int(osmflow_text_trim(osmflow_text(offset)), 0, INT32_MAX, &skip);
  for (size_t i = 0; i < rows->item_count; i++) {
    const struct osmflow_tree_node *name = osmflow_tree_child(rows->items[i].node, "name");
    const struct osmflow_tree_node *words = osmflow_tree_child(rows->items[i].node, "description");
    const struct osmflow_text part = osmflow_text(search ? search : "");
    const bool fits =
        !search || (name && holds_ignoring_case(name->text, part)) || (words && holds_ignoring_case(words->text, part));
    if (fits && skip-- <= 0)
      rows->items[kept++] = rows->items[i];
  }
  rows->item_count = kept;
}

static uint64_t mark_of(uint64_t hash, const struct osmflow_tree_node *node) {
  hash = mix(hash, (unsigned char)node->kind);
  for (size_t i = 0; i < node->text.size; i++)
    hash = mix(hash, (unsigned char)node->text.data[i]);
  for (const struct osmflow_tree_node *child = node->first; child; child = child->next)
    hash = mark_of(hash, child);
  return mix(hash, UINT8_MAX);
}

/* A server that gives the same page whatever is asked for would never end where its rows have no ids. */
static bool is_same_page(struct osmflow_mapflow_rows *rows) {
  const uint64_t before = rows->page_mark;
  rows->page_mark = FIRST_HASH;
  for (size_t i = 0; i < rows->item_count; i++)
    rows->page_mark = mark_of(rows->page_mark, rows->items[i].node);
  return rows->item_count > 0 && rows->page_mark == before;
}

static enum osmflow_status load_page(struct osmflow_mapflow_rows *rows, struct osmflow_error *error) {
  const bool is_here = !rows->is_begun && rows->pages.tree;
  int64_t count = 0, new_rows = 0;
  rows->item_count = rows->next_item = 0;
  enum osmflow_status status = is_here ? OSMFLOW_OK : osmflow_mapflow_pages_next(&rows->pages, error);
  if (status != OSMFLOW_OK)
    return status;
  rows->is_begun = true;
  status = collect(rows, &count, &new_rows, error);
  if (status == OSMFLOW_OK && !rows->pages.is_plain && is_same_page(rows))
    new_rows = (int64_t)(rows->item_count = 0);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_pages_note(&rows->pages, count, new_rows, error);
  if (status == OSMFLOW_OK && rows->pages.known > MOST_ROWS)
    status =
        osmflow_error_set(error, OSMFLOW_TOO_LARGE, "%s: more than %d rows", rows->call->call_class->name, MOST_ROWS);
  if (status == OSMFLOW_OK)
    narrow(rows);
  else
    rows->item_count = 0;
  return status;
}

static enum osmflow_status read_geometry(struct osmflow_mapflow_rows *rows, const struct osmflow_tree_node *node,
                                         struct osmflow_error *error) {
  const char *place = rows->schema->geometry_place;
  const struct osmflow_tree_node *found = place ? osmflow_mapflow_find(node, place) : NULL;
  const struct osmflow_tree_node *id =
      rows->schema->id_place ? osmflow_mapflow_find(node, rows->schema->id_place) : NULL;
  const bool is_processing = rows->schema->kind && strcmp(rows->schema->kind, "processing") == 0;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_reset(&rows->geometry);
  if (found && found->kind == OSMFLOW_TREE_OBJECT)
    status = osmflow_tree_print_json(found, &rows->geometry, error);
  else if (found && found->kind == OSMFLOW_TREE_STRING)
    status = osmflow_bytes_add_text(&rows->geometry, osmflow_text_trim(found->text), error);
  else if (is_processing && rows->wish.with_aois && id)
    status = osmflow_mapflow_aois_print(rows->mapflow, id->text, &rows->geometry, error);
  rows->row.geometry = (struct osmflow_text){osmflow_bytes_string(&rows->geometry), rows->geometry.size};
  return status;
}

/* An object of which nothing is known is another one than was asked for. */
static bool is_known(const struct osmflow_mapflow_rows *rows) {
  for (size_t i = 0; i < rows->schema->column_count; i++)
    if (!rows->cells.values[i].is_null)
      return true;
  return false;
}

static enum osmflow_status read_row(struct osmflow_mapflow_rows *rows, const struct osmflow_tree_node *node,
                                    struct osmflow_error *error) {
  const struct osmflow_tree_node *id =
      rows->schema->id_place ? osmflow_mapflow_find(node, rows->schema->id_place) : NULL;
  osmflow_bytes_reset(&rows->cells.buffer);
  enum osmflow_status status = osmflow_mapflow_values_read(&rows->cells, node, error);
  if (status == OSMFLOW_OK && rows->table_class->is_single && *rows->schema->rows == '\0' && !is_known(rows))
    status = refuse(rows, "it has none of the members that are known", error);
  if (status == OSMFLOW_OK)
    status = read_geometry(rows, node, error);
  rows->row.fid = id && id->text.size > 0 ? osmflow_mapflow_fid(id->text) : rows->number;
  rows->row.values = rows->cells.values;
  rows->number++;
  return status;
}

enum osmflow_status osmflow_mapflow_rows_next(struct osmflow_mapflow_rows *rows, const struct osmflow_mapflow_row **row,
                                              struct osmflow_error *error) {
  enum osmflow_status status = rows->failure.status;
  *row = NULL;
  if (status == OSMFLOW_OK && rows->limit > 0 && rows->given >= rows->limit)
    return OSMFLOW_OK;
  while (status == OSMFLOW_OK && rows->next_item == rows->item_count && !(rows->is_begun && rows->pages.is_last))
    status = load_page(rows, &rows->failure);
  if (status == OSMFLOW_OK && rows->next_item < rows->item_count) {
    status = read_row(rows, rows->items[rows->next_item++].node, &rows->failure);
    rows->given++;
    *row = status == OSMFLOW_OK ? &rows->row : NULL;
  }
  if (status != OSMFLOW_OK && error)
    *error = rows->failure;
  return status;
}

enum osmflow_status osmflow_mapflow_rows_count(struct osmflow_mapflow_rows *rows, int64_t *count,
                                               struct osmflow_error *error) {
  enum osmflow_status status = rows->failure.status;
  const bool is_stats = rows->table_class->asking == OSMFLOW_MAPFLOW_ASK_STATS;
  *count = -1;
  if (status == OSMFLOW_OK && !rows->is_begun)
    status = load_page(rows, &rows->failure);
  if (status != OSMFLOW_OK && error)
    *error = rows->failure;
  if (status != OSMFLOW_OK)
    return status;
  const int64_t before = is_stats ? (rows->pages.first - 1) * rows->pages.wanted : rows->pages.first;
  if (rows->pages.is_last)
    *count = rows->given + (int64_t)(rows->item_count - rows->next_item);
  else if (rows->pages.total >= before && !rows->pages.is_searching)
    *count = rows->pages.total - before;
  if (rows->limit > 0 && *count > rows->limit)
    *count = rows->limit;
  return OSMFLOW_OK;
}
