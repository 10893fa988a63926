/* City models as datasets: the layers terrain and buildings, or one layer model. */
#ifndef OSMFLOW_SOURCE_CITYLOADER_DATASET_H
#define OSMFLOW_SOURCE_CITYLOADER_DATASET_H

#include "source/stream.h"

/* Opening does no network and makes nothing: the first question about a layer does. */
enum osmflow_status osmflow_cityloader_dataset_open(const struct osmflow_environment *environment, const char *text,
                                                    const char *const *options, struct osmflow_stream_dataset **dataset,
                                                    struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
