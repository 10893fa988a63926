#include "osm/change.h"

static enum osmflow_element_action action_of(const struct osmflow_draft *original,
                                             const struct osmflow_draft *present) {
  if (!original)
    return present->visible ? OSMFLOW_ACTION_CREATE : OSMFLOW_ACTION_NONE;
  if (osmflow_draft_equal(original, present))
    return OSMFLOW_ACTION_NONE;
  return present->visible ? OSMFLOW_ACTION_MODIFY : OSMFLOW_ACTION_DELETE;
}

enum osmflow_status osmflow_change_from_drafts(const struct osmflow_drafts *drafts, struct osmflow_change *change,
                                               struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  const size_t count = osmflow_drafts_count(drafts);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    const struct osmflow_draft *original = NULL, *present = NULL;
    osmflow_drafts_at(drafts, i, &original, &present);
    const enum osmflow_element_action action = action_of(original, present);
    if (action != OSMFLOW_ACTION_NONE)
      status = osmflow_change_add(change, action, action == OSMFLOW_ACTION_DELETE, present, original, error);
  }
  return status == OSMFLOW_OK ? osmflow_change_order(change, error) : status;
}
