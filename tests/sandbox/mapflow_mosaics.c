/* Mosaics: collections of images. */
#include "mapflow.h"

#include <math.h>
#include <stdlib.h>

static struct mapflow_object *take(struct mapflow_request *request) {
  return mapflow_take(request, &request->mapflow->mosaics, "mosaic", request->words[0]);
}

/* The texts of "POLYGON (...)" of its images become "MULTIPOLYGON (..., ...)". */
static void describe_images(const struct sandbox_mapflow *mapflow, const struct mapflow_object *mosaic,
                            struct json_object *document) {
  struct osmflow_bytes footprint;
  int64_t size = 0, total = 0, ready = 0, pending = 0, failed = 0;
  osmflow_bytes_init(&footprint, SIZE_MAX / 4);
  for (size_t i = 0; i < mapflow->images.count; i++) {
    const struct mapflow_image *image = (const struct mapflow_image *)mapflow->images.items[i];
    const char *state = mapflow_text(image->object.document, "state");
    const char *polygon = strchr(mapflow_text(image->object.document, "footprint"), '(');
    if (strcmp(image->mosaic, mosaic->id) != 0)
      continue;
    if (polygon && osmflow_bytes_print(&footprint, NULL, "%s%s", total ? ", " : "", polygon) != OSMFLOW_OK)
      sandbox_die("out of memory");
    total++;
    size += (int64_t)mapflow_real(image->object.document, "file_size", 0);
    ready += strcmp(state, "READY") == 0;
    failed += strcmp(state, "FAILED") == 0;
    pending += strcmp(state, "PENDING") == 0;
  }
  struct json_object *summary = json_object_new_object(), *layer = json_object_new_object();
  const int64_t counts[] = {total, ready, pending, total - ready - pending - failed, failed, 0};
  static const char *const names[] = {"total", "ready", "pending", "in_progress", "failed", "loading"};
  for (size_t i = 0; i < 6; i++)
    mapflow_set_int(summary, names[i], counts[i]);
  char text[256] = "";
  if (total)
    snprintf(text, sizeof text,
             "https://app.mapflow.ai/api/v0/cogs/tiles/{z}/{x}/{y}.png?uri=s3%%3A%%2F%%2Fusers-data%%2F%s", mosaic->id);
  mapflow_set_text(layer, "tileUrl", text);
  if (total)
    snprintf(text, sizeof text, "https://app.mapflow.ai/api/v0/cogs/tiles.json?uri=s3%%3A%%2F%%2Fusers-data%%2F%s",
             mosaic->id);
  mapflow_set_text(layer, "tileJsonUrl", text);
  mapflow_set(document, "rasterLayer", layer);
  char *wkt = sandbox_reallocate(NULL, footprint.size + 32);
  snprintf(wkt, footprint.size + 32, total ? "MULTIPOLYGON (%s)" : "MULTIPOLYGON EMPTY",
           osmflow_bytes_string(&footprint));
  mapflow_set_text(document, "footprint", wkt);
  free(wkt);
  osmflow_bytes_clear(&footprint);
  mapflow_set_int(document, "sizeInBytes", size);
  mapflow_set(document, "status_summary", summary);
}

/* In the order of the recorded answer. */
static struct json_object *show(const struct mapflow_request *request, const struct mapflow_object *mosaic) {
  struct json_object *document = json_object_new_object(), *inner = json_object_new_object(), *value;
  static const char *const names[] = {"id",         "rasterLayer", "tags",        "name",
                                      "created_at", "footprint",   "sizeInBytes", "status_summary"};
  describe_images(request->mapflow, mosaic, inner);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    value = mapflow_get(inner, names[i]);
    mapflow_set(document, names[i], json_object_get(value ? value : mapflow_get(mosaic->document, names[i])));
  }
  if (request->mapflow->wishes.shape == MAPFLOW_SPEC) {
    value = mapflow_get(mapflow_get(inner, "status_summary"), "total");
    mapflow_set(document, "image_count", json_object_get(value));
  }
  json_object_put(inner);
  struct json_object *shown = mapflow_show(request->mapflow, MAPFLOW_VIEW_MOSAIC, document);
  json_object_put(document);
  return shown;
}

struct mapflow_object *mapflow_add_mosaic(struct mapflow_request *request, const char *name, struct json_object *tags) {
  struct mapflow_object *mosaic = sandbox_reallocate(NULL, sizeof *mosaic);
  char now[40];
  *mosaic = (struct mapflow_object){.owner = request->account, .document = json_object_new_object()};
  mapflow_new_id(request->mapflow, mosaic->id);
  mapflow_now(request->sandbox, now);
  mapflow_set_text(mosaic->document, "id", mosaic->id);
  mapflow_set(mosaic->document, "tags", tags);
  mapflow_set_text(mosaic->document, "name", name);
  mapflow_set_text(mosaic->document, "created_at", now);
  mapflow_list_add(&request->mapflow->mosaics, mosaic);
  request->mapflow->created[2]++;
  return mosaic;
}

void mapflow_remove_image(struct sandbox_mapflow *mapflow, struct mapflow_object *image) {
  mapflow->accounts[image->owner].memory_used -= (int64_t)mapflow_real(image->document, "file_size", 0);
  mapflow_list_remove(&mapflow->images, image);
  mapflow_free_image(image);
}

void mapflow_remove_mosaic(struct sandbox_mapflow *mapflow, struct mapflow_object *mosaic) {
  for (size_t i = mapflow->images.count; i-- > 0;)
    if (strcmp(((struct mapflow_image *)mapflow->images.items[i])->mosaic, mosaic->id) == 0)
      mapflow_remove_image(mapflow, mapflow->images.items[i]);
  mapflow_list_remove(&mapflow->mosaics, mosaic);
  mapflow_free_object(mosaic);
}

/* False after 422: tags are texts. */
static bool take_tags(struct mapflow_request *request, struct json_object **tags) {
  if (!mapflow_take_type(request, "tags", json_type_array, tags))
    return false;
  for (size_t i = 0; *tags && i < json_object_array_length(*tags); i++)
    if (!json_object_is_type(json_object_array_get_idx(*tags, i), json_type_string)) {
      mapflow_refuse_field(request, "body", "tags", "str type expected", "type_error.str");
      return false;
    }
  return true;
}

static void create(struct mapflow_request *request) {
  const char *name;
  struct json_object *tags;
  if (!mapflow_need_text(request, "name", &name) || !take_tags(request, &tags))
    return;
  const struct mapflow_object *mosaic =
      mapflow_add_mosaic(request, name, tags ? json_object_get(tags) : json_object_new_array());
  mapflow_answer(request, mapflow_show(request->mapflow, MAPFLOW_VIEW_NEW_MOSAIC, mosaic->document));
}

static bool has_tag(const struct mapflow_object *mosaic, const char *tag) {
  const struct json_object *tags = mapflow_get(mosaic->document, "tags");
  for (size_t i = 0; i < json_object_array_length(tags); i++)
    if (strcmp(json_object_get_string(json_object_array_get_idx(tags, i)), tag) == 0)
      return true;
  return false;
}

/* With tags: those that have all of them. */
static void list(struct mapflow_request *request) {
  struct json_object *all = json_object_new_array();
  const struct mapflow_list *mosaics = &request->mapflow->mosaics;
  const struct sandbox_exchange *exchange = request->exchange;
  for (size_t i = 0; i < mosaics->count; i++) {
    bool fits = mosaics->items[i]->owner == request->account;
    for (size_t p = 0; p < exchange->parameter_count; p++)
      if (strcmp(exchange->parameters[p].name, "tags") == 0)
        fits = fits && has_tag(mosaics->items[i], exchange->parameters[p].value);
    if (fits)
      json_object_array_add(all, show(request, mosaics->items[i]));
  }
  mapflow_answer(request, all);
}

static void read_one(struct mapflow_request *request) {
  const struct mapflow_object *mosaic = take(request);
  if (mosaic)
    mapflow_answer(request, show(request, mosaic));
}

static void update(struct mapflow_request *request) {
  struct mapflow_object *mosaic = take(request);
  const char *name;
  struct json_object *tags;
  if (!mosaic || !mapflow_take_text(request, "name", &name) || !take_tags(request, &tags))
    return;
  if (name)
    mapflow_set_text(mosaic->document, "name", name);
  if (tags)
    mapflow_set(mosaic->document, "tags", json_object_get(tags));
  mapflow_answer(request, show(request, mosaic));
}

static void delete (struct mapflow_request *request) {
  struct mapflow_object *mosaic = take(request);
  if (!mosaic)
    return;
  mapflow_remove_mosaic(request->mapflow, mosaic);
  struct json_object *document = json_object_new_object();
  mapflow_set_text(document, "message", "Files deleted");
  mapflow_answer(request, document);
}

struct mapflow_routes mapflow_mosaic_routes(void) {
  static const struct mapflow_route routes[] = {
      {"POST", "/rasters/mosaic", create, MAPFLOW_JSON}, {"GET", "/rasters/mosaic", list, 0},
      {"GET", "/rasters/mosaic/*", read_one, 0},         {"PUT", "/rasters/mosaic/*", update, MAPFLOW_JSON},
      {"DELETE", "/rasters/mosaic/*", delete, 0},
  };
  return (struct mapflow_routes){routes, sizeof routes / sizeof routes[0]};
}
