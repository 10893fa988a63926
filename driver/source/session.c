#include "source/session_parts.h"

#include <cpl_vsi.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/watch.h"
#include "net/credentials.h"

enum { KEEP_SECONDS = 60, REMEMBER_FAILURE_MS = 5000, KEY_CEILING = 1 << 20, MOST_KEPT = 8 };

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct osmflow_session *sessions;

static void free_session(struct osmflow_session *session) {
  osmflow_snapshot_release(session->snapshot);
  osmflow_snapshot_release(session->origin);
  osmflow_fids_release(session->fids);
  osmflow_call_clear(&session->call);
  osmflow_connection_clear(&session->settings);
  pthread_cond_destroy(&session->changed);
  pthread_mutex_destroy(&session->lock);
  pthread_mutex_destroy(&session->saving);
  free(session->key);
  free(session);
}

static int64_t now_ms(const struct osmflow_session *session) {
  return session->settings.environment->monotonic_ms(session->settings.environment->self);
}

static int64_t keep_ms(const struct osmflow_environment *environment) {
  int64_t seconds = KEEP_SECONDS;
  const char *value = environment->option(environment->self, "OSMAPI_KEEP");
  if (value)
    (void)osmflow_parse_int(osmflow_text(value), 0, 86400, &seconds);
  return seconds * 1000;
}

/* With table_lock held. The list has the most recently made session first, so those at its end go first when there are
 * too many. */
static void sweep(const struct osmflow_environment *environment) {
  const int64_t now = environment->monotonic_ms(environment->self), keep = keep_ms(environment);
  size_t kept = 0;
  for (struct osmflow_session **link = &sessions; *link;) {
    struct osmflow_session *session = *link;
    const bool is_idle = session->holders == 0;
    kept += is_idle;
    if (is_idle && (keep == 0 || now - session->released_ms >= keep || kept > MOST_KEPT)) {
      *link = session->next;
      free_session(session);
    } else {
      link = &session->next;
    }
  }
}

/* A file that was written anew is another answer. */
static enum osmflow_status add_file(const char *file, struct osmflow_bytes *bytes, struct osmflow_error *error) {
  VSIStatBufL stat = {0};
  const bool is_there = VSIStatL(file, &stat) == 0;
  return osmflow_bytes_print(bytes, error, "%s %d %lld %lld.%09ld", file, is_there, (long long)stat.st_size,
                             (long long)stat.st_mtim.tv_sec, (long)stat.st_mtim.tv_nsec);
}

/* Elements are the same for everybody; rows may be one's own. */
static bool has_elements(const struct osmflow_call *call) {
  const enum osmflow_call_answer answer = call->call_class->answer;
  return answer != OSMFLOW_ANSWER_TABLE && answer != OSMFLOW_ANSWER_TRACKS;
}

/* Who asks, as far as the answer may depend on it; the token itself is not kept. */
static uint64_t mark_of_asker(const struct osmflow_connection *connection, const struct osmflow_call *call) {
  uint64_t mark = 0xCBF29CE484222325ULL;
  char *token = NULL;
  if (!call->is_file && !has_elements(call) &&
      osmflow_credentials_find(connection->environment, "OSMAPI_TOKEN", call->root, &token, NULL) == OSMFLOW_OK)
    for (const char *byte = token; byte && *byte; byte++)
      mark = (mark ^ (unsigned char)*byte) * 0x100000001B3ULL; /* FNV-1a */
  osmflow_credentials_wipe(token);
  return mark;
}

static enum osmflow_status make_key(const struct osmflow_connection *connection, const struct osmflow_call *call,
                                    char **key, struct osmflow_error *error) {
  struct osmflow_bytes bytes;
  osmflow_bytes_init(&bytes, KEY_CEILING);
  enum osmflow_status status =
      call->is_file ? add_file(call->file, &bytes, error) : osmflow_call_url(call, &bytes, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(&bytes, error, "\n%s\n%s %lld\n%" PRIx64 "\n%s", call->call_class->name,
                                 connection->cache_directory ? connection->cache_directory : "",
                                 (long long)connection->cache_ttl_seconds, mark_of_asker(connection, call),
                                 connection->update.osc ? connection->update.osc : "");
  if (status == OSMFLOW_OK)
    *key = osmflow_bytes_take(&bytes);
  osmflow_bytes_clear(&bytes);
  return status;
}

static enum osmflow_status make_session(const struct osmflow_connection *connection, const struct osmflow_call *call,
                                        char *key, struct osmflow_session **made, struct osmflow_error *error) {
  struct osmflow_session *session = calloc(1, sizeof *session);
  if (!session) {
    free(key);
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a session");
  }
  pthread_mutex_init(&session->saving, NULL);
  pthread_mutex_init(&session->lock, NULL);
  pthread_cond_init(&session->changed, NULL);
  session->key = key;
  osmflow_call_init(&session->call);
  osmflow_connection_init(&session->settings);
  session->settings.environment = connection->environment;
  session->settings.cache_ttl_seconds = connection->cache_ttl_seconds;
  session->settings.max_wait_ms = connection->max_wait_ms;
  session->settings.parallel = connection->parallel;
  enum osmflow_status status = osmflow_call_copy(call, &session->call, error);
  if (status == OSMFLOW_OK && connection->cache_directory) {
    session->settings.cache_directory = strdup(connection->cache_directory);
    if (!session->settings.cache_directory)
      status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a session");
  }
  if (status == OSMFLOW_OK)
    *made = session;
  else
    free_session(session);
  return status;
}

/* How long to wait and how much at a time changes nothing about the answer, so the latest wish counts. */
static void take_patience(struct osmflow_session *session, const struct osmflow_connection *connection) {
  pthread_mutex_lock(&session->lock);
  if (session->state != LOADING) {
    session->settings.max_wait_ms = connection->max_wait_ms;
    session->settings.parallel = connection->parallel;
  }
  pthread_mutex_unlock(&session->lock);
}

enum osmflow_status osmflow_session_acquire(const struct osmflow_connection *connection,
                                            const struct osmflow_call *call, struct osmflow_session **session,
                                            struct osmflow_error *error) {
  char *key = NULL;
  struct osmflow_session *found = NULL;
  enum osmflow_status status = make_key(connection, call, &key, error);
  if (status != OSMFLOW_OK)
    return status;
  pthread_mutex_lock(&table_lock);
  sweep(connection->environment);
  for (found = sessions; found && strcmp(found->key, key) != 0;)
    found = found->next;
  if (found) {
    free(key);
    take_patience(found, connection);
  } else {
    status = make_session(connection, call, key, &found, error);
    if (status == OSMFLOW_OK) {
      found->next = sessions;
      sessions = found;
    }
  }
  if (status == OSMFLOW_OK) {
    if (found->holders == 0)
      found->settings.environment = connection->environment; /* that of the holder before may be gone */
    found->holders++;
    *session = found;
  }
  pthread_mutex_unlock(&table_lock);
  return status;
}

void osmflow_session_release(struct osmflow_session *session) {
  if (session) {
    pthread_mutex_lock(&table_lock);
    session->released_ms = now_ms(session);
    session->holders--;
    sweep(session->settings.environment);
    pthread_mutex_unlock(&table_lock);
  }
}

void osmflow_session_forget_all(void) {
  pthread_mutex_lock(&table_lock);
  for (struct osmflow_session **link = &sessions; *link;) {
    struct osmflow_session *session = *link;
    if (session->holders == 0) {
      *link = session->next;
      free_session(session);
    } else {
      link = &session->next;
    }
  }
  pthread_mutex_unlock(&table_lock);
}

/* Only what was asked for without a token may be kept on disk. */
static bool is_public_and_cached(const struct osmflow_session *session) {
  return session->settings.cache_directory && has_elements(&session->call);
}

static enum osmflow_status make_http(const struct osmflow_session *session,
                                     const struct osmflow_environment *environment, struct osmflow_http **http,
                                     struct osmflow_error *error) {
  const struct osmflow_connection *settings = &session->settings;
  char *token = NULL;
  enum osmflow_status status = OSMFLOW_OK;
  if (!is_public_and_cached(session))
    status = osmflow_credentials_find(environment, "OSMAPI_TOKEN", session->call.root, &token, error);
  if (status == OSMFLOW_OK) {
    const struct osmflow_http_options options = {.root = session->call.root,
                                                 .token = token,
                                                 .token_option = "OSMAPI_TOKEN",
                                                 .login_command = "osmflow login osm",
                                                 .parallel = settings->parallel,
                                                 .max_wait_ms = settings->max_wait_ms,
                                                 .max_wait_option = "OSMAPI_MAX_WAIT",
                                                 .cache_directory = settings->cache_directory,
                                                 .cache_ttl_seconds = settings->cache_ttl_seconds,
                                                 .cache_is_outdated = session->asks_anew,
                                                 .accept_compressed = !osmflow_http_is_loopback(session->call.root)};
    status = osmflow_http_new(environment, &options, http, error);
  }
  osmflow_credentials_wipe(token);
  return status;
}

/* Passes progress on and keeps count of the bytes. */
struct counter {
  struct osmflow_snapshot *snapshot;
  const struct osmflow_fetch_progress *progress; /* may be NULL */
  double done;
};

static bool count_bytes(void *self, double done, int64_t bytes) {
  struct counter *counter = self;
  counter->snapshot->bytes = bytes;
  counter->done = done;
  return !counter->progress || counter->progress->report(counter->progress->self, done, bytes);
}

/* The progress function is asked while nothing arrives, too, so that waiting for a server can be cancelled. */
static bool is_cancelled(void *self) {
  struct counter *counter = self;
  return !count_bytes(counter, counter->done, counter->snapshot->bytes);
}

static enum osmflow_status fetch(const struct osmflow_session *session, struct osmflow_snapshot *snapshot,
                                 const struct osmflow_fetch_progress *progress, struct osmflow_error *error) {
  const enum osmflow_call_answer answer = session->call.call_class->answer;
  struct counter counter = {snapshot, progress, -1};
  const struct osmflow_fetch_progress counted = {&counter, count_bytes};
  struct osmflow_watch watch;
  struct osmflow_http *http = NULL;
  osmflow_watch_init(&watch, session->settings.environment, is_cancelled, &counter);
  enum osmflow_status status =
      session->call.is_file ? OSMFLOW_OK : make_http(session, &watch.environment, &http, error);
  if (status == OSMFLOW_OK) {
    if (answer == OSMFLOW_ANSWER_TABLE || answer == OSMFLOW_ANSWER_TRACKS)
      status = osmflow_table_load(http, &session->call, &snapshot->table, &counted, error);
    else
      status = osmflow_fetch_elements(http, &session->call, &snapshot->store, &counted, error);
  }
  osmflow_http_free(http);
  return status;
}

static enum osmflow_status download(const struct osmflow_session *session,
                                    const struct osmflow_fetch_progress *progress, struct osmflow_snapshot **made,
                                    struct osmflow_error *error) {
  struct osmflow_snapshot *snapshot = NULL;
  enum osmflow_status status =
      osmflow_snapshot_new(session->call.call_class->answer == OSMFLOW_ANSWER_VERSIONS, &snapshot, error);
  if (status == OSMFLOW_OK)
    status = fetch(session, snapshot, progress, error);
  if (status == OSMFLOW_OK)
    *made = snapshot;
  else
    osmflow_snapshot_release(snapshot);
  return status;
}

static bool is_failure_fresh(const struct osmflow_session *session) {
  return session->state == FAILED && now_ms(session) - session->failed_ms < REMEMBER_FAILURE_MS;
}

/* With the session's lock held, which is let go meanwhile. What comes is not the newest any more when somebody asked
 * for newer data on the way. */
static enum osmflow_status load_unlocked(struct osmflow_session *session, const struct osmflow_fetch_progress *progress,
                                         struct osmflow_snapshot **held, struct osmflow_error *error) {
  struct osmflow_snapshot *made = NULL;
  session->state = LOADING;
  session->is_outdated = false;
  pthread_mutex_unlock(&session->lock);
  const enum osmflow_status status = download(session, progress, &made, error);
  pthread_mutex_lock(&session->lock);
  session->state = status == OSMFLOW_OK ? LOADED : FAILED;
  session->failure = *error;
  session->asks_anew = session->is_outdated || (session->asks_anew && status != OSMFLOW_OK);
  /* A cancelled download is the wish of one caller, not a failure for the others. */
  session->failed_ms = now_ms(session) - (status == OSMFLOW_CANCELLED ? REMEMBER_FAILURE_MS : 0);
  if (session->is_outdated)
    session->state = NEW;
  if (made) {
    made->fids = osmflow_fids_hold(session->fids);
    osmflow_snapshot_release(session->snapshot);
    session->snapshot = made;
    *held = osmflow_snapshot_hold(made);
  }
  pthread_cond_broadcast(&session->changed);
  return status;
}

enum osmflow_status osmflow_session_snapshot(struct osmflow_session *session,
                                             const struct osmflow_fetch_progress *progress,
                                             struct osmflow_snapshot **held, struct osmflow_error *error) {
  struct osmflow_error failure = {0};
  enum osmflow_status status = OSMFLOW_OK;
  pthread_mutex_lock(&session->lock);
  while (session->state == LOADING)
    pthread_cond_wait(&session->changed, &session->lock);
  if (session->state == LOADED) {
    *held = osmflow_snapshot_hold(session->snapshot);
  } else if (is_failure_fresh(session)) {
    failure = session->failure;
    status = failure.status;
  } else {
    status = load_unlocked(session, progress, held, &failure);
  }
  pthread_mutex_unlock(&session->lock);
  if (status != OSMFLOW_OK && error)
    *error = failure;
  return status;
}

enum osmflow_status osmflow_session_load(struct osmflow_session *session, const struct osmflow_fetch_progress *progress,
                                         struct osmflow_error *error) {
  struct osmflow_snapshot *held = NULL;
  const enum osmflow_status status = osmflow_session_snapshot(session, progress, &held, error);
  osmflow_snapshot_release(held);
  return status;
}

static enum osmflow_session_state state_of(struct osmflow_session *session) {
  pthread_mutex_lock(&session->lock);
  const enum osmflow_session_state state = session->state;
  pthread_mutex_unlock(&session->lock);
  return state;
}

bool osmflow_session_is_busy(struct osmflow_session *session) {
  return state_of(session) == LOADING;
}

bool osmflow_session_is_loaded(struct osmflow_session *session) {
  return state_of(session) == LOADED;
}

void osmflow_session_refresh(struct osmflow_session *session) {
  struct osmflow_snapshot *old = NULL;
  pthread_mutex_lock(&session->lock);
  if (session->state == LOADING) {
    session->is_outdated = true;
  } else {
    session->state = NEW;
    session->asks_anew = true;
    old = session->snapshot;
    session->snapshot = NULL;
  }
  pthread_mutex_unlock(&session->lock);
  osmflow_snapshot_release(old);
}

int64_t osmflow_session_bytes(struct osmflow_session *session) {
  pthread_mutex_lock(&session->lock);
  const int64_t bytes = session->snapshot ? session->snapshot->bytes : 0;
  pthread_mutex_unlock(&session->lock);
  return bytes;
}

enum osmflow_status osmflow_session_http(struct osmflow_session *session, struct osmflow_http **http,
                                         struct osmflow_error *error) {
  return make_http(session, session->settings.environment, http, error);
}
