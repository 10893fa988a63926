/* What the documentation says of the capabilities and permissions that servers name. */
#include "osm/table_calls.h"

static const struct osmflow_table_word words[] = {
    {"version.minimum", NULL, "lowest API version the server accepts", false},
    {"version.maximum", NULL, "highest API version the server accepts", false},
    {"area.maximum", "square degrees", "largest area of one map call", false},
    {"note_area.maximum", "square degrees", "largest area of one notes call", false},
    {"tracepoints.per_page", "points", "points on one page of trackpoints", false},
    {"waynodes.maximum", "nodes", "nodes of one way at most", false},
    {"relationmembers.maximum", "members", "members of one relation at most", false},
    {"changesets.maximum_elements", "changes", "changes in one changeset at most", false},
    {"changesets.default_query_limit", "changesets", "answers to one changesets query without limit=", false},
    {"changesets.maximum_query_limit", "changesets", "answers to one changesets query at most", false},
    {"notes.default_query_limit", "notes", "answers to one notes query without limit=", false},
    {"notes.maximum_query_limit", "notes", "answers to one notes query at most", false},
    {"timeout.seconds", "seconds", "time after which the server gives up on a request", false},
    {"status.database", NULL, "online, readonly or offline: the database", false},
    {"status.api", NULL, "online, readonly or offline: reading and writing map data", false},
    {"status.gpx", NULL, "online, readonly or offline: GPS traces", false},
    {"allow_read_prefs", NULL, "read user preferences", true},
    {"allow_write_prefs", NULL, "modify user preferences", true},
    {"allow_write_diary", NULL, "create diary entries, comments and make friends", true},
    {"allow_write_api", NULL, "modify the map", true},
    {"allow_write_redactions", NULL, "redact element versions", true},
    {"allow_read_gpx", NULL, "read private GPS traces", true},
    {"allow_write_gpx", NULL, "upload GPS traces", true},
    {"allow_write_notes", NULL, "modify notes", true},
};

const struct osmflow_table_word *osmflow_table_words(size_t *count) {
  *count = sizeof words / sizeof words[0];
  return words;
}
