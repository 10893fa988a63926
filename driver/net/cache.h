/* The disk cache of answers: one file for each, in one folder. What `osmflow cache` needs to know and to do. */
#ifndef OSMFLOW_NET_CACHE_H
#define OSMFLOW_NET_CACHE_H

#include <osmflow/status.h>
#include <stdint.h>

struct osmflow_cache_summary {
  int64_t count;
  int64_t bytes;          /* on disk */
  int64_t oldest_seconds; /* Unix time of the oldest entry; 0 without entries */
};

/* A folder that does not exist counts as empty. Files that are not ours are neither counted nor touched. */
enum osmflow_status osmflow_cache_summarize(const char *directory, struct osmflow_cache_summary *summary,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Removes all entries, and what interrupted programs left; *summary (may be NULL) says what is gone. */
enum osmflow_status osmflow_cache_clear(const char *directory, struct osmflow_cache_summary *summary,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* One entry, borrowed for the call. */
struct osmflow_cache_item {
  const char *url;
  const char *accept; /* "" when any form was asked for */
  int64_t bytes;      /* of the answer */
  int64_t stored_seconds;
};
/* Visits the entries in no order, without reading the answers in them. Anything but OSMFLOW_OK ends it. */
enum osmflow_status osmflow_cache_list(const char *directory,
                                       enum osmflow_status (*visit)(void *self, const struct osmflow_cache_item *item,
                                                                    struct osmflow_error *error),
                                       void *self, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
