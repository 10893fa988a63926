/* A rectangle in longitude and latitude, in 1e-7 degrees: OSM's own precision, so tiles meet without gaps. */
#ifndef OSMFLOW_BASE_BBOX_H
#define OSMFLOW_BASE_BBOX_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct osmflow_bbox {
  int32_t min_lon, min_lat, max_lon, max_lat; /* degrees * OSMFLOW_DEGREE; edges belong to it */
};

/* "min_lon,min_lat,max_lon,max_lat" in degrees (commas may be %2C, blanks around numbers are fine). The error says
 * which number is wrong and why: not a number, out of range, minimum above maximum, decimal commas, five numbers. */
enum osmflow_status osmflow_bbox_parse(struct osmflow_text text, struct osmflow_bbox *bbox,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum { OSMFLOW_BBOX_SIZE = 64 };
/* The shortest form that reads back the same: "9.52,47.13,9.53,47.14". Returns the length. */
size_t osmflow_bbox_format(char buffer[OSMFLOW_BBOX_SIZE], const struct osmflow_bbox *bbox);
/* Square degrees, as the API's capabilities count them. */
double osmflow_bbox_area(const struct osmflow_bbox *bbox);

#endif
