/* Single elements of the raw layers: what is put, what is refused, what is removed. */
#include "edit_unit.h"
#include "osm/edit.h"
#include "unit.h"

#define BASE                                                                                                        \
  "n1 0 0 x=y|n2 9 0|n3 9 9|w50 1,2 a=b|w51 2,7 a=b|r60 w50:outer,n8:label,r61:sub type=site name=Castle|r61 n1:x " \
  "a=b|n4 7 9|r62 r62:self,n4:x a=b|"

/* The wishes are written as elements of another store; id 0 is a new one. */
static enum osmflow_status put(struct edit_unit *unit, const char *wish, int64_t *id, struct osmflow_error *error) {
  struct osmflow_store wishes;
  struct osmflow_draft *draft = NULL;
  const enum osmflow_element_type type = edit_unit_type(wish[0]);
  osmflow_store_init(&wishes, false);
  edit_unit_add_element(&wishes, osmflow_text(wish));
  edit_unit_check(osmflow_store_finish(&wishes, NULL));
  edit_unit_check(osmflow_draft_from_store(&wishes, type, 0, &draft, NULL));
  const enum osmflow_status status = osmflow_edit_put(&unit->options, draft, id, error);
  osmflow_draft_free(draft);
  osmflow_store_clear(&wishes);
  return status;
}

struct raw_case {
  const char *wish;
  int64_t id;
  const char *expected, *why; /* id 0: refused with these words */
};

static void check(const struct raw_case *cases, size_t count, void (*prepare)(struct edit_unit *)) {
  for (size_t i = 0; i < count; i++) {
    struct edit_unit unit;
    struct osmflow_error error = {0};
    int64_t id = 0;
    edit_unit_open(&unit, BASE);
    if (prepare)
      prepare(&unit);
    const enum osmflow_status status = put(&unit, cases[i].wish, &id, &error);
    CU_ASSERT_EQUAL(status == OSMFLOW_OK, cases[i].id != 0);
    CU_ASSERT_EQUAL(id, cases[i].id);
    if (cases[i].id != 0)
      UNIT_SAME(edit_unit_changes(&unit), cases[i].expected, cases[i].why);
    else if (!strstr(error.message, cases[i].expected)) {
      fprintf(stderr, "\n%s: got the error [%s]\n", cases[i].why, error.message);
      CU_FAIL("another error was expected");
    }
    edit_unit_close(&unit);
  }
}

static void refuses_what_cannot_be(void) {
  static const struct raw_case cases[] = {
      {"n9 1 1", 0, "node 9 is not here", "an unknown node"},
      {"n1 1800000001 0", 0, "no such place as longitude 180.0000001", "out of the world"},
      {"n1 2147483647 0", 0, "no such place", "no position"},
      {"n1 0 -900000001", 0, "latitude -90.0000001", "below the pole"},
      {"w50 -", 0, "at least one node", "no nodes"},
      {"w0 1,99", 0, "refers to node 99, which is not here", "a new way to nowhere"},
      {"w50 1,7", 0, "refers to node 7, which is not here", "another way's missing node"},
      {"r60 r60:self", 0, "a relation cannot be a member of itself", "itself"},
      {"r61 w99:x", 0, "refers to way 99, which is not here", "a member that is not here"},
      {"r61 n50:x", 0, "refers to node 50, which is not here", "the number of another type"},
      {"w50 1,2,1,2,1", 0, "5 nodes of one way are too many; the server takes 4", "too many nodes"},
      {"r61 n1,n2,n3,n1", 0, "4 members of one relation are too many; the server takes 3", "too many members"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct edit_unit unit;
    struct osmflow_error error = {0};
    int64_t id = 77;
    edit_unit_open(&unit, BASE);
    unit.options.most_way_nodes = 4;
    unit.options.most_members = 3;
    CU_ASSERT_EQUAL(put(&unit, cases[i].wish, &id, &error) == OSMFLOW_OK, false);
    if (!strstr(error.message, cases[i].expected))
      fprintf(stderr, "\n%s: got the error [%s]\n", cases[i].why, error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].expected));
    UNIT_SAME(edit_unit_changes(&unit), "", cases[i].why);
    CU_ASSERT_EQUAL(id, 77);
    edit_unit_close(&unit);
  }
}

static void puts_elements(void) {
  static const struct raw_case cases[] = {
      {"n1 0 0 x=y", 1, "", "a node as it is"},
      {"n1 0 0 empty= x=y", 1, "", "an empty value is no tag"},
      {"n1 0 0", 1, "~n1 0 0", "without tags"},
      {"n1 5 5 x=y", 1, "~n1 5 5 x=y", "at another place"},
      {"n0 5 5 x=y", -1, "+n-1 5 5 x=y", "a new node"},
      {"n0 0 0", -1, "+n-1 0 0", "a new node where one is"},
      {"w50 1,2 a=b", 50, "", "a way as it is"},
      {"w50 2,1 a=b", 50, "~w50 2,1 a=b", "turned round"},
      {"w50 1 a=b", 50, "~w50 1 a=b", "one node"},
      {"w50 1,1,2 a=b", 50, "~w50 1,1,2 a=b", "a node twice"},
      {"w51 7,2,7,3 a=b", 51, "~w51 7,2,7,3 a=b", "a missing node that it had"},
      {"w0 3,1 c=d", -1, "+w-1 3,1 c=d", "a new way"},
      {"r60 n8:label,w50,n2:anything_goes type=site", 60, "~r60 n8:label,w50,n2:anything_goes type=site",
       "members, with a missing one that it had"},
      {"r60 - type=site", 60, "~r60 type=site", "no members"},
      {"r61 r60:x,n1:x a=b", 61, "~r61 r60:x,n1:x a=b", "relations in a circle are the server's matter"},
      {"r62 r62:self,n4:x a=b", 62, "", "a member of itself, as it is"},
      {"r62 r62:self,n4:y a=b", 62, "~r62 r62:self,n4:y a=b", "it may stay a member of itself"},
      {"r0 r60:x a=b", -1, "+r-1 r60:x a=b", "a new relation"},
  };
  check(cases, sizeof cases / sizeof cases[0], NULL);
}

static void delete_node_3(struct edit_unit *unit) {
  edit_unit_check(osmflow_drafts_delete(unit->drafts, OSMFLOW_NODE, 3, NULL));
}

static void knows_what_is_deleted_here(void) {
  static const struct raw_case cases[] = {
      {"w50 1,3 a=b", 0, "refers to node 3, which is deleted here", "a node that was deleted"},
      {"n3 1 1", 0, "node 3 is not here", "it does not come back"},
      {"w50 2,1 a=b", 50, "-n3|~w50 2,1 a=b", "others can be changed"},
  };
  check(cases, sizeof cases / sizeof cases[0], delete_node_3);
}

static void narrow(struct edit_unit *unit) {
  unit->options.has_bounds = true;
  unit->options.bounds = (struct osmflow_bbox){1, 1, 9, 9};
}

static void keeps_within_bounds(void) {
  static const struct raw_case cases[] = {
      {"n0 0 0", 0, "BOUNDS_CHECK=NO", "a new node outside"},
      {"n2 10 0", 0, "is outside", "moved outside"},
      {"n1 0 0 x=z", 1, "~n1 0 0 x=z", "one that is outside and stays"},
      {"n2 9 1", 2, "~n2 9 1", "moved inside"},
  };
  check(cases, sizeof cases / sizeof cases[0], narrow);
}

static void removes_what_nothing_uses(void) {
  static const struct {
    struct osmflow_edit_element element;
    const char *expected; /* changes, or words of the error */
  } cases[] = {
      {{OSMFLOW_NODE, 3}, "-n3"},
      {{OSMFLOW_WAY, 51}, "-w51"},
      {{OSMFLOW_RELATION, 60}, "-r60"},
      {{OSMFLOW_NODE, 2}, "node 2 is used by way 50, way 51; take it out there first"},
      {{OSMFLOW_NODE, 1}, "node 1 is used by way 50, relation 61; take it out there first"},
      {{OSMFLOW_WAY, 50}, "way 50 is used by relation 60 (site, Castle); take it out there first"},
      {{OSMFLOW_RELATION, 61}, "relation 61 is used by relation 60 (site, Castle); take it out there first"},
      {{OSMFLOW_NODE, 8}, "node 8 is not here: it was deleted, or never downloaded"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct edit_unit unit;
    struct osmflow_error error = {0};
    edit_unit_open(&unit, BASE);
    const enum osmflow_status status = osmflow_edit_remove(&unit.options, &cases[i].element, &error);
    UNIT_SAME(status == OSMFLOW_OK ? edit_unit_changes(&unit) : error.message, cases[i].expected, "removing");
    edit_unit_close(&unit);
  }
}

static void needs_not_tell_the_id(void) {
  static const char *const wishes[][2] = {{"n1 0 0 x=y", ""}, {"n1 5 5 x=y", "~n1 5 5 x=y"}, {"n0 5 5", "+n-1 5 5"}};
  for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
    struct edit_unit unit;
    edit_unit_open(&unit, BASE);
    edit_unit_check(put(&unit, wishes[i][0], NULL, NULL));
    UNIT_SAME(edit_unit_changes(&unit), wishes[i][1], "nobody asked for the id");
    edit_unit_close(&unit);
  }
}

static void names_a_few_of_many_users(void) {
  static const struct osmflow_edit_element node = {OSMFLOW_NODE, 1};
  struct edit_unit unit;
  struct osmflow_error error = {0};
  edit_unit_open(&unit, "n1 0 0|n2 1 1|w5 1,2 name=A|w6 1,2|w7 1,2 name=C|w8 1,2|w9 1,2");
  CU_ASSERT_EQUAL(osmflow_edit_remove(&unit.options, &node, &error), OSMFLOW_BAD_ARGUMENT);
  UNIT_SAME(error.message, "node 1 is used by way 5 (A), way 6, way 7 (C) and 2 more; take it out there first", "five");
  edit_unit_close(&unit);
}

OSMFLOW_UNIT_MAIN("osm/edit_raw", UNIT(refuses_what_cannot_be), UNIT(puts_elements), UNIT(knows_what_is_deleted_here),
                  UNIT(keeps_within_bounds), UNIT(removes_what_nothing_uses), UNIT(needs_not_tell_the_id),
                  UNIT(names_a_few_of_many_users))
