/* Each kind of edit of points and lines, and exactly which elements it changes. */
#include "osm/edit.h"

#include "edit_unit.h"
#include "unit.h"

/* Changing, with each of SHARED_NODES. */
enum verb { CREATE, CHANGE, SPLIT, REFUSE, DELETE };

struct edit_case {
  const char *elements;
  enum verb verb;
  enum osmflow_layer_kind kind;
  int64_t id; /* of a node for points, of a way for lines */
  const char *tags, *shown, *shape;
  const char *expected; /* the changes; "!...": words of the error */
  const char *why;
};

static enum osmflow_status run(struct edit_unit *unit, const struct edit_case *test,
                               struct osmflow_edit_element *element, struct osmflow_error *error) {
  static struct edit_unit_shape shown_room, shape_room;
  struct edit_unit_tags tags_room;
  const struct osmflow_edit_tags *tags = test->tags ? edit_unit_tags(test->tags, &tags_room) : NULL;
  const struct osmflow_edit_shape *shown = test->shown ? edit_unit_shape(test->shown, &shown_room) : NULL;
  const struct osmflow_edit_shape *shape = test->shape ? edit_unit_shape(test->shape, &shape_room) : NULL;
  unit->options.shared = test->verb == SPLIT    ? OSMFLOW_SHARED_SPLIT
                         : test->verb == REFUSE ? OSMFLOW_SHARED_REFUSE
                                                : OSMFLOW_SHARED_MOVE;
  if (test->verb == CREATE)
    return osmflow_edit_create(&unit->options, test->kind, tags, shape, element, error);
  *element = (struct osmflow_edit_element){test->kind == OSMFLOW_POINTS ? OSMFLOW_NODE : OSMFLOW_WAY, test->id};
  if (test->verb != DELETE)
    return osmflow_edit_change(&unit->options, test->kind, tags, shown, shape, element, error);
  return osmflow_edit_delete(&unit->options, test->kind, element, error);
}

static void check_in(struct edit_unit *unit, const struct edit_case *test) {
  struct osmflow_error error = {0};
  struct osmflow_edit_element element = {OSMFLOW_NODE, 0};
  const enum osmflow_status status = run(unit, test, &element, &error);
  if (test->expected[0] == '!') {
    CU_ASSERT_NOT_EQUAL(status, OSMFLOW_OK);
    if (!strstr(error.message, test->expected + 1))
      fprintf(stderr, "\n%s: got the error [%s]\n", test->why, error.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, test->expected + 1));
    UNIT_SAME(edit_unit_changes(unit), "", test->why);
    return;
  }
  if (status != OSMFLOW_OK)
    fprintf(stderr, "\n%s: %s\n", test->why, error.message);
  CU_ASSERT_EQUAL(status, OSMFLOW_OK);
  UNIT_SAME(edit_unit_changes(unit), test->expected, test->why);
}

static void check_cases(const struct edit_case *cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct edit_unit unit;
    edit_unit_open(&unit, cases[i].elements);
    check_in(&unit, &cases[i]);
    edit_unit_close(&unit);
  }
}

#define CHECK(cases) check_cases(cases, sizeof(cases) / sizeof((cases)[0]))

static void refuses_what_cannot_be_done(void) {
  static const struct edit_case cases[] = {
      {"", CREATE, OSMFLOW_POINTS, 0, "a=b", NULL, "", "!one point", "no geometry"},
      {"", CREATE, OSMFLOW_POINTS, 0, "a=b", NULL, "P 1 1|P 2 2", "!one point", "two points"},
      {"", CREATE, OSMFLOW_POINTS, 0, "a=b", NULL, "L 1 1,2 2", "!one point", "a line as a point"},
      {"", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "P 1 1", "!one line", "a point as a line"},
      {"", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "L 1 1,2 2|L 3 3,4 4", "!one line", "two lines"},
      {"", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "L 1 1", "!two vertices", "one vertex"},
      {"", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "L 1 1,1 1,1 1", "!two vertices", "one place"},
      {"", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "L", "!part without vertices", "an empty line"},
      {"", CREATE, OSMFLOW_POINTS, 0, "a=b", NULL, "P 1800000001 0", "!longitude 180.0000001", "east of the world"},
      {"", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "L 0 0,0 -900000001", "!latitude -90.0000001", "below the pole"},
      {"", CREATE, OSMFLOW_POINTS, 0, "a=b a=c", NULL, "P 0 0", "!given twice, as \"b\" and as \"c\"", "two values"},
      {"", CHANGE, OSMFLOW_LINES, 5, "a=b", NULL, NULL, "!way 5 is not here", "an unknown way"},
      {"n1 0 0|n2 9 0|w5 1,2", CHANGE, OSMFLOW_LINES, 5, "c=d", NULL, "L 1 1,2 2", "!none was shown",
       "nothing was shown"},
      {"", DELETE, OSMFLOW_POINTS, 5, NULL, NULL, NULL, "!node 5 is not here", "an unknown node"},
      {"n1 0 0|n2 9 0|w5 1,2 a=b", CHANGE, OSMFLOW_LINES, 5, "c=d", "L 0 0,9 0", "L 1 1,1 1", "!two vertices",
       "tags that were set already are taken back"},
      {"n1 0 0|w5 1,7 a=b", CHANGE, OSMFLOW_LINES, 5, NULL, "L 0 0", "L 0 0,9 9",
       "!way 5 is incomplete here, so its geometry cannot be changed: node 7 was not downloaded", "an incomplete way"},
      {"n1 0 0|n2 9 0|w5 1,2 a=b|r6 w5:x type=route name=Line_3", DELETE, OSMFLOW_LINES, 5, NULL, NULL, NULL,
       "!way 5 is a member of relation 6 (route, Line_3)", "a member of a relation"},
      {"n1 0 0 a=b|r6 n1:stop", DELETE, OSMFLOW_POINTS, 1, NULL, NULL, NULL, "!is a member of relation 6;",
       "a node that is a member"},
      {"n1 0 0|n2 9 0|w5 1,2", DELETE, OSMFLOW_POINTS, 1, NULL, NULL, NULL, "!has no tags to delete, and way 5",
       "nothing to delete"},
  };
  CHECK(cases);
}

static void creates(void) {
  static const struct edit_case cases[] = {
      {"", CREATE, OSMFLOW_POINTS, 0, "a=b", NULL, "P 5 5", "+n-1 5 5 a=b", "a point is a node"},
      {"", CREATE, OSMFLOW_POINTS, 0, "a=b c= d=e", NULL, "P 5 5", "+n-1 5 5 a=b d=e", "an empty value is no tag"},
      {"n1 5 5", CREATE, OSMFLOW_POINTS, 0, "a=b", NULL, "P 5 5", "~n1 5 5 a=b", "an untagged node at its place"},
      {"n1 5 5 x=y", CREATE, OSMFLOW_POINTS, 0, "a=b", NULL, "P 5 5", "+n-1 5 5 a=b", "a tagged node is another thing"},
      {"n1 5 5|n2 5 5|n3 9 9|w5 2,3", CREATE, OSMFLOW_POINTS, 0, "a=b", NULL, "P 5 5", "~n2 5 5 a=b",
       "the gate is on the way"},
      {"n1 5 5|n2 5 5 x=y|n3 9 9|w5 2,3", CREATE, OSMFLOW_POINTS, 0, "a=b", NULL, "P 5 5", "~n1 5 5 a=b",
       "the gate's node is tagged already"},
      {"", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "L 0 0,5 0,9 9", "+n-1 0 0|+n-2 5 0|+n-3 9 9|+w-4 -1,-2,-3 a=b",
       "a line is nodes and a way"},
      {"", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "L 0 0,0 0,9 9,9 9", "+n-1 0 0|+n-2 9 9|+w-3 -1,-2 a=b",
       "equal neighbours are one"},
      {"", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "L 0 0,9 0,9 9,0 0",
       "+n-1 0 0|+n-2 9 0|+n-3 9 9|+w-4 -1,-2,-3,-1 a=b", "a closed line"},
      {"n1 0 0|n2 5 0 x=y|n3 5 0|n4 8 8|w5 3,4", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "L 0 0,5 0,9 9",
       "+n-1 9 9|+w-2 1,3,-1 a=b", "nodes at the same places are taken, rather those of ways"},
      {"n1 0 0 x=y|n2 9 0|w5 1,2", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "L 0 0,9 0", "+w-1 1,2 a=b",
       "all nodes are there"},
  };
  CHECK(cases);
}

static void changes_tags_only(void) {
#define WAY "n1 0 0|n2 9 0 x=y|w5 1,2 a=b c=d|"
  static const struct edit_case cases[] = {
      {WAY, CHANGE, OSMFLOW_LINES, 5, "a=b c=d", NULL, NULL, "", "the same tags"},
      {WAY, CHANGE, OSMFLOW_LINES, 5, "c=d a=b", NULL, NULL, "", "in another order"},
      {WAY, CHANGE, OSMFLOW_LINES, 5, "c=d e= a=b", NULL, NULL, "", "with one that is none"},
      {WAY, CHANGE, OSMFLOW_LINES, 5, "a=b c=d", "L 0 0,9 0", "L 0 0,9 0", "", "the same geometry, too"},
      {WAY, CHANGE, OSMFLOW_LINES, 5, NULL, NULL, NULL, "", "nothing"},
      {WAY, CHANGE, OSMFLOW_LINES, 5, "a=e c=d", NULL, NULL, "~w5 1,2 a=e c=d", "a value"},
      {WAY, CHANGE, OSMFLOW_LINES, 5, "a=b", "L 0 0,9 0", "L 0 0,9 0", "~w5 1,2 a=b", "a tag less"},
      {WAY, CHANGE, OSMFLOW_LINES, 5, "", NULL, NULL, "~w5 1,2", "no tag any more"},
      {WAY, CHANGE, OSMFLOW_POINTS, 2, "x=z", NULL, NULL, "~n2 9 0 x=z", "of a point that is on a way"},
      {WAY, CHANGE, OSMFLOW_POINTS, 2, "x=y", "P 9 0", "P 9 0", "", "nothing of a point"},
      {"n1 0 0|w5 1,7 a=b", CHANGE, OSMFLOW_LINES, 5, "a=c", "L 0 0", "L 0 0", "~w5 1,7 a=c", "of an incomplete way"},
      {"n1 0 0|n2 0 0|w5 1,2,1 a=b", CHANGE, OSMFLOW_LINES, 5, "a=c", "L 0 0,0 0,0 0", "L 0 0,0 0,0 0", "~w5 1,2,1 a=c",
       "of a way that is all in one place"},
      {"n1 0 0 a=", CHANGE, OSMFLOW_POINTS, 1, "a= b=c", NULL, NULL, "~n1 0 0 a= b=c", "an empty value that is there"},
  };
  CHECK(cases);
}

static void changes_points(void) {
#define GATE "n1 0 0|n2 9 0 x=y|w5 1,2 name=Lane|"
  static const struct edit_case cases[] = {
      {"n1 0 0 x=y", CHANGE, OSMFLOW_POINTS, 1, NULL, "P 0 0", "P 5 5", "~n1 5 5 x=y", "it moves"},
      {"n1 0 0 x=y", CHANGE, OSMFLOW_POINTS, 1, "x=z", "P 0 0", "P 5 5", "~n1 5 5 x=z", "and has another tag"},
      {"n1 0 0 x=y|n2 5 5", CHANGE, OSMFLOW_POINTS, 1, NULL, "P 0 0", "P 5 5", "~n1 5 5 x=y", "to another node"},
      {GATE, CHANGE, OSMFLOW_POINTS, 2, NULL, "P 9 0", "P 8 8", "~n2 8 8 x=y", "the way moves along"},
      {GATE, SPLIT, OSMFLOW_POINTS, 2, NULL, "P 9 0", "P 8 8", "~n2 9 0|+n-1 8 8 x=y", "it leaves the way"},
      {GATE "n3 8 8", SPLIT, OSMFLOW_POINTS, 2, NULL, "P 9 0", "P 8 8", "~n2 9 0|~n3 8 8 x=y",
       "for a node that is there"},
      {GATE, REFUSE, OSMFLOW_POINTS, 2, NULL, "P 9 0", "P 8 8", "!node 2 is also used by way 5 (Lane)", "refused"},
      {GATE "r6 n2:via", SPLIT, OSMFLOW_POINTS, 2, NULL, "P 9 0", "P 8 8", "!node 2 is a member of relation 6",
       "it cannot leave the relation"},
      {"n2 9 0 x=y|r6 n2:stop", REFUSE, OSMFLOW_POINTS, 2, NULL, "P 9 0", "P 8 8", "~n2 8 8 x=y",
       "a relation does not hold it"},
  };
  CHECK(cases);
}

static void deletes(void) {
  static const struct edit_case cases[] = {
      {"n1 0 0 x=y", DELETE, OSMFLOW_POINTS, 1, NULL, NULL, NULL, "-n1", "a point"},
      {"n1 0 0|n2 9 0 x=y|w5 1,2", DELETE, OSMFLOW_POINTS, 2, NULL, NULL, NULL, "~n2 9 0", "a point of a way"},
      {"n1 0 0|n2 9 0|w5 1,2", DELETE, OSMFLOW_LINES, 5, NULL, NULL, NULL, "-n1|-n2|-w5", "a line"},
      {"n1 0 0|n2 9 0|n3 9 9|w5 1,2,3,1", DELETE, OSMFLOW_LINES, 5, NULL, NULL, NULL, "-n1|-n2|-n3|-w5",
       "a closed line"},
      {"n1 0 0 x=y|n2 9 0|n3 9 9|n4 0 9|w5 1,2,3,4|w6 2,1|r7 n3:stop", DELETE, OSMFLOW_LINES, 5, NULL, NULL, NULL,
       "-n4|-w5", "what others need stays"},
      {"n1 0 0 x=y|w5 1,7", DELETE, OSMFLOW_LINES, 5, NULL, NULL, NULL, "-w5", "an incomplete line"},
  };
  CHECK(cases);
}

static void keeps_within_bounds(void) {
  static const struct edit_case cases[] = {
      {"", CREATE, OSMFLOW_POINTS, 0, "a=b", NULL, "P 50 50", "+n-1 50 50 a=b", "the edge is inside"},
      {"", CREATE, OSMFLOW_POINTS, 0, "a=b", NULL, "P 51 50", "!BOUNDS_CHECK=NO", "outside"},
      {"", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "L 0 0,99 99", "!longitude 0.0000099, latitude 0.0000099",
       "a vertex outside"},
      {"n1 0 0|n2 99 0|w5 1,2", CHANGE, OSMFLOW_LINES, 5, NULL, "L 0 0,99 0", "L 0 9,99 0", "~n1 0 9",
       "a vertex that was outside and stays"},
      {"n1 0 0|n2 99 0|w5 1,2", CHANGE, OSMFLOW_LINES, 5, NULL, "L 0 0,99 0", "L 0 0,9 0", "~n2 9 0", "moved inside"},
      {"n1 0 0|n2 99 0|w5 1,2", CHANGE, OSMFLOW_LINES, 5, NULL, "L 0 0,99 0", "L 0 0,98 0", "!is outside",
       "moved outside"},
      {"n1 0 0|n2 99 0", CREATE, OSMFLOW_LINES, 0, "a=b", NULL, "L 0 0,99 0", "+w-1 1,2 a=b",
       "a node outside that is there"},
      {"n1 99 0 a=b", DELETE, OSMFLOW_POINTS, 1, NULL, NULL, NULL, "-n1", "deleting is possible everywhere"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct edit_unit unit;
    edit_unit_open(&unit, cases[i].elements);
    unit.options.has_bounds = true;
    unit.options.bounds = (struct osmflow_bbox){-50, -50, 50, 50};
    check_in(&unit, &cases[i]);
    edit_unit_close(&unit);
  }
}

static void cuts_lines_that_are_too_long(void) {
  static const struct edit_case create = {
      "",
      CREATE,
      OSMFLOW_LINES,
      0,
      "a=b",
      NULL,
      "L 0 0,1 0,2 0,3 0,4 0,5 0,6 0",
      "+n-1 0 0|+n-2 1 0|+n-3 2 0|+n-4 3 0|+n-5 4 0|+n-6 5 0|+n-7 6 0|+w-8 -1,-2,-3,-4 a=b|+w-9 -4,-5,-6,-7 a=b",
      "pieces of the same length that hang together"};
  struct edit_unit unit;
  edit_unit_open(&unit, create.elements);
  unit.options.most_way_nodes = 4;
  struct osmflow_edit_element element = {OSMFLOW_NODE, 0};
  CU_ASSERT_EQUAL(run(&unit, &create, &element, NULL), OSMFLOW_OK);
  CU_ASSERT(element.type == OSMFLOW_WAY && element.id == -8);
  UNIT_SAME(edit_unit_changes(&unit), create.expected, create.why);
  edit_unit_close(&unit);
}

static void tells_what_a_feature_became(void) {
  static const struct edit_case move = {
      "n1 0 0|n2 9 0 x=y|w5 1,2", SPLIT, OSMFLOW_POINTS, 2, NULL, "P 9 0", "P 8 8", "", ""};
  struct osmflow_edit_element element = {OSMFLOW_NODE, 0};
  struct edit_unit unit;
  edit_unit_open(&unit, move.elements);
  CU_ASSERT_EQUAL(run(&unit, &move, &element, NULL), OSMFLOW_OK);
  CU_ASSERT(element.type == OSMFLOW_NODE && element.id == -1);
  edit_unit_close(&unit);
}

OSMFLOW_UNIT_MAIN("osm/edit", UNIT(refuses_what_cannot_be_done), UNIT(creates), UNIT(changes_tags_only),
                  UNIT(changes_points), UNIT(deletes), UNIT(keeps_within_bounds), UNIT(cuts_lines_that_are_too_long),
                  UNIT(tells_what_a_feature_became))
