/* Tags that somebody puts together: each key once, in the order of first mention; texts are kept here.
 * Owner: the caller (_init/_clear). One thread at a time. */
#ifndef OSMFLOW_OSM_TAG_LIST_H
#define OSMFLOW_OSM_TAG_LIST_H

#include <osmflow/status.h>

#include "base/pool.h"
#include "osm/element.h"

struct osmflow_tag_list {
  struct osmflow_tag_view *items;
  size_t count, capacity;
  struct osmflow_pool texts;
};

void osmflow_tag_list_init(struct osmflow_tag_list *list);
void osmflow_tag_list_clear(struct osmflow_tag_list *list);
enum osmflow_status osmflow_tag_list_set(struct osmflow_tag_list *list, struct osmflow_text key,
                                         struct osmflow_text value, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The list becomes a copy of these. */
enum osmflow_status osmflow_tag_list_copy(struct osmflow_tag_list *list, const struct osmflow_tag_view *tags,
                                          size_t count, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_tag_list_remove(struct osmflow_tag_list *list, struct osmflow_text key);
/* NULL when there is none. Borrowed until the list changes. */
const struct osmflow_tag_view *osmflow_tag_list_find(const struct osmflow_tag_list *list, struct osmflow_text key);

/* Reads what people and programs write tags as: a JSON object of strings (numbers and booleans are taken as they are
 * written, null leaves the key out), or PostgreSQL's hstore ("k"=>"v", k=>v, "k"=>NULL). Adds to the list. The error
 * says what is wrong at which byte. */
enum osmflow_status osmflow_tag_list_parse(struct osmflow_tag_list *list, struct osmflow_text text,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
