/* Images of a mosaic: what is known of them, their previews, their download. */
#include "mapflow.h"

#include <stdlib.h>

#include "rails.h"

static const char *state_of(const struct mapflow_image *image) {
  return mapflow_text(image->object.document, "state");
}

/* Uploaded images are PENDING, then IN_PROGRESS, for so many looks; then they are what they will be. */
void mapflow_look_at_image(struct mapflow_image *image) {
  const bool fails = image->looks_until_ready < 0;
  const int64_t looks = fails ? 2 : image->looks_until_ready;
  if (!image->runs)
    return;
  const char *state = image->looks == 0 ? "PENDING" : "IN_PROGRESS";
  if (image->looks++ >= looks) {
    state = fails ? "FAILED" : "READY";
    image->runs = false;
  }
  mapflow_set_text(image->object.document, "state", state);
}

struct json_object *mapflow_show_image(struct mapflow_request *request, const struct mapflow_image *image,
                                       enum mapflow_view view) {
  char base[256], url[400];
  rails_base_url(&request->exchange->request, base);
  snprintf(url, sizeof url, "%s/rest/rasters/image/%s/preview/l", base, image->object.id);
  mapflow_set_text(image->object.document, "preview_url_l", url);
  snprintf(url, sizeof url, "%s/rest/rasters/image/%s/preview/s", base, image->object.id);
  mapflow_set_text(image->object.document, "preview_url_s", url);
  return mapflow_show(request->mapflow, view, image->object.document);
}

static struct mapflow_image *take(struct mapflow_request *request) {
  return (struct mapflow_image *)mapflow_take(request, &request->mapflow->images, "image", request->words[0]);
}

static void list(struct mapflow_request *request) {
  const struct mapflow_list *images = &request->mapflow->images;
  if (!mapflow_take(request, &request->mapflow->mosaics, "mosaic", request->words[0]))
    return;
  struct json_object *all = json_object_new_array();
  for (size_t i = 0; i < images->count; i++) {
    struct mapflow_image *image = (struct mapflow_image *)images->items[i];
    if (strcmp(image->mosaic, request->words[0]) != 0)
      continue;
    mapflow_look_at_image(image);
    json_object_array_add(all, mapflow_show_image(request, image, MAPFLOW_VIEW_LISTED_IMAGE));
  }
  mapflow_answer(request, all);
}

static void read_one(struct mapflow_request *request) {
  struct mapflow_image *image = take(request);
  if (!image)
    return;
  mapflow_look_at_image(image);
  mapflow_answer(request, mapflow_show_image(request, image, MAPFLOW_VIEW_IMAGE));
}

static void rename_one(struct mapflow_request *request) {
  const char *name = sandbox_parameter(&request->exchange->request, "name");
  const struct mapflow_image *image = take(request);
  if (!image)
    return;
  if (!name)
    mapflow_refuse_field(request, "query", "name", "field required", "value_error.missing");
  else if (!*name)
    mapflow_refuse_field(request, "query", "name", "ensure this value has at least 1 characters",
                         "value_error.any_str.min_length");
  else if (rails_count_characters(name) > 255)
    mapflow_refuse_field(request, "query", "name", "ensure this value has at most 255 characters",
                         "value_error.any_str.max_length");
  else {
    mapflow_set_text(image->object.document, "filename", name);
    mapflow_answer(request, mapflow_show_image(request, image, MAPFLOW_VIEW_IMAGE));
  }
}

static void delete (struct mapflow_request *request) {
  struct mapflow_image *image = take(request);
  char text[80];
  if (!image)
    return;
  snprintf(text, sizeof text, "%s deleted", image->object.id);
  mapflow_remove_image(request->mapflow, &image->object);
  struct json_object *document = json_object_new_object();
  mapflow_set_text(document, "message", text);
  mapflow_answer(request, document);
}

static struct json_object *describe_status(const struct mapflow_image *image) {
  struct json_object *document = json_object_new_object();
  const char *state = state_of(image);
  const bool ready = strcmp(state, "READY") == 0, failed = strcmp(state, "FAILED") == 0;
  mapflow_set_text(document, "image_id", image->object.id);
  mapflow_set_text(document, "filename", mapflow_text(image->object.document, "filename"));
  mapflow_set_text(document, "preprocessing_status", ready ? "COMPLETED" : state);
  mapflow_set_text(document, "preprocessing_error", failed ? "The image could not be converted" : NULL);
  mapflow_set(document, "data_available", json_object_new_boolean(ready));
  mapflow_set_text(document, "uploaded_at", mapflow_text(image->object.document, "uploaded_at"));
  return document;
}

static void read_status(struct mapflow_request *request) {
  struct mapflow_image *image = take(request);
  if (!image)
    return;
  mapflow_look_at_image(image);
  mapflow_answer(request, describe_status(image));
}

static void read_mosaic_status(struct mapflow_request *request) {
  static const char *const states[] = {"READY", "PENDING", "IN_PROGRESS", "FAILED"};
  static const char *const names[] = {"ready_images", "pending_images", "in_progress_images", "failed_images"};
  const struct mapflow_list *images = &request->mapflow->images;
  int64_t counts[4] = {0}, total = 0;
  if (!mapflow_take(request, &request->mapflow->mosaics, "mosaic", request->words[0]))
    return;
  struct json_object *document = json_object_new_object(), *all = json_object_new_array();
  for (size_t i = 0; i < images->count; i++) {
    struct mapflow_image *image = (struct mapflow_image *)images->items[i];
    if (strcmp(image->mosaic, request->words[0]) != 0)
      continue;
    mapflow_look_at_image(image);
    total++;
    for (size_t s = 0; s < 4; s++)
      counts[s] += strcmp(state_of(image), states[s]) == 0;
    json_object_array_add(all, describe_status(image));
  }
  mapflow_set_text(document, "mosaic_id", request->words[0]);
  mapflow_set_int(document, "total_images", total);
  for (size_t s = 0; s < 4; s++)
    mapflow_set_int(document, names[s], counts[s]);
  mapflow_set(document, "images", all);
  mapflow_answer(request, document);
}

static void refuse_preview(struct mapflow_request *request, const char *id) {
  struct json_object *parameters = json_object_new_object();
  mapflow_set_text(parameters, "image_id", id);
  mapflow_refuse_data(request, 404, "PreviewNotFound", parameters, NULL);
}

/* Whoever knows the address may look: there is no login. */
static void read_preview(struct mapflow_request *request) {
  const char *id = request->words[0], *size = request->words[1];
  const struct mapflow_object *object = mapflow_find(&request->mapflow->images, id);
  if (!mapflow_is_id(id))
    mapflow_refuse_field(request, "path", "image_id", "value is not a valid uuid", "type_error.uuid");
  else if (strcmp(size, "s") != 0 && strcmp(size, "l") != 0)
    mapflow_refuse_field(request, "path", "size", "value is not a valid enumeration member; permitted: 's', 'l'",
                         "type_error.enum");
  else if (!object)
    mapflow_refuse_absent(request, "image", id);
  else if (strcmp(mapflow_text(object->document, "state"), "READY") != 0)
    refuse_preview(request, id);
  else {
    const struct json_object *meta = mapflow_get(object->document, "meta_data");
    mapflow_print_preview(request->response, (int)mapflow_real(meta, "width", 1), (int)mapflow_real(meta, "height", 1),
                          *size == 's' ? 256 : 1024);
  }
}

static void offer_download(struct mapflow_request *request) {
  const struct mapflow_image *image = take(request);
  char base[256], url[400];
  if (!image)
    return;
  if (!json_object_get_boolean(mapflow_get(image->object.document, "available_for_download"))) {
    mapflow_refuse_detail(request, 403, "Forbidden");
    return;
  }
  if (strcmp(state_of(image), "READY") != 0) {
    mapflow_refuse_data(request, 409, "DataNotAvailable", NULL, NULL);
    return;
  }
  struct json_object *document = json_object_new_object();
  rails_base_url(&request->exchange->request, base);
  snprintf(url, sizeof url, "%s/storage/%s?X-Amz-Signature=abc", base, image->object.id);
  mapflow_set_text(document, "download_url", url);
  mapflow_set_text(document, "filename", mapflow_text(image->object.document, "filename"));
  mapflow_set_int(document, "expires_in", 3600);
  mapflow_answer(request, document);
}

static void refuse_storage(struct mapflow_request *request, int status, const char *code) {
  mapflow_refuse_plainly(request, status, "");
  snprintf(request->response->content_type, sizeof request->response->content_type, "application/xml");
  sandbox_print(request->response,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>", code,
                code);
}

/* The object store: it wants its own signature, and no other login beside it. The bytes of small files are the
 * uploaded ones. */
static void download(struct mapflow_request *request) {
  const struct sandbox_request *asked = &request->exchange->request;
  struct mapflow_object *object = mapflow_find(&request->mapflow->images, request->words[0]);
  const struct mapflow_image *image = (struct mapflow_image *)object;
  const char *signature = sandbox_parameter(asked, "X-Amz-Signature");
  if (sandbox_header(asked, "Authorization"))
    refuse_storage(request, 400, "InvalidArgument");
  else if (!signature || strcmp(signature, "abc") != 0)
    refuse_storage(request, 403, "AccessDenied");
  else if (!object)
    refuse_storage(request, 404, "NoSuchKey");
  else {
    snprintf(request->response->content_type, sizeof request->response->content_type, "image/tiff");
    if (image->content.size > 0)
      sandbox_append(request->response, image->content.data, image->content.size);
    else
      request->exchange->stream = mapflow_stream_filler((uint64_t)mapflow_real(object->document, "file_size", 0));
  }
}

struct mapflow_routes mapflow_image_routes(void) {
  static const struct mapflow_route routes[] = {
      {"GET", "/rasters/mosaic/*/image", list, 0},
      {"GET", "/rasters/mosaic/*/status", read_mosaic_status, 0},
      {"GET", "/rasters/image/*", read_one, 0},
      {"PUT", "/rasters/image/*", rename_one, 0},
      {"DELETE", "/rasters/image/*", delete, 0},
      {"GET", "/rasters/image/*/status", read_status, 0},
      {"GET", "/rasters/image/*/preview/*", read_preview, MAPFLOW_OPEN},
      {"GET", "/rasters/image/*/download", offer_download, 0},
      {"GET", "/storage/*", download, MAPFLOW_OPEN},
  };
  return (struct mapflow_routes){routes, sizeof routes / sizeof routes[0]};
}
