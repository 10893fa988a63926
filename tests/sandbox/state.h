/* What the sandbox remembers: elements with their whole history, changesets, users, tokens, limits, the clock.
 *
 * Everything lives in one struct sandbox behind one mutex that http.c holds while a handler runs, so nothing in here
 * locks. Strings are interned for the life of the process (sandbox_keep), so a const char * from here never dangles.
 * Memory that runs out ends the process: a test server has nothing better to do. */
#ifndef OSMFLOW_SANDBOX_STATE_H
#define OSMFLOW_SANDBOX_STATE_H

#include "base/bbox.h"
#include "base/idmap.h"
#include "base/pool.h"
#include "sandbox.h"

enum sandbox_type { SANDBOX_NODE, SANDBOX_WAY, SANDBOX_RELATION, SANDBOX_TYPES };
extern const char *const sandbox_type_names[SANDBOX_TYPES]; /* "node", "way", "relation" */

struct sandbox_tag {
  const char *key, *value;
};

struct sandbox_member {
  enum sandbox_type type;
  int64_t id;
  const char *role;
};

struct sandbox_version {
  int64_t changeset, timestamp;
  int64_t redaction; /* 0: none */
  int64_t uid;       /* 0: nobody is known */
  uint32_t version;
  int32_t lat, lon; /* 1e-7 degrees */
  bool visible;
  uint32_t tag_count, ref_count;
  struct sandbox_tag *tags; /* sorted by key */
  int64_t *nodes;           /* of a way */
  struct sandbox_member *members;
};

/* An element without versions is only a name that something refers to: it does not exist for the API. */
struct sandbox_element {
  int64_t id;
  struct sandbox_version *versions; /* oldest first */
  uint32_t version_count;
  uint32_t used_by_ways, used_by_relations; /* references from present, visible elements */
};

struct sandbox_elements {
  struct sandbox_element *items; /* in order of arrival; they move when the array grows: keep indexes, not pointers */
  size_t count, capacity;
  struct osmflow_idmap by_id;
  int64_t next_id;
};

struct sandbox_comment {
  int64_t id, uid, created;
  bool visible;
  const char *text;
};

struct sandbox_change {
  enum sandbox_type type;
  uint32_t element; /* index into elements[type].items */
  uint32_t version; /* index into its versions */
};

struct sandbox_changeset {
  int64_t id, uid, created;
  int64_t closes;           /* the moment from which it is closed: moved forward by uploads, set to now by close */
  bool locked;              /* an upload whose client has gone is still at work: 409 "currently locked" */
  bool made_up;             /* known only from the elements of a loaded file */
  struct sandbox_tag *tags; /* sorted by key */
  size_t tag_count;
  bool has_box;
  struct osmflow_bbox box;
  int64_t changes_count;
  struct sandbox_change *changes;
  size_t change_count, change_capacity;
  struct sandbox_comment *comments;
  size_t comment_count, comment_capacity;
  int64_t *subscribers; /* uids */
  size_t subscriber_count, subscriber_capacity;
};

enum sandbox_token_state { SANDBOX_TOKEN_VALID, SANDBOX_TOKEN_EXPIRED, SANDBOX_TOKEN_REVOKED };
struct sandbox_token {
  char text[128];
  int64_t uid;
  uint32_t scopes;
  enum sandbox_token_state state;
};

/* What one client was given lately, as cgimap's rate limiter counts it. */
struct sandbox_debt {
  int64_t bytes, since;
};

/* More about a user than a request needs to know. `known` has token "" and scopes 0: tokens are in their own table. */
struct sandbox_account {
  struct sandbox_user known;
  int64_t created;
  bool inactive; /* 403 on writes: has not agreed to the terms */
  bool newcomer; /* the limits for new users apply */
  struct sandbox_debt debt;
};

struct sandbox_limits {
  int64_t map_nodes;            /* 50000 */
  double map_area;              /* 0.25 */
  double note_area;             /* 25 */
  int64_t tracepoints_per_page; /* 5000 */
  int64_t way_nodes;            /* 2000 */
  int64_t relation_members;     /* 32000 */
  int64_t changeset_elements;   /* 10000 */
  int64_t payload_bytes;        /* 50000000 */
  int64_t idle_seconds;         /* 3600: closes a changeset after its last upload */
  int64_t open_seconds;         /* 86400: closes a changeset after its creation */
  int64_t changes_per_hour;     /* 0: no limit; 429 */
  double changeset_box;         /* 0: no limit; degrees of width + height; 413 */
  int64_t debt_bytes;           /* 0: no limit; after so many bytes answered to one client 509 ... */
  int64_t debt_rate;            /* ... until it fell below again by so many bytes per second */
  int64_t request_line;         /* 8190 bytes; 414 */
  bool read_only;               /* every write 400 */
  /* What the capabilities tell: "online", "readonly" or "offline"; NULL is online. */
  const char *database_status, *api_status, *gpx_status;
};

/* An answer that several requests send at once. */
struct sandbox_map_answer {
  uint64_t edition;
  enum sandbox_format format;
  struct osmflow_bbox box;
  struct osmflow_bytes body;
  int holders; /* requests that send it, and the state while it is the last one */
};

struct sandbox_notes;       /* notes.c */
struct sandbox_traces;      /* gpx.c */
struct sandbox_preferences; /* users.c */
struct sandbox_mapflow;     /* mapflow_state.c */
struct sandbox_cityloader;  /* cityloader.c */

struct sandbox {
  struct sandbox_elements elements[SANDBOX_TYPES];
  struct sandbox_changeset *changesets; /* ascending ids, but not every id: find with sandbox_find_changeset */
  size_t changeset_count, changeset_capacity;
  struct osmflow_idmap changesets_by_id;
  int64_t next_changeset, next_comment;
  struct sandbox_account **accounts;
  size_t account_count, account_capacity;
  struct osmflow_idmap accounts_by_uid;
  struct sandbox_token *tokens;
  size_t token_count, token_capacity;
  struct osmflow_pool strings;
  struct sandbox_limits limits;
  int64_t clock_shift;
  int64_t clock_stands; /* 0: the clock goes; else it stands at this moment, before the shift */
  struct sandbox_debt anonymous_debt;
  uint64_t edition; /* counts every change of elements: a cached answer of another edition is stale */
  struct sandbox_map_answer *last_map;      /* NULL: none */
  struct osmflow_bytes served, served_gzip; /* --serve-file: the answer to every map call; stays through a reset */
  /* Owned by the named files, NULL until they first need them. sandbox_clear calls sandbox_notes_free,
   * sandbox_traces_free, sandbox_preferences_free, sandbox_mapflow_free and sandbox_cityloader_free where they are
   * linked. */
  struct sandbox_notes *notes;
  struct sandbox_traces *traces;
  struct sandbox_preferences *preferences;
  struct sandbox_mapflow *mapflow;
  struct sandbox_cityloader *cityloader;
};

void sandbox_notes_free(struct sandbox_notes *notes);
void sandbox_traces_free(struct sandbox_traces *traces);
void sandbox_preferences_free(struct sandbox_preferences *preferences);
void sandbox_mapflow_free(struct sandbox_mapflow *mapflow);
void sandbox_cityloader_free(struct sandbox_cityloader *cityloader);

void sandbox_init(struct sandbox *sandbox); /* empty, with the real server's limits; no users */
void sandbox_clear(struct sandbox *sandbox);

/* The text, kept for the life of the sandbox. */
const char *sandbox_keep(struct sandbox *sandbox, struct osmflow_text text);
/* Makes room for one more item in an array of the state; ends the process when memory is out. */
void sandbox_reserve(void **items, size_t *capacity, size_t needed, size_t item_size);

/* Elements ------------------------------------------------------------------------------------------------------- */

/* NULL when the id was never heard of. The element may still be without versions. Valid until the next new element. */
struct sandbox_element *sandbox_find_element(const struct sandbox *sandbox, enum sandbox_type type, int64_t id);
/* Finds or adds; returns its index. */
uint32_t sandbox_place_element(struct sandbox *sandbox, enum sandbox_type type, int64_t id);
/* The present version, or NULL when the element does not exist. It may be a deletion (visible false). */
const struct sandbox_version *sandbox_present(const struct sandbox_element *element);
/* Adds a version (takes over its arrays) and counts the references it gains and loses. */
void sandbox_push_version(struct sandbox *sandbox, enum sandbox_type type, uint32_t index,
                          const struct sandbox_version *version);
/* Undoes the last sandbox_push_version of the element. */
void sandbox_pop_version(struct sandbox *sandbox, enum sandbox_type type, uint32_t index);
void sandbox_sort_tags(struct sandbox_tag *tags, size_t count);

/* Changesets ----------------------------------------------------------------------------------------------------- */

struct sandbox_changeset *sandbox_find_changeset(const struct sandbox *sandbox, int64_t id); /* NULL: none */
/* A new changeset with the next id (or the given one when it is not 0), open from now on. Moves the others. */
struct sandbox_changeset *sandbox_add_changeset(struct sandbox *sandbox, int64_t id, int64_t uid);
/* Makes the changeset's box hold this place. */
void sandbox_widen(struct sandbox_changeset *changeset, int32_t lat, int32_t lon);
bool sandbox_changeset_is_open(const struct sandbox *sandbox, const struct sandbox_changeset *changeset);
struct sandbox_comment *sandbox_add_comment(struct sandbox *sandbox, struct sandbox_changeset *changeset, int64_t uid,
                                            const char *text);
/* print_changeset.c: the element as the real server prints it inside <osm> or the JSON document. */
void sandbox_print_changeset(struct sandbox_response *response, const struct sandbox *sandbox,
                             const struct sandbox_changeset *changeset, enum sandbox_format format, bool discussion);

/* Users ---------------------------------------------------------------------------------------------------------- */

struct sandbox_account *sandbox_find_account(const struct sandbox *sandbox, int64_t uid);              /* NULL: none */
struct sandbox_account *sandbox_find_account_by_name(const struct sandbox *sandbox, const char *name); /* NULL: none */
/* Finds or adds the account of that uid (the next free one when it is 0). Accounts never move. */
struct sandbox_account *sandbox_place_account(struct sandbox *sandbox, int64_t uid, const char *name);
void sandbox_add_token(struct sandbox *sandbox, const char *text, int64_t uid, uint32_t scopes,
                       enum sandbox_token_state state);
/* The users every sandbox starts with unless --users is given:
 *   alice  uid 101  alice-token   all scopes but write_redactions
 *   bob    uid 102  bob-token     the same
 *   mod    uid 103  mod-token     all scopes, moderator */
void sandbox_add_default_users(struct sandbox *sandbox);
/* "read_prefs" and so on; 0 when there is no such scope. "all" is all of them. */
uint32_t sandbox_scope_by_name(struct osmflow_text name);

/* One holder less; the last one frees it. NULL is allowed. */
void sandbox_drop_map(struct sandbox_map_answer *answer);

/* Documents ------------------------------------------------------------------------------------------------------ */

/* The XML declaration and the opening tag <osm version=... generator=...> of the answer (root "osm" or "osmChange"),
 * or {"version":... without a comma behind for JSON. The generator names this server: "openstreetmap-cgimap 2.1.0
 * (<pid> <host>)". Close with sandbox_close_document. */
void sandbox_open_document(struct sandbox_response *response, enum sandbox_format format, const char *root);
void sandbox_close_document(struct sandbox_response *response, enum sandbox_format format, const char *root);

#endif
