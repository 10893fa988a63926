#include "osm/table_calls.h"

#include "osm/gpx.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The last column belongs to the call with the discussion only. */
static const struct osmflow_table_column changeset_columns[] = {
    {"id", OSMFLOW_FIELD_INTEGER64, "id", NULL},
    {"created_at", OSMFLOW_FIELD_DATETIME, "created_at", NULL},
    {"closed_at", OSMFLOW_FIELD_DATETIME, "closed_at", NULL},
    {"open", OSMFLOW_FIELD_BOOLEAN, "open", NULL},
    {"user", OSMFLOW_FIELD_STRING, "user", NULL},
    {"uid", OSMFLOW_FIELD_INTEGER64, "uid", NULL},
    {"comments_count", OSMFLOW_FIELD_INTEGER, "comments_count", NULL},
    {"changes_count", OSMFLOW_FIELD_INTEGER, "changes_count|num_changes", NULL},
    {"comment", OSMFLOW_FIELD_STRING, ":tag comment", NULL},
    {"created_by", OSMFLOW_FIELD_STRING, ":tag created_by", NULL},
    {"source", OSMFLOW_FIELD_STRING, ":tag source", NULL},
    {"tags", OSMFLOW_FIELD_JSON, ":tags", NULL},
    {"discussion", OSMFLOW_FIELD_JSON, ":rows", NULL},
};

/* A condition on id asks for just these; the server orders by creation, so from/to fit created_at. */
static const struct osmflow_table_push changeset_pushes[] = {
    {OSMFLOW_PUSH_EQUAL, "id", "changesets", NULL, NULL},     {OSMFLOW_PUSH_EQUAL, "uid", "user", NULL, NULL},
    {OSMFLOW_PUSH_EQUAL, "user", "display_name", NULL, NULL}, {OSMFLOW_PUSH_WHEN, "open", "open", "1", "true"},
    {OSMFLOW_PUSH_WHEN, "open", "closed", "0", "true"},       {OSMFLOW_PUSH_FROM, "created_at", "from", NULL, NULL},
    {OSMFLOW_PUSH_TO, "created_at", "to", NULL, NULL},
};

#define CHANGESET_BOUNDS            \
  .position = OSMFLOW_TABLE_BOUNDS, \
  .places = {{"min_lon", NULL}, {"min_lat", NULL}, {"max_lon", NULL}, {"max_lat", NULL}}

static const struct osmflow_table_layer changesets_layers[] = {{
    .schema = {.layer = "changesets",
               .geometry = OSMFLOW_GEOMETRY_POLYGON,
               .columns = changeset_columns,
               .column_count = COUNT(changeset_columns) - 1,
               .pushes = changeset_pushes,
               .push_count = COUNT(changeset_pushes),
               .pushes_bbox = true},
    .rows = {"changeset", "changesets/"},
    .id = "id",
    CHANGESET_BOUNDS,
}};

static const struct osmflow_table_column comment_columns[] = {
    {"changeset_id", OSMFLOW_FIELD_INTEGER64, "../../id", NULL},
    {"id", OSMFLOW_FIELD_INTEGER64, "id", NULL},
    {"date", OSMFLOW_FIELD_DATETIME, "date", NULL},
    {"uid", OSMFLOW_FIELD_INTEGER64, "uid", NULL},
    {"user", OSMFLOW_FIELD_STRING, "user", NULL},
    {"visible", OSMFLOW_FIELD_BOOLEAN, "visible", NULL},
    {"text", OSMFLOW_FIELD_STRING, "text", NULL},
};

static const struct osmflow_table_layer changeset_layers[] = {
    {
        .schema = {.layer = "changesets",
                   .geometry = OSMFLOW_GEOMETRY_POLYGON,
                   .columns = changeset_columns,
                   .column_count = COUNT(changeset_columns)},
        .rows = {"changeset", "changeset"},
        .id = "id",
        CHANGESET_BOUNDS,
    },
    {
        .schema = {.layer = "comments",
                   .geometry = OSMFLOW_GEOMETRY_NONE,
                   .columns = comment_columns,
                   .column_count = COUNT(comment_columns)},
        .rows = {"discussion/comment", "comments/|discussion/"},
        .of_row = true,
        .id = "id",
    },
};

static const struct osmflow_table_column note_columns[] = {
    {"id", OSMFLOW_FIELD_INTEGER64, "id", NULL},
    {"status", OSMFLOW_FIELD_STRING, "status", NULL},
    {"date_created", OSMFLOW_FIELD_DATETIME, "date_created", NULL},
    {"date_closed", OSMFLOW_FIELD_DATETIME, "date_closed|closed_at", NULL},
    {"url", OSMFLOW_FIELD_STRING, "url", NULL},
    {"text", OSMFLOW_FIELD_STRING, "comments/comment/text", "comments//text"},
    {"user", OSMFLOW_FIELD_STRING, "comments/comment/user", "comments//user"},
    {"uid", OSMFLOW_FIELD_INTEGER64, "comments/comment/uid", "comments//uid"},
    {"comments_count", OSMFLOW_FIELD_INTEGER, ":count comments/comment", ":count comments/"},
    {"comments", OSMFLOW_FIELD_JSON, ":rows", NULL},
};

static const struct osmflow_table_column note_comment_columns[] = {
    {"note_id", OSMFLOW_FIELD_INTEGER64, "../../id", NULL}, {"number", OSMFLOW_FIELD_INTEGER, ":number", NULL},
    {"date", OSMFLOW_FIELD_DATETIME, "date", NULL},         {"uid", OSMFLOW_FIELD_INTEGER64, "uid", NULL},
    {"user", OSMFLOW_FIELD_STRING, "user", NULL},           {"action", OSMFLOW_FIELD_STRING, "action", NULL},
    {"text", OSMFLOW_FIELD_STRING, "text", NULL},           {"html", OSMFLOW_FIELD_STRING, "html", NULL},
};

static const struct osmflow_table_push note_pushes[] = {
    {OSMFLOW_PUSH_WHEN, "status", "closed", "open", "0"},
};

/* The server's user= finds every note the user took part in, and its from= looks at the last change: both find more
 * than the column asks for, never less. Its to= may find less, so it is not used. */
static const struct osmflow_table_push note_search_pushes[] = {
    {OSMFLOW_PUSH_EQUAL, "uid", "user", NULL, NULL},
    {OSMFLOW_PUSH_EQUAL, "user", "display_name", NULL, NULL},
    {OSMFLOW_PUSH_WHEN, "status", "closed", "open", "0"},
    {OSMFLOW_PUSH_FROM, "date_created", "from", NULL, NULL},
};

/* In JSON a note's values are the properties of a feature. */
#define NOTE_LAYERS(json_rows, push_list, push_number, takes_bbox)                                              \
  {                                                                                                             \
    {                                                                                                           \
        .schema = {.layer = "notes",                                                                            \
                   .geometry = OSMFLOW_GEOMETRY_POINT,                                                          \
                   .columns = note_columns,                                                                     \
                   .column_count = COUNT(note_columns),                                                         \
                   .pushes = (push_list),                                                                       \
                   .push_count = (push_number),                                                                 \
                   .pushes_bbox = (takes_bbox)},                                                                \
        .rows = {"note", json_rows},                                                                            \
        .id = "id",                                                                                             \
        .position = OSMFLOW_TABLE_LON_LAT,                                                                      \
        .places = {{"lon", "../geometry/coordinates/"}, {"lat", "../geometry/coordinates//+"}},                 \
    },                                                                                                          \
    {                                                                                                           \
      .schema = {.layer = "note_comments",                                                                      \
                 .geometry = OSMFLOW_GEOMETRY_POINT,                                                            \
                 .columns = note_comment_columns,                                                               \
                 .column_count = COUNT(note_comment_columns)},                                                  \
      .rows = {"comments/comment", "comments/"}, .of_row = true, .position = OSMFLOW_TABLE_LON_LAT, .places = { \
        {"../../lon", "../../../geometry/coordinates/"},                                                        \
        {"../../lat", "../../../geometry/coordinates//+"}                                                       \
      }                                                                                                         \
    }                                                                                                           \
  }

static const struct osmflow_table_layer notes_layers[] =
    NOTE_LAYERS("features//properties", note_pushes, COUNT(note_pushes), true);
static const struct osmflow_table_layer note_search_layers[] =
    NOTE_LAYERS("features//properties", note_search_pushes, COUNT(note_search_pushes), true);
static const struct osmflow_table_layer note_layers[] = NOTE_LAYERS("properties", NULL, 0, false);

static const struct osmflow_table_column feed_columns[] = {
    {"title", OSMFLOW_FIELD_STRING, "title", NULL},
    {"link", OSMFLOW_FIELD_STRING, "link", NULL},
    {"guid", OSMFLOW_FIELD_STRING, "guid", NULL},
    {"author", OSMFLOW_FIELD_STRING, "dc:creator|author", NULL},
    {"description", OSMFLOW_FIELD_STRING, "description|content:encoded", NULL},
    {"published", OSMFLOW_FIELD_DATETIME, "pubDate", NULL},
};

static const struct osmflow_table_layer feed_layers[] = {{
    .schema = {.layer = "notes_feed",
               .geometry = OSMFLOW_GEOMETRY_POINT,
               .columns = feed_columns,
               .column_count = COUNT(feed_columns),
               .pushes_bbox = true},
    .rows = {"channel/item", NULL},
    .position = OSMFLOW_TABLE_LAT_LON,
    .places = {{"geo:long", NULL}, {"geo:lat", NULL}, {"georss:point", NULL}},
}};

static const struct osmflow_table_column user_columns[] = {
    {"id", OSMFLOW_FIELD_INTEGER64, "id", NULL},
    {"display_name", OSMFLOW_FIELD_STRING, "display_name", NULL},
    {"account_created", OSMFLOW_FIELD_DATETIME, "account_created", NULL},
    {"description", OSMFLOW_FIELD_STRING, "description", NULL},
    {"contributor_terms_agreed", OSMFLOW_FIELD_BOOLEAN, "contributor-terms/agreed", "contributor_terms/agreed"},
    {"contributor_terms_pd", OSMFLOW_FIELD_BOOLEAN, "contributor-terms/pd", "contributor_terms/pd"},
    {"img", OSMFLOW_FIELD_STRING, "img/href", NULL},
    {"roles", OSMFLOW_FIELD_JSON, ":names roles/*", ":list roles/"},
    {"changesets_count", OSMFLOW_FIELD_INTEGER, "changesets/count", NULL},
    {"traces_count", OSMFLOW_FIELD_INTEGER, "traces/count", NULL},
    {"blocks_received_count", OSMFLOW_FIELD_INTEGER, "blocks/received/count", NULL},
    {"blocks_received_active", OSMFLOW_FIELD_INTEGER, "blocks/received/active", NULL},
    {"blocks_issued_count", OSMFLOW_FIELD_INTEGER, "blocks/issued/count", NULL},
    {"blocks_issued_active", OSMFLOW_FIELD_INTEGER, "blocks/issued/active", NULL},
    {"home_zoom", OSMFLOW_FIELD_INTEGER, "home/zoom", NULL},
    {"languages", OSMFLOW_FIELD_JSON, ":list languages/lang", ":list languages/"},
    {"messages_received_count", OSMFLOW_FIELD_INTEGER, "messages/received/count", NULL},
    {"messages_received_unread", OSMFLOW_FIELD_INTEGER, "messages/received/unread", NULL},
    {"messages_sent_count", OSMFLOW_FIELD_INTEGER, "messages/sent/count", NULL},
};

static const struct osmflow_table_layer user_layers[] = {{
    .schema = {.layer = "users",
               .geometry = OSMFLOW_GEOMETRY_POINT,
               .columns = user_columns,
               .column_count = COUNT(user_columns)},
    .rows = {"user", "user|users//user"},
    .id = "id",
    .position = OSMFLOW_TABLE_LON_LAT,
    .places = {{"home/lon", NULL}, {"home/lat", NULL}},
}};

static const struct osmflow_table_column preference_columns[] = {
    {"key", OSMFLOW_FIELD_STRING, "k", ":name"},
    {"value", OSMFLOW_FIELD_STRING, "v", "."},
};

static const struct osmflow_table_layer preference_layers[] = {{
    .schema = {.layer = "preferences",
               .geometry = OSMFLOW_GEOMETRY_NONE,
               .columns = preference_columns,
               .column_count = COUNT(preference_columns)},
    .has_key = true,
    .rows = {"preferences/preference", "preferences/*"},
}};

static const struct osmflow_table_column permission_columns[] = {
    {"name", OSMFLOW_FIELD_STRING, "name", "."},
    {"granted", OSMFLOW_FIELD_BOOLEAN, ":true", NULL},
    {"description", OSMFLOW_FIELD_STRING, ":about", NULL},
};

static const struct osmflow_table_layer permission_layers[] = {{
    .schema = {.layer = "permissions",
               .geometry = OSMFLOW_GEOMETRY_NONE,
               .columns = permission_columns,
               .column_count = COUNT(permission_columns)},
    .rows = {"permissions/permission", "permissions/"},
}};

static const struct osmflow_table_column capability_columns[] = {
    {"name", OSMFLOW_FIELD_STRING, ":dotted", NULL},
    {"value", OSMFLOW_FIELD_STRING, ".", NULL},
    {"unit", OSMFLOW_FIELD_STRING, ":unit", NULL},
    {"description", OSMFLOW_FIELD_STRING, ":about", NULL},
};

static const struct osmflow_table_column blacklist_columns[] = {
    {"regex", OSMFLOW_FIELD_STRING, "regex", NULL},
};

static const struct osmflow_table_layer capability_layers[] = {
    {
        .schema = {.layer = "capabilities",
                   .geometry = OSMFLOW_GEOMETRY_NONE,
                   .columns = capability_columns,
                   .column_count = COUNT(capability_columns)},
        .rows = {"api/*/*", "api/*/*"},
    },
    {
        .schema = {.layer = "imagery_blacklist",
                   .geometry = OSMFLOW_GEOMETRY_NONE,
                   .columns = blacklist_columns,
                   .column_count = COUNT(blacklist_columns)},
        .rows = {"policy/imagery/blacklist", "policy/imagery/blacklist/"},
    },
};

static const struct osmflow_table_column version_columns[] = {
    {"version", OSMFLOW_FIELD_STRING, ".", NULL},
};

static const struct osmflow_table_layer version_layers[] = {{
    .schema = {.layer = "versions",
               .geometry = OSMFLOW_GEOMETRY_NONE,
               .columns = version_columns,
               .column_count = COUNT(version_columns)},
    .rows = {"api/version", "api/versions/"},
}};

static const struct osmflow_table_column gpx_file_columns[] = {
    {"id", OSMFLOW_FIELD_INTEGER64, "id", NULL},
    {"name", OSMFLOW_FIELD_STRING, "name", NULL},
    {"uid", OSMFLOW_FIELD_INTEGER64, "uid", NULL},
    {"user", OSMFLOW_FIELD_STRING, "user", NULL},
    {"visibility", OSMFLOW_FIELD_STRING, "visibility", NULL},
    {"pending", OSMFLOW_FIELD_BOOLEAN, "pending", NULL},
    {"timestamp", OSMFLOW_FIELD_DATETIME, "timestamp", NULL},
    {"description", OSMFLOW_FIELD_STRING, "description", NULL},
    {"tags", OSMFLOW_FIELD_JSON, ":list tag", ":list tags/"},
};

static const struct osmflow_table_layer gpx_file_layers[] = {{
    .schema = {.layer = "gpx_files",
               .geometry = OSMFLOW_GEOMETRY_POINT,
               .columns = gpx_file_columns,
               .column_count = COUNT(gpx_file_columns)},
    .rows = {"gpx_file", "gpx_file|traces/"},
    .id = "id",
    .position = OSMFLOW_TABLE_LON_LAT,
    .places = {{"lon", NULL}, {"lat", NULL}},
}};

#define LAYERS(array) .layers = (array), .layer_count = COUNT(array)

static const struct osmflow_table_call calls[] = {
    {.name = "versions", .root = "osm", .xml_needs = "api", .json_needs = "api", LAYERS(version_layers)},
    {.name = "capabilities", .root = "osm", .xml_needs = "api", .json_needs = "api", LAYERS(capability_layers)},
    {.name = "permissions",
     .root = "osm",
     .asks_json = true,
     .lists_permissions = true,
     .xml_needs = "permissions",
     .json_needs = "permissions",
     LAYERS(permission_layers)},
    {.name = "changeset",
     .root = "osm",
     .asks_json = true,
     .xml_needs = "changeset",
     .json_needs = "changeset",
     LAYERS(changeset_layers)},
    {.name = "changesets",
     .root = "osm",
     .paging = OSMFLOW_TABLE_BACK_IN_TIME,
     .json_needs = "changesets",
     LAYERS(changesets_layers)},
    {.name = "trackpoints",
     .shape = OSMFLOW_TABLE_GPX,
     .paging = OSMFLOW_TABLE_PAGES,
     .layers = osmflow_gpx_layers,
     .layer_count = OSMFLOW_GPX_WAYPOINTS},
    {.name = "gpx/data", .shape = OSMFLOW_TABLE_GPX, .layers = osmflow_gpx_layers, .layer_count = OSMFLOW_GPX_LAYERS},
    {.name = "gpx", .root = "osm", .xml_needs = "gpx_file", .json_needs = "gpx_file", LAYERS(gpx_file_layers)},
    {.name = "user/gpx_files", .root = "osm", .json_needs = "gpx_file|traces", LAYERS(gpx_file_layers)},
    {.name = "user",
     .root = "osm",
     .asks_json = true,
     .may_be_empty = true,
     .xml_needs = "user",
     .json_needs = "user",
     LAYERS(user_layers)},
    {.name = "users",
     .root = "osm",
     .asks_json = true,
     .may_be_empty = true,
     .json_needs = "users",
     LAYERS(user_layers)},
    {.name = "user/details",
     .root = "osm",
     .asks_json = true,
     .xml_needs = "user",
     .json_needs = "user",
     LAYERS(user_layers)},
    {.name = "user/preferences",
     .root = "osm",
     .xml_needs = "preferences",
     .json_needs = "preferences",
     LAYERS(preference_layers)},
    {.name = "user/preference", .shape = OSMFLOW_TABLE_TEXT, LAYERS(preference_layers)},
    {.name = "notes",
     .root = "osm",
     .paging = OSMFLOW_TABLE_LIMIT,
     .asks_json = true,
     .json_needs = "features",
     LAYERS(notes_layers)},
    {.name = "note",
     .root = "osm",
     .asks_json = true,
     .xml_needs = "note",
     .json_needs = "properties",
     LAYERS(note_layers)},
    {.name = "notes/search",
     .root = "osm",
     .paging = OSMFLOW_TABLE_NEWEST,
     .asks_json = true,
     .json_needs = "features",
     LAYERS(note_search_layers)},
    {.name = "notes/feed", .root = "rss", .xml_needs = "channel", LAYERS(feed_layers)},
};

const struct osmflow_table_call *osmflow_table_call(const struct osmflow_call_class *call_class) {
  for (size_t i = 0; i < COUNT(calls); i++)
    if (strcmp(calls[i].name, call_class->name) == 0)
      return &calls[i];
  return NULL;
}

size_t osmflow_table_schema_count(const struct osmflow_call_class *call_class) {
  const struct osmflow_table_call *call = osmflow_table_call(call_class);
  return call ? call->layer_count : 0;
}

const struct osmflow_table_schema *osmflow_table_schema(const struct osmflow_call_class *call_class, size_t index) {
  return &osmflow_table_call(call_class)->layers[index].schema;
}
