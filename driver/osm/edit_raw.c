#include <stdlib.h>
#include <string.h>

#include "base/idmap.h"
#include "osm/edit_parts.h"

/* One wish for an element of the raw layers. */
struct wish {
  const struct osmflow_edit_options *options;
  struct osmflow_draft draft;
  const struct osmflow_draft *present;  /* NULL: the element is new */
  const struct osmflow_draft *original; /* NULL: it was not there before this session */
};

/* Ids of one type that the original refers to. */
static enum osmflow_status original_refs(const struct wish *wish, enum osmflow_element_type type,
                                         struct osmflow_idmap *refs, struct osmflow_error *error) {
  const struct osmflow_draft *original = wish->original;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && original && type == OSMFLOW_NODE && i < original->ref_count; i++)
    status = osmflow_idmap_set(refs, original->refs[i], 1, error);
  for (size_t i = 0; status == OSMFLOW_OK && original && i < original->member_count; i++)
    if (original->members[i].type == type)
      status = osmflow_idmap_set(refs, original->members[i].ref, 1, error);
  return status;
}

/* `before`: what the original refers to; such a reference may lead out of what was downloaded, but not to what was
 * deleted here. */
static enum osmflow_status check_reference(const struct wish *wish, enum osmflow_element_type type, int64_t id,
                                           const struct osmflow_idmap *before, struct osmflow_error *error) {
  struct osmflow_drafts *drafts = wish->options->drafts;
  const struct osmflow_draft *found = NULL, *deleted = NULL;
  const char *name = osmflow_element_type_names[type];
  enum osmflow_status status = osmflow_drafts_get(drafts, type, id, &found, error);
  if (status == OSMFLOW_OK && !found)
    status = osmflow_drafts_original(drafts, type, id, &deleted, error);
  if (status != OSMFLOW_OK || found)
    return status;
  if (deleted)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "it refers to %s %lld, which is deleted here", name,
                             (long long)id);
  if (osmflow_idmap_find(before, id) != OSMFLOW_IDMAP_NONE)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "it refers to %s %lld, which is not here; download it, too",
                           name, (long long)id);
}

static enum osmflow_status check_references(const struct wish *wish, struct osmflow_error *error) {
  const struct osmflow_draft *draft = &wish->draft;
  struct osmflow_idmap before[OSMFLOW_ELEMENT_TYPES];
  enum osmflow_status status = OSMFLOW_OK;
  for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++) {
    osmflow_idmap_init(&before[type]);
    if (status == OSMFLOW_OK)
      status = original_refs(wish, (enum osmflow_element_type)type, &before[type], error);
  }
  for (size_t i = 0; status == OSMFLOW_OK && i < draft->ref_count; i++)
    status = check_reference(wish, OSMFLOW_NODE, draft->refs[i], &before[OSMFLOW_NODE], error);
  for (size_t i = 0; status == OSMFLOW_OK && i < draft->member_count; i++) {
    const struct osmflow_draft_member *member = &draft->members[i];
    if (draft->id != 0 && member->type == OSMFLOW_RELATION && member->ref == draft->id &&
        osmflow_idmap_find(&before[OSMFLOW_RELATION], draft->id) == OSMFLOW_IDMAP_NONE)
      status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a relation cannot be a member of itself");
    else
      status = check_reference(wish, member->type, member->ref, &before[member->type], error);
  }
  for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++)
    osmflow_idmap_clear(&before[type]);
  return status;
}

/* What is over a limit already may stay as long as it is. */
static enum osmflow_status check_limit(size_t count, size_t present, size_t most, const char *what,
                                       struct osmflow_error *error) {
  if (count <= most || count <= present)
    return OSMFLOW_OK;
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%zu %s are too many; the server takes %zu", count, what, most);
}

static enum osmflow_status check_content(const struct wish *wish, struct osmflow_error *error) {
  const struct osmflow_draft *draft = &wish->draft, *present = wish->present;
  enum osmflow_status status = OSMFLOW_OK;
  if (draft->type == OSMFLOW_NODE)
    return present && present->lon == draft->lon && present->lat == draft->lat
               ? OSMFLOW_OK
               : osmflow_edit_check_place(wish->options, (struct osmflow_position){draft->lon, draft->lat}, error);
  if (draft->type == OSMFLOW_WAY && draft->ref_count == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a way needs at least one node");
  if (status == OSMFLOW_OK)
    status = check_limit(draft->ref_count, present ? present->ref_count : 0, wish->options->most_way_nodes,
                         "nodes of one way", error);
  if (status == OSMFLOW_OK)
    status = check_limit(draft->member_count, present ? present->member_count : 0, wish->options->most_members,
                         "members of one relation", error);
  return status == OSMFLOW_OK ? check_references(wish, error) : status;
}

/* Only what the type has counts. */
static void drop_foreign_parts(struct osmflow_draft *draft) {
  if (draft->type != OSMFLOW_NODE)
    draft->lon = draft->lat = OSMFLOW_NO_POSITION;
  if (draft->type != OSMFLOW_WAY)
    draft->ref_count = 0;
  if (draft->type != OSMFLOW_RELATION)
    draft->member_count = 0;
}

enum osmflow_status osmflow_edit_put(const struct osmflow_edit_options *options, const struct osmflow_draft *wish,
                                     int64_t *id, struct osmflow_error *error) {
  struct wish work = {.options = options, .draft = *wish};
  const struct osmflow_edit_tags tags = {wish->tags, wish->tag_count};
  struct osmflow_tag_view *items = NULL;
  int64_t made = wish->id;
  enum osmflow_status status = OSMFLOW_OK;
  if (!wish->visible)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "an element is deleted by deleting its feature");
  drop_foreign_parts(&work.draft);
  if (wish->id != 0)
    status = osmflow_edit_find(options, wish->type, wish->id, &work.present, error);
  if (status == OSMFLOW_OK && wish->id != 0)
    status = osmflow_drafts_original(options->drafts, wish->type, wish->id, &work.original, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_clean_tags(&tags, work.present, &items, &work.draft.tag_count, error);
  work.draft.tags = items;
  if (status == OSMFLOW_OK)
    status = check_content(&work, error);
  if (status == OSMFLOW_OK && !(work.present && osmflow_draft_equal(work.present, &work.draft)))
    status = osmflow_drafts_put(options->drafts, &work.draft, &made, error);
  if (status == OSMFLOW_OK && id)
    *id = made;
  free(items);
  return status;
}

enum osmflow_status osmflow_edit_remove(const struct osmflow_edit_options *options,
                                        const struct osmflow_edit_element *element, struct osmflow_error *error) {
  const struct osmflow_draft *present = NULL;
  char names[OSMFLOW_EDIT_USERS_SIZE];
  size_t count = 0;
  enum osmflow_status status = osmflow_edit_find(options, element->type, element->id, &present, error);
  if (status == OSMFLOW_OK)
    status = osmflow_edit_users(options, element->type, element->id, NULL, &count, names, error);
  if (status != OSMFLOW_OK)
    return status;
  if (count > 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s %lld is used by %s; take it out there first",
                             osmflow_element_type_names[element->type], (long long)element->id, names);
  return osmflow_drafts_delete(options->drafts, element->type, element->id, error);
}
