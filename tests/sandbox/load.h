#ifndef OSMFLOW_SANDBOX_LOAD_H
#define OSMFLOW_SANDBOX_LOAD_H

#include "internal.h"

/* Adds what a file holds to the state: see load.c for what files there are. */
enum osmflow_status sandbox_load(struct sandbox *sandbox, const char *path, struct osmflow_error *error);
enum osmflow_status sandbox_read_file(const char *path, struct osmflow_bytes *content, struct osmflow_error *error);
/* The file's content, unpacked when it is gzip. */
enum osmflow_status sandbox_read_document(const char *path, struct osmflow_bytes *content, struct osmflow_error *error);
uint32_t sandbox_scopes_by_names(struct osmflow_text names, char separator);

#endif
