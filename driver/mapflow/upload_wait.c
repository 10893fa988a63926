#include <inttypes.h>
#include <string.h>

#include "mapflow/upload_parts.h"

enum {
  FIRST_POLL_MS = 2000,
  LONGEST_POLL_MS = 15000,
  STANDSTILL_MS = 3600000,
  MOST_MISSES = 5,
  PATH_SIZE = 128,
  REASON_SIZE = 700
};

/* What an image's state means, in both the status call's words and the listing's. */
enum fate { FATE_UNKNOWN, FATE_READY, FATE_FAILED };

static enum fate fate_of(struct osmflow_text state) {
  static const struct {
    const char *word;
    enum fate fate;
  } words[] = {{"COMPLETED", FATE_READY},
               {"READY", FATE_READY},
               {"OK", FATE_READY},
               {"FAILED", FATE_FAILED},
               {"ERROR", FATE_FAILED}};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (osmflow_text_is_ignoring_case(state, words[i].word))
      return words[i].fate;
  return FATE_UNKNOWN;
}

static bool is_waited_for(const struct osmflow_batch_piece *piece) {
  const struct osmflow_batch_file *file = &piece->batch->files[piece->file];
  return (piece->state == OSMFLOW_BATCH_SENT || piece->state == OSMFLOW_BATCH_PRESENT) && !file->is_failed &&
         !file->is_refused;
}

static size_t count_waited_for(const struct osmflow_batch *batch) {
  size_t count = 0;
  for (size_t i = 0; i < batch->piece_count; i++)
    count += is_waited_for(&batch->pieces[i]);
  return count;
}

/* A stranger's words on one line, cut between characters. */
static void copy_words(char *target, size_t size, struct osmflow_text words) {
  size_t count = words.size < size ? words.size : size - 1;
  while (count < words.size && count > 0 && ((unsigned char)words.data[count] & 0xC0) == 0x80)
    count--;
  for (size_t i = 0; i < count; i++)
    target[i] = (unsigned char)words.data[i] < ' ' || words.data[i] == 0x7F ? ' ' : words.data[i];
  target[count] = '\0';
}

static void take_fate(struct osmflow_batch_piece *piece, enum fate fate, struct osmflow_text reason) {
  struct osmflow_batch *batch = piece->batch;
  struct osmflow_batch_file *file = &batch->files[piece->file];
  struct osmflow_error why;
  char words[REASON_SIZE];
  piece->misses = 0;
  copy_words(words, sizeof words, reason.size > 0 ? reason : osmflow_text("it gives no reason"));
  if (fate == FATE_FAILED) {
    osmflow_error_set(&why, OSMFLOW_BAD_DATA,
                      "the server took it (image %s) but could not make it usable: %s; delete the image and upload "
                      "a file that is right",
                      piece->image_id, words);
    osmflow_batch_conclude(piece, OSMFLOW_BATCH_FAILED, &why);
  } else if (fate == FATE_READY) {
    piece->state = OSMFLOW_BATCH_READY;
    if (++file->ready == file->pieces)
      osmflow_batch_tell(batch, piece->file, OSMFLOW_UPLOAD_READY, file->size, 1.0,
                         file->pieces == 1 ? piece->image_id : "", "");
  }
}

/* A mosaic that is listed without an image that was there has lost it; a few times may be its delay. */
static void take_miss(struct osmflow_batch_piece *piece) {
  struct osmflow_error why;
  if (++piece->misses < MOST_MISSES)
    return;
  osmflow_error_set(&why, OSMFLOW_NOT_FOUND, "the image is not in the mosaic %s any more, somebody deleted it",
                    piece->batch->mosaic_id);
  osmflow_batch_conclude(piece, OSMFLOW_BATCH_FAILED, &why);
}

static struct osmflow_text text_of(const struct osmflow_tree_node *node, const char *name) {
  const struct osmflow_tree_node *child = osmflow_tree_child(node, name);
  return child && child->kind != OSMFLOW_TREE_NULL && child->text.data ? child->text : (struct osmflow_text){"", 0};
}

/* By its id, or where no listing has told it yet by its name. */
static const struct osmflow_tree_node *find_status(const struct osmflow_batch_piece *piece,
                                                   const struct osmflow_tree_node *images) {
  for (const struct osmflow_tree_node *node = images->first; node; node = node->next) {
    const bool is_it = piece->image_id[0] ? osmflow_text_is(text_of(node, "image_id"), piece->image_id)
                                          : osmflow_text_is(text_of(node, "filename"), piece->name);
    if (is_it)
      return node;
  }
  return NULL;
}

static void take_status(struct osmflow_batch_piece *piece, const struct osmflow_tree_node *images) {
  const struct osmflow_tree_node *node = find_status(piece, images);
  if (!node) {
    take_miss(piece);
    return;
  }
  const enum fate fate = fate_of(text_of(node, "preprocessing_status"));
  const bool is_available = osmflow_text_is(text_of(node, "data_available"), "true");
  take_fate(piece, fate == FATE_UNKNOWN && is_available ? FATE_READY : fate, text_of(node, "preprocessing_error"));
}

/* *is_there false: this server has no such call. */
static enum osmflow_status look_at_status(struct osmflow_batch *batch, bool *is_there, struct osmflow_error *error) {
  const struct osmflow_tree_node *top = NULL, *images = NULL;
  struct osmflow_tree *tree = NULL;
  char path[PATH_SIZE];
  (void)snprintf(path, sizeof path, "rasters/mosaic/%s/status", batch->mosaic_id);
  enum osmflow_status status = osmflow_mapflow_get(&batch->mapflow, path, &tree, &top, error);
  if (status == OSMFLOW_OK)
    images = osmflow_tree_child(top, "images");
  *is_there = images != NULL;
  for (size_t i = 0; images && i < batch->piece_count; i++)
    if (is_waited_for(&batch->pieces[i]))
      take_status(&batch->pieces[i], images);
  osmflow_tree_free(tree);
  return status == OSMFLOW_NOT_FOUND || (error && error->http_status == 405) ? OSMFLOW_OK : status;
}

static const struct osmflow_batch_image *image_of(const struct osmflow_batch_piece *piece) {
  const struct osmflow_batch_images *images = &piece->batch->images;
  for (size_t i = 0; i < images->count; i++)
    if (strcmp(images->items[i].id, piece->image_id) == 0)
      return &images->items[i];
  return NULL;
}

/* A listing that knows no states names what can be used. */
static enum osmflow_status look_at_list(struct osmflow_batch *batch, struct osmflow_error *error) {
  enum osmflow_status status = osmflow_batch_list(batch, error);
  for (size_t i = 0; status == OSMFLOW_OK && i < batch->piece_count; i++) {
    struct osmflow_batch_piece *piece = &batch->pieces[i];
    const struct osmflow_batch_image *image = NULL;
    if (!is_waited_for(piece))
      continue;
    if (piece->image_id[0])
      image = image_of(piece);
    else
      status = osmflow_batch_find_image(piece, false, &image, error);
    if (status != OSMFLOW_OK)
      continue;
    if (!image)
      take_miss(piece);
    else
      take_fate(piece, image->state[0] ? fate_of(osmflow_text(image->state)) : FATE_READY, osmflow_text(""));
  }
  return status;
}

static void give_up(struct osmflow_batch *batch) {
  for (size_t i = 0; i < batch->piece_count; i++) {
    struct osmflow_batch_piece *piece = &batch->pieces[i];
    struct osmflow_error why;
    if (!is_waited_for(piece))
      continue;
    osmflow_error_set(&why, OSMFLOW_NETWORK,
                      "it is in the mosaic, but still cannot be used after an hour in which nothing changed; run the "
                      "same upload again to go on waiting");
    osmflow_batch_conclude(piece, OSMFLOW_BATCH_FAILED, &why);
  }
}

static enum osmflow_status look(struct osmflow_batch *batch, bool *has_status, struct osmflow_error *error) {
  struct osmflow_error failure = {.status = OSMFLOW_OK};
  enum osmflow_status status = OSMFLOW_OK;
  if (*has_status)
    status = look_at_status(batch, has_status, &failure);
  if (status == OSMFLOW_OK && !*has_status)
    status = look_at_list(batch, &failure);
  if (status != OSMFLOW_OK && error) {
    *error = failure;
    osmflow_error_prefix(error, "everything is uploaded, but whether the images can be used is not known: ");
  }
  return status;
}

enum osmflow_status osmflow_batch_wait(struct osmflow_batch *batch, struct osmflow_error *error) {
  const struct osmflow_environment *environment = batch->environment;
  int64_t fixed_ms = 0, wait = FIRST_POLL_MS;
  bool has_status = true;
  enum osmflow_status status = osmflow_mapflow_poll_read(environment, &fixed_ms, error);
  size_t before = count_waited_for(batch);
  int64_t changed_ms = environment->monotonic_ms(environment->self);
  while (status == OSMFLOW_OK && count_waited_for(batch) > 0) {
    status = look(batch, &has_status, error);
    const size_t left = count_waited_for(batch);
    const int64_t now = environment->monotonic_ms(environment->self);
    if (left != before)
      changed_ms = now;
    before = left;
    if (now - changed_ms > STANDSTILL_MS)
      give_up(batch);
    else if (status == OSMFLOW_OK && left > 0 && !osmflow_wait(environment, fixed_ms ? fixed_ms : wait))
      status = osmflow_error_set(error, OSMFLOW_CANCELLED,
                                 "stopped while waiting for the images; what is uploaded stays in the mosaic %s",
                                 batch->mosaic_id);
    wait = wait * 3 / 2 < LONGEST_POLL_MS ? wait * 3 / 2 : LONGEST_POLL_MS;
  }
  return status;
}
