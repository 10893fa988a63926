#include "osm/call_parameter.h"

#include <inttypes.h>

#include "base/number.h"
#include "osm/call_ids.h"
#include "osm/call_query.h"
#include "osm/suggest.h"

enum { LONGEST_VALUE = 4 << 20, LONGEST_TEXT = 2048 };

enum parameter_kind {
  KIND_BBOX,
  KIND_IDS,
  KIND_ELEMENTS, /* ids that may have versions */
  KIND_INTEGER,
  KIND_CHOICE,
  KIND_TIME, /* one time, or two with a comma between them; any form that the server may understand */
  KIND_TEXT, /* not empty */
  KIND_ANY
};

struct parameter {
  const char *call; /* NULL: every call */
  const char *name;
  enum parameter_kind kind;
  const char *form;
  int64_t least, most; /* KIND_INTEGER */
  const char *choices; /* KIND_CHOICE */
};

#define FORM_BBOX "bbox=min_lon,min_lat,max_lon,max_lat in degrees, for example bbox=9.52,47.13,9.53,47.14"

static const struct parameter parameters[] = {
    {.name = "bbox", .kind = KIND_BBOX, .form = FORM_BBOX},
    {.name = "nodes", .kind = KIND_ELEMENTS, .form = "nodes=1,2,3v2 (ids; v2: that version)"},
    {.name = "ways", .kind = KIND_ELEMENTS, .form = "ways=1,2,3v2 (ids; v2: that version)"},
    {.name = "relations", .kind = KIND_ELEMENTS, .form = "relations=1,2,3v2 (ids; v2: that version)"},
    {.name = "users", .kind = KIND_IDS, .form = "users=1,2,3 (numbers of users)"},
    {.name = "changesets", .kind = KIND_IDS, .form = "changesets=1,2,3"},
    {.name = "user",
     .kind = KIND_INTEGER,
     .form = "user=123 (the number of a user; a name goes into display_name=)",
     .least = 1,
     .most = INT64_MAX},
    {.name = "display_name", .kind = KIND_TEXT, .form = "display_name=NAME"},
    {.call = "changesets", .name = "limit", .kind = KIND_INTEGER, .form = "limit=100", .least = 1, .most = 1000000},
    {.name = "limit", .kind = KIND_INTEGER, .form = "limit=100", .least = 1, .most = 10000},
    {.name = "page", .kind = KIND_INTEGER, .form = "page=0 (0 is the first)", .least = 0, .most = INT32_MAX},
    {.call = "changesets", .name = "closed", .kind = KIND_CHOICE, .form = "closed=true", .choices = "true"},
    {.name = "closed",
     .kind = KIND_INTEGER,
     .form = "closed=7 (days since closing; 0: only open notes, -1: all notes)",
     .least = INT32_MIN,
     .most = INT32_MAX},
    {.name = "open", .kind = KIND_CHOICE, .form = "open=true", .choices = "true"},
    {.name = "order", .kind = KIND_CHOICE, .form = "order=newest or order=oldest", .choices = "newest oldest"},
    {.name = "sort",
     .kind = KIND_CHOICE,
     .form = "sort=created_at or sort=updated_at",
     .choices = "created_at updated_at"},
    {.name = "time", .kind = KIND_TIME, .form = "time=2024-01-31T00:00:00Z or time=FROM,TO"},
    {.name = "from", .kind = KIND_TIME, .form = "from=2024-01-31T00:00:00Z"},
    {.name = "to", .kind = KIND_TIME, .form = "to=2024-01-31T00:00:00Z"},
    {.name = "q", .kind = KIND_ANY, .form = "q=WORDS"},
    {.name = "include_discussion", .kind = KIND_ANY, .form = "include_discussion=true"},
};

/* What the API says about parameters together. */
static const struct rule {
  const char *call;
  const char *name;
  const char *value; /* NULL: any */
  const char *other;
  bool needs_other; /* else: must not have it */
  const char *why;
} rules[] = {
    {"changesets", "user", NULL, "display_name", false, "they say the same thing in two ways"},
    {"changesets", "order", "oldest", "time", false, "the API refuses that; use from= and to= instead of time="},
    {"changesets", "to", NULL, "from", true, "alone it has no effect"},
    {"notes/search", "to", NULL, "from", true, "alone it has no effect"},
};

/* Whether a call takes a parameter of that name. */
static bool takes(const struct osmflow_call_class *call_class, struct osmflow_text name) {
  struct osmflow_text rest = osmflow_text(call_class->parameters ? call_class->parameters : ""), word;
  while (osmflow_text_next(&rest, ' ', &word)) {
    if (word.size > 0 && word.data[word.size - 1] == '!')
      word.size--;
    if (word.size > 0 && osmflow_text_equal(word, name))
      return true;
  }
  return false;
}

static const struct parameter *find_parameter(const struct osmflow_call_class *call_class, struct osmflow_text name) {
  for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
    if (osmflow_text_is(name, parameters[i].name) &&
        (!parameters[i].call || strcmp(parameters[i].call, call_class->name) == 0))
      return &parameters[i];
  return NULL;
}

static enum osmflow_status unknown_parameter(const struct osmflow_call_class *call_class,
                                             const struct osmflow_query_item *item, struct osmflow_error *error) {
  struct osmflow_suggestions suggestions = {0};
  char list[OSMFLOW_SUGGESTION_LIST_SIZE];
  struct osmflow_text name = item->name;
  int shown = name.size > 60 ? 60 : (int)name.size;
  if (!call_class->parameters)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s takes no parameters, but \"%.*s\" was given",
                             call_class->pattern, shown, name.data);
  struct osmflow_text needed = {call_class->parameters, strcspn(call_class->parameters, " !")};
  if (!item->has_equals_sign && call_class->parameters[needed.size] == '!')
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.*s\" in %s has no name; write %s", shown, name.data,
                             call_class->pattern, find_parameter(call_class, needed)->form);
  osmflow_suggestions_offer_words(&suggestions, call_class->parameters, name, 1 + name.size / 3);
  osmflow_suggestions_format(&suggestions, list);
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s has no parameter \"%.*s\"%s%s%s (it takes: %s; ! = needed)",
                           call_class->pattern, shown, name.data, *list ? "; did you mean " : "", list,
                           *list ? "?" : "", call_class->parameters);
}

static enum osmflow_status check_ids(struct osmflow_text value, bool with_versions, struct osmflow_bytes *canonical,
                                     struct osmflow_parameter_facts *facts, struct osmflow_error *error) {
  struct osmflow_id_list list;
  osmflow_id_list_init(&list);
  enum osmflow_status status = osmflow_id_list_parse(&list, value, with_versions, error);
  if (status == OSMFLOW_OK)
    status = osmflow_id_list_format(&list, 0, list.count, canonical, error);
  if (status == OSMFLOW_OK && osmflow_id_list_repeats_ids(&list))
    facts->repeats_ids = true;
  osmflow_id_list_clear(&list);
  return status;
}

static enum osmflow_status check_bbox(struct osmflow_text value, struct osmflow_bytes *canonical,
                                      struct osmflow_parameter_facts *facts, struct osmflow_error *error) {
  char text[OSMFLOW_BBOX_SIZE];
  enum osmflow_status status = osmflow_bbox_parse(value, &facts->bbox, error);
  if (status != OSMFLOW_OK)
    return status;
  facts->has_bbox = true;
  size_t size = osmflow_bbox_format(text, &facts->bbox);
  return osmflow_bytes_add(canonical, text, size, error);
}

static bool is_choice(const char *choices, struct osmflow_text value) {
  struct osmflow_text rest = osmflow_text(choices), choice;
  while (osmflow_text_next(&rest, ' ', &choice))
    if (osmflow_text_equal(choice, value))
      return true;
  return false;
}

static bool has_digit(struct osmflow_text value) {
  for (size_t i = 0; i < value.size; i++)
    if (value.data[i] >= '0' && value.data[i] <= '9')
      return true;
  return false;
}

static enum osmflow_status bad_value(const struct parameter *parameter, struct osmflow_text value,
                                     struct osmflow_error *error) {
  if (parameter->kind == KIND_INTEGER && (parameter->least > INT32_MIN || parameter->most < INT32_MAX) &&
      parameter->most != INT64_MAX)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "%s must be a whole number from %" PRId64 " to %" PRId64 ", not \"%.*s\"", parameter->name,
                             parameter->least, parameter->most, value.size > 60 ? 60 : (int)value.size, value.data);
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s: \"%.*s\" is not what it can be; the form is %s",
                           parameter->name, value.size > 60 ? 60 : (int)value.size, value.data, parameter->form);
}

/* Appends the value in its one form. */
static enum osmflow_status check_value(const struct parameter *parameter, struct osmflow_text value,
                                       struct osmflow_bytes *canonical, struct osmflow_parameter_facts *facts,
                                       struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  bool fits = true;
  int64_t number;
  switch (parameter->kind) {
    case KIND_BBOX:
      return check_bbox(value, canonical, facts, error);
    case KIND_IDS:
    case KIND_ELEMENTS:
      status = check_ids(value, parameter->kind == KIND_ELEMENTS, canonical, facts, error);
      if (status == OSMFLOW_BAD_ARGUMENT)
        osmflow_error_prefix(error, "the form is %s, but ", parameter->form);
      return status;
    case KIND_INTEGER:
      fits = osmflow_parse_int(value, parameter->least, parameter->most, &number);
      break;
    case KIND_CHOICE:
      fits = is_choice(parameter->choices, value);
      break;
    case KIND_TIME:
      fits = has_digit(value);
      break;
    case KIND_TEXT:
      fits = value.size > 0 && value.size <= LONGEST_TEXT;
      break;
    case KIND_ANY:
      fits = value.size <= LONGEST_TEXT;
      break;
  }
  return fits ? osmflow_bytes_add_text(canonical, value, error) : bad_value(parameter, value, error);
}

/* Finds a parameter in a query and decodes its value. */
static bool find_value(struct osmflow_text query, const char *name, struct osmflow_text *value) {
  struct osmflow_query_item item;
  while (osmflow_query_next(&query, &item))
    if (osmflow_text_is(item.name, name)) {
      *value = item.value;
      return true;
    }
  return false;
}

static enum osmflow_status check_item(const struct osmflow_call_class *call_class,
                                      const struct osmflow_query_item *item, struct osmflow_bytes *query,
                                      struct osmflow_parameter_facts *facts, struct osmflow_error *error) {
  struct osmflow_bytes plain, canonical;
  osmflow_bytes_init(&plain, LONGEST_VALUE);
  osmflow_bytes_init(&canonical, LONGEST_VALUE);
  enum osmflow_status status = OSMFLOW_OK;
  const struct parameter *parameter = takes(call_class, item->name) ? find_parameter(call_class, item->name) : NULL;
  if (!parameter) {
    status = unknown_parameter(call_class, item, error);
    goto done;
  }
  struct osmflow_text value;
  if (find_value(osmflow_bytes_view(query), parameter->name, &value)) {
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s was given twice", parameter->name);
    goto done;
  }
  /* The plus sign of a time zone is one; elsewhere it is how forms write a blank. */
  status = osmflow_query_decode(item->value, parameter->kind != KIND_TIME, &plain, error);
  if (status != OSMFLOW_OK)
    goto done;
  value = osmflow_bytes_view(&plain);
  if (!osmflow_text_is_utf8(value) || memchr(value.data, '\0', value.size))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the value of %s is not UTF-8 text", parameter->name);
  else
    status = check_value(parameter, osmflow_text_trim(value), &canonical, facts, error);
  if (status == OSMFLOW_OK)
    status = osmflow_query_add(query, item->name, osmflow_bytes_view(&canonical), error);
done:
  osmflow_bytes_clear(&plain);
  osmflow_bytes_clear(&canonical);
  return status;
}

static enum osmflow_status check_needed(const struct osmflow_call_class *call_class, struct osmflow_text query,
                                        struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(call_class->parameters ? call_class->parameters : ""), word, value;
  while (osmflow_text_next(&rest, ' ', &word)) {
    if (word.size == 0 || word.data[word.size - 1] != '!')
      continue;
    word.size--;
    const struct parameter *parameter = find_parameter(call_class, word);
    if (parameter && !find_value(query, parameter->name, &value))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s needs the parameter %s: write %s?%s",
                               call_class->pattern, parameter->name, call_class->pattern, parameter->form);
  }
  return OSMFLOW_OK;
}

static enum osmflow_status check_rules(const struct osmflow_call_class *call_class, struct osmflow_text query,
                                       struct osmflow_error *error) {
  struct osmflow_text value, other;
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    const struct rule *rule = &rules[i];
    if (strcmp(rule->call, call_class->name) != 0 || !find_value(query, rule->name, &value) ||
        (rule->value && !osmflow_text_is(value, rule->value)))
      continue;
    if (find_value(query, rule->other, &other) != rule->needs_other)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s: %s%s%s %s %s=: %s", call_class->name, rule->name,
                               rule->value ? "=" : "", rule->value ? rule->value : "",
                               rule->needs_other ? "needs" : "does not go together with", rule->other, rule->why);
  }
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_parameters_check(const struct osmflow_call_class *call_class, struct osmflow_text raw_query,
                                             struct osmflow_bytes *query, struct osmflow_parameter_facts *facts,
                                             struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_query_item item;
  *facts = (struct osmflow_parameter_facts){0};
  while (status == OSMFLOW_OK && osmflow_query_next(&raw_query, &item))
    status = check_item(call_class, &item, query, facts, error);
  if (status == OSMFLOW_OK)
    status = check_needed(call_class, osmflow_bytes_view(query), error);
  if (status == OSMFLOW_OK)
    status = check_rules(call_class, osmflow_bytes_view(query), error);
  return status;
}
