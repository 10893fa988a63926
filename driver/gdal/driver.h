/* The drivers of the plugin, one file each. */
#ifndef OSMFLOW_GDAL_DRIVER_H
#define OSMFLOW_GDAL_DRIVER_H

/* Each registers its driver unless it is there already. */
void OsmflowRegisterOsmapi();
void OsmflowRegisterMapflow();
void OsmflowRegisterCityloader();

#endif
