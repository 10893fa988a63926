#include "source/layer.h"

#include "source_unit.h"

#define SHOP(id, lat, lon) "<node id='" id "' lat='" lat "' lon='" lon "'><tag k='shop' v='s" id "'/></node>"

#define TRIANGLE                                                                            \
  "<nd ref='5'/><nd ref='999999999999999999'/><nd ref='-999999999999999999'/><nd ref='5'/>" \
  "<tag k='building' v='yes'/>"

static struct osmflow_dataset *dataset;

static void open_file(const char *text, const char *option) {
  const char *options[] = {option, NULL};
  struct osmflow_error error = {0};
  unit_make_file(text);
  dataset = NULL;
  if (osmflow_dataset_open(fake_environment(), unit_connection, options, false, &dataset, &error) != OSMFLOW_OK)
    fprintf(stderr, "\n%s\n", error.message);
  CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
}

static void close_file(void) {
  osmflow_dataset_close(dataset);
  unit_remove_file();
}

static struct osmflow_layer *layer_named(const char *name) {
  struct osmflow_layer *found = NULL;
  for (size_t i = 0; !found && i < osmflow_dataset_layer_count(dataset); i++)
    if (strcmp(OGR_FD_GetName(osmflow_dataset_layer(dataset, i)->definition), name) == 0)
      found = osmflow_dataset_layer(dataset, i);
  CU_ASSERT_PTR_NOT_NULL_FATAL(found);
  return found;
}

/* The feature ids up to the end, or what is wrong. */
static const char *rest(struct osmflow_layer *layer) {
  static char text[OSMFLOW_ERROR_SIZE];
  size_t used = 0;
  OGRFeatureH feature = NULL;
  struct osmflow_error error = {0};
  text[0] = '\0';
  do {
    if (osmflow_layer_next(layer, &feature, &error) != OSMFLOW_OK)
      return memcpy(text, error.message, sizeof text);
    if (feature)
      used += (size_t)snprintf(text + used, sizeof text - used, "%s%lld", used ? " " : "",
                               (long long)OGR_F_GetFID(feature));
    OGR_F_Destroy(feature);
  } while (feature);
  return text;
}

static OGRFeatureH feature_of(struct osmflow_layer *layer, int64_t fid) {
  OGRFeatureH feature = NULL;
  struct osmflow_error error = {0};
  CU_ASSERT_EQUAL(osmflow_layer_feature(layer, fid, &feature, &error), OSMFLOW_OK);
  return feature;
}

static const char *value(OGRFeatureH feature, const char *field) {
  const int index = feature ? OGR_F_GetFieldIndex(feature, field) : -1;
  return index >= 0 && OGR_F_IsFieldSetAndNotNull(feature, index) ? OGR_F_GetFieldAsString(feature, index) : "-";
}

static void reads_any_number_of_times_in_any_order(void) {
  size_t count = 0;
  open_file("<osm>" SHOP("1", "1", "1") SHOP("2", "2", "2") "<node id='3' lat='1' lon='1'/><way id='4'><nd ref='1'/>"
            "<nd ref='2'/><tag k='highway' v='path'/></way></osm>",
            "LAYERS=nodes,members");
  struct osmflow_layer *points = layer_named("points"), *lines = layer_named("lines"), *nodes = layer_named("nodes");
  OGRFeatureH feature = NULL;
  CU_ASSERT_EQUAL(osmflow_layer_next(points, &feature, NULL), OSMFLOW_OK);
  UNIT_SAME(value(feature, "other_tags"), "\"shop\"=>\"s1\"", "the first point");
  OGR_F_Destroy(feature);
  UNIT_SAME(rest(lines), "4", "another layer in between");
  feature = feature_of(points, 2);
  UNIT_SAME(value(feature, "osm_id"), "2", "a feature by its id in between");
  OGR_F_Destroy(feature);
  UNIT_SAME(rest(points), "2", "goes on where it was");
  UNIT_SAME(rest(points), "", "stays at the end");
  osmflow_layer_rewind(points);
  UNIT_SAME(rest(points), "1 2", "again");
  CU_ASSERT_EQUAL(osmflow_layer_count(points, &count, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(count, 2);
  UNIT_SAME(rest(nodes), "1 2 3", "raw nodes");
  UNIT_SAME(rest(layer_named("members")), "", "a table without rows");
  close_file();
}

static void finds_features_by_id_only(void) {
  static const int64_t none[] = {0, 3, 99, -1, -2, INT64_MIN, INT64_MAX, (INT64_C(1) << 60) + 1};
  open_file("<osm>" SHOP("1", "1", "1") SHOP("-2", "2", "2") "</osm>", "LAYERS=nodes");
  struct osmflow_layer *both[] = {layer_named("points"), layer_named("nodes")};
  for (size_t i = 0; i < 2; i++) {
    for (size_t k = 0; k < sizeof none / sizeof none[0]; k++)
      CU_ASSERT_PTR_NULL(feature_of(both[i], none[k]));
    OGRFeatureH feature = feature_of(both[i], osmflow_fids_of(NULL, OSMFLOW_POINTS, OSMFLOW_NODE, -2));
    UNIT_SAME(value(feature, "osm_id"), "-2", "an editor's new node");
    CU_ASSERT_TRUE(feature && OGR_F_GetFID(feature) >= 0);
    OGR_F_Destroy(feature);
  }
  close_file();
}

static void the_largest_ids_have_feature_ids(void) {
  open_file("<osm>" SHOP("-999999999999999999", "0", "0") SHOP("999999999999999999", "0", "1")
                SHOP("5", "1", "1") "<way id='999999999999999999'>" TRIANGLE
                                    "</way><way id='-999999999999999999'>" TRIANGLE "</way></osm>",
            NULL);
  UNIT_SAME(rest(layer_named("points")), "2152921504606846975 5 999999999999999999", "points");
  UNIT_SAME(rest(layer_named("multipolygons")), "4305843009213693950 1999999999999999998", "closed ways");
  CU_ASSERT_PTR_NULL(feature_of(layer_named("points"), -5));
  close_file();
  open_file("<osm>" SHOP("1000000000000000000", "1", "1") "</osm>", NULL);
  CU_ASSERT_PTR_NOT_NULL(strstr(rest(layer_named("points")), "at most 18 digits"));
  close_file();
}

static void leaves_out_what_the_box_excludes(void) {
  static const struct {
    struct osmflow_bbox box;
    const char *points, *lines, *nodes, *why;
  } cases[] = {
      {{0, 0, 15000000, 15000000}, "1", "4", "1", "a corner"},
      {{10000000, 10000000, 10000000, 10000000}, "1", "4", "1", "a box without area on a point"},
      {{14000000, 14000000, 15000000, 15000000}, "", "4", "", "between the nodes of a way"},
      {{-1800000000, -900000000, 1800000000, 900000000}, "1 2", "4", "1 2", "the world"},
      {{1800000000, 900000000, -1800000000, -900000000}, "", "", "", "turned inside out"},
  };
  open_file("<osm>" SHOP("1", "1", "1") SHOP("2", "2", "2") "<way id='4'><nd ref='1'/><nd ref='2'/>"
            "<tag k='highway' v='path'/></way></osm>",
            "LAYERS=nodes");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    static const char *const names[] = {"points", "lines", "nodes"};
    const char *const expected[] = {cases[i].points, cases[i].lines, cases[i].nodes};
    for (size_t k = 0; k < 3; k++) {
      struct osmflow_layer *layer = layer_named(names[k]);
      CU_ASSERT_EQUAL(osmflow_layer_set_bbox(layer, &cases[i].box, NULL), OSMFLOW_OK);
      UNIT_SAME(rest(layer), expected[k], cases[i].why);
      OGRFeatureH feature = feature_of(layer, k == 1 ? 4 : 2);
      CU_ASSERT_PTR_NOT_NULL(feature);
      OGR_F_Destroy(feature);
      CU_ASSERT_EQUAL(osmflow_layer_set_bbox(layer, NULL, NULL), OSMFLOW_OK);
      UNIT_SAME(rest(layer), k == 1 ? "4" : "1 2", "without the filter");
    }
  }
  close_file();
}

static void a_feature_outlives_its_dataset(void) {
  open_file("<osm>" SHOP("1", "1", "2") "</osm>", NULL);
  OGRFeatureH feature = feature_of(layer_named("points"), 1);
  close_file();
  UNIT_SAME(value(feature, "osm_id"), "1", "its columns");
  CU_ASSERT_EQUAL(OGR_G_GetX(OGR_F_GetGeometryRef(feature), 0), 2);
  CU_ASSERT_PTR_NOT_NULL(OGR_G_GetSpatialReference(OGR_F_GetGeometryRef(feature)));
  OGR_F_Destroy(feature);
}

static void a_reader_ends_with_the_data_it_began_with(void) {
  OGRFeatureH feature = NULL;
  struct osmflow_dataset *other = NULL;
  open_file("<osm>" SHOP("1", "1", "1") SHOP("2", "1", "1") SHOP("3", "1", "1") "</osm>", "LAYERS=members");
  struct osmflow_layer *points = layer_named("points");
  CU_ASSERT_EQUAL_FATAL(osmflow_dataset_open(fake_environment(), unit_connection, NULL, false, &other, NULL),
                        OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_layer_next(points, &feature, NULL), OSMFLOW_OK);
  OGR_F_Destroy(feature);
  unit_write("<osm>" SHOP("8", "1", "1") "</osm>");
  CU_ASSERT_EQUAL(osmflow_dataset_refresh(other, NULL), OSMFLOW_OK);
  UNIT_SAME(rest(points), "2 3", "what it began with");
  osmflow_layer_rewind(points);
  UNIT_SAME(rest(points), "8", "what is new");
  unit_write("");
  CU_ASSERT_EQUAL(osmflow_dataset_refresh(other, NULL), OSMFLOW_BAD_DATA);
  osmflow_layer_rewind(points);
  CU_ASSERT_PTR_NOT_NULL(strstr(rest(points), "empty"));
  osmflow_dataset_close(other);
  close_file();
}

static void knows_the_extent_of_a_map_call(void) {
  struct osmflow_bbox extent;
  CU_ASSERT_EQUAL_FATAL(
      osmflow_dataset_open(fake_environment(), "OSMAPI:map?bbox=9,47,9.1,47.1", NULL, false, &dataset, NULL),
      OSMFLOW_OK);
  CU_ASSERT_TRUE(osmflow_layer_known_extent(layer_named("points"), &extent));
  CU_ASSERT_EQUAL(extent.min_lon, 90000000);
  osmflow_dataset_close(dataset);
  open_file("<osm></osm>", NULL);
  CU_ASSERT_FALSE(osmflow_layer_known_extent(layer_named("points"), &extent));
  UNIT_SAME(rest(layer_named("points")), "", "an answer without elements");
  close_file();
}

OSMFLOW_UNIT_MAIN("source/layer", UNIT(reads_any_number_of_times_in_any_order), UNIT(finds_features_by_id_only),
                  UNIT(the_largest_ids_have_feature_ids), UNIT(leaves_out_what_the_box_excludes),
                  UNIT(a_feature_outlives_its_dataset), UNIT(a_reader_ends_with_the_data_it_began_with),
                  UNIT(knows_the_extent_of_a_map_call))
