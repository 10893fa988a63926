/* What the files of exports share. */
#ifndef OSMFLOW_CITYLOADER_EXPORT_PARTS_H
#define OSMFLOW_CITYLOADER_EXPORT_PARTS_H

#include "cityloader/export.h"
#include "format/tree.h"

enum { OSMFLOW_EXPORT_REQUEST_CEILING = 64 * 1024, OSMFLOW_EXPORT_ANSWER_CEILING = 1024 * 1024 };

/* Replaces the message of a refusal by the server's words and what can be done. */
enum osmflow_status osmflow_export_explain(const struct osmflow_http_response *response, const char *what,
                                           struct osmflow_error *error);

/* What is remembered of a request: its id ("" when the answer was lost) and when; false: nothing. */
enum osmflow_status osmflow_export_recall(const struct osmflow_cityloader *cityloader, const char *request,
                                          bool *is_known, char id[64], int64_t *created_seconds,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* `id` "": it is about to be sent; NULL: it is forgotten. */
enum osmflow_status osmflow_export_remember(const struct osmflow_cityloader *cityloader, const char *request,
                                            const char *id, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
