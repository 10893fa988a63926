/* Lists of ids as the API's parameters hold them: "1,2,3v2". Owner: the struct is the caller's (_init/_clear). */
#ifndef OSMFLOW_OSM_CALL_IDS_H
#define OSMFLOW_OSM_CALL_IDS_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct osmflow_wanted_id {
  int64_t id;
  uint32_t version; /* 0: the newest */
};

struct osmflow_id_list {
  struct osmflow_wanted_id *items; /* ascending by id, then version; none twice */
  size_t count, capacity;
};

void osmflow_id_list_init(struct osmflow_id_list *list);
void osmflow_id_list_clear(struct osmflow_id_list *list);
/* Blanks around the ids are fine. OSMFLOW_BAD_ARGUMENT names the word that is no id. On an error the list is empty. */
enum osmflow_status osmflow_id_list_parse(struct osmflow_id_list *list, struct osmflow_text text, bool with_versions,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Puts one more in, at its place, unless it is there already. */
enum osmflow_status osmflow_id_list_add(struct osmflow_id_list *list, const struct osmflow_wanted_id *item,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether one id is wanted in more than one version. */
bool osmflow_id_list_repeats_ids(const struct osmflow_id_list *list);
/* Appends items[first .. first + count - 1] as "1,2,3v2". */
enum osmflow_status osmflow_id_list_format(const struct osmflow_id_list *list, size_t first, size_t count,
                                           struct osmflow_bytes *text, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
