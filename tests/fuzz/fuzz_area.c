/* Bytes become ways on a small grid, where everything touches. An area must come out exactly when every point is met
 * by an even number of segments and no two of them meet elsewhere than in their ends (tried pair by pair here); it
 * must be valid, and its rings must be made of exactly those segments.
 *
 * The first byte chooses how the grid lies in the world and what the others are: points (255 begins a new way), or
 * cells of the grid, each a closed way, which always make an area and nearly always an awkward one. */
#include <ogr_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osm/area.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_POINTS = 400 };

struct segment {
  struct osmflow_position from, to;
};

static void require(bool is_so, const char *what) {
  if (!is_so) {
    fprintf(stderr, "area: %s\n", what);
    abort();
  }
}

static struct osmflow_position place(uint8_t world, uint8_t byte) {
  const int32_t x = byte >> 4, y = byte & 15;
  switch (world % 4) {
    case 0:
      return (struct osmflow_position){x, y};
    case 1: /* bent a little, so that hardly anything lies on one line, but nearly */
      return (struct osmflow_position){x * 1000 + y * y % 3, y * 1000 + x * x % 5};
    case 2: /* as wide as the numbers are */
      return (struct osmflow_position){(int32_t)(x * INT64_C(286331153) + INT32_MIN),
                                       (int32_t)(y * INT64_C(286331153) + INT32_MIN)};
    default: /* one dense column in a wide world */
      return (struct osmflow_position){x == 0 ? INT32_MIN : x == 15 ? INT32_MAX : x, y * 3 - x % 2};
  }
}

static int compare_positions(struct osmflow_position left, struct osmflow_position right) {
  if (left.lon != right.lon)
    return left.lon < right.lon ? -1 : 1;
  return (left.lat > right.lat) - (left.lat < right.lat);
}

static int compare_segments(const void *left, const void *right) {
  const struct segment *one = left, *other = right;
  const int from = compare_positions(one->from, other->from);
  return from != 0 ? from : compare_positions(one->to, other->to);
}

static size_t add_segments(struct segment *segments, size_t count, const struct osmflow_position *positions,
                           size_t position_count) {
  for (size_t i = 1; i < position_count; i++) {
    const int order = compare_positions(positions[i - 1], positions[i]);
    if (order != 0)
      segments[count++] = order < 0 ? (struct segment){positions[i - 1], positions[i]}
                                    : (struct segment){positions[i], positions[i - 1]};
  }
  return count;
}

static size_t count_segments(struct segment *segments, const struct osmflow_area_way *ways, size_t way_count) {
  size_t count = 0, kept = 0;
  for (size_t i = 0; i < way_count; i++) {
    bool is_repeated = false;
    for (size_t j = 0; j < i; j++)
      is_repeated =
          is_repeated || (ways[i].count == ways[j].count &&
                          memcmp(ways[i].positions, ways[j].positions, ways[i].count * sizeof *ways[i].positions) == 0);
    if (!is_repeated)
      count = add_segments(segments, count, ways[i].positions, ways[i].count);
  }
  qsort(segments, count, sizeof *segments, compare_segments);
  for (size_t i = 0, next = 0; i < count; i = next) {
    while (next < count && compare_segments(&segments[i], &segments[next]) == 0)
      next++;
    if ((next - i) % 2 == 1)
      segments[kept++] = segments[i];
  }
  return kept;
}

static int side(struct segment line, struct osmflow_position position) {
  __extension__ typedef __int128 wide;
  const wide lon = (wide)line.to.lon - line.from.lon, lat = (wide)line.to.lat - line.from.lat;
  const wide product = lon * ((wide)position.lat - line.from.lat) - lat * ((wide)position.lon - line.from.lon);
  return (product > 0) - (product < 0);
}

static bool is_within(struct segment segment, struct osmflow_position position) {
  return side(segment, position) == 0 && compare_positions(segment.from, position) < 0 &&
         compare_positions(position, segment.to) < 0;
}

static bool do_meet(struct segment one, struct segment other) {
  if (is_within(one, other.from) || is_within(one, other.to) || is_within(other, one.from) || is_within(other, one.to))
    return true;
  return side(one, other.from) * side(one, other.to) < 0 && side(other, one.from) * side(other, one.to) < 0;
}

static bool can_be_area(const struct segment *segments, size_t count) {
  for (size_t i = 0; i < count; i++) {
    size_t from = 0, to = 0;
    for (size_t j = 0; j < count; j++) {
      if (i != j && do_meet(segments[i], segments[j]))
        return false;
      from += compare_positions(segments[i].from, segments[j].from) == 0;
      from += compare_positions(segments[i].from, segments[j].to) == 0;
      to += compare_positions(segments[i].to, segments[j].from) == 0;
      to += compare_positions(segments[i].to, segments[j].to) == 0;
    }
    if (from % 2 == 1 || to % 2 == 1)
      return false;
  }
  return count > 0;
}

/* Twice the area; the world's is below 2^68. */
static double signed_area(const struct osmflow_position *positions, size_t count) {
  double sum = 0;
  for (size_t i = 1; i < count; i++) {
    const double width = (double)positions[i].lon - positions[0].lon,
                 height = (double)positions[i].lat - positions[0].lat;
    sum += ((double)positions[i - 1].lon - positions[0].lon) * height -
           ((double)positions[i - 1].lat - positions[0].lat) * width;
  }
  return sum;
}

static void check_valid(const struct osmflow_area *area) {
  OGRGeometryH whole = OGR_G_CreateGeometry(wkbMultiPolygon), polygon = NULL;
  size_t outers = 0;
  for (size_t i = 0; i < area->ring_count; i++) {
    const struct osmflow_area_ring *ring = &area->rings[i];
    const bool is_outer = ring->outer == i;
    OGRGeometryH line = OGR_G_CreateGeometry(wkbLinearRing);
    for (size_t j = 0; j < ring->count; j++)
      OGR_G_AddPoint_2D(line, area->positions[ring->first + j].lon, area->positions[ring->first + j].lat);
    require(is_outer == (signed_area(area->positions + ring->first, ring->count) > 0),
            "a ring has the wrong direction");
    require(is_outer || (polygon && ring->outer == area->rings[i - 1].outer), "an inner ring is at the wrong place");
    if (is_outer) {
      OGRGeometryH added = OGR_G_CreateGeometry(wkbPolygon);
      OGR_G_AddGeometryDirectly(whole, added);
      polygon = added;
      outers++;
    }
    OGR_G_AddGeometryDirectly(polygon, line);
  }
  require(outers == area->outer_count, "the number of outer rings is wrong");
  require(OGR_G_IsValid(whole), "the area is not valid");
  OGR_G_DestroyGeometry(whole);
}

static void check_segments(const struct osmflow_area *area, const struct segment *expected, size_t expected_count) {
  static struct segment segments[2 * MOST_POINTS];
  size_t count = 0;
  require(area->position_count <= 2 * MOST_POINTS, "there are too many positions");
  for (size_t i = 0; i < area->ring_count; i++)
    count = add_segments(segments, count, area->positions + area->rings[i].first, area->rings[i].count);
  qsort(segments, count, sizeof *segments, compare_segments);
  require(count == expected_count, "segments are missing or too many");
  for (size_t i = 0; i < count; i++)
    require(compare_segments(&segments[i], &expected[i]) == 0, "a segment is another one");
}

struct input {
  struct osmflow_position positions[MOST_POINTS];
  struct osmflow_area_way ways[MOST_POINTS];
  size_t position_count, way_count;
};

static void begin_way(struct input *input) {
  input->ways[input->way_count++] = (struct osmflow_area_way){input->positions + input->position_count, 0};
}

static void add_point(struct input *input, uint8_t world, int byte) {
  input->positions[input->position_count++] = place(world, (uint8_t)byte);
  input->ways[input->way_count - 1].count++;
}

/* A square of the grid, or its lower or upper half. */
static void add_cell(struct input *input, uint8_t world, uint8_t cell) {
  enum { RIGHT = 16, UP = 1 };
  const int corner = (cell & 7) * RIGHT + (cell >> 3 & 7);
  const int kind = cell >> 6;
  begin_way(input);
  add_point(input, world, corner);
  if (kind != 1)
    add_point(input, world, corner + RIGHT);
  add_point(input, world, corner + RIGHT + UP);
  if (kind != 0)
    add_point(input, world, corner + UP);
  add_point(input, world, corner);
}

static void read_input(struct input *input, const uint8_t *data, size_t size) {
  enum { CELLS = 4 };
  input->position_count = input->way_count = 0;
  begin_way(input);
  for (size_t i = 1; i < size && input->position_count + 5 <= MOST_POINTS; i++)
    if (data[0] & CELLS)
      add_cell(input, data[0], data[i]);
    else if (data[i] == 255)
      begin_way(input);
    else
      add_point(input, data[0], data[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct osmflow_area area; /* used again and again, as in real life */
  static struct input input;
  static struct segment segments[MOST_POINTS];
  if (size < 2 || size > MOST_POINTS)
    return 0;
  read_input(&input, data, size);
  require(osmflow_area_assemble(&area, input.ways, input.way_count, NULL) == OSMFLOW_OK, "assembling failed");
  const size_t count = count_segments(segments, input.ways, input.way_count);
  require((area.problem == OSMFLOW_AREA_FINE) == (area.ring_count > 0), "neither an area nor a problem");
  require((area.ring_count > 0) == can_be_area(segments, count), "an area where none can be, or none where one can");
  if (area.ring_count > 0) {
    check_valid(&area);
    check_segments(&area, segments, count);
  }
  return 0;
}
