#include "source/fids.h"
#include "source/view.h"

#include "osm/read.h"
#include "unit.h"

static struct osmflow_store store;
static struct osmflow_view *view;
static struct osmflow_rules *view_rules;

static void open_view(const char *document) {
  struct osmflow_rules_options options = {.strict = false};
  struct osmflow_reader *reader = NULL;
  struct osmflow_error error = {0};
  osmflow_store_init(&store, false);
  CU_ASSERT_EQUAL_FATAL(osmflow_reader_new(&store, OSMFLOW_READ_XML, &reader, &error), OSMFLOW_OK);
  const enum osmflow_status status = osmflow_reader_feed(reader, document, strlen(document), &error);
  if (status != OSMFLOW_OK)
    fprintf(stderr, "%s\n", error.message);
  CU_ASSERT_EQUAL_FATAL(status, OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(osmflow_reader_finish(reader, &error), OSMFLOW_OK);
  osmflow_reader_free(reader);
  CU_ASSERT_EQUAL_FATAL(osmflow_store_finish(&store, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(osmflow_rules_new(&options, &view_rules, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(osmflow_view_new(&store, view_rules, &view, &error), OSMFLOW_OK);
}

static void close_view(void) {
  osmflow_view_free(view);
  osmflow_rules_free(view_rules);
  osmflow_store_clear(&store);
}

/* The feature ids of a layer, separated by blanks. */
static const char *fids(enum osmflow_layer_kind kind) {
  static char text[256];
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < view->entry_count[kind]; i++) {
    const struct osmflow_view_entry *entry = &view->entries[kind][i];
    const int64_t id = entry->type == OSMFLOW_NODE  ? store.nodes[entry->index].element.id
                       : entry->type == OSMFLOW_WAY ? store.ways[entry->index].element.id
                                                    : store.relations[entry->index].element.id;
    const int64_t fid = osmflow_fids_of(NULL, kind, (enum osmflow_element_type)entry->type, id);
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%lld", i ? " " : "", (long long)fid);
    CU_ASSERT_PTR_EQUAL(osmflow_view_find(view, kind, (enum osmflow_element_type)entry->type, id), entry);
  }
  return text;
}

#define NODES                                                                                     \
  "<node id='1' lat='0' lon='0'><tag k='place' v='island'/></node><node id='2' lat='0' lon='3'/>" \
  "<node id='3' lat='3' lon='3'/><node id='4' lat='3' lon='0'/><node id='5' lat='1' lon='1'/>"    \
  "<node id='6' lat='1' lon='2'/><node id='7' lat='2' lon='2'><tag k='created_by' v='x'/></node>"
#define SQUARE "<nd ref='1'/><nd ref='2'/><nd ref='3'/><nd ref='4'/><nd ref='1'/>"
#define HOLE "<nd ref='5'/><nd ref='6'/><nd ref='7'/><nd ref='5'/>"
#define MULTIPOLYGON                                                                     \
  "<member type='way' ref='10' role='outer'/><member type='way' ref='11' role='inner'/>" \
  "<tag k='type' v='multipolygon'/>"

static void sorts_elements_into_layers(void) {
  open_view("<osm>" NODES "<way id='10'>" SQUARE
            "<tag k='building' v='yes'/></way>"
            "<way id='11'>" SQUARE
            "<tag k='highway' v='service'/></way>"
            "<way id='12'>" SQUARE
            "</way>"
            "<way id='13'><nd ref='1'/><tag k='highway' v='service'/></way>"
            "<way id='14'><nd ref='1'/><nd ref='99'/><tag k='highway' v='service'/></way>"
            "<way id='15'><nd ref='1'/><nd ref='2'/><nd ref='99'/><tag k='highway' v='service'/></way>"
            "<way id='16'><nd ref='1'/><nd ref='3'/><nd ref='2'/><nd ref='4'/><nd ref='1'/>"
            "<tag k='building' v='yes'/></way>"
            "<relation id='20'><member type='way' ref='11' role=''/><tag k='type' v='route'/></relation>"
            "<relation id='21'><member type='node' ref='7' role=''/><tag k='type' v='site'/></relation>"
            "<relation id='22'><member type='way' ref='99' role=''/><tag k='type' v='route'/></relation></osm>");
  UNIT_SAME(fids(OSMFLOW_POINTS), "1", "a node at 0,0 is a node; created_by makes no point");
  UNIT_SAME(fids(OSMFLOW_LINES), "11 15 16",
            "a closed highway, a way with a missing node, a building that crosses itself");
  UNIT_SAME(fids(OSMFLOW_MULTIPOLYGONS), "20", "the building, as way * 2");
  UNIT_SAME(fids(OSMFLOW_MULTILINESTRINGS), "20", "a route whose members are missing has no geometry");
  UNIT_SAME(fids(OSMFLOW_OTHER_RELATIONS), "21", "a site");
  CU_ASSERT_PTR_NULL(osmflow_view_find(view, OSMFLOW_POINTS, OSMFLOW_NODE, 2));
  CU_ASSERT_PTR_NULL(osmflow_view_find(view, OSMFLOW_MULTIPOLYGONS, OSMFLOW_RELATION, 10));
  close_view();
}

static void outer_ways_stay_when_they_say_something_else(void) {
  static const struct {
    const char *relation_tags, *outer_tags, *expected, *why;
  } cases[] = {
      {"<tag k='landuse' v='forest'/>", "<tag k='building' v='yes'/>", "41 20", "a building of its own"},
      {"<tag k='landuse' v='forest'/>", "<tag k='landuse' v='forest'/>", "41", "the same thing twice"},
      {"<tag k='landuse' v='forest'/>", "<tag k='landuse' v='forest'/><tag k='note' v='x'/>", "41",
       "notes are no thing"},
      {"", "<tag k='landuse' v='forest'/>", "41", "old style: the relation takes the tags of the way"},
      {"<tag k='landuse' v='forest'/>", "", "41", "an untagged way"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char document[2048];
    snprintf(document, sizeof document,
             "<osm>" NODES "<way id='10'>" SQUARE "%s</way><way id='11'>" HOLE "</way><relation id='20'>" MULTIPOLYGON
             "%s</relation></osm>",
             cases[i].outer_tags, cases[i].relation_tags);
    open_view(document);
    UNIT_SAME(fids(OSMFLOW_MULTIPOLYGONS), cases[i].expected, cases[i].why);
    close_view();
  }
}

/* A way may have any number of tags that speak for an area; the last one may say no. */
static void counts_every_tag(void) {
  static const char *const last[] = {"<tag k='area' v='no'/>", "<tag k='area' v='yes'/>", "<tag k='name' v='x'/>"};
  static const char *const expected[] = {"", "20", "20"};
  for (size_t i = 0; i < sizeof last / sizeof last[0]; i++) {
    static char document[8192];
    size_t used = (size_t)snprintf(document, sizeof document, "<osm>" NODES "<way id='10'>" SQUARE);
    for (int k = 0; k < 70; k++)
      used += (size_t)snprintf(document + used, sizeof document - used, "<tag k='building' v='%d'/>", k);
    snprintf(document + used, sizeof document - used, "%s</way></osm>", last[i]);
    open_view(document);
    UNIT_SAME(fids(OSMFLOW_MULTIPOLYGONS), expected[i], last[i]);
    UNIT_SAME(fids(OSMFLOW_LINES), i ? "" : "10", last[i]);
    close_view();
  }
}

static void areas_with_missing_members_are_none(void) {
  open_view("<osm>" NODES "<way id='10'>" SQUARE "</way><relation id='20'>" MULTIPOLYGON
            "<tag k='landuse' v='forest'/></relation></osm>");
  UNIT_SAME(fids(OSMFLOW_MULTIPOLYGONS), "", "the hole is missing");
  close_view();
}

static void new_elements_of_editors_have_ids_too(void) {
  open_view(
      "<osm><node id='-1' lat='1' lon='1'><tag k='shop' v='yes'/></node><node id='-2' lat='1' lon='2'>"
      "<tag k='shop' v='yes'/></node><node id='3' lat='1' lon='2'><tag k='shop' v='yes'/></node></osm>");
  CU_ASSERT_EQUAL(view->entry_count[OSMFLOW_POINTS], 3);
  (void)fids(OSMFLOW_POINTS);
  close_view();
}

OSMFLOW_UNIT_MAIN("source/view", UNIT(sorts_elements_into_layers), UNIT(outer_ways_stay_when_they_say_something_else),
                  UNIT(counts_every_tag), UNIT(areas_with_missing_members_are_none),
                  UNIT(new_elements_of_editors_have_ids_too))
