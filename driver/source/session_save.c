/* What editors leave in a session: newest data, ids of new elements, the file of edits. */
#include <cpl_vsi.h>

#include "source/session_parts.h"

/* More new elements than one dataset can hold. */
static const int64_t placeholder_room = INT64_C(1) << 32;

void osmflow_session_replace(struct osmflow_session *session, struct osmflow_snapshot *snapshot) {
  pthread_mutex_lock(&session->lock);
  struct osmflow_snapshot *old = session->snapshot;
  struct osmflow_fids *old_fids = session->fids;
  session->fids = osmflow_fids_hold(snapshot->fids);
  if (session->state == LOADING) {
    session->is_outdated = true;
    old = NULL;
  } else {
    if (!session->origin)
      session->origin = osmflow_snapshot_hold(session->snapshot);
    session->snapshot = osmflow_snapshot_hold(snapshot);
    session->state = LOADED;
  }
  pthread_mutex_unlock(&session->lock);
  osmflow_snapshot_release(old);
  osmflow_fids_release(old_fids);
}

void osmflow_session_begin_save(struct osmflow_session *session) {
  pthread_mutex_lock(&session->saving);
}

void osmflow_session_end_save(struct osmflow_session *session) {
  pthread_mutex_unlock(&session->saving);
}

void osmflow_session_restart(struct osmflow_session *session, struct osmflow_snapshot *snapshot) {
  pthread_mutex_lock(&session->lock);
  struct osmflow_snapshot *old = session->snapshot, *old_origin = session->origin;
  session->snapshot = osmflow_snapshot_hold(snapshot);
  session->origin = osmflow_snapshot_hold(snapshot);
  session->state = LOADED;
  pthread_mutex_unlock(&session->lock);
  osmflow_snapshot_release(old);
  osmflow_snapshot_release(old_origin);
}

enum osmflow_status osmflow_session_origin(struct osmflow_session *session, struct osmflow_snapshot **held,
                                           struct osmflow_error *error) {
  pthread_mutex_lock(&session->lock);
  *held = session->origin ? osmflow_snapshot_hold(session->origin) : NULL;
  pthread_mutex_unlock(&session->lock);
  return *held ? OSMFLOW_OK : osmflow_session_snapshot(session, NULL, held, error);
}

/* Datasets that are edited at the same time must not name different new elements alike. */
int64_t osmflow_session_take_placeholders(struct osmflow_session *session, const struct osmflow_snapshot *snapshot) {
  const struct osmflow_store *store = &snapshot->store;
  pthread_mutex_lock(&session->lock);
  int64_t first = session->next_placeholder < 0 ? session->next_placeholder : -1;
  if (store->node_count > 0 && store->nodes[0].element.id <= first)
    first = store->nodes[0].element.id - 1;
  if (store->way_count > 0 && store->ways[0].element.id <= first)
    first = store->ways[0].element.id - 1;
  if (store->relation_count > 0 && store->relations[0].element.id <= first)
    first = store->relations[0].element.id - 1;
  session->next_placeholder = first - placeholder_room;
  pthread_mutex_unlock(&session->lock);
  return first;
}

void osmflow_session_return_placeholders(struct osmflow_session *session, int64_t first, int64_t next) {
  pthread_mutex_lock(&session->lock);
  if (session->next_placeholder == first - placeholder_room)
    session->next_placeholder = next;
  pthread_mutex_unlock(&session->lock);
}

bool osmflow_session_is_osc_ours(struct osmflow_session *session) {
  pthread_mutex_lock(&session->lock);
  const bool is_ours = session->is_osc_ours;
  pthread_mutex_unlock(&session->lock);
  return is_ours;
}

static struct osmflow_file_mark mark_of(const char *path) {
  VSIStatBufL stat = {0};
  const bool is_there = VSIStatL(path, &stat) == 0;
  return (struct osmflow_file_mark){is_there, stat.st_size, stat.st_mtim.tv_sec, stat.st_mtim.tv_nsec};
}

bool osmflow_session_is_osc_as_written(struct osmflow_session *session, const char *path) {
  const struct osmflow_file_mark now = mark_of(path);
  pthread_mutex_lock(&session->lock);
  const struct osmflow_file_mark then = session->osc_mark;
  pthread_mutex_unlock(&session->lock);
  return now.is_there && then.is_there && now.size == then.size && now.seconds == then.seconds &&
         now.nanoseconds == then.nanoseconds;
}

void osmflow_session_set_osc_ours(struct osmflow_session *session, const char *path) {
  const struct osmflow_file_mark now = mark_of(path);
  pthread_mutex_lock(&session->lock);
  session->is_osc_ours = true;
  session->osc_mark = now;
  pthread_mutex_unlock(&session->lock);
}
