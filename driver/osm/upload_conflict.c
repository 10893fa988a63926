/* Other people's edits: what the pending items change is asked for anew, and each edit is joined with what is there by
 * now, or collides with it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "osm/merge.h"
#include "osm/upload_parts.h"

/* The list has to fit into an error message that goes on behind it. */
enum { MOST_SHOWN = 20, LONGEST_LIST = 1050, LONGEST_CONFLICT = 16384, MOST_LAG_ROUNDS = 4 };

/* What the server has by now, and what the edits without a known base were made from. */
struct state {
  struct osmflow_id_list ids[OSMFLOW_ELEMENT_TYPES], unknown[OSMFLOW_ELEMENT_TYPES];
  struct osmflow_store theirs, bases;
  size_t changed;    /* items that are not as they were */
  size_t collisions; /* of those that are not left out */
  size_t shown;      /* of these: in the list */
  size_t *left_out;  /* items that collide, where the user wants the rest sent */
  size_t left_out_count, left_out_capacity;
  bool is_reordered;
  struct osmflow_bytes list; /* the first of the collisions */
};

static void state_init(struct state *state) {
  *state = (struct state){.changed = 0};
  for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++) {
    osmflow_id_list_init(&state->ids[type]);
    osmflow_id_list_init(&state->unknown[type]);
  }
  osmflow_store_init(&state->theirs, false);
  osmflow_store_init(&state->bases, false);
  osmflow_bytes_init(&state->list, LONGEST_LIST);
}

static void state_clear(struct state *state) {
  for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++) {
    osmflow_id_list_clear(&state->ids[type]);
    osmflow_id_list_clear(&state->unknown[type]);
  }
  osmflow_store_clear(&state->theirs);
  osmflow_store_clear(&state->bases);
  osmflow_bytes_clear(&state->list);
  free(state->left_out);
}

/* Pending, and of something that is on the server. */
static bool is_of_interest(const struct osmflow_upload_run *run, const struct osmflow_change_item *item) {
  return item->outcome == OSMFLOW_OUTCOME_PENDING && item->action != OSMFLOW_ACTION_CREATE &&
         osmflow_upload_id(run, item) > 0;
}

static bool is_listed(const struct osmflow_id_list *list, int64_t id) {
  size_t low = 0, high = list->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (list->items[middle].id == id)
      return true;
    if (list->items[middle].id < id)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

static enum osmflow_status fetch_all(struct osmflow_upload_run *run, struct osmflow_id_list *ids,
                                     struct osmflow_store *store, struct osmflow_id_list *unknown,
                                     struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (int type = 0; status == OSMFLOW_OK && type < OSMFLOW_ELEMENT_TYPES; type++)
    status =
        osmflow_upload_fetch(run->uploader, (enum osmflow_element_type)type, &ids[type], store, &unknown[type], error);
  return status == OSMFLOW_OK ? osmflow_store_finish(store, error) : status;
}

static uint32_t version_of(const struct osmflow_store *store, enum osmflow_element_type type, int64_t id) {
  const uint32_t index = osmflow_store_index(store, type, id);
  return index == OSMFLOW_INDEX_NONE ? 0 : osmflow_store_element(store, type, index)->version;
}

/* Reads may come from a copy of the database that is a little behind: the version the server has spoken of must have
 * arrived there. */
static bool lags(const struct state *state, const struct osmflow_refusal *refusal) {
  return refusal->kind == OSMFLOW_REFUSAL_VERSION && refusal->has_element && refusal->id > 0 && refusal->theirs > 0 &&
         version_of(&state->theirs, refusal->type, refusal->id) < refusal->theirs &&
         is_listed(&state->ids[refusal->type], refusal->id);
}

static enum osmflow_status fetch_theirs(struct osmflow_upload_run *run, const struct osmflow_refusal *refusal,
                                        struct state *state, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = run->position; status == OSMFLOW_OK && i < run->change->count; i++) {
    const struct osmflow_change_item *item = &run->change->items[i];
    const struct osmflow_wanted_id wanted = {osmflow_upload_id(run, item), 0};
    if (is_of_interest(run, item))
      status = osmflow_id_list_add(&state->ids[item->draft->type], &wanted, error);
  }
  for (int round = 0; status == OSMFLOW_OK; round++) {
    osmflow_store_clear(&state->theirs);
    status = fetch_all(run, state->ids, &state->theirs, state->unknown, error);
    if (status != OSMFLOW_OK || round >= MOST_LAG_ROUNDS || !lags(state, refusal) || !osmflow_upload_pause(run))
      break;
  }
  return status;
}

/* The versions that edits of unknown origin were made from. One that nobody may see any more stays unknown. */
static enum osmflow_status fetch_bases(struct osmflow_upload_run *run, struct state *state,
                                       struct osmflow_error *error) {
  struct osmflow_id_list wanted[OSMFLOW_ELEMENT_TYPES], hidden[OSMFLOW_ELEMENT_TYPES];
  enum osmflow_status status = OSMFLOW_OK;
  for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++) {
    osmflow_id_list_init(&wanted[type]);
    osmflow_id_list_init(&hidden[type]);
  }
  for (size_t i = run->position; status == OSMFLOW_OK && i < run->change->count; i++) {
    const struct osmflow_change_item *item = &run->change->items[i];
    const struct osmflow_wanted_id version = {osmflow_upload_id(run, item), item->draft->version};
    if (is_of_interest(run, item) && !item->base && version.version > 0 &&
        version_of(&state->theirs, item->draft->type, version.id) > version.version &&
        !is_listed(&wanted[item->draft->type], version.id))
      status = osmflow_id_list_add(&wanted[item->draft->type], &version, error);
  }
  if (status == OSMFLOW_OK)
    status = fetch_all(run, wanted, &state->bases, hidden, error);
  for (int type = 0; type < OSMFLOW_ELEMENT_TYPES; type++) {
    osmflow_id_list_clear(&wanted[type]);
    osmflow_id_list_clear(&hidden[type]);
  }
  return status;
}

/* NULL when the store does not have it. */
static enum osmflow_status draft_of(const struct osmflow_store *store, enum osmflow_element_type type, int64_t id,
                                    struct osmflow_draft **draft, struct osmflow_error *error) {
  const uint32_t index = osmflow_store_index(store, type, id);
  *draft = NULL;
  return index == OSMFLOW_INDEX_NONE ? OSMFLOW_OK : osmflow_draft_from_store(store, type, index, draft, error);
}

/* So much of a text as one item may have of an error, whole characters only. */
static int shown_length(const char *text) {
  enum { MOST = 600 };
  size_t size = strlen(text);
  if (size > MOST)
    for (size = MOST; size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80;)
      size--;
  return (int)size;
}

static enum osmflow_status collide(struct osmflow_upload_run *run, struct state *state, size_t index,
                                   enum osmflow_outcome outcome, const char *conflict, struct osmflow_error *error) {
  struct osmflow_change_item *item = &run->change->items[index];
  char name[OSMFLOW_UPLOAD_NAME_SIZE];
  enum osmflow_status status = osmflow_upload_set_reason(item, conflict, error);
  if (status != OSMFLOW_OK)
    return status;
  if (run->uploader->conflict == OSMFLOW_CONFLICT_SKIP) {
    status = osmflow_array_reserve((void **)&state->left_out, &state->left_out_capacity, state->left_out_count + 1,
                                   sizeof *state->left_out, SIZE_MAX / sizeof *state->left_out, error);
    if (status == OSMFLOW_OK)
      state->left_out[state->left_out_count++] = index;
    item->outcome = outcome;
    state->changed++;
    run->rounds = 0;
    return status;
  }
  state->collisions++;
  osmflow_upload_name(item, name);
  if (state->shown == state->collisions - 1 && state->shown < MOST_SHOWN && /* what does not fit is counted */
      osmflow_bytes_print(&state->list, NULL, "\n%s: %.*s", name, shown_length(item->reason), item->reason) ==
          OSMFLOW_OK)
    state->shown++;
  return OSMFLOW_OK;
}

/* Takes what came of joining as what is to be sent; `theirs` is the base from now on. Both are taken over. */
static enum osmflow_status take_merged(struct osmflow_change_item *item, struct osmflow_draft *merged,
                                       struct osmflow_draft *theirs, struct state *state, struct osmflow_error *error) {
  char reason[96];
  snprintf(reason, sizeof reason, "joined with version %" PRIu32 " by others", theirs->version);
  state->is_reordered = state->is_reordered || (!theirs->visible && merged->visible);
  merged->id = item->draft->id;
  osmflow_draft_free(item->draft);
  osmflow_draft_free(item->base);
  item->draft = merged;
  item->base = theirs;
  state->changed++;
  return osmflow_upload_set_reason(item, reason, error);
}

static enum osmflow_status not_needed(struct osmflow_change_item *item, const struct osmflow_draft *theirs,
                                      struct state *state, struct osmflow_error *error) {
  item->outcome = OSMFLOW_OUTCOME_NOT_NEEDED;
  item->new_id = theirs->id;
  item->new_version = theirs->visible ? theirs->version : 0;
  state->changed++;
  return osmflow_upload_set_reason(item, theirs->visible ? "the server already has it so" : "somebody else deleted it",
                                   error);
}

/* FAIL: others' edits are never joined; what differs is shown by joining without a base. */
static enum osmflow_status fail(struct osmflow_upload_run *run, size_t index, const struct osmflow_draft *theirs,
                                struct state *state, struct osmflow_error *error) {
  const struct osmflow_merge_options options = {.undelete = false};
  const struct osmflow_change_item *item = &run->change->items[index];
  struct osmflow_draft *merged = NULL;
  struct osmflow_bytes conflict, text;
  osmflow_bytes_init(&conflict, LONGEST_CONFLICT);
  osmflow_bytes_init(&text, LONGEST_CONFLICT + 256);
  enum osmflow_status status = osmflow_merge(NULL, item->draft, theirs, &options, &merged, &conflict, error);
  if (status == OSMFLOW_OK)
    status =
        osmflow_bytes_print(&text, error, "you changed version %" PRIu32 ", the server has version %" PRIu32 "\n%s",
                            item->draft->version, theirs->version, osmflow_bytes_string(&conflict));
  if (status == OSMFLOW_OK)
    status = collide(run, state, index, OSMFLOW_OUTCOME_CONFLICT, osmflow_bytes_string(&text), error);
  osmflow_draft_free(merged);
  osmflow_bytes_clear(&text);
  osmflow_bytes_clear(&conflict);
  return status;
}

/* *theirs is taken over when it becomes the base. */
static enum osmflow_status join(struct osmflow_upload_run *run, size_t index, struct osmflow_draft **theirs,
                                struct state *state, struct osmflow_error *error) {
  const struct osmflow_merge_options options = {.undelete = run->uploader->undelete};
  struct osmflow_change_item *item = &run->change->items[index];
  struct osmflow_draft *merged = NULL, *fetched = NULL;
  struct osmflow_bytes conflict;
  osmflow_bytes_init(&conflict, LONGEST_CONFLICT);
  enum osmflow_status status = OSMFLOW_OK;
  if (!item->base)
    status = draft_of(&state->bases, item->draft->type, (*theirs)->id, &fetched, error);
  if (status == OSMFLOW_OK)
    status =
        osmflow_merge(item->base ? item->base : fetched, item->draft, *theirs, &options, &merged, &conflict, error);
  if (status == OSMFLOW_OK && !merged) {
    status = collide(run, state, index, OSMFLOW_OUTCOME_CONFLICT, osmflow_bytes_string(&conflict), error);
  } else if (status == OSMFLOW_OK && osmflow_draft_equal(merged, *theirs)) {
    status = not_needed(item, *theirs, state, error);
  } else if (status == OSMFLOW_OK) {
    status = take_merged(item, merged, *theirs, state, error);
    merged = *theirs = NULL;
  }
  osmflow_draft_free(merged);
  osmflow_draft_free(fetched);
  osmflow_bytes_clear(&conflict);
  return status;
}

static enum osmflow_status compare(struct osmflow_upload_run *run, size_t index, struct state *state,
                                   struct osmflow_error *error) {
  struct osmflow_change_item *item = &run->change->items[index];
  const int64_t id = osmflow_upload_id(run, item);
  struct osmflow_draft *theirs = NULL;
  enum osmflow_status status = draft_of(&state->theirs, item->draft->type, id, &theirs, error);
  if (status != OSMFLOW_OK)
    return status;
  if (!theirs)
    status = collide(run, state, index, OSMFLOW_OUTCOME_REFUSED, "the server does not know it", error);
  else if (item->action == OSMFLOW_ACTION_DELETE && !theirs->visible &&
           run->uploader->conflict != OSMFLOW_CONFLICT_FAIL)
    status = not_needed(item, theirs, state, error);
  else if (theirs->version != item->draft->version)
    status = run->uploader->conflict == OSMFLOW_CONFLICT_FAIL ? fail(run, index, theirs, state, error)
                                                              : join(run, index, &theirs, state, error);
  osmflow_draft_free(theirs);
  return status;
}

/* What refers to something that is not there any more. */
static bool refers_to(const struct osmflow_draft *draft, const struct osmflow_refusal *refusal) {
  for (size_t k = 0; k < refusal->others_count; k++) {
    for (size_t i = 0; refusal->others_type == OSMFLOW_NODE && i < draft->ref_count; i++)
      if (draft->refs[i] == refusal->others[k])
        return true;
    for (size_t i = 0; i < draft->member_count; i++)
      if (draft->members[i].type == refusal->others_type && draft->members[i].ref == refusal->others[k])
        return true;
  }
  return false;
}

static enum osmflow_status members_gone(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply,
                                        size_t named, struct state *state, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  char text[640];
  snprintf(text, sizeof text, "it refers to what others have deleted: %s", reply->words);
  for (size_t i = run->position; status == OSMFLOW_OK && i < run->change->count; i++) {
    const struct osmflow_change_item *item = &run->change->items[i];
    if (item->outcome == OSMFLOW_OUTCOME_PENDING && item->action != OSMFLOW_ACTION_DELETE &&
        (i == named || refers_to(item->draft, &reply->refusal)))
      status = collide(run, state, i, OSMFLOW_OUTCOME_CONFLICT, text, error);
  }
  return status;
}

/* Nobody has changed what the edits are about: the item that the server names is what is wrong. */
static enum osmflow_status blame(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply, size_t first,
                                 size_t end, struct state *state, struct osmflow_error *error) {
  const size_t index = osmflow_upload_named(run, &reply->refusal, first, end);
  char text[640];
  if (reply->refusal.kind == OSMFLOW_REFUSAL_MISSING_MEMBERS)
    return members_gone(run, reply, index, state, error);
  if (index == SIZE_MAX)
    return OSMFLOW_OK;
  if (reply->refusal.kind == OSMFLOW_REFUSAL_STILL_USED) {
    snprintf(text, sizeof text, "not deleted: %s", reply->words);
    state->changed++;
    return osmflow_upload_leave_out(run, index, OSMFLOW_OUTCOME_KEPT, text, error);
  }
  snprintf(text, sizeof text, "the server refuses it: %s", reply->words);
  return collide(run, state, index, OSMFLOW_OUTCOME_REFUSED, text, error);
}

static enum osmflow_status report(const struct state *state, struct osmflow_error *error) {
  char more[40] = "";
  if (state->collisions > state->shown)
    snprintf(more, sizeof more, "\nand %zu more", state->collisions - state->shown);
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                           "%zu of the edits cannot be sent as they are, because the server has something else by now "
                           "(CONFLICT=SKIP would leave out what collides and send the rest):%s%s",
                           state->collisions, osmflow_bytes_string(&state->list), more);
}

/* A changeset that is gone looks like an element that is gone. */
static enum osmflow_status check_changeset(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply,
                                           struct osmflow_error *error) {
  struct osmflow_uploader *uploader = run->uploader;
  struct osmflow_upload_changeset changeset = {false, false, 0};
  if (reply->refusal.kind == OSMFLOW_REFUSAL_UNKNOWN) {
    const enum osmflow_status status = osmflow_upload_get_changeset(uploader, uploader->changeset, &changeset, error);
    if (status != OSMFLOW_OK)
      return status;
    if (!changeset.is_there && uploader->own_changeset == 0) {
      uploader->changeset = 0;
      run->is_announced = false;
      return OSMFLOW_OK;
    }
  }
  if (run->rounds <= 2 && (osmflow_upload_pause(run) || run->rounds == 1))
    return OSMFLOW_OK; /* what is different may show in a moment */
  if (error)
    *error = reply->error;
  return reply->error.status;
}

/* Undeleted elements must come before what refers to them. The rest of the plan is put in order by itself. */
static enum osmflow_status order_rest(struct osmflow_upload_run *run, struct osmflow_error *error) {
  struct osmflow_change *change = run->change;
  const size_t done = run->position, rest = change->count - done;
  struct osmflow_change part;
  run->barrier_count = 0;
  osmflow_change_init(&part);
  enum osmflow_status status = osmflow_array_reserve((void **)&part.items, &part.capacity, rest, sizeof *part.items,
                                                     SIZE_MAX / sizeof *part.items, error);
  if (status != OSMFLOW_OK)
    return status;
  memcpy(part.items, change->items + done, rest * sizeof *part.items);
  part.count = rest;
  change->count = done;
  status = osmflow_change_order(&part, error);
  /* Whatever became of the order: no item may get lost, nor belong to both. */
  struct osmflow_error memory_error;
  const enum osmflow_status reserved =
      osmflow_array_reserve((void **)&change->items, &change->capacity, done + part.count, sizeof *change->items,
                            SIZE_MAX / sizeof *change->items, &memory_error);
  const size_t back = reserved == OSMFLOW_OK ? part.count : rest;
  memcpy(change->items + done, part.items, back * sizeof *part.items);
  change->count = done + back;
  part.count = 0;
  osmflow_change_clear(&part);
  if (status == OSMFLOW_OK && reserved != OSMFLOW_OK && error)
    *error = memory_error;
  return status == OSMFLOW_OK ? reserved : status;
}

enum osmflow_status osmflow_upload_reconcile(struct osmflow_upload_run *run, const struct osmflow_upload_reply *reply,
                                             size_t first, size_t end, struct osmflow_error *error) {
  struct state state;
  size_t left_out = 0;
  state_init(&state);
  enum osmflow_status status = fetch_theirs(run, &reply->refusal, &state, error);
  if (status == OSMFLOW_OK)
    status = fetch_bases(run, &state, error);
  for (size_t i = run->position; status == OSMFLOW_OK && i < run->change->count; i++)
    if (is_of_interest(run, &run->change->items[i]))
      status = compare(run, i, &state, error);
  if (status == OSMFLOW_OK && state.changed == 0 && state.collisions == 0)
    status = blame(run, reply, first, end, &state, error);
  if (status == OSMFLOW_OK && state.left_out_count > 0)
    status = osmflow_change_leave_out_all(run->change, state.left_out, state.left_out_count, &left_out, error);
  if (status == OSMFLOW_OK && state.collisions > 0)
    status = report(&state, error);
  else if (status == OSMFLOW_OK && state.changed == 0)
    status = check_changeset(run, reply, error);
  else if (status == OSMFLOW_OK) {
    if (state.is_reordered)
      status = order_rest(run, error);
    if (status == OSMFLOW_OK)
      status = osmflow_change_check(run->change, &run->uploader->capabilities, error);
    if (status == OSMFLOW_OK)
      status = osmflow_upload_replan(run, error);
  }
  state_clear(&state);
  return status;
}
