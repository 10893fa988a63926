/* `osmflow conflate`: what a result has and the map has not, as an osmChange file for review. */
#include <cpl_conv.h>
#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "cli/command.h"
#include "cli/conflate_map.h"
#include "cli/conflate_write.h"

enum { RESULT, MAP };
enum { OUTPUT, OVERLAP, DISTANCE, ALL, MAPPING, WHERE, OVERWRITE, JSON };

struct conflating {
  const struct osmflow_environment *environment;
  const struct osmflow_arguments *arguments;
  struct osmflow_conflate_rules rules;
  struct osmflow_conflate_source result, known;
  struct osmflow_conflate_map *map;
  struct osmflow_conflate_tags tags;
  struct osmflow_conflate_write write;
  size_t compared_with, verdicts[OSMFLOW_CONFLATE_VERDICTS]; /* NEW: what is kept */
  size_t untagged, shapeless, impossible;
  struct osmflow_error first_impossible;
};

static const char reminder[] =
    "Nothing was uploaded. Look at every feature in an editor (JOSM opens the file), with imagery that OpenStreetMap "
    "may\n"
    "use. Before you upload many of them, discuss it with the mappers of the area: that is what the rules ask for.\n"
    "  https://wiki.openstreetmap.org/wiki/Import/Guidelines\n"
    "  https://wiki.openstreetmap.org/wiki/Automated_Edits_code_of_conduct\n";

static enum osmflow_status read_number(const char *what, const char *text, double most, double *number,
                                       struct osmflow_error *error) {
  double value = *number;
  if (text && (!osmflow_parse_real(osmflow_text(text), &value) || !(value >= 0) || value > most))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "%s is a number between 0 and %g", what, most);
  *number = value;
  return OSMFLOW_OK;
}

static enum osmflow_status read_options(struct conflating *conflating, struct osmflow_error *error) {
  static const double usual_overlap = 10, usual_distance = 5, most_distance = 1000;
  const char *const *given = conflating->arguments->options;
  double overlap = usual_overlap, distance = usual_distance;
  if (!given[OUTPUT])
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "where to is told by -o FILE.osc");
  enum osmflow_status status = read_number("--overlap", given[OVERLAP], 100, &overlap, error);
  if (status == OSMFLOW_OK)
    status = read_number("--distance", given[DISTANCE], most_distance, &distance, error);
  conflating->rules =
      (struct osmflow_conflate_rules){.overlap = overlap / 100, .distance = distance, .all = given[ALL] != NULL};
  if (status == OSMFLOW_OK && !OGRGetGEOSVersion(NULL, NULL, NULL))
    status = osmflow_error_set(error, OSMFLOW_UNSUPPORTED, "this GDAL was built without GEOS, which compares shapes");
  return status;
}

static enum osmflow_status prepare(struct conflating *conflating, bool *is_empty, struct osmflow_error *error) {
  const struct osmflow_arguments *arguments = conflating->arguments;
  OGREnvelope box = {0, 0, 0, 0};
  enum osmflow_status status = read_options(conflating, error);
  if (status == OSMFLOW_OK)
    status =
        osmflow_conflate_source_open(&conflating->result, conflating->environment, arguments->words[RESULT], error);
  if (status == OSMFLOW_OK && arguments->options[WHERE])
    status = osmflow_conflate_source_filter(&conflating->result, arguments->options[WHERE], error);
  if (status == OSMFLOW_OK)
    status = osmflow_conflate_tags_init(&conflating->tags, conflating->environment, arguments->options[MAPPING],
                                        &conflating->result, error);
  if (status == OSMFLOW_OK)
    status = osmflow_conflate_write_init(&conflating->write, conflating->environment, arguments->options[OUTPUT],
                                         arguments->options[OVERWRITE] != NULL, conflating->tags.tagging, error);
  if (status == OSMFLOW_OK)
    status = osmflow_conflate_source_open(&conflating->known, conflating->environment, arguments->words[MAP], error);
  if (status == OSMFLOW_OK)
    status = osmflow_conflate_source_extent(&conflating->result, &box, is_empty, error);
  if (status == OSMFLOW_OK && !*is_empty)
    status = osmflow_conflate_map_new(&conflating->known, &box, &conflating->rules, &conflating->map, error);
  if (status == OSMFLOW_OK && conflating->map)
    conflating->compared_with = osmflow_conflate_map_count(conflating->map);
  /* What is known is in memory now. */
  if (status == OSMFLOW_OK)
    osmflow_conflate_source_close(&conflating->known);
  return status;
}

static enum osmflow_status add(struct conflating *conflating, OGRGeometryH geometry, struct osmflow_error *error) {
  struct osmflow_error reason = {.status = OSMFLOW_OK};
  const enum osmflow_status status =
      osmflow_conflate_write_add(&conflating->write, geometry, conflating->tags.tags, &reason);
  if (status == OSMFLOW_OK) {
    conflating->verdicts[OSMFLOW_CONFLATE_NEW]++;
    return OSMFLOW_OK;
  }
  /* That a file cannot be made is no matter of one feature. */
  if (status == OSMFLOW_BAD_ARGUMENT && conflating->write.layer) {
    if (conflating->impossible++ == 0)
      conflating->first_impossible = reason;
    return OSMFLOW_OK;
  }
  if (error)
    *error = reason;
  return status;
}

static enum osmflow_status judge(struct conflating *conflating, OGRFeatureH feature, size_t layer,
                                 struct osmflow_error *error) {
  OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
  osmflow_kinds kinds = 0;
  size_t count = 0;
  if (!geometry || OGR_G_IsEmpty(geometry)) {
    conflating->shapeless++;
    return OSMFLOW_OK;
  }
  const enum osmflow_status status =
      osmflow_conflate_tags_read(&conflating->tags, layer, feature, &count, &kinds, error);
  if (status != OSMFLOW_OK)
    return status;
  if (count == 0) {
    conflating->untagged++;
    return OSMFLOW_OK;
  }
  const enum osmflow_conflate_verdict verdict = osmflow_conflate_map_judge(conflating->map, geometry, kinds);
  if (verdict == OSMFLOW_CONFLATE_NEW)
    return add(conflating, geometry, error);
  conflating->verdicts[verdict]++;
  return OSMFLOW_OK;
}

static enum osmflow_status judge_all(struct conflating *conflating, struct osmflow_error *error) {
  OGRFeatureH feature = NULL;
  size_t layer = 0;
  enum osmflow_status status = OSMFLOW_OK;
  GDALDatasetResetReading(conflating->result.dataset);
  do {
    status = osmflow_conflate_source_next(&conflating->result, &feature, &layer, error);
    if (status == OSMFLOW_OK && feature)
      status = judge(conflating, feature, layer, error);
    OGR_F_Destroy(feature);
  } while (status == OSMFLOW_OK && feature);
  return status == OSMFLOW_OK ? osmflow_conflate_write_save(&conflating->write, error) : status;
}

static enum osmflow_status show_json(const struct conflating *conflating, struct osmflow_error *error) {
  enum { LINE_CEILING = 64 * 1024 };
  struct osmflow_bytes path;
  const size_t *verdicts = conflating->verdicts;
  osmflow_bytes_init(&path, LINE_CEILING);
  enum osmflow_status status = verdicts[OSMFLOW_CONFLATE_NEW] > 0
                                   ? osmflow_bytes_add_json(&path, osmflow_text(conflating->write.path), error)
                                   : osmflow_bytes_add_string(&path, "null", error);
  if (status == OSMFLOW_OK)
    status =
        osmflow_say(error,
                    "{\"file\":%s,\"kept\":%zu,\"left_out\":{\"overlaps\":%zu,\"inside\":%zu,\"near\":%zu},"
                    "\"without_tags\":%zu,\"without_geometry\":%zu,\"impossible\":%zu,\"compared_with\":%zu}\n",
                    osmflow_bytes_string(&path), verdicts[OSMFLOW_CONFLATE_NEW], verdicts[OSMFLOW_CONFLATE_OVERLAPS],
                    verdicts[OSMFLOW_CONFLATE_INSIDE], verdicts[OSMFLOW_CONFLATE_NEAR], conflating->untagged,
                    conflating->shapeless, conflating->impossible, conflating->compared_with);
  osmflow_bytes_clear(&path);
  return status;
}

static enum osmflow_status show_lines(const struct conflating *conflating, struct osmflow_error *error) {
  const size_t *verdicts = conflating->verdicts;
  enum osmflow_status status = osmflow_say(
      error,
      "kept:             %zu\n"
      "left out:         %zu overlap, %zu lie inside, %zu are near what the map has\n"
      "without tags:     %zu\n"
      "without geometry: %zu\n"
      "compared with:    %zu features of the map\n",
      verdicts[OSMFLOW_CONFLATE_NEW], verdicts[OSMFLOW_CONFLATE_OVERLAPS], verdicts[OSMFLOW_CONFLATE_INSIDE],
      verdicts[OSMFLOW_CONFLATE_NEAR], conflating->untagged, conflating->shapeless, conflating->compared_with);
  if (status == OSMFLOW_OK && conflating->impossible > 0)
    status = osmflow_say(error, "impossible:       %zu, the first: %s\n", conflating->impossible,
                         conflating->first_impossible.message);
  if (status == OSMFLOW_OK && conflating->compared_with == 0)
    status = osmflow_say(error, "The map has nothing there that could be compared%s.\n",
                         conflating->rules.all ? "" : "; --all looks at features without tags, too");
  if (status == OSMFLOW_OK && verdicts[OSMFLOW_CONFLATE_NEW] == 0)
    return osmflow_say(error, "Nothing is left, so no file was written.\n");
  if (status == OSMFLOW_OK)
    status = osmflow_say(error, "Written: %s\n\n%s", conflating->write.path, reminder);
  return status;
}

static enum osmflow_status run_conflate(const struct osmflow_environment *environment,
                                        const struct osmflow_arguments *arguments, struct osmflow_error *error) {
  struct conflating conflating = {.environment = environment, .arguments = arguments};
  bool is_empty = true;
  enum osmflow_status status = prepare(&conflating, &is_empty, error);
  if (status == OSMFLOW_OK && !is_empty)
    status = judge_all(&conflating, error);
  if (status == OSMFLOW_OK)
    status = arguments->options[JSON] ? show_json(&conflating, error) : show_lines(&conflating, error);
  osmflow_conflate_write_clear(&conflating.write);
  osmflow_conflate_tags_clear(&conflating.tags);
  osmflow_conflate_map_free(conflating.map);
  osmflow_conflate_source_close(&conflating.known);
  osmflow_conflate_source_close(&conflating.result);
  return status;
}

static const struct osmflow_option options[] = {
    [OUTPUT] = {"output", 'o', "FILE.osc", "the osmChange file to write"},
    [OVERLAP] = {"overlap", '\0', "PERCENT", "of the smaller area that two may share; 10 without it"},
    [DISTANCE] = {"distance", '\0', "METRES", "within which points and lines are the same; 5 without it"},
    [ALL] = {"all", '\0', NULL, "compare with all areas (lines, points), whatever they are"},
    [MAPPING] = {"mapping", '\0', "FILE", "from classes to tags, instead of the built-in mapflow-tags.ini"},
    [WHERE] = {"where", '\0', "W", "only these features of RESULT, as in SQL: \"building_height > 3\""},
    [OVERWRITE] = {"overwrite", '\0', NULL, "replace the file if it is there already"},
    [JSON] = {"json", '\0', NULL, "the counts as one JSON object"},
    {NULL, '\0', NULL, NULL}};

const struct osmflow_command osmflow_command_conflate = {
    .name = "conflate",
    .summary = "Writes what a result has and the map has not into an osmChange file for review.",
    .words = "RESULT MAP",
    .least_words = 2,
    .most_words = 2,
    .options = options,
    .details =
        "RESULT is what was found: MAPFLOW:processings/ID/result, or any file that GDAL reads. MAP is what is there:\n"
        "OSMAPI:map?bbox=..., an .osm or .pbf file, or any other file with columns that are called like tags.\n"
        "\n"
        "  osmflow conflate MAPFLOW:processings/ID/result 'OSMAPI:map?bbox=9.5,47.1,9.6,47.2' -o review.osc\n"
        "  osmflow conflate buildings.gpkg town.osm.pbf --overlap 20 --mapping my-tags.ini -o review.osc\n"
        "\n"
        "Each feature gets tags by the mapping (data/mapflow-tags.ini tells how to write one); what gets none is left\n"
        "out. So is what the map has already, by things of the same kind (buildings with buildings, roads with "
        "roads):\n"
        "  areas   that share more than --overlap of the smaller one, whose middle lies inside the other, or that\n"
        "          hold a point of the same kind\n"
        "  points  within --distance of such a point, or inside such an area\n"
        "  lines   of which more than half runs within --distance of such lines\n"
        "--all compares with every area (line, point) of the map, for maps whose features have no tags. Parts of\n"
        "multipolygons become features of their own. RESULT is read twice, MAP once where RESULT lies.\n"
        "\n"
        "Nothing is uploaded. Large or systematic additions to OpenStreetMap are imports, and have rules:\n"
        "https://wiki.openstreetmap.org/wiki/Import/Guidelines\n",
    .run = run_conflate,
};
