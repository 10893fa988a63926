#include "net/cache_entry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/number.h"

enum { PATH_CEILING = 16 * 1024, HEAD_CEILING = 64 * 1024, INTRODUCTION_SIZE = 96 };

/* The first line has a fixed size, because it is written last: it makes the file an entry. The head behind it holds
 * four lines: accept, URL, content type, status. Then comes the body. */
static const char introduction_format[] = "osmflow-cache 1 %020" PRId64 " %010" PRId64 " %020" PRId64 " %016" PRIx64;

static uint64_t add_to_checksum(uint64_t sum, const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < size; i++)
    sum = (sum ^ bytes[i]) * 0x100000001B3ULL; /* FNV-1a */
  return sum;
}

static const uint64_t checksum_start = 0xCBF29CE484222325ULL;

static const char *accept_of(const struct osmflow_cache_key *key) {
  return key->accept ? key->accept : "";
}

/* The caller frees it; NULL without memory. */
static char *entry_path(const char *directory, const struct osmflow_cache_key *key) {
  struct osmflow_bytes path;
  uint64_t sum = add_to_checksum(checksum_start, accept_of(key), strlen(accept_of(key)));
  sum = add_to_checksum(sum, "\n", 1);
  sum = add_to_checksum(sum, key->url, strlen(key->url));
  osmflow_bytes_init(&path, PATH_CEILING);
  if (osmflow_bytes_print(&path, NULL, "%s/%016" PRIx64 OSMFLOW_CACHE_ENDING, directory, sum) != OSMFLOW_OK)
    osmflow_bytes_clear(&path);
  return osmflow_bytes_take(&path);
}

static enum osmflow_status write_head(struct osmflow_cache_writer *writer, const struct osmflow_cache_key *key,
                                      const struct osmflow_http_response *response, struct osmflow_error *error) {
  static const char blank[INTRODUCTION_SIZE] = {0};
  struct osmflow_bytes head;
  osmflow_bytes_init(&head, HEAD_CEILING);
  enum osmflow_status status = osmflow_bytes_print(&head, error, "%s\n%s\n%s\n%d\n", accept_of(key), key->url,
                                                   response->content_type, response->status);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_write(&writer->draft, blank, sizeof blank, error);
  if (status == OSMFLOW_OK)
    status = osmflow_file_draft_write(&writer->draft, head.data, head.size, error);
  writer->head_size = (int64_t)head.size;
  writer->checksum = add_to_checksum(checksum_start, head.data, head.size);
  osmflow_bytes_clear(&head);
  return status;
}

enum osmflow_status osmflow_cache_writer_open(struct osmflow_cache_writer *writer, const char *directory,
                                              const struct osmflow_cache_key *key,
                                              const struct osmflow_http_response *response,
                                              struct osmflow_error *error) {
  char *path = entry_path(directory, key);
  *writer = (struct osmflow_cache_writer){.draft = {-1, NULL, NULL}};
  enum osmflow_status status = path ? osmflow_file_draft_open(&writer->draft, path, error)
                                    : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a path");
  if (status == OSMFLOW_OK)
    status = write_head(writer, key, response, error);
  if (status != OSMFLOW_OK)
    osmflow_file_draft_discard(&writer->draft);
  free(path);
  return status;
}

enum osmflow_status osmflow_cache_writer_add(struct osmflow_cache_writer *writer, const void *data, size_t size,
                                             struct osmflow_error *error) {
  writer->checksum = add_to_checksum(writer->checksum, data, size);
  writer->body_size += (int64_t)size;
  return osmflow_file_draft_write(&writer->draft, data, size, error);
}

enum osmflow_status osmflow_cache_writer_commit(struct osmflow_cache_writer *writer, int64_t now,
                                                struct osmflow_error *error) {
  char line[INTRODUCTION_SIZE + 1];
  const int length =
      snprintf(line, sizeof line, introduction_format, writer->body_size, writer->head_size, now, writer->checksum);
  if (length < 0 || length >= INTRODUCTION_SIZE || lseek(writer->draft.descriptor, 0, SEEK_SET) != 0) {
    osmflow_file_draft_discard(&writer->draft);
    return osmflow_error_set(error, OSMFLOW_IO, "a cache entry cannot be finished");
  }
  memset(line + length, ' ', (size_t)(INTRODUCTION_SIZE - length - 1));
  line[INTRODUCTION_SIZE - 1] = '\n';
  const enum osmflow_status status = osmflow_file_draft_write(&writer->draft, line, INTRODUCTION_SIZE, error);
  if (status == OSMFLOW_OK)
    return osmflow_file_draft_commit(&writer->draft, error);
  osmflow_file_draft_discard(&writer->draft);
  return status;
}

void osmflow_cache_writer_discard(struct osmflow_cache_writer *writer) {
  osmflow_file_draft_discard(&writer->draft);
}

struct introduction {
  int64_t body_size, head_size, stored_seconds;
  uint64_t checksum;
};

static bool parse_checksum(struct osmflow_text text, uint64_t *checksum) {
  static const char digits[] = "0123456789abcdef";
  *checksum = 0;
  for (size_t i = 0; i < text.size; i++) {
    const char *digit = text.data[i] ? strchr(digits, text.data[i]) : NULL;
    if (!digit)
      return false;
    *checksum = *checksum << 4 | (uint64_t)(digit - digits);
  }
  return text.size == 16;
}

static bool read_introduction(FILE *file, struct introduction *introduction) {
  char line[INTRODUCTION_SIZE];
  struct osmflow_text rest = {line, sizeof line};
  struct osmflow_text parts[6];
  if (fread(line, 1, sizeof line, file) != sizeof line || line[sizeof line - 1] != '\n')
    return false;
  rest = osmflow_text_trim(rest);
  bool good = true;
  for (size_t i = 0; good && i < sizeof parts / sizeof parts[0]; i++)
    good = osmflow_text_next(&rest, ' ', &parts[i]);
  return good && !rest.data && osmflow_text_is(parts[0], "osmflow-cache") && osmflow_text_is(parts[1], "1") &&
         osmflow_parse_int(parts[2], 0, INT64_MAX, &introduction->body_size) &&
         osmflow_parse_int(parts[3], 1, HEAD_CEILING, &introduction->head_size) &&
         osmflow_parse_int(parts[4], 0, INT64_MAX, &introduction->stored_seconds) &&
         parse_checksum(parts[5], &introduction->checksum);
}

/* Two requests can share a hash, so the head must name the very request. */
static bool parse_head(struct osmflow_text head, const struct osmflow_cache_key *key,
                       struct osmflow_http_response *response) {
  struct osmflow_text accept;
  struct osmflow_text url;
  struct osmflow_text type;
  struct osmflow_text number;
  int64_t status = 0;
  if (!osmflow_text_next(&head, '\n', &accept) || !osmflow_text_next(&head, '\n', &url) ||
      !osmflow_text_next(&head, '\n', &type) || !osmflow_text_next(&head, '\n', &number) || head.size != 0)
    return false;
  if (!osmflow_text_is(accept, accept_of(key)) || !osmflow_text_is(url, key->url) ||
      type.size >= sizeof response->content_type || !osmflow_parse_int(number, 200, 299, &status))
    return false;
  memcpy(response->content_type, type.data, type.size);
  response->content_type[type.size] = '\0';
  response->status = (int)status;
  return true;
}

/* Reads all of it once: a damaged entry must be known before its first byte is used. */
static bool is_whole(FILE *file, const struct introduction *introduction, uint64_t sum) {
  char block[4096];
  int64_t seen = 0;
  size_t size = 0;
  while ((size = fread(block, 1, sizeof block, file)) > 0) {
    sum = add_to_checksum(sum, block, size);
    seen += (int64_t)size;
  }
  return !ferror(file) && seen == introduction->body_size && sum == introduction->checksum;
}

static bool check(FILE *file, struct osmflow_cache_reader *reader, const struct osmflow_cache_key *key,
                  struct osmflow_http_response *response) {
  struct introduction introduction;
  if (!read_introduction(file, &introduction))
    return false;
  const size_t head_size = (size_t)introduction.head_size;
  char *head = malloc(head_size);
  const bool good = head && fread(head, 1, head_size, file) == head_size &&
                    parse_head((struct osmflow_text){head, head_size}, key, response) &&
                    is_whole(file, &introduction, add_to_checksum(checksum_start, head, head_size)) &&
                    fseeko(file, (off_t)(INTRODUCTION_SIZE + head_size), SEEK_SET) == 0;
  free(head);
  reader->left = introduction.body_size;
  reader->stored_seconds = introduction.stored_seconds;
  return good;
}

bool osmflow_cache_reader_open(struct osmflow_cache_reader *reader, const char *directory,
                               const struct osmflow_cache_key *key, struct osmflow_http_response *response) {
  char *path = entry_path(directory, key);
  *reader = (struct osmflow_cache_reader){.file = path ? fopen(path, "rbe") : NULL};
  free(path);
  const bool good = reader->file && check(reader->file, reader, key, response);
  if (!good)
    osmflow_cache_reader_close(reader);
  return good;
}

bool osmflow_cache_entry_describe(FILE *file, struct osmflow_bytes *head, struct osmflow_cache_item *item) {
  struct introduction introduction;
  char *lines[2];
  osmflow_bytes_reset(head);
  if (!read_introduction(file, &introduction))
    return false;
  for (int64_t left = introduction.head_size; left > 0; left--) {
    const int byte = getc(file);
    const char letter = (char)byte;
    if (byte == EOF || byte == '\0' || osmflow_bytes_add(head, &letter, 1, NULL) != OSMFLOW_OK)
      return false;
  }
  char *rest = head->data;
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    lines[i] = rest;
    rest = strchr(rest, '\n');
    if (!rest)
      return false;
    *rest++ = '\0';
  }
  *item = (struct osmflow_cache_item){.accept = lines[0],
                                      .url = lines[1],
                                      .bytes = introduction.body_size,
                                      .stored_seconds = introduction.stored_seconds};
  return true;
}

int64_t osmflow_cache_reader_next(struct osmflow_cache_reader *reader, void *buffer, size_t size) {
  const size_t wanted = (int64_t)size < reader->left ? size : (size_t)reader->left;
  const size_t got = fread(buffer, 1, wanted, reader->file);
  reader->left -= (int64_t)got;
  return got == wanted ? (int64_t)got : -1;
}

void osmflow_cache_reader_close(struct osmflow_cache_reader *reader) {
  if (reader->file)
    fclose(reader->file);
  reader->file = NULL;
}

void osmflow_cache_entry_remove(const char *directory, const struct osmflow_cache_key *key) {
  char *path = entry_path(directory, key);
  if (path)
    unlink(path);
  free(path);
}
