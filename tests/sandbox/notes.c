/* Map notes: reading one, creating, commenting, closing, reopening, hiding. */
#include "notes.h"

#include <stdio.h>
#include <stdlib.h>

enum { LONGEST_COMMENT = 2000 };

struct sandbox_notes *notes_of(struct sandbox *sandbox) {
  if (!sandbox->notes) {
    size_t capacity = 0;
    sandbox_reserve((void **)&sandbox->notes, &capacity, 1, sizeof *sandbox->notes);
    *sandbox->notes = (struct sandbox_notes){.next_comment = 1};
  }
  return sandbox->notes;
}

void sandbox_notes_free(struct sandbox_notes *notes) {
  for (size_t i = 0; i < notes->count; i++)
    free(notes->items[i].comments);
  free(notes->items);
  free(notes);
}

void notes_comment(struct sandbox *sandbox, struct note *note, enum note_event event, int64_t uid, const char *text,
                   int64_t when) {
  sandbox_reserve((void **)&note->comments, &note->comment_capacity, note->comment_count + 1, sizeof *note->comments);
  note->comments[note->comment_count++] =
      (struct note_comment){.id = notes_of(sandbox)->next_comment++,
                            .created = when,
                            .uid = uid,
                            .event = event,
                            .text = text ? sandbox_keep(sandbox, osmflow_text(text)) : NULL};
  note->updated = when;
  if (event == NOTE_CLOSED)
    note->closed = when;
  static const enum note_status after[NOTE_EVENTS] = {
      [NOTE_CLOSED] = NOTE_IS_CLOSED, [NOTE_REOPENED] = NOTE_IS_OPEN, [NOTE_HIDDEN] = NOTE_IS_HIDDEN};
  if (event != NOTE_COMMENTED)
    note->status = after[event];
}

struct note *notes_add(struct sandbox *sandbox, int32_t lon, int32_t lat, int64_t uid, const char *text, int64_t when) {
  struct sandbox_notes *notes = notes_of(sandbox);
  sandbox_reserve((void **)&notes->items, &notes->capacity, notes->count + 1, sizeof *notes->items);
  struct note *note = &notes->items[notes->count++];
  *note = (struct note){.id = (int64_t)notes->count, .created = when, .lon = lon, .lat = lat};
  notes_comment(sandbox, note, NOTE_OPENED, uid, text, when);
  return note;
}

/* NULL after 404. */
static struct note *find(struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response) {
  struct sandbox_notes *notes = notes_of(sandbox);
  const int64_t id = request->numbers[0];
  if (id >= 1 && (uint64_t)id <= notes->count)
    return &notes->items[id - 1];
  sandbox_fail_silently(response, 404);
  return NULL;
}

static bool is_moderator(const struct sandbox_request *request) {
  return request->user && request->user->moderator;
}

/* False after 410. */
static bool is_visible(const struct note *note, bool shown_anyway, struct sandbox_response *response) {
  if (note->status != NOTE_IS_HIDDEN || shown_anyway)
    return true;
  rails_fail(response, 410, "The note with the id %lld has already been deleted", (long long)note->id);
  return false;
}

static bool is_not_closed(const struct note *note, struct sandbox_response *response) {
  if (note->status != NOTE_IS_CLOSED)
    return true;
  char when[RAILS_TIME_SIZE];
  rails_format_utc(when, note->closed);
  rails_fail(response, 409, "The note %lld was closed at %s", (long long)note->id, when);
  return false;
}

static bool is_short_enough(const char *text, struct sandbox_response *response) {
  if (!text || rails_count_characters(text) <= LONGEST_COMMENT)
    return true;
  rails_fail(response, 400, "NoteComment : body: is too long (maximum is %d characters) (\"%s\")", LONGEST_COMMENT,
             text);
  return false;
}

static void read_note(struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response) {
  const struct note *note = rails_is_online(sandbox, request, response) ? find(sandbox, request, response) : NULL;
  if (note && is_visible(note, is_moderator(request), response))
    notes_print_one(sandbox, request, response, note);
}

/* Strictly a number, other than in a bbox. */
static bool take_degrees(struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response, const char *name, double limit, int32_t *value) {
  const char *text = rails_parameter(sandbox, request, name);
  double number;
  if (!text)
    rails_fail(response, 400, "No %s was given", name);
  else if (!osmflow_parse_real(osmflow_text_trim(osmflow_text(text)), &number))
    rails_fail(response, 400, "%s was not a number", name);
  else if (number < -limit || number > limit)
    rails_fail(response, 400, "The note is outside this world");
  else {
    *value = (int32_t)(number * OSMFLOW_DEGREE + (number < 0 ? -0.5 : 0.5));
    return true;
  }
  return false;
}

/* Who creates a note without the right to is taken for nobody: the real server does so, too. */
static void create_note(struct sandbox *sandbox, const struct sandbox_request *request,
                        struct sandbox_response *response) {
  const struct sandbox_user *user = request->user;
  int32_t lat, lon;
  if (!rails_is_online(sandbox, request, response) || (user && user->blocked && !rails_allows(request, response, 0)) ||
      !take_degrees(sandbox, request, response, "lat", 90, &lat) ||
      !take_degrees(sandbox, request, response, "lon", 180, &lon))
    return;
  const char *text = rails_parameter(sandbox, request, "text");
  if (rails_is_blank(text)) {
    rails_fail(response, 400, "No text was given");
    return;
  }
  if (!is_short_enough(text, response))
    return;
  const int64_t uid = user && (user->scopes & SANDBOX_WRITE_NOTES) ? user->uid : 0;
  notes_print_one(sandbox, request, response, notes_add(sandbox, lon, lat, uid, text, sandbox_now(sandbox)));
}

static void change(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response,
                   struct note *note, enum note_event event, const char *text) {
  if (!is_short_enough(text, response))
    return;
  notes_comment(sandbox, note, event, request->user->uid, text ? text : "", sandbox_now(sandbox));
  notes_print_one(sandbox, request, response, note);
}

static void comment_note(struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_WRITE_NOTES))
    return;
  const char *text = rails_parameter(sandbox, request, "text");
  if (rails_is_blank(text)) {
    rails_fail(response, 400, "No text was given");
    return;
  }
  struct note *note = find(sandbox, request, response);
  if (note && is_visible(note, false, response) && is_not_closed(note, response))
    change(sandbox, request, response, note, NOTE_COMMENTED, text);
}

static void close_note(struct sandbox *sandbox, const struct sandbox_request *request,
                       struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_WRITE_NOTES))
    return;
  struct note *note = find(sandbox, request, response);
  if (note && is_visible(note, false, response) && is_not_closed(note, response))
    change(sandbox, request, response, note, NOTE_CLOSED, rails_parameter(sandbox, request, "text"));
}

static void reopen_note(struct sandbox *sandbox, const struct sandbox_request *request,
                        struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_WRITE_NOTES))
    return;
  struct note *note = find(sandbox, request, response);
  if (!note || !is_visible(note, is_moderator(request), response))
    return;
  if (note->status == NOTE_IS_OPEN) {
    rails_fail(response, 409, "The note %lld is already open", (long long)note->id);
    return;
  }
  change(sandbox, request, response, note, NOTE_REOPENED, rails_parameter(sandbox, request, "text"));
}

static void hide_note(struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows_moderator(request, response, SANDBOX_WRITE_NOTES))
    return;
  struct note *note = find(sandbox, request, response);
  if (note && is_visible(note, false, response))
    change(sandbox, request, response, note, NOTE_HIDDEN, rails_parameter(sandbox, request, "text"));
}

struct sandbox_routes sandbox_note_routes(void) {
  static const struct sandbox_route routes[] = {
      {"GET", "/api/0.6/notes", notes_in_box, 0, RAILS_EVERY_FORMAT},
      {"POST", "/api/0.6/notes", create_note, 0, RAILS_XML_JSON},
      {"GET", "/api/0.6/notes/search", notes_search, 0, RAILS_EVERY_FORMAT},
      {"GET", "/api/0.6/notes/feed", notes_feed, 0, RAILS_EVERY_FORMAT},
      {"GET", "/api/0.6/notes/#", read_note, 0, RAILS_EVERY_FORMAT},
      {"DELETE", "/api/0.6/notes/#", hide_note, 0, RAILS_XML_JSON},
      {"POST", "/api/0.6/notes/#/comment", comment_note, 0, RAILS_XML_JSON},
      {"POST", "/api/0.6/notes/#/close", close_note, 0, RAILS_XML_JSON},
      {"POST", "/api/0.6/notes/#/reopen", reopen_note, 0, RAILS_XML_JSON},
  };
  return (struct sandbox_routes){routes, sizeof routes / sizeof routes[0]};
}
