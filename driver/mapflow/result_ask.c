#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "mapflow/refusal.h"
#include "mapflow/result_parts.h"

/* What there is to read: one processing, or all of a project, whose objects say whether they have a result. */

enum {
  LONGEST_WORDS = 8 * 1024,
  LONGEST_PATH = 2048,
  LONGEST_KEY = 8192,
  PAGE = 100,
  MOST_PROCESSINGS = 100000,
  MOST_NAMED = 10
};

static struct osmflow_text text_at(const struct osmflow_tree_node *node, const char *path) {
  static const struct osmflow_text none = {"", 0};
  const struct osmflow_tree_node *found = osmflow_tree_at(node, path);
  const bool is_text = found && (found->kind == OSMFLOW_TREE_STRING || found->kind == OSMFLOW_TREE_NUMBER);
  return is_text ? found->text : none;
}

static bool is_ok(const struct osmflow_tree_node *processing) {
  return osmflow_text_is_ignoring_case(text_at(processing, "status"), "OK");
}

static char *copy_of(const struct osmflow_tree_node *processing, const char *path) {
  const struct osmflow_text text = text_at(processing, path);
  return strndup(text.data, text.size);
}

static enum osmflow_status make_path(const struct osmflow_result_set *set, struct osmflow_result_document *document,
                                     struct osmflow_error *error) {
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, LONGEST_PATH);
  enum osmflow_status status = osmflow_bytes_add_string(&path, "processings/", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_url(&path, osmflow_text(document->id), "", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&path, set->aoi ? "/result?aoiId=" : "/result", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_url(&path, osmflow_text(set->aoi ? set->aoi : ""), "", error);
  document->path = osmflow_bytes_take(&path);
  return status;
}

/* All that makes it another document; without the time of its last change nothing is kept. */
static enum osmflow_status make_key(const struct osmflow_result_set *set, const char *root,
                                    struct osmflow_result_document *document, struct osmflow_error *error) {
  struct osmflow_bytes key;
  osmflow_bytes_init(&key, LONGEST_KEY);
  if (!set->cache_folder || !*document->updated)
    return OSMFLOW_OK;
  const enum osmflow_status status =
      osmflow_bytes_print(&key, error, "mapflow result\n%s\n%s\n%s\n%s\n%" PRId64, root, document->id,
                          set->aoi ? set->aoi : "", document->updated, document->revision);
  document->cache_key = osmflow_bytes_take(&key);
  return status;
}

static enum osmflow_status take_document(struct osmflow_result_set *set, const char *root,
                                         const struct osmflow_tree_node *processing, const char *id,
                                         struct osmflow_error *error) {
  struct osmflow_result_document *document = NULL;
  enum osmflow_status status = osmflow_result_document_add(set, &document, error);
  if (status != OSMFLOW_OK)
    return status;
  document->id = id ? strdup(id) : copy_of(processing, "id");
  document->name = copy_of(processing, "name");
  document->model = copy_of(processing, "workflowDef/name");
  document->created = copy_of(processing, "created");
  document->updated = copy_of(processing, "updated");
  document->revision = -1;
  if (!osmflow_parse_int(text_at(processing, "currentRevision"), 0, INT64_MAX, &document->revision))
    document->revision = -1;
  if (!document->id || !document->name || !document->model || !document->created || !document->updated)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a list of processings");
  osmflow_result_document_set_created(document);
  status = make_path(set, document, error);
  return status == OSMFLOW_OK ? make_key(set, root, document, error) : status;
}

static enum osmflow_status note_facts(struct osmflow_result_set *set, const struct osmflow_tree_node *processing,
                                      struct osmflow_error *error) {
  static const struct {
    const char *name, *path;
  } facts[] = {{"PROCESSING_NAME", "name"},
               {"PROCESSING_DESCRIPTION", "description"},
               {"PROCESSING_STATUS", "status"},
               {"PROCESSING_CREATED", "created"},
               {"PROCESSING_UPDATED", "updated"},
               {"REVISION", "currentRevision"},
               {"PROJECT_ID", "projectId"},
               {"MODEL", "workflowDef/name"},
               {"MODEL_ID", "workflowDef/id"},
               {"AOI_COUNT", "aoiCount"},
               {"AREA", "area"},
               {"COST", "cost"},
               {"TILE_URL", "vectorLayer/tileUrl"},
               {"TILE_JSON_URL", "vectorLayer/tileJsonUrl"}};
  enum osmflow_status status = osmflow_result_fact_add(set, "PROCESSING_ID", set->id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_result_fact_add(set, "AOI_ID", set->aoi, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof facts / sizeof facts[0]; i++) {
    char *value = copy_of(processing, facts[i].path);
    status = osmflow_result_fact_add(set, facts[i].name, value, error);
    free(value);
  }
  return status;
}

/* What it is instead, in words: its status, how far it is, its messages. */
static enum osmflow_status refuse(const struct osmflow_result_set *set, const struct osmflow_tree_node *processing,
                                  struct osmflow_error *error) {
  const struct osmflow_text name = text_at(processing, "name"), state = text_at(processing, "status");
  const struct osmflow_text percent = text_at(processing, "percentCompleted");
  const struct osmflow_tree_node *messages = osmflow_tree_child(processing, "messages");
  struct osmflow_bytes words;
  osmflow_bytes_init(&words, LONGEST_WORDS);
  if (state.size == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "processing %s: the server's answer has no status, so it is no processing", set->id);
  const bool has_messages = messages && messages->first &&
                            osmflow_mapflow_messages_print(messages, &words, NULL) == OSMFLOW_OK && words.size > 0;
  const bool shows_percent = osmflow_text_is_ignoring_case(state, "IN_PROGRESS") && percent.size > 0;
  osmflow_error_set(
      error, OSMFLOW_UNSUPPORTED, "processing %s \"%.200s\" has no result: its status is %.*s%s%.*s%s: %s%s%.1000s",
      set->id, name.data, OSMFLOW_TEXT_ARGUMENTS(state), shows_percent ? " (" : "",
      shows_percent ? (int)percent.size : 0, percent.data, shows_percent ? " %)" : "",
      osmflow_mapflow_status_words(state), has_messages ? ": " : "", has_messages ? osmflow_bytes_string(&words) : "");
  osmflow_bytes_clear(&words);
  return OSMFLOW_UNSUPPORTED;
}

static enum osmflow_status ask_processing(struct osmflow_result_set *set, const struct osmflow_mapflow *mapflow,
                                          struct osmflow_error *error) {
  struct osmflow_bytes path;
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  osmflow_bytes_init(&path, LONGEST_PATH);
  enum osmflow_status status = osmflow_bytes_add_string(&path, "processings/", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_url(&path, osmflow_text(set->id), "", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&path, "/v2", error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_get(mapflow, osmflow_bytes_string(&path), &tree, &top, error);
  if (status == OSMFLOW_OK && !is_ok(top))
    status = refuse(set, top, error);
  if (status == OSMFLOW_OK)
    status = note_facts(set, top, error);
  if (status == OSMFLOW_OK)
    status = take_document(set, mapflow->root, top, set->id, error);
  osmflow_tree_free(tree);
  osmflow_bytes_clear(&path);
  return status;
}

/* The processings of a project, page by page. */
struct listing {
  struct osmflow_result_set *set;
  const struct osmflow_mapflow *mapflow;
  struct osmflow_pool ids; /* that were seen */
  struct osmflow_bytes left_out;
  size_t left_out_count;
  int64_t total; /* what the last page said, -1: nothing */
  bool has_changed, is_second_sweep;
};

static enum osmflow_status leave_out(struct listing *listing, const struct osmflow_tree_node *processing,
                                     struct osmflow_error *error) {
  const struct osmflow_text name = text_at(processing, "name"), state = text_at(processing, "status");
  if (++listing->left_out_count > MOST_NAMED)
    return OSMFLOW_OK;
  return osmflow_bytes_print(&listing->left_out, error, "%s\"%.100s\" (%.*s)", listing->left_out_count > 1 ? ", " : "",
                             name.data, OSMFLOW_TEXT_ARGUMENTS(state));
}

static enum osmflow_status take_row(struct listing *listing, const struct osmflow_tree_node *processing,
                                    struct osmflow_error *error) {
  const struct osmflow_text id = text_at(processing, "id");
  const size_t before = listing->ids.count;
  uint32_t number = 0;
  if (id.size == 0 || before >= MOST_PROCESSINGS)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "project %s: the server's list holds something that is no processing, or too many",
                             listing->set->id);
  const enum osmflow_status status = osmflow_pool_add(&listing->ids, id, &number, error);
  if (status != OSMFLOW_OK || listing->ids.count == before)
    return status;
  return is_ok(processing) ? take_document(listing->set, listing->mapflow->root, processing, NULL, error)
                           : leave_out(listing, processing, error);
}

static enum osmflow_status take_rows(struct listing *listing, const struct osmflow_tree_node *rows,
                                     struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (!rows || rows->kind != OSMFLOW_TREE_ARRAY)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "project %s: the server's answer is no list of processings",
                             listing->set->id);
  for (const struct osmflow_tree_node *row = rows->first; status == OSMFLOW_OK && row; row = row->next)
    status = take_row(listing, row, error);
  return status;
}

static size_t count_rows(const struct osmflow_tree_node *rows) {
  size_t count = 0;
  for (const struct osmflow_tree_node *row = rows ? rows->first : NULL; row; row = row->next)
    count++;
  return count;
}

/* The total of a page; -1: it does not say. */
static int64_t note_total(struct listing *listing, const struct osmflow_tree_node *top) {
  int64_t total = -1;
  if (!osmflow_parse_int(text_at(top, "total"), 0, INT64_MAX, &total))
    return -1;
  listing->has_changed = listing->has_changed || (listing->total >= 0 && listing->total != total);
  listing->total = total;
  return total;
}

/* Pages may be shorter than was asked for. Where they end before what the server itself says, something is missing. */
static enum osmflow_status ask_page(struct listing *listing, const char *path, size_t *offset, bool *is_last,
                                    struct osmflow_error *error) {
  char body[160];
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  const size_t before = listing->ids.count;
  snprintf(body, sizeof body, "{\"limit\":%d,\"offset\":%zu,\"sortBy\":\"CREATED\",\"sortOrder\":\"ASC\"}", PAGE,
           *offset);
  const struct osmflow_mapflow_request request = {"POST", path, body, true};
  enum osmflow_status status = osmflow_mapflow_ask(listing->mapflow, &request, &tree, &top, error);
  if (status == OSMFLOW_OK)
    status = take_rows(listing, osmflow_tree_child(top, "results"), error);
  if (status == OSMFLOW_OK) {
    const int64_t total = note_total(listing, top);
    const size_t rows = count_rows(osmflow_tree_child(top, "results"));
    const bool is_repeated = !listing->is_second_sweep && listing->ids.count == before;
    *offset += rows;
    *is_last = rows == 0 || is_repeated || *offset > MOST_PROCESSINGS || (total >= 0 && (int64_t)*offset >= total);
    if (*is_last && !listing->has_changed && (int64_t)listing->ids.count < total)
      status = osmflow_error_set(error, OSMFLOW_BAD_DATA,
                                 "project %s: the server says that it has %" PRId64
                                 " processings, but its pages end after %zu; try again",
                                 listing->set->id, total, listing->ids.count);
  }
  osmflow_tree_free(tree);
  return status;
}

/* What changed in between may have moved rows past us: then they are looked through once more. */
static enum osmflow_status ask_pages(struct listing *listing, const char *path, struct osmflow_error *error) {
  char page[LONGEST_PATH];
  enum osmflow_status status = OSMFLOW_OK;
  snprintf(page, sizeof page, "%s/page", path);
  for (int sweep = 0; status == OSMFLOW_OK && (sweep == 0 || (sweep == 1 && listing->has_changed)); sweep++) {
    size_t offset = 0;
    bool is_last = false;
    listing->is_second_sweep = sweep == 1;
    while (status == OSMFLOW_OK && !is_last)
      status = ask_page(listing, page, &offset, &is_last, error);
  }
  return status;
}

/* Servers have the pages, or one plain list, or both. */
static enum osmflow_status ask_list(struct listing *listing, const char *path, struct osmflow_error *error) {
  struct osmflow_error own = {.status = OSMFLOW_OK};
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status = ask_pages(listing, path, &own);
  const bool is_absent = own.http_status == 404 || own.http_status == 405 || own.http_status == 501;
  if (status != OSMFLOW_OK && is_absent && listing->ids.count == 0) {
    own = (struct osmflow_error){.status = OSMFLOW_OK};
    status = osmflow_mapflow_get(listing->mapflow, path, &tree, &top, &own);
    if (status == OSMFLOW_OK)
      status = take_rows(listing, top->kind == OSMFLOW_TREE_OBJECT ? osmflow_tree_child(top, "results") : top, &own);
  }
  osmflow_tree_free(tree);
  if (status != OSMFLOW_OK && error)
    *error = own;
  return status;
}

static int compare(const void *left, const void *right) {
  const struct osmflow_result_document *one = left, *other = right;
  const int order = strcmp(one->created, other->created);
  return order ? order : strcmp(one->id, other->id);
}

static void warn(const struct listing *listing) {
  const struct osmflow_environment *environment = listing->set->environment;
  char line[OSMFLOW_ERROR_SIZE];
  if (listing->left_out_count == 0)
    return;
  snprintf(line, sizeof line, "project %s: left out, because they have no result: %s%s", listing->set->id,
           osmflow_bytes_string(&listing->left_out), listing->left_out_count > MOST_NAMED ? " and others" : "");
  environment->log(environment->self, OSMFLOW_LOG_WARNING, line);
}

static enum osmflow_status note_project(const struct listing *listing, struct osmflow_error *error) {
  const struct {
    const char *name;
    size_t value;
  } counts[] = {{"PROCESSINGS", listing->set->document_count}, {"PROCESSINGS_LEFT_OUT", listing->left_out_count}};
  enum osmflow_status status = osmflow_result_fact_add(listing->set, "PROJECT_ID", listing->set->id, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof counts / sizeof counts[0]; i++) {
    char number[OSMFLOW_NUMBER_SIZE];
    osmflow_format_int(number, (int64_t)counts[i].value);
    status = osmflow_result_fact_add(listing->set, counts[i].name, number, error);
  }
  return status;
}

static enum osmflow_status ask_project(struct osmflow_result_set *set, const struct osmflow_mapflow *mapflow,
                                       struct osmflow_error *error) {
  struct listing listing = {.set = set, .mapflow = mapflow, .total = -1};
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, LONGEST_PATH / 2);
  osmflow_bytes_init(&listing.left_out, LONGEST_WORDS);
  osmflow_pool_init(&listing.ids);
  enum osmflow_status status = osmflow_bytes_add_string(&path, "projects/", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_url(&path, osmflow_text(set->id), "", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&path, "/processings/v2", error);
  if (status == OSMFLOW_OK)
    status = ask_list(&listing, osmflow_bytes_string(&path), error);
  if (status == OSMFLOW_OK)
    status = note_project(&listing, error);
  if (status == OSMFLOW_OK && set->document_count > 1)
    qsort(set->documents, set->document_count, sizeof *set->documents, compare);
  if (status == OSMFLOW_OK)
    warn(&listing);
  osmflow_pool_clear(&listing.ids);
  osmflow_bytes_clear(&listing.left_out);
  osmflow_bytes_clear(&path);
  return status;
}

enum osmflow_status osmflow_result_ask(struct osmflow_result_set *set, struct osmflow_error *error) {
  struct osmflow_mapflow mapflow;
  enum osmflow_status status = osmflow_mapflow_open(&mapflow, set->environment, &set->server, error);
  if (status != OSMFLOW_OK)
    return status;
  status = set->is_project ? ask_project(set, &mapflow, error) : ask_processing(set, &mapflow, error);
  osmflow_mapflow_close(&mapflow);
  return status;
}
