#include "cityloader/archive.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "cityloader/archive_zip.h"

enum { PATH_CEILING = 16 * 1024, PIECE_SIZE = 256 * 1024 };

void osmflow_archive_init(struct osmflow_archive *archive) {
  *archive = (struct osmflow_archive){.members = NULL};
}

void osmflow_archive_clear(struct osmflow_archive *archive) {
  for (size_t i = 0; i < archive->count; i++) {
    free(archive->members[i].path);
    free(archive->members[i].name);
  }
  free(archive->members);
  osmflow_archive_init(archive);
}

static bool find_format(const char *name, enum osmflow_model_format *format) {
  static const struct {
    const char *ending;
    enum osmflow_model_format format;
  } endings[] = {{".stl", OSMFLOW_MODEL_STL}, {".obj", OSMFLOW_MODEL_OBJ}, {".dxf", OSMFLOW_MODEL_DXF}};
  const size_t size = strlen(name);
  bool found = false;
  for (size_t i = 0; !found && i < sizeof endings / sizeof endings[0]; i++) {
    const size_t length = strlen(endings[i].ending);
    found = size > length &&
            osmflow_text_is_ignoring_case((struct osmflow_text){name + size - length, length}, endings[i].ending);
    *format = endings[i].format;
  }
  return found;
}

/* Exports of separate files say in their names what is in them; how is not documented, so any of the usual words does.
 */
static enum osmflow_model_part find_part(const char *name) {
  static const struct {
    const char *word;
    enum osmflow_model_part part;
  } words[] = {{"terrain", OSMFLOW_MODEL_TERRAIN},    {"ground", OSMFLOW_MODEL_TERRAIN},
               {"relief", OSMFLOW_MODEL_TERRAIN},     {"dtm", OSMFLOW_MODEL_TERRAIN},
               {"building", OSMFLOW_MODEL_BUILDINGS}, {"house", OSMFLOW_MODEL_BUILDINGS}};
  const char *last = strrchr(name, '/');
  char lower[256];
  size_t size = 0;
  for (const char *at = last ? last + 1 : name; *at && size + 1 < sizeof lower; at++)
    lower[size++] = (char)tolower((unsigned char)*at);
  lower[size] = '\0';
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strstr(lower, words[i].word))
      return words[i].part;
  return OSMFLOW_MODEL_ALL;
}

static enum osmflow_status add_member(struct osmflow_archive *archive, const char *path, const char *name, int64_t size,
                                      struct osmflow_error *error) {
  struct osmflow_archive_member *longer = realloc(archive->members, (archive->count + 1) * sizeof *longer);
  if (!longer)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for the members of an archive");
  archive->members = longer;
  struct osmflow_archive_member *member = &archive->members[archive->count++];
  *member = (struct osmflow_archive_member){.path = strdup(path), .name = strdup(name), .size = size};
  member->is_model = find_format(name, &member->format);
  member->part = find_part(name);
  return member->path && member->name ? OSMFLOW_OK
                                      : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a member's name");
}

static enum osmflow_status add_entries(const char *path, const struct osmflow_zip *zip, struct osmflow_archive *archive,
                                       struct osmflow_error *error) {
  struct osmflow_bytes full;
  osmflow_bytes_init(&full, PATH_CEILING);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < zip->count; i++) {
    const struct osmflow_zip_entry *entry = &zip->entries[i];
    if (entry->name[strlen(entry->name) - 1] == '/')
      continue;
    osmflow_bytes_reset(&full);
    status = osmflow_bytes_print(&full, error, "/vsizip/{%s}/%s", path, entry->name);
    if (status == OSMFLOW_OK)
      status = add_member(archive, osmflow_bytes_string(&full), entry->name, (int64_t)entry->size, error);
    if (status == OSMFLOW_OK) {
      archive->members[archive->count - 1].has_crc = true;
      archive->members[archive->count - 1].crc = entry->crc;
    }
  }
  osmflow_bytes_clear(&full);
  return status;
}

static enum osmflow_status open_zip(const char *path, struct osmflow_archive *archive, struct osmflow_error *error) {
  struct osmflow_zip zip = {.entries = NULL};
  VSILFILE *file = VSIFOpenL(path, "rb");
  if (!file)
    return osmflow_error_set(error, OSMFLOW_IO, "%s cannot be opened", path);
  enum osmflow_status status = osmflow_zip_read(file, path, &zip, error);
  if (status == OSMFLOW_OK)
    status = add_entries(path, &zip, archive, error);
  osmflow_zip_clear(&zip);
  VSIFCloseL(file);
  return status;
}

static enum osmflow_status open_folder(const char *path, struct osmflow_archive *archive, struct osmflow_error *error) {
  enum { MOST_FILES = 1000 };
  char **names = VSIReadDirEx(path, MOST_FILES);
  struct osmflow_bytes full;
  osmflow_bytes_init(&full, PATH_CEILING);
  enum osmflow_status status = OSMFLOW_OK;
  for (char **name = names; status == OSMFLOW_OK && name && *name; name++) {
    VSIStatBufL stat;
    osmflow_bytes_reset(&full);
    status = osmflow_bytes_print(&full, error, "%s/%s", path, *name);
    if (status == OSMFLOW_OK && VSIStatL(osmflow_bytes_string(&full), &stat) == 0 && VSI_ISREG(stat.st_mode))
      status = add_member(archive, osmflow_bytes_string(&full), *name, (int64_t)stat.st_size, error);
  }
  CSLDestroy(names);
  osmflow_bytes_clear(&full);
  return status;
}

static bool has_model(const struct osmflow_archive *archive) {
  bool found = false;
  for (size_t i = 0; i < archive->count; i++)
    found = found || archive->members[i].is_model;
  return found;
}

static enum osmflow_status refuse_empty(const char *path, const struct osmflow_archive *archive,
                                        struct osmflow_error *error) {
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s holds no model: no .stl, .obj or .dxf among its %zu files",
                           path, archive->count);
}

enum osmflow_status osmflow_archive_open(const char *path, struct osmflow_archive *archive,
                                         struct osmflow_error *error) {
  VSIStatBufL stat;
  enum osmflow_model_format format;
  enum osmflow_status status = OSMFLOW_OK;
  if (VSIStatL(path, &stat) != 0)
    return osmflow_error_set(error, OSMFLOW_NOT_FOUND, "there is no file %s", path);
  if (VSI_ISDIR(stat.st_mode))
    status = open_folder(path, archive, error);
  else if (find_format(path, &format))
    status = add_member(archive, path, CPLGetFilename(path), (int64_t)stat.st_size, error);
  else
    status = open_zip(path, archive, error);
  if (status == OSMFLOW_OK && !has_model(archive))
    status = refuse_empty(path, archive, error);
  if (status != OSMFLOW_OK)
    osmflow_archive_clear(archive);
  return status;
}

static enum osmflow_status check_member(const struct osmflow_archive_member *member, char *piece,
                                        struct osmflow_error *error) {
  VSILFILE *file = VSIFOpenL(member->path, "rb");
  int64_t size = 0;
  uint32_t crc = 0;
  size_t taken = file ? 1 : 0;
  while (taken > 0 && size <= member->size) {
    taken = VSIFReadL(piece, 1, PIECE_SIZE, file);
    size += (int64_t)taken;
    crc = osmflow_crc32_add(crc, (struct osmflow_text){piece, taken});
  }
  if (file)
    VSIFCloseL(file);
  return file && size == member->size && crc == member->crc
             ? OSMFLOW_OK
             : osmflow_error_set(error, OSMFLOW_BAD_DATA, "%s is damaged: its size or its checksum is wrong",
                                 member->name);
}

enum osmflow_status osmflow_archive_check(const char *path, struct osmflow_error *error) {
  struct osmflow_archive archive;
  char *piece = malloc(PIECE_SIZE);
  osmflow_archive_init(&archive);
  enum osmflow_status status = piece ? open_zip(path, &archive, error)
                                     : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for reading %s", path);
  if (status == OSMFLOW_OK && !has_model(&archive))
    status = refuse_empty(path, &archive, error);
  CPLPushErrorHandler(CPLQuietErrorHandler);
  for (size_t i = 0; status == OSMFLOW_OK && i < archive.count; i++)
    status = check_member(&archive.members[i], piece, error);
  CPLPopErrorHandler();
  CPLErrorReset();
  osmflow_archive_clear(&archive);
  free(piece);
  return status;
}
