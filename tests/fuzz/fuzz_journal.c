/* Any bytes as the lines of a journal and of its plan, two line feeds between them. The checksums are put in here, so
 * that the search gets past them; a line that begins with '!' keeps what it has. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/crc32.h"
#include "osm/journal_plan.h"
#include "osm/journal_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_INPUT = 1 << 19, CEILING = 1 << 24 };

static volatile uint64_t sum_of_all; /* so that nothing of the walk is left out */

static enum osmflow_status visit(void *self, const struct osmflow_journal_record *record, struct osmflow_error *error) {
  (void)self;
  (void)error;
  sum_of_all += strlen(record->text) + strlen(record->digest);
  for (size_t i = 0; record->rows && i < record->count; i++)
    sum_of_all += (uint64_t)record->rows[i].old_id;
  return OSMFLOW_OK;
}

/* False without memory. */
static bool add_checksums(struct osmflow_text lines, struct osmflow_bytes *text) {
  struct osmflow_text line;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && lines.data && osmflow_text_next(&lines, '\n', &line)) {
    const bool is_raw = line.size > 0 && line.data[0] == '!';
    if (!is_raw)
      status = osmflow_bytes_print(text, NULL, "%08x ", (unsigned)osmflow_crc32(line));
    else
      line = (struct osmflow_text){line.data + 1, line.size - 1};
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_text(text, line, NULL);
    if (status == OSMFLOW_OK && lines.data)
      status = osmflow_bytes_add(text, "\n", 1, NULL);
  }
  return status == OSMFLOW_OK;
}

static void read_journal(struct osmflow_text text) {
  struct osmflow_journal_text read;
  if (osmflow_journal_text_read(text, visit, NULL, &read, NULL) != OSMFLOW_OK)
    return;
  if (read.whole > text.size || read.plan.number <= 0)
    abort();
  sum_of_all += strlen(read.own.head.root) + strlen(read.own.head.connection);
  for (size_t i = 0; i < read.own.head.tag_count; i++)
    sum_of_all += read.own.head.tags[i].value.size;
  osmflow_journal_own_head_clear(&read.own);
}

/* A plan that is accepted must be written so that it reads back the same: its second text is its first. */
static void read_plan(struct osmflow_text text) {
  struct osmflow_change change;
  struct osmflow_bytes first;
  struct osmflow_bytes second;
  size_t line;
  osmflow_change_init(&change);
  osmflow_bytes_init(&first, CEILING);
  osmflow_bytes_init(&second, CEILING);
  if (osmflow_journal_plan_read(text, &change, &line, NULL) == OSMFLOW_OK) {
    if (osmflow_journal_plan_write(&change, &first, NULL) != OSMFLOW_OK)
      abort();
    osmflow_change_clear(&change);
    if (osmflow_journal_plan_read(osmflow_bytes_view(&first), &change, &line, NULL) != OSMFLOW_OK ||
        osmflow_journal_plan_write(&change, &second, NULL) != OSMFLOW_OK ||
        !osmflow_text_equal(osmflow_bytes_view(&first), osmflow_bytes_view(&second)))
      abort();
    sum_of_all += osmflow_journal_plan_document(&change, &first, NULL) == OSMFLOW_OK;
  }
  osmflow_bytes_clear(&first);
  osmflow_bytes_clear(&second);
  osmflow_change_clear(&change);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct osmflow_text journal = {(const char *)data, size};
  struct osmflow_text plan = {(const char *)data, 0};
  struct osmflow_bytes text;
  if (size == 0 || size > MOST_INPUT)
    return 0;
  for (size_t i = 0; i + 1 < size && plan.size == 0; i++)
    if (data[i] == '\n' && data[i + 1] == '\n') {
      journal.size = i + 1;
      plan = (struct osmflow_text){(const char *)data + i + 2, size - i - 2};
    }
  osmflow_bytes_init(&text, CEILING);
  if (add_checksums(journal, &text))
    read_journal(osmflow_bytes_view(&text));
  osmflow_bytes_reset(&text);
  if (plan.size > 0 && add_checksums(plan, &text))
    read_plan(osmflow_bytes_view(&text));
  osmflow_bytes_clear(&text);
  return 0;
}
