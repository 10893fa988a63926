/* Command lines, read by the command's table: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, -i; words and options in
 * any order; "--" ends the options. What begins like a negative number is a word. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "osm/suggest.h"

struct reading {
  const struct osmflow_command *command;
  int count, place; /* place: the piece that is looked at */
  const char *const *pieces;
  struct osmflow_arguments *arguments;
};

static bool may_be_repeated(const struct osmflow_option *option) {
  const struct osmflow_text value = osmflow_text(option->value);
  return value.size > 3 && strcmp(value.data + value.size - 3, "...") == 0;
}

static enum osmflow_status add_repeat(struct osmflow_arguments *arguments, size_t option, const char *name,
                                      const char *value, struct osmflow_error *error) {
  if (arguments->repeat_count == OSMFLOW_MOST_REPEATS)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--%s is given more than %d times", name,
                             OSMFLOW_MOST_REPEATS);
  arguments->repeats[arguments->repeat_count++] = (struct osmflow_repeat){option, value};
  return OSMFLOW_OK;
}

static enum osmflow_status refuse_unknown(const struct osmflow_command *command, struct osmflow_text name,
                                          struct osmflow_error *error) {
  enum { FARTHEST = 2 };
  struct osmflow_suggestions near = {.count = 0};
  char list[OSMFLOW_SUGGESTION_LIST_SIZE], spelling[64];
  for (const struct osmflow_option *option = command->options; option && option->name; option++) {
    const size_t distance = osmflow_text_distance(name, osmflow_text(option->name));
    if (distance <= FARTHEST) {
      snprintf(spelling, sizeof spelling, "--%s", option->name);
      osmflow_suggestions_offer(&near, osmflow_text(spelling), distance);
    }
  }
  osmflow_suggestions_format(&near, list);
  return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "there is no option \"%s%.*s\"%s%s%s",
                           name.size > 1 ? "--" : "-", name.size > 60 ? 60 : (int)name.size, name.data,
                           near.count > 0 ? "; did you mean " : "", list, near.count > 0 ? "?" : "");
}

/* `value`: what stands behind the name in the same piece; NULL: nothing. */
static enum osmflow_status take_option(struct reading *reading, const struct osmflow_option *option, const char *value,
                                       struct osmflow_error *error) {
  const size_t place = (size_t)(option - reading->command->options);
  const char **slot = &reading->arguments->options[place];
  if (*slot && !may_be_repeated(option))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--%s is given twice", option->name);
  if (!option->value && value)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--%s takes no value", option->name);
  if (option->value && !value && reading->place + 1 >= reading->count)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "--%s needs a value: --%s %s", option->name, option->name,
                             option->value);
  if (option->value && !value)
    value = reading->pieces[++reading->place];
  *slot = value ? value : "";
  return may_be_repeated(option) ? add_repeat(reading->arguments, place, option->name, value, error) : OSMFLOW_OK;
}

static enum osmflow_status take_long(struct reading *reading, const char *piece, struct osmflow_error *error) {
  const char *equals = strchr(piece, '=');
  const struct osmflow_text name = {piece, equals ? (size_t)(equals - piece) : strlen(piece)};
  for (const struct osmflow_option *option = reading->command->options; option && option->name; option++)
    if (osmflow_text_is(name, option->name))
      return take_option(reading, option, equals ? equals + 1 : NULL, error);
  return refuse_unknown(reading->command, name, error);
}

/* "-i", "-o FILE", "-oFILE"; letters are not put together. */
static enum osmflow_status take_short(struct reading *reading, const char *piece, struct osmflow_error *error) {
  for (const struct osmflow_option *option = reading->command->options; option && option->name; option++)
    if (option->letter == piece[0])
      return take_option(reading, option, piece[1] ? piece + 1 : NULL, error);
  return refuse_unknown(reading->command, (struct osmflow_text){piece, 1}, error);
}

/* The word is not repeated in the error: it may be a token in the wrong place. */
static enum osmflow_status take_word(struct reading *reading, const char *piece, struct osmflow_error *error) {
  struct osmflow_arguments *arguments = reading->arguments;
  if (arguments->word_count >= reading->command->most_words || arguments->word_count >= OSMFLOW_MOST_FILES)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "there is a word too many: osmflow %s %s",
                             reading->command->name, reading->command->words);
  arguments->words[arguments->word_count++] = piece;
  return OSMFLOW_OK;
}

static bool is_number(const char *piece) {
  const char *digit = piece[1] == '.' ? piece + 2 : piece + 1;
  return *digit >= '0' && *digit <= '9';
}

enum osmflow_status osmflow_arguments_read(const struct osmflow_command *command, int count, const char *const *pieces,
                                           struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct reading reading = {command, count, 0, pieces, arguments};
  enum osmflow_status status = OSMFLOW_OK;
  bool options_ended = false;
  *arguments = (struct osmflow_arguments){.options = {NULL}};
  for (; status == OSMFLOW_OK && reading.place < count; reading.place++) {
    const char *piece = pieces[reading.place];
    if (options_ended || piece[0] != '-' || piece[1] == '\0' || is_number(piece))
      status = take_word(&reading, piece, error);
    else if (strcmp(piece, "--") == 0)
      options_ended = true;
    else if (piece[1] == '-')
      status = take_long(&reading, piece + 2, error);
    else
      status = take_short(&reading, piece + 1, error);
  }
  if (status == OSMFLOW_OK && arguments->word_count < command->least_words)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "something is missing: osmflow %s %s", command->name,
                               command->words);
  return status;
}
