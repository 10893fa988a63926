/* The document of one answer into the rows of a table: begin, feed*, end, take. Beginning anew forgets what came since
 * the last take, so an answer may be asked for again. Owner: the caller (_new/_free). */
#ifndef OSMFLOW_OSM_TABLE_READ_H
#define OSMFLOW_OSM_TABLE_READ_H

#include "osm/table_calls.h"

struct osmflow_table_reader;
/* `key`: of the preference, for the call that answers with its bare value; else "". */
enum osmflow_status osmflow_table_reader_new(const struct osmflow_call_class *call_class, struct osmflow_text key,
                                             struct osmflow_table *table, struct osmflow_table_reader **reader,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_table_reader_free(struct osmflow_table_reader *reader); /* NULL is fine */

void osmflow_table_reader_begin(struct osmflow_table_reader *reader);
enum osmflow_status osmflow_table_reader_feed(struct osmflow_table_reader *reader, const void *data, size_t size,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The document is whole, and the server did not stop in the middle of it (<error>): else OSMFLOW_BAD_DATA. */
enum osmflow_status osmflow_table_reader_end(struct osmflow_table_reader *reader,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Appends its rows. An object that the table has already is left out. *page_rows: how many rows (trackpoints: points)
 * the document had, those left out included. OSMFLOW_BAD_DATA when it is not what the call asks for. */
enum osmflow_status osmflow_table_reader_take(struct osmflow_table_reader *reader, size_t *page_rows,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A whole document at once, into an empty table. */
enum osmflow_status osmflow_table_read(const struct osmflow_call_class *call_class, struct osmflow_text key,
                                       struct osmflow_text document, struct osmflow_table *table,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
