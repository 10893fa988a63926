/* Areas on the ellipsoid and places on maps: enough for AOIs and footprints of tests. */
#include <math.h>

#include "mapflow.h"

static const double pi = 3.14159265358979323846, semi_axis = 6378137, flattening = 1 / 298.257223563;

/* The sine of the authalic latitude: what makes a sphere's area formula one of the ellipsoid. */
static double authalic_sine(double lat) {
  const double square = flattening * (2 - flattening), e = sqrt(square), sine = sin(lat * pi / 180);
  const double q = (1 - square) * (sine / (1 - square * sine * sine) - log((1 - e * sine) / (1 + e * sine)) / (2 * e));
  const double pole = (1 - square) * (1 / (1 - square) - log((1 - e) / (1 + e)) / (2 * e));
  return q / pole;
}

static double ordinate(const struct json_object *position, size_t place) {
  return json_object_get_double(json_object_array_get_idx(position, place));
}

double mapflow_ring_area(const struct json_object *ring) {
  const double square = flattening * (2 - flattening), e = sqrt(square);
  const double radius_square =
      semi_axis * semi_axis * (1 - square) / 2 * (1 / (1 - square) - log((1 - e) / (1 + e)) / (2 * e));
  double sum = 0;
  for (size_t i = 0; i + 1 < json_object_array_length(ring); i++) {
    const struct json_object *from = json_object_array_get_idx(ring, i), *to = json_object_array_get_idx(ring, i + 1);
    sum += (ordinate(to, 0) - ordinate(from, 0)) * pi / 180 *
           (authalic_sine(ordinate(from, 1)) + authalic_sine(ordinate(to, 1))) / 2;
  }
  return fabs(sum) * radius_square;
}

double mapflow_polygon_area(const struct json_object *polygon) {
  double area = 0;
  for (size_t i = 0; i < json_object_array_length(polygon); i++)
    area += (i ? -1 : 1) * mapflow_ring_area(json_object_array_get_idx(polygon, i));
  return area;
}

struct mapflow_box mapflow_polygon_box(const struct json_object *polygon) {
  struct mapflow_box box = {180, 90, -180, -90};
  const struct json_object *ring = json_object_array_get_idx(polygon, 0);
  for (size_t i = 0; i < json_object_array_length(ring); i++) {
    const struct json_object *position = json_object_array_get_idx(ring, i);
    box.min_x = fmin(box.min_x, ordinate(position, 0));
    box.max_x = fmax(box.max_x, ordinate(position, 0));
    box.min_y = fmin(box.min_y, ordinate(position, 1));
    box.max_y = fmax(box.max_y, ordinate(position, 1));
  }
  return box;
}

double mapflow_box_area(const struct mapflow_box *box) {
  char text[256];
  snprintf(text, sizeof text, "[[%.15g,%.15g],[%.15g,%.15g],[%.15g,%.15g],[%.15g,%.15g],[%.15g,%.15g]]", box->min_x,
           box->min_y, box->max_x, box->min_y, box->max_x, box->max_y, box->min_x, box->max_y, box->min_x, box->min_y);
  struct json_object *ring = mapflow_parse(text);
  const double area = mapflow_ring_area(ring);
  json_object_put(ring);
  return area;
}

bool mapflow_polygon_holds(const struct json_object *polygon, double lon, double lat) {
  bool inside = false;
  for (size_t r = 0; r < json_object_array_length(polygon); r++) {
    const struct json_object *ring = json_object_array_get_idx(polygon, r);
    for (size_t i = 0; i + 1 < json_object_array_length(ring); i++) {
      const struct json_object *from = json_object_array_get_idx(ring, i), *to = json_object_array_get_idx(ring, i + 1);
      const double y1 = ordinate(from, 1), y2 = ordinate(to, 1), x1 = ordinate(from, 0), x2 = ordinate(to, 0);
      if ((y1 > lat) != (y2 > lat) && lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1)
        inside = !inside;
    }
  }
  return inside;
}

static bool is_multi(const struct json_object *geometry) {
  return strcmp(mapflow_text(geometry, "type"), "MultiPolygon") == 0;
}

size_t mapflow_polygon_count(const struct json_object *geometry) {
  return is_multi(geometry) ? json_object_array_length(mapflow_get(geometry, "coordinates")) : 1;
}

struct json_object *mapflow_polygon(const struct json_object *geometry, size_t number) {
  struct json_object *coordinates = mapflow_get(geometry, "coordinates");
  return is_multi(geometry) ? json_object_array_get_idx(coordinates, number) : coordinates;
}

static const char *ring_problem(const struct json_object *ring) {
  if (!json_object_is_type(ring, json_type_array) || json_object_array_length(ring) < 4)
    return "a ring has less than four points";
  const size_t count = json_object_array_length(ring);
  for (size_t i = 0; i < count; i++) {
    const struct json_object *position = json_object_array_get_idx(ring, i);
    if (!json_object_is_type(position, json_type_array) || json_object_array_length(position) < 2)
      return "a point is no pair of numbers";
    for (size_t n = 0; n < 2; n++) {
      const enum json_type type = json_object_get_type(json_object_array_get_idx(position, n));
      if (type != json_type_double && type != json_type_int)
        return "a point is no pair of numbers";
      if (fabs(ordinate(position, n)) > (n ? 90 : 180))
        return "a point is not on the earth";
    }
  }
  const struct json_object *first = json_object_array_get_idx(ring, 0),
                           *last = json_object_array_get_idx(ring, count - 1);
  if (ordinate(first, 0) != ordinate(last, 0) || ordinate(first, 1) != ordinate(last, 1))
    return "a ring is not closed";
  return mapflow_ring_area(ring) > 0 ? NULL : "a ring has no area";
}

const char *mapflow_geometry_problem(const struct json_object *geometry) {
  const char *type = mapflow_text(geometry, "type"), *problem = NULL;
  const struct json_object *coordinates = mapflow_get(geometry, "coordinates");
  if (strcmp(type, "Polygon") != 0 && strcmp(type, "MultiPolygon") != 0)
    return "it is no Polygon or MultiPolygon";
  if (!json_object_is_type(coordinates, json_type_array) || json_object_array_length(coordinates) == 0)
    return "it has no coordinates";
  for (size_t i = 0; !problem && i < mapflow_polygon_count(geometry); i++) {
    const struct json_object *polygon = mapflow_polygon(geometry, i);
    if (!json_object_is_type(polygon, json_type_array) || json_object_array_length(polygon) == 0)
      return "a polygon has no rings";
    for (size_t r = 0; !problem && r < json_object_array_length(polygon); r++)
      problem = ring_problem(json_object_array_get_idx(polygon, r));
  }
  return problem;
}

double mapflow_geometry_area(const struct json_object *geometry) {
  double area = 0;
  for (size_t i = 0; i < mapflow_polygon_count(geometry); i++)
    area += mapflow_polygon_area(mapflow_polygon(geometry, i));
  return area;
}

/* Snyder's series for the transverse Mercator projection, good to a few millimetres inside a zone. */
static void from_utm(int zone, bool south, double x, double y, double *lon, double *lat) {
  const double square = flattening * (2 - flattening), second = square / (1 - square), scale = 0.9996;
  const double mu = (y - (south ? 10000000 : 0)) / scale /
                    (semi_axis * (1 - square / 4 - 3 * square * square / 64 - 5 * square * square * square / 256));
  const double e1 = (1 - sqrt(1 - square)) / (1 + sqrt(1 - square));
  const double foot = mu + (3 * e1 / 2 - 27 * e1 * e1 * e1 / 32) * sin(2 * mu) +
                      (21 * e1 * e1 / 16 - 55 * e1 * e1 * e1 * e1 / 32) * sin(4 * mu) +
                      151 * e1 * e1 * e1 / 96 * sin(6 * mu);
  const double c = second * cos(foot) * cos(foot), t = tan(foot) * tan(foot);
  const double bent = 1 - square * sin(foot) * sin(foot);
  const double across = semi_axis / sqrt(bent), along = semi_axis * (1 - square) / pow(bent, 1.5);
  const double d = (x - 500000) / (across * scale);
  *lat = 180 / pi *
         (foot - across * tan(foot) / along *
                     (d * d / 2 - (5 + 3 * t + 10 * c - 4 * c * c - 9 * second) * pow(d, 4) / 24 +
                      (61 + 90 * t + 298 * c + 45 * t * t - 252 * second - 3 * c * c) * pow(d, 6) / 720));
  *lon = zone * 6 - 183 +
         180 / pi *
             (d - (1 + 2 * t + c) * d * d * d / 6 +
              (5 - 2 * c + 28 * t - 3 * c * c + 8 * second + 24 * t * t) * pow(d, 5) / 120) /
             cos(foot);
}

bool mapflow_to_degrees(int code, double x, double y, double *lon, double *lat) {
  const int zone = code % 100;
  if (code == 4326) {
    *lon = x;
    *lat = y;
  } else if (code == 3857) {
    *lon = x / semi_axis * 180 / pi;
    *lat = 180 / pi * (2 * atan(exp(y / semi_axis)) - pi / 2);
  } else if ((code / 100 == 326 || code / 100 == 327) && zone >= 1 && zone <= 60) {
    from_utm(zone, code / 100 == 327, x, y, lon, lat);
  } else {
    return false;
  }
  return true;
}
