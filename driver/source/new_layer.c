/* Layers that programs create: what they write becomes elements; they are read back in the five layers. */
#include <ogr_srs_api.h>
#include <stdlib.h>

#include "source/feature_text.h"
#include "source/layer.h"
#include "source/shape.h"

enum { TEXT_CEILING = 16 << 20 };

struct new_layer {
  struct osmflow_layer layer;
  OGRSpatialReferenceH srs; /* of the features' geometries where they do not say; a reference of ours */
  struct osmflow_shape shape;
  bool has_warned;
};

static enum osmflow_status prepare(struct osmflow_layer *layer, struct osmflow_error *error) {
  (void)layer;
  (void)error;
  return OSMFLOW_OK;
}

static size_t count(const struct osmflow_layer *layer) {
  (void)layer;
  return 0;
}

static size_t find(const struct osmflow_layer *layer, int64_t fid) {
  (void)layer;
  (void)fid;
  return SIZE_MAX;
}

static enum osmflow_status build(struct osmflow_layer *layer, size_t place, OGRFeatureH *feature,
                                 struct osmflow_error *error) {
  (void)layer;
  (void)place;
  (void)error;
  *feature = NULL;
  return OSMFLOW_OK;
}

static void release(struct osmflow_layer *layer) {
  struct new_layer *self = (struct new_layer *)layer;
  osmflow_shape_clear(&self->shape);
  if (self->srs)
    OSRRelease(self->srs);
  free(self);
}

/* What exports of OSM data have beside tags. A new element has none of it. */
static bool is_metadata(const char *name) {
  static const char *const names[] = {"osm_id",  "osm_way_id", "osm_version",   "osm_timestamp",
                                      "osm_uid", "osm_user",   "osm_changeset", "complete",
                                      "z_order", "visible",    "action"};
  bool found = false;
  for (size_t i = 0; !found && i < sizeof names / sizeof names[0]; i++)
    found = strcmp(name, names[i]) == 0;
  return found;
}

static bool holds_many_tags(const char *name) {
  return strcmp(name, "other_tags") == 0 || strcmp(name, "all_tags") == 0 || strcmp(name, "tags") == 0;
}

static void warn_of_metadata(struct new_layer *self, const char *name) {
  const struct osmflow_environment *environment = self->layer.connection->environment;
  struct osmflow_error message;
  if (!self->has_warned) {
    osmflow_error_set(&message, OSMFLOW_BAD_ARGUMENT,
                      "the column %s is left out: the elements that are made are new ones; to change elements that are "
                      "there, open them for update",
                      name);
    environment->log(environment->self, OSMFLOW_LOG_WARNING, message.message);
  }
  self->has_warned = true;
}

static enum osmflow_status check_and_set(struct osmflow_tag_list *tags, struct osmflow_text key,
                                         struct osmflow_text value, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_feature_check_text("the key of a tag", key, error);
  if (status == OSMFLOW_OK)
    status = osmflow_feature_check_text("the value of a tag", value, error);
  if (status != OSMFLOW_OK)
    osmflow_error_prefix(error, "%.*s: ", (int)(key.size > 80 ? 80 : key.size), key.data);
  return status == OSMFLOW_OK && value.size > 0 ? osmflow_tag_list_set(tags, key, value, error) : status;
}

static enum osmflow_status read_field(struct new_layer *self, OGRFeatureH feature, int field,
                                      struct osmflow_tag_list *tags, struct osmflow_error *error) {
  const char *name = OGR_Fld_GetNameRef(OGR_F_GetFieldDefnRef(feature, field));
  struct osmflow_bytes text;
  struct osmflow_tag_list many;
  if (is_metadata(name)) {
    warn_of_metadata(self, name);
    return OSMFLOW_OK;
  }
  osmflow_bytes_init(&text, TEXT_CEILING);
  osmflow_tag_list_init(&many);
  enum osmflow_status status = osmflow_feature_text(feature, field, &text, error);
  if (status == OSMFLOW_OK && holds_many_tags(name))
    status = osmflow_tag_list_parse(&many, osmflow_bytes_view(&text), error);
  else if (status == OSMFLOW_OK)
    status = check_and_set(tags, osmflow_text(name), osmflow_bytes_view(&text), error);
  for (size_t i = 0; status == OSMFLOW_OK && i < many.count; i++)
    if (!osmflow_tag_list_find(tags, many.items[i].key))
      status = check_and_set(tags, many.items[i].key, many.items[i].value, error);
  osmflow_tag_list_clear(&many);
  osmflow_bytes_clear(&text);
  return status;
}

static enum osmflow_status read_shape(struct new_layer *self, OGRFeatureH feature, struct osmflow_error *error) {
  OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
  if (geometry && !OGR_G_GetSpatialReference(geometry) && self->srs)
    OGR_G_AssignSpatialReference(geometry, self->srs);
  return osmflow_shape_read(&self->shape, geometry, error);
}

static enum osmflow_status insert(struct osmflow_layer *layer, OGRFeatureH feature, struct osmflow_error *error) {
  struct new_layer *self = (struct new_layer *)layer;
  const struct osmflow_edit_options options = osmflow_editor_options(layer->editor);
  enum osmflow_layer_kind kind = OSMFLOW_POINTS;
  struct osmflow_edit_element made = {OSMFLOW_NODE, 0};
  struct osmflow_tag_list tags;
  osmflow_tag_list_init(&tags);
  enum osmflow_status status = read_shape(self, feature, error);
  if (status == OSMFLOW_OK)
    status = osmflow_shape_kind(&self->shape.view, &kind, error);
  if (status == OSMFLOW_OK && kind == OSMFLOW_MULTIPOLYGONS)
    status = osmflow_shape_check_area(&self->shape, error);
  const int fields = OGR_F_GetFieldCount(feature);
  for (int i = 0; status == OSMFLOW_OK && i < fields; i++)
    if (OGR_F_IsFieldSetAndNotNull(feature, i))
      status = read_field(self, feature, i, &tags, error);
  const struct osmflow_edit_tags all = {tags.items, tags.count};
  if (status == OSMFLOW_OK)
    status = osmflow_edit_create(&options, kind, &all, &self->shape.view, &made, error);
  if (status == OSMFLOW_OK)
    OGR_F_SetFID(feature, osmflow_fids_of(osmflow_editor_fids(layer->editor), kind, made.type, made.id));
  osmflow_tag_list_clear(&tags);
  return status;
}

static enum osmflow_status add_field(struct osmflow_layer *layer, OGRFieldDefnH field, struct osmflow_error *error) {
  const char *name = OGR_Fld_GetNameRef(field);
  if (OGR_FD_GetFieldIndex(layer->definition, name) >= 0)
    return OSMFLOW_OK;
  if (!osmflow_feature_type_fits(OGR_Fld_GetType(field)))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "no tag can hold the field %s (%s)", name,
                             OGR_GetFieldTypeName(OGR_Fld_GetType(field)));
  const enum osmflow_status status = osmflow_feature_check_text("the name of a field", osmflow_text(name), error);
  if (status == OSMFLOW_OK)
    OGR_FD_AddFieldDefn(layer->definition, field);
  return status;
}

static const struct osmflow_layer_class new_layer_class = {.prepare = prepare,
                                                           .count = count,
                                                           .build = build,
                                                           .find = find,
                                                           .insert = insert,
                                                           .takes_any_definition = true,
                                                           .add_field = add_field,
                                                           .release = release};

enum osmflow_status osmflow_new_layer_new(const struct osmflow_connection *connection, struct osmflow_session *session,
                                          const char *name, OGRwkbGeometryType type, OGRSpatialReferenceH srs,
                                          struct osmflow_layer **layer, struct osmflow_error *error) {
  struct new_layer *self = calloc(1, sizeof *self);
  if (!self)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a layer");
  self->layer.layer_class = &new_layer_class;
  self->layer.connection = connection;
  self->layer.session = session;
  osmflow_shape_init(&self->shape);
  self->layer.definition = osmflow_feature_definition_new(name, OSMFLOW_GEOMETRY_NONE, NULL);
  if (type != wkbNone)
    OGR_FD_SetGeomType(self->layer.definition, type);
  if (srs) {
    OSRReference(srs);
    self->srs = srs;
    if (type != wkbNone)
      OGR_GFld_SetSpatialRef(OGR_FD_GetGeomFieldDefn(self->layer.definition, 0), srs);
  }
  *layer = &self->layer;
  return OSMFLOW_OK;
}
