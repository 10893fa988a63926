#include "cli/conflate_tags.h"

#include <stdlib.h>

#include "cli/input.h"
#include "source/feature_text.h"

enum { TEXT_CEILING = 16 * 1024 * 1024, MAPPING_CEILING = 1024 * 1024 + 1 };

static enum osmflow_status read_mapping(struct osmflow_conflate_tags *tags,
                                        const struct osmflow_environment *environment, const char *path,
                                        struct osmflow_error *error) {
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, MAPPING_CEILING);
  enum osmflow_status status = path ? osmflow_input_read(environment, path, &text, error) : OSMFLOW_OK;
  if (status == OSMFLOW_OK && path && strlen(osmflow_bytes_string(&text)) != text.size)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s: this is not a text file", path);
  if (status == OSMFLOW_OK)
    status = osmflow_tagging_new(path, path ? osmflow_bytes_string(&text) : NULL, &tags->tagging, error);
  osmflow_bytes_clear(&text);
  return status;
}

enum osmflow_status osmflow_conflate_tags_init(struct osmflow_conflate_tags *tags,
                                               const struct osmflow_environment *environment, const char *mapping,
                                               const struct osmflow_conflate_source *source,
                                               struct osmflow_error *error) {
  *tags = (struct osmflow_conflate_tags){.tagging = NULL};
  osmflow_bytes_init(&tags->texts, TEXT_CEILING);
  osmflow_bytes_init(&tags->memory, TEXT_CEILING);
  const enum osmflow_status status = read_mapping(tags, environment, mapping, error);
  if (status != OSMFLOW_OK)
    return status;
  const size_t keys = tags->key_count = osmflow_tagging_key_count(tags->tagging);
  const size_t properties = tags->property_count = osmflow_tagging_property_count(tags->tagging);
  tags->columns = calloc(properties * source->layer_count + 1, sizeof *tags->columns);
  tags->values = calloc(properties + 1, sizeof *tags->values);
  tags->begins = calloc(properties + 1, sizeof *tags->begins);
  tags->tags = calloc(keys + 1, sizeof *tags->tags);
  if (!tags->columns || !tags->values || !tags->begins || !tags->tags)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the mapping");
  for (size_t layer = 0; layer < source->layer_count; layer++) {
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(source->layers[layer].layer);
    for (size_t i = 0; i < properties; i++)
      tags->columns[layer * properties + i] =
          OGR_FD_GetFieldIndex(definition, osmflow_tagging_property(tags->tagging, i));
  }
  return OSMFLOW_OK;
}

void osmflow_conflate_tags_clear(struct osmflow_conflate_tags *tags) {
  osmflow_tagging_free(tags->tagging);
  osmflow_bytes_clear(&tags->texts);
  osmflow_bytes_clear(&tags->memory);
  free(tags->columns);
  free(tags->values);
  free(tags->begins);
  free(tags->tags);
}

static const char *shape_of(OGRFeatureH feature) {
  static const char *const shapes[] = {"point", "line", "area"};
  OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
  const int dimension = geometry ? OGR_G_GetDimension(geometry) : -1;
  return dimension >= 0 && dimension <= 2 ? shapes[dimension] : "";
}

static enum osmflow_status add_value(struct osmflow_conflate_tags *tags, size_t layer, OGRFeatureH feature,
                                     size_t property, struct osmflow_error *error) {
  const int column = tags->columns[layer * tags->property_count + property];
  enum osmflow_status status = OSMFLOW_OK;
  tags->begins[property] = tags->texts.size;
  if (strcmp(osmflow_tagging_property(tags->tagging, property), osmflow_tagging_geometry) == 0)
    status = osmflow_bytes_add_string(&tags->texts, shape_of(feature), error);
  else if (column >= 0 && OGR_F_IsFieldSetAndNotNull(feature, column))
    status = osmflow_feature_text(feature, column, &tags->texts, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add(&tags->texts, "", 1, error) : status;
}

/* An empty value and a missing one are the same to a mapping. */
enum osmflow_status osmflow_conflate_tags_read(struct osmflow_conflate_tags *tags, size_t layer, OGRFeatureH feature,
                                               size_t *count, osmflow_kinds *kinds, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  *count = 0;
  *kinds = 0;
  osmflow_bytes_reset(&tags->texts);
  for (size_t i = 0; status == OSMFLOW_OK && i < tags->property_count; i++)
    status = add_value(tags, layer, feature, i, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < tags->property_count; i++) {
    const char *text = tags->texts.data + tags->begins[i];
    tags->values[i] = *text ? osmflow_text(text) : (struct osmflow_text){NULL, 0};
  }
  if (status == OSMFLOW_OK)
    status = osmflow_tagging_apply(tags->tagging, tags->values, tags->tags, &tags->memory, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < tags->key_count; i++)
    if (tags->tags[i].data) {
      ++*count;
      *kinds |= osmflow_kinds_of(osmflow_text(osmflow_tagging_key(tags->tagging, i)), tags->tags[i]);
    }
  return status;
}
