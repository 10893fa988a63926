/* What a server can do and how much of it: GET capabilities. */
#ifndef OSMFLOW_OSM_CAPABILITIES_H
#define OSMFLOW_OSM_CAPABILITIES_H

#include "format/tree.h"
#include "net/http.h"

struct osmflow_capabilities {
  double map_area; /* square degrees of one map call */
  double note_area;
  int64_t trackpoints_page;
  int64_t way_nodes;
  int64_t relation_members;
  int64_t changeset_elements;
  int64_t changesets_limit; /* rows of one changesets query at most */
  int64_t notes_limit;
  char database_status[16], api_status[16], gpx_status[16]; /* online, readonly, offline; "" when not told */
};

/* The values of openstreetmap.org, for servers that do not say. */
void osmflow_capabilities_default(struct osmflow_capabilities *capabilities);
/* From the document's root element (XML). What it does not tell is as usual. */
enum osmflow_status osmflow_capabilities_read(const struct osmflow_tree_node *root,
                                              struct osmflow_capabilities *capabilities,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_capabilities_get(struct osmflow_http *http, const char *root,
                                             struct osmflow_capabilities *capabilities,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
