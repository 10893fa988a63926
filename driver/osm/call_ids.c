#include "osm/call_ids.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

enum { MOST_IDS = 10000000 };

void osmflow_id_list_init(struct osmflow_id_list *list) {
  *list = (struct osmflow_id_list){0};
}

void osmflow_id_list_clear(struct osmflow_id_list *list) {
  free(list->items);
  osmflow_id_list_init(list);
}

static int compare(const void *left, const void *right) {
  const struct osmflow_wanted_id *a = left, *b = right;
  if (a->id != b->id)
    return a->id < b->id ? -1 : 1;
  return (a->version > b->version) - (a->version < b->version);
}

static void sort_unique(struct osmflow_id_list *list) {
  size_t kept = 0;
  if (list->count > 1)
    qsort(list->items, list->count, sizeof list->items[0], compare);
  for (size_t i = 0; i < list->count; i++)
    if (kept == 0 || compare(&list->items[kept - 1], &list->items[i]) != 0)
      list->items[kept++] = list->items[i];
  list->count = kept;
}

static bool parse_item(struct osmflow_text word, bool with_versions, struct osmflow_wanted_id *item) {
  const char *mark = word.size > 0 && with_versions ? memchr(word.data, 'v', word.size) : NULL;
  struct osmflow_text id = word;
  int64_t version = 0;
  if (mark) {
    id.size = (size_t)(mark - word.data);
    struct osmflow_text digits = {mark + 1, word.size - id.size - 1};
    if (!osmflow_parse_int(digits, 1, UINT32_MAX, &version))
      return false;
  }
  item->version = (uint32_t)version;
  return osmflow_parse_int(id, 1, INT64_MAX, &item->id);
}

enum osmflow_status osmflow_id_list_parse(struct osmflow_id_list *list, struct osmflow_text text, bool with_versions,
                                          struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_text word;
  list->count = 0;
  while (status == OSMFLOW_OK && osmflow_text_next(&text, ',', &word)) {
    void *items = list->items;
    word = osmflow_text_trim(word);
    status = osmflow_array_reserve(&items, &list->capacity, list->count + 1, sizeof list->items[0], MOST_IDS, error);
    list->items = items;
    if (status != OSMFLOW_OK)
      break;
    if (parse_item(word, with_versions, &list->items[list->count]))
      list->count++;
    else
      status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.*s\" is not an id%s",
                                 word.size > 60 ? 60 : (int)word.size, word.data ? word.data : "",
                                 with_versions ? " (nor an id with a version)" : "");
  }
  if (status == OSMFLOW_OK)
    sort_unique(list);
  else
    list->count = 0;
  return status;
}

/* Where it is, or would be. Lists mostly grow in order, so the end is looked at first. */
static size_t place_of(const struct osmflow_id_list *list, const struct osmflow_wanted_id *item) {
  size_t low = 0, high = list->count;
  if (high > 0 && compare(&list->items[high - 1], item) < 0)
    return high;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (compare(&list->items[middle], item) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

enum osmflow_status osmflow_id_list_add(struct osmflow_id_list *list, const struct osmflow_wanted_id *item,
                                        struct osmflow_error *error) {
  const size_t place = place_of(list, item);
  void *items = list->items;
  if (place < list->count && compare(&list->items[place], item) == 0)
    return OSMFLOW_OK;
  enum osmflow_status status =
      osmflow_array_reserve(&items, &list->capacity, list->count + 1, sizeof list->items[0], MOST_IDS, error);
  list->items = items;
  if (status != OSMFLOW_OK)
    return status;
  memmove(list->items + place + 1, list->items + place, (list->count - place) * sizeof *list->items);
  list->items[place] = *item;
  list->count++;
  return OSMFLOW_OK;
}

bool osmflow_id_list_repeats_ids(const struct osmflow_id_list *list) {
  for (size_t i = 1; i < list->count; i++)
    if (list->items[i - 1].id == list->items[i].id)
      return true;
  return false;
}

enum osmflow_status osmflow_id_list_format(const struct osmflow_id_list *list, size_t first, size_t count,
                                           struct osmflow_bytes *text, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = first; i < first + count && status == OSMFLOW_OK; i++) {
    const struct osmflow_wanted_id *item = &list->items[i];
    status = osmflow_bytes_print(text, error, "%s%" PRId64, i > first ? "," : "", item->id);
    if (status == OSMFLOW_OK && item->version > 0)
      status = osmflow_bytes_print(text, error, "v%" PRIu32, item->version);
  }
  return status;
}
