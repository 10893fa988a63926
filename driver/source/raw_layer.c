/* The raw layers: nodes, ways, relations and members as OSM has them, with topology as columns and every version that
 * is in the store. */
#include <stdlib.h>

#include "base/number.h"
#include "source/raw_layer.h"

enum { TEXT_CEILING = 64 << 20 };

struct raw_field {
  const char *name;
  enum osmflow_field_type type;
};

static const struct raw_field element_fields[] = {
    {"osm_id", OSMFLOW_FIELD_INTEGER64},
    {"osm_version", OSMFLOW_FIELD_INTEGER},
    {"osm_timestamp", OSMFLOW_FIELD_DATETIME},
    {"osm_uid", OSMFLOW_FIELD_INTEGER64},
    {"osm_user", OSMFLOW_FIELD_STRING},
    {"osm_changeset", OSMFLOW_FIELD_INTEGER64},
    {"visible", OSMFLOW_FIELD_BOOLEAN},
    {"action", OSMFLOW_FIELD_STRING},
    {"tags", OSMFLOW_FIELD_JSON},
};
static const struct raw_field way_fields[] = {{"nodes", OSMFLOW_FIELD_JSON}, {"complete", OSMFLOW_FIELD_BOOLEAN}};
static const struct raw_field relation_fields[] = {{"members", OSMFLOW_FIELD_JSON}};
static const struct raw_field member_fields[] = {
    {"relation_id", OSMFLOW_FIELD_INTEGER64}, {"relation_version", OSMFLOW_FIELD_INTEGER},
    {"sequence", OSMFLOW_FIELD_INTEGER},      {"type", OSMFLOW_FIELD_STRING},
    {"ref", OSMFLOW_FIELD_INTEGER64},         {"role", OSMFLOW_FIELD_STRING},
};
static enum osmflow_status count_members(struct osmflow_raw_layer_state *self, struct osmflow_error *error) {
  const struct osmflow_store *store = self->store;
  size_t *starts = realloc(self->member_starts, (store->relation_count + 1) * sizeof *starts);
  if (!starts)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %zu relations", store->relation_count);
  self->member_starts = starts;
  starts[0] = 0;
  for (size_t i = 0; i < store->relation_count; i++)
    starts[i + 1] = starts[i] + store->relations[i].member_count;
  return OSMFLOW_OK;
}

static enum osmflow_status prepare(struct osmflow_layer *layer, struct osmflow_error *error) {
  struct osmflow_raw_layer_state *self = (struct osmflow_raw_layer_state *)layer;
  self->store = &layer->snapshot->store;
  return self->raw == OSMFLOW_RAW_MEMBERS ? count_members(self, error) : OSMFLOW_OK;
}

static size_t count(const struct osmflow_layer *layer) {
  const struct osmflow_raw_layer_state *self = (const struct osmflow_raw_layer_state *)layer;
  const size_t counts[OSMFLOW_RAW_LAYERS] = {
      self->store->node_count, self->store->way_count, self->store->relation_count,
      self->raw == OSMFLOW_RAW_MEMBERS ? self->member_starts[self->store->relation_count] : 0};
  return counts[self->raw];
}

/* With several versions of an element, and in the table of members, the row is the id. */
static bool row_is_fid(const struct osmflow_raw_layer_state *self) {
  return self->raw == OSMFLOW_RAW_MEMBERS || self->store->keeps_versions;
}

bool osmflow_raw_layer_element(const struct osmflow_layer *layer, const struct osmflow_fids *fids, int64_t fid,
                               enum osmflow_element_type *type, int64_t *id) {
  *type = (enum osmflow_element_type)((const struct osmflow_raw_layer_state *)layer)->raw;
  return osmflow_fids_element(fids, OSMFLOW_POINTS, fid, type, id);
}

static size_t find(const struct osmflow_layer *layer, int64_t fid) {
  const struct osmflow_raw_layer_state *self = (const struct osmflow_raw_layer_state *)layer;
  if (row_is_fid(self))
    return fid >= 0 && (uint64_t)fid < count(layer) ? (size_t)fid : SIZE_MAX;
  enum osmflow_element_type type = OSMFLOW_NODE;
  int64_t id = 0;
  const uint32_t index = osmflow_raw_layer_element(layer, layer->snapshot->fids, fid, &type, &id)
                             ? osmflow_store_index(self->store, type, id)
                             : OSMFLOW_INDEX_NONE;
  return index == OSMFLOW_INDEX_NONE ? SIZE_MAX : index;
}

static void release(struct osmflow_layer *layer) {
  struct osmflow_raw_layer_state *self = (struct osmflow_raw_layer_state *)layer;
  osmflow_view_shape_clear(&self->shape);
  osmflow_bytes_clear(&self->text);
  free(self->member_starts);
  free(self);
}

static enum osmflow_status set_tags(struct osmflow_raw_layer_state *self, OGRFeatureH feature,
                                    const struct osmflow_element *element, struct osmflow_error *error) {
  const struct osmflow_store *store = self->store;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_reset(&self->text);
  for (size_t i = 0; status == OSMFLOW_OK && i < element->tag_count; i++) {
    const struct osmflow_tag tag = store->tags[element->first_tag + i];
    status = osmflow_rules_add_other_tag(OSMFLOW_TAGS_JSON, &self->text, osmflow_pool_text(&store->keys, tag.key),
                                         osmflow_pool_text(&store->values, tag.value), error);
  }
  if (status == OSMFLOW_OK && element->tag_count > 0)
    status = osmflow_rules_finish_other_tags(OSMFLOW_TAGS_JSON, &self->text, error);
  if (status == OSMFLOW_OK && element->tag_count > 0)
    OGR_F_SetFieldString(feature, OSMFLOW_RAW_TAGS, osmflow_bytes_string(&self->text));
  return status;
}

static enum osmflow_status set_element(struct osmflow_raw_layer_state *self, OGRFeatureH feature,
                                       const struct osmflow_element *element, struct osmflow_error *error) {
  static const char *const actions[] = {NULL, "create", "modify", "delete"};
  const struct osmflow_store *store = self->store;
  const struct osmflow_user *user = element->user == OSMFLOW_NO_USER ? NULL : &store->users[element->user];
  OGR_F_SetFieldInteger64(feature, OSMFLOW_RAW_ID, element->id);
  if (element->version)
    OGR_F_SetFieldInteger64(feature, OSMFLOW_RAW_VERSION, element->version);
  if (element->timestamp)
    osmflow_feature_set_time(feature, OSMFLOW_RAW_TIMESTAMP, element->timestamp);
  if (user && user->uid)
    OGR_F_SetFieldInteger64(feature, OSMFLOW_RAW_UID, user->uid);
  if (user && user->name != OSMFLOW_POOL_NONE)
    OGR_F_SetFieldString(feature, OSMFLOW_RAW_USER, osmflow_pool_string(&store->values, user->name));
  if (element->changeset)
    OGR_F_SetFieldInteger64(feature, OSMFLOW_RAW_CHANGESET, element->changeset);
  OGR_F_SetFieldInteger(feature, OSMFLOW_RAW_VISIBLE, element->visible);
  if (element->action != OSMFLOW_ACTION_NONE)
    OGR_F_SetFieldString(feature, OSMFLOW_RAW_ACTION, actions[element->action]);
  return osmflow_layer_wants_field(&self->layer, OSMFLOW_RAW_TAGS) ? set_tags(self, feature, element, error)
                                                                   : OSMFLOW_OK;
}

static enum osmflow_status set_nodes(struct osmflow_raw_layer_state *self, OGRFeatureH feature,
                                     const struct osmflow_way *way, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_reset(&self->text);
  for (size_t i = 0; status == OSMFLOW_OK && i < way->ref_count; i++)
    status = osmflow_bytes_print(&self->text, error, "%c%lld", i ? ',' : '[',
                                 (long long)self->store->refs[way->first_ref + i]);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&self->text, way->ref_count ? "]" : "[]", error);
  if (status == OSMFLOW_OK)
    OGR_F_SetFieldString(feature, OSMFLOW_RAW_TOPOLOGY, osmflow_bytes_string(&self->text));
  return status;
}

static enum osmflow_status set_members(struct osmflow_raw_layer_state *self, OGRFeatureH feature,
                                       const struct osmflow_relation *relation, struct osmflow_error *error) {
  const struct osmflow_store *store = self->store;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_reset(&self->text);
  for (size_t i = 0; status == OSMFLOW_OK && i < relation->member_count; i++) {
    const struct osmflow_member *member = &store->members[relation->first_member + i];
    status = osmflow_bytes_print(&self->text, error, "%c{\"type\":\"%s\",\"ref\":%lld,\"role\":", i ? ',' : '[',
                                 osmflow_element_type_names[member->type], (long long)member->ref);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_json(&self->text, osmflow_pool_text(&store->values, member->role), error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_string(&self->text, "}", error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&self->text, relation->member_count ? "]" : "[]", error);
  if (status == OSMFLOW_OK)
    OGR_F_SetFieldString(feature, OSMFLOW_RAW_TOPOLOGY, osmflow_bytes_string(&self->text));
  return status;
}

static enum osmflow_status build_node(struct osmflow_raw_layer_state *self, const struct osmflow_node *node,
                                      OGRFeatureH feature, OGRGeometryH *geometry, bool *touches,
                                      struct osmflow_error *error) {
  const struct osmflow_position position = {node->lon, node->lat};
  const bool is_known = node->lon != OSMFLOW_NO_POSITION;
  *touches = is_known ? osmflow_layer_touches_filter(&self->layer, &position, 1) : !self->layer.has_filter;
  if (is_known && *touches && osmflow_layer_wants_geometry(&self->layer))
    *geometry = osmflow_layer_point(position);
  return *touches ? set_element(self, feature, &node->element, error) : OSMFLOW_OK;
}

/* Only a line with all its nodes is shown as the way's geometry. In a store of many versions the nodes' positions may
 * be of another time, so ways have no geometry there. */
static enum osmflow_status build_way(struct osmflow_raw_layer_state *self, const struct osmflow_way *way,
                                     OGRFeatureH feature, OGRGeometryH *geometry, bool *touches,
                                     struct osmflow_error *error) {
  struct osmflow_view_shape *shape = &self->shape;
  osmflow_view_shape_reset(shape);
  enum osmflow_status status = osmflow_view_add_way(self->store, way, shape, error);
  *touches = osmflow_layer_touches_filter(&self->layer, shape->positions, shape->position_count);
  if (status == OSMFLOW_OK && *touches && shape->is_complete && shape->position_count >= 2 &&
      !self->store->keeps_versions && osmflow_layer_wants_geometry(&self->layer))
    *geometry = osmflow_layer_line(wkbLineString, shape->positions, shape->position_count);
  if (status == OSMFLOW_OK)
    status = set_element(self, feature, &way->element, error);
  if (status == OSMFLOW_OK && osmflow_layer_wants_field(&self->layer, OSMFLOW_RAW_TOPOLOGY))
    status = set_nodes(self, feature, way, error);
  OGR_F_SetFieldInteger(feature, OSMFLOW_RAW_COMPLETE, shape->is_complete);
  return status;
}

static enum osmflow_status build_relation(struct osmflow_raw_layer_state *self, const struct osmflow_relation *relation,
                                          OGRFeatureH feature, struct osmflow_error *error) {
  enum osmflow_status status = set_element(self, feature, &relation->element, error);
  if (status == OSMFLOW_OK && osmflow_layer_wants_field(&self->layer, OSMFLOW_RAW_TOPOLOGY))
    status = set_members(self, feature, relation, error);
  return status;
}

static void build_member(const struct osmflow_raw_layer_state *self, size_t place, OGRFeatureH feature) {
  const struct osmflow_store *store = self->store;
  size_t first = 0, end = store->relation_count;
  while (end - first > 1) {
    const size_t middle = first + (end - first) / 2;
    if (self->member_starts[middle] <= place)
      first = middle;
    else
      end = middle;
  }
  const struct osmflow_relation *relation = &store->relations[first];
  const size_t sequence = place - self->member_starts[first];
  const struct osmflow_member *member = &store->members[relation->first_member + sequence];
  OGR_F_SetFieldInteger64(feature, 0, relation->element.id);
  if (relation->element.version)
    OGR_F_SetFieldInteger64(feature, 1, relation->element.version);
  OGR_F_SetFieldInteger64(feature, 2, (int64_t)sequence);
  OGR_F_SetFieldString(feature, 3, osmflow_element_type_names[member->type]);
  OGR_F_SetFieldInteger64(feature, 4, member->ref);
  OGR_F_SetFieldString(feature, 5, osmflow_pool_string(&store->values, member->role));
}

static int64_t fid_of(const struct osmflow_raw_layer_state *self, size_t place) {
  const enum osmflow_element_type type = (enum osmflow_element_type)self->raw;
  return row_is_fid(self) ? (int64_t)place
                          : osmflow_fids_of(self->layer.snapshot->fids, OSMFLOW_POINTS, type,
                                            osmflow_store_element(self->store, type, place)->id);
}

static enum osmflow_status build(struct osmflow_layer *layer, size_t place, OGRFeatureH *feature,
                                 struct osmflow_error *error) {
  struct osmflow_raw_layer_state *self = (struct osmflow_raw_layer_state *)layer;
  const struct osmflow_store *store = self->store;
  OGRGeometryH geometry = NULL;
  OGRFeatureH made = OGR_F_Create(layer->definition);
  enum osmflow_status status = OSMFLOW_OK;
  bool touches = true;
  OGR_F_SetFID(made, fid_of(self, place));
  if (self->raw == OSMFLOW_RAW_NODES)
    status = build_node(self, &store->nodes[place], made, &geometry, &touches, error);
  else if (self->raw == OSMFLOW_RAW_WAYS)
    status = build_way(self, &store->ways[place], made, &geometry, &touches, error);
  else if (self->raw == OSMFLOW_RAW_RELATIONS)
    status = build_relation(self, &store->relations[place], made, error);
  else
    build_member(self, place, made);
  if (geometry) {
    OGR_G_AssignSpatialReference(geometry, OGR_GFld_GetSpatialRef(OGR_FD_GetGeomFieldDefn(layer->definition, 0)));
    OGR_F_SetGeometryDirectly(made, geometry);
  }
  if (status == OSMFLOW_OK && touches)
    *feature = made;
  else
    OGR_F_Destroy(made);
  return status;
}

static const struct osmflow_layer_class raw_layer_class = {.prepare = prepare,
                                                           .count = count,
                                                           .build = build,
                                                           .find = find,
                                                           .element = osmflow_raw_layer_element,
                                                           .insert = osmflow_raw_layer_insert,
                                                           .update = osmflow_raw_layer_update,
                                                           .remove = osmflow_raw_layer_remove,
                                                           .release = release};
static const struct osmflow_layer_class member_layer_class = {.prepare = prepare,
                                                              .count = count,
                                                              .build = build,
                                                              .find = find,
                                                              .insert = osmflow_raw_member_insert,
                                                              .update = osmflow_raw_member_update,
                                                              .remove = osmflow_raw_member_remove,
                                                              .release = release};

static void add_fields(OGRFeatureDefnH definition, const struct raw_field *fields, size_t field_count) {
  for (size_t i = 0; i < field_count; i++)
    osmflow_feature_definition_add(definition, fields[i].name, fields[i].type);
}

enum osmflow_status osmflow_raw_layer_new(const struct osmflow_connection *connection, struct osmflow_session *session,
                                          enum osmflow_raw_layer raw, OGRSpatialReferenceH srs,
                                          struct osmflow_layer **layer, struct osmflow_error *error) {
  static const enum osmflow_geometry_type geometries[OSMFLOW_RAW_LAYERS] = {
      OSMFLOW_GEOMETRY_POINT, OSMFLOW_GEOMETRY_LINESTRING, OSMFLOW_GEOMETRY_NONE, OSMFLOW_GEOMETRY_NONE};
  struct osmflow_raw_layer_state *self = calloc(1, sizeof *self);
  if (!self)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a layer");
  self->layer.layer_class = raw == OSMFLOW_RAW_MEMBERS ? &member_layer_class : &raw_layer_class;
  self->layer.connection = connection;
  self->layer.session = session;
  self->raw = raw;
  osmflow_view_shape_init(&self->shape);
  osmflow_bytes_init(&self->text, TEXT_CEILING);
  OGRFeatureDefnH definition = osmflow_feature_definition_new(osmflow_raw_layer_names[raw], geometries[raw], srs);
  self->layer.definition = definition;
  if (raw == OSMFLOW_RAW_MEMBERS)
    add_fields(definition, member_fields, sizeof member_fields / sizeof member_fields[0]);
  else
    add_fields(definition, element_fields, sizeof element_fields / sizeof element_fields[0]);
  if (raw == OSMFLOW_RAW_WAYS)
    add_fields(definition, way_fields, sizeof way_fields / sizeof way_fields[0]);
  if (raw == OSMFLOW_RAW_RELATIONS)
    add_fields(definition, relation_fields, sizeof relation_fields / sizeof relation_fields[0]);
  *layer = &self->layer;
  return OSMFLOW_OK;
}
