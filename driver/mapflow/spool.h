/* A document that arrives: written to disk by the thread that downloads it, read by any number of readers while it
 * grows.
 *
 * The download starts with the first reader's wish and runs in a thread of its own; the disk takes what readers do not
 * want yet, so memory is bounded at any size. When a download breaks, it is asked for again, and what comes is compared
 * with what is there already: readers go on as if nothing had happened, or hear that the document has changed. A
 * document that could not be had whole is an error to everybody who reads on, and to everybody who begins. With a cache
 * folder the whole document stays there under its key (name, size and checksum proved when it is used again); without
 * one the file has no name and is gone with the spool.
 *
 * Threads: all functions from any thread. Owner: the caller of _new; readers must have ended before _free. */
#ifndef OSMFLOW_MAPFLOW_SPOOL_H
#define OSMFLOW_MAPFLOW_SPOOL_H

#include "mapflow/client.h"

struct osmflow_spool;

struct osmflow_spool_options {
  const struct osmflow_environment *environment; /* outlives the spool */
  struct osmflow_mapflow_options server;         /* for a client of its own, which only the thread uses */
  const char *path;                              /* GET, below the root */
  const char *cache_folder;                      /* NULL: none */
  const char *cache_key;                         /* what makes it another document: id, updated, revision */
};

enum osmflow_status osmflow_spool_new(const struct osmflow_spool_options *options, struct osmflow_spool **spool,
                                      struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Stops the download where it is under way. NULL is fine. */
void osmflow_spool_free(struct osmflow_spool *spool);

/* Up to `size` bytes from `offset` on; waits until at least one is there. *taken 0: the document ended there, and it is
 * whole. OSMFLOW_CANCELLED when the environment says so (looked at at least every 200 ms). */
enum osmflow_status osmflow_spool_read(struct osmflow_spool *spool, int64_t offset, void *data, size_t size,
                                       size_t *taken, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Waits until the document is whole; its size. */
enum osmflow_status osmflow_spool_wait(struct osmflow_spool *spool, int64_t *size,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* What is there now; -1 in *total when the end is not known. */
int64_t osmflow_spool_arrived(struct osmflow_spool *spool, int64_t *total);

#endif
