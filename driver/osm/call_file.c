#include "osm/call_file.h"

#include <sys/stat.h>

static const struct ending {
  const char *ending;
  const char *call_class; /* NULL: refused */
  const char *advice;
} endings[] = {
    {".osm", "file", NULL},
    {".osm.gz", "file", NULL},
    {".json", "file", NULL},
    {".json.gz", "file", NULL},
    {".osc", "file/changes", NULL},
    {".osc.gz", "file/changes", NULL},
    {".osh", "file/changes", NULL},
    {".osh.gz", "file/changes", NULL},
    {".bz2", NULL, "it is packed with bzip2; unpack it first (bunzip2), or pack it with gzip"},
    {".pbf", NULL, "PBF files are read by GDAL's own OSM driver: open it without the prefix OSMAPI:"},
};

enum osmflow_status osmflow_file_class_by_name(const char *name, const struct osmflow_call_class **call_class,
                                               struct osmflow_error *error) {
  size_t size = strlen(name);
  *call_class = NULL;
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    size_t length = strlen(endings[i].ending);
    if (size <= length || !osmflow_text_is_ignoring_case(osmflow_text(name + size - length), endings[i].ending))
      continue;
    if (!endings[i].call_class)
      return osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "\"%.200s\" cannot be read here: %s", name,
                               endings[i].advice);
    *call_class = osmflow_call_class(endings[i].call_class);
    return OSMFLOW_OK;
  }
  return OSMFLOW_OK;
}

bool osmflow_file_is_virtual(const char *name) {
  return strncmp(name, "/vsi", 4) == 0;
}

bool osmflow_file_exists(const char *name) {
  struct stat facts;
  return stat(name, &facts) == 0 && !S_ISDIR(facts.st_mode);
}
