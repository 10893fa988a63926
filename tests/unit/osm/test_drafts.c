#include "osm/drafts.h"

#include "edit_unit.h"

/* Two ways that share node 2, one closed; a relation of the first and of node 4; a relation of that relation. Nodes 4
 * and -4 lie at one place. Ways 12 and 20
 * go on with node 77, which is not here; there is a relation 20, too. */
static const char base[] =
    "n1 0 0|n2 10 0 barrier=gate|n3 20 0|n4 5 5|n-4 5 5|n5000000000 30 0|"
    "w10 1,2,3 highway=path|w11 2,3,5000000000,2|w12 3,77|w20 3,77|"
    "r20 w10:outer,n4 type=route|r21 r20,w10:inner,w10:outer type=superroute";

/* Steps: an element as it is to be (id 0: a new one), "-w10": delete it, "(": mark, ")": back to that mark,
 * "lines 5:" a label. Questions: "n2": the element at present, "*n2": its parents, "@5 5": the nodes there. */
static const struct {
  const char *what, *steps, *changes, *question, *answer;
} cases[] = {
    {"nothing done", "", "", "n2", "n2 10 0 barrier=gate"},
    {"not here", "", "", "n77", "-"},
    {"parents in the base, each once", "", "", "*n2", "w10,w11"},
    {"parents of a node that is not here", "", "", "*n77", "w12,w20"},
    {"parents of what nothing uses", "", "", "*n1000", ""},
    {"ids beyond 32 bits", "", "", "*n5000000000", "w11"},
    {"32 bits of such an id are another one", "", "", "*n705032704", ""},
    {"a node's parent may be a relation", "", "", "*n4", "r20"},
    {"a way is not the relation of its number", "", "", "*w20", ""},
    {"relations of ways, each once", "", "", "*w10", "r20,r21"},
    {"relations of relations", "", "", "*r20", "r21"},
    {"nodes at a place, by size of their ids", "", "", "@5 5", "n4,n-4"},
    {"the place must be exact", "", "", "@5 6", ""},
    {"longitude is not latitude", "", "", "@0 10", ""},

    {"a moved node", "n1 7 7", "~n1 7 7", "@7 7", "n1"},
    {"it is no longer where it was", "n1 7 7", "~n1 7 7", "@0 0", ""},
    {"it is still used", "n1 7 7", "~n1 7 7", "*n1", "w10"},
    {"moved and moved back", "n1 7 7|n1 0 0", "", "@0 0", "n1"},
    {"a node that came to others", "n3 5 5", "~n3 5 5", "@5 5", "n3,n4,n-4"},
    {"new nodes come after the base's", "n0 5 5|n0 5 5|n5000000000 5 5", "~n5000000000 5 5|+n-5 5 5|+n-6 5 5", "@5 5",
     "n4,n-4,n5000000000,n-5,n-6"},
    {"a deleted node has no place", "-n4", "-n4", "@5 5", "n-4"},
    {"a deleted node is not here", "-n4", "-n4", "n4", "-"},
    {"but relations still name it", "-n4", "-n4", "*n4", "r20"},
    {"undeleted", "-n4|n4 5 5", "", "@5 5", "n4,n-4"},

    {"a new way uses its nodes", "w0 2,1,2", "+w-5 2,1,2", "*n2", "w-5,w10,w11"},
    {"a way that lost a node", "w10 1,3", "~w10 1,3", "*n2", "w11"},
    {"and got it back", "w10 1,3|w10 3,2,2", "~w10 3,2,2", "*n2", "w10,w11"},
    {"a way that got a node", "w12 3,77,1", "~w12 3,77,1", "*n1", "w10,w12"},
    {"a deleted way uses nothing", "-w10", "-w10", "*n1", ""},
    {"a relation with other members", "r20 n2:stop type=route", "~r20 n2:stop type=route", "*w10", "r21"},
    {"a role is no use", "r20 n2:w10", "~r20 n2:w10", "*n2", "w10,w11,r20"},
    {"a new relation of a new relation", "r0 n1|r0 r-5", "+r-5 n1|+r-6 r-5", "*r-5", "r-6"},
    {"a way and a relation of the same number", "w20 1000,1|r20 n1000", "~w20 1000,1|~r20 n1000", "*n1000", "w20,r20"},
    {"a node and a way of the same number", "r0 n10", "+r-5 n10", "*w10", "r20,r21"},

    {"a new one, forgotten", "n0 1 1 a=b|-n-5", "", "n-5", "-"},
    {"forgotten and put again", "n0 1 1|-n-5|n-5 2 2", "+n-5 2 2", "@2 2", "n-5"},
    {"deleted twice", "-w10|-w10", "-w10", "w10", "-"},

    {"taken back: a change", "(|n1 7 7|n1 8 8|)", "", "@0 0", "n1"},
    {"taken back: a second change", "n1 7 7|(|n1 8 8|)", "~n1 7 7", "@7 7", "n1"},
    {"taken back: a new node", "(|n0 7 7|)", "", "@7 7", ""},
    {"its id is not given again", "(|n0 7 7|)|n0 8 8", "+n-6 8 8", "n-5", "-"},
    {"taken back: a deletion", "(|-w10|)", "", "*n1", "w10"},
    {"taken back: a new one's deletion", "n0 7 7|(|-n-5|)", "+n-5 7 7", "@7 7", "n-5"},
    {"taken back: new and deleted", "(|n0 7 7|-n-5|)", "", "n-5", "-"},
    {"taken back: a way's nodes", "w0 1,2|(|w-5 3,77|w10 77,1|)", "+w-5 1,2", "*n77", "w12,w20"},
    {"marks within marks", "n1 1 1|(|n1 2 2|(|n1 3 3|n0 9 9|)|n2 4 4|)", "~n1 1 1", "n2", "n2 10 0 barrier=gate"},
};

static void print_list(struct edit_unit *unit, const struct osmflow_parents *list) {
  static const char letters[] = "nwr";
  for (size_t i = 0; i < list->count; i++)
    edit_unit_check(osmflow_bytes_print(&unit->text, NULL, "%s%c%" PRId64, i > 0 ? "," : "",
                                        letters[list->items[i].type], list->items[i].id));
}

static const char *answer(struct edit_unit *unit, const char *question) {
  const struct osmflow_draft *found = NULL;
  struct osmflow_parents list;
  struct osmflow_text lat = osmflow_text(question + 1), lon = {NULL, 0};
  osmflow_parents_init(&list);
  osmflow_bytes_reset(&unit->text);
  if (question[0] == '@') {
    osmflow_text_next(&lat, ' ', &lon);
    edit_unit_check(osmflow_drafts_nodes_at(unit->drafts, (int32_t)edit_unit_number(lon),
                                            (int32_t)edit_unit_number(lat), &list, NULL));
    print_list(unit, &list);
  } else if (question[0] == '*') {
    edit_unit_check(osmflow_drafts_parents(unit->drafts, edit_unit_type(question[1]),
                                           edit_unit_number(osmflow_text(question + 2)), &list, NULL));
    print_list(unit, &list);
  } else {
    edit_unit_check(osmflow_drafts_get(unit->drafts, edit_unit_type(question[0]), edit_unit_number(lat), &found, NULL));
    if (found)
      edit_unit_print(&unit->text, "", found);
    else
      edit_unit_print_text(&unit->text, osmflow_text("-"));
  }
  osmflow_parents_clear(&list);
  return osmflow_bytes_string(&unit->text);
}

/* An element in a few words as a draft; free it. */
static struct osmflow_draft *draft_of(const char *line) {
  struct osmflow_store store;
  struct osmflow_draft *draft = NULL;
  osmflow_store_init(&store, false);
  edit_unit_add_element(&store, osmflow_text(line));
  edit_unit_check(osmflow_draft_from_store(&store, edit_unit_type(line[0]), 0, &draft, NULL));
  osmflow_store_clear(&store);
  return draft;
}

static enum osmflow_status put(struct edit_unit *unit, const char *line, int64_t *id, struct osmflow_error *error) {
  struct osmflow_draft *wish = draft_of(line);
  const enum osmflow_status status = osmflow_drafts_put(unit->drafts, wish, id, error);
  osmflow_draft_free(wish);
  return status;
}

static void run(struct edit_unit *unit, const char *steps) {
  struct osmflow_text rest = osmflow_text(steps), step;
  size_t marks[4] = {0}, count = 0;
  while (rest.size > 0 && osmflow_text_next(&rest, '|', &step)) {
    char line[128];
    snprintf(line, sizeof line, "%.*s", OSMFLOW_TEXT_ARGUMENTS(step));
    if (line[0] == '(')
      marks[count++] = osmflow_drafts_mark(unit->drafts);
    else if (line[0] == ')')
      osmflow_drafts_rollback(unit->drafts, marks[--count]);
    else if (line[0] == '-')
      edit_unit_check(
          osmflow_drafts_delete(unit->drafts, edit_unit_type(line[1]), edit_unit_number(osmflow_text(line + 2)), NULL));
    else
      edit_unit_check(put(unit, line, NULL, NULL));
  }
}

/* Asked before as well: what is built for the first answer must not stand in the way of the second. */
static void steps_have_their_effect(void) {
  for (size_t i = 0; i < 2 * (sizeof cases / sizeof cases[0]); i++) {
    const size_t place = i / 2;
    struct edit_unit unit;
    edit_unit_open(&unit, base);
    if (i % 2 == 1)
      answer(&unit, cases[place].question);
    run(&unit, cases[place].steps);
    UNIT_SAME(edit_unit_changes(&unit), cases[place].changes, cases[place].what);
    UNIT_SAME(answer(&unit, cases[place].question), cases[place].answer, cases[place].what);
    edit_unit_close(&unit);
  }
}

static void unknown_elements_are_named(void) {
  static const struct {
    const char *line, *message;
  } wrong[] = {{"w5 1,2", "way 5 is not part of what was downloaded"},
               {"n-5 1 1", "node -5 is not part of what was downloaded"},
               {"r10 w10", "relation 10 is not part of what was downloaded"},
               {"n5000000001 1 1", "node 5000000001 is not part of what was downloaded"}};
  struct edit_unit unit;
  edit_unit_open(&unit, base);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct osmflow_error error = {0};
    CU_ASSERT_EQUAL(put(&unit, wrong[i].line, NULL, &error), OSMFLOW_NOT_FOUND);
    UNIT_SAME(error.message, wrong[i].message, "put");
  }
  CU_ASSERT_EQUAL(osmflow_drafts_delete(unit.drafts, OSMFLOW_WAY, 5, NULL), OSMFLOW_NOT_FOUND);
  CU_ASSERT_EQUAL(osmflow_drafts_delete(unit.drafts, OSMFLOW_WAY, 0, NULL), OSMFLOW_BAD_ARGUMENT);
  run(&unit, "(|n0 1 1|)");
  CU_ASSERT_EQUAL(put(&unit, "n-5 1 1", NULL, NULL), OSMFLOW_NOT_FOUND);
  CU_ASSERT(osmflow_drafts_count(unit.drafts) == 0 && !osmflow_drafts_touches(unit.drafts, OSMFLOW_NODE, -5));
  edit_unit_close(&unit);
}

static void new_ids_are_below_all_others(void) {
  static const struct {
    const char *elements;
    int64_t first, expected;
  } starts[] = {{"", -1, -1},
                {"n1 0 0", -100, -100},
                {"n-7 0 0", -1, -8},
                {"n-7 0 0", -7, -8},
                {"n-7 0 0", -20, -20},
                {"w-9 1,2", -1, -10},
                {"r-11 -", -1, -12},
                {"w9 1,-30", -1, -31},
                {"r1 n1,w-40", -1, -41},
                {"n-5000000000 0 0", -1, -5000000001}};
  struct osmflow_drafts *drafts = NULL;
  struct osmflow_error error = {0};
  for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
    struct edit_unit unit;
    const struct osmflow_draft *found = NULL;
    int64_t id = 0;
    edit_unit_open(&unit, starts[i].elements);
    osmflow_drafts_free(unit.drafts);
    edit_unit_check(osmflow_drafts_new(&unit.store, starts[i].first, &unit.drafts, NULL));
    CU_ASSERT_EQUAL(osmflow_drafts_next_placeholder(unit.drafts), starts[i].expected);
    edit_unit_check(put(&unit, "n0 1 1", &id, NULL));
    CU_ASSERT_EQUAL(id, starts[i].expected);
    CU_ASSERT_EQUAL(osmflow_drafts_next_placeholder(unit.drafts), starts[i].expected - 1);
    edit_unit_check(osmflow_drafts_get(unit.drafts, OSMFLOW_NODE, id, &found, NULL));
    CU_ASSERT(found && found->id == id && found->version == 0);
    if (i == 0) {
      CU_ASSERT_EQUAL(osmflow_drafts_new(&unit.store, 0, &drafts, &error), OSMFLOW_BAD_ARGUMENT);
      CU_ASSERT_PTR_NULL(drafts);
    }
    edit_unit_close(&unit);
  }
}

/* As an edit does it: the present draft with one thing changed, the rest still pointing into it. */
static void a_wish_may_be_made_of_the_present_draft(void) {
  struct edit_unit unit;
  const struct osmflow_draft *present = NULL, *before = NULL;
  edit_unit_open(&unit, base);
  for (size_t i = 3; i > 0; i--) {
    edit_unit_check(osmflow_drafts_get(unit.drafts, OSMFLOW_WAY, 11, &present, NULL));
    struct osmflow_draft wish = *present;
    wish.ref_count = i;
    edit_unit_check(osmflow_drafts_put(unit.drafts, i == 2 ? present : &wish, NULL, NULL));
    before = before ? before : present;
  }
  CU_ASSERT(before->ref_count == 4 && before->refs[3] == 2);
  UNIT_SAME(edit_unit_changes(&unit), "~w11 2", "its own refs");
  edit_unit_check(osmflow_drafts_get(unit.drafts, OSMFLOW_RELATION, 20, &present, NULL));
  edit_unit_check(osmflow_drafts_put(unit.drafts, present, NULL, NULL));
  edit_unit_check(osmflow_drafts_original(unit.drafts, OSMFLOW_RELATION, 20, &before, NULL));
  edit_unit_check(osmflow_drafts_get(unit.drafts, OSMFLOW_RELATION, 20, &present, NULL));
  CU_ASSERT(present != before && osmflow_draft_equal(present, before));
  CU_ASSERT_EQUAL(osmflow_drafts_count(unit.drafts), 2);
  edit_unit_close(&unit);
}

static void versions_are_the_base_s(void) {
  struct edit_unit unit;
  const struct osmflow_draft *present = NULL;
  const struct osmflow_draft wish = {.type = OSMFLOW_NODE, .id = 1, .version = 99, .visible = true, .lon = 5};
  edit_unit_open(&unit, base);
  edit_unit_check(osmflow_drafts_put(unit.drafts, &wish, NULL, NULL));
  edit_unit_check(osmflow_drafts_get(unit.drafts, OSMFLOW_NODE, 1, &present, NULL));
  CU_ASSERT(present->version == 3 && present->lon == 5);
  edit_unit_check(osmflow_drafts_delete(unit.drafts, OSMFLOW_NODE, 1, NULL));
  osmflow_drafts_at(unit.drafts, 0, &present, &present);
  CU_ASSERT(present->version == 3 && !present->visible && present->id == 1);
  edit_unit_close(&unit);
}

static const char *label_of(struct edit_unit *unit, enum osmflow_element_type type, int64_t id) {
  const struct osmflow_draft *found = NULL;
  edit_unit_check(osmflow_drafts_get(unit->drafts, type, id, &found, NULL));
  return found ? found->label.data : "not here";
}

static void the_first_label_stays(void) {
  struct edit_unit unit;
  edit_unit_open(&unit, base);
  run(&unit, "n3 1 1");
  UNIT_SAME(label_of(&unit, OSMFLOW_NODE, 3), "", "none set");
  edit_unit_check(osmflow_drafts_set_label(unit.drafts, "lines 10", NULL));
  run(&unit, "n1 1 1|n0 2 2|n3 2 2");
  const size_t mark = osmflow_drafts_mark(unit.drafts);
  edit_unit_check(osmflow_drafts_set_label(unit.drafts, "points 2", NULL));
  run(&unit, "n1 3 3|n2 3 3|n-5 3 3");
  UNIT_SAME(label_of(&unit, OSMFLOW_NODE, 1), "lines 10", "changed before");
  UNIT_SAME(label_of(&unit, OSMFLOW_NODE, -5), "lines 10", "made before");
  UNIT_SAME(label_of(&unit, OSMFLOW_NODE, 3), "lines 10", "changed before, without a label");
  UNIT_SAME(label_of(&unit, OSMFLOW_NODE, 2), "points 2", "changed now");
  osmflow_drafts_rollback(unit.drafts, mark);
  run(&unit, "n2 4 4");
  UNIT_SAME(label_of(&unit, OSMFLOW_NODE, 2), "lines 10", "the label is taken back, too");
  edit_unit_close(&unit);
}

static void add_deleted(struct osmflow_store *store, enum osmflow_element_type type, int64_t id) {
  const struct osmflow_element element = {.id = id, .version = 7};
  edit_unit_check(osmflow_store_begin(store, type, &element, 0, osmflow_text(NULL), 5, 5, NULL));
  edit_unit_check(osmflow_store_add_ref(store, 1, NULL));
  osmflow_store_end(store);
}

static void what_the_base_has_as_deleted_can_be_undeleted(void) {
  struct edit_unit unit;
  const struct osmflow_draft *found = NULL, *original = NULL;
  edit_unit_open(&unit, base);
  add_deleted(&unit.store, OSMFLOW_NODE, 40);
  add_deleted(&unit.store, OSMFLOW_WAY, 41);
  UNIT_SAME(answer(&unit, "n40"), "-", "not here");
  UNIT_SAME(answer(&unit, "@5 5"), "n4,n-4", "nowhere");
  UNIT_SAME(answer(&unit, "*n1"), "w10", "uses nothing");
  edit_unit_check(osmflow_drafts_original(unit.drafts, OSMFLOW_NODE, 40, &original, NULL));
  CU_ASSERT(original && !original->visible && original->version == 7);
  run(&unit, "-n40");
  CU_ASSERT_EQUAL(osmflow_drafts_count(unit.drafts), 0);
  run(&unit, "n40 5 5|w41 1,40");
  UNIT_SAME(edit_unit_changes(&unit), "~n40 5 5|~w41 1,40", "undeleted");
  UNIT_SAME(answer(&unit, "@5 5"), "n4,n-4,n40", "at its place");
  UNIT_SAME(answer(&unit, "*n1"), "w10,w41", "uses again");
  osmflow_drafts_at(unit.drafts, 0, &original, &found);
  CU_ASSERT(!original->visible && found->visible && found->version == 7);
  edit_unit_close(&unit);
}

static void generations_tell_of_changes(void) {
  struct edit_unit unit;
  edit_unit_open(&unit, base);
  const uint64_t start = osmflow_drafts_generation(unit.drafts);
  const size_t mark = osmflow_drafts_mark(unit.drafts);
  answer(&unit, "*n1");
  osmflow_drafts_rollback(unit.drafts, mark);
  CU_ASSERT_EQUAL(osmflow_drafts_generation(unit.drafts), start);
  run(&unit, "n1 1 1");
  const uint64_t put_once = osmflow_drafts_generation(unit.drafts);
  CU_ASSERT(put_once > start);
  osmflow_drafts_rollback(unit.drafts, mark);
  const uint64_t back = osmflow_drafts_generation(unit.drafts);
  CU_ASSERT(back > put_once);
  osmflow_drafts_rollback(unit.drafts, mark);
  CU_ASSERT_EQUAL(osmflow_drafts_generation(unit.drafts), back);
  edit_unit_close(&unit);
}

OSMFLOW_UNIT_MAIN("osm/drafts", UNIT(steps_have_their_effect), UNIT(unknown_elements_are_named),
                  UNIT(new_ids_are_below_all_others), UNIT(a_wish_may_be_made_of_the_present_draft),
                  UNIT(versions_are_the_base_s), UNIT(the_first_label_stays),
                  UNIT(what_the_base_has_as_deleted_can_be_undeleted), UNIT(generations_tell_of_changes))
