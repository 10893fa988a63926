#include "osm/change.h"

#include "change_unit.h"

static void orders(void) {
  static const struct {
    const char *given, *ordered;
  } cases[] = {
      {"", ""},
      {"-n1|~n2 0 0 < 1 1|+n-1 0 0", "+n-1 ~n2 -n1"},
      {"+w-1 -1,-2|+n-2 0 0|+r-1 w-1|+n-1 0 0", "+n-2 +n-1 +w-1 +r-1"},
      {"~r5 w1 < -|~w4 1 < 1,2|~n3 0 0 < 1 1", "~n3 ~w4 ~r5"},
      {"-n1|-w2|-r3|-n4|-w5|-r6", "-r3 -r6 -w2 -w5 -n1 -n4"},
      {"!n1|-n2|!n3", "!n1 -n2 !n3"},
      /* Undeletions come before what may use them. */
      {"+w-1 5,6|~n5 0 0 < x|~n6 0 0 < 1 1|~w7 5 < x|+r-1 w7", "~n5 +w-1 ~w7 +r-1 ~n6"},
      {"+r-1 r5|~r5 n1 < x", "~r5 +r-1"},
      {"~r5 r-1 < x|+r-1 n1", "+r-1 ~r5"},
      /* One whose base is unknown may be an undeletion. */
      {"+w-1 5|~n5 0 0|+n-1 0 0|~n6 0 0 < 1 1", "+n-1 ~n5 +w-1 ~n6"},
      /* Members first, the others as given. */
      {"+r-1 r-3|+r-2 n1|+r-3 r-4|+r-4 w1", "+r-4 +r-3 +r-1 +r-2"},
      {"+r-1 n1|+r-2 n1|+r-3 n1", "+r-1 +r-2 +r-3"},
      {"~r1 r2 < -|~r2 r3 < -|+r-1 r2", "+r-1 ~r1 ~r2"},
      /* Parents first, from what they were. */
      {"-r1|-r2 < r1|-r3 < r2", "-r3 -r2 -r1"},
      {"-r1 < n1|-r2 < n1|-r3 < n1", "-r1 -r2 -r3"},
      {"-r1|-r2 r1", "-r2 -r1"},
      {"-r7 < r7", "-r7"},
      /* The same numbers in different types are different elements. */
      {"+r-1 n-1,w-1|+w-1 -1|+n-1 0 0", "+n-1 +w-1 +r-1"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_change change;
    struct osmflow_bytes text;
    osmflow_change_init(&change);
    osmflow_bytes_init(&text, CHANGE_UNIT_TEXT);
    change_unit_add_all(&change, cases[i].given);
    for (int again = 0; again < 2; again++) {
      CU_ASSERT_EQUAL(osmflow_change_order(&change, NULL), OSMFLOW_OK);
      change_unit_show(&change, 0, change.count, false, &text);
      UNIT_SAME(osmflow_bytes_string(&text), cases[i].ordered, cases[i].given);
    }
    osmflow_bytes_clear(&text);
    osmflow_change_clear(&change);
  }
}

static void breaks_circles_of_new_relations(void) {
  static const struct {
    const char *given, *ordered;
  } cases[] = {
      {"+r-1 r-1", "+r-1v0() ~r-1v1(r-1)"},
      {"+r-1 n1,r-1,w2,r-1", "+r-1v0(n1,w2) ~r-1v1(n1,r-1,w2,r-1)"},
      {"+r-1 r-2|+r-2 r-1", "+r-2v0() +r-1v0(r-2) ~r-2v1(r-1)"},
      {"~n9 0 0 < 1 1|~r9 n1 < -|+r-1 r-2|+r-2 r-3|+r-3 r-1,n4|-n5",
       "+r-3v0(n4) +r-2v0(r-3) +r-1v0(r-2) ~n9v3() ~r9v3(n1) ~r-3v1(r-1,n4) -n5v3()"},
      /* An undeleted relation of version 3 has version 4 when its second step comes. */
      {"+r-1 r5|~r5 r-1,n2 < x", "~r5v3(n2) +r-1v0(r5) ~r5v4(r-1,n2)"},
      /* No circle: r5 is there already. */
      {"+r-1 r5|~r5 r-1 < n1", "+r-1v0(r5) ~r5v3(r-1)"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_change change;
    struct osmflow_bytes text;
    osmflow_change_init(&change);
    osmflow_bytes_init(&text, CHANGE_UNIT_TEXT);
    change_unit_add_all(&change, cases[i].given);
    for (int again = 0; again < 2; again++) {
      CU_ASSERT_EQUAL(osmflow_change_order(&change, NULL), OSMFLOW_OK);
      change_unit_show(&change, 0, change.count, true, &text);
      UNIT_SAME(osmflow_bytes_string(&text), cases[i].ordered, cases[i].given);
    }
    osmflow_bytes_clear(&text);
    osmflow_change_clear(&change);
  }
}

/* No order suits them; none may get lost. */
static void keeps_circles_of_deleted_relations(void) {
  struct osmflow_change change;
  osmflow_change_init(&change);
  change_unit_add_all(&change, "-r1 < r2|-r2 < r3|-r3 < r1|-w1|-r4 < r1");
  CU_ASSERT_EQUAL(osmflow_change_order(&change, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(change.count, 5);
  CU_ASSERT_EQUAL(change.items[0].draft->id, 4);
  CU_ASSERT_EQUAL(change.items[1].draft->id + change.items[2].draft->id + change.items[3].draft->id, 6);
  CU_ASSERT_EQUAL(change.items[4].draft->type, OSMFLOW_WAY);
  osmflow_change_clear(&change);
}

/* Neither recursion nor squares. */
static void orders_a_long_chain(void) {
  enum { LENGTH = 60000 };
  struct osmflow_change change;
  osmflow_change_init(&change);
  for (int64_t i = 1; i <= LENGTH; i++) {
    const struct osmflow_draft_member member = {OSMFLOW_RELATION, i == LENGTH ? -1 : -i - 1, {"", 0}};
    const struct osmflow_draft draft = {
        .type = OSMFLOW_RELATION, .id = -i, .visible = true, .members = &member, .member_count = 1};
    change_unit_must(osmflow_change_add(&change, OSMFLOW_ACTION_CREATE, false, &draft, NULL, NULL));
  }
  CU_ASSERT_EQUAL(osmflow_change_order(&change, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(change.count, LENGTH + 1);
  CU_ASSERT_EQUAL(change.items[0].draft->id, -LENGTH);
  CU_ASSERT_EQUAL(change.items[0].draft->member_count, 0);
  CU_ASSERT_EQUAL(change.items[LENGTH - 1].draft->id, -1);
  CU_ASSERT_EQUAL(change.items[LENGTH].draft->id, -LENGTH);
  CU_ASSERT_EQUAL(change.items[LENGTH].draft->version, 1);
  osmflow_change_clear(&change);
}

static void adds_copies(void) {
  struct osmflow_change change;
  struct osmflow_tag_view tag = {{"name", 4}, {"Lech", 4}};
  struct osmflow_draft draft = {.type = OSMFLOW_NODE, .id = -1, .version = 7, .tags = &tag, .tag_count = 1};
  osmflow_change_init(&change);
  CU_ASSERT_EQUAL(osmflow_change_add(&change, OSMFLOW_ACTION_NONE, false, &draft, NULL, NULL), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_EQUAL(osmflow_change_add(&change, OSMFLOW_ACTION_CREATE, false, &draft, NULL, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_change_add(&change, OSMFLOW_ACTION_DELETE, true, &draft, &draft, NULL), OSMFLOW_OK);
  tag.value = osmflow_text("Inn");
  CU_ASSERT_EQUAL_FATAL(change.count, 2);
  const struct osmflow_change_item *item = &change.items[0];
  UNIT_SAME(osmflow_draft_tag(item->draft, "name").data, "Lech", "a copy");
  CU_ASSERT_EQUAL(item->draft->version, 0);
  CU_ASSERT(item->draft->visible);
  CU_ASSERT_PTR_NULL(item->base);
  CU_ASSERT_EQUAL(item->outcome, OSMFLOW_OUTCOME_PENDING);
  CU_ASSERT_EQUAL(item->new_id, 0);
  item = &change.items[1];
  CU_ASSERT_EQUAL(item->draft->version, 7);
  CU_ASSERT(!item->draft->visible);
  CU_ASSERT_PTR_NOT_NULL(item->base);
  CU_ASSERT(item->if_unused);
  osmflow_change_clear(&change);
  CU_ASSERT_EQUAL(change.count, 0);
}

static void names_outcomes(void) {
  UNIT_SAME(osmflow_outcome_names[OSMFLOW_OUTCOME_PENDING], "pending", "first");
  UNIT_SAME(osmflow_outcome_names[OSMFLOW_OUTCOME_NOT_NEEDED], "not needed", "middle");
  UNIT_SAME(osmflow_outcome_names[OSMFLOW_OUTCOME_REFUSED], "refused", "last");
}

static void keeps_new_ids_per_type(void) {
  struct osmflow_new_ids ids;
  osmflow_new_ids_init(&ids);
  CU_ASSERT_EQUAL(osmflow_new_ids_find(&ids, OSMFLOW_NODE, -1), -1);
  for (int64_t i = 1; i <= 1000; i++)
    CU_ASSERT_EQUAL(osmflow_new_ids_add(&ids, OSMFLOW_NODE, -i, 13000000000 + i, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_new_ids_add(&ids, OSMFLOW_WAY, -1, 7, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_new_ids_add(&ids, OSMFLOW_WAY, -1, 8, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_new_ids_find(&ids, OSMFLOW_NODE, -1), 13000000001);
  CU_ASSERT_EQUAL(osmflow_new_ids_find(&ids, OSMFLOW_NODE, -1000), 13000001000);
  CU_ASSERT_EQUAL(osmflow_new_ids_find(&ids, OSMFLOW_NODE, -1001), -1001);
  CU_ASSERT_EQUAL(osmflow_new_ids_find(&ids, OSMFLOW_WAY, -1), 8);
  CU_ASSERT_EQUAL(osmflow_new_ids_find(&ids, OSMFLOW_RELATION, -1), -1);
  CU_ASSERT_EQUAL(osmflow_new_ids_find(&ids, OSMFLOW_WAY, 5), 5);
  osmflow_new_ids_clear(&ids);
  CU_ASSERT_EQUAL(osmflow_new_ids_find(&ids, OSMFLOW_WAY, -1), -1);
}

OSMFLOW_UNIT_MAIN("osm/change", UNIT(breaks_circles_of_new_relations), UNIT(orders_a_long_chain),
                  UNIT(keeps_circles_of_deleted_relations), UNIT(orders), UNIT(adds_copies), UNIT(names_outcomes),
                  UNIT(keeps_new_ids_per_type))
