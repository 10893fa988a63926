/* The parts of an upload (include/osmflow/mapflow.h): what a batch knows, and who does which of its steps.
 *
 *   upload.c          the steps in their order, and what comes out
 *   upload_check.c    every file before a byte is sent: there already, right, mended, room for it
 *   upload_mosaic.c   the mosaic, its images, the account's storage
 *   upload_body.c     one file as the body of a request; its checksum
 *   upload_send.c     the requests, and what each answer means
 *   upload_settle.c   what has become of files whose answer was lost
 *   upload_wait.c     until the images can be used
 *   upload_report.c   what the caller is told
 *
 * A file of the caller's list is sent as one piece, or as several when mending cut it into tiles. */
#ifndef OSMFLOW_MAPFLOW_UPLOAD_PARTS_H
#define OSMFLOW_MAPFLOW_UPLOAD_PARTS_H

#include <cpl_vsi.h>
#include <osmflow/mapflow.h>

#include "base/sha1.h"
#include "base/watch.h"
#include "mapflow/client.h"
#include "mapflow/raster.h"

enum { OSMFLOW_BATCH_ID = 40, OSMFLOW_BATCH_WORDS = 1200 };

/* Size and time of a file: together they tell whether somebody wrote into it. */
struct osmflow_batch_stamp {
  int64_t size, seconds, nanoseconds;
};

enum osmflow_batch_state {
  OSMFLOW_BATCH_OPEN,   /* to be sent */
  OSMFLOW_BATCH_FLYING, /* being sent */
  OSMFLOW_BATCH_DOUBT,  /* sent, at least in part, and no answer says what became of it */
  OSMFLOW_BATCH_PRESENT,
  OSMFLOW_BATCH_SENT,
  OSMFLOW_BATCH_READY,
  OSMFLOW_BATCH_REFUSED,
  OSMFLOW_BATCH_FAILED
};

struct osmflow_batch;

struct osmflow_batch_piece {
  struct osmflow_batch *batch;
  size_t file; /* its place in the caller's list */
  char *path, *name;
  enum osmflow_batch_state state;
  struct osmflow_batch_stamp stamp; /* when it was checked */
  char sha1[OSMFLOW_SHA1_HEX_SIZE]; /* "" until it is needed */
  char image_id[OSMFLOW_BATCH_ID];  /* "" when not known */
  int attempts;
  bool is_concluded;         /* its file knows what became of it */
  int misses;                /* looks in which a listing did not have it any more */
  struct osmflow_error last; /* what the last attempt came to */
  /* the request */
  struct osmflow_http_body body;
  struct osmflow_bytes head, tail, answer;
  char content_type[100];
  VSILFILE *stream;
  int64_t at; /* bytes of the body that were read */
  bool may_have_arrived;
};

struct osmflow_batch_file {
  const char *path;
  size_t pieces, left, ready; /* left: without an outcome */
  int64_t size;               /* of all its pieces */
  bool is_refused, is_failed, has_sent;
  char *advice;    /* NULL: none */
  char *complaint; /* why it is refused or has failed; NULL: it has not */
};

/* One image of the mosaic's listing. */
struct osmflow_batch_image {
  char id[OSMFLOW_BATCH_ID];
  char *name;
  int64_t size;
  char sha1[OSMFLOW_SHA1_HEX_SIZE]; /* lower case; "" when the listing has none */
  char state[24];
};

struct osmflow_batch_images {
  struct osmflow_batch_image *items;
  size_t count, capacity;
};

struct osmflow_batch {
  const struct osmflow_environment *environment; /* the caller's, but `report` can stop, too */
  struct osmflow_watch watch;
  const struct osmflow_upload *upload;
  struct osmflow_upload_result *result;
  struct osmflow_mapflow mapflow;
  bool is_open, is_stopped; /* stopped: `report` said so */
  char mosaic_id[OSMFLOW_BATCH_ID];
  char *url; /* where images go */
  struct osmflow_batch_images images;
  struct osmflow_raster_limits limits;
  bool has_free;
  int64_t free_bytes, planned_bytes;
  struct osmflow_batch_file *files; /* as many as the caller's */
  struct osmflow_batch_piece *pieces;
  size_t piece_count, piece_capacity;
  char *folder;                        /* of mended files; NULL: none */
  struct osmflow_bytes mended;         /* their paths, NUL-separated */
  struct osmflow_error stop;           /* why nothing more is sent; OSMFLOW_OK: go on */
  enum osmflow_batch_state stop_state; /* what the rest becomes */
  struct osmflow_error first;          /* the first thing that went wrong with a file */
  int64_t told_ms;                     /* when progress was told last */
  int64_t run_ms;                      /* when the present run of requests began */
  size_t unsettled;                    /* pieces that arrived in it and have no id yet */
};

/* upload_report.c */
void osmflow_batch_tell(struct osmflow_batch *batch, size_t file, enum osmflow_upload_state state, int64_t sent,
                        double done, const char *image_id, const char *message);
/* Not more than ten times a second. */
void osmflow_batch_tell_progress(struct osmflow_batch *batch, size_t file, enum osmflow_upload_state state,
                                 int64_t sent, double done);
/* A line that is told together with the outcome of a file that is taken. */
void osmflow_batch_advise(struct osmflow_batch *batch, size_t file, const char *line);
/* A piece's state is final (a second time: the server could not use what it took): when it is its file's last, the
 * file's outcome is told. `why`: of those that are refused or have failed. */
void osmflow_batch_conclude(struct osmflow_batch_piece *piece, enum osmflow_batch_state state,
                            const struct osmflow_error *why);
/* A file that never became pieces. */
void osmflow_batch_refuse(struct osmflow_batch *batch, size_t file, enum osmflow_batch_state state,
                          const struct osmflow_error *why);

/* upload_mosaic.c */
enum osmflow_status osmflow_batch_read_limits(struct osmflow_batch *batch,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* By id or name; mosaic_id stays "" when there is none of that name. */
enum osmflow_status osmflow_batch_find_mosaic(struct osmflow_batch *batch,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_batch_make_mosaic(struct osmflow_batch *batch,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The listing anew; the first image is the norm of what comes. Nothing to do without a mosaic. */
enum osmflow_status osmflow_batch_list(struct osmflow_batch *batch, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_batch_images_clear(struct osmflow_batch_images *images);
/* The image that is this piece: name, size and checksum agree, and no other piece has it. The checksum is only looked
 * at when the others agree; `compute`: it is made when it is not known yet, which reads the file. *image NULL: there is
 * none. */
enum osmflow_status osmflow_batch_find_image(struct osmflow_batch_piece *piece, bool compute,
                                             const struct osmflow_batch_image **image,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* upload_check.c */
enum osmflow_status osmflow_batch_check(struct osmflow_batch *batch, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_batch_remove_mended(struct osmflow_batch *batch);

/* upload_body.c */
enum osmflow_status osmflow_batch_stamp_read(const char *path, struct osmflow_batch_stamp *stamp,
                                             struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_batch_sha1(struct osmflow_batch_piece *piece,
                                       struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The name as it stands between the quotes of a multipart head. */
enum osmflow_status osmflow_batch_quote(const char *name, struct osmflow_bytes *quoted,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_batch_body_open(struct osmflow_batch_piece *piece,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_batch_body_close(struct osmflow_batch_piece *piece);

/* upload_send.c: all that is open, one by one where it must be. */
enum osmflow_status osmflow_batch_send(struct osmflow_batch *batch, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* upload_settle.c: what has arrived is told with its id, nothing is in doubt afterwards, and what may be sent
 * again is open. */
enum osmflow_status osmflow_batch_settle(struct osmflow_batch *batch, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* upload_wait.c */
enum osmflow_status osmflow_batch_wait(struct osmflow_batch *batch, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
