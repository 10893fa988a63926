/* Running a model: what it costs, starting it, waiting for its end.
 *
 * Spends the user's credits: nothing is started unless the cost was asked for first and is at most what the caller
 * allows. A start whose answer is lost is never repeated blindly: the listing is looked at until it is known whether
 * the processing is there. Source: spec "Create processing (v2)", "Calculate cost (v2)", "Data Sources";
 * facts 2.1, 2.3. */
#ifndef OSMFLOW_MAPFLOW_RUN_H
#define OSMFLOW_MAPFLOW_RUN_H

#include "mapflow/aoi.h"
#include "mapflow/client.h"

enum { OSMFLOW_RUN_MARK_SIZE = 33, OSMFLOW_RUN_ADVICE_SIZE = 400, OSMFLOW_RUN_DEEPEST_ZOOM = 24 };

enum osmflow_run_source {
  OSMFLOW_RUN_PROVIDER, /* provider, zoom */
  OSMFLOW_RUN_IMAGERY,  /* mosaic_id and/or image_ids */
  OSMFLOW_RUN_SEARCH,   /* provider, image_ids (of the catalog), zoom */
  OSMFLOW_RUN_OWN       /* source_type XYZ|TMS|QUADKEY|WMS|SENTINEL_L2A|LOCAL, url, zoom, crs, login, password */
};

struct osmflow_run {
  const char *name;              /* NULL: made of the model's name and the day */
  const char *description;       /* NULL: none */
  const char *project;           /* id or name; NULL: the default project */
  const char *model;             /* id or name; emoji, case and blanks do not matter; an ambiguous one is an error */
  const struct osmflow_aoi *aoi; /* NULL: the footprint of the mosaic or images */
  enum osmflow_run_source source;
  const char *provider;
  const char *mosaic_id;        /* id or name */
  const char *const *image_ids; /* ended by NULL; NULL: none */
  int zoom;                     /* < 0: the provider's own */
  const char *source_type, *url, *crs, *login, *password;
  const char *const *blocks; /* names to switch on, "-NAME" to switch off; NULL: as the model has them. Case ignored */
  const char *const *meta;   /* "KEY=value"; source-app is set by us */
};

/* What would be started, checked and priced; nothing has been started. Owner: the caller (_clear). */
struct osmflow_run_plan {
  struct osmflow_bytes body; /* of POST processings/v2; holds the password of an own source: never shown */
  struct osmflow_bytes cost_body;
  char *model_id, *model_name, *project_id, *project_name, *name;
  char *source;                         /* in words, without secrets: "Mapbox, zoom 18" */
  char mark[OSMFLOW_RUN_MARK_SIZE];     /* goes along as meta.osmflow-run: tells this start from all others */
  char advice[OSMFLOW_RUN_ADVICE_SIZE]; /* "": none; what is allowed but not recommended */
  double area;                          /* square metres */
  double cost;    /* credits; < 0: the account is not billed by credits and the server gave none */
  double credits; /* that the account has left; < 0: not told */
};
void osmflow_run_plan_init(struct osmflow_run_plan *plan);
void osmflow_run_plan_clear(struct osmflow_run_plan *plan);
/* Finds model, project, provider and blocks by name, checks the limits of account and model, asks for the cost. Errors
 * name what there is instead. */
enum osmflow_status osmflow_run_prepare(const struct osmflow_mapflow *mapflow, const struct osmflow_run *run,
                                        struct osmflow_run_plan *plan, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* The most that a server may charge for what it estimated: whole credits, rounded up. */
double osmflow_run_charge(double cost);
/* Starts it when the charge for plan->cost, rounded up, is at most most_cost (HUGE_VAL: whatever it costs), and the
 * account has what it costs; else OSMFLOW_BAD_ARGUMENT with both numbers, and nothing was sent. *id: the new
 * processing's, the caller's. */
enum osmflow_status osmflow_run_start(const struct osmflow_mapflow *mapflow, const struct osmflow_run_plan *plan,
                                      double most_cost, char **id, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

struct osmflow_run_state {
  char status[32]; /* as the server says, in printable ASCII */
  int percent;     /* -1: not told */
  bool is_final;   /* OK, FAILED, CANCELLED, REFUNDED */
  bool is_ok;
  char words[1200]; /* of a failure: status and messages in words */
};
enum osmflow_status osmflow_run_look(const struct osmflow_mapflow *mapflow, const char *id,
                                     struct osmflow_run_state *state, struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Looks at once, after 5 s, then less often, up to every 30 s, until it is final; `tell` (may be NULL) hears of every
 * look and returns false to stop waiting (OSMFLOW_CANCELLED). MAPFLOW_POLL (seconds, a fraction is fine) is another
 * step. */
enum osmflow_status osmflow_run_wait(const struct osmflow_mapflow *mapflow, const char *id,
                                     bool (*tell)(void *self, const struct osmflow_run_state *state), void *self,
                                     struct osmflow_run_state *state, struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
