/* Filling the rows of a table. A row is begun, its values, parts and positions are set, then the next one is begun;
 * everything below acts on the last row of a layer. Errors: OSMFLOW_TOO_LARGE, OSMFLOW_NO_MEMORY. */
#ifndef OSMFLOW_OSM_TABLE_ROWS_H
#define OSMFLOW_OSM_TABLE_ROWS_H

#include "base/idmap.h"
#include "base/pool.h"
#include "osm/table.h"

enum { OSMFLOW_TABLE_LAYERS = 3 }; /* no call has more */

struct osmflow_table_memory {
  struct osmflow_pool texts;
  size_t text_size;
  struct osmflow_idmap seen[OSMFLOW_TABLE_LAYERS]; /* by layer: the ids that are in it */
};

/* An empty table with the layers of a call. OSMFLOW_BAD_ARGUMENT when the call has no tables. */
enum osmflow_status osmflow_table_begin(struct osmflow_table *table, const struct osmflow_call_class *call_class,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A row whose values are all null and that has no geometry; its fid is its number. */
enum osmflow_status osmflow_table_add_row(struct osmflow_table_rows *rows,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Takes the last row back. */
void osmflow_table_drop_row(struct osmflow_table_rows *rows);
/* Gives the last row of a layer the id of its object. *is_new: false when the layer has it already; the caller drops
 * the row then. */
enum osmflow_status osmflow_table_set_id(struct osmflow_table *table, size_t layer, int64_t id, bool *is_new,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* A value of the last row, to be written. */
struct osmflow_value *osmflow_table_value(const struct osmflow_table_rows *rows, size_t column);
void osmflow_table_set_integer(struct osmflow_table_rows *rows, size_t column, int64_t integer);
void osmflow_table_set_real(struct osmflow_table_rows *rows, size_t column, double real);
enum osmflow_status osmflow_table_set_text(struct osmflow_table *table, struct osmflow_table_rows *rows, size_t column,
                                           struct osmflow_text text, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Starts another line, ring or point of the last row's geometry. */
enum osmflow_status osmflow_table_add_part(struct osmflow_table_rows *rows,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_table_add_position(struct osmflow_table_rows *rows, struct osmflow_position position,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* A part with one position. */
enum osmflow_status osmflow_table_set_point(struct osmflow_table_rows *rows, struct osmflow_position position,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The number of a column; it must be there. */
size_t osmflow_table_column_number(const struct osmflow_table_schema *schema, const char *name);

#endif
