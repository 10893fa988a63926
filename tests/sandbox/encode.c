/* Content codings: which one an answer gets, and zlib for both directions. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <zlib.h>

#include "internal.h"

enum { MOST_BYTES = 1 << 30 };

/* "gzip;q=0.5" into name and quality. False for what cgimap's pattern does not match: it is passed over in silence. */
static bool read_coding(struct osmflow_text text, char name[32], double *quality) {
  text = osmflow_text_trim(text);
  size_t length = 0;
  while (length < text.size && !strchr("()<>@,;:\\\"/[]?={} \t", text.data[length]))
    length++;
  if (length == 0 || length > 31)
    return false;
  memcpy(name, text.data, length);
  name[length] = '\0';
  *quality = 1;
  struct osmflow_text rest = osmflow_text_trim((struct osmflow_text){text.data + length, text.size - length});
  if (rest.size == 0)
    return true;
  const char *equals = rest.data[0] == ';' ? memchr(rest.data, '=', rest.size) : NULL;
  if (!equals)
    return false;
  char number[16];
  snprintf(number, sizeof number, "%.*s", (int)(rest.size - (size_t)(equals + 1 - rest.data)), equals + 1);
  char *end;
  *quality = strtod(number, &end);
  return end != number && *end == '\0';
}

/* cgimap splits the list at comma and blank, so "gzip,deflate" is one item, and not one it knows. */
const char *sandbox_choose_encoding(const char *accept_encoding) {
  if (!accept_encoding)
    return "identity";
  double identity = 0, deflate = 0, gzip = 0;
  for (const char *at = accept_encoding; at;) {
    const char *next = strstr(at, ", ");
    struct osmflow_text item = {at, next ? (size_t)(next - at) : strlen(at)};
    at = next ? next + 2 : NULL;
    char name[32];
    double quality;
    if (!read_coding(item, name, &quality))
      continue;
    if (strcasecmp(name, "identity") == 0)
      identity = quality;
    else if (strcasecmp(name, "deflate") == 0)
      deflate = quality;
    else if (strcasecmp(name, "gzip") == 0)
      gzip = quality;
    else if (strcmp(name, "*") == 0)
      identity = deflate = gzip = quality;
  }
  if (deflate > 0 && deflate >= gzip && deflate >= identity)
    return "deflate";
  if (gzip > 0 && gzip >= identity)
    return "gzip";
  return identity > 0 ? "identity" : NULL;
}

static void append(struct osmflow_bytes *bytes, const void *data, size_t size) {
  struct osmflow_error error;
  if (osmflow_bytes_add(bytes, data, size, &error) != OSMFLOW_OK)
    sandbox_die(error.message);
}

void sandbox_compress(const char *encoding, struct osmflow_text plain, struct osmflow_bytes *packed) {
  z_stream stream = {0};
  unsigned char buffer[65536];
  const int window = strcmp(encoding, "gzip") == 0 ? MAX_WBITS + 16 : MAX_WBITS;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    sandbox_die("zlib cannot start");
  size_t offset = 0;
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    size_t left = plain.size - offset, piece = left < MOST_BYTES ? left : MOST_BYTES;
    stream.next_in = (Bytef *)(plain.data + offset);
    stream.avail_in = (uInt)piece;
    stream.next_out = buffer;
    stream.avail_out = sizeof buffer;
    result = deflate(&stream, piece == left ? Z_FINISH : Z_NO_FLUSH);
    offset += piece - stream.avail_in;
    append(packed, buffer, sizeof buffer - stream.avail_out);
  }
  deflateEnd(&stream);
}

enum sandbox_inflated sandbox_inflate(struct osmflow_text packed, struct osmflow_bytes *plain) {
  z_stream stream = {0};
  if (inflateInit2(&stream, MAX_WBITS + 32) != Z_OK)
    sandbox_die("zlib cannot start");
  stream.next_in = (Bytef *)packed.data;
  stream.avail_in = (uInt)packed.size;
  unsigned char buffer[65536];
  enum sandbox_inflated outcome = SANDBOX_INFLATE_BROKEN;
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = buffer;
    stream.avail_out = sizeof buffer;
    result = inflate(&stream, Z_NO_FLUSH);
    if (osmflow_bytes_add(plain, buffer, sizeof buffer - stream.avail_out, NULL) != OSMFLOW_OK) {
      outcome = SANDBOX_INFLATE_TOO_LARGE;
      break;
    }
  }
  if (result == Z_STREAM_END && outcome != SANDBOX_INFLATE_TOO_LARGE)
    outcome = SANDBOX_INFLATED;
  inflateEnd(&stream);
  return outcome;
}
