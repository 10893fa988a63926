/* What the files of exports share. */
#ifndef OSMFLOW_CITYLOADER_EXPORT_PARTS_H
#define OSMFLOW_CITYLOADER_EXPORT_PARTS_H

#include "cityloader/export.h"
#include "format/tree.h"

enum { OSMFLOW_EXPORT_REQUEST_CEILING = 64 * 1024, OSMFLOW_EXPORT_ANSWER_CEILING = 1024 * 1024 };

/* Whether that can be an export's id: letters, digits, "-" and "_". It becomes part of a URL and of a file's name, so
 * what a server calls an id is not believed without. */
bool osmflow_export_is_id(const char *id);
/* Replaces the message of a refusal by the server's words and what can be done. */
enum osmflow_status osmflow_export_explain(const struct osmflow_http_response *response, const char *what,
                                           struct osmflow_error *error);

/* One call; `body` NULL: GET. */
enum osmflow_status osmflow_export_ask(const struct osmflow_cityloader *cityloader, const char *path, const char *body,
                                       struct osmflow_http_response *response, struct osmflow_export_state *state,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* An option that is a number of seconds. */
enum osmflow_status osmflow_export_read_seconds(const struct osmflow_environment *environment, const char *name,
                                                int64_t fallback_ms, int64_t *milliseconds,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* What is remembered of a request, the latest first: this account's own and then, with `of_others`, what other tokens
 * made (the same user with a newer token, mostly). `id` is "" when the answer was lost. `place` counts from 0; false:
 * there are not so many. */
enum osmflow_status osmflow_export_recall(const struct osmflow_cityloader *cityloader, const char *request,
                                          bool of_others, size_t place, bool *is_known, char id[64],
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* One at a time, of all processes: whoever makes an export looks for it, asks for it and remembers it under this lock
 * (of exports.json.lock). Waits until it is free or the user wants to stop. */
enum osmflow_status osmflow_export_lock(const struct osmflow_environment *environment, int *descriptor,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_export_unlock(int descriptor);
/* Waits for the lock of an open file; `what` for the error's words. */
enum osmflow_status osmflow_export_lock_file(const struct osmflow_environment *environment, int descriptor,
                                             const char *what, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Under the lock. `id` "": it is about to be sent; NULL: it is forgotten. */
enum osmflow_status osmflow_export_remember(const struct osmflow_cityloader *cityloader, const char *request,
                                            const char *id, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
