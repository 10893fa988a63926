/* Elements as text. Benchmarks read answers of 140 MB from here, so a start tag is put together in one local buffer. */
#include "base/number.h"
#include "select.h"

enum { TAG_SIZE = 512 };

static char *put(char *at, const char *text) {
  size_t size = strlen(text);
  memcpy(at, text, size + 1);
  return at + size;
}

static char *put_int(char *at, int64_t value) {
  return at + osmflow_format_int(at, value);
}

static char *put_degrees(char *at, int32_t value) {
  return at + osmflow_format_degrees(at, value);
}

static const struct sandbox_user *author_of(const struct sandbox *sandbox, const struct sandbox_version *version) {
  const struct sandbox_account *account = version->uid ? sandbox_find_account(sandbox, version->uid) : NULL;
  return account && account->known.data_public ? &account->known : NULL;
}

static void print_start_xml(struct sandbox_response *response, const struct sandbox *sandbox, enum sandbox_type type,
                            int64_t id, const struct sandbox_version *version) {
  char tag[TAG_SIZE], *at = put(tag, "<");
  at = put_int(put(put(at, sandbox_type_names[type]), " id=\""), id);
  at = put(at, version->visible ? "\" visible=\"true\" version=\"" : "\" visible=\"false\" version=\"");
  at = put_int(put(put_int(at, version->version), "\" changeset=\""), version->changeset);
  at = put(at, "\" timestamp=\"");
  at += osmflow_format_time(at, version->timestamp);
  const struct sandbox_user *author = author_of(sandbox, version);
  if (author) {
    at = put(at, "\" user=\"");
    sandbox_append(response, tag, (size_t)(at - tag));
    sandbox_print_xml(response, author->name);
    at = put_int(put(tag, "\" uid=\""), author->uid);
  }
  if (type == SANDBOX_NODE && version->visible) {
    at = put_degrees(put(at, "\" lat=\""), version->lat);
    at = put_degrees(put(at, "\" lon=\""), version->lon);
  }
  at = put(at, "\"");
  sandbox_append(response, tag, (size_t)(at - tag));
}

static const char blanks[] = "                ";

void sandbox_print_version_xml(struct sandbox_response *response, const struct sandbox *sandbox, enum sandbox_type type,
                               int64_t id, const struct sandbox_version *version, int indent) {
  sandbox_append(response, blanks, (size_t)indent);
  print_start_xml(response, sandbox, type, id, version);
  if (!version->visible || (version->tag_count == 0 && version->ref_count == 0)) {
    sandbox_append(response, "/>\n", 3);
    return;
  }
  sandbox_append(response, ">\n", 2);
  char tag[TAG_SIZE], *at;
  for (uint32_t i = 0; i < version->ref_count; i++) {
    sandbox_append(response, blanks, (size_t)indent + 1);
    if (type == SANDBOX_WAY) {
      at = put(put_int(put(tag, "<nd ref=\""), version->nodes[i]), "\"/>\n");
      sandbox_append(response, tag, (size_t)(at - tag));
      continue;
    }
    const struct sandbox_member *member = &version->members[i];
    at = put(put(put(tag, "<member type=\""), sandbox_type_names[member->type]), "\" ref=\"");
    at = put(put_int(at, member->id), "\" role=\"");
    sandbox_append(response, tag, (size_t)(at - tag));
    sandbox_print_xml(response, member->role);
    sandbox_append(response, "\"/>\n", 4);
  }
  for (uint32_t i = 0; i < version->tag_count; i++) {
    sandbox_append(response, blanks, (size_t)indent + 1);
    sandbox_append(response, "<tag k=\"", 8);
    sandbox_print_xml(response, version->tags[i].key);
    sandbox_append(response, "\" v=\"", 5);
    sandbox_print_xml(response, version->tags[i].value);
    sandbox_append(response, "\"/>\n", 4);
  }
  sandbox_append(response, blanks, (size_t)indent);
  sandbox_print(response, "</%s>\n", sandbox_type_names[type]);
}

static void print_start_json(struct sandbox_response *response, const struct sandbox *sandbox, enum sandbox_type type,
                             int64_t id, const struct sandbox_version *version) {
  char text[TAG_SIZE], *at = put(put(text, "{\"type\":\""), sandbox_type_names[type]);
  at = put_int(put(at, "\",\"id\":"), id);
  if (type == SANDBOX_NODE && version->visible) {
    at = put_degrees(put(at, ",\"lat\":"), version->lat);
    at = put_degrees(put(at, ",\"lon\":"), version->lon);
  }
  at = put(at, ",\"timestamp\":\"");
  at += osmflow_format_time(at, version->timestamp);
  at = put_int(put(at, "\",\"version\":"), version->version);
  at = put_int(put(at, ",\"changeset\":"), version->changeset);
  const struct sandbox_user *author = author_of(sandbox, version);
  if (author) {
    at = put(at, ",\"user\":");
    sandbox_append(response, text, (size_t)(at - text));
    sandbox_print_json(response, author->name);
    at = put_int(put(text, ",\"uid\":"), author->uid);
  }
  if (!version->visible)
    at = put(at, ",\"visible\":false");
  sandbox_append(response, text, (size_t)(at - text));
}

static void print_references_json(struct sandbox_response *response, enum sandbox_type type,
                                  const struct sandbox_version *version) {
  if (version->ref_count == 0)
    return;
  sandbox_print(response, type == SANDBOX_WAY ? ",\"nodes\":[" : ",\"members\":[");
  for (uint32_t i = 0; i < version->ref_count; i++) {
    if (i > 0)
      sandbox_append(response, ",", 1);
    if (type == SANDBOX_WAY) {
      sandbox_print(response, "%lld", (long long)version->nodes[i]);
      continue;
    }
    const struct sandbox_member *member = &version->members[i];
    sandbox_print(response, "{\"type\":\"%s\",\"ref\":%lld,\"role\":", sandbox_type_names[member->type],
                  (long long)member->id);
    sandbox_print_json(response, member->role);
    sandbox_append(response, "}", 1);
  }
  sandbox_append(response, "]", 1);
}

static void print_version_json(struct sandbox_response *response, const struct sandbox *sandbox, enum sandbox_type type,
                               int64_t id, const struct sandbox_version *version) {
  print_start_json(response, sandbox, type, id, version);
  if (version->visible)
    print_references_json(response, type, version);
  for (uint32_t i = 0; version->visible && i < version->tag_count; i++) {
    sandbox_print(response, i == 0 ? ",\"tags\":{" : ",");
    sandbox_print_json(response, version->tags[i].key);
    sandbox_append(response, ":", 1);
    sandbox_print_json(response, version->tags[i].value);
  }
  sandbox_print(response, version->visible && version->tag_count > 0 ? "}}" : "}");
}

static void print_bounds(struct sandbox_response *response, enum sandbox_format format,
                         const struct osmflow_bbox *bounds) {
  char lat[2][OSMFLOW_NUMBER_SIZE], lon[2][OSMFLOW_NUMBER_SIZE];
  osmflow_format_degrees(lat[0], bounds->min_lat);
  osmflow_format_degrees(lon[0], bounds->min_lon);
  osmflow_format_degrees(lat[1], bounds->max_lat);
  osmflow_format_degrees(lon[1], bounds->max_lon);
  sandbox_print(response,
                format == SANDBOX_JSON ? ",\"bounds\":{\"minlat\":%s,\"minlon\":%s,\"maxlat\":%s,\"maxlon\":%s}"
                                       : " <bounds minlat=\"%s\" minlon=\"%s\" maxlat=\"%s\" maxlon=\"%s\"/>\n",
                lat[0], lon[0], lat[1], lon[1]);
}

void sandbox_print_selection(struct sandbox_response *response, const struct sandbox *sandbox,
                             struct sandbox_selection *selection, enum sandbox_format format,
                             const struct osmflow_bbox *bounds) {
  sandbox_selection_sort(selection);
  sandbox_open_document(response, format, "osm");
  if (bounds)
    print_bounds(response, format, bounds);
  if (format == SANDBOX_JSON)
    sandbox_print(response, ",\"elements\":[");
  const char *separator = "";
  for (enum sandbox_type type = SANDBOX_NODE; type < SANDBOX_TYPES; type++)
    for (size_t i = 0; i < selection->types[type].count; i++) {
      const struct sandbox_choice *choice = &selection->types[type].items[i];
      const struct sandbox_version *version = &sandbox->elements[type].items[choice->element].versions[choice->version];
      if (format == SANDBOX_JSON) {
        sandbox_print(response, "%s", separator);
        print_version_json(response, sandbox, type, choice->id, version);
        separator = ",";
      } else {
        sandbox_print_version_xml(response, sandbox, type, choice->id, version, 1);
      }
    }
  if (format == SANDBOX_JSON)
    sandbox_print(response, "]");
  sandbox_close_document(response, format, "osm");
}
