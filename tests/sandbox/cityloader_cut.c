/* Polygons into triangles by cutting off ears, in the plane that they are seen best in. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cityloader.h"

struct plane {
  int x, y;
  double turn;
};

static double cross(const struct plane *plane, const double *a, const double *b, const double *c) {
  return (b[plane->x] - a[plane->x]) * (c[plane->y] - a[plane->y]) -
         (b[plane->y] - a[plane->y]) * (c[plane->x] - a[plane->x]);
}

static struct plane find_plane(const double (*points)[3], size_t count) {
  struct plane best = {0, 1, 0};
  for (int axis = 0; axis < 3; axis++) {
    struct plane plane = {(axis + 1) % 3, (axis + 2) % 3, 0};
    for (size_t i = 1; i + 1 < count; i++)
      plane.turn += cross(&plane, points[0], points[i], points[i + 1]);
    if (fabs(plane.turn) > fabs(best.turn))
      best = plane;
  }
  return best;
}

static bool is_ear(const double (*points)[3], const struct plane *plane, const size_t *left, size_t count, size_t at) {
  const double side = plane->turn < 0 ? -1 : 1;
  const size_t before = left[(at + count - 1) % count], here = left[at], behind = left[(at + 1) % count];
  bool is = side * cross(plane, points[before], points[here], points[behind]) > 0;
  for (size_t i = 0; is && i < count; i++) {
    const double *p = points[left[i]];
    if (left[i] != before && left[i] != here && left[i] != behind)
      is = side * cross(plane, points[before], points[here], p) < 0 ||
           side * cross(plane, points[here], points[behind], p) < 0 ||
           side * cross(plane, points[behind], points[before], p) < 0;
  }
  return is;
}

void city_cut(const double (*points)[3], size_t count, void (*take)(void *self, const size_t places[3]), void *self) {
  const struct plane plane = find_plane(points, count);
  size_t *left = sandbox_reallocate(NULL, count * sizeof *left);
  for (size_t i = 0; i < count; i++)
    left[i] = i;
  while (count >= 3) {
    size_t at = 0;
    while (at + 1 < count && !is_ear(points, &plane, left, count, at))
      at++;
    take(self, (const size_t[3]){left[(at + count - 1) % count], left[at], left[(at + 1) % count]});
    memmove(left + at, left + at + 1, (count - at - 1) * sizeof *left);
    count--;
  }
  free(left);
}
