#include "source/open_option.h"

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

enum { FILE_CEILING = 1 << 20 };

static enum osmflow_status print_escaped(const char *text, struct osmflow_bytes *document,
                                         struct osmflow_error *error) {
  char *escaped = CPLEscapeString(text, -1, CPLES_XML);
  const enum osmflow_status status = osmflow_bytes_add_string(document, escaped, error);
  CPLFree(escaped);
  return status;
}

static enum osmflow_status print_range(const struct osmflow_open_option *option, struct osmflow_bytes *document,
                                       struct osmflow_error *error) {
  const bool has_range = strcmp(option->type, "int") == 0 || strcmp(option->type, "float") == 0;
  return has_range ? osmflow_bytes_print(document, error, " min='%.0f' max='%.0f'", option->least, option->most)
                   : OSMFLOW_OK;
}

static enum osmflow_status print_choices(const struct osmflow_open_option *option, struct osmflow_bytes *document,
                                         struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text(option->choices), part;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && option->choices && osmflow_text_next(&rest, ' ', &part))
    status = osmflow_bytes_print(document, error, "<Value>%.*s</Value>", OSMFLOW_TEXT_ARGUMENTS(part));
  return status;
}

static enum osmflow_status print_option(const struct osmflow_open_option *option, struct osmflow_bytes *document,
                                        struct osmflow_error *error) {
  enum osmflow_status status =
      osmflow_bytes_print(document, error, "<Option name='%s' type='%s'", option->name, option->type);
  if (status == OSMFLOW_OK && option->standard)
    status = osmflow_bytes_print(document, error, " default='%s'", option->standard);
  if (status == OSMFLOW_OK)
    status = print_range(option, document, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(document, " description=\"", error);
  if (status == OSMFLOW_OK)
    status = print_escaped(option->description, document, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(document, "\">", error);
  if (status == OSMFLOW_OK)
    status = print_choices(option, document, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(document, "</Option>", error) : status;
}

enum osmflow_status osmflow_open_options_print(const struct osmflow_open_option *table, size_t count,
                                               struct osmflow_bytes *document, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_bytes_add_string(document, "<OpenOptionList>", error);
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++)
    status = print_option(&table[i], document, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add_string(document, "</OpenOptionList>", error) : status;
}

static const struct osmflow_open_option *find(const struct osmflow_open_options *options, const char *name) {
  const struct osmflow_open_option *found = NULL;
  for (size_t i = 0; !found && i < options->count; i++)
    if (strcmp(options->table[i].name, name) == 0)
      found = &options->table[i];
  return found;
}

const char *osmflow_open_option_text(const struct osmflow_open_options *options, const char *name) {
  const struct osmflow_open_option *option = find(options, name);
  const char *value = CSLFetchNameValue((CSLConstList)options->list, name);
  if (!value && option && option->configuration)
    value = options->environment->option(options->environment->self, option->configuration);
  return value && value[0] ? value : NULL;
}

enum osmflow_status osmflow_open_option_copy(const struct osmflow_open_options *options, const char *name, char **value,
                                             struct osmflow_error *error) {
  const char *text = osmflow_open_option_text(options, name);
  char *copy = text ? strdup(text) : NULL;
  if (text && !copy)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an open option");
  if (copy) {
    free(*value);
    *value = copy;
  }
  return OSMFLOW_OK;
}

bool osmflow_open_option_read_flag(const char *text, bool *value) {
  static const char *const words[2][4] = {{"NO", "FALSE", "OFF", "0"}, {"YES", "TRUE", "ON", "1"}};
  for (size_t is_yes = 0; is_yes < 2; is_yes++)
    for (size_t i = 0; i < 4; i++)
      if (osmflow_text_is_ignoring_case(osmflow_text(text), words[is_yes][i])) {
        *value = is_yes == 1;
        return true;
      }
  return false;
}

enum osmflow_status osmflow_open_option_flag(const struct osmflow_open_options *options, const char *name, bool *value,
                                             struct osmflow_error *error) {
  const char *text = osmflow_open_option_text(options, name);
  if (text && !osmflow_open_option_read_flag(text, value))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%s: it is YES or NO", name, text);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_open_option_choice(const struct osmflow_open_options *options, const char *name,
                                               size_t *value, struct osmflow_error *error) {
  const struct osmflow_open_option *option = find(options, name);
  const char *text = osmflow_open_option_text(options, name);
  struct osmflow_text rest = osmflow_text(option ? option->choices : NULL), part;
  for (size_t i = 0; text && osmflow_text_next(&rest, ' ', &part); i++)
    if (osmflow_text_is_ignoring_case(part, text)) {
      *value = i;
      return OSMFLOW_OK;
    }
  return text ? osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%s: it is one of %s", name, text,
                                  option ? option->choices : "")
              : OSMFLOW_OK;
}

enum osmflow_status osmflow_open_option_number(const struct osmflow_open_options *options, const char *name,
                                               double *value, struct osmflow_error *error) {
  const struct osmflow_open_option *option = find(options, name);
  const char *text = osmflow_open_option_text(options, name);
  double number = 0;
  if (!text || !option)
    return OSMFLOW_OK;
  const bool is_whole = strcmp(option->type, "int") == 0;
  if (!osmflow_parse_real(osmflow_text(text), &number) || number < option->least || number > option->most ||
      (is_whole && number != (double)(int64_t)number))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%s is not a %snumber between %.0f and %.0f", name, text,
                             is_whole ? "whole " : "", option->least, option->most);
  *value = number;
  return OSMFLOW_OK;
}

static enum osmflow_status read_text(VSILFILE *file, struct osmflow_bytes *text, struct osmflow_error *error) {
  char piece[4096];
  enum osmflow_status status = OSMFLOW_OK;
  size_t size = 0;
  while (status == OSMFLOW_OK && (size = VSIFReadL(piece, 1, sizeof piece, file)) > 0)
    status = osmflow_bytes_add(text, piece, size, error);
  if (status == OSMFLOW_OK && text->data && strlen(text->data) < text->size)
    status = osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "it is no text file");
  return status;
}

enum osmflow_status osmflow_open_option_file(const char *name, const char *path, char **text,
                                             struct osmflow_error *error) {
  struct osmflow_bytes bytes;
  VSILFILE *file = VSIFOpenL(path, "rb");
  if (!file)
    return osmflow_error_set(error, OSMFLOW_IO, "%s=%s cannot be opened", name, path);
  osmflow_bytes_init(&bytes, FILE_CEILING);
  enum osmflow_status status = read_text(file, &bytes, error);
  VSIFCloseL(file);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add(&bytes, "", 0, error);
  if (status == OSMFLOW_OK) {
    *text = bytes.data ? osmflow_bytes_take(&bytes) : strdup("");
    if (!*text)
      status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a file");
  }
  osmflow_bytes_clear(&bytes);
  if (status != OSMFLOW_OK)
    osmflow_error_prefix(error, "%s=%s: ", name, path);
  return status;
}
