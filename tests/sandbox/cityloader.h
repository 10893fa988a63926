/* The 3DCityLoader part of the sandbox: https://v2.3dcityloader.com/api as /city/api of this server, its downloads as
 * /city/download/ID, which redirect to another host name. Models are made of the sandbox's own OpenStreetMap buildings,
 * so that where they come to lie can be compared.
 *
 * Tokens: alice-token may do everything, bob-token may not pay (402), mod-token may not create (403), all others are
 * nobody's (401). What tests may ask of it:
 *
 *   GET /sandbox/cityloader    {"created","looks","downloads","bytes"}
 *   PUT /sandbox/cityloader?   ready_after=LOOKS  outcome=done|failed  origin=center|sw|utm  ascii=1  up=z|y (of OBJ)
 *                              zip=good|truncated|traversal|bomb|crc|empty|html   redirects=N   forget=1 */
#ifndef OSMFLOW_SANDBOX_CITYLOADER_H
#define OSMFLOW_SANDBOX_CITYLOADER_H

#include "internal.h"

enum { CITY_ID = 37 };

enum city_zip { CITY_GOOD, CITY_TRUNCATED, CITY_TRAVERSAL, CITY_BOMB, CITY_CRC, CITY_EMPTY, CITY_HTML, CITY_ZIPS };
enum city_origin { CITY_CENTER, CITY_CORNER, CITY_UTM, CITY_ORIGINS };
enum city_format { CITY_STL, CITY_OBJ, CITY_DXF, CITY_FORMATS };
extern const char *const city_format_names[CITY_FORMATS];

struct city_export {
  char id[CITY_ID];
  double bbox[4]; /* degrees */
  enum city_format format;
  bool terrain, buildings, separate;
  int64_t looks;
};

struct city_wishes {
  int64_t ready_after, redirects;
  bool fails, ascii, y_up;
  enum city_origin origin;
  enum city_zip zip;
};

struct sandbox_cityloader {
  struct city_export *exports;
  size_t count, capacity;
  uint64_t next_id;
  int64_t created, looks, downloads, bytes;
  struct city_wishes wishes;
};
struct sandbox_cityloader *city_of(struct sandbox *sandbox); /* made when it is first asked for */

/* A surface of polygons in metres; z is up. */
struct city_facet {
  size_t first, count; /* in `points` */
  size_t object;       /* 0: the ground; else the number of the building, from 1 */
  bool is_roof;
};
struct city_model {
  double (*points)[3];
  size_t point_count, point_capacity;
  struct city_facet *facets;
  size_t facet_count, facet_capacity;
};

/* cityloader_town.c: the ground and the buildings of an area; the caller's (city_free). */
void city_make(struct sandbox *sandbox, const struct city_export *wanted, enum city_origin origin, bool terrain,
               bool buildings, struct city_model *model);
void city_free(struct city_model *model);
/* cityloader_plane.c: longitude and latitude as a model has them: metres from the area's middle, or UTM. */
void city_to_metres(const double bbox[4], double lon, double lat, double at[2]);
void city_to_utm(const double bbox[4], double lon, double lat, double at[2]);
/* cityloader_cut.c: a polygon as triangles: calls back with three places of it. */
void city_cut(const double (*points)[3], size_t count, void (*take)(void *self, const size_t places[3]), void *self);
/* cityloader_files.c: the document of a format, appended. */
void city_print(const struct city_model *model, enum city_format format, bool ascii, struct osmflow_bytes *file);
void city_print_materials(struct osmflow_bytes *file);
/* cityloader_zip.c */
struct city_member {
  char name[64];
  struct osmflow_bytes content;
};
void city_zip(struct city_member *members, size_t count, enum city_zip kind, struct osmflow_bytes *zip);

/* Appends bytes; ends the process when memory is out. */
void city_add(struct osmflow_bytes *bytes, const void *data, size_t size);
void city_printf(struct osmflow_bytes *bytes, const char *format, ...) OSMFLOW_PRINTF(2, 3);

#endif
