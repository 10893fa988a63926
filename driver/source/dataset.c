#include "source/dataset.h"

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <ogr_srs_api.h>
#include <stdlib.h>
#include <string.h>

#include "osm/table.h"

enum { MOST_LAYERS = OSMFLOW_LAYER_KINDS + OSMFLOW_RAW_LAYERS + 1000 };

struct osmflow_dataset {
  struct osmflow_connection connection;
  struct osmflow_session *session;
  struct osmflow_rules *rules; /* NULL: no layer needs any */
  struct osmflow_layer *layers[MOST_LAYERS];
  size_t layer_count;
  struct osmflow_editor *editor; /* NULL: elements are read only */
  bool is_editable;
};

static enum osmflow_status add_element_layers(struct osmflow_dataset *dataset, OGRSpatialReferenceH srs,
                                              struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (dataset->connection.shows_five_layers)
    status = osmflow_connection_rules(&dataset->connection, &dataset->rules, error);
  for (size_t kind = 0; dataset->rules && status == OSMFLOW_OK && kind < OSMFLOW_LAYER_KINDS; kind++) {
    status =
        osmflow_element_layer_new(&dataset->connection, dataset->session, dataset->rules, (enum osmflow_layer_kind)kind,
                                  srs, &dataset->layers[dataset->layer_count], error);
    dataset->layer_count += status == OSMFLOW_OK;
  }
  for (size_t raw = 0; status == OSMFLOW_OK && raw < OSMFLOW_RAW_LAYERS; raw++)
    if (dataset->connection.shows_raw[raw]) {
      status = osmflow_raw_layer_new(&dataset->connection, dataset->session, (enum osmflow_raw_layer)raw, srs,
                                     &dataset->layers[dataset->layer_count], error);
      dataset->layer_count += status == OSMFLOW_OK;
    }
  return status;
}

static enum osmflow_status add_layers(struct osmflow_dataset *dataset, struct osmflow_error *error) {
  const struct osmflow_call_class *call_class = dataset->connection.call.call_class;
  OGRSpatialReferenceH srs = osmflow_feature_srs_new();
  enum osmflow_status status = OSMFLOW_OK;
  if (call_class->answer == OSMFLOW_ANSWER_TABLE || call_class->answer == OSMFLOW_ANSWER_TRACKS) {
    const size_t count = osmflow_table_schema_count(call_class);
    for (size_t i = 0; status == OSMFLOW_OK && i < count && i < MOST_LAYERS; i++) {
      status = osmflow_table_layer_new(&dataset->connection, dataset->session, i, srs, &dataset->layers[i], error);
      dataset->layer_count += status == OSMFLOW_OK;
    }
  } else {
    status = add_element_layers(dataset, srs, error);
  }
  OSRRelease(srs);
  return status;
}

/* Unlike a server, a file can be looked for at once, and programs expect to hear of a missing one when opening. What
 * GDAL's virtual file systems would have to fetch is left for the first read. */
static enum osmflow_status check_file(const struct osmflow_call *call, struct osmflow_error *error) {
  VSIStatBufL stat;
  const bool is_virtual = call->is_file && strncmp(call->file, "/vsi", 4) == 0;
  if (call->is_file && !is_virtual && VSIStatL(call->file, &stat) != 0)
    return osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no file %s", call->file);
  return OSMFLOW_OK;
}

static bool has_elements(const struct osmflow_connection *connection) {
  return connection->shows_five_layers || connection->call.call_class->answer == OSMFLOW_ANSWER_ELEMENTS;
}

/* A new file is begun anew also where the one before it was ours. */
static bool is_osc_ours(const struct osmflow_dataset *dataset) {
  const struct osmflow_connection *connection = &dataset->connection;
  return connection->update.osc && !connection->is_new_file &&
         osmflow_session_is_osc_as_written(dataset->session, connection->update.osc);
}

/* Elements are edited by drafts; rows of tables each by calls of their own. */
static enum osmflow_status make_editable(struct osmflow_dataset *dataset, const char *name,
                                         struct osmflow_error *error) {
  const struct osmflow_connection *connection = &dataset->connection;
  const bool by_drafts = has_elements(connection);
  enum osmflow_status status = OSMFLOW_OK;
  if (!by_drafts && !osmflow_table_is_editable(connection->call.call_class))
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "%s can be read, but nothing in it can be edited", name);
  if (by_drafts && connection->update.uploads && connection->call.is_file)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                             "%s is a file: its edits go to a file, too (OSC=file.osc); 'osmflow changeset apply' "
                             "uploads that one",
                             name);
  status = osmflow_update_options_check(&connection->update, name, !by_drafts, is_osc_ours(dataset), error);
  if (status == OSMFLOW_OK && by_drafts)
    status = osmflow_editor_new(connection, dataset->session, dataset->rules, name, &dataset->editor, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < dataset->layer_count; i++) {
    dataset->layers[i]->editor = dataset->editor;
    dataset->layers[i]->is_editable = true;
  }
  dataset->is_editable = status == OSMFLOW_OK;
  return status;
}

static enum osmflow_status open_dataset(const struct osmflow_environment *environment, const char *connection,
                                        const char *const *options, bool for_update, bool is_new_file,
                                        struct osmflow_dataset **dataset, struct osmflow_error *error) {
  struct osmflow_dataset *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a dataset");
  osmflow_connection_init(&made->connection);
  enum osmflow_status status = osmflow_connection_parse(environment, connection, options, &made->connection, error);
  made->connection.is_new_file = is_new_file;
  if (status == OSMFLOW_OK)
    status = check_file(&made->connection.call, error);
  if (status == OSMFLOW_OK)
    status = osmflow_session_acquire(&made->connection, &made->connection.call, &made->session, error);
  if (status == OSMFLOW_OK)
    status = add_layers(made, error);
  if (status == OSMFLOW_OK && for_update)
    status = make_editable(made, connection, error);
  if (status == OSMFLOW_OK)
    *dataset = made;
  else
    osmflow_dataset_close(made);
  return status;
}

enum osmflow_status osmflow_dataset_open(const struct osmflow_environment *environment, const char *connection,
                                         const char *const *options, bool for_update, struct osmflow_dataset **dataset,
                                         struct osmflow_error *error) {
  return open_dataset(environment, connection, options, for_update, false, dataset, error);
}

/* The options of an open dataset, with the file as OSC. The session begins empty, whatever the file held. */
enum osmflow_status osmflow_dataset_create(const struct osmflow_environment *environment, const char *path,
                                           const char *const *options, struct osmflow_dataset **dataset,
                                           struct osmflow_error *error) {
  /* Nothing is read from it: the name stands for "no elements to begin with". */
  static const char new_file[] = "OSMAPI:/vsimem/new.osm";
  char **list = CSLSetNameValue(CSLDuplicate((CSLConstList)options), "OSC", path);
  struct osmflow_snapshot *empty = NULL;
  enum osmflow_status status =
      open_dataset(environment, new_file, (const char *const *)list, true, true, dataset, error);
  if (status == OSMFLOW_OK)
    status = osmflow_snapshot_new(false, &empty, error);
  if (status == OSMFLOW_OK) {
    osmflow_session_restart((*dataset)->session, empty);
    status = osmflow_editor_write_file(&(*dataset)->connection, (*dataset)->session, error);
  }
  osmflow_snapshot_release(empty);
  CSLDestroy(list);
  if (status != OSMFLOW_OK && *dataset) {
    osmflow_dataset_close(*dataset);
    *dataset = NULL;
  }
  return status;
}

struct osmflow_editor *osmflow_dataset_editor(struct osmflow_dataset *dataset) {
  return dataset->editor;
}

bool osmflow_dataset_is_editable(const struct osmflow_dataset *dataset) {
  return dataset->is_editable;
}

static enum osmflow_status refuse(struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "the dataset is not open for edits");
}

static enum osmflow_status refuse_transaction(struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                           "each edit of these rows is sent at once and stays: there are no transactions to take back");
}

enum osmflow_status osmflow_dataset_start(struct osmflow_dataset *dataset, struct osmflow_error *error) {
  if (!dataset->is_editable)
    return refuse(error);
  return dataset->editor ? osmflow_editor_start(dataset->editor, error) : refuse_transaction(error);
}

enum osmflow_status osmflow_dataset_commit(struct osmflow_dataset *dataset, struct osmflow_error *error) {
  if (!dataset->is_editable)
    return refuse(error);
  return dataset->editor ? osmflow_editor_commit(dataset->editor, error) : OSMFLOW_OK;
}

enum osmflow_status osmflow_dataset_rollback(struct osmflow_dataset *dataset, struct osmflow_error *error) {
  if (!dataset->is_editable)
    return refuse(error);
  return dataset->editor ? osmflow_editor_rollback(dataset->editor, error) : refuse_transaction(error);
}

enum osmflow_status osmflow_dataset_save(struct osmflow_dataset *dataset, struct osmflow_error *error) {
  return dataset->editor ? osmflow_editor_save(dataset->editor, error) : OSMFLOW_OK;
}

enum osmflow_status osmflow_dataset_drop(struct osmflow_dataset *dataset, struct osmflow_error *error) {
  if (!dataset->editor)
    return refuse(error);
  osmflow_editor_drop(dataset->editor);
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_dataset_changes(struct osmflow_dataset *dataset, struct osmflow_bytes *document,
                                            struct osmflow_error *error) {
  return dataset->editor ? osmflow_editor_changes(dataset->editor, document, error) : refuse(error);
}

enum osmflow_status osmflow_dataset_close_changeset(struct osmflow_dataset *dataset, struct osmflow_error *error) {
  return dataset->editor ? osmflow_editor_close_changeset(dataset->editor, error) : refuse(error);
}

int64_t osmflow_dataset_changeset(const struct osmflow_dataset *dataset) {
  return dataset->editor ? osmflow_editor_changeset(dataset->editor) : 0;
}

enum osmflow_status osmflow_dataset_add_layer(struct osmflow_dataset *dataset, const char *name,
                                              OGRwkbGeometryType type, OGRSpatialReferenceH srs, size_t *index,
                                              struct osmflow_error *error) {
  struct osmflow_layer *layer = NULL;
  for (*index = 0; *index < dataset->layer_count; *index += 1)
    if (strcmp(OGR_FD_GetName(dataset->layers[*index]->definition), name) == 0)
      return OSMFLOW_OK;
  if (!dataset->editor)
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "no layer can be added to it: it is not open for edits");
  if (dataset->layer_count == MOST_LAYERS)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "there are %d layers already", MOST_LAYERS);
  const enum osmflow_status status =
      osmflow_new_layer_new(&dataset->connection, dataset->session, name, type, srs, &layer, error);
  if (status == OSMFLOW_OK) {
    layer->editor = dataset->editor;
    layer->is_editable = true;
    dataset->layers[dataset->layer_count++] = layer;
  }
  return status;
}

void osmflow_dataset_close(struct osmflow_dataset *dataset) {
  if (dataset) {
    osmflow_editor_free(dataset->editor);
    for (size_t i = 0; i < dataset->layer_count; i++)
      osmflow_layer_free(dataset->layers[i]);
    osmflow_rules_free(dataset->rules);
    osmflow_session_release(dataset->session);
    osmflow_connection_clear(&dataset->connection);
    free(dataset);
  }
}

size_t osmflow_dataset_layer_count(const struct osmflow_dataset *dataset) {
  return dataset->layer_count;
}

struct osmflow_layer *osmflow_dataset_layer(const struct osmflow_dataset *dataset, size_t index) {
  return index < dataset->layer_count ? dataset->layers[index] : NULL;
}

enum osmflow_status osmflow_dataset_load(struct osmflow_dataset *dataset, const struct osmflow_fetch_progress *progress,
                                         struct osmflow_error *error) {
  return osmflow_session_load(dataset->session, progress, error);
}

enum osmflow_status osmflow_dataset_refresh(struct osmflow_dataset *dataset, struct osmflow_error *error) {
  if (dataset->connection.update.osc && osmflow_session_is_osc_ours(dataset->session))
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                             "edits are in %s, which stands on what was downloaded; close the dataset to begin anew",
                             dataset->connection.update.osc);
  if (dataset->editor && osmflow_editor_has_edits(dataset->editor))
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED,
                             "there are edits that are not saved: UPLOAD or ROLLBACK first");
  osmflow_session_refresh(dataset->session);
  for (size_t i = 0; i < dataset->layer_count; i++) {
    osmflow_session_refresh(dataset->layers[i]->session);
    osmflow_layer_forget(dataset->layers[i]);
  }
  return osmflow_session_load(dataset->session, NULL, error);
}

int64_t osmflow_dataset_bytes_read(const struct osmflow_dataset *dataset) {
  return osmflow_session_bytes(dataset->session);
}

const char *osmflow_dataset_config_path(const struct osmflow_dataset *dataset) {
  return dataset->connection.config_file ? dataset->connection.config_file : "(built-in)";
}
