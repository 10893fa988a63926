/* What is in the ZIP of an export, checked before anything of it is read.
 *
 * Refused with a sentence: what is no ZIP or cut off, paths that lead out of it ("../", absolute, drive letters,
 * backslashes), links, encrypted members, more than 1,000 members, members larger than 4 GiB or together larger than 16
 * GiB, a ratio above 1:1000 (ZIP bombs, also overlapping members), members whose CRC or size differs from the
 * directory's. Read through GDAL's /vsizip/; nothing is unpacked to disk. */
#ifndef OSMFLOW_CITYLOADER_ARCHIVE_H
#define OSMFLOW_CITYLOADER_ARCHIVE_H

#include "base/bytes.h"

enum osmflow_model_format { OSMFLOW_MODEL_STL, OSMFLOW_MODEL_OBJ, OSMFLOW_MODEL_DXF };
enum osmflow_model_part { OSMFLOW_MODEL_ALL, OSMFLOW_MODEL_TERRAIN, OSMFLOW_MODEL_BUILDINGS };

struct osmflow_archive_member {
  char *path; /* "/vsizip/{...}/9b1d.stl": for VSIFOpenL; owned by the archive */
  char *name; /* within the ZIP */
  int64_t size;
  bool has_crc; /* of a ZIP: what the bytes that are read must have */
  uint32_t crc;
  bool is_model;
  enum osmflow_model_format format; /* of a model */
  enum osmflow_model_part part;     /* told by its name: "terrain", "building", "ground" ...; else ALL */
};
struct osmflow_archive {
  struct osmflow_archive_member *members;
  size_t count;
};
void osmflow_archive_init(struct osmflow_archive *archive);
void osmflow_archive_clear(struct osmflow_archive *archive);
/* A ZIP, or a plain .stl, .obj, .dxf file (or folder of them) of the user's. At least one model must be in it. */
enum osmflow_status osmflow_archive_open(const char *path, struct osmflow_archive *archive,
                                         struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Whether a ZIP is whole: osmflow_archive_open() likes it, and each member's bytes have the size and the checksum that
 * its directory tells. */
enum osmflow_status osmflow_archive_check(const char *path, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
