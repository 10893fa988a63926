#include "mapflow/result.h"

#include <float.h>
#include <stdlib.h>

#include "mapflow/result_parts.h"
#include "net/credentials.h"

enum { MOST_MARKS = 1 << 24 };

unsigned osmflow_result_kind_of(unsigned type) {
  static const unsigned kinds[] = {OSMFLOW_RESULT_NULL,
                                   OSMFLOW_RESULT_POINTS,
                                   OSMFLOW_RESULT_LINES,
                                   OSMFLOW_RESULT_AREAS,
                                   OSMFLOW_RESULT_POINTS | OSMFLOW_RESULT_MULTIPLE,
                                   OSMFLOW_RESULT_LINES | OSMFLOW_RESULT_MULTIPLE,
                                   OSMFLOW_RESULT_AREAS | OSMFLOW_RESULT_MULTIPLE,
                                   OSMFLOW_RESULT_OTHER};
  return kinds[type];
}

void osmflow_result_tally_init(struct osmflow_result_tally *tally) {
  for (size_t i = 0; i < OSMFLOW_RESULT_KINDS; i++) {
    tally->counts[i] = 0;
    tally->boxes[i][0] = tally->boxes[i][1] = DBL_MAX;
    tally->boxes[i][2] = tally->boxes[i][3] = -DBL_MAX;
  }
}

static void extend(double box[4], double min_x, double min_y, double max_x, double max_y) {
  box[0] = min_x < box[0] ? min_x : box[0];
  box[1] = min_y < box[1] ? min_y : box[1];
  box[2] = max_x > box[2] ? max_x : box[2];
  box[3] = max_y > box[3] ? max_y : box[3];
}

void osmflow_result_tally_add(struct osmflow_result_tally *tally, unsigned kind,
                              const struct osmflow_geojson_feature *feature) {
  const int index = __builtin_ctz(kind & ~(unsigned)OSMFLOW_RESULT_MULTIPLE);
  tally->counts[index]++;
  if (feature->has_box)
    extend(tally->boxes[index], feature->min_x, feature->min_y, feature->max_x, feature->max_y);
}

void osmflow_result_publish(struct osmflow_result_set *set, const struct osmflow_result_tally *tally) {
  pthread_mutex_lock(&set->lock);
  if (!set->is_counted)
    set->tally = *tally;
  set->is_counted = true;
  pthread_mutex_unlock(&set->lock);
}

/* Without memory there are fewer marks, and going back takes longer. */
void osmflow_result_leave_mark(struct osmflow_result_set *set, int64_t number, size_t document,
                               struct osmflow_geojson_mark place) {
  if (number % OSMFLOW_RESULT_MARK_STEP != 0)
    return;
  pthread_mutex_lock(&set->lock);
  void *marks = set->marks;
  if ((size_t)(number / OSMFLOW_RESULT_MARK_STEP) == set->mark_count &&
      osmflow_array_reserve(&marks, &set->marks_capacity, set->mark_count + 1, sizeof *set->marks, MOST_MARKS, NULL) ==
          OSMFLOW_OK) {
    set->marks = marks;
    set->marks[set->mark_count++] = (struct osmflow_result_mark){document, place};
  }
  pthread_mutex_unlock(&set->lock);
}

static enum osmflow_status new_set(const struct osmflow_environment *environment, enum osmflow_result_look look,
                                   bool is_project, struct osmflow_result_set **set, struct osmflow_error *error) {
  struct osmflow_result_set *made = calloc(1, sizeof *made);
  *set = NULL;
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a result");
  made->environment = environment;
  made->look = look;
  made->is_project = is_project;
  osmflow_pool_init(&made->names);
  pthread_mutex_init(&made->lock, NULL);
  pthread_cond_init(&made->changed, NULL);
  *set = made;
  return OSMFLOW_OK;
}

/* False without memory. NULL stays NULL. */
static bool copy(const char *text, char **target) {
  *target = text ? strdup(text) : NULL;
  return !text || *target;
}

enum osmflow_status osmflow_result_set_new(const struct osmflow_result_options *options,
                                           struct osmflow_result_set **set, struct osmflow_error *error) {
  const struct osmflow_mapflow_call *call = options->call;
  const enum osmflow_mapflow_answer answer = call->call_class ? call->call_class->answer : OSMFLOW_MAPFLOW_TABLES;
  struct osmflow_result_set *made = NULL;
  *set = NULL;
  if ((answer != OSMFLOW_MAPFLOW_RESULT && answer != OSMFLOW_MAPFLOW_RESULTS) || !call->id)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the call is not for a result");
  const enum osmflow_status status =
      new_set(options->environment, options->look, answer == OSMFLOW_MAPFLOW_RESULTS, &made, error);
  if (status != OSMFLOW_OK)
    return status;
  const char *root = options->server.root && *options->server.root ? options->server.root : call->root;
  if (!copy(root, &made->root) || !copy(options->server.token, &made->token) || !copy(call->id, &made->id) ||
      !copy(osmflow_mapflow_call_parameter(call, "aoiId"), &made->aoi) ||
      !copy(options->cache_folder, &made->cache_folder)) {
    osmflow_result_set_free(made);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a result");
  }
  made->server = options->server;
  made->server.root = made->root;
  made->server.token = made->token;
  *set = made;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_result_set_new_given(const struct osmflow_environment *environment,
                                                 enum osmflow_result_look look, bool is_project,
                                                 const struct osmflow_result_given *given, size_t count,
                                                 struct osmflow_result_set **set, struct osmflow_error *error) {
  enum osmflow_status status = new_set(environment, look, is_project, set, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    struct osmflow_result_document *document = NULL;
    status = osmflow_result_document_add(*set, &document, error);
    if (status == OSMFLOW_OK &&
        (!copy(given[i].id, &document->id) || !copy(given[i].name, &document->name) ||
         !copy(given[i].model, &document->model) || !copy(given[i].created, &document->created)))
      status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a result");
    if (status == OSMFLOW_OK) {
      document->source = given[i].source;
      osmflow_result_document_set_created(document);
    }
  }
  if (*set)
    (*set)->is_given = true;
  if (status != OSMFLOW_OK) {
    osmflow_result_set_free(*set);
    *set = NULL;
  }
  return status;
}

static void forget_schema(struct osmflow_result_set *set) {
  osmflow_result_schema_clear(set);
  free(set->marks);
  set->marks = NULL;
  set->mark_count = set->marks_capacity = 0;
  set->is_counted = false;
}

void osmflow_result_set_free(struct osmflow_result_set *set) {
  if (!set)
    return;
  osmflow_result_documents_clear(set);
  forget_schema(set);
  osmflow_credentials_wipe(set->token);
  free(set->root);
  free(set->id);
  free(set->aoi);
  free(set->cache_folder);
  pthread_cond_destroy(&set->changed);
  pthread_mutex_destroy(&set->lock);
  free(set);
}

static enum osmflow_status find_schema(struct osmflow_result_set *set, struct osmflow_error *error) {
  unsigned kinds = 0;
  bool is_whole = false;
  enum osmflow_status status = set->is_given ? OSMFLOW_OK : osmflow_result_ask(set, error);
  if (status == OSMFLOW_OK)
    status = osmflow_result_look_at_all(set, &kinds, &is_whole, error);
  if (status == OSMFLOW_OK)
    status = osmflow_result_schema_make(set, kinds, is_whole, error);
  if (status != OSMFLOW_OK) {
    forget_schema(set);
    if (!set->is_given)
      osmflow_result_documents_clear(set);
  }
  return status;
}

/* With the lock. Whether somebody has to look for the schema now. */
static bool is_to_find(struct osmflow_result_set *set) {
  while (set->state == OSMFLOW_RESULT_BUSY)
    pthread_cond_wait(&set->changed, &set->lock);
  if (set->state != OSMFLOW_RESULT_FAILED)
    return set->state == OSMFLOW_RESULT_NEW;
  const int64_t now = set->environment->monotonic_ms(set->environment->self);
  return now - set->failed_ms >= OSMFLOW_RESULT_PATIENCE_MS;
}

enum osmflow_status osmflow_result_set_schema(struct osmflow_result_set *set,
                                              const struct osmflow_result_schema **schema,
                                              struct osmflow_error *error) {
  pthread_mutex_lock(&set->lock);
  if (is_to_find(set)) {
    struct osmflow_error own = {.status = OSMFLOW_OK};
    set->state = OSMFLOW_RESULT_BUSY;
    pthread_mutex_unlock(&set->lock);
    const enum osmflow_status found = find_schema(set, &own);
    pthread_mutex_lock(&set->lock);
    set->error = own;
    set->error.status = found;
    set->failed_ms = set->environment->monotonic_ms(set->environment->self);
    set->state = found == OSMFLOW_OK ? OSMFLOW_RESULT_READY : OSMFLOW_RESULT_FAILED;
    if (found == OSMFLOW_CANCELLED) /* says nothing about the next time */
      set->failed_ms -= OSMFLOW_RESULT_PATIENCE_MS;
    pthread_cond_broadcast(&set->changed);
  }
  const enum osmflow_status status = set->error.status;
  if (status != OSMFLOW_OK && error)
    *error = set->error;
  pthread_mutex_unlock(&set->lock);
  *schema = status == OSMFLOW_OK ? &set->schema : NULL;
  return status;
}

/* Reads everything once, unless somebody did. */
static enum osmflow_status count_all(struct osmflow_result_set *set, struct osmflow_error *error) {
  const struct osmflow_result_schema *schema = NULL;
  const struct osmflow_result_feature *feature = NULL;
  struct osmflow_result_reader *reader = NULL;
  enum osmflow_status status = osmflow_result_set_schema(set, &schema, error);
  if (status != OSMFLOW_OK || osmflow_result_set_is_counted(set))
    return status;
  bool *nothing = calloc(schema->column_count + 1, sizeof *nothing);
  const struct osmflow_result_interest interest = {.columns = nothing, .without_geometry = true};
  status = nothing ? osmflow_result_reader_new(set, &interest, &reader, error)
                   : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory to count features");
  do {
    if (status == OSMFLOW_OK)
      status = osmflow_result_reader_next(reader, &feature, error);
  } while (status == OSMFLOW_OK && feature);
  osmflow_result_reader_free(reader);
  free(nothing);
  return status;
}

static bool is_wanted(unsigned kinds, size_t index) {
  return (kinds & ~(unsigned)OSMFLOW_RESULT_MULTIPLE) == 0 || (kinds >> index & 1);
}

enum osmflow_status osmflow_result_set_count(struct osmflow_result_set *set, unsigned kinds, int64_t *count,
                                             struct osmflow_error *error) {
  const enum osmflow_status status = count_all(set, error);
  *count = 0;
  for (size_t i = 0; status == OSMFLOW_OK && i < OSMFLOW_RESULT_KINDS; i++)
    *count += is_wanted(kinds, i) ? set->tally.counts[i] : 0;
  return status;
}

enum osmflow_status osmflow_result_set_extent(struct osmflow_result_set *set, unsigned kinds, double box[4],
                                              bool *is_there, struct osmflow_error *error) {
  const enum osmflow_status status = count_all(set, error);
  box[0] = box[1] = DBL_MAX;
  box[2] = box[3] = -DBL_MAX;
  for (size_t i = 0; status == OSMFLOW_OK && i < OSMFLOW_RESULT_KINDS; i++) {
    const double *more = set->tally.boxes[i];
    if (is_wanted(kinds, i))
      extend(box, more[0], more[1], more[2], more[3]);
  }
  *is_there = status == OSMFLOW_OK && box[0] <= box[2];
  return status;
}

bool osmflow_result_set_is_counted(struct osmflow_result_set *set) {
  pthread_mutex_lock(&set->lock);
  const bool is_counted = set->is_counted;
  pthread_mutex_unlock(&set->lock);
  return is_counted;
}
