/* Images into mosaics. */
#include "mapflow.h"

static void note(struct mapflow_request *request, const struct mapflow_upload *upload,
                 const struct mapflow_object *mosaic, const char *image) {
  struct sandbox_mapflow *mapflow = request->mapflow;
  sandbox_reserve((void **)&mapflow->uploads, &mapflow->upload_capacity, mapflow->upload_count + 1,
                  sizeof(struct mapflow_upload_note));
  struct mapflow_upload_note *item = &mapflow->uploads[mapflow->upload_count++];
  *item = (struct mapflow_upload_note){.size = (int64_t)upload->size};
  snprintf(item->name, sizeof item->name, "%s", upload->filename);
  snprintf(item->mosaic, sizeof item->mosaic, "%s", mosaic->id);
  snprintf(item->image, sizeof item->image, "%s", image);
  snprintf(item->sha1, sizeof item->sha1, "%s", upload->sha1);
}

static struct mapflow_image *add(struct mapflow_request *request, const struct mapflow_upload *upload,
                                 const struct mapflow_object *mosaic, const struct mapflow_tiff *tiff) {
  struct mapflow_image *image = sandbox_reallocate(NULL, sizeof *image);
  const struct mapflow_wishes *wishes = &request->mapflow->wishes;
  char text[200], now[40];
  *image = (struct mapflow_image){.object = {.owner = request->account, .document = mapflow_image_document()},
                                  .looks_until_ready = wishes->looks_until_ready,
                                  .runs = true};
  mapflow_new_id(request->mapflow, image->object.id);
  snprintf(image->mosaic, sizeof image->mosaic, "%s", mosaic->id);
  osmflow_bytes_init(&image->content, MAPFLOW_HEAD);
  if (upload->size == upload->head.size &&
      osmflow_bytes_add(&image->content, upload->head.data, upload->head.size, NULL))
    sandbox_die("out of memory");
  struct json_object *document = image->object.document;
  mapflow_now(request->sandbox, now);
  mapflow_set_text(document, "id", image->object.id);
  mapflow_set_text(document, "mosaic_id", mosaic->id);
  snprintf(text, sizeof text, "s3://users-data/%.8s/%.4s/%s.tif", mapflow_text(mosaic->document, "id"), mosaic->id,
           image->object.id);
  mapflow_set_text(document, "image_url", text);
  mapflow_set_text(document, "uploaded_at", now);
  mapflow_set_int(document, "file_size", (int64_t)upload->size);
  mapflow_set_text(document, "filename", upload->filename);
  mapflow_set_text(document, "checksum", upload->sha1);
  mapflow_set_text(document, "state", "PENDING");
  mapflow_describe_image(document, tiff);
  mapflow_list_add(&request->mapflow->images, &image->object);
  request->mapflow->accounts[request->account].memory_used += (int64_t)upload->size;
  request->mapflow->created[3]++;
  note(request, upload, mosaic, image->object.id);
  return image;
}

/* The recorded answer does not tell the image's id, the guide's does. */
static void answer(struct mapflow_request *request, const struct mapflow_object *mosaic,
                   const struct mapflow_image *image, const char *message) {
  struct json_object *document = json_object_new_object();
  if (request->mapflow->wishes.shape == MAPFLOW_SPEC && image) {
    static const char *const names[] = {"id", "mosaic_id", "filename", "file_size", "uploaded_at"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
      mapflow_set(document, names[i], json_object_get(mapflow_get(image->object.document, names[i])));
  } else {
    mapflow_set_text(document, "message", message);
    mapflow_set_text(document, "mosaic_id", mosaic->id);
  }
  mapflow_answer(request, document);
}

/* NULL after 400 or 422: it is no form, or it has no file. */
static const struct mapflow_upload *take_file(struct mapflow_request *request) {
  const struct mapflow_upload *upload = mapflow_upload_of(request->exchange);
  if (upload && upload->is_multipart && (upload->is_broken || !upload->ended)) {
    mapflow_refuse_detail(request, 400, "There was an error parsing the body");
    return NULL;
  }
  if (upload && upload->has_file)
    return upload;
  mapflow_refuse_field(request, "body", "file", "field required", "value_error.missing");
  return NULL;
}

static void upload_into(struct mapflow_request *request) {
  const struct mapflow_object *mosaic = mapflow_take(request, &request->mapflow->mosaics, "mosaic", request->words[0]);
  const struct mapflow_upload *upload = mosaic ? take_file(request) : NULL;
  struct mapflow_tiff tiff;
  if (upload && mapflow_check_file(request, upload, mosaic, &tiff))
    answer(request, mosaic, add(request, upload, mosaic, &tiff), "Files successfully uploaded");
}

/* All parameters named "tags"; an empty one is no tag. NULL: there is none at all. */
static struct json_object *tags_of(const struct sandbox_exchange *exchange) {
  struct json_object *tags = NULL;
  for (size_t i = 0; i < exchange->parameter_count; i++) {
    if (strcmp(exchange->parameters[i].name, "tags") != 0)
      continue;
    if (!tags)
      tags = json_object_new_array();
    if (*exchange->parameters[i].value)
      json_object_array_add(tags, json_object_new_string(exchange->parameters[i].value));
  }
  return tags;
}

/* A refused image leaves no mosaic behind. */
static void create_with_image(struct mapflow_request *request) {
  const char *name = sandbox_parameter(&request->exchange->request, "name");
  struct json_object *tags = tags_of(request->exchange);
  const struct mapflow_upload *upload = NULL;
  struct mapflow_tiff tiff;
  if (!name)
    mapflow_refuse_field(request, "query", "name", "field required", "value_error.missing");
  else if (!tags)
    mapflow_refuse_field(request, "query", "tags", "field required", "value_error.missing");
  else
    upload = take_file(request);
  if (upload && mapflow_check_file(request, upload, NULL, &tiff)) {
    const struct mapflow_object *mosaic = mapflow_add_mosaic(request, name, json_object_get(tags));
    answer(request, mosaic, add(request, upload, mosaic, &tiff), "Files successfully uploaded");
  }
  json_object_put(tags);
}

/* A file that lies in the storage already: nothing is known of it but its address. */
static void link_image(struct mapflow_request *request) {
  const struct mapflow_object *mosaic = mapflow_take(request, &request->mapflow->mosaics, "mosaic", request->words[0]);
  const char *url;
  if (!mosaic || !mapflow_need_text(request, "url", &url))
    return;
  if (strncmp(url, "s3://", 5) != 0) {
    struct json_object *parameters = json_object_new_object();
    mapflow_set_text(parameters, "url", url);
    mapflow_refuse_data(request, 422, "InvalidLinkToMinio", parameters, NULL);
    return;
  }
  struct mapflow_upload upload = {.size = 68417439, .sha1 = "9d2d9e9bd347fc5204e5fd1add0982aadff21f17"};
  const struct mapflow_tiff tiff = {true, 0, 5589, 4079, 3, "uint8", "", 32631, true, {0.3, 0.3}, {423700, 5402300}};
  snprintf(upload.filename, sizeof upload.filename, "%s", strrchr(url, '/') + 1);
  add(request, &upload, mosaic, &tiff);
  answer(request, mosaic, NULL, "File successfully linked to a mosaic");
}

struct mapflow_routes mapflow_upload_routes(void) {
  static const struct mapflow_route routes[] = {
      {"POST", "/rasters/mosaic/image", create_with_image, 0},
      {"POST", "/rasters/mosaic/*/image", upload_into, 0},
      {"POST", "/rasters/mosaic/*/link-image", link_image, MAPFLOW_JSON},
  };
  return (struct mapflow_routes){routes, sizeof routes / sizeof routes[0]};
}
