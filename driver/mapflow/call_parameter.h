/* What the values of parameters in connection strings look like: checked before anything is asked. */
#ifndef OSMFLOW_MAPFLOW_CALL_PARAMETER_H
#define OSMFLOW_MAPFLOW_CALL_PARAMETER_H

#include <osmflow/status.h>

#include "base/text.h"

/* OSMFLOW_BAD_ARGUMENT says what it must be. Names that are in no table take any text. */
enum osmflow_status osmflow_mapflow_parameter_check(const char *name, struct osmflow_text value,
                                                    struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* May be given several times. */
bool osmflow_mapflow_parameter_repeats(const char *name);

enum osmflow_mapflow_parameter_kind {
  OSMFLOW_MAPFLOW_PARAMETER_TEXT,
  OSMFLOW_MAPFLOW_PARAMETER_ID,
  OSMFLOW_MAPFLOW_PARAMETER_WHOLE,  /* a number from `least` to `most` */
  OSMFLOW_MAPFLOW_PARAMETER_NUMBER, /* also with decimals */
  OSMFLOW_MAPFLOW_PARAMETER_TIME,
  OSMFLOW_MAPFLOW_PARAMETER_CHOICE,
  OSMFLOW_MAPFLOW_PARAMETER_BOOLEAN,
  OSMFLOW_MAPFLOW_PARAMETER_BBOX,
  OSMFLOW_MAPFLOW_PARAMETER_AREA, /* GeoJSON */
  OSMFLOW_MAPFLOW_PARAMETER_LIST  /* texts divided by commas, or given several times */
};
enum osmflow_mapflow_parameter_kind osmflow_mapflow_parameter_kind(const char *name);

#endif
