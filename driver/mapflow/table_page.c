/* Asking for pages, and knowing when there are no more. */
#include <stdlib.h>

#include "base/number.h"
#include "mapflow/table_parts.h"

enum {
  MOST_PER_PAGE = 100,
  LEAST_PER_PAGE = 20,
  STATS_PER_PAGE = 100,
  LONGEST_BODY = 16 * 1024 * 1024,
  LONGEST_PATH = 64 * 1024,
  LONGEST_ANSWER = 256 * 1024 * 1024,
  MOST_SWEEPS = 2
};

static int64_t number_parameter(const struct osmflow_mapflow_call *call, const char *name, int64_t otherwise) {
  const char *text = osmflow_mapflow_call_parameter(call, name);
  int64_t number = otherwise;
  if (text)
    (void)osmflow_parse_int(osmflow_text_trim(osmflow_text(text)), 0, INT32_MAX, &number);
  return number;
}

static void forget_page(struct osmflow_mapflow_pages *pages) {
  osmflow_tree_free(pages->tree);
  pages->tree = NULL;
  pages->top = NULL;
}

enum osmflow_status osmflow_mapflow_pages_init(
    struct osmflow_mapflow_pages *pages, const struct osmflow_mapflow *mapflow, const struct osmflow_mapflow_call *call,
    const struct osmflow_mapflow_table_class *table_class, const struct osmflow_mapflow_schema *schema,
    const struct osmflow_mapflow_wish *wish, int64_t limit, struct osmflow_error *error) {
  const bool is_stats = table_class->asking == OSMFLOW_MAPFLOW_ASK_STATS;
  *pages = (struct osmflow_mapflow_pages){
      .mapflow = mapflow, .call = call, .table_class = table_class, .total = -1, .wanted = MOST_PER_PAGE};
  osmflow_bytes_init(&pages->wishes, LONGEST_BODY);
  pages->first = is_stats ? number_parameter(call, "page", 1) : number_parameter(call, "offset", 0);
  pages->next = pages->first;
  pages->is_plain = table_class->asking == OSMFLOW_MAPFLOW_ASK_ONCE || table_class->asking == OSMFLOW_MAPFLOW_ASK_WORD;
  if (limit > 0 && limit < MOST_PER_PAGE)
    pages->wanted = limit > LEAST_PER_PAGE ? limit : LEAST_PER_PAGE;
  if (is_stats)
    pages->wanted = number_parameter(call, "perPage", STATS_PER_PAGE);
  return pages->is_plain
             ? OSMFLOW_OK
             : osmflow_mapflow_wish_print(table_class, schema, call, wish, &pages->wishes, &pages->is_searching, error);
}

void osmflow_mapflow_pages_clear(struct osmflow_mapflow_pages *pages) {
  forget_page(pages);
  osmflow_bytes_clear(&pages->wishes);
  *pages = (struct osmflow_mapflow_pages){.is_last = true};
}

static enum osmflow_status print_path(const char *pattern, const struct osmflow_mapflow_call *call,
                                      struct osmflow_bytes *path, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (; status == OSMFLOW_OK && *pattern; pattern++)
    status = *pattern == '*' ? osmflow_bytes_add_string(path, call->id ? call->id : "", error)
                             : osmflow_bytes_add(path, pattern, 1, error);
  return status;
}

/* Only tags go into the address: those of the list of mosaics. */
static enum osmflow_status print_tags(const struct osmflow_mapflow_call *call, struct osmflow_bytes *path,
                                      struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  const char *mark = "?";
  for (size_t i = 0; status == OSMFLOW_OK && i < call->parameter_count; i++) {
    if (strcmp(call->parameters[i].name, "tags") != 0)
      continue;
    status = osmflow_bytes_print(path, error, "%stags=", mark);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_url(path, osmflow_text(call->parameters[i].value), "", error);
    mark = "&";
  }
  return status;
}

static enum osmflow_status parse(struct osmflow_text text, const char *path, struct osmflow_mapflow_pages *pages,
                                 struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_tree_parse(OSMFLOW_TREE_JSON, text, &pages->tree, &pages->top, error);
  if (status != OSMFLOW_OK)
    osmflow_error_prefix(error, "%s: the answer is not what the API gives: ", path);
  return status;
}

static enum osmflow_status refuse_page(const char *path, struct osmflow_error *error) {
  return osmflow_error_set(
      error, OSMFLOW_BAD_DATA,
      "%s: a web page came instead of the API's answer; is MAPFLOW_URL right, and does the network "
      "ask for a login?",
      path);
}

/* "2.5.0" as {"version":"2.5.0"}. */
static enum osmflow_status read_word(struct osmflow_text text, const char *path, struct osmflow_mapflow_pages *pages,
                                     struct osmflow_error *error) {
  struct osmflow_bytes json;
  text = osmflow_text_trim(text);
  if (text.size > 0 && text.data[0] == '<')
    return refuse_page(path, error);
  if (text.size > 0 && text.data[0] == '{')
    return parse(text, path, pages, error);
  if (text.size > 1 && text.data[0] == '"' && text.data[text.size - 1] == '"')
    text = (struct osmflow_text){text.data + 1, text.size - 2};
  if (text.size == 0 || text.size > 200 || !osmflow_text_is_utf8(text))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: the answer is no version", path);
  osmflow_bytes_init(&json, LONGEST_BODY);
  enum osmflow_status status = osmflow_bytes_print(&json, error, "{\"%s\":", path);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_json(&json, text, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add(&json, "}", 1, error);
  if (status == OSMFLOW_OK)
    status = parse(osmflow_bytes_view(&json), path, pages, error);
  osmflow_bytes_clear(&json);
  return status;
}

/* Statistics: JSON or CSV, whichever comes. */
static enum osmflow_status read_stats(struct osmflow_text text, const char *path, struct osmflow_mapflow_pages *pages,
                                      struct osmflow_error *error) {
  const struct osmflow_text trimmed = osmflow_text_trim(text);
  struct osmflow_bytes json;
  if (trimmed.size > 0 && trimmed.data[0] == '<')
    return refuse_page(path, error);
  if (trimmed.size > 0 && (trimmed.data[0] == '{' || trimmed.data[0] == '['))
    return parse(trimmed, path, pages, error);
  osmflow_bytes_init(&json, LONGEST_ANSWER);
  enum osmflow_status status = osmflow_mapflow_csv_to_json(text, &json, error);
  if (status == OSMFLOW_OK)
    status = parse(osmflow_bytes_view(&json), path, pages, error);
  osmflow_bytes_clear(&json);
  return status;
}

static enum osmflow_status ask_bytes(struct osmflow_mapflow_pages *pages, const struct osmflow_mapflow_request *request,
                                     struct osmflow_error *error) {
  struct osmflow_bytes answer;
  osmflow_bytes_init(&answer, LONGEST_ANSWER);
  enum osmflow_status status = osmflow_mapflow_send(pages->mapflow, request, &answer, NULL, error);
  if (status == OSMFLOW_OK)
    status = pages->table_class->asking == OSMFLOW_MAPFLOW_ASK_WORD
                 ? read_word(osmflow_bytes_view(&answer), request->path, pages, error)
                 : read_stats(osmflow_bytes_view(&answer), request->path, pages, error);
  osmflow_bytes_clear(&answer);
  return status;
}

static enum osmflow_status ask_plain(struct osmflow_mapflow_pages *pages, struct osmflow_error *error) {
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, LONGEST_PATH);
  enum osmflow_status status = print_path(pages->table_class->path, pages->call, &path, error);
  if (status == OSMFLOW_OK)
    status = print_tags(pages->call, &path, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_mapflow_request request = {"GET", osmflow_bytes_string(&path), NULL, true};
    status = pages->table_class->asking == OSMFLOW_MAPFLOW_ASK_WORD
                 ? ask_bytes(pages, &request, error)
                 : osmflow_mapflow_ask(pages->mapflow, &request, &pages->tree, &pages->top, error);
  }
  osmflow_bytes_clear(&path);
  return status;
}

static enum osmflow_status print_request(const struct osmflow_mapflow_pages *pages, struct osmflow_bytes *path,
                                         struct osmflow_bytes *body, struct osmflow_error *error) {
  const bool is_stats = pages->table_class->asking == OSMFLOW_MAPFLOW_ASK_STATS;
  const char *type = osmflow_mapflow_call_parameter(pages->call, "type");
  enum osmflow_status status = print_path(pages->table_class->page_path, pages->call, path, error);
  if (status == OSMFLOW_OK && is_stats)
    status = osmflow_bytes_print(path, error, "?type=%s",
                                 type && osmflow_text_is_ignoring_case(osmflow_text(type), "CSV") ? "CSV" : "JSON");
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(body, error,
                                 is_stats ? "{\"perPage\":%lld,\"page\":%lld" : "{\"limit\":%lld,\"offset\":%lld",
                                 (long long)pages->wanted, (long long)pages->next);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_text(body, osmflow_bytes_view(&pages->wishes), error);
  return status == OSMFLOW_OK ? osmflow_bytes_add(body, "}", 1, error) : status;
}

static enum osmflow_status ask_page(struct osmflow_mapflow_pages *pages, struct osmflow_error *error) {
  struct osmflow_bytes path, body;
  osmflow_bytes_init(&path, LONGEST_PATH);
  osmflow_bytes_init(&body, LONGEST_BODY);
  enum osmflow_status status = print_request(pages, &path, &body, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_mapflow_request request = {"POST", osmflow_bytes_string(&path), osmflow_bytes_string(&body),
                                                    true};
    status = pages->table_class->asking == OSMFLOW_MAPFLOW_ASK_STATS
                 ? ask_bytes(pages, &request, error)
                 : osmflow_mapflow_ask(pages->mapflow, &request, &pages->tree, &pages->top, error);
  }
  osmflow_bytes_clear(&path);
  osmflow_bytes_clear(&body);
  return status;
}

static void note_total(struct osmflow_mapflow_pages *pages) {
  const struct osmflow_tree_node *node = osmflow_tree_child(pages->top, "total");
  int64_t total = -1;
  if (pages->is_plain || !node || node->kind != OSMFLOW_TREE_NUMBER ||
      !osmflow_parse_int(node->text, 0, INT64_MAX, &total))
    return;
  pages->has_changed = pages->has_changed || (pages->total >= 0 && pages->total != total);
  pages->total = total;
}

enum osmflow_status osmflow_mapflow_pages_next(struct osmflow_mapflow_pages *pages, struct osmflow_error *error) {
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  const bool is_first = pages->next == pages->first && pages->known == 0 && pages->sweeps == 0;
  forget_page(pages);
  enum osmflow_status status = pages->is_plain ? ask_plain(pages, &reason) : ask_page(pages, &reason);
  /* A server without such a listing has one without pages. */
  if (status != OSMFLOW_OK && is_first && !pages->is_plain && pages->table_class->path &&
      (reason.http_status == 404 || reason.http_status == 405 || reason.http_status == 501)) {
    forget_page(pages);
    pages->is_plain = true;
    status = ask_plain(pages, &reason);
  }
  if (status == OSMFLOW_OK)
    note_total(pages);
  else if (error)
    *error = reason;
  return status;
}

/* The listing changed while it was read: rows may have moved past us, so it is read again for those. */
static bool sweep_again(struct osmflow_mapflow_pages *pages) {
  if (!pages->has_changed || pages->sweeps == MOST_SWEEPS)
    return false;
  pages->has_changed = false;
  pages->sweeps++;
  pages->next = pages->first;
  return true;
}

/* How many rows of the listing have been passed: those before the first page, too. */
static int64_t passed(const struct osmflow_mapflow_pages *pages) {
  return pages->table_class->asking == OSMFLOW_MAPFLOW_ASK_STATS ? (pages->first - 1) * pages->wanted + pages->known
                                                                 : pages->next;
}

static enum osmflow_status end(struct osmflow_mapflow_pages *pages, struct osmflow_error *error) {
  const int64_t before = passed(pages);
  pages->is_last = !sweep_again(pages);
  if (!pages->is_last || pages->sweeps > 0 || pages->is_searching || before >= pages->total)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                           "%s: the server says that there are %lld, but its pages end after %lld",
                           pages->call->call_class->name, (long long)pages->total, (long long)before);
}

enum osmflow_status osmflow_mapflow_pages_note(struct osmflow_mapflow_pages *pages, int64_t rows, int64_t new_rows,
                                               struct osmflow_error *error) {
  const bool is_stats = pages->table_class->asking == OSMFLOW_MAPFLOW_ASK_STATS;
  const bool is_repeated = rows > 0 && new_rows == 0 && pages->sweeps == 0;
  pages->known += new_rows;
  pages->is_last = pages->is_plain || (is_stats && osmflow_mapflow_call_parameter(pages->call, "page"));
  if (!is_repeated)
    pages->next += is_stats ? 1 : rows;
  if (pages->is_last)
    return OSMFLOW_OK;
  if (rows == 0 || is_repeated)
    return end(pages, error);
  const int64_t reached = passed(pages);
  if (pages->total > reached)
    return OSMFLOW_OK;
  if (pages->total == reached || pages->has_changed)
    return end(pages, error);
  pages->is_last = rows < pages->wanted; /* it does not tell, or not the truth */
  return OSMFLOW_OK;
}
