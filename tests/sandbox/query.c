/* Changesets by their properties, and their discussion. */
#include <stdlib.h>

#include "rails.h"

enum { HIGHEST_LIMIT = 100 };

struct query {
  bool has_box, has_uid, has_closed_after, has_created_before, has_created_from, has_ids, only_open, only_closed;
  bool oldest_first;
  struct osmflow_bbox bbox;
  int64_t uid, closed_after, created_before, created_from;
  const char *ids;
  size_t limit;
};

/* False after 400 or 404. Who keeps his data to himself is found by himself only. */
static bool take_user(const struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response, struct query *query) {
  const char *uid = sandbox_parameter(request, "user"), *name = sandbox_parameter(request, "display_name");
  if (!uid && !name)
    return true;
  if (uid && name) {
    rails_fail(response, 400, "provide either the user ID or display name, but not both");
    return false;
  }
  if (uid && rails_number(uid) < 1) {
    rails_fail(response, 400, "invalid user ID");
    return false;
  }
  const struct sandbox_account *account =
      name ? sandbox_find_account_by_name(sandbox, name) : sandbox_find_account(sandbox, rails_number(uid));
  if (!account && uid) {
    sandbox_fail_silently(response, 404);
    return false;
  }
  const bool himself = account && request->user && request->user->uid == account->known.uid;
  if (!account || (!account->known.data_public && !himself)) {
    rails_fail(response, 404, "Object not found");
    return false;
  }
  query->has_uid = true;
  query->uid = account->known.uid;
  return true;
}

static bool take_moment(struct sandbox_response *response, const char *text, int64_t *moment) {
  if (rails_time(text, moment))
    return true;
  rails_fail(response, 400, "no time information in \"%s\"", text);
  return false;
}

/* time=T1 or time=T1,T2; false after 400. */
static bool take_time(struct sandbox *sandbox, const struct sandbox_request *request, struct sandbox_response *response,
                      struct query *query) {
  const char *time = sandbox_parameter(request, "time");
  if (!time)
    return true;
  query->has_closed_after = true;
  const char *comma = strchr(time, ',');
  if (!comma || strchr(comma + 1, ','))
    return take_moment(response, time, &query->closed_after);
  query->has_created_before = true;
  if (comma == time || !comma[1]) {
    rails_fail(response, 400, "bad time range");
    return false;
  }
  const struct osmflow_text first = {time, (size_t)(comma - time)};
  return take_moment(response, sandbox_keep(sandbox, first), &query->closed_after) &&
         take_moment(response, comma + 1, &query->created_before);
}

/* `to` counts only together with `from`; false after 400. */
static bool take_range(const struct sandbox *sandbox, const struct sandbox_request *request,
                       struct sandbox_response *response, struct query *query) {
  const char *from = sandbox_parameter(request, "from"), *to = sandbox_parameter(request, "to");
  if (!from)
    return true;
  int64_t until = sandbox_now(sandbox);
  const char *wrong = !rails_time(from, &query->created_from) ? from : to && !rails_time(to, &until) ? to : NULL;
  if (wrong) {
    rails_fail(response, 400, "Date %s is in a wrong format", wrong);
    return false;
  }
  query->has_created_from = true;
  if (!query->has_created_before || until < query->created_before)
    query->created_before = until;
  query->has_created_before = true;
  return true;
}

static bool take_ids(const struct sandbox_request *request, struct sandbox_response *response, struct query *query) {
  query->ids = sandbox_parameter(request, "changesets");
  query->has_ids = query->ids != NULL;
  if (!query->has_ids || *query->ids)
    return true;
  rails_fail(response, 400, "No changesets were given to search for");
  return false;
}

static bool take_limit(const struct sandbox_request *request, struct sandbox_response *response, struct query *query) {
  const char *text = sandbox_parameter(request, "limit");
  const int64_t limit = text ? rails_number(text) : HIGHEST_LIMIT;
  query->limit = (size_t)limit;
  if (limit >= 1 && limit <= HIGHEST_LIMIT)
    return true;
  rails_fail(response, 400, "Changeset limit must be between 1 and %d", HIGHEST_LIMIT);
  return false;
}

static bool take_query(struct sandbox *sandbox, const struct sandbox_request *request,
                       struct sandbox_response *response, struct query *query) {
  const char *order = sandbox_parameter(request, "order");
  *query = (struct query){.has_box = sandbox_parameter(request, "bbox") != NULL,
                          .only_open = sandbox_parameter(request, "open") != NULL,
                          .only_closed = sandbox_parameter(request, "closed") != NULL,
                          .oldest_first = order && strcmp(order, "oldest") == 0};
  if (query->oldest_first && sandbox_parameter(request, "time")) {
    rails_fail(response, 400, "cannot use order=oldest with time");
    return false;
  }
  return (!query->has_box || rails_take_bbox(request, response, 0, &query->bbox)) &&
         take_user(sandbox, request, response, query) && take_time(sandbox, request, response, query) &&
         take_range(sandbox, request, response, query) && take_ids(request, response, query) &&
         take_limit(request, response, query);
}

static bool is_named(const char *ids, int64_t id) {
  struct osmflow_text rest = osmflow_text(ids);
  for (int64_t named; rails_next_id(&rest, &named);)
    if (named == id)
      return true;
  return false;
}

/* Boxes that only touch do not meet. */
static bool meets(const struct sandbox_changeset *changeset, const struct osmflow_bbox *bbox) {
  const struct osmflow_bbox *box = &changeset->box;
  return changeset->has_box && box->min_lon < bbox->max_lon && box->max_lon > bbox->min_lon &&
         box->min_lat < bbox->max_lat && box->max_lat > bbox->min_lat;
}

static bool fits(const struct sandbox *sandbox, const struct sandbox_changeset *changeset, const struct query *query) {
  const bool open =
      sandbox_changeset_is_open(sandbox, changeset) && changeset->changes_count <= sandbox->limits.changeset_elements;
  return (!query->has_box || meets(changeset, &query->bbox)) && (!query->has_uid || changeset->uid == query->uid) &&
         (!query->has_closed_after || changeset->closes >= query->closed_after) &&
         (!query->has_created_before || changeset->created <= query->created_before) &&
         (!query->has_created_from || changeset->created >= query->created_from) && (!query->only_open || open) &&
         (!query->only_closed || !open) && (!query->has_ids || is_named(query->ids, changeset->id));
}

static int newest(const void *left, const void *right) {
  const struct sandbox_changeset *a = *(const struct sandbox_changeset *const *)left;
  const struct sandbox_changeset *b = *(const struct sandbox_changeset *const *)right;
  if (a->created != b->created)
    return a->created < b->created ? 1 : -1;
  return (a->id < b->id) - (a->id > b->id);
}

static int oldest(const void *left, const void *right) {
  return newest(right, left);
}

static void print_list(const struct sandbox *sandbox, const struct sandbox_request *request,
                       struct sandbox_response *response, const struct sandbox_changeset *const *found, size_t count) {
  const bool json = request->format == SANDBOX_JSON;
  if (json)
    rails_open_json(response);
  else
    rails_open_xml(response);
  sandbox_print(response, json ? ",\"changesets\":[" : "");
  for (size_t i = 0; i < count; i++) {
    sandbox_print(response, json && i ? "," : "");
    sandbox_print_changeset(response, sandbox, found[i], request->format, false);
  }
  if (json)
    sandbox_print(response, "]}");
  else
    rails_close_xml(response);
}

static void query_changesets(struct sandbox *sandbox, const struct sandbox_request *request,
                             struct sandbox_response *response) {
  struct query query;
  if (!rails_is_online(sandbox, request, response) || !take_query(sandbox, request, response, &query))
    return;
  const struct sandbox_changeset **found = NULL;
  size_t count = 0, capacity = 0;
  for (size_t i = 0; i < sandbox->changeset_count; i++)
    if (fits(sandbox, &sandbox->changesets[i], &query)) {
      sandbox_reserve((void **)&found, &capacity, count + 1, sizeof(struct sandbox_changeset *));
      found[count++] = &sandbox->changesets[i];
    }
  if (count > 1)
    qsort(found, count, sizeof(struct sandbox_changeset *), query.oldest_first ? oldest : newest);
  print_list(sandbox, request, response, found, count < query.limit ? count : query.limit);
  free(found);
}

static void print_one(const struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response, const struct sandbox_changeset *changeset) {
  const bool json = request->format == SANDBOX_JSON;
  if (json)
    rails_open_json(response);
  else
    rails_open_xml(response);
  sandbox_print(response, json ? ",\"changeset\":" : "");
  sandbox_print_changeset(response, sandbox, changeset, request->format, false);
  if (json)
    sandbox_print(response, "}");
  else
    rails_close_xml(response);
}

/* Where the user stands among the subscribers, or their number. */
static size_t place_of(const struct sandbox_changeset *changeset, int64_t uid) {
  size_t place = 0;
  while (place < changeset->subscriber_count && changeset->subscribers[place] != uid)
    place++;
  return place;
}

static void add_subscriber(struct sandbox_changeset *changeset, int64_t uid) {
  if (place_of(changeset, uid) < changeset->subscriber_count)
    return;
  sandbox_reserve((void **)&changeset->subscribers, &changeset->subscriber_capacity, changeset->subscriber_count + 1,
                  sizeof *changeset->subscribers);
  changeset->subscribers[changeset->subscriber_count++] = uid;
}

/* NULL after 404. */
static struct sandbox_changeset *find(const struct sandbox *sandbox, const struct sandbox_request *request,
                                      struct sandbox_response *response) {
  struct sandbox_changeset *changeset = sandbox_find_changeset(sandbox, request->numbers[0]);
  if (!changeset)
    sandbox_fail_silently(response, 404);
  return changeset;
}

static void comment_changeset(struct sandbox *sandbox, const struct sandbox_request *request,
                              struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_WRITE_API))
    return;
  const char *text = sandbox_parameter(request, "text");
  if (rails_is_blank(text)) {
    rails_fail(response, 400, "No text was given");
    return;
  }
  struct sandbox_changeset *changeset = find(sandbox, request, response);
  if (!changeset)
    return;
  if (sandbox_changeset_is_open(sandbox, changeset)) {
    rails_fail(response, 409, "The changeset %lld is not yet closed.", (long long)changeset->id);
    return;
  }
  sandbox_add_comment(sandbox, changeset, request->user->uid, text);
  add_subscriber(changeset, request->user->uid);
  print_one(sandbox, request, response, changeset);
}

static void subscribe(struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_WRITE_API))
    return;
  struct sandbox_changeset *changeset = find(sandbox, request, response);
  if (!changeset)
    return;
  if (place_of(changeset, request->user->uid) < changeset->subscriber_count) {
    rails_fail(response, 409, "You are already subscribed to changeset %lld.", (long long)changeset->id);
    return;
  }
  add_subscriber(changeset, request->user->uid);
  print_one(sandbox, request, response, changeset);
}

static void unsubscribe(struct sandbox *sandbox, const struct sandbox_request *request,
                        struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows(request, response, SANDBOX_WRITE_API))
    return;
  struct sandbox_changeset *changeset = find(sandbox, request, response);
  if (!changeset)
    return;
  const size_t place = place_of(changeset, request->user->uid);
  if (place == changeset->subscriber_count) {
    rails_fail(response, 404, "You are not subscribed to changeset %lld.", (long long)changeset->id);
    return;
  }
  changeset->subscribers[place] = changeset->subscribers[--changeset->subscriber_count];
  print_one(sandbox, request, response, changeset);
}

static void show_comment(struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response, bool visible) {
  if (!rails_is_online(sandbox, request, response) || !rails_allows_moderator(request, response, SANDBOX_WRITE_API))
    return;
  for (size_t i = 0; i < sandbox->changeset_count; i++) {
    struct sandbox_changeset *changeset = &sandbox->changesets[i];
    for (size_t c = 0; c < changeset->comment_count; c++)
      if (changeset->comments[c].id == request->numbers[0]) {
        changeset->comments[c].visible = visible;
        print_one(sandbox, request, response, changeset);
        return;
      }
  }
  sandbox_fail_silently(response, 404);
}

static void hide_comment(struct sandbox *sandbox, const struct sandbox_request *request,
                         struct sandbox_response *response) {
  show_comment(sandbox, request, response, false);
}

static void unhide_comment(struct sandbox *sandbox, const struct sandbox_request *request,
                           struct sandbox_response *response) {
  show_comment(sandbox, request, response, true);
}

struct sandbox_routes sandbox_query_routes(void) {
  static const struct sandbox_route routes[] = {
      {"GET", "/api/0.6/changesets", query_changesets, 0, RAILS_XML_JSON},
      {"POST", "/api/0.6/changeset/#/comment", comment_changeset, 0, RAILS_XML_JSON},
      {"POST", "/api/0.6/changeset/#/subscribe", subscribe, 0, RAILS_XML_JSON},
      {"POST", "/api/0.6/changeset/#/unsubscribe", unsubscribe, 0, RAILS_XML_JSON},
      {"POST", "/api/0.6/changeset/comment/#/hide", hide_comment, 0, RAILS_XML_JSON},
      {"POST", "/api/0.6/changeset/comment/#/unhide", unhide_comment, 0, RAILS_XML_JSON},
  };
  return (struct sandbox_routes){routes, sizeof routes / sizeof routes[0]};
}
