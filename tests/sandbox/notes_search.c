/* Lists of notes: by box, by search, and the feed of what was said last. */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "notes.h"

enum { DEFAULT_LIMIT = 100, HIGHEST_LIMIT = 10000, DEFAULT_CLOSED_DAYS = 7 };

struct search {
  bool has_box, has_uid, has_range, by_creation, oldest_first;
  struct osmflow_bbox bbox;
  int64_t uid, from, to;
  int64_t closed_days; /* negative: closed ones however old */
  const char *words;   /* NULL: any text */
  size_t limit;
};

/* False after 400. */
static bool take_limit(const struct sandbox_request *request, struct sandbox_response *response,
                       struct search *search) {
  const char *text = sandbox_parameter(request, "limit");
  const int64_t limit = text ? rails_number(text) : DEFAULT_LIMIT;
  if (limit < 1 || limit > HIGHEST_LIMIT) {
    rails_fail(response, 400, "Note limit must be between 1 and %d", HIGHEST_LIMIT);
    return false;
  }
  search->limit = (size_t)limit;
  return true;
}

static bool take_box(const struct sandbox *sandbox, const struct sandbox_request *request,
                     struct sandbox_response *response, struct search *search) {
  search->has_box = true;
  return rails_take_bbox(request, response, sandbox->limits.note_area, &search->bbox);
}

static bool take_user(const struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response, struct search *search) {
  const char *name = sandbox_parameter(request, "display_name"), *uid = sandbox_parameter(request, "user");
  if (!name && !uid)
    return true;
  const struct sandbox_account *account =
      name ? sandbox_find_account_by_name(sandbox, name) : sandbox_find_account(sandbox, rails_number(uid));
  if (!account) {
    rails_fail(response, 400, "User %s not known", name ? name : uid);
    return false;
  }
  search->has_uid = true;
  search->uid = account->known.uid;
  return true;
}

static bool take_range(const struct sandbox *sandbox, const struct sandbox_request *request,
                       struct sandbox_response *response, struct search *search) {
  const char *from = sandbox_parameter(request, "from"), *to = sandbox_parameter(request, "to");
  if (!from)
    return true;
  search->has_range = true;
  search->to = sandbox_now(sandbox);
  const char *wrong = !rails_time(from, &search->from) ? from : to && !rails_time(to, &search->to) ? to : NULL;
  if (wrong)
    rails_fail(response, 400, "Date %s is in a wrong format", wrong);
  return !wrong;
}

static void take_closed(const struct sandbox_request *request, struct search *search) {
  const char *closed = sandbox_parameter(request, "closed");
  search->closed_days = closed ? rails_number(closed) : DEFAULT_CLOSED_DAYS;
}

static bool is_listed(const struct note *note, int64_t closed_days, int64_t now) {
  if (note->status == NOTE_IS_HIDDEN)
    return false;
  return note->status == NOTE_IS_OPEN || closed_days < 0 ||
         (closed_days > 0 && (now - note->closed) / 86400 < closed_days);
}

static bool is_in_box(const struct note *note, const struct osmflow_bbox *bbox) {
  return note->lon >= bbox->min_lon && note->lon <= bbox->max_lon && note->lat >= bbox->min_lat &&
         note->lat <= bbox->max_lat;
}

static bool has_word(const char *text, const char *word, size_t size) {
  for (; *text; text++)
    if (strncasecmp(text, word, size) == 0)
      return true;
  return false;
}

/* Every word must stand in the text, in whatever order: close to what the full-text index of the real server does. */
static bool has_words(const char *text, const char *words) {
  bool any = false;
  while (*(words += strspn(words, " \t\r\n,.;:!?"))) {
    const size_t size = strcspn(words, " \t\r\n,.;:!?");
    if (!has_word(text, words, size))
      return false;
    words += size;
    any = true;
  }
  return any;
}

static bool has_comment(const struct note *note, const struct search *search) {
  for (size_t i = 0; i < note->comment_count; i++) {
    const struct note_comment *comment = &note->comments[i];
    if ((!search->has_uid || comment->uid == search->uid) &&
        (!search->words || (comment->text && has_words(comment->text, search->words))))
      return true;
  }
  return false;
}

static int64_t time_of(const struct note *note, const struct search *search) {
  return search->by_creation ? note->created : note->updated;
}

static bool fits(const struct note *note, const struct search *search, int64_t now) {
  const int64_t when = time_of(note, search);
  return is_listed(note, search->closed_days, now) && (!search->has_box || is_in_box(note, &search->bbox)) &&
         (!search->has_range || (when >= search->from && when <= search->to)) && has_comment(note, search);
}

/* qsort has no context, so there is a function for each order. */
static int order(int64_t left, int64_t right) {
  return (left > right) - (left < right);
}

/* Within a second, the order of the comments. */
static int newest_update(const void *left, const void *right) {
  const struct note *a = *(const struct note *const *)left, *b = *(const struct note *const *)right;
  const int by_time = order(b->updated, a->updated);
  return by_time ? by_time : order(b->comments[b->comment_count - 1].id, a->comments[a->comment_count - 1].id);
}

static int oldest_update(const void *left, const void *right) {
  return newest_update(right, left);
}

static int newest_creation(const void *left, const void *right) {
  const struct note *a = *(const struct note *const *)left, *b = *(const struct note *const *)right;
  const int by_time = order(b->created, a->created);
  return by_time ? by_time : order(b->id, a->id);
}

static int oldest_creation(const void *left, const void *right) {
  return newest_creation(right, left);
}

static void answer(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response,
                   const struct search *search) {
  static int (*const orders[2][2])(const void *, const void *) = {{newest_update, oldest_update},
                                                                  {newest_creation, oldest_creation}};
  const struct sandbox_notes *notes = notes_of(sandbox);
  const struct note **found = NULL;
  size_t count = 0, capacity = 0;
  for (size_t i = 0; i < notes->count; i++)
    if (fits(&notes->items[i], search, sandbox_now(sandbox))) {
      sandbox_reserve((void **)&found, &capacity, count + 1, sizeof(struct note *));
      found[count++] = &notes->items[i];
    }
  if (count > 1)
    qsort(found, count, sizeof(struct note *), orders[search->by_creation][search->oldest_first]);
  notes_print_list(sandbox, request, response, found, count < search->limit ? count : search->limit,
                   search->has_box ? &search->bbox : NULL);
  free(found);
}

void notes_in_box(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  struct search search = {0};
  if (!rails_is_online(sandbox, request, response))
    return;
  if (!sandbox_parameter(request, "bbox")) {
    rails_fail(response, 400, "The parameter bbox is required");
    return;
  }
  take_closed(request, &search);
  if (take_box(sandbox, request, response, &search) && take_limit(request, response, &search))
    answer(sandbox, request, response, &search);
}

static bool is(const struct sandbox_request *request, const char *name, const char *value) {
  const char *given = sandbox_parameter(request, name);
  return given && strcmp(given, value) == 0;
}

void notes_search(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  struct search search = {.by_creation = is(request, "sort", "created_at"),
                          .oldest_first = is(request, "order", "oldest"),
                          .words = sandbox_parameter(request, "q")};
  take_closed(request, &search);
  if (rails_is_online(sandbox, request, response) && take_user(sandbox, request, response, &search) &&
      take_range(sandbox, request, response, &search) &&
      (!sandbox_parameter(request, "bbox") || take_box(sandbox, request, response, &search)) &&
      take_limit(request, response, &search))
    answer(sandbox, request, response, &search);
}

static int newest_comment(const void *left, const void *right) {
  const struct notes_news *a = left, *b = right;
  const int by_time = order(b->comment->created, a->comment->created);
  return by_time ? by_time : order(b->comment->id, a->comment->id);
}

void notes_feed(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response) {
  struct search search = {0};
  take_closed(request, &search);
  if (!rails_is_online(sandbox, request, response) ||
      (sandbox_parameter(request, "bbox") && !take_box(sandbox, request, response, &search)) ||
      !take_limit(request, response, &search))
    return;
  const struct sandbox_notes *notes = notes_of(sandbox);
  struct notes_news *news = NULL;
  size_t count = 0, capacity = 0;
  for (size_t i = 0; i < notes->count; i++) {
    const struct note *note = &notes->items[i];
    for (size_t c = 0; c < note->comment_count && fits(note, &search, sandbox_now(sandbox)); c++) {
      sandbox_reserve((void **)&news, &capacity, count + 1, sizeof *news);
      news[count++] = (struct notes_news){note, &note->comments[c]};
    }
  }
  if (count > 1)
    qsort(news, count, sizeof *news, newest_comment);
  notes_print_feed(sandbox, request, response, news, count < search.limit ? count : search.limit,
                   search.has_box ? &search.bbox : NULL);
  free(news);
}
