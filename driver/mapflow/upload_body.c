#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mapflow/upload_parts.h"

enum { HEAD_CEILING = 64 * 1024, ANSWER_CEILING = 64 * 1024, PIECE = 1 << 18 };

enum osmflow_status osmflow_batch_stamp_read(const char *path, struct osmflow_batch_stamp *stamp,
                                             struct osmflow_error *error) {
  VSIStatBufL facts;
  if (VSIStatL(path, &facts) != 0)
    return osmflow_error_set(error, OSMFLOW_IO, "\"%s\" cannot be read any more", path);
  *stamp = (struct osmflow_batch_stamp){.size = (int64_t)facts.st_size, .seconds = (int64_t)facts.st_mtime};
#ifdef __linux__
  stamp->nanoseconds = facts.st_mtim.tv_nsec;
#endif
  return OSMFLOW_OK;
}

static bool is_same(const struct osmflow_batch_stamp *left, const struct osmflow_batch_stamp *right) {
  return left->size == right->size && left->seconds == right->seconds && left->nanoseconds == right->nanoseconds;
}

static enum osmflow_status check_unchanged(const struct osmflow_batch_piece *piece, struct osmflow_error *error) {
  struct osmflow_batch_stamp now;
  enum osmflow_status status = osmflow_batch_stamp_read(piece->path, &now, error);
  if (status == OSMFLOW_OK && !is_same(&now, &piece->stamp))
    status = osmflow_error_set(error, OSMFLOW_IO,
                               "\"%s\" was changed while it was being uploaded (it had %" PRId64 " bytes, now %" PRId64
                               "), so it was not sent to its end; upload it again when it is finished",
                               piece->path, piece->stamp.size, now.size);
  return status;
}

enum osmflow_status osmflow_batch_sha1(struct osmflow_batch_piece *piece, struct osmflow_error *error) {
  const struct osmflow_environment *environment = piece->batch->environment;
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_sha1 sha1;
  size_t count = 1;
  if (piece->sha1[0])
    return OSMFLOW_OK;
  char *buffer = malloc(PIECE);
  VSILFILE *stream = buffer ? VSIFOpenL(piece->path, "rb") : NULL;
  osmflow_sha1_init(&sha1);
  while (stream && count > 0 && status == OSMFLOW_OK) {
    count = VSIFReadL(buffer, 1, PIECE, stream);
    osmflow_sha1_add(&sha1, buffer, count);
    if (environment->cancelled(environment->self))
      status = osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped while reading \"%s\"", piece->path);
  }
  if (!stream)
    status = osmflow_error_set(error, buffer ? OSMFLOW_IO : OSMFLOW_NO_MEMORY, "\"%s\" cannot be read", piece->path);
  else if (status == OSMFLOW_OK && (int64_t)sha1.size != piece->stamp.size)
    status = osmflow_error_set(error, OSMFLOW_IO, "\"%s\" could be read up to byte %" PRIu64 " only of %" PRId64,
                               piece->path, sha1.size, piece->stamp.size);
  if (status == OSMFLOW_OK)
    osmflow_sha1_finish(&sha1, piece->sha1);
  if (stream)
    (void)VSIFCloseL(stream);
  free(buffer);
  return status;
}

/* As browsers do (WHATWG, "multipart/form-data encoding algorithm"): quotes and line ends are percent-encoded, the rest
 * goes out as UTF-8. */
enum osmflow_status osmflow_batch_quote(const char *name, struct osmflow_bytes *quoted, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (const char *at = name; status == OSMFLOW_OK && *at; at++)
    status = *at == '"'    ? osmflow_bytes_add_string(quoted, "%22", error)
             : *at == '\r' ? osmflow_bytes_add_string(quoted, "%0D", error)
             : *at == '\n' ? osmflow_bytes_add_string(quoted, "%0A", error)
                           : osmflow_bytes_add(quoted, at, 1, error);
  return status;
}

static int64_t head_end(const struct osmflow_batch_piece *piece) {
  return (int64_t)piece->head.size;
}

static int64_t file_end(const struct osmflow_batch_piece *piece) {
  return head_end(piece) + piece->stamp.size;
}

static enum osmflow_status rewind_body(void *self, struct osmflow_error *error) {
  struct osmflow_batch_piece *piece = self;
  piece->at = 0;
  if (!piece->stream)
    piece->stream = VSIFOpenL(piece->path, "rb");
  if (!piece->stream || VSIFSeekL(piece->stream, 0, SEEK_SET) != 0)
    return osmflow_error_set(error, OSMFLOW_IO, "\"%s\" cannot be read", piece->path);
  return OSMFLOW_OK;
}

static size_t copy_part(const struct osmflow_bytes *bytes, int64_t from, char *data, size_t size) {
  const size_t left = bytes->size - (size_t)from;
  const size_t count = left < size ? left : size;
  memcpy(data, bytes->data + from, count);
  return count;
}

static enum osmflow_status read_file(struct osmflow_batch_piece *piece, void *data, size_t size, size_t *taken,
                                     struct osmflow_error *error) {
  const int64_t left = file_end(piece) - piece->at;
  const size_t wanted = (int64_t)size < left ? size : (size_t)left;
  *taken = VSIFReadL(data, 1, wanted, piece->stream);
  if (*taken > 0)
    return OSMFLOW_OK;
  const enum osmflow_status status = check_unchanged(piece, error);
  return status == OSMFLOW_OK ? osmflow_error_set(error, OSMFLOW_IO, "\"%s\" cannot be read at byte %" PRId64,
                                                  piece->path, piece->at - head_end(piece))
                              : status;
}

static void tell_progress(const struct osmflow_batch_piece *piece) {
  struct osmflow_batch *batch = piece->batch;
  const struct osmflow_batch_file *file = &batch->files[piece->file];
  int64_t sent = 0;
  for (size_t i = 0; file->pieces > 1 && i < batch->piece_count; i++)
    if (batch->pieces[i].file == piece->file && batch->pieces[i].state >= OSMFLOW_BATCH_PRESENT)
      sent += batch->pieces[i].stamp.size;
  const int64_t part = piece->at - head_end(piece);
  sent += part < 0 ? 0 : part < piece->stamp.size ? part : piece->stamp.size;
  osmflow_batch_tell_progress(batch, piece->file, OSMFLOW_UPLOAD_SENDING, sent,
                              file->size > 0 ? (double)sent / (double)file->size : 0.0);
}

/* The end goes out only when the file is still what it was: without it the server has nothing whole. */
static enum osmflow_status read_body(void *self, void *data, size_t size, size_t *taken, struct osmflow_error *error) {
  struct osmflow_batch_piece *piece = self;
  enum osmflow_status status = OSMFLOW_OK;
  *taken = 0;
  if (piece->at < head_end(piece))
    *taken = copy_part(&piece->head, piece->at, data, size);
  else if (piece->at < file_end(piece))
    status = read_file(piece, data, size, taken, error);
  else {
    status = check_unchanged(piece, error);
    if (status == OSMFLOW_OK)
      *taken = copy_part(&piece->tail, piece->at - file_end(piece), data, size);
  }
  piece->at += (int64_t)*taken;
  if (status == OSMFLOW_OK)
    tell_progress(piece);
  return status;
}

static enum osmflow_status print_frame(struct osmflow_batch_piece *piece, struct osmflow_error *error) {
  const struct osmflow_environment *environment = piece->batch->environment;
  char boundary[60];
  uint32_t chance[4];
  for (size_t i = 0; i < sizeof chance / sizeof chance[0]; i++)
    chance[i] = environment->random(environment->self);
  (void)snprintf(boundary, sizeof boundary, "osmflow-%08" PRIx32 "%08" PRIx32 "%08" PRIx32 "%08" PRIx32, chance[0],
                 chance[1], chance[2], chance[3]);
  (void)snprintf(piece->content_type, sizeof piece->content_type, "multipart/form-data; boundary=%s", boundary);
  enum osmflow_status status = osmflow_bytes_print(
      &piece->head, error, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"", boundary);
  if (status == OSMFLOW_OK)
    status = osmflow_batch_quote(piece->name, &piece->head, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(&piece->head, "\"\r\nContent-Type: image/tiff\r\n\r\n", error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(&piece->tail, error, "\r\n--%s--\r\n", boundary);
  return status;
}

enum osmflow_status osmflow_batch_body_open(struct osmflow_batch_piece *piece, struct osmflow_error *error) {
  osmflow_batch_body_close(piece);
  osmflow_bytes_init(&piece->head, HEAD_CEILING);
  osmflow_bytes_init(&piece->tail, HEAD_CEILING);
  osmflow_bytes_init(&piece->answer, ANSWER_CEILING);
  piece->at = 0;
  const enum osmflow_status status = print_frame(piece, error);
  piece->body = (struct osmflow_http_body){piece, file_end(piece) + (int64_t)piece->tail.size, rewind_body, read_body};
  return status;
}

void osmflow_batch_body_close(struct osmflow_batch_piece *piece) {
  if (piece->stream)
    (void)VSIFCloseL(piece->stream);
  piece->stream = NULL;
  osmflow_bytes_clear(&piece->head);
  osmflow_bytes_clear(&piece->tail);
  osmflow_bytes_clear(&piece->answer);
}
