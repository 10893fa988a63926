/* One osmChange upload: read whole, then carried out as one transaction. */
#ifndef OSMFLOW_SANDBOX_UPLOAD_H
#define OSMFLOW_SANDBOX_UPLOAD_H

#include "internal.h"

enum sandbox_operation { SANDBOX_CREATE, SANDBOX_MODIFY, SANDBOX_DELETE };

struct sandbox_edit {
  enum sandbox_operation operation;
  enum sandbox_type type;
  bool if_unused;
  int64_t given_id; /* as the document says, maybe a placeholder */
  int64_t id;       /* the real one, once it is known */
  uint32_t given_version;
  struct sandbox_version content; /* position, tags, references; taken over by the history when it is carried out */
  bool has_position;
  bool done;
  bool skipped; /* a deletion that if-unused excused */
  uint32_t new_version;
};

/* A version that was added; the last one is taken back first. */
struct sandbox_undo {
  enum sandbox_type type;
  uint32_t element, version;
};

struct sandbox_upload {
  struct sandbox *sandbox;
  int64_t changeset, uid, timestamp;
  struct sandbox_edit *edits; /* in the order of the document */
  size_t edit_count, edit_capacity;
  struct osmflow_idmap created[SANDBOX_TYPES]; /* placeholder -> index of the edit */
  struct sandbox_undo *undo;
  size_t undo_count, undo_capacity;
  struct sandbox_changeset touched; /* its box is what this upload touched */
  bool single;                      /* complaints in the words of the calls on single elements */
  int status;                       /* 200, or what was wrong */
  struct osmflow_bytes message;
};

void sandbox_upload_init(struct sandbox_upload *upload, struct sandbox *sandbox, int64_t changeset, int64_t uid);
void sandbox_upload_clear(struct sandbox_upload *upload);
/* The first thing that is wrong counts. */
void sandbox_upload_fail(struct sandbox_upload *upload, int status, const char *format, ...) OSMFLOW_PRINTF(3, 4);
void sandbox_upload_read(struct sandbox_upload *upload, struct osmflow_text document);
/* <osm> with one element, as the calls on single elements want it; the changeset is the one it names. */
void sandbox_upload_read_single(struct sandbox_upload *upload, struct osmflow_text document,
                                enum sandbox_operation operation, enum sandbox_type type);
/* Carries out all edits or none. */
void sandbox_upload_apply(struct sandbox_upload *upload);

/* upload_check.c: what may refer to what, for runs of edits of one type ------------------------------------------- */

void sandbox_upload_resolve_ids(struct sandbox_upload *upload, size_t from, size_t to, enum sandbox_type type);
void sandbox_upload_resolve_references(struct sandbox_upload *upload, struct sandbox_edit *edit);
void sandbox_upload_check_references(struct sandbox_upload *upload, const struct sandbox_edit *edit);
void sandbox_upload_check_version(struct sandbox_upload *upload, const struct sandbox_edit *edit);
/* False and a failure when something still uses the element, but for relations that edits of this run before `to`
 * delete. */
bool sandbox_upload_is_unused(struct sandbox_upload *upload, const struct sandbox_edit *edit, size_t from, size_t to);
/* Widens what the upload touched by the places of a version (and of what it refers to). */
void sandbox_upload_touch(struct sandbox_upload *upload, enum sandbox_type type, const struct sandbox_version *version);
/* What a change from one version of a relation to another touches. */
void sandbox_upload_touch_relation(struct sandbox_upload *upload, const struct sandbox_version *before,
                                   const struct sandbox_version *after);

/* changesets.c */
/* The changeset when the user may write into it; else NULL after 404 or 409. */
struct sandbox_changeset *sandbox_check_changeset(struct sandbox *sandbox, const struct sandbox_request *request,
                                                  int64_t id, struct sandbox_response *response);
sandbox_handler sandbox_upload_handler;
void sandbox_format_closing(char text[64], int64_t moment); /* "2026-11-20 21:20:24 UTC" */

#endif
