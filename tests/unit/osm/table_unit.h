/* Showing the rows of a table as text, so that tests can compare them. */
#ifndef OSMFLOW_TABLE_UNIT_H
#define OSMFLOW_TABLE_UNIT_H

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/number.h"
#include "osm/table.h"

static inline void show_value(struct osmflow_bytes *shown, const struct osmflow_value *value,
                              enum osmflow_field_type type) {
  char number[OSMFLOW_NUMBER_SIZE] = "";
  enum osmflow_status status = OSMFLOW_OK;
  if (value->is_null)
    status = osmflow_bytes_add_string(shown, "-", NULL);
  else if (type == OSMFLOW_FIELD_STRING || type == OSMFLOW_FIELD_JSON)
    status = osmflow_bytes_add_text(shown, value->text, NULL);
  else if (type == OSMFLOW_FIELD_DATETIME)
    osmflow_format_time(number, value->integer);
  else if (type == OSMFLOW_FIELD_REAL)
    osmflow_format_real(number, value->real);
  else
    osmflow_format_int(number, value->integer);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_add_string(shown, number, NULL);
  if (status != OSMFLOW_OK)
    abort();
}

/* "fid|value|value|... (lon lat,lon lat)(...)" and a line feed for each row. */
static inline void show_layer(struct osmflow_bytes *shown, const struct osmflow_table_rows *rows) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; i < rows->row_count; i++) {
    const struct osmflow_table_row *row = &rows->rows[i];
    status = osmflow_bytes_print(shown, NULL, "%lld", (long long)row->fid);
    for (size_t j = 0; status == OSMFLOW_OK && j < rows->schema->column_count; j++) {
      status = osmflow_bytes_add_string(shown, "|", NULL);
      show_value(shown, &rows->values[row->first_value + j], rows->schema->columns[j].type);
    }
    for (size_t j = 0; status == OSMFLOW_OK && j < row->part_count; j++) {
      const struct osmflow_table_part *part = &rows->parts[row->first_part + j];
      for (size_t k = 0; status == OSMFLOW_OK && k < part->count; k++) {
        const struct osmflow_position *position = &rows->positions[part->first + k];
        status =
            osmflow_bytes_print(shown, NULL, "%s%g %g", k == 0 ? " (" : ",", position->lon / 1e7, position->lat / 1e7);
      }
      if (status == OSMFLOW_OK)
        status = osmflow_bytes_add_string(shown, ")", NULL);
    }
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_string(shown, "\n", NULL);
  }
  if (status != OSMFLOW_OK)
    abort();
}

#endif
