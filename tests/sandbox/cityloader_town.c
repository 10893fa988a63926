/* OpenStreetMap's buildings as prisms on rolling ground, in metres around the area's middle (or from its corner). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cityloader.h"

enum { GROUND_SIDE = 40, MOST_CORNERS = 2000 };

static double ground_height(double x, double y) {
  return 450 + 5 * sin(x / 100) * cos(y / 120);
}

static void add_point(struct city_model *model, double x, double y, double z) {
  sandbox_reserve((void **)&model->points, &model->point_capacity, model->point_count + 1, sizeof *model->points);
  double *point = model->points[model->point_count++];
  point[0] = x;
  point[1] = y;
  point[2] = z;
}

static void end_facet(struct city_model *model, size_t first, size_t object, bool is_roof) {
  sandbox_reserve((void **)&model->facets, &model->facet_capacity, model->facet_count + 1, sizeof *model->facets);
  model->facets[model->facet_count++] = (struct city_facet){first, model->point_count - first, object, is_roof};
}

/* What the model's numbers are of what lies there in metres from the middle, which is where heights are worked out. */
struct plane {
  const double *bbox;
  enum city_origin origin;
  double low[2], high[2]; /* of the bbox, metres */
};

static void add_placed(struct city_model *model, const struct plane *plane, const double degrees[2],
                       const double metres[2], double z) {
  double at[2] = {metres[0], metres[1]};
  if (plane->origin == CITY_UTM)
    city_to_utm(plane->bbox, degrees[0], degrees[1], at);
  for (size_t axis = 0; plane->origin == CITY_CORNER && axis < 2; axis++)
    at[axis] -= plane->low[axis];
  add_point(model, at[0], at[1], z);
}

static void add_ground(struct city_model *model, const struct plane *plane) {
  static const int corners[2][3][2] = {{{0, 0}, {1, 0}, {1, 1}}, {{0, 0}, {1, 1}, {0, 1}}};
  for (int i = 0; i < 2 * GROUND_SIDE * GROUND_SIDE; i++) {
    const size_t first = model->point_count;
    for (size_t corner = 0; corner < 3; corner++) {
      const int places[2] = {i / 2 % GROUND_SIDE + corners[i % 2][corner][0],
                             i / 2 / GROUND_SIDE + corners[i % 2][corner][1]};
      double degrees[2], metres[2];
      for (size_t axis = 0; axis < 2; axis++) {
        const double part = (double)places[axis] / GROUND_SIDE;
        degrees[axis] = plane->bbox[axis] + (plane->bbox[axis + 2] - plane->bbox[axis]) * part;
        metres[axis] = plane->low[axis] + (plane->high[axis] - plane->low[axis]) * part;
      }
      add_placed(model, plane, degrees, metres, ground_height(metres[0], metres[1]));
    }
    end_facet(model, first, 0, false);
  }
}

static const char *tag(const struct sandbox_version *way, const char *key) {
  for (uint32_t i = 0; i < way->tag_count; i++)
    if (strcmp(way->tags[i].key, key) == 0)
      return way->tags[i].value;
  return NULL;
}

static double building_height(const struct sandbox_version *way) {
  const char *height = tag(way, "height"), *levels = tag(way, "building:levels");
  double value = 0;
  if (height && osmflow_parse_real(osmflow_text(height), &value) && value > 0)
    return value;
  return levels && osmflow_parse_real(osmflow_text(levels), &value) && value > 0 ? 3 * value : 6;
}

struct corner {
  double degrees[2], metres[2];
};

/* The corners of a closed way, counter-clockwise, without the last that is the first; 0: it is no building that is
 * drawn. */
static size_t outline(struct sandbox *sandbox, const struct sandbox_version *way, const double bbox[4],
                      struct corner corners[MOST_CORNERS]) {
  const size_t count = way->ref_count > 0 ? way->ref_count - 1 : 0;
  double area = 0;
  if (!way->visible || !tag(way, "building") || count < 3 || count > MOST_CORNERS || way->nodes[0] != way->nodes[count])
    return 0;
  for (size_t i = 0; i < count; i++) {
    const struct sandbox_element *node = sandbox_find_element(sandbox, SANDBOX_NODE, way->nodes[i]);
    const struct sandbox_version *present = node ? sandbox_present(node) : NULL;
    if (!present || !present->visible)
      return 0;
    const double lon = (double)present->lon / OSMFLOW_DEGREE, lat = (double)present->lat / OSMFLOW_DEGREE;
    if (lon < bbox[0] || lon > bbox[2] || lat < bbox[1] || lat > bbox[3])
      return 0;
    corners[i] = (struct corner){.degrees = {lon, lat}};
    city_to_metres(bbox, lon, lat, corners[i].metres);
  }
  for (size_t i = 0; i < count; i++) {
    const double *a = corners[i].metres, *b = corners[(i + 1) % count].metres;
    area += a[0] * b[1] - a[1] * b[0];
  }
  for (size_t i = 0; area < 0 && i < count / 2; i++) {
    const struct corner kept = corners[i];
    corners[i] = corners[count - 1 - i];
    corners[count - 1 - i] = kept;
  }
  return area != 0 ? count : 0;
}

static void add_corner(struct city_model *model, const struct plane *plane, const struct corner *corner, double z) {
  add_placed(model, plane, corner->degrees, corner->metres, z);
}

static void add_building(struct city_model *model, const struct plane *plane, const struct corner *corners,
                         size_t count, double height, size_t object) {
  const double low = ground_height(corners[0].metres[0], corners[0].metres[1]) - 1, levels[2] = {low, low + 1 + height};
  for (size_t i = 0; i < count; i++) {
    const struct corner *a = &corners[i], *b = &corners[(i + 1) % count];
    const size_t first = model->point_count;
    add_corner(model, plane, a, levels[0]);
    add_corner(model, plane, b, levels[0]);
    add_corner(model, plane, b, levels[1]);
    add_corner(model, plane, a, levels[1]);
    end_facet(model, first, object, false);
  }
  for (size_t roof = 0; roof < 2; roof++) {
    const size_t first = model->point_count;
    for (size_t i = 0; i < count; i++)
      add_corner(model, plane, &corners[roof ? i : count - 1 - i], levels[roof]);
    end_facet(model, first, object, roof);
  }
}

void city_make(struct sandbox *sandbox, const struct city_export *wanted, enum city_origin origin, bool terrain,
               bool buildings, struct city_model *model) {
  static struct corner corners[MOST_CORNERS]; /* under the lock */
  struct plane plane = {.bbox = wanted->bbox, .origin = origin};
  size_t object = 0;
  *model = (struct city_model){.points = NULL};
  city_to_metres(wanted->bbox, wanted->bbox[0], wanted->bbox[1], plane.low);
  city_to_metres(wanted->bbox, wanted->bbox[2], wanted->bbox[3], plane.high);
  if (terrain)
    add_ground(model, &plane);
  for (size_t i = 0; buildings && i < sandbox->elements[SANDBOX_WAY].count; i++) {
    const struct sandbox_version *way = sandbox_present(&sandbox->elements[SANDBOX_WAY].items[i]);
    const size_t count = way ? outline(sandbox, way, wanted->bbox, corners) : 0;
    if (count > 0)
      add_building(model, &plane, corners, count, building_height(way), ++object);
  }
}

void city_free(struct city_model *model) {
  free(model->points);
  free(model->facets);
}
