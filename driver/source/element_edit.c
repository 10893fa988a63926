/* Edits of the five layers: fields become tags, geometries become nodes, ways and relations. */
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "source/element_layer.h"
#include "source/feature_text.h"

enum { TEXT_CEILING = 16 << 20, MOST_COLUMNS = 10000 };

/* One edit on its way. */
struct edit {
  struct osmflow_element_layer *layer;
  OGRFeatureH feature;
  OGRFeatureH shown;                           /* the feature as it is now; NULL for a new one */
  const struct osmflow_feature_update *update; /* NULL for a new one */
  struct osmflow_tag_list tags;
  bool has_new_tags;
  struct osmflow_shape *shape, *before; /* the layer's */
};

static void init(struct edit *edit, struct osmflow_layer *layer, OGRFeatureH feature) {
  struct osmflow_element_layer *self = (struct osmflow_element_layer *)layer;
  *edit = (struct edit){.layer = self, .feature = feature, .shape = &self->wished, .before = &self->present};
  osmflow_tag_list_init(&edit->tags);
}

static void clear(struct edit *edit) {
  OGR_F_Destroy(edit->shown);
  osmflow_tag_list_clear(&edit->tags);
}

/* Whether the user said something about a field that is not so already. */
static bool is_meant(const struct edit *edit, int field) {
  if (!edit->shown)
    return OGR_F_IsFieldSet(edit->feature, field) != 0;
  return osmflow_feature_update_has_field(edit->update, edit->feature, field) &&
         !osmflow_feature_same(edit->feature, edit->shown, field);
}

static enum osmflow_status set_tag(struct edit *edit, struct osmflow_text key, struct osmflow_text value,
                                   struct osmflow_error *error) {
  char what[128];
  snprintf(what, sizeof what, "the value of %.*s", (int)(key.size > 80 ? 80 : key.size), key.data);
  enum osmflow_status status = osmflow_feature_check_text("the key of a tag", key, error);
  if (status == OSMFLOW_OK && key.size == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a tag has no key (its value is \"%.*s\")",
                               OSMFLOW_TEXT_ARGUMENTS(value));
  if (status == OSMFLOW_OK)
    status = osmflow_feature_check_text(what, value, error);
  edit->has_new_tags = true;
  return status == OSMFLOW_OK ? osmflow_tag_list_set(&edit->tags, key, value, error) : status;
}

/* NULL and "" take the tag away: the map has no empty tags. */
static enum osmflow_status set_column(struct edit *edit, int field, const char *key, struct osmflow_error *error) {
  struct osmflow_bytes text;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&text, TEXT_CEILING);
  if (OGR_F_IsFieldSetAndNotNull(edit->feature, field))
    status = osmflow_feature_text(edit->feature, field, &text, error);
  if (status == OSMFLOW_OK && text.size > 0) {
    status = set_tag(edit, osmflow_text(key), osmflow_bytes_view(&text), error);
  } else if (status == OSMFLOW_OK) {
    osmflow_tag_list_remove(&edit->tags, osmflow_text(key));
    edit->has_new_tags = true;
  }
  osmflow_bytes_clear(&text);
  return status;
}

static bool is_new_column(const struct osmflow_element_layer *layer, struct osmflow_text key) {
  bool found = false;
  for (size_t i = 0; !found && i < layer->new_column_count; i++)
    found = osmflow_text_is(key, layer->new_columns[i]);
  return found;
}

/* Whether other_tags (or all_tags) is where a key is shown. */
static bool is_shown_in(const struct edit *edit, struct osmflow_text key, bool in_all) {
  const struct osmflow_key_rule rule = osmflow_rules_key(edit->layer->rules, edit->layer->kind, key);
  return (in_all ? rule.in_all_tags : rule.in_other_tags) && !is_new_column(edit->layer, key);
}

/* The text is the whole of what it shows: what is not in it any more goes; keys it never shows stay. */
static enum osmflow_status set_tag_text(struct edit *edit, int field, bool in_all, struct osmflow_error *error) {
  struct osmflow_tag_list wished;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_tag_list_init(&wished);
  if (OGR_F_IsFieldSetAndNotNull(edit->feature, field))
    status = osmflow_tag_list_parse(&wished, osmflow_text(OGR_F_GetFieldAsString(edit->feature, field)), error);
  for (size_t i = edit->tags.count; status == OSMFLOW_OK && i > 0; i--) {
    const struct osmflow_text key = edit->tags.items[i - 1].key;
    if (is_shown_in(edit, key, in_all) && !osmflow_tag_list_find(&wished, key))
      osmflow_tag_list_remove(&edit->tags, key);
  }
  for (size_t i = 0; status == OSMFLOW_OK && i < wished.count; i++)
    if (wished.items[i].value.size > 0)
      status = set_tag(edit, wished.items[i].key, wished.items[i].value, error);
  edit->has_new_tags = true;
  osmflow_tag_list_clear(&wished);
  return status;
}

/* A script may hold a feature it read before the last save: its columns of the server are older, not changed. */
static bool is_older(const struct edit *edit) {
  const int field = OGR_F_GetFieldIndex(edit->feature, "osm_version");
  return edit->update->is_whole && field >= 0 && OGR_F_IsFieldSetAndNotNull(edit->feature, field) &&
         OGR_F_GetFieldAsInteger64(edit->feature, field) < OGR_F_GetFieldAsInteger64(edit->shown, field);
}

/* A feature that has another's id is a copy of it, which would put it on the map twice. But programs that split a
 * feature give the new part all columns of the old one, which they have changed just before. */
static enum osmflow_status check_id_of_new(const struct edit *edit, int field, const struct osmflow_rule_field *rule,
                                           struct osmflow_error *error) {
  static const enum osmflow_element_type types[OSMFLOW_LAYER_KINDS] = {OSMFLOW_NODE, OSMFLOW_WAY, OSMFLOW_RELATION,
                                                                       OSMFLOW_RELATION, OSMFLOW_RELATION};
  const int64_t id = OGR_F_GetFieldAsInteger64(edit->feature, field);
  const enum osmflow_element_type type = rule->source == OSMFLOW_FROM_WAY_ID ? OSMFLOW_WAY : types[edit->layer->kind];
  bool was_edited = false;
  if (id <= 0 || edit->layer->layer.connection->is_new_file)
    return OSMFLOW_OK;
  const enum osmflow_status status = osmflow_editor_was_edited(edit->layer->layer.editor, type, id, &was_edited, error);
  if (status == OSMFLOW_OK && !was_edited)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "it has %s %lld: that element is on the map already; change it (ogr2ogr -upsert, "
                             "SetFeature), or leave the column empty to make a new one",
                             rule->name, (long long)id);
  return status;
}

/* Columns that are not the user's to write. Programs that copy features send them along, so a new feature may have
 * them. */
static enum osmflow_status check_other_column(const struct edit *edit, int field, const struct osmflow_rule_field *rule,
                                              struct osmflow_error *error) {
  const bool is_id = rule->source == OSMFLOW_FROM_ID || rule->source == OSMFLOW_FROM_WAY_ID;
  if (!edit->shown)
    return is_id ? check_id_of_new(edit, field, rule, error) : OSMFLOW_OK;
  if (is_older(edit) && !is_id)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           rule->source == OSMFLOW_FROM_COMPUTED
                               ? "the column %s is computed from tags and cannot be written"
                               : "the column %s is the server's and cannot be written",
                           rule->name);
}

/* Texts of many tags first, so that a column of its own has the last word. */
static enum osmflow_status read_tags(struct edit *edit, struct osmflow_error *error) {
  const struct osmflow_element_layer *layer = edit->layer;
  enum osmflow_status status = OSMFLOW_OK;
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; status == OSMFLOW_OK && i < layer->field_count; i++) {
      const struct osmflow_rule_field *rule = osmflow_rules_field(layer->rules, layer->kind, (size_t)i);
      const bool is_text = rule->source == OSMFLOW_FROM_OTHER_TAGS || rule->source == OSMFLOW_FROM_ALL_TAGS;
      if (is_text != (pass == 0) || !is_meant(edit, i))
        continue;
      if (is_text)
        status = set_tag_text(edit, i, rule->source == OSMFLOW_FROM_ALL_TAGS, error);
      else if (rule->source == OSMFLOW_FROM_TAG)
        status = set_column(edit, i, rule->key, error);
      else
        status = check_other_column(edit, i, rule, error);
    }
  for (size_t i = 0; status == OSMFLOW_OK && i < layer->new_column_count; i++)
    if (is_meant(edit, layer->field_count + (int)i))
      status = set_column(edit, layer->field_count + (int)i, layer->new_columns[i], error);
  return status;
}

static enum osmflow_status read_shape(struct edit *edit, struct osmflow_shape *shape, OGRGeometryH geometry,
                                      struct osmflow_error *error) {
  const enum osmflow_layer_kind kind = edit->layer->kind;
  enum osmflow_layer_kind natural = kind;
  enum osmflow_status status = osmflow_shape_read(shape, geometry, error);
  if (status == OSMFLOW_OK)
    status = osmflow_shape_kind(&shape->view, &natural, error);
  const bool fits = natural == kind || kind == OSMFLOW_OTHER_RELATIONS ||
                    (kind == OSMFLOW_MULTILINESTRINGS && natural == OSMFLOW_LINES);
  if (status == OSMFLOW_OK && !fits)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a geometry of type %s does not belong into layer %s",
                               OGR_G_GetGeometryName(geometry), osmflow_layer_name(kind));
  return status;
}

/* Columns of a multipolygon may show the tags of its outer way: those count as its own. */
static enum osmflow_status read_present_tags(struct edit *edit, const struct osmflow_edit_element *element,
                                             struct osmflow_error *error) {
  struct osmflow_editor *editor = edit->layer->layer.editor;
  struct osmflow_snapshot *part = NULL;
  const struct osmflow_view *view = NULL;
  enum osmflow_status status = osmflow_editor_part(editor, element->type, element->id, &part, error);
  if (status == OSMFLOW_OK)
    status = osmflow_snapshot_view(part, edit->layer->layer.connection, &view, error);
  const struct osmflow_view_entry *entry =
      status == OSMFLOW_OK ? osmflow_view_find(view, edit->layer->kind, element->type, element->id) : NULL;
  const struct osmflow_element *sources[2] = {NULL, NULL};
  if (entry && entry->tags_of_way != OSMFLOW_IDMAP_NONE)
    sources[0] = &part->store.ways[entry->tags_of_way].element;
  if (entry)
    sources[1] = osmflow_view_element(view, entry);
  for (size_t s = 0; s < 2; s++)
    for (size_t i = 0; status == OSMFLOW_OK && sources[s] && i < sources[s]->tag_count; i++) {
      const struct osmflow_tag tag = part->store.tags[sources[s]->first_tag + i];
      status = osmflow_tag_list_set(&edit->tags, osmflow_pool_text(&part->store.keys, tag.key),
                                    osmflow_pool_text(&part->store.values, tag.value), error);
    }
  osmflow_snapshot_release(part);
  return status;
}

/* The geometry the user saw: what he gave it last, or what it was when his edits began. */
static enum osmflow_status read_before(struct edit *edit, int64_t fid, struct osmflow_error *error) {
  struct osmflow_layer *layer = &edit->layer->layer;
  OGRFeatureH committed = NULL;
  OGRGeometryH geometry = osmflow_editor_shown(layer->editor, layer, fid);
  enum osmflow_status status = OSMFLOW_OK;
  if (!geometry) {
    status = osmflow_layer_feature_in(layer, osmflow_editor_committed(layer->editor), fid, &committed, error);
    geometry = committed ? OGR_F_GetGeometryRef(committed) : OGR_F_GetGeometryRef(edit->shown);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_shape_read(edit->before, geometry, error);
  OGR_F_Destroy(committed);
  return status;
}

static int64_t pack(struct osmflow_position position) {
  return (int64_t)((uint64_t)(uint32_t)position.lon << 32 | (uint32_t)position.lat);
}

/* How many positions are alike from both ends. */
static size_t count_common(const struct osmflow_edit_shape *left, const struct osmflow_edit_shape *right) {
  const size_t most = left->position_count < right->position_count ? left->position_count : right->position_count;
  size_t first = 0, last = 0;
  while (first < most && memcmp(&left->positions[first], &right->positions[first], sizeof *left->positions) == 0)
    first++;
  while (first + last < most &&
         memcmp(&left->positions[left->position_count - 1 - last], &right->positions[right->position_count - 1 - last],
                sizeof *left->positions) == 0)
    last++;
  return first + last;
}

/* How many positions of a shape are somewhere in another one: rings come with any vertex first. */
static enum osmflow_status count_places(const struct osmflow_edit_shape *shape, const struct osmflow_edit_shape *other,
                                        size_t *count, struct osmflow_error *error) {
  struct osmflow_idmap places;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_idmap_init(&places);
  *count = 0;
  for (size_t i = 0; status == OSMFLOW_OK && i < other->position_count; i++)
    status = osmflow_idmap_set(&places, pack(other->positions[i]), 1, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < shape->position_count; i++)
    *count += osmflow_idmap_find(&places, pack(shape->positions[i])) != OSMFLOW_IDMAP_NONE;
  osmflow_idmap_clear(&places);
  return status;
}

/* Whether the new geometry is more like a candidate than like what it is held to be a change of. */
static enum osmflow_status is_more_like(const struct edit *edit, const struct osmflow_edit_shape *candidate,
                                        bool *is_more, struct osmflow_error *error) {
  const struct osmflow_edit_shape *shape = &edit->shape->view, *before = &edit->before->view;
  size_t there = 0, here = 0;
  enum osmflow_status status = count_places(shape, candidate, &there, error);
  if (status == OSMFLOW_OK)
    status = count_places(shape, before, &here, error);
  *is_more = there > here || (there == here && count_common(candidate, shape) > count_common(before, shape)) ||
             osmflow_shape_equal(candidate, shape);
  return status;
}

/* Who saves in the middle of reading goes on with features as they were before: nodes that were moved through other
 * features since must not move back. What was given a geometry itself is meant as it says. */
static enum osmflow_status read_seen(struct edit *edit, int64_t fid, struct osmflow_error *error) {
  struct osmflow_layer *layer = &edit->layer->layer;
  OGRFeatureH seen = NULL;
  if (layer->place == 0 || !layer->snapshot || layer->snapshot == osmflow_editor_committed(layer->editor) ||
      osmflow_idmap_find(&edit->layer->shaped, fid) != OSMFLOW_IDMAP_NONE)
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_layer_feature_in(layer, layer->snapshot, fid, &seen, error);
  if (status == OSMFLOW_OK && seen && OGR_F_GetGeometryRef(seen)) {
    bool is_more = false;
    status = osmflow_shape_read(&edit->layer->read, OGR_F_GetGeometryRef(seen), error);
    if (status == OSMFLOW_OK)
      status = is_more_like(edit, &edit->layer->read.view, &is_more, error);
    if (is_more)
      edit->before = &edit->layer->read;
  }
  OGR_F_Destroy(seen);
  return status;
}

/* The user may have read the feature again after other edits changed what it is made of: what he gives is then more
 * like what it is now. */
static enum osmflow_status consider_present(struct edit *edit, struct osmflow_error *error) {
  OGRGeometryH geometry = OGR_F_GetGeometryRef(edit->shown);
  struct osmflow_shape present;
  bool is_more = false;
  enum osmflow_status status = OSMFLOW_OK;
  if (!geometry)
    return status;
  osmflow_shape_init(&present);
  status = osmflow_shape_read(&present, geometry, error);
  if (status == OSMFLOW_OK)
    status = is_more_like(edit, &present.view, &is_more, error);
  if (is_more) {
    const struct osmflow_shape before = *edit->before;
    *edit->before = present;
    present = before;
  }
  osmflow_shape_clear(&present);
  return status;
}

/* Sets *has_new_shape when the geometry is another one than the user saw. */
static enum osmflow_status read_new_shape(struct edit *edit, int64_t fid, bool *has_new_shape,
                                          struct osmflow_error *error) {
  enum osmflow_status status = read_before(edit, fid, error);
  if (status == OSMFLOW_OK)
    status = osmflow_shape_read(edit->shape, OGR_F_GetGeometryRef(edit->feature), error);
  if (status == OSMFLOW_OK && !osmflow_shape_equal(&edit->before->view, &edit->shape->view))
    status = read_seen(edit, fid, error);
  if (status == OSMFLOW_OK && !osmflow_shape_equal(&edit->before->view, &edit->shape->view))
    status = consider_present(edit, error);
  *has_new_shape = status == OSMFLOW_OK && !osmflow_shape_equal(&edit->before->view, &edit->shape->view);
  if (*has_new_shape)
    status = read_shape(edit, edit->shape, OGR_F_GetGeometryRef(edit->feature), error);
  if (*has_new_shape && status == OSMFLOW_OK && edit->layer->kind == OSMFLOW_MULTIPOLYGONS)
    status = osmflow_shape_check_area(edit->shape, error);
  return status;
}

static enum osmflow_status change(struct edit *edit, int64_t fid, bool has_new_shape,
                                  struct osmflow_edit_element *element, struct osmflow_error *error) {
  struct osmflow_layer *layer = &edit->layer->layer;
  const struct osmflow_edit_options options = osmflow_editor_options(layer->editor);
  const struct osmflow_edit_tags tags = {edit->tags.items, edit->tags.count};
  const struct osmflow_edit_element was = *element;
  enum osmflow_status status = osmflow_edit_change(&options, edit->layer->kind, edit->has_new_tags ? &tags : NULL,
                                                   has_new_shape ? &edit->before->view : NULL,
                                                   has_new_shape ? &edit->shape->view : NULL, element, error);
  if (status == OSMFLOW_OK && was.type != element->type)
    status = osmflow_editor_take_over(layer->editor, fid, element->id, error);
  if (status == OSMFLOW_OK && has_new_shape)
    status = osmflow_editor_show(layer->editor, layer, fid, OGR_F_GetGeometryRef(edit->feature), error);
  if (status == OSMFLOW_OK && has_new_shape)
    status = osmflow_idmap_set(&edit->layer->shaped, fid, 1, error);
  return status;
}

enum osmflow_status osmflow_element_layer_update(struct osmflow_layer *layer, OGRFeatureH feature,
                                                 const struct osmflow_feature_update *update,
                                                 struct osmflow_error *error) {
  struct edit edit;
  struct osmflow_edit_element element = {OSMFLOW_NODE, 0};
  const int64_t fid = OGR_F_GetFID(feature);
  bool has_new_shape = false;
  init(&edit, layer, feature);
  edit.update = update;
  enum osmflow_status status = osmflow_layer_feature_with_edits(layer, fid, &edit.shown, error);
  if (status == OSMFLOW_OK && !edit.shown)
    status = osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no such feature");
  if (status == OSMFLOW_OK)
    osmflow_element_layer_element(layer, osmflow_editor_fids(layer->editor), fid, &element.type, &element.id);
  if (status == OSMFLOW_OK)
    status = read_present_tags(&edit, &element, error);
  if (status == OSMFLOW_OK)
    status = read_tags(&edit, error);
  if (status == OSMFLOW_OK && osmflow_feature_update_has_geometry(update, feature))
    status = read_new_shape(&edit, fid, &has_new_shape, error);
  if (status == OSMFLOW_OK && (edit.has_new_tags || has_new_shape))
    status = change(&edit, fid, has_new_shape, &element, error);
  clear(&edit);
  return status;
}

enum osmflow_status osmflow_element_layer_insert(struct osmflow_layer *layer, OGRFeatureH feature,
                                                 struct osmflow_error *error) {
  const struct osmflow_edit_options options = osmflow_editor_options(layer->editor);
  struct osmflow_edit_element made = {OSMFLOW_NODE, 0};
  struct edit edit;
  init(&edit, layer, feature);
  enum osmflow_status status = read_shape(&edit, edit.shape, OGR_F_GetGeometryRef(feature), error);
  if (status == OSMFLOW_OK && edit.layer->kind == OSMFLOW_MULTIPOLYGONS)
    status = osmflow_shape_check_area(edit.shape, error);
  if (status == OSMFLOW_OK)
    status = read_tags(&edit, error);
  const struct osmflow_edit_tags tags = {edit.tags.items, edit.tags.count};
  if (status == OSMFLOW_OK)
    status = osmflow_edit_create(&options, edit.layer->kind, &tags, &edit.shape->view, &made, error);
  if (status == OSMFLOW_OK)
    OGR_F_SetFID(feature, osmflow_fids_of(osmflow_editor_fids(layer->editor), edit.layer->kind, made.type, made.id));
  clear(&edit);
  return status;
}

enum osmflow_status osmflow_element_layer_remove(struct osmflow_layer *layer, int64_t fid,
                                                 struct osmflow_error *error) {
  const struct osmflow_element_layer *self = (const struct osmflow_element_layer *)layer;
  const struct osmflow_edit_options options = osmflow_editor_options(layer->editor);
  struct osmflow_edit_element element = {OSMFLOW_NODE, 0};
  OGRFeatureH shown = NULL;
  enum osmflow_status status = osmflow_layer_feature_with_edits(layer, fid, &shown, error);
  if (status == OSMFLOW_OK && shown) {
    osmflow_element_layer_element(layer, osmflow_editor_fids(layer->editor), fid, &element.type, &element.id);
    status = osmflow_edit_delete(&options, self->kind, &element, error);
    if (status == OSMFLOW_OK)
      status = osmflow_editor_note_removal(layer->editor, layer, fid, error);
  } else if (status == OSMFLOW_OK && !osmflow_editor_was_removed(layer->editor, layer, fid)) {
    status = osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no such feature");
  }
  OGR_F_Destroy(shown);
  return status;
}

/* A new column is a tag under the column's own name. */
enum osmflow_status osmflow_element_layer_add_field(struct osmflow_layer *layer, OGRFieldDefnH field,
                                                    struct osmflow_error *error) {
  struct osmflow_element_layer *self = (struct osmflow_element_layer *)layer;
  const char *name = OGR_Fld_GetNameRef(field);
  if (OGR_FD_GetFieldIndex(layer->definition, name) >= 0)
    return OSMFLOW_OK;
  if (!osmflow_feature_type_fits(OGR_Fld_GetType(field)))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "no tag can hold the field %s (%s)", name,
                             OGR_GetFieldTypeName(OGR_Fld_GetType(field)));
  enum osmflow_status status = osmflow_feature_check_text("the name of a field", osmflow_text(name), error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&self->new_columns, &self->new_column_capacity, self->new_column_count + 1,
                                   sizeof *self->new_columns, MOST_COLUMNS, error);
  char *copy = status == OSMFLOW_OK ? strdup(name) : NULL;
  if (status == OSMFLOW_OK && !copy)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a column");
  if (status == OSMFLOW_OK) {
    self->new_columns[self->new_column_count++] = copy;
    osmflow_feature_definition_add(layer->definition, name, OSMFLOW_FIELD_STRING);
  }
  return status;
}
