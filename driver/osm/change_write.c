#include "format/xml_writer.h"
#include "osm/change_parts.h"

static const char *const action_names[] = {"", "create", "modify", "delete"};

struct document {
  struct osmflow_xml_writer writer;
  int64_t changeset; /* 0: a file */
  const struct osmflow_new_ids *new_ids;
  const struct osmflow_change_item *block; /* an item of the block that is open; NULL: none is */
};

static int64_t real_id(const struct document *document, enum osmflow_element_type type, int64_t id) {
  return document->new_ids && id < 0 ? osmflow_new_ids_find(document->new_ids, type, id) : id;
}

static bool same_block(const struct osmflow_change_item *left, const struct osmflow_change_item *right) {
  return left->action == right->action &&
         (left->action != OSMFLOW_ACTION_DELETE || left->if_unused == right->if_unused);
}

static void write_tags(struct document *document, const struct osmflow_draft *draft) {
  for (size_t i = 0; i < draft->tag_count; i++) {
    osmflow_xml_begin(&document->writer, "tag");
    osmflow_xml_attribute_text(&document->writer, "k", draft->tags[i].key);
    osmflow_xml_attribute_text(&document->writer, "v", draft->tags[i].value);
    osmflow_xml_end(&document->writer);
  }
}

static void write_refs(struct document *document, const struct osmflow_draft *draft) {
  for (size_t i = 0; i < draft->ref_count; i++) {
    osmflow_xml_begin(&document->writer, "nd");
    osmflow_xml_attribute_int(&document->writer, "ref", real_id(document, OSMFLOW_NODE, draft->refs[i]));
    osmflow_xml_end(&document->writer);
  }
}

static void write_members(struct document *document, const struct osmflow_draft *draft) {
  for (size_t i = 0; i < draft->member_count; i++) {
    const struct osmflow_draft_member *member = &draft->members[i];
    osmflow_xml_begin(&document->writer, "member");
    osmflow_xml_attribute_text(&document->writer, "type", osmflow_text(osmflow_element_type_names[member->type]));
    osmflow_xml_attribute_int(&document->writer, "ref", real_id(document, member->type, member->ref));
    osmflow_xml_attribute_text(&document->writer, "role", member->role);
    osmflow_xml_end(&document->writer);
  }
}

static bool has_place(const struct osmflow_draft *draft) {
  return draft->lon != OSMFLOW_NO_POSITION && draft->lat != OSMFLOW_NO_POSITION;
}

/* The draft that says where the element is and what it is made of; NULL: the server need not be told. What is to be
 * deleted tells it in files only, from the draft itself or from what the element was before. */
static const struct osmflow_draft *content_of(const struct document *document, const struct osmflow_change_item *item) {
  const struct osmflow_draft *draft = item->draft;
  if (item->action != OSMFLOW_ACTION_DELETE)
    return draft;
  if (document->changeset != 0)
    return NULL;
  const bool is_empty = draft->type == OSMFLOW_NODE  ? !has_place(draft)
                        : draft->type == OSMFLOW_WAY ? draft->ref_count == 0
                                                     : draft->member_count == 0;
  return is_empty && item->base ? item->base : draft;
}

static void write_element(struct document *document, const struct osmflow_change_item *item) {
  struct osmflow_xml_writer *writer = &document->writer;
  const struct osmflow_draft *draft = item->draft, *content = content_of(document, item);
  osmflow_xml_begin(writer, osmflow_element_type_names[draft->type]);
  osmflow_xml_attribute_int(writer, "id", real_id(document, draft->type, draft->id));
  if (item->action != OSMFLOW_ACTION_CREATE)
    osmflow_xml_attribute_int(writer, "version", draft->version);
  if (document->changeset != 0)
    osmflow_xml_attribute_int(writer, "changeset", document->changeset);
  if (content && draft->type == OSMFLOW_NODE && has_place(content)) {
    osmflow_xml_attribute_degrees(writer, "lat", content->lat);
    osmflow_xml_attribute_degrees(writer, "lon", content->lon);
  }
  if (content && draft->type == OSMFLOW_WAY)
    write_refs(document, content);
  if (content && draft->type == OSMFLOW_RELATION)
    write_members(document, content);
  if (item->action != OSMFLOW_ACTION_DELETE)
    write_tags(document, draft);
  osmflow_xml_end(writer);
}

static void write_item(struct document *document, const struct osmflow_change_item *item) {
  if (!document->block || !same_block(document->block, item)) {
    if (document->block)
      osmflow_xml_end(&document->writer);
    osmflow_xml_begin(&document->writer, action_names[item->action]);
    if (item->action == OSMFLOW_ACTION_DELETE && item->if_unused)
      osmflow_xml_attribute_text(&document->writer, "if-unused", osmflow_text("true"));
    document->block = item;
  }
  write_element(document, item);
}

enum osmflow_status osmflow_change_write(const struct osmflow_change *change, size_t first, size_t end,
                                         int64_t changeset, const struct osmflow_new_ids *new_ids,
                                         struct osmflow_bytes *document, struct osmflow_error *error) {
  struct document made = {.changeset = changeset, .new_ids = new_ids};
  const struct osmflow_draft *culprit = NULL;
  osmflow_xml_writer_init(&made.writer, document);
  osmflow_xml_begin(&made.writer, "osmChange");
  osmflow_xml_attribute_text(&made.writer, "version", osmflow_text("0.6"));
  osmflow_xml_attribute_text(&made.writer, "generator", osmflow_text("osmflow " OSMFLOW_VERSION));
  for (size_t i = first; made.writer.status == OSMFLOW_OK && i < end; i++)
    if (change->items[i].outcome == OSMFLOW_OUTCOME_PENDING) {
      culprit = change->items[i].draft;
      write_item(&made, &change->items[i]);
    }
  if (made.block)
    osmflow_xml_end(&made.writer);
  osmflow_xml_end(&made.writer);
  const enum osmflow_status status = osmflow_xml_writer_finish(&made.writer, error);
  if (status == OSMFLOW_BAD_ARGUMENT && culprit) {
    char name[OSMFLOW_DRAFT_NAME_SIZE];
    osmflow_error_prefix(error, "%.*s%s%s: ", OSMFLOW_TEXT_ARGUMENTS(culprit->label),
                         culprit->label.size > 0 ? ": " : "", osmflow_draft_name(culprit, name));
  }
  return status;
}

/* The longest that each part can be, with its indentation, without its texts; numbers have 20 characters at most. */
static const size_t frame_bytes = sizeof "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osmChange version=\"0.6\" "
                                         "generator=\"osmflow " OSMFLOW_VERSION "\">\n</osmChange>\n",
                    block_bytes = sizeof "\n  <delete if-unused=\"true\">\n  </delete>",
                    element_bytes = 60 + sizeof "\n    <relation id=\"\" version=\"\" changeset=\"\">\n    </relation>",
                    position_bytes = 24 + sizeof " lat=\"\" lon=\"\"",
                    tag_bytes = sizeof "\n      <tag k=\"\" v=\"\"/>", ref_bytes = 20 + sizeof "\n      <nd ref=\"\"/>",
                    member_bytes = 20 + sizeof "\n      <member type=\"relation\" ref=\"\" role=\"\"/>";

/* Bytes of a text with its escapes, at most. */
static size_t text_bytes(struct osmflow_text text) {
  const size_t longest_escape = 6;
  size_t bytes = text.size;
  for (size_t i = 0; i < text.size; i++)
    if ((unsigned char)text.data[i] < ' ' || strchr("&<>\"", text.data[i]))
      bytes += longest_escape - 1;
  return bytes;
}

static size_t item_bytes(const struct osmflow_change_item *item) {
  const struct osmflow_draft *draft = item->draft;
  size_t bytes = element_bytes;
  if (item->action == OSMFLOW_ACTION_DELETE)
    return bytes;
  bytes += draft->type == OSMFLOW_NODE ? position_bytes : 0;
  bytes += draft->ref_count * ref_bytes + draft->member_count * member_bytes + draft->tag_count * tag_bytes;
  for (size_t i = 0; i < draft->tag_count; i++)
    bytes += text_bytes(draft->tags[i].key) + text_bytes(draft->tags[i].value);
  for (size_t i = 0; i < draft->member_count; i++)
    bytes += text_bytes(draft->members[i].role);
  return bytes;
}

size_t osmflow_change_piece(const struct osmflow_change *change, size_t first, size_t most_items, size_t most_bytes) {
  const struct osmflow_change_item *block = NULL;
  size_t end = first, count = 0, bytes = frame_bytes;
  for (; end < change->count; end++) {
    const struct osmflow_change_item *item = &change->items[end];
    if (item->outcome != OSMFLOW_OUTCOME_PENDING)
      continue;
    bytes += item_bytes(item) + (block && same_block(block, item) ? 0 : block_bytes);
    if (count > 0 && (count + 1 > most_items || bytes > most_bytes))
      break;
    count++;
    block = item;
  }
  return end;
}
