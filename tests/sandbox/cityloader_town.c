/* OpenStreetMap's buildings as prisms on rolling ground, in metres around the area's middle (or from its corner). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cityloader.h"

enum { GROUND_SIDE = 40, MOST_CORNERS = 2000 };
static const double pi = 3.14159265358979323846, flattening = 1 / 298.257223563, equator = 6378137.0;

/* Of the ellipsoid: good to a millimetre over some kilometres, as a transverse Mercator around the middle has it. */
static void to_metres(const double bbox[4], double lon, double lat, double at[2]) {
  const double middle = (bbox[1] + bbox[3]) / 2 * pi / 180, phi = lat * pi / 180;
  const double lambda = (lon - (bbox[0] + bbox[2]) / 2) * pi / 180;
  const double square = flattening * (2 - flattening), mean = (middle + phi) / 2;
  const double normal = equator / sqrt(1 - square * sin(phi) * sin(phi));
  const double meridian = equator * (1 - square) / pow(1 - square * sin(mean) * sin(mean), 1.5);
  const double cosine = cos(phi), tangent = tan(phi), tilt = lambda * cosine;
  at[0] = normal * (tilt + tilt * tilt * tilt * (1 - tangent * tangent) / 6);
  at[1] = meridian * (phi - middle) + normal * tangent * tilt * tilt / 2;
}

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

static void add_ground(struct city_model *model, const double low[2], const double high[2], const double shift[2]) {
  const double step[2] = {(high[0] - low[0]) / GROUND_SIDE, (high[1] - low[1]) / GROUND_SIDE};
  static const int corners[2][3][2] = {{{0, 0}, {1, 0}, {1, 1}}, {{0, 0}, {1, 1}, {0, 1}}};
  for (int i = 0; i < 2 * GROUND_SIDE * GROUND_SIDE; i++) {
    const size_t first = model->point_count;
    for (size_t corner = 0; corner < 3; corner++) {
      const double x = low[0] + step[0] * (i / 2 % GROUND_SIDE + corners[i % 2][corner][0]);
      const double y = low[1] + step[1] * (i / 2 / GROUND_SIDE + corners[i % 2][corner][1]);
      add_point(model, x - shift[0], y - shift[1], ground_height(x, y));
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

/* The corners of a closed way, counter-clockwise, without the last that is the first; 0: it is no building that is
 * drawn. */
static size_t outline(struct sandbox *sandbox, const struct sandbox_version *way, const double bbox[4],
                      double corners[MOST_CORNERS][2]) {
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
    to_metres(bbox, lon, lat, corners[i]);
  }
  for (size_t i = 0; i < count; i++) {
    const double *a = corners[i], *b = corners[(i + 1) % count];
    area += a[0] * b[1] - a[1] * b[0];
  }
  for (size_t i = 0; area < 0 && i < count / 2; i++) {
    double kept[2];
    memcpy(kept, corners[i], sizeof kept);
    memcpy(corners[i], corners[count - 1 - i], sizeof kept);
    memcpy(corners[count - 1 - i], kept, sizeof kept);
  }
  return area != 0 ? count : 0;
}

static void add_building(struct city_model *model, double (*corners)[2], size_t count, double height, size_t object,
                         const double shift[2]) {
  const double low = ground_height(corners[0][0], corners[0][1]) - 1, levels[2] = {low, low + 1 + height};
  for (size_t i = 0; i < count; i++) {
    const double *a = corners[i], *b = corners[(i + 1) % count];
    const size_t first = model->point_count;
    add_point(model, a[0] - shift[0], a[1] - shift[1], levels[0]);
    add_point(model, b[0] - shift[0], b[1] - shift[1], levels[0]);
    add_point(model, b[0] - shift[0], b[1] - shift[1], levels[1]);
    add_point(model, a[0] - shift[0], a[1] - shift[1], levels[1]);
    end_facet(model, first, object, false);
  }
  for (size_t roof = 0; roof < 2; roof++) {
    const size_t first = model->point_count;
    for (size_t i = 0; i < count; i++) {
      const double *at = corners[roof ? i : count - 1 - i];
      add_point(model, at[0] - shift[0], at[1] - shift[1], levels[roof]);
    }
    end_facet(model, first, object, roof);
  }
}

void city_make(struct sandbox *sandbox, const struct city_export *wanted, bool from_corner, bool terrain,
               bool buildings, struct city_model *model) {
  static double corners[MOST_CORNERS][2]; /* under the lock */
  double low[2], high[2], none[2] = {0, 0};
  size_t object = 0;
  *model = (struct city_model){.points = NULL};
  to_metres(wanted->bbox, wanted->bbox[0], wanted->bbox[1], low);
  to_metres(wanted->bbox, wanted->bbox[2], wanted->bbox[3], high);
  const double *shift = from_corner ? low : none;
  if (terrain)
    add_ground(model, low, high, shift);
  for (size_t i = 0; buildings && i < sandbox->elements[SANDBOX_WAY].count; i++) {
    const struct sandbox_version *way = sandbox_present(&sandbox->elements[SANDBOX_WAY].items[i]);
    const size_t count = way ? outline(sandbox, way, wanted->bbox, corners) : 0;
    if (count > 0)
      add_building(model, corners, count, building_height(way), ++object, shift);
  }
}

void city_free(struct city_model *model) {
  free(model->points);
  free(model->facets);
}
