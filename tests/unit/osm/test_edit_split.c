#include "edit_unit.h"
#include "osm/edit_parts.h"
#include "unit.h"

struct split_case {
  const char *elements;
  size_t most_way_nodes;
  const char *pieces;   /* of way 10; and the new relation */
  const char *expected; /* the changes; "!...": words of the error */
  const char *why;
};

static void check_pieces(struct edit_unit *unit, const struct split_case *test, const struct osmflow_edit_ids *pieces,
                         int64_t relation) {
  osmflow_bytes_reset(&unit->text);
  for (size_t i = 0; i < pieces->count; i++)
    edit_unit_check(osmflow_bytes_print(&unit->text, NULL, "%s%" PRId64, i == 0 ? "" : ",", pieces->items[i]));
  edit_unit_check(osmflow_bytes_print(&unit->text, NULL, " %" PRId64, relation));
  UNIT_SAME(osmflow_bytes_string(&unit->text), test->pieces, test->why);
}

static void check(const struct split_case *cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const struct split_case *test = &cases[i];
    struct osmflow_error error = {OSMFLOW_OK, 0, ""};
    struct osmflow_edit_ids pieces = {0};
    struct edit_unit unit;
    int64_t relation = 0;
    edit_unit_open(&unit, test->elements);
    unit.options.most_way_nodes = test->most_way_nodes;
    const enum osmflow_status status = osmflow_edit_split(&unit.options, 10, &pieces, &relation, &error);
    if (test->expected[0] == '!') {
      CU_ASSERT_EQUAL(status, OSMFLOW_BAD_ARGUMENT);
      if (!strstr(error.message, test->expected + 1))
        UNIT_SAME(error.message, test->expected + 1, test->why);
    } else {
      UNIT_SAME(status == OSMFLOW_OK ? edit_unit_changes(&unit) : error.message, test->expected, test->why);
      check_pieces(&unit, test, &pieces, relation);
    }
    osmflow_edit_ids_clear(&pieces);
    edit_unit_close(&unit);
  }
}
#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

#define NODES "n1 0 0|n2 1 0|n3 2 0|n4 3 0|n5 4 0|n6 5 0|n7 6 0|n8 7 7|n9 8 8|"
#define LONG NODES "w10 1,2,3,4,5,6,7 highway=path|"

static void cuts_lines(void) {
  static const struct split_case cases[] = {
      {LONG, 7, "10 0", "", "not too long"},
      {LONG, 6, "10,-1 0", "~w10 1,2,3,4 highway=path|+w-1 4,5,6,7 highway=path", "two pieces of the same length"},
      {LONG, 3, "10,-1,-2 0", "~w10 1,2,3 highway=path|+w-1 3,4,5 highway=path|+w-2 5,6,7 highway=path", "three"},
      {"w10 1,2,3,4,5,6,7", 4, "10,-1 0", "~w10 1,2,3,4|+w-1 4,5,6,7", "whose nodes are not here"},
  };
  CHECK(cases);
}

static void keeps_relations_right(void) {
  static const struct split_case cases[] = {
      {LONG "r5 n1:stop,w10:main,n9:stop type=route", 4, "10,-1 0",
       "~w10 1,2,3,4 highway=path|+w-1 4,5,6,7 highway=path|~r5 n1:stop,w10:main,w-1:main,n9:stop type=route",
       "no neighbour tells: forward"},
      {LONG "w11 8,1|w12 7,9|r5 w11,w10,w12", 4, "10,-1 0",
       "~w10 1,2,3,4 highway=path|+w-1 4,5,6,7 highway=path|~r5 w11,w10,w-1,w12", "forward"},
      {LONG "w11 8,1|w12 7,9|r5 w12:x,w10:x,w11:x|r6 w12,w10", 4, "10,-1 0",
       "~w10 1,2,3,4 highway=path|+w-1 4,5,6,7 highway=path|~r5 w12:x,w-1:x,w10:x,w11:x|~r6 w12,w-1,w10", "backward"},
      {LONG "w11 8,1|r5 w10,w11,n9,w10", 4, "10,-1 0",
       "~w10 1,2,3,4 highway=path|+w-1 4,5,6,7 highway=path|~r5 w-1,w10,w11,n9,w10,w-1", "there, and again"},
      {LONG "w11 8,1,9,8 junction=roundabout|r5 w10,w11", 4, "10,-1 0",
       "~w10 1,2,3,4 highway=path|+w-1 4,5,6,7 highway=path|~r5 w-1,w10,w11", "from a roundabout"},
      {LONG "r5 w77,w10,w78", 4, "10,-1 0", "~w10 1,2,3,4 highway=path|+w-1 4,5,6,7 highway=path|~r5 w77,w10,w-1,w78",
       "neighbours that are not here"},
      {LONG "w11 8,1|r5 w11:to,w10:from,n1:via type=restriction", 4, "", "!turn restriction relation 5", "refused"},
      {LONG "r5 w10:location_hint type=restriction", 4, "10,-1 0",
       "~w10 1,2,3,4 highway=path|+w-1 4,5,6,7 highway=path|~r5 w10:location_hint,w-1:location_hint type=restriction",
       "another role"},
  };
  CHECK(cases);
}

static void cuts_rings(void) {
  static const struct split_case cases[] = {
      {NODES "w10 1,2,3,8,9,1 landuse=x area=yes", 4, "10,-1 -2",
       "~w10 1,2,3|+w-1 3,8,9,1|+r-2 w10:outer,w-1:outer landuse=x type=multipolygon", "an area becomes a relation"},
      {NODES "w10 1,2,3,8,9,1 junction=roundabout|r5 w10", 4, "10,-1 0",
       "~w10 1,2,3 junction=roundabout|+w-1 3,8,9,1 junction=roundabout|~r5 w10,w-1", "a closed line does not"},
      {NODES "w10 1,2,3,8,9,1|r5 w10:inner natural=y type=multipolygon", 4, "10,-1 0",
       "~w10 1,2,3|+w-1 3,8,9,1|~r5 w10:inner,w-1:inner natural=y type=multipolygon", "a ring of a multipolygon"},
      {NODES "w10 1,2,3,8,9,1 natural=water|r5 w10:inner natural=y type=multipolygon|r6 w10:lake type=site", 4,
       "10,-1 -2",
       "~w10 1,2,3|+w-1 3,8,9,1|~r5 w10:inner,w-1:inner natural=y type=multipolygon|~r6 r-2:lake type=site|"
       "+r-2 w10:outer,w-1:outer natural=water type=multipolygon",
       "which is an area itself, and a member as such"},
      {NODES "w10 1,2,3,8,9,1 natural=water|r5 w10:outer type=multipolygon", 4, "10,-1 0",
       "~w10 1,2,3|+w-1 3,8,9,1|~r5 w10:outer,w-1:outer natural=water type=multipolygon",
       "an old-style multipolygon takes its tags over"},
      {NODES "w10 1,2,3,8,9,1 natural=water type=site", 4, "", "!type=site", "tags that no multipolygon can have"},
  };
  CHECK(cases);
}

OSMFLOW_UNIT_MAIN("osm/edit_split", UNIT(cuts_lines), UNIT(keeps_relations_right), UNIT(cuts_rings))
