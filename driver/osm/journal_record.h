/* The lines of a journal: the head, then records. Lines as in osm/journal_json.h. */
#ifndef OSMFLOW_OSM_JOURNAL_RECORD_H
#define OSMFLOW_OSM_JOURNAL_RECORD_H

#include "format/tree.h"
#include "osm/journal.h"

/* A head with all that it points at. */
struct osmflow_journal_own_head {
  struct osmflow_journal_head head;
  struct osmflow_tree *tree; /* owns the texts */
  struct osmflow_tag_view *tags;
};
void osmflow_journal_own_head_clear(struct osmflow_journal_own_head *own);

/* Which plan file a PLAN record puts in force. */
struct osmflow_journal_plan {
  int64_t number; /* 0: none yet */
  size_t count;
  char digest[65]; /* SHA-256 of the file, in hexadecimal */
};
void osmflow_journal_digest(struct osmflow_text text, char digest[65]);

/* Appends the first line. Secrets in it are left out. */
enum osmflow_status osmflow_journal_head_write(const struct osmflow_journal_head *head, struct osmflow_bytes *text,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* From the JSON text of that line. Empty when it fails. */
enum osmflow_status osmflow_journal_head_read(struct osmflow_text json, struct osmflow_journal_own_head *own,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Appends a record's line. `plan` NULL: any kind but PLAN; else PLAN. `most`: items of the plan in force. */
enum osmflow_status osmflow_journal_record_write(const struct osmflow_journal_record *record,
                                                 const struct osmflow_journal_plan *plan, size_t most,
                                                 struct osmflow_bytes *text,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Reads the text of a journal: its head, the last plan named, and every record to the visitor (may be NULL). *line is
 * the line that is wrong; *whole the size of the text without a torn end. */
struct osmflow_journal_text {
  struct osmflow_journal_own_head own;
  struct osmflow_journal_plan plan;
  size_t line, whole;
};
enum osmflow_status osmflow_journal_text_read(struct osmflow_text text, osmflow_journal_visitor *visitor, void *self,
                                              struct osmflow_journal_text *read,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
