/* The plan of an upload as text: NAME.plan.N. First line: the format and the number of items; then one line per item
 * with all that struct osmflow_change_item holds. Source: our own format, lines as in osm/journal_json.h. */
#ifndef OSMFLOW_OSM_JOURNAL_PLAN_H
#define OSMFLOW_OSM_JOURNAL_PLAN_H

#include "base/bytes.h"
#include "osm/change.h"

/* 1 GiB. */
#define OSMFLOW_JOURNAL_CEILING ((size_t)1024 * 1024 * 1024)

enum osmflow_status osmflow_journal_plan_write(const struct osmflow_change *change, struct osmflow_bytes *text,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The change as it was; empty when it fails. *line is the line that is wrong. */
enum osmflow_status osmflow_journal_plan_read(struct osmflow_text text, struct osmflow_change *change, size_t *line,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The osmChange document for people: what is pending, with the ids that are known by now. */
enum osmflow_status osmflow_journal_plan_document(const struct osmflow_change *change, struct osmflow_bytes *document,
                                                  struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
