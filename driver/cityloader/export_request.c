#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cityloader/export_parts.h"

static const double default_size = 500;

void osmflow_export_request_init(struct osmflow_export_request *request) {
  *request = (struct osmflow_export_request){
      .size = {default_size, default_size}, .format = "stl", .with_terrain = true, .with_buildings = false};
}

void osmflow_export_request_clear(struct osmflow_export_request *request) {
  free(request->address);
  osmflow_export_request_init(request);
}

/* Exactly that many numbers, separated by commas. */
static enum osmflow_status read_numbers(const char *name, struct osmflow_text value, double *numbers, size_t count,
                                        struct osmflow_error *error) {
  struct osmflow_text rest = value, part;
  size_t read = 0;
  bool good = true;
  while (good && osmflow_text_next(&rest, ',', &part)) {
    good = read < count && osmflow_parse_real(osmflow_text_trim(part), &numbers[read]);
    read++;
  }
  return good && read == count ? OSMFLOW_OK
                               : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                                   "%s=%.*s is not a list of %zu numbers separated by commas", name,
                                                   OSMFLOW_TEXT_ARGUMENTS(value), count);
}

static enum osmflow_status set_bbox(struct osmflow_export_request *request, struct osmflow_text value,
                                    struct osmflow_error *error) {
  request->has_bbox = true;
  return read_numbers("bbox", value, request->bbox, 4, error);
}

static enum osmflow_status set_center(struct osmflow_export_request *request, struct osmflow_text value,
                                      struct osmflow_error *error) {
  request->has_center = true;
  return read_numbers("center", value, request->center, 2, error);
}

static enum osmflow_status set_size(struct osmflow_export_request *request, struct osmflow_text value,
                                    struct osmflow_error *error) {
  request->has_size = true;
  return read_numbers("size", value, request->size, 2, error);
}

static enum osmflow_status set_address(struct osmflow_export_request *request, struct osmflow_text value,
                                       struct osmflow_error *error) {
  free(request->address);
  request->address = strndup(value.size ? value.data : "", value.size);
  return request->address ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an address");
}

static enum osmflow_status set_format(struct osmflow_export_request *request, struct osmflow_text value,
                                      struct osmflow_error *error) {
  static const char *const formats[] = {"stl", "obj", "dxf"};
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
    if (osmflow_text_is_ignoring_case(value, formats[i])) {
      memcpy(request->format, formats[i], strlen(formats[i]) + 1);
      return OSMFLOW_OK;
    }
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "format=%.*s is none of stl, obj, dxf",
                           OSMFLOW_TEXT_ARGUMENTS(value));
}

static enum osmflow_status set_include(struct osmflow_export_request *request, struct osmflow_text value,
                                       struct osmflow_error *error) {
  struct osmflow_text rest = value, part;
  request->with_terrain = request->with_buildings = false;
  while (osmflow_text_next(&rest, ',', &part)) {
    part = osmflow_text_trim(part);
    if (osmflow_text_is_ignoring_case(part, "terrain"))
      request->with_terrain = true;
    else if (osmflow_text_is_ignoring_case(part, "buildings"))
      request->with_buildings = true;
    else
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "include=%.*s: \"%.*s\" is neither terrain nor buildings",
                               OSMFLOW_TEXT_ARGUMENTS(value), OSMFLOW_TEXT_ARGUMENTS(part));
  }
  return OSMFLOW_OK;
}

static enum osmflow_status set_separate(struct osmflow_export_request *request, struct osmflow_text value,
                                        struct osmflow_error *error) {
  static const struct {
    const char *word;
    bool yes;
  } words[] = {{"true", true}, {"yes", true}, {"1", true}, {"false", false}, {"no", false}, {"0", false}};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (osmflow_text_is_ignoring_case(value, words[i].word)) {
      request->separate_files = words[i].yes;
      return OSMFLOW_OK;
    }
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "separate_files=%.*s is neither true nor false",
                           OSMFLOW_TEXT_ARGUMENTS(value));
}

enum osmflow_status osmflow_export_request_set(struct osmflow_export_request *request, struct osmflow_text name,
                                               struct osmflow_text value, struct osmflow_error *error) {
  static const struct {
    const char *name;
    enum osmflow_status (*set)(struct osmflow_export_request *request, struct osmflow_text value,
                               struct osmflow_error *error);
  } members[] = {{"bbox", set_bbox},     {"center", set_center},   {"address", set_address},        {"size", set_size},
                 {"format", set_format}, {"include", set_include}, {"separate_files", set_separate}};
  for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
    if (osmflow_text_is(name, members[i].name))
      return members[i].set(request, value, error);
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           "an export has no \"%.*s\"; there is: bbox, center, address, size, format, include, "
                           "separate_files",
                           OSMFLOW_TEXT_ARGUMENTS(name));
}

static bool is_on_earth(double lon, double lat) {
  return fabs(lon) <= 180 && fabs(lat) <= 90;
}

enum osmflow_status osmflow_export_request_check(const struct osmflow_export_request *request,
                                                 struct osmflow_error *error) {
  const double *bbox = request->bbox;
  const int places = request->has_bbox + request->has_center + (request->address != NULL);
  const char *fault = NULL;
  if (places != 1)
    fault = "an export is of exactly one of bbox=W,S,E,N (degrees), center=LON,LAT and address=TEXT";
  else if (request->has_bbox && (!is_on_earth(bbox[0], bbox[1]) || !is_on_earth(bbox[2], bbox[3])))
    fault = "bbox is beyond the earth: it is west,south,east,north in degrees";
  else if (request->has_bbox && (bbox[0] >= bbox[2] || bbox[1] >= bbox[3]))
    fault = "bbox is empty or the wrong way round: it is west,south,east,north in degrees";
  else if (request->has_center && !is_on_earth(request->center[0], request->center[1]))
    fault = "center is beyond the earth: it is longitude,latitude in degrees";
  else if (request->address && osmflow_text_trim(osmflow_text(request->address)).size == 0)
    fault = "address is empty";
  else if (request->has_size && request->has_bbox)
    fault = "size goes with center and address; a bbox has its own";
  else if (request->has_size && (request->size[0] <= 0 || request->size[1] <= 0))
    fault = "size is two lengths above 0 in metres: west-east,south-north";
  else if (!request->with_terrain && !request->with_buildings)
    fault = "include names nothing: terrain, buildings or both";
  return fault ? osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s", fault) : OSMFLOW_OK;
}

static enum osmflow_status print_numbers(struct osmflow_bytes *json, const char *name, const double *numbers,
                                         size_t count, struct osmflow_error *error) {
  char number[OSMFLOW_NUMBER_SIZE];
  enum osmflow_status status = osmflow_bytes_print(json, error, "\"%s\":[", name);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    osmflow_format_real(number, numbers[i]);
    status = osmflow_bytes_print(json, error, "%s%s", i > 0 ? "," : "", number);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(json, "],", error) : status;
}

static enum osmflow_status print_address(struct osmflow_bytes *json, const char *address, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add_string(json, "\"address\":", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_json(json, osmflow_text(address), error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(json, ",", error) : status;
}

enum osmflow_status osmflow_export_request_print(const struct osmflow_export_request *request,
                                                 struct osmflow_bytes *json, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add_string(json, "{", error);
  if (status == OSMFLOW_OK && request->has_bbox)
    status = print_numbers(json, "bbox", request->bbox, 4, error);
  if (status == OSMFLOW_OK && request->has_center)
    status = print_numbers(json, "center", request->center, 2, error);
  if (status == OSMFLOW_OK && request->address)
    status = print_address(json, request->address, error);
  if (status == OSMFLOW_OK && !request->has_bbox)
    status = print_numbers(json, "size", request->size, 2, error);
  return status == OSMFLOW_OK ? osmflow_bytes_print(json, error, "\"format\":\"%s\",\"include\":[%s%s%s]%s}",
                                                    request->format, request->with_terrain ? "\"terrain\"" : "",
                                                    request->with_terrain && request->with_buildings ? "," : "",
                                                    request->with_buildings ? "\"buildings\"" : "",
                                                    request->separate_files ? ",\"separate_files\":true" : "")
                              : status;
}

/* A list of numbers or words as it stands in a connection string: "1,2,3". */
static enum osmflow_status join(const struct osmflow_tree_node *list, struct osmflow_bytes *text,
                                struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (const struct osmflow_tree_node *item = list->first; status == OSMFLOW_OK && item; item = item->next) {
    status = item == list->first ? OSMFLOW_OK : osmflow_bytes_add_string(text, ",", error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_text(text, item->text, error);
  }
  return status;
}

static enum osmflow_status read_member(const struct osmflow_tree_node *member, struct osmflow_export_request *request,
                                       struct osmflow_error *error) {
  static const char *const known[] = {"bbox", "center", "address", "size", "format", "include", "separate_files"};
  struct osmflow_bytes text;
  bool is_known = false;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    is_known = is_known || osmflow_text_is(member->name, known[i]);
  osmflow_bytes_init(&text, OSMFLOW_EXPORT_REQUEST_CEILING);
  enum osmflow_status status = member->kind == OSMFLOW_TREE_ARRAY ? join(member, &text, error)
                                                                  : osmflow_bytes_add_text(&text, member->text, error);
  if (status == OSMFLOW_OK && is_known)
    status = osmflow_export_request_set(request, member->name, osmflow_bytes_view(&text), error);
  osmflow_bytes_clear(&text);
  return status;
}

enum osmflow_status osmflow_export_request_read(const char *json, struct osmflow_export_request *request,
                                                struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_JSON, &tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, json, strlen(json), error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &top, error);
  for (const struct osmflow_tree_node *member = status == OSMFLOW_OK ? top->first : NULL;
       status == OSMFLOW_OK && member; member = member->next)
    status = read_member(member, request, error);
  osmflow_tree_free(tree);
  return status;
}

bool osmflow_export_request_area(const struct osmflow_export_request *request, double bbox[4]) {
  static const double metres_per_degree = 111320, pi = 3.14159265358979323846;
  const double cosine = cos(request->center[1] * pi / 180);
  if (request->has_bbox)
    memcpy(bbox, request->bbox, 4 * sizeof *bbox);
  if (request->has_bbox || !request->has_center || cosine <= 0)
    return request->has_bbox;
  const double wide = request->size[0] / 2 / (metres_per_degree * cosine),
               high = request->size[1] / 2 / metres_per_degree;
  bbox[0] = request->center[0] - wide;
  bbox[1] = request->center[1] - high;
  bbox[2] = request->center[0] + wide;
  bbox[3] = request->center[1] + high;
  return true;
}
