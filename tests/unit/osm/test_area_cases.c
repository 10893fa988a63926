/* Polygon assembly against the cases of osmcode/osm-testdata, where that folder is at hand: OSMFLOW_SHARED, or
 * ../shared beside the sources. An area is right when it is valid and the same point set as one of the variants. */
#include <dirent.h>
#include <gdal.h>
#include <json_object.h>
#include <json_util.h>
#include <math.h>
#include <ogr_api.h>
#include <stdlib.h>

#include "osm/area.h"
#include "osm/read.h"
#include "unit.h"

enum { PATH_SIZE = 1024, EXPECTED_CASES = 80 };

static void print_path(char path[PATH_SIZE], const char *test, const char *file) {
  const char *shared = getenv("OSMFLOW_SHARED");
  const int length =
      snprintf(path, PATH_SIZE, "%s%s/testdata/multipolygon/%s%s%s", shared ? shared : OSMFLOW_SOURCE_DIR,
               shared ? "" : "/../shared", test, *file ? "/" : "", file);
  CU_ASSERT_FATAL(length > 0 && length < PATH_SIZE);
}

static enum osmflow_status read_store(const char *path, struct osmflow_store *store) {
  struct osmflow_reader *reader = NULL;
  enum osmflow_status status = osmflow_reader_new(store, OSMFLOW_READ_XML, &reader, NULL);
  FILE *file = fopen(path, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  char buffer[4096];
  size_t size;
  while (status == OSMFLOW_OK && (size = fread(buffer, 1, sizeof buffer, file)) > 0)
    status = osmflow_reader_feed(reader, buffer, size, NULL);
  (void)fclose(file);
  if (status == OSMFLOW_OK)
    status = osmflow_reader_finish(reader, NULL);
  if (status == OSMFLOW_OK)
    status = osmflow_store_finish(store, NULL);
  osmflow_reader_free(reader);
  return status;
}

enum { MOST_WAYS = 16, MOST_NODES = 64 };

struct input {
  struct osmflow_area_way ways[MOST_WAYS];
  struct osmflow_position positions[MOST_WAYS][MOST_NODES];
  size_t count;
};

static void add_way(struct input *input, const struct osmflow_store *store, int64_t id) {
  const struct osmflow_way *way = osmflow_store_way(store, id);
  CU_ASSERT_FATAL(way && input->count < MOST_WAYS && way->ref_count <= MOST_NODES);
  struct osmflow_position *positions = input->positions[input->count];
  for (uint32_t i = 0; i < way->ref_count; i++) {
    const struct osmflow_node *node = osmflow_store_node(store, store->refs[way->first_ref + i]);
    CU_ASSERT_PTR_NOT_NULL(node);
    if (node)
      positions[i] = (struct osmflow_position){node->lon, node->lat};
  }
  input->ways[input->count++] = (struct osmflow_area_way){positions, way->ref_count};
}

static void assemble(const struct osmflow_store *store, const char *type, int64_t id, struct osmflow_area *area) {
  struct input input = {.count = 0};
  if (strcmp(type, "way") == 0) {
    add_way(&input, store, id);
  } else {
    const struct osmflow_relation *relation = osmflow_store_relation(store, id);
    CU_ASSERT_PTR_NOT_NULL(relation);
    for (uint32_t i = 0; relation && i < relation->member_count; i++) {
      const struct osmflow_member *member = &store->members[relation->first_member + i];
      if (member->type == OSMFLOW_WAY)
        add_way(&input, store, member->ref);
    }
  }
  CU_ASSERT_EQUAL_FATAL(osmflow_area_assemble(area, input.ways, input.count, NULL), OSMFLOW_OK);
}

static OGRGeometryH make_geometry(const struct osmflow_area *area) {
  OGRGeometryH whole = OGR_G_CreateGeometry(wkbMultiPolygon), polygon = NULL;
  for (size_t i = 0; i < area->ring_count; i++) {
    const struct osmflow_area_ring *ring = &area->rings[i];
    OGRGeometryH line = OGR_G_CreateGeometry(wkbLinearRing);
    for (size_t j = 0; j < ring->count; j++)
      OGR_G_AddPoint_2D(line, area->positions[ring->first + j].lon / 1e7, area->positions[ring->first + j].lat / 1e7);
    if (ring->outer == i) {
      OGRGeometryH added = OGR_G_CreateGeometry(wkbPolygon);
      OGR_G_AddGeometryDirectly(added, line);
      OGR_G_AddGeometryDirectly(whole, added);
      polygon = OGR_G_GetGeometryRef(whole, OGR_G_GetGeometryCount(whole) - 1);
    } else {
      OGR_G_AddGeometryDirectly(polygon, line);
    }
  }
  return whole;
}

static bool is_expected(const struct osmflow_area *area, OGRGeometryH geometry, const char *wkt) {
  if (strcmp(wkt, "INVALID") == 0)
    return area->ring_count == 0;
  OGRGeometryH expected = NULL;
  char *rest = (char *)wkt;
  CU_ASSERT_EQUAL_FATAL(OGR_G_CreateFromWkt(&rest, NULL, &expected), OGRERR_NONE);
  OGRGeometryH difference = area->ring_count > 0 ? OGR_G_SymDifference(geometry, expected) : NULL;
  const bool is_same = difference && fabs(OGR_G_Area(difference)) < 1e-12;
  OGR_G_DestroyGeometry(difference);
  OGR_G_DestroyGeometry(expected);
  return is_same;
}

/* Whether one of the variants names this area of this element so. */
static bool is_in_variants(struct json_object *variants, const char *type, int64_t id,
                           const struct osmflow_area *area) {
  OGRGeometryH geometry = make_geometry(area);
  bool is_right = false;
  static const char *const names[] = {"default", "fix", "fixed", "location"};
  for (size_t name = 0; name < sizeof names / sizeof names[0]; name++) {
    struct json_object *list = json_object_object_get(variants, names[name]);
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
      struct json_object *entry = json_object_array_get_idx(list, i);
      if (json_object_get_int64(json_object_object_get(entry, "from_id")) == id &&
          strcmp(json_object_get_string(json_object_object_get(entry, "from_type")), type) == 0)
        is_right =
            is_right || is_expected(area, geometry, json_object_get_string(json_object_object_get(entry, "wkt")));
    }
  }
  is_right = is_right && (area->ring_count == 0 || OGR_G_IsValid(geometry));
  OGR_G_DestroyGeometry(geometry);
  return is_right;
}

static bool check_case(const char *test, struct osmflow_area *area) {
  char path[PATH_SIZE];
  struct osmflow_store store;
  osmflow_store_init(&store, false);
  print_path(path, test, "data.osm");
  CU_ASSERT_EQUAL_FATAL(read_store(path, &store), OSMFLOW_OK);
  print_path(path, test, "test.json");
  struct json_object *document = json_object_from_file(path);
  struct json_object *variants = json_object_object_get(document, "areas");
  CU_ASSERT_PTR_NOT_NULL_FATAL(variants);
  struct json_object *list = json_object_object_get(variants, "default");
  bool is_right = json_object_array_length(list) > 0;
  for (size_t i = 0; i < json_object_array_length(list); i++) {
    struct json_object *entry = json_object_array_get_idx(list, i);
    const char *type = json_object_get_string(json_object_object_get(entry, "from_type"));
    const int64_t id = json_object_get_int64(json_object_object_get(entry, "from_id"));
    assemble(&store, type, id, area);
    is_right = is_in_variants(variants, type, id, area) && is_right;
  }
  if (!is_right)
    fprintf(stderr, "\ncase %s is wrong: %zu rings, %s\n", test, area->ring_count,
            osmflow_area_problem_text(area->problem));
  json_object_put(document);
  osmflow_store_clear(&store);
  return is_right;
}

static void agrees_with_the_test_cases(void) {
  char path[PATH_SIZE];
  print_path(path, "", "");
  DIR *folder = opendir(path);
  if (!folder) {
    printf("SKIPPED: the multipolygon cases are not at %s\n", path);
    return;
  }
  struct osmflow_area area;
  osmflow_area_init(&area);
  int cases = 0, right = 0;
  for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (strspn(entry->d_name, "0123456789") != strlen(entry->d_name))
      continue;
    cases++;
    right += check_case(entry->d_name, &area);
  }
  (void)closedir(folder);
  osmflow_area_clear(&area);
  printf("%d of %d cases right ", right, cases);
  CU_ASSERT_EQUAL(cases, EXPECTED_CASES);
  CU_ASSERT_EQUAL(right, cases);
}

OSMFLOW_UNIT_MAIN("osm/area_cases", UNIT(agrees_with_the_test_cases))
