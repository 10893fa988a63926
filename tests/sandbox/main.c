/* osmflow-sandbox: the command line. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/number.h"
#include "server.h"

bool sandbox_start_state(struct sandbox *sandbox, const struct sandbox_settings *settings,
                         struct osmflow_error *error) {
  (void)error;
  sandbox->limits = settings->limits;
  sandbox_add_default_users(sandbox);
  return true;
}

static void wait_for_end(bool with_input) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  char byte;
  if (with_input)
    while (read(STDIN_FILENO, &byte, 1) > 0)
      ;
  else {
    int received;
    sigwait(&ends, &received);
  }
}

int main(void) {
  static struct sandbox_server server;
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGINT);
  pthread_sigmask(SIG_BLOCK, &blocked, NULL);
  sandbox_init(&server.state);
  server.settings.limits = server.state.limits;
  osmflow_bytes_init(&server.log.lines, (size_t)1 << 30);
  struct osmflow_error error;
  if (!sandbox_start_state(&server.state, &server.settings, &error))
    return 1;
  if (!sandbox_listen(&server, &server.settings.port))
    return 1;
  printf("http://127.0.0.1:%d\n", server.settings.port);
  fflush(stdout);
  wait_for_end(false);
  sandbox_stop();
  sandbox_clear(&server.state);
  osmflow_bytes_clear(&server.log.lines);
  return 0;
}
