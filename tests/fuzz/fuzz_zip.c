/* Any bytes as a downloaded export: what is opened lies within the archive, and all of it can be read or refused. */
#include <cpl_error.h>
#include <gdal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cityloader/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char path[] = "/vsimem/fuzz.zip", inside[] = "/vsizip/{/vsimem/fuzz.zip}/";

static void check(const struct osmflow_archive_member *member) {
  struct osmflow_mesh mesh;
  if (strncmp(member->path, inside, sizeof inside - 1) != 0 || strstr(member->name, ".."))
    abort();
  osmflow_mesh_init(&mesh);
  if (member->is_model && member->format != OSMFLOW_MODEL_DXF &&
      osmflow_model_read(member, &mesh, NULL) == OSMFLOW_OK && !mesh.first)
    abort();
  osmflow_mesh_clear(&mesh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct osmflow_archive archive;
  osmflow_archive_init(&archive);
  CPLPushErrorHandler(CPLQuietErrorHandler);
  VSIFCloseL(VSIFileFromMemBuffer(path, (GByte *)data, size, 0));
  if (osmflow_archive_open(path, &archive, NULL) == OSMFLOW_OK)
    for (size_t i = 0; i < archive.count; i++)
      check(&archive.members[i]);
  osmflow_archive_clear(&archive);
  VSIUnlink(path);
  CPLPopErrorHandler();
  return 0;
}
