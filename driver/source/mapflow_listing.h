/* The rows of all layers of one call, asked for once and kept in memory for all who ask for the same. */
#ifndef OSMFLOW_SOURCE_MAPFLOW_LISTING_H
#define OSMFLOW_SOURCE_MAPFLOW_LISTING_H

#include "mapflow/table.h"
#include "source/mapflow_connection.h"
#include "source/shared.h"

struct osmflow_mapflow_listing;

/* No network. `wish` is copied. The caller releases *shared. */
enum osmflow_status osmflow_mapflow_listing_acquire(const struct osmflow_mapflow_connection *connection,
                                                    const struct osmflow_mapflow_wish *wish,
                                                    struct osmflow_shared **shared,
                                                    struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Loads where that is not done. *listing is borrowed from `shared` and never changes. */
enum osmflow_status osmflow_mapflow_listing_load(struct osmflow_shared *shared,
                                                 const struct osmflow_mapflow_listing **listing,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether the rows of that wish are there already. */
bool osmflow_mapflow_listing_is_loaded(const struct osmflow_mapflow_connection *connection,
                                       const struct osmflow_mapflow_wish *wish);
/* What was listed from that server for that account is not true any more. */
void osmflow_mapflow_listings_forget(const struct osmflow_mapflow_connection *connection);

/* `index`: of the layer among those of its call. */
size_t osmflow_mapflow_listing_count(const struct osmflow_mapflow_listing *listing, size_t index);
/* NULL: there is no such place. */
const struct osmflow_mapflow_row *osmflow_mapflow_listing_row(const struct osmflow_mapflow_listing *listing,
                                                              size_t index, size_t place);
/* NULL: there is no such feature id. */
const struct osmflow_mapflow_row *osmflow_mapflow_listing_find(const struct osmflow_mapflow_listing *listing,
                                                               size_t index, int64_t fid);

#endif
