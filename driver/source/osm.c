/* The public face for programs without GDAL's layers: see <osmflow/osm.h>. */
#include <osmflow/osm.h>
#include <stdlib.h>

#include "base/number.h"
#include "source/session.h"

enum { MOST_PARTS = 0x7FFFFFFF };

struct visit {
  const struct osmflow_store *store;
  osmflow_osm_visitor *visitor;
  void *self;
  struct osmflow_osm_tag *tags;
  struct osmflow_osm_member *members;
  size_t tag_capacity, member_capacity;
};

const char *osmflow_version(void) {
  return OSMFLOW_VERSION;
}

static enum osmflow_status fill_tags(struct visit *visit, const struct osmflow_element *element,
                                     struct osmflow_osm_element *shown, struct osmflow_error *error) {
  const struct osmflow_store *store = visit->store;
  const enum osmflow_status status = osmflow_array_reserve(
      (void **)&visit->tags, &visit->tag_capacity, element->tag_count + 1U, sizeof *visit->tags, MOST_PARTS, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < element->tag_count; i++) {
    const struct osmflow_tag tag = store->tags[element->first_tag + i];
    visit->tags[i] = (struct osmflow_osm_tag){osmflow_pool_string(&store->keys, tag.key),
                                              osmflow_pool_string(&store->values, tag.value)};
  }
  shown->tags = visit->tags;
  shown->tag_count = element->tag_count;
  return status;
}

static enum osmflow_status fill_members(struct visit *visit, const struct osmflow_relation *relation,
                                        struct osmflow_osm_element *shown, struct osmflow_error *error) {
  const struct osmflow_store *store = visit->store;
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&visit->members, &visit->member_capacity, relation->member_count + 1U,
                            sizeof *visit->members, MOST_PARTS, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < relation->member_count; i++) {
    const struct osmflow_member *member = &store->members[relation->first_member + i];
    visit->members[i] = (struct osmflow_osm_member){(enum osmflow_osm_type)member->type, member->ref,
                                                    osmflow_pool_string(&store->values, member->role)};
  }
  shown->members = visit->members;
  shown->member_count = relation->member_count;
  return status;
}

static enum osmflow_status show(struct visit *visit, enum osmflow_osm_type type, const struct osmflow_element *element,
                                bool *go_on, struct osmflow_error *error) {
  const struct osmflow_store *store = visit->store;
  const struct osmflow_user *user = element->user == OSMFLOW_NO_USER ? NULL : &store->users[element->user];
  struct osmflow_osm_element shown = {.type = type,
                                      .id = element->id,
                                      .visible = element->visible != 0,
                                      .version = element->version,
                                      .timestamp = element->timestamp,
                                      .changeset = (int64_t)element->changeset,
                                      .uid = user ? user->uid : 0};
  if (user && user->name != OSMFLOW_POOL_NONE)
    shown.user = osmflow_pool_string(&store->values, user->name);
  enum osmflow_status status = fill_tags(visit, element, &shown, error);
  if (type == OSMFLOW_OSM_NODE) {
    const struct osmflow_node *node = (const struct osmflow_node *)element;
    shown.has_position = node->lon != OSMFLOW_NO_POSITION;
    shown.lon = shown.has_position ? (double)node->lon / OSMFLOW_DEGREE : 0;
    shown.lat = shown.has_position ? (double)node->lat / OSMFLOW_DEGREE : 0;
  } else if (type == OSMFLOW_OSM_WAY) {
    const struct osmflow_way *way = (const struct osmflow_way *)element;
    shown.nodes = store->refs + way->first_ref;
    shown.node_count = way->ref_count;
  } else if (status == OSMFLOW_OK) {
    status = fill_members(visit, (const struct osmflow_relation *)element, &shown, error);
  }
  *go_on = status == OSMFLOW_OK && visit->visitor(visit->self, &shown);
  return status;
}

static enum osmflow_status show_all(struct visit *visit, struct osmflow_error *error) {
  const struct osmflow_store *store = visit->store;
  enum osmflow_status status = OSMFLOW_OK;
  bool go_on = true;
  for (size_t i = 0; go_on && i < store->node_count; i++)
    status = show(visit, OSMFLOW_OSM_NODE, &store->nodes[i].element, &go_on, error);
  for (size_t i = 0; go_on && i < store->way_count; i++)
    status = show(visit, OSMFLOW_OSM_WAY, &store->ways[i].element, &go_on, error);
  for (size_t i = 0; go_on && i < store->relation_count; i++)
    status = show(visit, OSMFLOW_OSM_RELATION, &store->relations[i].element, &go_on, error);
  free(visit->tags);
  free(visit->members);
  return status;
}

enum osmflow_status osmflow_osm_read(const struct osmflow_environment *environment, const char *connection_text,
                                     const char *const *options, osmflow_osm_visitor *visitor, void *self,
                                     struct osmflow_error *error) {
  struct osmflow_connection connection;
  struct osmflow_session *session = NULL;
  struct osmflow_snapshot *snapshot = NULL;
  osmflow_connection_init(&connection);
  enum osmflow_status status = osmflow_connection_parse(environment, connection_text, options, &connection, error);
  if (status == OSMFLOW_OK && (connection.call.call_class->answer == OSMFLOW_ANSWER_TABLE ||
                               connection.call.call_class->answer == OSMFLOW_ANSWER_TRACKS))
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s answers a table, not elements", connection_text);
  if (status == OSMFLOW_OK)
    status = osmflow_session_acquire(&connection, &connection.call, &session, error);
  if (status == OSMFLOW_OK)
    status = osmflow_session_snapshot(session, NULL, &snapshot, error);
  if (status == OSMFLOW_OK) {
    struct visit visit = {.store = &snapshot->store, .visitor = visitor, .self = self};
    status = show_all(&visit, error);
  }
  osmflow_snapshot_release(snapshot);
  osmflow_session_release(session);
  osmflow_connection_clear(&connection);
  return status;
}
