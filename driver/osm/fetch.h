/* From a call to a filled store: one request, a batch of multi-fetch requests, a set of tiles, or a local file.
 *
 * Map: a bbox above the capabilities' area limit is cut into tiles; a tile the server refuses with "too many nodes" (or
 * as too large) is cut into four, again and again down to about a metre. The capabilities are asked only when the bbox
 * is larger than the usual limit; a server that refuses one as too large says its limit with the refusal. Each tile is
 * read into a store of its own and merged when its answer has proved whole, so a retry leaves no trace. One tile goes
 * straight into the store. Multi-fetch: ids are sent in batches below 8,000 bytes of URL; when a batch answers 404 it
 * is halved until the unknown ids are found; the error names them. Deleted elements are kept (visible = 0). On any
 * error the store's content is undefined: clear it. */
#ifndef OSMFLOW_OSM_FETCH_H
#define OSMFLOW_OSM_FETCH_H

#include "net/http.h"
#include "osm/call.h"
#include "osm/store.h"

struct osmflow_fetch_progress {
  void *self;
  /* Called now and then while bytes arrive; `done` is between 0 and 1 where it can be told, else negative. False
   * cancels (OSMFLOW_CANCELLED). */
  bool (*report)(void *self, double done, int64_t bytes);
};

/* `http` may be NULL for a local file (.osm, .osm.gz, .osc, .json, also through GDAL's /vsi paths). `progress` may be
 * NULL. */
enum osmflow_status osmflow_fetch_elements(struct osmflow_http *http, const struct osmflow_call *call,
                                           struct osmflow_store *store, const struct osmflow_fetch_progress *progress,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
