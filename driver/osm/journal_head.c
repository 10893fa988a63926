/* The first line of a journal, and what must not stand in it. */
#include <stdlib.h>

#include "osm/journal_json.h"
#include "osm/journal_record.h"

enum { FORMAT = 1, HEAD_CEILING = 16 * 1024 * 1024, MOST_TAGS = 64 * 1024 };

void osmflow_journal_own_head_clear(struct osmflow_journal_own_head *own) {
  osmflow_tree_free(own->tree);
  free(own->tags);
  *own = (struct osmflow_journal_own_head){.tree = NULL};
}

static bool is_name(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '_' || character == '-';
}

/* A parameter whose value is a secret, by the end of its name: token, access_token, OSMAPI_TOKEN, ... */
static bool names_secret(const char *start, const char *end) {
  static const char *const endings[] = {"token", "password", "secret", "api_key", "apikey"};
  bool found = false;
  for (size_t i = 0; !found && i < sizeof endings / sizeof endings[0]; i++) {
    const size_t size = strlen(endings[i]);
    found = (size_t)(end - start) >= size &&
            osmflow_text_is_ignoring_case((struct osmflow_text){end - size, size}, endings[i]);
  }
  return found;
}

/* The size of "user:password@" at the start of an authority. */
static size_t user_info_size(const char *authority) {
  size_t found = 0;
  const size_t size = strcspn(authority, "/?#&\"' \t\r\n");
  for (size_t i = 0; i < size; i++)
    if (authority[i] == '@')
      found = i + 1;
  return found;
}

static enum osmflow_status leave_secrets_out(const char *text, struct osmflow_bytes *clean,
                                             struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  const char *word = text;
  for (const char *at = text; status == OSMFLOW_OK && *at; at++) {
    status = osmflow_bytes_add(clean, at, 1, error);
    if (*at == '=' && names_secret(word, at)) {
      at += strcspn(at, "&#;, \"'\t\r\n") - 1;
      if (status == OSMFLOW_OK)
        status = osmflow_bytes_add_string(clean, "***", error);
    } else if (*at == '/' && at - text >= 2 && at[-1] == '/' && at[-2] == ':') {
      at += user_info_size(at + 1);
    }
    if (!is_name(*at))
      word = at + 1;
  }
  return status;
}

static void put_clean(struct osmflow_journal_writer *writer, const char *name, const char *text) {
  struct osmflow_bytes clean;
  osmflow_bytes_init(&clean, HEAD_CEILING);
  if (writer->status == OSMFLOW_OK)
    writer->status = leave_secrets_out(text ? text : "", &clean, writer->error);
  osmflow_journal_put_words(writer, name, osmflow_bytes_view(&clean));
  osmflow_bytes_clear(&clean);
}

enum osmflow_status osmflow_journal_head_write(const struct osmflow_journal_head *head, struct osmflow_bytes *text,
                                               struct osmflow_error *error) {
  struct osmflow_journal_writer writer = {.bytes = text, .error = error};
  osmflow_journal_line_begin(&writer);
  osmflow_journal_put_int(&writer, "osmflow-journal", FORMAT);
  osmflow_journal_put_int(&writer, "started", head->started);
  put_clean(&writer, "root", head->root);
  put_clean(&writer, "connection", head->connection);
  osmflow_journal_put_int(&writer, "changeset", head->changeset);
  osmflow_journal_put_open(&writer, "tags", '[');
  for (size_t i = 0; i < head->tag_count; i++) {
    osmflow_journal_put_text(&writer, NULL, head->tags[i].key);
    osmflow_journal_put_text(&writer, NULL, head->tags[i].value);
  }
  osmflow_journal_put_close(&writer, ']');
  osmflow_journal_line_end(&writer);
  return writer.status;
}

static enum osmflow_status refuse(const char *what, struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "wrong or missing: %s", what);
}

static enum osmflow_status read_tags(const struct osmflow_tree_node *object, struct osmflow_journal_own_head *own,
                                     struct osmflow_error *error) {
  const struct osmflow_tree_node *item;
  size_t count;
  size_t capacity = 0;
  if (!osmflow_journal_get_array(object, "tags", &item, &count) || count % 2 != 0)
    return refuse("tags", error);
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&own->tags, &capacity, count / 2, sizeof *own->tags, MOST_TAGS, error);
  if (status != OSMFLOW_OK)
    return status;
  for (size_t i = 0; i < count / 2; i++, item = item->next->next)
    if (!osmflow_journal_item_text(item, &own->tags[i].key) ||
        !osmflow_journal_item_text(item->next, &own->tags[i].value))
      return refuse("tags", error);
  own->head.tags = own->tags;
  own->head.tag_count = count / 2;
  return OSMFLOW_OK;
}

static enum osmflow_status read_members(const struct osmflow_tree_node *object, struct osmflow_journal_head *head,
                                        struct osmflow_error *error) {
  struct osmflow_text root;
  struct osmflow_text connection;
  int64_t format;
  if (!osmflow_journal_get_int(object, "osmflow-journal", 1, INT64_MAX, &format) || format == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "no journal of osmflow");
  if (format != FORMAT)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "made by a newer osmflow (this one knows format %d): use that",
                             FORMAT);
  if (!osmflow_journal_get_text(object, "root", &root) || root.size == 0)
    return refuse("root", error);
  if (!osmflow_journal_get_text(object, "connection", &connection))
    return refuse("connection", error);
  if (!osmflow_journal_get_int(object, "changeset", 0, INT64_MAX, &head->changeset))
    return refuse("changeset", error);
  if (!osmflow_journal_get_int(object, "started", 0, INT64_MAX, &head->started))
    return refuse("started", error);
  head->root = root.data;
  head->connection = connection.data;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_journal_head_read(struct osmflow_text json, struct osmflow_journal_own_head *own,
                                              struct osmflow_error *error) {
  const struct osmflow_tree_node *object = NULL;
  *own = (struct osmflow_journal_own_head){.tree = NULL};
  enum osmflow_status status = osmflow_journal_line_parse(json, &own->tree, &object, error);
  if (status == OSMFLOW_OK)
    status = read_members(object, &own->head, error);
  if (status == OSMFLOW_OK)
    status = read_tags(object, own, error);
  if (status != OSMFLOW_OK)
    osmflow_journal_own_head_clear(own);
  return status;
}
