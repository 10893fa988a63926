#include "change_unit.h"

#define HEAD \
  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osmChange version=\"0.6\" generator=\"osmflow " OSMFLOW_VERSION "\""

static void write_all(const struct osmflow_change *change, int64_t changeset, const struct osmflow_new_ids *ids,
                      struct osmflow_bytes *document) {
  osmflow_bytes_init(document, CHANGE_UNIT_TEXT);
  CU_ASSERT_EQUAL(osmflow_change_write(change, 0, change->count, changeset, ids, document, NULL), OSMFLOW_OK);
}

static void writes(void) {
  static const struct {
    const char *change;
    int64_t changeset;
    const char *document;
  } cases[] = {
      {"", 7, "/>\n"},
      {"+n-1 -1 473456789 name=A&B", 0,
       ">\n  <create>\n    <node id=\"-1\" lat=\"47.3456789\" lon=\"-0.0000001\">\n      <tag k=\"name\" "
       "v=\"A&amp;B\"/>\n    </node>\n  </create>\n</osmChange>\n"},
      {"+n-1 0 0|+w-1 -1,5|+r-1 w-1:outer,n5", 7,
       ">\n  <create>\n    <node id=\"-1\" changeset=\"7\" lat=\"0.0000000\" lon=\"0.0000000\"/>\n    <way id=\"-1\" "
       "changeset=\"7\">\n      <nd ref=\"-1\"/>\n      <nd ref=\"5\"/>\n    </way>\n    <relation id=\"-1\" "
       "changeset=\"7\">\n      <member type=\"way\" ref=\"-1\" role=\"outer\"/>\n      <member type=\"node\" "
       "ref=\"5\" role=\"\"/>\n    </relation>\n  </create>\n</osmChange>\n"},
      /* Blocks: by action, and by what a deletion means; the server needs no more of it than its version. */
      {"~n2 0 0 < 1 1|-n3 < 5 5 a=b|-n4|!n5", 7,
       ">\n  <modify>\n    <node id=\"2\" version=\"3\" changeset=\"7\" lat=\"0.0000000\" lon=\"0.0000000\"/>\n  "
       "</modify>\n  <delete if-unused=\"true\">\n    <node id=\"3\" version=\"3\" changeset=\"7\"/>\n    <node "
       "id=\"4\" version=\"3\" changeset=\"7\"/>\n  </delete>\n  <delete>\n    <node id=\"5\" version=\"3\" "
       "changeset=\"7\"/>\n  </delete>\n</osmChange>\n"},
      /* People who look at a file want to see where it was; readers need to know what was part of what. */
      {"-r1 < w2:outer|-w2 < 3,4|-n3 < 10 20|-n4 30 40", 0,
       ">\n  <delete if-unused=\"true\">\n    <relation id=\"1\" version=\"3\">\n      <member type=\"way\" ref=\"2\" "
       "role=\"outer\"/>\n    </relation>\n    <way id=\"2\" version=\"3\">\n      <nd ref=\"3\"/>\n      <nd "
       "ref=\"4\"/>\n    </way>\n    <node id=\"3\" version=\"3\" lat=\"0.0000020\" lon=\"0.0000010\"/>\n    <node "
       "id=\"4\" version=\"3\" lat=\"0.0000040\" lon=\"0.0000030\"/>\n  </delete>\n</osmChange>\n"},
      {"-w1|-n1|-r1", 0,
       ">\n  <delete if-unused=\"true\">\n    <way id=\"1\" version=\"3\"/>\n    <node id=\"1\" version=\"3\"/>\n    "
       "<relation id=\"1\" version=\"3\"/>\n  </delete>\n</osmChange>\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_change change;
    struct osmflow_bytes document, expected;
    osmflow_change_init(&change);
    osmflow_bytes_init(&expected, CHANGE_UNIT_TEXT);
    change_unit_must(osmflow_bytes_print(&expected, NULL, "%s%s", HEAD, cases[i].document));
    change_unit_add_all(&change, cases[i].change);
    write_all(&change, cases[i].changeset, NULL, &document);
    UNIT_SAME(osmflow_bytes_string(&document), osmflow_bytes_string(&expected), cases[i].change);
    osmflow_bytes_clear(&expected);
    osmflow_bytes_clear(&document);
    osmflow_change_clear(&change);
  }
}

static void translates_placeholders(void) {
  struct osmflow_change change;
  struct osmflow_bytes document;
  struct osmflow_new_ids ids;
  osmflow_change_init(&change);
  osmflow_new_ids_init(&ids);
  change_unit_must(osmflow_new_ids_add(&ids, OSMFLOW_NODE, -1, 13000000001, NULL));
  change_unit_must(osmflow_new_ids_add(&ids, OSMFLOW_RELATION, -1, 19500001, NULL));
  change_unit_add_all(&change, "+w-1 -1,-2|~r-1 n-1,n-2,w-1,r-1,n1 < -");
  write_all(&change, 7, &ids, &document);
  UNIT_SAME(strstr(osmflow_bytes_string(&document), "\n  <create>"),
            "\n  <create>\n    <way id=\"-1\" changeset=\"7\">\n      <nd ref=\"13000000001\"/>\n      <nd "
            "ref=\"-2\"/>\n    </way>\n  </create>\n  <modify>\n    <relation id=\"19500001\" version=\"3\" "
            "changeset=\"7\">\n      <member type=\"node\" ref=\"13000000001\" role=\"\"/>\n      <member "
            "type=\"node\" ref=\"-2\" role=\"\"/>\n      <member type=\"way\" ref=\"-1\" role=\"\"/>\n      <member "
            "type=\"relation\" ref=\"19500001\" role=\"\"/>\n      <member type=\"node\" ref=\"1\" role=\"\"/>\n    "
            "</relation>\n  </modify>\n</osmChange>\n",
            "translated");
  osmflow_bytes_clear(&document);
  osmflow_new_ids_clear(&ids);
  osmflow_change_clear(&change);
}

static void writes_only_what_is_pending(void) {
  struct osmflow_change change;
  struct osmflow_bytes document;
  osmflow_change_init(&change);
  change_unit_add_all(&change, "+n-1 0 0|+n-2 0 0|+n-3 0 0|+n-4 0 0|-n5");
  change.items[1].outcome = OSMFLOW_OUTCOME_DONE;
  osmflow_bytes_init(&document, CHANGE_UNIT_TEXT);
  CU_ASSERT_EQUAL(osmflow_change_write(&change, 0, 3, 7, NULL, &document, NULL), OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(document.data, "id=\"-1\""));
  CU_ASSERT_PTR_NULL(strstr(document.data, "id=\"-2\""));
  CU_ASSERT_PTR_NOT_NULL(strstr(document.data, "id=\"-3\""));
  CU_ASSERT_PTR_NULL(strstr(document.data, "id=\"-4\""));
  CU_ASSERT_PTR_NULL(strstr(document.data, "<delete"));
  osmflow_bytes_clear(&document);
  osmflow_change_clear(&change);
}

static void names_what_it_cannot_write(void) {
  struct osmflow_change change;
  struct osmflow_bytes document;
  struct osmflow_error error = {0};
  const struct osmflow_tag_view tag = {{"name", 4}, {"caf\xE9", 4}};
  const struct osmflow_draft draft = {
      .type = OSMFLOW_NODE, .id = 5, .version = 1, .tags = &tag, .tag_count = 1, .label = {"points 5", 8}};
  osmflow_change_init(&change);
  change_unit_add_all(&change, "+n-1 0 0");
  change_unit_must(osmflow_change_add(&change, OSMFLOW_ACTION_MODIFY, false, &draft, NULL, NULL));
  osmflow_bytes_init(&document, CHANGE_UNIT_TEXT);
  CU_ASSERT_EQUAL(osmflow_change_write(&change, 0, 2, 7, NULL, &document, &error), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "points 5: node 5: v=\"caf?\" is not UTF-8"));
  osmflow_bytes_clear(&document);
  osmflow_bytes_init(&document, 100);
  CU_ASSERT_EQUAL(osmflow_change_write(&change, 0, 1, 7, NULL, &document, &error), OSMFLOW_TOO_LARGE);
  osmflow_bytes_clear(&document);
  osmflow_change_clear(&change);
}

/* What is read back from a file is what was written, letter by letter. */
static void reads_back(void) {
  static const char everything[] = "\t\n\r !\"#$%&'()<=>?[]^`{|}~\x7F\xC3\xA4\xE2\x80\xA8\xF0\x9F\x8C\xB2 ";
  const struct osmflow_tag_view tags[] = {{{everything, sizeof everything - 1}, {everything, sizeof everything - 1}},
                                          {{"empty", 5}, {"", 0}}};
  const int64_t refs[] = {-1, OSMFLOW_MOST_ID, -1};
  const struct osmflow_draft_member members[] = {{OSMFLOW_NODE, -1, {everything, sizeof everything - 1}},
                                                 {OSMFLOW_WAY, -1, {"", 0}},
                                                 {OSMFLOW_RELATION, 8, {"outer", 5}}};
  const struct osmflow_draft drafts[] = {
      {.type = OSMFLOW_NODE,
       .id = -1,
       .visible = true,
       .lon = -1800000000,
       .lat = 899999999,
       .tags = tags,
       .tag_count = 2},
      {.type = OSMFLOW_WAY, .id = -1, .visible = true, .refs = refs, .ref_count = 3, .tags = tags, .tag_count = 2},
      {.type = OSMFLOW_RELATION,
       .id = 9,
       .version = UINT32_MAX,
       .visible = true,
       .members = members,
       .member_count = 3,
       .tags = tags,
       .tag_count = 2},
      {.type = OSMFLOW_NODE, .id = OSMFLOW_MOST_ID, .version = 1},
  };
  static const enum osmflow_element_action actions[] = {OSMFLOW_ACTION_CREATE, OSMFLOW_ACTION_CREATE,
                                                        OSMFLOW_ACTION_MODIFY, OSMFLOW_ACTION_DELETE};
  struct osmflow_change change, again;
  struct osmflow_bytes document;
  struct osmflow_store store;
  osmflow_change_init(&change);
  osmflow_change_init(&again);
  for (size_t i = 0; i < 4; i++)
    change_unit_must(osmflow_change_add(&change, actions[i], true, &drafts[i], NULL, NULL));
  write_all(&change, 0, NULL, &document);
  change_unit_must(change_unit_read(document.data, document.size, &store, NULL));
  CU_ASSERT_EQUAL(osmflow_change_from_store(&store, &again, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(again.count, 4);
  for (size_t i = 0; i < 4; i++) {
    CU_ASSERT_EQUAL(again.items[i].action, actions[i]);
    CU_ASSERT_EQUAL(again.items[i].draft->id, drafts[i].id);
    CU_ASSERT_EQUAL(again.items[i].draft->version, drafts[i].version);
    CU_ASSERT(osmflow_draft_equal(again.items[i].draft, change.items[i].draft));
  }
  osmflow_store_clear(&store);
  osmflow_bytes_clear(&document);
  osmflow_change_clear(&again);
  osmflow_change_clear(&change);
}

static void cuts_pieces_by_count(void) {
  static const struct {
    size_t first, most, end;
  } cases[] = {{0, 0, 2}, {0, 1, 2}, {0, 2, 3}, {1, 1, 3}, {1, 2, 4}, {0, 4, 6}, {0, 5, 6}, {5, 9, 6}, {6, 1, 6}};
  struct osmflow_change change;
  osmflow_change_init(&change);
  change_unit_add_all(&change, "+n-1 0 0|+n-2 0 0|+n-3 0 0|+n-4 0 0|+n-5 0 0|+n-6 0 0");
  change.items[1].outcome = OSMFLOW_OUTCOME_DONE;
  change.items[5].outcome = OSMFLOW_OUTCOME_REFUSED;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    CU_ASSERT_EQUAL(osmflow_change_piece(&change, cases[i].first, cases[i].most, SIZE_MAX), cases[i].end);
  osmflow_change_clear(&change);
}

/* The longest numbers there are, in the worst blocks: the document of a piece never has more bytes than allowed. */
static void no_piece_is_larger_than_allowed(void) {
  static const char worst[] = "\"\"\"&&&\n\n\xC3\xA4";
  const struct osmflow_tag_view tags[] = {{{worst, 10}, {worst, 10}}, {{"a", 1}, {"", 0}}};
  const int64_t refs[] = {INT64_MIN, INT64_MIN, -OSMFLOW_MOST_ID};
  const struct osmflow_draft_member members[] = {{OSMFLOW_RELATION, INT64_MIN, {worst, 10}},
                                                 {OSMFLOW_RELATION, INT64_MIN, {"", 0}}};
  const struct osmflow_draft drafts[] = {
      {.type = OSMFLOW_NODE, .id = INT64_MIN, .version = UINT32_MAX, .lon = -1800000000, .lat = -900000000},
      {.type = OSMFLOW_NODE,
       .id = INT64_MIN,
       .version = UINT32_MAX,
       .lon = -1800000000,
       .lat = -900000000,
       .tags = tags,
       .tag_count = 2},
      {.type = OSMFLOW_WAY, .id = INT64_MIN, .version = UINT32_MAX, .refs = refs, .ref_count = 3},
      {.type = OSMFLOW_RELATION,
       .id = INT64_MIN,
       .version = UINT32_MAX,
       .members = members,
       .member_count = 2,
       .tags = tags,
       .tag_count = 2},
      {.type = OSMFLOW_RELATION, .id = INT64_MIN, .version = UINT32_MAX},
  };
  struct osmflow_change change;
  osmflow_change_init(&change);
  for (size_t i = 0; i < 100; i++)
    change_unit_must(osmflow_change_add(&change, (enum osmflow_element_action)(1 + i / 2 % 3), i % 4 == 0,
                                        &drafts[i % 5], NULL, NULL));
  for (size_t most = 1; most < 40000; most = most * 5 / 4 + 1)
    for (size_t first = 0, end; first < change.count; first = end) {
      struct osmflow_bytes document;
      end = osmflow_change_piece(&change, first, SIZE_MAX, most);
      CU_ASSERT_FATAL(end > first && end <= change.count);
      osmflow_bytes_init(&document, CHANGE_UNIT_TEXT);
      CU_ASSERT_EQUAL(osmflow_change_write(&change, first, end, OSMFLOW_MOST_CHANGESETS, NULL, &document, NULL),
                      OSMFLOW_OK);
      CU_ASSERT(end == first + 1 || document.size <= most);
      osmflow_bytes_clear(&document);
    }
  osmflow_change_clear(&change);
}

OSMFLOW_UNIT_MAIN("osm/change_write", UNIT(names_what_it_cannot_write), UNIT(no_piece_is_larger_than_allowed),
                  UNIT(reads_back), UNIT(writes), UNIT(translates_placeholders), UNIT(writes_only_what_is_pending),
                  UNIT(cuts_pieces_by_count))
