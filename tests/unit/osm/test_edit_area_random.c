/* Random multipolygons, cut into ways anywhere, get random edits: what is assembled from the result has to be what was
 * wished, with no more changes than the wish has. */
#include <math.h>

#include "edit_area_unit.h"

enum { ROUNDS = 3000, MOST_STARS = 16, CELLS = 4, HOLES = 3, STEPS = 64, LAST_NODE = 1000 };

/* A ring around a centre: one vertex at most in each of the directions; any radius within its bounds makes it simple,
 * and apart from all others. */
struct star {
  int cell, hole;    /* hole 0: the outer ring of its cell */
  int radius[STEPS]; /* 0: no vertex there */
};
struct stars {
  struct star items[MOST_STARS];
  size_t count;
};

static int random_radius(const struct star *star) {
  return star->hole ? 20 + (int)dice(40) : 300 + (int)dice(180);
}

static struct osmflow_position place(const struct star *star, int step) {
  const double turn = 2 * acos(-1), angle = turn * step / STEPS, at = turn * star->hole / HOLES;
  const double lon = star->cell * 2000.0 + (star->hole ? 110 * cos(at) : 0) + star->radius[step] * cos(angle);
  const double lat = (star->hole ? 110 * sin(at) : 0) + star->radius[step] * sin(angle);
  return (struct osmflow_position){(int32_t)lrint(lon * 100), (int32_t)lrint(lat * 100)};
}

/* Every eighth direction always has a vertex, so that rings stay round enough. */
static void make_star(struct star *star, int cell, int hole) {
  *star = (struct star){.cell = cell, .hole = hole};
  for (int i = 0; i < STEPS; i++)
    if (i % 8 == 0 || dice(6) == 0)
      star->radius[i] = random_radius(star);
}

static bool has_star(const struct stars *stars, int cell, int hole) {
  bool found = false;
  for (size_t i = 0; i < stars->count; i++)
    found = found || (stars->items[i].cell == cell && stars->items[i].hole == hole);
  return found;
}

static void make_stars(struct stars *stars) {
  stars->count = 0;
  for (int cell = 0; cell < CELLS - 1; cell++)
    for (int hole = 0; (cell == 0 || dice(2)) && hole <= HOLES; hole++)
      if (hole == 0 || (dice(3) == 0 && has_star(stars, cell, 0)))
        make_star(&stars->items[stars->count++], cell, hole);
}

/* Vertices move, come and go; returns how many did. */
static size_t edit_star(struct star *star) {
  const uint32_t kind = dice(4);
  size_t changes = 0;
  for (int i = 0; i < STEPS; i++) {
    const int before = star->radius[i];
    if (kind == 0 || dice(kind == 1 ? 40 : 6) != 0)
      continue;
    if (before && i % 8 != 0 && dice(2))
      star->radius[i] = 0;
    else
      star->radius[i] = random_radius(star);
    changes += before != star->radius[i];
  }
  return changes;
}

/* Rings come and go; a ring that goes takes its holes along. */
static void edit_stars(struct stars *stars) {
  const int cell = (int)dice(CELLS), hole = (int)dice(HOLES + 1);
  if (!has_star(stars, cell, hole) && (hole == 0 || has_star(stars, cell, 0))) {
    make_star(&stars->items[stars->count++], cell, hole);
  } else if (hole || cell) {
    size_t kept = 0;
    for (size_t i = 0; i < stars->count; i++)
      if (stars->items[i].cell != cell || (hole && stars->items[i].hole != hole))
        stars->items[kept++] = stars->items[i];
    stars->count = kept;
  }
}

static size_t list_star(const struct star *star, struct osmflow_position *positions) {
  size_t count = 0;
  for (int i = 0; i < STEPS; i++)
    if (star->radius[i])
      positions[count++] = place(star, i);
  return count;
}

/* As a program hands it over: any direction, first vertex and order. */
static void wish_for(const struct stars *stars, struct wish *wish) {
  wish->shape = (struct osmflow_edit_shape){wish->positions, wish->parts, 0, 0};
  const size_t begin = dice((uint32_t)stars->count);
  for (size_t i = 0; i < stars->count; i++) {
    const struct star *star = &stars->items[(begin + i) % stars->count];
    struct osmflow_position ring[STEPS];
    const size_t count = list_star(star, ring);
    add_ring(wish, ring, count, star->hole ? OSMFLOW_PART_INNER : OSMFLOW_PART_OUTER, true);
  }
}

static void print_way(struct osmflow_bytes *ways, struct osmflow_bytes *members, int64_t id, const int64_t *nodes,
                      size_t count, const char *role) {
  const bool is_reversed = dice(2);
  edit_unit_check(osmflow_bytes_print(ways, NULL, "|w%" PRId64, id));
  for (size_t i = 0; i < count; i++)
    edit_unit_check(
        osmflow_bytes_print(ways, NULL, "%s%" PRId64, i == 0 ? " " : ",", nodes[is_reversed ? count - 1 - i : i]));
  edit_unit_check(osmflow_bytes_print(members, NULL, "%sw%" PRId64 ":%s", members->size > 0 ? "," : "", id, role));
}

/* A ring as one closed way, or cut into up to four. */
static void print_star(const struct star *star, int64_t *last, struct osmflow_bytes *nodes, struct osmflow_bytes *ways,
                       struct osmflow_bytes *members) {
  struct osmflow_position ring[STEPS];
  int64_t ids[2 * STEPS];
  const size_t count = list_star(star, ring), pieces = 1 + dice(4);
  for (size_t i = 0; i < count; i++) {
    ids[i] = ++*last;
    ids[i + count] = *last;
    edit_unit_check(osmflow_bytes_print(nodes, NULL, "|n%" PRId64 " %d %d", ids[i], ring[i].lon, ring[i].lat));
  }
  size_t cuts[5] = {dice((uint32_t)count)};
  for (size_t i = 1; i <= pieces; i++) {
    const size_t rest = cuts[0] + count - cuts[i - 1];
    cuts[i] = i == pieces || rest <= pieces ? cuts[0] + count : cuts[i - 1] + 1 + dice((uint32_t)(rest - pieces));
    if (cuts[i] > cuts[i - 1])
      print_way(ways, members, ++*last + LAST_NODE, ids + cuts[i - 1] % count, cuts[i] - cuts[i - 1] + 1,
                star->hole ? "inner" : "outer");
  }
}

static void open_stars(struct edit_unit *unit, const struct stars *stars) {
  struct osmflow_bytes nodes, ways, members;
  int64_t last = 0;
  osmflow_bytes_init(&nodes, EDIT_UNIT_TEXT);
  osmflow_bytes_init(&ways, EDIT_UNIT_TEXT);
  osmflow_bytes_init(&members, EDIT_UNIT_TEXT);
  for (size_t i = 0; i < stars->count; i++)
    print_star(&stars->items[i], &last, &nodes, &ways, &members);
  edit_unit_check(osmflow_bytes_add_text(&nodes, osmflow_bytes_view(&ways), NULL));
  edit_unit_check(osmflow_bytes_print(&nodes, NULL, "|r5 "));
  edit_unit_check(osmflow_bytes_add_text(&nodes, osmflow_bytes_view(&members), NULL));
  edit_unit_check(osmflow_bytes_print(&nodes, NULL, " type=multipolygon landuse=x"));
  edit_unit_open(unit, osmflow_bytes_string(&nodes));
  osmflow_bytes_clear(&nodes);
  osmflow_bytes_clear(&ways);
  osmflow_bytes_clear(&members);
}

/* Nothing is left over: every way is a member, every node is used. */
static void check_tidy(struct edit_unit *unit, size_t most_nodes, unsigned round) {
  struct osmflow_parents users;
  size_t nodes = 0;
  osmflow_parents_init(&users);
  for (size_t i = 0; i < osmflow_drafts_count(unit->drafts); i++) {
    const struct osmflow_draft *original, *present;
    osmflow_drafts_at(unit->drafts, i, &original, &present);
    nodes += present->type == OSMFLOW_NODE && (!original || !osmflow_draft_equal(original, present));
    if (!present->visible || present->type == OSMFLOW_RELATION)
      continue;
    const enum osmflow_element_type type = present->type;
    edit_unit_check(osmflow_drafts_parents(unit->drafts, type, present->id, &users, NULL));
    CU_ASSERT(users.count > 0);
  }
  if (nodes > most_nodes)
    fprintf(stderr, "\nround %u: %zu nodes changed, %zu vertices\n", round, nodes, most_nodes);
  CU_ASSERT(nodes <= most_nodes);
  osmflow_parents_clear(&users);
}

static bool change(struct edit_unit *unit, const struct wish *shown, const struct wish *wanted, unsigned round) {
  struct osmflow_edit_element element = {OSMFLOW_RELATION, 5};
  struct osmflow_error error = {OSMFLOW_OK, 0, ""};
  const enum osmflow_status status =
      osmflow_edit_change(&unit->options, OSMFLOW_MULTIPOLYGONS, NULL, &shown->shape, &wanted->shape, &element, &error);
  const bool is_refused = status != OSMFLOW_OK && strstr(error.message, "would be left with one node");
  if (status != OSMFLOW_OK && !is_refused)
    fprintf(stderr, "\nround %u: %s\n", round, error.message);
  CU_ASSERT(status == OSMFLOW_OK || is_refused);
  return status == OSMFLOW_OK;
}

static size_t count_vertices(const struct stars *stars) {
  size_t count = 0;
  for (size_t i = 0; i < stars->count; i++)
    for (int k = 0; k < STEPS; k++)
      count += stars->items[i].radius[k] != 0;
  return count;
}

/* The wished rings, once more from what was shown first, and back again. */
static bool play(unsigned round) {
  static struct stars before, after;
  static struct wish first, wanted, result;
  static char changes[EDIT_UNIT_TEXT];
  struct edit_unit unit;
  size_t most = 0;
  seed = round;
  make_stars(&before);
  after = before;
  for (size_t i = 0; i < after.count; i++)
    most += edit_star(&after.items[i]);
  if (dice(3) == 0) {
    edit_stars(&after);
    most += count_vertices(&before) + count_vertices(&after);
  }
  open_stars(&unit, &before);
  show(&unit, &first);
  wish_for(&before, &wanted);
  check_same(&first, &wanted, round, "the beginning");
  CU_ASSERT(change(&unit, &first, &wanted, round));
  UNIT_SAME(edit_unit_changes(&unit), "", "nothing wished");
  wish_for(&after, &wanted);
  const bool is_done = change(&unit, &first, &wanted, round);
  if (is_done) {
    show(&unit, &result);
    check_same(&result, &wanted, round, "the change");
    check_tidy(&unit, most, round);
    snprintf(changes, sizeof changes, "%s", edit_unit_changes(&unit));
    CU_ASSERT(change(&unit, &first, &wanted, round));
    UNIT_SAME(edit_unit_changes(&unit), changes, "the same once more");
    show(&unit, &result);
    wish_for(&before, &wanted);
    if (change(&unit, &result, &wanted, round)) {
      show(&unit, &result);
      check_same(&result, &first, round, "back again");
    }
  }
  edit_unit_close(&unit);
  return is_done;
}

static void makes_what_was_wished(void) {
  unsigned done = 0;
  for (unsigned round = 1; round <= ROUNDS; round++)
    done += play(round);
  CU_ASSERT(done > ROUNDS / 4 * 3);
}

OSMFLOW_UNIT_MAIN("osm/edit_area_random", UNIT(makes_what_was_wished))
