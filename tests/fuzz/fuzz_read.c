/* Any bytes as an OSM document: an error, or a store in which every number leads somewhere. What is read must not
 * depend on how the bytes were cut into pieces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "osm/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_so, const char *what) {
  if (!is_so) {
    fprintf(stderr, "read: %s\n", what);
    abort();
  }
}

static void check_text(const struct osmflow_pool *pool, uint32_t number) {
  require(number < pool->count, "a text that is not in the pool");
  require(osmflow_text_is_utf8(osmflow_pool_text(pool, number)), "a text that is not UTF-8");
  require(strlen(osmflow_pool_string(pool, number)) <= osmflow_pool_text(pool, number).size, "a text without its end");
}

static void check_element(const struct osmflow_store *store, const struct osmflow_element *element) {
  require((size_t)element->first_tag + element->tag_count <= store->tag_count, "tags out of range");
  for (size_t i = 0; i < element->tag_count; i++) {
    check_text(&store->keys, store->tags[element->first_tag + i].key);
    check_text(&store->values, store->tags[element->first_tag + i].value);
  }
  require(element->user == OSMFLOW_NO_USER || element->user < store->user_count, "a user out of range");
  if (element->user != OSMFLOW_NO_USER && store->users[element->user].name != OSMFLOW_POOL_NONE)
    check_text(&store->values, store->users[element->user].name);
}

static void check_nodes(const struct osmflow_store *store) {
  for (size_t i = 0; i < store->node_count; i++) {
    const struct osmflow_node *node = &store->nodes[i], *found = osmflow_store_node(store, node->element.id);
    check_element(store, &node->element);
    require(found && found->element.id == node->element.id, "a node is not found by its id");
    require(store->keeps_versions || found == node, "a node twice");
    if (node->lon == OSMFLOW_NO_POSITION)
      require(!node->element.visible && node->lat == OSMFLOW_NO_POSITION, "a node without a position");
    else
      require(abs(node->lon) <= 180 * OSMFLOW_DEGREE && abs(node->lat) <= 90 * OSMFLOW_DEGREE, "not on the earth");
  }
}

static void check_ways(const struct osmflow_store *store) {
  for (size_t i = 0; i < store->way_count; i++) {
    const struct osmflow_way *way = &store->ways[i], *found = osmflow_store_way(store, way->element.id);
    check_element(store, &way->element);
    require(found && found->element.id == way->element.id, "a way is not found by its id");
    require(store->keeps_versions || found == way, "a way twice");
    require((size_t)way->first_ref + way->ref_count <= store->ref_count, "refs out of range");
  }
}

static void check_relations(const struct osmflow_store *store) {
  for (size_t i = 0; i < store->relation_count; i++) {
    const struct osmflow_relation *relation = &store->relations[i],
                                  *found = osmflow_store_relation(store, relation->element.id);
    check_element(store, &relation->element);
    require(found && found->element.id == relation->element.id, "a relation is not found by its id");
    require(store->keeps_versions || found == relation, "a relation twice");
    require((size_t)relation->first_member + relation->member_count <= store->member_count, "members out of range");
    for (size_t j = 0; j < relation->member_count; j++) {
      const struct osmflow_member *member = &store->members[relation->first_member + j];
      require(member->type < OSMFLOW_ELEMENT_TYPES, "a member of no type");
      check_text(&store->values, member->role);
    }
  }
}

static void check_store(const struct osmflow_store *store) {
  check_nodes(store);
  check_ways(store);
  check_relations(store);
}

static enum osmflow_status read_document(struct osmflow_store *store, enum osmflow_read_format format,
                                         const uint8_t *data, size_t size, size_t step, struct osmflow_error *error) {
  struct osmflow_reader *reader = NULL;
  enum osmflow_status status = osmflow_reader_new(store, format, &reader, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < size; i += step)
    status = osmflow_reader_feed(reader, data + i, size - i < step ? size - i : step, error);
  if (status == OSMFLOW_OK)
    status = osmflow_reader_finish(reader, error);
  osmflow_reader_free(reader);
  require(status == OSMFLOW_OK || (error->status == status && error->message[0]), "an error without words");
  require(status == OSMFLOW_OK || osmflow_text_is_utf8(osmflow_text(error->message)), "an error that is not UTF-8");
  if (status == OSMFLOW_OK)
    status = osmflow_store_finish(store, error);
  return status;
}

static void require_same(const struct osmflow_store *store, const struct osmflow_store *other) {
  require(store->node_count == other->node_count && store->way_count == other->way_count &&
              store->relation_count == other->relation_count && store->user_count == other->user_count &&
              store->keys.count == other->keys.count && store->values.count == other->values.count,
          "other elements when it comes in pieces");
  require(store->node_count == 0 || memcmp(store->nodes, other->nodes, store->node_count * sizeof *store->nodes) == 0,
          "other nodes when it comes in pieces");
}

static void check_merge(const struct osmflow_store *store) {
  struct osmflow_store whole;
  struct osmflow_error error;
  osmflow_store_init(&whole, store->keeps_versions);
  for (int times = 0; times < 2; times++)
    require(osmflow_store_merge(&whole, store, &error) == OSMFLOW_OK, "merging failed");
  require(osmflow_store_finish(&whole, &error) == OSMFLOW_OK, "finishing failed");
  check_store(&whole);
  require(store->keeps_versions || whole.node_count == store->node_count, "merging doubled nodes");
  osmflow_store_clear(&whole);
}

static void try_document(enum osmflow_read_format format, bool keeps_versions, const uint8_t *data, size_t size) {
  struct osmflow_store at_once, piecemeal;
  struct osmflow_error error = {0};
  osmflow_store_init(&at_once, keeps_versions);
  osmflow_store_init(&piecemeal, keeps_versions);
  const enum osmflow_status status = read_document(&at_once, format, data, size, size + 1, &error);
  require(read_document(&piecemeal, format, data, size, size % 7 + 1, &error) == status,
          "another end when it comes in pieces");
  if (status == OSMFLOW_OK) {
    check_store(&at_once);
    require_same(&at_once, &piecemeal);
    check_merge(&at_once);
  }
  osmflow_store_clear(&at_once);
  osmflow_store_clear(&piecemeal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  for (int keeps_versions = 0; keeps_versions < 2; keeps_versions++) {
    try_document(OSMFLOW_READ_AUTO, keeps_versions == 1, data, size);
    try_document(OSMFLOW_READ_JSON, keeps_versions == 1, data, size);
  }
  try_document(OSMFLOW_READ_XML, false, data, size);
  return 0;
}
