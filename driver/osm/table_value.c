#include "osm/table_value.h"

#include <stdio.h>

#include "base/number.h"
#include "osm/table_path.h"
#include "osm/table_rows.h"

enum { LONGEST_PATH = 64, SHOWN = 80 };

/* One value that is wanted. */
struct job {
  const struct osmflow_table *table;
  const struct osmflow_table_source *source;
  const char *path; /* what follows the function's name */
  bool is_null;     /* result: nothing is there */
};

typedef enum osmflow_status writer(struct job *job, struct osmflow_error *error);

/* One source that is no path: writes its text into the buffer. */
struct function {
  const char *name;
  writer *write;
};

static enum osmflow_status refuse(const struct osmflow_table_source *source, const char *what, struct osmflow_text text,
                                  const char *kind, struct osmflow_error *error) {
  const int size = (int)(text.size < SHOWN ? text.size : SHOWN);
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: %s is \"%.*s\", which is not %s",
                           source->layers[source->layer].schema.layer, what, size, text.data, kind);
}

/* The node that holds what the path's last step looks for; NULL when there is none. */
static const struct osmflow_tree_node *find_container(const struct osmflow_tree_node *node, const char *path) {
  struct osmflow_text alternatives = osmflow_text(path), alternative;
  const struct osmflow_tree_node *found = NULL;
  while (!found && osmflow_text_next(&alternatives, '|', &alternative)) {
    char container[LONGEST_PATH] = ".";
    size_t size = alternative.size;
    while (size > 0 && alternative.data[size - 1] != '/')
      size--;
    if (size > 1 && size <= sizeof container) {
      memcpy(container, alternative.data, size - 1);
      container[size - 1] = '\0';
    }
    found = osmflow_table_find(node, container);
  }
  return found;
}

static enum osmflow_status add_member(struct osmflow_bytes *bytes, struct osmflow_text name, bool is_first,
                                      struct osmflow_error *error) {
  enum osmflow_status status = is_first ? OSMFLOW_OK : osmflow_bytes_add(bytes, ",", 1, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_json(bytes, name, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add(bytes, ":", 1, error) : status;
}

static enum osmflow_status write_tags(struct job *job, struct osmflow_error *error) {
  const struct osmflow_tree_node *tags = osmflow_tree_child(job->source->node, "tags");
  size_t count = 0;
  if (tags && tags->kind == OSMFLOW_TREE_OBJECT)
    return osmflow_tree_print_json(tags, job->source->buffer, error);
  enum osmflow_status status = osmflow_bytes_add(job->source->buffer, "{", 1, error);
  for (const struct osmflow_tree_node *tag = job->source->node->first; status == OSMFLOW_OK && tag; tag = tag->next) {
    const struct osmflow_tree_node *key = osmflow_tree_child(tag, "k"), *value = osmflow_tree_child(tag, "v");
    if (!key || !value || !osmflow_text_is(tag->name, "tag"))
      continue;
    status = add_member(job->source->buffer, key->text, count++ == 0, error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_json(job->source->buffer, value->text, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add(job->source->buffer, "}", 1, error) : status;
}

static enum osmflow_status write_tag(struct job *job, struct osmflow_error *error) {
  const struct osmflow_tree_node *value = osmflow_tree_child(osmflow_tree_child(job->source->node, "tags"), job->path);
  for (const struct osmflow_tree_node *tag = job->source->node->first; !value && tag; tag = tag->next) {
    const struct osmflow_tree_node *key = osmflow_tree_child(tag, "k");
    if (key && osmflow_text_is(tag->name, "tag") && osmflow_text_is(key->text, job->path))
      value = osmflow_tree_child(tag, "v");
  }
  job->is_null = !value;
  return value ? osmflow_bytes_add_text(job->source->buffer, value->text, error) : OSMFLOW_OK;
}

static enum osmflow_status write_json(struct job *job, struct osmflow_error *error) {
  const struct osmflow_tree_node *node = osmflow_table_find(job->source->node, job->path);
  job->is_null = !node || node->kind == OSMFLOW_TREE_NULL;
  return job->is_null ? OSMFLOW_OK : osmflow_tree_print_json(node, job->source->buffer, error);
}

static enum osmflow_status write_items(struct job *job, bool wants_names, struct osmflow_error *error) {
  struct osmflow_table_nodes found = {0};
  job->is_null = !find_container(job->source->node, job->path);
  if (job->is_null)
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_table_select(job->source->node, job->path, &found, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add(job->source->buffer, "[", 1, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < found.count; i++) {
    if (i > 0)
      status = osmflow_bytes_add(job->source->buffer, ",", 1, error);
    if (status == OSMFLOW_OK)
      status =
          osmflow_bytes_add_json(job->source->buffer, wants_names ? found.nodes[i]->name : found.nodes[i]->text, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add(job->source->buffer, "]", 1, error);
  osmflow_table_nodes_clear(&found);
  return status;
}

static enum osmflow_status write_list(struct job *job, struct osmflow_error *error) {
  return write_items(job, false, error);
}

static enum osmflow_status write_names(struct job *job, struct osmflow_error *error) {
  return write_items(job, true, error);
}

static enum osmflow_status write_count(struct job *job, struct osmflow_error *error) {
  struct osmflow_table_nodes found = {0};
  job->is_null = !find_container(job->source->node, job->path);
  enum osmflow_status status =
      job->is_null ? OSMFLOW_OK : osmflow_table_select(job->source->node, job->path, &found, error);
  if (status == OSMFLOW_OK && !job->is_null)
    status = osmflow_bytes_print(job->source->buffer, error, "%zu", found.count);
  osmflow_table_nodes_clear(&found);
  return status;
}

static enum osmflow_status write_value(const struct osmflow_value *value, enum osmflow_field_type type,
                                       struct osmflow_bytes *bytes, struct osmflow_error *error) {
  char number[OSMFLOW_NUMBER_SIZE];
  switch (type) {
    case OSMFLOW_FIELD_STRING:
      return osmflow_bytes_add_json(bytes, value->text, error);
    case OSMFLOW_FIELD_JSON:
      return osmflow_bytes_add_text(bytes, value->text, error);
    case OSMFLOW_FIELD_BOOLEAN:
      return osmflow_bytes_add_string(bytes, value->integer ? "true" : "false", error);
    case OSMFLOW_FIELD_DATETIME:
    case OSMFLOW_FIELD_DATE:
      osmflow_format_time(number, value->integer);
      return osmflow_bytes_print(bytes, error, "\"%s\"", number);
    case OSMFLOW_FIELD_REAL:
      osmflow_format_real(number, value->real);
      return osmflow_bytes_add_string(bytes, number, error);
    case OSMFLOW_FIELD_INTEGER:
    case OSMFLOW_FIELD_INTEGER64:
      break;
  }
  osmflow_format_int(number, value->integer);
  return osmflow_bytes_add_string(bytes, number, error);
}

/* One row of the next layer: its first column only says what it belongs to, nulls are left out. */
static enum osmflow_status write_row(const struct osmflow_table_rows *rows, size_t row, struct osmflow_bytes *bytes,
                                     struct osmflow_error *error) {
  const struct osmflow_value *values = &rows->values[rows->rows[row].first_value];
  size_t members = 0;
  enum osmflow_status status = osmflow_bytes_add(bytes, "{", 1, error);
  for (size_t i = 1; status == OSMFLOW_OK && i < rows->schema->column_count; i++) {
    if (values[i].is_null)
      continue;
    status = add_member(bytes, osmflow_text(rows->schema->columns[i].name), members++ == 0, error);
    if (status == OSMFLOW_OK)
      status = write_value(&values[i], rows->schema->columns[i].type, bytes, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add(bytes, "}", 1, error) : status;
}

static enum osmflow_status write_rows(struct job *job, struct osmflow_error *error) {
  const struct osmflow_table_place *place = &job->source->layers[job->source->layer + 1].rows;
  const struct osmflow_table_rows *rows = &job->table->layers[job->source->layer + 1];
  job->is_null = !find_container(job->source->node, job->source->is_json && place->json ? place->json : place->xml);
  if (job->is_null)
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_bytes_add(job->source->buffer, "[", 1, error);
  for (size_t i = job->source->first_of_next; status == OSMFLOW_OK && i < rows->row_count; i++) {
    if (i > job->source->first_of_next)
      status = osmflow_bytes_add(job->source->buffer, ",", 1, error);
    if (status == OSMFLOW_OK)
      status = write_row(rows, i, job->source->buffer, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add(job->source->buffer, "]", 1, error) : status;
}

static enum osmflow_status write_name(struct job *job, struct osmflow_error *error) {
  return osmflow_bytes_add_text(job->source->buffer, job->source->node->name, error);
}

static enum osmflow_status write_dotted(struct job *job, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (job->source->node->parent)
    status = osmflow_bytes_add_text(job->source->buffer, job->source->node->parent->name, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add(job->source->buffer, ".", 1, error);
  return status == OSMFLOW_OK ? write_name(job, error) : status;
}

static enum osmflow_status write_number(struct job *job, struct osmflow_error *error) {
  return osmflow_bytes_print(job->source->buffer, error, "%lld", (long long)job->source->number);
}

static enum osmflow_status write_true(struct job *job, struct osmflow_error *error) {
  return osmflow_bytes_add_string(job->source->buffer, "true", error);
}

/* The row's first column is the word; it has been read already. */
static const struct osmflow_table_word *find_word(const struct job *job) {
  const struct osmflow_value *name = osmflow_table_value(&job->table->layers[job->source->layer], 0);
  size_t count = 0;
  const struct osmflow_table_word *words = osmflow_table_words(&count);
  for (size_t i = 0; i < count; i++)
    if (osmflow_text_is(name->text, words[i].name))
      return &words[i];
  return NULL;
}

static enum osmflow_status write_unit(struct job *job, struct osmflow_error *error) {
  const struct osmflow_table_word *word = find_word(job);
  job->is_null = !word || !word->unit;
  return job->is_null ? OSMFLOW_OK : osmflow_bytes_add_string(job->source->buffer, word->unit, error);
}

static enum osmflow_status write_about(struct job *job, struct osmflow_error *error) {
  const struct osmflow_table_word *word = find_word(job);
  job->is_null = !word;
  return job->is_null ? OSMFLOW_OK : osmflow_bytes_add_string(job->source->buffer, word->about, error);
}

/* A plain path: the text that is there. */
static enum osmflow_status write_text(struct job *job, struct osmflow_error *error) {
  const struct osmflow_tree_node *node = osmflow_table_find(job->source->node, job->path);
  if (node && (node->kind == OSMFLOW_TREE_OBJECT || node->kind == OSMFLOW_TREE_ARRAY))
    return write_json(job, error);
  job->is_null = !node || node->kind == OSMFLOW_TREE_NULL;
  return job->is_null ? OSMFLOW_OK : osmflow_bytes_add_text(job->source->buffer, node->text, error);
}

static const struct function functions[] = {
    {":tags", write_tags},     {":tag", write_tag},       {":json", write_json}, {":list", write_list},
    {":names", write_names},   {":count", write_count},   {":rows", write_rows}, {":name", write_name},
    {":dotted", write_dotted}, {":number", write_number}, {":unit", write_unit}, {":about", write_about},
    {":true", write_true},
};

static enum osmflow_status write_source(struct job *job, struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(job->path), name;
  if (job->path[0] != ':' || !osmflow_text_next(&rest, ' ', &name))
    return write_text(job, error);
  size_t i = 0;
  while (!osmflow_text_is(name, functions[i].name))
    i++;
  job->path = rest.data ? rest.data : "";
  return functions[i].write(job, error);
}

static bool parse_boolean(struct osmflow_text text, int64_t *integer) {
  *integer = osmflow_text_is(text, "true") || osmflow_text_is(text, "1");
  return *integer || osmflow_text_is(text, "false") || osmflow_text_is(text, "0");
}

/* Puts a text into a typed value; a blank one stays null where the type is not a text. */
static enum osmflow_status set_value(struct osmflow_table *table, const struct osmflow_table_source *source,
                                     size_t column, struct osmflow_text text, struct osmflow_error *error) {
  struct osmflow_table_rows *rows = &table->layers[source->layer];
  const struct osmflow_table_column *schema = &rows->schema->columns[column];
  const struct osmflow_text trimmed = osmflow_text_trim(text);
  const bool is_small = schema->type == OSMFLOW_FIELD_INTEGER;
  int64_t integer = 0;
  double real = 0;
  if (schema->type == OSMFLOW_FIELD_STRING || schema->type == OSMFLOW_FIELD_JSON)
    return osmflow_table_set_text(table, rows, column, text, error);
  if (trimmed.size == 0)
    return OSMFLOW_OK;
  switch (schema->type) {
    case OSMFLOW_FIELD_BOOLEAN:
      if (!parse_boolean(trimmed, &integer))
        return refuse(source, schema->name, trimmed, "true or false", error);
      break;
    case OSMFLOW_FIELD_DATETIME:
    case OSMFLOW_FIELD_DATE:
      if (!osmflow_parse_time(trimmed, &integer) && !osmflow_table_parse_feed_time(trimmed, &integer))
        return refuse(source, schema->name, trimmed, "a date", error);
      break;
    case OSMFLOW_FIELD_REAL:
      if (!osmflow_parse_real(trimmed, &real))
        return refuse(source, schema->name, trimmed, "a number", error);
      osmflow_table_set_real(rows, column, real);
      return OSMFLOW_OK;
    default:
      if (!osmflow_parse_int(trimmed, is_small ? INT32_MIN : INT64_MIN, is_small ? INT32_MAX : INT64_MAX, &integer))
        return refuse(source, schema->name, trimmed, "a whole number", error);
  }
  osmflow_table_set_integer(rows, column, integer);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_table_read_values(struct osmflow_table *table, const struct osmflow_table_source *source,
                                              struct osmflow_error *error) {
  const struct osmflow_table_schema *schema = table->layers[source->layer].schema;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < schema->column_count; i++) {
    const struct osmflow_table_column *column = &schema->columns[i];
    struct job job = {table, source, source->is_json && column->json ? column->json : column->xml, false};
    osmflow_bytes_reset(source->buffer);
    status = write_source(&job, error);
    if (status == OSMFLOW_OK && !job.is_null)
      status = set_value(table, source, i, osmflow_bytes_view(source->buffer), error);
  }
  return status;
}
