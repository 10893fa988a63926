#include <sqlite3.h>
#include <stdlib.h>

#include "base/number.h"
#include "osm/rules_private.h"

/* A formula may come with a file from somewhere: what it can do is bounded in every direction. */
enum {
  MOST_SQL_BYTES = 64 * 1024,
  MOST_VALUE_BYTES = 1024 * 1024,
  MOST_BINDINGS = 1000,
  STEPS_PER_REPORT = 100 * 1000,
  MOST_REPORTS = 100
};

struct osmflow_rules_sql {
  sqlite3 *database;
  int reports; /* of progress in the statement that runs */
};

static int stop_when_endless(void *self) {
  struct osmflow_rules_sql *sql = self;
  return ++sql->reports > MOST_REPORTS;
}

/* Formulas compute; they open no files and keep nothing. */
static int allow_reading_only(void *self, int action, const char *first, const char *second, const char *database,
                              const char *trigger) {
  (void)self;
  (void)first;
  (void)second;
  (void)database;
  (void)trigger;
  const bool harmless =
      action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION || action == SQLITE_RECURSIVE;
  return harmless ? SQLITE_OK : SQLITE_DENY;
}

static enum osmflow_status open_database(struct osmflow_rules *rules, struct osmflow_error *error) {
  struct osmflow_rules_sql *sql = calloc(1, sizeof *sql);
  rules->sql = sql;
  if (!sql || sqlite3_open_v2(":memory:", &sql->database,
                              SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the SQL of computed columns");
  sqlite3_limit(sql->database, SQLITE_LIMIT_LENGTH, MOST_VALUE_BYTES);
  sqlite3_limit(sql->database, SQLITE_LIMIT_SQL_LENGTH, MOST_SQL_BYTES);
  sqlite3_limit(sql->database, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000);
  sqlite3_limit(sql->database, SQLITE_LIMIT_EXPR_DEPTH, 200);
  sqlite3_limit(sql->database, SQLITE_LIMIT_VARIABLE_NUMBER, MOST_BINDINGS);
  sqlite3_limit(sql->database, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_progress_handler(sql->database, STEPS_PER_REPORT, stop_when_endless, sql);
  sqlite3_set_authorizer(sql->database, allow_reading_only, NULL);
  return OSMFLOW_OK;
}

/* [name]: a column of the layer by its shown name, else a tag. */
static enum osmflow_status add_binding(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                       struct osmflow_computed_rule *rule, struct osmflow_text name,
                                       struct osmflow_error *error) {
  const struct osmflow_rules_layer *layer = &rules->layers[kind];
  const int field = osmflow_rules_find_field(layer, name);
  struct osmflow_rules_binding binding = {NULL, OSMFLOW_FIELD_STRING};
  struct osmflow_rules_word *word;
  if (field >= 0) {
    binding.type = layer->fields[field].type;
    name = osmflow_text(layer->fields[field].key ? layer->fields[field].key : layer->fields[field].name);
  }
  enum osmflow_status status = osmflow_rules_word(rules, name, &word, error);
  if (status == OSMFLOW_OK) {
    word->computes |= (uint8_t)(1U << kind);
    binding.key = osmflow_pool_string(&rules->pool, (uint32_t)(word - rules->words));
    status = osmflow_array_reserve((void **)&rule->bindings, &rule->binding_capacity, rule->binding_count + 1,
                                   sizeof *rule->bindings, MOST_BINDINGS, error);
  }
  if (status == OSMFLOW_OK)
    rule->bindings[rule->binding_count++] = binding;
  return status;
}

/* Puts '?' where [tag] stands and takes the backslashes away that keep other brackets from being one. As in GDAL, a
 * bracket that opens the text is no tag, and a backslash that ends it stays. */
static enum osmflow_status translate(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                     struct osmflow_computed_rule *rule, struct osmflow_text sql,
                                     struct osmflow_bytes *translated, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  bool closed = true;
  for (size_t i = 0; status == OSMFLOW_OK && i < sql.size; i++) {
    const char *end = NULL;
    if (closed && sql.data[i] == '[' && i > 0 && sql.data[i - 1] != '\\') {
      end = memchr(sql.data + i, ']', sql.size - i);
      closed = end != NULL;
    }
    if (end) {
      const struct osmflow_text name = {sql.data + i + 1, (size_t)(end - sql.data) - i - 1};
      status = add_binding(rules, kind, rule, name, error);
      if (status == OSMFLOW_OK)
        status = osmflow_bytes_add_string(translated, "?", error);
      i = (size_t)(end - sql.data);
    } else if (sql.data[i] != '\\' || i + 1 == sql.size) {
      status = osmflow_bytes_add(translated, &sql.data[i], 1, error);
    }
  }
  return status;
}

enum osmflow_status osmflow_rules_prepare_sql(struct osmflow_rules *rules, enum osmflow_layer_kind kind,
                                              struct osmflow_computed_rule *rule, struct osmflow_text sql,
                                              struct osmflow_error *error) {
  struct osmflow_bytes translated;
  osmflow_bytes_init(&translated, MOST_SQL_BYTES);
  enum osmflow_status status = rules->sql ? OSMFLOW_OK : open_database(rules, error);
  if (status == OSMFLOW_OK)
    status = translate(rules, kind, rule, sql, &translated, error);
  if (status == OSMFLOW_TOO_LARGE)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the SQL is longer than %d bytes or has over %d [tags]",
                               MOST_SQL_BYTES, MOST_BINDINGS);
  if (status != OSMFLOW_OK)
    goto done;
  sqlite3 *database = rules->sql->database;
  const int result = sqlite3_prepare_v2(database, osmflow_bytes_string(&translated), -1, &rule->statement, NULL);
  if (result == SQLITE_NOMEM)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the SQL of a computed column");
  else if (result != SQLITE_OK)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "SQLite refuses the SQL: %s", sqlite3_errmsg(database));
  else if (!rule->statement || sqlite3_column_count(rule->statement) != 1)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the SQL is not a SELECT of one value");
done:
  osmflow_bytes_clear(&translated);
  return status;
}

void osmflow_rules_clear_sql(struct osmflow_computed_rule *rule) {
  sqlite3_finalize(rule->statement);
  free(rule->bindings);
  *rule = (struct osmflow_computed_rule){0};
}

void osmflow_rules_close_sql(struct osmflow_rules_sql *sql) {
  if (sql)
    sqlite3_close(sql->database);
  free(sql);
}

static void bind_tags(const struct osmflow_computed_rule *rule, const struct osmflow_tag_view *tags, size_t count) {
  for (size_t i = 0; i < rule->binding_count; i++) {
    const struct osmflow_rules_binding *binding = &rule->bindings[i];
    const int place = (int)i + 1;
    size_t tag = 0;
    while (tag < count && !osmflow_text_is(tags[tag].key, binding->key))
      tag++;
    /* A formula that names a tag inside of quotes has fewer places than tags: SQLite turns the rest away. */
    if (tag == count)
      (void)sqlite3_bind_null(rule->statement, place);
    else if (binding->type == OSMFLOW_FIELD_INTEGER || binding->type == OSMFLOW_FIELD_INTEGER64)
      (void)sqlite3_bind_int64(rule->statement, place,
                               osmflow_rules_clamp(osmflow_rules_leading_integer(tags[tag].value), binding->type));
    else if (binding->type == OSMFLOW_FIELD_REAL)
      (void)sqlite3_bind_double(rule->statement, place, osmflow_rules_leading_real(tags[tag].value));
    else
      (void)sqlite3_bind_text64(rule->statement, place, tags[tag].value.size ? tags[tag].value.data : "",
                                tags[tag].value.size, SQLITE_STATIC, SQLITE_UTF8);
  }
}

static int64_t integer_of(double real) {
  if (!(real > -9223372036854775808.0))
    return INT64_MIN;
  return real < 9223372036854775808.0 ? (int64_t)real : INT64_MAX;
}

/* A number of SQLite's as the column's type. A number is no time: such a column stays empty, as in GDAL. */
static enum osmflow_status take_number(sqlite3_stmt *statement, struct osmflow_computed *value,
                                       struct osmflow_bytes *text, struct osmflow_error *error) {
  const bool whole = sqlite3_column_type(statement, 0) == SQLITE_INTEGER;
  char buffer[OSMFLOW_NUMBER_SIZE];
  value->real = sqlite3_column_double(statement, 0);
  value->integer = whole ? sqlite3_column_int64(statement, 0) : integer_of(value->real);
  value->integer = osmflow_rules_clamp(value->integer, value->type);
  if (value->type == OSMFLOW_FIELD_DATETIME)
    value->is_null = true;
  if (value->type != OSMFLOW_FIELD_STRING)
    return OSMFLOW_OK;
  const size_t size = whole ? osmflow_format_int(buffer, value->integer) : osmflow_format_real(buffer, value->real);
  return osmflow_bytes_add(text, buffer, size, error);
}

static enum osmflow_status take_text(sqlite3_stmt *statement, struct osmflow_computed *value,
                                     struct osmflow_bytes *text, struct osmflow_error *error) {
  const char *data = (const char *)sqlite3_column_text(statement, 0);
  if (!data)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the value of a computed column");
  const struct osmflow_text result = {data, strlen(data)};
  if (value->type == OSMFLOW_FIELD_STRING)
    return osmflow_bytes_add_text(text, result, error);
  if (value->type == OSMFLOW_FIELD_DATETIME)
    value->is_null = !osmflow_parse_time(result, &value->integer);
  else
    value->integer = osmflow_rules_clamp(osmflow_rules_leading_integer(result), value->type);
  value->real = osmflow_rules_leading_real(result);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_rules_run_sql(const struct osmflow_rules *rules, const struct osmflow_computed_rule *rule,
                                          const struct osmflow_tag_view *tags, size_t count,
                                          struct osmflow_computed *value, struct osmflow_bytes *text,
                                          struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  bind_tags(rule, tags, count);
  rules->sql->reports = 0;
  const int result = sqlite3_step(rule->statement);
  const int type = result == SQLITE_ROW ? sqlite3_column_type(rule->statement, 0) : SQLITE_NULL;
  if (result == SQLITE_NOMEM)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the value of a computed column");
  else if (result == SQLITE_INTERRUPT)
    status = osmflow_error_set(error, OSMFLOW_TOO_LARGE, "the SQL of a computed column takes too many steps");
  else if (type == SQLITE_INTEGER || type == SQLITE_FLOAT)
    status = take_number(rule->statement, value, text, error);
  else if (type == SQLITE_TEXT)
    status = take_text(rule->statement, value, text, error);
  else
    value->is_null = true;
  sqlite3_reset(rule->statement);
  sqlite3_clear_bindings(rule->statement);
  return status;
}
