#include "change_unit.h"

enum { LONG = 1400 };
static char letters[LONG + 1], umlauts[2 * 256 + 1];

static const char *a_text(size_t length) {
  return letters + LONG - length;
}

static const char *an_umlaut_text(size_t length) {
  return umlauts + 2 * (256 - length);
}

static void make_texts(void) {
  memset(letters, 'a', LONG);
  for (size_t i = 0; i < 256; i++)
    memcpy(umlauts + 2 * i, "\xC3\xA4", 2);
}

static enum osmflow_status check_draft(const struct osmflow_draft *draft, struct osmflow_error *error) {
  struct osmflow_change change;
  struct osmflow_capabilities capabilities;
  osmflow_change_init(&change);
  osmflow_capabilities_default(&capabilities);
  change_unit_must(osmflow_change_add(&change, draft->version > 0 ? OSMFLOW_ACTION_MODIFY : OSMFLOW_ACTION_CREATE,
                                      false, draft, NULL, NULL));
  const enum osmflow_status status = osmflow_change_check(&change, &capabilities, error);
  osmflow_change_clear(&change);
  return status;
}

static void finds_what_is_wrong_with_tags(void) {
  make_texts();
  const struct {
    struct osmflow_tag_view tags[2];
    const char *message; /* "": fine */
  } cases[] = {
      {{{{"", 0}, {"x", 1}}}, "points 1: new node -1: the value \"x\" has no key: name one, or leave it out"},
      {{{{"a", 1}, {"b", 1}}, {{"a", 1}, {"c", 1}}},
       "points 1: new node -1: the key \"a\" occurs twice: keep one of them"},
      {{{{"a", 1}, {a_text(256), 256}}},
       "points 1: new node -1: the value of \"a\" has 256 characters, 255 are allowed: shorten it"},
      {{{{"a", 1}, {an_umlaut_text(256), 512}}},
       "points 1: new node -1: the value of \"a\" has 256 characters, 255 are allowed: shorten it"},
      {{{{an_umlaut_text(256), 512}, {"b", 1}}}, "has 256 characters, 255 are allowed: shorten it"},
      {{{{"a", 1}, {"caf\xE9", 4}}},
       "points 1: new node -1: the value of \"a\" is not UTF-8: say in which encoding the data is"},
      {{{{"a\xC3", 2}, {"b", 1}}}, "is not UTF-8"},
      {{{{"a", 1}, {"b\0c", 3}}}, "points 1: new node -1: the value of \"a\" holds a control character: take it out"},
      {{{{"a", 1}, {"\x1B[0m", 4}}}, "the value of \"a\" holds a control character"},
      {{{{"a", 1}, {"\xEF\xBF\xBF", 3}}}, "the value of \"a\" holds a control character"},
      {{{{"a", 1}, {"", 0}}}, ""},
      {{{{"a", 1}, {"tab\tline\nline\r\nend", 18}}}, ""},
      {{{{"a", 1}, {a_text(255), 255}}}, ""},
      {{{{an_umlaut_text(255), 510}, {an_umlaut_text(255), 510}}}, ""},
      {{{{"a", 1}, {"b", 1}}, {{"A", 1}, {"b", 1}}}, ""},
      {{{{"a", 1}, {"\xF0\x9F\x8C\xB2\xEF\xBF\xBD", 7}}}, ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_error error = {0};
    const struct osmflow_draft draft = {.type = OSMFLOW_NODE,
                                        .id = -1,
                                        .label = {"points 1", 8},
                                        .tags = cases[i].tags,
                                        .tag_count = cases[i].tags[1].key.size > 0 ? 2 : 1};
    const bool is_fine = cases[i].message[0] == '\0';
    CU_ASSERT_EQUAL(check_draft(&draft, &error), is_fine ? OSMFLOW_OK : OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].message));
    if (!strstr(error.message, cases[i].message) || (is_fine && error.message[0]))
      fprintf(stderr, "\n%s\n  expected %s\n", error.message, cases[i].message);
  }
}

static int64_t many_refs[32001];
static struct osmflow_draft_member many_members[32001];

static void finds_what_is_wrong_with_elements(void) {
  make_texts();
  const struct osmflow_draft_member long_role = {OSMFLOW_NODE, 1, {a_text(256), 256}},
                                    no_role = {OSMFLOW_NODE, 1, {"", 0}};
  const struct {
    struct osmflow_draft draft;
    const char *message;
  } cases[] = {
      {{.type = OSMFLOW_NODE, .id = 5, .version = 1, .lon = OSMFLOW_NO_POSITION, .lat = OSMFLOW_NO_POSITION},
       "node 5: it has no position: give it a geometry"},
      {{.type = OSMFLOW_NODE, .id = -5, .lon = 1800000001},
       "new node -5: longitude 180.0000001, latitude 0.0000000 is"},
      {{.type = OSMFLOW_NODE, .id = -5, .lon = -1800000001}, "is not on the earth: check the coordinate system"},
      {{.type = OSMFLOW_NODE, .id = -5, .lat = 900000001}, "is not on the earth"},
      {{.type = OSMFLOW_NODE, .id = -5, .lat = -900000001}, "is not on the earth"},
      {{.type = OSMFLOW_NODE, .id = -5, .lon = 1800000000, .lat = -900000000}, ""},
      {{.type = OSMFLOW_WAY, .id = -5}, "new way -5: a way needs at least one node"},
      {{.type = OSMFLOW_WAY, .id = -5, .refs = many_refs, .ref_count = 1}, ""},
      {{.type = OSMFLOW_WAY, .id = -5, .refs = many_refs, .ref_count = 2000}, ""},
      {{.type = OSMFLOW_WAY, .id = -5, .refs = many_refs, .ref_count = 2001},
       "new way -5: it has 2001 nodes, the server takes 2000: split it"},
      {{.type = OSMFLOW_RELATION, .id = -5}, ""},
      {{.type = OSMFLOW_RELATION, .id = -5, .members = many_members, .member_count = 32000}, ""},
      {{.type = OSMFLOW_RELATION, .id = -5, .members = many_members, .member_count = 32001},
       "new relation -5: it has 32001 members, the server takes 32000: split it"},
      {{.type = OSMFLOW_RELATION, .id = -5, .members = &long_role, .member_count = 1}, "the role \"aaaaaaaa"},
      {{.type = OSMFLOW_RELATION, .id = -5, .members = &no_role, .member_count = 1}, ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_error error = {0};
    const bool is_fine = cases[i].message[0] == '\0';
    CU_ASSERT_EQUAL(check_draft(&cases[i].draft, &error), is_fine ? OSMFLOW_OK : OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].message));
  }
}

static void takes_the_limits_of_the_server(void) {
  struct osmflow_change change;
  struct osmflow_error error = {0};
  const struct osmflow_capabilities capabilities = {.way_nodes = 2, .relation_members = 1};
  osmflow_change_init(&change);
  change_unit_add_all(&change, "+w-1 1,2|+w-2 1,2,3|~r7 n1 < -|~r8 n1,n2 < -");
  CU_ASSERT_EQUAL(osmflow_change_check(&change, &capabilities, &error), OSMFLOW_BAD_ARGUMENT);
  UNIT_SAME(error.message,
            "new way -2: it has 3 nodes, the server takes 2: split it\n"
            "relation 8: it has 2 members, the server takes 1: split it",
            "limits");
  osmflow_change_clear(&change);
}

static void deletions_need_a_version_and_nothing_else(void) {
  struct osmflow_change change;
  struct osmflow_error error = {0};
  struct osmflow_capabilities capabilities;
  const struct osmflow_tag_view tag = {{"", 0}, {"\x01", 1}};
  struct osmflow_draft draft = {.type = OSMFLOW_WAY, .id = 6, .version = 1, .tags = &tag, .tag_count = 1};
  osmflow_change_init(&change);
  osmflow_capabilities_default(&capabilities);
  change_unit_must(osmflow_change_add(&change, OSMFLOW_ACTION_DELETE, true, &draft, NULL, NULL));
  CU_ASSERT_EQUAL(osmflow_change_check(&change, &capabilities, NULL), OSMFLOW_OK);
  draft.version = 0;
  change_unit_must(osmflow_change_add(&change, OSMFLOW_ACTION_DELETE, true, &draft, NULL, NULL));
  CU_ASSERT_EQUAL(osmflow_change_check(&change, &capabilities, &error), OSMFLOW_BAD_ARGUMENT);
  UNIT_SAME(error.message, "way 6: its version on the server is unknown: load it again", "version");
  osmflow_change_clear(&change);
}

static size_t count_lines(const char *message) {
  size_t lines = 1;
  for (; *message; message++)
    lines += *message == '\n';
  return lines;
}

static void tells_of_the_first_ones_and_how_many_more(void) {
  struct osmflow_change change;
  struct osmflow_capabilities capabilities;
  struct osmflow_error error = {0};
  osmflow_change_init(&change);
  osmflow_capabilities_default(&capabilities);
  for (int64_t i = 1; i <= 25; i++) {
    const struct osmflow_draft draft = {.type = OSMFLOW_WAY, .id = -i};
    change_unit_must(osmflow_change_add(&change, OSMFLOW_ACTION_CREATE, false, &draft, NULL, NULL));
  }
  CU_ASSERT_EQUAL(osmflow_change_check(&change, &capabilities, &error), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_EQUAL(count_lines(error.message), 21);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "\n... and 5 more like these"));
  for (size_t i = 0; i < 5; i++)
    change.items[i].outcome = OSMFLOW_OUTCOME_DONE; /* what is done is not looked at */
  CU_ASSERT_EQUAL(osmflow_change_check(&change, &capabilities, &error), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_EQUAL(count_lines(error.message), 20);
  CU_ASSERT_PTR_NULL(strstr(error.message, "more"));
  osmflow_change_clear(&change);
}

/* Names as long as they like: the count at the end is always there, and no character is cut. */
static void long_names_leave_room_for_the_count(void) {
  struct osmflow_change change;
  struct osmflow_capabilities capabilities;
  struct osmflow_error error = {0};
  make_texts();
  const struct osmflow_tag_view tag = {{an_umlaut_text(256), 512}, {a_text(256), 256}};
  const struct osmflow_draft draft = {
      .type = OSMFLOW_NODE, .id = -1, .label = {a_text(LONG), LONG}, .tags = &tag, .tag_count = 1};
  osmflow_change_init(&change);
  osmflow_capabilities_default(&capabilities);
  for (int i = 0; i < 100; i++)
    change_unit_must(osmflow_change_add(&change, OSMFLOW_ACTION_CREATE, false, &draft, NULL, NULL));
  CU_ASSERT_EQUAL(osmflow_change_check(&change, &capabilities, &error), OSMFLOW_BAD_ARGUMENT);
  const size_t lines = count_lines(error.message);
  char more[40];
  snprintf(more, sizeof more, "\n... and %zu more like these", 200 - (lines - 1));
  CU_ASSERT(lines > 5);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, more));
  CU_ASSERT_PTR_NULL(strchr(error.message, '?'));
  osmflow_change_clear(&change);
}

OSMFLOW_UNIT_MAIN("osm/change_check", UNIT(finds_what_is_wrong_with_tags), UNIT(finds_what_is_wrong_with_elements),
                  UNIT(takes_the_limits_of_the_server), UNIT(deletions_need_a_version_and_nothing_else),
                  UNIT(tells_of_the_first_ones_and_how_many_more), UNIT(long_names_leave_room_for_the_count))
