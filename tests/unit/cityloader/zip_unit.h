/* ZIP files byte by byte, also wrong ones. */
#ifndef OSMFLOW_UNIT_CITYLOADER_ZIP_UNIT_H
#define OSMFLOW_UNIT_CITYLOADER_ZIP_UNIT_H

#include <cpl_vsi.h>
#include <stdint.h>
#include <string.h>

#include "base/crc32.h"

enum { ZIP_SIZE = 64 * 1024, ZIP_MOST = 4 };

struct zip_member {
  const char *name, *content;
  /* What the directory says, where it lies; 0: the truth. */
  uint32_t size, packed, crc, offset, attributes;
  uint16_t flags, method;
};

struct zip_file {
  unsigned char bytes[ZIP_SIZE];
  size_t size;
};

static inline void zip_put(struct zip_file *zip, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++)
    zip->bytes[zip->size++] = (unsigned char)(value >> (8 * i));
}

static inline void zip_add(struct zip_file *zip, const char *text) {
  memcpy(zip->bytes + zip->size, text, strlen(text));
  zip->size += strlen(text);
}

static inline uint32_t zip_or(uint32_t told, uint32_t truth) {
  return told ? told : truth;
}

static inline void zip_make(struct zip_file *zip, const struct zip_member *members, size_t count) {
  uint32_t offsets[ZIP_MOST];
  zip->size = 0;
  for (size_t i = 0; i < count; i++) {
    const uint32_t size = (uint32_t)strlen(members[i].content);
    offsets[i] = (uint32_t)zip->size;
    zip_put(zip, 0x04034b50, 4);
    zip_put(zip, 20, 2);
    zip_put(zip, members[i].flags, 2);
    zip_put(zip, members[i].method, 2);
    zip_put(zip, 0, 4);
    zip_put(zip, zip_or(members[i].crc, osmflow_crc32(osmflow_text(members[i].content))), 4);
    zip_put(zip, size, 4);
    zip_put(zip, size, 4);
    zip_put(zip, strlen(members[i].name), 2);
    zip_put(zip, 0, 2);
    zip_add(zip, members[i].name);
    zip_add(zip, members[i].content);
  }
  const size_t directory = zip->size;
  for (size_t i = 0; i < count; i++) {
    const uint32_t size = (uint32_t)strlen(members[i].content);
    zip_put(zip, 0x02014b50, 4);
    zip_put(zip, 0x0314, 2);
    zip_put(zip, 20, 2);
    zip_put(zip, members[i].flags, 2);
    zip_put(zip, members[i].method, 2);
    zip_put(zip, 0, 4);
    zip_put(zip, zip_or(members[i].crc, osmflow_crc32(osmflow_text(members[i].content))), 4);
    zip_put(zip, zip_or(members[i].packed, size), 4);
    zip_put(zip, zip_or(members[i].size, size), 4);
    zip_put(zip, strlen(members[i].name), 2);
    zip_put(zip, 0, 8);
    zip_put(zip, members[i].attributes, 4);
    zip_put(zip, zip_or(members[i].offset, offsets[i]), 4);
    zip_add(zip, members[i].name);
  }
  const size_t size = zip->size - directory;
  zip_put(zip, 0x06054b50, 4);
  zip_put(zip, 0, 4);
  zip_put(zip, count, 2);
  zip_put(zip, count, 2);
  zip_put(zip, size, 4);
  zip_put(zip, directory, 4);
  zip_put(zip, 0, 2);
}

/* The first `size` bytes of it as a file of GDAL's; VSIUnlink it. */
static inline void zip_show(struct zip_file *zip, size_t size, const char *path) {
  VSIFCloseL(VSIFileFromMemBuffer(path, zip->bytes, size, 0));
}

#endif
