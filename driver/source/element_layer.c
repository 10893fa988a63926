/* The five layers of GDAL's OSM driver over a view. */
#include <stdlib.h>

#include "base/number.h"
#include "source/element_layer.h"

enum { TAGS_CEILING = 64 << 20, MOST_TAGS = 65536 };

static enum osmflow_status prepare(struct osmflow_layer *layer, struct osmflow_error *error) {
  struct osmflow_element_layer *self = (struct osmflow_element_layer *)layer;
  return osmflow_snapshot_view(layer->snapshot, layer->connection, &self->view, error);
}

static size_t count(const struct osmflow_layer *layer) {
  const struct osmflow_element_layer *self = (const struct osmflow_element_layer *)layer;
  return self->view->entry_count[self->kind];
}

bool osmflow_element_layer_element(const struct osmflow_layer *layer, const struct osmflow_fids *fids, int64_t fid,
                                   enum osmflow_element_type *type, int64_t *id) {
  static const enum osmflow_element_type types[OSMFLOW_LAYER_KINDS] = {OSMFLOW_NODE, OSMFLOW_WAY, OSMFLOW_RELATION,
                                                                       OSMFLOW_RELATION, OSMFLOW_RELATION};
  const struct osmflow_element_layer *self = (const struct osmflow_element_layer *)layer;
  *type = types[self->kind];
  return osmflow_fids_element(fids, self->kind, fid, type, id);
}

static size_t find(const struct osmflow_layer *layer, int64_t fid) {
  const struct osmflow_element_layer *self = (const struct osmflow_element_layer *)layer;
  enum osmflow_element_type type = OSMFLOW_NODE;
  int64_t id = 0;
  const struct osmflow_view_entry *entry = osmflow_element_layer_element(layer, layer->snapshot->fids, fid, &type, &id)
                                               ? osmflow_view_find(self->view, self->kind, type, id)
                                               : NULL;
  return entry ? (size_t)(entry - self->view->entries[self->kind]) : SIZE_MAX;
}

static void release(struct osmflow_layer *layer) {
  struct osmflow_element_layer *self = (struct osmflow_element_layer *)layer;
  osmflow_view_shape_clear(&self->shape);
  osmflow_bytes_clear(&self->other_tags);
  for (size_t i = 0; i < self->new_column_count; i++)
    free(self->new_columns[i]);
  free(self->new_columns);
  free(self->tags);
  osmflow_shape_clear(&self->wished);
  osmflow_shape_clear(&self->present);
  osmflow_shape_clear(&self->read);
  osmflow_idmap_clear(&self->shaped);
  free(self);
}

/* A closed way that is one simple ring is shown as it is, with its own first node and direction. */
static bool is_way_itself(const struct osmflow_view_shape *shape) {
  return shape->way_count == 1 && shape->area.ring_count == 1 && shape->area.position_count == shape->position_count;
}

static OGRGeometryH area_geometry(const struct osmflow_view_shape *shape) {
  const struct osmflow_area *area = &shape->area;
  OGRGeometryH multipolygon = OGR_G_CreateGeometry(wkbMultiPolygon);
  if (is_way_itself(shape)) {
    OGRGeometryH polygon = OGR_G_CreateGeometry(wkbPolygon);
    OGR_G_AddGeometryDirectly(polygon, osmflow_layer_line(wkbLinearRing, shape->positions, shape->position_count));
    OGR_G_AddGeometryDirectly(multipolygon, polygon);
    return multipolygon;
  }
  for (size_t outer = 0; outer < area->ring_count;) {
    OGRGeometryH polygon = OGR_G_CreateGeometry(wkbPolygon);
    size_t ring = outer;
    do {
      const struct osmflow_area_ring *next = &area->rings[ring++];
      OGR_G_AddGeometryDirectly(polygon, osmflow_layer_line(wkbLinearRing, area->positions + next->first, next->count));
    } while (ring < area->ring_count && area->rings[ring].outer != ring);
    OGR_G_AddGeometryDirectly(multipolygon, polygon);
    outer = ring;
  }
  return multipolygon;
}

/* A member way of a collection: a polygon where it is tagged as an area, a line otherwise. */
static OGRGeometryH member_way_geometry(const struct osmflow_element_layer *self, const struct osmflow_way *way,
                                        const struct osmflow_area_way *positions) {
  const bool is_area = self->kind == OSMFLOW_OTHER_RELATIONS && positions->count > 3 &&
                       positions->count == way->ref_count && osmflow_view_is_area_way(self->view, way);
  if (!is_area)
    return osmflow_layer_line(wkbLineString, positions->positions, positions->count);
  OGRGeometryH polygon = OGR_G_CreateGeometry(wkbPolygon);
  OGR_G_AddGeometryDirectly(polygon, osmflow_layer_line(wkbLinearRing, positions->positions, positions->count));
  return polygon;
}

static enum osmflow_status add_member_way(struct osmflow_element_layer *self, int64_t id, OGRGeometryH collection,
                                          bool *touches, struct osmflow_error *error) {
  const struct osmflow_store *store = self->view->store;
  const struct osmflow_way *way = osmflow_store_way(store, id);
  struct osmflow_view_shape *shape = &self->shape;
  const bool was_complete = shape->is_complete;
  osmflow_view_shape_reset(shape);
  shape->is_complete = was_complete && way && way->element.visible;
  enum osmflow_status status = way ? osmflow_view_add_way(store, way, shape, error) : OSMFLOW_OK;
  if (status == OSMFLOW_OK && way && shape->position_count >= 2) {
    *touches = *touches || osmflow_layer_touches_filter(&self->layer, shape->positions, shape->position_count);
    if (collection)
      OGR_G_AddGeometryDirectly(collection, member_way_geometry(self, way, &shape->ways[0]));
  }
  return status;
}

/* The members of a relation, in their order; relations among them have no geometry of their own here. */
static enum osmflow_status collection_geometry(struct osmflow_element_layer *self,
                                               const struct osmflow_relation *relation, OGRGeometryH collection,
                                               bool *touches, struct osmflow_error *error) {
  const struct osmflow_store *store = self->view->store;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_view_shape_reset(&self->shape);
  for (size_t i = 0; status == OSMFLOW_OK && i < relation->member_count; i++) {
    const struct osmflow_member *member = &store->members[relation->first_member + i];
    if (member->type == OSMFLOW_WAY) {
      status = add_member_way(self, member->ref, collection, touches, error);
    } else if (member->type == OSMFLOW_NODE && self->kind == OSMFLOW_OTHER_RELATIONS) {
      const struct osmflow_node *node = osmflow_store_node(store, member->ref);
      const struct osmflow_position position = {node ? node->lon : OSMFLOW_NO_POSITION, node ? node->lat : 0};
      const bool is_known = position.lon != OSMFLOW_NO_POSITION;
      self->shape.is_complete = self->shape.is_complete && is_known;
      *touches = *touches || (is_known && osmflow_layer_touches_filter(&self->layer, &position, 1));
      if (is_known && collection)
        OGR_G_AddGeometryDirectly(collection, osmflow_layer_point(position));
    } else if (member->type == OSMFLOW_RELATION && !osmflow_store_relation(store, member->ref)) {
      self->shape.is_complete = false;
    }
  }
  return status;
}

/* The geometry of an entry; *touches false: the bbox filter excludes it, nothing was built. */
static enum osmflow_status build_geometry(struct osmflow_element_layer *self, const struct osmflow_view_entry *entry,
                                          OGRGeometryH *geometry, bool *touches, struct osmflow_error *error) {
  const struct osmflow_store *store = self->view->store;
  const bool is_wanted = osmflow_layer_wants_geometry(&self->layer);
  struct osmflow_view_shape *shape = &self->shape;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_view_shape_reset(shape);
  if (self->kind == OSMFLOW_POINTS) {
    const struct osmflow_node *node = &store->nodes[entry->index];
    const struct osmflow_position position = {node->lon, node->lat};
    *touches = osmflow_layer_touches_filter(&self->layer, &position, 1);
    *geometry = *touches && is_wanted ? osmflow_layer_point(position) : NULL;
  } else if (self->kind == OSMFLOW_LINES) {
    status = osmflow_view_add_way(store, &store->ways[entry->index], shape, error);
    *touches = osmflow_layer_touches_filter(&self->layer, shape->positions, shape->position_count);
    if (status == OSMFLOW_OK && *touches && is_wanted)
      *geometry = osmflow_layer_line(wkbLineString, shape->positions, shape->position_count);
  } else if (self->kind == OSMFLOW_MULTIPOLYGONS) {
    status = is_wanted || self->layer.has_filter ? osmflow_view_area(self->view, entry, shape, error) : OSMFLOW_OK;
    *touches = osmflow_layer_touches_filter(&self->layer, shape->positions, shape->position_count);
    if (status == OSMFLOW_OK && *touches && is_wanted)
      *geometry = area_geometry(shape);
  } else {
    *touches = !self->layer.has_filter;
    *geometry = is_wanted ? OGR_G_CreateGeometry(self->kind == OSMFLOW_MULTILINESTRINGS ? wkbMultiLineString
                                                                                        : wkbGeometryCollection)
                          : NULL;
    status = collection_geometry(self, &store->relations[entry->index], *geometry, touches, error);
  }
  return status;
}

static void set_id(OGRFeatureH feature, int field, int64_t id) {
  char text[OSMFLOW_NUMBER_SIZE];
  osmflow_format_int(text, id);
  OGR_F_SetFieldString(feature, field, text);
}

/* Fields that come from the element itself. */
static void set_metadata(const struct osmflow_element_layer *self, OGRFeatureH feature, int field,
                         const struct osmflow_rule_field *rule, const struct osmflow_view_entry *entry,
                         const struct osmflow_element *element) {
  const struct osmflow_store *store = self->view->store;
  const struct osmflow_user *user = element->user == OSMFLOW_NO_USER ? NULL : &store->users[element->user];
  switch (rule->source) {
    case OSMFLOW_FROM_ID:
      if (self->kind != OSMFLOW_MULTIPOLYGONS || entry->type == OSMFLOW_RELATION)
        set_id(feature, field, element->id);
      break;
    case OSMFLOW_FROM_WAY_ID:
      if (entry->type == OSMFLOW_WAY)
        set_id(feature, field, element->id);
      break;
    case OSMFLOW_FROM_VERSION:
      if (element->version)
        OGR_F_SetFieldInteger64(feature, field, element->version);
      break;
    case OSMFLOW_FROM_TIMESTAMP:
      if (element->timestamp)
        osmflow_feature_set_time(feature, field, element->timestamp);
      break;
    case OSMFLOW_FROM_UID:
      if (user && user->uid)
        OGR_F_SetFieldInteger64(feature, field, user->uid);
      break;
    case OSMFLOW_FROM_USER:
      if (user && user->name != OSMFLOW_POOL_NONE)
        OGR_F_SetFieldString(feature, field, osmflow_pool_string(&store->values, user->name));
      break;
    case OSMFLOW_FROM_CHANGESET:
      if (element->changeset)
        OGR_F_SetFieldInteger64(feature, field, element->changeset);
      break;
    case OSMFLOW_FROM_COMPLETE:
      OGR_F_SetFieldInteger(feature, field, self->shape.is_complete);
      break;
    case OSMFLOW_FROM_TAG:
    case OSMFLOW_FROM_COMPUTED:
    case OSMFLOW_FROM_OTHER_TAGS:
    case OSMFLOW_FROM_ALL_TAGS:
    default:
      break;
  }
}

static enum osmflow_status set_computed(struct osmflow_element_layer *self, OGRFeatureH feature, int field,
                                        const struct osmflow_element *tags, struct osmflow_error *error) {
  const struct osmflow_store *store = self->view->store;
  struct osmflow_computed value = {.is_null = true};
  size_t used = 0;
  enum osmflow_status status = osmflow_array_reserve((void **)&self->tags, &self->tag_capacity, tags->tag_count + 1U,
                                                     sizeof *self->tags, MOST_TAGS, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < tags->tag_count; i++) {
    const struct osmflow_tag tag = store->tags[tags->first_tag + i];
    if (self->view->key_rules[self->kind][tag.key].computes)
      self->tags[used++] = (struct osmflow_tag_view){osmflow_pool_text(&store->keys, tag.key),
                                                     osmflow_pool_text(&store->values, tag.value)};
  }
  osmflow_bytes_reset(&self->other_tags);
  if (status == OSMFLOW_OK)
    status = osmflow_rules_compute(self->rules, self->kind, (size_t)field, self->tags, used, &value, &self->other_tags,
                                   error);
  if (status == OSMFLOW_OK && !value.is_null) {
    if (value.type == OSMFLOW_FIELD_INTEGER || value.type == OSMFLOW_FIELD_INTEGER64)
      OGR_F_SetFieldInteger64(feature, field, value.integer);
    else if (value.type == OSMFLOW_FIELD_REAL)
      OGR_F_SetFieldDouble(feature, field, value.real);
    else
      OGR_F_SetFieldString(feature, field, osmflow_bytes_string(&self->other_tags));
  }
  return status;
}

static bool is_new_column(const struct osmflow_element_layer *self, struct osmflow_text key) {
  bool found = false;
  for (size_t i = 0; !found && i < self->new_column_count; i++)
    found = osmflow_text_is(key, self->new_columns[i]);
  return found;
}

static enum osmflow_status set_tag_text(struct osmflow_element_layer *self, OGRFeatureH feature, int field, bool all,
                                        const struct osmflow_element *tags, struct osmflow_error *error) {
  const struct osmflow_store *store = self->view->store;
  const enum osmflow_tags_format format = osmflow_rules_tags_format(self->rules);
  const struct osmflow_key_rule *rules = self->view->key_rules[self->kind];
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_reset(&self->other_tags);
  for (size_t i = 0; status == OSMFLOW_OK && i < tags->tag_count; i++) {
    const struct osmflow_tag tag = store->tags[tags->first_tag + i];
    if ((all ? rules[tag.key].in_all_tags : rules[tag.key].in_other_tags) &&
        !is_new_column(self, osmflow_pool_text(&store->keys, tag.key)))
      status = osmflow_rules_add_other_tag(format, &self->other_tags, osmflow_pool_text(&store->keys, tag.key),
                                           osmflow_pool_text(&store->values, tag.value), error);
  }
  if (status == OSMFLOW_OK && self->other_tags.size > 0) {
    status = osmflow_rules_finish_other_tags(format, &self->other_tags, error);
    if (status == OSMFLOW_OK)
      OGR_F_SetFieldString(feature, field, osmflow_bytes_string(&self->other_tags));
  }
  return status;
}

static void set_tags(const struct osmflow_element_layer *self, OGRFeatureH feature,
                     const struct osmflow_element *tags) {
  const struct osmflow_store *store = self->view->store;
  const struct osmflow_key_rule *rules = self->view->key_rules[self->kind];
  for (size_t i = 0; i < tags->tag_count; i++) {
    const struct osmflow_tag tag = store->tags[tags->first_tag + i];
    const int field = rules[tag.key].field;
    if (field >= 0 && osmflow_layer_wants_field(&self->layer, field))
      OGR_F_SetFieldString(feature, field, osmflow_pool_string(&store->values, tag.value));
  }
}

static enum osmflow_status set_fields(struct osmflow_element_layer *self, OGRFeatureH feature,
                                      const struct osmflow_view_entry *entry, struct osmflow_error *error) {
  const struct osmflow_store *store = self->view->store;
  const struct osmflow_element *element = osmflow_view_element(self->view, entry);
  const struct osmflow_element *tags =
      entry->tags_of_way == OSMFLOW_IDMAP_NONE ? element : &store->ways[entry->tags_of_way].element;
  enum osmflow_status status = OSMFLOW_OK;
  set_tags(self, feature, tags);
  for (size_t i = 0; i < self->new_column_count; i++) {
    const char *value = osmflow_store_tag(store, tags, self->new_columns[i]);
    if (value && osmflow_layer_wants_field(&self->layer, self->field_count + (int)i))
      OGR_F_SetFieldString(feature, self->field_count + (int)i, value);
  }
  if (tags != element)
    set_tags(self, feature, element);
  for (int i = 0; status == OSMFLOW_OK && i < self->field_count; i++) {
    const struct osmflow_rule_field *rule = osmflow_rules_field(self->rules, self->kind, (size_t)i);
    if (rule->source == OSMFLOW_FROM_TAG || !osmflow_layer_wants_field(&self->layer, i))
      continue;
    if (rule->source == OSMFLOW_FROM_COMPUTED)
      status = set_computed(self, feature, i, tags, error);
    else if (rule->source == OSMFLOW_FROM_OTHER_TAGS || rule->source == OSMFLOW_FROM_ALL_TAGS)
      status = set_tag_text(self, feature, i, rule->source == OSMFLOW_FROM_ALL_TAGS, tags, error);
    else
      set_metadata(self, feature, i, rule, entry, element);
  }
  return status;
}

static enum osmflow_status build(struct osmflow_layer *layer, size_t place, OGRFeatureH *feature,
                                 struct osmflow_error *error) {
  struct osmflow_element_layer *self = (struct osmflow_element_layer *)layer;
  const struct osmflow_view_entry *entry = &self->view->entries[self->kind][place];
  OGRGeometryH geometry = NULL;
  OGRFeatureH made = NULL;
  bool touches = false;
  enum osmflow_status status = build_geometry(self, entry, &geometry, &touches, error);
  if (status == OSMFLOW_OK && touches) {
    made = OGR_F_Create(layer->definition);
    OGR_F_SetFID(made, osmflow_fids_of(layer->snapshot->fids, self->kind, (enum osmflow_element_type)entry->type,
                                       osmflow_view_element(self->view, entry)->id));
    status = set_fields(self, made, entry, error);
  }
  if (status == OSMFLOW_OK && touches) {
    if (geometry) {
      OGR_G_AssignSpatialReference(geometry, OGR_GFld_GetSpatialRef(OGR_FD_GetGeomFieldDefn(layer->definition, 0)));
      OGR_F_SetGeometryDirectly(made, geometry);
      geometry = NULL;
    }
    *feature = made;
    made = NULL;
  }
  OGR_G_DestroyGeometry(geometry);
  OGR_F_Destroy(made);
  return status;
}

static const struct osmflow_layer_class element_layer_class = {.prepare = prepare,
                                                               .count = count,
                                                               .build = build,
                                                               .find = find,
                                                               .element = osmflow_element_layer_element,
                                                               .insert = osmflow_element_layer_insert,
                                                               .update = osmflow_element_layer_update,
                                                               .remove = osmflow_element_layer_remove,
                                                               .add_field = osmflow_element_layer_add_field,
                                                               .release = release};

enum osmflow_status osmflow_element_layer_new(const struct osmflow_connection *connection,
                                              struct osmflow_session *session, const struct osmflow_rules *rules,
                                              enum osmflow_layer_kind kind, OGRSpatialReferenceH srs,
                                              struct osmflow_layer **layer, struct osmflow_error *error) {
  static const enum osmflow_geometry_type geometries[OSMFLOW_LAYER_KINDS] = {
      OSMFLOW_GEOMETRY_POINT, OSMFLOW_GEOMETRY_LINESTRING, OSMFLOW_GEOMETRY_MULTILINESTRING,
      OSMFLOW_GEOMETRY_MULTIPOLYGON, OSMFLOW_GEOMETRY_COLLECTION};
  struct osmflow_element_layer *self = calloc(1, sizeof *self);
  if (!self)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a layer");
  self->layer.layer_class = &element_layer_class;
  self->layer.connection = connection;
  self->layer.session = session;
  self->layer.definition = osmflow_feature_definition_new(osmflow_layer_name(kind), geometries[kind], srs);
  self->rules = rules;
  self->kind = kind;
  self->field_count = (int)osmflow_rules_field_count(rules, kind);
  for (int i = 0; i < self->field_count; i++) {
    const struct osmflow_rule_field *field = osmflow_rules_field(rules, kind, (size_t)i);
    osmflow_feature_definition_add(self->layer.definition, field->name, field->type);
  }
  osmflow_view_shape_init(&self->shape);
  osmflow_shape_init(&self->wished);
  osmflow_shape_init(&self->present);
  osmflow_shape_init(&self->read);
  osmflow_idmap_init(&self->shaped);
  osmflow_bytes_init(&self->other_tags, TAGS_CEILING);
  *layer = &self->layer;
  return OSMFLOW_OK;
}
