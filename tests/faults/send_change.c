/* A small program that saves edits, to be killed: send_change JOURNALS CHUNK FILE.osc...
 *
 * Each file is a commit of its own; all go into one changeset, as an editor does it. The server is OSMAPI_URL, the
 * token OSMAPI_TOKEN. A line "saved N" is printed when a commit is done: what was said to be saved must be there. */
#include <cpl_compressor.h>
#include <cpl_vsi.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "osm/read.h"
#include "osm/upload.h"

enum { BLOCK = 1 << 16, LONGEST_WAIT_MS = 20000 };

/* What else would come from GDAL: loading it takes ten times as long as all the rest here. Without a compressor the
 * uploads are sent as they are. */
const CPLCompressor *CPLGetCompressor(const char *pszId) {
  (void)pszId;
  return NULL;
}

void VSIFree(void *data) {
  free(data);
}

static enum osmflow_status feed(FILE *file, struct osmflow_reader *reader, struct osmflow_error *error) {
  static char block[BLOCK];
  enum osmflow_status status = OSMFLOW_OK;
  size_t size = 0;
  while (status == OSMFLOW_OK && (size = fread(block, 1, sizeof block, file)) > 0)
    status = osmflow_reader_feed(reader, block, size, error);
  return status == OSMFLOW_OK ? osmflow_reader_finish(reader, error) : status;
}

static enum osmflow_status read_change(const char *path, struct osmflow_change *change, struct osmflow_error *error) {
  struct osmflow_store store;
  struct osmflow_reader *reader = NULL;
  FILE *file = fopen(path, "rb");
  osmflow_store_init(&store, true);
  enum osmflow_status status = file ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_IO, "%s cannot be read", path);
  if (status == OSMFLOW_OK)
    status = osmflow_reader_new(&store, OSMFLOW_READ_XML, &reader, error);
  if (status == OSMFLOW_OK)
    status = feed(file, reader, error);
  if (status == OSMFLOW_OK)
    status = osmflow_store_finish(&store, error);
  if (status == OSMFLOW_OK)
    status = osmflow_change_from_store(&store, change, error);
  if (file)
    fclose(file);
  osmflow_reader_free(reader);
  osmflow_store_clear(&store);
  return status;
}

static enum osmflow_status save(struct osmflow_uploader *uploader, const char *path, struct osmflow_error *error) {
  struct osmflow_change change;
  bool is_uncertain = false;
  osmflow_change_init(&change);
  enum osmflow_status status = read_change(path, &change, error);
  if (status == OSMFLOW_OK)
    status = osmflow_uploader_send(uploader, &change, &is_uncertain, error);
  osmflow_change_clear(&change);
  return status;
}

int main(int count, char **words) {
  struct osmflow_upload_options options = {.root = getenv("OSMAPI_URL"),
                                           .token = getenv("OSMAPI_TOKEN"),
                                           .comment = "killed",
                                           .max_wait_ms = LONGEST_WAIT_MS};
  struct osmflow_uploader *uploader = NULL;
  struct osmflow_error error = {.message = ""};
  if (count < 4 || !osmflow_parse_int(osmflow_text(words[2]), 0, INT32_MAX, &options.chunk)) {
    fprintf(stderr, "usage: send_change JOURNALS CHUNK FILE.osc...\n");
    return 2;
  }
  options.journal = words[1];
  enum osmflow_status status = osmflow_uploader_new(osmflow_environment_system(), &options, &uploader, &error);
  for (int i = 3; status == OSMFLOW_OK && i < count; i++) {
    status = save(uploader, words[i], &error);
    if (status == OSMFLOW_OK) {
      printf("saved %d\n", i - 2);
      fflush(stdout);
    }
  }
  if (status == OSMFLOW_OK)
    status = osmflow_uploader_close(uploader, &error);
  osmflow_uploader_free(uploader);
  if (status != OSMFLOW_OK)
    fprintf(stderr, "send_change: %s\n", error.message);
  return status == OSMFLOW_OK ? 0 : 1;
}
