/* Reads of elements: one, one version, history, full, many, parents; the map call is in map.c. */
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "select.h"

/* "/api/0.6/way/..." and "/api/0.6/ways" mean ways. */
static enum sandbox_type type_of(const struct sandbox_request *request) {
  char letter = request->path[strlen("/api/0.6/")];
  return letter == 'n' ? SANDBOX_NODE : letter == 'w' ? SANDBOX_WAY : SANDBOX_RELATION;
}

static bool shows_redactions(const struct sandbox_request *request) {
  const char *wish = sandbox_parameter(request, "show_redactions");
  return wish && strcmp(wish, "true") == 0 && request->user && request->user->moderator;
}

/* The element of the path, or NULL after 404, or 410 when it is deleted. */
static struct sandbox_element *visible_element(const struct sandbox *sandbox, const struct sandbox_request *request,
                                               struct sandbox_response *response) {
  struct sandbox_element *element = sandbox_find_element(sandbox, type_of(request), request->numbers[0]);
  const struct sandbox_version *present = sandbox_present(element);
  if (present && present->visible)
    return element;
  sandbox_fail_silently(response, present ? 410 : 404);
  return NULL;
}

static void read_one(struct sandbox *sandbox, const struct sandbox_request *request,
                     struct sandbox_response *response) {
  struct sandbox_selection selection = {0};
  const struct sandbox_element *element = visible_element(sandbox, request, response);
  if (!element)
    return;
  sandbox_select_present(&selection, sandbox, type_of(request), element->id);
  sandbox_print_selection(response, sandbox, &selection, request->format, NULL);
  sandbox_selection_free(&selection);
}

static void read_full(struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response) {
  struct sandbox_selection selection = {0};
  const struct sandbox_element *element = visible_element(sandbox, request, response);
  if (!element)
    return;
  enum sandbox_type type = type_of(request);
  sandbox_select_present(&selection, sandbox, type, element->id);
  const struct sandbox_version *version = sandbox_present(element);
  for (uint32_t i = 0; type == SANDBOX_RELATION && i < version->ref_count; i++)
    sandbox_select_present(&selection, sandbox, version->members[i].type, version->members[i].id);
  for (size_t i = 0; i < selection.types[SANDBOX_WAY].count; i++) {
    const struct sandbox_element *way =
        &sandbox->elements[SANDBOX_WAY].items[selection.types[SANDBOX_WAY].items[i].element];
    const struct sandbox_version *present = sandbox_present(way);
    for (uint32_t n = 0; n < present->ref_count; n++)
      sandbox_select_present(&selection, sandbox, SANDBOX_NODE, present->nodes[n]);
  }
  sandbox_print_selection(response, sandbox, &selection, request->format, NULL);
  sandbox_selection_free(&selection);
}

/* Adds the versions of an element whose number is `wanted`, or all when it is 0. False: none there. */
static bool select_versions(struct sandbox_selection *selection, const struct sandbox *sandbox, enum sandbox_type type,
                            int64_t id, int64_t wanted, bool redacted_too) {
  const struct sandbox_element *element = sandbox_find_element(sandbox, type, id);
  bool found = false;
  for (uint32_t v = 0; element && v < element->version_count; v++) {
    const struct sandbox_version *version = &element->versions[v];
    if ((wanted != 0 && version->version != wanted) || (version->redaction != 0 && !redacted_too))
      continue;
    sandbox_select_version(selection, sandbox, type, (uint32_t)(element - sandbox->elements[type].items), v);
    found = true;
  }
  return found;
}

static void read_version(struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response) {
  struct sandbox_selection selection = {0};
  const int64_t wanted = request->numbers[1];
  if (wanted != 0 &&
      select_versions(&selection, sandbox, type_of(request), request->numbers[0], wanted, shows_redactions(request)))
    sandbox_print_selection(response, sandbox, &selection, request->format, NULL);
  else
    sandbox_fail_silently(response, 404);
  sandbox_selection_free(&selection);
}

static void read_history(struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response) {
  struct sandbox_selection selection = {0};
  if (select_versions(&selection, sandbox, type_of(request), request->numbers[0], 0, shows_redactions(request)))
    sandbox_print_selection(response, sandbox, &selection, request->format, NULL);
  else
    sandbox_fail_silently(response, 404);
  sandbox_selection_free(&selection);
}

/* "12" or "12v3"; what is no number counts as 0, which no element has. */
static void read_reference(struct osmflow_text item, int64_t *id, int64_t *version) {
  const char *mark = item.size ? memchr(item.data, 'v', item.size) : NULL;
  struct osmflow_text digits = {item.data, mark ? (size_t)(mark - item.data) : item.size};
  struct osmflow_text number = {mark ? mark + 1 : "", mark ? item.size - digits.size - 1 : 0};
  *id = *version = 0;
  if (!osmflow_parse_int(digits, 0, INT64_MAX, id) ||
      (mark && (!osmflow_parse_int(number, 0, INT64_MAX, version) || *version == 0)))
    *id = 0;
}

static void read_many(struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response) {
  static const char *const names[SANDBOX_TYPES] = {"nodes", "ways", "relations"};
  enum sandbox_type type = type_of(request);
  const char *list = sandbox_parameter(request, names[type]);
  if (!list || !*list) {
    sandbox_fail(response, 400,
                 "The parameter %s is required, and must be of the form %s=ID[vVER][,ID[vVER][,ID[vVER]...]].",
                 names[type], names[type]);
    return;
  }
  struct sandbox_selection selection = {0};
  struct osmflow_text rest = osmflow_text(list), item;
  bool found = true;
  while (found && osmflow_text_next(&rest, ',', &item)) {
    int64_t id, version;
    read_reference(item, &id, &version);
    const struct sandbox_version *present = sandbox_present(sandbox_find_element(sandbox, type, id));
    found = present && select_versions(&selection, sandbox, type, id, version ? version : present->version, false);
  }
  if (found)
    sandbox_print_selection(response, sandbox, &selection, request->format, NULL);
  else
    sandbox_fail_silently(response, 404);
  sandbox_selection_free(&selection);
}

static void read_parents(const struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response, enum sandbox_type parent) {
  struct sandbox_selection selection = {0};
  sandbox_select_parents(&selection, sandbox, parent, type_of(request), request->numbers[0]);
  sandbox_print_selection(response, sandbox, &selection, request->format, NULL);
  sandbox_selection_free(&selection);
}

static void read_ways_of_node(struct sandbox *sandbox, const struct sandbox_request *request,
                              struct sandbox_response *response) {
  read_parents(sandbox, request, response, SANDBOX_WAY);
}

static void read_relations_of(struct sandbox *sandbox, const struct sandbox_request *request,
                              struct sandbox_response *response) {
  read_parents(sandbox, request, response, SANDBOX_RELATION);
}

enum { BOTH = 1 << SANDBOX_XML | 1 << SANDBOX_JSON };

#define READS_OF(name)                                                                                        \
  {"GET", "/api/0.6/" name "/#", read_one, 0, BOTH}, {"GET", "/api/0.6/" name "/#/#", read_version, 0, BOTH}, \
      {"GET", "/api/0.6/" name "/#/history", read_history, 0, BOTH},                                          \
      {"GET", "/api/0.6/" name "/#/relations", read_relations_of, 0, BOTH}, {                                 \
    "GET", "/api/0.6/" name "s", read_many, 0, BOTH                                                           \
  }

struct sandbox_routes sandbox_element_routes(void) {
  static const struct sandbox_route routes[] = {
      {"GET", "/api/0.6/map", sandbox_read_map, 0, BOTH},
      READS_OF("node"),
      READS_OF("way"),
      READS_OF("relation"),
      {"GET", "/api/0.6/node/#/ways", read_ways_of_node, 0, BOTH},
      {"GET", "/api/0.6/way/#/full", read_full, 0, BOTH},
      {"GET", "/api/0.6/relation/#/full", read_full, 0, BOTH},
  };
  return (struct sandbox_routes){routes, sizeof routes / sizeof routes[0]};
}
