/* Everything that differs between the GDAL versions this plugin is built for, from 3.6 to 3.13, in one place. */
#ifndef OSMFLOW_GDAL_COMPAT_H
#define OSMFLOW_GDAL_COMPAT_H

#include <gdal_version.h>

#define OSMFLOW_GDAL(major, minor) (GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(major, minor, 0))

/* 3.12 made the getters of datasets and layers const. */
#if OSMFLOW_GDAL(3, 12)
#define OSMFLOW_CONST_312 const
using osmflow_layer_result = const OGRLayer;
using osmflow_definition_result = const OGRFeatureDefn;
#else
#define OSMFLOW_CONST_312
using osmflow_layer_result = OGRLayer;
using osmflow_definition_result = OGRFeatureDefn;
#endif

/* 3.11 split the virtual functions of extents and spatial filters from the public ones. */
#if OSMFLOW_GDAL(3, 11)
#define OSMFLOW_HAS_IGETEXTENT 1
#else
#define OSMFLOW_HAS_IGETEXTENT 0
#endif

/* 3.13 made metadata const. */
#if OSMFLOW_GDAL(3, 13)
using osmflow_metadata_result = CSLConstList;
#else
using osmflow_metadata_result = char **;
#endif

/* And options. */
#if OSMFLOW_GDAL(3, 13)
using osmflow_options = CSLConstList;
#else
using osmflow_options = char **;
#endif

/* 3.13 gave closing a progress bar. */
#if OSMFLOW_GDAL(3, 13)
#define OSMFLOW_CLOSE_PARAMETERS GDALProgressFunc progress, void *progress_data
#define OSMFLOW_CLOSE_ARGUMENTS progress, progress_data
#else
#define OSMFLOW_CLOSE_PARAMETERS
#define OSMFLOW_CLOSE_ARGUMENTS
#endif

#endif
