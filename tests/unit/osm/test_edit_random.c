/* Random ways that share nodes, and random changes of their vertices: the way that is edited becomes what was wished,
 * the others stay as they were, nothing is left over. */
#include "edit_unit.h"
#include "osm/edit_parts.h"
#include "unit.h"

enum { GRID = 9, NODES = 24, WAYS = 4, MOST_VERTICES = 40, ROUNDS = 3000, EDITED_WAY = 100 };

struct line {
  struct osmflow_position positions[MOST_VERTICES];
  size_t count;
};

static uint32_t next_random(uint32_t *seed, uint32_t below) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 17;
  *seed ^= *seed << 5;
  return below > 0 ? *seed % below : 0;
}

static struct osmflow_position any_place(uint32_t *seed) {
  return (struct osmflow_position){(int32_t)next_random(seed, GRID), (int32_t)next_random(seed, GRID)};
}

static bool is_same(struct osmflow_position left, struct osmflow_position right) {
  return left.lon == right.lon && left.lat == right.lat;
}

static void print(struct osmflow_bytes *text, const char *string) {
  edit_unit_check(osmflow_bytes_add_string(text, string, NULL));
}

/* Some nodes lie in the same place, some have tags; ways may come back to a node, the first is closed for rings. */
static void make_elements(uint32_t *seed, bool is_ring, struct osmflow_bytes *text) {
  osmflow_bytes_reset(text);
  for (int i = 1; i <= NODES; i++) {
    /* A ring's nodes are those of a circle, so that its vertices are at different places. */
    const struct osmflow_position place = is_ring ? (struct osmflow_position){i % 2 == 0 ? i : -i, i} : any_place(seed);
    edit_unit_check(osmflow_bytes_print(text, NULL, "n%d %d %d%s|", i, place.lon, place.lat,
                                        next_random(seed, 6) == 0 ? " x=y" : ""));
  }
  for (int i = 0; i < WAYS; i++) {
    const uint32_t count = 4 + next_random(seed, 6);
    uint32_t node = 1 + next_random(seed, NODES);
    const uint32_t first = node;
    edit_unit_check(osmflow_bytes_print(text, NULL, "w%d %u", EDITED_WAY + i, node));
    for (uint32_t j = 1; j < count; j++) {
      node = 1 + (node + (is_ring ? 0 : next_random(seed, NODES - 1))) % NODES;
      edit_unit_check(osmflow_bytes_print(text, NULL, ",%u", node));
    }
    if (is_ring && i == 0)
      edit_unit_check(osmflow_bytes_print(text, NULL, ",%u", first));
    print(text, " a=b|");
  }
}

static void read_line(struct edit_unit *unit, int64_t id, struct line *line) {
  const struct osmflow_draft *way = NULL, *node = NULL;
  line->count = 0;
  edit_unit_check(osmflow_drafts_get(unit->drafts, OSMFLOW_WAY, id, &way, NULL));
  if (!way)
    abort();
  for (size_t i = 0; i < way->ref_count && i < MOST_VERTICES; i++) {
    edit_unit_check(osmflow_drafts_get(unit->drafts, OSMFLOW_NODE, way->refs[i], &node, NULL));
    if (!node)
      abort();
    line->positions[line->count++] = (struct osmflow_position){node->lon, node->lat};
  }
}

static void change_line(uint32_t *seed, size_t changes, struct line *line) {
  for (size_t i = 0; i < changes; i++) {
    const size_t at = next_random(seed, (uint32_t)line->count);
    const struct osmflow_position old = line->positions[at];
    struct osmflow_position *place = &line->positions[at];
    switch (next_random(seed, 4)) {
      case 0:
        *place = any_place(seed);
        break;
      case 1:
        memmove(place + 1, place, (line->count - at) * sizeof *place);
        *place = any_place(seed);
        line->count++;
        break;
      case 2:
        if (line->count > 4) {
          memmove(place, place + 1, (line->count - at - 1) * sizeof *place);
          line->count--;
        }
        break;
      default:
        *place = line->positions[line->count - 1];
        line->positions[line->count - 1] = old;
        break;
    }
  }
}

static void drop_equal_neighbours(struct line *line) {
  size_t kept = 0;
  for (size_t i = 0; i < line->count; i++)
    if (kept == 0 || !is_same(line->positions[kept - 1], line->positions[i]))
      line->positions[kept++] = line->positions[i];
  line->count = kept;
}

static bool is_same_line(struct line left, struct line right) {
  drop_equal_neighbours(&left);
  drop_equal_neighbours(&right);
  return left.count == right.count &&
         memcmp(left.positions, right.positions, left.count * sizeof left.positions[0]) == 0;
}

/* Both closed; the beginning and the direction do not count. */
static bool is_same_ring(struct line left, struct line right) {
  drop_equal_neighbours(&left);
  drop_equal_neighbours(&right);
  const size_t count = left.count - 1;
  if (left.count != right.count || !is_same(left.positions[0], left.positions[count]))
    return false;
  for (size_t first = 0; first < 2 * count; first++) {
    size_t i = 0;
    while (i < count && is_same(left.positions[i],
                                right.positions[first < count ? (first + i) % count : (first + count - i) % count]))
      i++;
    if (i == count)
      return true;
  }
  return false;
}

static bool has_ref(const struct osmflow_draft *way, int64_t node) {
  for (size_t i = 0; i < way->ref_count; i++)
    if (way->refs[i] == node)
      return true;
  return false;
}

/* Other ways keep their nodes; these are where they were, unless they may move along. */
static bool are_others_alone(struct edit_unit *unit) {
  const struct osmflow_draft *edited = NULL, *original = NULL, *present = NULL, *was, *is;
  edit_unit_check(osmflow_drafts_original(unit->drafts, OSMFLOW_WAY, EDITED_WAY, &edited, NULL));
  for (int64_t id = EDITED_WAY + 1; id < EDITED_WAY + WAYS; id++) {
    edit_unit_check(osmflow_drafts_original(unit->drafts, OSMFLOW_WAY, id, &original, NULL));
    edit_unit_check(osmflow_drafts_get(unit->drafts, OSMFLOW_WAY, id, &present, NULL));
    if (!present || !osmflow_draft_equal(original, present))
      return false;
    for (size_t i = 0; i < present->ref_count; i++) {
      const int64_t node = present->refs[i];
      edit_unit_check(osmflow_drafts_original(unit->drafts, OSMFLOW_NODE, node, &was, NULL));
      edit_unit_check(osmflow_drafts_get(unit->drafts, OSMFLOW_NODE, node, &is, NULL));
      if (!is ||
          (!osmflow_draft_equal(was, is) && !(unit->options.shared == OSMFLOW_SHARED_MOVE && has_ref(edited, node))))
        return false;
    }
  }
  return true;
}

/* Tagged nodes are there, and so is what was alone before; what the way left behind is not. */
static bool is_tidy(struct edit_unit *unit) {
  const struct osmflow_draft *way = NULL, *was, *is;
  struct osmflow_parents users;
  bool tidy = true;
  osmflow_parents_init(&users);
  edit_unit_check(osmflow_drafts_original(unit->drafts, OSMFLOW_WAY, EDITED_WAY, &way, NULL));
  for (int64_t id = -MOST_VERTICES; id <= NODES; id++) {
    edit_unit_check(osmflow_drafts_original(unit->drafts, OSMFLOW_NODE, id, &was, NULL));
    edit_unit_check(osmflow_drafts_get(unit->drafts, OSMFLOW_NODE, id, &is, NULL));
    edit_unit_check(osmflow_drafts_parents(unit->drafts, OSMFLOW_NODE, id, &users, NULL));
    const bool has_to_go = !was || (was->tag_count == 0 && has_ref(way, id));
    tidy = tidy && (was && !has_to_go ? is && osmflow_draft_same_tags(was, is) : !is || users.count > 0);
  }
  osmflow_parents_clear(&users);
  return tidy;
}

/* One round; *was_done: it was not refused. */
static bool play(uint32_t seed, bool is_ring, struct osmflow_bytes *text, bool *was_done) {
  const struct osmflow_edit_part part = {OSMFLOW_PART_LINE, 0, 0};
  struct edit_unit unit;
  struct line shown, wanted, result;
  struct osmflow_error error = {0};
  make_elements(&seed, is_ring, text);
  edit_unit_open(&unit, osmflow_bytes_string(text));
  unit.options.shared = (enum osmflow_shared_nodes)next_random(&seed, 3);
  read_line(&unit, EDITED_WAY, &shown);
  wanted = shown;
  wanted.count -= is_ring;
  change_line(&seed, next_random(&seed, 5), &wanted);
  if (is_ring) {
    struct line turned = wanted;
    const size_t first = next_random(&seed, (uint32_t)wanted.count);
    const bool reversed = next_random(&seed, 2) == 0;
    for (size_t i = 0; i < wanted.count; i++)
      turned.positions[i] =
          wanted.positions[reversed ? (first + wanted.count - i) % wanted.count : (first + i) % wanted.count];
    turned.positions[turned.count++] = turned.positions[0];
    wanted = turned;
  }
  struct osmflow_edit_part shown_part = part, wanted_part = part;
  shown_part.count = shown.count;
  wanted_part.count = wanted.count;
  const struct osmflow_edit_shape before = {shown.positions, &shown_part, shown.count, 1},
                                  after = {wanted.positions, &wanted_part, wanted.count, 1};
  struct osmflow_edit_element element = {OSMFLOW_WAY, EDITED_WAY};
  const enum osmflow_status status =
      is_ring ? osmflow_edit_reshape(&unit.options, EDITED_WAY, before.positions, before.position_count,
                                     after.positions, after.position_count, &error)
              : osmflow_edit_change(&unit.options, OSMFLOW_LINES, NULL, &before, &after, &element, &error);
  *was_done = status == OSMFLOW_OK;
  bool is_fine = *was_done || strlen(edit_unit_changes(&unit)) == 0 || is_ring;
  if (*was_done) {
    read_line(&unit, EDITED_WAY, &result);
    is_fine = (is_ring ? is_same_ring(result, wanted) : is_same_line(result, wanted)) && are_others_alone(&unit) &&
              is_tidy(&unit);
  } else
    is_fine = is_fine && (unit.options.shared == OSMFLOW_SHARED_REFUSE || strstr(error.message, "different places"));
  edit_unit_close(&unit);
  return is_fine;
}

static void play_all(bool is_ring) {
  struct osmflow_bytes text;
  size_t done = 0;
  osmflow_bytes_init(&text, EDIT_UNIT_TEXT);
  for (uint32_t round = 1; round <= ROUNDS; round++) {
    bool was_done = false;
    const bool is_fine = play(round * 2654435761u, is_ring, &text, &was_done);
    if (!is_fine)
      fprintf(stderr, "\nround %u goes wrong: %s\n", round, osmflow_bytes_string(&text));
    CU_ASSERT(is_fine);
    done += was_done;
  }
  CU_ASSERT(done > ROUNDS / 2);
  osmflow_bytes_clear(&text);
}

static void lines_become_what_was_wished(void) {
  play_all(false);
}

static void rings_become_what_was_wished(void) {
  play_all(true);
}

OSMFLOW_UNIT_MAIN("osm/edit_random", UNIT(lines_become_what_was_wished), UNIT(rings_become_what_was_wished))
