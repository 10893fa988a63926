#include "source/snapshot.h"

#include <stdlib.h>

enum { KEY_CEILING = 4 << 20 };

struct osmflow_snapshot_view {
  struct osmflow_view *view;
  struct osmflow_rules *rules; /* NULL: somebody else's */
  char *key;                   /* the options the rules follow from */
  struct osmflow_snapshot_view *next;
};

enum osmflow_status osmflow_snapshot_new(bool keeps_versions, struct osmflow_snapshot **snapshot,
                                         struct osmflow_error *error) {
  struct osmflow_snapshot *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an answer");
  osmflow_store_init(&made->store, keeps_versions);
  osmflow_table_init(&made->table);
  pthread_mutex_init(&made->holders_lock, NULL);
  pthread_mutex_init(&made->views_lock, NULL);
  made->holders = 1;
  *snapshot = made;
  return OSMFLOW_OK;
}

struct osmflow_snapshot *osmflow_snapshot_hold(struct osmflow_snapshot *snapshot) {
  pthread_mutex_lock(&snapshot->holders_lock);
  snapshot->holders++;
  pthread_mutex_unlock(&snapshot->holders_lock);
  return snapshot;
}

static void free_snapshot(struct osmflow_snapshot *snapshot) {
  while (snapshot->views) {
    struct osmflow_snapshot_view *next = snapshot->views->next;
    osmflow_view_free(snapshot->views->view);
    osmflow_rules_free(snapshot->views->rules);
    free(snapshot->views->key);
    free(snapshot->views);
    snapshot->views = next;
  }
  osmflow_fids_release(snapshot->fids);
  osmflow_store_clear(&snapshot->store);
  osmflow_table_clear(&snapshot->table);
  pthread_mutex_destroy(&snapshot->holders_lock);
  pthread_mutex_destroy(&snapshot->views_lock);
  free(snapshot);
}

void osmflow_snapshot_release(struct osmflow_snapshot *snapshot) {
  if (snapshot) {
    pthread_mutex_lock(&snapshot->holders_lock);
    const bool is_last = --snapshot->holders == 0;
    pthread_mutex_unlock(&snapshot->holders_lock);
    if (is_last)
      free_snapshot(snapshot);
  }
}

static enum osmflow_status make_key(const struct osmflow_connection *connection, char **key,
                                    struct osmflow_error *error) {
  struct osmflow_bytes bytes;
  osmflow_bytes_init(&bytes, KEY_CEILING);
  const enum osmflow_status status =
      osmflow_bytes_print(&bytes, error, "%d\n%d\n%s\n%s", connection->is_strict, (int)connection->tags,
                          connection->columns ? connection->columns : "", connection->config ? connection->config : "");
  if (status == OSMFLOW_OK)
    *key = osmflow_bytes_take(&bytes);
  osmflow_bytes_clear(&bytes);
  return status;
}

/* Takes the key over, whatever happens. */
static enum osmflow_status add_view(struct osmflow_snapshot *snapshot, const struct osmflow_connection *connection,
                                    char *key, struct osmflow_error *error) {
  struct osmflow_snapshot_view *made = calloc(1, sizeof *made);
  enum osmflow_status status = made ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a view");
  if (status == OSMFLOW_OK && !snapshot->rules)
    status = osmflow_connection_rules(connection, &made->rules, error);
  if (status == OSMFLOW_OK)
    status = osmflow_view_new(&snapshot->store, snapshot->rules ? snapshot->rules : made->rules, &made->view, error);
  if (status == OSMFLOW_OK) {
    made->key = key;
    made->next = snapshot->views;
    snapshot->views = made;
  } else {
    if (made)
      osmflow_rules_free(made->rules);
    free(key);
    free(made);
  }
  return status;
}

enum osmflow_status osmflow_snapshot_view(struct osmflow_snapshot *snapshot,
                                          const struct osmflow_connection *connection, const struct osmflow_view **view,
                                          struct osmflow_error *error) {
  struct osmflow_snapshot_view *kept = NULL;
  char *key = NULL;
  enum osmflow_status status = make_key(connection, &key, error);
  if (status != OSMFLOW_OK)
    return status;
  pthread_mutex_lock(&snapshot->views_lock);
  for (kept = snapshot->views; kept && strcmp(kept->key, key) != 0;)
    kept = kept->next;
  if (kept) {
    free(key);
  } else {
    status = add_view(snapshot, connection, key, error);
    kept = snapshot->views;
  }
  if (status == OSMFLOW_OK)
    *view = kept->view;
  pthread_mutex_unlock(&snapshot->views_lock);
  return status;
}
