/* Any bytes as the answer to any call of Mapflow whose answer is a table, at every request of it. The first byte
 * chooses the call. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "mapflow/table.h"
#include "net/layer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ID "3fa85f64-5717-4562-b3fc-2c963f66afa6"

static const char *const calls[] = {"version",
                                    "user/status",
                                    "projects",
                                    "projects/default",
                                    "projects/" ID "/processings",
                                    "processings",
                                    "processings/" ID "/v2",
                                    "processings/" ID "/aois",
                                    "processings/stats?type=CSV",
                                    "rasters/mosaic?tags=a",
                                    "rasters/mosaic/" ID "/image",
                                    "rasters/mosaic/" ID "/status",
                                    "rasters/image/" ID,
                                    "rasters/memory",
                                    "catalog/meta?bbox=1,2,3,4"};

/* A server that always says the same. */
struct parrot {
  struct osmflow_http face;
  struct osmflow_text document;
};

static enum osmflow_status run(struct osmflow_http *self, const struct osmflow_http_queue *queue,
                               struct osmflow_error *error) {
  const struct parrot *parrot = (const struct parrot *)self;
  struct osmflow_http_request request;
  struct osmflow_http_response response;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_http_response_init(&response);
  response.status = 200;
  response.request_sent = true;
  while (status == OSMFLOW_OK && queue->next(queue->self, &request)) {
    struct osmflow_error own = {.status = OSMFLOW_OK};
    enum osmflow_status ended = osmflow_http_sink_begin(&request.sink, &response, &own);
    if (ended == OSMFLOW_OK)
      ended = osmflow_http_sink_write(&request.sink, parrot->document.data, parrot->document.size, &own);
    if (ended == OSMFLOW_OK)
      ended = osmflow_http_sink_finish(&request.sink, &own);
    status = queue->done(queue->self, &request, &response, ended, &own, error);
  }
  return status;
}

static void require(bool is_so) {
  if (!is_so)
    abort();
}

static void walk(const struct osmflow_mapflow_schema *schema, const struct osmflow_mapflow_row *row) {
  require(row->fid >= 0 && row->geometry.data[row->geometry.size] == '\0');
  for (size_t i = 0; i < schema->column_count; i++) {
    const struct osmflow_value *value = &row->values[i];
    const bool is_text =
        schema->columns[i].type == OSMFLOW_FIELD_STRING || schema->columns[i].type == OSMFLOW_FIELD_JSON;
    if (is_text && !value->is_null)
      require(value->text.data[value->text.size] == '\0' && osmflow_text_is_utf8(value->text));
  }
}

static void read_all(const struct osmflow_mapflow *mapflow, const struct osmflow_mapflow_call *call, size_t layer) {
  const struct osmflow_mapflow_wish wish = {.with_aois = true};
  const struct osmflow_mapflow_row *row = NULL;
  struct osmflow_mapflow_rows *rows = NULL;
  struct osmflow_error error = {.message = ""};
  enum osmflow_status status = osmflow_mapflow_rows_new(mapflow, call, layer, &wish, &rows, &error);
  while (status == OSMFLOW_OK && (status = osmflow_mapflow_rows_next(rows, &row, &error)) == OSMFLOW_OK && row)
    walk(osmflow_mapflow_schema(call->call_class, layer), row);
  require(status == OSMFLOW_OK || error.message[0] != '\0');
  osmflow_mapflow_rows_free(rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char root[] = "http://127.0.0.1/rest";
  struct osmflow_mapflow_call call;
  if (size == 0)
    return 0;
  struct parrot parrot = {{run, NULL}, {(const char *)data + 1, size - 1}};
  const struct osmflow_mapflow mapflow = {osmflow_environment_system(), root, &parrot.face};
  require(osmflow_mapflow_call_parse(calls[data[0] % (sizeof calls / sizeof calls[0])], &call, NULL) == OSMFLOW_OK);
  for (size_t i = 0; i < osmflow_mapflow_schema_count(call.call_class); i++)
    read_all(&mapflow, &call, i);
  osmflow_mapflow_call_clear(&call);
  return 0;
}
