/* The edits that are not saved, as snapshots for this handle's own readers. */
#include <stdlib.h>

#include "source/editor_parts.h"

static enum osmflow_status new_snapshot(const struct osmflow_editor *editor, struct osmflow_snapshot **made,
                                        struct osmflow_error *error) {
  const enum osmflow_status status = osmflow_snapshot_new(false, made, error);
  if (status == OSMFLOW_OK) {
    (*made)->fids = osmflow_fids_hold(editor->fids);
    (*made)->rules = editor->rules;
  }
  return status;
}

/* Particulars of the version it was made from: who and when. */
struct osmflow_draft_particulars osmflow_editor_particulars(const struct osmflow_store *store,
                                                            const struct osmflow_draft *draft) {
  const uint32_t index = osmflow_store_index(store, draft->type, draft->id);
  struct osmflow_draft_particulars particulars = {.timestamp = 0};
  if (index != OSMFLOW_INDEX_NONE) {
    const struct osmflow_element *element = osmflow_store_element(store, draft->type, index);
    particulars.changeset = (int64_t)element->changeset;
    particulars.timestamp = element->timestamp;
    if (element->user != OSMFLOW_NO_USER) {
      const struct osmflow_user *user = &store->users[element->user];
      particulars.uid = user->uid;
      if (user->name != OSMFLOW_POOL_NONE)
        particulars.user = osmflow_pool_text(&store->values, user->name);
    }
  }
  return particulars;
}

static enum osmflow_status add_draft(struct osmflow_editor *editor, const struct osmflow_draft *draft,
                                     struct osmflow_store *store, struct osmflow_error *error) {
  const struct osmflow_draft_particulars particulars = osmflow_editor_particulars(&editor->committed->store, draft);
  return osmflow_draft_to_store(draft, &particulars, store, error);
}

/* The first to come wins among equal versions, so the drafts go first. */
static enum osmflow_status make_working(struct osmflow_editor *editor, struct osmflow_error *error) {
  struct osmflow_snapshot *made = NULL;
  enum osmflow_status status = new_snapshot(editor, &made, error);
  const size_t count = osmflow_drafts_count(editor->drafts);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    const struct osmflow_draft *original = NULL, *present = NULL;
    osmflow_drafts_at(editor->drafts, i, &original, &present);
    status = add_draft(editor, present, &made->store, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_store_merge(&made->store, &editor->committed->store, error);
  if (status == OSMFLOW_OK)
    status = osmflow_store_finish(&made->store, error);
  if (status == OSMFLOW_OK) {
    osmflow_snapshot_release(editor->working);
    editor->working = made;
    editor->working_generation = osmflow_drafts_generation(editor->drafts);
  } else {
    osmflow_snapshot_release(made);
  }
  return status;
}

enum osmflow_status osmflow_editor_snapshot(struct osmflow_editor *editor, struct osmflow_snapshot **held,
                                            struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (!editor->working || editor->working_generation != osmflow_drafts_generation(editor->drafts))
    status = make_working(editor, error);
  if (status == OSMFLOW_OK)
    *held = osmflow_snapshot_hold(editor->working);
  return status;
}

static enum osmflow_status add_element(struct osmflow_editor *editor, enum osmflow_element_type type, int64_t id,
                                       struct osmflow_store *store, const struct osmflow_draft **added,
                                       struct osmflow_error *error) {
  *added = NULL;
  if (osmflow_store_index(store, type, id) != OSMFLOW_INDEX_NONE)
    return OSMFLOW_OK;
  const enum osmflow_status status = osmflow_drafts_get(editor->drafts, type, id, added, error);
  return status == OSMFLOW_OK && *added ? add_draft(editor, *added, store, error) : status;
}

static enum osmflow_status add_way(struct osmflow_editor *editor, int64_t id, struct osmflow_store *store,
                                   struct osmflow_error *error) {
  const struct osmflow_draft *way = NULL, *node = NULL;
  enum osmflow_status status = add_element(editor, OSMFLOW_WAY, id, store, &way, error);
  for (size_t i = 0; status == OSMFLOW_OK && way && i < way->ref_count; i++)
    status = add_element(editor, OSMFLOW_NODE, way->refs[i], store, &node, error);
  return status;
}

/* A relation's members, too; relations among them without their own. */
static enum osmflow_status add_whole(struct osmflow_editor *editor, enum osmflow_element_type type, int64_t id,
                                     struct osmflow_store *store, struct osmflow_error *error) {
  const struct osmflow_draft *element = NULL, *member = NULL;
  if (type == OSMFLOW_WAY)
    return add_way(editor, id, store, error);
  enum osmflow_status status = add_element(editor, type, id, store, &element, error);
  for (size_t i = 0; status == OSMFLOW_OK && element && i < element->member_count; i++)
    status = element->members[i].type == OSMFLOW_WAY
                 ? add_way(editor, element->members[i].ref, store, error)
                 : add_element(editor, element->members[i].type, element->members[i].ref, store, &member, error);
  return status;
}

enum osmflow_status osmflow_editor_part(struct osmflow_editor *editor, enum osmflow_element_type type, int64_t id,
                                        struct osmflow_snapshot **held, struct osmflow_error *error) {
  struct osmflow_snapshot *made = NULL;
  enum osmflow_status status = new_snapshot(editor, &made, error);
  if (status == OSMFLOW_OK)
    status = add_whole(editor, type, id, &made->store, error);
  if (status == OSMFLOW_OK)
    status = osmflow_store_finish(&made->store, error);
  if (status == OSMFLOW_OK)
    *held = made;
  else
    osmflow_snapshot_release(made);
  return status;
}
