#include "cli/revert.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osm/call.h"
#include "osm/fetch.h"
#include "osm/merge.h"

enum { LIST_CEILING = 1500, CONFLICT_CEILING = 64 * 1024, QUERY_CEILING = 64 * 1024 * 1024, PATH_SIZE = 64 };

/* One element of the changeset: its first and its last version in it. */
struct touched {
  int64_t id;
  size_t first, last; /* places in revert->made */
};

struct touched_list {
  struct touched *items;
  size_t count, capacity;
};

void osmflow_revert_init(struct osmflow_revert *revert) {
  *revert = (struct osmflow_revert){.remote = NULL};
  osmflow_change_init(&revert->change);
  osmflow_bytes_init(&revert->list, LIST_CEILING);
  osmflow_store_init(&revert->made, true);
  osmflow_store_init(&revert->before, true);
  osmflow_store_init(&revert->now, false);
}

void osmflow_revert_clear(struct osmflow_revert *revert) {
  osmflow_change_clear(&revert->change);
  osmflow_bytes_clear(&revert->list);
  osmflow_store_clear(&revert->made);
  osmflow_store_clear(&revert->before);
  osmflow_store_clear(&revert->now);
}

static size_t count_of(const struct osmflow_store *store, enum osmflow_element_type type) {
  return type == OSMFLOW_NODE ? store->node_count : type == OSMFLOW_WAY ? store->way_count : store->relation_count;
}

static uint32_t version_at(const struct osmflow_store *store, enum osmflow_element_type type, size_t place) {
  return osmflow_store_element(store, type, place)->version;
}

/* qsort has no context. The versions of one element come together, the first one first. */
struct made {
  int64_t id;
  uint32_t version;
  size_t place;
};

static int compare(const void *left, const void *right) {
  const struct made *one = left, *other = right;
  if (one->id != other->id)
    return one->id < other->id ? -1 : 1;
  return (one->version > other->version) - (one->version < other->version);
}

static enum osmflow_status list_touched(const struct osmflow_store *store, enum osmflow_element_type type,
                                        struct touched_list *list, struct osmflow_error *error) {
  const size_t count = count_of(store, type);
  struct made *all = malloc((count + 1) * sizeof *all);
  enum osmflow_status status = OSMFLOW_OK;
  if (!all)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the %zu versions of a changeset", count);
  for (size_t i = 0; i < count; i++)
    all[i] = (struct made){osmflow_store_element(store, type, i)->id, version_at(store, type, i), i};
  qsort(all, count, sizeof *all, compare);
  for (size_t i = 0; i < count && status == OSMFLOW_OK; i++) {
    if (list->count > 0 && list->items[list->count - 1].id == all[i].id) {
      list->items[list->count - 1].last = all[i].place;
      continue;
    }
    status = osmflow_array_reserve((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items,
                                   SIZE_MAX / sizeof *list->items, error);
    if (status == OSMFLOW_OK)
      list->items[list->count++] = (struct touched){all[i].id, all[i].place, all[i].place};
  }
  free(all);
  return status;
}

static enum osmflow_status fetch(const struct osmflow_remote *remote, const char *path, struct osmflow_store *store,
                                 struct osmflow_error *error) {
  struct osmflow_call call;
  osmflow_call_init(&call);
  enum osmflow_status status = osmflow_call_parse(path, remote->root, &call, error);
  if (status == OSMFLOW_OK)
    status = osmflow_fetch_elements(remote->http, &call, store, NULL, error);
  osmflow_call_clear(&call);
  return status;
}

/* The versions before the changeset (`before`), or the present ones, of what it touched. */
static enum osmflow_status fetch_versions(const struct osmflow_revert *revert, enum osmflow_element_type type,
                                          const struct touched_list *list, bool before, struct osmflow_store *store,
                                          struct osmflow_error *error) {
  const char *name = osmflow_element_type_names[type];
  struct osmflow_bytes path;
  size_t count = 0;
  osmflow_bytes_init(&path, QUERY_CEILING);
  enum osmflow_status status = osmflow_bytes_print(&path, error, "%ss?%ss=", name, name);
  for (size_t i = 0; i < list->count && status == OSMFLOW_OK; i++) {
    const uint32_t version = version_at(&revert->made, type, list->items[i].first);
    if (before && version <= 1)
      continue;
    status = osmflow_bytes_print(&path, error, "%s%" PRId64, count++ > 0 ? "," : "", list->items[i].id);
    if (status == OSMFLOW_OK && before)
      status = osmflow_bytes_print(&path, error, "v%" PRIu32, version - 1);
  }
  if (status == OSMFLOW_OK && count > 0)
    status = fetch(revert->remote, osmflow_bytes_string(&path), store, error);
  if (status == OSMFLOW_NOT_FOUND && before)
    osmflow_error_prefix(error, "what was before the changeset cannot be had, so it cannot be brought back: ");
  osmflow_bytes_clear(&path);
  return status;
}

static void note_collision(struct osmflow_revert *revert, const struct osmflow_draft *mine,
                           const struct osmflow_bytes *conflict) {
  char name[OSMFLOW_DRAFT_NAME_SIZE];
  revert->collisions++;
  /* A list that is full is long enough. */
  (void)!osmflow_bytes_print(&revert->list, NULL, "%s:\n%s%s", osmflow_draft_name(mine, name),
                             osmflow_bytes_string(conflict),
                             conflict->size > 0 && conflict->data[conflict->size - 1] == '\n' ? "" : "\n");
}

/* `wish` is what the element is to be; its version is the one on the server. */
static enum osmflow_status add(struct osmflow_revert *revert, const struct osmflow_draft *wish,
                               const struct osmflow_draft *theirs, struct osmflow_error *error) {
  struct osmflow_draft draft = *wish;
  draft.version = theirs->version;
  if (osmflow_draft_equal(wish, theirs))
    return OSMFLOW_OK;
  return osmflow_change_add(&revert->change, wish->visible ? OSMFLOW_ACTION_MODIFY : OSMFLOW_ACTION_DELETE,
                            !wish->visible, &draft, theirs, error);
}

/* Left out, but in the list, so that what depends on it is left out, too, and the report tells of it. */
static enum osmflow_status add_collision(struct osmflow_revert *revert, const struct osmflow_draft *mine,
                                         const struct osmflow_draft *theirs, const struct osmflow_bytes *conflict,
                                         struct osmflow_error *error) {
  note_collision(revert, mine, conflict);
  const enum osmflow_status status = add(revert, mine, theirs, error);
  if (status == OSMFLOW_OK && revert->change.count > 0) {
    struct osmflow_change_item *item = &revert->change.items[revert->change.count - 1];
    item->outcome = OSMFLOW_OUTCOME_CONFLICT;
    item->reason = strdup(osmflow_bytes_string(conflict));
  }
  return status;
}

/* What the changeset made of it (base), what it was before (mine), what it is now (theirs). */
static enum osmflow_status undo(struct osmflow_revert *revert, const struct osmflow_draft *base,
                                const struct osmflow_draft *mine, const struct osmflow_draft *theirs,
                                struct osmflow_error *error) {
  const struct osmflow_merge_options options = {.undelete = false};
  struct osmflow_draft *merged = NULL;
  struct osmflow_bytes conflict;
  if (theirs->version == base->version)
    return add(revert, mine, theirs, error);
  osmflow_bytes_init(&conflict, CONFLICT_CEILING);
  enum osmflow_status status = osmflow_merge(base, mine, theirs, &options, &merged, &conflict, error);
  if (status == OSMFLOW_OK && merged)
    status = add(revert, merged, theirs, error);
  else if (status == OSMFLOW_OK)
    status = add_collision(revert, mine, theirs, &conflict, error);
  osmflow_draft_free(merged);
  osmflow_bytes_clear(&conflict);
  return status;
}

/* The version before the changeset; for what it created: nothing, which is a deleted element. */
static enum osmflow_status draft_before(const struct osmflow_revert *revert, enum osmflow_element_type type,
                                        const struct touched *touched, struct osmflow_draft **draft,
                                        struct osmflow_error *error) {
  const uint32_t version = version_at(&revert->made, type, touched->first);
  const struct osmflow_draft nothing = {
      .type = type, .id = touched->id, .version = 1, .lon = OSMFLOW_NO_POSITION, .lat = OSMFLOW_NO_POSITION};
  if (version <= 1)
    return osmflow_draft_copy(&nothing, draft, error);
  const uint32_t place = osmflow_store_index(&revert->before, type, touched->id);
  if (place == OSMFLOW_INDEX_NONE || version_at(&revert->before, type, place) != version - 1)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server does not give version %" PRIu32 " of %s %" PRId64,
                             version - 1, osmflow_element_type_names[type], touched->id);
  return osmflow_draft_from_store(&revert->before, type, place, draft, error);
}

static enum osmflow_status undo_one(struct osmflow_revert *revert, enum osmflow_element_type type,
                                    const struct touched *touched, struct osmflow_error *error) {
  struct osmflow_draft *base = NULL, *mine = NULL, *theirs = NULL;
  const uint32_t place = osmflow_store_index(&revert->now, type, touched->id);
  enum osmflow_status status =
      place != OSMFLOW_INDEX_NONE
          ? osmflow_draft_from_store(&revert->now, type, place, &theirs, error)
          : osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server does not tell what %s %" PRId64 " is now",
                              osmflow_element_type_names[type], touched->id);
  if (status == OSMFLOW_OK)
    status = osmflow_draft_from_store(&revert->made, type, touched->last, &base, error);
  if (status == OSMFLOW_OK)
    status = draft_before(revert, type, touched, &mine, error);
  if (status == OSMFLOW_OK && theirs->version < base->version)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA,
                               "the server shows an older version of %s %" PRId64 " than the changeset made; try again",
                               osmflow_element_type_names[type], touched->id);
  if (status == OSMFLOW_OK)
    status = undo(revert, base, mine, theirs, error);
  osmflow_draft_free(base);
  osmflow_draft_free(mine);
  osmflow_draft_free(theirs);
  return status;
}

static enum osmflow_status undo_type(struct osmflow_revert *revert, enum osmflow_element_type type,
                                     struct osmflow_error *error) {
  struct touched_list list = {NULL, 0, 0};
  enum osmflow_status status = list_touched(&revert->made, type, &list, error);
  if (status == OSMFLOW_OK)
    status = fetch_versions(revert, type, &list, true, &revert->before, error);
  if (status == OSMFLOW_OK)
    status = fetch_versions(revert, type, &list, false, &revert->now, error);
  for (size_t i = 0; i < list.count && status == OSMFLOW_OK; i++)
    status = undo_one(revert, type, &list.items[i], error);
  free(list.items);
  return status;
}

static enum osmflow_status leave_out_dependents(struct osmflow_revert *revert, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  size_t left_out = 0;
  for (size_t i = 0; i < revert->change.count && status == OSMFLOW_OK; i++)
    if (revert->change.items[i].outcome == OSMFLOW_OUTCOME_CONFLICT)
      status = osmflow_change_leave_out(&revert->change, i, &left_out, error);
  return status;
}

/* The content of one that is open may still grow. */
static enum osmflow_status check_closed(const struct osmflow_remote *remote, int64_t id, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  char path[PATH_SIZE];
  snprintf(path, sizeof path, "changeset/%" PRId64, id);
  enum osmflow_status status = osmflow_remote_tree(remote, path, false, &tree, &top, error);
  const struct osmflow_tree_node *open = status == OSMFLOW_OK ? osmflow_tree_at(top, "changeset/open") : NULL;
  if (status == OSMFLOW_NOT_FOUND)
    osmflow_error_prefix(error, "there is no changeset %" PRId64 ": ", id);
  if (open && osmflow_text_is(open->text, "true"))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                               "changeset %" PRId64 " is still open: close it first (osmflow changeset close)", id);
  osmflow_tree_free(tree);
  return status;
}

enum osmflow_status osmflow_revert_again(struct osmflow_revert *revert, struct osmflow_error *error) {
  const struct osmflow_remote *remote = revert->remote;
  const int64_t id = revert->id;
  char path[PATH_SIZE];
  osmflow_revert_clear(revert);
  osmflow_revert_init(revert);
  revert->remote = remote;
  revert->id = id;
  snprintf(path, sizeof path, "changeset/%" PRId64 "/download", id);
  enum osmflow_status status = fetch(remote, path, &revert->made, error);
  for (int type = OSMFLOW_NODE; type < OSMFLOW_ELEMENT_TYPES && status == OSMFLOW_OK; type++)
    status = undo_type(revert, (enum osmflow_element_type)type, error);
  if (status == OSMFLOW_OK)
    status = osmflow_change_order(&revert->change, error);
  return status == OSMFLOW_OK ? leave_out_dependents(revert, error) : status;
}

enum osmflow_status osmflow_revert_build(struct osmflow_revert *revert, const struct osmflow_remote *remote, int64_t id,
                                         struct osmflow_error *error) {
  revert->remote = remote;
  revert->id = id;
  enum osmflow_status status = check_closed(remote, id, error);
  if (status == OSMFLOW_OK)
    status = osmflow_revert_again(revert, error);
  if (status == OSMFLOW_OK && revert->made.node_count + revert->made.way_count + revert->made.relation_count == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "changeset %" PRId64 " holds no changes", id);
  return status;
}
