#include "source/cityloader_model.h"

#include <cpl_vsi.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_CEILING = 16 * 1024, REQUEST_CEILING = 64 * 1024, MATERIALS_CEILING = 16 * 1024 * 1024, LOG_SIZE = 700 };

static enum osmflow_status copy_text(const char *text, char **copy, struct osmflow_error *error) {
  *copy = text ? strdup(text) : NULL;
  return text && !*copy ? osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a connection") : OSMFLOW_OK;
}

static enum osmflow_status copy_connection(const struct osmflow_cityloader_connection *from,
                                           struct osmflow_cityloader_connection *to, struct osmflow_error *error) {
  *to = *from;
  to->root = to->path = to->id = to->model_crs = to->height_reference = to->request.address = NULL;
  enum osmflow_status status = copy_text(from->root, &to->root, error);
  if (status == OSMFLOW_OK)
    status = copy_text(from->path, &to->path, error);
  if (status == OSMFLOW_OK)
    status = copy_text(from->id, &to->id, error);
  if (status == OSMFLOW_OK)
    status = copy_text(from->model_crs, &to->model_crs, error);
  if (status == OSMFLOW_OK)
    status = copy_text(from->height_reference, &to->height_reference, error);
  if (status == OSMFLOW_OK)
    status = copy_text(from->request.address, &to->request.address, error);
  to->place.crs = to->model_crs;
  return status;
}

static void destroy(void *thing) {
  struct osmflow_city *city = thing;
  for (size_t i = 0; i < city->part_count; i++) {
    osmflow_bodies_clear(&city->parts[i].bodies);
    osmflow_mesh_clear(&city->parts[i].mesh);
    free(city->parts[i].file);
  }
  free(city->parts);
  osmflow_obj_materials_clear(&city->materials);
  osmflow_place_clear(&city->place);
  osmflow_bytes_clear(&city->request);
  osmflow_cityloader_connection_clear(&city->connection);
  free(city);
}

static enum osmflow_status make(const void *recipe, void **thing, struct osmflow_error *error) {
  struct osmflow_city *city = calloc(1, sizeof *city);
  if (!city)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a model");
  osmflow_place_init(&city->place);
  osmflow_bytes_init(&city->request, REQUEST_CEILING);
  const enum osmflow_status status = copy_connection(recipe, &city->connection, error);
  if (status == OSMFLOW_OK)
    *thing = city;
  else
    destroy(city);
  return status;
}

/* The export is there and done; *state tells where its files are. */
static enum osmflow_status find_export(const struct osmflow_city *city, const struct osmflow_cityloader *cityloader,
                                       struct osmflow_export_state *state, struct osmflow_error *error) {
  const struct osmflow_cityloader_connection *connection = &city->connection;
  bool is_new = false;
  enum osmflow_status status = connection->id
                                   ? osmflow_export_look(cityloader, connection->id, state, error)
                                   : osmflow_export_find_or_create(cityloader, &connection->request,
                                                                   connection->may_create, state, &is_new, error);
  if (status == OSMFLOW_OK && state->status != OSMFLOW_EXPORT_DONE) {
    char id[sizeof state->id];
    memcpy(id, state->id, sizeof id);
    status = osmflow_export_wait(cityloader, id, NULL, NULL, state, error);
  }
  return status;
}

static bool is_there(const char *path) {
  VSIStatBufL stat;
  return VSIStatL(path, &stat) == 0;
}

/* A ZIP that was paid for is kept: with it the server need not even be asked. */
static enum osmflow_status fetch_zip(struct osmflow_city *city, const struct osmflow_cityloader *cityloader,
                                     struct osmflow_bytes *path, struct osmflow_error *error) {
  struct osmflow_export_state state = {.id = ""};
  enum osmflow_status status = OSMFLOW_OK;
  if (city->connection.id)
    status = osmflow_export_path(cityloader, city->connection.id, path, error);
  if (status == OSMFLOW_OK && path->size > 0 && is_there(osmflow_bytes_string(path))) {
    snprintf(city->id, sizeof city->id, "%s", city->connection.id);
    return OSMFLOW_OK;
  }
  if (status == OSMFLOW_OK)
    status = find_export(city, cityloader, &state, error);
  if (status == OSMFLOW_OK) {
    osmflow_bytes_reset(path);
    memcpy(city->id, state.id, sizeof city->id);
    status = osmflow_export_path(cityloader, state.id, path, error);
  }
  if (status == OSMFLOW_OK && !is_there(osmflow_bytes_string(path)))
    status = osmflow_export_download(cityloader, &state, osmflow_bytes_string(path), NULL, NULL, error);
  return status;
}

/* Where the model was asked for: what the connection says, else what is remembered of the export. */
static enum osmflow_status find_area(struct osmflow_city *city, const struct osmflow_cityloader *cityloader,
                                     struct osmflow_error *error) {
  struct osmflow_place_options *place = &city->connection.place;
  struct osmflow_export_request known;
  osmflow_export_request_init(&known);
  enum osmflow_status status = city->connection.id
                                   ? osmflow_export_request_of(cityloader->environment, cityloader->root,
                                                               city->connection.id, &city->request, error)
                                   : osmflow_export_request_print(&city->connection.request, &city->request, error);
  if (status == OSMFLOW_OK && city->request.size > 0)
    status = osmflow_export_request_read(osmflow_bytes_string(&city->request), &known, error);
  if (status == OSMFLOW_OK && !place->has_bbox)
    place->has_bbox = osmflow_export_request_area(&known, place->bbox);
  osmflow_export_request_clear(&known);
  return status;
}

static enum osmflow_status fetch(struct osmflow_city *city, struct osmflow_bytes *path, struct osmflow_error *error) {
  struct osmflow_cityloader cityloader;
  if (city->connection.path)
    return osmflow_bytes_add_string(path, city->connection.path, error);
  enum osmflow_status status =
      osmflow_cityloader_open(&cityloader, city->connection.environment, city->connection.root, NULL, error);
  if (status != OSMFLOW_OK)
    return status;
  status = fetch_zip(city, &cityloader, path, error);
  if (status == OSMFLOW_OK)
    status = find_area(city, &cityloader, error);
  osmflow_cityloader_close(&cityloader);
  return status;
}

static enum osmflow_status read_materials(const struct osmflow_archive_member *member, struct osmflow_city *city,
                                          struct osmflow_error *error) {
  char piece[4096];
  size_t taken = 1;
  struct osmflow_bytes text;
  VSILFILE *file = VSIFOpenL(member->path, "rb");
  osmflow_bytes_init(&text, MATERIALS_CEILING);
  enum osmflow_status status =
      file ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_IO, "%s cannot be opened", member->name);
  while (status == OSMFLOW_OK && (taken = VSIFReadL(piece, 1, sizeof piece, file)) > 0)
    status = osmflow_bytes_add(&text, piece, taken, error);
  if (status == OSMFLOW_OK)
    status = osmflow_obj_materials_read(osmflow_bytes_view(&text), &city->materials, error);
  if (file)
    VSIFCloseL(file);
  osmflow_bytes_clear(&text);
  return status;
}

static bool is_materials(const char *name) {
  const size_t size = strlen(name);
  return size > 4 && osmflow_text_is_ignoring_case(osmflow_text(name + size - 4), ".mtl");
}

static enum osmflow_status read_part(const struct osmflow_archive_member *member, struct osmflow_city *city,
                                     struct osmflow_error *error) {
  struct osmflow_city_part *longer = realloc(city->parts, (city->part_count + 1) * sizeof *longer);
  if (!longer)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a model");
  city->parts = longer;
  struct osmflow_city_part *part = &city->parts[city->part_count++];
  *part = (struct osmflow_city_part){.file = strdup(member->name)};
  osmflow_mesh_init(&part->mesh);
  osmflow_bodies_init(&part->bodies);
  part->kind = member->part;
  return part->file ? osmflow_model_read(member, &part->mesh, error)
                    : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a file's name");
}

static void find_box(const struct osmflow_city *city, double box[6]) {
  bool is_first = true;
  memset(box, 0, 6 * sizeof *box);
  for (size_t i = 0; i < city->part_count; i++) {
    const struct osmflow_mesh *mesh = &city->parts[i].mesh;
    for (size_t axis = 0; axis < 3 && mesh->vertex_count > 0; axis++) {
      box[axis] = is_first ? mesh->box[axis] : fmin(box[axis], mesh->box[axis]);
      box[axis + 3] = is_first ? mesh->box[axis + 3] : fmax(box[axis + 3], mesh->box[axis + 3]);
    }
    is_first = is_first && mesh->vertex_count == 0;
  }
}

static enum osmflow_status read_members(const struct osmflow_archive *archive, struct osmflow_city *city,
                                        struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < archive->count; i++) {
    if (archive->members[i].is_model)
      status = read_part(&archive->members[i], city, error);
    else if (is_materials(archive->members[i].name))
      status = read_materials(&archive->members[i], city, error);
  }
  return status;
}

/* What only buildings were asked for, or only terrain, need not be guessed. */
static enum osmflow_model_part part_of_request(const struct osmflow_city *city) {
  struct osmflow_export_request request;
  enum osmflow_model_part part = OSMFLOW_MODEL_ALL;
  osmflow_export_request_init(&request);
  if (city->request.size > 0 &&
      osmflow_export_request_read(osmflow_bytes_string(&city->request), &request, NULL) == OSMFLOW_OK &&
      request.with_terrain != request.with_buildings)
    part = request.with_terrain ? OSMFLOW_MODEL_TERRAIN : OSMFLOW_MODEL_BUILDINGS;
  osmflow_export_request_clear(&request);
  return part;
}

static enum osmflow_status find_bodies(struct osmflow_city *city, struct osmflow_error *error) {
  const enum osmflow_model_part asked = part_of_request(city);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < city->part_count; i++) {
    struct osmflow_city_part *part = &city->parts[i];
    if (city->is_y_up)
      osmflow_mesh_turn_y_up(&part->mesh);
    status = osmflow_bodies_find(&part->mesh, asked == OSMFLOW_MODEL_ALL ? part->kind : asked, &part->bodies, error);
  }
  return status;
}

static enum osmflow_status place_model(struct osmflow_city *city, struct osmflow_error *error) {
  double box[6];
  find_box(city, box);
  city->is_y_up = osmflow_place_is_y_up(&city->connection.place, box);
  enum osmflow_status status = find_bodies(city, error);
  find_box(city, box);
  if (status == OSMFLOW_OK)
    status = osmflow_place_choose(&city->connection.place, box, &city->place, error);
  const size_t used = strlen(city->place.assumption);
  if (status == OSMFLOW_OK && city->is_y_up && city->connection.place.up == OSMFLOW_UP_AUTO)
    snprintf(city->place.assumption + used, sizeof city->place.assumption - used,
             "; its y axis is taken for the one that points upwards (UP=Z says otherwise)");
  return status;
}

/* What was assumed is said once for each model that is loaded; what the user said himself is not repeated. */
static void tell_place(const struct osmflow_city *city, const char *path) {
  const struct osmflow_environment *environment = city->connection.environment;
  char line[LOG_SIZE];
  const char *slash = strrchr(path, '/');
  snprintf(line, sizeof line, "%.200s: %s", slash ? slash + 1 : path, city->place.assumption);
  environment->log(environment->self,
                   city->connection.place.origin == OSMFLOW_ORIGIN_AUTO && !city->connection.model_crs
                       ? OSMFLOW_LOG_WARNING
                       : OSMFLOW_LOG_DEBUG,
                   line);
}

static enum osmflow_status load(void *thing, struct osmflow_error *error) {
  struct osmflow_city *city = thing;
  struct osmflow_archive archive;
  struct osmflow_bytes path;
  osmflow_archive_init(&archive);
  osmflow_bytes_init(&path, PATH_CEILING);
  enum osmflow_status status = fetch(city, &path, error);
  if (status == OSMFLOW_OK) {
    status = osmflow_archive_open(osmflow_bytes_string(&path), &archive, error);
    if (status == OSMFLOW_OK)
      status = read_members(&archive, city, error);
    /* It was whole when it was downloaded; what is damaged by now is downloaded again the next time. */
    if (status == OSMFLOW_BAD_DATA && !city->connection.path &&
        osmflow_archive_check(osmflow_bytes_string(&path), NULL) == OSMFLOW_BAD_DATA)
      VSIUnlink(osmflow_bytes_string(&path));
  }
  if (status == OSMFLOW_OK)
    status = place_model(city, error);
  if (status == OSMFLOW_OK)
    tell_place(city, osmflow_bytes_string(&path));
  osmflow_archive_clear(&archive);
  osmflow_bytes_clear(&path);
  return status;
}

const struct osmflow_shared_class osmflow_city_shared = {"city", make, load, destroy};

enum osmflow_status osmflow_city_acquire(const char *key, const struct osmflow_cityloader_connection *connection,
                                         struct osmflow_shared **shared, struct osmflow_error *error) {
  return osmflow_shared_acquire(connection->environment, &osmflow_city_shared, key, key, connection, shared, error);
}

const char *osmflow_city_color(const struct osmflow_city *city, const char *material) {
  const char *color = NULL;
  for (size_t i = 0; !color && i < city->materials.count; i++)
    if (strcmp(city->materials.items[i].name, material) == 0 && *city->materials.items[i].color)
      color = city->materials.items[i].color;
  return color;
}
