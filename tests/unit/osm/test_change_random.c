/* Random changes against a model of the server that refuses what the real one refuses: whatever a change is ordered,
 * cut, divided or thinned out into must be applicable step by step. */
#include "change_unit.h"

enum { MOST = 12, SPAN = 2 * MOST + 1, MOST_PARTS = 4, ROUNDS = 3000 };

struct part {
  enum osmflow_element_type type;
  int id;
};
struct element {
  bool visible;
  uint32_t version; /* 0: never was there */
  int32_t lon, lat;
  size_t part_count;
  struct part parts[MOST_PARTS];
};
struct world {
  struct element elements[OSMFLOW_ELEMENT_TYPES][SPAN]; /* by id + MOST */
};

static uint32_t chance_state;

static uint32_t chance(uint32_t below) {
  chance_state = chance_state * 1664525 + 1013904223;
  return (chance_state >> 8) % below;
}

static struct element *at(struct world *world, enum osmflow_element_type type, int64_t id) {
  return &world->elements[type][id + MOST];
}

/* Gives a way or a relation random parts that are visible; relations of the first world have no circles. */
static void choose_parts(struct world *world, enum osmflow_element_type type, int id, bool circles) {
  struct element *element = at(world, type, id);
  const size_t wanted = type == OSMFLOW_WAY ? 1 + chance(3) : chance(MOST_PARTS);
  element->part_count = 0;
  for (int attempts = 0; attempts < 1000 && element->part_count < wanted; attempts++) {
    const struct part part = {type == OSMFLOW_WAY ? OSMFLOW_NODE : (enum osmflow_element_type)chance(3),
                              (int)chance(SPAN) - MOST};
    if (!at(world, part.type, part.id)->visible || part.id == 0)
      continue;
    if (part.type == OSMFLOW_RELATION && !circles && part.id >= id)
      continue;
    element->parts[element->part_count++] = part;
  }
}

static void make_world(struct world *world) {
  *world = (struct world){0};
  for (int type = 0; type < 3; type++)
    for (int id = 1; id <= MOST; id++) {
      struct element *element = at(world, (enum osmflow_element_type)type, id);
      *element = (struct element){.visible = id <= 3 || chance(4) > 0, .version = 1 + chance(5)};
      element->lon = (int32_t)chance(1000);
      element->lat = (int32_t)chance(1000);
      if (type != OSMFLOW_NODE && element->visible)
        choose_parts(world, (enum osmflow_element_type)type, id, false);
    }
}

static bool has_lost_part(struct world *world, const struct element *element) {
  for (size_t i = 0; i < element->part_count; i++)
    if (!at(world, element->parts[i].type, element->parts[i].id)->visible)
      return true;
  return false;
}

/* What the user makes of it: deletes, undeletes and creates some, then changes what has to be, and more. */
static void make_wish(struct world *wish, bool undelete_relations) {
  for (int type = 0; type < 3; type++)
    for (int id = -MOST; id <= MOST; id++) {
      struct element *element = at(wish, (enum osmflow_element_type)type, id);
      if (id < 0)
        element->visible = chance(2) == 0;
      else if (id > 3 && element->visible)
        element->visible = chance(3) > 0;
      else if (id > 3 && (type != OSMFLOW_RELATION || undelete_relations))
        element->visible = chance(3) == 0;
      if (!element->visible)
        element->part_count = 0;
    }
  for (int type = 0; type < 3; type++)
    for (int id = -MOST; id <= MOST; id++) {
      struct element *element = at(wish, (enum osmflow_element_type)type, id);
      const bool needs_parts = element->part_count == 0 && type == OSMFLOW_WAY;
      if (element->visible && type == OSMFLOW_NODE && chance(3) == 0)
        element->lon = (int32_t)chance(1000);
      else if (element->visible && type != OSMFLOW_NODE &&
               (needs_parts || has_lost_part(wish, element) || chance(3) == 0))
        choose_parts(wish, (enum osmflow_element_type)type, id, true);
    }
}

static void make_draft(const struct element *element, enum osmflow_element_type type, int id,
                       struct change_unit_draft *made) {
  made->draft = (struct osmflow_draft){.type = type,
                                       .id = id,
                                       .version = element->version,
                                       .visible = element->visible,
                                       .lon = type == OSMFLOW_NODE ? element->lon : OSMFLOW_NO_POSITION,
                                       .lat = type == OSMFLOW_NODE ? element->lat : OSMFLOW_NO_POSITION,
                                       .refs = made->refs,
                                       .members = made->members};
  for (size_t i = 0; i < element->part_count; i++) {
    made->refs[i] = element->parts[i].id;
    made->members[i] =
        (struct osmflow_draft_member){element->parts[i].type, element->parts[i].id, osmflow_text("part")};
  }
  made->draft.ref_count = type == OSMFLOW_WAY ? element->part_count : 0;
  made->draft.member_count = type == OSMFLOW_RELATION ? element->part_count : 0;
}

static void add_difference(struct osmflow_change *change, struct world *world, struct world *wish,
                           enum osmflow_element_type type, int id, bool bases) {
  struct change_unit_draft before, after;
  const struct element *old = at(world, type, id), *new = at(wish, type, id);
  make_draft(old, type, id, &before);
  make_draft(new, type, id, &after);
  if (osmflow_draft_equal(&before.draft, &after.draft) || (!old->visible && !new->visible))
    return;
  if (id < 0)
    change_unit_must(osmflow_change_add(change, OSMFLOW_ACTION_CREATE, false, &after.draft, NULL, NULL));
  else
    change_unit_must(osmflow_change_add(change, new->visible ? OSMFLOW_ACTION_MODIFY : OSMFLOW_ACTION_DELETE, true,
                                        new->visible ? &after.draft : &before.draft, bases ? &before.draft : NULL,
                                        NULL));
}

static void make_change(struct osmflow_change *change, struct world *world, struct world *wish, bool bases) {
  osmflow_change_init(change);
  for (int type = 0; type < 3; type++)
    for (int id = -MOST; id <= MOST; id++)
      if (id != 0)
        add_difference(change, world, wish, (enum osmflow_element_type)type, id, bases);
  for (size_t i = change->count; i > 1; i--) {
    const size_t other = chance((uint32_t)i);
    const struct osmflow_change_item item = change->items[i - 1];
    change->items[i - 1] = change->items[other];
    change->items[other] = item;
  }
}

static bool is_used(struct world *world, enum osmflow_element_type type, int64_t id) {
  for (int user = OSMFLOW_WAY; user <= OSMFLOW_RELATION; user++)
    for (int k = -MOST; k <= MOST; k++) {
      const struct element *element = at(world, (enum osmflow_element_type)user, k);
      for (size_t i = 0; element->visible && i < element->part_count; i++)
        if (element->parts[i].type == type && element->parts[i].id == id)
          return true;
    }
  return false;
}

/* What the server does with one element; false: it refuses, or skips a deletion. */
static bool apply(struct world *world, const struct osmflow_change_item *item) {
  const struct osmflow_draft *draft = item->draft;
  struct element *element = at(world, draft->type, draft->id), wish = {.visible = true};
  wish.part_count = draft->ref_count + draft->member_count;
  for (size_t i = 0; i < draft->ref_count; i++)
    wish.parts[i] = (struct part){OSMFLOW_NODE, (int)draft->refs[i]};
  for (size_t i = 0; i < draft->member_count; i++)
    wish.parts[i] = (struct part){draft->members[i].type, (int)draft->members[i].ref};
  if (draft->version != element->version)
    return false;
  if (item->action == OSMFLOW_ACTION_DELETE) {
    if (!element->visible || is_used(world, draft->type, draft->id))
      return false;
    element->visible = false;
    element->part_count = 0;
    element->version++;
    return true;
  }
  if ((item->action == OSMFLOW_ACTION_CREATE) != (element->version == 0) || has_lost_part(world, &wish) ||
      (draft->type == OSMFLOW_WAY && draft->ref_count == 0))
    return false;
  wish.version = element->version + 1;
  wish.lon = draft->type == OSMFLOW_NODE ? draft->lon : 0;
  wish.lat = draft->type == OSMFLOW_NODE ? draft->lat : 0;
  *element = wish;
  return true;
}

/* One upload. Modifies that stand together are done by type: nodes, ways, relations. */
static bool upload(struct world *world, const struct osmflow_change *change, size_t first, size_t end) {
  for (size_t i = first, run; i < end; i = run) {
    for (run = i; run < end && change->items[run].action == change->items[i].action; run++)
      continue;
    const bool by_type = change->items[i].action == OSMFLOW_ACTION_MODIFY;
    for (int type = 0; type < (by_type ? 3 : 1); type++)
      for (size_t k = i; k < run; k++)
        if (change->items[k].outcome == OSMFLOW_OUTCOME_PENDING &&
            (!by_type || change->items[k].draft->type == (enum osmflow_element_type)type) &&
            !apply(world, &change->items[k]))
          return false;
  }
  return true;
}

static bool same_worlds(const struct world *left, const struct world *right) {
  for (int type = 0; type < 3; type++)
    for (int id = 0; id < SPAN; id++) {
      const struct element *a = &left->elements[type][id], *b = &right->elements[type][id];
      bool same = a->visible == b->visible && a->part_count == b->part_count;
      for (size_t i = 0; same && i < a->part_count; i++)
        same = a->parts[i].type == b->parts[i].type && a->parts[i].id == b->parts[i].id;
      if (!same || (type == OSMFLOW_NODE && a->visible && a->lon != b->lon))
        return false;
    }
  return true;
}

static void tell_when_wrong(bool right, uint32_t seed, const struct osmflow_change *change) {
  CU_ASSERT(right);
  if (!right) {
    struct osmflow_bytes text;
    osmflow_bytes_init(&text, CHANGE_UNIT_TEXT);
    change_unit_show(change, 0, change->count, true, &text);
    fprintf(stderr, "\nseed %u: %s\n", seed, osmflow_bytes_string(&text));
    osmflow_bytes_clear(&text);
  }
}

static void start(uint32_t seed, bool bases, struct world *world, struct world *wish, struct osmflow_change *change) {
  chance_state = seed;
  make_world(world);
  *wish = *world;
  make_wish(wish, bases);
  make_change(change, world, wish, bases);
  CU_ASSERT_EQUAL(osmflow_change_order(change, NULL), OSMFLOW_OK);
}

/* In pieces of any size. Bases are known, or, as with files, not. */
static void every_order_can_be_uploaded(void) {
  for (uint32_t seed = 1; seed <= ROUNDS; seed++) {
    struct world world, wish;
    struct osmflow_change change;
    bool right = true;
    start(seed, seed % 2 == 0, &world, &wish, &change);
    for (size_t first = 0, end; right && first < change.count; first = end) {
      end = osmflow_change_piece(&change, first, 1 + chance(20), SIZE_MAX);
      right = upload(&world, &change, first, end);
    }
    tell_when_wrong(right && same_worlds(&world, &wish), seed, &change);
    osmflow_change_clear(&change);
  }
}

static size_t divisions;

/* Divides as an uploader does that is told each time that the area is still too large. */
static bool upload_divided(struct world *world, struct osmflow_change *change, size_t first, size_t end, int depth) {
  size_t half = end;
  bool divided = false;
  if (depth > 0)
    change_unit_must(osmflow_change_divide(change, first, NULL, &half, &divided, NULL));
  if (!divided)
    return upload(world, change, first, end);
  CU_ASSERT(half > first && half < end);
  divisions++;
  return upload_divided(world, change, first, half, depth - 1) && upload_divided(world, change, half, end, depth - 1);
}

static void every_half_can_be_uploaded(void) {
  divisions = 0;
  for (uint32_t seed = 1; seed <= ROUNDS; seed++) {
    struct world world, wish;
    struct osmflow_change change;
    start(seed, seed % 2 == 0, &world, &wish, &change);
    const bool right = upload_divided(&world, &change, 0, change.count, 1 + (int)chance(4));
    tell_when_wrong(right && same_worlds(&world, &wish), seed, &change);
    osmflow_change_clear(&change);
  }
  CU_ASSERT(divisions > ROUNDS);
}

/* Some items collide with what others did; what is left must still go through. */
static void what_is_left_can_be_uploaded(void) {
  size_t sent = 0, lost = 0;
  for (uint32_t seed = 1; seed <= ROUNDS; seed++) {
    struct world world, wish;
    struct osmflow_change change;
    start(seed, true, &world, &wish, &change);
    for (uint32_t times = 1 + chance(3); change.count > 0 && times > 0; times--) {
      const size_t item = chance((uint32_t)change.count);
      if (change.items[item].outcome != OSMFLOW_OUTCOME_PENDING)
        continue;
      change.items[item].outcome = OSMFLOW_OUTCOME_CONFLICT;
      CU_ASSERT_EQUAL(osmflow_change_leave_out(&change, item, &lost, NULL), OSMFLOW_OK);
    }
    for (size_t i = 0; i < change.count; i++)
      sent += change.items[i].outcome == OSMFLOW_OUTCOME_PENDING;
    tell_when_wrong(upload(&world, &change, 0, change.count), seed, &change);
    osmflow_change_clear(&change);
  }
  CU_ASSERT(sent > ROUNDS && lost > ROUNDS);
}

OSMFLOW_UNIT_MAIN("osm/change_random", UNIT(every_order_can_be_uploaded), UNIT(every_half_can_be_uploaded),
                  UNIT(what_is_left_can_be_uploaded))
