/* The program osmflow: finds the command in the table, runs it, turns its end into an exit code. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/watch.h"
#include "cli/command.h"
#include "osm/suggest.h"

const struct osmflow_command *const osmflow_commands[] = {&osmflow_command_api,     &osmflow_command_login,
                                                          &osmflow_command_cache,   &osmflow_command_help,
                                                          &osmflow_command_version, NULL};

static volatile sig_atomic_t stop_wanted;

/* SA_RESETHAND: whoever asks a second time is not asked to be patient. */
static void want_stop(int number) {
  (void)number;
  stop_wanted = 1;
}

static bool is_stop_wanted(void *self) {
  (void)self;
  return stop_wanted != 0;
}

static void listen_to_signals(void) {
  static const int signals[] = {SIGINT, SIGTERM};
  struct sigaction action = {.sa_handler = want_stop};
  action.sa_flags = (int)SA_RESETHAND;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    sigaction(signals[i], &action, NULL);
}

enum osmflow_status osmflow_command_find(const char *name, const struct osmflow_command **command,
                                         struct osmflow_error *error) {
  enum { FARTHEST = 2 };
  struct osmflow_suggestions near = {.count = 0};
  char list[OSMFLOW_SUGGESTION_LIST_SIZE];
  *command = NULL;
  for (size_t i = 0; !*command && osmflow_commands[i]; i++) {
    if (strcmp(name, osmflow_commands[i]->name) == 0)
      *command = osmflow_commands[i];
    osmflow_suggestions_offer_words(&near, osmflow_commands[i]->name, osmflow_text(name), FARTHEST);
  }
  osmflow_suggestions_format(&near, list);
  return *command ? OSMFLOW_OK
                  : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "there is no command \"%.60s\"%s%s%s", name,
                                      near.count > 0 ? "; did you mean " : "", list, near.count > 0 ? "?" : "");
}

/* "osmflow --version" and "osmflow COMMAND --help" are what people try first. */
static const char *command_name(int count, char **pieces) {
  static const struct {
    const char *spelling, *name;
  } others[] = {{"--help", "help"}, {"-h", "help"}, {"--version", "version"}, {"-V", "version"}};
  const char *name = count > 1 ? pieces[1] : "help";
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    if (strcmp(name, others[i].spelling) == 0)
      name = others[i].name;
  return name;
}

static bool asks_for_help(int count, char **pieces) {
  bool asks = false;
  for (int i = 2; i < count && strcmp(pieces[i], "--") != 0; i++)
    asks = asks || strcmp(pieces[i], "--help") == 0 || strcmp(pieces[i], "-h") == 0;
  return asks;
}

static enum osmflow_status run(int count, char **pieces, const struct osmflow_environment *environment,
                               const struct osmflow_command **command, struct osmflow_error *error) {
  struct osmflow_arguments arguments;
  enum osmflow_status status = osmflow_command_find(command_name(count, pieces), command, error);
  if (!*command)
    return status;
  if (asks_for_help(count, pieces))
    return osmflow_help_print(*command, error);
  status =
      osmflow_arguments_read(*command, count > 2 ? count - 2 : 0, (const char *const *)pieces + 2, &arguments, error);
  return status == OSMFLOW_OK ? (*command)->run(environment, &arguments, error) : status;
}

int main(int count, char **pieces) {
  const struct osmflow_command *command = NULL;
  struct osmflow_error error = {.status = OSMFLOW_OK};
  struct osmflow_watch watch;
  listen_to_signals();
  osmflow_watch_init(&watch, osmflow_environment_system(), is_stop_wanted, NULL);
  enum osmflow_status status = run(count, pieces, &watch.environment, &command, &error);
  if (fflush(stdout) != 0 && status == OSMFLOW_OK)
    status = osmflow_error_set(&error, OSMFLOW_IO, "standard output does not take any more");
  if (status == OSMFLOW_OK)
    return OSMFLOW_EXIT_FINE;
  fprintf(stderr, "osmflow%s%s: %s\n", command ? " " : "", command ? command->name : "", error.message);
  if (status != OSMFLOW_BAD_ARGUMENT)
    return OSMFLOW_EXIT_FAILED;
  fprintf(stderr, "See: osmflow help%s%s\n", command ? " " : "", command ? command->name : "");
  return OSMFLOW_EXIT_USAGE;
}
