/* The Mapflow half of the sandbox: https://api.mapflow.ai/rest as /rest of this server, written from the facts about
 * the real servers and from its users' guide. Two programs stand behind the real address, and so they do here: the
 * Processing API (projects, processings, account, catalog) and the Data API (everything below /rasters). Their errors
 * have different shapes, see mapflow_refusals.c.
 *
 * Objects are kept as the JSON documents that they are shown as; their members come from the recorded answers
 * (mapflow_seed.c). mapflow_shapes.c cuts them down to what the users' guide shows where a test asks for that.
 *
 * What tests may ask of it stands in README.md. */
#ifndef OSMFLOW_SANDBOX_MAPFLOW_H
#define OSMFLOW_SANDBOX_MAPFLOW_H

#include <json.h>
#include <stdio.h>

#include "internal.h"

enum { MAPFLOW_ID = 37, MAPFLOW_CALLS = 80 };

enum mapflow_shape { MAPFLOW_RECORDED, MAPFLOW_SPEC };

enum mapflow_kind { MAPFLOW_BUILDINGS, MAPFLOW_FOREST, MAPFLOW_ROADS, MAPFLOW_OPEN_DATA, MAPFLOW_MIXED, MAPFLOW_KINDS };
extern const char *const mapflow_kind_names[MAPFLOW_KINDS];

struct mapflow_account {
  const char *id, *email;
  double credits, spent;
  int64_t memory_limit, memory_used; /* bytes; a limit of -1: none */
};

/* What every object has. */
struct mapflow_object {
  char id[MAPFLOW_ID];
  int owner; /* index into accounts */
  struct json_object *document;
};

enum { MAPFLOW_COUNTED = 4 }; /* statuses that a project counts */

struct mapflow_project {
  struct mapflow_object object;                       /* first */
  int64_t total, area, aois, counts[MAPFLOW_COUNTED]; /* of its processings, when they were last counted */
};

struct mapflow_processing {
  struct mapflow_object object; /* first */
  struct mapflow_project *project;
  struct json_object *aois; /* as GET .../aois shows them */
  bool runs;                /* it was started here: each look brings it on */
  int64_t looks;
  enum mapflow_kind kind;
  int64_t features; /* of the result: -1: `result`, or made of the AOI when that is NULL */
  const char *result;
  char *own_result; /* what a test gave; `result` is this one then */
};

struct mapflow_image {
  struct mapflow_object object; /* first */
  char mosaic[MAPFLOW_ID];
  bool runs;                        /* its preprocessing: each look brings it on */
  int64_t looks, looks_until_ready; /* -1 for the latter: preprocessing fails */
  struct osmflow_bytes content;     /* of small files only */
};

/* Each array holds pointers, so that objects never move. */
struct mapflow_list {
  struct mapflow_object **items;
  size_t count, capacity;
};

struct mapflow_upload_note { /* what came, for GET /sandbox/mapflow */
  char name[256], mosaic[MAPFLOW_ID], image[MAPFLOW_ID], sha1[41];
  int64_t size;
};

struct mapflow_wishes {
  enum mapflow_shape shape;
  int64_t max_file, max_pixels;
  int64_t finish_after, looks_until_ready; /* -1 for the latter: it fails */
  char outcome[16];
  bool strict, hash, gzip, content_length;
};

struct sandbox_mapflow {
  struct mapflow_account accounts[2];
  struct json_object *models; /* documents share them */
  struct mapflow_list projects, processings, mosaics, images;
  struct mapflow_wishes wishes;
  struct mapflow_upload_note *uploads;
  size_t upload_count, upload_capacity;
  uint64_t next_id;
  int64_t created[4]; /* projects, processings, mosaics, images */
  int64_t started, restarted;
  uint64_t calls[MAPFLOW_CALLS]; /* by place in the tables of routes, all in a row */
};

/* Requests ------------------------------------------------------------------------------------------------------- */

struct mapflow_request {
  struct sandbox_mapflow *mapflow;
  struct sandbox *sandbox;
  struct sandbox_exchange *exchange;
  struct sandbox_response *response;
  int account;              /* -1: nobody */
  char words[2][256];       /* what stood at the '*' places */
  struct json_object *body; /* NULL: none was asked for, or none came */
  bool is_data;             /* a call of the Data API */
};

typedef void mapflow_handler(struct mapflow_request *request);

enum mapflow_route_flags { MAPFLOW_OPEN = 1, MAPFLOW_JSON = 2 /* it takes a JSON object */ };

struct mapflow_route {
  const char *method;
  const char *pattern; /* below /rest; '*' an id or a word */
  mapflow_handler *handler;
  unsigned flags;
};
struct mapflow_routes {
  const struct mapflow_route *routes;
  size_t count;
};
struct mapflow_routes mapflow_account_routes(void);
struct mapflow_routes mapflow_project_routes(void);
struct mapflow_routes mapflow_processing_routes(void);
struct mapflow_routes mapflow_review_routes(void);
struct mapflow_routes mapflow_run_routes(void);
struct mapflow_routes mapflow_result_routes(void);
struct mapflow_routes mapflow_stats_routes(void);
struct mapflow_routes mapflow_mosaic_routes(void);
struct mapflow_routes mapflow_image_routes(void);
struct mapflow_routes mapflow_upload_routes(void);
struct mapflow_routes mapflow_catalog_routes(void);

/* mapflow_route.c: the tables one after another, for counting. */
struct mapflow_routes mapflow_routes_of(size_t family); /* {NULL, 0} behind the last */
/* mapflow_state.c */
struct sandbox_mapflow *mapflow_of(struct sandbox *sandbox); /* made when it is first asked for */
void mapflow_list_add(struct mapflow_list *list, struct mapflow_object *object);
void mapflow_list_remove(struct mapflow_list *list, const struct mapflow_object *object);
struct mapflow_object *mapflow_find(const struct mapflow_list *list, const char *id);
void mapflow_free_processing(struct mapflow_object *object);
void mapflow_free_image(struct mapflow_object *object);
void mapflow_free_object(struct mapflow_object *object);
/* An id that no object has: the same one in every run. */
void mapflow_new_id(struct sandbox_mapflow *mapflow, char id[MAPFLOW_ID]);
bool mapflow_is_id(const char *text);
/* "2026-02-10T10:30:00.781909Z" of the sandbox's clock. */
void mapflow_now(const struct sandbox *sandbox, char text[40]);
/* mapflow_projects.c: `id` NULL: the next one. */
struct mapflow_object *mapflow_new_project(struct sandbox_mapflow *mapflow, int owner, const char *id,
                                           const char *name);
/* mapflow_seed.c */
void mapflow_seed(struct sandbox_mapflow *mapflow);
void mapflow_add_projects(struct sandbox_mapflow *mapflow, int64_t count);
void mapflow_add_processings(struct sandbox_mapflow *mapflow, const char *project, int64_t count);
/* mapflow_models.c: the models ("workflow definitions") as the account shows them. The caller's. */
struct json_object *mapflow_models(void);
/* One of them, for the caller to let go of; NULL: there is none. */
struct json_object *mapflow_model(const struct sandbox_mapflow *mapflow, const char *id_or_name);
enum mapflow_kind mapflow_kind_of_model(const char *id);
/* What a project's, processing's, image's and user's document begins as, with all members. The caller's. */
struct json_object *mapflow_project_document(const struct sandbox_mapflow *mapflow, int owner);
struct json_object *mapflow_processing_document(void);
struct json_object *mapflow_image_document(void);
struct json_object *mapflow_user_document(void);
extern const char mapflow_default_model[];

/* JSON: mapflow_json.c ------------------------------------------------------------------------------------------- */

struct json_object *mapflow_parse(const char *text); /* of our own constants: ends the process when it is wrong */
struct json_object *mapflow_get(const struct json_object *object, const char *name); /* NULL: absent or null */
const char *mapflow_text(const struct json_object *object, const char *name);        /* "" when absent or null */
double mapflow_real(const struct json_object *object, const char *name, double otherwise);
void mapflow_set(struct json_object *object, const char *name, struct json_object *value); /* takes it */
void mapflow_set_text(struct json_object *object, const char *name, const char *value);
void mapflow_set_int(struct json_object *object, const char *name, int64_t value);
void mapflow_set_real(struct json_object *object, const char *name, double value); /* whole ones without a point */
struct json_object *mapflow_new_real(double value);
struct json_object *mapflow_copy(struct json_object *object);
/* The answer is this document, which is let go of. */
void mapflow_answer(struct mapflow_request *request, struct json_object *document);
/* The members that calls want. False after 400 with the words of the real server's decoder. */
bool mapflow_need_text(struct mapflow_request *request, const char *name, const char **value);
bool mapflow_take_text(struct mapflow_request *request, const char *name, const char **value); /* NULL when absent */
bool mapflow_take_number(struct mapflow_request *request, const char *name, double *value); /* untouched when absent */
bool mapflow_take_type(struct mapflow_request *request, const char *name, enum json_type type,
                       struct json_object **value); /* NULL when absent or null */
/* A page of a listing: limit and offset of the body, {"results","total","count"} of `all`, which is let go of. */
void mapflow_answer_page(struct mapflow_request *request, struct json_object *all, int64_t usual_limit);
/* Sorts by a member: numbers by value, texts by bytes. */
void mapflow_sort(struct json_object *array, const char *member, bool descending);
bool mapflow_contains(const char *text, const char *part); /* ASCII case does not matter */

/* Refusals: mapflow_refusals.c ----------------------------------------------------------------------------------- */

/* {"code","message","params"}; params may be NULL and is let go of. */
void mapflow_refuse(struct mapflow_request *request, int status, const char *code, struct json_object *params,
                    const char *format, ...) OSMFLOW_PRINTF(5, 6);
/* 400 "Invalid value for: body (...)". */
void mapflow_refuse_body(struct mapflow_request *request, const char *format, ...) OSMFLOW_PRINTF(2, 3);
/* {"detail":{"code","message","parameters"}}; message NULL: none. Takes the parameters. */
void mapflow_refuse_data(struct mapflow_request *request, int status, const char *code, struct json_object *parameters,
                         const char *message);
/* {"detail":"..."} */
void mapflow_refuse_detail(struct mapflow_request *request, int status, const char *text);
/* 422 {"detail":[{"loc":[where,name],"msg","type"}]} */
void mapflow_refuse_field(struct mapflow_request *request, const char *where, const char *name, const char *message,
                          const char *type);
void mapflow_refuse_plainly(struct mapflow_request *request, int status, const char *text);
/* 404 and 403 in the shape of the call's program. */
void mapflow_refuse_absent(struct mapflow_request *request, const char *kind, const char *id);
void mapflow_refuse_right(struct mapflow_request *request, const char *kind, const char *id);
/* The object that the word names: NULL after 400/422 (no uuid), 404, 403. `kind`: "mosaic". */
struct mapflow_object *mapflow_take(struct mapflow_request *request, const struct mapflow_list *list, const char *kind,
                                    const char *id);

/* Shapes: mapflow_shapes.c --------------------------------------------------------------------------------------- */

enum mapflow_view {
  MAPFLOW_VIEW_PROJECT,
  MAPFLOW_VIEW_NEW_PROCESSING,
  MAPFLOW_VIEW_PROCESSING,
  MAPFLOW_VIEW_LISTED_PROCESSING,
  MAPFLOW_VIEW_NEW_MOSAIC,
  MAPFLOW_VIEW_MOSAIC,
  MAPFLOW_VIEW_LISTED_IMAGE,
  MAPFLOW_VIEW_IMAGE,
  MAPFLOW_VIEW_SCENE,
  MAPFLOW_VIEW_MODEL
};
/* The document, in the guide's shape with the guide's members only: to be printed and let go of. */
struct json_object *mapflow_show(const struct sandbox_mapflow *mapflow, enum mapflow_view view,
                                 struct json_object *document);

/* Ground: mapflow_ground.c --------------------------------------------------------------------------------------- */

struct mapflow_box {
  double min_x, min_y, max_x, max_y;
};
/* Square metres on the ellipsoid of a Polygon's or MultiPolygon's ring (an array of positions). */
double mapflow_ring_area(const struct json_object *ring);
double mapflow_polygon_area(const struct json_object *polygon); /* the coordinates of one polygon */
struct mapflow_box mapflow_polygon_box(const struct json_object *polygon);
double mapflow_box_area(const struct mapflow_box *box);
bool mapflow_polygon_holds(const struct json_object *polygon, double lon, double lat);
/* The polygons of a geometry: their number, and each one's coordinates (borrowed). */
size_t mapflow_polygon_count(const struct json_object *geometry);
struct json_object *mapflow_polygon(const struct json_object *geometry, size_t number);
/* NULL, or what is wrong with a geometry that must be a Polygon or MultiPolygon. */
const char *mapflow_geometry_problem(const struct json_object *geometry);
double mapflow_geometry_area(const struct json_object *geometry);
/* Longitude and latitude of a place in EPSG:`code` (4326, 3857, UTM); false for others. */
bool mapflow_to_degrees(int code, double x, double y, double *lon, double *lat);

/* Orders: mapflow_cost.c ----------------------------------------------------------------------------------------- */

struct mapflow_order {
  struct json_object *model, *blocks, *params; /* its own */
  const struct json_object *geometry;          /* the request's; NULL: only an area was told */
  double area;                                 /* m² */
  double price, cost;                          /* per km² of a started one, and of all; not rounded */
};
/* What a request wants, checked: `starts` for a processing, else for the question what it would cost. False after the
 * refusal. Always clear it. */
bool mapflow_take_order(struct mapflow_request *request, bool starts, struct mapflow_order *order);
void mapflow_order_clear(struct mapflow_order *order);
struct mapflow_routes mapflow_cost_routes(void);

/* Runs: mapflow_runs.c ------------------------------------------------------------------------------------------- */

/* Somebody looked at it: what runs comes a step nearer to its end. */
void mapflow_look(struct mapflow_request *request, struct mapflow_processing *processing);
/* The AOIs of a geometry, as GET .../aois shows them. The caller's. */
void mapflow_name_layer(struct json_object *document, const char *id, const char *name);
struct json_object *mapflow_make_aois(struct sandbox_mapflow *mapflow, const struct json_object *geometry,
                                      const char *status, int percent);

/* Results: mapflow_stream.c -------------------------------------------------------------------------------------- */

/* A document that is made while it is sent: features `start` to `start + count` of their kind. The same numbers give
 * the same bytes. */
struct sandbox_stream *mapflow_stream_new(enum mapflow_kind kind, const char *name, uint64_t start, uint64_t count);
/* One of `size` bytes that mean nothing. */
struct sandbox_stream *mapflow_stream_filler(uint64_t size);

/* Uploads -------------------------------------------------------------------------------------------------------- */

enum { MAPFLOW_HEAD = 1 << 20, MAPFLOW_DIRECTORY = 8 << 20 };

/* What the head of a TIFF tells. Numbers are 0 and texts "" where it does not. */
struct mapflow_tiff {
  bool is_tiff;
  uint64_t directory; /* where it begins */
  int64_t width, height, bands;
  char dtype[16], nodata[64];
  int epsg; /* 0: no CRS; -1: one without a number */
  bool has_transform;
  double pixel[2], corner[2]; /* pixel[1] is positive downwards */
};

/* Pieces of a file: its beginning, and what stands behind where its directory begins. */
struct mapflow_pieces {
  struct osmflow_text head, directory;
  uint64_t directory_at;
};
/* mapflow_tiff.c */
bool mapflow_tiff_directory(struct osmflow_text head, uint64_t *place);
void mapflow_tiff_read(const struct mapflow_pieces *pieces, struct mapflow_tiff *tiff);

/* mapflow_receive.c: a multipart body that is taken apart while it comes. */
struct mapflow_upload {
  bool is_multipart, has_file, is_broken, ended;
  char filename[256];
  uint64_t size; /* of the file */
  char sha1[41];
  struct osmflow_bytes head, directory;
  uint64_t directory_at;
};
const struct mapflow_upload *mapflow_upload_of(const struct sandbox_exchange *exchange);

/* mapflow_check.c: NULL-safe checks of an uploaded file. False after the refusal. */
bool mapflow_check_file(struct mapflow_request *request, const struct mapflow_upload *upload,
                        const struct mapflow_object *mosaic, struct mapflow_tiff *tiff);
/* The image's document from what is known of its file. */
void mapflow_describe_image(struct json_object *document, const struct mapflow_tiff *tiff);

/* mapflow_mosaics.c */
struct mapflow_object *mapflow_add_mosaic(struct mapflow_request *request, const char *name, struct json_object *tags);
void mapflow_remove_mosaic(struct sandbox_mapflow *mapflow, struct mapflow_object *mosaic);
void mapflow_remove_image(struct sandbox_mapflow *mapflow, struct mapflow_object *image);
/* mapflow_images.c: what GET shows; preview addresses lead to this server. The caller's. */
struct json_object *mapflow_show_image(struct mapflow_request *request, const struct mapflow_image *image,
                                       enum mapflow_view view);
void mapflow_look_at_image(struct mapflow_image *image);

/* mapflow_preview.c: the answer is a JPEG of an image of width x height, its larger side `side`. */
void mapflow_print_preview(struct sandbox_response *response, int width, int height, int side);

#endif
