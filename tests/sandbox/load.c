/* Files: .osm and .osc, plain or gzip, and seed files, which are .osm files with a little more:
 *
 *   <osm>
 *    <user id="101" name="alice" moderator="true" blocked="true" inactive="true" newcomer="true" private="true"/>
 *    <token user="101" text="..." scopes="all" state="expired"/>
 *    <next node="13000002029" way="..." relation="..." changeset="..."/>
 *    <changeset id="..." uid="101" created_at="..." closed_at="..." min_lat.. changes_count="5"> <tag k= v=/>
 *      <comment uid="102" date="..." text="..."/> </changeset>
 *    <node id= version= changeset= timestamp= uid= visible="false" redaction="1" lat= lon=> ... every version, in order
 *   </osm>
 *
 * Versions of one element add up to its history; a version that is not above the last one takes its place. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "xml.h"

struct loading {
  struct sandbox *sandbox;
  struct sandbox_version version; /* the element being read; arrays are its own */
  size_t tag_capacity, ref_capacity;
  enum sandbox_type type;
  int64_t id;
  bool in_element, deleting;
  int64_t changeset; /* being read, 0: none */
  size_t changeset_tag_capacity;
};

static int64_t number(const char **attributes, const char *name, int64_t otherwise) {
  const char *text = sandbox_xml_attribute(attributes, name);
  int64_t value;
  return text && osmflow_parse_int(osmflow_text(text), INT64_MIN, INT64_MAX, &value) ? value : otherwise;
}

static bool truth(const char **attributes, const char *name, bool otherwise) {
  const char *text = sandbox_xml_attribute(attributes, name);
  return text ? strcmp(text, "true") == 0 : otherwise;
}

static int64_t moment(const char **attributes, const char *name, int64_t otherwise) {
  const char *text = sandbox_xml_attribute(attributes, name);
  int64_t value;
  return text && osmflow_parse_time(osmflow_text(text), &value) ? value : otherwise;
}

static bool degrees(const char **attributes, const char *name, int32_t *value) {
  const char *text = sandbox_xml_attribute(attributes, name);
  return text && osmflow_parse_degrees(osmflow_text(text), value);
}

static const char *keep(struct loading *loading, const char **attributes, const char *name) {
  const char *text = sandbox_xml_attribute(attributes, name);
  return sandbox_keep(loading->sandbox, osmflow_text(text ? text : ""));
}

bool sandbox_type_by_name(const char *name, enum sandbox_type *type) {
  for (enum sandbox_type t = SANDBOX_NODE; t < SANDBOX_TYPES; t++)
    if (osmflow_text_is_ignoring_case(osmflow_text(name), sandbox_type_names[t])) {
      *type = t;
      return true;
    }
  return false;
}

static void start_element(struct sandbox_xml *xml, struct loading *loading, const char **attributes) {
  const char *user = sandbox_xml_attribute(attributes, "user");
  struct sandbox_version *version = &loading->version;
  *version = (struct sandbox_version){
      .changeset = number(attributes, "changeset", 1),
      .timestamp = moment(attributes, "timestamp", sandbox_now(loading->sandbox)),
      .redaction = number(attributes, "redaction", 0),
      .uid = number(attributes, "uid", 0),
      .version = (uint32_t)number(attributes, "version", 1),
      .visible = truth(attributes, "visible", !loading->deleting),
  };
  loading->tag_capacity = loading->ref_capacity = 0;
  loading->in_element = true;
  loading->id = number(attributes, "id", 0);
  const bool placed = degrees(attributes, "lat", &version->lat) && degrees(attributes, "lon", &version->lon);
  if (loading->id <= 0)
    sandbox_xml_refuse_here(xml, "an element without an id above 0");
  else if (loading->type == SANDBOX_NODE && version->visible && !placed)
    sandbox_xml_refuse_here(xml, "node %lld has no position", (long long)loading->id);
  if (version->uid && user)
    sandbox_place_account(loading->sandbox, version->uid, user);
}

static void add_tag(struct loading *loading, const char **attributes) {
  struct sandbox_tag tag = {keep(loading, attributes, "k"), keep(loading, attributes, "v")};
  if (loading->changeset != 0) {
    struct sandbox_changeset *changeset = sandbox_find_changeset(loading->sandbox, loading->changeset);
    sandbox_reserve((void **)&changeset->tags, &loading->changeset_tag_capacity, changeset->tag_count + 1, sizeof tag);
    changeset->tags[changeset->tag_count++] = tag;
  } else if (loading->in_element) {
    struct sandbox_version *version = &loading->version;
    sandbox_reserve((void **)&version->tags, &loading->tag_capacity, version->tag_count + 1, sizeof tag);
    version->tags[version->tag_count++] = tag;
  }
}

static void add_reference(struct sandbox_xml *xml, struct loading *loading, const char **attributes) {
  struct sandbox_version *version = &loading->version;
  int64_t id = number(attributes, "ref", 0);
  if (loading->type == SANDBOX_WAY) {
    sandbox_reserve((void **)&version->nodes, &loading->ref_capacity, version->ref_count + 1, sizeof id);
    version->nodes[version->ref_count++] = id;
    return;
  }
  const char *type = sandbox_xml_attribute(attributes, "type");
  struct sandbox_member member = {.id = id, .role = keep(loading, attributes, "role")};
  if (!type || !sandbox_type_by_name(type, &member.type)) {
    sandbox_xml_refuse_here(xml, "a member that is neither node nor way nor relation");
    return;
  }
  sandbox_reserve((void **)&version->members, &loading->ref_capacity, version->ref_count + 1, sizeof member);
  version->members[version->ref_count++] = member;
}

/* Arrays grew by half each time; a file has millions of them. */
static void shrink(void *array, size_t size) {
  void **place = array;
  if (*place)
    *place = sandbox_reallocate(*place, size);
}

/* A file tells of changesets only through its elements: what can be known of them is made up from these. */
static void note_change(struct loading *loading, uint32_t index) {
  struct sandbox *sandbox = loading->sandbox;
  const struct sandbox_version *version = &loading->version;
  struct sandbox_changeset *changeset = sandbox_find_changeset(sandbox, version->changeset);
  if (!changeset) {
    changeset = sandbox_add_changeset(sandbox, version->changeset, version->uid);
    changeset->created = changeset->closes = version->timestamp;
    changeset->made_up = true;
  }
  sandbox_add_change(changeset, loading->type, index, sandbox->elements[loading->type].items[index].version_count - 1);
  if (!changeset->made_up)
    return;
  changeset->changes_count++;
  changeset->created = version->timestamp < changeset->created ? version->timestamp : changeset->created;
  changeset->closes = version->timestamp > changeset->closes ? version->timestamp : changeset->closes;
  if (loading->type == SANDBOX_NODE && version->visible)
    sandbox_widen(changeset, version->lat, version->lon);
}

static void end_element(struct loading *loading) {
  struct sandbox_version *version = &loading->version;
  shrink(&version->tags, version->tag_count * sizeof *version->tags);
  shrink(&version->nodes, version->ref_count * sizeof *version->nodes);
  shrink(&version->members, version->ref_count * sizeof *version->members);
  sandbox_sort_tags(version->tags, version->tag_count);
  uint32_t index = sandbox_place_element(loading->sandbox, loading->type, loading->id);
  const struct sandbox_version *present = sandbox_present(&loading->sandbox->elements[loading->type].items[index]);
  const bool again = present && present->version >= version->version;
  if (again)
    sandbox_pop_version(loading->sandbox, loading->type, index);
  sandbox_push_version(loading->sandbox, loading->type, index, version);
  if (!again)
    note_change(loading, index);
  loading->in_element = false;
}

static void start_changeset(struct loading *loading, const char **attributes) {
  struct sandbox_changeset *changeset =
      sandbox_add_changeset(loading->sandbox, number(attributes, "id", 0), number(attributes, "uid", 0));
  changeset->created = moment(attributes, "created_at", changeset->created);
  changeset->closes = moment(attributes, "closed_at", changeset->closes);
  changeset->changes_count = number(attributes, "changes_count", 0);
  changeset->has_box = degrees(attributes, "min_lat", &changeset->box.min_lat) &&
                       degrees(attributes, "min_lon", &changeset->box.min_lon) &&
                       degrees(attributes, "max_lat", &changeset->box.max_lat) &&
                       degrees(attributes, "max_lon", &changeset->box.max_lon);
  loading->changeset = changeset->id;
  loading->changeset_tag_capacity = 0;
}

static void add_comment(struct loading *loading, const char **attributes) {
  struct sandbox_changeset *changeset = sandbox_find_changeset(loading->sandbox, loading->changeset);
  if (!changeset)
    return;
  struct sandbox_comment *comment =
      sandbox_add_comment(loading->sandbox, changeset, number(attributes, "uid", 0), keep(loading, attributes, "text"));
  comment->id = number(attributes, "id", comment->id);
  comment->created = moment(attributes, "date", comment->created);
  comment->visible = truth(attributes, "visible", true);
}

static void add_user(struct loading *loading, const char **attributes) {
  struct sandbox_account *account =
      sandbox_place_account(loading->sandbox, number(attributes, "id", 0), keep(loading, attributes, "name"));
  account->known.moderator = truth(attributes, "moderator", false);
  account->known.blocked = truth(attributes, "blocked", false);
  account->known.data_public = !truth(attributes, "private", false);
  account->inactive = truth(attributes, "inactive", false);
  account->newcomer = truth(attributes, "newcomer", false);
}

uint32_t sandbox_scopes_by_names(struct osmflow_text names, char separator) {
  uint32_t scopes = 0;
  struct osmflow_text name;
  while (osmflow_text_next(&names, separator, &name))
    scopes |= sandbox_scope_by_name(name);
  return scopes;
}

static void add_token(struct loading *loading, const char **attributes) {
  const char *text = sandbox_xml_attribute(attributes, "text");
  const char *scopes = sandbox_xml_attribute(attributes, "scopes"), *state = sandbox_xml_attribute(attributes, "state");
  enum sandbox_token_state token_state = !state                          ? SANDBOX_TOKEN_VALID
                                         : strcmp(state, "expired") == 0 ? SANDBOX_TOKEN_EXPIRED
                                                                         : SANDBOX_TOKEN_REVOKED;
  if (text && sandbox_find_account(loading->sandbox, number(attributes, "user", 0)))
    sandbox_add_token(loading->sandbox, text, number(attributes, "user", 0),
                      sandbox_scopes_by_names(osmflow_text(scopes ? scopes : "all"), ' '), token_state);
}

static void set_next(struct loading *loading, const char **attributes) {
  struct sandbox *sandbox = loading->sandbox;
  for (int type = 0; type < SANDBOX_TYPES; type++)
    sandbox->elements[type].next_id = number(attributes, sandbox_type_names[type], sandbox->elements[type].next_id);
  sandbox->next_changeset = number(attributes, "changeset", sandbox->next_changeset);
  sandbox->next_comment = number(attributes, "comment", sandbox->next_comment);
}

static void on_start(struct sandbox_xml *xml, void *context, const char *name, const char **attributes) {
  struct loading *loading = context;
  if (sandbox_type_by_name(name, &loading->type))
    start_element(xml, loading, attributes);
  else if (strcmp(name, "tag") == 0)
    add_tag(loading, attributes);
  else if (strcmp(name, "nd") == 0 || strcmp(name, "member") == 0)
    add_reference(xml, loading, attributes);
  else if (strcmp(name, "delete") == 0)
    loading->deleting = true;
  else if (strcmp(name, "changeset") == 0)
    start_changeset(loading, attributes);
  else if (strcmp(name, "comment") == 0)
    add_comment(loading, attributes);
  else if (strcmp(name, "user") == 0)
    add_user(loading, attributes);
  else if (strcmp(name, "token") == 0)
    add_token(loading, attributes);
  else if (strcmp(name, "next") == 0)
    set_next(loading, attributes);
}

static void on_end(struct sandbox_xml *xml, void *context, const char *name) {
  (void)xml;
  struct loading *loading = context;
  enum sandbox_type type;
  if (loading->in_element && sandbox_type_by_name(name, &type))
    end_element(loading);
  else if (strcmp(name, "delete") == 0)
    loading->deleting = false;
  else if (strcmp(name, "changeset") == 0 && loading->changeset != 0) {
    struct sandbox_changeset *changeset = sandbox_find_changeset(loading->sandbox, loading->changeset);
    sandbox_sort_tags(changeset->tags, changeset->tag_count);
    loading->changeset = 0;
  }
}

enum osmflow_status sandbox_read_file(const char *path, struct osmflow_bytes *content, struct osmflow_error *error) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return osmflow_error_set(error, OSMFLOW_IO, "cannot open %s", path);
  enum osmflow_status status = OSMFLOW_OK;
  char buffer[65536];
  size_t size;
  while (status == OSMFLOW_OK && (size = fread(buffer, 1, sizeof buffer, file)) > 0)
    status = osmflow_bytes_add(content, buffer, size, error);
  if (status == OSMFLOW_OK && ferror(file))
    status = osmflow_error_set(error, OSMFLOW_IO, "cannot read %s", path);
  fclose(file);
  return status;
}

enum osmflow_status sandbox_read_document(const char *path, struct osmflow_bytes *content,
                                          struct osmflow_error *error) {
  struct osmflow_bytes raw;
  osmflow_bytes_init(&raw, SIZE_MAX / 4);
  enum osmflow_status status = sandbox_read_file(path, &raw, error);
  const bool packed = raw.size > 2 && memcmp(raw.data, "\x1f\x8b", 2) == 0;
  if (status == OSMFLOW_OK && packed && sandbox_inflate(osmflow_bytes_view(&raw), content) != SANDBOX_INFLATED)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s is not a whole gzip file", path);
  if (status == OSMFLOW_OK && !packed)
    status = osmflow_bytes_add(content, raw.data, raw.size, error);
  osmflow_bytes_clear(&raw);
  return status;
}

enum osmflow_status sandbox_load(struct sandbox *sandbox, const char *path, struct osmflow_error *error) {
  static const struct sandbox_xml_visitor visitor = {on_start, on_end};
  struct osmflow_bytes content;
  osmflow_bytes_init(&content, SIZE_MAX / 4);
  struct loading loading = {.sandbox = sandbox};
  struct sandbox_xml *xml = sandbox_reallocate(NULL, sizeof *xml);
  enum osmflow_status status = sandbox_read_document(path, &content, error);
  if (status == OSMFLOW_OK && !sandbox_parse_xml(xml, osmflow_bytes_view(&content), &visitor, &loading))
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: %s", path, xml->message);
  if (loading.in_element) {
    free(loading.version.tags);
    free(loading.version.nodes);
    free(loading.version.members);
  }
  free(xml);
  osmflow_bytes_clear(&content);
  return status;
}
