#include "osm/draft.h"

#include <stdlib.h>

#include "unit.h"

#define TEXT(string) \
  { (string), sizeof(string) - 1 }

static const struct osmflow_tag_view path_tags[] = {{TEXT("highway"), TEXT("path")}, {TEXT("name"), TEXT("Weg")}},
                                     turned_tags[] = {{TEXT("name"), TEXT("Weg")}, {TEXT("highway"), TEXT("path")}},
                                     other_tags[] = {{TEXT("highway"), TEXT("path")}, {TEXT("name"), TEXT("Wegg")}},
                                     other_keys[] = {{TEXT("highway"), TEXT("path")}, {TEXT("ref"), TEXT("Weg")}};
static const int64_t line[] = {1, 2, 13000000001}, back[] = {13000000001, 2, 1};
static const struct osmflow_draft_member members[] = {{OSMFLOW_WAY, 5, TEXT("outer")}, {OSMFLOW_NODE, -7, {NULL, 0}}},
                                         other_role[] = {{OSMFLOW_WAY, 5, TEXT("inner")},
                                                         {OSMFLOW_NODE, -7, {NULL, 0}}},
                                         other_type[] = {{OSMFLOW_NODE, 5, TEXT("outer")},
                                                         {OSMFLOW_NODE, -7, {NULL, 0}}},
                                         other_ref[] = {{OSMFLOW_WAY, 6, TEXT("outer")}, {OSMFLOW_NODE, -7, {NULL, 0}}};

#define NODE .type = OSMFLOW_NODE, .id = 3, .version = 2, .visible = true, .lon = 10, .lat = -20
#define WAY .type = OSMFLOW_WAY, .id = 5, .version = 2, .visible = true, .refs = line, .ref_count = 3
#define RELATION .type = OSMFLOW_RELATION, .id = 9, .visible = true, .members = members, .member_count = 2
#define TAGS .tags = path_tags, .tag_count = 2

static const struct {
  const char *what;
  struct osmflow_draft left, right;
  bool equal;
} comparisons[] = {
    {"the same", {NODE, TAGS}, {NODE, TAGS}, true},
    {"nothing but a type", {.type = OSMFLOW_WAY, .visible = true}, {.type = OSMFLOW_WAY, .visible = true}, true},
    {"id, version and label do not count",
     {NODE, .label = TEXT("points 3")},
     {.type = OSMFLOW_NODE, .id = -8, .visible = true, .lon = 10, .lat = -20},
     true},
    {"another place", {NODE}, {.type = OSMFLOW_NODE, .id = 3, .visible = true, .lon = 10, .lat = 20}, false},
    {"the place of a way means nothing", {WAY, .lon = 1}, {WAY, .lon = 2}, true},
    {"another order of tags", {WAY, TAGS}, {WAY, .tags = turned_tags, .tag_count = 2}, true},
    {"another value", {WAY, TAGS}, {WAY, .tags = other_tags, .tag_count = 2}, false},
    {"another key", {WAY, TAGS}, {WAY, .tags = other_keys, .tag_count = 2}, false},
    {"one tag more", {WAY, TAGS}, {WAY, .tags = path_tags, .tag_count = 1}, false},
    {"no tags", {WAY, TAGS}, {WAY}, false},
    {"the other direction", {WAY}, {.type = OSMFLOW_WAY, .visible = true, .refs = back, .ref_count = 3}, false},
    {"fewer nodes", {WAY}, {.type = OSMFLOW_WAY, .visible = true, .refs = line, .ref_count = 2}, false},
    {"the same members", {RELATION, TAGS}, {RELATION, TAGS}, true},
    {"another role",
     {RELATION},
     {.type = OSMFLOW_RELATION, .visible = true, .members = other_role, .member_count = 2},
     false},
    {"another type of member",
     {RELATION},
     {.type = OSMFLOW_RELATION, .visible = true, .members = other_type, .member_count = 2},
     false},
    {"another member",
     {RELATION},
     {.type = OSMFLOW_RELATION, .visible = true, .members = other_ref, .member_count = 2},
     false},
    {"one deleted", {NODE}, {.type = OSMFLOW_NODE, .id = 3, .lon = 10, .lat = -20}, false},
    {"both deleted", {.type = OSMFLOW_WAY, TAGS}, {.type = OSMFLOW_WAY, .refs = line, .ref_count = 3}, true},
    {"deleted, of two types", {.type = OSMFLOW_WAY}, {.type = OSMFLOW_NODE}, false},
};

static void equal_is_what_would_send_the_same(void) {
  for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++) {
    const bool there = osmflow_draft_equal(&comparisons[i].left, &comparisons[i].right),
               back_again = osmflow_draft_equal(&comparisons[i].right, &comparisons[i].left);
    if (there != comparisons[i].equal || back_again != comparisons[i].equal)
      fprintf(stderr, "\n%s: %d %d\n", comparisons[i].what, there, back_again);
    CU_ASSERT(there == comparisons[i].equal && back_again == comparisons[i].equal);
  }
}

/* Every text of the copy must be one of its own, with a NUL behind it. */
static void a_copy_needs_nothing_of_the_first(void) {
  char key[] = "name", value[] = "Weg", role[] = "outer", label[] = "lines 9";
  int64_t refs[] = {1, 2};
  struct osmflow_tag_view tags[] = {{{key, 4}, {value, 2}}, {TEXT("empty"), {NULL, 0}}};
  struct osmflow_draft_member parts[] = {{OSMFLOW_WAY, 5, {role, 5}}, {OSMFLOW_NODE, 6, {NULL, 0}}};
  const struct osmflow_draft draft = {.type = OSMFLOW_RELATION,
                                      .id = -3,
                                      .version = 7,
                                      .visible = true,
                                      .lon = 1,
                                      .lat = 2,
                                      .tags = tags,
                                      .tag_count = 2,
                                      .refs = refs,
                                      .ref_count = 2,
                                      .members = parts,
                                      .member_count = 2,
                                      .label = {label, 7}};
  struct osmflow_draft *copy = NULL;
  CU_ASSERT_EQUAL_FATAL(osmflow_draft_copy(&draft, &copy, NULL), OSMFLOW_OK);
  memset(key, 'x', 4);
  memset(value, 'x', 3);
  memset(role, 'x', 5);
  memset(label, 'x', 7);
  refs[1] = parts[0].ref = 99;
  CU_ASSERT(copy->type == OSMFLOW_RELATION && copy->id == -3 && copy->version == 7 && copy->visible);
  CU_ASSERT(copy->lon == 1 && copy->lat == 2 && copy->ref_count == 2 && copy->refs[1] == 2);
  CU_ASSERT(copy->tag_count == 2 && copy->member_count == 2 && copy->members[0].ref == 5);
  UNIT_SAME(copy->tags[0].key.data, "name", "key");
  UNIT_SAME(copy->tags[0].value.data, "We", "only the bytes of the value");
  UNIT_SAME(copy->tags[1].value.data, "", "an empty value");
  UNIT_SAME(copy->members[0].role.data, "outer", "role");
  UNIT_SAME(copy->members[1].role.data, "", "an empty role");
  UNIT_SAME(copy->label.data, "lines 9", "label");
  osmflow_draft_free(copy);
  osmflow_draft_free(NULL);
}

static void a_monstrous_element_is_refused(void) {
  const struct osmflow_draft huge = {.type = OSMFLOW_WAY, .id = 5, .refs = line, .ref_count = (size_t)1 << 40};
  struct osmflow_draft *copy = NULL;
  struct osmflow_error error = {0};
  CU_ASSERT_EQUAL(osmflow_draft_copy(&huge, &copy, &error), OSMFLOW_TOO_LARGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "way 5"));
  CU_ASSERT_PTR_NULL(copy);
}

static void it_goes_through_a_store(void) {
  const struct osmflow_draft_particulars particulars = {77, 8, TEXT("eve"), 1700000000}, none = {0};
  const struct osmflow_draft drafts[] = {
      {NODE, TAGS}, {WAY, TAGS}, {RELATION, TAGS}, {.type = OSMFLOW_WAY, .id = 6, .version = 4}};
  struct osmflow_store store;
  struct osmflow_draft *draft = NULL;
  osmflow_store_init(&store, false);
  for (size_t i = 0; i < 4; i++)
    CU_ASSERT_EQUAL(osmflow_draft_to_store(&drafts[i], i == 0 ? &particulars : &none, &store, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_store_finish(&store, NULL), OSMFLOW_OK);
  for (size_t i = 0; i < 4; i++) {
    const uint32_t index = osmflow_store_index(&store, drafts[i].type, drafts[i].id);
    CU_ASSERT_EQUAL_FATAL(osmflow_draft_from_store(&store, drafts[i].type, index, &draft, NULL), OSMFLOW_OK);
    CU_ASSERT(osmflow_draft_equal(draft, &drafts[i]) && draft->id == drafts[i].id);
    CU_ASSERT(draft->version == drafts[i].version && draft->visible == drafts[i].visible && draft->label.size == 0);
    osmflow_draft_free(draft);
  }
  const struct osmflow_element *node = &osmflow_store_node(&store, 3)->element;
  CU_ASSERT(node->changeset == 77 && node->timestamp == 1700000000 && store.users[node->user].uid == 8);
  UNIT_SAME(osmflow_pool_string(&store.values, store.users[node->user].name), "eve", "user");
  CU_ASSERT_EQUAL(osmflow_store_way(&store, 5)->element.user, OSMFLOW_NO_USER);
  osmflow_store_clear(&store);
}

static void a_key_that_comes_twice_counts_once(void) {
  static const char *const values[] = {"first", "second"};
  const struct osmflow_element element = {.id = 4, .version = 1, .visible = 1};
  struct osmflow_store store;
  struct osmflow_draft *draft = NULL;
  osmflow_store_init(&store, false);
  CU_ASSERT_EQUAL(osmflow_store_begin(&store, OSMFLOW_NODE, &element, 0, osmflow_text(NULL), 0, 0, NULL), OSMFLOW_OK);
  for (size_t i = 0; i < 2; i++)
    CU_ASSERT_EQUAL(osmflow_store_add_tag(&store, osmflow_text("k"), osmflow_text(values[i]), NULL), OSMFLOW_OK);
  osmflow_store_end(&store);
  CU_ASSERT_EQUAL_FATAL(osmflow_draft_from_store(&store, OSMFLOW_NODE, 0, &draft, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(draft->tag_count, 1);
  CU_ASSERT(osmflow_text_is(osmflow_draft_tag(draft, "k"), "first"));
  osmflow_draft_free(draft);
  osmflow_store_clear(&store);
}

static void tags_are_found_by_key(void) {
  static const struct osmflow_tag_view tags[] = {{TEXT("name:de"), TEXT("Weg")}, {TEXT("name"), {NULL, 0}}};
  const struct osmflow_draft draft = {.tags = tags, .tag_count = 2}, none = {.tag_count = 0};
  CU_ASSERT(osmflow_text_is(osmflow_draft_tag(&draft, "name:de"), "Weg"));
  CU_ASSERT_PTR_NOT_NULL(osmflow_draft_tag(&draft, "name").data);
  CU_ASSERT_EQUAL(osmflow_draft_tag(&draft, "name").size, 0);
  CU_ASSERT_PTR_NULL(osmflow_draft_tag(&draft, "name:d").data);
  CU_ASSERT_PTR_NULL(osmflow_draft_tag(&none, "name").data);
}

static void names_are_for_people(void) {
  static const struct {
    enum osmflow_element_type type;
    int64_t id;
    const char *name;
  } cases[] = {{OSMFLOW_WAY, 5, "way 5"},
               {OSMFLOW_NODE, -3, "new node -3"},
               {OSMFLOW_RELATION, 0, "new relation"},
               {OSMFLOW_RELATION, INT64_MIN, "new relation -9223372036854775808"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct osmflow_draft draft = {.type = cases[i].type, .id = cases[i].id};
    char buffer[OSMFLOW_DRAFT_NAME_SIZE];
    UNIT_SAME(osmflow_draft_name(&draft, buffer), cases[i].name, "name");
  }
}

OSMFLOW_UNIT_MAIN("osm/draft", UNIT(equal_is_what_would_send_the_same), UNIT(a_copy_needs_nothing_of_the_first),
                  UNIT(a_monstrous_element_is_refused), UNIT(it_goes_through_a_store),
                  UNIT(a_key_that_comes_twice_counts_once), UNIT(tags_are_found_by_key), UNIT(names_are_for_people))
