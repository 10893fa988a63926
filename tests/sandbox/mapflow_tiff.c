/* What the first directory of a TIFF or BigTIFF tells of an image: enough for the checks of an upload. */
#include <math.h>
#include <stdlib.h>

#include "mapflow.h"

struct reader {
  const struct mapflow_pieces *pieces;
  bool big_endian, big;
};

struct entry {
  int tag, type;
  uint64_t count, place; /* where its values stand */
};

static const char *bytes_at(const struct mapflow_pieces *pieces, uint64_t place, uint64_t size) {
  const struct osmflow_text *head = &pieces->head, *directory = &pieces->directory;
  if (place <= head->size && size <= head->size - place)
    return head->data + place;
  if (place < pieces->directory_at)
    return NULL;
  const uint64_t inside = place - pieces->directory_at;
  return inside <= directory->size && size <= directory->size - inside ? directory->data + inside : NULL;
}

/* False when it was not kept, or does not exist. */
static bool read_unsigned(const struct reader *reader, uint64_t place, size_t size, uint64_t *value) {
  const unsigned char *bytes = (const unsigned char *)bytes_at(reader->pieces, place, size);
  *value = 0;
  for (size_t i = 0; bytes && i < size; i++)
    *value = *value << 8 | bytes[reader->big_endian ? i : size - 1 - i];
  return bytes != NULL;
}

static bool begin(const struct mapflow_pieces *pieces, struct reader *reader, uint64_t *directory) {
  const char *start = bytes_at(pieces, 0, 16);
  uint64_t version;
  *reader = (struct reader){.pieces = pieces};
  if (!start || (memcmp(start, "II", 2) != 0 && memcmp(start, "MM", 2) != 0))
    return false;
  reader->big_endian = start[0] == 'M';
  (void)read_unsigned(reader, 2, 2, &version);
  reader->big = version == 43;
  return (version == 42 || version == 43) && read_unsigned(reader, reader->big ? 8 : 4, reader->big ? 8 : 4, directory);
}

bool mapflow_tiff_directory(struct osmflow_text head, uint64_t *place) {
  const struct mapflow_pieces pieces = {.head = head, .directory_at = UINT64_MAX};
  struct reader reader;
  return begin(&pieces, &reader, place);
}

static size_t size_of(int type) {
  static const unsigned char sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
  return type > 0 && (size_t)type < sizeof sizes ? sizes[type] : 0;
}

/* The number `index` of an entry, whatever its type; 0 when it cannot be had. */
static double number(const struct reader *reader, const struct entry *entry, uint64_t index) {
  const size_t size = size_of(entry->type);
  uint64_t bits;
  if (size == 0 || index >= entry->count || !read_unsigned(reader, entry->place + index * size, size, &bits))
    return 0;
  if (entry->type == 12) {
    double real;
    memcpy(&real, &bits, sizeof real);
    return real;
  }
  return (double)bits;
}

/* A size or a count, never more than any image has. */
static int64_t whole(const struct reader *reader, const struct entry *entry) {
  const double value = number(reader, entry, 0);
  return value > 0 && value < 1e9 ? (int64_t)value : 0;
}

static void read_types(const struct reader *reader, const struct entry *bits, const struct entry *format,
                       struct mapflow_tiff *tiff) {
  static const char *const names[] = {"uint", "uint", "int", "float"};
  const int depth = bits->tag ? (int)whole(reader, bits) : 1;
  const int kind = format->tag ? (int)whole(reader, format) : 1;
  snprintf(tiff->dtype, sizeof tiff->dtype, "%s%d", names[kind > 0 && kind < 4 ? kind : 1], depth < 8 ? 8 : depth);
}

/* Keys are four shorts: id, where, count, value. */
static void read_keys(const struct reader *reader, const struct entry *keys, struct mapflow_tiff *tiff) {
  int geographic = 0, projected = 0;
  if (keys->type != 3) /* shorts */
    return;
  for (uint64_t i = 4; i + 3 < keys->count && i < 4096; i += 4) {
    const int id = (int)number(reader, keys, i), value = (int)number(reader, keys, i + 3);
    if (id == 2048)
      geographic = value;
    else if (id == 3072)
      projected = value;
    else if (id == 1024 && value > 0 && value < 3)
      tiff->epsg = -1;
  }
  const int code = projected ? projected : geographic;
  if (code)
    tiff->epsg = code == 32767 ? -1 : code;
}

static void read_place(const struct reader *reader, const struct entry *scale, const struct entry *ties,
                       const struct entry *matrix, struct mapflow_tiff *tiff) {
  if (matrix->tag && matrix->count >= 16) {
    tiff->pixel[0] = number(reader, matrix, 0);
    tiff->pixel[1] = -number(reader, matrix, 5);
    tiff->corner[0] = number(reader, matrix, 3);
    tiff->corner[1] = number(reader, matrix, 7);
    tiff->has_transform = true;
  } else if (scale->tag && ties->tag && ties->count == 6) {
    tiff->pixel[0] = number(reader, scale, 0);
    tiff->pixel[1] = number(reader, scale, 1);
    tiff->corner[0] = number(reader, ties, 3) - number(reader, ties, 0) * tiff->pixel[0];
    tiff->corner[1] = number(reader, ties, 4) + number(reader, ties, 1) * tiff->pixel[1];
    tiff->has_transform = true;
  }
  const bool identity =
      tiff->pixel[0] == 1 && fabs(tiff->pixel[1]) == 1 && tiff->corner[0] == 0 && tiff->corner[1] == 0;
  tiff->has_transform &= !identity && tiff->pixel[0] != 0 && tiff->pixel[1] != 0;
}

enum { WIDTH, HEIGHT, BITS, SAMPLES, FORMAT, SCALE, TIES, MATRIX, KEYS, NODATA, TAGS };
static const int tags[TAGS] = {256, 257, 258, 277, 339, 33550, 33922, 34264, 34735, 42113};

static bool read_entries(const struct reader *reader, uint64_t place, struct entry found[TAGS]) {
  const size_t count_size = reader->big ? 8 : 2, entry_size = reader->big ? 20 : 12, word = reader->big ? 8 : 4;
  uint64_t count, tag, type;
  if (!read_unsigned(reader, place, count_size, &count) || count > 4096)
    return false;
  for (uint64_t i = 0; i < count; i++) {
    const uint64_t at = place + count_size + i * entry_size;
    struct entry entry = {0};
    if (!read_unsigned(reader, at, 2, &tag) || !read_unsigned(reader, at + 2, 2, &type) ||
        !read_unsigned(reader, at + 4, word, &entry.count))
      return false;
    entry.tag = (int)tag;
    entry.type = (int)type;
    entry.place = at + 4 + word;
    if (entry.count > word || size_of(entry.type) * entry.count > word)
      (void)read_unsigned(reader, at + 4 + word, word, &entry.place);
    for (size_t t = 0; t < TAGS; t++)
      if (tags[t] == entry.tag)
        found[t] = entry;
  }
  return true;
}

void mapflow_tiff_read(const struct mapflow_pieces *pieces, struct mapflow_tiff *tiff) {
  struct reader reader;
  struct entry found[TAGS] = {0};
  *tiff = (struct mapflow_tiff){0};
  if (!begin(pieces, &reader, &tiff->directory) || !read_entries(&reader, tiff->directory, found))
    return;
  tiff->width = whole(&reader, &found[WIDTH]);
  tiff->height = whole(&reader, &found[HEIGHT]);
  tiff->bands = found[SAMPLES].tag ? whole(&reader, &found[SAMPLES]) : 1;
  tiff->is_tiff = tiff->width > 0 && tiff->height > 0 && tiff->bands > 0 && tiff->bands < 65536;
  read_types(&reader, &found[BITS], &found[FORMAT], tiff);
  read_keys(&reader, &found[KEYS], tiff);
  read_place(&reader, &found[SCALE], &found[TIES], &found[MATRIX], tiff);
  const uint64_t size = found[NODATA].count < sizeof tiff->nodata ? found[NODATA].count : 0;
  const char *nodata = size ? bytes_at(pieces, found[NODATA].place, size) : NULL;
  if (nodata)
    snprintf(tiff->nodata, sizeof tiff->nodata, "%.*s", (int)size, nodata);
}
