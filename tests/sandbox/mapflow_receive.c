/* Uploaded images, taken apart while they come: the multipart framing is looked for, the file's bytes are counted and
 * hashed, and only what tells of the image is kept: its beginning, and what stands where its directory is. */
#include <stdlib.h>
#include <strings.h>

#include "base/sha1.h"
#include "mapflow.h"

enum state { BEFORE, HEAD, CONTENT, OTHER_PART, DONE };

struct receiver {
  struct sandbox_sink base; /* first */
  struct mapflow_upload upload;
  struct osmflow_sha1 sha1;
  bool hashes, knows_directory;
  enum state state;
  char mark[110]; /* "\r\n--boundary" */
  size_t mark_size;
  struct osmflow_bytes kept; /* what came and cannot be told yet */
};

enum { MOST_HEAD = 16384 };

static void keep(struct osmflow_bytes *bytes, const char *data, size_t size) {
  if (osmflow_bytes_add(bytes, data, size, NULL) != OSMFLOW_OK)
    sandbox_die("out of memory");
}

/* The part of [data, data + size), which stands at `at` in the file, that lies in a window of it. */
static void keep_window(struct osmflow_bytes *bytes, uint64_t from, size_t most, uint64_t at, const char *data,
                        size_t size) {
  const uint64_t wanted = from + bytes->size; /* the window is filled in order */
  if (wanted < at || wanted >= at + size || bytes->size >= most)
    return;
  const size_t skip = (size_t)(wanted - at), room = most - bytes->size, left = size - skip;
  keep(bytes, data + skip, left < room ? left : room);
}

static void take_content(struct receiver *receiver, const char *data, size_t size) {
  struct mapflow_upload *upload = &receiver->upload;
  if (receiver->hashes)
    osmflow_sha1_add(&receiver->sha1, data, size);
  keep_window(&upload->head, 0, MAPFLOW_HEAD, upload->size, data, size);
  if (!receiver->knows_directory && upload->head.size >= 16) {
    receiver->knows_directory = true;
    if (!mapflow_tiff_directory(osmflow_bytes_view(&upload->head), &upload->directory_at))
      upload->directory_at = UINT64_MAX / 2;
  }
  if (receiver->knows_directory)
    keep_window(&upload->directory, upload->directory_at, MAPFLOW_DIRECTORY, upload->size, data, size);
  upload->size += size;
}

/* The value of name="file" in a part's head, "" when absent; as the standard wants it, with \" and \\ resolved. */
static void read_attribute(struct osmflow_text head, const char *attribute, char value[256]) {
  const size_t length = strlen(attribute);
  size_t size = 0;
  value[0] = '\0';
  for (size_t i = 1; i + length + 2 < head.size; i++) {
    if ((head.data[i - 1] != ' ' && head.data[i - 1] != ';') || strncasecmp(head.data + i, attribute, length) != 0 ||
        head.data[i + length] != '=' || head.data[i + length + 1] != '"')
      continue;
    for (i += length + 2; i < head.size && head.data[i] != '"' && size < 255; i++) {
      if (head.data[i] == '\\' && i + 1 < head.size)
        i++;
      value[size++] = head.data[i];
    }
    value[size] = '\0';
    return;
  }
}

static void read_head(struct receiver *receiver, struct osmflow_text head) {
  struct mapflow_upload *upload = &receiver->upload;
  char name[256];
  read_attribute(head, "name", name);
  receiver->state = OTHER_PART;
  if (strcmp(name, "file") != 0 || upload->has_file)
    return;
  read_attribute(head, "filename", upload->filename);
  upload->has_file = *upload->filename != '\0'; /* a field without a filename is text, and no file */
  receiver->state = upload->has_file ? CONTENT : OTHER_PART;
}

/* The place of the needle, or `size`: found by its first byte, so that file content goes through at memchr's speed. */
static size_t find(const char *data, size_t size, const char *needle, size_t needle_size) {
  for (size_t at = 0; at + needle_size <= size;) {
    const char *hit = memchr(data + at, needle[0], size - at - needle_size + 1);
    if (!hit)
      return size;
    at = (size_t)(hit - data);
    if (memcmp(hit, needle, needle_size) == 0)
      return at;
    at++;
  }
  return size;
}

/* Takes what can be told of these bytes; how many of them that is. 0: more must come. */
static size_t advance(struct receiver *receiver, const char *data, size_t size) {
  size_t place;
  switch (receiver->state) {
    case BEFORE: /* the first mark has no line before it */
      place = find(data, size, receiver->mark + 2, receiver->mark_size - 2);
      if (place == size)
        return 0;
      receiver->state = HEAD;
      return place + receiver->mark_size - 2;
    case HEAD:
      if (size >= 2 && memcmp(data, "--", 2) == 0) {
        receiver->state = DONE;
        receiver->upload.ended = true;
        return 2;
      }
      place = find(data, size, "\r\n\r\n", 4);
      if (place == size)
        return 0;
      read_head(receiver, (struct osmflow_text){data, place});
      return place + 4;
    case CONTENT:
    case OTHER_PART:
      place = find(data, size, receiver->mark, receiver->mark_size);
      const bool found = place < size;
      if (!found)
        place = size < receiver->mark_size ? 0 : size - receiver->mark_size + 1; /* a mark may begin in the rest */
      if (receiver->state == CONTENT && place > 0)
        take_content(receiver, data, place);
      if (found)
        receiver->state = HEAD;
      return found ? place + receiver->mark_size : place;
    default:
      return size;
  }
}

static void take(struct sandbox_sink *sink, const char *data, size_t size) {
  struct receiver *receiver = (struct receiver *)(void *)sink;
  struct osmflow_bytes *kept = &receiver->kept;
  if (!receiver->upload.is_multipart || receiver->upload.is_broken)
    return;
  /* What was kept goes first, with a piece of the new bytes that is long enough to tell what it is. */
  while (kept->size > 0 && size > 0) {
    const size_t piece = size < 4096 ? size : 4096, before = kept->size;
    keep(kept, data, piece);
    data += piece;
    size -= piece;
    size_t used = 0, step;
    while (used < kept->size && (step = advance(receiver, kept->data + used, kept->size - used)) > 0)
      used += step;
    if (used >= before) { /* the rest is the caller's again */
      data -= kept->size - used;
      size += kept->size - used;
      osmflow_bytes_reset(kept);
    } else {
      memmove(kept->data, kept->data + used, kept->size - used);
      kept->size -= used;
    }
    receiver->upload.is_broken = kept->size > MOST_HEAD;
    if (receiver->upload.is_broken)
      return;
  }
  for (size_t step; size > 0 && (step = advance(receiver, data, size)) > 0;) {
    data += step;
    size -= step;
  }
  keep(kept, data, size);
}

static void let_go(struct sandbox_sink *sink) {
  struct receiver *receiver = (struct receiver *)(void *)sink;
  osmflow_bytes_clear(&receiver->upload.head);
  osmflow_bytes_clear(&receiver->upload.directory);
  osmflow_bytes_clear(&receiver->kept);
  free(receiver);
}

static bool is_upload(const struct sandbox_exchange *exchange) {
  const char *url = exchange->url;
  const size_t path = strcspn(url, "?"), end = sizeof "/image" - 1;
  return strcmp(exchange->method, "POST") == 0 && strncmp(url, "/rest/rasters/mosaic/", 21) == 0 && path > 21 &&
         strncmp(url + path - end, "/image", end) == 0;
}

struct sandbox_sink *sandbox_open_sink(struct sandbox *sandbox, const struct sandbox_exchange *exchange) {
  if (!is_upload(exchange))
    return NULL;
  struct receiver *receiver = calloc(1, sizeof *receiver);
  if (!receiver)
    sandbox_die("out of memory");
  receiver->base = (struct sandbox_sink){take, let_go};
  receiver->hashes = mapflow_of(sandbox)->wishes.hash;
  osmflow_sha1_init(&receiver->sha1);
  osmflow_bytes_init(&receiver->upload.head, MAPFLOW_HEAD);
  osmflow_bytes_init(&receiver->upload.directory, MAPFLOW_DIRECTORY);
  osmflow_bytes_init(&receiver->kept, SIZE_MAX / 4);
  const char *type = "", *boundary;
  for (size_t i = 0; i < exchange->header_count; i++)
    if (strcasecmp(exchange->headers[i].name, "Content-Type") == 0)
      type = exchange->headers[i].value;
  boundary = strstr(type, "boundary=");
  if (strncasecmp(type, "multipart/form-data", 19) != 0 || !boundary)
    return &receiver->base;
  boundary += strlen("boundary=");
  boundary += *boundary == '"';
  const size_t length = strcspn(boundary, "\";\r\n");
  receiver->upload.is_multipart = length > 0 && length <= 100;
  receiver->mark_size = (size_t)snprintf(receiver->mark, sizeof receiver->mark, "\r\n--%.*s",
                                         (int)(length > 100 ? 100 : length), boundary);
  return &receiver->base;
}

const struct mapflow_upload *mapflow_upload_of(const struct sandbox_exchange *exchange) {
  struct receiver *receiver = (struct receiver *)(void *)exchange->sink;
  if (!receiver)
    return NULL;
  struct mapflow_upload *upload = &receiver->upload;
  if (receiver->hashes && upload->sha1[0] == '\0')
    osmflow_sha1_finish(&receiver->sha1, upload->sha1);
  return upload;
}
