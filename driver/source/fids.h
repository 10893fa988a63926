/* Feature ids, and what keeps them the same when a new element gets its real id or a feature becomes another element.
 *
 * A feature id follows from the element's id. A new element has a negative placeholder first, and so a feature id far
 * up; it keeps that one after the server has named the element. A value once made is not changed any more, so that
 * readers of older snapshots go on. Owner: everybody who holds it. Threads: any. */
#ifndef OSMFLOW_SOURCE_FIDS_H
#define OSMFLOW_SOURCE_FIDS_H

#include <osmflow/status.h>

#include "osm/element.h"
#include "osm/rules.h"

struct osmflow_fids;

/* `before` (NULL: none) with more in it; the caller holds the result, and goes on holding `before`. */
struct osmflow_fid_change {
  enum osmflow_element_type type;
  int64_t id;          /* as the store has it from now on */
  int64_t placeholder; /* as it had it before; 0: see `fid` */
  int64_t fid;         /* placeholder 0: the id of the multipolygons feature that this relation is from now on */
};
enum osmflow_status osmflow_fids_change(const struct osmflow_fids *before, const struct osmflow_fid_change *changes,
                                        size_t count, struct osmflow_fids **fids,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
struct osmflow_fids *osmflow_fids_hold(struct osmflow_fids *fids); /* NULL is fine */
void osmflow_fids_release(struct osmflow_fids *fids);              /* NULL is fine */

/* The element's id where it is unique in the layer, way * 2 and relation * 2 + 1 in multipolygons (as libosmium numbers
 * areas); ids of new elements (negative) are moved far up. The raw layers count as any kind but multipolygons. `fids`
 * may be NULL. */
int64_t osmflow_fids_of(const struct osmflow_fids *fids, enum osmflow_layer_kind kind, enum osmflow_element_type type,
                        int64_t id);
/* The element of a feature id. *type is the answer in multipolygons and stays as it is in the other layers. False: no
 * element can have it. */
bool osmflow_fids_element(const struct osmflow_fids *fids, enum osmflow_layer_kind kind, int64_t fid,
                          enum osmflow_element_type *type, int64_t *id);

#endif
