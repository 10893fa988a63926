/* The directory of a ZIP file, checked: used by archive.c alone. */
#ifndef OSMFLOW_CITYLOADER_ARCHIVE_ZIP_H
#define OSMFLOW_CITYLOADER_ARCHIVE_ZIP_H

#include <cpl_vsi.h>

#include "base/bytes.h"

struct osmflow_zip_entry {
  char *name; /* NUL-terminated, owned */
  uint64_t packed, size, offset;
  uint32_t crc;
  uint16_t flags, method;
  uint32_t attributes;
};

struct osmflow_zip {
  struct osmflow_zip_entry *entries;
  size_t count, capacity;
};

void osmflow_zip_clear(struct osmflow_zip *zip);
/* OSMFLOW_BAD_DATA for everything that archive.h refuses; `path` is for the error texts. */
enum osmflow_status osmflow_zip_read(VSILFILE *file, const char *path, struct osmflow_zip *zip,
                                     struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
