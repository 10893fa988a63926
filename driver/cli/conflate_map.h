/* What the map has already: found again by place, and compared with what is to come.
 *
 *   result   map      the same thing when
 *   area     area     they have more than `overlap` of the smaller one in common, or the result's middle is inside
 *   area     point    the point is inside
 *   line     line     more than half of the result's length is within `distance`
 *   point    point    they are within `distance`
 *   point    area     the point is inside
 *
 * Only things of one kind are compared (cli/conflate_kinds.h); with `all`, areas with all areas, lines with all lines
 * and points with all points. What GEOS cannot compare counts as the same thing: doubt makes no duplicates.
 * Owner: the caller (_new/_free). One thread at a time. */
#ifndef OSMFLOW_CLI_CONFLATE_MAP_H
#define OSMFLOW_CLI_CONFLATE_MAP_H

#include "cli/conflate_kinds.h"
#include "cli/conflate_source.h"

struct osmflow_conflate_rules {
  double overlap;  /* 0 to 1 */
  double distance; /* metres */
  bool all;
};

enum osmflow_conflate_verdict {
  OSMFLOW_CONFLATE_NEW,
  OSMFLOW_CONFLATE_OVERLAPS,
  OSMFLOW_CONFLATE_INSIDE,
  OSMFLOW_CONFLATE_NEAR,
  OSMFLOW_CONFLATE_VERDICTS
};

struct osmflow_conflate_map;
/* Reads what of the source touches the box. */
enum osmflow_status osmflow_conflate_map_new(struct osmflow_conflate_source *source, const OGREnvelope *box,
                                             const struct osmflow_conflate_rules *rules,
                                             struct osmflow_conflate_map **map,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_conflate_map_free(struct osmflow_conflate_map *map); /* NULL is fine */
/* Features that something can be compared with. */
size_t osmflow_conflate_map_count(const struct osmflow_conflate_map *map);

/* `geometry` in longitude and latitude. */
enum osmflow_conflate_verdict osmflow_conflate_map_judge(const struct osmflow_conflate_map *map, OGRGeometryH geometry,
                                                         osmflow_kinds kinds);

#endif
