/* Which requests make a table.
 *
 * trackpoints: page=0, 1, ... until a page is not full, as the capabilities say how large a page is; where they do not
 * tell, until a page is empty. With page= in the call, that page alone.
 *
 * changesets: one query gives 100 or so, newest first. The next one asks for those created up to the second of the
 * oldest that is known (to=), or with order=oldest from the second of the newest (from=); what comes twice is left out.
 * limit= in the call is how many are wanted in all. Without it all are read, 10,000 at most; more is an error, because
 * a part of the answer must not pass for the whole. Without limit= and without any condition (the changesets of the
 * world) the newest 1,000 are read.
 *
 * notes: limit= is raised to what the server allows, unless the call has one. More notes than that in the bbox are an
 * error, for the same reason; notes/search gives the first ones in the order asked for.
 *
 * Everything else is one request. */
#include "osm/table.h"

#include <stdlib.h>

#include "base/number.h"
#include "osm/call_query.h"
#include "osm/table_load.h"
#include "osm/table_read.h"
#include "osm/table_rows.h"

enum {
  MOST_CHANGESETS = 10000,
  MOST_OF_THE_WORLD = 1000,
  MOST_ASKED_FOR = 1000000,
  USUAL_LIMIT = 100, /* every server gives so many changesets at once */
  LONGEST_VALUE = 1 << 16
};
static const char before_the_first[] = "2004-01-01T00:00:00Z"; /* to= needs from= */

struct load {
  const struct osmflow_table_server *server;
  const struct osmflow_fetch_progress *progress;
  struct osmflow_call call; /* its parameters change from page to page */
  const struct osmflow_table_call *rules;
  struct osmflow_table *table;
  struct osmflow_table_reader *reader;
  int64_t bytes;
};

static enum osmflow_status on_begin(void *self, const struct osmflow_http_response *response,
                                    struct osmflow_error *error) {
  struct load *load = self;
  if (load->rules->shape != OSMFLOW_TABLE_TEXT && strncmp(response->content_type, "text/html", 9) == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server answered with a web page (text/html), not with data");
  osmflow_table_reader_begin(load->reader);
  return OSMFLOW_OK;
}

static enum osmflow_status on_write(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct load *load = self;
  load->bytes += (int64_t)size;
  if (load->progress && !load->progress->report(load->progress->self, -1, load->bytes))
    return osmflow_error_set(error, OSMFLOW_CANCELLED, "reading %s was cancelled", load->call.path);
  return osmflow_table_reader_feed(load->reader, data, size, error);
}

static enum osmflow_status on_finish(void *self, struct osmflow_error *error) {
  struct load *load = self;
  return osmflow_table_reader_end(load->reader, error);
}

static bool ends_with(const char *text, const char *end) {
  const size_t size = strlen(text), end_size = strlen(end);
  return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* One request. *rows: how many the page had. */
static enum osmflow_status load_page(struct load *load, size_t *rows, struct osmflow_error *error) {
  const struct osmflow_http_sink sink = {load, on_begin, on_write, on_finish};
  const bool asks_json = load->rules->asks_json && !ends_with(load->call.path, ".json");
  enum osmflow_status status =
      load->server->get(load->server->self, &load->call, asks_json ? "application/json" : NULL, &sink, error);
  if (status != OSMFLOW_OK)
    return status;
  status = osmflow_table_reader_take(load->reader, rows, error);
  if (status != OSMFLOW_OK)
    osmflow_error_prefix(error, "%s: ", load->call.path);
  return status;
}

static bool has_parameter(const struct load *load, const char *name) {
  struct osmflow_bytes value;
  osmflow_bytes_init(&value, LONGEST_VALUE);
  const bool found = osmflow_call_parameter(&load->call, name, &value);
  osmflow_bytes_clear(&value);
  return found;
}

static enum osmflow_status set_number(struct load *load, const char *name, int64_t number,
                                      struct osmflow_error *error) {
  char text[OSMFLOW_NUMBER_SIZE];
  osmflow_format_int(text, number);
  return osmflow_call_set_parameter(&load->call, name, osmflow_text(text), error);
}

static enum osmflow_status set_time(struct load *load, const char *name, int64_t seconds, struct osmflow_error *error) {
  char text[OSMFLOW_NUMBER_SIZE];
  osmflow_format_time(text, seconds);
  return osmflow_call_set_parameter(&load->call, name, osmflow_text(text), error);
}

/* What the server allows. Servers that do not tell are taken for the usual one; *known says which it was. */
static enum osmflow_status ask_limits(struct load *load, struct osmflow_capabilities *limits, bool *known,
                                      struct osmflow_error *error) {
  const enum osmflow_status status = load->server->limits(load->server->self, load->call.root, limits, error);
  *known = status == OSMFLOW_OK;
  if (status == OSMFLOW_NOT_FOUND || status == OSMFLOW_HTTP || status == OSMFLOW_UNAUTHORIZED ||
      status == OSMFLOW_BAD_DATA) {
    osmflow_capabilities_default(limits);
    return OSMFLOW_OK;
  }
  return status;
}

static enum osmflow_status load_pages(struct load *load, struct osmflow_error *error) {
  struct osmflow_capabilities limits;
  bool known = false;
  size_t rows = 0;
  if (has_parameter(load, "page"))
    return load_page(load, &rows, error);
  enum osmflow_status status = ask_limits(load, &limits, &known, error);
  const size_t full = known ? (size_t)limits.trackpoints_page : 1;
  int64_t page = 0;
  do {
    if (status == OSMFLOW_OK)
      status = set_number(load, "page", page++, error);
    if (status == OSMFLOW_OK)
      status = load_page(load, &rows, error);
  } while (status == OSMFLOW_OK && rows >= full);
  return status;
}

static enum osmflow_status load_limited(struct load *load, struct osmflow_error *error) {
  struct osmflow_capabilities limits;
  bool known = false;
  size_t rows = 0;
  if (has_parameter(load, "limit"))
    return load_page(load, &rows, error);
  enum osmflow_status status = ask_limits(load, &limits, &known, error);
  if (status == OSMFLOW_OK)
    status = set_number(load, "limit", limits.notes_limit, error);
  if (status == OSMFLOW_OK)
    status = load_page(load, &rows, error);
  if (status == OSMFLOW_OK && load->rules->paging == OSMFLOW_TABLE_LIMIT && rows >= (size_t)limits.notes_limit)
    status = osmflow_error_set(error, OSMFLOW_TOO_LARGE,
                               "%s: the server gives %lld notes at once, and there may be more; choose a smaller bbox, "
                               "or say with limit= how many are enough",
                               load->call.path, (long long)limits.notes_limit);
  return status;
}

/* How many changesets are wanted; *is_all: there must not be more. */
static enum osmflow_status read_wish(const struct load *load, int64_t *most, bool *is_all,
                                     struct osmflow_error *error) {
  static const char *const conditions[] = {"user", "display_name", "bbox", "time", "from", "changesets"};
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_bytes limit;
  osmflow_bytes_init(&limit, LONGEST_VALUE);
  *is_all = false;
  if (osmflow_call_parameter(&load->call, "limit", &limit)) {
    if (!osmflow_parse_int(osmflow_bytes_view(&limit), 1, MOST_ASKED_FOR, most))
      status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "changesets: limit=%s is not a number from 1 to %d",
                                 osmflow_bytes_string(&limit), MOST_ASKED_FOR);
  } else {
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++)
      *is_all = *is_all || has_parameter(load, conditions[i]);
    *most = *is_all ? MOST_CHANGESETS : MOST_OF_THE_WORLD;
  }
  osmflow_bytes_clear(&limit);
  return status;
}

/* The time where the known changesets end: from there on the next page is asked for. */
static enum osmflow_status find_edge(const struct osmflow_table_rows *rows, size_t first, bool is_oldest_first,
                                     int64_t *edge, struct osmflow_error *error) {
  const size_t column = osmflow_table_column_number(rows->schema, "created_at");
  for (size_t i = first; i < rows->row_count; i++) {
    const struct osmflow_value *created = &rows->values[rows->rows[i].first_value + column];
    if (created->is_null)
      return osmflow_error_set(error, OSMFLOW_BAD_DATA, "changesets: %lld has no created_at",
                               (long long)rows->rows[i].fid);
    if (i == first || (is_oldest_first ? created->integer > *edge : created->integer < *edge))
      *edge = created->integer;
  }
  return OSMFLOW_OK;
}

/* A full page without anything new: more changesets were created in that one second than the server lists. */
static enum osmflow_status refuse_crowd(int64_t edge, size_t page, struct osmflow_error *error) {
  char text[OSMFLOW_NUMBER_SIZE];
  osmflow_format_time(text, edge);
  return osmflow_error_set(error, OSMFLOW_TOO_LARGE,
                           "changesets: more than %zu were created at %s, and the server does not list them all; ask "
                           "for some of them with changesets=",
                           page, text);
}

/* Sets the parameters of the page behind the edge. */
static enum osmflow_status go_on(struct load *load, bool is_oldest_first, int64_t edge, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (is_oldest_first)
    return set_time(load, "from", edge, error);
  if (!has_parameter(load, "from"))
    status = osmflow_call_set_parameter(&load->call, "from", osmflow_text(before_the_first), error);
  return status == OSMFLOW_OK ? set_time(load, "to", edge + 1, error) : status;
}

static enum osmflow_status walk(struct load *load, size_t most, size_t page, struct osmflow_error *error) {
  struct osmflow_table_rows *rows = &load->table->layers[0];
  struct osmflow_bytes order;
  osmflow_bytes_init(&order, LONGEST_VALUE);
  const bool is_oldest_first =
      osmflow_call_parameter(&load->call, "order", &order) && osmflow_text_is(osmflow_bytes_view(&order), "oldest");
  enum osmflow_status status = set_number(load, "limit", (int64_t)page, error);
  bool is_last = false;
  int64_t edge = 0;
  while (status == OSMFLOW_OK && !is_last) {
    const size_t known = rows->row_count;
    size_t count = 0;
    status = load_page(load, &count, error);
    is_last = count < page || rows->row_count >= most;
    if (status == OSMFLOW_OK && !is_last && rows->row_count == known)
      status = refuse_crowd(edge, page, error);
    if (status == OSMFLOW_OK && !is_last)
      status = find_edge(rows, known, is_oldest_first, &edge, error);
    if (status == OSMFLOW_OK && !is_last)
      status = go_on(load, is_oldest_first, edge, error);
  }
  osmflow_bytes_clear(&order);
  return status;
}

static enum osmflow_status load_back_in_time(struct load *load, struct osmflow_error *error) {
  struct osmflow_table_rows *rows = &load->table->layers[0];
  struct osmflow_capabilities limits;
  int64_t most = 0, page = USUAL_LIMIT;
  bool is_all = false, known = false;
  enum osmflow_status status = read_wish(load, &most, &is_all, error);
  if (status == OSMFLOW_OK && most > USUAL_LIMIT) {
    status = ask_limits(load, &limits, &known, error);
    page = limits.changesets_limit;
  }
  if (status == OSMFLOW_OK) /* one more than wanted tells whether that was all */
    status = walk(load, (size_t)most + is_all, (size_t)(most < page ? most : page), error);
  if (status == OSMFLOW_OK && is_all && rows->row_count > (size_t)most)
    status = osmflow_error_set(error, OSMFLOW_TOO_LARGE,
                               "changesets: more than %lld fit; narrow the query (user=, time=, bbox=), or say with "
                               "limit= how many are enough",
                               (long long)most);
  while (status == OSMFLOW_OK && rows->row_count > (size_t)most)
    osmflow_table_drop_row(rows);
  return status;
}

static enum osmflow_status copy_string(const char *string, char **copy, struct osmflow_error *error) {
  *copy = strdup(string ? string : "");
  return *copy ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a request");
}

static enum osmflow_status copy_call(const struct osmflow_call *call, struct osmflow_call *copy,
                                     struct osmflow_error *error) {
  *copy = *call;
  copy->file = copy->root = copy->path = copy->query = NULL;
  enum osmflow_status status = copy_string(call->root, &copy->root, error);
  if (status == OSMFLOW_OK)
    status = copy_string(call->path, &copy->path, error);
  if (status == OSMFLOW_OK)
    status = copy_string(call->query, &copy->query, error);
  return status;
}

/* The key of a preference is the path's last word. */
static enum osmflow_status read_key(const struct osmflow_call *call, struct osmflow_bytes *key,
                                    struct osmflow_error *error) {
  const char *slash = strrchr(call->path, '/');
  return osmflow_query_decode(osmflow_text(slash ? slash + 1 : call->path), false, key, error);
}

static enum osmflow_status load_all(struct load *load, struct osmflow_error *error) {
  size_t rows = 0;
  switch (load->rules->paging) {
    case OSMFLOW_TABLE_PAGES:
      return load_pages(load, error);
    case OSMFLOW_TABLE_BACK_IN_TIME:
      return load_back_in_time(load, error);
    case OSMFLOW_TABLE_LIMIT:
    case OSMFLOW_TABLE_NEWEST:
      return load_limited(load, error);
    case OSMFLOW_TABLE_ONE_PAGE:
      break;
  }
  return load_page(load, &rows, error);
}

enum osmflow_status osmflow_table_load_from(const struct osmflow_table_server *server, const struct osmflow_call *call,
                                            struct osmflow_table *table, const struct osmflow_fetch_progress *progress,
                                            struct osmflow_error *error) {
  struct load load = {.server = server, .progress = progress, .table = table};
  struct osmflow_bytes key;
  osmflow_bytes_init(&key, LONGEST_VALUE);
  enum osmflow_status status = osmflow_table_begin(table, call->call_class, error);
  if (status != OSMFLOW_OK)
    return status;
  load.rules = osmflow_table_call(call->call_class);
  status = copy_call(call, &load.call, error);
  if (status == OSMFLOW_OK && load.rules->shape == OSMFLOW_TABLE_TEXT)
    status = read_key(call, &key, error);
  if (status == OSMFLOW_OK)
    status = osmflow_table_reader_new(call->call_class, osmflow_bytes_view(&key), table, &load.reader, error);
  if (status == OSMFLOW_OK)
    status = load_all(&load, error);
  osmflow_table_reader_free(load.reader);
  osmflow_call_clear(&load.call);
  osmflow_bytes_clear(&key);
  if (status != OSMFLOW_OK)
    osmflow_table_clear(table);
  return status;
}
