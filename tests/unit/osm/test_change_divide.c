#include "change_unit.h"

static void leaves_out(void) {
  static const struct {
    const char *change;
    int64_t id; /* the first item of this id is left out */
    const char *rest;
    const char *reason; /* of the first item refused; NULL: none is */
  } cases[] = {
      {"+n-1 0 0|+n-2 0 0", -1, "+n-2", NULL},
      /* Who refers to what is not created. */
      {"+n-1 0 0 a=b|+n-2 0 0 a=b|+w-3 -1,5 a=b|+w-4 -2,5 a=b|~w6 5,-1 < 5,7|~r7 n-1 < -", -1, "+n-2 +w-4",
       "needs new node -1, which was left out"},
      {"+n-1 0 0|+w-3 -1,5|+r-4 w-3|~r5 r-4 < -", -1, "", "needs new node -1, which was left out"},
      /* New nodes that were for the lost way alone would lie about. */
      {"+n-1 0 0|+n-2 0 0|+n-3 0 0 highway=gate|+n-4 0 0|+w-9 -1,-1,-2,-3,5|+w-8 -2,5", -9, "+n-2 +n-3 +n-4 +w-8",
       "only for new way -9, which was left out"},
      {"+n-1 0 0|~w9 1,-1,2 < 1,2", 9, "", "only for way 9, which was left out"},
      {"+n-1 0 0|+w-2 -1,5|+w-3 5,6 highway=path|+r-7 w-2,w-3", -7, "+w-3",
       "only for new way -2, which was left out because of new relation -7"},
      /* What it still uses cannot be deleted. */
      {"~w9 1,2 < 1,2,3,4|-n3 < 0 0|-n4 < 0 0|-n5 < 0 0", 9, "-n5", "still used by way 9, which was left out"},
      {"-r7 < w9,n1|-w9 < 3,4|-n3|-n1", 7, "", "still used by relation 7, which was left out"},
      {"-w9 3,4|-n3|-n5", 9, "-n5", "still used by way 9, which was left out"},
      {"-n3|-n4", 3, "-n4", NULL},
      {"~w9 1,2 < 1,2,3|-n3", 3, "~w9", NULL},
      /* Undeletions. */
      {"~n5 0 0 < x|~w6 5,7 < 7,8|+w-1 5,7 a=b|~n9 0 0 < 1 1", 5, "~n9", "needs node 5, which was left out"},
      {"~n5 0 0 < 1 1|~w6 5,7 < 7,8|+w-1 5,7", 5, "+w-1 ~w6", NULL},
      {"~n5 0 0|~w6 5,7|+w-1 5,7", 5, "+w-1 ~w6", NULL},
      /* Circles. */
      {"+r-1 r-2|+r-2 r-1|+r-3 n1", -1, "+r-2 +r-3", "needs new relation -1, which was left out"},
      {"+n-1 0 0|~n-1 5 5 < 0 0|+n-2 0 0", -1, "+n-2", "needs new node -1, which was left out"},
      {"+r-1 r-2|+r-2 r-1|+r-3 n1", -2, "+r-3", "needs new relation -2, which was left out"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_change change;
    struct osmflow_bytes text;
    size_t item = 0, left_out = 100, refused = 0;
    const char *reason = NULL;
    osmflow_change_init(&change);
    osmflow_bytes_init(&text, CHANGE_UNIT_TEXT);
    change_unit_add_all(&change, cases[i].change);
    change_unit_must(osmflow_change_order(&change, NULL));
    while (change.items[item].draft->id != cases[i].id)
      item++;
    change.items[item].outcome = OSMFLOW_OUTCOME_CONFLICT;
    CU_ASSERT_EQUAL(osmflow_change_leave_out(&change, item, &left_out, NULL), OSMFLOW_OK);
    change_unit_show(&change, 0, change.count, false, &text);
    UNIT_SAME(osmflow_bytes_string(&text), cases[i].rest, cases[i].change);
    for (size_t k = 0; k < change.count; k++)
      if (change.items[k].outcome == OSMFLOW_OUTCOME_REFUSED && refused++ == 0)
        reason = change.items[k].reason;
    CU_ASSERT_EQUAL(left_out, 100 + refused);
    UNIT_SAME(reason ? reason : "", cases[i].reason ? cases[i].reason : "", cases[i].change);
    CU_ASSERT_EQUAL(change.items[item].outcome, OSMFLOW_OUTCOME_CONFLICT);
    osmflow_bytes_clear(&text);
    osmflow_change_clear(&change);
  }
}

static void reasons_name_the_feature_and_the_cause(void) {
  struct osmflow_change change;
  size_t left_out = 0;
  const int64_t ref = -1;
  const struct osmflow_draft_member member = {OSMFLOW_WAY, -1, {"", 0}};
  const struct osmflow_draft drafts[] = {
      {.type = OSMFLOW_NODE, .id = -1, .label = {"points 7", 8}},
      {.type = OSMFLOW_WAY, .id = -1, .refs = &ref, .ref_count = 1, .label = {"lines 8", 7}},
      {.type = OSMFLOW_RELATION, .id = -1, .members = &member, .member_count = 1}};
  osmflow_change_init(&change);
  for (size_t i = 0; i < 3; i++)
    change_unit_must(osmflow_change_add(&change, OSMFLOW_ACTION_CREATE, false, &drafts[i], NULL, NULL));
  change.items[0].outcome = OSMFLOW_OUTCOME_REFUSED;
  CU_ASSERT_EQUAL(osmflow_change_leave_out(&change, 0, &left_out, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(left_out, 2);
  UNIT_SAME(change.items[1].reason, "needs new node -1 (points 7), which was left out", "direct");
  UNIT_SAME(change.items[2].reason, "needs new way -1 (lines 8), which was left out because of new node -1 (points 7)",
            "by another one");
  CU_ASSERT_PTR_NULL(change.items[0].reason);
  osmflow_change_clear(&change);
}

static void what_is_done_stays_done(void) {
  struct osmflow_change change;
  size_t left_out = 0;
  osmflow_change_init(&change);
  change_unit_add_all(&change, "+n-1 0 0|+w-2 -1,5|+w-3 -1,6");
  change.items[1].outcome = OSMFLOW_OUTCOME_DONE;
  change.items[0].outcome = OSMFLOW_OUTCOME_REFUSED;
  CU_ASSERT_EQUAL(osmflow_change_leave_out(&change, 0, &left_out, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(left_out, 1);
  CU_ASSERT_EQUAL(change.items[1].outcome, OSMFLOW_OUTCOME_DONE);
  CU_ASSERT_EQUAL(change.items[2].outcome, OSMFLOW_OUTCOME_REFUSED);
  osmflow_change_clear(&change);
}

static void divides(void) {
  static const struct {
    const char *change, *first, *second; /* first "-": it cannot be divided */
  } cases[] = {
      {"", "-", ""},
      {"+n-1 0 0", "-", "+n-1"},
      {"+n-1 0 0|+n-2 9 0", "+n-1", "+n-2"},
      {"+n-1 9 0|+n-2 0 0", "+n-2", "+n-1"},
      /* Along the longer side. */
      {"+n-1 0 9|+n-2 1 0|+n-3 0 8|+n-4 1 1", "+n-2 +n-4", "+n-1 +n-3"},
      {"+n-1 9 0|+n-2 0 1|+n-3 8 0|+n-4 1 1", "+n-2 +n-4", "+n-1 +n-3"},
      /* What needs each other stays together. */
      {"+n-1 0 0|+n-2 9 0|+w-3 -1,-2", "-", "+n-1 +n-2 +w-3"},
      {"+n-1 0 0|+n-2 1 0|+w-3 -1,-2|+n-4 9 0|+n-5 8 0|+w-6 -5,-4|+r-7 w-3|~w8 -4 < 1", "+n-1 +n-2 +w-3 +r-7",
       "+n-4 +n-5 +w-6 ~w8"},
      {"~w5 1,2 < 1,2,3|-n3 < 9 0|-n4 < 0 0", "-n4", "~w5 -n3"},
      {"-w5 < 3|-n3 < 9 0|-n4 < 0 0|-r6 < w5", "-n4", "-r6 -w5 -n3"},
      {"~n1 0 0 < x|~n2 9 0 < x|~w3 1 < 9|~w4 2 < 9", "~n1 ~w3", "~n2 ~w4"},
      {"+r-1 r-2,n-5|+r-2 r-1|+n-5 0 0|+n-6 9 0", "+n-5 +r-2 +r-1 ~r-2", "+n-6"},
      /* A node that both ways have is not theirs alone: its move can be sent with either. */
      {"~n1 0 0 < 0 1|~w5 1 < 1|~w6 100 < 100|~n100 9 0 < 9 1", "~n1 ~w5", "~n100 ~w6"},
      /* Nobody knows what the modify lets go of. */
      {"~w5 100|~n100 9 0 < 9 1|-n3 < 0 0|+n-1 0 0", "+n-1", "~w5 ~n100 -n3"},
      /* Nowhere: the first half. */
      {"~r1 - a=b < -|~r2 - a=b < -|~r3 - a=b < -|+n-1 0 0|+n-2 9 0", "+n-1 ~r1 ~r2 ~r3", "+n-2"},
      {"~r1 - a=b < -|~r2 - a=b < -", "-", "~r1 ~r2"},
      {"~r1 - a=b < -|+n-2 0 0", "-", "+n-2 ~r1"},
      /* By where it was, too. */
      {"~n1 0 0 < 20 0|~n2 9 0 < 9 0|~n3 30 0 < 30 0", "~n2", "~n1 ~n3"},
      {"-n1 < 9 0|-n2 < 0 0", "-n2", "-n1"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_change change;
    struct osmflow_bytes text;
    size_t end = 0;
    bool divided = true;
    const bool expected = strcmp(cases[i].first, "-") != 0;
    osmflow_change_init(&change);
    osmflow_bytes_init(&text, CHANGE_UNIT_TEXT);
    change_unit_add_all(&change, cases[i].change);
    change_unit_must(osmflow_change_order(&change, NULL));
    CU_ASSERT_EQUAL(osmflow_change_divide(&change, 0, NULL, &end, &divided, NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL(divided, expected);
    if (divided) {
      change_unit_show(&change, 0, end, false, &text);
      UNIT_SAME(osmflow_bytes_string(&text), cases[i].first, cases[i].change);
    }
    change_unit_show(&change, divided ? end : 0, change.count, false, &text);
    UNIT_SAME(osmflow_bytes_string(&text), cases[i].second, cases[i].change);
    osmflow_bytes_clear(&text);
    osmflow_change_clear(&change);
  }
}

static void looks_places_up_in_the_store(void) {
  static const char document[] =
      "<osm version='0.6'><node id='1' version='1' lat='0' lon='50'/><node id='2' version='1' lat='0' lon='2'/>"
      "<node id='3' version='1' visible='false'/><way id='4' version='1'><nd ref='1'/></way></osm>";
  struct osmflow_store store;
  struct osmflow_change change;
  struct osmflow_bytes text;
  size_t end = 0;
  bool divided = false;
  osmflow_change_init(&change);
  osmflow_bytes_init(&text, CHANGE_UNIT_TEXT);
  change_unit_must(change_unit_read(document, sizeof document - 1, &store, NULL));
  change_unit_add_all(&change, "~w5 1 a=b < 1|~w6 2 a=b < 2|~r7 w4 < -|~r8 n2 < -|~w9 3 < 3,77|-n2");
  CU_ASSERT_EQUAL(osmflow_change_divide(&change, 0, &store, &end, &divided, NULL), OSMFLOW_OK);
  CU_ASSERT(divided);
  change_unit_show(&change, 0, end, false, &text);
  UNIT_SAME(osmflow_bytes_string(&text), "~w6 ~w9 -n2", "first half");
  change_unit_show(&change, end, change.count, false, &text);
  UNIT_SAME(osmflow_bytes_string(&text), "~w5 ~r7 ~r8", "second half");
  osmflow_bytes_clear(&text);
  osmflow_change_clear(&change);
  osmflow_store_clear(&store);
}

static void a_half_can_be_divided_again(void) {
  struct osmflow_change change;
  struct osmflow_bytes text;
  size_t end = 0;
  bool divided = false;
  osmflow_change_init(&change);
  osmflow_bytes_init(&text, CHANGE_UNIT_TEXT);
  change_unit_add_all(&change, "+n-9 0 0|+n-1 9 0|+n-8 0 0|+n-2 7 0|+n-3 3 0|+n-4 1 0");
  change.items[0].outcome = OSMFLOW_OUTCOME_DONE;
  change.items[2].outcome = OSMFLOW_OUTCOME_DONE;
  CU_ASSERT_EQUAL(osmflow_change_divide(&change, 1, NULL, &end, &divided, NULL), OSMFLOW_OK);
  CU_ASSERT(divided);
  CU_ASSERT_EQUAL(end, 3);
  CU_ASSERT_EQUAL(osmflow_change_divide(&change, 1, NULL, &end, &divided, NULL), OSMFLOW_OK);
  CU_ASSERT(divided);
  CU_ASSERT_EQUAL(end, 2);
  change_unit_show(&change, 0, change.count, false, &text);
  UNIT_SAME(osmflow_bytes_string(&text), "+n-4 +n-3 +n-1 +n-2", "quarter, quarter, half");
  CU_ASSERT_EQUAL(osmflow_change_divide(&change, 1, NULL, &end, &divided, NULL), OSMFLOW_OK);
  CU_ASSERT(!divided);
  CU_ASSERT_EQUAL(end, 2);
  CU_ASSERT_EQUAL(change.count, 6);
  CU_ASSERT_EQUAL(change.items[0].draft->id, -9);
  osmflow_bytes_clear(&text);
  osmflow_change_clear(&change);
}

OSMFLOW_UNIT_MAIN("osm/change_divide", UNIT(leaves_out), UNIT(reasons_name_the_feature_and_the_cause),
                  UNIT(what_is_done_stays_done), UNIT(divides), UNIT(looks_places_up_in_the_store),
                  UNIT(a_half_can_be_divided_again))
