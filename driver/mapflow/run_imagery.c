/* Own imagery as a source: mosaics by name, footprints as the area. */
#include <stdio.h>
#include <stdlib.h>

#include "mapflow/aoi_parts.h"
#include "mapflow/run_parts.h"

enum { PATH_SIZE = 128 };

static enum osmflow_status find_mosaic(struct osmflow_run_work *work, char **id, struct osmflow_error *error) {
  const char *wish = work->run->mosaic_id;
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL, *found = NULL;
  if (osmflow_mapflow_is_id(osmflow_text(wish)))
    return osmflow_run_copy(osmflow_text(wish), id, error);
  enum osmflow_status status = osmflow_mapflow_get(work->mapflow, "rasters/mosaic", &tree, &top, error);
  if (status == OSMFLOW_OK) {
    const enum osmflow_run_match match = osmflow_run_find(osmflow_run_rows(top), wish, &found);
    status = match == OSMFLOW_RUN_ONE ? osmflow_run_copy(osmflow_run_text(found, "id"), id, error)
                                      : osmflow_run_refuse(match, "mosaic", wish, osmflow_run_rows(top), error);
  }
  osmflow_tree_free(tree);
  return status;
}

/* WKT or GeoJSON, as it comes; false: there is none. */
static bool read_footprint(const struct osmflow_tree_node *row, OGRGeometryH *geometry) {
  const struct osmflow_text text = osmflow_run_text(row, "footprint");
  char *copy = text.size > 0 ? strndup(text.data, text.size) : NULL, *rest = copy;
  *geometry = NULL;
  if (copy && *copy == '{')
    *geometry = OGR_G_CreateGeometryFromJson(copy);
  else if (copy && OGR_G_CreateFromWkt(&rest, NULL, geometry) != OGRERR_NONE)
    *geometry = NULL;
  free(copy);
  return *geometry != NULL;
}

/* Adds the footprints of one object, or of each in a list. *count: how many there were. */
static enum osmflow_status add_footprints(struct osmflow_run_work *work, const char *path,
                                          struct osmflow_aoi_parts *parts, size_t *count, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  OGRGeometryH geometry = NULL;
  enum osmflow_status status = osmflow_mapflow_get(work->mapflow, path, &tree, &top, error);
  const bool is_list = status == OSMFLOW_OK && top->kind == OSMFLOW_TREE_ARRAY;
  const struct osmflow_tree_node *row = status != OSMFLOW_OK ? NULL : is_list ? top->first : top;
  while (row && status == OSMFLOW_OK) {
    if (read_footprint(row, &geometry)) {
      status = osmflow_aoi_parts_add(parts, geometry, NULL, "the footprint of the imagery", error);
      *count += !OGR_G_IsEmpty(geometry);
      OGR_G_DestroyGeometry(geometry);
    }
    row = is_list ? row->next : NULL;
  }
  osmflow_tree_free(tree);
  return status;
}

static enum osmflow_status take_area(struct osmflow_run_work *work, const char *mosaic, struct osmflow_error *error) {
  const bool has_images = work->run->image_ids && *work->run->image_ids;
  struct osmflow_aoi_parts parts;
  char path[PATH_SIZE];
  size_t count = 0;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_aoi_parts_init(&parts);
  for (const char *const *id = work->run->image_ids; has_images && *id && status == OSMFLOW_OK; id++) {
    snprintf(path, sizeof path, "rasters/image/%.40s", *id);
    status = add_footprints(work, path, &parts, &count, error);
  }
  snprintf(path, sizeof path, "rasters/mosaic/%.40s", mosaic ? mosaic : "");
  if (status == OSMFLOW_OK && !has_images)
    status = add_footprints(work, path, &parts, &count, error);
  snprintf(path, sizeof path, "rasters/mosaic/%.40s/image", mosaic ? mosaic : "");
  if (status == OSMFLOW_OK && !has_images && count == 0)
    status = add_footprints(work, path, &parts, &count, error);
  if (status == OSMFLOW_OK && count == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "the imagery has no footprint (is the mosaic empty?), so the area must be given");
  if (status == OSMFLOW_OK)
    status = osmflow_aoi_finish(&parts, &work->footprint, error);
  if (status == OSMFLOW_OK)
    work->aoi = &work->footprint;
  osmflow_aoi_parts_clear(&parts);
  return status;
}

enum osmflow_status osmflow_run_choose_imagery(struct osmflow_run_work *work, char **mosaic,
                                               struct osmflow_error *error) {
  const char *const *images = work->run->image_ids;
  enum osmflow_status status = OSMFLOW_OK;
  *mosaic = NULL;
  if (!work->run->mosaic_id && (!images || !*images))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a mosaic or an image is needed");
  for (size_t i = 0; images && images[i]; i++)
    if (!osmflow_mapflow_is_id(osmflow_text(images[i])))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "\"%.60s\" is not the id of an image; osmflow mapflow list images MOSAIC shows them",
                               images[i]);
  if (work->run->mosaic_id)
    status = find_mosaic(work, mosaic, error);
  if (status == OSMFLOW_OK && !work->aoi)
    status = take_area(work, *mosaic, error);
  if (status != OSMFLOW_OK) {
    free(*mosaic);
    *mosaic = NULL;
  }
  return status;
}
