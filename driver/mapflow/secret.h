/* What must not be shown: members of Mapflow's documents that are credentials, and secrets inside addresses. */
#ifndef OSMFLOW_MAPFLOW_SECRET_H
#define OSMFLOW_MAPFLOW_SECRET_H

#include "format/tree.h"

/* "rasterLogin", "raster_password", ...: case, '_' and '-' do not matter. */
bool osmflow_mapflow_is_secret(struct osmflow_text name);
/* As osmflow_tree_print_json, without such members; secrets in addresses become "***". */
enum osmflow_status osmflow_mapflow_print_json(const struct osmflow_tree_node *node, struct osmflow_bytes *bytes,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* A text as it may stand in a sentence: secrets in addresses become "***". */
enum osmflow_status osmflow_mapflow_print_text(struct osmflow_text text, struct osmflow_bytes *bytes,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* As osmflow_mapflow_print_text, of a server's own words: it may say back what it was sent, as JSON or as a query. */
enum osmflow_status osmflow_mapflow_print_words(struct osmflow_text text, struct osmflow_bytes *bytes,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
