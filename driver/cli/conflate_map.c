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
  OGREnvelope box;
  osmflow_kinds kinds;
  int dimension;
  bool is_mended; /* looked at, and made valid where it was not */
};

/* What is looked up, while it is compared with one after the other. */
struct looked_up {
  OGRGeometryH geometry, own; /* own: the valid one, where one had to be made; else NULL */
  OGREnvelope box;
  int dimension;
  bool is_mended;
  double narrow;     /* metres of a degree of longitude, as a share of one of latitude */
  OGRGeometryH rest; /* of a line: what is not near lines of the map, in metres */
  double length;
};

struct osmflow_conflate_map {
  struct osmflow_conflate_rules rules;
  OGREnvelope box; /* of the result, with the distance around it */
  CPLQuadTree *tree;
  struct known *first;
  size_t count;
};

static double narrow_at(double latitude) {
  static const double pole = 89;
  return cos(fmin(pole, fabs(latitude)) * degree);
}

static OGREnvelope widened(const OGREnvelope *box, double metres) {
  const double up = metres / metres_per_degree;
  const double side = up / narrow_at(fmax(fabs(box->MinY), fabs(box->MaxY)));
  return (OGREnvelope){
      .MinX = box->MinX - side, .MaxX = box->MaxX + side, .MinY = box->MinY - up, .MaxY = box->MaxY + up};
}

static CPLRectObj rectangle(const OGREnvelope *box) {
  return (CPLRectObj){box->MinX, box->MinY, box->MaxX, box->MaxY};
}

/* A valid copy of an area that is none; else NULL. */
static OGRGeometryH mended(OGRGeometryH geometry) {
  return OGR_G_GetDimension(geometry) < AREA || OGR_G_IsValid(geometry) ? NULL : OGR_G_MakeValid(geometry);
}

static bool touch(const OGREnvelope *left, const OGREnvelope *right) {
  return left->MinX <= right->MaxX && left->MaxX >= right->MinX && left->MinY <= right->MaxY &&
         left->MaxY >= right->MinY;
}

static enum osmflow_status keep(struct osmflow_conflate_map *map, OGRFeatureH feature, osmflow_kinds kinds,
                                struct osmflow_error *error) {
  OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
  OGREnvelope box;
  if (!geometry || OGR_G_IsEmpty(geometry) || (kinds == 0 && !map->rules.all))
    return OSMFLOW_OK;
  OGR_G_GetEnvelope(geometry, &box);
  if (!touch(&map->box, &box))
    return OSMFLOW_OK;
  if (map->count == MOST_KNOWN)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE,
                             "the map has more than %d features where the result is: conflate in parts, with --where",
                             MOST_KNOWN);
  struct known *known = calloc(1, sizeof *known);
  if (!known)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the features of the map");
  known->geometry = OGR_F_StealGeometry(feature);
  known->dimension = OGR_G_GetDimension(known->geometry);
  known->box = box;
  known->kinds = kinds;
  known->next = map->first;
  map->first = known;
  map->count++;
  const CPLRectObj bounds = rectangle(&box);
  CPLQuadTreeInsertWithBounds(map->tree, known, &bounds);
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
  const OGREnvelope wide = widened(box, rules->distance);
  const CPLRectObj bounds = rectangle(&wide);
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

/* Most areas have no valid copy made: only those that meet another one are looked at so closely. */
static void mend_both(struct looked_up *result, struct known *known) {
  if (!result->is_mended)
    result->own = mended(result->geometry);
  if (result->own)
    result->geometry = result->own;
  result->is_mended = true;
  OGRGeometryH valid = known->is_mended ? NULL : mended(known->geometry);
  if (valid) {
    OGR_G_DestroyGeometry(known->geometry);
    known->geometry = valid;
  }
  known->is_mended = true;
}

/* Whether what the boxes have in common is too little already. */
static bool can_overlap(const OGREnvelope *left, const OGREnvelope *right, double wanted) {
  const double width = fmin(left->MaxX, right->MaxX) - fmax(left->MinX, right->MinX);
  const double height = fmin(left->MaxY, right->MaxY) - fmax(left->MinY, right->MinY);
  return width * height > wanted;
}

static bool overlap(OGRGeometryH left, OGRGeometryH right, double wanted) {
  OGRGeometryH common = OGR_G_Intersection(left, right);
  const bool does = !common || (!OGR_G_IsEmpty(common) && OGR_G_Area(common) > wanted);
  OGR_G_DestroyGeometry(common);
  return does;
}

static enum osmflow_conflate_verdict compare_areas(const struct osmflow_conflate_map *map, struct looked_up *result,
                                                   struct known *known) {
  OGRGeometryH middle = OGR_G_CreateGeometry(wkbPoint);
  enum osmflow_conflate_verdict verdict = OSMFLOW_CONFLATE_NEW;
  mend_both(result, known);
  const double wanted = map->rules.overlap * fmin(OGR_G_Area(result->geometry), OGR_G_Area(known->geometry));
  if (can_overlap(&result->box, &known->box, wanted) && overlap(result->geometry, known->geometry, wanted))
    verdict = OSMFLOW_CONFLATE_OVERLAPS;
  else if (OGR_G_Centroid(result->geometry, middle) == OGRERR_NONE && OGR_G_Intersects(middle, known->geometry))
    verdict = OSMFLOW_CONFLATE_INSIDE;
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

static enum osmflow_conflate_verdict compare(const struct osmflow_conflate_map *map, struct looked_up *result,
                                             struct known *known) {
  const double distance = map->rules.distance;
  if (result->rest && known->dimension == LINE) {
    cut_off(&result->rest, known->geometry, distance, result->narrow);
    return OGR_G_Length(result->rest) < result->length / 2 ? OSMFLOW_CONFLATE_NEAR : OSMFLOW_CONFLATE_NEW;
  }
  if (result->dimension == AREA && known->dimension == AREA)
    return compare_areas(map, result, known);
  if (result->dimension == POINT && known->dimension == POINT)
    return is_near(result->geometry, known->geometry, distance, result->narrow) ? OSMFLOW_CONFLATE_NEAR
                                                                                : OSMFLOW_CONFLATE_NEW;
  if (result->dimension != LINE && known->dimension != LINE && OGR_G_Intersects(result->geometry, known->geometry))
    return OSMFLOW_CONFLATE_INSIDE;
  return OSMFLOW_CONFLATE_NEW;
}

enum osmflow_conflate_verdict osmflow_conflate_map_judge(const struct osmflow_conflate_map *map, OGRGeometryH geometry,
                                                         osmflow_kinds kinds) {
  int count = 0;
  struct looked_up result = {.geometry = geometry, .dimension = OGR_G_GetDimension(geometry)};
  enum osmflow_conflate_verdict verdict = OSMFLOW_CONFLATE_NEW;
  CPLPushErrorHandler(CPLQuietErrorHandler);
  OGR_G_GetEnvelope(geometry, &result.box);
  const OGREnvelope wide = widened(&result.box, map->rules.distance);
  const CPLRectObj bounds = rectangle(&wide);
  result.narrow = narrow_at((result.box.MinY + result.box.MaxY) / 2);
  if (result.dimension == LINE) {
    result.rest = scaled(geometry, result.narrow);
    result.length = OGR_G_Length(result.rest);
  }
  void **found = CPLQuadTreeSearch(map->tree, &bounds, &count);
  for (int i = 0; verdict == OSMFLOW_CONFLATE_NEW && i < count; i++) {
    struct known *known = found[i];
    if (is_comparable(map, known, result.dimension, kinds))
      verdict = compare(map, &result, known);
  }
  CPLFree(found);
  OGR_G_DestroyGeometry(result.rest);
  OGR_G_DestroyGeometry(result.own);
  CPLPopErrorHandler();
  return verdict;
}
