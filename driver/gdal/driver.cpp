/* The plugin's only door. */
#include "gdal/driver.h"

#include <gdal_priv.h>

extern "C" CPL_DLL void RegisterOGRosmflow();

void RegisterOGRosmflow() {
  if (GDAL_CHECK_VERSION("osmflow")) {
    OsmflowRegisterOsmapi();
    OsmflowRegisterMapflow();
    OsmflowRegisterCityloader();
  }
}
