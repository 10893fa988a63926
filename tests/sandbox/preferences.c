/* Preferences: keys and values that an application keeps for a user. */
#include <stdlib.h>

#include "rails.h"

enum { MOST_PREFERENCES = 150, LONGEST = 255 };

struct preference {
  int64_t uid;
  const char *key, *value;
};

struct sandbox_preferences {
  struct preference *items; /* in order of their creation */
  size_t count, capacity;
};

void sandbox_preferences_free(struct sandbox_preferences *preferences) {
  free(preferences->items);
  free(preferences);
}

static struct sandbox_preferences *preferences_of(struct sandbox *sandbox) {
  if (!sandbox->preferences) {
    size_t capacity = 0;
    sandbox_reserve((void **)&sandbox->preferences, &capacity, 1, sizeof *sandbox->preferences);
    *sandbox->preferences = (struct sandbox_preferences){0};
  }
  return sandbox->preferences;
}

static struct preference *find(const struct sandbox_preferences *preferences, int64_t uid, const char *key) {
  for (size_t i = 0; i < preferences->count; i++)
    if (preferences->items[i].uid == uid && strcmp(preferences->items[i].key, key) == 0)
      return &preferences->items[i];
  return NULL;
}

static void drop(struct sandbox_preferences *preferences, size_t place) {
  preferences->count--;
  memmove(&preferences->items[place], &preferences->items[place + 1],
          (preferences->count - place) * sizeof *preferences->items);
}

void rails_set_preference(struct sandbox *sandbox, int64_t uid, const char *key, const char *value) {
  struct sandbox_preferences *preferences = preferences_of(sandbox);
  struct preference *preference = find(preferences, uid, key);
  if (!preference) {
    sandbox_reserve((void **)&preferences->items, &preferences->capacity, preferences->count + 1,
                    sizeof *preferences->items);
    preference = &preferences->items[preferences->count++];
    *preference = (struct preference){.uid = uid, .key = sandbox_keep(sandbox, osmflow_text(key))};
  }
  preference->value = sandbox_keep(sandbox, osmflow_text(value));
}

/* False after 400. */
static bool fits(struct sandbox_response *response, const char *key, const char *value) {
  const char *which = rails_count_characters(key) > LONGEST     ? "k"
                      : rails_count_characters(value) > LONGEST ? "v"
                                                                : NULL;
  if (which)
    rails_fail(response, 400, "UserPreference : %s: is too long (maximum is %d characters) (\"%s\")", which, LONGEST,
               *which == 'k' ? key : value);
  return !which;
}

void rails_read_preferences(struct sandbox *sandbox, const struct sandbox_request *request,
                            struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_READ_PREFS))
    return;
  const bool json = request->format == SANDBOX_JSON;
  if (json)
    rails_open_json(response);
  else
    rails_open_xml(response);
  sandbox_print(response, json ? ",\"preferences\":{" : "  <preferences>\n");
  bool first = true;
  const struct sandbox_preferences *preferences = preferences_of(sandbox);
  for (size_t i = 0; i < preferences->count; i++) {
    const struct preference *preference = &preferences->items[i];
    if (preference->uid != request->user->uid)
      continue;
    sandbox_print(response, json ? (first ? "" : ",") : "    <preference k=\"");
    (json ? sandbox_print_json : sandbox_print_xml)(response, preference->key);
    sandbox_print(response, json ? ":" : "\" v=\"");
    (json ? sandbox_print_json : sandbox_print_xml)(response, preference->value);
    sandbox_print(response, json ? "" : "\"/>\n");
    first = false;
  }
  sandbox_print(response, json ? "}}" : "  </preferences>\n</osm>\n");
}

/* What a document asks for, until it is known to be right as a whole. */
struct reading {
  struct sandbox *sandbox;
  struct sandbox_response *response;
  struct sandbox_preferences wished;
  bool failed;
};

static void visit(void *context, const struct rails_element *element) {
  struct reading *reading = context;
  if (reading->failed || element->ends || strcmp(element->name, "preference") != 0 ||
      strcmp(element->parent, "preferences") != 0)
    return;
  const char *key = rails_attribute(element, "k"), *value = rails_attribute(element, "v");
  if (!key || !value) {
    rails_fail(reading->response, 400, "UserPreference : %s: can't be blank (nil)", key ? "v" : "k");
    reading->failed = true;
  } else if (find(&reading->wished, 0, key)) {
    rails_fail(reading->response, 406, "Duplicate preferences with key %s", key);
    reading->failed = true;
  } else if (!fits(reading->response, key, value)) {
    reading->failed = true;
  } else {
    struct sandbox_preferences *wished = &reading->wished;
    sandbox_reserve((void **)&wished->items, &wished->capacity, wished->count + 1, sizeof *wished->items);
    wished->items[wished->count++] = (struct preference){.key = sandbox_keep(reading->sandbox, osmflow_text(key)),
                                                         .value = sandbox_keep(reading->sandbox, osmflow_text(value))};
  }
}

void rails_write_preferences(struct sandbox *sandbox, const struct sandbox_request *request,
                             struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_WRITE_PREFS))
    return;
  struct reading reading = {.sandbox = sandbox, .response = response};
  char problem[200];
  const bool well = rails_read_xml(request->body, visit, &reading, problem);
  if (!well)
    rails_fail(response, 400, "%s", problem);
  else if (!reading.failed && reading.wished.count > MOST_PREFERENCES)
    rails_fail(response, 413, "Too many preferences");
  else if (!reading.failed) {
    struct sandbox_preferences *preferences = preferences_of(sandbox);
    for (size_t i = preferences->count; i > 0; i--)
      if (preferences->items[i - 1].uid == request->user->uid)
        drop(preferences, i - 1);
    for (size_t i = 0; i < reading.wished.count; i++)
      rails_set_preference(sandbox, request->user->uid, reading.wished.items[i].key, reading.wished.items[i].value);
    rails_answer_plainly(request, response, "text/plain; charset=utf-8");
  }
  free(reading.wished.items);
}

void rails_read_preference(struct sandbox *sandbox, const struct sandbox_request *request,
                           struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_READ_PREFS))
    return;
  const struct preference *preference = find(preferences_of(sandbox), request->user->uid, request->word);
  if (!preference) {
    sandbox_fail_silently(response, 404);
    return;
  }
  rails_answer_plainly(request, response, "text/plain; charset=utf-8");
  sandbox_print(response, "%s", preference->value);
}

/* One line end at the end of the body is not part of the value. */
void rails_write_preference(struct sandbox *sandbox, const struct sandbox_request *request,
                            struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_WRITE_PREFS))
    return;
  struct osmflow_text body = request->body;
  if (body.size > 0 && body.data[body.size - 1] == '\n')
    body.size--;
  if (body.size > 0 && body.data[body.size - 1] == '\r')
    body.size--;
  const char *value = body.size > 0 ? sandbox_keep(sandbox, body) : "";
  if (!fits(response, request->word, value))
    return;
  rails_set_preference(sandbox, request->user->uid, request->word, value);
  rails_answer_plainly(request, response, "text/plain; charset=utf-8");
}

void rails_delete_preference(struct sandbox *sandbox, const struct sandbox_request *request,
                             struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_WRITE_PREFS))
    return;
  struct sandbox_preferences *preferences = preferences_of(sandbox);
  const struct preference *preference = find(preferences, request->user->uid, request->word);
  if (!preference) {
    sandbox_fail_silently(response, 404);
    return;
  }
  drop(preferences, (size_t)(preference - preferences->items));
  rails_answer_plainly(request, response, "text/plain; charset=utf-8");
}
