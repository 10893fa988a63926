/* Looking whether an action has arrived whose answer was lost. */
#include <stdio.h>

#include "mapflow/action_parts.h"
#include "mapflow/table_parts.h"

enum { LONGEST_FOUND = 16 * 1024 * 1024, PATH_SIZE = 128 };

void osmflow_mapflow_look_init(struct osmflow_mapflow_look *look) {
  *look = (struct osmflow_mapflow_look){.is_settled = false};
  osmflow_bytes_init(&look->found, LONGEST_FOUND);
}

void osmflow_mapflow_look_clear(struct osmflow_mapflow_look *look) {
  osmflow_bytes_clear(&look->found);
}

/* Where the listing is, and which member of the action is told apart by which of its columns. */
static const struct listing {
  const char *action, *call; /* '*': the action's id */
  const char *member, *column;
} listings[] = {{"project/create", "projects", "name", "name"},
                {"mosaic/create", "rasters/mosaic", "name", "name"},
                {"mosaic/link-image", "rasters/mosaic/*/image", "url", "image_url"},
                {"processing/restart", "processings/*/v2", NULL, NULL}};

static const struct listing *find_listing(const char *action) {
  for (size_t i = 0; i < sizeof listings / sizeof listings[0]; i++)
    if (strcmp(listings[i].action, action) == 0)
      return &listings[i];
  return NULL;
}

const char *osmflow_mapflow_look_place(const struct osmflow_mapflow_action_class *action_class) {
  const struct listing *listing = find_listing(action_class->name);
  return listing ? listing->call : action_class->path;
}

static const struct osmflow_value *value_of(const struct osmflow_mapflow_schema *schema,
                                            const struct osmflow_mapflow_row *row, const char *column) {
  for (size_t i = 0; i < schema->column_count; i++)
    if (strcmp(schema->columns[i].name, column) == 0)
      return &row->values[i];
  return NULL;
}

static struct osmflow_text text_of(const struct osmflow_mapflow_schema *schema, const struct osmflow_mapflow_row *row,
                                   const char *column) {
  const struct osmflow_value *value = value_of(schema, row, column);
  return value && !value->is_null ? value->text : osmflow_text("");
}

/* A linked file keeps its name where it is not told where it came from. */
static bool is_the_one(const struct listing *listing, const struct osmflow_mapflow_schema *schema,
                       const struct osmflow_mapflow_row *row, const char *wanted) {
  const char *slash = strrchr(wanted, '/');
  if (osmflow_text_is(text_of(schema, row, listing->column), wanted))
    return true;
  return slash && strcmp(listing->column, "image_url") == 0 &&
         osmflow_text_is(text_of(schema, row, "filename"), slash + 1);
}

static enum osmflow_status add(struct osmflow_mapflow_look *look, struct osmflow_text text,
                               struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_bytes_add_text(&look->found, text, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add(&look->found, "", 1, error) : status;
}

/* Of a restart: the state and when it changed. What runs already says nothing about a restart. */
static enum osmflow_status add_state(struct osmflow_mapflow_look *look, const struct osmflow_mapflow_schema *schema,
                                     const struct osmflow_mapflow_row *row, struct osmflow_error *error) {
  const struct osmflow_text state = text_of(schema, row, "status");
  const struct osmflow_value *updated = value_of(schema, row, "updated");
  char text[128];
  snprintf(text, sizeof text, "%.60s %lld %.6f", state.data, updated ? (long long)updated->integer : 0,
           updated ? updated->real : 0);
  look->is_settled = osmflow_text_is(state, "FAILED") || osmflow_text_is(state, "CANCELLED") ||
                     osmflow_text_is(state, "OK") || osmflow_text_is(state, "REFUNDED");
  return add(look, osmflow_text(text), error);
}

static enum osmflow_status read_listing(const struct osmflow_mapflow *mapflow, const struct listing *listing,
                                        const struct osmflow_mapflow_call *call, const char *wanted,
                                        struct osmflow_mapflow_look *look, struct osmflow_error *error) {
  const struct osmflow_mapflow_schema *schema = osmflow_mapflow_schema(call->call_class, 0);
  const struct osmflow_mapflow_row *row = NULL;
  struct osmflow_mapflow_rows *rows = NULL;
  enum osmflow_status status = osmflow_mapflow_rows_new(mapflow, call, 0, NULL, &rows, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mapflow_rows_next(rows, &row, error);
  look->is_settled = true;
  while (status == OSMFLOW_OK && row) {
    if (!listing->member)
      status = add_state(look, schema, row, error);
    else if (is_the_one(listing, schema, row, wanted))
      status = add(look, text_of(schema, row, "id"), error);
    if (status == OSMFLOW_OK)
      status = osmflow_mapflow_rows_next(rows, &row, error);
  }
  osmflow_mapflow_rows_free(rows);
  return status;
}

enum osmflow_status osmflow_mapflow_look_now(const struct osmflow_mapflow *mapflow,
                                             const struct osmflow_mapflow_action *action,
                                             struct osmflow_mapflow_look *look, struct osmflow_error *error) {
  const struct listing *listing = find_listing(action->name);
  const struct osmflow_mapflow_member *member =
      listing && listing->member ? osmflow_mapflow_member(action, listing->member) : NULL;
  struct osmflow_mapflow_call call;
  char path[PATH_SIZE];
  osmflow_bytes_reset(&look->found);
  look->is_settled = false;
  if (!listing)
    return OSMFLOW_OK;
  const char *mark = strchr(listing->call, '*');
  snprintf(path, sizeof path, "%.*s%.40s%s", mark ? (int)(mark - listing->call) : (int)strlen(listing->call),
           listing->call, mark ? action->id : "", mark ? mark + 1 : "");
  enum osmflow_status status = osmflow_mapflow_call_parse(path, &call, error);
  if (status == OSMFLOW_OK)
    status = read_listing(mapflow, listing, &call, member ? member->value : "", look, error);
  osmflow_mapflow_call_clear(&call);
  return status;
}

static bool has(const struct osmflow_mapflow_look *look, const char *text) {
  for (size_t at = 0; at < look->found.size; at += strlen(look->found.data + at) + 1)
    if (strcmp(look->found.data + at, text) == 0)
      return true;
  return false;
}

const char *osmflow_mapflow_look_new(const struct osmflow_mapflow_look *before,
                                     const struct osmflow_mapflow_look *after) {
  for (size_t at = 0; at < after->found.size; at += strlen(after->found.data + at) + 1)
    if (after->found.data[at] && !has(before, after->found.data + at))
      return after->found.data + at;
  return NULL;
}
