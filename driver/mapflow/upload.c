#include <stdlib.h>

#include "mapflow/upload_parts.h"

enum { DEFAULT_PARALLEL = 2, MOST_FILES = 1000000 };

static bool is_stopped(void *self) {
  return ((const struct osmflow_batch *)self)->is_stopped;
}

static enum osmflow_status check_wishes(const struct osmflow_upload *upload, struct osmflow_error *error) {
  if (!upload->mosaic_id && !(upload->mosaic_name && *upload->mosaic_name))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "an upload needs a mosaic: its id, or a name for one that is found or made");
  if (upload->mosaic_id && upload->mosaic_name)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "a mosaic is named by its id or by its name, not by both");
  if (upload->file_count == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "an upload needs at least one file");
  if (upload->file_count > MOST_FILES)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "an upload takes %d files at most, not %zu; divide them",
                             MOST_FILES, upload->file_count);
  return OSMFLOW_OK;
}

static enum osmflow_status open_batch(struct osmflow_batch *batch, struct osmflow_error *error) {
  const struct osmflow_upload *upload = batch->upload;
  const int wanted = upload->parallel > 0 ? upload->parallel : DEFAULT_PARALLEL;
  const struct osmflow_mapflow_options options = {
      .root = upload->server,
      .parallel = wanted < OSMFLOW_UPLOAD_MOST_PARALLEL ? wanted : OSMFLOW_UPLOAD_MOST_PARALLEL};
  enum osmflow_status status = check_wishes(upload, error);
  if (status != OSMFLOW_OK)
    return status;
  batch->files = calloc(upload->file_count, sizeof *batch->files);
  if (!batch->files)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a list of files");
  for (size_t i = 0; i < upload->file_count; i++)
    batch->files[i].path = upload->files[i];
  status = osmflow_mapflow_open(&batch->mapflow, batch->environment, &options, error);
  batch->is_open = status == OSMFLOW_OK;
  return status;
}

static void clear(struct osmflow_batch *batch) {
  for (size_t i = 0; i < batch->piece_count; i++) {
    osmflow_batch_body_close(&batch->pieces[i]);
    free(batch->pieces[i].path);
    free(batch->pieces[i].name);
  }
  for (size_t i = 0; batch->files && i < batch->upload->file_count; i++) {
    free(batch->files[i].advice);
    free(batch->files[i].complaint);
  }
  free(batch->pieces);
  free(batch->files);
  free(batch->url);
  osmflow_batch_images_clear(&batch->images);
  osmflow_batch_remove_mended(batch);
  if (batch->is_open)
    osmflow_mapflow_close(&batch->mapflow);
}

static size_t count_of(const struct osmflow_batch *batch, enum osmflow_batch_state state) {
  size_t count = 0;
  for (size_t i = 0; i < batch->piece_count; i++)
    count += batch->pieces[i].state == state;
  return count;
}

/* What is there already, and in a dry run what would be sent. */
static void tell_known(struct osmflow_batch *batch) {
  for (size_t i = 0; i < batch->piece_count; i++)
    if (batch->pieces[i].state == OSMFLOW_BATCH_PRESENT)
      osmflow_batch_conclude(&batch->pieces[i], OSMFLOW_BATCH_PRESENT, NULL);
  for (size_t i = 0; batch->upload->dry_run && i < batch->upload->file_count; i++)
    if (batch->files[i].left > 0)
      osmflow_batch_tell(batch, i, OSMFLOW_UPLOAD_CHECKED, 0, 0.0, "", batch->files[i].advice);
}

static enum osmflow_status run(struct osmflow_batch *batch, struct osmflow_error *error) {
  enum osmflow_status status = open_batch(batch, error);
  if (status == OSMFLOW_OK)
    status = osmflow_batch_read_limits(batch, error);
  if (status == OSMFLOW_OK)
    status = osmflow_batch_find_mosaic(batch, error);
  if (status == OSMFLOW_OK)
    status = osmflow_batch_list(batch, error);
  if (status == OSMFLOW_OK)
    status = osmflow_batch_check(batch, error);
  if (status != OSMFLOW_OK)
    return status;
  tell_known(batch);
  if (batch->upload->dry_run)
    return OSMFLOW_OK;
  const bool has_open = count_of(batch, OSMFLOW_BATCH_OPEN) > 0;
  if (has_open && !batch->mosaic_id[0])
    status = osmflow_batch_make_mosaic(batch, error);
  if (status == OSMFLOW_OK && has_open)
    status = osmflow_batch_send(batch, error);
  /* A refused token or a deleted mosaic leaves nothing to wait for. */
  const bool is_lost = batch->stop.status != OSMFLOW_OK && batch->stop_state == OSMFLOW_BATCH_FAILED;
  if (status == OSMFLOW_OK && batch->upload->wait && !is_lost)
    status = osmflow_batch_wait(batch, error);
  return status;
}

enum osmflow_status osmflow_mapflow_upload(const struct osmflow_environment *environment,
                                           const struct osmflow_upload *upload, struct osmflow_upload_result *result,
                                           struct osmflow_error *error) {
  struct osmflow_upload_result unwanted;
  struct osmflow_batch batch = {.upload = upload, .result = result ? result : &unwanted};
  *batch.result = (struct osmflow_upload_result){.sent = 0};
  osmflow_watch_init(&batch.watch, environment, is_stopped, &batch);
  batch.environment = &batch.watch.environment;
  enum osmflow_status status = run(&batch, error);
  const struct osmflow_error *reason = batch.stop.status != OSMFLOW_OK ? &batch.stop : &batch.first;
  if (status == OSMFLOW_OK && reason->status != OSMFLOW_OK) {
    status = reason->status;
    if (error)
      *error = *reason;
  }
  clear(&batch);
  return status;
}
