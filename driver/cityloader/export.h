/* Exports of 3DCityLoader: asking for one (which costs money), waiting, downloading, and never paying twice.
 *
 * Source: spec "Quickstart"; facts 6 and 7.11. The token goes to the API's own host over https (or loopback) alone; the
 * download address, and wherever that redirects to, never gets it.
 * Each export is remembered by what was asked for, per server and user, in a file of the configuration folder
 * (exports.json beside the credentials, mode 0600, written before the answer is waited for): the same request finds its
 * export again while the server still has it or its ZIP is kept here. Processes that make exports wait for each other.
 * Owner: see each. One thread at a time. */
#ifndef OSMFLOW_CITYLOADER_EXPORT_H
#define OSMFLOW_CITYLOADER_EXPORT_H

#include <osmflow/environment.h>

#include "base/bytes.h"
#include "net/http.h"

extern const char osmflow_cityloader_default_root[]; /* "https://v2.3dcityloader.com/api" */
extern const char osmflow_cityloader_token_option[]; /* "CITYLOADER_TOKEN" */

/* What is asked for. Exactly one of bbox, center and address. */
struct osmflow_export_request {
  bool has_bbox, has_center;
  double bbox[4];   /* west, south, east, north, degrees */
  double center[2]; /* lon, lat */
  char *address;    /* NULL: none; owned */
  bool has_size;
  double size[2];                    /* metres west-east, south-north; with center and address; 500, 500 by default */
  char format[8];                    /* "stl", "obj", "dxf"; "stl" by default */
  bool with_terrain, with_buildings; /* terrain alone by default */
  bool separate_files;
};
void osmflow_export_request_init(struct osmflow_export_request *request);
void osmflow_export_request_clear(struct osmflow_export_request *request);
/* From pairs NAME, value as in "export/simple?bbox=...&format=stl&include=terrain,buildings&separate_files=true".
 * OSMFLOW_BAD_ARGUMENT says which and why. */
enum osmflow_status osmflow_export_request_set(struct osmflow_export_request *request, struct osmflow_text name,
                                               struct osmflow_text value,
                                               struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_export_request_check(const struct osmflow_export_request *request,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The request's JSON body, always written the same way: it is also the name an export is remembered by. */
enum osmflow_status osmflow_export_request_print(const struct osmflow_export_request *request,
                                                 struct osmflow_bytes *json,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Back from such a document; members that it does not know are read over. */
enum osmflow_status osmflow_export_request_read(const char *json, struct osmflow_export_request *request,
                                                struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The area of a request in degrees: its bbox, or what lies around its center. False for an address: only the server
 * knows where that is. */
bool osmflow_export_request_area(const struct osmflow_export_request *request, double bbox[4]);

/* Everything is copied. NULLs: the options CITYLOADER_URL, CITYLOADER_TOKEN, the credentials file. */
struct osmflow_cityloader {
  const struct osmflow_environment *environment;
  char *root;
  struct osmflow_http *http;
  char account[24]; /* stands for the token in what is remembered; does not give it away */
};
enum osmflow_status osmflow_cityloader_open(struct osmflow_cityloader *cityloader,
                                            const struct osmflow_environment *environment, const char *root,
                                            const char *token, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_cityloader_close(struct osmflow_cityloader *cityloader);

enum osmflow_export_status {
  OSMFLOW_EXPORT_PENDING,
  OSMFLOW_EXPORT_PROCESSING,
  OSMFLOW_EXPORT_DONE,
  OSMFLOW_EXPORT_FAILED,
  OSMFLOW_EXPORT_UNKNOWN /* another word: waited for like PROCESSING, and told */
};
struct osmflow_export_state {
  char id[64];
  enum osmflow_export_status status;
  char status_text[64];    /* as the server says */
  char message[400];       /* of a failure; "" */
  char download_url[2048]; /* when it is done; a secret of the user's: never shown */
};

/* The export that was remembered for this request, if its ZIP is kept here (nothing is sent then) or the server still
 * has it, be it made with another token; else creates one - only where `may_pay`, else OSMFLOW_BAD_ARGUMENT says what
 * would be created and how to allow it (nothing was sent). One that failed is OSMFLOW_BAD_DATA and not made anew until
 * it is forgotten. A lost answer to the creation is never repeated blindly: the error says that it may exist and may
 * have been charged, and where the account shows it. */
enum osmflow_status osmflow_export_find_or_create(const struct osmflow_cityloader *cityloader,
                                                  const struct osmflow_export_request *request, bool may_pay,
                                                  struct osmflow_export_state *state, bool *is_new,
                                                  struct osmflow_error *error) OSMFLOW_MUST_CHECK;
enum osmflow_status osmflow_export_look(const struct osmflow_cityloader *cityloader, const char *id,
                                        struct osmflow_export_state *state,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Looks after 4 s, then every 3 s (CITYLOADER_POLL, seconds, is another step; Retry-After is obeyed), at most
 * CITYLOADER_TIMEOUT seconds (1800). A failed one is OSMFLOW_BAD_DATA with its message. `tell` may be NULL; false:
 * stop. */
enum osmflow_status osmflow_export_wait(const struct osmflow_cityloader *cityloader, const char *id,
                                        bool (*tell)(void *self, const struct osmflow_export_state *state), void *self,
                                        struct osmflow_export_state *state,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The ZIP into a file that appears whole or not at all, after its directory and all checksums were found right; nothing
 * to do when it is there. An interrupted one goes on with a Range request where the server allows it (kept as
 * "<path>.part", tried again after CITYLOADER_POLL seconds, 1 by default), else starts anew, also where the pieces turn
 * out not to be of one file. Processes that want the same file wait for each other. `tell` gets bytes so far and in all
 * (-1: unknown). */
enum osmflow_status osmflow_export_download(const struct osmflow_cityloader *cityloader,
                                            const struct osmflow_export_state *state, const char *path,
                                            bool (*tell)(void *self, int64_t bytes, int64_t total), void *self,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* Where the ZIP of an export is kept: a file in CITYLOADER_CACHE, else in osmflow/exports of $XDG_CACHE_HOME or
 * ~/.cache, which is made. */
enum osmflow_status osmflow_export_path(const struct osmflow_cityloader *cityloader, const char *id,
                                        struct osmflow_bytes *path, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* What is remembered, newest first. False from `visit` ends it. */
struct osmflow_export_memory {
  const char *id, *request; /* "" while the answer is not known; the request's JSON */
  int64_t created_seconds;
};
enum osmflow_status osmflow_export_list(const struct osmflow_environment *environment, const char *root,
                                        bool (*visit)(void *self, const struct osmflow_export_memory *item), void *self,
                                        struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Takes away what is remembered of a request, by whichever token, so that it can be created (and paid) anew. */
enum osmflow_status osmflow_export_forget(const struct osmflow_cityloader *cityloader,
                                          const struct osmflow_export_request *request,
                                          struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The request of an export that this user made; *json stays empty when it is not known. */
enum osmflow_status osmflow_export_request_of(const struct osmflow_environment *environment, const char *root,
                                              const char *id, struct osmflow_bytes *json,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
