#include <string.h>

#include "mapflow/spool_parts.h"

static const uint64_t ones = 0x0101010101010101ULL, highs = 0x8080808080808080ULL;

static inline bool is_blank(char character) {
  return character == ' ' || character == '\n' || character == '\r' || character == '\t';
}

/* Never false when one of the bytes is that character. */
static inline bool may_have(uint64_t word, char character) {
  const uint64_t other = word ^ (ones * (unsigned char)character);
  return (((other - ones) & ~other) & highs) != 0;
}

static inline int64_t count(uint64_t word, char character) {
  const uint64_t other = word ^ (ones * (unsigned char)character);
  const uint64_t others = (((other & ~highs) + ~highs) | other) & highs; /* a bit for each byte that is not 0 */
  return 8 - (int64_t)((others >> 7) * ones >> 56);
}

static inline void feed_byte(struct osmflow_spool_scan *scan, char byte) {
  if (scan->is_escaped) {
    scan->is_escaped = false;
  } else if (scan->is_in_string) {
    scan->is_escaped = byte == '\\';
    scan->is_in_string = byte != '"';
  } else {
    scan->is_in_string = byte == '"';
    scan->depth += (byte == '{' || byte == '[') - (byte == '}' || byte == ']');
  }
}

/* Most words of eight bytes have neither quotes nor backslashes, and brackets outside of texts are just counted:
 * '[' and '{' differ in one bit only, as do ']' and '}'. */
static void feed_brackets(struct osmflow_spool_scan *scan, const char *data, size_t size) {
  size_t i = 0;
  while (i < size) {
    uint64_t word;
    size_t end = size - i < sizeof word ? size : i + sizeof word;
    if (end - i == sizeof word && !scan->is_escaped) {
      memcpy(&word, data + i, sizeof word);
      if (!may_have(word, '"') && !may_have(word, '\\')) {
        word |= ones * 0x20;
        if (!scan->is_in_string && (may_have(word, '{') || may_have(word, '}')))
          scan->depth += count(word, '{') - count(word, '}');
        i = end;
      }
    }
    for (; i < end; i++)
      feed_byte(scan, data[i]);
  }
}

void osmflow_spool_scan_feed(struct osmflow_spool_scan *scan, const char *data, size_t size) {
  size_t first = 0, last = size;
  while (last > 0 && is_blank(data[last - 1]))
    last--;
  if (last == 0)
    return;
  scan->last = data[last - 1];
  while (is_blank(data[first]))
    first++;
  if (scan->first == 0)
    scan->first = data[first];
  if (scan->first == '{')
    feed_brackets(scan, data, size);
}

bool osmflow_spool_scan_is_whole(const struct osmflow_spool_scan *scan) {
  return scan->first != '{' || (scan->depth <= 0 && !scan->is_in_string && scan->last == '}');
}

static inline uint64_t mix(uint64_t state, const void *word) {
  uint64_t value;
  memcpy(&value, word, sizeof value);
  state = (state ^ value) * 0x9E3779B97F4A7C15ULL;
  return state ^ state >> 29;
}

void osmflow_spool_sum_init(struct osmflow_spool_sum *sum) {
  *sum = (struct osmflow_spool_sum){.state = 0x6F736D666C6F77ULL};
}

void osmflow_spool_sum_feed(struct osmflow_spool_sum *sum, const void *data, size_t size) {
  const unsigned char *bytes = data;
  while (size > 0 && (sum->rest_size > 0 || size < sizeof sum->rest)) {
    sum->rest[sum->rest_size++] = *bytes++;
    size--;
    if (sum->rest_size == sizeof sum->rest) {
      sum->state = mix(sum->state, sum->rest);
      sum->rest_size = 0;
    }
  }
  for (; size >= sizeof sum->rest; size -= sizeof sum->rest, bytes += sizeof sum->rest)
    sum->state = mix(sum->state, bytes);
  memcpy(sum->rest + sum->rest_size, bytes, size);
  sum->rest_size += size;
}

uint64_t osmflow_spool_sum_end(const struct osmflow_spool_sum *sum) {
  unsigned char rest[sizeof sum->rest] = {0};
  memcpy(rest, sum->rest, sum->rest_size);
  return mix(mix(sum->state, rest) + sum->rest_size, rest);
}
