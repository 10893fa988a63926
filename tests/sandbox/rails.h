/* What the calls of the Rails port have in common: notes, traces, users, changeset queries, the service itself. The
 * Rails port is a program of its own behind the same address as cgimap: its errors, its documents and its reading of
 * numbers and dates differ. */
#ifndef OSMFLOW_SANDBOX_RAILS_H
#define OSMFLOW_SANDBOX_RAILS_H

#include "base/number.h"
#include "state.h"

enum {
  RAILS_EVERY_FORMAT = 15, /* bits of all enum sandbox_format */
  RAILS_XML_JSON = 1 << SANDBOX_XML | 1 << SANDBOX_JSON,
};

/* Requests ------------------------------------------------------------------------------------------------------- */

/* For calls that answer with plain text or with nothing: the Rails port does not look at Accept for them. */
void rails_answer_plainly(const struct sandbox_request *request, struct sandbox_response *response, const char *type);
/* False after 401 (nobody), 403 (blocked, or the token lacks the scope). */
bool rails_allows(const struct sandbox_request *request, struct sandbox_response *response, uint32_t scope);
/* The same for calls that only moderators may use. */
bool rails_allows_moderator(const struct sandbox_request *request, struct sandbox_response *response, uint32_t scope);
/* False after 503: the API is switched off, or for writes read only. */
bool rails_is_online(const struct sandbox *sandbox, const struct sandbox_request *request,
                     struct sandbox_response *response);
/* False after 400. What is not a number counts as 0, and what is beyond the world is pulled to its edge. */
bool rails_take_bbox(const struct sandbox_request *request, struct sandbox_response *response, double largest,
                     struct osmflow_bbox *bbox);
/* Leading digits as a number, else 0: Ruby's to_i. Saturates. */
int64_t rails_number(const char *text);
/* A date as Time.parse takes it; false for what it does not understand. */
bool rails_time(const char *text, int64_t *seconds);
/* NULL or only white space. */
bool rails_is_blank(const char *text);
size_t rails_count_characters(const char *text); /* of UTF-8 */
/* A parameter of the query or form, or a member of the JSON object in the body. NULL when absent. Borrowed from the
 * sandbox's strings. */
const char *rails_parameter(struct sandbox *sandbox, const struct sandbox_request *request, const char *name);
/* The next of "1,2,3" as Ruby reads it; false at the end. */
bool rails_next_id(struct osmflow_text *list, int64_t *id);

/* Answers -------------------------------------------------------------------------------------------------------- */

/* text/plain with charset, "Error:" header, body = message. */
void rails_fail(struct sandbox_response *response, int status, const char *format, ...) OSMFLOW_PRINTF(3, 4);
void rails_open_xml(struct sandbox_response *response);
void rails_close_xml(struct sandbox_response *response);
/* {"version":"0.6",... without the closing brace. */
void rails_open_json(struct sandbox_response *response);
/* <name>escaped</name>, indented, with a newline. */
void rails_print_element(struct sandbox_response *response, int indent, const char *name, const char *text);
/* ,"name":"value" */
void rails_print_member(struct sandbox_response *response, const char *name, const char *value);
/* http://127.0.0.1:1234 as the client called it. */
void rails_base_url(const struct sandbox_request *request, char url[256]);
/* The page of a user, with the name percent-encoded. */
void rails_user_url(const struct sandbox_request *request, const char *name, char url[1024]);

enum { RAILS_TIME_SIZE = 40 };
void rails_format_utc(char text[RAILS_TIME_SIZE], int64_t seconds);     /* 2019-06-15 08:26:04 UTC */
void rails_format_rfc822(char text[RAILS_TIME_SIZE], int64_t seconds);  /* Sat, 15 Jun 2019 08:26:04 +0000 */
void rails_format_iso8601(char text[RAILS_TIME_SIZE], int64_t seconds); /* 2019-06-15T08:26:04Z */

/* rails_json.c: the string or number that `name` has in a flat JSON object; false when it is not there. */
bool rails_find_json_member(struct osmflow_text object, const char *name, struct osmflow_bytes *value);

/* rails_xml.c ----------------------------------------------------------------------------------------------------- */

/* Small XML documents (preferences, the description of a trace) and GPX files: calls back for each element that ends.
 */
struct rails_element {
  const char *name, *parent; /* without prefix; parent "" for the root */
  const char **attributes;   /* name, value, ..., NULL, as Expat gives them */
  const char *text;          /* what stands in it directly */
  bool ends;                 /* false when it starts: no text yet; true when it ends: no attributes any more */
};
typedef void rails_visitor(void *context, const struct rails_element *element);
/* False when it is not well-formed; `problem` says why. */
bool rails_read_xml(struct osmflow_text document, rails_visitor *visitor, void *context, char problem[200]);
const char *rails_attribute(const struct rails_element *element, const char *name); /* NULL: absent */

/* Handlers that stand in the route tables of other files. -------------------------------------------------------- */

sandbox_handler rails_read_preferences, rails_write_preferences;                         /* preferences.c */
sandbox_handler rails_read_preference, rails_write_preference, rails_delete_preference;  /* preferences.c */
sandbox_handler rails_read_trackpoints;                                                  /* trackpoints.c */
sandbox_handler rails_authorize, rails_show_code, rails_issue_token, rails_revoke_token; /* oauth.c */
sandbox_handler rails_seed;                                                              /* seed.c */

/* preferences.c: the server itself keeps one, the visibility of the last trace. */
void rails_set_preference(struct sandbox *sandbox, int64_t uid, const char *key, const char *value);

/* Counted for the details of a user. */
int64_t rails_count_traces(const struct sandbox *sandbox, int64_t uid);

#endif
