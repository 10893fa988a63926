/* The files in an upload: a GPX file as it is, or packed by gzip, or several of them in a .tar, .tar.gz or .zip. */
#include <stdlib.h>
#include <zlib.h>

#include "internal.h"
#include "traces.h"

enum { LARGEST_PLAIN = 1 << 28, TAR_BLOCK = 512 };

static bool starts_with(struct osmflow_text text, const char *start, size_t size) {
  return text.size >= size && memcmp(text.data, start, size) == 0;
}

enum trace_archive traces_archive_of(struct osmflow_text content) {
  if (starts_with(content, "\x1f\x8b", 2))
    return TRACE_GZIP;
  if (starts_with(content, "PK\x03\x04", 4))
    return TRACE_ZIP;
  if (content.size > TAR_BLOCK && memcmp(content.data + 257, "ustar", 5) == 0)
    return TRACE_TAR;
  return TRACE_PLAIN;
}

static uint32_t number_at(const char *place, int size) {
  uint32_t number = 0;
  while (size-- > 0)
    number = number << 8 | (unsigned char)place[size];
  return number;
}

/* Octal digits up to a blank or NUL. */
static size_t tar_size(const char *header) {
  size_t size = 0;
  for (const char *at = header + 124; at < header + 136 && *at >= '0' && *at <= '7'; at++)
    size = size * 8 + (size_t)(*at - '0');
  return size;
}

static bool visit_tar(struct osmflow_text archive, trace_file_visitor *visitor, void *context) {
  size_t at = 0;
  while (archive.size - at >= TAR_BLOCK && archive.data[at]) {
    const char *header = archive.data + at;
    const size_t size = tar_size(header);
    at += TAR_BLOCK;
    if (size > archive.size - at)
      return false;
    if (header[156] == '0' || header[156] == '\0')
      visitor(context, (struct osmflow_text){archive.data + at, size});
    const size_t padded = (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
    at += padded < archive.size - at ? padded : archive.size - at;
  }
  return true;
}

/* Deflate without any wrapper, as it is in .zip. */
static bool inflate_entry(struct osmflow_text packed, size_t size, char *plain) {
  z_stream stream = {.next_in = (Bytef *)packed.data,
                     .avail_in = (uInt)packed.size,
                     .next_out = (Bytef *)plain,
                     .avail_out = (uInt)size};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    sandbox_die("zlib cannot start");
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  return result == Z_STREAM_END && stream.avail_out == 0;
}

static bool visit_entry(struct osmflow_text archive, const char *entry, trace_file_visitor *visitor, void *context) {
  const uint32_t method = number_at(entry + 10, 2), packed_size = number_at(entry + 20, 4),
                 size = number_at(entry + 24, 4), local = number_at(entry + 42, 4);
  if (local > archive.size || archive.size - local < 30 || size > LARGEST_PLAIN)
    return false;
  const char *header = archive.data + local;
  const size_t start = (size_t)local + 30 + number_at(header + 26, 2) + number_at(header + 28, 2);
  if (start > archive.size || packed_size > archive.size - start)
    return false;
  const struct osmflow_text packed = {archive.data + start, packed_size};
  if (method == 0) {
    visitor(context, packed);
    return true;
  }
  char *plain = sandbox_reallocate(NULL, (size_t)size + 1);
  const bool good = method == 8 && inflate_entry(packed, size, plain);
  if (good && size > 0)
    visitor(context, (struct osmflow_text){plain, size});
  free(plain);
  return good;
}

/* By the directory at the end: the headers before the entries may leave the sizes out. */
static bool visit_zip(struct osmflow_text archive, trace_file_visitor *visitor, void *context) {
  size_t end = archive.size < 22 ? 0 : archive.size - 22;
  while (end > 0 && memcmp(archive.data + end, "PK\x05\x06", 4) != 0)
    end--;
  if (end == 0)
    return false;
  size_t at = number_at(archive.data + end + 16, 4);
  for (uint32_t left = number_at(archive.data + end + 10, 2); left > 0; left--) {
    if (at > end || end - at < 46 || memcmp(archive.data + at, "PK\x01\x02", 4) != 0 ||
        !visit_entry(archive, archive.data + at, visitor, context))
      return false;
    const char *entry = archive.data + at;
    at += 46 + (size_t)number_at(entry + 28, 2) + number_at(entry + 30, 2) + number_at(entry + 32, 2);
  }
  return true;
}

bool traces_visit_files(struct osmflow_text content, trace_file_visitor *visitor, void *context) {
  struct osmflow_bytes plain;
  bool good = true;
  switch (traces_archive_of(content)) {
    case TRACE_GZIP:
      osmflow_bytes_init(&plain, LARGEST_PLAIN);
      good = sandbox_inflate(content, &plain) == SANDBOX_INFLATED &&
             traces_archive_of(osmflow_bytes_view(&plain)) != TRACE_GZIP &&
             traces_visit_files(osmflow_bytes_view(&plain), visitor, context); /* once more for .tar.gz, no deeper */
      osmflow_bytes_clear(&plain);
      return good;
    case TRACE_TAR:
      return visit_tar(content, visitor, context);
    case TRACE_ZIP:
      return visit_zip(content, visitor, context);
    case TRACE_PLAIN:
      break;
  }
  visitor(context, content);
  return true;
}
