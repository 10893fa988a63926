#include "change_unit.h"

static enum osmflow_status from_document(const char *inside, struct osmflow_change *change,
                                         struct osmflow_error *error) {
  struct osmflow_store store;
  struct osmflow_bytes document;
  osmflow_bytes_init(&document, CHANGE_UNIT_TEXT);
  osmflow_change_init(change);
  change_unit_must(osmflow_bytes_print(&document, NULL, "<osmChange version='0.6'>%s</osmChange>", inside));
  change_unit_must(change_unit_read(document.data, document.size, &store, NULL));
  const enum osmflow_status status = osmflow_change_from_store(&store, change, error);
  osmflow_store_clear(&store);
  osmflow_bytes_clear(&document);
  return status;
}

static void refuses_what_cannot_be_sent(void) {
  static const struct {
    const char *document, *named, *why;
  } cases[] = {
      {"<modify><node id='5' lat='1' lon='2'/></modify>", "node 5", "version"},
      {"<modify><node id='5' version='0' lat='1' lon='2'/></modify>", "node 5", "version"},
      {"<modify><node id='5' version='-1' lat='1' lon='2'/></modify>", "node 5", "version"},
      {"<delete><way id='5'/></delete>", "way 5", "version"},
      {"<create><node id='5' lat='1' lon='2'/></create>", "node 5", "negative"},
      {"<create><node id='0' lat='1' lon='2'/></create>", "new node", "id 0"},
      {"<create><node id='-1' lat='1' lon='2'/><node id='-1' lat='1' lon='2'/></create>", "new node -1", "twice"},
      {"<create><node id='-1' visible='false' lat='1' lon='2'/></create>", "new node -1", "visible"},
      {"<modify><node id='3' version='1' visible='false'/></modify>", "node 3", "visible"},
      {"<modify><node id='-1' version='1' lat='1' lon='2'/></modify>", "new node -1", "creates"},
      {"<delete><node id='-1' version='1'/></delete>", "new node -1", "creates"},
      {"<modify><node id='-1' version='1' lat='1' lon='2'/></modify><create><node id='-1' lat='1' lon='2'/></create>",
       "new node -1", "creates"},
      {"<create><node id='-1' lat='1' lon='2'/></create><delete><node id='-1' version='1'/></delete><modify><node "
       "id='-1' version='2' lat='1' lon='2'/></modify>",
       "new node -1", "deleted"},
      {"<create><node id='-1' lat='1' lon='2'/></create><delete><node id='-1' version='1'/></delete><create><way "
       "id='-2'><nd ref='-1'/></way></create>",
       "new way -2", "new node -1"},
      {"<create><way id='-1'/></create>", "new way -1", "without nodes"},
      {"<modify><way id='7' version='2'><tag k='a' v='b'/></way></modify>", "way 7", "without nodes"},
      {"<create><way id='-1'><nd ref='-9'/></way></create>", "new way -1", "new node -9"},
      {"<create><way id='-1'><nd ref='0'/></way></create>", "new way -1", "node"},
      {"<modify><relation id='5' version='1'><member type='way' ref='-9' role=''/></relation></modify>", "relation 5",
       "new way -9"},
      {"<create><node id='-9' lat='1' lon='2'/><relation id='-5'><member type='way' ref='-9'/></relation></create>",
       "new relation -5", "new way -9"},
      {"<create><node id='-1' lat='1' lon='2'><tag k='a' v='1'/><tag k='a' v='2'/></node></create>", "new node -1",
       "two tags"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_change change;
    struct osmflow_error error = {0};
    CU_ASSERT_EQUAL(from_document(cases[i].document, &change, &error), OSMFLOW_BAD_DATA);
    const bool told = strncmp(error.message, cases[i].named, strlen(cases[i].named)) == 0 &&
                      strstr(error.message, cases[i].why) != NULL;
    if (!told)
      fprintf(stderr, "\n%s: %s\n", cases[i].document, error.message);
    CU_ASSERT(told);
    osmflow_change_clear(&change);
  }
}

static void refuses_a_document_without_actions(void) {
  static const char document[] = "<osm version='0.6'><node id='1' version='1' lat='1' lon='2'/></osm>";
  struct osmflow_store store;
  struct osmflow_change change;
  struct osmflow_error error = {0};
  osmflow_change_init(&change);
  change_unit_must(change_unit_read(document, sizeof document - 1, &store, NULL));
  CU_ASSERT_EQUAL(osmflow_change_from_store(&store, &change, &error), OSMFLOW_BAD_DATA);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "node 1: "));
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, ".osc"));
  osmflow_change_clear(&change);
  osmflow_store_clear(&store);
}

#define NODE(id, version) "<node id='" id "' version='" version "' lat='1' lon='2'/>"

static void folds_and_orders(void) {
  static const struct {
    const char *document, *change;
  } cases[] = {
      {"", ""},
      {"<create/><delete/>", ""},
      /* As JOSM and iD write them, blocks and elements in any order. */
      {"<delete if-unused='true'><node id='3' version='4'/><way id='4' version='2'/></delete><create><way id='-2' "
       "version='0'><nd ref='-1'/><nd ref='8'/></way><node id='-1' changeset='7' lat='1' lon='2'/></create>",
       "+n-1v0() +w-2v0(-1,8) -w4v2() -n3v4()"},
      {"<delete><node id='3' version='4' lat='1' lon='2'/></delete>", "-n3v4()"},
      {"<create><node id='-1' version='1' lat='1' lon='2'/></create><modify>" NODE("-1", "1") "</modify>", "+n-1v0()"},
      {"<create><node id='-1' lat='1' lon='2'/></create><delete><node id='-1' version='1'/></delete>", ""},
      {"<modify>" NODE("5", "3") NODE("5", "4") "</modify><modify>" NODE("5", "5") "</modify>", "~n5v3()"},
      {"<modify>" NODE("5", "3") "</modify><delete><node id='5' version='4'/></delete>", "-n5v3()"},
      {"<delete><node id='5' version='3'/></delete><modify>" NODE("5", "4") "</modify>", "~n5v3()"},
      {"<create><relation id='-1'><member type='relation' ref='-1' role='x'/></relation></create>",
       "+r-1v0() ~r-1v1(r-1)"},
      {"<modify><way id='9' version='1'><nd ref='-1'/></way></modify><create><node id='-1' lat='1' lon='2'/></create>",
       "+n-1v0() ~w9v1(-1)"},
      /* What a deletion tells of itself stays, and parents go first. */
      {"<delete><relation id='1' version='1'/><relation id='2' version='1'><member type='relation' ref='1' role=''/>"
       "</relation><way id='7' version='1'><nd ref='-4'/></way></delete>",
       "-r2v1(r1) -r1v1() -w7v1(-4)"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_change change;
    struct osmflow_error error = {0};
    struct osmflow_bytes text;
    osmflow_bytes_init(&text, CHANGE_UNIT_TEXT);
    CU_ASSERT_EQUAL(from_document(cases[i].document, &change, &error), OSMFLOW_OK);
    UNIT_SAME(error.message, "", cases[i].document);
    change_unit_show(&change, 0, change.count, true, &text);
    UNIT_SAME(osmflow_bytes_string(&text), cases[i].change, cases[i].document);
    osmflow_bytes_clear(&text);
    osmflow_change_clear(&change);
  }
}

static void the_last_step_says_what_the_element_is(void) {
  struct osmflow_change change;
  CU_ASSERT_EQUAL(
      from_document("<modify><node id='5' version='3' lat='1' lon='2'><tag k='a' v='b'/></node></modify><modify><node "
                    "id='5' version='4' lat='3' lon='4.5'><tag k='name' v='Inn&#10;Lech'/></node></modify>",
                    &change, NULL),
      OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(change.count, 1);
  const struct osmflow_draft *draft = change.items[0].draft;
  CU_ASSERT_EQUAL(draft->lat, 30000000);
  CU_ASSERT_EQUAL(draft->lon, 45000000);
  CU_ASSERT_EQUAL(draft->tag_count, 1);
  UNIT_SAME(osmflow_draft_tag(draft, "name").data, "Inn\nLech", "name");
  CU_ASSERT_PTR_NULL(change.items[0].base);
  CU_ASSERT(draft->visible);
  osmflow_change_clear(&change);
}

/* A working copy over node 1, way 2 (version 4) and the deleted node 3 (version 6). */
struct working_copy {
  struct osmflow_store store;
  struct osmflow_drafts *drafts;
};

static void open_copy(struct working_copy *copy) {
  static const char document[] =
      "<osm version='0.6'><node id='1' version='4' lat='1' lon='2'/><node id='9' version='2' lat='1' lon='3'/><node "
      "id='3' version='6' visible='false'/><way id='2' version='4'><nd ref='1'/><nd ref='9'/><tag k='a' v='b'/></way>"
      "</osm>";
  struct osmflow_store arrived;
  change_unit_must(change_unit_read(document, sizeof document - 1, &arrived, NULL));
  osmflow_store_init(&copy->store, false);
  change_unit_must(osmflow_store_merge(&copy->store, &arrived, NULL));
  change_unit_must(osmflow_store_finish(&copy->store, NULL));
  change_unit_must(osmflow_drafts_new(&copy->store, -1, &copy->drafts, NULL));
  osmflow_store_clear(&arrived);
}

static void close_copy(struct working_copy *copy) {
  osmflow_drafts_free(copy->drafts);
  osmflow_store_clear(&copy->store);
}

static void put(struct working_copy *copy, const struct osmflow_draft *wish) {
  change_unit_must(osmflow_drafts_put(copy->drafts, wish, NULL, NULL));
}

static void takes_what_a_working_copy_changed(void) {
  struct working_copy copy;
  struct osmflow_change change;
  struct osmflow_bytes text;
  const int64_t refs[] = {1, -1, 3};
  osmflow_change_init(&change);
  osmflow_bytes_init(&text, CHANGE_UNIT_TEXT);
  open_copy(&copy);
  change_unit_must(osmflow_drafts_set_label(copy.drafts, "lines 2", NULL));
  put(&copy, &(struct osmflow_draft){.type = OSMFLOW_NODE, .visible = true, .lon = 1, .lat = 1});
  put(&copy, &(struct osmflow_draft){.type = OSMFLOW_NODE, .id = 3, .visible = true, .lon = 5, .lat = 5});
  put(&copy, &(struct osmflow_draft){.type = OSMFLOW_WAY, .id = 2, .visible = true, .refs = refs, .ref_count = 3});
  change_unit_must(osmflow_drafts_delete(copy.drafts, OSMFLOW_NODE, 9, NULL));
  CU_ASSERT_EQUAL(osmflow_change_from_drafts(copy.drafts, &change, NULL), OSMFLOW_OK);
  close_copy(&copy); /* the change has copies */
  change_unit_show(&change, 0, change.count, true, &text);
  UNIT_SAME(osmflow_bytes_string(&text), "+n-1v0() ~n3v6() ~w2v4(1,-1,3) -n9v2()", "change");
  CU_ASSERT_EQUAL_FATAL(change.count, 4);
  CU_ASSERT_PTR_NULL(change.items[0].base);
  CU_ASSERT(!change.items[1].base->visible);
  CU_ASSERT_EQUAL(change.items[2].base->ref_count, 2);
  UNIT_SAME(change.items[2].draft->label.data, "lines 2", "label");
  CU_ASSERT_EQUAL(change.items[3].base->lon, 30000000);
  osmflow_bytes_clear(&text);
  osmflow_change_clear(&change);
}

static void what_is_as_it_was_is_left_out(void) {
  struct working_copy copy;
  struct osmflow_change change;
  int64_t id = 0;
  const struct osmflow_draft new_node = {.type = OSMFLOW_NODE, .visible = true, .lon = 7, .lat = 7};
  osmflow_change_init(&change);
  open_copy(&copy);
  put(&copy, &(struct osmflow_draft){.type = OSMFLOW_NODE, .id = 1, .visible = true, .lon = 7, .lat = 7});
  put(&copy, &(struct osmflow_draft){.type = OSMFLOW_NODE, .id = 1, .visible = true, .lon = 20000000, .lat = 10000000});
  change_unit_must(osmflow_drafts_put(copy.drafts, &new_node, &id, NULL));
  change_unit_must(osmflow_drafts_delete(copy.drafts, OSMFLOW_NODE, id, NULL));
  CU_ASSERT_EQUAL(osmflow_change_from_drafts(copy.drafts, &change, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(change.count, 0);
  osmflow_change_clear(&change);
  close_copy(&copy);
}

OSMFLOW_UNIT_MAIN("osm/change_store", UNIT(refuses_what_cannot_be_sent), UNIT(refuses_a_document_without_actions),
                  UNIT(folds_and_orders), UNIT(the_last_step_says_what_the_element_is),
                  UNIT(takes_what_a_working_copy_changed), UNIT(what_is_as_it_was_is_left_out))
