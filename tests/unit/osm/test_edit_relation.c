#include "edit_unit.h"
#include "unit.h"

enum verb { CREATE, CHANGE, SPLIT, DELETE };

struct relation_case {
  const char *elements;
  enum verb verb;
  enum osmflow_layer_kind kind;
  const char *tags, *shown, *shape; /* of relation 5 */
  const char *expected;             /* the changes; "!...": words of the error */
  const char *why;
};

static enum osmflow_status run(struct edit_unit *unit, const struct relation_case *test, struct osmflow_error *error) {
  static struct edit_unit_tags tags_room;
  static struct edit_unit_shape shown_room, shape_room;
  const struct osmflow_edit_tags *tags = test->tags ? edit_unit_tags(test->tags, &tags_room) : NULL;
  const struct osmflow_edit_shape *shown = test->shown ? edit_unit_shape(test->shown, &shown_room) : NULL;
  const struct osmflow_edit_shape *shape = test->shape ? edit_unit_shape(test->shape, &shape_room) : NULL;
  struct osmflow_edit_element element = {OSMFLOW_RELATION, 5};
  unit->options.shared = test->verb == SPLIT ? OSMFLOW_SHARED_SPLIT : OSMFLOW_SHARED_MOVE;
  if (test->verb == CREATE)
    return osmflow_edit_create(&unit->options, test->kind, tags, shape, &element, error);
  if (test->verb == DELETE)
    return osmflow_edit_delete(&unit->options, test->kind, &element, error);
  return osmflow_edit_change(&unit->options, test->kind, tags, shown, shape, &element, error);
}

static void check(const struct relation_case *cases, size_t count, size_t most_way_nodes) {
  for (size_t i = 0; i < count; i++) {
    const struct relation_case *test = &cases[i];
    struct osmflow_error error = {OSMFLOW_OK, 0, ""};
    struct edit_unit unit;
    edit_unit_open(&unit, test->elements);
    unit.options.most_way_nodes = most_way_nodes;
    const enum osmflow_status status = run(&unit, test, &error);
    if (test->expected[0] == '!') {
      if (status == OSMFLOW_OK || !strstr(error.message, test->expected + 1))
        UNIT_SAME(status == OSMFLOW_OK ? edit_unit_changes(&unit) : error.message, test->expected, test->why);
      CU_ASSERT_NOT_EQUAL(status, OSMFLOW_OK);
      UNIT_SAME(edit_unit_changes(&unit), "", test->why);
    } else {
      UNIT_SAME(status == OSMFLOW_OK ? edit_unit_changes(&unit) : error.message, test->expected, test->why);
    }
    edit_unit_close(&unit);
  }
}
#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]), 2000)
#define LINES OSMFLOW_MULTILINESTRINGS
#define OTHER OSMFLOW_OTHER_RELATIONS

#define NODES "n1 0 0|n2 9 0|n3 18 0|n4 18 9|"

static void creates_relations(void) {
  static const struct relation_case cases[] = {
      {"", CREATE, LINES, "name=x", NULL, "L 0 0,9 0|L 9 0,9 9",
       "+n-1 0 0|+n-2 9 0|+n-4 9 9|+w-3 -1,-2|+w-5 -2,-4|+r-6 w-3,w-5 name=x type=multilinestring", "new lines"},
      {NODES "w10 1,2 highway=path|w11 3,2", CREATE, LINES, "type=route route=hiking", NULL, "L 0 0,9 0|L 9 0,18 0",
       "+r-1 w10,w11 route=hiking type=route", "lines that are there, in either direction"},
      {NODES "w10 1,2 highway=path", CREATE, LINES, "type=route", NULL, "L 0 0,9 0,18 0",
       "+w-1 1,2,3|+r-2 w-1 type=route", "one that is longer"},
      {NODES "w10 1,2,3 highway=path", CREATE, OTHER, "type=site", NULL, "P 0 0|L 0 0,9 0,18 0|P 5 5",
       "+n-1 5 5|+r-2 n1,w10,n-1 type=site", "points and a line"},
      {NODES "w10 2,3,4,2 building=yes", CREATE, OTHER, "type=site", NULL, "O 9 0,18 0,18 9,9 0|O 0 0,9 0,18 9,0 0",
       "+w-1 1,2,4,1 area=yes|+r-2 w10,w-1 type=site", "areas"},
      {"", CREATE, OTHER, "name=x", NULL, "P 0 0", "!needs the tag type", "no type"},
      {"", CREATE, OTHER, "type=route", NULL, "P 0 0", "!belong to the layer multilinestrings", "another layer's type"},
      {"", CREATE, LINES, "type=site", NULL, "L 0 0,9 0", "!belong to the layer other_relations", "and the reverse"},
      {"", CREATE, LINES, "name=x", NULL, "P 0 0", "!takes lines only", "a point"},
      {"", CREATE, OTHER, "type=site", NULL, "O 0 0,9 0,9 9,0 0|I 6 1,7 1,7 2,6 1", "!holes", "a hole"},
      {"", CREATE, LINES, "name=x", NULL, "L 0 0,0 0", "!fewer than 2 vertices", "no line"},
  };
  CHECK(cases);
}

#define ROUTE NODES "w10 1,2 highway=path|w11 3,2|w12 3,4|r5 w10:a,w11:b,w12:c type=route|"
#define ROUTE_SHOWN "L 0 0,9 0|L 18 0,9 0|L 18 0,18 9"

static void deletes_relations(void) {
  static const struct relation_case cases[] = {
      {ROUTE, DELETE, LINES, NULL, NULL, NULL, "-r5", "its members stay"},
      {ROUTE "r6 r5 type=superroute", DELETE, LINES, NULL, NULL, NULL, "!member of relation 6", "a member"},
  };
  CHECK(cases);
}

static void changes_tags(void) {
  static const struct relation_case cases[] = {
      {ROUTE, CHANGE, LINES, "ref=1", NULL, NULL, "~r5 w10:a,w11:b,w12:c ref=1 type=route", "the type stays"},
      {ROUTE, CHANGE, LINES, "type=multilinestring", NULL, NULL, "~r5 w10:a,w11:b,w12:c type=multilinestring",
       "or is another one of the layer"},
      {ROUTE, CHANGE, LINES, "type=site", NULL, NULL, "!belong to the layer other_relations", "of the layer"},
      {ROUTE, CHANGE, LINES, "type=route", ROUTE_SHOWN, ROUTE_SHOWN, "", "nothing new"},
      {NODES "r5 n1", CHANGE, OTHER, "name=x", NULL, NULL, "~r5 n1 name=x", "one that never had a type"},
  };
  CHECK(cases);
}

static void changes_lines(void) {
  static const struct relation_case cases[] = {
      {ROUTE, CHANGE, LINES, NULL, ROUTE_SHOWN, "L 9 0,0 0|L 18 0,9 0|L 18 0,18 9", "", "one is reversed"},
      {ROUTE, CHANGE, LINES, NULL, ROUTE_SHOWN, "L 0 0,4 4,9 0|L 18 0,9 0|L 18 0,18 9",
       "+n-1 4 4|~w10 1,-1,2 highway=path", "a vertex comes"},
      {ROUTE, CHANGE, LINES, NULL, ROUTE_SHOWN, "L 0 0,9 1|L 18 0,9 1|L 18 0,18 9", "~n2 9 1", "a joint moves"},
      {ROUTE, CHANGE, LINES, NULL, ROUTE_SHOWN, "L 0 0,9 0|L 18 0,9 0", "-n4|-w12|~r5 w10:a,w11:b type=route",
       "a line goes"},
      {ROUTE, CHANGE, LINES, NULL, ROUTE_SHOWN, "L 18 0,9 0|L 18 0,18 9", "~r5 w11:b,w12:c type=route",
       "one with tags stays by itself"},
      {ROUTE, CHANGE, LINES, NULL, ROUTE_SHOWN, "L 0 0,9 0|L 9 0,5 5|L 18 0,9 0|L 18 0,18 9",
       "+n-1 5 5|+w-2 2,-1|~r5 w10:a,w-2,w11:b,w12:c type=route", "a line comes between others"},
      {ROUTE, CHANGE, LINES, NULL, ROUTE_SHOWN, "L 18 0,18 9|L 18 0,9 0|L 0 0,9 0", "~r5 w12:c,w11:b,w10:a type=route",
       "another order"},
      {ROUTE, CHANGE, LINES, NULL, ROUTE_SHOWN, "L 0 0,9 0|L 18 0,9 0|L 40 0,40 9", "~n3 40 0|~n4 40 9",
       "a line moves; so does what it shares"},
      {ROUTE, CHANGE, LINES, NULL, ROUTE_SHOWN, "P 0 0", "!takes lines only", "a point"},
      {ROUTE, CHANGE, LINES, NULL, "L 0 0,9 0|L 18 0,9 0", "L 0 0,9 0", "!is not where it was shown",
       "too few parts shown"},
      {ROUTE, CHANGE, LINES, NULL, "L 0 0,9 0|L 18 0,9 5|L 18 0,18 9", "L 0 0,9 0", "!way 11", "another one shown"},
      {ROUTE, CHANGE, LINES, NULL, ROUTE_SHOWN "|L 0 0,1 1", "L 0 0,9 0", "!4 parts were shown",
       "too many parts shown"},
  };
  CHECK(cases);
}

#define SITE NODES "w10 1,2,4,1 building=yes|r6 - type=x|r5 r6:sub,n3:entrance,r77:far,w10:house,w78:far type=site|"
#define SITE_SHOWN "P 18 0|O 0 0,9 0,18 9,0 0"

static void changes_mixed_parts(void) {
  static const struct relation_case cases[] = {
      {SITE, CHANGE, OTHER, NULL, SITE_SHOWN, "P 18 0|O 18 9,0 0,9 0,18 9", "", "a ring turned"},
      {SITE, CHANGE, OTHER, NULL, SITE_SHOWN, "P 19 0|O 0 0,9 0,18 9,0 0", "~n3 19 0", "a point moves"},
      {SITE "w11 3,4", SPLIT, OTHER, NULL, SITE_SHOWN, "P 19 0|O 0 0,9 0,18 9,0 0", "!member of relation 5",
       "but not away from here"},
      {SITE, CHANGE, OTHER, NULL, SITE_SHOWN, "P 18 0|O 0 0,9 0,18 9,0 9,0 0", "+n-1 0 9|~w10 1,2,4,-1,1 building=yes",
       "a ring gets a vertex"},
      {SITE, CHANGE, OTHER, NULL, SITE_SHOWN, "O 0 0,9 0,18 9,0 0",
       "-n3|~r5 r6:sub,r77:far,w10:house,w78:far type=site", "a point goes; what is not shown stays"},
      {SITE, CHANGE, OTHER, NULL, SITE_SHOWN, "O 0 0,9 0,18 9,0 0|P 18 0",
       "~r5 r6:sub,w10:house,w78:far,n3:entrance,r77:far type=site", "another order"},
      {SITE, CHANGE, OTHER, NULL, SITE_SHOWN, SITE_SHOWN "|P 0 0",
       "~r5 r6:sub,n3:entrance,r77:far,w10:house,w78:far,n1 type=site", "a point that is there"},
      {NODES "w10 1,2,3|r5 w10:there,w10:back type=x", CHANGE, OTHER, NULL, "L 0 0,9 0,18 0|L 0 0,9 0,18 0",
       "L 0 0,9 5,18 0|L 0 0,9 0,18 0", "!more than once", "twins that part"},
      {NODES "w10 1,2,3|r5 w10:there,w10:back type=x", CHANGE, OTHER, NULL, "L 0 0,9 0,18 0|L 0 0,9 0,18 0",
       "L 0 0,9 5,18 0|L 0 0,9 5,18 0", "~n2 9 5", "twins that do not"},
      {NODES "w10 1,2,3|r5 w10:there,w10:back type=x", CHANGE, OTHER, NULL, "L 0 0,9 0,18 0|L 0 0,9 0,18 0",
       "L 0 0,9 0,18 0", "~r5 w10:there type=x", "one of them goes"},
      {SITE, CHANGE, OTHER, NULL, NULL, "P 18 0", "!none was shown", "nobody knows what changed"},
  };
  CHECK(cases);
}

static void cuts_lines_that_get_too_long(void) {
  static const struct relation_case cases[] = {
      {NODES "w10 1,2,3 a=b|w11 4,3|r5 w11:x,w10:x type=route", CHANGE, LINES, NULL, "L 18 9,18 0|L 0 0,9 0,18 0",
       "L 18 9,18 0|L 0 0,4 4,9 0,18 0|L 0 0,0 9",
       "+n-1 4 4|+n-2 0 9|~w10 1,-1 a=b|+w-3 1,-2|+w-4 -1,2,3 a=b|~r5 w11:x,w-4:x,w10:x,w-3 type=route",
       "the pieces in the order of the route"},
  };
  check(cases, sizeof cases / sizeof cases[0], 3);
}

/* Two relations that share a way are changed one after the other, both as they were read. */
static void understands_what_was_read_before_other_edits(void) {
  static const struct relation_case first = {
      ROUTE, CHANGE, LINES, NULL, ROUTE_SHOWN, "L 0 0,9 1|L 18 0,9 1|L 18 0,18 9", "", ""};
  static const struct relation_case second = {
      ROUTE, CHANGE, LINES, NULL, ROUTE_SHOWN, "L 0 0,9 0|L 18 0,9 0|L 18 0,19 9", "", ""};
  struct edit_unit unit;
  edit_unit_open(&unit, ROUTE);
  CU_ASSERT_EQUAL(run(&unit, &first, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(run(&unit, &second, NULL), OSMFLOW_OK);
  UNIT_SAME(edit_unit_changes(&unit), "~n2 9 1|~n4 19 9", "both changes");
  edit_unit_close(&unit);
}

OSMFLOW_UNIT_MAIN("osm/edit_relation", UNIT(creates_relations), UNIT(deletes_relations), UNIT(changes_tags),
                  UNIT(changes_lines), UNIT(changes_mixed_parts), UNIT(cuts_lines_that_get_too_long),
                  UNIT(understands_what_was_read_before_other_edits))
