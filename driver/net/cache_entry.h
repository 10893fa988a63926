/* One answer in a file. It is believed only when all of it is there and its checksum is right. */
#ifndef OSMFLOW_NET_CACHE_ENTRY_H
#define OSMFLOW_NET_CACHE_ENTRY_H

#include <stdio.h>

#include "net/cache.h"
#include "net/file.h"
#include "net/http.h"

/* What makes two requests the same. */
struct osmflow_cache_key {
  const char *url;
  const char *accept; /* NULL: any */
};

/* The ends of file names: "<16 hexadecimal digits>.osmflow", and drafts of those. */
#define OSMFLOW_CACHE_ENDING ".osmflow"

struct osmflow_cache_writer {
  struct osmflow_file_draft draft;
  uint64_t checksum;
  int64_t head_size;
  int64_t body_size;
};

enum osmflow_status osmflow_cache_writer_open(struct osmflow_cache_writer *writer, const char *directory,
                                              const struct osmflow_cache_key *key,
                                              const struct osmflow_http_response *response,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_cache_writer_add(struct osmflow_cache_writer *writer, const void *data, size_t size,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_cache_writer_commit(struct osmflow_cache_writer *writer, int64_t now,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_cache_writer_discard(struct osmflow_cache_writer *writer);

/* An entry that was found good, standing at the start of the body. */
struct osmflow_cache_reader {
  FILE *file;
  int64_t left; /* bytes of the body */
  int64_t stored_seconds;
};

/* False when there is no good entry. Status and content type go into *response. */
bool osmflow_cache_reader_open(struct osmflow_cache_reader *reader, const char *directory,
                               const struct osmflow_cache_key *key, struct osmflow_http_response *response);
/* The next bytes of the body; 0 at its end. -1: the file cannot be read any more. */
int64_t osmflow_cache_reader_next(struct osmflow_cache_reader *reader, void *buffer, size_t size);
void osmflow_cache_reader_close(struct osmflow_cache_reader *reader);

/* What a file says of itself, read into `head`, which the item's texts point into. False: it is no entry. */
bool osmflow_cache_entry_describe(FILE *file, struct osmflow_bytes *head, struct osmflow_cache_item *item);

void osmflow_cache_entry_remove(const char *directory, const struct osmflow_cache_key *key);

#endif
