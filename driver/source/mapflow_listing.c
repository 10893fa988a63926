#include "source/mapflow_listing.h"

#include <stdlib.h>

enum { MOST_ROWS = 10000000, MOST_TABLES = 16, KEY_CEILING = 1 << 24 };
static const size_t most_bytes = (size_t)1 << 30;

struct table {
  struct osmflow_mapflow_row *rows; /* each with one block of memory, which its values point to */
  size_t count, capacity;
};

struct osmflow_mapflow_listing {
  struct osmflow_mapflow_connection connection; /* our own copy */
  struct osmflow_mapflow_wish wish;             /* its texts are ours */
  struct table tables[MOST_TABLES];
  size_t bytes;
};

struct recipe {
  const struct osmflow_mapflow_connection *connection;
  const struct osmflow_mapflow_wish *wish;
};

static void clear_rows(struct osmflow_mapflow_listing *listing) {
  for (size_t index = 0; index < MOST_TABLES; index++) {
    struct table *table = &listing->tables[index];
    for (size_t i = 0; i < table->count; i++)
      free((void *)table->rows[i].values);
    free(table->rows);
    *table = (struct table){0};
  }
  listing->bytes = 0;
}

static void destroy(void *thing) {
  struct osmflow_mapflow_listing *listing = thing;
  clear_rows(listing);
  free((void *)listing->wish.where);
  free((void *)listing->wish.order_by);
  free((void *)listing->wish.area);
  osmflow_mapflow_connection_clear(&listing->connection);
  free(listing);
}

static enum osmflow_status copy(const char *text, const char **copied, struct osmflow_error *error) {
  *copied = text ? strdup(text) : NULL;
  return text && !*copied ? osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a filter") : OSMFLOW_OK;
}

static enum osmflow_status make(const void *recipe, void **thing, struct osmflow_error *error) {
  const struct recipe *from = recipe;
  struct osmflow_mapflow_listing *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a list");
  osmflow_mapflow_connection_init(&made->connection);
  made->wish = *from->wish;
  made->wish.where = made->wish.order_by = made->wish.area = NULL;
  enum osmflow_status status =
      osmflow_mapflow_connection_parse(from->connection->environment, from->connection->text,
                                       (const char *const *)from->connection->options, &made->connection, error);
  if (status == OSMFLOW_OK)
    status = copy(from->wish->where, &made->wish.where, error);
  if (status == OSMFLOW_OK)
    status = copy(from->wish->order_by, &made->wish.order_by, error);
  if (status == OSMFLOW_OK)
    status = copy(from->wish->area, &made->wish.area, error);
  if (status == OSMFLOW_OK)
    *thing = made;
  else
    destroy(made);
  return status;
}

/* Values and their texts in one block. */
static enum osmflow_status copy_row(const struct osmflow_mapflow_row *row, size_t columns,
                                    struct osmflow_mapflow_row *copied, size_t *bytes, struct osmflow_error *error) {
  size_t size = columns * sizeof *row->values + row->geometry.size + 1;
  for (size_t i = 0; i < columns; i++)
    size += row->values[i].text.size + 1;
  struct osmflow_value *values = malloc(size);
  if (!values)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a row");
  char *end = (char *)(values + columns);
  memcpy(values, row->values, columns * sizeof *values);
  for (size_t i = 0; i <= columns; i++) {
    const struct osmflow_text from = i < columns ? row->values[i].text : row->geometry;
    if (from.size > 0)
      memcpy(end, from.data, from.size);
    end[from.size] = '\0';
    const struct osmflow_text ours = {end, from.size};
    if (i < columns)
      values[i].text = ours;
    else
      copied->geometry = ours;
    end += from.size + 1;
  }
  copied->fid = row->fid;
  copied->values = values;
  *bytes += size;
  return OSMFLOW_OK;
}

static enum osmflow_status add_row(struct osmflow_mapflow_listing *listing, struct table *table, size_t columns,
                                   const struct osmflow_mapflow_row *row, struct osmflow_error *error) {
  void *rows = table->rows;
  enum osmflow_status status =
      osmflow_array_reserve(&rows, &table->capacity, table->count + 1, sizeof *table->rows, MOST_ROWS, error);
  table->rows = rows;
  if (status == OSMFLOW_OK && listing->bytes > most_bytes)
    status = osmflow_error_set(error, OSMFLOW_TOO_LARGE, "the list takes more than %zu MB: ask for less of it",
                               most_bytes >> 20);
  if (status == OSMFLOW_OK)
    status = copy_row(row, columns, &table->rows[table->count], &listing->bytes, error);
  table->count += status == OSMFLOW_OK;
  return status;
}

static enum osmflow_status read_table(struct osmflow_mapflow_listing *listing, size_t index,
                                      struct osmflow_mapflow_rows *rows, struct osmflow_error *error) {
  const size_t columns = osmflow_mapflow_schema(listing->connection.call.call_class, index)->column_count;
  const struct osmflow_mapflow_row *row = NULL;
  enum osmflow_status status = osmflow_mapflow_rows_next(rows, &row, error);
  while (status == OSMFLOW_OK && row) {
    status = add_row(listing, &listing->tables[index], columns, row, error);
    if (status == OSMFLOW_OK)
      status = osmflow_mapflow_rows_next(rows, &row, error);
  }
  return status;
}

static enum osmflow_status read_tables(struct osmflow_mapflow_listing *listing, const struct osmflow_mapflow *mapflow,
                                       struct osmflow_error *error) {
  const struct osmflow_mapflow_call *call = &listing->connection.call;
  const size_t count = osmflow_mapflow_schema_count(call->call_class);
  struct osmflow_mapflow_rows *rows = NULL;
  enum osmflow_status status = osmflow_mapflow_rows_new(mapflow, call, 0, &listing->wish, &rows, error);
  for (size_t index = 0; status == OSMFLOW_OK && index < count && index < MOST_TABLES; index++) {
    if (index > 0)
      status = osmflow_mapflow_rows_restart(rows, index, &listing->wish, error);
    if (status == OSMFLOW_OK)
      status = read_table(listing, index, rows, error);
  }
  osmflow_mapflow_rows_free(rows);
  return status;
}

static enum osmflow_status load(void *thing, struct osmflow_error *error) {
  struct osmflow_mapflow_listing *listing = thing;
  const struct osmflow_mapflow_options server = osmflow_mapflow_connection_server(&listing->connection);
  struct osmflow_mapflow mapflow = {0};
  clear_rows(listing);
  enum osmflow_status status = osmflow_mapflow_open(&mapflow, listing->connection.environment, &server, error);
  if (status == OSMFLOW_OK) {
    status = read_tables(listing, &mapflow, error);
    osmflow_mapflow_close(&mapflow);
  }
  return status;
}

static const struct osmflow_shared_class listing_class = {"listing", make, load, destroy};

static enum osmflow_status print_group(const struct osmflow_mapflow_connection *connection, struct osmflow_bytes *group,
                                       struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_mapflow_connection_group(connection, group, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(group, " listings", error) : status;
}

static enum osmflow_status print_key(const struct recipe *recipe, struct osmflow_bytes *key,
                                     struct osmflow_error *error) {
  const struct osmflow_mapflow_wish *wish = recipe->wish;
  const enum osmflow_status status = osmflow_mapflow_connection_key(recipe->connection, key, error);
  return status == OSMFLOW_OK
             ? osmflow_bytes_print(key, error, "\n%d %d %lld\n%s\n%s\n%s", wish->with_aois, wish->is_descending,
                                   (long long)wish->limit, wish->where ? wish->where : "",
                                   wish->order_by ? wish->order_by : "", wish->area ? wish->area : "")
             : status;
}

enum osmflow_status osmflow_mapflow_listing_acquire(const struct osmflow_mapflow_connection *connection,
                                                    const struct osmflow_mapflow_wish *wish,
                                                    struct osmflow_shared **shared, struct osmflow_error *error) {
  const struct recipe recipe = {connection, wish};
  struct osmflow_bytes key, group;
  osmflow_bytes_init(&key, KEY_CEILING);
  osmflow_bytes_init(&group, KEY_CEILING);
  enum osmflow_status status = print_group(connection, &group, error);
  if (status == OSMFLOW_OK)
    status = print_key(&recipe, &key, error);
  if (status == OSMFLOW_OK)
    status = osmflow_shared_acquire(connection->environment, &listing_class, osmflow_bytes_string(&group),
                                    osmflow_bytes_string(&key), &recipe, shared, error);
  osmflow_bytes_clear(&key);
  osmflow_bytes_clear(&group);
  return status;
}

enum osmflow_status osmflow_mapflow_listing_load(struct osmflow_shared *shared,
                                                 const struct osmflow_mapflow_listing **listing,
                                                 struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_shared_load(shared, error);
  *listing = status == OSMFLOW_OK ? osmflow_shared_thing(shared) : NULL;
  return status;
}

bool osmflow_mapflow_listing_is_loaded(const struct osmflow_mapflow_connection *connection,
                                       const struct osmflow_mapflow_wish *wish) {
  const struct recipe recipe = {connection, wish};
  struct osmflow_bytes key;
  osmflow_bytes_init(&key, KEY_CEILING);
  const bool is_loaded = print_key(&recipe, &key, NULL) == OSMFLOW_OK &&
                         osmflow_shared_is_loaded(&listing_class, osmflow_bytes_string(&key));
  osmflow_bytes_clear(&key);
  return is_loaded;
}

void osmflow_mapflow_listings_forget(const struct osmflow_mapflow_connection *connection) {
  struct osmflow_bytes group;
  osmflow_bytes_init(&group, KEY_CEILING);
  if (print_group(connection, &group, NULL) == OSMFLOW_OK)
    osmflow_shared_forget(osmflow_bytes_string(&group));
  osmflow_bytes_clear(&group);
}

size_t osmflow_mapflow_listing_count(const struct osmflow_mapflow_listing *listing, size_t index) {
  return listing->tables[index].count;
}

const struct osmflow_mapflow_row *osmflow_mapflow_listing_row(const struct osmflow_mapflow_listing *listing,
                                                              size_t index, size_t place) {
  const struct table *table = &listing->tables[index];
  return place < table->count ? &table->rows[place] : NULL;
}

const struct osmflow_mapflow_row *osmflow_mapflow_listing_find(const struct osmflow_mapflow_listing *listing,
                                                               size_t index, int64_t fid) {
  const struct table *table = &listing->tables[index];
  size_t place = 0;
  while (place < table->count && table->rows[place].fid != fid)
    place++;
  return osmflow_mapflow_listing_row(listing, index, place);
}
