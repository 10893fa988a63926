/* Status codes and the error object that every fallible function of osmflow reports through.
 *
 * A function that can fail returns enum osmflow_status and takes a struct osmflow_error * last. The error lives on the
 * caller's stack, NULL is allowed, and it is written only when something other than OSMFLOW_OK is returned.
 * There is no hidden last-error state, so nothing here needs a lock. */
#ifndef OSMFLOW_STATUS_H
#define OSMFLOW_STATUS_H

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define OSMFLOW_PRINTF(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))
#define OSMFLOW_MUST_CHECK __attribute__((warn_unused_result))
#define OSMFLOW_API __attribute__((visibility("default")))
#else
#define OSMFLOW_PRINTF(format_index, first_argument)
#define OSMFLOW_MUST_CHECK
#define OSMFLOW_API
#endif

enum osmflow_status {
  OSMFLOW_OK = 0,
  OSMFLOW_NO_MEMORY,    /* the system gave no memory */
  OSMFLOW_TOO_LARGE,    /* a ceiling of ours was reached: a buffer, a document, a list */
  OSMFLOW_BAD_ARGUMENT, /* what the user or caller said is wrong; the message says which word */
  OSMFLOW_BAD_DATA,     /* what a server or file holds is not what was asked, or not whole */
  OSMFLOW_NETWORK,      /* no answer, or no whole answer */
  OSMFLOW_HTTP,         /* the server answered with an error status: see osmflow_error.http_status */
  OSMFLOW_UNAUTHORIZED, /* a token is missing, or the server refuses it (401, 403) */
  OSMFLOW_NOT_FOUND,    /* no such thing: path, file, element */
  OSMFLOW_IO,           /* a local file could not be read or written */
  OSMFLOW_CANCELLED,    /* the caller's environment asked to stop */
  OSMFLOW_UNSUPPORTED   /* a valid wish that this build or this connection cannot fulfil */
};

enum { OSMFLOW_ERROR_SIZE = 2048 };

struct osmflow_error {
  enum osmflow_status status;
  int http_status;                  /* 0 unless a server answered */
  char message[OSMFLOW_ERROR_SIZE]; /* NUL-terminated UTF-8, one line or more, never holds a token */
};

/* The status's name in lower case words, for logs ("bad data"). Never NULL. */
OSMFLOW_API const char *osmflow_status_name(enum osmflow_status status);

/* Writes status and message into *error (if not NULL) and returns status, so that it can stand after `return` or in
 * an assignment. A message that is too long is cut at a character boundary. http_status becomes 0. */
OSMFLOW_API enum osmflow_status osmflow_error_set(struct osmflow_error *error, enum osmflow_status status,
                                                  const char *format, ...) OSMFLOW_PRINTF(3, 4);

#if defined(__clang_analyzer__)
/* Static analysis sees one file at a time: this tells it which status comes back. */
#define osmflow_error_set(error, status, ...) (osmflow_error_set((error), (status), __VA_ARGS__), (status))
#endif

/* Puts words in front of the message of an error ("reading way 5: ..."), keeping status and http_status. */
OSMFLOW_API void osmflow_error_prefix(struct osmflow_error *error, const char *format, ...) OSMFLOW_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif

#endif
