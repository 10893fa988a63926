#include "cli/conflate_map.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_quad_tree.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_KNOWN = 3000000 };
enum { POINT, LINE, AREA }; /* dimensions */

static const double metres_per_degree = 111320.0, degree = 3.14159265358979323846 / 180.0;

struct known {
  struct known *next;
  OGRGeometryH geometry;
  osmflow_kinds kinds;
  int dimension;
};

struct osmflow_conflate_map {
  struct osmflow_conflate_rules rules;
  OGREnvelope box; /* of the result, with the distance around it */
  CPLQuadTree *tree;
  struct known *first;
  size_t count;
};

static CPLRectObj rectangle(OGRGeometryH geometry, double margin) {
  OGREnvelope box;
  OGR_G_GetEnvelope(geometry, &box);
  const double up = margin / metres_per_degree;
  const double narrow = cos(fmin(89.0, fmax(fabs(box.MinY), fabs(box.MaxY))) * degree);
  return (CPLRectObj){box.MinX - up / narrow, box.MinY - up, box.MaxX + up / narrow, box.MaxY + up};
}

/* A valid copy of an area that is none; else NULL. */
static OGRGeometryH mended(OGRGeometryH geometry) {
  return OGR_G_GetDimension(geometry) < AREA || OGR_G_IsValid(geometry) ? NULL : OGR_G_MakeValid(geometry);
}

static bool touches(const OGREnvelope *box, OGRGeometryH geometry) {
  OGREnvelope own;
  OGR_G_GetEnvelope(geometry, &own);
  return own.MinX <= box->MaxX && own.MaxX >= box->MinX && own.MinY <= box->MaxY && own.MaxY >= box->MinY;
}

static enum osmflow_status keep(struct osmflow_conflate_map *map, OGRFeatureH feature, osmflow_kinds kinds,
                                struct osmflow_error *error) {
  OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
  if (!geometry || OGR_G_IsEmpty(geometry) || (kinds == 0 && !map->rules.all) || !touches(&map->box, geometry))
    return OSMFLOW_OK;
  if (map->count == MOST_KNOWN)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE,
                             "the map has more than %d features where the result is: conflate in parts, with --where",
                             MOST_KNOWN);
  struct known *known = calloc(1, sizeof *known);
  if (!known)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the features of the map");
  OGRGeometryH valid = mended(geometry);
  known->geometry = valid ? valid : OGR_G_Clone(geometry);
  known->dimension = OGR_G_GetDimension(known->geometry);
  known->kinds = kinds;
  known->next = map->first;
  map->first = known;
  map->count++;
  const CPLRectObj box = rectangle(known->geometry, 0);
  CPLQuadTreeInsertWithBounds(map->tree, known, &box);
  return OSMFLOW_OK;
}

static enum osmflow_status read_all(struct osmflow_conflate_map *map, struct osmflow_conflate_source *source,
                                    struct osmflow_kind_columns *columns, struct osmflow_error *error) {
  OGRFeatureH feature = NULL;
  size_t layer = 0;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < source->layer_count; i++)
    osmflow_kind_columns_init(&columns[i], OGR_L_GetLayerDefn(source->layers[i].layer));
  do {
    osmflow_kinds kinds = 0;
    status = osmflow_conflate_source_next(source, &feature, &layer, error);
    if (status == OSMFLOW_OK && feature)
      status = osmflow_kinds_of_feature(&columns[layer], feature, &kinds, error);
    if (status == OSMFLOW_OK && feature)
      status = keep(map, feature, kinds, error);
    OGR_F_Destroy(feature);
  } while (status == OSMFLOW_OK && feature);
  return status;
}

enum osmflow_status osmflow_conflate_map_new(struct osmflow_conflate_source *source, const OGREnvelope *box,
                                             const struct osmflow_conflate_rules *rules,
                                             struct osmflow_conflate_map **map, struct osmflow_error *error) {
  enum { EXPECTED = 1000000 };
  const double up = rules->distance / metres_per_degree;
  const double narrow = cos(fmin(89.0, fmax(fabs(box->MinY), fabs(box->MaxY))) * degree);
  const OGREnvelope wide = {box->MinX - up / narrow, box->MaxX + up / narrow, box->MinY - up, box->MaxY + up};
  const CPLRectObj bounds = {wide.MinX, wide.MinY, wide.MaxX, wide.MaxY};
  struct osmflow_kind_columns *columns = calloc(source->layer_count + 1, sizeof *columns);
  struct osmflow_conflate_map *made = calloc(1, sizeof *made);
  enum osmflow_status status = OSMFLOW_OK;
  *map = NULL;
  if (!columns || !made)
    status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the features of the map");
  if (status == OSMFLOW_OK) {
    made->rules = *rules;
    made->box = wide;
    made->tree = CPLQuadTreeCreate(&bounds, NULL);
    CPLQuadTreeSetMaxDepth(made->tree, CPLQuadTreeGetAdvisedMaxDepth(EXPECTED));
    osmflow_conflate_source_limit(source, &wide);
    CPLPushErrorHandler(CPLQuietErrorHandler);
    status = read_all(made, source, columns, error);
    CPLPopErrorHandler();
  }
  free(columns);
  if (status == OSMFLOW_OK)
    *map = made;
  else
    osmflow_conflate_map_free(made);
  return status;
}

void osmflow_conflate_map_free(struct osmflow_conflate_map *map) {
  if (!map)
    return;
  if (map->tree)
    CPLQuadTreeDestroy(map->tree);
  while (map->first) {
    struct known *known = map->first;
    map->first = known->next;
    OGR_G_DestroyGeometry(known->geometry);
    free(known);
  }
  free(map);
}

size_t osmflow_conflate_map_count(const struct osmflow_conflate_map *map) {
  return map->count;
}

static enum osmflow_conflate_verdict compare_areas(const struct osmflow_conflate_map *map, OGRGeometryH result,
                                                   OGRGeometryH known) {
  OGRGeometryH common = OGR_G_Intersection(result, known), middle = OGR_G_CreateGeometry(wkbPoint);
  enum osmflow_conflate_verdict verdict = OSMFLOW_CONFLATE_NEW;
  const double smaller = fmin(OGR_G_Area(result), OGR_G_Area(known));
  if (!common || (!OGR_G_IsEmpty(common) && OGR_G_Area(common) > map->rules.overlap * smaller))
    verdict = OSMFLOW_CONFLATE_OVERLAPS;
  else if (OGR_G_Centroid(result, middle) == OGRERR_NONE && OGR_G_Intersects(middle, known))
    verdict = OSMFLOW_CONFLATE_INSIDE;
  OGR_G_DestroyGeometry(common);
  OGR_G_DestroyGeometry(middle);
  return verdict;
}

/* From degrees to metres around a latitude, which is all that short distances need. */
static void scale(OGRGeometryH geometry, double narrow) {
  const int parts = OGR_G_GetGeometryCount(geometry), points = parts > 0 ? 0 : OGR_G_GetPointCount(geometry);
  for (int i = 0; i < parts; i++)
    scale(OGR_G_GetGeometryRef(geometry, i), narrow);
  for (int i = 0; i < points; i++)
    OGR_G_SetPoint_2D(geometry, i, OGR_G_GetX(geometry, i) * metres_per_degree * narrow,
                      OGR_G_GetY(geometry, i) * metres_per_degree);
}

static OGRGeometryH scaled(OGRGeometryH geometry, double narrow) {
  OGRGeometryH copy = OGR_G_Clone(geometry);
  OGR_G_FlattenTo2D(copy);
  scale(copy, narrow);
  return copy;
}

/* What of *rest is not within the distance of a line of the map. */
static void cut_off(OGRGeometryH *rest, OGRGeometryH known, double distance, double narrow) {
  enum { ARCS = 8 };
  OGRGeometryH line = scaled(known, narrow);
  OGRGeometryH around = OGR_G_Buffer(line, distance, ARCS);
  OGRGeometryH left = around ? OGR_G_Difference(*rest, around) : NULL;
  if (left) {
    OGR_G_DestroyGeometry(*rest);
    *rest = left;
  }
  OGR_G_DestroyGeometry(around);
  OGR_G_DestroyGeometry(line);
}

static bool is_near(OGRGeometryH result, OGRGeometryH known, double distance, double narrow) {
  OGRGeometryH left = scaled(result, narrow), right = scaled(known, narrow);
  const double between = OGR_G_Distance(left, right);
  OGR_G_DestroyGeometry(left);
  OGR_G_DestroyGeometry(right);
  return between >= 0 && between <= distance;
}

/* Whether the two can be the same thing at all. */
static bool is_comparable(const struct osmflow_conflate_map *map, const struct known *known, int dimension,
                          osmflow_kinds kinds) {
  return (known->kinds & kinds) != 0 || (map->rules.all && known->dimension == dimension);
}

static enum osmflow_conflate_verdict compare(const struct osmflow_conflate_map *map, OGRGeometryH result, int dimension,
                                             const struct known *known, double narrow) {
  if (dimension == AREA && known->dimension == AREA)
    return compare_areas(map, result, known->geometry);
  if (dimension == POINT && known->dimension == POINT)
    return is_near(result, known->geometry, map->rules.distance, narrow) ? OSMFLOW_CONFLATE_NEAR : OSMFLOW_CONFLATE_NEW;
  if (dimension != LINE && known->dimension != LINE && OGR_G_Intersects(result, known->geometry))
    return OSMFLOW_CONFLATE_INSIDE;
  return OSMFLOW_CONFLATE_NEW;
}

enum osmflow_conflate_verdict osmflow_conflate_map_judge(const struct osmflow_conflate_map *map, OGRGeometryH geometry,
                                                         osmflow_kinds kinds) {
  int count = 0;
  const int dimension = OGR_G_GetDimension(geometry);
  enum osmflow_conflate_verdict verdict = OSMFLOW_CONFLATE_NEW;
  CPLPushErrorHandler(CPLQuietErrorHandler);
  OGRGeometryH valid = mended(geometry);
  OGRGeometryH result = valid ? valid : geometry;
  const CPLRectObj box = rectangle(result, map->rules.distance);
  const double narrow = cos((box.miny + box.maxy) / 2 * degree);
  OGRGeometryH rest = dimension == LINE ? scaled(result, narrow) : NULL;
  const double length = rest ? OGR_G_Length(rest) : 0;
  void **found = CPLQuadTreeSearch(map->tree, &box, &count);
  for (int i = 0; verdict == OSMFLOW_CONFLATE_NEW && i < count; i++) {
    const struct known *known = found[i];
    if (!is_comparable(map, known, dimension, kinds))
      continue;
    if (rest && known->dimension == LINE) {
      cut_off(&rest, known->geometry, map->rules.distance, narrow);
      verdict = OGR_G_Length(rest) < length / 2 ? OSMFLOW_CONFLATE_NEAR : OSMFLOW_CONFLATE_NEW;
    } else {
      verdict = compare(map, result, dimension, known, narrow);
    }
  }
  CPLFree(found);
  OGR_G_DestroyGeometry(rest);
  OGR_G_DestroyGeometry(valid);
  CPLPopErrorHandler();
  return verdict;
}
