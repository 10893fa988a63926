/* Edits that go to a file have no server that notices when two open datasets changed the same element, so it is noticed
 * here: what does not collide is joined. */
#include <stdio.h>

#include "osm/merge.h"
#include "source/editor_parts.h"

enum { LONGEST_CONFLICT = 1 << 16 };

static enum osmflow_status collide(const struct osmflow_change_item *item, const char *conflict,
                                   struct osmflow_error *error) {
  char name[OSMFLOW_DRAFT_NAME_SIZE];
  return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                           "%s (%.60s) was changed meanwhile through another open dataset that writes to the same "
                           "file:\n%.600s",
                           osmflow_draft_name(item->draft, name),
                           item->draft->label.size ? item->draft->label.data : "no feature", conflict);
}

static enum osmflow_status join(struct osmflow_change_item *item, const struct osmflow_draft *theirs,
                                struct osmflow_error *error) {
  const struct osmflow_merge_options options = {.undelete = false};
  struct osmflow_draft mine = *item->draft, *merged = NULL;
  struct osmflow_bytes conflict;
  osmflow_bytes_init(&conflict, LONGEST_CONFLICT);
  mine.visible = item->action != OSMFLOW_ACTION_DELETE;
  enum osmflow_status status = osmflow_merge(item->base, &mine, theirs, &options, &merged, &conflict, error);
  if (status == OSMFLOW_OK && !merged)
    status = collide(item, osmflow_bytes_string(&conflict), error);
  else if (status == OSMFLOW_OK && item->action != OSMFLOW_ACTION_DELETE) {
    osmflow_draft_free(item->draft);
    item->draft = merged;
    merged = NULL;
  }
  osmflow_draft_free(merged);
  osmflow_bytes_clear(&conflict);
  return status;
}

static enum osmflow_status check_is_there(const struct osmflow_change_item *item, const struct osmflow_store *newest,
                                          enum osmflow_element_type type, int64_t id, struct osmflow_error *error) {
  char conflict[128];
  const uint32_t index = osmflow_store_index(newest, type, id);
  if (index == OSMFLOW_INDEX_NONE || osmflow_store_element(newest, type, index)->visible)
    return OSMFLOW_OK;
  snprintf(conflict, sizeof conflict, "it needs %s %lld, which was deleted there", osmflow_element_type_names[type],
           (long long)id);
  return collide(item, conflict, error);
}

static enum osmflow_status check_references(const struct osmflow_change_item *item, const struct osmflow_store *newest,
                                            struct osmflow_error *error) {
  const struct osmflow_draft *draft = item->draft;
  enum osmflow_status status = OSMFLOW_OK;
  if (item->action == OSMFLOW_ACTION_DELETE)
    return OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < draft->ref_count; i++)
    status = check_is_there(item, newest, OSMFLOW_NODE, draft->refs[i], error);
  for (size_t i = 0; status == OSMFLOW_OK && i < draft->member_count; i++)
    status = check_is_there(item, newest, draft->members[i].type, draft->members[i].ref, error);
  return status;
}

enum osmflow_status osmflow_editor_join(const struct osmflow_editor *editor, const struct osmflow_snapshot *newest,
                                        struct osmflow_change *change, struct osmflow_error *error) {
  const struct osmflow_store *store = &newest->store;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; newest != editor->committed && status == OSMFLOW_OK && i < change->count; i++) {
    struct osmflow_change_item *item = &change->items[i];
    const uint32_t index = osmflow_store_index(store, item->draft->type, item->draft->id);
    struct osmflow_draft *theirs = NULL;
    if (item->base && index != OSMFLOW_INDEX_NONE) {
      status = osmflow_draft_from_store(store, item->draft->type, index, &theirs, error);
      if (status == OSMFLOW_OK && !osmflow_draft_equal(item->base, theirs))
        status = join(item, theirs, error);
      osmflow_draft_free(theirs);
    }
    if (status == OSMFLOW_OK)
      status = check_references(item, store, error);
  }
  return status;
}
