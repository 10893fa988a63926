#include <cpl_conv.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mapflow/upload_parts.h"

enum { MOST_PIECES = 1000000, PATHS_CEILING = 64 * 1024 * 1024, NAME_SIZE = 512 };

/* Bytes in front of ".tif" or ".tiff", all when it ends otherwise. */
static size_t stem_size(const char *name) {
  static const char *const ends[] = {".tif", ".tiff"};
  const size_t size = strlen(name);
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    const size_t end = strlen(ends[i]);
    if (size > end && osmflow_text_is_ignoring_case((struct osmflow_text){name + size - end, end}, ends[i]))
      return size - end;
  }
  return size;
}

static bool ends_in_tif(const char *name) {
  return stem_size(name) < strlen(name);
}

static const char *wanted_name(const struct osmflow_batch *batch, size_t file) {
  const char *const *names = batch->upload->names;
  return names && names[file] ? names[file] : NULL;
}

/* What a piece is called in the mosaic: a name of the caller's stays in front of what tells tiles apart, and ends in
 * ".tif" whatever it ended in. */
static enum osmflow_status name_piece(const struct osmflow_batch *batch, struct osmflow_batch_piece *piece,
                                      struct osmflow_error *error) {
  const char *wanted = wanted_name(batch, piece->file);
  char own[NAME_SIZE], name[2 * NAME_SIZE];
  (void)snprintf(own, sizeof own, "%s", CPLGetBasename(batch->upload->files[piece->file]));
  const char *base = CPLGetBasename(piece->path);
  const bool is_tile = strncmp(base, own, strlen(own)) == 0 && base[strlen(own)] != '\0';
  if (wanted && is_tile)
    (void)snprintf(name, sizeof name, "%.*s%s.tif", (int)stem_size(wanted), wanted, base + strlen(own));
  else if (wanted)
    (void)snprintf(name, sizeof name, "%s%s", wanted, ends_in_tif(wanted) ? "" : ".tif");
  else
    (void)snprintf(name, sizeof name, "%s", CPLGetFilename(piece->path));
  piece->name = strdup(name);
  return piece->name ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a list of files");
}

/* An entry for a file that is not judged yet; it is taken away again by drop_piece. */
static enum osmflow_status add_piece(struct osmflow_batch *batch, size_t file, const char *path,
                                     struct osmflow_batch_piece **piece, struct osmflow_error *error) {
  struct osmflow_batch_piece fresh = {.batch = batch, .file = file, .path = strdup(path)};
  enum osmflow_status status = fresh.path
                                   ? name_piece(batch, &fresh, error)
                                   : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a list of files");
  if (status == OSMFLOW_OK)
    status = osmflow_array_reserve((void **)&batch->pieces, &batch->piece_capacity, batch->piece_count + 1,
                                   sizeof *batch->pieces, MOST_PIECES, error);
  if (status != OSMFLOW_OK) {
    free(fresh.path);
    free(fresh.name);
    return status;
  }
  batch->pieces[batch->piece_count] = fresh;
  *piece = &batch->pieces[batch->piece_count++];
  return OSMFLOW_OK;
}

static void drop_piece(struct osmflow_batch *batch) {
  struct osmflow_batch_piece *piece = &batch->pieces[--batch->piece_count];
  free(piece->path);
  free(piece->name);
}

/* The same file under the same name a second time would be a second image. */
static enum osmflow_status find_twin(struct osmflow_batch *batch, struct osmflow_batch_piece *piece, bool *has_twin,
                                     struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  *has_twin = false;
  for (size_t i = 0; status == OSMFLOW_OK && !*has_twin && i + 1 < batch->piece_count; i++) {
    struct osmflow_batch_piece *other = &batch->pieces[i];
    if (other->stamp.size != piece->stamp.size || strcmp(other->name, piece->name) != 0)
      continue;
    *has_twin = strcmp(other->path, piece->path) == 0;
    if (!*has_twin) {
      status = osmflow_batch_sha1(other, error);
      if (status == OSMFLOW_OK)
        status = osmflow_batch_sha1(piece, error);
      *has_twin = status == OSMFLOW_OK && strcmp(other->sha1, piece->sha1) == 0;
    }
  }
  return status;
}

/* What the file lacks, one a line; advice goes to the file's words. A name that the caller gives needs no other. */
static bool sum_up(struct osmflow_batch *batch, size_t file, const struct osmflow_raster_report *report,
                   struct osmflow_error *why) {
  const char *wanted = wanted_name(batch, file);
  size_t used = 0;
  why->status = OSMFLOW_OK;
  why->message[0] = '\0';
  for (size_t i = 0; i < report->problem_count; i++) {
    const struct osmflow_raster_problem *problem = &report->problems[i];
    const bool is_ours = problem->kind == OSMFLOW_RASTER_NAME && wanted;
    if (problem->is_error && !is_ours && used < sizeof why->message) {
      const int size =
          snprintf(why->message + used, sizeof why->message - used, "%s%s", used ? "\n" : "", problem->text);
      used += size > 0 ? (size_t)size : 0;
      why->status = OSMFLOW_BAD_DATA;
    }
    if (!problem->is_error)
      osmflow_batch_advise(batch, file, problem->text);
  }
  why->http_status = 0;
  return why->status == OSMFLOW_OK;
}

static bool is_mendable(const struct osmflow_raster_report *report) {
  bool any = false;
  for (size_t i = 0; i < report->problem_count; i++)
    any = any || report->problems[i].can_be_fixed;
  return any && osmflow_raster_can_be_fixed(report);
}

static bool is_cancelled(const struct osmflow_batch *batch) {
  return batch->environment->cancelled(batch->environment->self);
}

struct mending {
  struct osmflow_batch *batch;
  size_t file;
};

static bool tell_mending(void *self, double done) {
  const struct mending *mending = self;
  osmflow_batch_tell_progress(mending->batch, mending->file, OSMFLOW_UPLOAD_FIXING, 0, done);
  return !is_cancelled(mending->batch);
}

static enum osmflow_status make_folder(struct osmflow_batch *batch, struct osmflow_error *error) {
  const struct osmflow_environment *environment = batch->environment;
  static const char *const options[] = {"CPL_TMPDIR", "TMPDIR", "TEMP"};
  struct osmflow_bytes path;
  const char *parent = NULL;
  for (size_t i = 0; !(parent && *parent) && i < sizeof options / sizeof options[0]; i++)
    parent = environment->option(environment->self, options[i]);
  osmflow_bytes_init(&path, 1 << 16);
  enum osmflow_status status =
      osmflow_bytes_print(&path, error, "%s/osmflow-upload-XXXXXX", parent && *parent ? parent : "/tmp");
  if (status == OSMFLOW_OK && !mkdtemp(path.data))
    status = osmflow_error_set(error, OSMFLOW_IO,
                               "a folder for mended files cannot be made (%s); CPL_TMPDIR can name another place",
                               path.data);
  if (status == OSMFLOW_OK)
    batch->folder = osmflow_bytes_take(&path);
  osmflow_bytes_clear(&path);
  return status;
}

/* What a broken off conversion leaves behind goes, too. */
void osmflow_batch_remove_mended(struct osmflow_batch *batch) {
  if (batch->folder)
    (void)VSIRmdirRecursive(batch->folder);
  free(batch->folder);
  batch->folder = NULL;
}

/* Files of one name from several folders must not meet in the folder of mended files. */
static enum osmflow_status mend(struct osmflow_batch *batch, size_t file, const struct osmflow_raster_report *report,
                                struct osmflow_bytes *paths, struct osmflow_error *error) {
  const struct mending mending = {batch, file};
  const struct osmflow_raster_progress progress = {(void *)&mending, tell_mending};
  struct osmflow_bytes folder;
  enum osmflow_status status = batch->folder ? OSMFLOW_OK : make_folder(batch, error);
  osmflow_bytes_init(&folder, 1 << 16);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(&folder, error, "%s/%zu", batch->folder, file);
  if (status == OSMFLOW_OK && VSIMkdir(folder.data, 0700) != 0)
    status = osmflow_error_set(error, OSMFLOW_IO, "the folder \"%s\" cannot be made", folder.data);
  if (status == OSMFLOW_OK)
    osmflow_batch_tell(batch, file, OSMFLOW_UPLOAD_FIXING, 0, 0.0, "", "");
  if (status == OSMFLOW_OK)
    status =
        osmflow_raster_fix(batch->upload->files[file], report, &batch->limits, folder.data, &progress, paths, error);
  if (is_cancelled(batch))
    status = osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped while mending \"%s\"", batch->upload->files[file]);
  osmflow_bytes_clear(&folder);
  return status;
}

/* The first file that a mosaic takes is the norm of the others. */
static void take_norm(struct osmflow_batch *batch, const struct osmflow_raster_facts *facts) {
  struct osmflow_raster_limits *limits = &batch->limits;
  if (limits->has_norm)
    return;
  limits->has_norm = true;
  limits->norm_bands = facts->bands;
  memcpy(limits->norm_type, facts->type[0], sizeof limits->norm_type);
  memcpy(limits->norm_crs, facts->crs, sizeof limits->norm_crs);
  memcpy(limits->norm_pixel_size, facts->pixel_size, sizeof limits->norm_pixel_size);
}

/* Whether there is a twin, whether the mosaic has it: afterwards the piece stays in the list only when it is OPEN or
 * PRESENT. `why`: of a refusal. */
static enum osmflow_status place_piece(struct osmflow_batch *batch, struct osmflow_batch_piece *piece,
                                       struct osmflow_error *why, struct osmflow_error *error) {
  const struct osmflow_batch_image *image = NULL;
  bool has_twin = false;
  enum osmflow_status status = osmflow_batch_stamp_read(piece->path, &piece->stamp, error);
  if (status == OSMFLOW_OK)
    status = find_twin(batch, piece, &has_twin, error);
  if (status == OSMFLOW_OK && has_twin)
    osmflow_error_set(why, OSMFLOW_BAD_DATA, "the same file is in the list already, under the same name (%s)",
                      piece->name);
  if (status == OSMFLOW_OK && !has_twin)
    status = osmflow_batch_find_image(piece, true, &image, error);
  if (image) {
    piece->state = OSMFLOW_BATCH_PRESENT;
    memcpy(piece->image_id, image->id, sizeof piece->image_id);
  }
  return status;
}

/* Takes the last pieces of a file away again. */
static void drop_pieces(struct osmflow_batch *batch, size_t first) {
  while (batch->piece_count > first)
    drop_piece(batch);
}

/* Mended files are judged like others: what is still wrong with them is the file's fault. */
static enum osmflow_status add_mended(struct osmflow_batch *batch, size_t file, const struct osmflow_bytes *paths,
                                      struct osmflow_error *why, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_raster_report *report = malloc(sizeof *report);
  if (!report)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for checking a file");
  for (size_t at = 0; status == OSMFLOW_OK && why->status == OSMFLOW_OK && at < paths->size;
       at += strlen(paths->data + at) + 1) {
    struct osmflow_batch_piece *piece = NULL;
    status = osmflow_raster_check(paths->data + at, &batch->limits, report, error);
    if (status == OSMFLOW_OK && sum_up(batch, file, report, why))
      status = add_piece(batch, file, paths->data + at, &piece, error);
    if (piece)
      status = place_piece(batch, piece, why, error);
    if (piece && status == OSMFLOW_OK && why->status == OSMFLOW_OK)
      take_norm(batch, &report->facts);
  }
  free(report);
  return status;
}

static enum osmflow_status mend_and_add(struct osmflow_batch *batch, size_t file,
                                        const struct osmflow_raster_report *report, struct osmflow_error *why,
                                        struct osmflow_error *error) {
  struct osmflow_bytes paths;
  osmflow_bytes_init(&paths, PATHS_CEILING);
  enum osmflow_status status = mend(batch, file, report, &paths, error);
  if (status == OSMFLOW_OK) {
    why->status = OSMFLOW_OK;
    status = add_mended(batch, file, &paths, why, error);
  } else if (status != OSMFLOW_CANCELLED && status != OSMFLOW_NO_MEMORY) {
    *why = *error; /* this file's misfortune, not the batch's */
    osmflow_error_prefix(why, "it could not be mended: ");
    status = OSMFLOW_OK;
  }
  osmflow_bytes_clear(&paths);
  return status;
}

/* Judges the piece that stands for the file itself; it is dropped when mended ones take its place. */
static enum osmflow_status judge(struct osmflow_batch *batch, size_t file, size_t first, struct osmflow_error *why,
                                 struct osmflow_error *error) {
  struct osmflow_raster_report *report = malloc(sizeof *report);
  if (!report)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for checking a file");
  enum osmflow_status status = osmflow_raster_check(batch->upload->files[file], &batch->limits, report, error);
  if (status == OSMFLOW_OK && batch->upload->fix && is_mendable(report)) {
    drop_pieces(batch, first);
    status = mend_and_add(batch, file, report, why, error);
  } else if (status == OSMFLOW_OK && sum_up(batch, file, report, why)) {
    take_norm(batch, &report->facts);
  }
  free(report);
  return status;
}

/* Room is counted in the list's order: what does not fit any more is refused, what is smaller may still go. */
static bool fits(struct osmflow_batch *batch, size_t first, struct osmflow_error *why) {
  int64_t needed = 0;
  for (size_t i = first; i < batch->piece_count; i++)
    needed += batch->pieces[i].state == OSMFLOW_BATCH_OPEN ? batch->pieces[i].stamp.size : 0;
  const int64_t left = batch->free_bytes - batch->planned_bytes;
  if (batch->has_free && needed > left) {
    osmflow_error_set(why, OSMFLOW_BAD_DATA,
                      "it needs %.1f MB of storage, and %.1f MB are left of the account's (files before it in the "
                      "list counted); delete images or ask Mapflow for more",
                      (double)needed / 1e6, (double)(left > 0 ? left : 0) / 1e6);
    return false;
  }
  batch->planned_bytes += needed;
  return true;
}

static enum osmflow_status check_file(struct osmflow_batch *batch, size_t file, struct osmflow_error *error) {
  struct osmflow_batch_file *entry = &batch->files[file];
  const size_t first = batch->piece_count;
  struct osmflow_error why = {.status = OSMFLOW_OK};
  struct osmflow_batch_piece *piece = NULL;
  VSIStatBufL facts;
  if (is_cancelled(batch))
    return osmflow_error_set(error, OSMFLOW_CANCELLED, "stopped while checking the files");
  enum osmflow_status status = add_piece(batch, file, entry->path, &piece, error);
  /* A file that is not there is the check's business, which says more about it. */
  if (status == OSMFLOW_OK && VSIStatL(entry->path, &facts) == 0)
    status = place_piece(batch, piece, &why, error);
  if (status == OSMFLOW_OK && why.status == OSMFLOW_OK && piece->state != OSMFLOW_BATCH_PRESENT)
    status = judge(batch, file, first, &why, error);
  if (status == OSMFLOW_IO) {
    why = *error;
    status = OSMFLOW_OK;
  }
  if (status != OSMFLOW_OK)
    return status;
  if (why.status != OSMFLOW_OK || !fits(batch, first, &why)) {
    drop_pieces(batch, first);
    osmflow_batch_refuse(batch, file, OSMFLOW_BATCH_REFUSED, &why);
    return OSMFLOW_OK;
  }
  entry->pieces = entry->left = batch->piece_count - first;
  entry->size = 0;
  for (size_t i = first; i < batch->piece_count; i++)
    entry->size += batch->pieces[i].stamp.size;
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_batch_check(struct osmflow_batch *batch, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  struct osmflow_error failure = {.status = OSMFLOW_OK};
  for (size_t file = 0; status == OSMFLOW_OK && file < batch->upload->file_count; file++)
    status = check_file(batch, file, &failure);
  if (status != OSMFLOW_OK && error)
    *error = failure;
  return status;
}
