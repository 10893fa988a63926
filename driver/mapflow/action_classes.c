/* The table of the calls that change something. */
#include <string.h>

#include "mapflow/action.h"

static const struct osmflow_mapflow_action_class classes[] = {
    {.name = "project/create", .method = "POST", .path = "projects", .members = "name! description"},
    {.name = "project/update",
     .method = "PUT",
     .path = "projects/{id}",
     .members = "name description",
     .is_harmless_twice = true},
    {.name = "project/delete",
     .method = "DELETE",
     .path = "projects/{id}",
     .is_harmless_twice = true,
     .destroys = true},
    {.name = "processing/update",
     .method = "PUT",
     .path = "processings/{id}",
     .members = "name description projectId",
     .is_harmless_twice = true},
    {.name = "processing/delete",
     .method = "DELETE",
     .path = "processings/{id}",
     .is_harmless_twice = true,
     .destroys = true},
    {.name = "processing/restart", .method = "POST", .path = "processings/{id}/restart"},
    {.name = "processing/rate",
     .method = "PUT",
     .path = "processings/{id}/rate",
     .members = "rating#! feedback",
     .is_harmless_twice = true},
    {.name = "processing/accept", .method = "PUT", .path = "processings/{id}/acceptation", .is_harmless_twice = true},
    {.name = "processing/reject",
     .method = "PUT",
     .path = "processings/{id}/rejection",
     .members = "comment! features{}",
     .is_harmless_twice = true},
    {.name = "mosaic/create", .method = "POST", .path = "rasters/mosaic", .members = "name! tags[]"},
    {.name = "mosaic/update",
     .method = "PUT",
     .path = "rasters/mosaic/{id}",
     .members = "name tags[]",
     .is_harmless_twice = true},
    {.name = "mosaic/delete",
     .method = "DELETE",
     .path = "rasters/mosaic/{id}",
     .is_harmless_twice = true,
     .destroys = true},
    {.name = "mosaic/link-image", .method = "POST", .path = "rasters/mosaic/{id}/link-image", .members = "url!"},
    {.name = "image/rename",
     .method = "PUT",
     .path = "rasters/image/{id}",
     .members = "name!",
     .is_in_query = true,
     .is_harmless_twice = true},
    {.name = "image/delete",
     .method = "DELETE",
     .path = "rasters/image/{id}",
     .is_harmless_twice = true,
     .destroys = true},
};

const struct osmflow_mapflow_action_class *osmflow_mapflow_action_classes(size_t *count) {
  *count = sizeof classes / sizeof classes[0];
  return classes;
}

const struct osmflow_mapflow_action_class *osmflow_mapflow_action_class(const char *name) {
  for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
    if (strcmp(classes[i].name, name) == 0)
      return &classes[i];
  return NULL;
}
