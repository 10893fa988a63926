#include "osm/area.h"

#include "base/bytes.h"
#include "base/number.h"
#include "unit.h"

enum { MOST_TEST_WAYS = 16, MOST_TEST_POSITIONS = 256 };

struct test_ways {
  struct osmflow_area_way ways[MOST_TEST_WAYS];
  struct osmflow_position positions[MOST_TEST_POSITIONS];
  size_t count;
};

static int32_t read_number(struct osmflow_text text) {
  int64_t number = 0;
  CU_ASSERT_FATAL(osmflow_parse_int(text, INT32_MIN, INT32_MAX, &number));
  return (int32_t)number;
}

/* "0 0,4 0,4 4|4 4,0 0": two ways, in units of 1e-7 degrees. */
static void read_ways(const char *string, struct test_ways *ways) {
  struct osmflow_text rest = osmflow_text(string), way, point, number;
  size_t used = 0;
  ways->count = 0;
  while (rest.size > 0 && osmflow_text_next(&rest, '|', &way)) {
    struct osmflow_area_way *added = &ways->ways[ways->count++];
    *added = (struct osmflow_area_way){ways->positions + used, 0};
    while (way.size > 0 && osmflow_text_next(&way, ',', &point)) {
      point = osmflow_text_trim(point);
      CU_ASSERT_FATAL(ways->count <= MOST_TEST_WAYS && used < MOST_TEST_POSITIONS &&
                      osmflow_text_next(&point, ' ', &number));
      ways->positions[used] = (struct osmflow_position){read_number(number), read_number(point)};
      used++;
      added->count++;
    }
  }
}

static bool is_before(struct osmflow_position left, struct osmflow_position right) {
  return left.lon < right.lon || (left.lon == right.lon && left.lat < right.lat);
}

/* A ring from its westernmost point on, wherever it was begun. */
static void print_ring(const struct osmflow_area *area, const struct osmflow_area_ring *ring,
                       struct osmflow_bytes *text) {
  const struct osmflow_position *positions = area->positions + ring->first;
  const size_t count = ring->count - 1;
  size_t first = 0;
  CU_ASSERT(memcmp(&positions[0], &positions[count], sizeof *positions) == 0);
  for (size_t i = 1; i < count; i++)
    if (is_before(positions[i], positions[first]))
      first = i;
  for (size_t i = 0; i <= count; i++) {
    const struct osmflow_position position = positions[(first + i) % count];
    CU_ASSERT_EQUAL(osmflow_bytes_print(text, NULL, "%s%d %d", i == 0 ? "(" : ",", position.lon, position.lat),
                    OSMFLOW_OK);
  }
  CU_ASSERT_EQUAL(osmflow_bytes_add_string(text, ")", NULL), OSMFLOW_OK);
}

/* "((outer),(inner)),((outer))", or what is wrong and where. */
static void print_area(const struct osmflow_area *area, struct osmflow_bytes *text) {
  osmflow_bytes_reset(text);
  if (area->problem != OSMFLOW_AREA_FINE) {
    CU_ASSERT_EQUAL(area->ring_count, 0);
    CU_ASSERT_EQUAL(osmflow_bytes_print(text, NULL, "%s @ %d %d", osmflow_area_problem_text(area->problem),
                                        area->problem_place.lon, area->problem_place.lat),
                    OSMFLOW_OK);
    return;
  }
  for (size_t i = 0; i < area->ring_count; i++) {
    const bool is_outer = area->rings[i].outer == i;
    CU_ASSERT_EQUAL(osmflow_bytes_add_string(text, i == 0 ? "(" : is_outer ? "),(" : ",", NULL), OSMFLOW_OK);
    print_ring(area, &area->rings[i], text);
  }
  CU_ASSERT_EQUAL(osmflow_bytes_add_string(text, ")", NULL), OSMFLOW_OK);
}

struct area_case {
  const char *ways, *expected, *why;
};

static void check_cases(const struct area_case *cases, size_t count) {
  struct osmflow_area area;
  struct osmflow_bytes text;
  osmflow_area_init(&area);
  osmflow_bytes_init(&text, 1 << 20);
  for (size_t i = 0; i < count; i++) {
    struct test_ways ways;
    read_ways(cases[i].ways, &ways);
    CU_ASSERT_EQUAL(osmflow_area_assemble(&area, ways.ways, ways.count, NULL), OSMFLOW_OK);
    print_area(&area, &text);
    UNIT_SAME(osmflow_bytes_string(&text), cases[i].expected, cases[i].why);
  }
  osmflow_bytes_clear(&text);
  osmflow_area_clear(&area);
}

static void refuses_what_is_no_area(void) {
  static const struct area_case cases[] = {
      {"", "there is no ring @ 0 0", "no way"},
      {"|", "there is no ring @ 0 0", "ways without nodes"},
      {"1 1|2 2", "there is no ring @ 0 0", "ways of one node"},
      {"1 1,1 1,1 1,1 1", "there is no ring @ 0 0", "all nodes at one place"},
      {"1 1,2 2", "ring is open @ 1 1", "one segment"},
      {"1 1,2 2,1 1", "segments lie on each other @ 1 1", "there and back: a closed way of two nodes"},
      {"0 0,5 0,5 5,5 0,0 0", "segments lie on each other @ 0 0", "there and back on two segments"},
      {"0 0,4 0,4 4", "ring is open @ 0 0", "a gap"},
      {"0 0,4 0,4 4,0 4,0 0|9 9,8 8", "ring is open @ 8 8", "a ring and a loose way"},
      {"0 0,4 0,4 4,0 4,0 0,-3 -3", "ring is open @ -3 -3", "a ring with a tail"},
      {"0 0,4 4,4 0,0 4,0 0", "segments cross or touch without a common node @ 2 2", "a bow tie"},
      {"0 0,4 0,4 4,0 4,0 0|2 2,6 2,6 6,2 6,2 2", "segments cross or touch without a common node @ 2 4",
       "overlapping rings"},
      {"0 0,4 0,4 4,0 4,0 0|2 0,3 2,1 2,2 0", "segments cross or touch without a common node @ 2 0",
       "an inner ring touches where the outer one has no node"},
      {"0 0,4 0,4 4,0 4,0 0|4 1,7 1,7 3,4 3,4 1", "segments cross or touch without a common node @ 4 1",
       "neighbours whose common border has nodes on one side only"},
      {"0 0,9 0,3 0,3 3,0 0", "segments cross or touch without a common node @ 3 0",
       "a spike on a border without a node"},
      {"0 0,4 0,4 4,0 4,0 0|4 4,0 4,0 0,4 0,4 4", "segments lie on each other @ 0 0",
       "two ways with the same nodes cancel out"},
  };
  check_cases(cases, sizeof cases / sizeof cases[0]);
}

static void orients_simple_rings(void) {
  static const struct area_case cases[] = {
      {"0 0,4 0,4 4,0 4,0 0", "((0 0,4 0,4 4,0 4,0 0))", "counter-clockwise"},
      {"0 0,0 4,4 4,4 0,0 0", "((0 0,4 0,4 4,0 4,0 0))", "clockwise"},
      {"4 4,0 4,0 0,4 0,4 4", "((0 0,4 0,4 4,0 4,0 0))", "begun elsewhere"},
      {"0 0,1 0,0 1,0 0", "((0 0,1 0,0 1,0 0))", "the smallest triangle"},
      {"0 0,4 0,4 0,4 4,4 4,0 4,0 0,0 0", "((0 0,4 0,4 4,0 4,0 0))", "nodes at the place of the one before"},
      {"0 0,2 0,4 0,4 4,2 4,0 4,0 0", "((0 0,2 0,4 0,4 4,2 4,0 4,0 0))", "nodes on straight lines are kept"},
      {"4 0,4 4|0 4,4 4|0 0,0 4|4 0,0 0", "((0 0,4 0,4 4,0 4,0 0))", "ways in any order and direction"},
      {"0 0,4 0,4 4|4 4,0 4,0 0|0 0,4 0,4 4", "((0 0,4 0,4 4,0 4,0 0))", "a way named twice counts once"},
      {"0 0,4 0,4 4,0 4,0 0|0 0,4 0,4 4,0 4,0 0", "((0 0,4 0,4 4,0 4,0 0))", "a closed way named twice"},
      {"0 0,4 0,4 4,0 4,0 0|7 7", "((0 0,4 0,4 4,0 4,0 0))", "a way of one node changes nothing"},
      {"0 0,4 0,4 4,0 4,0 0|0 0,4 0,0 0", "((0 0,4 0,4 4,0 4,0 0))", "a segment three times counts once"},
      {"0 0,4 0,6 0,4 0,4 4,0 4,0 0", "((0 0,4 0,4 4,0 4,0 0))", "a spike is cut off"},
      {"-1800000000 -900000000,1800000000 -900000000,1800000000 900000000,-1800000000 900000000,"
       "-1800000000 -900000000",
       "((-1800000000 -900000000,1800000000 -900000000,1800000000 900000000,-1800000000 900000000,"
       "-1800000000 -900000000))",
       "the whole earth"},
      {"-2147483648 -2147483648,2147483647 2147483647,2147483646 2147483647,-2147483648 -2147483648",
       "((-2147483648 -2147483648,2147483647 2147483647,2147483646 2147483647,-2147483648 -2147483648))",
       "a sliver that is right only in exact arithmetic"},
  };
  check_cases(cases, sizeof cases / sizeof cases[0]);
}

/* Points on a parabola, in both directions: short rings and long ones go different ways inside. */
static void orients_rings_of_any_length(void) {
  enum { LONGEST = 80 };
  struct osmflow_area area;
  osmflow_area_init(&area);
  for (int32_t count = 3; count <= LONGEST; count++) {
    struct osmflow_position positions[LONGEST + 1];
    for (int is_reversed = 0; is_reversed < 2; is_reversed++) {
      for (int32_t i = 0; i < count; i++)
        positions[is_reversed ? count - i : i] = (struct osmflow_position){i, i * i};
      positions[is_reversed ? 0 : count] = positions[is_reversed ? count : 0];
      const struct osmflow_area_way way = {positions, (size_t)count + 1};
      CU_ASSERT_EQUAL(osmflow_area_assemble(&area, &way, 1, NULL), OSMFLOW_OK);
      CU_ASSERT_EQUAL_FATAL(area.ring_count, 1);
      CU_ASSERT_EQUAL(area.rings[0].count, (size_t)count + 1);
      for (int32_t i = 0; i < count; i++)
        CU_ASSERT(area.positions[i + 1].lon == (area.positions[i].lon + 1) % count);
    }
    positions[2].lat = count * count; /* the other side of the closing segment */
    const struct osmflow_area_way way = {positions, (size_t)count + 1};
    CU_ASSERT_EQUAL(osmflow_area_assemble(&area, &way, 1, NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL(area.problem == OSMFLOW_AREA_FINE, count == 3);
  }
  osmflow_area_clear(&area);
}

static void nests_rings(void) {
  static const struct area_case cases[] = {
      {"0 0,9 0,9 9,0 9,0 0|2 2,7 2,7 7,2 7,2 2", "((0 0,9 0,9 9,0 9,0 0),(2 2,2 7,7 7,7 2,2 2))", "a hole"},
      {"2 2,7 2,7 7,2 7,2 2|0 0,9 0,9 9,0 9,0 0", "((0 0,9 0,9 9,0 9,0 0),(2 2,2 7,7 7,7 2,2 2))",
       "the order of the ways does not matter"},
      {"0 0,9 0,9 9,0 9,0 0|2 2,7 2,7 7,2 7,2 2|4 4,5 4,5 5,4 5,4 4",
       "((0 0,9 0,9 9,0 9,0 0),(2 2,2 7,7 7,7 2,2 2)),((4 4,5 4,5 5,4 5,4 4))", "an island in a lake"},
      {"0 0,9 0,9 9,0 9,0 0|1 1,8 1,8 8,1 8,1 1|2 2,7 2,7 7,2 7,2 2|3 3,6 3,6 6,3 6,3 3",
       "((0 0,9 0,9 9,0 9,0 0),(1 1,1 8,8 8,8 1,1 1)),((2 2,7 2,7 7,2 7,2 2),(3 3,3 6,6 6,6 3,3 3))",
       "a pond on the island"},
      {"0 0,9 0,9 9,0 9,0 0|10 0,19 0,19 9,10 9,10 0|11 1,12 1,12 2,11 1|1 1,2 1,2 2,1 1|5 5,6 5,6 6,5 5",
       "((0 0,9 0,9 9,0 9,0 0),(1 1,2 2,2 1,1 1),(5 5,6 6,6 5,5 5)),((10 0,19 0,19 9,10 9,10 0),(11 1,12 2,12 1,11 1))",
       "each hole behind its own outer ring"},
      {"0 0,9 0,9 9,0 9,0 0|2 2,4 2,4 4,2 4,2 2|2 5,4 5,4 7,2 7,2 5",
       "((0 0,9 0,9 9,0 9,0 0),(2 2,2 4,4 4,4 2,2 2),(2 5,2 7,4 7,4 5,2 5))", "a hole above a hole"},
      {"0 0,9 0,9 9,0 9,0 0|2 2,5 2,5 5,2 5,2 2|5 2,7 2,7 5,5 5,5 2",
       "((0 0,9 0,9 9,0 9,0 0),(2 2,2 5,5 5,7 5,7 2,5 2,2 2))", "inner rings with a common segment are one"},
      {"0 0,9 0,9 9,0 9,0 0|9 3,9 6,6 6,6 3,9 3|9 0,9 3,9 6,9 9", "segments lie on each other @ 9 0",
       "a border with nodes on one side only, mended on the wrong side"},
      {"0 0,9 0,9 3,9 6,9 9,0 9,0 0|9 3,9 6,6 6,6 3,9 3", "((0 0,9 0,9 3,6 3,6 6,9 6,9 9,0 9,0 0))",
       "an inner ring along the outer one is a bay"},
  };
  check_cases(cases, sizeof cases / sizeof cases[0]);
}

static void splits_where_rings_touch(void) {
  static const struct area_case cases[] = {
      {"0 0,4 0,4 4,0 4,0 0|4 4,8 4,8 8,4 8,4 4", "((0 0,4 0,4 4,0 4,0 0)),((4 4,8 4,8 8,4 8,4 4))",
       "two outer rings touch in a point"},
      {"0 0,4 0,4 4,8 4,8 8,4 8,4 4,0 4,0 0", "((0 0,4 0,4 4,0 4,0 0)),((4 4,8 4,8 8,4 8,4 4))", "the same in one way"},
      {"0 0,4 0,8 0,8 8,0 8,0 0|4 0,6 3,2 3,4 0", "((0 0,4 0,8 0,8 8,0 8,0 0),(2 3,6 3,4 0,2 3))",
       "an inner ring touches the outer one in a point"},
      {"0 0,4 0,6 3,2 3,4 0,8 0,8 8,0 8,0 0", "((0 0,4 0,8 0,8 8,0 8,0 0),(2 3,6 3,4 0,2 3))", "the same in one way"},
      {"0 0,4 0,2 3,6 3,4 0,8 0,8 8,0 8,0 0", "((0 0,4 0,8 0,8 8,0 8,0 0),(2 3,6 3,4 0,2 3))",
       "the same, drawn as if it crossed itself"},
      {"0 0,4 0,8 0,8 8,4 8,0 8,0 0|4 0,6 4,4 8,2 4,4 0", "((0 0,4 0,2 4,4 8,0 8,0 0)),((4 0,8 0,8 8,4 8,6 4,4 0))",
       "an inner ring that touches the outer one in two points cuts it in two"},
      {"0 0,9 0,9 9,0 9,0 0|2 2,4 2,4 4,2 4,2 2|4 4,6 4,6 6,4 6,4 4",
       "((0 0,9 0,9 9,0 9,0 0),(4 4,4 6,6 6,6 4,4 4),(2 2,2 4,4 4,4 2,2 2))", "two inner rings touch in a point"},
      {"0 0,9 0,9 9,0 9,0 0|2 2,4 2,3 4,2 2|4 2,6 2,5 4,4 2|3 4,5 4,4 6,3 4",
       "((0 0,9 0,9 9,0 9,0 0),(2 2,3 4,4 6,5 4,6 2,4 2,2 2)),((3 4,4 2,5 4,3 4))",
       "three inner rings that touch each other enclose an island"},
      {"0 0,4 0,4 4,0 4,0 0|4 0,7 -2,7 6,4 4,5 2,4 0", "((0 0,4 0,4 4,0 4,0 0)),((4 0,7 -2,7 6,4 4,5 2,4 0))",
       "two outer rings touch in two points"},
      {"0 0,2 -1,2 1,0 0|0 0,-2 1,-2 -1,0 0|0 0,1 2,-1 2,0 0|0 0,-1 -2,1 -2,0 0",
       "((-2 -1,0 0,-2 1,-2 -1)),((-1 -2,1 -2,0 0,-1 -2)),((-1 2,0 0,1 2,-1 2)),((0 0,2 -1,2 1,0 0))",
       "four outer rings touch in one point"},
      {"-9 -9,9 -9,9 9,-9 9,-9 -9|0 0,2 -1,2 1,0 0|0 0,-2 1,-2 -1,0 0|0 0,1 2,-1 2,0 0|0 0,-1 -2,1 -2,0 0",
       "((-9 -9,9 -9,9 9,-9 9,-9 -9),(-2 -1,-2 1,0 0,-2 -1),(-1 2,1 2,0 0,-1 2),(0 0,2 1,2 -1,0 0),"
       "(-1 -2,0 0,1 -2,-1 -2))",
       "four inner rings touch in one point"},
      {"0 0,8 0,8 8,0 8,0 0|0 0,6 2,6 6,2 6,0 0|0 0,5 4,4 5,0 0",
       "((0 0,8 0,8 8,0 8,0 0),(0 0,2 6,6 6,6 2,0 0)),((0 0,5 4,4 5,0 0))",
       "outer ring, hole and island touch in one corner"},
  };
  check_cases(cases, sizeof cases / sizeof cases[0]);
}

/* A board of size * size squares of which each second one is there, every one a way, all touching at their corners. */
static void assembles_a_chessboard(void) {
  enum { SIZE = 60 };
  static struct osmflow_position squares[SIZE * SIZE / 2][5];
  static struct osmflow_area_way ways[SIZE * SIZE / 2];
  size_t count = 0;
  for (int32_t x = 0; x < SIZE; x++)
    for (int32_t y = x % 2; y < SIZE; y += 2) {
      const struct osmflow_position square[5] = {{x, y}, {x + 1, y}, {x + 1, y + 1}, {x, y + 1}, {x, y}};
      memcpy(squares[count], square, sizeof square);
      ways[count] = (struct osmflow_area_way){squares[count], 5};
      count++;
    }
  struct osmflow_area area;
  osmflow_area_init(&area);
  CU_ASSERT_EQUAL(osmflow_area_assemble(&area, ways, count, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(area.problem, OSMFLOW_AREA_FINE);
  CU_ASSERT_EQUAL(area.outer_count, count);
  CU_ASSERT_EQUAL(area.ring_count, count);
  CU_ASSERT_EQUAL(area.position_count, 5 * count);
  osmflow_area_clear(&area);
}

/* A comb with a very long list of teeth: big, every sweep position crosses one or thousands of edges. */
static void assembles_large_rings(void) {
  enum { TEETH = 30000, CORNERS = 4 * TEETH };
  static struct osmflow_position positions[CORNERS + 1];
  for (int is_lying = 0; is_lying < 2; is_lying++) {
    for (int32_t tooth = 0; tooth < TEETH; tooth++) {
      const int32_t low = tooth * 4;
      const struct osmflow_position corners[4] = {{low, 100}, {low + 1, 100000}, {low + 2, 100000}, {low + 3, 100}};
      for (int i = 0; i < 4; i++)
        positions[(size_t)low + i] = is_lying ? (struct osmflow_position){corners[i].lat, corners[i].lon} : corners[i];
    }
    positions[CORNERS - 1] = is_lying ? (struct osmflow_position){0, CORNERS} : (struct osmflow_position){CORNERS, 0};
    positions[CORNERS] = positions[0];
    const struct osmflow_area_way way = {positions, CORNERS + 1};
    struct osmflow_area area;
    osmflow_area_init(&area);
    CU_ASSERT_EQUAL(osmflow_area_assemble(&area, &way, 1, NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL(area.problem, OSMFLOW_AREA_FINE);
    CU_ASSERT_EQUAL(area.ring_count, 1);
    CU_ASSERT_EQUAL(area.position_count, CORNERS + 1);
    osmflow_area_clear(&area);
  }
}

/* Thousands of triangles that all meet in one point: the hub of a wheel. */
static void assembles_a_star(void) {
  enum { RAYS = 5000 };
  static struct osmflow_position triangles[RAYS][4];
  static struct osmflow_area_way ways[RAYS];
  for (int32_t ray = 0; ray < RAYS; ray++) {
    const struct osmflow_position triangle[4] = {{0, 0}, {1000000, 4 * ray}, {1000000, 4 * ray + 2}, {0, 0}};
    memcpy(triangles[ray], triangle, sizeof triangle);
    ways[ray] = (struct osmflow_area_way){triangles[ray], 4};
  }
  struct osmflow_area area;
  osmflow_area_init(&area);
  CU_ASSERT_EQUAL(osmflow_area_assemble(&area, ways, RAYS, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL(area.problem, OSMFLOW_AREA_FINE);
  CU_ASSERT_EQUAL(area.outer_count, RAYS);
  triangles[RAYS / 2][1].lat += 5; /* now it lies in the next triangle */
  CU_ASSERT_EQUAL(osmflow_area_assemble(&area, ways, RAYS, NULL), OSMFLOW_OK);
  CU_ASSERT_NOT_EQUAL(area.problem, OSMFLOW_AREA_FINE);
  CU_ASSERT_EQUAL(area.ring_count, 0);
  osmflow_area_clear(&area);
}

OSMFLOW_UNIT_MAIN("osm/area", UNIT(refuses_what_is_no_area), UNIT(orients_simple_rings),
                  UNIT(orients_rings_of_any_length), UNIT(nests_rings), UNIT(splits_where_rings_touch),
                  UNIT(assembles_a_chessboard), UNIT(assembles_large_rings), UNIT(assembles_a_star))
