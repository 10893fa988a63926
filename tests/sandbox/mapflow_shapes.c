/* The users' guide shows its objects with few members, the recorded answers have many. Which members the guide shows
 * of each; a dot leads into an object. */
#include "mapflow.h"

static const struct {
  enum mapflow_view view;
  const char *members[16];
} guide[] = {
    {MAPFLOW_VIEW_PROJECT, {"id", "name", "description"}},
    {MAPFLOW_VIEW_NEW_PROCESSING, {"id", "name", "status", "percentCompleted", "cost", "created"}},
    {MAPFLOW_VIEW_PROCESSING,
     {"id", "name", "status", "percentCompleted", "area", "cost", "vectorLayer.id", "vectorLayer.tileUrl", "messages",
      "created", "updated"}},
    {MAPFLOW_VIEW_LISTED_PROCESSING, {"id", "name", "projectId", "status", "percentCompleted"}},
    {MAPFLOW_VIEW_NEW_MOSAIC, {"id", "name", "tags", "created_at"}},
    {MAPFLOW_VIEW_MOSAIC, {"id", "name", "tags", "created_at", "image_count"}},
    {MAPFLOW_VIEW_LISTED_IMAGE,
     {"id", "filename", "file_size", "uploaded_at", "footprint", "preview_url_s", "preview_url_l", "meta_data.crs",
      "meta_data.width", "meta_data.height", "meta_data.count", "meta_data.pixel_size"}},
    {MAPFLOW_VIEW_IMAGE,
     {"id", "filename", "file_size", "uploaded_at", "footprint", "meta_data.crs", "meta_data.width", "meta_data.height",
      "meta_data.count", "meta_data.dtypes", "meta_data.pixel_size", "cog_link"}},
    {MAPFLOW_VIEW_SCENE,
     {"id", "productType", "acquisitionDate", "sensor", "pixelResolution", "cloudCover", "offNadirAngle",
      "colorBandOrder", "providerName", "previewType", "previewUrl", "footprint"}},
    {MAPFLOW_VIEW_MODEL, {"id", "name", "pricePerSqKm", "blocks"}},
};

static void copy_member(struct json_object *from, struct json_object *to, const char *path) {
  const char *dot = strchr(path, '.');
  if (!dot) {
    mapflow_set(to, path, json_object_get(mapflow_get(from, path)));
    return;
  }
  char name[64];
  snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
  struct json_object *inner = mapflow_get(to, name);
  if (!inner) {
    inner = json_object_new_object();
    mapflow_set(to, name, inner);
  }
  copy_member(mapflow_get(from, name), inner, dot + 1);
}

/* The guide never shows a member that is null, and messages only where there are some. */
static bool is_shown(const struct json_object *document, const char *member) {
  const struct json_object *value = mapflow_get(document, member);
  if (strchr(member, '.'))
    return true;
  return value && (strcmp(member, "messages") != 0 || json_object_array_length(value) > 0);
}

struct json_object *mapflow_show(const struct sandbox_mapflow *mapflow, enum mapflow_view view,
                                 struct json_object *document) {
  if (mapflow->wishes.shape == MAPFLOW_RECORDED)
    return json_object_get(document);
  struct json_object *shown = json_object_new_object();
  for (size_t i = 0; i < sizeof guide / sizeof guide[0]; i++)
    for (size_t m = 0; guide[i].view == view && m < 16 && guide[i].members[m]; m++)
      if (is_shown(document, guide[i].members[m]))
        copy_member(document, shown, guide[i].members[m]);
  return shown;
}
