/* A way's path: which nodes move, come and go when a line or ring gets another shape. */
#include "edit_unit.h"
#include "osm/edit_parts.h"
#include "osm/sequence.h"
#include "unit.h"

static void matches_vertices(void) {
  static const struct {
    const char *shown, *wanted, *expected, *why;
  } cases[] = {
      {"L", "L", "", "nothing"},
      {"L 0 0,9 0", "L", "", "nothing is left"},
      {"L", "L 0 0,9 0", "- -", "all is new"},
      {"L 0 0,9 0", "L 0 0,9 0", "0 1", "the same"},
      {"L 0 0,9 0", "L 0 0,5 0,9 0", "0 - 1", "one more"},
      {"L 0 0,5 0,9 0", "L 0 0,9 0", "0 2", "one less"},
      {"L 0 0,5 0,9 0", "L 0 0,5 1,9 0", "0 1 2", "one moved"},
      {"L 0 0,5 0,9 0", "L 1 0,6 0,10 0", "0 1 2", "all moved"},
      {"L 0 0,5 0,9 0", "L 0 0,5 1,7 7,9 0", "0 1 - 2", "one moved, one more after it"},
      {"L 0 0,5 0,9 0", "L 0 0,7 7,5 1,9 0", "0 - 1 2", "one moved, one more before it"},
      {"L 0 0,5 0,7 0,9 0", "L 0 0,7 1,9 0", "0 2 3", "the second of two moved, the first went"},
      {"L 0 0,5 0,7 0,9 0", "L 0 0,5 1,9 0", "0 1 3", "the first of two moved, the second went"},
      {"L 0 0,100 0,200 0,300 0", "L 90 0,310 0", "1 3", "the nearest ones, in order"},
      {"L 0 0,900 0", "L 0 0,500 0", "0 -", "cut off"},
      {"L 0 0,900 500,900 0", "L 0 0,448 249", "0 -", "cut off, rounded"},
      {"L 0 0,900 0", "L 0 0,500 1", "0 1", "moved, but not onto the line"},
      {"L 0 0,900 0", "L 0 0,895 0", "0 1", "moved a little"},
      {"L 0 0,900 0,1800 0", "L 100 0,1000 0,1900 0", "0 1 2", "all moved along the line"},
      {"L 0 0,5 0,9 0", "L 9 0,5 0,0 0", "2 - -", "turned round: nothing moved there"},
      {"L 0 0,5 0,9 0", "L 5 0,0 0,8 8", "1 - 2", "two changed places, one moved"},
      {"L 0 0,5 0,9 0,0 0", "L 1 1,5 0,9 0,0 0", "0 1 2 3", "a closed line is opened"},
  };
  static struct edit_unit_shape shown_room, wanted_room;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct osmflow_edit_shape *shown = edit_unit_shape(cases[i].shown, &shown_room),
                                    *wanted = edit_unit_shape(cases[i].wanted, &wanted_room);
    size_t match[16];
    char text[100] = "";
    CU_ASSERT_EQUAL(osmflow_edit_match(shown->positions, shown->position_count, wanted->positions,
                                       wanted->position_count, match, NULL),
                    OSMFLOW_OK);
    for (size_t j = 0, size = 0; j < wanted->position_count; j++)
      size += (size_t)(match[j] == OSMFLOW_SEQUENCE_NONE
                           ? snprintf(text + size, sizeof text - size, "%s-", j == 0 ? "" : " ")
                           : snprintf(text + size, sizeof text - size, "%s%zu", j == 0 ? "" : " ", match[j]));
    UNIT_SAME(text, cases[i].expected, cases[i].why);
  }
}

struct path_case {
  const char *elements, *shown, *wanted, *expected, *why;
};

static void check(enum osmflow_shared_nodes shared, bool is_ring, const struct path_case *cases, size_t count) {
  static struct edit_unit_shape shown_room, wanted_room;
  for (size_t i = 0; i < count; i++) {
    const struct osmflow_edit_shape *shown = edit_unit_shape(cases[i].shown, &shown_room),
                                    *wanted = edit_unit_shape(cases[i].wanted, &wanted_room);
    struct edit_unit unit;
    struct osmflow_error error = {0};
    edit_unit_open(&unit, cases[i].elements);
    unit.options.shared = shared;
    const enum osmflow_status status = (is_ring ? osmflow_edit_reshape : osmflow_edit_reshape_line)(
        &unit.options, 50, shown->positions, shown->position_count, wanted->positions, wanted->position_count, &error);
    UNIT_SAME(status == OSMFLOW_OK ? edit_unit_changes(&unit) : error.message, cases[i].expected, cases[i].why);
    edit_unit_close(&unit);
  }
}
#define LINES(shared, cases) check(shared, false, cases, sizeof(cases) / sizeof((cases)[0]))
#define RINGS(cases) check(OSMFLOW_SHARED_MOVE, true, cases, sizeof(cases) / sizeof((cases)[0]))

#define LINE "n1 0 0|n2 5 0|n3 9 0|w50 1,2,3 a=b|"
#define SHOWN "L 0 0,5 0,9 0"

static void changes_single_vertices(void) {
  static const struct path_case cases[] = {
      {LINE, SHOWN, SHOWN, "", "nothing"},
      {LINE, SHOWN, "L 0 0,5 1,9 0", "~n2 5 1", "moved: its node, nothing else"},
      {LINE, SHOWN, "L 0 1,5 0,9 0", "~n1 0 1", "the first"},
      {LINE, SHOWN, "L 0 0,5 0,9 1", "~n3 9 1", "the last"},
      {LINE, SHOWN, "L 1 1,6 1,10 1", "~n1 1 1|~n2 6 1|~n3 10 1", "all"},
      {LINE, SHOWN, "L 0 0,5 0,7 0,9 0", "+n-1 7 0|~w50 1,2,-1,3 a=b", "inserted"},
      {LINE, SHOWN, "L -1 0,0 0,5 0,9 0,10 0", "+n-1 -1 0|+n-2 10 0|~w50 -1,1,2,3,-2 a=b", "longer at both ends"},
      {LINE, SHOWN, "L 0 0,9 0", "-n2|~w50 1,3 a=b", "removed"},
      {LINE, SHOWN, "L 5 0,9 0", "-n1|~w50 2,3 a=b", "the first removed"},
      {LINE, SHOWN, "L 0 0,5 0", "-n3|~w50 1,2 a=b", "the last removed"},
      {LINE, SHOWN, "L 0 0,5 0,5 0,9 0", "", "the same place twice"},
      {LINE, SHOWN, "L 0 0,0 0,9 0", "-n2|~w50 1,3 a=b", "moved onto its neighbour"},
      {LINE, SHOWN, "L 9 0,5 0,0 0", "~w50 3,2,1 a=b", "turned round"},
      {LINE, SHOWN, "L 0 0,5 0,9 0,0 0", "~w50 1,2,3,1 a=b", "closed"},
      {LINE, SHOWN, "L 0 0,5 0,9 5,0 0", "~n3 9 5|~w50 1,2,3,1 a=b", "closed, and a vertex moved"},
      {LINE, SHOWN, "L 0 0,5 0,9 0,5 0", "~w50 1,2,3,2 a=b", "P-shaped"},
      {LINE, SHOWN, "L 0 0,9 0,5 0,8 8", "+n-1 8 8|~w50 1,3,2,-1 a=b", "another order"},
      {LINE "n4 7 0", SHOWN, "L 0 0,5 0,7 0,9 0", "~w50 1,2,4,3 a=b", "inserted where a node is"},
      {LINE "n4 5 1", SHOWN, "L 0 0,5 1,9 0", "-n2|~w50 1,4,3 a=b", "moved to where a node is"},
      {"n1 0 0|n2 5 0 x=y|n3 9 0|w50 1,2,3|n4 5 1", SHOWN, "L 0 0,5 1,9 0", "~w50 1,4,3",
       "moved to where a node is, away from a tagged one"},
      {"n1 0 0|n2 5 0 x=y|n3 9 0|w50 1,2,3", SHOWN, "L 0 0,5 1,9 0", "~n2 5 1 x=y", "a tagged node moves along"},
      {"n1 0 0|n2 5 0 x=y|n3 9 0|w50 1,2,3", SHOWN, "L 0 0,9 0", "~w50 1,3", "a tagged node is not deleted"},
      {LINE "r60 n2:stop", SHOWN, "L 0 0,9 0", "~w50 1,3 a=b", "nor a member"},
      {LINE "n4 5 9|w51 2,4", SHOWN, "L 0 0,9 0", "~w50 1,3 a=b", "nor one of another way"},
  };
  LINES(OSMFLOW_SHARED_MOVE, cases);
}

static void refuses_what_is_no_line(void) {
  static const struct path_case cases[] = {
      {LINE, SHOWN, "L 0 0", "a line needs two vertices at different places", "one vertex"},
      {LINE, SHOWN, "L 3 3,3 3,3 3", "a line needs two vertices at different places", "one place"},
      {"n1 0 0|n3 9 0|w50 1,2,3", "L 0 0,9 0", "L 0 0,9 9",
       "way 50 is incomplete here, so its geometry cannot be changed: node 2 was not downloaded", "a node is missing"},
      {"n1 0 0", "L 0 0", "L 9 9", "way 50 is not here: it was deleted, or never downloaded", "no way"},
  };
  LINES(OSMFLOW_SHARED_MOVE, cases);
}

#define CROSSING LINE "n4 5 9|w51 2,4 name=Lane|"

#define LONG_CROSSING "n1 0 0|n2 500 0|n3 900 0|n4 500 900|w50 1,2,3 a=b|w51 2,4 name=Lane|"
#define HOUSES "n1 0 0|n2 900 0|n3 900 900|n4 0 900|n5 1800 0|w50 1,2,3,4,1 a=b|w51 2,5,3,2 c=d|"

static void moves_shared_nodes_as_asked(void) {
  static const struct path_case move[] = {
      {CROSSING, SHOWN, "L 0 0,5 1,9 0", "~n2 5 1", "for all"},
      {CROSSING, SHOWN, "L 0 0,5 9,9 0", "~w50 1,4,3 a=b", "onto the other's node"},
      {CROSSING, SHOWN, "L 0 0,5 0,9 1", "~n3 9 1", "another vertex"},
      {LONG_CROSSING, "L 0 0,500 0,900 0", "L 0 0,200 0", "-n3|+n-1 200 0|~w50 1,-1 a=b",
       "cut off before the crossing"},
  };
  static const struct path_case split[] = {
      {CROSSING, SHOWN, "L 0 0,5 1,9 0", "+n-1 5 1|~w50 1,-1,3 a=b", "a node of its own"},
      {CROSSING "n6 5 1", SHOWN, "L 0 0,5 1,9 0", "~w50 1,6,3 a=b", "one that is there"},
      {CROSSING, SHOWN, "L 0 0,5 0,9 1", "~n3 9 1", "a vertex that is not shared"},
      {LINE "r60 n2:stop", SHOWN, "L 0 0,5 1,9 0", "+n-1 5 1|~w50 1,-1,3 a=b", "a relation's node stays"},
  };
  static const struct path_case refuse[] = {
      {CROSSING, SHOWN, "L 0 0,5 1,9 0",
       "node 2 of way 50 is also used by way 51 (Lane), so it is not moved (SHARED_NODES=MOVE moves it for all, "
       "SHARED_NODES=SPLIT for this feature only)",
       "refused"},
      {CROSSING, SHOWN, "L 0 0,9 0", "~w50 1,3 a=b", "leaving is not moving"},
      {CROSSING, SHOWN, "L 0 0,5 0,9 1", "~n3 9 1", "a vertex that is not shared"},
  };
  static const struct path_case rings[] = {
      {HOUSES, "O 0 0,900 0,900 900,0 900,0 0", "O 0 0,400 0,400 900,0 900,0 0",
       "+n-1 400 0|+n-2 400 900|~w50 1,-1,-2,4,1 a=b", "cut off from its neighbour"},
  };
  LINES(OSMFLOW_SHARED_MOVE, move);
  RINGS(rings);
  LINES(OSMFLOW_SHARED_SPLIT, split);
  LINES(OSMFLOW_SHARED_REFUSE, refuse);
}

#define LOOP "n1 0 0|n2 5 0|n3 9 9|w50 1,2,3,1 a=b|"
#define LOOP_SHOWN "L 0 0,5 0,9 9,0 0"

static void keeps_nodes_that_come_twice_together(void) {
  static const struct path_case cases[] = {
      {LOOP, LOOP_SHOWN, "L 1 1,5 0,9 9,1 1", "~n1 1 1", "both ends move"},
      {LOOP, LOOP_SHOWN, "L 1 1,5 0,9 9,0 0", "+n-1 1 1|~w50 -1,2,3,1 a=b", "the beginning moves away"},
      {LOOP, LOOP_SHOWN, "L 0 0,5 0,9 9,1 1", "+n-1 1 1|~w50 1,2,3,-1 a=b", "the end moves away"},
      {LOOP, LOOP_SHOWN, "L 1 1,5 0,9 9,2 2", "~n1 1 1|+n-1 2 2|~w50 1,2,3,-1 a=b", "they move apart"},
      {LOOP, LOOP_SHOWN, "L 5 0,9 9,0 0", "~w50 2,3,1 a=b", "the beginning is removed"},
      {LOOP, LOOP_SHOWN, "L 5 0,9 9", "-n1|~w50 2,3 a=b", "both are removed"},
      {LOOP, LOOP_SHOWN, "L 5 0,9 9,0 0,5 0", "~w50 2,3,1,2 a=b", "a closed line begins elsewhere"},
      {LOOP, LOOP_SHOWN, "L 0 0,9 9,5 0,0 0", "~w50 1,3,2,1 a=b",
       "a closed line is turned round: its direction counts"},
      {"n1 0 0|n2 5 0|n3 9 9|n4 0 9|w50 1,2,3,4,2", "L 0 0,5 0,9 9,0 9,5 0", "L 0 0,5 1,9 9,0 9,5 1", "~n2 5 1",
       "the knot of a P"},
      {"n1 0 0|n2 5 0|n3 9 9|w50 1,2,2,3", "L 0 0,5 0,5 0,9 9", "L 0 0,5 0,5 0,9 8", "~n3 9 8",
       "a node twice in a row is left alone"},
  };
  LINES(OSMFLOW_SHARED_MOVE, cases);
}

#define RING "n1 0 0|n2 9 0|n3 9 9|n4 0 9|w50 1,2,3,4,1 a=b|"
#define RING_SHOWN "O 0 0,9 0,9 9,0 9,0 0"
#define TRIANGLE "n1 0 0|n2 9 0|n3 9 9|w50 1,2,3,1 a=b|"
#define TRIANGLE_SHOWN "O 0 0,9 0,9 9,0 0"

static void keeps_direction_and_beginning_of_rings(void) {
  static const struct path_case cases[] = {
      {RING, RING_SHOWN, "O 9 0,9 9,0 9,0 0,9 0", "", "another first vertex"},
      {RING, RING_SHOWN, "O 0 0,0 9,9 9,9 0,0 0", "", "the other direction"},
      {RING, RING_SHOWN, "O 9 9,9 0,0 0,0 9,9 9", "", "both"},
      {RING, "O 9 9,9 0,0 0,0 9,9 9", "O 9 9,9 0,0 0,1 8,9 9", "~n4 1 8", "it was shown in another way, too"},
      {RING, RING_SHOWN, "O 0 0,0 9,8 8,9 0,0 0", "~n3 8 8", "a vertex moved"},
      {RING, RING_SHOWN, "O 9 0,9 9,0 9,1 1,9 0", "~n1 1 1", "the first one moved"},
      {RING, RING_SHOWN, "O 1 1,9 0,9 9,0 9,1 1", "~n1 1 1", "the first one moved and is still the first"},
      {RING, RING_SHOWN, "O 9 0,9 9,0 9,9 0", "-n1|~w50 2,3,4,2 a=b", "the first one removed"},
      {RING, RING_SHOWN, "O 0 9,9 9,9 0,0 9", "-n1|~w50 2,3,4,2 a=b", "and turned round"},
      {RING, RING_SHOWN, "O 0 0,9 9,0 9,0 0", "-n2|~w50 1,3,4,1 a=b", "another one removed"},
      {RING, RING_SHOWN, "O 9 9,0 9,-3 3,0 0,9 0,9 9", "+n-1 -3 3|~w50 1,2,3,4,-1,1 a=b", "one before the first"},
      {RING, RING_SHOWN, "O 9 9,0 9,0 0,3 -3,9 0,9 9", "+n-1 3 -3|~w50 1,-1,2,3,4,1 a=b", "one after the first"},
      {RING, RING_SHOWN, "O 20 0,29 0,29 9,20 9,20 0", "~n1 20 0|~n2 29 0|~n3 29 9|~n4 20 9", "the whole moved"},
      {RING, RING_SHOWN, "O 29 9,29 0,20 0,20 9,29 9", "~n1 20 0|~n2 29 0|~n3 29 9|~n4 20 9", "moved and turned"},
      {RING, RING_SHOWN, "O 9 0,18 0,18 9,9 9,9 0", "-n1|-n4|+n-1 18 0|+n-2 18 9|~w50 2,-1,-2,3,2 a=b",
       "by its own width: two vertices are there already"},
      {RING, RING_SHOWN, "O 0 0,9 0,9 9,0 0,0 0", "-n4|~w50 1,2,3,1 a=b", "one moved onto its neighbour"},
      {RING, RING_SHOWN, "O 8 8,9 0,0 0,1 8,8 8", "~n3 8 8|~n4 1 8", "two moved, in the other direction"},
      {TRIANGLE, TRIANGLE_SHOWN, "O 0 0,9 0,5 8,0 0", "~n3 5 8", "a vertex of a triangle"},
      {TRIANGLE, TRIANGLE_SHOWN, "O 5 8,9 0,0 0,5 8", "~n3 5 8", "in the other direction"},
      {TRIANGLE, TRIANGLE_SHOWN, "O 9 9,9 0,2 1,9 9", "~n1 2 1", "the first one, in the other direction"},
      {TRIANGLE, TRIANGLE_SHOWN, "O 0 0,9 0,5 -8,0 0", "~n3 5 -8", "turned inside out"},
      {TRIANGLE, TRIANGLE_SHOWN, "O 5 -8,9 0,0 0,5 -8", "~n3 5 -8", "turned inside out, in the other direction"},
      {RING, RING_SHOWN, "O 0 0,9 0,0 0", "a ring needs three vertices at different places", "too few"},
      {RING "n5 8 8", RING_SHOWN, "O 0 0,9 0,8 8,0 9,0 0", "-n3|~w50 1,2,5,4,1 a=b", "moved to where a node is"},
      {"n1 0 0|n2 9 0|n4 0 9|w50 1,2,3,4,1", RING_SHOWN, "O 9 0,9 9,0 9,0 0,9 0", "", "nothing of an incomplete ring"},
  };
  RINGS(cases);
}

/* One edit after another, each seen as the user may have seen it. */
static void leaves_other_edits_alone(void) {
  static const struct {
    const char *elements;
    int64_t ways[2];
    const char *shown[2], *wanted[2];
    const char *expected, *why;
  } cases[] = {
      {CROSSING,
       {51, 50},
       {"L 5 0,5 9", SHOWN},
       {"L 5 1,5 9", "L 0 0,5 0,9 1"},
       "~n2 5 1|~n3 9 1",
       "a shared node that moved is where it was shown"},
      {CROSSING,
       {51, 50},
       {"L 5 0,5 9", SHOWN},
       {"L 5 1,5 9", "L 0 0,5 1,9 0"},
       "~n2 5 1",
       "both features come with the vertex moved"},
      {LINE,
       {50, 50},
       {SHOWN, SHOWN},
       {"L 0 0,5 0,7 0,9 0", "L 0 1,5 0,9 0"},
       "~n1 0 1|+n-1 7 0|~w50 1,2,-1,3 a=b",
       "an inserted vertex that was not shown stays"},
      {LINE,
       {50, 50},
       {SHOWN, SHOWN},
       {"L 0 0,9 0", "L 0 1,5 0,9 0"},
       "~n1 0 1|-n2|~w50 1,3 a=b",
       "a removed vertex does not come back"},
      {LINE,
       {50, 50},
       {SHOWN, "L 0 0,5 0,7 0,9 0"},
       {"L 0 0,5 0,7 0,9 0", "L 0 0,5 0,7 1,9 0"},
       "+n-1 7 1|~w50 1,2,-1,3 a=b",
       "seen after the first edit"},
      {LINE, {50, 50}, {SHOWN, "L 0 0,5 5,9 0"}, {"L 0 0,5 5,9 0", SHOWN}, "", "there and back"},
      {CROSSING,
       {51, 50},
       {"L 5 0,5 9", SHOWN},
       {"L 5 1,5 9", "L 0 0,5 0,9 0,5 0"},
       "~n2 5 1|~w50 1,2,3,2 a=b",
       "a node that is meant is taken, wherever it is by now"},
  };
  static struct edit_unit_shape shown_room, wanted_room;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct edit_unit unit;
    edit_unit_open(&unit, cases[i].elements);
    for (size_t j = 0; j < 2; j++) {
      const struct osmflow_edit_shape *shown = edit_unit_shape(cases[i].shown[j], &shown_room),
                                      *wanted = edit_unit_shape(cases[i].wanted[j], &wanted_room);
      CU_ASSERT_EQUAL(osmflow_edit_reshape_line(&unit.options, cases[i].ways[j], shown->positions,
                                                shown->position_count, wanted->positions, wanted->position_count, NULL),
                      OSMFLOW_OK);
    }
    UNIT_SAME(edit_unit_changes(&unit), cases[i].expected, cases[i].why);
    edit_unit_close(&unit);
  }
}

static void cuts_a_line_that_gets_too_long(void) {
  static struct edit_unit_shape shown_room, wanted_room;
  const struct osmflow_edit_shape *shown = edit_unit_shape(SHOWN, &shown_room),
                                  *wanted = edit_unit_shape("L 0 0,1 0,2 0,5 0,9 0", &wanted_room);
  struct edit_unit unit;
  edit_unit_open(&unit, LINE "r60 w50:street type=street");
  unit.options.most_way_nodes = 4;
  CU_ASSERT_EQUAL(osmflow_edit_reshape_line(&unit.options, 50, shown->positions, shown->position_count,
                                            wanted->positions, wanted->position_count, NULL),
                  OSMFLOW_OK);
  UNIT_SAME(edit_unit_changes(&unit),
            "+n-1 1 0|+n-2 2 0|~w50 1,-1,-2 a=b|+w-3 -2,2,3 a=b|~r60 w50:street,w-3:street type=street", "two pieces");
  edit_unit_close(&unit);
}

/* As many vertices as a server takes, and more than that: the pairing must not take for ever. */
static void changes_long_lines(void) {
  enum { SHOWN_COUNT = 4000, WANTED_COUNT = 30000 };
  static struct osmflow_position shown[SHOWN_COUNT], wanted[WANTED_COUNT];
  static size_t match[WANTED_COUNT];
  size_t paired = 0;
  for (int i = 0; i < SHOWN_COUNT; i++)
    shown[i] = (struct osmflow_position){i * 100, 0};
  for (int i = 0; i < WANTED_COUNT; i++)
    wanted[i] = (struct osmflow_position){i * 13, 1};
  CU_ASSERT_EQUAL(osmflow_edit_match(shown, SHOWN_COUNT, wanted, WANTED_COUNT, match, NULL), OSMFLOW_OK);
  for (size_t i = 0; i < WANTED_COUNT; i++)
    paired += match[i] != OSMFLOW_SEQUENCE_NONE;
  CU_ASSERT_EQUAL(paired, SHOWN_COUNT);
  paired = 0;
  CU_ASSERT_EQUAL(osmflow_edit_match(shown, SHOWN_COUNT, wanted, 6000, match, NULL), OSMFLOW_OK);
  for (size_t i = 0; i < 6000; i++)
    paired += match[i] != OSMFLOW_SEQUENCE_NONE;
  CU_ASSERT_EQUAL(paired, SHOWN_COUNT);
}

OSMFLOW_UNIT_MAIN("osm/edit_path", UNIT(matches_vertices), UNIT(changes_single_vertices), UNIT(refuses_what_is_no_line),
                  UNIT(moves_shared_nodes_as_asked), UNIT(keeps_nodes_that_come_twice_together),
                  UNIT(keeps_direction_and_beginning_of_rings), UNIT(leaves_other_edits_alone),
                  UNIT(cuts_a_line_that_gets_too_long), UNIT(changes_long_lines))
