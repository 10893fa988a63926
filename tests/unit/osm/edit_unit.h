/* What the tests of edits share: a working copy from a few words, geometries from a few words, and what an edit
 * changed as text.
 *
 * Elements: "n1 0 0 highway=gate|w10 1,2,3 highway=path|r5 w10:outer,n1 type=route": nodes with positions in 1e-7
 * degrees, ways with node ids, relations with members ("-": none), tags after blanks. The version of all is 3.
 * Shapes: "L 0 0,4 0|O 0 0,9 0,9 9,0 0|I 1 1,2 1,2 2,1 1|P 5 5": lines, outer and inner rings, points. */
#ifndef OSMFLOW_UNIT_EDIT_H
#define OSMFLOW_UNIT_EDIT_H

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/number.h"
#include "osm/edit.h"
#include "unit.h"

enum { EDIT_UNIT_TAGS = 16, EDIT_UNIT_PARTS = 16, EDIT_UNIT_POSITIONS = 8192, EDIT_UNIT_TEXT = 1 << 20 };

static inline int64_t edit_unit_number(struct osmflow_text text) {
  int64_t number = 0;
  if (!osmflow_parse_int(osmflow_text_trim(text), INT64_MIN, INT64_MAX, &number)) {
    fprintf(stderr, "\nnot a number: [%.*s]\n", OSMFLOW_TEXT_ARGUMENTS(text));
    abort();
  }
  return number;
}

struct edit_unit_tags {
  struct osmflow_tag_view items[EDIT_UNIT_TAGS];
  struct osmflow_edit_tags tags;
};

/* "k=v k=v"; '_' stands for a blank in values. Borrows `string`. */
static inline const struct osmflow_edit_tags *edit_unit_tags(const char *string, struct edit_unit_tags *tags) {
  struct osmflow_text rest = osmflow_text(string), part;
  tags->tags = (struct osmflow_edit_tags){tags->items, 0};
  while (osmflow_text_next(&rest, ' ', &part))
    if (part.size > 0 && tags->tags.count < EDIT_UNIT_TAGS) {
      struct osmflow_tag_view *tag = &tags->items[tags->tags.count++];
      tag->value = part;
      if (!osmflow_text_next(&tag->value, '=', &tag->key))
        abort();
    }
  return &tags->tags;
}

struct edit_unit_shape {
  struct osmflow_position positions[EDIT_UNIT_POSITIONS];
  struct osmflow_edit_part parts[EDIT_UNIT_PARTS];
  struct osmflow_edit_shape shape;
};

static inline const struct osmflow_edit_shape *edit_unit_shape(const char *string, struct edit_unit_shape *shape) {
  static const char letters[] = "PLOI";
  struct osmflow_text rest = osmflow_text(string), part, point, number;
  shape->shape = (struct osmflow_edit_shape){shape->positions, shape->parts, 0, 0};
  while (rest.size > 0 && osmflow_text_next(&rest, '|', &part)) {
    part = osmflow_text_trim(part);
    const char *letter = part.size > 0 ? strchr(letters, part.data[0]) : NULL;
    if (!letter || shape->shape.part_count == EDIT_UNIT_PARTS)
      abort();
    struct osmflow_edit_part *added = &shape->parts[shape->shape.part_count++];
    *added = (struct osmflow_edit_part){(enum osmflow_part_kind)(letter - letters), shape->shape.position_count, 0};
    part = (struct osmflow_text){part.data + 1, part.size - 1};
    while (part.size > 0 && osmflow_text_next(&part, ',', &point)) {
      point = osmflow_text_trim(point);
      if (shape->shape.position_count == EDIT_UNIT_POSITIONS || !osmflow_text_next(&point, ' ', &number))
        abort();
      shape->positions[shape->shape.position_count++] =
          (struct osmflow_position){(int32_t)edit_unit_number(number), (int32_t)edit_unit_number(point)};
      added->count++;
    }
  }
  return &shape->shape;
}

struct edit_unit {
  struct osmflow_store store;
  struct osmflow_rules *rules;
  struct osmflow_drafts *drafts;
  struct osmflow_edit_options options; /* SHARED_NODES=MOVE, the usual limits, no bounds */
  struct osmflow_bytes text;
};

static inline void edit_unit_check(enum osmflow_status status) {
  if (status != OSMFLOW_OK) {
    fprintf(stderr, "\nthe test itself fails: %s\n", osmflow_status_name(status));
    abort();
  }
}

static inline enum osmflow_element_type edit_unit_type(char letter) {
  return letter == 'n' ? OSMFLOW_NODE : letter == 'w' ? OSMFLOW_WAY : OSMFLOW_RELATION;
}

static inline void edit_unit_add_refs(struct osmflow_store *store, enum osmflow_element_type type,
                                      struct osmflow_text list) {
  struct osmflow_text item, ref;
  while (!osmflow_text_is(list, "-") && osmflow_text_next(&list, ',', &item)) {
    if (type == OSMFLOW_WAY) {
      edit_unit_check(osmflow_store_add_ref(store, edit_unit_number(item), NULL));
      continue;
    }
    const enum osmflow_element_type member = edit_unit_type(item.data[0]);
    item = (struct osmflow_text){item.data + 1, item.size - 1};
    osmflow_text_next(&item, ':', &ref);
    edit_unit_check(osmflow_store_add_member(store, member, edit_unit_number(ref), item, NULL));
  }
}

static inline void edit_unit_add_element(struct osmflow_store *store, struct osmflow_text line) {
  struct osmflow_text word;
  struct osmflow_position position = {0, 0};
  struct osmflow_tag_view tag;
  if (!osmflow_text_next(&line, ' ', &word))
    abort();
  const enum osmflow_element_type type = edit_unit_type(word.data[0]);
  const struct osmflow_element element = {
      .id = edit_unit_number((struct osmflow_text){word.data + 1, word.size - 1}), .version = 3, .visible = 1};
  osmflow_text_next(&line, ' ', &word);
  if (type == OSMFLOW_NODE) {
    position.lon = (int32_t)edit_unit_number(word);
    osmflow_text_next(&line, ' ', &word);
    position.lat = (int32_t)edit_unit_number(word);
  }
  edit_unit_check(osmflow_store_begin(store, type, &element, 7, osmflow_text("eve"), position.lon, position.lat, NULL));
  if (type != OSMFLOW_NODE)
    edit_unit_add_refs(store, type, word);
  while (osmflow_text_next(&line, ' ', &tag.value))
    if (tag.value.size > 0 && osmflow_text_next(&tag.value, '=', &tag.key))
      edit_unit_check(osmflow_store_add_tag(store, tag.key, tag.value, NULL));
  osmflow_store_end(store);
}

static inline void edit_unit_open(struct edit_unit *unit, const char *elements) {
  const struct osmflow_rules_options rules = {.config = {NULL, 0}};
  struct osmflow_text rest = osmflow_text(elements), line;
  osmflow_store_init(&unit->store, false);
  while (osmflow_text_next(&rest, '|', &line))
    if (osmflow_text_trim(line).size > 0)
      edit_unit_add_element(&unit->store, osmflow_text_trim(line));
  edit_unit_check(osmflow_store_finish(&unit->store, NULL));
  edit_unit_check(osmflow_rules_new(&rules, &unit->rules, NULL));
  edit_unit_check(osmflow_drafts_new(&unit->store, -1, &unit->drafts, NULL));
  unit->options = (struct osmflow_edit_options){.drafts = unit->drafts,
                                                .rules = unit->rules,
                                                .shared = OSMFLOW_SHARED_MOVE,
                                                .most_way_nodes = 2000,
                                                .most_members = 32000};
  osmflow_bytes_init(&unit->text, EDIT_UNIT_TEXT);
}

static inline void edit_unit_close(struct edit_unit *unit) {
  osmflow_bytes_clear(&unit->text);
  osmflow_drafts_free(unit->drafts);
  osmflow_rules_free(unit->rules);
  osmflow_store_clear(&unit->store);
}

static inline void edit_unit_print_text(struct osmflow_bytes *text, struct osmflow_text piece) {
  edit_unit_check(osmflow_bytes_add_text(text, piece, NULL));
}

/* The element in the notation above, after `action`. */
static inline void edit_unit_print(struct osmflow_bytes *text, const char *action, const struct osmflow_draft *draft) {
  static const char letters[] = "nwr";
  edit_unit_check(osmflow_bytes_print(text, NULL, "%s%s%c%" PRId64, text->size > 0 ? "|" : "", action,
                                      letters[draft->type], draft->id));
  if (!draft->visible)
    return;
  if (draft->type == OSMFLOW_NODE)
    edit_unit_check(osmflow_bytes_print(text, NULL, " %d %d", draft->lon, draft->lat));
  for (size_t i = 0; i < draft->ref_count; i++)
    edit_unit_check(osmflow_bytes_print(text, NULL, "%s%" PRId64, i == 0 ? " " : ",", draft->refs[i]));
  for (size_t i = 0; i < draft->member_count; i++) {
    const struct osmflow_draft_member *member = &draft->members[i];
    edit_unit_check(osmflow_bytes_print(text, NULL, "%s%c%" PRId64 "%s", i == 0 ? " " : ",", letters[member->type],
                                        member->ref, member->role.size > 0 ? ":" : ""));
    edit_unit_print_text(text, member->role);
  }
  for (size_t i = 0; i < draft->tag_count; i++) {
    edit_unit_print_text(text, osmflow_text(" "));
    edit_unit_print_text(text, draft->tags[i].key);
    edit_unit_print_text(text, osmflow_text("="));
    edit_unit_print_text(text, draft->tags[i].value);
  }
}

static inline int edit_unit_compare(const void *left, const void *right) {
  const struct osmflow_draft *one = *(const struct osmflow_draft *const *)left,
                             *other = *(const struct osmflow_draft *const *)right;
  if (one->type != other->type)
    return one->type < other->type ? -1 : 1;
  if ((one->id < 0) != (other->id < 0))
    return one->id < 0 ? 1 : -1;
  const int64_t a = one->id < 0 ? -one->id : one->id, b = other->id < 0 ? -other->id : other->id;
  return (a > b) - (a < b);
}

/* What differs from the base: "~n2 5 5|-n3|+w-1 1,2 highway=path" (changed, deleted, new): nodes, ways, relations;
 * each kind by id, new ones last. "" when nothing does. Borrowed until the next call. */
static inline const char *edit_unit_changes(struct edit_unit *unit) {
  const size_t count = osmflow_drafts_count(unit->drafts);
  const struct osmflow_draft **changed = calloc(count + 1, sizeof *changed), *original, *present;
  size_t used = 0;
  if (!changed)
    abort();
  for (size_t i = 0; i < count; i++) {
    osmflow_drafts_at(unit->drafts, i, &original, &present);
    if (original ? !osmflow_draft_equal(original, present) : present->visible)
      changed[used++] = present;
  }
  qsort(changed, used, sizeof(*changed), edit_unit_compare);
  osmflow_bytes_reset(&unit->text);
  for (size_t i = 0; i < used; i++) {
    edit_unit_check(osmflow_drafts_original(unit->drafts, changed[i]->type, changed[i]->id, &original, NULL));
    edit_unit_print(&unit->text, !original ? "+" : changed[i]->visible ? "~" : "-", changed[i]);
  }
  free(changed);
  return osmflow_bytes_string(&unit->text);
}

/* "0 0,4 0": where the nodes of a way are at present; "?" for one that is not here. Borrowed until the next call. */
static inline const char *edit_unit_path(struct edit_unit *unit, int64_t id) {
  const struct osmflow_draft *way = NULL, *node;
  edit_unit_check(osmflow_drafts_get(unit->drafts, OSMFLOW_WAY, id, &way, NULL));
  osmflow_bytes_reset(&unit->text);
  for (size_t i = 0; way && i < way->ref_count; i++) {
    edit_unit_check(osmflow_drafts_get(unit->drafts, OSMFLOW_NODE, way->refs[i], &node, NULL));
    if (node)
      edit_unit_check(osmflow_bytes_print(&unit->text, NULL, "%s%d %d", i == 0 ? "" : ",", node->lon, node->lat));
    else
      edit_unit_check(osmflow_bytes_print(&unit->text, NULL, "%s?", i == 0 ? "" : ","));
  }
  return osmflow_bytes_string(&unit->text);
}

#endif
