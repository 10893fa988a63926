/* Private to spool*.c: the file that a document goes into, and what shows whether it is whole. */
#ifndef OSMFLOW_MAPFLOW_SPOOL_PARTS_H
#define OSMFLOW_MAPFLOW_SPOOL_PARTS_H

#include <osmflow/environment.h>

#include "net/file.h"

/* Follows the brackets of a JSON object, so that one that ends too early is known when it ends, also where the
 * connection looks as if all had come. Not a check of the JSON: that is its readers' work. */
struct osmflow_spool_scan {
  int64_t depth;
  char first, last; /* of what is not white space; 0: nothing yet */
  bool is_in_string, is_escaped;
};
void osmflow_spool_scan_feed(struct osmflow_spool_scan *scan, const char *data, size_t size);
/* False: it began as an object, and goes on. What is no object is for others to refuse. */
bool osmflow_spool_scan_is_whole(const struct osmflow_spool_scan *scan);

/* A checksum against damage, fast: eight bytes at a time, whatever the pieces. */
struct osmflow_spool_sum {
  uint64_t state;
  unsigned char rest[8];
  size_t rest_size;
};
void osmflow_spool_sum_init(struct osmflow_spool_sum *sum);
void osmflow_spool_sum_feed(struct osmflow_spool_sum *sum, const void *data, size_t size);
uint64_t osmflow_spool_sum_end(const struct osmflow_spool_sum *sum);

/* A file without a name, or the draft of one that will be kept. */
struct osmflow_spool_file {
  int descriptor; /* -1: not open; read and written at offsets by any thread */
  int64_t start;  /* of the document in it */
  char *folder;   /* for error texts */
  char *key;      /* NULL: not to be kept */
  struct osmflow_file_draft draft;
};

void osmflow_spool_file_init(struct osmflow_spool_file *file);
void osmflow_spool_file_close(struct osmflow_spool_file *file);
/* `folder` NULL: without a name, where the options CPL_TMPDIR and TMPDIR say, else in /var/tmp or /tmp. */
enum osmflow_status osmflow_spool_file_create(struct osmflow_spool_file *file,
                                              const struct osmflow_environment *environment, const char *folder,
                                              const char *key, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_spool_file_write(const struct osmflow_spool_file *file, int64_t offset, const void *data,
                                             size_t size, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* All of it, or an error. */
enum osmflow_status osmflow_spool_file_read(const struct osmflow_spool_file *file, int64_t offset, void *data,
                                            size_t size, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Gives the file its name: from now on it is found under its key. */
enum osmflow_status osmflow_spool_file_keep(struct osmflow_spool_file *file, int64_t size, uint64_t sum,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Opens what was kept under a key, if it is there and not damaged: all of it is read once. */
bool osmflow_spool_file_find(struct osmflow_spool_file *file, const struct osmflow_environment *environment,
                             const char *folder, const char *key, int64_t *size);

#endif
