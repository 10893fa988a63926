#include <stdlib.h>

#include "base/bytes.h"
#include "osm/change_parts.h"

/* The steps of a file on one element, joined. */
struct steps {
  uint32_t last;                      /* index of the element's last step in the store */
  uint32_t version;                   /* what the first step says: the version on the server */
  enum osmflow_element_action action; /* what all of them come to; NONE: nothing, it was created and deleted again */
};

struct folding {
  const struct osmflow_store *store;
  enum osmflow_element_type type;
  struct osmflow_idmap places; /* id -> place in `steps` */
  struct steps *steps;
  size_t count, capacity;
};

static enum osmflow_status refuse(const struct folding *folding, const struct osmflow_element *element, const char *why,
                                  struct osmflow_error *error) {
  char name[OSMFLOW_DRAFT_NAME_SIZE];
  const struct osmflow_draft draft = {.type = folding->type, .id = element->id};
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: %s", osmflow_draft_name(&draft, name), why);
}

static size_t count_of(const struct osmflow_store *store, enum osmflow_element_type type) {
  if (type == OSMFLOW_NODE)
    return store->node_count;
  return type == OSMFLOW_WAY ? store->way_count : store->relation_count;
}

/* What is wrong with one step by itself; NULL: nothing. */
static const char *fault_of(const struct folding *folding, const struct osmflow_element *element, size_t index) {
  if (element->action == OSMFLOW_ACTION_NONE)
    return "the file does not say whether it is to be created, modified or deleted: an osmChange file (.osc) is needed";
  if (element->id == 0)
    return "no element has the id 0";
  if (element->action == OSMFLOW_ACTION_CREATE && element->id > 0)
    return "it is to be created, but has an id of the server: new elements have negative ids";
  if (element->action == OSMFLOW_ACTION_DELETE)
    return NULL;
  if (!element->visible)
    return "it says visible=\"false\", but is to be created or modified: put it into <delete>";
  if (folding->type == OSMFLOW_WAY && folding->store->ways[index].ref_count == 0)
    return "a way without nodes";
  return NULL;
}

/* What is wrong with a first step; NULL: nothing. */
static const char *fault_of_first(const struct osmflow_element *element) {
  if (element->action == OSMFLOW_ACTION_CREATE)
    return NULL;
  if (element->id < 0)
    return "it is to be modified or deleted, but nothing before that creates it";
  return element->version == 0 ? "it has no version: the server needs to know which one it was made from" : NULL;
}

static enum osmflow_status start_steps(struct folding *folding, const struct osmflow_element *element, uint32_t index,
                                       struct osmflow_error *error) {
  const char *fault = fault_of_first(element);
  if (fault)
    return refuse(folding, element, fault, error);
  enum osmflow_status status = osmflow_array_reserve((void **)&folding->steps, &folding->capacity, folding->count + 1,
                                                     sizeof *folding->steps, OSMFLOW_MOST_CHANGE_ITEMS, error);
  if (status == OSMFLOW_OK)
    status = osmflow_idmap_set(&folding->places, element->id, (uint32_t)folding->count, error);
  if (status == OSMFLOW_OK) {
    const bool is_create = element->action == OSMFLOW_ACTION_CREATE;
    folding->steps[folding->count++] =
        (struct steps){index, is_create ? 0 : element->version, (enum osmflow_element_action)element->action};
  }
  return status;
}

static enum osmflow_status join_step(struct folding *folding, struct steps *steps,
                                     const struct osmflow_element *element, uint32_t index,
                                     struct osmflow_error *error) {
  if (element->action == OSMFLOW_ACTION_CREATE)
    return refuse(folding, element, "it is created twice", error);
  if (steps->action == OSMFLOW_ACTION_NONE)
    return refuse(folding, element, "it is created, deleted, and then used again", error);
  const bool is_new = steps->action == OSMFLOW_ACTION_CREATE;
  if (element->action == OSMFLOW_ACTION_DELETE)
    steps->action = is_new ? OSMFLOW_ACTION_NONE : OSMFLOW_ACTION_DELETE;
  else if (!is_new)
    steps->action = OSMFLOW_ACTION_MODIFY;
  steps->last = index;
  return OSMFLOW_OK;
}

static enum osmflow_status fold(struct folding *folding, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  const size_t count = count_of(folding->store, folding->type);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    const struct osmflow_element *element = osmflow_store_element(folding->store, folding->type, i);
    const char *fault = fault_of(folding, element, i);
    const uint32_t known = osmflow_idmap_find(&folding->places, element->id);
    if (fault)
      status = refuse(folding, element, fault, error);
    else if (known == OSMFLOW_IDMAP_NONE)
      status = start_steps(folding, element, (uint32_t)i, error);
    else
      status = join_step(folding, &folding->steps[known], element, (uint32_t)i, error);
  }
  return status;
}

static enum osmflow_status add_items(const struct folding *folding, struct osmflow_change *change,
                                     struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < folding->count; i++) {
    const struct steps *steps = &folding->steps[i];
    const struct osmflow_element *element = osmflow_store_element(folding->store, folding->type, steps->last);
    const bool is_delete = steps->action == OSMFLOW_ACTION_DELETE;
    struct osmflow_draft *draft = NULL;
    if (steps->action == OSMFLOW_ACTION_NONE)
      continue;
    status = osmflow_draft_from_store(folding->store, folding->type, steps->last, &draft, error);
    if (status == OSMFLOW_OK && !is_delete && draft->tag_count < element->tag_count) {
      osmflow_draft_free(draft);
      status = refuse(folding, element, "it has two tags of the same key", error);
    } else if (status == OSMFLOW_OK) {
      draft->version = steps->version;
      draft->visible = !is_delete;
      status = osmflow_change_take(change, steps->action, is_delete, draft, NULL, error);
    }
  }
  return status;
}

/* A placeholder is only good for something when an element of this change stands behind it. */
static enum osmflow_status check_reference(const struct osmflow_idmap made[OSMFLOW_ELEMENT_TYPES],
                                           const struct osmflow_draft *draft, enum osmflow_element_type type,
                                           int64_t ref, struct osmflow_error *error) {
  char name[OSMFLOW_DRAFT_NAME_SIZE], missing[OSMFLOW_DRAFT_NAME_SIZE];
  const struct osmflow_draft wanted = {.type = type, .id = ref};
  if (ref > 0 || osmflow_idmap_find(&made[type], ref) != OSMFLOW_IDMAP_NONE)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: it refers to %s, which nothing in the file creates",
                           osmflow_draft_name(draft, name), osmflow_draft_name(&wanted, missing));
}

static enum osmflow_status check_references(const struct osmflow_change *change, size_t first,
                                            struct osmflow_error *error) {
  struct osmflow_idmap made[OSMFLOW_ELEMENT_TYPES];
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    osmflow_idmap_init(&made[i]);
  for (size_t i = first; status == OSMFLOW_OK && i < change->count; i++)
    if (change->items[i].action == OSMFLOW_ACTION_CREATE)
      status = osmflow_idmap_set(&made[change->items[i].draft->type], change->items[i].draft->id, (uint32_t)i, error);
  for (size_t i = first; status == OSMFLOW_OK && i < change->count; i++) {
    const struct osmflow_draft *draft = change->items[i].draft;
    if (change->items[i].action == OSMFLOW_ACTION_DELETE)
      continue;
    for (size_t k = 0; status == OSMFLOW_OK && k < draft->ref_count; k++)
      status = check_reference(made, draft, OSMFLOW_NODE, draft->refs[k], error);
    for (size_t k = 0; status == OSMFLOW_OK && k < draft->member_count; k++)
      status = check_reference(made, draft, draft->members[k].type, draft->members[k].ref, error);
  }
  for (size_t i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    osmflow_idmap_clear(&made[i]);
  return status;
}

enum osmflow_status osmflow_change_from_store(const struct osmflow_store *store, struct osmflow_change *change,
                                              struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  const size_t first = change->count;
  for (int type = OSMFLOW_NODE; status == OSMFLOW_OK && type <= OSMFLOW_RELATION; type++) {
    struct folding folding = {.store = store, .type = (enum osmflow_element_type)type};
    osmflow_idmap_init(&folding.places);
    status = fold(&folding, error);
    if (status == OSMFLOW_OK)
      status = add_items(&folding, change, error);
    osmflow_idmap_clear(&folding.places);
    free(folding.steps);
  }
  if (status == OSMFLOW_OK)
    status = check_references(change, first, error);
  return status == OSMFLOW_OK ? osmflow_change_order(change, error) : status;
}
