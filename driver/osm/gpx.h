/* GPX 1.0 and 1.1 into rows while the bytes arrive: tracks, their points, waypoints. Several documents may follow one
 * another without anything in between, as the API sends archives of several files.
 *
 * A page of trackpoints that begins with the track the page before ended in continues that track, in a new segment:
 * whether the points on both sides of the cut belong to one segment cannot be told. */
#ifndef OSMFLOW_OSM_GPX_H
#define OSMFLOW_OSM_GPX_H

#include "osm/table_calls.h"

enum { OSMFLOW_GPX_TRACKS, OSMFLOW_GPX_POINTS, OSMFLOW_GPX_WAYPOINTS, OSMFLOW_GPX_LAYERS };
/* A table without the last layer ignores waypoints. */
extern const struct osmflow_table_layer osmflow_gpx_layers[OSMFLOW_GPX_LAYERS];

struct osmflow_gpx_reader;
enum osmflow_status osmflow_gpx_reader_new(struct osmflow_table *table, struct osmflow_gpx_reader **reader,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_gpx_reader_free(struct osmflow_gpx_reader *reader); /* NULL is fine */
/* A (new) page: forgets all rows since the last keep. */
void osmflow_gpx_reader_begin(struct osmflow_gpx_reader *reader);
enum osmflow_status osmflow_gpx_reader_feed(struct osmflow_gpx_reader *reader, const void *data, size_t size,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The page has ended: OSMFLOW_BAD_DATA when its last document is not complete. */
enum osmflow_status osmflow_gpx_reader_finish(struct osmflow_gpx_reader *reader,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The page stays. Returns how many track points it had. */
size_t osmflow_gpx_reader_keep(struct osmflow_gpx_reader *reader);

#endif
