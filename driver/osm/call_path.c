#include "osm/call_path.h"

#include "base/number.h"
#include "osm/suggest.h"

enum {
  COST_WRONG_TYPE = 2, /* "node/5/full": another type has it */
  COST_MISSING = 2,
  COST_EXTRA = 3,
  COST_NOT_A_NUMBER = 3,
  COST_FAR = 1000,
  COST_MOST = 5,
  COST_WINDOW = 1 /* what is farther than the nearest one by more than this is not shown */
};

/* One word of a pattern, or one of its alternatives. */
struct pattern_word {
  struct osmflow_text text; /* without brackets */
  bool is_number, is_version, is_key;
};

static bool next_pattern_word(struct osmflow_text *rest, struct pattern_word *word) {
  struct osmflow_text text;
  if (!osmflow_text_next(rest, '/', &text))
    return false;
  *word = (struct pattern_word){.text = text};
  if (text.data[0] == '[')
    word->text = (struct osmflow_text){text.data + 1, text.size - 2};
  word->is_version = osmflow_text_is(text, "#version");
  word->is_number = text.data[0] == '#';
  word->is_key = text.data[0] == '*';
  return true;
}

static bool starts_with_word(const struct osmflow_path *path, const char *word) {
  return path->count > 0 && osmflow_text_is(path->words[0], word);
}

static void drop_first_word(struct osmflow_path *path) {
  path->count--;
  memmove(&path->words[0], &path->words[1], path->count * sizeof path->words[0]);
}

void osmflow_path_split(struct osmflow_text text, struct osmflow_path *path) {
  *path = (struct osmflow_path){0};
  struct osmflow_text rest = text, word;
  bool checked_base = false;
  while (osmflow_text_next(&rest, '/', &word)) {
    if (word.size == 0)
      continue;
    if (path->count == OSMFLOW_PATH_WORDS) {
      path->too_long = true;
      return;
    }
    path->words[path->count++] = word;
    if (checked_base)
      continue;
    if (path->base == OSMFLOW_PATH_BARE && starts_with_word(path, "api")) {
      path->base = OSMFLOW_PATH_UNVERSIONED;
      drop_first_word(path);
      continue;
    }
    if (starts_with_word(path, "0.6")) {
      path->base = OSMFLOW_PATH_VERSIONED;
      drop_first_word(path);
    }
    checked_base = true;
  }
}

static struct osmflow_text cut_suffix(struct osmflow_text word, struct osmflow_text *suffix) {
  static const char *const suffixes[] = {".json", ".xml", ".gpx", ".rss"};
  *suffix = (struct osmflow_text){NULL, 0};
  for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
    size_t size = strlen(suffixes[i]);
    if (word.size <= size)
      continue;
    struct osmflow_text end = {word.data + word.size - size, size};
    if (osmflow_text_is(end, suffixes[i])) {
      *suffix = end;
      return (struct osmflow_text){word.data, word.size - size};
    }
  }
  return word;
}

static bool parse_number(struct osmflow_text word, bool is_version, int64_t *value) {
  return osmflow_parse_int(word, 1, is_version ? UINT32_MAX : INT64_MAX, value);
}

static bool element_type_of(struct osmflow_text word, enum osmflow_element_type *type) {
  static const struct {
    const char *name, *plural;
    enum osmflow_element_type type;
  } types[] = {
      {"node", "nodes", OSMFLOW_NODE}, {"way", "ways", OSMFLOW_WAY}, {"relation", "relations", OSMFLOW_RELATION}};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (osmflow_text_is(word, types[i].name) || osmflow_text_is(word, types[i].plural)) {
      *type = types[i].type;
      return true;
    }
  return false;
}

static bool is_alternative(struct osmflow_text alternatives, struct osmflow_text word) {
  struct osmflow_text alternative;
  while (osmflow_text_next(&alternatives, '|', &alternative))
    if (osmflow_text_equal(alternative, word))
      return true;
  return false;
}

/* Words that stand where a number belongs and are none. */
struct bad_words {
  struct osmflow_text first;
  size_t count;
};

/* Whether the path has the pattern's words, numbers aside. */
static bool match_pattern(const struct osmflow_path *path, const char *pattern, struct osmflow_path_match *match,
                          struct bad_words *bad) {
  struct osmflow_text rest = osmflow_text(pattern);
  struct pattern_word expected;
  size_t i = 0;
  *match = (struct osmflow_path_match){0};
  *bad = (struct bad_words){0};
  while (next_pattern_word(&rest, &expected)) {
    if (i == path->count)
      return false;
    struct osmflow_text word = path->words[i++];
    if (i == path->count && !expected.is_key)
      word = cut_suffix(word, &match->suffix);
    if (expected.is_key)
      match->key = word;
    else if (expected.is_number) {
      if (!parse_number(word, expected.is_version, expected.is_version ? &match->version : &match->id) &&
          bad->count++ == 0)
        bad->first = word;
    } else if (!is_alternative(expected.text, word))
      return false;
    else if (i == 1)
      (void)element_type_of(word, &match->type);
  }
  return i == path->count;
}

bool osmflow_path_match(const struct osmflow_path *path, struct osmflow_path_match *match) {
  size_t count;
  const struct osmflow_call_class *classes = osmflow_call_classes(&count);
  bool found = false;
  for (size_t i = 0; i < count && !path->too_long; i++) {
    struct osmflow_path_match candidate;
    struct bad_words bad;
    if (!match_pattern(path, classes[i].pattern, &candidate, &bad) || bad.count > 0)
      continue;
    candidate.call_class = &classes[i];
    bool fits_base =
        path->base == OSMFLOW_PATH_BARE || classes[i].unversioned == (path->base == OSMFLOW_PATH_UNVERSIONED);
    if (!found || fits_base)
      *match = candidate;
    found = true;
    if (fits_base)
      break;
  }
  return found;
}

/* How far a word is from a pattern's word; *shown is what a suggestion says in its place. */
static size_t word_distance(struct osmflow_text word, const struct pattern_word *expected, struct osmflow_text *shown) {
  enum osmflow_element_type type;
  int64_t number;
  *shown = expected->text;
  if (expected->is_key || expected->is_number) {
    bool fits = expected->is_key || parse_number(word, expected->is_version, &number);
    if (fits)
      *shown = word;
    return fits ? 0 : COST_NOT_A_NUMBER;
  }
  struct osmflow_text rest = expected->text, alternative;
  size_t best = COST_FAR;
  while (osmflow_text_next(&rest, '|', &alternative)) {
    size_t distance = osmflow_text_distance(word, alternative);
    if (distance > 1 + alternative.size / 3)
      distance = COST_FAR;
    if (distance == COST_FAR && element_type_of(alternative, &type) && element_type_of(word, &type))
      distance = COST_WRONG_TYPE;
    if (distance < best) {
      best = distance;
      *shown = alternative;
    }
  }
  return best;
}

static void append_word(char text[OSMFLOW_SUGGESTION_SIZE], size_t *length, struct osmflow_text word) {
  size_t separator = *length > 0 ? 1 : 0;
  if (*length + separator + word.size >= OSMFLOW_SUGGESTION_SIZE) {
    *length = OSMFLOW_SUGGESTION_SIZE; /* too long to be shown: offer() drops it */
    return;
  }
  if (separator)
    text[(*length)++] = '/';
  memcpy(text + *length, word.data, word.size);
  *length += word.size;
}

/* Offers a pattern by its distance from the path. `skip`: how many words of the pattern the path left out in front. */
static void offer_pattern(struct osmflow_suggestions *suggestions, const struct osmflow_path *path, const char *pattern,
                          size_t skip) {
  struct osmflow_text rest = osmflow_text(pattern), suffix;
  struct pattern_word expected;
  char text[OSMFLOW_SUGGESTION_SIZE];
  size_t length = 0, cost = skip * COST_MISSING, used = 0, position = 0;
  while (next_pattern_word(&rest, &expected) && length < sizeof text) {
    struct osmflow_text shown = expected.text;
    if (position == skip && skip > 0 && (expected.is_number || expected.is_key))
      return; /* a number alone tells nothing */
    if (position++ >= skip) {
      if (used < path->count)
        cost += word_distance(cut_suffix(path->words[used], &suffix), &expected, &shown);
      else
        cost += COST_MISSING;
      used++;
    }
    append_word(text, &length, shown);
  }
  if (path->count > used)
    cost += COST_EXTRA * (path->count - used);
  if (cost <= COST_MOST && length < sizeof text && used > 0)
    osmflow_suggestions_offer(suggestions, (struct osmflow_text){text, length}, cost);
}

static void format_path(const struct osmflow_path *path, char text[OSMFLOW_SUGGESTION_SIZE]) {
  size_t length = 0;
  for (size_t i = 0; i < path->count && length < OSMFLOW_SUGGESTION_SIZE; i++)
    append_word(text, &length, path->words[i]);
  if (length >= OSMFLOW_SUGGESTION_SIZE) {
    memcpy(text, "...", 3);
    length = 3;
  }
  text[length] = '\0';
}

static enum osmflow_status list_all(const char *text, struct osmflow_error *error) {
  struct osmflow_bytes list;
  osmflow_bytes_init(&list, OSMFLOW_ERROR_SIZE);
  size_t count;
  const struct osmflow_call_class *classes = osmflow_call_classes(&count);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < count && status == OSMFLOW_OK; i++)
    if (i == 0 || strcmp(classes[i].pattern, classes[i - 1].pattern) != 0)
      status = osmflow_bytes_print(&list, error, "%s%s", i ? ", " : "", classes[i].pattern);
  if (status == OSMFLOW_OK)
    status = osmflow_error_set(error, OSMFLOW_NOT_FOUND,
                               "\"%s\" is neither a file nor a call of the OSM API v0.6. The calls are: %s", text,
                               osmflow_bytes_string(&list));
  osmflow_bytes_clear(&list);
  return status;
}

static enum osmflow_status bad_number(const char *text, struct osmflow_text word,
                                      const struct osmflow_call_class *call_class, struct osmflow_error *error) {
  struct osmflow_text suffix;
  word = cut_suffix(word, &suffix);
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           "\"%.*s\" in \"%s\" is not a number that an id or a version can be (whole, above 0); the "
                           "form is %s",
                           OSMFLOW_TEXT_ARGUMENTS(word), text, call_class->pattern);
}

enum osmflow_status osmflow_path_unknown(const struct osmflow_path *path, struct osmflow_error *error) {
  struct osmflow_suggestions suggestions = {0};
  struct osmflow_path_match match;
  struct bad_words bad, fewest_bad = {0};
  const struct osmflow_call_class *nearly = NULL;
  char text[OSMFLOW_SUGGESTION_SIZE], list[OSMFLOW_SUGGESTION_LIST_SIZE];
  format_path(path, text);

  size_t count;
  const struct osmflow_written_path *written = osmflow_written_paths(&count);
  for (size_t i = 0; i < count; i++)
    if (match_pattern(path, written[i].pattern, &match, &bad) && bad.count == 0)
      return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                               "\"%s\" is a call that writes (%s), so it is not a dataset; use: osmflow api osm %s %s",
                               text, written[i].method, written[i].method, text);

  const struct osmflow_call_class *classes = osmflow_call_classes(&count);
  for (size_t i = 0; i < count; i++) {
    offer_pattern(&suggestions, path, classes[i].pattern, 0);
    offer_pattern(&suggestions, path, classes[i].pattern, 1);
    if (match_pattern(path, classes[i].pattern, &match, &bad) && (!nearly || bad.count < fewest_bad.count)) {
      nearly = &classes[i];
      fewest_bad = bad;
    }
  }
  if (nearly && (suggestions.count == 0 || suggestions.items[0].distance >= COST_NOT_A_NUMBER))
    return bad_number(text, fewest_bad.first, nearly, error); /* the nearest one is that very form */
  if (suggestions.count == 0)
    return list_all(text, error);
  while (suggestions.items[suggestions.count - 1].distance > suggestions.items[0].distance + COST_WINDOW)
    suggestions.count--;
  osmflow_suggestions_format(&suggestions, list);
  return osmflow_error_set(error, OSMFLOW_NOT_FOUND,
                           "\"%s\" is neither a file nor a call of the OSM API v0.6; did you mean %s?", text, list);
}
