/* What one download brought: elements or rows, and the views on them, made once for each set of rules.
 *
 * Owner: everybody who holds it; the last to release it frees it. A session holds its newest one, a layer the one it
 * reads, so that a refresh takes nothing away from under a reader.
 * Threads: filled by one thread; once it is handed out nothing in it changes but the list of views, which is locked. */
#ifndef OSMFLOW_SOURCE_SNAPSHOT_H
#define OSMFLOW_SOURCE_SNAPSHOT_H

#include <pthread.h>

#include "osm/store.h"
#include "osm/table.h"
#include "source/connection.h"
#include "source/fids.h"
#include "source/view.h"

struct osmflow_snapshot {
  struct osmflow_store store;        /* of calls that answer elements */
  struct osmflow_table table;        /* of calls that answer rows */
  int64_t bytes;                     /* received */
  struct osmflow_fids *fids;         /* held; NULL: every feature id follows from its element's id */
  const struct osmflow_rules *rules; /* the rules of all its views, borrowed; NULL: each view has its own */

  pthread_mutex_t holders_lock;
  size_t holders;
  pthread_mutex_t views_lock; /* held while a view is made: others who need it wait, holding and releasing goes on */
  struct osmflow_snapshot_view *views;
};

/* Empty and held once. */
enum osmflow_status osmflow_snapshot_new(bool keeps_versions, struct osmflow_snapshot **snapshot,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
struct osmflow_snapshot *osmflow_snapshot_hold(struct osmflow_snapshot *snapshot);
void osmflow_snapshot_release(struct osmflow_snapshot *snapshot); /* NULL is fine */

/* The elements sorted into layers by the connection's rules. Borrowed: it lives as long as the snapshot. */
enum osmflow_status osmflow_snapshot_view(struct osmflow_snapshot *snapshot,
                                          const struct osmflow_connection *connection, const struct osmflow_view **view,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
