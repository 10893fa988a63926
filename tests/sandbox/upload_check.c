/* What an upload may refer to, and what it touches. */
#include <stdlib.h>

#include "upload.h"

static const char *const capital_names[SANDBOX_TYPES] = {"Node", "Way", "Relation"};

/* The real id behind a placeholder; 0 when no edit before this one made it. */
static int64_t created_id(const struct sandbox_upload *upload, enum sandbox_type type, int64_t placeholder) {
  uint32_t index = osmflow_idmap_find(&upload->created[type], placeholder);
  return index == OSMFLOW_IDMAP_NONE ? 0 : upload->edits[index].id;
}

void sandbox_upload_resolve_ids(struct sandbox_upload *upload, size_t from, size_t to, enum sandbox_type type) {
  for (size_t i = from; i < to; i++) {
    struct sandbox_edit *edit = &upload->edits[i];
    if (edit->type != type)
      continue;
    edit->id = edit->given_id < 0 ? created_id(upload, type, edit->given_id) : edit->given_id;
    if (edit->id == 0)
      sandbox_upload_fail(upload, 400, "Placeholder id not found for %s reference %lld", sandbox_type_names[type],
                          (long long)edit->given_id);
  }
  for (size_t i = from; upload->status == 200 && i < to; i++)
    if (upload->edits[i].type == type &&
        !sandbox_present(sandbox_find_element(upload->sandbox, type, upload->edits[i].id)))
      sandbox_upload_fail(upload, 404, "%s", "");
}

static void resolve(struct sandbox_upload *upload, const struct sandbox_edit *edit, enum sandbox_type type,
                    int64_t *id) {
  if (*id >= 0)
    return;
  int64_t real = created_id(upload, type, *id);
  if (real == 0)
    sandbox_upload_fail(upload, 400, "Placeholder %s not found for reference %lld in %s %lld", sandbox_type_names[type],
                        (long long)*id, sandbox_type_names[edit->type], (long long)edit->given_id);
  *id = real;
}

void sandbox_upload_resolve_references(struct sandbox_upload *upload, struct sandbox_edit *edit) {
  for (uint32_t i = 0; upload->status == 200 && i < edit->content.ref_count; i++) {
    if (edit->type == SANDBOX_WAY)
      resolve(upload, edit, SANDBOX_NODE, &edit->content.nodes[i]);
    else
      resolve(upload, edit, edit->content.members[i].type, &edit->content.members[i].id);
  }
}

static int compare_ids(const void *left, const void *right) {
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return a < b ? -1 : a > b;
}

/* "5,6": the ids in order, each once. */
static void list_ids(int64_t *ids, size_t count, struct osmflow_bytes *list) {
  struct osmflow_error error;
  if (count > 0)
    qsort(ids, count, sizeof *ids, compare_ids);
  for (size_t i = 0; i < count; i++)
    if ((i == 0 || ids[i] != ids[i - 1]) &&
        osmflow_bytes_print(list, &error, "%s%lld", i ? "," : "", (long long)ids[i]) != OSMFLOW_OK)
      sandbox_die(error.message);
}

static bool is_visible(const struct sandbox *sandbox, enum sandbox_type type, int64_t id) {
  const struct sandbox_version *present = sandbox_present(sandbox_find_element(sandbox, type, id));
  return present && present->visible;
}

/* The two halves of the real server use different words: cgimap for uploads, Rails for single elements. */
static void tell_missing(struct sandbox_upload *upload, const struct sandbox_edit *edit, enum sandbox_type type,
                         int64_t *missing, size_t count) {
  const char *name = capital_names[edit->type];
  const long long id = edit->given_id;
  struct osmflow_bytes list;
  osmflow_bytes_init(&list, SIZE_MAX / 4);
  list_ids(missing, count, &list);
  if (upload->single && edit->type == SANDBOX_RELATION)
    sandbox_upload_fail(upload, 412,
                        "Precondition failed: Relation with id %lld cannot be saved due to %s with id %lld", id,
                        capital_names[type], (long long)missing[0]);
  else
    sandbox_upload_fail(upload, 412,
                        upload->single ? "Precondition failed: %s %lld requires the %ss with id in (%s), which either "
                                         "do not exist, or are not visible."
                                       : "Precondition failed: %s %lld requires the %ss with id in %s, which either "
                                         "do not exist, or are not visible.",
                        name, id, sandbox_type_names[type], osmflow_bytes_string(&list));
  osmflow_bytes_clear(&list);
}

static void check_type(struct sandbox_upload *upload, const struct sandbox_edit *edit, enum sandbox_type type) {
  const struct sandbox_version *content = &edit->content;
  int64_t *missing = sandbox_reallocate(NULL, (content->ref_count + 1) * sizeof *missing);
  size_t count = 0;
  for (uint32_t i = 0; i < content->ref_count; i++) {
    if (edit->type == SANDBOX_RELATION && content->members[i].type != type)
      continue;
    int64_t id = edit->type == SANDBOX_WAY ? content->nodes[i] : content->members[i].id;
    if (!is_visible(upload->sandbox, type, id))
      missing[count++] = id;
  }
  if (count > 0)
    tell_missing(upload, edit, type, missing, count);
  free(missing);
}

void sandbox_upload_check_references(struct sandbox_upload *upload, const struct sandbox_edit *edit) {
  if (edit->type == SANDBOX_WAY)
    check_type(upload, edit, SANDBOX_NODE);
  for (enum sandbox_type type = SANDBOX_NODE; edit->type == SANDBOX_RELATION && type < SANDBOX_TYPES; type++)
    if (upload->status == 200)
      check_type(upload, edit, type);
}

void sandbox_upload_check_version(struct sandbox_upload *upload, const struct sandbox_edit *edit) {
  const struct sandbox_version *present = sandbox_present(sandbox_find_element(upload->sandbox, edit->type, edit->id));
  if (present->version != edit->given_version)
    sandbox_upload_fail(upload, 409, "Version mismatch: Provided %u, server had: %u of %s %lld", edit->given_version,
                        present->version, capital_names[edit->type], (long long)edit->id);
}

static bool deleted_before(const struct sandbox_upload *upload, int64_t relation, size_t from, size_t to) {
  for (size_t i = from; i < to; i++)
    if (upload->edits[i].type == SANDBOX_RELATION && upload->edits[i].id == relation)
      return true;
  return false;
}

/* Lists the users of one kind; relations that this run deletes before do not count. */
static void list_users(struct sandbox_upload *upload, const struct sandbox_edit *edit, enum sandbox_type parent,
                       size_t from, size_t to, struct osmflow_bytes *list) {
  const struct sandbox_elements *parents = &upload->sandbox->elements[parent];
  int64_t *ids = NULL;
  size_t count = 0, capacity = 0;
  for (size_t p = 0; p < parents->count; p++) {
    const struct sandbox_version *version = sandbox_present(&parents->items[p]);
    if (!version || !version->visible ||
        (parent == edit->type && deleted_before(upload, parents->items[p].id, from, to)))
      continue;
    bool uses = false;
    for (uint32_t i = 0; i < version->ref_count && !uses; i++)
      uses = parent == SANDBOX_WAY ? version->nodes[i] == edit->id
                                   : version->members[i].type == edit->type && version->members[i].id == edit->id;
    if (!uses)
      continue;
    sandbox_reserve((void **)&ids, &capacity, count + 1, sizeof *ids);
    ids[count++] = parents->items[p].id;
  }
  list_ids(ids, count, list);
  free(ids);
}

bool sandbox_upload_is_unused(struct sandbox_upload *upload, const struct sandbox_edit *edit, size_t from, size_t to) {
  const struct sandbox_element *element = sandbox_find_element(upload->sandbox, edit->type, edit->id);
  const uint32_t uses[SANDBOX_TYPES] = {0, element->used_by_ways, element->used_by_relations};
  struct osmflow_bytes list;
  osmflow_bytes_init(&list, SIZE_MAX / 4);
  for (enum sandbox_type parent = SANDBOX_WAY; parent < SANDBOX_TYPES && list.size == 0; parent++) {
    if (uses[parent] == 0)
      continue;
    list_users(upload, edit, parent, from, to, &list);
    if (list.size == 0 || edit->if_unused)
      continue;
    if (edit->type == SANDBOX_RELATION)
      sandbox_upload_fail(upload, 412, "Precondition failed: The relation %lld is used in relations %s.",
                          (long long)edit->id, list.data);
    else
      sandbox_upload_fail(upload, 412, "Precondition failed: %s %lld is still used by %ss %s.",
                          capital_names[edit->type], (long long)edit->id, sandbox_type_names[parent], list.data);
  }
  const bool unused = list.size == 0;
  osmflow_bytes_clear(&list);
  return unused;
}

static void touch_id(struct sandbox_upload *upload, enum sandbox_type type, int64_t id) {
  const struct sandbox_version *present = sandbox_present(sandbox_find_element(upload->sandbox, type, id));
  if (present && present->visible)
    sandbox_upload_touch(upload, type, present);
}

void sandbox_upload_touch(struct sandbox_upload *upload, enum sandbox_type type,
                          const struct sandbox_version *version) {
  if (type == SANDBOX_NODE)
    sandbox_widen(&upload->touched, version->lat, version->lon);
  for (uint32_t i = 0; type == SANDBOX_WAY && i < version->ref_count; i++)
    touch_id(upload, SANDBOX_NODE, version->nodes[i]);
  for (uint32_t i = 0; type == SANDBOX_RELATION && i < version->ref_count; i++)
    if (version->members[i].type != SANDBOX_RELATION)
      touch_id(upload, version->members[i].type, version->members[i].id);
}

static bool has_member(const struct sandbox_version *version, const struct sandbox_member *member) {
  for (uint32_t i = 0; i < version->ref_count; i++)
    if (version->members[i].type == member->type && version->members[i].id == member->id)
      return true;
  return false;
}

static bool same_tags(const struct sandbox_version *left, const struct sandbox_version *right) {
  if (left->tag_count != right->tag_count)
    return false;
  for (uint32_t i = 0; i < left->tag_count; i++) /* kept texts: equal ones are one */
    if (left->tags[i].key != right->tags[i].key || left->tags[i].value != right->tags[i].value)
      return false;
  return true;
}

/* Touches the members of `left` that `right` lacks. True when one of them is a relation. */
static bool touch_difference(struct sandbox_upload *upload, const struct sandbox_version *left,
                             const struct sandbox_version *right) {
  bool relation = false;
  for (uint32_t i = 0; i < left->ref_count; i++) {
    const struct sandbox_member *member = &left->members[i];
    if (has_member(right, member))
      continue;
    if (member->type == SANDBOX_RELATION)
      relation = true;
    else
      touch_id(upload, member->type, member->id);
  }
  return relation;
}

void sandbox_upload_touch_relation(struct sandbox_upload *upload, const struct sandbox_version *before,
                                   const struct sandbox_version *after) {
  bool all = touch_difference(upload, before, after);
  all = touch_difference(upload, after, before) || all;
  if (!all && same_tags(before, after))
    return;
  sandbox_upload_touch(upload, SANDBOX_RELATION, before);
  sandbox_upload_touch(upload, SANDBOX_RELATION, after);
}
