#include "osm/change.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "osm/change_parts.h"

const char *const osmflow_outcome_names[] = {"pending", "done", "merged", "not needed", "kept", "conflict", "refused"};

void osmflow_change_init(struct osmflow_change *change) {
  *change = (struct osmflow_change){0};
}

void osmflow_change_clear(struct osmflow_change *change) {
  for (size_t i = 0; i < change->count; i++) {
    osmflow_draft_free(change->items[i].draft);
    osmflow_draft_free(change->items[i].base);
    free(change->items[i].reason);
  }
  free(change->items);
  osmflow_change_init(change);
}

enum osmflow_status osmflow_change_take(struct osmflow_change *change, enum osmflow_element_action action,
                                        bool if_unused, struct osmflow_draft *draft, struct osmflow_draft *base,
                                        struct osmflow_error *error) {
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&change->items, &change->capacity, change->count + 1, sizeof *change->items,
                            OSMFLOW_MOST_CHANGE_ITEMS, error);
  if (status != OSMFLOW_OK) {
    osmflow_draft_free(draft);
    osmflow_draft_free(base);
    return status;
  }
  change->items[change->count++] =
      (struct osmflow_change_item){.action = action, .if_unused = if_unused, .draft = draft, .base = base};
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_change_add(struct osmflow_change *change, enum osmflow_element_action action,
                                       bool if_unused, const struct osmflow_draft *draft,
                                       const struct osmflow_draft *base, struct osmflow_error *error) {
  struct osmflow_draft wish = *draft, *kept = NULL, *kept_base = NULL;
  if (action == OSMFLOW_ACTION_NONE) {
    char name[OSMFLOW_DRAFT_NAME_SIZE];
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s: neither create nor modify nor delete",
                             osmflow_draft_name(draft, name));
  }
  wish.visible = action != OSMFLOW_ACTION_DELETE;
  if (action == OSMFLOW_ACTION_CREATE)
    wish.version = 0;
  enum osmflow_status status = osmflow_draft_copy(&wish, &kept, error);
  if (status == OSMFLOW_OK && base)
    status = osmflow_draft_copy(base, &kept_base, error);
  if (status == OSMFLOW_OK)
    return osmflow_change_take(change, action, if_unused, kept, kept_base, error);
  osmflow_draft_free(kept);
  return status;
}
