#include "osm/journal_plan.h"

#include <stdlib.h>

#include "osm/journal_json.h"

enum { FORMAT = 1, MOST_PARTS = 16 * 1024 * 1024 };

/* The words of the files; they must stay as they are when those for people change. */
static const char *const actions[] = {"none", "create", "modify", "delete"};
static const char *const outcomes[] = {"pending", "done", "merged", "not needed", "kept", "conflict", "refused"};
enum { ACTIONS = sizeof actions / sizeof actions[0], OUTCOMES = sizeof outcomes / sizeof outcomes[0] };

static void write_tags(struct osmflow_journal_writer *writer, const struct osmflow_draft *draft) {
  osmflow_journal_put_open(writer, "tags", '[');
  for (size_t i = 0; i < draft->tag_count; i++) {
    osmflow_journal_put_text(writer, NULL, draft->tags[i].key);
    osmflow_journal_put_text(writer, NULL, draft->tags[i].value);
  }
  osmflow_journal_put_close(writer, ']');
}

static void write_members(struct osmflow_journal_writer *writer, const struct osmflow_draft *draft) {
  osmflow_journal_put_open(writer, "members", '[');
  for (size_t i = 0; i < draft->member_count; i++) {
    osmflow_journal_put_int(writer, NULL, draft->members[i].type);
    osmflow_journal_put_int(writer, NULL, draft->members[i].ref);
    osmflow_journal_put_text(writer, NULL, draft->members[i].role);
  }
  osmflow_journal_put_close(writer, ']');
}

static void write_refs(struct osmflow_journal_writer *writer, const struct osmflow_draft *draft) {
  osmflow_journal_put_open(writer, "refs", '[');
  for (size_t i = 0; i < draft->ref_count; i++)
    osmflow_journal_put_int(writer, NULL, draft->refs[i]);
  osmflow_journal_put_close(writer, ']');
}

static void write_draft(struct osmflow_journal_writer *writer, const char *name, const struct osmflow_draft *draft) {
  osmflow_journal_put_open(writer, name, '{');
  osmflow_journal_put_text(writer, "type", osmflow_text(osmflow_element_type_names[draft->type]));
  osmflow_journal_put_int(writer, "id", draft->id);
  osmflow_journal_put_int(writer, "version", draft->version);
  if (!draft->visible)
    osmflow_journal_put_int(writer, "deleted", 1);
  if (draft->lon != OSMFLOW_NO_POSITION)
    osmflow_journal_put_int(writer, "lon", draft->lon);
  if (draft->lat != OSMFLOW_NO_POSITION)
    osmflow_journal_put_int(writer, "lat", draft->lat);
  if (draft->tag_count > 0)
    write_tags(writer, draft);
  if (draft->ref_count > 0)
    write_refs(writer, draft);
  if (draft->member_count > 0)
    write_members(writer, draft);
  if (draft->label.size > 0)
    osmflow_journal_put_words(writer, "label", draft->label);
  osmflow_journal_put_close(writer, '}');
}

static void write_item(struct osmflow_journal_writer *writer, const struct osmflow_change_item *item) {
  osmflow_journal_line_begin(writer);
  osmflow_journal_put_text(writer, "action", osmflow_text(actions[item->action]));
  if (item->if_unused)
    osmflow_journal_put_int(writer, "if-unused", 1);
  write_draft(writer, "draft", item->draft);
  if (item->base)
    write_draft(writer, "base", item->base);
  if (item->outcome != OSMFLOW_OUTCOME_PENDING)
    osmflow_journal_put_text(writer, "outcome", osmflow_text(outcomes[item->outcome]));
  if (item->new_id != 0)
    osmflow_journal_put_int(writer, "new-id", item->new_id);
  if (item->new_version != 0)
    osmflow_journal_put_int(writer, "new-version", item->new_version);
  if (item->reason)
    osmflow_journal_put_words(writer, "reason", osmflow_text(item->reason));
  osmflow_journal_line_end(writer);
}

enum osmflow_status osmflow_journal_plan_write(const struct osmflow_change *change, struct osmflow_bytes *text,
                                               struct osmflow_error *error) {
  struct osmflow_journal_writer writer = {.bytes = text, .error = error};
  osmflow_journal_line_begin(&writer);
  osmflow_journal_put_int(&writer, "osmflow-plan", FORMAT);
  osmflow_journal_put_int(&writer, "items", (int64_t)change->count);
  osmflow_journal_line_end(&writer);
  for (size_t i = 0; writer.status == OSMFLOW_OK && i < change->count; i++)
    write_item(&writer, &change->items[i]);
  return writer.status;
}

enum osmflow_status osmflow_journal_plan_document(const struct osmflow_change *change, struct osmflow_bytes *document,
                                                  struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_new_ids ids;
  osmflow_new_ids_init(&ids);
  for (size_t i = 0; status == OSMFLOW_OK && i < change->count; i++) {
    const struct osmflow_change_item *item = &change->items[i];
    if (item->draft->id < 0 && item->new_id > 0)
      status = osmflow_new_ids_add(&ids, item->draft->type, item->draft->id, item->new_id, error);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_change_write(change, 0, change->count, 0, &ids, document, error);
  osmflow_new_ids_clear(&ids);
  return status;
}

/* Room for the parts of one draft after the other. */
struct room {
  struct osmflow_tag_view *tags;
  int64_t *refs;
  struct osmflow_draft_member *members;
  size_t tag_capacity, ref_capacity, member_capacity;
};

static void clear_room(struct room *room) {
  free(room->tags);
  free(room->refs);
  free(room->members);
}

static enum osmflow_status refuse(const char *what, struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "wrong or missing: %s", what);
}

static bool find_word(struct osmflow_text word, const char *const *words, int count, int *found) {
  *found = 0;
  while (*found < count && !osmflow_text_is(word, words[*found]))
    ++*found;
  return *found < count;
}

static enum osmflow_status read_tags(const struct osmflow_tree_node *object, struct room *room,
                                     struct osmflow_draft *draft, struct osmflow_error *error) {
  const struct osmflow_tree_node *item;
  size_t count;
  if (!osmflow_journal_get_array(object, "tags", &item, &count) || count % 2 != 0)
    return refuse("tags", error);
  const enum osmflow_status status = osmflow_array_reserve((void **)&room->tags, &room->tag_capacity, count / 2,
                                                           sizeof *room->tags, MOST_PARTS, error);
  if (status != OSMFLOW_OK)
    return status;
  for (draft->tag_count = 0; item; item = item->next->next, draft->tag_count++) {
    struct osmflow_tag_view *tag = &room->tags[draft->tag_count];
    if (!osmflow_journal_item_text(item, &tag->key) || !osmflow_journal_item_text(item->next, &tag->value))
      return refuse("tags", error);
  }
  draft->tags = room->tags;
  return OSMFLOW_OK;
}

static enum osmflow_status read_refs(const struct osmflow_tree_node *object, struct room *room,
                                     struct osmflow_draft *draft, struct osmflow_error *error) {
  const struct osmflow_tree_node *item;
  size_t count;
  if (!osmflow_journal_get_array(object, "refs", &item, &count))
    return refuse("refs", error);
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&room->refs, &room->ref_capacity, count, sizeof *room->refs, MOST_PARTS, error);
  if (status != OSMFLOW_OK)
    return status;
  for (draft->ref_count = 0; item; item = item->next)
    if (!osmflow_journal_item_int(item, -OSMFLOW_MOST_ID, OSMFLOW_MOST_ID, &room->refs[draft->ref_count++]))
      return refuse("refs", error);
  draft->refs = room->refs;
  return OSMFLOW_OK;
}

static enum osmflow_status read_members(const struct osmflow_tree_node *object, struct room *room,
                                        struct osmflow_draft *draft, struct osmflow_error *error) {
  const struct osmflow_tree_node *item;
  size_t count;
  if (!osmflow_journal_get_array(object, "members", &item, &count) || count % 3 != 0)
    return refuse("members", error);
  const enum osmflow_status status = osmflow_array_reserve((void **)&room->members, &room->member_capacity, count / 3,
                                                           sizeof *room->members, MOST_PARTS, error);
  if (status != OSMFLOW_OK)
    return status;
  for (draft->member_count = 0; item; item = item->next->next->next, draft->member_count++) {
    struct osmflow_draft_member *member = &room->members[draft->member_count];
    int64_t type;
    if (!osmflow_journal_item_int(item, 0, OSMFLOW_ELEMENT_TYPES - 1, &type) ||
        !osmflow_journal_item_int(item->next, -OSMFLOW_MOST_ID, OSMFLOW_MOST_ID, &member->ref) ||
        !osmflow_journal_item_text(item->next->next, &member->role))
      return refuse("members", error);
    member->type = (enum osmflow_element_type)type;
  }
  draft->members = room->members;
  return OSMFLOW_OK;
}

static bool read_position(const struct osmflow_tree_node *object, const char *name, int32_t *position) {
  int64_t value = OSMFLOW_NO_POSITION;
  const struct osmflow_tree_node *member = osmflow_tree_child(object, name);
  const bool good = !member || osmflow_journal_item_int(member, INT32_MIN, INT32_MAX, &value);
  *position = (int32_t)value;
  return good;
}

static enum osmflow_status read_draft(const struct osmflow_tree_node *object, struct room *room,
                                      struct osmflow_draft *draft, struct osmflow_error *error) {
  struct osmflow_text word;
  int64_t version;
  int64_t is_deleted;
  int type;
  *draft = (struct osmflow_draft){.type = OSMFLOW_NODE};
  if (object->kind != OSMFLOW_TREE_OBJECT)
    return refuse("draft", error);
  if (!osmflow_journal_get_text(object, "type", &word) ||
      !find_word(word, osmflow_element_type_names, OSMFLOW_ELEMENT_TYPES, &type))
    return refuse("type", error);
  if (!osmflow_journal_get_int(object, "id", -OSMFLOW_MOST_ID, OSMFLOW_MOST_ID, &draft->id) || draft->id == 0)
    return refuse("id", error);
  if (!osmflow_journal_get_int(object, "version", 0, UINT32_MAX, &version))
    return refuse("version", error);
  if (!osmflow_journal_get_int(object, "deleted", 0, 1, &is_deleted))
    return refuse("deleted", error);
  if (!read_position(object, "lon", &draft->lon) || !read_position(object, "lat", &draft->lat))
    return refuse("lon, lat", error);
  if (!osmflow_journal_get_text(object, "label", &draft->label))
    return refuse("label", error);
  draft->type = (enum osmflow_element_type)type;
  draft->version = (uint32_t)version;
  draft->visible = is_deleted == 0;
  enum osmflow_status status = read_tags(object, room, draft, error);
  if (status == OSMFLOW_OK)
    status = read_refs(object, room, draft, error);
  return status == OSMFLOW_OK ? read_members(object, room, draft, error) : status;
}

/* What became of the item that was added last. */
static enum osmflow_status read_outcome(const struct osmflow_tree_node *object, struct osmflow_change_item *item,
                                        struct osmflow_error *error) {
  struct osmflow_text word;
  struct osmflow_text reason;
  int64_t version;
  int outcome = OSMFLOW_OUTCOME_PENDING;
  if (!osmflow_journal_get_text(object, "outcome", &word) ||
      (word.size > 0 && !find_word(word, outcomes, OUTCOMES, &outcome)))
    return refuse("outcome", error);
  if (!osmflow_journal_get_int(object, "new-id", -OSMFLOW_MOST_ID, OSMFLOW_MOST_ID, &item->new_id) ||
      !osmflow_journal_get_int(object, "new-version", 0, UINT32_MAX, &version))
    return refuse("new-id, new-version", error);
  if (!osmflow_journal_get_text(object, "reason", &reason))
    return refuse("reason", error);
  item->outcome = (enum osmflow_outcome)outcome;
  item->new_version = (uint32_t)version;
  if (osmflow_tree_child(object, "reason") && !(item->reason = strndup(reason.data, reason.size)))
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a reason");
  return OSMFLOW_OK;
}

/* osmflow_change_add() makes drafts fit their action; here they come back as they were. */
static enum osmflow_status add_item(struct osmflow_change *change, enum osmflow_element_action action, bool if_unused,
                                    const struct osmflow_draft *draft, const struct osmflow_draft *base,
                                    struct osmflow_error *error) {
  struct osmflow_change_item item = {.action = action, .if_unused = if_unused};
  enum osmflow_status status = osmflow_array_reserve((void **)&change->items, &change->capacity, change->count + 1,
                                                     sizeof *change->items, MOST_PARTS, error);
  if (status == OSMFLOW_OK)
    status = osmflow_draft_copy(draft, &item.draft, error);
  if (status == OSMFLOW_OK && base)
    status = osmflow_draft_copy(base, &item.base, error);
  if (status == OSMFLOW_OK)
    change->items[change->count++] = item;
  else
    osmflow_draft_free(item.draft);
  return status;
}

static enum osmflow_status read_item(const struct osmflow_tree_node *object, struct room rooms[2],
                                     struct osmflow_change *change, struct osmflow_error *error) {
  struct osmflow_draft draft;
  struct osmflow_draft base;
  struct osmflow_text word;
  int64_t if_unused;
  int action;
  const struct osmflow_tree_node *draft_object = osmflow_tree_child(object, "draft");
  const struct osmflow_tree_node *base_object = osmflow_tree_child(object, "base");
  if (!osmflow_journal_get_text(object, "action", &word) || !find_word(word, actions, ACTIONS, &action) ||
      action == OSMFLOW_ACTION_NONE)
    return refuse("action", error);
  if (!osmflow_journal_get_int(object, "if-unused", 0, 1, &if_unused))
    return refuse("if-unused", error);
  if (!draft_object)
    return refuse("draft", error);
  enum osmflow_status status = read_draft(draft_object, &rooms[0], &draft, error);
  if (status == OSMFLOW_OK && base_object)
    status = read_draft(base_object, &rooms[1], &base, error);
  if (status == OSMFLOW_OK)
    status = add_item(change, (enum osmflow_element_action)action, if_unused != 0, &draft, base_object ? &base : NULL,
                      error);
  return status == OSMFLOW_OK ? read_outcome(object, &change->items[change->count - 1], error) : status;
}

static enum osmflow_status read_first(const struct osmflow_tree_node *object, size_t *count,
                                      struct osmflow_error *error) {
  int64_t format;
  int64_t items;
  if (!osmflow_journal_get_int(object, "osmflow-plan", 1, INT64_MAX, &format) || format == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "no plan of osmflow");
  if (format != FORMAT)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "made by a newer osmflow (format %d here)", FORMAT);
  if (!osmflow_tree_child(object, "items") ||
      !osmflow_journal_get_int(object, "items", 0, (int64_t)OSMFLOW_JOURNAL_CEILING, &items))
    return refuse("items", error);
  *count = (size_t)items;
  return OSMFLOW_OK;
}

static enum osmflow_status read_line(struct osmflow_text json, bool is_first, size_t *count, struct room rooms[2],
                                     struct osmflow_change *change, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *object;
  enum osmflow_status status = osmflow_journal_line_parse(json, &tree, &object, error);
  if (status == OSMFLOW_OK)
    status = is_first ? read_first(object, count, error) : read_item(object, rooms, change, error);
  osmflow_tree_free(tree);
  return status;
}

enum osmflow_status osmflow_journal_plan_read(struct osmflow_text text, struct osmflow_change *change, size_t *line,
                                              struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  enum osmflow_journal_line found;
  struct room rooms[2] = {{.tags = NULL}, {.tags = NULL}};
  struct osmflow_text json;
  size_t count = 0;
  *line = 1;
  while ((found = osmflow_journal_line_next(&text, &json)) == OSMFLOW_JOURNAL_LINE_GOOD) {
    status = read_line(json, *line == 1, &count, rooms, change, error);
    if (status != OSMFLOW_OK)
      break;
    ++*line;
  }
  if (status == OSMFLOW_OK && found != OSMFLOW_JOURNAL_LINE_NONE)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "damaged");
  else if (status == OSMFLOW_OK && (*line == 1 || change->count != count))
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "%zu items, and there should be %zu", change->count, count);
  if (status != OSMFLOW_OK)
    osmflow_change_clear(change);
  clear_room(&rooms[0]);
  clear_room(&rooms[1]);
  return status;
}
