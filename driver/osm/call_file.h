/* Which connection strings are names of local files. Used by call.c only. */
#ifndef OSMFLOW_OSM_CALL_FILE_H
#define OSMFLOW_OSM_CALL_FILE_H

#include "osm/call.h"

/* The class of a file by the end of its name: *call_class is NULL when the name does not tell. OSMFLOW_UNSUPPORTED for
 * names of OSM files that must be unpacked or read otherwise. No I/O. */
enum osmflow_status osmflow_file_class_by_name(const char *name, const struct osmflow_call_class **call_class,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether a name is one of GDAL's /vsi... paths. */
bool osmflow_file_is_virtual(const char *name);
/* Looks whether there is such a file on a local disk; GDAL's paths are not looked at, for they may ask a network. */
bool osmflow_file_exists(const char *name);

#endif
