/* Whether what a closed changeset holds is what was sent. The download knows no placeholders; but ids ascend in the
 * order of an upload, all of an upload has one timestamp, and the upload in doubt is the last of its changeset. So the
 * new elements are the last ones of their time, in order, and must have the content that was sent. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "osm/upload_parts.h"

/* One version in the download, in an order to be searched. */
struct version {
  enum osmflow_element_type type;
  int64_t id;
  uint32_t version, timestamp;
  size_t index;
};

struct matching {
  const struct osmflow_upload_run *run;
  const struct osmflow_store *download;
  struct version *versions; /* by type, id, version */
  size_t count, capacity;
  struct osmflow_idmap known[OSMFLOW_ELEMENT_TYPES]; /* what earlier uploads made */
  size_t creates[OSMFLOW_ELEMENT_TYPES];             /* in doubt */
  uint32_t timestamp;                                /* of the guess */
  struct osmflow_new_ids new_ids;                    /* of the guess */
  size_t seen;                                       /* items of which the guess has found a version */
};

static int compare_versions(const void *left, const void *right) {
  const struct version *a = left, *b = right;
  if (a->type != b->type)
    return a->type < b->type ? -1 : 1;
  if (a->id != b->id)
    return a->id < b->id ? -1 : 1;
  return a->version < b->version ? -1 : a->version > b->version;
}

static const struct version *find(const struct matching *matching, enum osmflow_element_type type, int64_t id,
                                  uint32_t version) {
  const struct version key = {type, id, version, 0, 0};
  return matching->count == 0 ? NULL : bsearch(&key, matching->versions, matching->count, sizeof key, compare_versions);
}

static enum osmflow_status list_versions(struct matching *matching, struct osmflow_error *error) {
  const struct osmflow_store *download = matching->download;
  const size_t counts[OSMFLOW_ELEMENT_TYPES] = {download->node_count, download->way_count, download->relation_count};
  enum osmflow_status status =
      osmflow_array_reserve((void **)&matching->versions, &matching->capacity, counts[0] + counts[1] + counts[2],
                            sizeof *matching->versions, SIZE_MAX / sizeof *matching->versions, error);
  for (int type = 0; status == OSMFLOW_OK && type < OSMFLOW_ELEMENT_TYPES; type++)
    for (size_t i = 0; i < counts[type]; i++) {
      const struct osmflow_element *element = osmflow_store_element(download, (enum osmflow_element_type)type, i);
      matching->versions[matching->count++] =
          (struct version){(enum osmflow_element_type)type, element->id, element->version, element->timestamp, i};
    }
  if (matching->count > 0)
    qsort(matching->versions, matching->count, sizeof *matching->versions, compare_versions);
  return status;
}

static bool is_in_doubt(const struct matching *matching, size_t i) {
  return matching->run->change->items[i].outcome == OSMFLOW_OUTCOME_PENDING;
}

/* Counts what is looked for, and learns what earlier uploads have made. */
static enum osmflow_status prepare(struct matching *matching, struct osmflow_error *error) {
  const struct osmflow_upload_run *run = matching->run;
  const struct osmflow_upload_doubt *doubt = &run->doubt;
  enum osmflow_status status = list_versions(matching, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < doubt->first; i++) {
    const struct osmflow_change_item *item = &run->change->items[i];
    if (item->action == OSMFLOW_ACTION_CREATE && item->new_id > 0)
      status = osmflow_idmap_set(&matching->known[item->draft->type], item->new_id, 0, error);
  }
  for (size_t i = doubt->first; i < doubt->first + doubt->count; i++) {
    const struct osmflow_change_item *item = &run->change->items[i];
    matching->creates[item->draft->type] += is_in_doubt(matching, i) && item->action == OSMFLOW_ACTION_CREATE;
  }
  return status;
}

static bool is_candidate(const struct matching *matching, const struct version *version) {
  return version->version == 1 && version->timestamp == matching->timestamp &&
         osmflow_idmap_find(&matching->known[version->type], version->id) == OSMFLOW_IDMAP_NONE;
}

static size_t count_candidates(const struct matching *matching, enum osmflow_element_type type) {
  size_t count = 0;
  for (size_t i = 0; i < matching->count; i++)
    count += matching->versions[i].type == type && is_candidate(matching, &matching->versions[i]);
  return count;
}

/* Gives the last candidates of a type to the created items in doubt, both in their order. */
static enum osmflow_status guess_ids(struct matching *matching, enum osmflow_element_type type, size_t candidates,
                                     struct osmflow_error *error) {
  const struct osmflow_upload_doubt *doubt = &matching->run->doubt;
  size_t passed_over = candidates - matching->creates[type], at = 0;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = doubt->first; status == OSMFLOW_OK && i < doubt->first + doubt->count; i++) {
    const struct osmflow_change_item *item = &matching->run->change->items[i];
    if (!is_in_doubt(matching, i) || item->action != OSMFLOW_ACTION_CREATE || item->draft->type != type)
      continue;
    while (matching->versions[at].type != type || !is_candidate(matching, &matching->versions[at]) || passed_over > 0) {
      if (matching->versions[at].type == type && is_candidate(matching, &matching->versions[at]))
        passed_over--;
      at++;
    }
    status = osmflow_new_ids_add(&matching->new_ids, type, item->draft->id, matching->versions[at++].id, error);
  }
  return status;
}

static int64_t translate(const struct matching *matching, enum osmflow_element_type type, int64_t id) {
  const int64_t before = osmflow_new_ids_find(&matching->run->new_ids, type, id);
  return before < 0 ? osmflow_new_ids_find(&matching->new_ids, type, before) : before;
}

/* What the server must have made of a draft: the same with real ids. */
static enum osmflow_status expect(const struct matching *matching, const struct osmflow_draft *draft,
                                  struct osmflow_draft **expected, struct osmflow_error *error) {
  struct osmflow_draft wish = *draft;
  int64_t *refs = NULL;
  struct osmflow_draft_member *members = NULL;
  size_t ref_capacity = 0, member_capacity = 0;
  enum osmflow_status status = osmflow_array_reserve((void **)&refs, &ref_capacity, draft->ref_count, sizeof *refs,
                                                     SIZE_MAX / sizeof *refs, error);
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&members, &member_capacity, draft->member_count, sizeof *members,
                                   SIZE_MAX / sizeof *members, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < draft->ref_count; i++)
    refs[i] = translate(matching, OSMFLOW_NODE, draft->refs[i]);
  for (size_t i = 0; status == OSMFLOW_OK && i < draft->member_count; i++) {
    members[i] = draft->members[i];
    members[i].ref = translate(matching, members[i].type, members[i].ref);
  }
  wish.refs = refs;
  wish.members = members;
  wish.visible = true;
  if (status == OSMFLOW_OK)
    status = osmflow_draft_copy(&wish, expected, error);
  free(refs);
  free(members);
  return status;
}

static enum osmflow_status same_content(const struct matching *matching, const struct osmflow_draft *draft,
                                        const struct version *version, bool *is_same, struct osmflow_error *error) {
  struct osmflow_draft *expected = NULL, *found = NULL;
  enum osmflow_status status = expect(matching, draft, &expected, error);
  if (status == OSMFLOW_OK)
    status = osmflow_draft_from_store(matching->download, version->type, version->index, &found, error);
  *is_same = status == OSMFLOW_OK && osmflow_draft_equal(expected, found);
  osmflow_draft_free(expected);
  osmflow_draft_free(found);
  return status;
}

/* Whether the changeset has what one item was to bring, and the row the server would have answered. A deletion with
 * if-unused may have been skipped. */
static enum osmflow_status look_for(struct matching *matching, const struct osmflow_change_item *item, bool *is_there,
                                    struct osmflow_diff_row *row, struct osmflow_error *error) {
  const struct osmflow_draft *draft = item->draft;
  const bool is_create = item->action == OSMFLOW_ACTION_CREATE, is_delete = item->action == OSMFLOW_ACTION_DELETE;
  const int64_t id = translate(matching, draft->type, draft->id);
  const uint32_t made = is_create ? 1 : draft->version + 1;
  const struct version *version = find(matching, draft->type, id, made);
  *row = (struct osmflow_diff_row){draft->type, osmflow_upload_id(matching->run, item), id, made};
  *is_there = false;
  if (version && version->timestamp != matching->timestamp)
    version = NULL;
  if (!version) {
    row->new_version = 0;
    *is_there = is_delete && item->if_unused;
    return OSMFLOW_OK;
  }
  matching->seen++;
  if (!is_delete)
    return same_content(matching, draft, version, is_there, error);
  *is_there = !osmflow_store_element(matching->download, draft->type, version->index)->visible;
  row->new_id = 0;
  row->new_version = 0;
  return OSMFLOW_OK;
}

static enum osmflow_status look_for_all(struct matching *matching, bool *is_there, struct osmflow_diff_result *rows,
                                        struct osmflow_error *error) {
  const struct osmflow_upload_doubt *doubt = &matching->run->doubt;
  enum osmflow_status status = OSMFLOW_OK;
  *is_there = true;
  rows->count = 0;
  for (size_t i = doubt->first; status == OSMFLOW_OK && *is_there && i < doubt->first + doubt->count; i++) {
    if (!is_in_doubt(matching, i))
      continue;
    status = osmflow_array_reserve((void **)&rows->rows, &rows->capacity, rows->count + 1, sizeof *rows->rows,
                                   SIZE_MAX / sizeof *rows->rows, error);
    if (status == OSMFLOW_OK)
      status = look_for(matching, &matching->run->change->items[i], is_there, &rows->rows[rows->count++], error);
  }
  *is_there = *is_there && matching->seen > 0;
  return status;
}

/* One moment in the life of the changeset: PRESENT when all is there, UNCLEAR when some of it is. */
static enum osmflow_status try_moment(struct matching *matching, uint32_t timestamp, enum osmflow_upload_match *match,
                                      struct osmflow_diff_result *rows, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  bool is_there = true;
  matching->timestamp = timestamp;
  matching->seen = 0;
  osmflow_new_ids_clear(&matching->new_ids);
  osmflow_new_ids_init(&matching->new_ids);
  for (int type = 0; status == OSMFLOW_OK && type < OSMFLOW_ELEMENT_TYPES; type++) {
    const size_t candidates = count_candidates(matching, (enum osmflow_element_type)type);
    is_there = is_there && candidates >= matching->creates[type];
    if (is_there)
      status = guess_ids(matching, (enum osmflow_element_type)type, candidates, error);
  }
  /* An upload is there as a whole or not at all: fewer new elements than were sent prove that it is not. */
  *match = OSMFLOW_UPLOAD_ABSENT;
  if (status != OSMFLOW_OK || !is_there)
    return status;
  status = look_for_all(matching, &is_there, rows, error);
  if (status == OSMFLOW_OK && is_there)
    *match = OSMFLOW_UPLOAD_PRESENT;
  else if (matching->seen > 0)
    *match = OSMFLOW_UPLOAD_UNCLEAR;
  return status;
}

/* The latest moment before another. 0: none. */
static uint32_t moment_before(const struct matching *matching, uint32_t before) {
  uint32_t latest = 0;
  for (size_t i = 0; i < matching->count; i++)
    if (matching->versions[i].timestamp < before && matching->versions[i].timestamp > latest)
      latest = matching->versions[i].timestamp;
  return latest;
}

enum osmflow_status osmflow_upload_match(const struct osmflow_upload_run *run, const struct osmflow_store *download,
                                         enum osmflow_upload_match *match, struct osmflow_diff_result *rows,
                                         struct osmflow_error *error) {
  struct matching matching = {.run = run, .download = download};
  for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++)
    osmflow_idmap_init(&matching.known[type]);
  osmflow_new_ids_init(&matching.new_ids);
  enum osmflow_status status = prepare(&matching, error);
  enum osmflow_upload_match sum = OSMFLOW_UPLOAD_ABSENT;
  for (uint32_t moment = moment_before(&matching, UINT32_MAX);
       status == OSMFLOW_OK && moment > 0 && sum != OSMFLOW_UPLOAD_PRESENT; moment = moment_before(&matching, moment)) {
    enum osmflow_upload_match one = OSMFLOW_UPLOAD_ABSENT;
    status = try_moment(&matching, moment, &one, rows, error);
    if (one != OSMFLOW_UPLOAD_ABSENT)
      sum = one;
  }
  /* In a changeset that only we write to, what is more than before can be nothing else. */
  *match = sum == OSMFLOW_UPLOAD_ABSENT && run->uploader->own_changeset == 0 ? OSMFLOW_UPLOAD_UNCLEAR : sum;
  osmflow_new_ids_clear(&matching.new_ids);
  for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++)
    osmflow_idmap_clear(&matching.known[type]);
  free(matching.versions);
  return status;
}
