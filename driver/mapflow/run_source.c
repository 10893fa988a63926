/* Where the imagery of a processing comes from: sourceParams as the API wants them. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "mapflow/run_parts.h"

enum { KIND_SIZE = 24, PATH_SIZE = 96, SAID_SIZE = 512 };

/* What a kind of address is made of; the spec's text names WMS, its table does not: it goes out as it is. */
static const struct {
  const char *type;
  bool has_zoom;
  const char *parts; /* what the address must hold, divided by blanks; "a/b": one of them */
} own_types[] = {
    {"XYZ", true, "{z} {x} {y}/{-y}"},  {"TMS", true, "{z} {x} {y}/{-y}"},
    {"QUADKEY", true, "{q}/{quadkey}"}, {"WMS", false, ""},
    {"SENTINEL_L2A", false, ""},        {"LOCAL", false, ""},
};

static bool holds(const char *text, struct osmflow_text part) {
  bool found = part.size == 0;
  for (; *text && !found; text++)
    found = strncasecmp(text, part.data, part.size) == 0;
  return found;
}

static enum osmflow_status check_parts(const char *url, const char *parts, const char *type,
                                       struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(parts), part;
  while (osmflow_text_next(&rest, ' ', &part)) {
    struct osmflow_text choices = part, choice;
    bool found = false;
    while (osmflow_text_next(&choices, '/', &choice))
      found = found || holds(url, choice);
    if (!found)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the address of a %s source needs %.*s", type,
                               OSMFLOW_TEXT_ARGUMENTS(part));
  }
  return OSMFLOW_OK;
}

/* To both texts: what is sent to start, and what is sent to ask for the cost. */
static enum osmflow_status add(struct osmflow_run_work *work, const char *text, struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_bytes_add_string(&work->source, text, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(&work->cost_source, text, error) : status;
}

static enum osmflow_status add_json(struct osmflow_run_work *work, const char *before, const char *text,
                                    struct osmflow_error *error) {
  enum osmflow_status status = add(work, before, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_json(&work->source, osmflow_text(text), error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_json(&work->cost_source, osmflow_text(text), error) : status;
}

static enum osmflow_status add_zoom(struct osmflow_run_work *work, int zoom, struct osmflow_error *error) {
  char text[32];
  snprintf(text, sizeof text, ",\"zoom\":%d", zoom);
  return zoom >= 0 ? add(work, text, error) : OSMFLOW_OK;
}

static enum osmflow_status add_images(struct osmflow_run_work *work, const char *before, struct osmflow_error *error) {
  enum osmflow_status status = add(work, before, error);
  for (const char *const *id = work->run->image_ids; status == OSMFLOW_OK && id && *id; id++)
    status = add_json(work, id == work->run->image_ids ? "" : ",", *id, error);
  return status == OSMFLOW_OK ? add(work, "]", error) : status;
}

/* What the plan shows; `zoom` < 0: none is shown. */
static enum osmflow_status say(struct osmflow_run_work *work, const char *text, int zoom, struct osmflow_error *error) {
  char said[SAID_SIZE];
  if (zoom >= 0)
    snprintf(said, sizeof said, "%.400s, zoom %d", text, zoom);
  else
    snprintf(said, sizeof said, "%.400s", text);
  return osmflow_run_copy(osmflow_text(said), &work->plan->source, error);
}

/* As the model's requirements are named: "XYZ" is "xyz" there. */
static void lower(const char *type, char kind[KIND_SIZE]) {
  size_t size = 0;
  for (; type[size] && size + 1 < KIND_SIZE; size++)
    kind[size] = (char)tolower((unsigned char)type[size]);
  kind[size] = '\0';
}

static void advise(struct osmflow_run_work *work, int zoom, double least, double most) {
  char levels[64];
  if (least < most)
    snprintf(levels, sizeof levels, "the levels %g to %g are", least, most);
  else
    snprintf(levels, sizeof levels, "level %g is", least);
  snprintf(work->plan->advice, sizeof work->plan->advice, "zoom level %d is allowed, but for %.120s %s recommended",
           zoom, work->plan->model_name, levels);
}

/* The model's wishes about a zoom level of that kind of source: outside of what it requires is an error, outside of
 * what it recommends is advice. */
static enum osmflow_status check_zoom(struct osmflow_run_work *work, const char *type, int zoom,
                                      struct osmflow_error *error) {
  char kind[KIND_SIZE], path[PATH_SIZE];
  double least = 0, most = OSMFLOW_RUN_DEEPEST_ZOOM;
  if (zoom < 0)
    return OSMFLOW_OK;
  if (zoom > OSMFLOW_RUN_DEEPEST_ZOOM)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "there is no zoom level %d; they go from 0 to %d", zoom,
                             OSMFLOW_RUN_DEEPEST_ZOOM);
  lower(type, kind);
  snprintf(path, sizeof path, "requirements/sources/%s/required", kind);
  const struct osmflow_tree_node *required = osmflow_tree_at(work->model, path);
  (void)osmflow_run_number(required, "min_zoom", &least);
  (void)osmflow_run_number(required, "max_zoom", &most);
  if (zoom < least || zoom > most)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "zoom level %d does not do for %s: it takes %g to %g", zoom,
                             work->plan->model_name, least, most);
  least = 0;
  most = OSMFLOW_RUN_DEEPEST_ZOOM;
  snprintf(path, sizeof path, "requirements/sources/%s/recommended", kind);
  const struct osmflow_tree_node *recommended = osmflow_tree_at(work->model, path);
  (void)osmflow_run_number(recommended, "min_zoom", &least);
  (void)osmflow_run_number(recommended, "max_zoom", &most);
  if (zoom < least || zoom > most)
    advise(work, zoom, least, most);
  return OSMFLOW_OK;
}

/* The zoom level: the user's, else the provider's own, else what the model recommends; -1: the server's choice. */
static int choose_zoom(const struct osmflow_run_work *work, const char *type) {
  char kind[KIND_SIZE], path[PATH_SIZE];
  double zoom = -1;
  if (work->run->zoom >= 0)
    return work->run->zoom;
  lower(type, kind);
  snprintf(path, sizeof path, "requirements/sources/%s/recommended/max_zoom", kind);
  const bool is_told =
      osmflow_run_number(work->provider, "nominalZoom", &zoom) || osmflow_run_number(work->model, path, &zoom);
  return is_told && zoom >= 0 && zoom <= OSMFLOW_RUN_DEEPEST_ZOOM ? (int)zoom : -1;
}

/* By its name or display name. A server that lists no providers (as the spec has it) gets the name as it was written.
 */
static enum osmflow_status find_provider(struct osmflow_run_work *work, bool is_search, const char **name,
                                         struct osmflow_error *error) {
  const struct osmflow_tree_node *providers = osmflow_tree_child(work->account, "dataProviders");
  const struct osmflow_tree_node *of_search = osmflow_tree_child(work->account, "searchDataProviders");
  const struct osmflow_tree_node *const lists[] = {is_search ? of_search : providers, is_search ? providers : NULL};
  const char *wish = work->run->provider;
  enum osmflow_run_match match = OSMFLOW_RUN_NONE;
  if (!wish || !*wish)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the name of a data provider is needed");
  for (size_t i = 0; match == OSMFLOW_RUN_NONE && i < 2; i++)
    match = lists[i] ? osmflow_run_find(lists[i], wish, &work->provider) : OSMFLOW_RUN_NONE;
  *name = match == OSMFLOW_RUN_ONE ? osmflow_run_text(work->provider, "name").data : wish;
  if (match == OSMFLOW_RUN_ONE || (match == OSMFLOW_RUN_NONE && (is_search || !lists[0])))
    return OSMFLOW_OK;
  return osmflow_run_refuse(match, "data provider", wish, lists[0], error);
}

static enum osmflow_status choose_provider(struct osmflow_run_work *work, struct osmflow_error *error) {
  const char *name = NULL;
  char type[KIND_SIZE] = "xyz";
  enum osmflow_status status = find_provider(work, false, &name, error);
  if (status != OSMFLOW_OK)
    return status;
  const struct osmflow_text told = osmflow_run_text(work->provider, "sourceType");
  if (told.size > 0)
    snprintf(type, sizeof type, "%.*s", OSMFLOW_TEXT_ARGUMENTS(told));
  const int zoom = choose_zoom(work, type);
  status = check_zoom(work, type, zoom, error);
  if (status == OSMFLOW_OK)
    status = add_json(work, "{\"dataProvider\":{\"providerName\":", name, error);
  if (status == OSMFLOW_OK)
    status = add_zoom(work, zoom, error);
  if (status == OSMFLOW_OK)
    status = add(work, "}}", error);
  return status == OSMFLOW_OK ? say(work, name, zoom, error) : status;
}

static enum osmflow_status choose_search(struct osmflow_run_work *work, struct osmflow_error *error) {
  char said[SAID_SIZE];
  const char *name = NULL;
  if (!work->run->image_ids || !*work->run->image_ids)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the id of an image of the catalog is needed");
  enum osmflow_status status = find_provider(work, true, &name, error);
  if (status == OSMFLOW_OK)
    status = check_zoom(work, "xyz", work->run->zoom, error);
  if (status == OSMFLOW_OK)
    status = add_json(work, "{\"imagerySearch\":{\"dataProvider\":", name, error);
  if (status == OSMFLOW_OK)
    status = add_images(work, ",\"imageIds\":[", error);
  if (status == OSMFLOW_OK)
    status = add_zoom(work, work->run->zoom, error);
  if (status == OSMFLOW_OK)
    status = add(work, "}}", error);
  snprintf(said, sizeof said, "catalog image %.200s of %.100s", *work->run->image_ids, name);
  return status == OSMFLOW_OK ? say(work, said, work->run->zoom, error) : status;
}

/* Login and password go into what starts the processing alone. */
static enum osmflow_status add_login(struct osmflow_run_work *work, struct osmflow_error *error) {
  const char *const values[] = {work->run->login, work->run->password};
  static const char *const names[] = {",\"rasterLogin\":", ",\"rasterPassword\":"};
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < 2 && status == OSMFLOW_OK; i++) {
    if (!values[i])
      continue;
    status = osmflow_bytes_add_string(&work->source, names[i], error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_json(&work->source, osmflow_text(values[i]), error);
  }
  return status;
}

static enum osmflow_status find_own_type(const char *wish, size_t *place, struct osmflow_error *error) {
  const size_t count = sizeof own_types / sizeof own_types[0];
  for (*place = 0; *place < count; ++*place)
    if (wish && osmflow_text_is_ignoring_case(osmflow_text(wish), own_types[*place].type))
      return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           "the type of an own source is XYZ, TMS, QUADKEY, WMS, SENTINEL_L2A or LOCAL, not \"%.40s\"",
                           wish ? wish : "");
}

static enum osmflow_status choose_own(struct osmflow_run_work *work, struct osmflow_error *error) {
  const struct osmflow_run *run = work->run;
  char said[SAID_SIZE];
  size_t place = 0;
  if (!run->url || !*run->url)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the address of the source is needed");
  enum osmflow_status status = find_own_type(run->source_type, &place, error);
  if (status != OSMFLOW_OK)
    return status;
  const char *type = own_types[place].type;
  const char *crs = run->crs ? run->crs : own_types[place].has_zoom ? "EPSG:3857" : NULL;
  const int zoom = own_types[place].has_zoom ? choose_zoom(work, "xyz") : run->zoom;
  status = check_parts(run->url, own_types[place].parts, type, error);
  if (status == OSMFLOW_OK)
    status = check_zoom(work, type, zoom, error);
  if (status == OSMFLOW_OK)
    status = add_json(work, "{\"userDefined\":{\"sourceType\":", type, error);
  if (status == OSMFLOW_OK)
    status = add_json(work, ",\"url\":", run->url, error);
  if (status == OSMFLOW_OK)
    status = add_zoom(work, zoom, error);
  if (status == OSMFLOW_OK && crs)
    status = add_json(work, ",\"crs\":", crs, error);
  if (status == OSMFLOW_OK)
    status = add_login(work, error);
  if (status == OSMFLOW_OK)
    status = add(work, "}}", error);
  snprintf(said, sizeof said, "own %s source", type);
  return status == OSMFLOW_OK ? say(work, said, zoom, error) : status;
}

static enum osmflow_status choose_imagery(struct osmflow_run_work *work, struct osmflow_error *error) {
  const bool has_images = work->run->image_ids && *work->run->image_ids;
  char said[SAID_SIZE], *mosaic = NULL;
  size_t images = 0;
  while (has_images && work->run->image_ids[images])
    images++;
  enum osmflow_status status = osmflow_run_choose_imagery(work, &mosaic, error);
  if (status == OSMFLOW_OK)
    status = add(work, "{\"myImagery\":{", error);
  if (status == OSMFLOW_OK && has_images)
    status = add_images(work, "\"imageIds\":[", error);
  if (status == OSMFLOW_OK && mosaic)
    status = add_json(work, has_images ? ",\"mosaicId\":" : "\"mosaicId\":", mosaic, error);
  if (status == OSMFLOW_OK)
    status = add(work, "}}", error);
  if (images > 1)
    snprintf(said, sizeof said, "%zu own images", images);
  else
    snprintf(said, sizeof said, has_images ? "own image %.60s" : "mosaic %.60s",
             has_images ? *work->run->image_ids
             : mosaic   ? mosaic
                        : "");
  if (status == OSMFLOW_OK)
    status = say(work, said, -1, error);
  free(mosaic);
  return status;
}

enum osmflow_status osmflow_run_choose_source(struct osmflow_run_work *work, struct osmflow_error *error) {
  static enum osmflow_status (*const kinds[])(struct osmflow_run_work *, struct osmflow_error *) = {
      [OSMFLOW_RUN_PROVIDER] = choose_provider,
      [OSMFLOW_RUN_IMAGERY] = choose_imagery,
      [OSMFLOW_RUN_SEARCH] = choose_search,
      [OSMFLOW_RUN_OWN] = choose_own,
  };
  return kinds[work->run->source](work, error);
}
