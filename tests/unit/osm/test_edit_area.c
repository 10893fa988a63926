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

OSMFLOW_UNIT_MAIN("osm/edit_area", UNIT(creates_areas), UNIT(creates_areas_with_long_rings), UNIT(deletes_areas),
                  UNIT(changes_tags))
