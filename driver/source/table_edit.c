/* Edits of rows: notes, their comments, preferences, traces. Each is a call of its own and sent at once; there is
 * nothing to take back afterwards. */
#include <stdlib.h>

#include "base/number.h"
#include "format/tree.h"
#include "net/http.h"
#include "osm/action.h"
#include "source/feature_text.h"
#include "source/shape.h"
#include "source/table_layer.h"

enum { ANSWER_CEILING = 1 << 20, MOST_PARAMETERS = 4 };

struct act {
  const char *name;
  const char *word; /* NULL: none */
  struct osmflow_tag_view parameters[MOST_PARAMETERS];
  size_t parameter_count;
  struct osmflow_text body;
};

static void add_parameter(struct act *act, const char *name, const char *value) {
  act->parameters[act->parameter_count++] = (struct osmflow_tag_view){osmflow_text(name), osmflow_text(value)};
}

/* What was read before is not true any more. */
static void forget(struct osmflow_layer *layer) {
  struct osmflow_table_layer *self = (struct osmflow_table_layer *)layer;
  osmflow_session_refresh(self->plain_session);
  if (self->pushed_session)
    osmflow_session_refresh(self->pushed_session);
}

/* `answer` may be NULL. */
static enum osmflow_status perform(struct osmflow_layer *layer, const struct act *act, struct osmflow_bytes *answer,
                                   struct osmflow_error *error) {
  const struct osmflow_table_layer *self = (const struct osmflow_table_layer *)layer;
  const struct osmflow_action action = {.action_class = osmflow_action_class(act->name),
                                        .root = layer->connection->call.root,
                                        .words = {act->word, NULL, NULL},
                                        .parameters = act->parameters,
                                        .parameter_count = act->parameter_count,
                                        .body = act->body};
  struct osmflow_http *http = NULL;
  struct osmflow_bytes own;
  osmflow_bytes_init(&own, ANSWER_CEILING);
  enum osmflow_status status = osmflow_session_http(self->plain_session, &http, error);
  if (status == OSMFLOW_OK)
    status = osmflow_action_perform(layer->connection->environment, http, &action, answer ? answer : &own, error);
  if (status == OSMFLOW_OK)
    forget(layer);
  osmflow_http_free(http);
  osmflow_bytes_clear(&own);
  return status;
}

static enum osmflow_status copy_column(OGRFeatureH feature, const char *name, char **copied,
                                       struct osmflow_error *error) {
  const char *value = osmflow_feature_column(feature, name);
  *copied = value ? strdup(value) : NULL;
  return value && !*copied ? osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %s", name) : OSMFLOW_OK;
}

/* As it is now: in the middle of reading, the layer still reads what there was before earlier edits. */
static enum osmflow_status find_shown(struct osmflow_layer *layer, int64_t fid, OGRFeatureH *shown,
                                      struct osmflow_error *error) {
  struct osmflow_snapshot *newest = NULL;
  enum osmflow_status status = osmflow_session_snapshot(layer->session, NULL, &newest, error);
  if (status == OSMFLOW_OK)
    status = osmflow_layer_feature_in(layer, newest, fid, shown, error);
  osmflow_snapshot_release(newest);
  return status == OSMFLOW_OK && !*shown ? osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no such feature")
                                         : status;
}

/* A program may speak of one column alone: the others are as they were. */
static void fill_up(OGRFeatureH feature, OGRFeatureH shown, const struct osmflow_feature_update *update,
                    const char *const *columns) {
  for (size_t i = 0; columns[i]; i++) {
    const int field = OGR_F_GetFieldIndex(feature, columns[i]);
    if (osmflow_feature_update_changes(update, feature, shown, columns[i]))
      continue;
    if (OGR_F_IsFieldSetAndNotNull(shown, field))
      OGR_F_SetFieldString(feature, field, OGR_F_GetFieldAsString(shown, field));
    else
      OGR_F_SetFieldNull(feature, field);
  }
}

/* The id of the note that the server tells about. */
static enum osmflow_status read_note_id(const struct osmflow_bytes *answer, int64_t *id, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *root = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_XML, &tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, answer->data, answer->size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &root, error);
  const struct osmflow_tree_node *node = status == OSMFLOW_OK ? osmflow_tree_at(root, "note/id") : NULL;
  if (status == OSMFLOW_OK && (!node || !osmflow_parse_int(osmflow_text_trim(node->text), 1, INT64_MAX, id)))
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server made a note but does not say which");
  osmflow_tree_free(tree);
  return status;
}

static enum osmflow_status insert_note(struct osmflow_layer *layer, OGRFeatureH feature, struct osmflow_error *error) {
  char lat[OSMFLOW_NUMBER_SIZE], lon[OSMFLOW_NUMBER_SIZE];
  struct act act = {.name = "note/create"};
  struct osmflow_shape shape;
  struct osmflow_bytes answer;
  int64_t id = 0;
  osmflow_shape_init(&shape);
  osmflow_bytes_init(&answer, ANSWER_CEILING);
  enum osmflow_status status = osmflow_shape_read(&shape, OGR_F_GetGeometryRef(feature), error);
  if (status == OSMFLOW_OK && shape.view.position_count != 1)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a note is a single point");
  if (status == OSMFLOW_OK && !osmflow_feature_column(feature, "text"))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a note needs a text that says what is wrong there");
  if (status == OSMFLOW_OK) {
    osmflow_format_degrees(lat, shape.positions[0].lat);
    osmflow_format_degrees(lon, shape.positions[0].lon);
    add_parameter(&act, "lat", lat);
    add_parameter(&act, "lon", lon);
    add_parameter(&act, "text", osmflow_feature_column(feature, "text"));
    status = perform(layer, &act, &answer, error);
  }
  if (status == OSMFLOW_OK)
    status = read_note_id(&answer, &id, error);
  if (status == OSMFLOW_OK)
    OGR_F_SetFID(feature, id);
  osmflow_bytes_clear(&answer);
  osmflow_shape_clear(&shape);
  return status;
}

/* The status closes and reopens; a new text is a comment, which goes along with that where both change. */
static enum osmflow_status change_note(struct osmflow_layer *layer, OGRFeatureH feature, OGRFeatureH shown,
                                       const struct osmflow_feature_update *update, struct osmflow_error *error) {
  const bool has_status = osmflow_feature_update_changes(update, feature, shown, "status");
  const bool has_text =
      osmflow_feature_update_changes(update, feature, shown, "text") && osmflow_feature_column(feature, "text");
  char id[OSMFLOW_NUMBER_SIZE];
  struct act act = {.word = id};
  osmflow_format_int(id, OGR_F_GetFID(feature));
  if (has_status) {
    const char *wanted = osmflow_feature_column(feature, "status");
    const bool closes = wanted && strcmp(wanted, "closed") == 0;
    if (!closes && (!wanted || strcmp(wanted, "open") != 0))
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the status of a note is open or closed");
    act.name = closes ? "note/close" : "note/reopen";
  } else if (has_text) {
    act.name = "note/comment";
  } else {
    return OSMFLOW_OK;
  }
  if (has_text)
    add_parameter(&act, "text", osmflow_feature_column(feature, "text"));
  return perform(layer, &act, NULL, error);
}

static enum osmflow_status update_note(struct osmflow_layer *layer, OGRFeatureH feature,
                                       const struct osmflow_feature_update *update, struct osmflow_error *error) {
  static const char *const allowed[] = {"status", "text", NULL};
  OGRFeatureH shown = NULL;
  enum osmflow_status status = find_shown(layer, OGR_F_GetFID(feature), &shown, error);
  if (status == OSMFLOW_OK)
    status = osmflow_feature_update_check(update, feature, shown, allowed, error);
  if (status == OSMFLOW_OK && osmflow_feature_update_moves(update, feature, shown))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a note cannot be moved: close it and make another one");
  if (status == OSMFLOW_OK)
    status = change_note(layer, feature, shown, update, error);
  OGR_F_Destroy(shown);
  return status;
}

/* Moderators only; the server says so to others. */
static enum osmflow_status remove_note(struct osmflow_layer *layer, int64_t fid, struct osmflow_error *error) {
  char id[OSMFLOW_NUMBER_SIZE];
  const struct act act = {.name = "note/hide", .word = id};
  osmflow_format_int(id, fid);
  return perform(layer, &act, NULL, error);
}

static enum osmflow_status insert_comment(struct osmflow_layer *layer, OGRFeatureH feature,
                                          struct osmflow_error *error) {
  struct act act = {.name = "note/comment"};
  char *id = NULL;
  enum osmflow_status status = copy_column(feature, "note_id", &id, error);
  if (status == OSMFLOW_OK && (!id || !osmflow_feature_column(feature, "text")))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a comment needs note_id and text");
  if (status == OSMFLOW_OK) {
    act.word = id;
    add_parameter(&act, "text", osmflow_feature_column(feature, "text"));
    status = perform(layer, &act, NULL, error);
  }
  free(id);
  return status;
}

static enum osmflow_status set_preference(struct osmflow_layer *layer, OGRFeatureH feature,
                                          struct osmflow_error *error) {
  struct act act = {.name = "preference/set"};
  char *key = NULL;
  enum osmflow_status status = copy_column(feature, "key", &key, error);
  const char *value = osmflow_feature_column(feature, "value");
  if (status == OSMFLOW_OK && (!key || !value))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a preference needs key and value");
  if (status == OSMFLOW_OK) {
    act.word = key;
    act.body = osmflow_text(value);
    status = perform(layer, &act, NULL, error);
  }
  free(key);
  return status;
}

static enum osmflow_status delete_preference(struct osmflow_layer *layer, OGRFeatureH shown,
                                             struct osmflow_error *error) {
  const struct act act = {.name = "preference/delete", .word = osmflow_feature_column(shown, "key")};
  return perform(layer, &act, NULL, error);
}

static enum osmflow_status insert_preference(struct osmflow_layer *layer, OGRFeatureH feature,
                                             struct osmflow_error *error) {
  const enum osmflow_status status = set_preference(layer, feature, error);
  if (status == OSMFLOW_OK)
    OGR_F_SetFID(feature, osmflow_table_fid_of_key(osmflow_text(osmflow_feature_column(feature, "key"))));
  return status;
}

/* Under another key it is another preference, and the old one goes. */
static enum osmflow_status update_preference(struct osmflow_layer *layer, OGRFeatureH feature,
                                             const struct osmflow_feature_update *update, struct osmflow_error *error) {
  static const char *const columns[] = {"key", "value", NULL};
  OGRFeatureH shown = NULL;
  enum osmflow_status status = find_shown(layer, OGR_F_GetFID(feature), &shown, error);
  const bool has_key = shown && osmflow_feature_update_changes(update, feature, shown, "key");
  const bool has_value = shown && osmflow_feature_update_changes(update, feature, shown, "value");
  if (status == OSMFLOW_OK)
    fill_up(feature, shown, update, columns);
  if (status == OSMFLOW_OK && (has_key || has_value))
    status = set_preference(layer, feature, error);
  if (status == OSMFLOW_OK && has_key)
    status = delete_preference(layer, shown, error);
  OGR_F_Destroy(shown);
  return status;
}

static enum osmflow_status remove_preference(struct osmflow_layer *layer, int64_t fid, struct osmflow_error *error) {
  OGRFeatureH shown = NULL;
  enum osmflow_status status = find_shown(layer, fid, &shown, error);
  if (status == OSMFLOW_OK)
    status = delete_preference(layer, shown, error);
  OGR_F_Destroy(shown);
  return status;
}

/* ["walk","2026"] as the words that the API takes, separated by commas. */
static enum osmflow_status read_trace_tags(const char *json, struct osmflow_bytes *tags, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *root = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_JSON, &tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, json, strlen(json), error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &root, error);
  if (status != OSMFLOW_OK || root->kind != OSMFLOW_TREE_ARRAY)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "tags must be a JSON list of words: [\"walk\",\"2026\"]");
  for (const struct osmflow_tree_node *tag = root ? root->first : NULL; status == OSMFLOW_OK && tag; tag = tag->next)
    status = osmflow_bytes_print(tags, error, "%s%s", tags->size > 0 ? "," : "", tag->text.data);
  osmflow_tree_free(tree);
  return status;
}

/* All that the owner of a trace may say about it goes in one document. */
static enum osmflow_status write_trace(OGRFeatureH feature, struct osmflow_bytes *document,
                                       struct osmflow_error *error) {
  const char *json = osmflow_feature_column(feature, "tags"),
             *visibility = osmflow_feature_column(feature, "visibility"),
             *description = osmflow_feature_column(feature, "description");
  struct osmflow_bytes tags;
  osmflow_bytes_init(&tags, ANSWER_CEILING);
  enum osmflow_status status = json ? read_trace_tags(json, &tags, error) : OSMFLOW_OK;
  const struct osmflow_action_trace trace = {.id = OGR_F_GetFID(feature),
                                             .visibility = osmflow_text(visibility ? visibility : "private"),
                                             .description = osmflow_text(description ? description : ""),
                                             .tags = osmflow_bytes_view(&tags)};
  if (status == OSMFLOW_OK)
    status = osmflow_action_write_trace(&trace, document, error);
  osmflow_bytes_clear(&tags);
  return status;
}

static enum osmflow_status update_trace(struct osmflow_layer *layer, OGRFeatureH feature,
                                        const struct osmflow_feature_update *update, struct osmflow_error *error) {
  static const char *const allowed[] = {"description", "visibility", "tags", NULL};
  char id[OSMFLOW_NUMBER_SIZE];
  struct act act = {.name = "gpx/update", .word = id};
  struct osmflow_bytes document;
  OGRFeatureH shown = NULL;
  osmflow_bytes_init(&document, ANSWER_CEILING);
  osmflow_format_int(id, OGR_F_GetFID(feature));
  enum osmflow_status status = find_shown(layer, OGR_F_GetFID(feature), &shown, error);
  if (status == OSMFLOW_OK)
    status = osmflow_feature_update_check(update, feature, shown, allowed, error);
  bool any = false;
  for (size_t i = 0; status == OSMFLOW_OK && allowed[i]; i++)
    any = any || osmflow_feature_update_changes(update, feature, shown, allowed[i]);
  if (any)
    fill_up(feature, shown, update, allowed);
  if (any)
    status = write_trace(feature, &document, error);
  act.body = osmflow_bytes_view(&document);
  if (status == OSMFLOW_OK && any)
    status = perform(layer, &act, NULL, error);
  OGR_F_Destroy(shown);
  osmflow_bytes_clear(&document);
  return status;
}

static enum osmflow_status remove_trace(struct osmflow_layer *layer, int64_t fid, struct osmflow_error *error) {
  char id[OSMFLOW_NUMBER_SIZE];
  const struct act act = {.name = "gpx/delete", .word = id};
  osmflow_format_int(id, fid);
  return perform(layer, &act, NULL, error);
}

static const struct {
  const char *layer;
  enum osmflow_status (*insert)(struct osmflow_layer *layer, OGRFeatureH feature, struct osmflow_error *error);
  enum osmflow_status (*update)(struct osmflow_layer *layer, OGRFeatureH feature,
                                const struct osmflow_feature_update *update, struct osmflow_error *error);
  enum osmflow_status (*remove)(struct osmflow_layer *layer, int64_t fid, struct osmflow_error *error);
} edits[] = {
    {"notes", insert_note, update_note, remove_note},
    {"note_comments", insert_comment, NULL, NULL},
    {"preferences", insert_preference, update_preference, remove_preference},
    {"gpx_files", NULL, update_trace, remove_trace},
};

static size_t find_edits(const char *layer) {
  size_t at = 0;
  while (at < sizeof edits / sizeof edits[0] && strcmp(edits[at].layer, layer) != 0)
    at++;
  return at;
}

void osmflow_table_edits(const char *layer, struct osmflow_layer_class *layer_class) {
  const size_t at = find_edits(layer);
  if (at < sizeof edits / sizeof edits[0]) {
    layer_class->insert = edits[at].insert;
    layer_class->update = edits[at].update;
    layer_class->remove = edits[at].remove;
  }
}

bool osmflow_table_is_editable(const struct osmflow_call_class *call_class) {
  bool is_editable = false;
  for (size_t i = 0; i < osmflow_table_schema_count(call_class); i++)
    is_editable =
        is_editable || find_edits(osmflow_table_schema(call_class, i)->layer) < sizeof edits / sizeof edits[0];
  return is_editable;
}
