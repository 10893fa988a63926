/* What a journal asks of the file system: locks, appending, whole files, synced before a function returns. */
#ifndef OSMFLOW_OSM_JOURNAL_FILE_H
#define OSMFLOW_OSM_JOURNAL_FILE_H

#include <stdbool.h>

#include "base/bytes.h"

/* Makes a folder with those above it and gives its absolute path; the caller frees it. */
enum osmflow_status osmflow_journal_file_folder(const char *path, char **real,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Puts a whole file in place of the old one, synced. */
enum osmflow_status osmflow_journal_file_replace(const char *path, struct osmflow_text text,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Makes a file that was not there, locked; *descriptor = -1 when there is one. */
enum osmflow_status osmflow_journal_file_make(const char *path, int *descriptor,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Opens a file for reading and appending, and locks it; *descriptor = -1 when another process holds it, or has just
 * removed it. */
enum osmflow_status osmflow_journal_file_lock(const char *path, int *descriptor,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether another process holds the file. */
bool osmflow_journal_file_is_held(const char *path);
/* *is_there = false and nothing read when there is no such file. */
enum osmflow_status osmflow_journal_file_read(const char *path, struct osmflow_bytes *text, bool *is_there,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Appends in one piece to a file of `size` bytes and waits until it is on the disk. When it fails, as much as possible
 * is taken back. */
enum osmflow_status osmflow_journal_file_append(int descriptor, const char *path, size_t size, struct osmflow_text text,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Cuts the file after `size` bytes. */
enum osmflow_status osmflow_journal_file_cut(int descriptor, const char *path, size_t size,
                                             struct osmflow_error *error);
/* Gives the file another name, synced. */
enum osmflow_status osmflow_journal_file_rename(const char *path, const char *name,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Removes "STEM.journal" and then everything else that begins with "STEM.", except `keep` (may be NULL). */
enum osmflow_status osmflow_journal_file_sweep(const char *stem, const char *keep, struct osmflow_error *error);

#endif
