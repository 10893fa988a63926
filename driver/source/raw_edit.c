/* Edits of nodes, ways and relations as they are: tags and topology are columns of JSON. */
#include <stdlib.h>

#include "base/number.h"
#include "format/tree.h"
#include "source/feature_text.h"
#include "source/raw_layer.h"
#include "source/shape.h"

enum { MOST_ITEMS = 1 << 20 };

/* What an element is to be: texts of members stay in `tree`. */
struct wish {
  struct osmflow_draft draft;
  struct osmflow_tag_list tags;
  struct osmflow_shape shape, before;
  int64_t *refs;
  struct osmflow_draft_member *members;
  size_t capacity;
  struct osmflow_tree *tree;
};

static void init(struct wish *wish) {
  *wish = (struct wish){.tree = NULL};
  osmflow_tag_list_init(&wish->tags);
  osmflow_shape_init(&wish->shape);
  osmflow_shape_init(&wish->before);
}

static void clear(struct wish *wish) {
  osmflow_tag_list_clear(&wish->tags);
  osmflow_shape_clear(&wish->shape);
  osmflow_shape_clear(&wish->before);
  osmflow_tree_free(wish->tree);
  free(wish->refs);
  free(wish->members);
}

/* Whether a field was set to something else than `shown` has (NULL: a new feature). */
static bool is_new(OGRFeatureH feature, OGRFeatureH shown, const struct osmflow_feature_update *update, int field) {
  if (!shown)
    return OGR_F_IsFieldSetAndNotNull(feature, field) != 0;
  return osmflow_feature_update_has_field(update, feature, field) && !osmflow_feature_same(feature, shown, field);
}

static enum osmflow_status read_tags(struct wish *wish, OGRFeatureH feature, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (OGR_F_IsFieldSetAndNotNull(feature, OSMFLOW_RAW_TAGS))
    status =
        osmflow_tag_list_parse(&wish->tags, osmflow_text(OGR_F_GetFieldAsString(feature, OSMFLOW_RAW_TAGS)), error);
  for (size_t i = 0; status == OSMFLOW_OK && i < wish->tags.count; i++) {
    status = osmflow_feature_check_text("the key of a tag", wish->tags.items[i].key, error);
    if (status == OSMFLOW_OK)
      status = osmflow_feature_check_text("the value of a tag", wish->tags.items[i].value, error);
  }
  wish->draft.tags = wish->tags.items;
  wish->draft.tag_count = wish->tags.count;
  return status;
}

static enum osmflow_status read_ref(struct wish *wish, const struct osmflow_tree_node *item,
                                    struct osmflow_error *error) {
  int64_t id = 0;
  if (item->kind != OSMFLOW_TREE_NUMBER || !osmflow_parse_int(item->text, -OSMFLOW_MOST_ID, OSMFLOW_MOST_ID, &id))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "nodes must be a JSON list of node ids: [1,2,3]");
  const enum osmflow_status status = osmflow_array_reserve(
      (void **)&wish->refs, &wish->capacity, wish->draft.ref_count + 1, sizeof *wish->refs, MOST_ITEMS, error);
  if (status == OSMFLOW_OK)
    wish->refs[wish->draft.ref_count++] = id;
  return status;
}

static enum osmflow_status read_member(struct wish *wish, const struct osmflow_tree_node *item,
                                       struct osmflow_error *error) {
  const struct osmflow_tree_node *type = osmflow_tree_child(item, "type"), *ref = osmflow_tree_child(item, "ref"),
                                 *role = osmflow_tree_child(item, "role");
  struct osmflow_draft_member member = {OSMFLOW_NODE, 0, role ? role->text : osmflow_text("")};
  int found = 0;
  while (type && found < OSMFLOW_ELEMENT_TYPES && !osmflow_text_is(type->text, osmflow_element_type_names[found]))
    found++;
  if (!type || found == OSMFLOW_ELEMENT_TYPES || !ref ||
      !osmflow_parse_int(ref->text, -OSMFLOW_MOST_ID, OSMFLOW_MOST_ID, &member.ref))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "members must be a JSON list of {\"type\":\"way\",\"ref\":5,\"role\":\"outer\"}");
  member.type = (enum osmflow_element_type)found;
  enum osmflow_status status = osmflow_feature_check_text("a role", member.role, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&wish->members, &wish->capacity, wish->draft.member_count + 1,
                                   sizeof *wish->members, MOST_ITEMS, error);
  if (status == OSMFLOW_OK)
    wish->members[wish->draft.member_count++] = member;
  return status;
}

static enum osmflow_status read_topology(struct wish *wish, OGRFeatureH feature, struct osmflow_error *error) {
  const char *text = OGR_F_GetFieldAsString(feature, OSMFLOW_RAW_TOPOLOGY);
  const bool is_way = wish->draft.type == OSMFLOW_WAY;
  const struct osmflow_tree_node *root = NULL;
  wish->draft.ref_count = wish->draft.member_count = 0;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_JSON, &wish->tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(wish->tree, text, strlen(text), error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(wish->tree, &root, error);
  if (status == OSMFLOW_OK && root->kind != OSMFLOW_TREE_ARRAY)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "it is no list");
  if (status != OSMFLOW_OK) {
    osmflow_error_prefix(error, "the column %s: ", is_way ? "nodes" : "members");
    return status;
  }
  for (const struct osmflow_tree_node *item = root->first; status == OSMFLOW_OK && item; item = item->next)
    status = is_way ? read_ref(wish, item, error) : read_member(wish, item, error);
  wish->draft.refs = wish->refs;
  wish->draft.members = wish->members;
  return status;
}

static enum osmflow_status read_point(struct wish *wish, OGRGeometryH geometry, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_shape_read(&wish->shape, geometry, error);
  if (status == OSMFLOW_OK && (wish->shape.view.part_count != 1 || wish->shape.view.position_count != 1))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a node is a single point");
  if (status == OSMFLOW_OK) {
    wish->draft.lon = wish->shape.positions[0].lon;
    wish->draft.lat = wish->shape.positions[0].lat;
  }
  return status;
}

/* A new way may come as a list of nodes or as a line. */
enum osmflow_status osmflow_raw_layer_insert(struct osmflow_layer *layer, OGRFeatureH feature,
                                             struct osmflow_error *error) {
  const struct osmflow_raw_layer_state *self = (const struct osmflow_raw_layer_state *)layer;
  const struct osmflow_edit_options options = osmflow_editor_options(layer->editor);
  const enum osmflow_element_type type = (enum osmflow_element_type)self->raw;
  struct osmflow_edit_element made = {type, 0};
  struct wish wish;
  init(&wish);
  wish.draft.type = type;
  wish.draft.visible = true;
  enum osmflow_status status = OSMFLOW_OK;
  const bool has_topology = type != OSMFLOW_NODE && is_new(feature, NULL, NULL, OSMFLOW_RAW_TOPOLOGY);
  if (OGR_F_GetFieldAsInteger64(feature, OSMFLOW_RAW_ID) > 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "it has osm_id %lld: that element is on the map already; change it, or leave the "
                               "column out to make a new one",
                               (long long)OGR_F_GetFieldAsInteger64(feature, OSMFLOW_RAW_ID));
  if (status == OSMFLOW_OK)
    status = read_tags(&wish, feature, error);
  if (status == OSMFLOW_OK && has_topology)
    status = read_topology(&wish, feature, error);
  if (status == OSMFLOW_OK && type == OSMFLOW_NODE)
    status = read_point(&wish, OGR_F_GetGeometryRef(feature), error);
  if (status == OSMFLOW_OK && type == OSMFLOW_WAY && !has_topology) {
    const struct osmflow_edit_tags tags = {wish.tags.items, wish.tags.count};
    status = osmflow_shape_read(&wish.shape, OGR_F_GetGeometryRef(feature), error);
    if (status == OSMFLOW_OK)
      status = osmflow_edit_create(&options, OSMFLOW_LINES, &tags, &wish.shape.view, &made, error);
  } else if (status == OSMFLOW_OK) {
    status = osmflow_edit_put(&options, &wish.draft, &made.id, error);
  }
  if (status == OSMFLOW_OK)
    OGR_F_SetFID(feature, osmflow_fids_of(osmflow_editor_fids(layer->editor), OSMFLOW_POINTS, type, made.id));
  clear(&wish);
  return status;
}

/* A script may hold a feature it read before the last save: its columns of the server are older, not changed. */
static bool is_older(OGRFeatureH feature, OGRFeatureH shown, const struct osmflow_feature_update *update) {
  return update->is_whole && OGR_F_IsFieldSetAndNotNull(feature, OSMFLOW_RAW_VERSION) &&
         OGR_F_GetFieldAsInteger64(feature, OSMFLOW_RAW_VERSION) <
             OGR_F_GetFieldAsInteger64(shown, OSMFLOW_RAW_VERSION);
}

/* Columns the server writes. */
static enum osmflow_status check_columns(const struct osmflow_layer *layer, OGRFeatureH feature, OGRFeatureH shown,
                                         const struct osmflow_feature_update *update, struct osmflow_error *error) {
  const int count = OGR_FD_GetFieldCount(layer->definition);
  for (int i = is_older(feature, shown, update) ? OSMFLOW_RAW_TAGS : 0; i < count; i++)
    if (i != OSMFLOW_RAW_TAGS && i != OSMFLOW_RAW_TOPOLOGY && is_new(feature, shown, update, i))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the column %s is the server's and cannot be written",
                               OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(layer->definition, i)));
  return OSMFLOW_OK;
}

static enum osmflow_status change_line(const struct osmflow_layer *layer, struct wish *wish, OGRFeatureH feature,
                                       OGRFeatureH shown, struct osmflow_error *error) {
  const struct osmflow_edit_options options = osmflow_editor_options(layer->editor);
  struct osmflow_edit_element element = {OSMFLOW_WAY, wish->draft.id};
  if (!OGR_F_GetGeometryRef(shown))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "way %lld is incomplete here, so its line cannot be changed; its list of nodes can",
                             (long long)wish->draft.id);
  enum osmflow_status status = osmflow_shape_read(&wish->before, OGR_F_GetGeometryRef(shown), error);
  if (status == OSMFLOW_OK)
    status = osmflow_shape_read(&wish->shape, OGR_F_GetGeometryRef(feature), error);
  if (status == OSMFLOW_OK && !osmflow_shape_equal(&wish->before.view, &wish->shape.view))
    status = osmflow_edit_change(&options, OSMFLOW_LINES, NULL, &wish->before.view, &wish->shape.view, &element, error);
  return status;
}

static enum osmflow_status change(struct osmflow_layer *layer, struct wish *wish, OGRFeatureH feature,
                                  OGRFeatureH shown, const struct osmflow_feature_update *update,
                                  struct osmflow_error *error) {
  const struct osmflow_edit_options options = osmflow_editor_options(layer->editor);
  const struct osmflow_draft *present = NULL;
  const enum osmflow_element_type type = wish->draft.type;
  const bool has_topology = type != OSMFLOW_NODE && is_new(feature, shown, update, OSMFLOW_RAW_TOPOLOGY);
  const bool has_geometry = type != OSMFLOW_RELATION && osmflow_feature_update_has_geometry(update, feature);
  enum osmflow_status status = osmflow_drafts_get(options.drafts, type, wish->draft.id, &present, error);
  if (status != OSMFLOW_OK || !present)
    return status;
  wish->draft = *present;
  if (is_new(feature, shown, update, OSMFLOW_RAW_TAGS))
    status = read_tags(wish, feature, error);
  if (status == OSMFLOW_OK && has_topology)
    status = read_topology(wish, feature, error);
  if (status == OSMFLOW_OK && type == OSMFLOW_NODE && has_geometry)
    status = read_point(wish, OGR_F_GetGeometryRef(feature), error);
  if (status == OSMFLOW_OK && !osmflow_draft_equal(&wish->draft, present))
    status = osmflow_edit_put(&options, &wish->draft, NULL, error);
  if (status == OSMFLOW_OK && type == OSMFLOW_WAY && has_geometry && !has_topology)
    status = change_line(layer, wish, feature, shown, error);
  return status;
}

enum osmflow_status osmflow_raw_layer_update(struct osmflow_layer *layer, OGRFeatureH feature,
                                             const struct osmflow_feature_update *update, struct osmflow_error *error) {
  struct osmflow_drafts *drafts = osmflow_editor_options(layer->editor).drafts;
  const size_t mark = osmflow_drafts_mark(drafts);
  OGRFeatureH shown = NULL;
  struct wish wish;
  init(&wish);
  enum osmflow_status status = osmflow_layer_feature_with_edits(layer, OGR_F_GetFID(feature), &shown, error);
  if (status == OSMFLOW_OK && !shown)
    status = osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no such feature");
  if (status == OSMFLOW_OK)
    status = check_columns(layer, feature, shown, update, error);
  if (status == OSMFLOW_OK) {
    osmflow_raw_layer_element(layer, osmflow_editor_fids(layer->editor), OGR_F_GetFID(feature), &wish.draft.type,
                              &wish.draft.id);
    status = change(layer, &wish, feature, shown, update, error);
  }
  if (status != OSMFLOW_OK)
    osmflow_drafts_rollback(drafts, mark);
  OGR_F_Destroy(shown);
  clear(&wish);
  return status;
}

enum osmflow_status osmflow_raw_layer_remove(struct osmflow_layer *layer, int64_t fid, struct osmflow_error *error) {
  const struct osmflow_edit_options options = osmflow_editor_options(layer->editor);
  struct osmflow_edit_element element = {OSMFLOW_NODE, 0};
  const struct osmflow_draft *present = NULL;
  if (!osmflow_raw_layer_element(layer, osmflow_editor_fids(layer->editor), fid, &element.type, &element.id))
    return osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no such feature");
  enum osmflow_status status = osmflow_drafts_get(options.drafts, element.type, element.id, &present, error);
  if (status == OSMFLOW_OK && !present && osmflow_editor_was_removed(layer->editor, layer, fid))
    return OSMFLOW_OK;
  if (status == OSMFLOW_OK && !present)
    status = osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no such feature");
  if (status == OSMFLOW_OK)
    status = osmflow_edit_remove(&options, &element, error);
  return status == OSMFLOW_OK ? osmflow_editor_note_removal(layer->editor, layer, fid, error) : status;
}
