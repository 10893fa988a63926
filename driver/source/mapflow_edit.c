/* Edits of Mapflow's objects: projects, processings, mosaics, images. Each is a call of its own and sent at once; there
 * is nothing to take back afterwards. What a call can say is the business of mapflow/action.h; here columns become its
 * members. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "mapflow/action.h"
#include "source/mapflow_layers.h"

enum { MOST_MEMBERS = 8, WORD = 64, TEXT_CEILING = 1 << 20 };

static const struct kind {
  const char *kind; /* as schemas have it */
  const char *create, *update, *remove;
  bool is_run; /* a new one is started, which costs */
} kinds[] = {
    {"project", "project/create", "project/update", "project/delete", false},
    {"processing", NULL, "processing/update", "processing/delete", true},
    {"mosaic", "mosaic/create", "mosaic/update", "mosaic/delete", false},
    {"image", NULL, "image/rename", "image/delete", false},
};

static const struct kind *find_kind(const struct osmflow_mapflow_schema *schema) {
  const struct kind *found = NULL;
  for (size_t i = 0; schema->kind && !found && i < sizeof kinds / sizeof kinds[0]; i++)
    if (strcmp(kinds[i].kind, schema->kind) == 0)
      found = &kinds[i];
  return found;
}

/* What is said in one call, with the memory of its texts. */
struct request {
  struct osmflow_mapflow_member members[MOST_MEMBERS];
  size_t count;
  char names[MOST_MEMBERS][WORD];
  char *texts[MOST_MEMBERS];
  const char **lists[MOST_MEMBERS];
  struct osmflow_bytes memory[MOST_MEMBERS];
};

static void init_request(struct request *request) {
  *request = (struct request){0};
  for (size_t i = 0; i < MOST_MEMBERS; i++)
    osmflow_bytes_init(&request->memory[i], TEXT_CEILING);
}

static void clear_request(struct request *request) {
  for (size_t i = 0; i < MOST_MEMBERS; i++) {
    free(request->texts[i]);
    free(request->lists[i]);
    osmflow_bytes_clear(&request->memory[i]);
  }
}

/* "projectId!" and "tags[]" as the table of actions has them. */
struct word {
  char name[WORD], column[WORD];
  bool is_needed, is_list;
};

static bool has_column(const struct osmflow_mapflow_schema *schema, const char *name) {
  bool found = false;
  for (size_t i = 0; !found && i < schema->column_count; i++)
    found = strcmp(schema->columns[i].name, name) == 0;
  return found;
}

/* The only column that can be written, for calls that name it otherwise (an image's file name). */
static const char *only_changing_column(const struct osmflow_mapflow_schema *schema) {
  const char *only = NULL;
  size_t count = 0;
  for (size_t i = 0; i < schema->column_count; i++)
    if (schema->columns[i].edit == OSMFLOW_MAPFLOW_CHANGES) {
      only = schema->columns[i].name;
      count++;
    }
  return count == 1 ? only : NULL;
}

static void name_column(const struct osmflow_mapflow_schema *schema, struct word *word) {
  size_t size = 0;
  for (const char *from = word->name; *from && size + 2 < sizeof word->column; from++) {
    if (isupper((unsigned char)*from))
      word->column[size++] = '_';
    word->column[size++] = (char)tolower((unsigned char)*from);
  }
  word->column[size] = '\0';
  const char *only = has_column(schema, word->column) ? NULL : only_changing_column(schema);
  if (only && strlen(only) < sizeof word->column)
    memcpy(word->column, only, strlen(only) + 1);
}

static bool next_word(const struct osmflow_mapflow_schema *schema, struct osmflow_text *rest, struct word *word) {
  struct osmflow_text part;
  *word = (struct word){0};
  do {
    if (!osmflow_text_next(rest, ' ', &part))
      return false;
  } while (part.size == 0);
  while (part.size > 0 && !isalnum((unsigned char)part.data[part.size - 1])) {
    word->is_needed = word->is_needed || part.data[part.size - 1] == '!';
    word->is_list = word->is_list || part.data[part.size - 1] == ']';
    part.size--;
  }
  if (part.size >= sizeof word->name)
    part.size = sizeof word->name - 1;
  memcpy(word->name, part.data, part.size);
  name_column(schema, word);
  return true;
}

static enum osmflow_status add_member(struct request *request, const struct word *word, OGRFeatureH feature,
                                      struct osmflow_error *error) {
  const size_t at = request->count;
  const char *value = osmflow_feature_column(feature, word->column);
  struct osmflow_mapflow_member *member = &request->members[at];
  enum osmflow_status status = OSMFLOW_OK;
  if (at == MOST_MEMBERS)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "more than %d columns are written at once", MOST_MEMBERS);
  snprintf(request->names[at], sizeof request->names[at], "%s", word->name);
  *member = (struct osmflow_mapflow_member){.name = request->names[at]};
  request->count++;
  if (word->is_list) {
    status =
        osmflow_mapflow_edit_words(word->column, value ? value : "", &request->memory[at], &request->lists[at], error);
    member->list = request->lists[at];
  } else if (value) {
    member->value = request->texts[at] = strdup(value);
    if (!member->value)
      status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %s", word->column);
  }
  return status;
}

static enum osmflow_status open_client(const struct osmflow_mapflow_connection *connection,
                                       struct osmflow_mapflow *mapflow, struct osmflow_error *error) {
  const struct osmflow_mapflow_options server = osmflow_mapflow_connection_server(connection);
  return osmflow_mapflow_open(mapflow, connection->environment, &server, error);
}

/* What was listed before is not true any more, even where the edit failed in the middle. */
static enum osmflow_status act(const struct osmflow_mapflow_table_layer *self,
                               const struct osmflow_mapflow_action *action, char **id_made,
                               struct osmflow_error *error) {
  struct osmflow_mapflow mapflow = {0};
  enum osmflow_status status = open_client(self->connection, &mapflow, error);
  if (status == OSMFLOW_OK) {
    status = osmflow_mapflow_act(&mapflow, action, id_made, NULL, error);
    osmflow_mapflow_listings_forget(self->connection);
    osmflow_mapflow_close(&mapflow);
  }
  return status;
}

/* The column that the feature id is made of. */
static const char *id_column(const struct osmflow_mapflow_table_layer *self) {
  const struct osmflow_mapflow_schema *schema = self->schema;
  const char *name = "id";
  for (size_t i = 0; schema->id_place && i < schema->column_count; i++)
    if (strcmp(schema->columns[i].places, schema->id_place) == 0)
      name = schema->columns[i].name;
  return name;
}

/* The feature as the server has it now, and the id of its object; both are the caller's. */
static enum osmflow_status find_shown(struct osmflow_mapflow_table_layer *self, int64_t fid, OGRFeatureH *shown,
                                      char **id, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_mapflow_table_newest(self, fid, shown, error);
  const char *text = *shown ? osmflow_feature_column(*shown, id_column(self)) : NULL;
  if (status == OSMFLOW_OK && !text)
    return osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no such feature");
  *id = text ? strdup(text) : NULL;
  return status == OSMFLOW_OK && !*id ? osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an id") : status;
}

/* What is changed, and what the call needs besides. */
static enum osmflow_status collect_changes(const struct osmflow_mapflow_table_layer *self, const char *action,
                                           OGRFeatureH feature, OGRFeatureH shown,
                                           const struct osmflow_feature_update *update, struct request *request,
                                           bool *is_any, struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(osmflow_mapflow_action_class(action)->members);
  struct word word;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && next_word(self->schema, &rest, &word)) {
    const bool is_changed = osmflow_feature_update_changes(update, feature, shown, word.column);
    *is_any = *is_any || is_changed;
    if (is_changed || word.is_needed)
      status = add_member(request, &word, is_changed ? feature : shown, error);
  }
  return status;
}

static enum osmflow_status check_changes(const struct osmflow_mapflow_table_layer *self, OGRFeatureH feature,
                                         OGRFeatureH shown, const struct osmflow_feature_update *update,
                                         struct osmflow_error *error) {
  const char *allowed[64] = {NULL};
  size_t count = 0;
  for (size_t i = 0; i < self->schema->column_count && count + 1 < sizeof allowed / sizeof allowed[0]; i++)
    if (self->schema->columns[i].edit == OSMFLOW_MAPFLOW_CHANGES)
      allowed[count++] = self->schema->columns[i].name;
  const enum osmflow_status status = osmflow_feature_update_check(update, feature, shown, allowed, error);
  if (status == OSMFLOW_OK && OGR_F_GetGeometryRef(shown) && osmflow_feature_update_moves(update, feature, shown))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the geometry is the server's and cannot be changed");
  return status;
}

static enum osmflow_status update(struct osmflow_stream_layer *layer, OGRFeatureH feature,
                                  const struct osmflow_feature_update *update, struct osmflow_error *error) {
  struct osmflow_mapflow_table_layer *self = (struct osmflow_mapflow_table_layer *)layer;
  struct osmflow_mapflow_action action = {.name = find_kind(self->schema)->update};
  struct request request;
  OGRFeatureH shown = NULL;
  char *id = NULL;
  bool is_any = false;
  init_request(&request);
  enum osmflow_status status = find_shown(self, OGR_F_GetFID(feature), &shown, &id, error);
  if (status == OSMFLOW_OK)
    status = check_changes(self, feature, shown, update, error);
  if (status == OSMFLOW_OK)
    status = collect_changes(self, action.name, feature, shown, update, &request, &is_any, error);
  action.id = id;
  action.members = request.members;
  action.member_count = request.count;
  if (status == OSMFLOW_OK && is_any)
    status = act(self, &action, NULL, error);
  clear_request(&request);
  OGR_F_Destroy(shown);
  free(id);
  return status;
}

static enum osmflow_status remove_feature(struct osmflow_stream_layer *layer, int64_t fid,
                                          struct osmflow_error *error) {
  struct osmflow_mapflow_table_layer *self = (struct osmflow_mapflow_table_layer *)layer;
  struct osmflow_mapflow_action action = {.name = find_kind(self->schema)->remove};
  OGRFeatureH shown = NULL;
  char *id = NULL;
  if (!self->connection->deletes)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                             "nothing is deleted unless the open option DELETE=YES allows it: what is deleted is gone, "
                             "with all that belongs to it");
  enum osmflow_status status = find_shown(self, fid, &shown, &id, error);
  action.id = id;
  if (status == OSMFLOW_OK)
    status = act(self, &action, NULL, error);
  OGR_F_Destroy(shown);
  free(id);
  return status;
}

static enum osmflow_status create(const struct osmflow_mapflow_table_layer *self, const char *name, OGRFeatureH feature,
                                  char **id, struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(osmflow_mapflow_action_class(name)->members);
  struct osmflow_mapflow_action action = {.name = name};
  struct request request;
  struct word word;
  enum osmflow_status status = OSMFLOW_OK;
  init_request(&request);
  while (status == OSMFLOW_OK && next_word(self->schema, &rest, &word))
    if (osmflow_feature_column(feature, word.column))
      status = add_member(&request, &word, feature, error);
  action.members = request.members;
  action.member_count = request.count;
  if (status == OSMFLOW_OK)
    status = act(self, &action, id, error);
  clear_request(&request);
  return status;
}

static enum osmflow_status run(const struct osmflow_mapflow_table_layer *self, OGRFeatureH feature, char **id,
                               struct osmflow_error *error) {
  struct osmflow_mapflow mapflow = {0};
  if (!self->connection->runs)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                             "a new processing costs credits: it is only started when the dataset is opened with "
                             "RUN=YES and MAX_COST=credits (or by 'osmflow process')");
  enum osmflow_status status = open_client(self->connection, &mapflow, error);
  if (status == OSMFLOW_OK) {
    status = osmflow_mapflow_edit_run(self, &mapflow, feature, id, error);
    osmflow_mapflow_listings_forget(self->connection);
    osmflow_mapflow_close(&mapflow);
  }
  return status;
}

static enum osmflow_status insert(struct osmflow_stream_layer *layer, OGRFeatureH feature,
                                  struct osmflow_error *error) {
  const struct osmflow_mapflow_table_layer *self = (const struct osmflow_mapflow_table_layer *)layer;
  const struct kind *kind = find_kind(self->schema);
  char *id = NULL;
  const enum osmflow_status status =
      kind->is_run ? run(self, feature, &id, error) : create(self, kind->create, feature, &id, error);
  if (status == OSMFLOW_OK && id) {
    OGR_F_SetFID(feature, osmflow_mapflow_fid(osmflow_text(id)));
    const int field = OGR_F_GetFieldIndex(feature, id_column(self));
    if (field >= 0)
      OGR_F_SetFieldString(feature, field, id);
  }
  free(id);
  return status;
}

bool osmflow_mapflow_is_editable(const struct osmflow_mapflow_call_class *call_class) {
  const enum osmflow_mapflow_answer answer = call_class->answer;
  bool is_editable = false;
  if (answer == OSMFLOW_MAPFLOW_RESULT || answer == OSMFLOW_MAPFLOW_RESULTS)
    return false;
  for (size_t i = 0; i < osmflow_mapflow_schema_count(call_class); i++)
    is_editable = is_editable || find_kind(osmflow_mapflow_schema(call_class, i));
  return is_editable;
}

void osmflow_mapflow_edits(struct osmflow_mapflow_table_layer *layer) {
  const struct kind *kind = find_kind(layer->schema);
  if (kind) {
    layer->own_class.insert = kind->create || kind->is_run ? insert : NULL;
    layer->own_class.update = update;
    layer->own_class.remove = remove_feature;
    layer->layer.inserts = kind->create || (kind->is_run && layer->connection->runs);
    layer->layer.updates = true;
    layer->layer.removes = layer->connection->deletes;
  }
}
