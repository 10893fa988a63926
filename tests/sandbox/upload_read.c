/* osmChange documents, with the complaints of cgimap's parser. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "upload.h"
#include "xml.h"

enum { MOST_CHARACTERS = 255 };

struct reading {
  struct sandbox_upload *upload;
  struct sandbox_edit *edit; /* the element being read, NULL between elements */
  size_t tag_capacity, ref_capacity;
  enum sandbox_operation operation;
  bool if_unused;
  bool single; /* <osm> with one element, of this type, instead of <osmChange> */
  enum sandbox_type type;
  char name[64]; /* "Node -1" */
};

static const char *const capital_names[SANDBOX_TYPES] = {"Node", "Way", "Relation"};

static size_t count_characters(const char *text) {
  size_t count = 0;
  for (; *text; text++)
    count += ((unsigned char)*text & 0xC0) != 0x80;
  return count;
}

static void start_action(struct sandbox_xml *xml, struct reading *reading, const char *name, const char **attributes) {
  reading->if_unused = false;
  if (strcmp(name, "create") == 0)
    reading->operation = SANDBOX_CREATE;
  else if (strcmp(name, "modify") == 0)
    reading->operation = SANDBOX_MODIFY;
  else if (strcmp(name, "delete") == 0) {
    reading->operation = SANDBOX_DELETE;
    reading->if_unused = sandbox_xml_attribute(attributes, "if-unused") != NULL;
  } else
    sandbox_xml_refuse_here(xml, "Unknown action %s, choices are create, modify, delete", name);
}

/* A whole number with cgimap's complaints about it; `what` begins the sentence. */
static int64_t read_number(struct sandbox_xml *xml, const char *text, const char *what) {
  int64_t value = 0;
  struct osmflow_text digits = osmflow_text(text);
  if (osmflow_parse_int(digits, INT64_MIN, INT64_MAX, &value))
    return value;
  if (*text == '-')
    text++;
  const bool number = *text && text[strspn(text, "0123456789")] == '\0';
  sandbox_xml_refuse_here(xml, number ? "%s number is too large" : "%s is not numeric", what);
  return 0;
}

static void read_identity(struct sandbox_xml *xml, struct reading *reading, const char **attributes) {
  struct sandbox_edit *edit = reading->edit;
  const char *id = sandbox_xml_attribute(attributes, "id");
  const char *changeset = sandbox_xml_attribute(attributes, "changeset");
  const char *version = sandbox_xml_attribute(attributes, "version");
  if (reading->single && edit->operation == SANDBOX_CREATE)
    id = "-1"; /* whatever stands there */
  if (!id) {
    sandbox_xml_refuse_here(xml, "Mandatory field id missing in object");
    return;
  }
  edit->given_id = read_number(xml, id, "Id");
  if (edit->given_id == 0)
    sandbox_xml_refuse_here(xml, "Id must be different from 0");
  snprintf(reading->name, sizeof reading->name, "%s %lld", capital_names[edit->type], (long long)edit->given_id);
  if (!changeset)
    sandbox_xml_refuse_here(xml, "Changeset id is missing for %s", reading->name);
  else
    edit->content.changeset = read_number(xml, changeset, "Changeset");
  if (edit->operation == SANDBOX_CREATE)
    return;
  int64_t number = version ? read_number(xml, version, "Version") : 0;
  if (!version)
    sandbox_xml_refuse_here(xml, "Version is required when updating %s", reading->name);
  else if (number < 1 || number > UINT32_MAX)
    sandbox_xml_refuse_here(xml, "Invalid version number %s in %s", version, reading->name);
  edit->given_version = (uint32_t)number;
}

/* As std::from_chars reads it: no sign "+", no blanks in front, and what stands behind the number is passed over. */
static int32_t read_degrees(struct sandbox_xml *xml, const char *text, const char *what, double most) {
  const char *first = text + (*text == '-');
  char *end;
  double value = strtod(text, &end);
  const bool starts_well = (*first >= '0' && *first <= '9') || *first == '.' || *first == 'n' || *first == 'N' ||
                           *first == 'i' || *first == 'I';
  if (!starts_well || end == text)
    sandbox_xml_refuse_here(xml, "%s is not numeric", what);
  else if (!isfinite(value))
    sandbox_xml_refuse_here(xml, "%s not a valid finite number", what);
  else if (value < -most || value > most)
    sandbox_xml_refuse_here(xml, "%s outside of valid range", what);
  else
    return (int32_t)lround(value * OSMFLOW_DEGREE);
  return 0;
}

static void start_element(struct sandbox_xml *xml, struct reading *reading, const char *name, const char **attributes) {
  struct sandbox_upload *upload = reading->upload;
  enum sandbox_type type;
  if (!sandbox_type_by_name(name, &type) || strcmp(name, sandbox_type_names[type]) != 0) {
    sandbox_xml_refuse_here(xml, "Unknown element %s, expecting node, way or relation", name);
    return;
  }
  sandbox_reserve((void **)&upload->edits, &upload->edit_capacity, upload->edit_count + 1, sizeof *upload->edits);
  reading->edit = &upload->edits[upload->edit_count++];
  *reading->edit = (struct sandbox_edit){
      .operation = reading->operation, .type = type, .if_unused = reading->if_unused, .content.visible = true};
  reading->tag_capacity = reading->ref_capacity = 0;
  read_identity(xml, reading, attributes);
  if (type != SANDBOX_NODE)
    return;
  const char *lat = sandbox_xml_attribute(attributes, "lat"), *lon = sandbox_xml_attribute(attributes, "lon");
  if (lat)
    reading->edit->content.lat = read_degrees(xml, lat, "Latitude", 90);
  if (lon)
    reading->edit->content.lon = read_degrees(xml, lon, "Longitude", 180);
  reading->edit->has_position = lat && lon;
}

static void add_tag(struct sandbox_xml *xml, struct reading *reading, const char **attributes) {
  struct sandbox_version *content = &reading->edit->content;
  const char *key = sandbox_xml_attribute(attributes, "k"), *value = sandbox_xml_attribute(attributes, "v");
  if (!key || !value) {
    sandbox_xml_refuse_here(xml, "Mandatory field %s missing in tag element for %s", key ? "v" : "k", reading->name);
    return;
  }
  if (!*key)
    sandbox_xml_refuse_here(xml, "Key may not be empty in %s", reading->name);
  else if (count_characters(key) > MOST_CHARACTERS)
    sandbox_xml_refuse_here(xml, "Key has more than %d unicode characters in %s", MOST_CHARACTERS, reading->name);
  else if (count_characters(value) > MOST_CHARACTERS)
    sandbox_xml_refuse_here(xml, "Value has more than %d unicode characters in %s", MOST_CHARACTERS, reading->name);
  for (uint32_t i = 0; xml->status == 200 && i < content->tag_count; i++)
    if (strcmp(content->tags[i].key, key) == 0)
      sandbox_xml_refuse_here(xml, "%s has duplicate tags with key %s", reading->name, key);
  if (xml->status != 200)
    return;
  struct sandbox *sandbox = reading->upload->sandbox;
  struct sandbox_tag tag = {sandbox_keep(sandbox, osmflow_text(key)), sandbox_keep(sandbox, osmflow_text(value))};
  sandbox_reserve((void **)&content->tags, &reading->tag_capacity, content->tag_count + 1, sizeof tag);
  content->tags[content->tag_count++] = tag;
}

static void add_node_reference(struct sandbox_xml *xml, struct reading *reading, const char **attributes) {
  struct sandbox_version *content = &reading->edit->content;
  const char *ref = sandbox_xml_attribute(attributes, "ref");
  if (!ref) {
    sandbox_xml_refuse_here(xml, "Missing mandatory ref field for way node %s", reading->name);
    return;
  }
  int64_t id = read_number(xml, ref, "Way node");
  sandbox_reserve((void **)&content->nodes, &reading->ref_capacity, content->ref_count + 1, sizeof id);
  content->nodes[content->ref_count++] = id;
}

static void add_member(struct sandbox_xml *xml, struct reading *reading, const char **attributes) {
  struct sandbox_version *content = &reading->edit->content;
  const char *type = sandbox_xml_attribute(attributes, "type"), *ref = sandbox_xml_attribute(attributes, "ref");
  const char *role = sandbox_xml_attribute(attributes, "role");
  struct sandbox_member member = {0};
  role = role ? role : "";
  if (!type || !ref)
    sandbox_xml_refuse_here(xml, "Missing mandatory field on relation member in %s", reading->name);
  else if (!sandbox_type_by_name(type, &member.type))
    sandbox_xml_refuse_here(xml, "Invalid type %s in member relation", type);
  else if (count_characters(role) > MOST_CHARACTERS)
    sandbox_xml_refuse_here(xml, "Relation Role has more than %d unicode characters", MOST_CHARACTERS);
  else
    member.id = read_number(xml, ref, "Ref");
  if (xml->status != 200)
    return;
  member.role = sandbox_keep(reading->upload->sandbox, osmflow_text(role));
  sandbox_reserve((void **)&content->members, &reading->ref_capacity, content->ref_count + 1, sizeof member);
  content->members[content->ref_count++] = member;
}

static void start_child(struct sandbox_xml *xml, struct reading *reading, const char *name, const char **attributes) {
  if (strcmp(name, "tag") == 0)
    add_tag(xml, reading, attributes);
  else if (strcmp(name, "nd") == 0 && reading->edit->type == SANDBOX_WAY)
    add_node_reference(xml, reading, attributes);
  else if (strcmp(name, "member") == 0 && reading->edit->type == SANDBOX_RELATION)
    add_member(xml, reading, attributes);
}

static void on_start(struct sandbox_xml *xml, void *context, const char *name, const char **attributes) {
  struct reading *reading = context;
  const char *root = reading->single ? "osm" : "osmChange";
  const size_t element_depth = reading->single ? 2 : 3;
  if (xml->depth == 1) {
    if (strcmp(name, root) != 0)
      sandbox_xml_refuse_here(xml, "Unknown top-level element %s, expecting %s", name, root);
  } else if (xml->depth < element_depth)
    start_action(xml, reading, name, attributes);
  else if (xml->depth == element_depth && reading->single &&
           (reading->upload->edit_count > 0 || strcmp(name, sandbox_type_names[reading->type]) != 0))
    return; /* only the first one counts */
  else if (xml->depth == element_depth)
    start_element(xml, reading, name, attributes);
  else if (xml->depth == element_depth + 1 && reading->edit)
    start_child(xml, reading, name, attributes);
}

/* The checks that cgimap makes when an element is whole: some tell the place, some do not. */
static void end_element(struct sandbox_xml *xml, struct reading *reading) {
  struct sandbox_edit *edit = reading->edit;
  const struct sandbox_upload *upload = reading->upload;
  const struct sandbox_limits *limits = &upload->sandbox->limits;
  const bool keeps = edit->operation != SANDBOX_DELETE;
  sandbox_sort_tags(edit->content.tags, edit->content.tag_count);
  if (keeps && edit->type == SANDBOX_NODE && !edit->has_position)
    sandbox_xml_refuse_here(xml, "%s does not include all mandatory fields", reading->name);
  if (keeps && edit->type == SANDBOX_WAY && edit->content.ref_count == 0)
    sandbox_xml_refuse(xml, 412, "Precondition failed: %s must have at least one node", reading->name);
  if (keeps && edit->type == SANDBOX_WAY && edit->content.ref_count > limits->way_nodes)
    sandbox_xml_refuse(xml, 400, "You tried to add %u nodes to way %lld, however only %lld are allowed",
                       edit->content.ref_count, (long long)edit->given_id, (long long)limits->way_nodes);
  if (keeps && edit->type == SANDBOX_RELATION && edit->content.ref_count > limits->relation_members)
    sandbox_xml_refuse(xml, 400, "You tried to add %u members to relation %lld, however only %lld are allowed",
                       edit->content.ref_count, (long long)edit->given_id, (long long)limits->relation_members);
  if (edit->operation == SANDBOX_CREATE && edit->given_id > 0)
    sandbox_xml_refuse_here(xml, "Placeholder IDs must be negative for created elements.");
  if (!reading->single && edit->content.changeset != upload->changeset)
    sandbox_xml_refuse(xml, 409, "Changeset mismatch: Provided %lld but only %lld is allowed",
                       (long long)edit->content.changeset, (long long)upload->changeset);
  reading->edit = NULL;
}

static void on_end(struct sandbox_xml *xml, void *context, const char *name) {
  (void)name;
  struct reading *reading = context;
  if (xml->depth == (reading->single ? 1 : 2) && reading->edit)
    end_element(xml, reading);
}

static void read_document(struct reading *reading, struct osmflow_text document) {
  static const struct sandbox_xml_visitor visitor = {on_start, on_end};
  struct sandbox_xml *xml = sandbox_reallocate(NULL, sizeof *xml);
  if (!sandbox_parse_xml(xml, document, &visitor, reading))
    sandbox_upload_fail(reading->upload, xml->status, "%s", xml->message);
  free(xml);
}

void sandbox_upload_read(struct sandbox_upload *upload, struct osmflow_text document) {
  struct reading reading = {.upload = upload};
  read_document(&reading, document);
}

void sandbox_upload_read_single(struct sandbox_upload *upload, struct osmflow_text document,
                                enum sandbox_operation operation, enum sandbox_type type) {
  struct reading reading = {.upload = upload, .operation = operation, .single = true, .type = type};
  read_document(&reading, document);
  if (upload->status == 200 && upload->edit_count == 0)
    sandbox_upload_fail(upload, 400, "XML doesn't contain an osm/%s element.", sandbox_type_names[type]);
  if (upload->status == 200)
    upload->changeset = upload->edits[0].content.changeset;
}
