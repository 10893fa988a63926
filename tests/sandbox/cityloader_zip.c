/* ZIP files with stored members; on demand of the kinds that no client should open. */
#include <string.h>
#include <zlib.h>

#include "cityloader.h"

static void put(struct osmflow_bytes *zip, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    const unsigned char byte = (unsigned char)(i < sizeof value ? value >> (8 * i) : 0);
    city_add(zip, &byte, 1);
  }
}

/* What both headers of a member say. */
struct facts {
  uint32_t crc, packed, size;
  uint16_t method;
};

static void put_facts(struct osmflow_bytes *zip, const struct facts *facts, const char *name) {
  put(zip, 20, 2);
  put(zip, 0, 2);
  put(zip, facts->method, 2);
  put(zip, 0, 4);
  put(zip, facts->crc, 4);
  put(zip, facts->packed, 4);
  put(zip, facts->size, 4);
  put(zip, strlen(name), 2);
}

static struct facts find_facts(const struct city_member *member, enum city_zip kind) {
  const uint32_t size = (uint32_t)member->content.size;
  const unsigned char *data = (const unsigned char *)osmflow_bytes_string(&member->content);
  struct facts facts = {(uint32_t)crc32(0, data, size), size, size, 0};
  if (kind == CITY_CRC)
    facts.crc ^= 1;
  if (kind == CITY_BOMB)
    facts = (struct facts){facts.crc, size, 0xF0000000u, 8};
  return facts;
}

void city_zip(struct city_member *members, size_t count, enum city_zip kind, struct osmflow_bytes *zip) {
  uint64_t offsets[4];
  struct facts facts[4];
  if (kind == CITY_HTML) {
    city_printf(zip, "<html><body>Please sign in</body></html>");
    return;
  }
  count = kind == CITY_EMPTY ? 0 : count;
  for (size_t i = 0; i < count; i++) {
    if (kind == CITY_TRAVERSAL)
      memmove(members[i].name, "../../tmp/evil.stl", sizeof "../../tmp/evil.stl");
    if (kind == CITY_BOMB)
      osmflow_bytes_reset(&members[i].content);
    facts[i] = find_facts(&members[i], kind);
    offsets[i] = zip->size;
    put(zip, 0x04034b50, 4);
    put_facts(zip, &facts[i], members[i].name);
    put(zip, 0, 2);
    city_add(zip, members[i].name, strlen(members[i].name));
    city_add(zip, osmflow_bytes_string(&members[i].content), members[i].content.size);
  }
  const uint64_t directory = zip->size;
  for (size_t i = 0; i < count; i++) {
    put(zip, 0x02014b50, 4);
    put(zip, 0x0314, 2);
    put_facts(zip, &facts[i], members[i].name);
    put(zip, 0, 12);
    put(zip, offsets[i], 4);
    city_add(zip, members[i].name, strlen(members[i].name));
  }
  const uint64_t size = zip->size - directory;
  put(zip, 0x06054b50, 4);
  put(zip, 0, 4);
  put(zip, count, 2);
  put(zip, count, 2);
  put(zip, size, 4);
  put(zip, directory, 4);
  put(zip, 0, 2);
  if (kind == CITY_TRUNCATED)
    zip->size -= zip->size / 3;
}
