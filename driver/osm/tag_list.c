#include "osm/tag_list.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "format/tree.h"

enum { MOST_TAGS = 100000, TEXT_CEILING = 16 << 20 };

void osmflow_tag_list_init(struct osmflow_tag_list *list) {
  *list = (struct osmflow_tag_list){0};
  osmflow_pool_init(&list->texts);
}

void osmflow_tag_list_clear(struct osmflow_tag_list *list) {
  free(list->items);
  osmflow_pool_clear(&list->texts);
  osmflow_tag_list_init(list);
}

static size_t place_of(const struct osmflow_tag_list *list, struct osmflow_text key) {
  size_t place = 0;
  while (place < list->count && !osmflow_text_equal(list->items[place].key, key))
    place++;
  return place;
}

static enum osmflow_status keep(struct osmflow_tag_list *list, struct osmflow_text text, struct osmflow_text *kept,
                                struct osmflow_error *error) {
  uint32_t number = 0;
  const enum osmflow_status status = osmflow_pool_add(&list->texts, text, &number, error);
  if (status == OSMFLOW_OK)
    *kept = osmflow_pool_text(&list->texts, number);
  return status;
}

enum osmflow_status osmflow_tag_list_set(struct osmflow_tag_list *list, struct osmflow_text key,
                                         struct osmflow_text value, struct osmflow_error *error) {
  struct osmflow_tag_view tag = {{NULL, 0}, {NULL, 0}};
  const size_t place = place_of(list, key);
  enum osmflow_status status =
      osmflow_array_reserve((void **)&list->items, &list->capacity, place + 1, sizeof *list->items, MOST_TAGS, error);
  if (status == OSMFLOW_OK)
    status = keep(list, key, &tag.key, error);
  if (status == OSMFLOW_OK)
    status = keep(list, value, &tag.value, error);
  if (status == OSMFLOW_OK) {
    list->items[place] = tag;
    list->count += place == list->count;
  }
  return status;
}

enum osmflow_status osmflow_tag_list_copy(struct osmflow_tag_list *list, const struct osmflow_tag_view *tags,
                                          size_t count, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  list->count = 0;
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++)
    status = osmflow_tag_list_set(list, tags[i].key, tags[i].value, error);
  return status;
}

void osmflow_tag_list_remove(struct osmflow_tag_list *list, struct osmflow_text key) {
  const size_t place = place_of(list, key);
  if (place < list->count) {
    memmove(list->items + place, list->items + place + 1, (list->count - place - 1) * sizeof *list->items);
    list->count--;
  }
}

const struct osmflow_tag_view *osmflow_tag_list_find(const struct osmflow_tag_list *list, struct osmflow_text key) {
  const size_t place = place_of(list, key);
  return place < list->count ? &list->items[place] : NULL;
}

static enum osmflow_status add_member(struct osmflow_tag_list *list, const struct osmflow_tree_node *member,
                                      struct osmflow_error *error) {
  if (member->kind == OSMFLOW_TREE_NULL)
    return OSMFLOW_OK;
  if (member->kind == OSMFLOW_TREE_OBJECT || member->kind == OSMFLOW_TREE_ARRAY)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the tag %.80s is a list or an object, which no tag can hold",
                             member->name.data);
  return osmflow_tag_list_set(list, member->name, member->text, error);
}

static enum osmflow_status parse_json(struct osmflow_tag_list *list, struct osmflow_text text,
                                      struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *root = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_JSON, &tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, text.data, text.size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &root, error);
  for (const struct osmflow_tree_node *member = root ? root->first : NULL; status == OSMFLOW_OK && member;)
    if ((status = add_member(list, member, error)) == OSMFLOW_OK)
      member = member->next;
  osmflow_tree_free(tree);
  if (status == OSMFLOW_BAD_DATA && error)
    error->status = status = OSMFLOW_BAD_ARGUMENT;
  return status;
}

struct hstore {
  struct osmflow_text text;
  size_t at;
};

static void skip_blanks(struct hstore *from) {
  while (from->at < from->text.size && strchr(" \t\r\n", from->text.data[from->at]))
    from->at++;
}

/* A quoted or bare word; bare ones end at a blank, a comma or an arrow. */
static enum osmflow_status read_word(struct hstore *from, struct osmflow_bytes *word, bool *is_quoted,
                                     struct osmflow_error *error) {
  const struct osmflow_text text = from->text;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_reset(word);
  skip_blanks(from);
  *is_quoted = from->at < text.size && text.data[from->at] == '"';
  from->at += *is_quoted;
  bool has_ended = false;
  while (status == OSMFLOW_OK && !has_ended && from->at < text.size) {
    const char c = text.data[from->at];
    has_ended = *is_quoted ? c == '"' : strchr(" \t\r\n,=", c) != NULL;
    if (!has_ended) {
      from->at += *is_quoted && c == '\\' && from->at + 1 < text.size;
      status = osmflow_bytes_add(word, text.data + from->at++, 1, error);
    }
  }
  if (status == OSMFLOW_OK && *is_quoted && !has_ended)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a closing \" is missing");
  from->at += *is_quoted && has_ended;
  if (status == OSMFLOW_OK && !*is_quoted && word->size == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a key or value is missing at byte %zu", from->at + 1);
  return status;
}

static enum osmflow_status expect(struct hstore *from, const char *mark, struct osmflow_error *error) {
  const size_t size = strlen(mark);
  skip_blanks(from);
  if (from->text.size - from->at < size || memcmp(from->text.data + from->at, mark, size) != 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is missing at byte %zu", mark, from->at + 1);
  from->at += size;
  skip_blanks(from);
  return OSMFLOW_OK;
}

static enum osmflow_status read_pair(struct osmflow_tag_list *list, struct hstore *from, struct osmflow_bytes *key,
                                     struct osmflow_bytes *value, struct osmflow_error *error) {
  bool is_quoted = false;
  enum osmflow_status status = read_word(from, key, &is_quoted, error);
  if (status == OSMFLOW_OK)
    status = expect(from, "=>", error);
  if (status == OSMFLOW_OK)
    status = read_word(from, value, &is_quoted, error);
  if (status == OSMFLOW_OK && (is_quoted || !osmflow_text_is_ignoring_case(osmflow_bytes_view(value), "NULL")))
    status = osmflow_tag_list_set(list, osmflow_bytes_view(key), osmflow_bytes_view(value), error);
  skip_blanks(from);
  if (status == OSMFLOW_OK && from->at < from->text.size)
    status = expect(from, ",", error);
  return status;
}

static enum osmflow_status parse_hstore(struct osmflow_tag_list *list, struct osmflow_text text,
                                        struct osmflow_error *error) {
  struct hstore from = {text, 0};
  struct osmflow_bytes key, value;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&key, TEXT_CEILING);
  osmflow_bytes_init(&value, TEXT_CEILING);
  while (status == OSMFLOW_OK && from.at < text.size)
    status = read_pair(list, &from, &key, &value, error);
  osmflow_bytes_clear(&key);
  osmflow_bytes_clear(&value);
  return status;
}

enum osmflow_status osmflow_tag_list_parse(struct osmflow_tag_list *list, struct osmflow_text text,
                                           struct osmflow_error *error) {
  text = osmflow_text_trim(text);
  if (text.size == 0)
    return OSMFLOW_OK;
  const bool is_json = text.data[0] == '{';
  const enum osmflow_status status = is_json ? parse_json(list, text, error) : parse_hstore(list, text, error);
  if (status == OSMFLOW_BAD_ARGUMENT)
    osmflow_error_prefix(error, "\"%.60s\" is not what tags are written as (%s): ", text.data,
                         is_json ? "{\"key\":\"value\"}" : "\"key\"=>\"value\",...");
  return status;
}
