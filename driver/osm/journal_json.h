/* Lines of the files of a journal, and the small JSON objects in them.
 *
 * A line is "CRC32 JSON" and a newline. JSON text as we write it holds neither newlines nor NUL bytes. */
#ifndef OSMFLOW_OSM_JOURNAL_JSON_H
#define OSMFLOW_OSM_JOURNAL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "format/tree.h"

enum { OSMFLOW_JOURNAL_LINE_CEILING = 64 * 1024 * 1024 };

/* Writes one line after the other into a buffer. After a failure the rest does nothing. Names are our own words. */
struct osmflow_journal_writer {
  struct osmflow_bytes *bytes;
  struct osmflow_error *error;
  enum osmflow_status status;
  size_t line_start;
  bool needs_comma;
};
void osmflow_journal_line_begin(struct osmflow_journal_writer *writer);
void osmflow_journal_line_end(struct osmflow_journal_writer *writer);
/* `name` NULL: an item of an array. */
void osmflow_journal_put_open(struct osmflow_journal_writer *writer, const char *name, char bracket);
void osmflow_journal_put_close(struct osmflow_journal_writer *writer, char bracket);
void osmflow_journal_put_int(struct osmflow_journal_writer *writer, const char *name, int64_t value);
/* Text must come back as it was: OSMFLOW_BAD_ARGUMENT when it is not UTF-8. */
void osmflow_journal_put_text(struct osmflow_journal_writer *writer, const char *name, struct osmflow_text text);
/* Text for people: what is not UTF-8 in it is replaced. */
void osmflow_journal_put_words(struct osmflow_journal_writer *writer, const char *name, struct osmflow_text text);

enum osmflow_journal_line {
  OSMFLOW_JOURNAL_LINE_NONE, /* the text is used up */
  OSMFLOW_JOURNAL_LINE_GOOD,
  OSMFLOW_JOURNAL_LINE_TORN,   /* the last line, not whole: what a crash leaves that interrupts a write */
  OSMFLOW_JOURNAL_LINE_DAMAGED /* anything else */
};
/* Cuts the next line off *rest and gives its JSON text. */
enum osmflow_journal_line osmflow_journal_line_next(struct osmflow_text *rest, struct osmflow_text *json);
/* The line's object. Free the tree when done with it. */
enum osmflow_status osmflow_journal_line_parse(struct osmflow_text json, struct osmflow_tree **tree,
                                               const struct osmflow_tree_node **object,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Members of an object. False: it is there, but is no number, or not within the range. Absent: 0. */
bool osmflow_journal_get_int(const struct osmflow_tree_node *object, const char *name, int64_t least, int64_t most,
                             int64_t *value);
/* False: it is there, but is no text. Absent: "". NUL-terminated; lives as long as the tree. */
bool osmflow_journal_get_text(const struct osmflow_tree_node *object, const char *name, struct osmflow_text *text);
/* False: it is there, but is no array. Absent: no items. *first is its first item. */
bool osmflow_journal_get_array(const struct osmflow_tree_node *object, const char *name,
                               const struct osmflow_tree_node **first, size_t *count);
/* The value of one item. */
bool osmflow_journal_item_int(const struct osmflow_tree_node *item, int64_t least, int64_t most, int64_t *value);
bool osmflow_journal_item_text(const struct osmflow_tree_node *item, struct osmflow_text *text);

#endif
