/* Mapflow as a dataset of streams: connection string and open options to layers. */
#ifndef OSMFLOW_SOURCE_MAPFLOW_DATASET_H
#define OSMFLOW_SOURCE_MAPFLOW_DATASET_H

#include "source/mapflow_connection.h"
#include "source/stream.h"

/* No network. `for_update`: OSMFLOW_UNSUPPORTED where nothing of the call can be edited. The caller closes *dataset. */
enum osmflow_status osmflow_mapflow_dataset_open(const struct osmflow_environment *environment, const char *connection,
                                                 const char *const *options, bool for_update,
                                                 struct osmflow_stream_dataset **dataset,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
