/* What the Mapflow half remembers, and its ids. */
#include "mapflow.h"

#include <stdlib.h>
#include <strings.h>

#include "base/number.h"

const char *const mapflow_kind_names[MAPFLOW_KINDS] = {"buildings", "forest", "roads", "opendata", "mixed"};

struct sandbox_mapflow *mapflow_of(struct sandbox *sandbox) {
  if (sandbox->mapflow)
    return sandbox->mapflow;
  struct sandbox_mapflow *mapflow = sandbox_reallocate(NULL, sizeof *mapflow);
  *mapflow = (struct sandbox_mapflow){
      .accounts = {{.id = "a1000000-0000-4000-8000-000000000001",
                    .email = "anna@example.com",
                    .credits = 2450,
                    .memory_limit = 10737418240,
                    .memory_used = 5368709120},
                   {.id = "b1000000-0000-4000-8000-000000000001",
                    .email = "ben@example.com",
                    .memory_limit = 1000000000}},
      .wishes = {.max_file = 10737418240,
                 .max_pixels = 65535,
                 .finish_after = 3,
                 .looks_until_ready = 2,
                 .outcome = "OK",
                 .hash = true,
                 .gzip = true},
      .models = mapflow_models(),
      .next_id = 1,
  };
  sandbox->mapflow = mapflow;
  mapflow_seed(mapflow);
  return mapflow;
}

void mapflow_list_add(struct mapflow_list *list, struct mapflow_object *object) {
  sandbox_reserve((void **)&list->items, &list->capacity, list->count + 1, sizeof(struct mapflow_object *));
  list->items[list->count++] = object;
}

void mapflow_list_remove(struct mapflow_list *list, const struct mapflow_object *object) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++)
    if (list->items[i] != object)
      list->items[kept++] = list->items[i];
  list->count = kept;
}

struct mapflow_object *mapflow_find(const struct mapflow_list *list, const char *id) {
  for (size_t i = 0; i < list->count; i++)
    if (strcasecmp(list->items[i]->id, id) == 0)
      return list->items[i];
  return NULL;
}

void mapflow_free_object(struct mapflow_object *object) {
  json_object_put(object->document);
  free(object);
}

void mapflow_free_processing(struct mapflow_object *object) {
  struct mapflow_processing *processing = (struct mapflow_processing *)object;
  json_object_put(processing->aois);
  free(processing->own_result);
  mapflow_free_object(object);
}

void mapflow_free_image(struct mapflow_object *object) {
  osmflow_bytes_clear(&((struct mapflow_image *)object)->content);
  mapflow_free_object(object);
}

static void clear(struct mapflow_list *list, void (*let_go)(struct mapflow_object *object)) {
  for (size_t i = 0; i < list->count; i++)
    let_go(list->items[i]);
  free(list->items);
}

void sandbox_mapflow_free(struct sandbox_mapflow *mapflow) {
  clear(&mapflow->projects, mapflow_free_object);
  clear(&mapflow->processings, mapflow_free_processing);
  clear(&mapflow->mosaics, mapflow_free_object);
  clear(&mapflow->images, mapflow_free_image);
  json_object_put(mapflow->models);
  free(mapflow->uploads);
  free(mapflow);
}

void mapflow_new_id(struct sandbox_mapflow *mapflow, char id[MAPFLOW_ID]) {
  snprintf(id, MAPFLOW_ID, "5a4d0000-0000-4000-8000-%012llx", (unsigned long long)mapflow->next_id++);
}

bool mapflow_is_id(const char *text) {
  static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (!text || strlen(text) != sizeof form - 1)
    return false;
  for (size_t i = 0; form[i]; i++)
    if (form[i] == '-' ? text[i] != '-' : !strchr("0123456789abcdefABCDEF", text[i]))
      return false;
  return true;
}

void mapflow_now(const struct sandbox *sandbox, char text[40]) {
  char whole[OSMFLOW_NUMBER_SIZE];
  osmflow_format_time(whole, sandbox_now(sandbox));
  snprintf(text, 40, "%.19s.248063Z", whole);
}
