/* Areas made of the cells of a lattice: rings touch each other and themselves, ways run from one ring into another.
 * After a random edit the area is as wished, or the edit was refused for a reason that is known here. */
#include "edit_area_unit.h"

enum { ROUNDS = 4000, SIDE = 4, POINTS = SIDE + 1, EDGES = 2 * POINTS * POINTS, MOST_EDGES = 2 * POINTS * SIDE };

/* From a point to the one right of it (0) or above it (1); the vertex between them may be missing. */
struct edge {
  bool has_middle;
  struct osmflow_position middle;
};
struct lattice {
  bool cells[SIDE][SIDE];
  struct osmflow_position points[POINTS][POINTS];
  struct edge edges[2][POINTS][POINTS];
};

static struct osmflow_position near(int lon, int lat) {
  return (struct osmflow_position){lon + (int)dice(200) - 100, lat + (int)dice(200) - 100};
}

static struct osmflow_position near_point(int x, int y) {
  return near(x * 1000, y * 1000);
}

static struct osmflow_position near_middle(int up, int x, int y) {
  return near(x * 1000 + (up ? 0 : 500), y * 1000 + (up ? 500 : 0));
}

static void make_lattice(struct lattice *lattice) {
  *lattice = (struct lattice){0};
  for (int x = 0; x < POINTS; x++)
    for (int y = 0; y < POINTS; y++) {
      lattice->points[x][y] = near_point(x, y);
      for (int up = 0; up < 2; up++)
        lattice->edges[up][x][y] = (struct edge){dice(2), near_middle(up, x, y)};
      if (x < SIDE && y < SIDE)
        lattice->cells[x][y] = dice(2);
    }
  lattice->cells[1][1] = true;
}

static void edit_lattice(struct lattice *lattice) {
  const uint32_t rarity = 2 + dice(20);
  for (int x = 0; x < POINTS; x++)
    for (int y = 0; y < POINTS; y++) {
      if (dice(rarity) == 0)
        lattice->points[x][y] = near_point(x, y);
      for (int up = 0; up < 2; up++)
        if (dice(rarity) == 0)
          lattice->edges[up][x][y] = (struct edge){dice(2), near_middle(up, x, y)};
    }
  for (uint32_t flips = dice(3); flips > 0; flips--) {
    const uint32_t x = dice(SIDE), y = dice(SIDE);
    lattice->cells[x][y] = !lattice->cells[x][y];
  }
  lattice->cells[1][1] = true;
}

static bool has_cell(const struct lattice *lattice, int x, int y) {
  return x >= 0 && y >= 0 && x < SIDE && y < SIDE && lattice->cells[x][y];
}

/* Whether an edge has the area on one of its sides only. */
static bool is_border(const struct lattice *lattice, int up, int x, int y) {
  return has_cell(lattice, x, y) != (up ? has_cell(lattice, x - 1, y) : has_cell(lattice, x, y - 1));
}

struct border {
  int from, to; /* numbers of points */
  int middle;   /* number of the vertex between, or 0 */
  struct osmflow_position positions[3];
  size_t count;
  bool is_used;
};

static size_t list_borders(const struct lattice *lattice, struct border *borders) {
  size_t count = 0;
  for (int i = 0; i < EDGES; i++) {
    const int up = i % 2, x = i / 2 % POINTS, y = i / 2 / POINTS;
    if (x + !up >= POINTS || y + up >= POINTS || !is_border(lattice, up, x, y))
      continue;
    const struct edge *edge = &lattice->edges[up][x][y];
    struct border *border = &borders[count++];
    *border = (struct border){.from = 1 + x * POINTS + y, .to = 1 + (x + !up) * POINTS + y + up};
    border->positions[border->count++] = lattice->points[x][y];
    if (edge->has_middle) {
      border->middle = 100 + i;
      border->positions[border->count++] = edge->middle;
    }
    border->positions[border->count++] = lattice->points[x + !up][y + up];
  }
  return count;
}

/* The rings of the lattice as the assembler has them, handed over in any direction. */
static bool wish_for(const struct lattice *lattice, struct wish *wish) {
  struct border borders[MOST_EDGES];
  struct osmflow_area_way ways[MOST_EDGES];
  struct osmflow_area area;
  const size_t count = list_borders(lattice, borders);
  osmflow_area_init(&area);
  wish->shape = (struct osmflow_edit_shape){wish->positions, wish->parts, 0, 0};
  for (size_t i = 0; i < count; i++)
    ways[i] = (struct osmflow_area_way){borders[i].positions, borders[i].count};
  edit_unit_check(osmflow_area_assemble(&area, ways, count, NULL));
  CU_ASSERT_EQUAL_FATAL(area.problem, OSMFLOW_AREA_FINE);
  for (size_t i = 0; i < area.ring_count; i++)
    add_ring(wish, area.positions + area.rings[i].first, area.rings[i].count - 1,
             area.rings[i].outer == i ? OSMFLOW_PART_OUTER : OSMFLOW_PART_INNER, true);
  osmflow_area_clear(&area);
  return wish->shape.part_count > 0;
}

/* The next border of a way that has come to a point. */
static struct border *find_border(struct border *borders, size_t count, int point) {
  const size_t begin = dice((uint32_t)count);
  for (size_t i = 0; i < count; i++) {
    struct border *border = &borders[(begin + i) % count];
    if (!border->is_used && (point == 0 || border->from == point || border->to == point))
      return border;
  }
  return NULL;
}

static void print_nodes(const struct border *borders, size_t count, struct osmflow_bytes *text) {
  bool is_printed[POINTS * POINTS + 1] = {false};
  for (size_t i = 0; i < count; i++) {
    const struct border *border = &borders[i];
    const int ends[] = {border->from, border->to};
    for (size_t k = 0; k < 2; k++)
      if (!is_printed[ends[k]]) {
        const struct osmflow_position at = border->positions[k == 0 ? 0 : border->count - 1];
        edit_unit_check(osmflow_bytes_print(text, NULL, "|n%d %d %d", ends[k], at.lon, at.lat));
        is_printed[ends[k]] = true;
      }
    if (border->middle)
      edit_unit_check(osmflow_bytes_print(text, NULL, "|n%d %d %d", border->middle, border->positions[1].lon,
                                          border->positions[1].lat));
  }
}

/* Ways wander along the borders, over points where rings touch as well. Way 999 uses some of the points, too. */
static void open_lattice(struct edit_unit *unit, const struct lattice *lattice) {
  struct border borders[MOST_EDGES], *border;
  struct osmflow_bytes text, members;
  const size_t count = list_borders(lattice, borders);
  int way = 1000;
  osmflow_bytes_init(&text, EDIT_UNIT_TEXT);
  osmflow_bytes_init(&members, EDIT_UNIT_TEXT);
  print_nodes(borders, count, &text);
  while ((border = find_border(borders, count, 0)) != NULL) {
    int point = border->from;
    edit_unit_check(osmflow_bytes_print(&text, NULL, "|w%d %d", ++way, point));
    edit_unit_check(osmflow_bytes_print(&members, NULL, "%sw%d:outer", members.size > 0 ? "," : "", way));
    for (uint32_t most = 1 + dice(12); border && most > 0; most--) {
      border->is_used = true;
      if (border->middle)
        edit_unit_check(osmflow_bytes_print(&text, NULL, ",%d", border->middle));
      point = border->from == point ? border->to : border->from;
      edit_unit_check(osmflow_bytes_print(&text, NULL, ",%d", point));
      border = find_border(borders, count, point);
    }
  }
  edit_unit_check(osmflow_bytes_print(&text, NULL, "|w999 %d,%d,%d highway=x", borders[0].from, borders[count / 2].from,
                                      borders[count - 1].to));
  edit_unit_check(osmflow_bytes_print(&text, NULL, "|r5 %s type=multipolygon", osmflow_bytes_string(&members)));
  edit_unit_open(unit, osmflow_bytes_string(&text));
  osmflow_bytes_clear(&text);
  osmflow_bytes_clear(&members);
}

static bool is_known(const char *message) {
  static const char *const known[] = {"would be left with", "runs through there", "is a part of it and of others",
                                      "uses it, too"};
  bool found = false;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    found = found || strstr(message, known[i]);
  return found;
}

static bool play(unsigned round) {
  static struct lattice before, after;
  static struct wish first, wanted, result;
  char path[128];
  const struct osmflow_edit_element relation = {OSMFLOW_RELATION, 5};
  struct osmflow_edit_element element = relation;
  struct osmflow_error error = {OSMFLOW_OK, 0, ""};
  struct edit_unit unit;
  seed = round;
  make_lattice(&before);
  after = before;
  edit_lattice(&after);
  open_lattice(&unit, &before);
  unit.options.shared = (enum osmflow_shared_nodes)dice(3);
  snprintf(path, sizeof path, "%s", edit_unit_path(&unit, 999));
  show(&unit, &first);
  wish_for(&before, &wanted);
  check_same(&first, &wanted, round, "the beginning");
  CU_ASSERT_EQUAL(
      osmflow_edit_change(&unit.options, OSMFLOW_MULTIPOLYGONS, NULL, &first.shape, &wanted.shape, &element, NULL),
      OSMFLOW_OK);
  UNIT_SAME(edit_unit_changes(&unit), "", "nothing wished");
  wish_for(&after, &wanted);
  const bool is_done = osmflow_edit_change(&unit.options, OSMFLOW_MULTIPOLYGONS, NULL, &first.shape, &wanted.shape,
                                           &element, &error) == OSMFLOW_OK;
  if (is_done) {
    show(&unit, &result);
    check_same(&result, &wanted, round, "the change");
    if (unit.options.shared != OSMFLOW_SHARED_MOVE)
      UNIT_SAME(edit_unit_path(&unit, 999), path, "what else uses the nodes");
  } else if (!is_known(error.message)) {
    fprintf(stderr, "\nround %u: %s\n", round, error.message);
    CU_FAIL("refused for another reason");
  }
  edit_unit_close(&unit);
  return is_done;
}

static void makes_what_was_wished_or_refuses(void) {
  unsigned done = 0;
  for (unsigned round = 1; round <= ROUNDS; round++)
    done += play(round);
  CU_ASSERT(done > ROUNDS / 4);
}

OSMFLOW_UNIT_MAIN("osm/edit_area_lattice", UNIT(makes_what_was_wished_or_refuses))
