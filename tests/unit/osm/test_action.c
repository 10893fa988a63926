/* Actions against a server that follows a script: each case says which requests must come, in which order, and what
 * becomes of them. */
#include "osm/action.h"

#include <stdlib.h>

#include "net/layer.h"
#include "unit.h"

enum { MOST_STEPS = 14, ANSWER_CEILING = 1 << 20 };
static const char root[] = "https://osm.example";

/* One request and its end. */
struct step {
  const char *request; /* "GET notes?bbox=": method and beginning of the path; NULL: no more come */
  int status;
  const char *body;
};
enum { NO_ANSWER = 0, NOT_SENT = -1, LATER = -2 };

static struct script {
  struct osmflow_http face;
  const struct step *steps;
  size_t place;
  int64_t slept_ms;
  bool cancelled, wrong;
  char seen[200];
  char type[100], body[8000], url[2000];
} script;

static enum osmflow_status answer(const struct step *step, const struct osmflow_http_request *request,
                                  struct osmflow_http_response *response, struct osmflow_error *error) {
  struct osmflow_http_sink sink = request->sink;
  response->status = step->status == LATER ? 503 : step->status > 0 ? step->status : 0;
  response->retry_after_seconds = step->status == LATER ? 60 : -1;
  response->request_sent = step->status != NOT_SENT;
  if (response->status == 0)
    return osmflow_error_set(error, OSMFLOW_NETWORK, "there is no answer");
  if (response->status >= 300) {
    CU_ASSERT_EQUAL(osmflow_bytes_add_string(&response->error_body, step->body ? step->body : "", NULL), OSMFLOW_OK);
    osmflow_error_set(error,
                      step->status == 404 || step->status == 410   ? OSMFLOW_NOT_FOUND
                      : step->status == 401 || step->status == 403 ? OSMFLOW_UNAUTHORIZED
                                                                   : OSMFLOW_HTTP,
                      "the server answered %d: %s", response->status, step->body ? step->body : "");
    error->http_status = response->status;
    return error->status;
  }
  enum osmflow_status status = osmflow_http_sink_begin(&sink, response, error);
  if (status == OSMFLOW_OK && step->body)
    status = osmflow_http_sink_write(&sink, step->body, strlen(step->body), error);
  return status == OSMFLOW_OK ? osmflow_http_sink_finish(&sink, error) : status;
}

static void keep_sent(const struct osmflow_http_request *request) {
  if (strcmp(request->method, "GET") == 0)
    return;
  snprintf(script.url, sizeof script.url, "%s", request->url);
  snprintf(script.type, sizeof script.type, "%s", request->content_type ? request->content_type : "");
  snprintf(script.body, sizeof script.body, "%.*s", (int)request->body.size, request->body.data);
  if (request->repeatable)
    script.wrong = true;
}

static enum osmflow_status run(struct osmflow_http *self, const struct osmflow_http_queue *queue,
                               struct osmflow_error *error) {
  struct osmflow_http_request request;
  enum osmflow_status status = OSMFLOW_OK;
  (void)self;
  while (status == OSMFLOW_OK && queue->next(queue->self, &request)) {
    struct osmflow_http_response response;
    struct osmflow_error reason = {.status = OSMFLOW_OK};
    const struct step *step = &script.steps[script.place];
    const char *path = strstr(request.url, "/api/0.6/");
    osmflow_http_response_init(&response);
    snprintf(script.seen, sizeof script.seen, "%s %s", request.method, path ? path + 9 : request.url);
    keep_sent(&request);
    if (!step->request || strncmp(script.seen, step->request, strlen(step->request)) != 0) {
      script.wrong = true;
      osmflow_http_response_clear(&response);
      return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "step %zu: %s instead of %s", script.place, script.seen,
                               step->request ? step->request : "nothing");
    }
    script.place++;
    const enum osmflow_status ended = answer(step, &request, &response, &reason);
    status = queue->done(queue->self, &request, &response, ended, &reason, error);
    osmflow_http_response_clear(&response);
  }
  return status;
}

static void remember_sleep(void *self, int64_t milliseconds) {
  (void)self;
  script.slept_ms += milliseconds;
}

static int64_t slept(void *self) {
  (void)self;
  return script.slept_ms;
}

static bool is_cancelled(void *self) {
  (void)self;
  return script.cancelled;
}

static struct osmflow_environment environment(void) {
  struct osmflow_environment made = *osmflow_environment_system();
  made.sleep_ms = remember_sleep;
  made.monotonic_ms = slept;
  made.cancelled = is_cancelled;
  return made;
}

static enum osmflow_status perform(const struct step *steps, const struct osmflow_action *fields, const char *name,
                                   struct osmflow_bytes *bytes, struct osmflow_error *error) {
  const struct osmflow_environment world = environment();
  struct osmflow_action action = *fields;
  action.action_class = osmflow_action_class(name);
  action.root = root;
  script = (struct script){.face = {.run = run}, .steps = steps};
  *error = (struct osmflow_error){.status = OSMFLOW_OK};
  CU_ASSERT_PTR_NOT_NULL_FATAL(action.action_class);
  return osmflow_action_perform(&world, &script.face, &action, bytes, error);
}

#define NOTE(id, text)                                                                              \
  "<note lon='9.5' lat='47.1'><id>" id "</id><comments><comment><action>opened</action><text>" text \
  "</text></comment></comments></note>"
#define OSM(content) "<osm>" content "</osm>"
#define COMMENTED(text) "<comment><action>commented</action><text>" text "</text></comment>"
#define NOTE_WITH(comments) OSM("<note><id>5</id><comments>" comments "</comments></note>")
#define MADE(id, tags) "<create><node id='" id "' version='1' lat='1.0000000' lon='2'>" tags "</node></create>"
#define TAGS "<tag k='b' v='2'/><tag k='a' v='1'/>"
#define SAID(id, text) "<comment id='" id "'><text>" text "</text></comment>"
#define DISCUSSION(comments) OSM("<changeset id='5'><discussion>" comments "</discussion></changeset>")
#define TRACE(id, text) "<gpx_file id='" id "'><description>" text "</description></gpx_file>"

static const struct {
  const char *what, *name;
  struct step steps[MOST_STEPS];
  enum osmflow_status status;
  int64_t number;    /* of the answer */
  const char *words; /* of the error */
} doubts[] = {
    {"a note",
     "note/create",
     {{"GET notes?bbox=", 200, OSM("")}, {"POST notes", 200, OSM(NOTE("7", "Hello you"))}},
     0,
     7,
     ""},
    {"a lost answer, and the note is there, beside one that was there before",
     "note/create",
     {{"GET notes?bbox=9.4999999,47.0999999,9.5000001,47.1000001&closed=-1", 200, OSM(NOTE("6", "Hello  you"))},
      {"POST notes", NO_ANSWER, NULL},
      {"GET notes?bbox=", 200, OSM(NOTE("7", "Hello you\n") NOTE("6", "Hello you"))},
      {"GET notes/7", 200, OSM(NOTE("7", "Hello you"))}},
     0,
     7,
     ""},
    {"a lost answer, and the note comes a little later",
     "note/create",
     {{"GET notes?bbox=", 200, OSM("")},
      {"POST notes", 502, "<html>"},
      {"GET notes?bbox=", 200, OSM("")},
      {"GET notes?bbox=", 200, OSM(NOTE("8", "Hello you"))},
      {"GET notes/8", 200, OSM(NOTE("8", "Hello you"))}},
     0,
     8,
     ""},
    {"a lost answer, and the note is not there: another try",
     "note/create",
     {{"GET notes?bbox=", 200, OSM("")},
      {"POST notes", NO_ANSWER, NULL},
      {"GET notes?bbox=", 200, OSM(NOTE("6", "Hello"))},
      {"GET notes?bbox=", 200, OSM(NOTE("6", "Helloyou"))},
      {"GET notes?bbox=", 200, OSM("")},
      {"GET notes?bbox=", 200, OSM("")},
      {"POST notes", 200, OSM(NOTE("9", "Hello you"))}},
     0,
     9,
     ""},
    {"twice lost, never there",
     "note/create",
     {{"GET notes?bbox=", 200, OSM("")},
      {"POST notes", NO_ANSWER, NULL},
      {"GET notes?bbox=", 200, OSM("")},
      {"GET notes?bbox=", 200, OSM("")},
      {"GET notes?bbox=", 200, OSM("")},
      {"GET notes?bbox=", 200, OSM("")},
      {"POST notes", 500, "broken"},
      {"GET notes?bbox=", 200, OSM("")},
      {"GET notes?bbox=", 200, OSM("")},
      {"GET notes?bbox=", 200, OSM("")},
      {"GET notes?bbox=", 200, OSM("")}},
     OSMFLOW_HTTP,
     0,
     "has not arrived"},
    {"a lost answer, and no way to look",
     "note/create",
     {{"GET notes?bbox=", 200, OSM("")}, {"POST notes", NO_ANSWER, NULL}, {"GET notes?bbox=", NO_ANSWER, NULL}},
     OSMFLOW_NETWORK,
     0,
     "not known whether"},
    {"looking stops in the middle",
     "note/create",
     {{"GET notes?bbox=", 200, OSM("")},
      {"POST notes", NO_ANSWER, NULL},
      {"GET notes?bbox=", 200, "<osm><error>no</error></osm>"}},
     OSMFLOW_NETWORK,
     0,
     "not known whether"},
    {"half an answer",
     "note/create",
     {{"GET notes?bbox=", 200, OSM("")},
      {"POST notes", 200, "<osm><note>"},
      {"GET notes?bbox=", 200, OSM(NOTE("7", "Hello you"))},
      {"GET notes/7", 200, OSM(NOTE("7", "Hello you"))}},
     0,
     7,
     ""},
    {"no network at all", "note/create", {{"GET notes?bbox=", NO_ANSWER, NULL}}, OSMFLOW_NETWORK, 0, "no answer"},
    {"never sent",
     "note/create",
     {{"GET notes?bbox=", 200, OSM("")}, {"POST notes", NOT_SENT, NULL}},
     OSMFLOW_NETWORK,
     0,
     "no answer"},
    {"refused", "note/create", {{"GET notes?bbox=", 200, OSM("")}, {"POST notes", 400, "No"}}, OSMFLOW_HTTP, 0, "No"},
    {"told to wait",
     "note/create",
     {{"GET notes?bbox=", 200, OSM("")}, {"POST notes", LATER, "later"}},
     OSMFLOW_HTTP,
     0,
     "later"},
    {"the token may not",
     "note/create",
     {{"GET notes?bbox=", 200, OSM("")}, {"POST notes", 403, "no"}},
     OSMFLOW_UNAUTHORIZED,
     0,
     "write_notes"},
    {"a comment that is there",
     "note/comment",
     {{"GET notes/5", 200, NOTE_WITH(COMMENTED("Hello you"))},
      {"POST notes/5/comment", NO_ANSWER, NULL},
      {"GET notes/5", 200, NOTE_WITH(COMMENTED("Hello you") COMMENTED("Hello you"))},
      {"GET notes/5", 200, NOTE_WITH("")}},
     0,
     5,
     ""},
    {"a comment that is not",
     "note/comment",
     {{"GET notes/5", 200, NOTE_WITH(COMMENTED("Hello you"))},
      {"POST notes/5/comment", NO_ANSWER, NULL},
      {"GET notes/5", 200, NOTE_WITH(COMMENTED("Hello you"))},
      {"GET notes/5", 200, NOTE_WITH(COMMENTED("Hello you"))},
      {"GET notes/5", 200, NOTE_WITH(COMMENTED("Hello you"))},
      {"GET notes/5", 200, NOTE_WITH(COMMENTED("Hello you"))},
      {"POST notes/5/comment", 200, NOTE_WITH("")}},
     0,
     5,
     ""},
    {"the note is not there", "note/comment", {{"GET notes/5", 404, ""}}, OSMFLOW_NOT_FOUND, 0, "404"},
    {"a note that is closed by it",
     "note/close",
     {{"GET notes/5", 200, NOTE_WITH("")},
      {"POST notes/5/close", NO_ANSWER, NULL},
      {"GET notes/5", 200, NOTE_WITH("<comment><action>closed</action><text>Hello you</text></comment>")},
      {"GET notes/5", 200, NOTE_WITH("")}},
     0,
     5,
     ""},
    {"hiding twice", "note/hide", {{"DELETE notes/5", NO_ANSWER, NULL}, {"DELETE notes/5", 410, "gone"}}, 0, 0, ""},
    {"hiding what is hidden", "note/hide", {{"DELETE notes/5", 410, "gone"}}, OSMFLOW_NOT_FOUND, 0, "gone"},
    {"the discussion",
     "changeset/comment",
     {{"GET changeset/5?include_discussion=true", 200, DISCUSSION(SAID("1", "Hello you"))},
      {"POST changeset/5/comment", NO_ANSWER, NULL},
      {"GET changeset/5?include_discussion=true", 200, DISCUSSION(SAID("1", "Hello you") SAID("2", "Hello you"))},
      {"GET changeset/5", 200, OSM("<changeset id='5'/>")}},
     0,
     0,
     ""},
    {"closing again",
     "changeset/close",
     {{"PUT changeset/5/close", NO_ANSWER, NULL}, {"PUT changeset/5/close", 409, "The changeset 5 was closed at 2026"}},
     0,
     0,
     ""},
    {"closing what is closed",
     "changeset/close",
     {{"PUT changeset/5/close", 409, "The changeset 5 was closed at 2026"}},
     OSMFLOW_HTTP,
     0,
     "was closed"},
    {"closing what is another's",
     "changeset/close",
     {{"PUT changeset/5/close", NO_ANSWER, NULL},
      {"PUT changeset/5/close", 409, "The user doesn't own that changeset"}},
     OSMFLOW_HTTP,
     0,
     "own"},
    {"closing, and the network stays away",
     "changeset/close",
     {{"PUT changeset/5/close", NO_ANSWER, NULL},
      {"PUT changeset/5/close", NO_ANSWER, NULL},
      {"PUT changeset/5/close", NO_ANSWER, NULL},
      {"PUT changeset/5/close", NO_ANSWER, NULL}},
     OSMFLOW_NETWORK,
     0,
     "does no harm"},
    {"a page of the network in between",
     "changeset/close",
     {{"PUT changeset/5/close", 200, "<!DOCTYPE html><html>"}, {"PUT changeset/5/close", 200, ""}},
     0,
     0,
     ""},
    {"subscribing again",
     "changeset/subscribe",
     {{"POST changeset/5/subscribe", NO_ANSWER, NULL},
      {"POST changeset/5/subscribe", 409, "You are already subscribed"}},
     0,
     0,
     ""},
    {"deleting again",
     "preference/delete",
     {{"DELETE user/preferences/5", NO_ANSWER, NULL}, {"DELETE user/preferences/5", 404, ""}},
     0,
     0,
     ""},
    {"a trace that is there",
     "gpx/create",
     {{"GET user/gpx_files", 200, OSM(TRACE("3", "Hello you"))},
      {"POST gpx/create", 200, "<html>sign in</html>"},
      {"GET user/gpx_files", 200, OSM(TRACE("3", "Hello you") TRACE("4", "Hello you"))}},
     0,
     4,
     ""},
    {"a trace, and the token may not look",
     "gpx/create",
     {{"GET user/gpx_files", 403, ""}, {"POST gpx/create", NO_ANSWER, NULL}},
     OSMFLOW_NETWORK,
     0,
     "not known whether"},
    {"a trace, and the token may not look, but all is well",
     "gpx/create",
     {{"GET user/gpx_files", 403, ""}, {"POST gpx/create", 200, "12"}},
     0,
     12,
     ""},
    {"an element that is there",
     "element/create",
     {{"GET changeset/77/download", 200, "<osmChange>" MADE("3", TAGS) "</osmChange>"},
      {"PUT node/create", NO_ANSWER, NULL},
      {"GET changeset/77/download", 200,
       "<osmChange>" MADE("3", TAGS) MADE("5", "<tag k='a' v='1'/>") MADE("4", TAGS) "</osmChange>"}},
     0,
     4,
     ""},
    {"an element that is not",
     "element/create",
     {{"GET changeset/77/download", 200, "<osmChange/>"},
      {"PUT node/create", NO_ANSWER, NULL},
      {"GET changeset/77/download", 200, "<osmChange>" MADE("5", TAGS "<tag k='c' v='1'/>") "</osmChange>"},
      {"GET changeset/77/download", 200, "<osmChange/>"},
      {"GET changeset/77/download", 200, "<osmChange/>"},
      {"GET changeset/77/download", 200, "<osmChange/>"},
      {"PUT node/create", 200, "6\n"}},
     0,
     6,
     ""},
    {"a change that is there",
     "element/update",
     {{"PUT node/5", NO_ANSWER, NULL}, {"GET node/5/3", 200, OSM("<node id='5' version='3' changeset='77'/>")}},
     0,
     3,
     ""},
    {"a change that somebody else was faster with",
     "element/update",
     {{"PUT node/5", NO_ANSWER, NULL},
      {"GET node/5/3", 404, ""},
      {"GET node/5/3", 200, OSM("<node id='5' version='3' changeset='78'/>")},
      {"GET node/5/3", 200, OSM("<node id='5' version='3' changeset='78'/>")},
      {"GET node/5/3", 200, OSM("<node id='5' version='3' changeset='78'/>")},
      {"PUT node/5", 409, "Version mismatch"}},
     OSMFLOW_HTTP,
     0,
     "Version mismatch"},
    {"a deletion that is there",
     "element/delete",
     {{"DELETE node/5", 504, ""}, {"GET node/5/3", 200, OSM("<node id='5' version='3' changeset='77'/>")}},
     0,
     3,
     ""},
};

/* Words, parameters and body that fit each of the calls above. */
static struct osmflow_action fields_of(const char *name) {
  static const struct osmflow_tag_view note[] = {
      {{"lat", 3}, {"47.1", 4}}, {{"lon", 3}, {"9.5", 3}}, {{"text", 4}, {"Hello you", 9}}};
  static const struct osmflow_tag_view trace[] = {{{"description", 11}, {"Hello you", 9}}};
  struct osmflow_action fields = {.words = {"5"}};
  if (strcmp(name, "note/create") == 0) {
    fields.parameters = note;
    fields.parameter_count = 3;
  } else if (strncmp(name, "note/", 5) == 0 || strcmp(name, "changeset/comment") == 0) {
    fields.parameters = &note[2];
    fields.parameter_count = 1;
  } else if (strcmp(name, "gpx/create") == 0) {
    fields.parameters = trace;
    fields.parameter_count = 1;
    fields.body = osmflow_text("<gpx/>");
    fields.file_name = "a \"b\".gpx";
  } else if (strncmp(name, "element/", 8) == 0) {
    const bool is_new = strcmp(name, "element/create") == 0;
    fields.words[0] = "node";
    fields.words[1] = is_new ? NULL : "5";
    fields.body = osmflow_text(
        is_new ? "<osm><node changeset='77' lat='1' lon='2.0'><tag k='a' v='1'/><tag k='b' v='2'/></node></osm>"
               : "<osm><node id='5' version='2' changeset='77'/></osm>");
  }
  return fields;
}

static void doubts_are_settled(void) {
  for (size_t i = 0; i < sizeof doubts / sizeof doubts[0]; i++) {
    const struct osmflow_action fields = fields_of(doubts[i].name);
    struct osmflow_error error;
    struct osmflow_bytes bytes;
    osmflow_bytes_init(&bytes, ANSWER_CEILING);
    const enum osmflow_status status = perform(doubts[i].steps, &fields, doubts[i].name, &bytes, &error);
    const int64_t number = osmflow_action_number(osmflow_action_class(doubts[i].name), &bytes);
    const bool good = status == doubts[i].status && !script.wrong && !doubts[i].steps[script.place].request &&
                      (status != OSMFLOW_OK || number == doubts[i].number) && strstr(error.message, doubts[i].words);
    if (!good)
      printf("\n%s: %s, number %lld, step %zu (%s): %s\n", doubts[i].what, osmflow_status_name(status),
             (long long)number, script.place, script.seen, error.message);
    CU_ASSERT_TRUE(good);
    osmflow_bytes_clear(&bytes);
  }
}

static void a_stop_leaves_a_doubt_that_is_told(void) {
  static const struct step steps[] = {{"PUT changeset/5/close", NO_ANSWER, NULL}, {NULL, 0, NULL}};
  const struct osmflow_action fields = {.words = {"5"}};
  const struct osmflow_environment world = environment();
  struct osmflow_action action = fields;
  struct osmflow_error error = {.status = OSMFLOW_OK};
  struct osmflow_bytes bytes;
  osmflow_bytes_init(&bytes, ANSWER_CEILING);
  action.action_class = osmflow_action_class("changeset/close");
  action.root = root;
  script = (struct script){.face = {.run = run}, .steps = steps, .cancelled = true};
  CU_ASSERT_NOT_EQUAL(osmflow_action_perform(&world, &script.face, &action, &bytes, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(script.place, 1);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "not known whether"));
  osmflow_bytes_clear(&bytes);
}

static char too_long[3000];

static void wrong_actions_are_not_sent(void) {
  static const struct step none[] = {{NULL, 0, NULL}};
  memset(too_long, 'x', 2001);
  const struct {
    const char *name;
    struct osmflow_action fields;
    const char *keys[3], *values[3];
    const char *words;
  } cases[] = {
      {"note/create", {.anonymous = false}, {"lat", "lon"}, {"1", "1"}, "the text is empty"},
      {"note/create", {.anonymous = false}, {"lat", "lon", "text"}, {"1", "1", " \n"}, "the text is empty"},
      {"note/create", {.anonymous = false}, {"lat", "lon", "text"}, {"90.1", "1", "x"}, "between -90 and 90"},
      {"note/create", {.anonymous = false}, {"lat", "lon", "text"}, {"1", "181", "x"}, "between -180 and 180"},
      {"note/create", {.anonymous = false}, {"lat", "lon", "text"}, {"1x", "1", "x"}, "lat=1x"},
      {"note/create", {.anonymous = false}, {"lat", "lon", "text"}, {"1", "1", too_long}, "2001 characters"},
      {"note/create", {.anonymous = false}, {"lat", "lon", "text"}, {"1", "1", "a\x01"}, "control character"},
      {"note/create", {.anonymous = false}, {"lat", "lon", "text"}, {"1", "1", "a\xFF"}, "not UTF-8"},
      {"note/close", {.words = {"0"}}, {NULL}, {NULL}, "number above 0"},
      {"note/close", {.words = {"5/../6"}}, {NULL}, {NULL}, "number above 0"},
      {"note/close", {.words = {NULL, 0, NULL}}, {NULL}, {NULL}, "missing"},
      {"note/close", {.words = {"5"}}, {"txt"}, {"x"}, "takes these parameters"},
      {"note/close", {.words = {"5"}}, {"text", "text"}, {"x", "y"}, "each once"},
      {"changeset/close", {.words = {"5"}}, {"text"}, {"x"}, "takes these parameters"},
      {"element/redact", {.words = {"area", "5", "1"}}, {"redaction"}, {"1"}, "node|way|relation"},
      {"element/redact", {.words = {"node", "5", "1"}}, {"redaction"}, {"x"}, "redaction is a number"},
      {"element/redact", {.words = {"node", "5", "1"}}, {NULL}, {NULL}, "redaction is empty"},
      {"preference/set", {.words = {".."}}, {NULL}, {NULL}, "part of an address"},
      {"preference/set", {.words = {""}}, {NULL}, {NULL}, "missing"},
      {"preference/set", {.words = {too_long}}, {NULL}, {NULL}, "too long"},
      {"preference/set", {.words = {"a"}, .body = {too_long, 256}}, {NULL}, {NULL}, "too long"},
      {"gpx/create", {.file_name = "a", .body = {"x", 1}}, {"description"}, {""}, "description is empty"},
      {"gpx/create", {.file_name = "a", .body = {"", 0}}, {"description"}, {"x"}, "file is empty"},
      {"gpx/create", {.file_name = "a", .body = {"x", 1}}, {"description", "visibility"}, {"x", "all"}, "trackable"},
      {"gpx/create", {.file_name = "a", .body = {"x", 1}}, {"description", "tags"}, {"x", too_long}, "too long"},
      {"note/hide", {.words = {"5"}}, {"text"}, {too_long}, "too long"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_tag_view parameters[3];
    struct osmflow_action fields = cases[i].fields;
    struct osmflow_error error;
    struct osmflow_bytes bytes;
    for (size_t j = 0; j < 3 && cases[i].keys[j]; j++)
      parameters[fields.parameter_count++] =
          (struct osmflow_tag_view){osmflow_text(cases[i].keys[j]), osmflow_text(cases[i].values[j])};
    fields.parameters = parameters;
    osmflow_bytes_init(&bytes, ANSWER_CEILING);
    const enum osmflow_status status = perform(none, &fields, cases[i].name, &bytes, &error);
    if (status != OSMFLOW_BAD_ARGUMENT || !strstr(error.message, cases[i].words))
      printf("\n%s: \"%s\" is not in: %s\n", cases[i].name, cases[i].words, error.message);
    CU_ASSERT_EQUAL(status, OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, cases[i].words));
    CU_ASSERT_FALSE(script.wrong);
    osmflow_bytes_clear(&bytes);
  }
}

static void requests_are_as_the_api_has_them(void) {
  static const struct step redact[] = {{"POST way/5/2/redact?redaction=3", 200, ""}, {NULL, 0, NULL}};
  static const struct step set[] = {{"PUT user/preferences/a%20b%2Fc%3F%23", 200, ""}, {NULL, 0, NULL}};
  static const struct step say[] = {
      {"GET changeset/5", 200, DISCUSSION("")}, {"POST changeset/5/comment", 200, OSM("")}, {NULL, 0, NULL}};
  static const struct step trace[] = {
      {"GET user/gpx_files", 200, OSM("")}, {"POST gpx/create", 200, "1"}, {NULL, 0, NULL}};
  const struct osmflow_tag_view number = {osmflow_text("redaction"), osmflow_text("3")};
  const struct osmflow_tag_view text = {osmflow_text("text"), osmflow_text("a&b=c\n\xC3\xA9")};
  struct osmflow_error error;
  struct osmflow_bytes bytes;
  osmflow_bytes_init(&bytes, ANSWER_CEILING);
  struct osmflow_action fields = {.words = {"way", "5", "2"}, .parameters = &number, .parameter_count = 1};
  CU_ASSERT_EQUAL(perform(redact, &fields, "element/redact", &bytes, &error), OSMFLOW_OK);
  fields = (struct osmflow_action){.words = {"a b/c?#"}, .body = osmflow_text("value")};
  CU_ASSERT_EQUAL(perform(set, &fields, "preference/set", &bytes, &error), OSMFLOW_OK);
  CU_ASSERT_STRING_EQUAL(script.body, "value");
  CU_ASSERT_STRING_EQUAL(script.type, "text/plain; charset=utf-8");
  fields = (struct osmflow_action){.words = {"5"}, .parameters = &text, .parameter_count = 1};
  CU_ASSERT_EQUAL(perform(say, &fields, "changeset/comment", &bytes, &error), OSMFLOW_OK);
  CU_ASSERT_STRING_EQUAL(script.body, "text=a%26b%3Dc%0A%C3%A9");
  CU_ASSERT_STRING_EQUAL(script.type, "application/x-www-form-urlencoded");
  fields = fields_of("gpx/create");
  CU_ASSERT_EQUAL(perform(trace, &fields, "gpx/create", &bytes, &error), OSMFLOW_OK);
  const char *boundary = strstr(script.type, "boundary=");
  CU_ASSERT_PTR_NOT_NULL_FATAL(boundary);
  CU_ASSERT_PTR_NOT_NULL(strstr(script.body, "name=\"description\"\r\n\r\nHello you\r\n--"));
  CU_ASSERT_PTR_NOT_NULL(strstr(script.body, "name=\"file\"; filename=\"a %22b%22.gpx\"\r\n"));
  CU_ASSERT_PTR_NOT_NULL(strstr(script.body, "\r\n\r\n<gpx/>\r\n--"));
  CU_ASSERT_PTR_NOT_NULL(boundary ? strstr(script.body, boundary + strlen("boundary=")) : NULL);
  osmflow_bytes_clear(&bytes);
}

static void documents_are_checked_and_escaped(void) {
  struct osmflow_tag_view tags[] = {{osmflow_text("comment"), osmflow_text("a <&\"> b")},
                                    {osmflow_text("b"), osmflow_text("")}};
  const struct osmflow_action_trace trace = {5, osmflow_text("public"), osmflow_text("<a> & b"),
                                             osmflow_text(" x , ,y&z,")};
  struct osmflow_action_trace wrong = trace;
  struct osmflow_bytes bytes;
  struct osmflow_error error;
  osmflow_bytes_init(&bytes, ANSWER_CEILING);
  CU_ASSERT_EQUAL(osmflow_action_write_changeset(tags, 2, &bytes, &error), OSMFLOW_OK);
  CU_ASSERT_PTR_NOT_NULL(strstr(osmflow_bytes_string(&bytes), "<tag k=\"comment\" v=\"a &lt;&amp;&quot;&gt; b\"/>"));
  osmflow_bytes_reset(&bytes);
  CU_ASSERT_EQUAL(osmflow_action_write_trace(&trace, &bytes, &error), OSMFLOW_OK);
  CU_ASSERT_STRING_EQUAL(osmflow_bytes_string(&bytes),
                         "<osm><gpx_file id=\"5\" visibility=\"public\"><description>&lt;a&gt; &amp; b</description>"
                         "<tag>x</tag><tag>y&amp;z</tag></gpx_file></osm>");
  wrong.visibility = osmflow_text("public\" x=\"");
  CU_ASSERT_EQUAL(osmflow_action_write_trace(&wrong, &bytes, &error), OSMFLOW_BAD_ARGUMENT);
  wrong.visibility = trace.visibility;
  wrong.description = osmflow_text(" ");
  CU_ASSERT_EQUAL(osmflow_action_write_trace(&wrong, &bytes, &error), OSMFLOW_BAD_ARGUMENT);
  tags[1].key = osmflow_text("comment");
  CU_ASSERT_EQUAL(osmflow_action_write_preferences(tags, 2, &bytes, &error), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "twice"));
  tags[1].key = osmflow_text("");
  CU_ASSERT_EQUAL(osmflow_action_write_changeset(tags, 2, &bytes, &error), OSMFLOW_BAD_ARGUMENT);
  memset(too_long, 'x', 256);
  tags[1] = (struct osmflow_tag_view){osmflow_text("b"), {too_long, 256}};
  CU_ASSERT_EQUAL(osmflow_action_write_changeset(tags, 2, &bytes, &error), OSMFLOW_BAD_ARGUMENT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "256 characters"));
  tags[1].value.size = 255;
  CU_ASSERT_EQUAL(osmflow_action_write_changeset(tags, 2, &bytes, &error), OSMFLOW_OK);
  CU_ASSERT_EQUAL(osmflow_action_write_preferences(tags, 151, &bytes, &error), OSMFLOW_BAD_ARGUMENT);
  osmflow_bytes_clear(&bytes);
}

OSMFLOW_UNIT_MAIN("osm/action", UNIT(wrong_actions_are_not_sent), UNIT(doubts_are_settled),
                  UNIT(a_stop_leaves_a_doubt_that_is_told), UNIT(requests_are_as_the_api_has_them),
                  UNIT(documents_are_checked_and_escaped))
