#include "source/mapflow_dataset.h"

#include <ogr_srs_api.h>
#include <stdio.h>
#include <stdlib.h>

#include "mapflow/result.h"
#include "source/mapflow_layers.h"

struct dataset {
  struct osmflow_stream_dataset base;
  struct osmflow_mapflow_connection connection;
};

/* Without a geometry, or with one of several kinds, a feature stands among the areas: most results are areas. */
static const struct {
  const char *suffix;
  unsigned kinds;
} parts[] = {
    {"points", OSMFLOW_RESULT_POINTS},
    {"lines", OSMFLOW_RESULT_LINES},
    {"areas", OSMFLOW_RESULT_AREAS | OSMFLOW_RESULT_NULL | OSMFLOW_RESULT_OTHER},
};

static enum osmflow_status add_result_layers(struct dataset *dataset, OGRSpatialReferenceH srs,
                                             struct osmflow_error *error) {
  const bool is_merged = dataset->connection.call.call_class->answer == OSMFLOW_MAPFLOW_RESULTS;
  const size_t count = dataset->connection.splits ? sizeof parts / sizeof parts[0] : 1;
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++) {
    char name[32];
    snprintf(name, sizeof name, "%s%s%s", is_merged ? "results" : "result", count > 1 ? "_" : "",
             count > 1 ? parts[i].suffix : "");
    status = osmflow_mapflow_result_layer_new(&dataset->connection, name, count > 1 ? parts[i].kinds : 0, srs,
                                              &dataset->base.layers[i], error);
    dataset->base.layer_count += status == OSMFLOW_OK;
  }
  return status;
}

static enum osmflow_status add_table_layers(struct dataset *dataset, OGRSpatialReferenceH srs,
                                            struct osmflow_error *error) {
  const size_t count = osmflow_mapflow_schema_count(dataset->connection.call.call_class);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < count && i < OSMFLOW_STREAM_MOST_LAYERS; i++) {
    status = osmflow_mapflow_table_layer_new(&dataset->connection, i, srs, &dataset->base.layers[i], error);
    dataset->base.layer_count += status == OSMFLOW_OK;
  }
  return status;
}

static enum osmflow_status add_layers(struct dataset *dataset, struct osmflow_error *error) {
  const enum osmflow_mapflow_answer answer = dataset->connection.call.call_class->answer;
  OGRSpatialReferenceH srs = osmflow_feature_srs_new();
  const enum osmflow_status status = answer == OSMFLOW_MAPFLOW_RESULT || answer == OSMFLOW_MAPFLOW_RESULTS
                                         ? add_result_layers(dataset, srs, error)
                                         : add_table_layers(dataset, srs, error);
  OSRRelease(srs);
  return status;
}

static enum osmflow_status make_editable(struct dataset *dataset, struct osmflow_error *error) {
  if (!osmflow_mapflow_is_editable(dataset->connection.call.call_class))
    return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "%s can be read, but nothing in it can be edited",
                             dataset->connection.text);
  dataset->base.is_editable = true;
  for (size_t i = 0; i < dataset->base.layer_count; i++)
    dataset->base.layers[i]->is_editable = true;
  return OSMFLOW_OK;
}

static enum osmflow_status again(const struct osmflow_stream_dataset *dataset, struct osmflow_stream_dataset **made,
                                 struct osmflow_error *error) {
  const struct dataset *self = (const struct dataset *)dataset;
  return osmflow_mapflow_dataset_open(self->connection.environment, self->connection.text,
                                      (const char *const *)self->connection.options, false, made, error);
}

static enum osmflow_status refresh(struct osmflow_stream_dataset *dataset, struct osmflow_error *error) {
  const struct dataset *self = (const struct dataset *)dataset;
  (void)error;
  osmflow_mapflow_listings_forget(&self->connection);
  osmflow_mapflow_results_forget(&self->connection);
  return OSMFLOW_OK;
}

static void release(struct osmflow_stream_dataset *dataset) {
  struct dataset *self = (struct dataset *)dataset;
  osmflow_mapflow_connection_clear(&self->connection);
  free(self);
}

static const struct osmflow_stream_dataset_class dataset_class = {again, refresh, release};

enum osmflow_status osmflow_mapflow_dataset_open(const struct osmflow_environment *environment, const char *connection,
                                                 const char *const *options, bool for_update,
                                                 struct osmflow_stream_dataset **dataset, struct osmflow_error *error) {
  struct dataset *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a dataset");
  made->base.dataset_class = &dataset_class;
  osmflow_mapflow_connection_init(&made->connection);
  enum osmflow_status status =
      osmflow_mapflow_connection_parse(environment, connection, options, &made->connection, error);
  if (status == OSMFLOW_OK)
    status = add_layers(made, error);
  if (status == OSMFLOW_OK && for_update)
    status = make_editable(made, error);
  if (status == OSMFLOW_OK)
    *dataset = &made->base;
  else
    osmflow_stream_dataset_close(&made->base);
  return status;
}
