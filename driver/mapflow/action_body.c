/* Members of actions: checked, then put into the address or a JSON body. */
#include <stdio.h>

#include "base/number.h"
#include "mapflow/action_parts.h"

enum { LONGEST_NAME = 255, LONGEST_TEXT = 65536, LONGEST_WORD = 40, SHOWN = 60 };

enum form { FORM_TEXT, FORM_LIST, FORM_NUMBER, FORM_JSON };

struct wanted {
  char name[LONGEST_WORD];
  enum form form;
  bool is_needed;
};

static bool take_end(struct osmflow_text *word, const char *end) {
  const size_t size = strlen(end);
  const bool found = word->size > size && memcmp(word->data + word->size - size, end, size) == 0;
  word->size -= found ? size : 0;
  return found;
}

static bool next_wanted(struct osmflow_text *rest, struct wanted *wanted) {
  struct osmflow_text word;
  if (!rest->data || !osmflow_text_next(rest, ' ', &word))
    return false;
  wanted->is_needed = take_end(&word, "!");
  wanted->form = take_end(&word, "[]")   ? FORM_LIST
                 : take_end(&word, "#")  ? FORM_NUMBER
                 : take_end(&word, "{}") ? FORM_JSON
                                         : FORM_TEXT;
  snprintf(wanted->name, sizeof wanted->name, "%.*s", (int)word.size, word.data);
  return true;
}

const struct osmflow_mapflow_member *osmflow_mapflow_member(const struct osmflow_mapflow_action *action,
                                                            const char *name) {
  for (size_t i = 0; i < action->member_count; i++)
    if (strcmp(action->members[i].name, name) == 0)
      return &action->members[i];
  return NULL;
}

static size_t count_characters(struct osmflow_text text) {
  size_t count = 0;
  for (size_t i = 0; i < text.size; i++)
    count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
  return count;
}

static enum osmflow_status check_text(const char *name, struct osmflow_text text, struct osmflow_error *error) {
  const bool is_name = strcmp(name, "name") == 0;
  const size_t most = is_name ? LONGEST_NAME : LONGEST_TEXT, count = count_characters(text);
  if (!osmflow_text_is_utf8(text))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the %s is not UTF-8", name);
  if (count > most)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the %s has %zu characters; %zu are the most", name, count,
                             most);
  for (size_t i = 0; is_name && i < text.size; i++)
    if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7F)
      return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the name holds a line end or another control character");
  if (strcmp(name, "projectId") == 0 && !osmflow_mapflow_is_id(text))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "\"%.*s\" is not the id of a project",
                             (int)(text.size < SHOWN ? text.size : SHOWN), text.data);
  return OSMFLOW_OK;
}

static enum osmflow_status check_json(const char *name, struct osmflow_text text, struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_JSON, &tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, text.data, text.size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &top, error);
  osmflow_tree_free(tree);
  if (status == OSMFLOW_BAD_DATA)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the %s must be JSON", name);
  return status;
}

static enum osmflow_status check_member(const struct wanted *wanted, const struct osmflow_mapflow_member *member,
                                        struct osmflow_error *error) {
  const struct osmflow_text text = osmflow_text(member ? member->value : NULL);
  const bool is_empty = !member || (!member->list && osmflow_text_trim(text).size == 0);
  const bool must_be_full = wanted->is_needed || strcmp(wanted->name, "name") == 0;
  enum osmflow_status status = OSMFLOW_OK;
  int64_t number = 0;
  if (is_empty && must_be_full && (member || wanted->is_needed))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the %s is %s", wanted->name, member ? "empty" : "missing");
  if (!member || (!member->value && !member->list))
    return OSMFLOW_OK;
  if ((wanted->form == FORM_LIST) != (member->list != NULL))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s must be %s", wanted->name,
                             wanted->form == FORM_LIST ? "a list" : "a single value");
  for (size_t i = 0; status == OSMFLOW_OK && member->list && member->list[i]; i++)
    status = check_text(wanted->name, osmflow_text(member->list[i]), error);
  if (wanted->form == FORM_TEXT)
    status = check_text(wanted->name, text, error);
  if (wanted->form == FORM_JSON)
    status = check_json(wanted->name, text, error);
  if (wanted->form == FORM_NUMBER && !osmflow_parse_int(osmflow_text_trim(text), 1, 5, &number))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the %s is a whole number from 1 to 5", wanted->name);
  return status;
}

static enum osmflow_status check_members(const struct osmflow_mapflow_action_class *action_class,
                                         const struct osmflow_mapflow_action *action, struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(action_class->members);
  struct wanted wanted;
  size_t known = 0;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && next_wanted(&rest, &wanted)) {
    const struct osmflow_mapflow_member *member = osmflow_mapflow_member(action, wanted.name);
    known += member != NULL;
    status = check_member(&wanted, member, error);
  }
  if (status == OSMFLOW_OK && known != action->member_count)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s takes these, each once: %s", action_class->name,
                               action_class->members ? action_class->members : "nothing");
  if (status == OSMFLOW_OK && action_class->members && known == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s: nothing is to be changed; there are %s",
                               action_class->name, action_class->members);
  return status;
}

static enum osmflow_status print_value(const struct wanted *wanted, const struct osmflow_mapflow_member *member,
                                       struct osmflow_bytes *body, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (!member->list && !member->value)
    return osmflow_bytes_add_string(body, "null", error);
  if (wanted->form == FORM_TEXT)
    return osmflow_bytes_add_json(body, osmflow_text(member->value), error);
  if (!member->list)
    return osmflow_bytes_add_text(body, osmflow_text_trim(osmflow_text(member->value)), error);
  status = osmflow_bytes_add(body, "[", 1, error);
  for (size_t i = 0; status == OSMFLOW_OK && member->list[i]; i++) {
    status = osmflow_bytes_add_string(body, i > 0 ? "," : "", error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_json(body, osmflow_text(member->list[i]), error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add(body, "]", 1, error) : status;
}

static enum osmflow_status print_body(const struct osmflow_mapflow_action_class *action_class,
                                      const struct osmflow_mapflow_action *action, struct osmflow_bytes *body,
                                      struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(action_class->members);
  struct wanted wanted;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && next_wanted(&rest, &wanted)) {
    const struct osmflow_mapflow_member *member = osmflow_mapflow_member(action, wanted.name);
    if (!member)
      continue;
    status = osmflow_bytes_print(body, error, "%s\"%s\":", body->size > 0 ? "," : "{", wanted.name);
    if (status == OSMFLOW_OK)
      status = print_value(&wanted, member, body, error);
  }
  return status == OSMFLOW_OK && body->size > 0 ? osmflow_bytes_add(body, "}", 1, error) : status;
}

static enum osmflow_status print_path(const struct osmflow_mapflow_action_class *action_class,
                                      const struct osmflow_mapflow_action *action, struct osmflow_bytes *path,
                                      struct osmflow_error *error) {
  const char *mark = strstr(action_class->path, "{id}");
  const struct osmflow_text id = osmflow_text(action->id);
  if (mark && !osmflow_mapflow_is_id(id))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "%s: \"%.*s\" is no id; ids look like 3fa85f64-5717-4562-b3fc-2c963f66afa6",
                             action_class->name, (int)(id.size < SHOWN ? id.size : SHOWN), id.size > 0 ? id.data : "");
  enum osmflow_status status = mark ? osmflow_bytes_print(path, error, "%.*s%s%s", (int)(mark - action_class->path),
                                                          action_class->path, action->id, mark + 4)
                                    : osmflow_bytes_add_string(path, action_class->path, error);
  for (size_t i = 0; status == OSMFLOW_OK && action_class->is_in_query && i < action->member_count; i++) {
    status = osmflow_bytes_print(path, error, "%s%s=", i > 0 ? "&" : "?", action->members[i].name);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_url(path, osmflow_text(action->members[i].value), "", error);
  }
  return status;
}

enum osmflow_status osmflow_mapflow_action_prepare(const struct osmflow_mapflow_action_class *action_class,
                                                   const struct osmflow_mapflow_action *action,
                                                   struct osmflow_bytes *path, struct osmflow_bytes *body,
                                                   struct osmflow_error *error) {
  enum osmflow_status status = check_members(action_class, action, error);
  if (status == OSMFLOW_OK)
    status = print_path(action_class, action, path, error);
  return status == OSMFLOW_OK && !action_class->is_in_query ? print_body(action_class, action, body, error) : status;
}
