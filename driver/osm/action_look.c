/* Looking whether an action has arrived whose answer was lost. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "osm/action_parts.h"

enum { URL_CEILING = 64 * 1024, ANSWER_CEILING = 256 * 1024 * 1024, PATH_SIZE = 400, MOST_FOUND = 1000000 };

void osmflow_action_found_clear(struct osmflow_action_found *found) {
  free(found->ids);
  *found = (struct osmflow_action_found){NULL, 0, 0};
}

static enum osmflow_status add_found(struct osmflow_action_found *found, int64_t id, struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_array_reserve((void **)&found->ids, &found->capacity, found->count + 1,
                                                           sizeof *found->ids, MOST_FOUND, error);
  if (status == OSMFLOW_OK)
    found->ids[found->count++] = id;
  return status;
}

static enum osmflow_status read_tree(struct osmflow_text document, struct osmflow_tree **tree,
                                     const struct osmflow_tree_node **top, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_XML, tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(*tree, document.data, document.size, error);
  return status == OSMFLOW_OK ? osmflow_tree_finish(*tree, top, error) : status;
}

enum osmflow_status osmflow_action_get(struct osmflow_http *http, const char *root, const char *path,
                                       enum osmflow_http_authorization authorization, struct osmflow_tree **tree,
                                       const struct osmflow_tree_node **top, struct osmflow_error *error) {
  struct osmflow_bytes url, answer;
  osmflow_bytes_init(&url, URL_CEILING);
  osmflow_bytes_init(&answer, ANSWER_CEILING);
  *tree = NULL;
  enum osmflow_status status = osmflow_bytes_print(&url, error, "%s/api/0.6/%s", root, path);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request request = {.method = "GET",
                                                 .url = osmflow_bytes_string(&url),
                                                 .authorization = authorization,
                                                 .repeatable = true,
                                                 .sink = osmflow_http_bytes_sink(&answer)};
    status = osmflow_http_perform(http, &request, NULL, error);
  }
  if (status == OSMFLOW_OK)
    status = read_tree(osmflow_bytes_view(&answer), tree, top, error);
  const struct osmflow_tree_node *failure = status == OSMFLOW_OK ? osmflow_tree_child(*top, "error") : NULL;
  if (failure)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: the server stopped in the middle: %.*s",
                               osmflow_bytes_string(&url), OSMFLOW_TEXT_ARGUMENTS(failure->text));
  osmflow_bytes_clear(&answer);
  osmflow_bytes_clear(&url);
  return status;
}

static struct osmflow_text text_at(const struct osmflow_tree_node *node, const char *path) {
  const struct osmflow_tree_node *found = osmflow_tree_at(node, path);
  return found ? found->text : (struct osmflow_text){NULL, 0};
}

static int64_t number_at(const struct osmflow_tree_node *node, const char *path) {
  int64_t number = 0;
  osmflow_parse_int(osmflow_text_trim(text_at(node, path)), 1, OSMFLOW_MOST_ID, &number);
  return number;
}

static bool is_blank(char byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Same words: line ends and blanks change on their way through forms, databases and XML. */
static bool says_the_same(struct osmflow_text left, struct osmflow_text right) {
  size_t i = 0, j = 0;
  while (i < left.size || j < right.size) {
    const size_t left_start = i, right_start = j;
    while (i < left.size && is_blank(left.data[i]))
      i++;
    while (j < right.size && is_blank(right.data[j]))
      j++;
    const bool inside = i < left.size && j < right.size && left_start > 0 && right_start > 0;
    if (inside && (i > left_start) != (j > right_start))
      return false;
    if (i == left.size || j == right.size)
      return i == left.size && j == right.size;
    if (left.data[i++] != right.data[j++])
      return false;
  }
  return true;
}

/* Notes at the same place that begin with the same text. */
static enum osmflow_status look_for_note(const struct osmflow_action *action, struct osmflow_http *http,
                                         struct osmflow_action_found *found, struct osmflow_error *error) {
  char path[PATH_SIZE], west[OSMFLOW_NUMBER_SIZE], south[OSMFLOW_NUMBER_SIZE], east[OSMFLOW_NUMBER_SIZE],
      north[OSMFLOW_NUMBER_SIZE];
  int32_t lat = 0, lon = 0, y = 0, x = 0;
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  (void)osmflow_parse_degrees(osmflow_action_parameter(action, "lat"), &lat);
  (void)osmflow_parse_degrees(osmflow_action_parameter(action, "lon"), &lon);
  osmflow_format_degrees(west, lon > -180 * OSMFLOW_DEGREE ? lon - 1 : lon);
  osmflow_format_degrees(south, lat > -90 * OSMFLOW_DEGREE ? lat - 1 : lat);
  osmflow_format_degrees(east, lon < 180 * OSMFLOW_DEGREE ? lon + 1 : lon);
  osmflow_format_degrees(north, lat < 90 * OSMFLOW_DEGREE ? lat + 1 : lat);
  snprintf(path, sizeof path, "notes?bbox=%s,%s,%s,%s&closed=-1&limit=100", west, south, east, north);
  enum osmflow_status status = osmflow_action_get(http, action->root, path, OSMFLOW_HTTP_IF_ANY, &tree, &top, error);
  const struct osmflow_text text = osmflow_action_parameter(action, "text");
  for (const struct osmflow_tree_node *note = status == OSMFLOW_OK ? top->first : NULL; note && status == OSMFLOW_OK;
       note = note->next) {
    if (!osmflow_text_is(note->name, "note") || !osmflow_parse_degrees(text_at(note, "lat"), &y) ||
        !osmflow_parse_degrees(text_at(note, "lon"), &x) || abs(y - lat) > 1 || abs(x - lon) > 1)
      continue;
    if (number_at(note, "id") > 0 && says_the_same(text_at(note, "comments/comment/text"), text))
      status = add_found(found, number_at(note, "id"), error);
  }
  osmflow_tree_free(tree);
  return status;
}

/* Comments of a note with the same text and doing the same, by their place among all. */
static enum osmflow_status look_at_note(const struct osmflow_action *action, struct osmflow_http *http,
                                        struct osmflow_action_found *found, struct osmflow_error *error) {
  static const struct {
    const char *name, *done;
  } deeds[] = {{"note/comment", "commented"}, {"note/close", "closed"}, {"note/reopen", "reopened"}};
  char path[PATH_SIZE];
  const char *done = "";
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  int64_t place = 0;
  for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
    if (strcmp(deeds[i].name, action->action_class->name) == 0)
      done = deeds[i].done;
  snprintf(path, sizeof path, "notes/%.30s", action->words[0]);
  enum osmflow_status status = osmflow_action_get(http, action->root, path, OSMFLOW_HTTP_IF_ANY, &tree, &top, error);
  const struct osmflow_tree_node *comments = status == OSMFLOW_OK ? osmflow_tree_at(top, "note/comments") : NULL;
  const struct osmflow_text text = osmflow_action_parameter(action, "text");
  for (const struct osmflow_tree_node *comment = comments ? comments->first : NULL; comment && status == OSMFLOW_OK;
       comment = comment->next) {
    place++;
    if (osmflow_text_is(text_at(comment, "action"), done) && says_the_same(text_at(comment, "text"), text))
      status = add_found(found, place, error);
  }
  osmflow_tree_free(tree);
  return status;
}

static enum osmflow_status look_at_discussion(const struct osmflow_action *action, struct osmflow_http *http,
                                              struct osmflow_action_found *found, struct osmflow_error *error) {
  char path[PATH_SIZE];
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  snprintf(path, sizeof path, "changeset/%.30s?include_discussion=true", action->words[0]);
  enum osmflow_status status = osmflow_action_get(http, action->root, path, OSMFLOW_HTTP_IF_ANY, &tree, &top, error);
  const struct osmflow_tree_node *all = status == OSMFLOW_OK ? osmflow_tree_at(top, "changeset/discussion") : NULL;
  const struct osmflow_text text = osmflow_action_parameter(action, "text");
  for (const struct osmflow_tree_node *comment = all ? all->first : NULL; comment && status == OSMFLOW_OK;
       comment = comment->next)
    if (number_at(comment, "id") > 0 && says_the_same(text_at(comment, "text"), text))
      status = add_found(found, number_at(comment, "id"), error);
  osmflow_tree_free(tree);
  return status;
}

/* The user's traces with the same description. Servers change names of files. */
static enum osmflow_status look_for_trace(const struct osmflow_action *action, struct osmflow_http *http,
                                          struct osmflow_action_found *found, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status =
      osmflow_action_get(http, action->root, "user/gpx_files", OSMFLOW_HTTP_REQUIRED, &tree, &top, error);
  const struct osmflow_text description = osmflow_action_parameter(action, "description");
  for (const struct osmflow_tree_node *trace = status == OSMFLOW_OK ? top->first : NULL; trace && status == OSMFLOW_OK;
       trace = trace->next)
    if (number_at(trace, "id") > 0 && says_the_same(text_at(trace, "description"), description))
      status = add_found(found, number_at(trace, "id"), error);
  osmflow_tree_free(tree);
  return status;
}

/* Whether two elements of documents are the same but for what the server gives them: content compared in order, tags in
 * any. */
static bool same_attribute(const struct osmflow_tree_node *left, const struct osmflow_tree_node *right,
                           const char *name) {
  int32_t one = 0, other = 0;
  const struct osmflow_text a = text_at(left, name), b = text_at(right, name);
  const bool is_position = strcmp(name, "lat") == 0 || strcmp(name, "lon") == 0;
  if (is_position && osmflow_parse_degrees(a, &one) && osmflow_parse_degrees(b, &other))
    return one == other;
  return osmflow_text_equal(a, b);
}

static size_t count_children(const struct osmflow_tree_node *node, const char *name) {
  size_t count = 0;
  for (const struct osmflow_tree_node *child = node->first; child; child = child->next)
    count += osmflow_text_is(child->name, name);
  return count;
}

static bool has_all_tags(const struct osmflow_tree_node *left, const struct osmflow_tree_node *right) {
  for (const struct osmflow_tree_node *tag = left->first; tag; tag = tag->next) {
    bool found = !osmflow_text_is(tag->name, "tag");
    for (const struct osmflow_tree_node *other = right->first; !found && other; other = other->next)
      found = osmflow_text_is(other->name, "tag") && same_attribute(tag, other, "k") && same_attribute(tag, other, "v");
    if (!found)
      return false;
  }
  return count_children(left, "tag") == count_children(right, "tag");
}

static const struct osmflow_tree_node *next_part(const struct osmflow_tree_node *node) {
  while (node && !osmflow_text_is(node->name, "nd") && !osmflow_text_is(node->name, "member"))
    node = node->next;
  return node;
}

static bool has_same_parts(const struct osmflow_tree_node *left, const struct osmflow_tree_node *right) {
  const struct osmflow_tree_node *one = next_part(left->first), *other = next_part(right->first);
  while (one && other && same_attribute(one, other, "ref") && same_attribute(one, other, "type") &&
         same_attribute(one, other, "role")) {
    one = next_part(one->next);
    other = next_part(other->next);
  }
  return !one && !other;
}

static bool is_same_element(const struct osmflow_tree_node *left, const struct osmflow_tree_node *right) {
  return same_attribute(left, right, "lat") && same_attribute(left, right, "lon") && has_all_tags(left, right) &&
         has_same_parts(left, right);
}

static enum osmflow_status find_same(const struct osmflow_tree_node *change, const struct osmflow_tree_node *element,
                                     struct osmflow_action_found *found, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (const struct osmflow_tree_node *block = change->first; block && status == OSMFLOW_OK; block = block->next)
    for (const struct osmflow_tree_node *made = block->first; made && status == OSMFLOW_OK; made = made->next)
      if (osmflow_text_is(block->name, "create") && osmflow_text_equal(made->name, element->name) &&
          number_at(made, "id") > 0 && is_same_element(made, element))
        status = add_found(found, number_at(made, "id"), error);
  return status;
}

/* Elements of the same content that the changeset has created. */
static enum osmflow_status look_for_element(const struct osmflow_action *action, struct osmflow_http *http,
                                            struct osmflow_action_found *found, struct osmflow_error *error) {
  char path[PATH_SIZE];
  struct osmflow_tree *own = NULL, *tree = NULL;
  const struct osmflow_tree_node *body = NULL, *top = NULL;
  enum osmflow_status status = read_tree(action->body, &own, &body, error);
  const struct osmflow_tree_node *element = status == OSMFLOW_OK ? osmflow_tree_child(body, action->words[0]) : NULL;
  if (status == OSMFLOW_OK && number_at(element, "changeset") == 0)
    status =
        osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the document holds no %s with a changeset", action->words[0]);
  if (status == OSMFLOW_OK) {
    snprintf(path, sizeof path, "changeset/%" PRId64 "/download", number_at(element, "changeset"));
    status = osmflow_action_get(http, action->root, path, OSMFLOW_HTTP_IF_ANY, &tree, &top, error);
  }
  if (status == OSMFLOW_OK)
    status = find_same(top, element, found, error);
  osmflow_tree_free(tree);
  osmflow_tree_free(own);
  return status;
}

/* The version that follows the one that was sent, if it was made in our changeset. */
static enum osmflow_status look_for_version(const struct osmflow_action *action, struct osmflow_http *http,
                                            struct osmflow_action_found *found, struct osmflow_error *error) {
  char path[PATH_SIZE];
  struct osmflow_tree *own = NULL, *tree = NULL;
  const struct osmflow_tree_node *body = NULL, *top = NULL;
  enum osmflow_status status = read_tree(action->body, &own, &body, error);
  const struct osmflow_tree_node *element = status == OSMFLOW_OK ? osmflow_tree_child(body, action->words[0]) : NULL;
  const int64_t version = number_at(element, "version"), changeset = number_at(element, "changeset");
  if (status == OSMFLOW_OK && (version == 0 || changeset == 0))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the document holds no %s with version and changeset",
                               action->words[0]);
  if (status == OSMFLOW_OK) {
    snprintf(path, sizeof path, "%s/%.30s/%" PRId64, action->words[0], action->words[1], version + 1);
    status = osmflow_action_get(http, action->root, path, OSMFLOW_HTTP_IF_ANY, &tree, &top, error);
    if (status == OSMFLOW_OK && number_at(osmflow_tree_child(top, action->words[0]), "changeset") == changeset)
      status = add_found(found, version + 1, error);
    else if (status == OSMFLOW_NOT_FOUND)
      status = OSMFLOW_OK;
  }
  osmflow_tree_free(tree);
  osmflow_tree_free(own);
  return status;
}

static const struct osmflow_action_settlement settlements[] = {
    {.name = "changeset/close", .done_status = 409, .done_word = "was closed"},
    {.name = "changeset/comment",
     .look = look_at_discussion,
     .compares = true,
     .where = "changeset/#?include_discussion=true",
     .document = "changeset/#"},
    {.name = "changeset/subscribe", .done_status = 409, .done_word = "already subscribed"},
    {.name = "changeset/unsubscribe", .done_status = 404, .done_word = "not subscribed"},
    {.name = "element/create", .look = look_for_element, .compares = true, .where = "changeset/ID/download"},
    {.name = "element/update", .look = look_for_version, .where = "#/#/history"},
    {.name = "element/delete", .look = look_for_version, .where = "#/#/history"},
    {.name = "note/create", .look = look_for_note, .compares = true, .where = "notes?bbox=...", .document = "notes/$"},
    {.name = "note/comment", .look = look_at_note, .compares = true, .where = "notes/#", .document = "notes/#"},
    {.name = "note/close", .look = look_at_note, .compares = true, .where = "notes/#", .document = "notes/#"},
    {.name = "note/reopen", .look = look_at_note, .compares = true, .where = "notes/#", .document = "notes/#"},
    {.name = "note/hide", .done_status = 410},
    {.name = "gpx/create", .look = look_for_trace, .compares = true, .where = "user/gpx_files"},
    {.name = "gpx/delete", .done_status = 404},
    {.name = "preference/delete", .done_status = 404},
};

const struct osmflow_action_settlement *osmflow_action_settlement(const struct osmflow_action_class *action_class) {
  static const struct osmflow_action_settlement repeat = {.name = ""};
  for (size_t i = 0; i < sizeof settlements / sizeof settlements[0]; i++)
    if (strcmp(settlements[i].name, action_class->name) == 0)
      return &settlements[i];
  return &repeat;
}
