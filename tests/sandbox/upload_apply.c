/* Carrying out an upload as cgimap does: in runs of one operation and type (a run of modifications may mix types: nodes
 * first, then ways, then relations), each run checked as a whole, everything undone at the first failure. Ids that
 * were given out by then stay lost, as those of a database sequence do. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "upload.h"

void sandbox_upload_init(struct sandbox_upload *upload, struct sandbox *sandbox, int64_t changeset, int64_t uid) {
  *upload = (struct sandbox_upload){
      .sandbox = sandbox, .changeset = changeset, .uid = uid, .timestamp = sandbox_now(sandbox), .status = 200};
  osmflow_bytes_init(&upload->message, SIZE_MAX / 4);
  for (int type = 0; type < SANDBOX_TYPES; type++)
    osmflow_idmap_init(&upload->created[type]);
}

static void free_content(struct sandbox_version *content) {
  free(content->tags);
  free(content->nodes);
  free(content->members);
  content->tags = NULL;
  content->nodes = NULL;
  content->members = NULL;
}

void sandbox_upload_clear(struct sandbox_upload *upload) {
  for (size_t i = 0; i < upload->edit_count; i++)
    free_content(&upload->edits[i].content);
  for (int type = 0; type < SANDBOX_TYPES; type++)
    osmflow_idmap_clear(&upload->created[type]);
  free(upload->edits);
  free(upload->undo);
  osmflow_bytes_clear(&upload->message);
}

void sandbox_upload_fail(struct sandbox_upload *upload, int status, const char *format, ...) {
  if (upload->status != 200)
    return;
  upload->status = status;
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  size_t size = (size_t)vsnprintf(NULL, 0, format, arguments);
  char *text = sandbox_reallocate(NULL, size + 1);
  vsnprintf(text, size + 1, format, again);
  va_end(again);
  va_end(arguments);
  struct osmflow_error error;
  if (osmflow_bytes_add(&upload->message, text, size, &error) != OSMFLOW_OK)
    sandbox_die(error.message);
  free(text);
}

/* Adds the edit's content as the next version of its element. */
static void push(struct sandbox_upload *upload, struct sandbox_edit *edit) {
  struct sandbox *sandbox = upload->sandbox;
  uint32_t index = sandbox_place_element(sandbox, edit->type, edit->id);
  const struct sandbox_version *present = sandbox_present(&sandbox->elements[edit->type].items[index]);
  struct sandbox_version *content = &edit->content;
  content->changeset = upload->changeset;
  content->timestamp = upload->timestamp;
  content->uid = upload->uid;
  content->version = present ? present->version + 1 : 1;
  edit->new_version = content->version;
  sandbox_push_version(sandbox, edit->type, index, content);
  content->tags = NULL; /* the history has them now */
  content->nodes = NULL;
  content->members = NULL;
  edit->done = true;
  sandbox_reserve((void **)&upload->undo, &upload->undo_capacity, upload->undo_count + 1, sizeof *upload->undo);
  const uint32_t last = sandbox->elements[edit->type].items[index].version_count - 1;
  upload->undo[upload->undo_count++] = (struct sandbox_undo){edit->type, index, last};
}

static void register_placeholders(struct sandbox_upload *upload, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    const struct sandbox_edit *edit = &upload->edits[i];
    if (osmflow_idmap_find(&upload->created[edit->type], edit->given_id) != OSMFLOW_IDMAP_NONE)
      sandbox_upload_fail(upload, 400, "Placeholder IDs must be unique for created elements.");
    sandbox_index(&upload->created[edit->type], edit->given_id, i);
  }
}

/* A new relation may refer to new relations before it, not to itself nor to later ones. */
static void check_forward_references(struct sandbox_upload *upload, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    const struct sandbox_edit *edit = &upload->edits[i];
    for (uint32_t m = 0; edit->type == SANDBOX_RELATION && m < edit->content.ref_count; m++) {
      const struct sandbox_member *member = &edit->content.members[m];
      if (member->type != SANDBOX_RELATION || member->id >= 0)
        continue;
      uint32_t index = osmflow_idmap_find(&upload->created[SANDBOX_RELATION], member->id);
      if (index == OSMFLOW_IDMAP_NONE || index >= i)
        sandbox_upload_fail(upload, 400, "Placeholder relation not found for reference %lld in relation %lld",
                            (long long)member->id, (long long)edit->given_id);
    }
  }
}

static void create_run(struct sandbox_upload *upload, size_t from, size_t to) {
  register_placeholders(upload, from, to);
  check_forward_references(upload, from, to);
  if (upload->status != 200)
    return;
  struct sandbox_elements *elements = &upload->sandbox->elements[upload->edits[from].type];
  for (size_t i = from; i < to; i++)
    upload->edits[i].id = elements->next_id++;
  for (size_t i = from; i < to && upload->status == 200; i++)
    sandbox_upload_resolve_references(upload, &upload->edits[i]);
  for (size_t i = from; i < to && upload->status == 200; i++) {
    struct sandbox_edit *edit = &upload->edits[i];
    sandbox_upload_check_references(upload, edit);
    if (upload->status != 200)
      return;
    sandbox_upload_touch(upload, edit->type, &edit->content);
    push(upload, edit);
  }
}

static void modify_one(struct sandbox_upload *upload, struct sandbox_edit *edit) {
  const struct sandbox_version *present = sandbox_present(sandbox_find_element(upload->sandbox, edit->type, edit->id));
  if (edit->type == SANDBOX_RELATION) {
    sandbox_upload_touch_relation(upload, present, &edit->content);
  } else {
    if (present->visible)
      sandbox_upload_touch(upload, edit->type, present);
    sandbox_upload_touch(upload, edit->type, &edit->content);
  }
  push(upload, edit);
}

/* One pass takes the next version of each element; several versions of one element need several passes. */
static bool modify_pass(struct sandbox_upload *upload, size_t from, size_t to, enum sandbox_type type) {
  struct osmflow_idmap taken;
  osmflow_idmap_init(&taken);
  bool left = false;
  for (size_t i = from; i < to && upload->status == 200; i++) {
    const struct sandbox_edit *edit = &upload->edits[i];
    if (edit->type != type || edit->done)
      continue;
    if (osmflow_idmap_find(&taken, edit->id) != OSMFLOW_IDMAP_NONE) {
      left = true;
      continue;
    }
    sandbox_index(&taken, edit->id, i);
    sandbox_upload_check_version(upload, edit);
  }
  for (size_t i = from; i < to && upload->status == 200; i++) {
    struct sandbox_edit *edit = &upload->edits[i];
    if (edit->type != type || edit->done || osmflow_idmap_find(&taken, edit->id) != i)
      continue;
    sandbox_upload_check_references(upload, edit);
    if (upload->status == 200)
      modify_one(upload, edit);
  }
  osmflow_idmap_clear(&taken);
  return left && upload->status == 200;
}

static void modify_run(struct sandbox_upload *upload, size_t from, size_t to) {
  for (enum sandbox_type type = SANDBOX_NODE; type < SANDBOX_TYPES && upload->status == 200; type++) {
    sandbox_upload_resolve_ids(upload, from, to, type);
    for (size_t i = from; i < to && upload->status == 200; i++)
      if (upload->edits[i].type == type)
        sandbox_upload_resolve_references(upload, &upload->edits[i]);
    while (upload->status == 200 && modify_pass(upload, from, to, type))
      ;
  }
}

/* Sorts out what is deleted already: an error, or excused by if-unused. */
static void skip_deleted(struct sandbox_upload *upload, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    struct sandbox_edit *edit = &upload->edits[i];
    const struct sandbox_version *present =
        sandbox_present(sandbox_find_element(upload->sandbox, edit->type, edit->id));
    if (present->visible)
      continue;
    if (!edit->if_unused)
      sandbox_upload_fail(upload, 410, "The %s with the id %lld has already been deleted",
                          sandbox_type_names[edit->type], (long long)edit->id);
    edit->skipped = edit->done = true;
    edit->new_version = present->version;
  }
}

static void delete_one(struct sandbox_upload *upload, size_t i, size_t from) {
  struct sandbox_edit *edit = &upload->edits[i];
  const struct sandbox_element *element = sandbox_find_element(upload->sandbox, edit->type, edit->id);
  const struct sandbox_version *present = sandbox_present(element);
  sandbox_upload_touch(upload, edit->type, present);
  if (!sandbox_upload_is_unused(upload, edit, from, i)) {
    edit->skipped = edit->done = true;
    edit->new_version = present->version;
    return;
  }
  free_content(&edit->content);
  edit->content = (struct sandbox_version){.visible = false, .lat = present->lat, .lon = present->lon};
}

static void delete_run(struct sandbox_upload *upload, size_t from, size_t to) {
  sandbox_upload_resolve_ids(upload, from, to, upload->edits[from].type);
  if (upload->status == 200)
    skip_deleted(upload, from, to);
  for (size_t i = from; i < to && upload->status == 200; i++)
    if (!upload->edits[i].done)
      sandbox_upload_check_version(upload, &upload->edits[i]);
  for (size_t i = from; i < to && upload->status == 200; i++)
    if (!upload->edits[i].done)
      delete_one(upload, i, from);
  for (size_t i = from; i < to && upload->status == 200; i++) {
    struct sandbox_edit *edit = &upload->edits[i];
    if (edit->done)
      continue;
    if (!sandbox_present(sandbox_find_element(upload->sandbox, edit->type, edit->id))->visible)
      sandbox_upload_fail(upload, 500, "Could not delete all current %ss", sandbox_type_names[edit->type]);
    else
      push(upload, edit);
  }
}

static void undo_all(struct sandbox_upload *upload) {
  while (upload->undo_count > 0) {
    const struct sandbox_undo *last = &upload->undo[--upload->undo_count];
    sandbox_pop_version(upload->sandbox, last->type, last->element);
  }
}

static int64_t changes_of_last_hour(const struct sandbox *sandbox, int64_t uid, int64_t now) {
  int64_t count = 0;
  for (size_t i = 0; i < sandbox->changeset_count; i++) {
    const struct sandbox_changeset *changeset = &sandbox->changesets[i];
    for (size_t c = 0; changeset->uid == uid && c < changeset->change_count; c++) {
      const struct sandbox_change *change = &changeset->changes[c];
      count += sandbox->elements[change->type].items[change->element].versions[change->version].timestamp > now - 3600;
    }
  }
  return count;
}

static void check_limits(struct sandbox_upload *upload, const struct sandbox_changeset *changeset) {
  const struct sandbox_limits *limits = &upload->sandbox->limits;
  const int64_t changes = (int64_t)upload->undo_count;
  char now[64];
  sandbox_format_closing(now, upload->timestamp);
  if (changeset->changes_count + changes > limits->changeset_elements)
    sandbox_upload_fail(upload, 409, "The changeset %lld was closed at %s", (long long)changeset->id, now);
  struct sandbox_changeset whole = *changeset;
  if (upload->touched.has_box) {
    sandbox_widen(&whole, upload->touched.box.min_lat, upload->touched.box.min_lon);
    sandbox_widen(&whole, upload->touched.box.max_lat, upload->touched.box.max_lon);
  }
  const double degree = 1e7;
  double size =
      ((double)whole.box.max_lat - whole.box.min_lat + (double)whole.box.max_lon - whole.box.min_lon) / degree;
  if (limits->changeset_box > 0 && whole.has_box && size > limits->changeset_box)
    sandbox_upload_fail(upload, 413, "Changeset bounding box size limit exceeded.");
  if (limits->changes_per_hour > 0 &&
      changes_of_last_hour(upload->sandbox, upload->uid, upload->timestamp) + changes > limits->changes_per_hour)
    sandbox_upload_fail(upload, 429, "Upload has been blocked due to rate limiting. Please try again later.");
}

/* Committed: the changeset lists what was done, is as large as what was touched, and stays open a while longer. */
static void commit(struct sandbox_upload *upload, struct sandbox_changeset *changeset) {
  const struct sandbox_limits *limits = &upload->sandbox->limits;
  for (size_t i = 0; i < upload->undo_count; i++)
    sandbox_add_change(changeset, upload->undo[i].type, upload->undo[i].element, upload->undo[i].version);
  changeset->changes_count += (int64_t)upload->undo_count;
  if (upload->touched.has_box) {
    sandbox_widen(changeset, upload->touched.box.min_lat, upload->touched.box.min_lon);
    sandbox_widen(changeset, upload->touched.box.max_lat, upload->touched.box.max_lon);
  }
  const int64_t idle = upload->timestamp + limits->idle_seconds, end = changeset->created + limits->open_seconds;
  changeset->closes = idle < end ? idle : end;
}

void sandbox_upload_apply(struct sandbox_upload *upload) {
  for (size_t from = 0, to; from < upload->edit_count && upload->status == 200; from = to) {
    const struct sandbox_edit *first = &upload->edits[from];
    for (to = from + 1; to < upload->edit_count && upload->edits[to].operation == first->operation; to++)
      if (upload->edits[to].type != first->type && first->operation != SANDBOX_MODIFY)
        break;
    if (first->operation == SANDBOX_CREATE)
      create_run(upload, from, to);
    else if (first->operation == SANDBOX_MODIFY)
      modify_run(upload, from, to);
    else
      delete_run(upload, from, to);
  }
  struct sandbox_changeset *changeset = sandbox_find_changeset(upload->sandbox, upload->changeset);
  if (upload->status == 200)
    check_limits(upload, changeset);
  if (upload->status != 200) {
    undo_all(upload);
    return;
  }
  commit(upload, changeset);
}
