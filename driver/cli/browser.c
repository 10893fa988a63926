#include "cli/browser.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* A process group of its own, so that Ctrl-C here does not end the browser; and it has no say in our output. */
static bool start(char *program, char *url) {
  char *const arguments[] = {program, url, NULL};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t usual;
  pid_t child = 0;
  bool good = false;
  sigemptyset(&usual);
  sigaddset(&usual, SIGINT);
  sigaddset(&usual, SIGTERM);
  if (posix_spawn_file_actions_init(&actions) != 0)
    return false;
  if (posix_spawnattr_init(&attributes) == 0) {
    good = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
           posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
           posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
           posix_spawnattr_setsigdefault(&attributes, &usual) == 0 && posix_spawnattr_setpgroup(&attributes, 0) == 0 &&
           posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF) == 0 &&
           posix_spawnp(&child, program, &actions, &attributes, arguments, environ) == 0;
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return good;
}

static bool is_set(const struct osmflow_environment *environment, const char *name) {
  const char *value = environment->option(environment->self, name);
  return value && *value;
}

/* $BROWSER may be a list separated by colons. */
static char *choose(const struct osmflow_environment *environment) {
  if (is_set(environment, "BROWSER")) {
    const char *list = environment->option(environment->self, "BROWSER");
    return strndup(list, strcspn(list, ":"));
  }
#ifdef __APPLE__
  return strdup("open");
#else
  /* Without a desktop xdg-open would start a browser for terminals, in the background. */
  return is_set(environment, "DISPLAY") || is_set(environment, "WAYLAND_DISPLAY") ? strdup("xdg-open") : NULL;
#endif
}

bool osmflow_browser_open(const struct osmflow_environment *environment, const char *url) {
  char *program = choose(environment);
  char *copy = strdup(url);
  const bool good = program && copy && start(program, copy);
  free(program);
  free(copy);
  return good;
}
