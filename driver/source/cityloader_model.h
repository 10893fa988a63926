/* The model of a connection, loaded once for all datasets of the process that show it: what source/shared.h shares.
 *
 * Loading finds or makes the export, waits, downloads (a ZIP that was downloaded before is not asked for again), reads
 * its files, finds its bodies and its place on the earth. Immutable once loaded. */
#ifndef OSMFLOW_SOURCE_CITYLOADER_MODEL_H
#define OSMFLOW_SOURCE_CITYLOADER_MODEL_H

#include "format/obj.h"
#include "source/cityloader_connection.h"
#include "source/shared.h"

struct osmflow_city_part {
  char *file;                   /* its name in the archive */
  enum osmflow_model_part kind; /* as its name tells */
  struct osmflow_mesh mesh;
  struct osmflow_bodies bodies;
};

struct osmflow_city {
  struct osmflow_cityloader_connection connection; /* a copy */
  struct osmflow_city_part *parts;
  size_t part_count;
  struct osmflow_obj_materials materials;
  struct osmflow_place place;
  bool is_y_up;                 /* the meshes were turned */
  char id[64];                  /* of the export; "" for files */
  struct osmflow_bytes request; /* its JSON; empty when it is not known */
};

extern const struct osmflow_shared_class osmflow_city_shared;

/* The thing of a connection. No network. */
enum osmflow_status osmflow_city_acquire(const char *key, const struct osmflow_cityloader_connection *connection,
                                         struct osmflow_shared **shared,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* "#rrggbb" of a material, or NULL. */
const char *osmflow_city_color(const struct osmflow_city *city, const char *material);

#endif
