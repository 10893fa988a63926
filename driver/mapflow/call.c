#include "mapflow/call.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "mapflow/call_parameter.h"
#include "mapflow/client.h"

enum { MOST_WORDS = 8, LONGEST_VALUE = 1024 * 1024, FAR = 1000, NEAR = 5, SHOWN = 80 };

struct path {
  struct osmflow_text words[MOST_WORDS];
  size_t count;
};

void osmflow_mapflow_call_init(struct osmflow_mapflow_call *call) {
  *call = (struct osmflow_mapflow_call){.call_class = NULL};
}

void osmflow_mapflow_call_clear(struct osmflow_mapflow_call *call) {
  for (size_t i = 0; i < call->parameter_count; i++) {
    free(call->parameters[i].name);
    free(call->parameters[i].value);
  }
  free(call->root);
  free(call->id);
  osmflow_mapflow_call_init(call);
}

const char *osmflow_mapflow_call_parameter(const struct osmflow_mapflow_call *call, const char *name) {
  for (size_t i = 0; i < call->parameter_count; i++)
    if (strcmp(call->parameters[i].name, name) == 0)
      return call->parameters[i].value;
  return NULL;
}

static void split(struct osmflow_text text, struct path *path, bool *is_too_long) {
  struct osmflow_text word;
  path->count = 0;
  *is_too_long = false;
  while (osmflow_text_next(&text, '/', &word)) {
    if (word.size == 0)
      continue;
    if (path->count == MOST_WORDS)
      *is_too_long = true;
    else
      path->words[path->count++] = word;
  }
}

static void drop_words(struct path *path, size_t count) {
  path->count -= count;
  memmove(path->words, path->words + count, path->count * sizeof path->words[0]);
}

static bool begins_a_call(struct osmflow_text word) {
  size_t count = 0;
  const struct osmflow_mapflow_call_class *classes = osmflow_mapflow_call_classes(&count);
  for (size_t i = 0; i < count; i++) {
    const struct osmflow_text first = {classes[i].pattern, strcspn(classes[i].pattern, "/")};
    if (osmflow_text_equal(first, word))
      return true;
  }
  return false;
}

static enum osmflow_status copy(struct osmflow_text text, char **made, struct osmflow_error *error) {
  *made = text.size > 0 ? strndup(text.data, text.size) : strdup("");
  return *made ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a connection string");
}

/* Cuts "https://host/rest" off the front. */
static enum osmflow_status take_root(struct osmflow_text *text, struct osmflow_mapflow_call *call,
                                     struct osmflow_error *error) {
  const char *host = strstr(text->data, "://");
  const struct osmflow_text scheme = {text->data, host ? (size_t)(host - text->data) : 0};
  char *root = NULL;
  if (!host || (!osmflow_text_is_ignoring_case(scheme, "http") && !osmflow_text_is_ignoring_case(scheme, "https")))
    return OSMFLOW_OK;
  const char *end = text->data + text->size, *word = host + 3 + strcspn(host + 3, "/");
  while (word < end && !begins_a_call((struct osmflow_text){word + 1, strcspn(word + 1, "/")}))
    word += 1 + strcspn(word + 1, "/");
  if (word >= end)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the address names no call of Mapflow's API; it goes on like %s/projects",
                             osmflow_mapflow_default_root);
  enum osmflow_status status = copy((struct osmflow_text){text->data, (size_t)(word - text->data)}, &root, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_root_read(root, &call->root, error);
  free(root);
  *text = (struct osmflow_text){word, (size_t)(end - word)};
  return status;
}

static bool matches(const struct osmflow_mapflow_call_class *call_class, const struct path *path,
                    struct osmflow_text *id) {
  struct osmflow_text rest = osmflow_text(call_class->pattern), word;
  size_t count = 0;
  while (osmflow_text_next(&rest, '/', &word)) {
    if (count == path->count || (!osmflow_text_is(word, "*") && !osmflow_text_equal(word, path->words[count])))
      return false;
    if (osmflow_text_is(word, "*"))
      *id = path->words[count];
    count++;
  }
  return count == path->count;
}

static const struct osmflow_mapflow_call_class *find_class(const struct path *path, struct osmflow_text *id) {
  size_t count = 0;
  const struct osmflow_mapflow_call_class *classes = osmflow_mapflow_call_classes(&count);
  for (size_t i = 0; i < count; i++) {
    *id = (struct osmflow_text){NULL, 0};
    if (matches(&classes[i], path, id))
      return &classes[i];
  }
  *id = (struct osmflow_text){NULL, 0};
  return NULL;
}

/* How far a path is from a call. */
static size_t distance(const struct osmflow_mapflow_call_class *call_class, const struct path *path) {
  struct osmflow_text rest = osmflow_text(call_class->pattern), word;
  size_t sum = 0, i = 0;
  while (osmflow_text_next(&rest, '/', &word)) {
    if (i == path->count)
      sum += 3;
    else if (osmflow_text_is(word, "*"))
      sum += osmflow_mapflow_is_id(path->words[i]) ? 0 : 3;
    else if (path->words[i].size < 60)
      sum += osmflow_text_distance(word, path->words[i]);
    else
      sum += FAR;
    i += i < path->count;
  }
  return sum + 3 * (path->count - i);
}

static enum osmflow_status refuse_path(const struct path *path, struct osmflow_error *error) {
  size_t count = 0, best = 0, best_distance = FAR;
  char list[1024] = "";
  const struct osmflow_mapflow_call_class *classes = osmflow_mapflow_call_classes(&count);
  for (size_t i = 0; i < count; i++) {
    const size_t used = strlen(list), far = distance(&classes[i], path);
    snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "", classes[i].name);
    if (far < best_distance) {
      best = i;
      best_distance = far;
    }
  }
  if (path->count == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "no call is named behind MAPFLOW:; there are %s", list);
  if (best_distance <= NEAR)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "Mapflow's API has no such call; did you mean \"%s\"?",
                             classes[best].name);
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "Mapflow's API has no such call to read from; there are %s",
                           list);
}

/* What is part of the API and yet no table. */
static const char *advice_for(const struct path *path) {
  static const struct {
    const char *first, *last, *advice;
  } advices[] = {
      {"processing", "v2", "a cost is asked for by `osmflow mapflow cost`"},
      {"rasters", "s",
       "a preview is a JPEG: open /vsicurl/ with the whole address, or the column preview_url_s of the "
       "image"},
      {"rasters", "l",
       "a preview is a JPEG: open /vsicurl/ with the whole address, or the column preview_url_l of the "
       "image"},
      {"rasters", "download", "an image is fetched by `osmflow mapflow download`"},
  };
  for (size_t i = 0; path->count > 2 && i < sizeof advices / sizeof advices[0]; i++)
    if (osmflow_text_is(path->words[0], advices[i].first) &&
        osmflow_text_is(path->words[path->count - 1], advices[i].last))
      return advices[i].advice;
  return NULL;
}

static bool ends_with(const struct path *path, const char *word) {
  return path->count > 1 && osmflow_text_is(path->words[path->count - 1], word);
}

static enum osmflow_status read_path(struct osmflow_text text, struct osmflow_mapflow_call *call,
                                     struct osmflow_error *error) {
  struct path path;
  struct osmflow_text id;
  bool is_too_long = false;
  split(text, &path, &is_too_long);
  if (path.count > 0 && osmflow_text_is(path.words[0], "rest"))
    drop_words(&path, 1);
  const char *advice = advice_for(&path);
  call->call_class = is_too_long ? NULL : find_class(&path, &id);
  /* "processings/v2" and "projects/page" are other ways to ask for the same */
  static const char *const endings[] = {"page", "v2"};
  for (size_t i = 0; !call->call_class && !is_too_long && i < sizeof endings / sizeof endings[0]; i++)
    if (ends_with(&path, endings[i])) {
      path.count--;
      call->call_class = find_class(&path, &id);
    }
  /* "processings/v2" looks like an id that is none */
  if (call->call_class && id.size > 0 && !osmflow_mapflow_is_id(id) &&
      (osmflow_text_is(id, "v2") || osmflow_text_is(id, "page"))) {
    path.count--;
    call->call_class = find_class(&path, &id);
  }
  if (!call->call_class)
    return advice ? osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "this is no table: %s", advice)
                  : refuse_path(&path, error);
  if (id.size > 0 && !osmflow_mapflow_is_id(id))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "%s: \"%.*s\" is no id; ids look like 3fa85f64-5717-4562-b3fc-2c963f66afa6",
                             call->call_class->name, (int)(id.size < SHOWN ? id.size : SHOWN), id.data);
  return id.size > 0 ? copy(id, &call->id, error) : OSMFLOW_OK;
}

static int hexadecimal(char digit) {
  const char *const digits = "0123456789abcdef0123456789ABCDEF";
  const char *place = digit ? strchr(digits, digit) : NULL;
  return place ? (int)((place - digits) % 16) : -1;
}

static enum osmflow_status decode(struct osmflow_text text, bool plus_is_blank, char **made,
                                  struct osmflow_error *error) {
  struct osmflow_bytes bytes;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&bytes, LONGEST_VALUE);
  for (size_t i = 0; status == OSMFLOW_OK && i < text.size; i++) {
    char letter = text.data[i];
    const int high = letter == '%' && i + 2 < text.size ? hexadecimal(text.data[i + 1]) : -1;
    const int low = high >= 0 ? hexadecimal(text.data[i + 2]) : -1;
    if (low >= 0) {
      letter = (char)(high * 16 + low);
      i += 2;
    } else if (letter == '+' && plus_is_blank) {
      letter = ' ';
    }
    if (letter == '\0')
      status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a parameter holds a zero byte");
    else
      status = osmflow_bytes_add(&bytes, &letter, 1, error);
  }
  if (status == OSMFLOW_OK && !osmflow_text_is_utf8(osmflow_bytes_view(&bytes)))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a parameter is not UTF-8");
  if (status == OSMFLOW_OK)
    status = copy(osmflow_bytes_view(&bytes), made, error);
  osmflow_bytes_clear(&bytes);
  return status;
}

static enum osmflow_status refuse_name(const struct osmflow_mapflow_call_class *call_class, struct osmflow_text name,
                                       struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(call_class->parameters), word, best = {NULL, 0};
  size_t best_distance = 4;
  while (call_class->parameters && name.size < 60 && osmflow_text_next(&rest, ' ', &word)) {
    const size_t far = osmflow_text_distance(word, name);
    if (far < best_distance) {
      best = word;
      best_distance = far;
    }
  }
  if (best.size > 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s has no parameter \"%.*s\"; did you mean \"%.*s\"?",
                             call_class->name, OSMFLOW_TEXT_ARGUMENTS(name), OSMFLOW_TEXT_ARGUMENTS(best));
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s has no parameter \"%.*s\"; it takes %s", call_class->name,
                           (int)(name.size < SHOWN ? name.size : SHOWN), name.data,
                           call_class->parameters ? call_class->parameters : "none");
}

static bool takes(const struct osmflow_mapflow_call_class *call_class, const char *name) {
  struct osmflow_text rest = osmflow_text(call_class->parameters), word;
  bool found = false;
  while (!found && call_class->parameters && osmflow_text_next(&rest, ' ', &word))
    found = osmflow_text_is(word, name);
  return found;
}

static enum osmflow_status check_parameter(const struct osmflow_mapflow_call *call,
                                           const struct osmflow_mapflow_parameter *parameter,
                                           struct osmflow_error *error) {
  if (!takes(call->call_class, parameter->name))
    return refuse_name(call->call_class, osmflow_text(parameter->name), error);
  if (osmflow_mapflow_call_parameter(call, parameter->name) && !osmflow_mapflow_parameter_repeats(parameter->name))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s: the parameter %s is there twice", call->call_class->name,
                             parameter->name);
  return osmflow_mapflow_parameter_check(parameter->name, osmflow_text_trim(osmflow_text(parameter->value)), error);
}

static enum osmflow_status read_query(struct osmflow_text text, struct osmflow_mapflow_call *call,
                                      struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_text item;
  while (status == OSMFLOW_OK && osmflow_text_next(&text, '&', &item)) {
    struct osmflow_mapflow_parameter parameter = {NULL, NULL};
    struct osmflow_text value = item, name;
    (void)osmflow_text_next(&value, '=', &name);
    if (item.size == 0)
      continue;
    status = decode(name, false, &parameter.name, error);
    if (status == OSMFLOW_OK) /* a '+' of a time is its zone's, one of a GeoJSON its number's */
      status = decode(value.data ? value : osmflow_text(""),
                      osmflow_mapflow_parameter_kind(parameter.name) == OSMFLOW_MAPFLOW_PARAMETER_LIST ||
                          osmflow_mapflow_parameter_kind(parameter.name) == OSMFLOW_MAPFLOW_PARAMETER_TEXT,
                      &parameter.value, error);
    if (status == OSMFLOW_OK)
      status = check_parameter(call, &parameter, error);
    if (status == OSMFLOW_OK && call->parameter_count == OSMFLOW_MAPFLOW_MOST_PARAMETERS)
      status =
          osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "more than %d parameters", OSMFLOW_MAPFLOW_MOST_PARAMETERS);
    if (status == OSMFLOW_OK) {
      call->parameters[call->parameter_count++] = parameter;
    } else {
      free(parameter.name);
      free(parameter.value);
    }
  }
  return status;
}

enum osmflow_status osmflow_mapflow_call_parse(const char *text, struct osmflow_mapflow_call *call,
                                               struct osmflow_error *error) {
  const struct osmflow_text whole = osmflow_text_trim(osmflow_text(text ? text : ""));
  const char *mark = whole.size > 0 ? memchr(whole.data, '?', whole.size) : NULL;
  const size_t size = mark ? (size_t)(mark - whole.data) : whole.size;
  char *place = NULL;
  osmflow_mapflow_call_init(call);
  enum osmflow_status status = copy((struct osmflow_text){whole.data, size}, &place, error);
  struct osmflow_text path = {place, size};
  if (status == OSMFLOW_OK)
    status = take_root(&path, call, error);
  if (status == OSMFLOW_OK)
    status = read_path(path, call, error);
  if (status == OSMFLOW_OK && mark)
    status = read_query((struct osmflow_text){mark + 1, whole.size - size - 1}, call, error);
  free(place);
  if (status != OSMFLOW_OK)
    osmflow_mapflow_call_clear(call);
  return status;
}
