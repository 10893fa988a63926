/* What crashes leave of journals that were not in force yet, or no longer. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "osm/journal.h"
#include "osm/journal_file.h"

enum { STEM_SIZE = sizeof "20260101T000000Z-0123456789abcdef" - 1, PATH_CEILING = 64 * 1024 };

/* Nothing but our own files is ever removed. */
static bool is_stem(const char *name) {
  static const char pattern[] = "00000000T000000Z-xxxxxxxxxxxxxxxx";
  bool fits = true;
  for (size_t i = 0; fits && i < STEM_SIZE; i++)
    fits = pattern[i] == '0'   ? isdigit((unsigned char)name[i]) != 0
           : pattern[i] == 'x' ? isxdigit((unsigned char)name[i]) != 0
                               : name[i] == pattern[i];
  return fits && name[STEM_SIZE] == '.';
}

static char *join(const char *folder, const char *name, size_t size, const char *rest) {
  struct osmflow_bytes path;
  osmflow_bytes_init(&path, PATH_CEILING);
  if (osmflow_bytes_print(&path, NULL, "%s/%.*s%s", folder, (int)size, name, rest) != OSMFLOW_OK)
    osmflow_bytes_clear(&path);
  return osmflow_bytes_take(&path);
}

static bool is_missing(const char *path) {
  return path && access(path, F_OK) != 0 && errno == ENOENT;
}

/* A journal that was being made when its maker died: a living one holds the lock. */
static void remove_unfinished(const char *folder, const char *name) {
  char *stem = join(folder, name, STEM_SIZE, ""), *journal = join(folder, name, STEM_SIZE, ".journal");
  char *draft = join(folder, name, STEM_SIZE, ".journal.part"), *change = join(folder, name, STEM_SIZE, ".osc");
  int descriptor = -1;
  if (stem && journal && draft && change && osmflow_journal_file_lock(draft, &descriptor, NULL) == OSMFLOW_OK &&
      descriptor >= 0 && is_missing(journal)) {
    unlink(change);
    osmflow_journal_file_sweep(stem, NULL, NULL);
  }
  if (descriptor >= 0)
    close(descriptor);
  free(stem);
  free(journal);
  free(draft);
  free(change);
}

/* A file of a journal that is gone. A journal that comes into force loses the name of its draft and gets its own in one
 * step, so the draft is looked for first. */
static void remove_orphan(const char *folder, const char *name) {
  char *draft = join(folder, name, STEM_SIZE, ".journal.part"), *journal = join(folder, name, STEM_SIZE, ".journal");
  char *path = join(folder, name, strlen(name), "");
  if (is_missing(draft) && is_missing(journal) && path)
    unlink(path);
  free(draft);
  free(journal);
  free(path);
}

void osmflow_journal_tidy(const char *folder) {
  DIR *stream = opendir(folder);
  const struct dirent *entry;
  while (stream && (entry = readdir(stream)) != NULL) {
    const char *name = entry->d_name;
    if (!is_stem(name))
      continue;
    const char *rest = name + STEM_SIZE;
    if (strcmp(rest, ".journal.part") == 0)
      remove_unfinished(folder, name);
    else if (strncmp(rest, ".plan.", 6) == 0 || strncmp(rest, ".osc.part-", 10) == 0)
      remove_orphan(folder, name);
  }
  if (stream)
    closedir(stream);
}
