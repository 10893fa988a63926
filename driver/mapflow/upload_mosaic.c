#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "mapflow/action.h"
#include "mapflow/upload_parts.h"

enum { MOST_IMAGES = 1000000, PATH_SIZE = 128, LIST_CEILING = 2000 };

static struct osmflow_text text_at(const struct osmflow_tree_node *node, const char *path) {
  const struct osmflow_tree_node *found = osmflow_tree_at(node, path);
  const bool is_text = found && (found->kind == OSMFLOW_TREE_STRING || found->kind == OSMFLOW_TREE_NUMBER);
  return is_text ? found->text : (struct osmflow_text){"", 0};
}

static bool int_at(const struct osmflow_tree_node *node, const char *path, int64_t *value) {
  return osmflow_parse_int(text_at(node, path), INT64_MIN, INT64_MAX, value);
}

static void copy_text(char *target, size_t size, struct osmflow_text text) {
  const size_t count = text.size < size ? text.size : size - 1;
  memcpy(target, text.data, count);
  target[count] = '\0';
}

/* The spec's answer has used_bytes and limit_bytes, the server's own memoryFree; null is without limit. */
static void read_storage(struct osmflow_batch *batch, const struct osmflow_tree_node *top) {
  int64_t used = 0, limit = 0, value = 0;
  batch->has_free = int_at(top, "memoryFree", &batch->free_bytes);
  if (!batch->has_free && int_at(top, "limit_bytes", &limit) && int_at(top, "used_bytes", &used)) {
    batch->has_free = true;
    batch->free_bytes = limit - used;
  }
  if (batch->has_free && batch->free_bytes < 0)
    batch->free_bytes = 0;
  if (int_at(top, "maxUploadFileSize", &value) && value > 0)
    batch->limits.most_bytes = value;
  if (int_at(top, "maxPixelCount", &value) && value > 0 && value <= INT32_MAX)
    batch->limits.most_pixels = (int)value;
}

enum osmflow_status osmflow_batch_read_limits(struct osmflow_batch *batch, struct osmflow_error *error) {
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_tree *tree = NULL;
  struct osmflow_error failure = {.status = OSMFLOW_OK};
  enum osmflow_status status = osmflow_mapflow_get(&batch->mapflow, "rasters/memory", &tree, &top, &failure);
  if (status == OSMFLOW_OK)
    read_storage(batch, top);
  osmflow_tree_free(tree);
  /* Room for a batch is counted here and for files that are sent alone, so the check of a file leaves it out. */
  batch->limits.free_bytes = -1;
  batch->limits.is_strict = batch->upload->strict;
  if (status == OSMFLOW_NOT_FOUND)
    return OSMFLOW_OK; /* a server without that call says it when the storage is used up */
  if (status != OSMFLOW_OK && error)
    *error = failure;
  return status;
}

static enum osmflow_status set_mosaic(struct osmflow_batch *batch, struct osmflow_text id,
                                      struct osmflow_error *error) {
  struct osmflow_bytes url;
  if (!osmflow_mapflow_is_id(id) || id.size >= sizeof batch->mosaic_id)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server answered with a mosaic that has no usable id");
  copy_text(batch->mosaic_id, sizeof batch->mosaic_id, id);
  copy_text(batch->result->mosaic_id, sizeof batch->result->mosaic_id, id);
  osmflow_bytes_init(&url, 1 << 16);
  const enum osmflow_status status =
      osmflow_bytes_print(&url, error, "%s/rasters/mosaic/%s/image", batch->mapflow.root, batch->mosaic_id);
  free(batch->url);
  batch->url = osmflow_bytes_take(&url);
  osmflow_bytes_clear(&url);
  return status;
}

static enum osmflow_status find_by_id(struct osmflow_batch *batch, struct osmflow_error *error) {
  const char *id = batch->upload->mosaic_id;
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_tree *tree = NULL;
  char path[PATH_SIZE];
  if (!osmflow_mapflow_is_id(osmflow_text(id)))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "\"%.80s\" is not the id of a mosaic (\"6ee95ae6-f26e-41bd-8cb1-39bea545119f\")", id);
  (void)snprintf(path, sizeof path, "rasters/mosaic/%s", id);
  enum osmflow_status status = osmflow_mapflow_get(&batch->mapflow, path, &tree, &top, error);
  osmflow_tree_free(tree);
  return status == OSMFLOW_OK ? set_mosaic(batch, osmflow_text(id), error) : status;
}

/* What is no listing must not be taken for an empty one: files would be sent again, mosaics made again. */
static enum osmflow_status check_list(const struct osmflow_tree_node *top, const char *path, const char *things,
                                      struct osmflow_error *error) {
  bool is_list = top->kind == OSMFLOW_TREE_ARRAY;
  for (const struct osmflow_tree_node *node = top->first; is_list && node; node = node->next)
    is_list = node->kind == OSMFLOW_TREE_OBJECT && text_at(node, "id").size > 0;
  return is_list ? OSMFLOW_OK
                 : osmflow_error_set(error, OSMFLOW_BAD_DATA, "GET %s: the answer is not a list of %s with ids", path,
                                     things);
}

static enum osmflow_status find_by_name(struct osmflow_batch *batch, struct osmflow_error *error) {
  const struct osmflow_tree_node *top = NULL, *found = NULL;
  struct osmflow_tree *tree = NULL;
  struct osmflow_bytes ids;
  size_t count = 0;
  osmflow_bytes_init(&ids, LIST_CEILING);
  enum osmflow_status status = osmflow_mapflow_get(&batch->mapflow, "rasters/mosaic", &tree, &top, error);
  if (status == OSMFLOW_OK)
    status = check_list(top, "rasters/mosaic", "mosaics", error);
  for (const struct osmflow_tree_node *node = status == OSMFLOW_OK ? top->first : NULL; node; node = node->next)
    if (osmflow_text_is(text_at(node, "name"), batch->upload->mosaic_name)) {
      const struct osmflow_text id = text_at(node, "id");
      found = node;
      /* More than fit need not be named. */
      if (count++ == 0 || osmflow_bytes_add_string(&ids, ", ", NULL) == OSMFLOW_OK)
        (void)!osmflow_bytes_add_text(&ids, id, NULL);
    }
  if (status == OSMFLOW_OK && count > 1)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "there are %zu mosaics called \"%.200s\"; name one of them by its id: %.900s", count,
                               batch->upload->mosaic_name, osmflow_bytes_string(&ids));
  else if (status == OSMFLOW_OK && count == 1)
    status = set_mosaic(batch, text_at(found, "id"), error);
  osmflow_bytes_clear(&ids);
  osmflow_tree_free(tree);
  return status;
}

enum osmflow_status osmflow_batch_find_mosaic(struct osmflow_batch *batch, struct osmflow_error *error) {
  return batch->upload->mosaic_id ? find_by_id(batch, error) : find_by_name(batch, error);
}

/* Lost answers are settled by looking whether there is one of that name by now. */
enum osmflow_status osmflow_batch_make_mosaic(struct osmflow_batch *batch, struct osmflow_error *error) {
  const struct osmflow_upload *upload = batch->upload;
  const char **tags = calloc(upload->tag_count + 1, sizeof *tags); /* the list ends with NULL */
  const struct osmflow_mapflow_member members[] = {{.name = "name", .value = upload->mosaic_name},
                                                   {.name = "tags", .list = tags}};
  const struct osmflow_mapflow_action action = {
      .name = "mosaic/create", .members = members, .member_count = sizeof members / sizeof members[0]};
  char *id = NULL;
  if (!tags)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a list of tags");
  for (size_t i = 0; i < upload->tag_count; i++)
    tags[i] = upload->tags[i];
  enum osmflow_status status = osmflow_mapflow_act(&batch->mapflow, &action, &id, NULL, error);
  if (status == OSMFLOW_OK)
    status = set_mosaic(batch, osmflow_text(id), error);
  batch->result->is_mosaic_new = status == OSMFLOW_OK;
  free(id);
  free(tags);
  return status;
}

void osmflow_batch_images_clear(struct osmflow_batch_images *images) {
  for (size_t i = 0; i < images->count; i++)
    free(images->items[i].name);
  free(images->items);
  *images = (struct osmflow_batch_images){.items = NULL};
}

static void lower(char *text) {
  for (; *text; text++)
    if (*text >= 'A' && *text <= 'Z')
      *text = (char)(*text - 'A' + 'a');
}

static enum osmflow_status add_image(struct osmflow_batch_images *images, const struct osmflow_tree_node *node,
                                     struct osmflow_error *error) {
  struct osmflow_batch_image image = {.size = -1};
  enum osmflow_status status = osmflow_array_reserve((void **)&images->items, &images->capacity, images->count + 1,
                                                     sizeof *images->items, MOST_IMAGES, error);
  if (status != OSMFLOW_OK)
    return status;
  if (osmflow_mapflow_is_id(text_at(node, "id")))
    copy_text(image.id, sizeof image.id, text_at(node, "id"));
  copy_text(image.sha1, sizeof image.sha1, text_at(node, "checksum"));
  copy_text(image.state, sizeof image.state, text_at(node, "state"));
  lower(image.sha1);
  (void)int_at(node, "file_size", &image.size);
  image.name = strdup(text_at(node, "filename").data);
  if (!image.name)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a list of images");
  images->items[images->count++] = image;
  return OSMFLOW_OK;
}

static void read_norm(struct osmflow_raster_limits *limits, const struct osmflow_tree_node *image) {
  const struct osmflow_tree_node *facts = osmflow_tree_child(image, "meta_data");
  const struct osmflow_tree_node *types = osmflow_tree_child(facts, "dtypes");
  const struct osmflow_tree_node *pixel = osmflow_tree_child(facts, "pixel_size");
  int64_t bands = 0;
  limits->has_norm = int_at(facts, "count", &bands) && bands > 0 && bands < 1000;
  limits->norm_bands = (int)bands;
  copy_text(limits->norm_crs, sizeof limits->norm_crs, text_at(facts, "crs"));
  copy_text(limits->norm_type, sizeof limits->norm_type,
            types && types->first ? types->first->text : (struct osmflow_text){"", 0});
  limits->norm_pixel_size[0] = limits->norm_pixel_size[1] = 0;
  if (pixel && pixel->first && pixel->first->next) {
    (void)osmflow_parse_real(pixel->first->text, &limits->norm_pixel_size[0]);
    (void)osmflow_parse_real(pixel->first->next->text, &limits->norm_pixel_size[1]);
  }
}

/* The image that came first: times are ISO 8601 in UTC, so they sort as texts. */
static const struct osmflow_tree_node *first_image(const struct osmflow_tree_node *top) {
  const struct osmflow_tree_node *first = top->first;
  for (const struct osmflow_tree_node *node = first; node; node = node->next) {
    const struct osmflow_text time = text_at(node, "uploaded_at"), best = text_at(first, "uploaded_at");
    if (time.size > 0 && (best.size == 0 || strcmp(time.data, best.data) < 0))
      first = node;
  }
  return first;
}

enum osmflow_status osmflow_batch_list(struct osmflow_batch *batch, struct osmflow_error *error) {
  const struct osmflow_tree_node *top = NULL;
  struct osmflow_tree *tree = NULL;
  char path[PATH_SIZE];
  if (!batch->mosaic_id[0])
    return OSMFLOW_OK;
  (void)snprintf(path, sizeof path, "rasters/mosaic/%s/image", batch->mosaic_id);
  enum osmflow_status status = osmflow_mapflow_get(&batch->mapflow, path, &tree, &top, error);
  if (status == OSMFLOW_OK)
    status = check_list(top, path, "images", error);
  if (status == OSMFLOW_OK) {
    osmflow_batch_images_clear(&batch->images);
    for (const struct osmflow_tree_node *node = top->first; status == OSMFLOW_OK && node; node = node->next)
      status = add_image(&batch->images, node, error);
    if (top->first)
      read_norm(&batch->limits, first_image(top));
  } else if (status == OSMFLOW_NOT_FOUND) {
    osmflow_error_prefix(error, "the mosaic %s is not there (any more): ", batch->mosaic_id);
  }
  osmflow_tree_free(tree);
  return status;
}

static bool is_taken(const struct osmflow_batch *batch, const struct osmflow_batch_piece *self, const char *id) {
  for (size_t i = 0; i < batch->piece_count; i++)
    if (*id && &batch->pieces[i] != self && strcmp(batch->pieces[i].image_id, id) == 0)
      return true;
  return false;
}

/* A server may keep the name as it came over the wire. */
static bool is_called(const struct osmflow_batch_image *image, const char *name) {
  struct osmflow_bytes quoted;
  osmflow_bytes_init(&quoted, 1 << 16);
  const bool is_same = strcmp(image->name, name) == 0 || (osmflow_batch_quote(name, &quoted, NULL) == OSMFLOW_OK &&
                                                          strcmp(image->name, osmflow_bytes_string(&quoted)) == 0);
  osmflow_bytes_clear(&quoted);
  return is_same;
}

enum osmflow_status osmflow_batch_find_image(struct osmflow_batch_piece *piece, bool compute,
                                             const struct osmflow_batch_image **image, struct osmflow_error *error) {
  const struct osmflow_batch *batch = piece->batch;
  enum osmflow_status status = OSMFLOW_OK;
  *image = NULL;
  for (size_t i = 0; status == OSMFLOW_OK && !*image && i < batch->images.count; i++) {
    const struct osmflow_batch_image *candidate = &batch->images.items[i];
    if (candidate->size != piece->stamp.size || !is_called(candidate, piece->name) ||
        is_taken(batch, piece, candidate->id))
      continue;
    if (candidate->sha1[0] && compute)
      status = osmflow_batch_sha1(piece, error);
    if (status == OSMFLOW_OK && (!candidate->sha1[0] || !piece->sha1[0] || strcmp(candidate->sha1, piece->sha1) == 0))
      *image = candidate;
  }
  return status;
}
