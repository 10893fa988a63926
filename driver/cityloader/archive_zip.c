#include "cityloader/archive_zip.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
  END_SIZE = 22,
  LONGEST_COMMENT = 65535,
  END64_LOCATOR_SIZE = 20,
  END64_SIZE = 56,
  ENTRY_SIZE = 46,
  LOCAL_SIZE = 30,
  MOST_MEMBERS = 1000,
  DIRECTORY_CEILING = 16 * 1024 * 1024,
  MOST_RATIO = 1000,
  ENCRYPTED = 1,
  STORED = 0,
  DEFLATED = 8
};
static const uint32_t end_mark = 0x06054b50, end64_mark = 0x06064b50, locator_mark = 0x07064b50,
                      entry_mark = 0x02014b50, local_mark = 0x04034b50;
static const uint64_t largest_member = (uint64_t)4 << 30, largest_sum = (uint64_t)16 << 30, small = 1 << 20;

/* Where the directory is. */
struct end {
  uint64_t offset, size, count;
};

static uint64_t number_at(const unsigned char *data, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = bytes; i > 0; i--)
    value = value << 8 | data[i - 1];
  return value;
}

static bool read_at(VSILFILE *file, uint64_t offset, void *data, size_t size) {
  return VSIFSeekL(file, offset, SEEK_SET) == 0 && VSIFReadL(data, 1, size, file) == size;
}

void osmflow_zip_clear(struct osmflow_zip *zip) {
  for (size_t i = 0; i < zip->count; i++)
    free(zip->entries[i].name);
  free(zip->entries);
  *zip = (struct osmflow_zip){.entries = NULL};
}

static bool read_end64(VSILFILE *file, uint64_t place, struct end *end) {
  unsigned char locator[END64_LOCATOR_SIZE], record[END64_SIZE];
  if (place < END64_LOCATOR_SIZE || !read_at(file, place - END64_LOCATOR_SIZE, locator, sizeof locator) ||
      number_at(locator, 4) != locator_mark || !read_at(file, number_at(locator + 8, 8), record, sizeof record) ||
      number_at(record, 4) != end64_mark)
    return false;
  *end = (struct end){number_at(record + 48, 8), number_at(record + 40, 8), number_at(record + 32, 8)};
  return true;
}

/* The end record is the last thing in the file but for a comment of the length that it tells. */
static bool find_end(VSILFILE *file, uint64_t file_size, struct end *end) {
  static const uint64_t wide = 0xFFFFFFFF;
  const size_t looked_at =
      (size_t)(file_size < END_SIZE + LONGEST_COMMENT ? file_size : (uint64_t)END_SIZE + LONGEST_COMMENT);
  unsigned char *tail = malloc(looked_at + 1);
  bool found = false;
  if (tail && looked_at >= END_SIZE && read_at(file, file_size - looked_at, tail, looked_at))
    for (size_t at = looked_at - END_SIZE + 1; !found && at > 0; at--) {
      const unsigned char *record = tail + at - 1;
      const uint64_t place = file_size - looked_at + at - 1;
      if (number_at(record, 4) != end_mark || place + END_SIZE + number_at(record + 20, 2) != file_size)
        continue;
      *end = (struct end){number_at(record + 16, 4), number_at(record + 12, 4), number_at(record + 10, 2)};
      found = end->offset != wide || read_end64(file, place, end);
      found = found && end->size <= place && end->offset <= place - end->size;
    }
  free(tail);
  return found;
}

/* Sizes that do not fit 32 bits stand in an extra field, in this order. */
static void read_wide(const unsigned char *extra, size_t size, struct osmflow_zip_entry *entry) {
  static const uint64_t wide = 0xFFFFFFFF;
  uint64_t *const members[] = {&entry->size, &entry->packed, &entry->offset};
  while (size >= 4) {
    const size_t length = (size_t)number_at(extra + 2, 2);
    if (length > size - 4)
      return;
    if (number_at(extra, 2) == 1) {
      size_t at = 0;
      for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (*members[i] == wide && at + 8 <= length) {
          *members[i] = number_at(extra + 4 + at, 8);
          at += 8;
        }
      return;
    }
    extra += 4 + length;
    size -= 4 + length;
  }
}

/* One entry of the directory; *used: its bytes; 0: it is damaged. */
static enum osmflow_status read_entry(struct osmflow_zip *zip, const unsigned char *data, size_t size, size_t *used,
                                      struct osmflow_error *error) {
  *used = 0;
  if (size < ENTRY_SIZE || number_at(data, 4) != entry_mark)
    return OSMFLOW_OK;
  const size_t name = (size_t)number_at(data + 28, 2), extra = (size_t)number_at(data + 30, 2);
  const size_t whole = ENTRY_SIZE + name + extra + (size_t)number_at(data + 32, 2);
  if (whole > size || memchr(data + ENTRY_SIZE, '\0', name))
    return OSMFLOW_OK;
  const enum osmflow_status status = osmflow_array_reserve((void **)&zip->entries, &zip->capacity, zip->count + 1,
                                                           sizeof *zip->entries, MOST_MEMBERS, error);
  if (status != OSMFLOW_OK)
    return status;
  struct osmflow_zip_entry *entry = &zip->entries[zip->count];
  *entry = (struct osmflow_zip_entry){.name = strndup((const char *)data + ENTRY_SIZE, name),
                                      .flags = (uint16_t)number_at(data + 8, 2),
                                      .method = (uint16_t)number_at(data + 10, 2),
                                      .crc = (uint32_t)number_at(data + 16, 4),
                                      .packed = number_at(data + 20, 4),
                                      .size = number_at(data + 24, 4),
                                      .attributes = (uint32_t)number_at(data + 38, 4),
                                      .offset = number_at(data + 42, 4)};
  if (!entry->name)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the directory of a ZIP file");
  zip->count++;
  read_wide(data + ENTRY_SIZE + name, extra, entry);
  *used = whole;
  return OSMFLOW_OK;
}

static enum osmflow_status read_directory(VSILFILE *file, const char *path, const struct end *end,
                                          struct osmflow_zip *zip, struct osmflow_error *error) {
  if (end->count > MOST_MEMBERS || end->size > DIRECTORY_CEILING)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                             "%s: the ZIP has %" PRIu64 " members; more than %d are not opened", path, end->count,
                             MOST_MEMBERS);
  unsigned char *directory = malloc((size_t)end->size + 1);
  enum osmflow_status status =
      directory ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the directory of a ZIP file");
  bool whole = directory && read_at(file, end->offset, directory, (size_t)end->size);
  size_t at = 0, used = 1;
  while (status == OSMFLOW_OK && whole && zip->count < end->count && used > 0) {
    status = read_entry(zip, directory + at, (size_t)end->size - at, &used, error);
    at += used;
  }
  whole = whole && zip->count == end->count && at == end->size;
  if (status == OSMFLOW_OK && !whole)
    status =
        osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: the directory of the ZIP is damaged: download it again", path);
  free(directory);
  return status;
}

static bool leads_out(const char *name) {
  struct osmflow_text rest = osmflow_text(name), part;
  bool leads = *name == '/' || strchr(name, '\\') || strchr(name, ':');
  while (!leads && osmflow_text_next(&rest, '/', &part))
    leads = osmflow_text_is(part, "..");
  return leads;
}

static bool is_link(const struct osmflow_zip_entry *entry) {
  enum { FORMAT = 0170000, LINK = 0120000 };
  return ((entry->attributes >> 16) & FORMAT) == LINK;
}

/* Why an entry is not opened, or NULL. */
static const char *find_fault(const struct osmflow_zip_entry *entry) {
  if (leads_out(entry->name) || *entry->name == '\0')
    return "has a path that leads out of the ZIP";
  if (!osmflow_text_is_utf8(osmflow_text(entry->name)))
    return "has a name that is not UTF-8";
  if (is_link(entry))
    return "is a link";
  if (entry->flags & ENCRYPTED)
    return "is encrypted";
  if (entry->method != STORED && entry->method != DEFLATED)
    return "is packed in a way that is not understood";
  if (entry->size > largest_member || entry->packed > largest_member)
    return "is larger than 4 GiB";
  if (entry->size > small && entry->size / MOST_RATIO > entry->packed)
    return "would grow more than a thousandfold: a ZIP bomb";
  if (entry->method == STORED && entry->size != entry->packed)
    return "has two different sizes";
  return NULL;
}

static int by_offset(const void *left, const void *right) {
  const struct osmflow_zip_entry *a = left, *b = right;
  return (a->offset > b->offset) - (a->offset < b->offset);
}

static int by_name(const void *left, const void *right) {
  const struct osmflow_zip_entry *a = left, *b = right;
  return strcmp(a->name, b->name);
}

/* Where the bytes of a member end; 0 when its own header is not what the directory says. */
static uint64_t end_of_member(VSILFILE *file, const struct osmflow_zip_entry *entry) {
  unsigned char local[LOCAL_SIZE];
  const size_t length = strlen(entry->name);
  char *name = malloc(length + 1);
  bool same = name && read_at(file, entry->offset, local, sizeof local) && number_at(local, 4) == local_mark &&
              number_at(local + 26, 2) == length && number_at(local + 8, 2) == entry->method &&
              read_at(file, entry->offset + LOCAL_SIZE, name, length) && memcmp(name, entry->name, length) == 0;
  free(name);
  return same ? entry->offset + LOCAL_SIZE + length + number_at(local + 28, 2) + entry->packed : 0;
}

/* Members that share bytes make little files grow without end. */
static enum osmflow_status check_places(VSILFILE *file, const char *path, const struct end *end,
                                        struct osmflow_zip *zip, struct osmflow_error *error) {
  if (zip->count == 0)
    return OSMFLOW_OK;
  qsort(zip->entries, zip->count, sizeof *zip->entries, by_offset);
  for (size_t i = 0; i < zip->count; i++) {
    const uint64_t limit = i + 1 < zip->count ? zip->entries[i + 1].offset : end->offset;
    const uint64_t ends = zip->entries[i].offset < end->offset ? end_of_member(file, &zip->entries[i]) : 0;
    if (ends == 0 || ends > limit)
      return osmflow_error_set(error, OSMFLOW_BAD_DATA,
                               "%s: the member %.100s of the ZIP is not where its directory says, or shares bytes with "
                               "another: the file is damaged or made to do harm",
                               path, zip->entries[i].name);
  }
  qsort(zip->entries, zip->count, sizeof *zip->entries, by_name);
  for (size_t i = 1; i < zip->count; i++)
    if (strcmp(zip->entries[i - 1].name, zip->entries[i].name) == 0)
      return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: the ZIP has two members called %.100s", path,
                               zip->entries[i].name);
  return OSMFLOW_OK;
}

static enum osmflow_status check_entries(const char *path, const struct osmflow_zip *zip, struct osmflow_error *error) {
  uint64_t sum = 0;
  for (size_t i = 0; i < zip->count; i++) {
    const char *fault = find_fault(&zip->entries[i]);
    sum += zip->entries[i].size;
    if (!fault && sum > largest_sum)
      fault = "and those before it are larger than 16 GiB";
    if (fault)
      return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s: the member %.100s of the ZIP %s; nothing of it is opened",
                               path, zip->entries[i].name, fault);
  }
  return OSMFLOW_OK;
}

enum osmflow_status osmflow_zip_read(VSILFILE *file, const char *path, struct osmflow_zip *zip,
                                     struct osmflow_error *error) {
  struct end end = {0, 0, 0};
  *zip = (struct osmflow_zip){.entries = NULL};
  const uint64_t file_size = VSIFSeekL(file, 0, SEEK_END) == 0 ? VSIFTellL(file) : 0;
  enum osmflow_status status = OSMFLOW_OK;
  if (!find_end(file, file_size, &end))
    status =
        osmflow_error_set(error, OSMFLOW_BAD_DATA,
                          "%s is no ZIP, or it is cut off (%" PRIu64 " bytes): download it again", path, file_size);
  if (status == OSMFLOW_OK)
    status = read_directory(file, path, &end, zip, error);
  if (status == OSMFLOW_OK)
    status = check_entries(path, zip, error);
  if (status == OSMFLOW_OK)
    status = check_places(file, path, &end, zip, error);
  if (status != OSMFLOW_OK)
    osmflow_zip_clear(zip);
  return status;
}
