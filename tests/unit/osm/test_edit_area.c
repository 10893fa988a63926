#include "edit_unit.h"
#include "unit.h"

enum verb { CREATE, CHANGE, SPLIT, REFUSE, DELETE };

struct area_case {
  const char *elements;
  enum verb verb;
  const char *element; /* "w10", "r5" */
  const char *tags, *shown, *shape;
  const char *expected; /* the changes; "!...": words of the error */
  const char *why;
};

static enum osmflow_status run(struct edit_unit *unit, const struct area_case *test,
                               struct osmflow_edit_element *element, struct osmflow_error *error) {
  static struct edit_unit_tags tags_room;
  static struct edit_unit_shape shown_room, shape_room;
  const struct osmflow_edit_tags *tags = test->tags ? edit_unit_tags(test->tags, &tags_room) : NULL;
  const struct osmflow_edit_shape *shown = test->shown ? edit_unit_shape(test->shown, &shown_room) : NULL;
  const struct osmflow_edit_shape *shape = test->shape ? edit_unit_shape(test->shape, &shape_room) : NULL;
  unit->options.shared = test->verb == SPLIT    ? OSMFLOW_SHARED_SPLIT
                         : test->verb == REFUSE ? OSMFLOW_SHARED_REFUSE
                                                : OSMFLOW_SHARED_MOVE;
  if (test->verb == CREATE)
    return osmflow_edit_create(&unit->options, OSMFLOW_MULTIPOLYGONS, tags, shape, element, error);
  *element = (struct osmflow_edit_element){edit_unit_type(test->element[0]),
                                           edit_unit_number(osmflow_text(test->element + 1))};
  if (test->verb == DELETE)
    return osmflow_edit_delete(&unit->options, OSMFLOW_MULTIPOLYGONS, element, error);
  return osmflow_edit_change(&unit->options, OSMFLOW_MULTIPOLYGONS, tags, shown, shape, element, error);
}

static void check_result(struct edit_unit *unit, const struct area_case *test, enum osmflow_status status,
                         const struct osmflow_error *error) {
  if (test->expected[0] != '!') {
    UNIT_SAME(status == OSMFLOW_OK ? edit_unit_changes(unit) : error->message, test->expected, test->why);
    return;
  }
  if (status == OSMFLOW_OK || !strstr(error->message, test->expected + 1))
    fprintf(stderr, "\n%s: got [%s]\n  expected words [%s]\n", test->why,
            status == OSMFLOW_OK ? edit_unit_changes(unit) : error->message, test->expected + 1);
  CU_ASSERT(status != OSMFLOW_OK && strstr(error->message, test->expected + 1));
  UNIT_SAME(edit_unit_changes(unit), "", test->why);
}

static void check(const struct area_case *cases, size_t count, size_t most_way_nodes) {
  for (size_t i = 0; i < count; i++) {
    struct osmflow_edit_element element = {OSMFLOW_NODE, 0};
    struct osmflow_error error = {OSMFLOW_OK, 0, ""};
    struct edit_unit unit;
    edit_unit_open(&unit, cases[i].elements);
    unit.options.most_way_nodes = most_way_nodes;
    const enum osmflow_status status = run(&unit, &cases[i], &element, &error);
    check_result(&unit, &cases[i], status, &error);
    edit_unit_close(&unit);
  }
}
#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]), 2000)

#define SQUARE "O 0 0,9 0,9 9,0 9,0 0"
#define HOLE "I 2 2,2 4,4 4,4 2,2 2"
#define SQUARE_NODES "n1 0 0|n2 9 0|n3 9 9|n4 0 9|"
#define HOLE_NODES "n5 2 2|n6 2 4|n7 4 4|n8 4 2|"

static void creates_areas(void) {
  static const struct area_case cases[] = {
      {"", CREATE, "", "building=yes", NULL, SQUARE,
       "+n-1 0 0|+n-2 9 0|+n-3 9 9|+n-4 0 9|+w-5 -1,-2,-3,-4,-1 building=yes", "one ring: a way"},
      {"", CREATE, "", "name=x", NULL, "O 0 0,9 0,9 9,0 0",
       "+n-1 0 0|+n-2 9 0|+n-3 9 9|+w-4 -1,-2,-3,-1 name=x area=yes", "a way that does not say it is an area"},
      {SQUARE_NODES, CREATE, "", "building=yes type=multipolygon", NULL, SQUARE, "+w-1 1,2,3,4,1 building=yes",
       "nodes that are there; a type that says nothing"},
      {SQUARE_NODES, CREATE, "", "type=boundary boundary=administrative", NULL, SQUARE,
       "+w-1 1,2,3,4,1|+r-2 w-1:outer boundary=administrative type=boundary", "a boundary is a relation"},
      {SQUARE_NODES HOLE_NODES, CREATE, "", "landuse=forest", NULL, SQUARE "|" HOLE,
       "+w-1 1,2,3,4,1|+w-2 5,6,7,8,5|+r-3 w-1:outer,w-2:inner landuse=forest type=multipolygon", "a hole"},
      {SQUARE_NODES HOLE_NODES "w20 6,5,8,7,6 natural=water", CREATE, "", "name=x", NULL, SQUARE "|" HOLE,
       "+w-1 1,2,3,4,1|+r-2 w-1:outer,w20:inner name=x type=multipolygon",
       "a hole that is a pond; the relation is an area without saying so"},
      {"", CREATE, "", "a=b", NULL, "O 0 0,9 0,9 9,0 0|O 20 0,29 0,29 9,20 0",
       "+n-1 0 0|+n-2 9 0|+n-3 9 9|+n-5 20 0|+n-6 29 0|+n-7 29 9|+w-4 -1,-2,-3,-1|+w-8 -5,-6,-7,-5|"
       "+r-9 w-4:outer,w-8:outer a=b type=multipolygon",
       "two parts"},
      {"", CREATE, "", "a=b", NULL, "O 0 0,9 0,9 9,0 0|O 9 9,20 9,20 20,9 9",
       "+n-1 0 0|+n-2 9 0|+n-3 9 9|+n-5 20 9|+n-6 20 20|+w-4 -1,-2,-3,-1|+w-7 -3,-5,-6,-3|"
       "+r-8 w-4:outer,w-7:outer a=b type=multipolygon",
       "two parts that touch have a node in common"},
      {"", CREATE, "", "a=b", NULL, "O 0 0,9 0,9 9,0 9", "!closed rings", "not closed"},
      {"", CREATE, "", "a=b", NULL, "O 0 0,9 0,0 0", "!closed rings", "not a ring"},
      {"", CREATE, "", "a=b", NULL, "O 0 0,9 9,9 0,0 9,0 0", "!not valid: segments cross", "crosses itself"},
      {"", CREATE, "", "a=b type=site", NULL, SQUARE "|" HOLE, "!type=site", "a type of another layer"},
  };
  CHECK(cases);
}

static void creates_areas_with_long_rings(void) {
  static const struct area_case cases[] = {
      {"n1 0 0|n2 9 0|n3 19 0|n4 9 9|n5 0 9", CREATE, "", "building=yes", NULL, "O 0 0,9 0,19 0,9 9,0 9,0 0",
       "+w-1 1,2,3|+w-2 3,4,5,1|+r-3 w-1:outer,w-2:outer building=yes type=multipolygon", "a ring in pieces"},
      {SQUARE_NODES "n5 2 2|n6 2 4|n7 4 4", CREATE, "", "building=yes", NULL, SQUARE "|I 2 2,2 4,4 4,2 2",
       "+w-1 1,2,3|+w-2 3,4,1|+w-3 5,6,7,5|+r-4 w-1:outer,w-2:outer,w-3:inner building=yes type=multipolygon",
       "one ring of two in pieces"},
  };
  check(cases, sizeof cases / sizeof cases[0], 4);
}

#define FOREST \
  SQUARE_NODES HOLE_NODES "w10 1,2,3,4,1|w11 5,6,7,8,5|r5 w10:outer,w11:inner landuse=forest type=multipolygon|"

static void deletes_areas(void) {
  static const struct area_case cases[] = {
      {SQUARE_NODES "w10 1,2,3,4,1 building=yes", DELETE, "w10", NULL, NULL, NULL, "-n1|-n2|-n3|-n4|-w10", "a way"},
      {SQUARE_NODES "w10 1,2,3,4,1 building=yes|w11 2,3|r5 w10:house type=site", DELETE, "w10", NULL, NULL, NULL,
       "!way 10 is a member of relation 5", "a member"},
      {FOREST, DELETE, "r5", NULL, NULL, NULL, "-n1|-n2|-n3|-n4|-n5|-n6|-n7|-n8|-w10|-w11|-r5", "a relation"},
      {FOREST "w12 3,7 highway=path", DELETE, "r5", NULL, NULL, NULL, "-n1|-n2|-n4|-n5|-n6|-n8|-w10|-w11|-r5",
       "nodes of another way stay"},
      {SQUARE_NODES "w10 1,2,3 barrier=wall|w11 3,4,1|w12 1,3|r5 w10:outer,w11:outer type=multipolygon natural=x|"
                    "r6 w12:outer,w11:outer type=multipolygon",
       DELETE, "r5", NULL, NULL, NULL, "-r5", "ways with tags, or of another relation, stay"},
      {FOREST "r6 r5:part type=site", DELETE, "r5", NULL, NULL, NULL, "!relation 5 is a member of relation 6",
       "a relation in a relation"},
      {SQUARE_NODES HOLE_NODES "w10 1,2,3,4,1 building=yes|w11 5,6,7,8,5|r5 w10:outer,w11:inner type=multipolygon",
       DELETE, "r5", NULL, NULL, NULL, "-n1|-n2|-n3|-n4|-n5|-n6|-n7|-n8|-w10|-w11|-r5",
       "the tags of an old-style multipolygon are its own"},
  };
  CHECK(cases);
}

static void changes_tags(void) {
  static const struct area_case cases[] = {
      {SQUARE_NODES "w10 1,2,3,4,1 building=yes", CHANGE, "w10", "building=house", NULL, NULL,
       "~w10 1,2,3,4,1 building=house", "of a way"},
      {SQUARE_NODES "w10 1,2,3,4,1 building=yes", CHANGE, "w10", "building=yes", SQUARE, SQUARE, "", "nothing new"},
      {SQUARE_NODES "w10 1,2,3,4,1 building=yes", CHANGE, "w10", "name=x", NULL, NULL, "~w10 1,2,3,4,1 name=x area=yes",
       "it has to say that it is an area now"},
      {SQUARE_NODES "w10 1,2,3,4,1 highway=service area=yes", CHANGE, "w10", "highway=footway", NULL, NULL,
       "~w10 1,2,3,4,1 highway=footway area=yes", "it said so"},
      {FOREST, CHANGE, "r5", "landuse=meadow", NULL, NULL, "~r5 w10:outer,w11:inner landuse=meadow type=multipolygon",
       "of a relation, which keeps its type"},
      {FOREST, CHANGE, "r5", "landuse=forest type=boundary", NULL, NULL,
       "~r5 w10:outer,w11:inner landuse=forest type=boundary", "or gets another one"},
      {FOREST, CHANGE, "r5", "type=route", NULL, NULL, "!type=route", "of its layer"},
      {FOREST, CHANGE, "r5", "type=multipolygon landuse=forest", NULL, NULL, "", "the same in another order"},
      {SQUARE_NODES "w10 1,2,3,4,1 building=yes|r5 w10:outer type=multipolygon", CHANGE, "r5",
       "building=no type=multipolygon", NULL, NULL, "~w10 1,2,3,4,1 building=no", "of an old-style multipolygon"},
  };
  CHECK(cases);
}

#define BUILDING SQUARE_NODES "w10 1,2,3,4,1 building=yes|"

static void changes_ways(void) {
  static const struct area_case cases[] = {
      {BUILDING, CHANGE, "w10", NULL, SQUARE, "O 9 9,9 0,0 0,0 9,9 9", "", "the same, turned and reversed"},
      {BUILDING, CHANGE, "w10", NULL, SQUARE, "O 0 0,9 0,8 8,0 9,0 0", "~n3 8 8", "a vertex moves"},
      {BUILDING, CHANGE, "w10", NULL, SQUARE, "O 9 0,9 9,0 0,9 0", "-n4|~w10 1,2,3,1 building=yes", "a vertex goes"},
      {BUILDING, CHANGE, "w10", NULL, SQUARE, "O 0 0,5 -1,9 0,9 9,0 9,0 0", "+n-1 5 -1|~w10 1,-1,2,3,4,1 building=yes",
       "a vertex comes"},
      {BUILDING, CHANGE, "w10", "building=no", SQUARE, "O 0 0,9 0,8 8,0 9,0 0", "~n3 8 8|~w10 1,2,3,4,1 building=no",
       "tags, too"},
      {BUILDING, CHANGE, "w10", NULL, SQUARE, "O 100 0,109 0,109 9,100 9,100 0",
       "~n1 100 0|~n2 109 0|~n3 109 9|~n4 100 9", "all of it moves"},
      {BUILDING HOLE_NODES, CHANGE, "w10", NULL, SQUARE, SQUARE "|" HOLE,
       "~w10 1,2,3,4,1|+w-2 5,6,7,8,5|+r-1 w10:outer,w-2:inner building=yes type=multipolygon", "a hole"},
      {BUILDING HOLE_NODES "w20 6,5,8,7,6 natural=water", CHANGE, "w10", "building=no", SQUARE, HOLE "|" SQUARE,
       "~w10 1,2,3,4,1|+r-1 w10:outer,w20:inner building=no type=multipolygon",
       "a hole that is there, in any order, and other tags"},
      {BUILDING "r7 w10:house type=site", CHANGE, "w10", NULL, SQUARE, SQUARE "|O 20 0,29 0,29 9,20 0",
       "+n-2 20 0|+n-3 29 0|+n-4 29 9|~w10 1,2,3,4,1|+w-5 -2,-3,-4,-2|"
       "+r-1 w10:outer,w-5:outer building=yes type=multipolygon",
       "a second part; the way stays a member"},
      {SQUARE_NODES HOLE_NODES "w10 1,2,3,4,1 name=x area=yes", CHANGE, "w10", NULL, SQUARE,
       "O 0 0,9 0,10 10,0 9,0 0|" HOLE,
       "~n3 10 10|~w10 1,2,3,4,1|+w-2 5,6,7,8,5|+r-1 w10:outer,w-2:inner name=x type=multipolygon",
       "a hole, and a vertex moves; the relation needs no area=yes"},
      {BUILDING, CHANGE, "w10", NULL, SQUARE, "O 0 0,9 0,9 9,0 9,9 5,0 0", "!not valid", "it crosses itself"},
      {BUILDING, CHANGE, "w10", NULL, SQUARE, "O 0 0,9 0,0 0,0 0", "!fewer than 3 vertices", "no ring"},
      {BUILDING, CHANGE, "w10", NULL, NULL, SQUARE, "!none was shown", "nobody knows what changed"},
  };
  CHECK(cases);
}

/* A closed way that touches itself is shown as two rings. */
#define EIGHT "n1 0 0|n2 5 -3|n3 5 3|n4 -5 3|n5 -5 -3|w10 1,2,3,1,4,5,1 landuse=x|"
#define EIGHT_SHOWN "O 0 0,5 -3,5 3,0 0|O 0 0,-5 3,-5 -3,0 0"

static void changes_ways_that_touch_themselves(void) {
  static const struct area_case cases[] = {
      {EIGHT, CHANGE, "w10", NULL, EIGHT_SHOWN, "O -5 -3,0 0,-5 3,-5 -3|O 0 0,5 -3,5 3,0 0", "", "nothing new"},
      {EIGHT, CHANGE, "w10", NULL, EIGHT_SHOWN, "O 0 0,6 -3,5 3,0 0|O 0 0,-5 3,-5 -3,0 0", "~n2 6 -3",
       "a vertex moves"},
      {EIGHT, CHANGE, "w10", NULL, EIGHT_SHOWN, "O 1 0,5 -3,5 3,1 0|O 1 0,-5 3,-5 -3,1 0", "~n1 1 0",
       "the point where they touch"},
      {EIGHT, CHANGE, "w10", NULL, EIGHT_SHOWN, "O 1 0,5 -3,5 3,1 0|O 0 0,-5 3,-5 -3,0 0",
       "!runs through there from one ring into another", "they part"},
      {EIGHT, CHANGE, "w10", NULL, EIGHT_SHOWN, "O 0 0,5 -3,5 3,0 0", "!one way makes it", "one of them goes"},
      {EIGHT, CHANGE, "w10", NULL, EIGHT_SHOWN, "O 0 0,5 -3,6 0,5 3,0 0|O 0 0,-5 3,-6 0,-5 -3,0 0",
       "+n-1 6 0|+n-2 -6 0|~w10 1,2,-1,3,1,4,-2,5,1 landuse=x", "a vertex more in each"},
  };
  CHECK(cases);
}

#define SHOWN SQUARE "|" HOLE

static void changes_relations_of_closed_ways(void) {
  static const struct area_case cases[] = {
      {FOREST, CHANGE, "r5", NULL, SHOWN, "I 4 2,4 4,2 4,2 2,4 2|O 0 9,0 0,9 0,9 9,0 9", "",
       "the same: turned, reversed, in another order"},
      {FOREST, CHANGE, "r5", NULL, SHOWN, "O 0 0,9 0,9 9,0 9,0 0|I 2 2,2 4,5 5,4 2,2 2", "~n7 5 5", "a vertex moves"},
      {FOREST, CHANGE, "r5", NULL, SHOWN, "O 0 0,4 1,9 0,9 9,0 9,0 0|" HOLE, "+n-1 4 1|~w10 1,-1,2,3,4,1",
       "a vertex comes"},
      {FOREST, CHANGE, "r5", NULL, SHOWN, SQUARE "|I 2 2,2 4,4 4,2 2", "-n8|~w11 5,6,7,5", "a vertex goes"},
      {FOREST, CHANGE, "r5", NULL, SHOWN, SQUARE "|I 2 4,4 4,4 2,2 4", "-n5|~w11 6,7,8,6", "the first vertex goes"},
      {FOREST, CHANGE, "r5", NULL, SHOWN, SQUARE, "-n5|-n6|-n7|-n8|-w11|~r5 w10:outer landuse=forest type=multipolygon",
       "a ring goes; it stays a relation"},
      {FOREST, CHANGE, "r5", NULL, SHOWN, SQUARE "|" HOLE "|I 6 6,6 8,8 8,6 6",
       "+n-1 6 6|+n-2 6 8|+n-3 8 8|+w-4 -1,-2,-3,-1|~r5 w10:outer,w11:inner,w-4:inner landuse=forest type=multipolygon",
       "a ring comes"},
      {FOREST, CHANGE, "r5", NULL, SHOWN, "O 2 2,4 2,4 4,2 4,2 2",
       "-n1|-n2|-n3|-n4|-w10|~r5 w11:outer landuse=forest type=multipolygon", "the inner ring is the outer one now"},
      {FOREST, CHANGE, "r5", NULL, SHOWN, SQUARE "|I 12 2,12 4,14 4,14 2,12 2",
       "-n5|-n6|-n7|-n8|+n-1 12 2|+n-2 12 4|+n-3 14 4|+n-4 14 2|-w11|+w-5 -1,-2,-3,-4,-1|"
       "~r5 w10:outer,w-5:inner landuse=forest type=multipolygon",
       "one goes, another one comes far away"},
      {FOREST, CHANGE, "r5", NULL, SHOWN, SQUARE "|I 3 3,3 5,5 5,5 3,3 3", "~n5 3 3|~n6 3 5|~n7 5 5|~n8 5 3",
       "all of a ring moves"},
      {FOREST "n20 6 6|n21 6 8|n22 8 8|w12 21,20,22,21 natural=water", CHANGE, "r5", NULL, SHOWN,
       SQUARE "|" HOLE "|I 6 6,6 8,8 8,6 6", "~r5 w10:outer,w11:inner,w12:inner landuse=forest type=multipolygon",
       "a ring that is there comes"},
      {FOREST, CHANGE, "r5", "landuse=x", SHOWN, SQUARE "|I 2 2,2 4,5 5,4 2,2 2",
       "~n7 5 5|~r5 w10:outer,w11:inner landuse=x type=multipolygon", "tags, too"},
      {FOREST, CHANGE, "r5", NULL, "O 0 0,9 0,9 9,0 8,0 0|" HOLE, SQUARE,
       "!no way of it runs on from 0.0000009,0.0000009", "what was shown is not there"},
      {SQUARE_NODES HOLE_NODES "w10 1,2,3,4,1|r5 w10:outer,w11:inner type=multipolygon landuse=x", CHANGE, "r5", NULL,
       SHOWN, SQUARE "|I 2 2,2 4,5 5,4 2,2 2", "!way 11", "incomplete"},
      {SQUARE_NODES HOLE_NODES "w10 1,2,3,4,1|r5 w10:outer,w11:inner type=multipolygon landuse=x", CHANGE, "r5",
       "landuse=y", NULL, NULL, "~r5 w10:outer,w11:inner landuse=y type=multipolygon", "incomplete: its tags"},
  };
  CHECK(cases);
}

/* A ring of three ways of different directions, and a hole of two. */
#define RING_NODES "n1 0 0|n2 9 0|n3 18 0|n4 18 9|n5 18 18|n6 9 18|n7 0 18|n8 0 9|"
#define RING \
  RING_NODES "w10 1,2,3|w11 5,4,3|w12 5,6,7,8,1|r5 w10:outer,w11:outer,w12:outer landuse=x type=multipolygon|"
#define RING_SHOWN "O 0 0,9 0,18 0,18 9,18 18,9 18,0 18,0 9,0 0"

static void changes_rings_of_several_ways(void) {
  static const struct area_case cases[] = {
      {RING, CHANGE, "r5", NULL, RING_SHOWN, "O 18 9,18 0,9 0,0 0,0 9,0 18,9 18,18 18,18 9", "", "nothing new"},
      {RING, CHANGE, "r5", NULL, RING_SHOWN, "O 0 0,9 0,19 0,18 9,18 18,9 18,0 18,0 9,0 0", "~n3 19 0",
       "a joint moves"},
      {RING, CHANGE, "r5", NULL, RING_SHOWN, "O 0 0,9 0,18 0,18 4,18 9,18 18,9 18,0 18,0 9,0 0",
       "+n-1 18 4|~w11 5,4,-1,3", "a vertex comes into a way that runs the other way"},
      {RING, CHANGE, "r5", NULL, RING_SHOWN, "O 0 0,9 0,18 0,18 4,18 6,18 9,18 18,9 18,0 18,0 9,0 0",
       "+n-1 18 4|+n-2 18 6|~w11 5,4,-2,-1,3", "two of them"},
      {RING, CHANGE, "r5", NULL, RING_SHOWN, "O 0 0,9 0,18 0,18 18,9 18,0 18,0 9,0 0", "-n4|~w11 5,3", "one goes"},
      {RING, CHANGE, "r5", NULL, RING_SHOWN, "O 0 0,9 0,18 9,18 18,9 18,0 18,0 9,0 0", "-n3|~w10 1,2|~w11 5,4,2",
       "a joint goes: the one before it is the joint"},
      {RING, CHANGE, "r5", NULL, RING_SHOWN, "O 0 0,18 9,18 18,9 18,0 18,0 9,0 0", "-n2|-n3|~w10 1,4|~w11 5,4",
       "a joint and what is before it: the one after it"},
      {RING, CHANGE, "r5", NULL, RING_SHOWN, "O 0 0,9 0,9 18,0 18,0 9,0 0",
       "-n3|-n4|-n5|~w10 1,2|~w11 6,2|~w12 6,7,8,1", "a whole way but its ends"},
      {RING_NODES "w10 1,2,3|w11 3,4|w12 4,5,6,7,8,1|w13 2,20|n20 9 -9|r5 w10:outer,w11:outer,w12:outer "
                  "landuse=x type=multipolygon",
       CHANGE, "r5", NULL, RING_SHOWN, "O 0 0,18 0,18 9,18 18,9 18,0 18,0 9,0 0", "~w10 1,3",
       "what another way uses stays"},
      {"n1 0 0|n2 9 0|n3 9 9|n4 0 9|w10 1,2|w11 2,3|w12 3,4|w13 4,1|"
       "r5 w10:outer,w11:outer,w12:outer,w13:outer landuse=x type=multipolygon",
       CHANGE, "r5", NULL, SQUARE, "O 0 0,9 9,0 9,0 0", "!the vertex at 0.0000009,0.0000000", "it needs both its ways"},
  };
  CHECK(cases);
}

/* Two forests with one way between them, and a path that starts at a vertex of it. */
#define TWO                                                                                                    \
  "n1 0 0|n2 9 0|n3 9 9|n4 0 9|n5 18 0|n6 18 9|n7 9 4|w10 2,7,3|w11 3,4,1,2|w12 2,5,6,3|w13 7,1 highway=path|" \
  "r5 w10:outer,w11:outer landuse=x type=multipolygon|r6 w12:outer,w10:outer landuse=y type=multipolygon|"
#define TWO_SHOWN "O 0 0,9 0,9 4,9 9,0 9,0 0"

static void moves_shared_nodes_as_told(void) {
  static const struct area_case cases[] = {
      {TWO, CHANGE, "r5", NULL, TWO_SHOWN, "O 0 0,9 0,8 4,9 9,0 9,0 0", "~n7 8 4", "all moves along"},
      {TWO, SPLIT, "r5", NULL, TWO_SHOWN, "O 0 0,9 0,8 4,9 9,0 9,0 0", "+n-1 8 4|~w10 2,-1,3", "the path stays"},
      {TWO, REFUSE, "r5", NULL, TWO_SHOWN, "O 0 0,9 0,8 4,9 9,0 9,0 0", "!way 13", "refused"},
      {TWO, REFUSE, "r5", NULL, TWO_SHOWN, "O 0 0,9 0,9 4,9 9,0 10,0 0", "~n4 0 10", "nothing else is there"},
      {TWO, SPLIT, "r5", NULL, TWO_SHOWN, "O 0 0,9 -1,9 4,9 9,0 9,0 0", "+n-1 9 -1|~w10 -1,7,3|~w11 3,4,1,-1",
       "a joint leaves the neighbour's way"},
      {TWO "n20 8 4", SPLIT, "r5", NULL, TWO_SHOWN, "O 0 0,9 0,8 4,9 9,0 9,0 0", "~w10 2,20,3",
       "for a node that is there"},
  };
  CHECK(cases);
}

/* Rings that touch in a node. */
#define TOUCH \
  "n1 0 0|n2 9 0|n3 9 9|n4 18 9|n5 18 18|w10 1,2,3,1|w11 3,4,5,3|r5 w10:outer,w11:outer landuse=x type=multipolygon|"
#define TOUCH_SHOWN "O 0 0,9 0,9 9,0 0|O 9 9,18 9,18 18,9 9"

static void parts_rings_that_touch(void) {
  static const struct area_case cases[] = {
      {TOUCH, CHANGE, "r5", NULL, TOUCH_SHOWN, "O 0 0,9 0,9 9,0 0|O 9 10,18 9,18 18,9 10", "+n-1 9 10|~w11 -1,4,5,-1",
       "one moves away"},
      {TOUCH, CHANGE, "r5", NULL, TOUCH_SHOWN, "O 0 0,9 0,10 9,0 0|O 10 9,18 9,18 18,10 9", "~n3 10 9", "both move"},
      {TOUCH, CHANGE, "r5", NULL, TOUCH_SHOWN, "O 0 0,9 0,9 8,0 0|O 9 10,18 9,18 18,9 10",
       "~n3 9 8|+n-1 9 10|~w11 -1,4,5,-1", "both move, apart"},
      {TOUCH "n6 14 20", CHANGE, "r5", NULL, TOUCH_SHOWN, "O 0 0,9 0,9 9,0 0|O 18 9,18 18,14 20,18 9", "~w11 6,4,5,6",
       "one moves to a node that is there"},
      {TOUCH, CHANGE, "r5", NULL, TOUCH_SHOWN, "O 0 0,9 0,9 9,0 0",
       "-n4|-n5|-w11|~r5 w10:outer landuse=x type=multipolygon", "one goes"},
  };
  CHECK(cases);
}

static void refuses_rings_it_cannot_take_apart(void) {
  static const struct area_case cases[] = {
      {"n1 0 0|n2 9 0|n3 9 9|n4 18 9|n5 18 18|w10 1,2,3,4,5,3,1|r5 w10:outer landuse=x type=multipolygon|", CHANGE,
       "r5", NULL, TOUCH_SHOWN, "O 0 0,9 0,9 9,0 0", "!way 10 is a part of it and of others", "one way, two rings"},
      {"n1 0 0|n2 9 0|n3 9 9|n4 18 9|n5 18 18|w10 1,2,3,4,5,3,1|r5 w10:outer landuse=x type=multipolygon|", CHANGE,
       "r5", NULL, TOUCH_SHOWN, "O 0 0,9 0,9 9,0 0|O 9 10,18 9,18 18,9 10", "!runs through there", "they part"},
  };
  CHECK(cases);
}

static void splits_what_gets_too_long(void) {
  static const struct area_case cases[] = {
      {BUILDING, CHANGE, "w10", NULL, SQUARE, "O 0 0,5 -1,9 0,9 9,0 9,0 0",
       "+n-1 5 -1|~w10 1,-1,2|+w-2 2,3,4,1|+r-3 w10:outer,w-2:outer building=yes type=multipolygon",
       "a way becomes a relation"},
      {FOREST, CHANGE, "r5", NULL, SHOWN, SQUARE "|I 2 2,2 4,4 4,5 3,4 2,2 2",
       "+n-1 5 3|~w11 5,6,7|+w-2 7,-1,8,5|~r5 w10:outer,w11:inner,w-2:inner landuse=forest type=multipolygon",
       "a ring of a relation"},
  };
  check(cases, sizeof cases / sizeof cases[0], 5);
}

static void tells_what_a_polygon_became(void) {
  static const struct area_case hole = {BUILDING HOLE_NODES, CHANGE, "w10", NULL, SQUARE, SQUARE "|" HOLE, "", ""};
  static const struct area_case longer = {BUILDING, CHANGE, "w10", NULL, SQUARE, "O 0 0,5 -1,9 0,9 9,0 9,0 0", "", ""};
  static const struct area_case *const both[] = {&hole, &longer};
  for (size_t i = 0; i < 2; i++) {
    struct osmflow_edit_element element = {OSMFLOW_NODE, 0};
    struct edit_unit unit;
    edit_unit_open(&unit, both[i]->elements);
    unit.options.most_way_nodes = 5;
    CU_ASSERT_EQUAL(run(&unit, both[i], &element, NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL(element.type, OSMFLOW_RELATION);
    CU_ASSERT_EQUAL(element.id, i == 0 ? -1 : -3);
    edit_unit_close(&unit);
  }
}

/* Two features that share a way are changed one after the other, both as they were read. */
static void understands_what_was_read_before_other_edits(void) {
  static const struct area_case first = {TWO, CHANGE, "r5", NULL, TWO_SHOWN, "O 0 0,9 0,9 2,8 4,9 9,0 9,0 0", "", ""};
  static const struct area_case same = {
      TWO, CHANGE, "r6", NULL, "O 9 0,18 0,18 9,9 9,9 4,9 0", "O 9 0,18 0,18 9,9 9,8 4,9 2,9 0", "", ""};
  static const struct area_case other = {
      TWO, CHANGE, "r6", NULL, "O 9 0,18 0,18 9,9 9,9 4,9 0", "O 9 0,19 0,18 9,9 9,9 6,9 4,9 0", "", ""};
  struct osmflow_edit_element element;
  struct edit_unit unit;
  edit_unit_open(&unit, TWO);
  CU_ASSERT_EQUAL(run(&unit, &first, &element, NULL), OSMFLOW_OK);
  UNIT_SAME(edit_unit_changes(&unit), "~n7 8 4|+n-1 9 2|~w10 2,-1,7,3", "the first one");
  CU_ASSERT_EQUAL(run(&unit, &same, &element, NULL), OSMFLOW_OK);
  UNIT_SAME(edit_unit_changes(&unit), "~n7 8 4|+n-1 9 2|~w10 2,-1,7,3", "the same once more");
  CU_ASSERT_EQUAL(run(&unit, &other, &element, NULL), OSMFLOW_OK);
  UNIT_SAME(edit_unit_changes(&unit), "~n5 19 0|~n7 8 4|+n-1 9 2|+n-2 9 6|~w10 2,-1,7,-2,3", "another change");
  edit_unit_close(&unit);
}

OSMFLOW_UNIT_MAIN("osm/edit_area", UNIT(creates_areas), UNIT(creates_areas_with_long_rings), UNIT(deletes_areas),
                  UNIT(changes_tags), UNIT(changes_ways), UNIT(changes_ways_that_touch_themselves),
                  UNIT(changes_relations_of_closed_ways), UNIT(changes_rings_of_several_ways),
                  UNIT(moves_shared_nodes_as_told), UNIT(parts_rings_that_touch),
                  UNIT(refuses_rings_it_cannot_take_apart), UNIT(splits_what_gets_too_long),
                  UNIT(tells_what_a_polygon_became), UNIT(understands_what_was_read_before_other_edits))
