/* `osmflow help`: everything it says comes from the tables that the command lines are read with. */
#include <stdarg.h>
#include <stdio.h>

#include "cli/command.h"

enum osmflow_status osmflow_say(struct osmflow_error *error, const char *format, ...) {
  va_list values;
  va_start(values, format);
  const int written = vprintf(format, values);
  va_end(values);
  return written >= 0 ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_IO, "standard output does not take any more");
}

static enum osmflow_status print_program(struct osmflow_error *error) {
  enum osmflow_status status =
      osmflow_say(error,
                  "osmflow: OpenStreetMap and Mapflow from the command line, beside the GDAL drivers\n\n"
                  "usage: osmflow COMMAND [words and options]\n\n");
  for (size_t i = 0; status == OSMFLOW_OK && osmflow_commands[i]; i++)
    status = osmflow_say(error, "  %-9s %s\n", osmflow_commands[i]->name, osmflow_commands[i]->summary);
  if (status == OSMFLOW_OK)
    status = osmflow_say(error,
                         "\nosmflow help COMMAND says more.\n\n"
                         "Environment, as the driver's configuration options are called:\n"
                         "  OSMAPI_URL        the server's root instead of https://api.openstreetmap.org\n"
                         "  OSMAPI_TOKEN      a token, instead of the one that `osmflow login osm` keeps\n"
                         "  OSMAPI_CLIENT_ID  the OAuth application that `osmflow login osm` is\n"
                         "  OSMAPI_MAX_WAIT   seconds to wait at most for a server that asks for patience (300)\n"
                         "  OSMAPI_CACHE      the folder that `osmflow cache` looks into\n"
                         "  OSMAPI_JOURNAL    the folder that `osmflow resume` looks into\n"
                         "  MAPFLOW_URL       the server's root instead of https://api.mapflow.ai/rest\n"
                         "  MAPFLOW_TOKEN     a token, instead of the one that `osmflow login mapflow` keeps\n"
                         "  MAPFLOW_MAX_WAIT  as OSMAPI_MAX_WAIT\n"
                         "  MAPFLOW_SETTLE    seconds in which is looked for what was sent and not answered\n"
                         "                    (uploads 60, processings 15, other changes 10)\n"
                         "  OSMFLOW_DEBUG     YES: a line on standard error for each request\n"
                         "  GDAL_HTTP_PROXY, GDAL_HTTP_TIMEOUT, CURL_CA_BUNDLE and so on, as in GDAL\n\n"
                         "Exit codes: %d fine, %d failed, %d wrong usage.\n",
                         OSMFLOW_EXIT_FINE, OSMFLOW_EXIT_FAILED, OSMFLOW_EXIT_USAGE);
  return status;
}

static enum osmflow_status print_option(const struct osmflow_option *option, struct osmflow_error *error) {
  char left[48], letter[6] = "";
  if (option->letter)
    snprintf(letter, sizeof letter, "-%c, ", option->letter);
  snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name, option->value ? " " : "",
           option->value ? option->value : "");
  return osmflow_say(error, "  %-22s %s\n", left, option->text);
}

static enum osmflow_status print_group(const struct osmflow_command *command, struct osmflow_error *error) {
  enum osmflow_status status =
      osmflow_say(error, "usage: osmflow %s WORD ...\n\n%s\n\n", command->name, command->summary);
  for (size_t i = 0; status == OSMFLOW_OK && command->subcommands[i]; i++) {
    const struct osmflow_command *below = command->subcommands[i];
    status = osmflow_say(error, "  osmflow %s %s\n      %s\n", below->name, below->words, below->summary);
  }
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "\nosmflow help %s WORD says more.\n", command->name);
  if (status == OSMFLOW_OK && command->details)
    status = osmflow_say(error, "\n%s", command->details);
  return status;
}

static enum osmflow_status print_command(const struct osmflow_command *command, struct osmflow_error *error) {
  if (command->subcommands)
    return print_group(command, error);
  enum osmflow_status status =
      osmflow_say(error, "usage: osmflow %s%s%s%s\n\n%s\n", command->name, *command->words ? " " : "", command->words,
                  command->options ? " [options]" : "", command->summary);
  if (status == OSMFLOW_OK && command->options)
    status = osmflow_say(error, "\n");
  for (const struct osmflow_option *option = command->options; status == OSMFLOW_OK && option && option->name; option++)
    status = print_option(option, error);
  if (status == OSMFLOW_OK && command->details)
    status = osmflow_say(error, "\n%s", command->details);
  return status;
}

enum osmflow_status osmflow_help_print(const struct osmflow_command *command, struct osmflow_error *error) {
  return command ? print_command(command, error) : print_program(error);
}

static enum osmflow_status run_help(const struct osmflow_environment *environment,
                                    const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  const struct osmflow_command *command = NULL;
  enum osmflow_status status = OSMFLOW_OK;
  (void)environment;
  if (arguments->words[0])
    status = osmflow_command_find(arguments->words[0], &command, error);
  if (status == OSMFLOW_OK && command && arguments->words[1]) {
    const struct osmflow_command *parent = command;
    status = parent->subcommands
                 ? osmflow_command_find_below(parent, arguments->words[1], &command, error)
                 : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                     "there is a word too many: %s has no commands below it", parent->name);
  }
  return status == OSMFLOW_OK ? osmflow_help_print(command, error) : status;
}

const struct osmflow_command osmflow_command_help = {
    .name = "help",
    .summary = "Says what the commands are, or what one of them takes.",
    .words = "[COMMAND [WORD]]",
    .most_words = 2,
    .run = run_help,
};
