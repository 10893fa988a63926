#include "base/number.h"
#include "cli/element.h"
#include "format/xml_writer.h"
#include "osm/action.h"

enum { LONGEST_TEXT = 255 };

static struct osmflow_text text_of(const struct osmflow_tree_node *node, const char *name) {
  const struct osmflow_tree_node *child = osmflow_tree_child(node, name);
  return child ? child->text : (struct osmflow_text){NULL, 0};
}

static bool find_type(struct osmflow_text name, enum osmflow_element_type *type) {
  for (int i = 0; i < OSMFLOW_ELEMENT_TYPES; i++)
    if (osmflow_text_is(name, osmflow_element_type_names[i])) {
      *type = (enum osmflow_element_type)i;
      return true;
    }
  return false;
}

static enum osmflow_status find_element(struct osmflow_single *single, const struct osmflow_tree_node *top,
                                        struct osmflow_error *error) {
  size_t count = 0;
  if (!osmflow_text_is(top->name, "osm"))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the document is <%.*s>, not <osm>%s",
                             OSMFLOW_TEXT_ARGUMENTS(top->name),
                             osmflow_text_is(top->name, "osmChange") ? "; see: osmflow changeset apply" : "");
  for (const struct osmflow_tree_node *child = top->first; child; child = child->next) {
    enum osmflow_element_type type = OSMFLOW_NODE;
    if (!find_type(child->name, &type))
      continue;
    single->type = type;
    single->element = child;
    count++;
  }
  return count == 1
             ? OSMFLOW_OK
             : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the document holds %zu elements; this call takes one%s",
                                 count, count > 1 ? ", and `osmflow changeset apply` takes many" : "");
}

/* A version makes it a change, a missing one or a placeholder a new element. */
static enum osmflow_status find_call(struct osmflow_single *single, struct osmflow_error *error) {
  const struct osmflow_text id = text_of(single->element, "id"), version = text_of(single->element, "version");
  if (id.data && !osmflow_parse_int(id, -OSMFLOW_MOST_ID, OSMFLOW_MOST_ID, &single->id))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "id=\"%.*s\" is not a number", (int)(id.size % 100), id.data);
  if (version.data && !osmflow_parse_int(version, 0, UINT32_MAX, &single->version))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "version=\"%.*s\" is not a number", (int)(version.size % 100),
                             version.data);
  if (single->id > 0 && single->version == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the element has an id and no version; to change it, give the version it was made from; "
                             "to create one, leave the id out");
  if (single->id <= 0 && single->version > 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the element has a version, but no id");
  if (osmflow_text_is(text_of(single->element, "visible"), "false"))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "the element is marked as deleted (visible=\"false\"); see: osmflow element delete");
  single->id = single->id > 0 ? single->id : 0;
  single->call = single->id > 0 ? "element/update" : "element/create";
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_single_read(struct osmflow_single *single, struct osmflow_text document,
                                        struct osmflow_error *error) {
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_XML, &single->tree, error);
  if (status == OSMFLOW_OK && osmflow_text_trim(document).size == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the document is empty");
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(single->tree, document.data, document.size, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(single->tree, &top, error);
  if (status == OSMFLOW_OK)
    status = find_element(single, top, error);
  return status == OSMFLOW_OK ? find_call(single, error) : status;
}

void osmflow_single_clear(struct osmflow_single *single) {
  osmflow_tree_free(single->tree);
  *single = (struct osmflow_single){.call = NULL};
}

static enum osmflow_status write_position(const struct osmflow_single *single, struct osmflow_xml_writer *writer,
                                          struct osmflow_error *error) {
  int32_t lat = 0, lon = 0;
  if (single->type != OSMFLOW_NODE)
    return OSMFLOW_OK;
  if (!osmflow_parse_degrees(text_of(single->element, "lat"), &lat) || lat < -90 * OSMFLOW_DEGREE ||
      lat > 90 * OSMFLOW_DEGREE || !osmflow_parse_degrees(text_of(single->element, "lon"), &lon))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the node has no lat and lon within the world");
  osmflow_xml_attribute_degrees(writer, "lat", lat);
  osmflow_xml_attribute_degrees(writer, "lon", lon);
  return OSMFLOW_OK;
}

static enum osmflow_status write_tag(const struct osmflow_tree_node *tag, struct osmflow_xml_writer *writer,
                                     struct osmflow_error *error) {
  const struct osmflow_text key = text_of(tag, "k"), value = text_of(tag, "v");
  if (!key.data || key.size == 0 || !value.data)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a tag has no key or no value");
  enum osmflow_status status = osmflow_action_check_text("the key of a tag", key, LONGEST_TEXT, error);
  if (status == OSMFLOW_OK)
    status = osmflow_action_check_text("the value of a tag", value, LONGEST_TEXT, error);
  if (status != OSMFLOW_OK)
    return status;
  osmflow_xml_begin(writer, "tag");
  osmflow_xml_attribute_text(writer, "k", key);
  osmflow_xml_attribute_text(writer, "v", value);
  osmflow_xml_end(writer);
  return OSMFLOW_OK;
}

/* A reference to an element that does not exist yet cannot be sent alone. */
static enum osmflow_status write_reference(const struct osmflow_tree_node *part, struct osmflow_xml_writer *writer,
                                           struct osmflow_error *error) {
  const struct osmflow_text role = text_of(part, "role"), type = text_of(part, "type");
  const bool is_member = osmflow_text_is(part->name, "member");
  enum osmflow_element_type unused;
  int64_t id = 0;
  if (!osmflow_parse_int(text_of(part, "ref"), 1, OSMFLOW_MOST_ID, &id) || (is_member && !find_type(type, &unused)))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "an <nd> or <member> does not name an element that the server has; new elements that "
                             "refer to each other are for: osmflow changeset apply");
  if (osmflow_action_check_text("a role", role, LONGEST_TEXT, error) != OSMFLOW_OK)
    return OSMFLOW_BAD_ARGUMENT;
  osmflow_xml_begin(writer, is_member ? "member" : "nd");
  if (is_member)
    osmflow_xml_attribute_text(writer, "type", type);
  osmflow_xml_attribute_int(writer, "ref", id);
  if (is_member)
    osmflow_xml_attribute_text(writer, "role", role.data ? role : osmflow_text(""));
  osmflow_xml_end(writer);
  return OSMFLOW_OK;
}

static enum osmflow_status write_parts(const struct osmflow_single *single, struct osmflow_xml_writer *writer,
                                       struct osmflow_error *error) {
  static const char *const references[OSMFLOW_ELEMENT_TYPES] = {NULL, "nd", "member"};
  enum osmflow_status status = OSMFLOW_OK;
  if (single->type == OSMFLOW_WAY && !osmflow_tree_child(single->element, "nd"))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "the way has no nodes");
  for (const struct osmflow_tree_node *part = single->element->first; part && status == OSMFLOW_OK; part = part->next) {
    if (part->kind != OSMFLOW_TREE_ELEMENT)
      continue;
    if (osmflow_text_is(part->name, "tag"))
      status = write_tag(part, writer, error);
    else if (references[single->type] && osmflow_text_is(part->name, references[single->type]))
      status = write_reference(part, writer, error);
    else
      status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a %s holds no <%.*s>",
                                 osmflow_element_type_names[single->type], OSMFLOW_TEXT_ARGUMENTS(part->name));
  }
  return status;
}

enum osmflow_status osmflow_single_write(const struct osmflow_single *single, int64_t changeset,
                                         struct osmflow_bytes *body, struct osmflow_error *error) {
  struct osmflow_xml_writer writer;
  osmflow_xml_writer_init(&writer, body);
  osmflow_xml_begin(&writer, "osm");
  osmflow_xml_begin(&writer, osmflow_element_type_names[single->type]);
  if (single->id > 0) {
    osmflow_xml_attribute_int(&writer, "id", single->id);
    osmflow_xml_attribute_int(&writer, "version", single->version);
  }
  osmflow_xml_attribute_int(&writer, "changeset", changeset);
  enum osmflow_status status = write_position(single, &writer, error);
  if (status == OSMFLOW_OK && strcmp(single->call, "element/delete") != 0)
    status = write_parts(single, &writer, error);
  if (status != OSMFLOW_OK)
    return status;
  osmflow_xml_end(&writer);
  osmflow_xml_end(&writer);
  return osmflow_xml_writer_finish(&writer, error);
}
