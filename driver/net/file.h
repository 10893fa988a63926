/* Files that appear whole or not at all: written under a temporary name, synced, renamed. */
#ifndef OSMFLOW_NET_FILE_H
#define OSMFLOW_NET_FILE_H

#include <osmflow/status.h>
#include <stddef.h>

/* Makes a folder with those above it, mode 0700. */
enum osmflow_status osmflow_folder_make(const char *path, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

struct osmflow_file_draft {
  int descriptor;  /* -1: none */
  char *temporary; /* "<path>.part-XXXXXX" */
  char *path;
};

/* Opens a draft of the file `path`, mode 0600. */
enum osmflow_status osmflow_file_draft_open(struct osmflow_file_draft *draft, const char *path,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_file_draft_write(struct osmflow_file_draft *draft, const void *data, size_t size,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Puts the draft in the file's place. The draft is closed whatever happens. */
enum osmflow_status osmflow_file_draft_commit(struct osmflow_file_draft *draft,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Throws the draft away; nothing to do after a commit. */
void osmflow_file_draft_discard(struct osmflow_file_draft *draft);

#endif
