#include "osm/capabilities.h"

#include <stdio.h>

#include "base/number.h"
#include "osm/call.h"

enum { LONGEST_URL = 1 << 16, MOST = 1000000000 };

void osmflow_capabilities_default(struct osmflow_capabilities *capabilities) {
  *capabilities = (struct osmflow_capabilities){.map_area = 0.25,
                                                .note_area = 25,
                                                .trackpoints_page = 5000,
                                                .way_nodes = 2000,
                                                .relation_members = 32000,
                                                .changeset_elements = 10000,
                                                .changesets_limit = 100,
                                                .notes_limit = 10000};
}

static enum osmflow_status refuse(const char *path, struct osmflow_text text, struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "capabilities: %s is \"%.*s\", which is not a number above 0", path,
                           (int)(text.size < 80 ? text.size : 80), text.data);
}

/* A number that the server tells replaces the usual one. */
static enum osmflow_status read_number(const struct osmflow_tree_node *root, const char *path, int64_t *number,
                                       struct osmflow_error *error) {
  const struct osmflow_tree_node *node = osmflow_tree_at(root, path);
  if (node && !osmflow_parse_int(node->text, 1, MOST, number))
    return refuse(path, node->text, error);
  return OSMFLOW_OK;
}

static enum osmflow_status read_area(const struct osmflow_tree_node *root, const char *path, double *area,
                                     struct osmflow_error *error) {
  const struct osmflow_tree_node *node = osmflow_tree_at(root, path);
  double value = 0;
  if (node && (!osmflow_parse_real(node->text, &value) || value <= 0))
    return refuse(path, node->text, error);
  if (node)
    *area = value;
  return OSMFLOW_OK;
}

static void read_state(const struct osmflow_tree_node *root, const char *path, char state[16]) {
  const struct osmflow_tree_node *node = osmflow_tree_at(root, path);
  snprintf(state, 16, "%s", node ? node->text.data : "");
}

enum osmflow_status osmflow_capabilities_read(const struct osmflow_tree_node *root,
                                              struct osmflow_capabilities *capabilities, struct osmflow_error *error) {
  const struct {
    const char *path;
    int64_t *number;
  } numbers[] = {{"api/tracepoints/per_page", &capabilities->trackpoints_page},
                 {"api/waynodes/maximum", &capabilities->way_nodes},
                 {"api/relationmembers/maximum", &capabilities->relation_members},
                 {"api/changesets/maximum_elements", &capabilities->changeset_elements},
                 {"api/changesets/maximum_query_limit", &capabilities->changesets_limit},
                 {"api/notes/maximum_query_limit", &capabilities->notes_limit}};
  osmflow_capabilities_default(capabilities);
  if (!osmflow_tree_child(root, "api"))
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer to capabilities is <%.*s> without <api>",
                             OSMFLOW_TEXT_ARGUMENTS(root->name));
  enum osmflow_status status = read_area(root, "api/area/maximum", &capabilities->map_area, error);
  if (status == OSMFLOW_OK)
    status = read_area(root, "api/note_area/maximum", &capabilities->note_area, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof numbers / sizeof numbers[0]; i++)
    status = read_number(root, numbers[i].path, numbers[i].number, error);
  read_state(root, "api/status/database", capabilities->database_status);
  read_state(root, "api/status/api", capabilities->api_status);
  read_state(root, "api/status/gpx", capabilities->gpx_status);
  return status;
}

/* The document while it arrives. */
struct arrival {
  struct osmflow_tree *tree;
  const struct osmflow_tree_node *root;
};

static enum osmflow_status on_begin(void *self, const struct osmflow_http_response *response,
                                    struct osmflow_error *error) {
  struct arrival *arrival = self;
  (void)response;
  osmflow_tree_free(arrival->tree);
  arrival->tree = NULL;
  return osmflow_tree_new(OSMFLOW_TREE_XML, &arrival->tree, error);
}

static enum osmflow_status on_write(void *self, const void *data, size_t size, struct osmflow_error *error) {
  struct arrival *arrival = self;
  return osmflow_tree_feed(arrival->tree, data, size, error);
}

static enum osmflow_status on_finish(void *self, struct osmflow_error *error) {
  struct arrival *arrival = self;
  return osmflow_tree_finish(arrival->tree, &arrival->root, error);
}

static enum osmflow_status ask(struct osmflow_http *http, const char *root, const struct osmflow_call_class *call_class,
                               struct osmflow_capabilities *capabilities, struct osmflow_error *error) {
  struct arrival arrival = {NULL, NULL};
  struct osmflow_bytes url;
  struct osmflow_http_response response;
  osmflow_bytes_init(&url, LONGEST_URL);
  osmflow_http_response_init(&response);
  enum osmflow_status status = osmflow_call_format_url(root, call_class, call_class->pattern, NULL, &url, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_request request = {.method = "GET",
                                                 .url = osmflow_bytes_string(&url),
                                                 .authorization = OSMFLOW_HTTP_ANONYMOUS,
                                                 .repeatable = true,
                                                 .sink = {&arrival, on_begin, on_write, on_finish}};
    status = osmflow_http_perform(http, &request, &response, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_capabilities_read(arrival.root, capabilities, error);
  osmflow_tree_free(arrival.tree);
  osmflow_http_response_clear(&response);
  osmflow_bytes_clear(&url);
  return status;
}

/* The path with the version number first; servers that do not know it may know the old one. */
enum osmflow_status osmflow_capabilities_get(struct osmflow_http *http, const char *root,
                                             struct osmflow_capabilities *capabilities, struct osmflow_error *error) {
  size_t count = 0;
  const struct osmflow_call_class *classes = osmflow_call_classes(&count);
  enum osmflow_status status = OSMFLOW_NOT_FOUND;
  for (size_t i = 0; i < count && status == OSMFLOW_NOT_FOUND; i++)
    if (strcmp(classes[i].name, "capabilities") == 0)
      status = ask(http, root, &classes[i], capabilities, error);
  return status;
}
