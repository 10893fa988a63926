/* osmflow-sandbox: a local server that behaves like the real ones. Prints its URL when it is ready, runs until SIGTERM,
 * SIGINT or, with --exit-with-stdin, the end of its standard input. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "load.h"
#include "options.h"

/* "name:token:scope+scope,name:token:all" */
static bool add_users(struct sandbox *sandbox, const char *list) {
  struct osmflow_text rest = osmflow_text(list), item;
  while (osmflow_text_next(&rest, ',', &item)) {
    struct osmflow_text name, token, scopes;
    if (!osmflow_text_next(&item, ':', &name) || !osmflow_text_next(&item, ':', &token) ||
        !osmflow_text_next(&item, ':', &scopes) || name.size == 0 || token.size == 0)
      return false;
    int64_t uid = sandbox_place_account(sandbox, 0, sandbox_keep(sandbox, name))->known.uid;
    sandbox_add_token(sandbox, sandbox_keep(sandbox, token), uid, sandbox_scopes_by_names(scopes, '+'),
                      SANDBOX_TOKEN_VALID);
  }
  return true;
}

bool sandbox_start_state(struct sandbox *sandbox, const struct sandbox_settings *settings,
                         struct osmflow_error *error) {
  sandbox->limits = settings->limits;
  if (!settings->users)
    sandbox_add_default_users(sandbox);
  else if (!add_users(sandbox, settings->users)) {
    osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--users: it is name:token:scopes, more of them after commas");
    return false;
  }
  for (size_t i = 0; i < settings->load_count; i++)
    if (sandbox_load(sandbox, settings->loads[i], error) != OSMFLOW_OK)
      return false;
  return true;
}

static void wait_for_end(const sigset_t *ends, bool with_input) {
  if (with_input) {
    /* The signals are taken by default action again: nothing is left to be done but to end. */
    pthread_sigmask(SIG_UNBLOCK, ends, NULL);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
      ;
    return;
  }
  int received;
  sigwait(ends, &received);
}

static bool start(struct sandbox_server *server, const struct sandbox_options *options, struct osmflow_error *error) {
  if (!sandbox_start_state(&server->state, &server->settings, error))
    return false;
  if (options->serve_file && sandbox_read_document(options->serve_file, &server->state.served, error) != OSMFLOW_OK)
    return false;
  if (server->settings.log_path && !(server->log.file = fopen(server->settings.log_path, "w"))) {
    osmflow_error_set(error, OSMFLOW_IO, "cannot write %s", server->settings.log_path);
    return false;
  }
  if (sandbox_listen(server, &server->settings.port))
    return true;
  osmflow_error_set(error, OSMFLOW_NETWORK, "cannot listen on 127.0.0.1:%d", server->settings.port);
  return false;
}

static void clear(struct sandbox_server *server) {
  sandbox_clear(&server->state);
  osmflow_bytes_clear(&server->state.served);
  osmflow_bytes_clear(&server->state.served_gzip);
  osmflow_bytes_clear(&server->log.lines);
  if (server->log.file)
    fclose(server->log.file);
  free(server->faults.items);
  free(server->settings.loads);
}

int main(int count, char **arguments) {
  static struct sandbox_server server;
  struct sandbox_options options = {0};
  struct osmflow_error error;
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before there are threads, so that none of them takes the signal */
  sandbox_init(&server.state);
  server.settings.limits = server.state.limits;
  osmflow_bytes_init(&server.log.lines, (size_t)1 << 30);
  int result = 1;
  if (!sandbox_read_options(&options, &server, count, arguments))
    result = 2;
  else if (!start(&server, &options, &error))
    fprintf(stderr, "osmflow-sandbox: %s\n", error.message);
  else {
    printf("http://127.0.0.1:%d\n", server.settings.port);
    fflush(stdout);
    wait_for_end(&ends, options.exit_with_stdin);
    sandbox_stop();
    result = 0;
  }
  clear(&server);
  return result;
}
