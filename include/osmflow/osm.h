/* OpenStreetMap elements for programs that embed the library without GDAL's layers: a connection's nodes, ways and
 * relations, one call each.
 *
 *   static bool show(void *self, const struct osmflow_osm_element *element) {
 *     printf("%lld version %u\n", (long long)element->id, element->version);
 *     return true;
 *   }
 *   struct osmflow_error error;
 *   if (osmflow_osm_read(osmflow_environment_system(), "OSMAPI:map?bbox=9.52,47.13,9.53,47.14", NULL, show, NULL,
 * &error)) fprintf(stderr, "%s\n", error.message);
 *
 * Connection strings and options are those of the GDAL driver OSMAPI (README.md). Everything that is handed to the
 * visitor is borrowed for the call. Threads: any number may read at once; the same connection is downloaded once. */
#ifndef OSMFLOW_OSM_H
#define OSMFLOW_OSM_H

#include <osmflow/environment.h>
#include <osmflow/status.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum osmflow_osm_type { OSMFLOW_OSM_NODE, OSMFLOW_OSM_WAY, OSMFLOW_OSM_RELATION };

struct osmflow_osm_tag {
  const char *key, *value; /* UTF-8 */
};

struct osmflow_osm_member {
  enum osmflow_osm_type type;
  int64_t ref;
  const char *role; /* "" when there is none */
};

struct osmflow_osm_element {
  enum osmflow_osm_type type;
  int64_t id;
  bool visible; /* false: deleted */
  bool has_position;
  double lon, lat;   /* degrees, WGS 84; nodes only */
  uint32_t version;  /* 0: not given, as below */
  int64_t timestamp; /* seconds since 1970-01-01T00:00:00Z */
  int64_t changeset;
  int64_t uid;
  const char *user; /* NULL: not given */
  const struct osmflow_osm_tag *tags;
  size_t tag_count;
  const int64_t *nodes; /* of a way */
  size_t node_count;
  const struct osmflow_osm_member *members; /* of a relation */
  size_t member_count;
};

/* False ends the reading, which is no error. */
typedef bool osmflow_osm_visitor(void *self, const struct osmflow_osm_element *element);

/* Nodes, then ways, then relations. Nothing is visited before the whole answer has arrived and proved whole. `options`
 * is a NULL-terminated list of NAME=VALUE or NULL. OSMFLOW_BAD_ARGUMENT when the call's answer holds no elements.
 * The answer is kept for the next caller for a minute, or as long as the option OSMAPI_KEEP says in seconds; two
 * threads that read the same connection at the same time share it, and the environment of the first. */
OSMFLOW_API enum osmflow_status osmflow_osm_read(const struct osmflow_environment *environment, const char *connection,
                                                 const char *const *options, osmflow_osm_visitor *visitor, void *self,
                                                 struct osmflow_error *error) OSMFLOW_MUST_CHECK;

/* "0.1.0". Static. */
OSMFLOW_API const char *osmflow_version(void);

#ifdef __cplusplus
}
#endif

#endif
