#include "source/update_options.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <stdlib.h>

#include "base/number.h"
#include "source/open_option.h"

void osmflow_update_options_init(struct osmflow_update_options *options) {
  *options = (struct osmflow_update_options){.checks_bounds = true};
  osmflow_tag_list_init(&options->changeset_tags);
}

void osmflow_update_options_clear(struct osmflow_update_options *options) {
  free(options->osc);
  free(options->comment);
  free(options->source);
  free(options->report);
  free(options->journal);
  osmflow_tag_list_clear(&options->changeset_tags);
  osmflow_update_options_init(options);
}

static const char *find(const char *const *list, const char *name) {
  const char *value = CSLFetchNameValue((CSLConstList)list, name);
  return value && value[0] ? value : NULL;
}

static enum osmflow_status take_text(const char *const *list, const char *name, char **copied,
                                     struct osmflow_error *error) {
  const char *value = find(list, name);
  *copied = value ? strdup(value) : NULL;
  return value && !*copied ? osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an open option") : OSMFLOW_OK;
}

static enum osmflow_status take_flag(const char *const *list, const char *name, bool *flag,
                                     struct osmflow_error *error) {
  const char *value = find(list, name);
  if (value && !osmflow_open_option_read_flag(value, flag))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%s: it is YES or NO", name, value);
  return OSMFLOW_OK;
}

static enum osmflow_status take_choice(const char *const *list, const char *name, const char *const words[3],
                                       int *choice, struct osmflow_error *error) {
  const char *value = find(list, name);
  for (int i = 0; value && i < 3; i++)
    if (osmflow_text_is_ignoring_case(osmflow_text(value), words[i])) {
      *choice = i;
      return OSMFLOW_OK;
    }
  return value ? osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%s: it is %s, %s or %s", name, value, words[0],
                                   words[1], words[2])
               : OSMFLOW_OK;
}

static enum osmflow_status take_number(const char *const *list, const char *name, int64_t most, int64_t *number,
                                       struct osmflow_error *error) {
  const char *value = find(list, name);
  if (value && !osmflow_parse_int(osmflow_text(value), 1, most, number))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%s is not a whole number between 1 and %lld", name, value,
                             (long long)most);
  return OSMFLOW_OK;
}

static enum osmflow_status take_texts(const char *const *list, struct osmflow_update_options *options,
                                      struct osmflow_error *error) {
  const struct {
    const char *name;
    char **text;
  } texts[] = {{"OSC", &options->osc},
               {"COMMENT", &options->comment},
               {"SOURCE", &options->source},
               {"REPORT", &options->report},
               {"JOURNAL", &options->journal}};
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < sizeof texts / sizeof texts[0]; i++)
    status = take_text(list, texts[i].name, texts[i].text, error);
  const char *tags = find(list, "CHANGESET_TAGS");
  if (status == OSMFLOW_OK && tags) {
    status = osmflow_tag_list_parse(&options->changeset_tags, osmflow_text(tags), error);
    if (status != OSMFLOW_OK)
      osmflow_error_prefix(error, "CHANGESET_TAGS: ");
  }
  return status;
}

enum osmflow_status osmflow_update_options_parse(const char *const *list, struct osmflow_update_options *options,
                                                 struct osmflow_error *error) {
  static const char *const conflicts[3] = {"MERGE", "FAIL", "SKIP"}, *const shared[3] = {"MOVE", "SPLIT", "REFUSE"};
  int conflict = OSMFLOW_CONFLICT_MERGE, sharing = OSMFLOW_SHARED_MOVE;
  enum osmflow_status status = take_texts(list, options, error);
  if (status == OSMFLOW_OK)
    status = take_flag(list, "OVERWRITE", &options->overwrites, error);
  if (status == OSMFLOW_OK)
    status = take_flag(list, "UPLOAD", &options->uploads, error);
  if (status == OSMFLOW_OK)
    status = take_flag(list, "BOUNDS_CHECK", &options->checks_bounds, error);
  if (status == OSMFLOW_OK)
    status = take_flag(list, "UNDELETE", &options->undeletes, error);
  if (status == OSMFLOW_OK)
    status = take_choice(list, "CONFLICT", conflicts, &conflict, error);
  if (status == OSMFLOW_OK)
    status = take_choice(list, "SHARED_NODES", shared, &sharing, error);
  if (status == OSMFLOW_OK)
    status = take_number(list, "CHANGESET", OSMFLOW_MOST_CHANGESETS, &options->changeset, error);
  if (status == OSMFLOW_OK)
    status = take_number(list, "CHUNK", 100000, &options->chunk, error);
  options->conflict = (enum osmflow_conflict_mode)conflict;
  options->shared = (enum osmflow_shared_nodes)sharing;
  return status;
}

/* What cannot be written is better known before the work than after it. */
static enum osmflow_status check_place(const char *name, const char *path, struct osmflow_error *error) {
  VSIStatBufL stat;
  if (!path || strncmp(path, "/vsi", 4) == 0)
    return OSMFLOW_OK;
  if (VSIStatL(path, &stat) == 0)
    return VSI_ISREG(stat.st_mode) ? OSMFLOW_OK
                                   : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%s is no file", name, path);
  return VSIStatL(CPLGetDirname(path), &stat) == 0 && VSI_ISDIR(stat.st_mode)
             ? OSMFLOW_OK
             : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s=%s: there is no folder %s", name, path,
                                 CPLGetDirname(path));
}

enum osmflow_status osmflow_update_options_check(const struct osmflow_update_options *options, const char *name,
                                                 bool is_table, bool is_osc_ours, struct osmflow_error *error) {
  VSIStatBufL stat;
  if (is_table)
    return options->uploads ? OSMFLOW_OK
                            : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                                "%s cannot be edited unless UPLOAD=YES says that edits are sent to the "
                                                "server, each at once",
                                                name);
  if (!options->osc && !options->uploads)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "%s cannot be edited: say where the edits go, OSC=file.osc (an osmChange file, nothing is "
                             "sent) or UPLOAD=YES with COMMENT=... (a changeset on the server)",
                             name);
  if (options->osc && options->uploads)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "OSC=%s and UPLOAD=YES exclude each other: edits go to a file or to the server",
                             options->osc);
  if (options->uploads && !options->comment && !options->changeset)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "UPLOAD=YES needs COMMENT=...: every changeset says what was edited and why");
  if (options->osc && !options->overwrites && !is_osc_ours && VSIStatL(options->osc, &stat) == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "OSC=%s is there already: choose another name, or say OVERWRITE=YES", options->osc);
  enum osmflow_status status = check_place("OSC", options->osc, error);
  return status == OSMFLOW_OK ? check_place("REPORT", options->report, error) : status;
}
