/* GeoTIFFs into Mapflow mosaics, from C programs: checks first, uploads once, and tells what became of each file.
 *
 *   static bool show(void *self, const struct osmflow_upload_event *event) {
 *     if (event->state != OSMFLOW_UPLOAD_SENDING)
 *       printf("%s: %s\n", event->path, event->message);
 *     return true;
 *   }
 *   const char *files[] = {"ortho_1.tif", "ortho_2.tif"};
 *   struct osmflow_upload upload = {.mosaic_name = "Survey", .files = files, .file_count = 2, .report = show};
 *   struct osmflow_upload_result result;
 *   struct osmflow_error error;
 *   if (osmflow_mapflow_upload(osmflow_environment_system(), &upload, &result, &error) != OSMFLOW_OK)
 *     fprintf(stderr, "%s\n", error.message);
 *
 * Each file is checked before a byte is sent (format, CRS, geotransform, bands, type, size, storage, fit to the
 * mosaic's first image). A file that the mosaic already has (name, size and SHA-1) is not sent again, so a batch that
 * was broken off is simply run again. When an answer is lost, the mosaic's listing decides whether the file arrived. A
 * file that is refused does not stop the batch; a refused token does. The token is MAPFLOW_TOKEN or what `osmflow login
 * mapflow` keeps. Memory does not grow with the files. Threads: any number of uploads side by side, to different
 * mosaics; `report` is called from the calling thread. */
#ifndef OSMFLOW_MAPFLOW_H
#define OSMFLOW_MAPFLOW_H

#include <osmflow/environment.h>
#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum osmflow_upload_state {
  OSMFLOW_UPLOAD_CHECKED, /* it would be sent (dry run) */
  OSMFLOW_UPLOAD_REFUSED, /* not sent: `message` has every problem, one a line */
  OSMFLOW_UPLOAD_FIXING,  /* `done` of the conversion */
  OSMFLOW_UPLOAD_SENDING, /* `sent` bytes of `size` */
  OSMFLOW_UPLOAD_PRESENT, /* the mosaic has it already */
  OSMFLOW_UPLOAD_SENT,    /* the server has it; when it is waited for, READY or FAILED follows */
  OSMFLOW_UPLOAD_READY,   /* and it can be used */
  OSMFLOW_UPLOAD_FAILED   /* `message` says why */
};

/* Borrowed for the call. */
struct osmflow_upload_event {
  size_t file;      /* its place in the list */
  const char *path; /* as given */
  enum osmflow_upload_state state;
  int64_t sent, size;   /* bytes */
  double done;          /* 0 to 1 */
  const char *image_id; /* "" when not known */
  const char *message;  /* "" when there is nothing to say; advice, too */
};

enum { OSMFLOW_UPLOAD_MOST_PARALLEL = 8 };

struct osmflow_upload {
  const char *server;      /* the server's root; NULL: MAPFLOW_URL, else https://api.mapflow.ai/rest */
  const char *mosaic_id;   /* into this one; NULL: */
  const char *mosaic_name; /* the one of that name, which is made unless there is one */
  const char *const *tags; /* of a mosaic that is made */
  size_t tag_count;
  const char *const *files;
  size_t file_count;
  const char *const *names; /* what each file is called in the mosaic; NULL, or NULL in it: its own name */
  bool fix;                 /* mend what can be mended, in a temporary folder */
  bool strict;              /* what differs from the mosaic's first image is refused, too */
  bool dry_run;             /* check only: nothing is made, nothing is sent */
  bool wait;                /* until the images can be used; MAPFLOW_POLL: seconds between two looks */
  int parallel; /* files at the same time, OSMFLOW_UPLOAD_MOST_PARALLEL at most; 0: 2. The first image of a mosaic
                   always goes alone */
  bool (*report)(void *self, const struct osmflow_upload_event *event); /* false stops; may be NULL */
  void *self;
};

struct osmflow_upload_result {
  char mosaic_id[40]; /* "" when there is none (dry run) */
  bool is_mosaic_new;
  size_t sent, present, refused, failed; /* files; in a dry run those that would be sent are in none of them */
  int64_t bytes;                         /* sent */
};

/* OSMFLOW_OK when every file is in the mosaic (or would be sent); else the first reason, and *result says how many of
 * which kind. `result` may be NULL. */
OSMFLOW_API enum osmflow_status osmflow_mapflow_upload(const struct osmflow_environment *environment,
                                                       const struct osmflow_upload *upload,
                                                       struct osmflow_upload_result *result,
                                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
