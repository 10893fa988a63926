#include "osm/table_read.h"

#include <stdlib.h>

#include "base/number.h"
#include "format/tree.h"
#include "osm/gpx.h"
#include "osm/table_path.h"
#include "osm/table_rows.h"
#include "osm/table_value.h"

enum { LONGEST_TEXT = 64 * 1024, LONGEST_VALUE = 64 * 1024 * 1024, SHOWN = 200 };

struct osmflow_table_reader {
  const struct osmflow_table_call *call;
  struct osmflow_text key;
  struct osmflow_table *table;
  struct osmflow_tree *tree; /* NULL before the first byte that is not blank */
  const struct osmflow_tree_node *root;
  bool is_json;
  struct osmflow_gpx_reader *gpx;
  struct osmflow_bytes text;
  struct osmflow_bytes buffer;
};

enum osmflow_status osmflow_table_reader_new(const struct osmflow_call_class *call_class, struct osmflow_text key,
                                             struct osmflow_table *table, struct osmflow_table_reader **reader,
                                             struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_table_reader *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to read a table");
  made->call = osmflow_table_call(call_class);
  made->key = key;
  made->table = table;
  osmflow_bytes_init(&made->text, LONGEST_TEXT);
  osmflow_bytes_init(&made->buffer, LONGEST_VALUE);
  if (made->call->shape == OSMFLOW_TABLE_GPX)
    status = osmflow_gpx_reader_new(table, &made->gpx, error);
  if (status == OSMFLOW_OK)
    *reader = made;
  else
    osmflow_table_reader_free(made);
  return status;
}

void osmflow_table_reader_free(struct osmflow_table_reader *reader) {
  if (reader) {
    osmflow_tree_free(reader->tree);
    osmflow_gpx_reader_free(reader->gpx);
    osmflow_bytes_clear(&reader->text);
    osmflow_bytes_clear(&reader->buffer);
    free(reader);
  }
}

void osmflow_table_reader_begin(struct osmflow_table_reader *reader) {
  osmflow_tree_free(reader->tree);
  reader->tree = NULL;
  reader->root = NULL;
  osmflow_bytes_reset(&reader->text);
  if (reader->gpx)
    osmflow_gpx_reader_begin(reader->gpx);
}

/* XML or JSON: the first byte that is not blank tells. */
static enum osmflow_status start_tree(struct osmflow_table_reader *reader, struct osmflow_text piece,
                                      struct osmflow_error *error) {
  const struct osmflow_text trimmed = osmflow_text_trim(piece);
  if (trimmed.size == 0)
    return OSMFLOW_OK;
  const char first = trimmed.data[0];
  reader->is_json = first == '{' || first == '[';
  if (!reader->is_json && first != '<' && first != '\xEF')
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer is neither XML nor JSON: \"%.*s\"",
                             (int)(trimmed.size < SHOWN ? trimmed.size : SHOWN), trimmed.data);
  return osmflow_tree_new(reader->is_json ? OSMFLOW_TREE_JSON : OSMFLOW_TREE_XML, &reader->tree, error);
}

enum osmflow_status osmflow_table_reader_feed(struct osmflow_table_reader *reader, const void *data, size_t size,
                                              struct osmflow_error *error) {
  const struct osmflow_text piece = {data, size};
  enum osmflow_status status = OSMFLOW_OK;
  switch (reader->call->shape) {
    case OSMFLOW_TABLE_GPX:
      return osmflow_gpx_reader_feed(reader->gpx, data, size, error);
    case OSMFLOW_TABLE_TEXT:
      return osmflow_bytes_add_text(&reader->text, piece, error);
    case OSMFLOW_TABLE_DOCUMENT:
      break;
  }
  if (!reader->tree)
    status = start_tree(reader, piece, error);
  return status == OSMFLOW_OK && reader->tree ? osmflow_tree_feed(reader->tree, data, size, error) : status;
}

/* What the server says where it had to stop: an element or member "error" at the end of the document, or in the last
 * item of a list. */
static const struct osmflow_tree_node *find_error(const struct osmflow_table_reader *reader) {
  const struct osmflow_tree_node *found = osmflow_tree_child(reader->root, "error");
  for (const struct osmflow_tree_node *child = reader->root->first; !found && child; child = child->next)
    if (child->kind == OSMFLOW_TREE_ARRAY && child->last)
      found = osmflow_tree_child(child->last, "error");
  return found;
}

enum osmflow_status osmflow_table_reader_end(struct osmflow_table_reader *reader, struct osmflow_error *error) {
  if (reader->call->shape == OSMFLOW_TABLE_TEXT)
    return OSMFLOW_OK;
  if (reader->call->shape == OSMFLOW_TABLE_GPX)
    return osmflow_gpx_reader_finish(reader->gpx, error);
  if (!reader->tree)
    return reader->call->may_be_empty ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer is empty");
  const enum osmflow_status status = osmflow_tree_finish(reader->tree, &reader->root, error);
  if (status != OSMFLOW_OK)
    return status;
  const struct osmflow_tree_node *stopped = find_error(reader);
  return stopped ? osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server stopped in the middle of its answer: %.*s",
                                     OSMFLOW_TEXT_ARGUMENTS(stopped->text))
                 : OSMFLOW_OK;
}

/* An element of the document where none is of the kind that the rows are made of; NULL: fine, or no element at all. */
static const struct osmflow_tree_node *find_foreign(const struct osmflow_table_reader *reader) {
  const char *rows = reader->call->layers[0].rows.xml;
  const struct osmflow_text wanted = {rows, strcspn(rows, "/")};
  const struct osmflow_tree_node *foreign = NULL;
  for (const struct osmflow_tree_node *child = reader->root->first; child; child = child->next) {
    if (child->kind == OSMFLOW_TREE_ELEMENT && osmflow_text_equal(child->name, wanted))
      return NULL;
    if (child->kind == OSMFLOW_TREE_ELEMENT && !foreign)
      foreign = child;
  }
  return foreign;
}

/* Whether the document is an answer to this call at all. */
static enum osmflow_status check_kind(const struct osmflow_table_reader *reader, struct osmflow_error *error) {
  const struct osmflow_table_call *call = reader->call;
  const struct osmflow_tree_node *root = reader->root;
  const char *needs = reader->is_json ? call->json_needs : call->xml_needs;
  if (reader->is_json && !needs)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer is JSON where XML was expected");
  if (reader->is_json && root->kind != OSMFLOW_TREE_OBJECT)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer is not a JSON object");
  if (!reader->is_json && osmflow_text_is_ignoring_case(root->name, "html"))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer is a web page where <%s> was expected", call->root);
  if (!reader->is_json && !osmflow_text_is(root->name, call->root)) {
    const struct osmflow_tree_node *message = osmflow_tree_child(root, "message");
    const struct osmflow_text words = message ? message->text : osmflow_text("");
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer is <%.*s> where <%s> was expected%s%.*s",
                             OSMFLOW_TEXT_ARGUMENTS(root->name), call->root, words.size > 0 ? ": " : "",
                             OSMFLOW_TEXT_ARGUMENTS(words));
  }
  if (needs && !osmflow_table_find(root, needs))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer holds no \"%s\"", needs);
  const struct osmflow_tree_node *foreign = reader->is_json || needs ? NULL : find_foreign(reader);
  if (foreign)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer holds <%.*s> where <%s> was expected",
                             OSMFLOW_TEXT_ARGUMENTS(foreign->name), reader->call->layers[0].rows.xml);
  return OSMFLOW_OK;
}

/* Sets the id of the row that was begun for the node; *is_new is false when the layer has that object. */
static enum osmflow_status read_id(struct osmflow_table *table, const struct osmflow_table_source *source, bool *is_new,
                                   struct osmflow_error *error) {
  const struct osmflow_table_layer *layer = &source->layers[source->layer];
  int64_t id = 0;
  *is_new = true;
  if (!layer->id)
    return OSMFLOW_OK;
  const size_t column = osmflow_table_column_number(&layer->schema, layer->id);
  const struct osmflow_tree_node *node = osmflow_table_find(source->node, layer->schema.columns[column].xml);
  if (!node || !osmflow_parse_int(osmflow_text_trim(node->text), INT64_MIN, INT64_MAX, &id))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: there is one without %s", layer->schema.layer, layer->id);
  return osmflow_table_set_id(table, source->layer, id, is_new, error);
}

static void name_by_key(struct osmflow_table_rows *rows) {
  rows->rows[rows->row_count - 1].fid = osmflow_table_fid_of_key(osmflow_table_value(rows, 0)->text);
}

static enum osmflow_status read_rows(struct osmflow_table_reader *reader, const struct osmflow_tree_node *node,
                                     size_t layer, size_t *count, struct osmflow_error *error);

static enum osmflow_status read_row(struct osmflow_table_reader *reader, const struct osmflow_tree_node *node,
                                    size_t layer, int64_t number, struct osmflow_error *error) {
  const struct osmflow_table_call *call = reader->call;
  struct osmflow_table *table = reader->table;
  const bool has_parts = layer + 1 < call->layer_count && call->layers[layer + 1].of_row;
  struct osmflow_table_source source = {.layers = call->layers,
                                        .layer = layer,
                                        .node = node,
                                        .is_json = reader->is_json,
                                        .number = number,
                                        .buffer = &reader->buffer};
  bool is_new = true;
  size_t ignored;
  enum osmflow_status status = osmflow_table_add_row(&table->layers[layer], error);
  if (status == OSMFLOW_OK)
    status = read_id(table, &source, &is_new, error);
  if (status == OSMFLOW_OK && !is_new) {
    osmflow_table_drop_row(&table->layers[layer]);
    return OSMFLOW_OK;
  }
  if (status == OSMFLOW_OK && has_parts) {
    source.first_of_next = table->layers[layer + 1].row_count;
    status = read_rows(reader, node, layer + 1, &ignored, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_table_read_values(table, &source, error);
  if (status == OSMFLOW_OK && call->layers[layer].has_key)
    name_by_key(&table->layers[layer]);
  return status == OSMFLOW_OK ? osmflow_table_read_geometry(table, &source, error) : status;
}

static enum osmflow_status read_rows(struct osmflow_table_reader *reader, const struct osmflow_tree_node *node,
                                     size_t layer, size_t *count, struct osmflow_error *error) {
  const struct osmflow_table_place *place = &reader->call->layers[layer].rows;
  struct osmflow_table_nodes found = {0};
  enum osmflow_status status =
      osmflow_table_select(node, reader->is_json && place->json ? place->json : place->xml, &found, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < found.count; i++)
    status = read_row(reader, found.nodes[i], layer, (int64_t)i + 1, error);
  *count = found.count;
  osmflow_table_nodes_clear(&found);
  return status;
}

/* Which permissions there are is known, so a row tells of each whether it was granted. */
static enum osmflow_status add_other_permissions(struct osmflow_table *table, struct osmflow_error *error) {
  struct osmflow_table_rows *rows = &table->layers[0];
  const size_t granted = rows->row_count;
  size_t count = 0;
  const struct osmflow_table_word *words = osmflow_table_words(&count);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    size_t row = 0;
    while (row < granted && !osmflow_text_is(rows->values[rows->rows[row].first_value].text, words[i].name))
      row++;
    if (row < granted || !words[i].is_permission)
      continue;
    status = osmflow_table_add_row(rows, error);
    if (status == OSMFLOW_OK)
      status = osmflow_table_set_text(table, rows, 0, osmflow_text(words[i].name), error);
    if (status == OSMFLOW_OK) {
      osmflow_table_set_integer(rows, 1, 0);
      status = osmflow_table_set_text(table, rows, 2, osmflow_text(words[i].about), error);
    }
  }
  return status;
}

static enum osmflow_status take_text(struct osmflow_table_reader *reader, struct osmflow_error *error) {
  struct osmflow_table_rows *rows = &reader->table->layers[0];
  const struct osmflow_text value = osmflow_bytes_view(&reader->text);
  if (!osmflow_text_is_utf8(value))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer is not UTF-8 text");
  enum osmflow_status status = osmflow_table_add_row(rows, error);
  if (status == OSMFLOW_OK)
    status = osmflow_table_set_text(reader->table, rows, 0, reader->key, error);
  if (status == OSMFLOW_OK)
    name_by_key(rows);
  return status == OSMFLOW_OK ? osmflow_table_set_text(reader->table, rows, 1, value, error) : status;
}

enum osmflow_status osmflow_table_reader_take(struct osmflow_table_reader *reader, size_t *page_rows,
                                              struct osmflow_error *error) {
  const struct osmflow_table_call *call = reader->call;
  enum osmflow_status status = OSMFLOW_OK;
  size_t ignored;
  *page_rows = 0;
  if (call->shape == OSMFLOW_TABLE_TEXT)
    return take_text(reader, error);
  if (call->shape == OSMFLOW_TABLE_GPX) {
    *page_rows = osmflow_gpx_reader_keep(reader->gpx);
    return OSMFLOW_OK;
  }
  if (reader->root)
    status = check_kind(reader, error);
  for (size_t i = 0; status == OSMFLOW_OK && reader->root && i < call->layer_count; i++)
    if (!call->layers[i].of_row)
      status = read_rows(reader, reader->root, i, i == 0 ? page_rows : &ignored, error);
  return status == OSMFLOW_OK && call->lists_permissions ? add_other_permissions(reader->table, error) : status;
}

enum osmflow_status osmflow_table_read(const struct osmflow_call_class *call_class, struct osmflow_text key,
                                       struct osmflow_text document, struct osmflow_table *table,
                                       struct osmflow_error *error) {
  struct osmflow_table_reader *reader = NULL;
  size_t page_rows;
  enum osmflow_status status = osmflow_table_begin(table, call_class, error);
  if (status == OSMFLOW_OK)
    status = osmflow_table_reader_new(call_class, key, table, &reader, error);
  if (!reader)
    goto done;
  osmflow_table_reader_begin(reader);
  status = osmflow_table_reader_feed(reader, document.data, document.size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_table_reader_end(reader, error);
  if (status == OSMFLOW_OK)
    status = osmflow_table_reader_take(reader, &page_rows, error);
done:
  osmflow_table_reader_free(reader);
  if (status != OSMFLOW_OK)
    osmflow_table_clear(table);
  return status;
}
