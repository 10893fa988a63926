/* What an answer's header lines say, and the sentence for an answer that is an error. */
#ifndef OSMFLOW_NET_ANSWER_H
#define OSMFLOW_NET_ANSWER_H

#include "net/http.h"

enum { OSMFLOW_REASON_SIZE = 64 };

/* An answer's head while it is received. */
struct osmflow_http_head {
  char reason[OSMFLOW_REASON_SIZE]; /* "Not Found" */
  bool is_packed;                   /* the body, by gzip or the like */
  bool complete;                    /* the empty line behind the header of the final answer was seen */
};

/* Takes one line of the head, with its line end. A new status line (after 100 Continue) starts anew; what follows the
 * body (trailers) is ignored. `now` is for dates in Retry-After. */
void osmflow_http_head_line(struct osmflow_http_head *head, struct osmflow_http_response *response,
                            struct osmflow_text line, int64_t now);

/* The error of an answer >= 300, as osmflow_http_perform promises it. */
enum osmflow_status osmflow_http_answer_error(const struct osmflow_http_request *request,
                                              const struct osmflow_http_response *response, const char *reason,
                                              struct osmflow_error *error);

/* Overwrites a token wherever a server repeats it in its words. */
void osmflow_http_answer_mask(struct osmflow_http_response *response, struct osmflow_http_head *head,
                              const char *token);

#endif
