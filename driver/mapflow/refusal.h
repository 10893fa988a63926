/* What Mapflow says when it refuses something, in words that say what to do.
 *
 * Error bodies come in four shapes: {"code","message","params"}, {"detail":{"code","parameters"}}, {"detail":"..."} or
 * a list of fields, and plain text or a gateway's page. A 403 is told apart: quota, size, plan or right. Messages of
 * processings are codes with parameters (text), whose sentences are ours: a const table.
 * Source: facts 1.1. */
#ifndef OSMFLOW_MAPFLOW_REFUSAL_H
#define OSMFLOW_MAPFLOW_REFUSAL_H

#include "format/tree.h"
#include "net/http.h"

/* What kind of refusal it is: decides what a batch does next. */
enum osmflow_mapflow_refusal_kind {
  OSMFLOW_MAPFLOW_REFUSED_OTHER,
  OSMFLOW_MAPFLOW_REFUSED_TOKEN,   /* 401: stop everything */
  OSMFLOW_MAPFLOW_REFUSED_RIGHT,   /* 403: not yours, not in your plan */
  OSMFLOW_MAPFLOW_REFUSED_QUOTA,   /* storage or credits are used up */
  OSMFLOW_MAPFLOW_REFUSED_SIZE,    /* this file, this area is too large */
  OSMFLOW_MAPFLOW_REFUSED_CONTENT, /* this file, this request is wrong (400, 422) */
  OSMFLOW_MAPFLOW_REFUSED_ABSENT,  /* 404, 410 */
  OSMFLOW_MAPFLOW_REFUSED_LATER    /* 409, 429, 5xx: perhaps later */
};

struct osmflow_mapflow_refusal {
  enum osmflow_mapflow_refusal_kind kind;
  char code[64];      /* "FileTooBig", "BAD_REQUEST", "" */
  char sentence[900]; /* what is wrong and what to do; UTF-8; a stranger's control characters are blanks */
};

/* `status`: the HTTP status; `body`: at most 64 KiB of anything. Always gives a sentence. */
void osmflow_mapflow_refusal_read(int status, struct osmflow_text body, struct osmflow_mapflow_refusal *refusal);

/* Replaces the message of an error of osmflow_http_perform by "METHOD path: sentence (HTTP nnn CODE)". Errors without
 * an answer stay as they are. Returns the error's status. */
enum osmflow_status osmflow_mapflow_refusal_explain(const char *method, const char *path,
                                                    const struct osmflow_http_response *response,
                                                    struct osmflow_error *error);

/* One entry of a processing's or AOI's `messages`: {"code","parameters"}, appended as a sentence; unknown codes with
 * their parameters as they are. */
enum osmflow_status osmflow_mapflow_message_print(const struct osmflow_tree_node *message, struct osmflow_bytes *text,
                                                  struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* All of a list, divided by "; ". */
enum osmflow_status osmflow_mapflow_messages_print(const struct osmflow_tree_node *messages, struct osmflow_bytes *text,
                                                   struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* "FAILED" -> "failed", with what that means and what can be done; unknown ones are named as they are: `status` is
 * NUL-terminated, and what comes back may be it. */
const char *osmflow_mapflow_status_words(struct osmflow_text status);

#endif
