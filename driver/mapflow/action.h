/* Everything that changes something in Mapflow but uploads and starting a processing: one const table.
 *
 * Lost answers: what does no harm twice (update, delete: gone is gone) is sent again; what would happen twice (a
 * project, a mosaic, a link, a restart) looks first: whether the listing has by now what it did not have before. When
 * even looking fails, the error says so. Source: spec; facts 2.2 to 2.5. */
#ifndef OSMFLOW_MAPFLOW_ACTION_H
#define OSMFLOW_MAPFLOW_ACTION_H

#include "mapflow/client.h"

struct osmflow_mapflow_action_class {
  const char *name; /* "project/create", "processing/update", "mosaic/delete", "image/rename", ... : stable */
  const char *method;
  const char *path;    /* "projects/{id}" */
  const char *members; /* blank-separated members it takes, "!" after a needed one; before that "[]" after a list, "#"
                          after a whole number, "{}" after what is JSON itself; NULL: none */
  bool is_in_query;    /* members go into the query (image/rename), else into a JSON body */
  bool is_harmless_twice;
  bool destroys; /* asks, or takes --yes */
};
const struct osmflow_mapflow_action_class *osmflow_mapflow_action_classes(size_t *count);
const struct osmflow_mapflow_action_class *osmflow_mapflow_action_class(const char *name); /* NULL: none */

struct osmflow_mapflow_member {
  const char *name;
  const char *value;       /* text; NULL together with `list` NULL: JSON null */
  const char *const *list; /* of a "[]": ended by NULL */
};

struct osmflow_mapflow_action {
  const char *name;
  const char *id; /* of what it is about; NULL: none */
  const struct osmflow_mapflow_member *members;
  size_t member_count;
};

/* OSMFLOW_BAD_ARGUMENT: a member is missing, unknown, too long or empty; nothing is sent then. *id_made (NULL: not
 * wanted) is the new object's id, the caller's to free; NULL when there is none. `answer` (may be NULL) gets the
 * document. */
enum osmflow_status osmflow_mapflow_act(const struct osmflow_mapflow *mapflow,
                                        const struct osmflow_mapflow_action *action, char **id_made,
                                        struct osmflow_bytes *answer, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
