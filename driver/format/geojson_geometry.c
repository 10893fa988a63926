#include <float.h>

#include "format/geojson_parts.h"

enum { POINT = 1, LINE, POLYGON, MULTIPOINT, MULTILINE, MULTIPOLYGON, COLLECTION, WKB_Z = 1000 };
enum { POSITION_SIZE = 24, HEADER_SIZE = 5, COUNT_SIZE = 4 };

/* One geometry as it is read; collections hold several. */
struct drawing {
  struct osmflow_geojson_cursor *cursor;
  struct osmflow_geojson_shape *shape;
  unsigned depth;
  bool wants_z; /* a height came after positions without one */
};

static inline void put_u32(char *target, uint32_t value) {
  for (int i = 0; i < 4; i++)
    target[i] = (char)(value >> (8 * i));
}

static inline void put_double(char *target, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  for (int i = 0; i < 8; i++)
    target[i] = (char)(bits >> (8 * i));
}

/* Room for one more position or head. */
static inline bool reserve(struct drawing *drawing) {
  struct osmflow_bytes *wkb = &drawing->shape->wkb;
  static const char room[POSITION_SIZE + HEADER_SIZE + COUNT_SIZE] = "";
  if (wkb->capacity - wkb->size > sizeof room)
    return true;
  const size_t size = wkb->size;
  const enum osmflow_status status = osmflow_bytes_add(wkb, room, sizeof room, NULL);
  wkb->size = size;
  if (status != OSMFLOW_OK) {
    osmflow_geojson_fault(drawing->cursor, "a geometry that is too large for the memory");
    drawing->cursor->status = status;
  }
  return status == OSMFLOW_OK;
}

static bool put_header(struct drawing *drawing, unsigned type) {
  struct osmflow_bytes *wkb = &drawing->shape->wkb;
  if (!reserve(drawing))
    return false;
  wkb->data[wkb->size] = 1;
  put_u32(wkb->data + wkb->size + 1, type + (drawing->shape->has_z ? WKB_Z : 0));
  wkb->size += HEADER_SIZE;
  return true;
}

/* Leaves room for a count, which is known later. */
static bool put_count(struct drawing *drawing, size_t *place) {
  if (!reserve(drawing))
    return false;
  *place = drawing->shape->wkb.size;
  drawing->shape->wkb.size += COUNT_SIZE;
  return true;
}

/* What stands behind x and y. */
static bool read_height(struct drawing *drawing, double *z) {
  struct osmflow_geojson_cursor *cursor = drawing->cursor;
  double more = 0;
  *z = 0;
  if (*cursor->at == ']' || !osmflow_geojson_try(cursor, ','))
    return true;
  if (!osmflow_geojson_coordinate(cursor, z))
    return false;
  while (osmflow_geojson_try(cursor, ','))
    if (!osmflow_geojson_coordinate(cursor, &more))
      return false;
  if (!drawing->shape->has_z) {
    drawing->wants_z = true;
    return osmflow_geojson_fault(cursor, "a height");
  }
  return true;
}

static inline bool read_position(struct drawing *drawing) {
  struct osmflow_geojson_cursor *cursor = drawing->cursor;
  struct osmflow_geojson_shape *shape = drawing->shape;
  double x, y, z;
  if (!osmflow_geojson_take(cursor, '[', "a position that is not a list of numbers") ||
      !osmflow_geojson_coordinate(cursor, &x) ||
      !osmflow_geojson_take(cursor, ',', "a position that is not two numbers or more") ||
      !osmflow_geojson_coordinate(cursor, &y) || !read_height(drawing, &z) ||
      !osmflow_geojson_take(cursor, ']', "a position that is not closed") || !reserve(drawing))
    return false;
  char *target = shape->wkb.data + shape->wkb.size;
  put_double(target, x);
  put_double(target + 8, y);
  if (shape->has_z)
    put_double(target + 16, z);
  shape->wkb.size += shape->has_z ? 24 : 16;
  shape->min_x = x < shape->min_x ? x : shape->min_x;
  shape->max_x = x > shape->max_x ? x : shape->max_x;
  shape->min_y = y < shape->min_y ? y : shape->min_y;
  shape->max_y = y > shape->max_y ? y : shape->max_y;
  return true;
}

typedef bool (*read_item)(struct drawing *drawing);

/* A list and its count. */
static inline bool read_list(struct drawing *drawing, read_item item, const char *words) {
  struct osmflow_geojson_cursor *cursor = drawing->cursor;
  size_t place = 0;
  uint32_t count = 0;
  if (!osmflow_geojson_take(cursor, '[', words) || !put_count(drawing, &place))
    return false;
  if (!osmflow_geojson_try(cursor, ']')) {
    do {
      if (!item(drawing))
        return false;
      count++;
    } while (osmflow_geojson_try(cursor, ','));
    if (!osmflow_geojson_take(cursor, ']', "a list of coordinates that is not closed"))
      return false;
  }
  put_u32(drawing->shape->wkb.data + place, count);
  return true;
}

static bool read_line(struct drawing *drawing) {
  return read_list(drawing, read_position, "no list of positions where one is needed");
}

static bool read_polygon(struct drawing *drawing) {
  return read_list(drawing, read_line, "no list of rings where one is needed");
}

static bool read_point_part(struct drawing *drawing) {
  return put_header(drawing, POINT) && read_position(drawing);
}

static bool read_line_part(struct drawing *drawing) {
  return put_header(drawing, LINE) && read_line(drawing);
}

static bool read_polygon_part(struct drawing *drawing) {
  return put_header(drawing, POLYGON) && read_polygon(drawing);
}

static bool read_object(struct drawing *drawing);

static bool read_coordinates(struct drawing *drawing, unsigned type) {
  static const char parts[] = "no list of parts where one is needed";
  if (!put_header(drawing, type))
    return false;
  switch (type) {
    case POINT:
      return read_position(drawing);
    case LINE:
      return read_line(drawing);
    case POLYGON:
      return read_polygon(drawing);
    case MULTIPOINT:
      return read_list(drawing, read_point_part, parts);
    case MULTILINE:
      return read_list(drawing, read_line_part, parts);
    case MULTIPOLYGON:
      return read_list(drawing, read_polygon_part, parts);
    default:
      return read_list(drawing, read_object, parts);
  }
}

static bool read_type(struct osmflow_geojson_cursor *cursor, unsigned *type) {
  static const char *const names[] = {"Point",           "LineString",   "Polygon",           "MultiPoint",
                                      "MultiLineString", "MultiPolygon", "GeometryCollection"};
  struct osmflow_geojson_string name;
  if (*type != 0)
    return osmflow_geojson_fault(cursor, "a geometry that has two types");
  osmflow_geojson_blank(cursor);
  if (!osmflow_geojson_string(cursor, &name))
    return false;
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
    if (osmflow_geojson_is(&name, names[i]))
      *type = i + 1;
  return *type != 0 || osmflow_geojson_fault(cursor, "a geometry of an unknown type");
}

/* Members come in any order: coordinates before their type are only checked, and read when the type is known. */
struct members {
  unsigned type;
  char *coordinates, *geometries; /* where they are; NULL: not seen */
};

static bool read_member(struct drawing *drawing, struct members *members) {
  struct osmflow_geojson_cursor *cursor = drawing->cursor;
  struct osmflow_geojson_string key;
  if (!osmflow_geojson_key(cursor, &key))
    return false;
  if (osmflow_geojson_is(&key, "type"))
    return read_type(cursor, &members->type);
  const bool is_list = osmflow_geojson_is(&key, "coordinates");
  const bool is_collection = !is_list && osmflow_geojson_is(&key, "geometries");
  if (!is_list && !is_collection)
    return osmflow_geojson_skip(cursor, drawing->depth);
  char **place = is_list ? &members->coordinates : &members->geometries;
  if (*place)
    return osmflow_geojson_fault(cursor, "a geometry that has two lists of coordinates");
  *place = cursor->at;
  const bool is_now = members->type != 0 && (members->type == COLLECTION) == is_collection;
  return is_now ? read_coordinates(drawing, members->type) : osmflow_geojson_skip(cursor, drawing->depth);
}

static bool read_late(struct drawing *drawing, const struct members *members, size_t start) {
  struct osmflow_geojson_cursor *cursor = drawing->cursor;
  char *coordinates = members->type == COLLECTION ? members->geometries : members->coordinates;
  if (members->type == 0)
    return osmflow_geojson_fault(cursor, "a geometry without a type ends here");
  if (!coordinates)
    return osmflow_geojson_fault(cursor, members->type == COLLECTION
                                             ? "a GeometryCollection without geometries ends here"
                                             : "a geometry without coordinates ends here");
  if (drawing->shape->wkb.size > start)
    return true;
  char *behind = cursor->at;
  cursor->at = coordinates;
  if (!read_coordinates(drawing, members->type))
    return false;
  cursor->at = behind;
  return true;
}

static bool read_object(struct drawing *drawing) {
  struct osmflow_geojson_cursor *cursor = drawing->cursor;
  struct members members = {0, NULL, NULL};
  const size_t start = drawing->shape->wkb.size;
  if (drawing->depth + 2 > OSMFLOW_GEOJSON_DEEPEST)
    return osmflow_geojson_fault(cursor, "more than 64 levels of objects and lists");
  if (!osmflow_geojson_take(cursor, '{', "a geometry that is not an object"))
    return false;
  drawing->depth += 2; /* the object and its list */
  if (!osmflow_geojson_try(cursor, '}')) {
    do {
      if (!read_member(drawing, &members))
        return false;
    } while (osmflow_geojson_try(cursor, ','));
    if (!osmflow_geojson_take(cursor, '}', "a geometry that is not closed"))
      return false;
  }
  drawing->depth -= 2;
  if (!read_late(drawing, &members, start))
    return false;
  drawing->shape->type = members.type; /* the outermost ends last */
  return true;
}

static void restart(struct osmflow_geojson_shape *shape, bool has_z) {
  osmflow_bytes_reset(&shape->wkb);
  shape->type = 0;
  shape->has_z = has_z;
  shape->min_x = shape->min_y = DBL_MAX;
  shape->max_x = shape->max_y = -DBL_MAX;
}

bool osmflow_geojson_geometry(struct osmflow_geojson_cursor *cursor, struct osmflow_geojson_shape *shape,
                              unsigned depth) {
  struct drawing drawing = {cursor, shape, depth, false};
  osmflow_geojson_blank(cursor);
  char *start = cursor->at;
  restart(shape, false);
  if (*start == 'n')
    return osmflow_geojson_skip(cursor, depth);
  bool is_good = read_object(&drawing);
  if (!is_good && drawing.wants_z) {
    cursor->at = start;
    drawing = (struct drawing){cursor, shape, depth, false};
    restart(shape, true);
    is_good = read_object(&drawing);
  }
  return is_good;
}
