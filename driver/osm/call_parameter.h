/* The parameters of the calls: which values they can have, judged before anything is sent, and written in one form, so
 * that two ways of writing the same question are the same question. Used by call.c only. */
#ifndef OSMFLOW_OSM_CALL_PARAMETER_H
#define OSMFLOW_OSM_CALL_PARAMETER_H

#include "osm/call.h"

/* What the values of a query say. */
struct osmflow_parameter_facts {
  bool has_bbox;
  struct osmflow_bbox bbox;
  bool repeats_ids; /* a multi fetch wants one element in several versions */
};

/* Judges every parameter and writes the query anew. The error says which parameter is wrong, missing or unknown. */
enum osmflow_status osmflow_parameters_check(const struct osmflow_call_class *call_class, struct osmflow_text raw_query,
                                             struct osmflow_bytes *query, struct osmflow_parameter_facts *facts,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
