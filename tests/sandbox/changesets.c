/* Changesets: create, read, update, close, download; the upload itself is in upload_*.c. */
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "select.h"
#include "upload.h"
#include "xml.h"

void sandbox_format_closing(char text[64], int64_t moment) {
  const struct osmflow_date d = osmflow_date_of(moment);
  snprintf(text, 64, "%04d-%02d-%02d %02d:%02d:%02d UTC", d.year, d.month, d.day, d.hour, d.minute, d.second);
}

struct sandbox_changeset *sandbox_check_changeset(struct sandbox *sandbox, const struct sandbox_request *request,
                                                  int64_t id, struct sandbox_response *response) {
  struct sandbox_changeset *changeset = sandbox_find_changeset(sandbox, id);
  if (!changeset) {
    sandbox_fail_silently(response, 404);
    return NULL;
  }
  char closed[64];
  sandbox_format_closing(closed, changeset->closes);
  if (changeset->locked && !request->orphaned)
    sandbox_fail(response, 409, "Changeset %lld is currently locked by another process.", (long long)id);
  else if (changeset->uid != request->user->uid)
    sandbox_fail(response, 409, "The user doesn't own that changeset");
  else if (!sandbox_changeset_is_open(sandbox, changeset))
    sandbox_fail(response, 409, "The changeset %lld was closed at %s", (long long)id, closed);
  else
    return changeset;
  return NULL;
}

struct tag_reading {
  struct sandbox *sandbox;
  struct sandbox_tag *tags;
  size_t count, capacity;
  bool found;
};

static size_t count_characters(const char *text) {
  size_t count = 0;
  for (; *text; text++)
    count += ((unsigned char)*text & 0xC0) != 0x80;
  return count;
}

/* A key that comes again has the last value. */
static void add_tag(struct sandbox_xml *xml, struct tag_reading *reading, const char **attributes) {
  const char *key = sandbox_xml_attribute(attributes, "k"), *value = sandbox_xml_attribute(attributes, "v");
  if (!key || !value)
    sandbox_xml_refuse_here(xml, "Mandatory field %s missing in tag element", key ? "v" : "k");
  else if (!*key)
    sandbox_xml_refuse_here(xml, "Key may not be empty");
  else if (count_characters(key) > 255)
    sandbox_xml_refuse_here(xml, "Key has more than 255 unicode characters");
  else if (count_characters(value) > 255)
    sandbox_xml_refuse_here(xml, "Value has more than 255 unicode characters");
  if (xml->status != 200)
    return;
  struct sandbox_tag tag = {sandbox_keep(reading->sandbox, osmflow_text(key)),
                            sandbox_keep(reading->sandbox, osmflow_text(value))};
  for (size_t i = 0; i < reading->count; i++)
    if (reading->tags[i].key == tag.key) {
      reading->tags[i].value = tag.value;
      return;
    }
  sandbox_reserve((void **)&reading->tags, &reading->capacity, reading->count + 1, sizeof tag);
  reading->tags[reading->count++] = tag;
}

static void on_start(struct sandbox_xml *xml, void *context, const char *name, const char **attributes) {
  struct tag_reading *reading = context;
  if (xml->depth == 1 && strcmp(name, "osm") != 0)
    sandbox_xml_refuse_here(xml, "Unknown top-level element, expecting osm");
  else if (xml->depth == 2 && strcmp(name, "changeset") == 0)
    reading->found = true;
  else if (xml->depth == 3 && strcmp(name, "tag") == 0 && strcmp(xml->open[1].name, "changeset") == 0)
    add_tag(xml, reading, attributes);
}

static void on_end(struct sandbox_xml *xml, void *context, const char *name) {
  const struct tag_reading *reading = context;
  if (xml->depth == 0 && strcmp(name, "osm") == 0 && !reading->found)
    sandbox_xml_refuse_here(xml,
                            "Cannot parse valid changeset from xml string. XML doesn't contain an osm/changeset "
                            "element");
}

/* The tags of a changeset document, sorted. False after 400. */
static bool read_tags(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response,
                      struct tag_reading *reading) {
  static const struct sandbox_xml_visitor visitor = {on_start, on_end};
  *reading = (struct tag_reading){.sandbox = sandbox};
  if (!sandbox_has_length(request, response))
    return false;
  struct sandbox_xml *xml = sandbox_reallocate(NULL, sizeof *xml);
  const bool read = sandbox_parse_xml(xml, request->body, &visitor, reading);
  if (read) {
    sandbox_sort_tags(reading->tags, reading->count);
  } else {
    sandbox_fail(response, xml->status, "%s", xml->message);
    free(reading->tags);
  }
  free(xml);
  return read;
}

static void create(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  struct tag_reading reading;
  if (!read_tags(sandbox, request, response, &reading))
    return;
  struct sandbox_changeset *changeset = sandbox_add_changeset(sandbox, 0, request->user->uid);
  changeset->tags = reading.tags;
  changeset->tag_count = reading.count;
  sandbox_print(response, "%lld", (long long)changeset->id);
}

/* cgimap 2.1.0 answers with a document that holds no changeset. */
static void update(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  struct tag_reading reading;
  struct sandbox_changeset *changeset = sandbox_check_changeset(sandbox, request, request->numbers[0], response);
  if (!changeset || !read_tags(sandbox, request, response, &reading))
    return;
  free(changeset->tags);
  changeset->tags = reading.tags;
  changeset->tag_count = reading.count;
  sandbox_open_document(response, request->format, "osm");
  sandbox_close_document(response, request->format, "osm");
}

static void close_changeset(struct sandbox *sandbox, const struct sandbox_request *request,
                            struct sandbox_response *response) {
  if (!sandbox_has_length(request, response))
    return;
  struct sandbox_changeset *changeset = sandbox_check_changeset(sandbox, request, request->numbers[0], response);
  if (changeset)
    changeset->closes = sandbox_now(sandbox);
}

static void read_one(struct sandbox *sandbox, const struct sandbox_request *request,
                     struct sandbox_response *response) {
  const struct sandbox_changeset *changeset = sandbox_find_changeset(sandbox, request->numbers[0]);
  if (!changeset) {
    sandbox_fail_silently(response, 404);
    return;
  }
  const char *wish = sandbox_parameter(request, "include_discussion");
  sandbox_open_document(response, request->format, "osm");
  if (request->format == SANDBOX_JSON)
    sandbox_print(response, ",\"changeset\":");
  sandbox_print_changeset(response, sandbox, changeset, request->format, wish && *wish);
  sandbox_close_document(response, request->format, "osm");
}

static const struct sandbox *sorting; /* qsort has no context; the lock keeps this to one call at a time */

static int compare_changes(const void *left, const void *right) {
  const struct sandbox_change *a = left, *b = right;
  const struct sandbox_element *e = &sorting->elements[a->type].items[a->element];
  const struct sandbox_element *f = &sorting->elements[b->type].items[b->element];
  const struct sandbox_version *v = &e->versions[a->version], *w = &f->versions[b->version];
  if (v->timestamp != w->timestamp)
    return v->timestamp < w->timestamp ? -1 : 1;
  if (v->version != w->version)
    return v->version < w->version ? -1 : 1;
  if (a->type != b->type)
    return a->type < b->type ? -1 : 1;
  return e->id < f->id ? -1 : e->id > f->id;
}

static void download(struct sandbox *sandbox, const struct sandbox_request *request,
                     struct sandbox_response *response) {
  const struct sandbox_changeset *changeset = sandbox_find_changeset(sandbox, request->numbers[0]);
  if (!changeset) {
    sandbox_fail_silently(response, 404);
    return;
  }
  sorting = sandbox;
  if (changeset->change_count > 1)
    qsort(changeset->changes, changeset->change_count, sizeof *changeset->changes, compare_changes);
  sandbox_open_document(response, SANDBOX_XML, "osmChange");
  for (size_t i = 0; i < changeset->change_count; i++) {
    const struct sandbox_change *change = &changeset->changes[i];
    const struct sandbox_element *element = &sandbox->elements[change->type].items[change->element];
    const struct sandbox_version *version = &element->versions[change->version];
    if (version->redaction != 0)
      continue;
    const char *action = !version->visible ? "delete" : version->version == 1 ? "create" : "modify";
    sandbox_print(response, " <%s>\n", action);
    sandbox_print_version_xml(response, sandbox, change->type, element->id, version, 2);
    sandbox_print(response, " </%s>\n", action);
  }
  sandbox_close_document(response, SANDBOX_XML, "osmChange");
}

static void print_diff_result(struct sandbox_response *response, const struct sandbox_upload *upload) {
  sandbox_open_document(response, SANDBOX_XML, "diffResult");
  for (size_t i = 0; i < upload->edit_count; i++) {
    const struct sandbox_edit *edit = &upload->edits[i];
    sandbox_print(response, " <%s old_id=\"%lld\"", sandbox_type_names[edit->type], (long long)edit->given_id);
    if (edit->operation != SANDBOX_DELETE || edit->skipped)
      sandbox_print(response, " new_id=\"%lld\" new_version=\"%u\"", (long long)edit->id, edit->new_version);
    sandbox_print(response, "/>\n");
  }
  sandbox_close_document(response, SANDBOX_XML, "diffResult");
}

/* With the suffix .json nothing is carried out and nothing is told; with "Accept: application/json" the upload is
 * carried out, and still nothing is told. */
void sandbox_upload_handler(struct sandbox *sandbox, const struct sandbox_request *request,
                            struct sandbox_response *response) {
  const struct sandbox_exchange *exchange = request->connection;
  if (!sandbox_has_length(request, response))
    return;
  const struct sandbox_changeset *changeset = sandbox_check_changeset(sandbox, request, request->numbers[0], response);
  if (!changeset)
    return;
  struct sandbox_upload upload;
  sandbox_upload_init(&upload, sandbox, changeset->id, request->user->uid);
  if (strcmp(exchange->suffix, "json") != 0) {
    sandbox_upload_read(&upload, request->body);
    if (upload.status == 200)
      sandbox_upload_apply(&upload);
  }
  if (upload.status == 404)
    sandbox_fail_silently(response, 404);
  else if (upload.status != 200)
    sandbox_fail(response, upload.status, "%s", osmflow_bytes_string(&upload.message));
  else if (request->format == SANDBOX_XML)
    print_diff_result(response, &upload);
  else {
    sandbox_open_document(response, request->format, "osm");
    sandbox_close_document(response, request->format, "osm");
  }
  sandbox_upload_clear(&upload);
}

struct sandbox_routes sandbox_changeset_routes(void) {
  enum { XML = 1 << SANDBOX_XML, BOTH = 1 << SANDBOX_XML | 1 << SANDBOX_JSON };
  static const struct sandbox_route routes[] = {
      {"PUT", "/api/0.6/changeset/create", create, SANDBOX_WRITE_API, 0},
      {"GET", "/api/0.6/changeset/#", read_one, 0, BOTH},
      {"PUT", "/api/0.6/changeset/#", update, SANDBOX_WRITE_API, BOTH},
      {"PUT", "/api/0.6/changeset/#/close", close_changeset, SANDBOX_WRITE_API, 0},
      {"GET", "/api/0.6/changeset/#/download", download, 0, XML},
      {"POST", "/api/0.6/changeset/#/upload", sandbox_upload_handler, SANDBOX_WRITE_API, BOTH},
  };
  return (struct sandbox_routes){routes, sizeof routes / sizeof routes[0]};
}
