#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/number.h"
#include "osm/change_parts.h"

enum { MOST_CHARACTERS = 255, MOST_LINES = 20, SHOWN_BYTES = 60, ROOM_FOR_COUNT = 64 };

struct check {
  const struct osmflow_change_item *item;
  const struct osmflow_capabilities *capabilities;
  struct osmflow_bytes lines;
  size_t line_count, problem_count;
  struct osmflow_text *keys; /* room to sort the keys of one element */
  size_t key_capacity;
};

/* As much of a label or key as a line has room for, and no half characters. */
static struct osmflow_text shown(struct osmflow_text text) {
  if (text.size > SHOWN_BYTES) {
    text.size = SHOWN_BYTES;
    while (text.size > 0 && ((unsigned char)text.data[text.size] & 0xC0) == 0x80)
      text.size--;
  }
  return text;
}

/* A line for a problem of the item; those that do not fit any more are only counted. */
static void report(struct check *check, const char *format, ...) OSMFLOW_PRINTF(2, 3);
static void report(struct check *check, const char *format, ...) {
  const struct osmflow_draft *draft = check->item->draft;
  const struct osmflow_text label = shown(draft->label);
  char name[OSMFLOW_DRAFT_NAME_SIZE], problem[320];
  const size_t before = check->lines.size;
  va_list arguments;
  check->problem_count++;
  if (check->line_count == MOST_LINES || check->line_count + 1 < check->problem_count)
    return;
  va_start(arguments, format);
  vsnprintf(problem, sizeof problem, format, arguments);
  va_end(arguments);
  const enum osmflow_status status =
      osmflow_bytes_print(&check->lines, NULL, "%s%.*s%s%s: %s", before > 0 ? "\n" : "", OSMFLOW_TEXT_ARGUMENTS(label),
                          label.size > 0 ? ": " : "", osmflow_draft_name(draft, name), problem);
  if (status == OSMFLOW_OK)
    check->line_count++;
}

static size_t count_characters(struct osmflow_text text) {
  size_t count = 0;
  for (size_t i = 0; i < text.size; i++)
    count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
  return count;
}

/* The control characters that XML has no place for, and the two that Unicode calls no characters. UTF-8. */
static bool has_forbidden_character(struct osmflow_text text) {
  for (size_t i = 0; i < text.size; i++) {
    const unsigned char byte = (unsigned char)text.data[i];
    if (byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r')
      return true;
    if (byte == 0xEF && (unsigned char)text.data[i + 1] == 0xBF && (unsigned char)text.data[i + 2] >= 0xBE)
      return true;
  }
  return false;
}

/* `what` is "the value of", "the key", "the role"; `named` says which one. */
static void check_text(struct check *check, const char *what, struct osmflow_text named, struct osmflow_text text) {
  const size_t characters = count_characters(text);
  named = shown(named);
  if (!osmflow_text_is_utf8(text))
    report(check, "%s \"%.*s\" is not UTF-8: say in which encoding the data is", what, OSMFLOW_TEXT_ARGUMENTS(named));
  else if (has_forbidden_character(text))
    report(check, "%s \"%.*s\" holds a control character: take it out", what, OSMFLOW_TEXT_ARGUMENTS(named));
  if (characters > MOST_CHARACTERS)
    report(check, "%s \"%.*s\" has %zu characters, %d are allowed: shorten it", what, OSMFLOW_TEXT_ARGUMENTS(named),
           characters, MOST_CHARACTERS);
}

static int compare_texts(const void *left, const void *right) {
  const struct osmflow_text *a = left, *b = right;
  const size_t size = a->size < b->size ? a->size : b->size;
  const int order = size > 0 ? memcmp(a->data, b->data, size) : 0;
  return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static enum osmflow_status check_keys(struct check *check, struct osmflow_error *error) {
  const struct osmflow_draft *draft = check->item->draft;
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&check->keys, &check->key_capacity, draft->tag_count, sizeof *check->keys,
                            SIZE_MAX / sizeof *check->keys, error);
  if (status != OSMFLOW_OK || draft->tag_count < 2)
    return status;
  for (size_t i = 0; i < draft->tag_count; i++)
    check->keys[i] = draft->tags[i].key;
  qsort(check->keys, draft->tag_count, sizeof *check->keys, compare_texts);
  for (size_t i = 1; i < draft->tag_count; i++)
    if (osmflow_text_equal(check->keys[i - 1], check->keys[i])) {
      const struct osmflow_text key = shown(check->keys[i]);
      report(check, "the key \"%.*s\" occurs twice: keep one of them", OSMFLOW_TEXT_ARGUMENTS(key));
    }
  return status;
}

static enum osmflow_status check_tags(struct check *check, struct osmflow_error *error) {
  const struct osmflow_draft *draft = check->item->draft;
  for (size_t i = 0; i < draft->tag_count; i++) {
    const struct osmflow_tag_view *tag = &draft->tags[i];
    const struct osmflow_text value = shown(tag->value);
    if (tag->key.size == 0)
      report(check, "the value \"%.*s\" has no key: name one, or leave it out", OSMFLOW_TEXT_ARGUMENTS(value));
    check_text(check, "the key", tag->key, tag->key);
    check_text(check, "the value of", tag->key, tag->value);
  }
  return check_keys(check, error);
}

static void check_position(struct check *check) {
  const struct osmflow_draft *draft = check->item->draft;
  char lon[OSMFLOW_NUMBER_SIZE], lat[OSMFLOW_NUMBER_SIZE];
  if (draft->lon == OSMFLOW_NO_POSITION || draft->lat == OSMFLOW_NO_POSITION) {
    report(check, "it has no position: give it a geometry");
    return;
  }
  const int64_t widest = INT64_C(180) * OSMFLOW_DEGREE, highest = INT64_C(90) * OSMFLOW_DEGREE;
  if (draft->lon > widest || draft->lon < -widest || draft->lat > highest || draft->lat < -highest) {
    osmflow_format_degrees(lon, draft->lon);
    osmflow_format_degrees(lat, draft->lat);
    report(check, "longitude %s, latitude %s is not on the earth: check the coordinate system of the data", lon, lat);
  }
}

static void check_parts(struct check *check) {
  const struct osmflow_draft *draft = check->item->draft;
  const struct osmflow_capabilities *limits = check->capabilities;
  if (draft->type == OSMFLOW_NODE)
    check_position(check);
  else if (draft->type == OSMFLOW_WAY && draft->ref_count == 0)
    report(check, "a way needs at least one node: give it a geometry, or delete it");
  else if (draft->type == OSMFLOW_WAY && (int64_t)draft->ref_count > limits->way_nodes)
    report(check, "it has %zu nodes, the server takes %" PRId64 ": split it", draft->ref_count, limits->way_nodes);
  else if (draft->type == OSMFLOW_RELATION && (int64_t)draft->member_count > limits->relation_members)
    report(check, "it has %zu members, the server takes %" PRId64 ": split it", draft->member_count,
           limits->relation_members);
  for (size_t i = 0; i < draft->member_count; i++)
    check_text(check, "the role", draft->members[i].role, draft->members[i].role);
}

static enum osmflow_status check_item(struct check *check, struct osmflow_error *error) {
  if (check->item->action != OSMFLOW_ACTION_CREATE && check->item->draft->version == 0)
    report(check, "its version on the server is unknown: load it again");
  if (check->item->action == OSMFLOW_ACTION_DELETE)
    return OSMFLOW_OK;
  check_parts(check);
  return check_tags(check, error);
}

static enum osmflow_status tell(const struct check *check, struct osmflow_error *error) {
  const size_t rest = check->problem_count - check->line_count;
  char more[ROOM_FOR_COUNT] = "";
  if (check->problem_count == 0)
    return OSMFLOW_OK;
  if (rest > 0)
    snprintf(more, sizeof more, "\n... and %zu more like these", rest);
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s%s", osmflow_bytes_string(&check->lines), more);
}

enum osmflow_status osmflow_change_check(const struct osmflow_change *change,
                                         const struct osmflow_capabilities *capabilities, struct osmflow_error *error) {
  struct check check = {.capabilities = capabilities};
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&check.lines, OSMFLOW_ERROR_SIZE - ROOM_FOR_COUNT);
  for (size_t i = 0; status == OSMFLOW_OK && i < change->count; i++) {
    check.item = &change->items[i];
    if (check.item->outcome == OSMFLOW_OUTCOME_PENDING)
      status = check_item(&check, error);
  }
  if (status == OSMFLOW_OK)
    status = tell(&check, error);
  osmflow_bytes_clear(&check.lines);
  free(check.keys);
  return status;
}
