/* Map notes: what the sandbox keeps of them, shared by their handlers (notes.c), their lists (notes_search.c), their
 * forms (notes_print.c) and the demonstration data (seed.c). */
#ifndef OSMFLOW_SANDBOX_NOTES_H
#define OSMFLOW_SANDBOX_NOTES_H

#include "rails.h"

enum note_event { NOTE_OPENED, NOTE_COMMENTED, NOTE_CLOSED, NOTE_REOPENED, NOTE_HIDDEN, NOTE_EVENTS };

struct note_comment {
  int64_t id, created;
  int64_t uid; /* 0: anonymous */
  enum note_event event;
  const char *text; /* NULL: nothing was said */
};

enum note_status { NOTE_IS_OPEN, NOTE_IS_CLOSED, NOTE_IS_HIDDEN };

struct note {
  int64_t id, created, updated;
  int64_t closed; /* when, for closed ones */
  int32_t lon, lat;
  enum note_status status;
  struct note_comment *comments; /* oldest first; the first opened it */
  size_t comment_count, comment_capacity;
};

struct sandbox_notes {
  struct note *items; /* the note with the id n stands at n - 1 */
  size_t count, capacity;
  int64_t next_comment;
};

/* notes.c */
struct sandbox_notes *notes_of(struct sandbox *sandbox); /* never NULL */
struct note *notes_add(struct sandbox *sandbox, int32_t lon, int32_t lat, int64_t uid, const char *text, int64_t when);
/* Adds a comment and what follows from it: the status, the time of change. `text` may be NULL. */
void notes_comment(struct sandbox *sandbox, struct note *note, enum note_event event, int64_t uid, const char *text,
                   int64_t when);

/* notes_search.c */
sandbox_handler notes_in_box, notes_search, notes_feed;

/* notes_print.c */
void notes_print_one(const struct sandbox *sandbox, const struct sandbox_request *request,
                     struct sandbox_response *response, const struct note *note);
void notes_print_list(const struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response, const struct note *const *notes, size_t count,
                      const struct osmflow_bbox *bbox);
/* The latest comments as a feed; `bbox` NULL: of the whole world. */
struct notes_news {
  const struct note *note;
  const struct note_comment *comment;
};
void notes_print_feed(const struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response, const struct notes_news *news, size_t count,
                      const struct osmflow_bbox *bbox);

#endif
