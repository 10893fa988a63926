/* Errors of source/ as GDAL's. */
#ifndef OSMFLOW_GDAL_REPORT_H
#define OSMFLOW_GDAL_REPORT_H

#include <ogr_core.h>

extern "C" {
#include <osmflow/status.h>
}

/* Reports an error as CPLError(CE_Failure). */
void OsmflowReport(const struct osmflow_error &error);
/* The same, and as OGR's error code; OSMFLOW_OK is OGRERR_NONE. */
OGRErr OsmflowResult(enum osmflow_status status, const struct osmflow_error &error);

#endif
