#include "gdal/report.h"

#include <cpl_error.h>

void OsmflowReport(const struct osmflow_error &error) {
  CPLError(CE_Failure, error.status == OSMFLOW_CANCELLED ? CPLE_UserInterrupt : CPLE_AppDefined, "%s", error.message);
}

OGRErr OsmflowResult(enum osmflow_status status, const struct osmflow_error &error) {
  if (status == OSMFLOW_OK)
    return OGRERR_NONE;
  OsmflowReport(error);
  if (status == OSMFLOW_NOT_FOUND)
    return OGRERR_NON_EXISTING_FEATURE;
  return status == OSMFLOW_UNSUPPORTED ? OGRERR_UNSUPPORTED_OPERATION : OGRERR_FAILURE;
}
