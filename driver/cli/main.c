/* The program osmflow: finds the command in the table, runs it, turns its end into an exit code. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/watch.h"
#include "cli/command.h"
#include "osm/suggest.h"

const struct osmflow_command *const osmflow_commands[] = {&osmflow_command_api,
                                                          &osmflow_command_changeset,
                                                          &osmflow_command_element,
                                                          &osmflow_command_note,
                                                          &osmflow_command_gpx,
                                                          &osmflow_command_prefs,
                                                          &osmflow_command_process,
                                                          &osmflow_command_upload,
                                                          &osmflow_command_mapflow,
                                                          &osmflow_command_conflate,
                                                          &osmflow_command_export,
                                                          &osmflow_command_login,
                                                          &osmflow_command_resume,
                                                          &osmflow_command_cache,
                                                          &osmflow_command_help,
                                                          &osmflow_command_version,
                                                          NULL};

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

/* "create" of "note create". */
static const char *last_word(const char *name) {
  const char *blank = strrchr(name, ' ');
  return blank ? blank + 1 : name;
}

static enum osmflow_status find(const struct osmflow_command *const *commands, const char *above, const char *name,
                                const struct osmflow_command **command, struct osmflow_error *error) {
  enum { FARTHEST = 2 };
  struct osmflow_suggestions near = {.count = 0};
  char list[OSMFLOW_SUGGESTION_LIST_SIZE];
  *command = NULL;
  for (; !*command && *commands; commands++) {
    if (strcmp(name, last_word((*commands)->name)) == 0)
      *command = *commands;
    osmflow_suggestions_offer_words(&near, last_word((*commands)->name), osmflow_text(name), FARTHEST);
  }
  osmflow_suggestions_format(&near, list);
  return *command ? OSMFLOW_OK
                  : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "there is no command \"%s%s%.60s\"%s%s%s", above,
                                      *above ? " " : "", name, near.count > 0 ? "; did you mean " : "", list,
                                      near.count > 0 ? "?" : "");
}

enum osmflow_status osmflow_command_find(const char *name, const struct osmflow_command **command,
                                         struct osmflow_error *error) {
  return find(osmflow_commands, "", name, command, error);
}

enum osmflow_status osmflow_command_find_below(const struct osmflow_command *parent, const char *name,
                                               const struct osmflow_command **command, struct osmflow_error *error) {
  enum { LIST_CEILING = 1000 };
  struct osmflow_bytes list;
  if (name && *name != '-')
    return find(parent->subcommands, parent->name, name, command, error);
  osmflow_bytes_init(&list, LIST_CEILING);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && parent->subcommands[i]; i++)
    status = osmflow_bytes_print(&list, error, "%s%s", i > 0 ? ", " : "", last_word(parent->subcommands[i]->name));
  if (status == OSMFLOW_OK)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "behind %s comes one of these words: %s", parent->name,
                               osmflow_bytes_string(&list));
  osmflow_bytes_clear(&list);
  *command = NULL;
  return status;
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
  const struct osmflow_command *below = NULL;
  const bool is_group = (*command)->subcommands != NULL;
  const int used = is_group ? 3 : 2;
  if (is_group)
    status = osmflow_command_find_below(*command, count > 2 ? pieces[2] : NULL, &below, error);
  if (asks_for_help(count, pieces) && (below || !is_group || count == used))
    return osmflow_help_print(below ? below : *command, error);
  *command = below ? below : *command;
  if (status != OSMFLOW_OK)
    return status;
  status = osmflow_arguments_read(*command, count > used ? count - used : 0, (const char *const *)pieces + used,
                                  &arguments, error);
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
