/* A working copy against a model that knows no index and no undo list: it copies everything at each mark and looks
 * through everything for each answer. */
#include <stdlib.h>

#include "osm/drafts.h"
#include "unit.h"

enum { SEEDS = 40, STEPS = 400, ELEMENTS = 600, BASE = 40, PARTS = 4, MARKS = 6, GRID = 4, LABELS = 4 };
static const int64_t elsewhere = 777, first_placeholder = -100;

struct content {
  bool is_put, is_visible;
  int32_t lon, lat;
  struct osmflow_draft_member parts[PARTS]; /* of a way: nodes */
  size_t part_count;
  int label; /* 0: none */
};

struct thing {
  enum osmflow_element_type type;
  int64_t id;
  bool in_base;
  size_t place; /* of its first change */
  struct content base, present;
};

struct model {
  struct thing things[ELEMENTS];
  size_t count, changes;
  int label;
};

struct trial {
  struct model model, kept[MARKS];
  size_t marks[MARKS], mark_count;
  int64_t next_placeholder;
  uint64_t random;
  struct osmflow_store store;
  struct osmflow_drafts *drafts;
};

static const char *const labels[LABELS] = {"", "points 1", "lines 2", "multipolygons 3"};

static size_t below(struct trial *trial, size_t limit) {
  trial->random ^= trial->random << 13;
  trial->random ^= trial->random >> 7;
  trial->random ^= trial->random << 17;
  return (size_t)(trial->random >> 11) % limit;
}

static bool check(bool fine, const char *what, const struct trial *trial, int64_t id) {
  if (!fine)
    fprintf(stderr, "\n%s: element %lld, random %llu\n", what, (long long)id, (unsigned long long)trial->random);
  CU_ASSERT(fine);
  return fine;
}

static struct content any_content(struct trial *trial, enum osmflow_element_type type) {
  struct content content = {.is_visible = true};
  content.lon = (int32_t)below(trial, GRID);
  content.lat = -(int32_t)below(trial, GRID);
  content.part_count = type == OSMFLOW_NODE ? 0 : below(trial, PARTS + 1);
  for (size_t i = 0; i < content.part_count; i++) {
    const struct thing *any = trial->model.count > 0 ? &trial->model.things[below(trial, trial->model.count)] : NULL;
    const bool is_fitting = any && (type == OSMFLOW_RELATION || any->type == OSMFLOW_NODE);
    content.parts[i].type = is_fitting ? any->type : OSMFLOW_NODE;
    content.parts[i].ref = is_fitting ? any->id : elsewhere;
    content.parts[i].role = osmflow_text(type == OSMFLOW_RELATION && i > 1 ? "outer" : "");
  }
  return content;
}

/* Borrows `refs`, which has PARTS places, and the content's parts. */
static struct osmflow_draft draft_of(const struct thing *thing, const struct content *content, int64_t *refs) {
  struct osmflow_draft draft = {.type = thing->type,
                                .id = thing->id,
                                .version = thing->in_base ? 3 : 0,
                                .visible = content->is_visible,
                                .lon = content->lon,
                                .lat = content->lat,
                                .label = osmflow_text(labels[content->label])};
  for (size_t i = 0; i < content->part_count; i++)
    refs[i] = content->parts[i].ref;
  draft.refs = refs;
  draft.members = content->parts;
  draft.ref_count = thing->type == OSMFLOW_WAY ? content->part_count : 0;
  draft.member_count = thing->type == OSMFLOW_RELATION ? content->part_count : 0;
  return draft;
}

static void open_trial(struct trial *trial, uint64_t seed) {
  static const struct osmflow_draft_particulars nobody = {0};
  memset(trial, 0, sizeof *trial);
  trial->random = seed * 0x9E3779B97F4A7C15ULL;
  trial->next_placeholder = first_placeholder;
  osmflow_store_init(&trial->store, false);
  for (size_t i = 0; i < BASE; i++) {
    struct thing *thing = &trial->model.things[i];
    int64_t refs[PARTS];
    thing->type = (enum osmflow_element_type)below(trial, OSMFLOW_ELEMENT_TYPES);
    thing->id = (i % 5 == 0 ? INT64_C(5000000000) : 1) * (int64_t)(i + 1) * (i % 7 == 0 && i % 5 != 0 ? -1 : 1);
    thing->in_base = true;
    thing->base = any_content(trial, thing->type);
    thing->base.is_visible = below(trial, 8) > 0;
    thing->present = thing->base;
    trial->model.count++;
    const struct osmflow_draft draft = draft_of(thing, &thing->base, refs);
    CU_ASSERT_EQUAL(osmflow_draft_to_store(&draft, &nobody, &trial->store, NULL), OSMFLOW_OK);
  }
  CU_ASSERT_EQUAL(osmflow_store_finish(&trial->store, NULL), OSMFLOW_OK);
  CU_ASSERT_EQUAL_FATAL(osmflow_drafts_new(&trial->store, first_placeholder, &trial->drafts, NULL), OSMFLOW_OK);
}

static void close_trial(struct trial *trial) {
  osmflow_drafts_free(trial->drafts);
  osmflow_store_clear(&trial->store);
}

static void model_put(struct trial *trial, struct thing *thing, struct content content) {
  if (!thing->present.is_put)
    thing->place = trial->model.changes++;
  content.is_put = true;
  content.label = thing->present.label != 0 ? thing->present.label : trial->model.label;
  thing->present = content;
}

static void put_new(struct trial *trial) {
  if (trial->model.count == ELEMENTS)
    return;
  const enum osmflow_element_type type = (enum osmflow_element_type)below(trial, OSMFLOW_ELEMENT_TYPES);
  const struct content content = any_content(trial, type);
  struct thing *thing = &trial->model.things[trial->model.count++];
  int64_t refs[PARTS], id = 0;
  *thing = (struct thing){.type = type};
  struct osmflow_draft wish = draft_of(thing, &content, refs);
  check(osmflow_drafts_put(trial->drafts, &wish, &id, NULL) == OSMFLOW_OK, "put", trial, 0);
  check(id == trial->next_placeholder, "placeholder", trial, id);
  thing->id = trial->next_placeholder--;
  model_put(trial, thing, content);
}

static void put_again(struct trial *trial) {
  struct thing *thing = &trial->model.things[below(trial, trial->model.count)];
  const struct content content = any_content(trial, thing->type);
  int64_t refs[PARTS];
  const struct osmflow_draft wish = draft_of(thing, &content, refs);
  check(osmflow_drafts_put(trial->drafts, &wish, NULL, NULL) == OSMFLOW_OK, "put again", trial, thing->id);
  model_put(trial, thing, content);
}

static void erase(struct trial *trial) {
  struct thing *thing = &trial->model.things[below(trial, trial->model.count)];
  check(osmflow_drafts_delete(trial->drafts, thing->type, thing->id, NULL) == OSMFLOW_OK, "delete", trial, thing->id);
  if (thing->present.is_visible) {
    const struct content nothing = {.lon = OSMFLOW_NO_POSITION, .lat = OSMFLOW_NO_POSITION};
    model_put(trial, thing, nothing);
    thing->present.label = thing->in_base ? thing->present.label : 0;
  }
}

static void set_label(struct trial *trial) {
  trial->model.label = (int)below(trial, LABELS);
  CU_ASSERT_EQUAL(osmflow_drafts_set_label(trial->drafts, labels[trial->model.label], NULL), OSMFLOW_OK);
}

static void mark(struct trial *trial) {
  if (trial->mark_count < MARKS) {
    trial->kept[trial->mark_count] = trial->model;
    trial->marks[trial->mark_count++] = osmflow_drafts_mark(trial->drafts);
  }
}

static void roll_back(struct trial *trial) {
  if (trial->mark_count > 0) {
    trial->mark_count = below(trial, trial->mark_count);
    trial->model = trial->kept[trial->mark_count];
    osmflow_drafts_rollback(trial->drafts, trial->marks[trial->mark_count]);
  }
}

static void check_elements(struct trial *trial) {
  for (size_t i = 0; i < trial->model.count; i++) {
    const struct thing *thing = &trial->model.things[i];
    const struct osmflow_draft *found = NULL, *original = NULL;
    int64_t refs[PARTS], base_refs[PARTS];
    const struct osmflow_draft expected = draft_of(thing, &thing->present, refs),
                               base = draft_of(thing, &thing->base, base_refs);
    CU_ASSERT_EQUAL(osmflow_drafts_get(trial->drafts, thing->type, thing->id, &found, NULL), OSMFLOW_OK);
    CU_ASSERT_EQUAL(osmflow_drafts_original(trial->drafts, thing->type, thing->id, &original, NULL), OSMFLOW_OK);
    check((found != NULL) == expected.visible, "whether it is there", trial, thing->id);
    if (found)
      check(osmflow_draft_equal(found, &expected) && osmflow_text_equal(found->label, expected.label) &&
                found->id == expected.id && found->version == expected.version,
            "present", trial, thing->id);
    check((original != NULL) == thing->in_base && (!original || osmflow_draft_equal(original, &base)), "original",
          trial, thing->id);
    check(osmflow_drafts_touches(trial->drafts, thing->type, thing->id) == thing->present.is_put, "touches", trial,
          thing->id);
  }
}

/* What was made and taken back. */
static void check_gone(struct trial *trial) {
  for (int64_t id = first_placeholder; id > trial->next_placeholder; id--) {
    bool known = false;
    for (size_t i = 0; !known && i < trial->model.count; i++)
      known = trial->model.things[i].id == id;
    for (int type = 0; !known && type < OSMFLOW_ELEMENT_TYPES; type++) {
      const struct osmflow_draft *found = NULL;
      CU_ASSERT_EQUAL(osmflow_drafts_get(trial->drafts, (enum osmflow_element_type)type, id, &found, NULL), OSMFLOW_OK);
      check(!found && !osmflow_drafts_touches(trial->drafts, (enum osmflow_element_type)type, id), "gone", trial, id);
    }
  }
}

static void check_order(struct trial *trial) {
  size_t count = 0, place = 0;
  for (size_t change = 0; change < trial->model.changes; change++)
    for (size_t i = 0; i < trial->model.count; i++) {
      const struct thing *thing = &trial->model.things[i];
      const struct osmflow_draft *original = NULL, *present = NULL;
      if (!thing->present.is_put || thing->place != change || (!thing->in_base && !thing->present.is_visible))
        continue;
      osmflow_drafts_at(trial->drafts, place++, &original, &present);
      count++;
      check(present && present->id == thing->id && present->type == thing->type &&
                present->visible == thing->present.is_visible && (original != NULL) == thing->in_base,
            "order of first changes", trial, thing->id);
    }
  check(osmflow_drafts_count(trial->drafts) == count, "count", trial, 0);
}

static int compare(const void *left, const void *right) {
  const struct osmflow_parent *one = left, *other = right;
  if (one->type != other->type)
    return one->type < other->type ? -1 : 1;
  return (one->id > other->id) - (one->id < other->id);
}

static bool same_list(const struct osmflow_parents *list, const struct osmflow_parent *expected, size_t count) {
  bool same = list->count == count;
  for (size_t i = 0; same && i < count; i++)
    same = compare(&list->items[i], &expected[i]) == 0;
  return same;
}

static void check_parents(struct trial *trial, enum osmflow_element_type type, int64_t id,
                          struct osmflow_parents *list) {
  static struct osmflow_parent expected[ELEMENTS];
  size_t count = 0;
  for (size_t i = 0; i < trial->model.count; i++) {
    const struct thing *thing = &trial->model.things[i];
    bool uses = false;
    for (size_t k = 0; !uses && thing->present.is_visible && k < thing->present.part_count; k++)
      uses = thing->present.parts[k].type == type && thing->present.parts[k].ref == id;
    if (uses)
      expected[count++] = (struct osmflow_parent){thing->type, thing->id};
  }
  qsort(expected, count, sizeof *expected, compare);
  CU_ASSERT_EQUAL(osmflow_drafts_parents(trial->drafts, type, id, list, NULL), OSMFLOW_OK);
  check(same_list(list, expected, count), "parents", trial, id);
}

/* The base's by the size of their ids, then the new ones by theirs. */
static int compare_nodes(const void *left, const void *right) {
  const int64_t one = ((const struct osmflow_parent *)left)->id, other = ((const struct osmflow_parent *)right)->id;
  if ((one <= first_placeholder) != (other <= first_placeholder))
    return one <= first_placeholder ? 1 : -1;
  return (llabs(one) > llabs(other)) - (llabs(one) < llabs(other));
}

static void check_nodes_at(struct trial *trial, int32_t lon, int32_t lat, struct osmflow_parents *list) {
  static struct osmflow_parent expected[ELEMENTS];
  size_t count = 0;
  for (size_t i = 0; i < trial->model.count; i++) {
    const struct thing *thing = &trial->model.things[i];
    if (thing->type == OSMFLOW_NODE && thing->present.is_visible && thing->present.lon == lon &&
        thing->present.lat == lat)
      expected[count++] = (struct osmflow_parent){OSMFLOW_NODE, thing->id};
  }
  qsort(expected, count, sizeof *expected, compare_nodes);
  CU_ASSERT_EQUAL(osmflow_drafts_nodes_at(trial->drafts, lon, lat, list, NULL), OSMFLOW_OK);
  check(same_list(list, expected, count), "nodes at a place", trial, lon * 1000 + lat);
}

static void check_all(struct trial *trial) {
  struct osmflow_parents list;
  osmflow_parents_init(&list);
  check_elements(trial);
  check_gone(trial);
  check_order(trial);
  for (size_t i = 0; i < trial->model.count; i++)
    check_parents(trial, trial->model.things[i].type, trial->model.things[i].id, &list);
  check_parents(trial, OSMFLOW_NODE, elsewhere, &list);
  for (int32_t i = 0; i < GRID * GRID; i++)
    check_nodes_at(trial, i % GRID, -(i / GRID), &list);
  osmflow_parents_clear(&list);
}

static void it_does_as_the_model_does(void) {
  static void (*const steps[])(struct trial *) = {put_new, put_new,   put_again, put_again, put_again,
                                                  erase,   set_label, mark,      roll_back};
  static struct trial trial;
  const unsigned failures = CU_get_number_of_failures();
  for (uint64_t seed = 1; seed <= SEEDS && CU_get_number_of_failures() == failures; seed++) {
    open_trial(&trial, seed);
    for (int i = 0; i < STEPS && CU_get_number_of_failures() == failures; i++) {
      steps[below(&trial, sizeof steps / sizeof steps[0])](&trial);
      if (i % 20 == 0)
        check_all(&trial);
    }
    trial.mark_count = trial.mark_count > 0 ? 1 : 0;
    roll_back(&trial);
    check_all(&trial);
    close_trial(&trial);
  }
}

/* More than one block of the order, with gaps in all of them. */
static void many_new_ones_may_be_forgotten(void) {
  enum { COUNT = 1500 };
  static struct trial trial;
  const struct osmflow_draft wish = {.type = OSMFLOW_NODE, .visible = true}, *original = NULL, *present = NULL;
  open_trial(&trial, 1);
  for (int i = 0; i < COUNT; i++)
    CU_ASSERT_EQUAL(osmflow_drafts_put(trial.drafts, &wish, NULL, NULL), OSMFLOW_OK);
  const size_t start = osmflow_drafts_mark(trial.drafts);
  for (int i = 0; i < COUNT; i++)
    if (i % 3 != 1 || (i >= 256 && i < 512))
      CU_ASSERT_EQUAL(osmflow_drafts_delete(trial.drafts, OSMFLOW_NODE, first_placeholder - i, NULL), OSMFLOW_OK);
  size_t place = 0;
  for (int i = 0; i < COUNT; i++)
    if (i % 3 == 1 && (i < 256 || i >= 512)) {
      osmflow_drafts_at(trial.drafts, place++, &original, &present);
      check(!original && present && present->id == first_placeholder - i, "with gaps", &trial, first_placeholder - i);
    }
  CU_ASSERT_EQUAL(osmflow_drafts_count(trial.drafts), place);
  osmflow_drafts_at(trial.drafts, place, &original, &present);
  CU_ASSERT(!original && !present);
  osmflow_drafts_rollback(trial.drafts, start);
  CU_ASSERT_EQUAL(osmflow_drafts_count(trial.drafts), COUNT);
  osmflow_drafts_at(trial.drafts, COUNT - 1, &original, &present);
  CU_ASSERT(present && present->id == first_placeholder - (COUNT - 1));
  close_trial(&trial);
}

OSMFLOW_UNIT_MAIN("osm/drafts, by a model", UNIT(it_does_as_the_model_does), UNIT(many_new_ones_may_be_forgotten))
