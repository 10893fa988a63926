/* Users: details of one, of several, of oneself; the permissions of a token. */
#include <stdio.h>

#include "rails.h"

/* What a profile says. The sandbox has no front end where a user could write something else. */
struct profile {
  const char *description;
  double home_lat, home_lon;
  int home_zoom;
};
static const struct profile profile = {"A user of the sandbox", 47.14, 9.52, 3};

static int64_t count_changesets(const struct sandbox *sandbox, int64_t uid) {
  int64_t count = 0;
  for (size_t i = 0; i < sandbox->changeset_count; i++)
    count += sandbox->changesets[i].uid == uid;
  return count;
}

static const char *truth(bool value) {
  return value ? "true" : "false";
}

/* Users with a token of theirs that may read preferences see more of themselves. */
static bool sees_all(const struct sandbox_request *request, const struct sandbox_account *account) {
  return request->user && request->user->uid == account->known.uid && (request->user->scopes & SANDBOX_READ_PREFS);
}

static void print_xml(const struct sandbox *sandbox, struct sandbox_response *response,
                      const struct sandbox_account *account, bool all) {
  char created[RAILS_TIME_SIZE];
  const int64_t uid = account->known.uid;
  const bool blocked = account->known.blocked, agreed = !account->inactive;
  rails_format_iso8601(created, account->created);
  sandbox_print(response, "  <user id=\"%lld\" display_name=\"", (long long)uid);
  sandbox_print_xml(response, account->known.name);
  sandbox_print(response, "\" account_created=\"%s\">\n", created);
  rails_print_element(response, 4, "description", profile.description);
  sandbox_print(response, "    <contributor-terms agreed=\"%s\"%s/>\n", truth(agreed), all ? " pd=\"false\"" : "");
  if (account->known.moderator)
    sandbox_print(response, "    <img href=\"https://www.gravatar.com/avatar/%032llx.jpg?s=100\"/>\n",
                  (unsigned long long)uid);
  sandbox_print(response, "    <roles>\n%s    </roles>\n", account->known.moderator ? "      <moderator/>\n" : "");
  sandbox_print(response,
                "    <changesets count=\"%lld\"/>\n    <traces count=\"%lld\"/>\n    <blocks>\n      <received "
                "count=\"%d\" active=\"%d\"/>\n%s    </blocks>\n",
                (long long)count_changesets(sandbox, uid), (long long)rails_count_traces(sandbox, uid), blocked,
                blocked, account->known.moderator ? "      <issued count=\"0\" active=\"0\"/>\n" : "");
  if (all)
    sandbox_print(
        response,
        "    <home lat=\"%g\" lon=\"%g\" zoom=\"%d\"/>\n    <languages>\n      <lang>de-DE</lang>\n"
        "      <lang>en</lang>\n    </languages>\n    <messages>\n      <received count=\"1\" unread=\"0\"/>\n"
        "      <sent count=\"0\"/>\n    </messages>\n",
        profile.home_lat, profile.home_lon, profile.home_zoom);
  sandbox_print(response, "  </user>\n");
}

static void print_json(const struct sandbox *sandbox, struct sandbox_response *response,
                       const struct sandbox_account *account, bool all) {
  char created[RAILS_TIME_SIZE];
  const int64_t uid = account->known.uid;
  const bool blocked = account->known.blocked, agreed = !account->inactive;
  rails_format_iso8601(created, account->created);
  sandbox_print(response, "{\"id\":%lld", (long long)uid);
  rails_print_member(response, "display_name", account->known.name);
  rails_print_member(response, "account_created", created);
  rails_print_member(response, "description", profile.description);
  sandbox_print(response, ",\"contributor_terms\":{\"agreed\":%s%s}", truth(agreed), all ? ",\"pd\":false" : "");
  if (account->known.moderator)
    sandbox_print(response, ",\"img\":{\"href\":\"https://www.gravatar.com/avatar/%032llx.jpg?s=100\"}",
                  (unsigned long long)uid);
  sandbox_print(response,
                ",\"roles\":[%s],\"changesets\":{\"count\":%lld},\"traces\":{\"count\":%lld},\"blocks\":{\"received\":"
                "{\"count\":%d,\"active\":%d}%s}",
                account->known.moderator ? "\"moderator\"" : "", (long long)count_changesets(sandbox, uid),
                (long long)rails_count_traces(sandbox, uid), blocked, blocked,
                account->known.moderator ? ",\"issued\":{\"count\":0,\"active\":0}" : "");
  if (all)
    sandbox_print(response,
                  ",\"home\":{\"lat\":%g,\"lon\":%g,\"zoom\":%d},\"languages\":[\"de-DE\",\"en\"],\"messages\":"
                  "{\"received\":{\"count\":1,\"unread\":0},\"sent\":{\"count\":0}}",
                  profile.home_lat, profile.home_lon, profile.home_zoom);
  sandbox_print(response, "}");
}

static void print_one(const struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response, const struct sandbox_account *account) {
  if (request->format == SANDBOX_JSON) {
    rails_open_json(response);
    sandbox_print(response, ",\"user\":");
    print_json(sandbox, response, account, sees_all(request, account));
    sandbox_print(response, "}");
  } else {
    rails_open_xml(response);
    print_xml(sandbox, response, account, sees_all(request, account));
    rails_close_xml(response);
  }
}

static void read_user(struct sandbox *sandbox, const struct sandbox_request *request,
                      struct sandbox_response *response) {
  if (!rails_is_online(sandbox, request, response))
    return;
  const struct sandbox_account *account = sandbox_find_account(sandbox, request->numbers[0]);
  if (account)
    print_one(sandbox, request, response, account);
  else
    sandbox_fail_silently(response, 404);
}

static void read_own_details(struct sandbox *sandbox, const struct sandbox_request *request,
                             struct sandbox_response *response) {
  if (rails_is_online(sandbox, request, response) && rails_allows(request, response, SANDBOX_READ_PREFS))
    print_one(sandbox, request, response, sandbox_find_account(sandbox, request->user->uid));
}

/* Unknown users are left out. */
static void read_users(struct sandbox *sandbox, const struct sandbox_request *request,
                       struct sandbox_response *response) {
  const char *list = sandbox_parameter(request, "users");
  if (!rails_is_online(sandbox, request, response))
    return;
  if (!list || !*list) {
    rails_fail(response, 400, "%s",
               list ? "No users were given to search for"
                    : "The parameter users is required, and must be of the form users=id[,id[,id...]]");
    return;
  }
  const bool json = request->format == SANDBOX_JSON;
  if (json)
    rails_open_json(response);
  else
    rails_open_xml(response);
  sandbox_print(response, json ? ",\"users\":[" : "");
  struct osmflow_text rest = osmflow_text(list);
  bool first = true;
  for (int64_t id; rails_next_id(&rest, &id);) {
    const struct sandbox_account *account = sandbox_find_account(sandbox, id);
    if (!account)
      continue;
    if (json) {
      sandbox_print(response, first ? "{\"user\":" : ",{\"user\":");
      print_json(sandbox, response, account, sees_all(request, account));
      sandbox_print(response, "}");
    } else {
      print_xml(sandbox, response, account, sees_all(request, account));
    }
    first = false;
  }
  if (json)
    sandbox_print(response, "]}");
  else
    rails_close_xml(response);
}

static void read_permissions(struct sandbox *sandbox, const struct sandbox_request *request,
                             struct sandbox_response *response) {
  static const struct {
    uint32_t scope;
    const char *name;
  } permissions[] = {
      {SANDBOX_READ_PREFS, "allow_read_prefs"},   {SANDBOX_WRITE_PREFS, "allow_write_prefs"},
      {SANDBOX_WRITE_DIARY, "allow_write_diary"}, {SANDBOX_WRITE_API, "allow_write_api"},
      {SANDBOX_READ_GPX, "allow_read_gpx"},       {SANDBOX_WRITE_GPX, "allow_write_gpx"},
      {SANDBOX_WRITE_NOTES, "allow_write_notes"}, {SANDBOX_WRITE_REDACTIONS, "allow_write_redactions"},
  };
  if (!rails_is_online(sandbox, request, response))
    return;
  const bool json = request->format == SANDBOX_JSON;
  if (json)
    rails_open_json(response);
  else
    rails_open_xml(response);
  sandbox_print(response, json ? ",\"permissions\":[" : "  <permissions>\n");
  bool first = true;
  for (size_t i = 0; i < sizeof permissions / sizeof permissions[0]; i++) {
    if (!request->user || (request->user->scopes & permissions[i].scope) == 0)
      continue;
    if (json)
      sandbox_print(response, "%s\"%s\"", first ? "" : ",", permissions[i].name);
    else
      sandbox_print(response, "    <permission name=\"%s\"/>\n", permissions[i].name);
    first = false;
  }
  sandbox_print(response, json ? "]}" : "  </permissions>\n</osm>\n");
}

/* The specification writes the path of the preferences in two ways. */
struct sandbox_routes sandbox_user_routes(void) {
  static const struct sandbox_route routes[] = {
      {"GET", "/api/0.6/user/#", read_user, 0, RAILS_XML_JSON},
      {"GET", "/api/0.6/users", read_users, 0, RAILS_XML_JSON},
      {"GET", "/api/0.6/user/details", read_own_details, 0, RAILS_XML_JSON},
      {"GET", "/api/0.6/permissions", read_permissions, 0, RAILS_XML_JSON},
      {"GET", "/api/0.6/user/preferences", rails_read_preferences, 0, RAILS_XML_JSON},
      {"PUT", "/api/0.6/user/preferences", rails_write_preferences, 0, RAILS_EVERY_FORMAT},
      {"GET", "/api/0.6/user/preferences/*", rails_read_preference, 0, RAILS_EVERY_FORMAT},
      {"PUT", "/api/0.6/user/preferences/*", rails_write_preference, 0, RAILS_EVERY_FORMAT},
      {"DELETE", "/api/0.6/user/preferences/*", rails_delete_preference, 0, RAILS_EVERY_FORMAT},
      {"GET", "/api/0.6/preferences", rails_read_preferences, 0, RAILS_XML_JSON},
      {"PUT", "/api/0.6/preferences", rails_write_preferences, 0, RAILS_EVERY_FORMAT},
      {"GET", "/api/0.6/preferences/*", rails_read_preference, 0, RAILS_EVERY_FORMAT},
      {"PUT", "/api/0.6/preferences/*", rails_write_preference, 0, RAILS_EVERY_FORMAT},
      {"DELETE", "/api/0.6/preferences/*", rails_delete_preference, 0, RAILS_EVERY_FORMAT},
  };
  return (struct sandbox_routes){routes, sizeof routes / sizeof routes[0]};
}
