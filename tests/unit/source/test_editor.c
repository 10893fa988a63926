/* The edits of a handle, by way of a file of edits: nothing here talks to a server. */
#include "source/editor.h"

#include <stdlib.h>
#include <unistd.h>

#include "source_unit.h"

#define SHOP(id, lat, lon) \
  "<node id='" id "' version='3' lat='" lat "' lon='" lon "'><tag k='shop' v='s" id "'/></node>"
#define PATH "<way id='4' version='2'><nd ref='1'/><nd ref='2'/><tag k='highway' v='path'/></way>"

static struct osmflow_dataset *dataset;
static char osc[64];

static void open_file(const char *text) {
  char option[96];
  const char *options[] = {option, NULL};
  struct osmflow_error error = {0};
  snprintf(osc, sizeof osc, "/tmp/osmflow_editor_%ld.osc", (long)getpid());
  snprintf(option, sizeof option, "OSC=%s", osc);
  unlink(osc);
  unit_make_file(text);
  dataset = NULL;
  if (osmflow_dataset_open(fake_environment(), unit_connection, options, true, &dataset, &error) != OSMFLOW_OK)
    fprintf(stderr, "\n%s\n", error.message);
  CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
}

static void close_file(void) {
  osmflow_dataset_close(dataset);
  osmflow_session_forget_all();
  unit_remove_file();
  unlink(osc);
}

static struct osmflow_layer *layer_named(const char *name) {
  struct osmflow_layer *found = NULL;
  for (size_t i = 0; !found && i < osmflow_dataset_layer_count(dataset); i++)
    if (strcmp(OGR_FD_GetName(osmflow_dataset_layer(dataset, i)->definition), name) == 0)
      found = osmflow_dataset_layer(dataset, i);
  CU_ASSERT_PTR_NOT_NULL_FATAL(found);
  return found;
}

/* The edits that are not saved, one word each: "modify node 1". */
static const char *edits(void) {
  static char text[512];
  struct osmflow_bytes document;
  static const char *const actions[] = {"create", "modify", "delete"};
  size_t used = 0;
  osmflow_bytes_init(&document, 1 << 20);
  CU_ASSERT_EQUAL_FATAL(osmflow_dataset_changes(dataset, &document, NULL), OSMFLOW_OK);
  text[0] = '\0';
  const char *at = osmflow_bytes_string(&document), *action = "";
  for (; (at = strchr(at, '<')) != NULL; at++) {
    for (size_t i = 0; i < 3; i++)
      if (strncmp(at + 1, actions[i], strlen(actions[i])) == 0)
        action = actions[i];
    for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++) {
      const char *name = osmflow_element_type_names[type];
      const size_t size = strlen(name);
      if (strncmp(at + 1, name, size) == 0 && at[1 + size] == ' ')
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s %lld", used ? ", " : "", action, name,
                                 strtoll(strstr(at, "id=\"") + 4, NULL, 10));
    }
  }
  osmflow_bytes_clear(&document);
  return text;
}

static enum osmflow_status set_name(struct osmflow_layer *layer, int64_t fid, const char *name) {
  const struct osmflow_feature_update update = {.is_whole = true};
  OGRFeatureH feature = NULL;
  CU_ASSERT_EQUAL_FATAL(osmflow_layer_feature(layer, fid, &feature, NULL), OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL_FATAL(feature);
  const int field = OGR_F_GetFieldIndex(feature, "name");
  if (name)
    OGR_F_SetFieldString(feature, field, name);
  else
    OGR_F_SetFieldNull(feature, field);
  const enum osmflow_status status = osmflow_layer_update(layer, feature, &update, NULL);
  OGR_F_Destroy(feature);
  return status;
}

static int64_t add_point(struct osmflow_layer *layer, double lon, double lat, const char *tags) {
  OGRFeatureH feature = OGR_F_Create(layer->definition);
  OGRGeometryH point = OGR_G_CreateGeometry(wkbPoint);
  OGR_G_SetPoint_2D(point, 0, lon, lat);
  OGR_F_SetGeometryDirectly(feature, point);
  OGR_F_SetFieldString(feature, OGR_F_GetFieldIndex(feature, "other_tags"), tags);
  CU_ASSERT_EQUAL(osmflow_layer_insert(layer, feature, NULL), OSMFLOW_OK);
  const int64_t fid = OGR_F_GetFID(feature);
  OGR_F_Destroy(feature);
  return fid;
}

static size_t count_of(struct osmflow_layer *layer) {
  size_t count = 0;
  CU_ASSERT_EQUAL(osmflow_layer_count(layer, &count, NULL), OSMFLOW_OK);
  return count;
}

static void takes_back_what_was_not_saved(void) {
  open_file("<osm>" SHOP("1", "1", "1") SHOP("2", "2", "2") PATH "</osm>");
  struct osmflow_layer *points = layer_named("points");
  UNIT_SAME(edits(), "", "at first");
  CU_ASSERT_EQUAL(set_name(points, 1, "A"), OSMFLOW_OK);
  UNIT_SAME(edits(), "modify node 1", "an edit without a transaction");
  CU_ASSERT_EQUAL(osmflow_dataset_start(dataset, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_dataset_start(dataset, NULL), OSMFLOW_UNSUPPORTED);
  CU_ASSERT_EQUAL(set_name(points, 2, "B"), OSMFLOW_OK);
  (void)add_point(points, 1.5, 1.5, "shop=>new");
  CU_ASSERT_EQUAL(count_of(points), 3);
  UNIT_SAME(edits(), "create node -1, modify node 1, modify node 2", "in the transaction");
  CU_ASSERT_EQUAL(osmflow_dataset_save(dataset, NULL), OSMFLOW_OK);
  UNIT_SAME(edits(), "create node -1, modify node 1, modify node 2", "saving in a transaction does nothing");
  CU_ASSERT_EQUAL(osmflow_dataset_rollback(dataset, NULL), OSMFLOW_OK);
  UNIT_SAME(edits(), "modify node 1", "what was before the transaction stays");
  CU_ASSERT_EQUAL(osmflow_dataset_rollback(dataset, NULL), OSMFLOW_UNSUPPORTED);
  CU_ASSERT_EQUAL(set_name(points, 1, NULL), OSMFLOW_OK);
  UNIT_SAME(edits(), "", "changed back is not changed");
  CU_ASSERT_EQUAL(osmflow_dataset_drop(dataset, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(count_of(points), 2);
  CU_ASSERT_TRUE(access(osc, F_OK) != 0);
  close_file();
}

static void saves_for_every_reader(void) {
  open_file("<osm>" SHOP("1", "1", "1") SHOP("2", "2", "2") PATH "</osm>");
  struct osmflow_layer *points = layer_named("points"), *lines = layer_named("lines");
  struct osmflow_dataset *editing = dataset, *other = NULL;
  char option[96];
  const char *options[] = {option, NULL};
  snprintf(option, sizeof option, "OSC=%s", osc);
  CU_ASSERT_EQUAL_FATAL(osmflow_dataset_open(fake_environment(), unit_connection, options, false, &other, NULL),
                        OSMFLOW_OK);
  const int64_t fid = add_point(points, 1.5, 1.5, "shop=>new");
  CU_ASSERT_EQUAL(osmflow_layer_remove(lines, 4, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_layer_remove(lines, 4, NULL), OSMFLOW_NOT_FOUND);
  dataset = other;
  CU_ASSERT_EQUAL(count_of(layer_named("points")), 2);
  CU_ASSERT_EQUAL(count_of(layer_named("lines")), 1);
  dataset = editing;
  CU_ASSERT_EQUAL(osmflow_dataset_save(dataset, NULL), OSMFLOW_OK);
  UNIT_SAME(edits(), "", "nothing is left to be saved");
  dataset = other;
  CU_ASSERT_EQUAL(count_of(layer_named("points")), 3);
  CU_ASSERT_EQUAL(count_of(layer_named("lines")), 0);
  OGRFeatureH feature = NULL;
  CU_ASSERT_EQUAL(osmflow_layer_feature(layer_named("points"), fid, &feature, NULL), OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL(feature);
  OGR_F_Destroy(feature);
  osmflow_dataset_close(other);
  dataset = editing;
  CU_ASSERT_EQUAL(access(osc, F_OK), 0);
  close_file();
}

/* An import that is run again finds its features there. */
static void makes_nothing_twice(void) {
  open_file("<osm>" SHOP("1", "1", "1") SHOP("2", "2", "2") PATH "</osm>");
  struct osmflow_layer *points = layer_named("points"), *lines = layer_named("lines");
  (void)add_point(points, 1, 1, "shop=>s1");
  OGRFeatureH feature = OGR_F_Create(lines->definition);
  OGRGeometryH line = OGR_G_CreateGeometry(wkbLineString);
  OGR_G_AddPoint_2D(line, 1, 1);
  OGR_G_AddPoint_2D(line, 2, 2);
  OGR_F_SetGeometryDirectly(feature, line);
  OGR_F_SetFieldString(feature, OGR_F_GetFieldIndex(feature, "highway"), "path");
  CU_ASSERT_EQUAL(osmflow_layer_insert(lines, feature, NULL), OSMFLOW_OK);
  const int64_t fid = OGR_F_GetFID(feature);
  OGR_F_Destroy(feature);
  CU_ASSERT_EQUAL(osmflow_dataset_save(dataset, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(count_of(points), 2);
  CU_ASSERT_EQUAL(count_of(lines), 1);
  CU_ASSERT_TRUE(fid > 0);
  close_file();
}

OSMFLOW_UNIT_MAIN("source/editor", UNIT(takes_back_what_was_not_saved), UNIT(saves_for_every_reader),
                  UNIT(makes_nothing_twice))
