/* A new feature of a list of processings as what is to be run: mapflow/run.h does the rest, the cost first. */
#include <stdlib.h>

#include "base/number.h"
#include "mapflow/run.h"
#include "source/mapflow_layers.h"

enum { LISTS = 3, LIST_CEILING = 1 << 20, MOST_WORDS = 1000, MOST_ZOOM = 24 };

static enum osmflow_status add_word(struct osmflow_bytes *memory, struct osmflow_text word, size_t *count,
                                    struct osmflow_error *error) {
  word = osmflow_text_trim(word);
  if (word.size == 0)
    return OSMFLOW_OK;
  if (*count == MOST_WORDS)
    return osmflow_error_set(error, OSMFLOW_TOO_LARGE, "there are more than %d words in the list", MOST_WORDS);
  *count += 1;
  const enum osmflow_status status = osmflow_bytes_add_text(memory, word, error);
  return status == OSMFLOW_OK ? osmflow_bytes_add(memory, "", 1, error) : status;
}

/* {"name":"Heights","enabled":false}, as blocks are shown, is "-Heights"; a member of an object is "name=value". */
static enum osmflow_status print_word(const struct osmflow_tree_node *node, struct osmflow_bytes *word,
                                      struct osmflow_error *error) {
  const struct osmflow_tree_node *name = osmflow_tree_child(node, "name"),
                                 *enabled = osmflow_tree_child(node, "enabled");
  osmflow_bytes_reset(word);
  if (name)
    return osmflow_bytes_print(word, error, "%s%.*s", enabled && osmflow_text_is(enabled->text, "false") ? "-" : "",
                               OSMFLOW_TEXT_ARGUMENTS(name->text));
  const enum osmflow_status status = node->parent && node->parent->kind == OSMFLOW_TREE_OBJECT
                                         ? osmflow_bytes_print(word, error, "%.*s=", OSMFLOW_TEXT_ARGUMENTS(node->name))
                                         : OSMFLOW_OK;
  return status == OSMFLOW_OK ? osmflow_bytes_add_text(word, node->text, error) : status;
}

static enum osmflow_status add_json(const struct osmflow_tree_node *top, struct osmflow_bytes *memory, size_t *count,
                                    struct osmflow_error *error) {
  struct osmflow_bytes word;
  enum osmflow_status status = OSMFLOW_OK;
  osmflow_bytes_init(&word, LIST_CEILING);
  for (const struct osmflow_tree_node *node = top->first; status == OSMFLOW_OK && node; node = node->next) {
    status = print_word(node, &word, error);
    if (status == OSMFLOW_OK)
      status = add_word(memory, osmflow_bytes_view(&word), count, error);
  }
  osmflow_bytes_clear(&word);
  return status;
}

static enum osmflow_status read_json(const char *column, const char *text, struct osmflow_bytes *memory, size_t *count,
                                     struct osmflow_error *error) {
  struct osmflow_tree *tree = NULL;
  const struct osmflow_tree_node *top = NULL;
  enum osmflow_status status = osmflow_tree_new(OSMFLOW_TREE_JSON, &tree, error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_feed(tree, text, strlen(text), error);
  if (status == OSMFLOW_OK)
    status = osmflow_tree_finish(tree, &top, error);
  status = status == OSMFLOW_OK ? add_json(top, memory, count, error)
                                : osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                                                    "%s is neither JSON nor words divided by commas", column);
  osmflow_tree_free(tree);
  return status;
}

enum osmflow_status osmflow_mapflow_edit_words(const char *column, const char *text, struct osmflow_bytes *memory,
                                               const char ***words, struct osmflow_error *error) {
  struct osmflow_text rest = osmflow_text_trim(osmflow_text(text)), part;
  enum osmflow_status status = OSMFLOW_OK;
  size_t count = 0;
  if (rest.size > 0 && (rest.data[0] == '[' || rest.data[0] == '{'))
    status = read_json(column, text, memory, &count, error);
  else
    while (status == OSMFLOW_OK && osmflow_text_next(&rest, ',', &part))
      status = add_word(memory, part, &count, error);
  const char **list = status == OSMFLOW_OK ? calloc(count + 1, sizeof *list) : NULL;
  if (status == OSMFLOW_OK && !list)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a list");
  const char *at = memory->data;
  for (size_t i = 0; status == OSMFLOW_OK && i < count; i++, at += strlen(at) + 1)
    list[i] = at;
  *words = list;
  return status;
}

/* The texts of a feature by name, each copied: OGR lends only one at a time. */
enum field {
  NAME,
  DESCRIPTION,
  PROJECT,
  MODEL,
  PROVIDER,
  MOSAIC,
  IMAGES,
  BLOCKS,
  ZOOM,
  SOURCE_TYPE,
  URL,
  CRS,
  META,
  FIELDS
};
static const char *const columns[FIELDS][2] = {
    [NAME] = {"name", NULL},          [DESCRIPTION] = {"description", NULL},
    [PROJECT] = {"project_id", NULL}, [MODEL] = {"model_id", "model"},
    [PROVIDER] = {"provider", NULL},  [MOSAIC] = {"mosaic_id", NULL},
    [IMAGES] = {"image_ids", NULL},   [BLOCKS] = {"blocks", NULL},
    [ZOOM] = {"zoom", NULL},          [SOURCE_TYPE] = {"source_type", NULL},
    [URL] = {"source_url", NULL},     [CRS] = {"source_crs", NULL},
    [META] = {"meta", NULL},
};

struct wish {
  char *texts[FIELDS];
  struct osmflow_bytes memory[LISTS];
  const char **images, **blocks, **meta;
  struct osmflow_aoi aoi;
  bool has_aoi;
};

static void init_wish(struct wish *wish) {
  *wish = (struct wish){0};
  osmflow_aoi_init(&wish->aoi);
  for (size_t i = 0; i < LISTS; i++)
    osmflow_bytes_init(&wish->memory[i], LIST_CEILING);
}

static void clear_wish(struct wish *wish) {
  for (size_t i = 0; i < FIELDS; i++)
    free(wish->texts[i]);
  free(wish->images);
  free(wish->blocks);
  free(wish->meta);
  for (size_t i = 0; i < LISTS; i++)
    osmflow_bytes_clear(&wish->memory[i]);
  osmflow_aoi_clear(&wish->aoi);
}

static enum osmflow_status read_wish(OGRFeatureH feature, struct wish *wish, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < FIELDS; i++) {
    const char *text = osmflow_feature_column(feature, columns[i][0]);
    if (!text && columns[i][1])
      text = osmflow_feature_column(feature, columns[i][1]);
    wish->texts[i] = text ? strdup(text) : NULL;
    if (text && !wish->texts[i])
      status = osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for %s", columns[i][0]);
  }
  if (status == OSMFLOW_OK && wish->texts[IMAGES])
    status = osmflow_mapflow_edit_words("image_ids", wish->texts[IMAGES], &wish->memory[0], &wish->images, error);
  if (status == OSMFLOW_OK && wish->texts[BLOCKS])
    status = osmflow_mapflow_edit_words("blocks", wish->texts[BLOCKS], &wish->memory[1], &wish->blocks, error);
  if (status == OSMFLOW_OK && wish->texts[META])
    status = osmflow_mapflow_edit_words("meta", wish->texts[META], &wish->memory[2], &wish->meta, error);
  wish->has_aoi = OGR_F_GetGeometryRef(feature) != NULL;
  if (status == OSMFLOW_OK && wish->has_aoi)
    status = osmflow_aoi_from_geometry(OGR_F_GetGeometryRef(feature), &wish->aoi, error);
  return status;
}

static enum osmflow_run_source choose_source(const struct wish *wish) {
  if (wish->texts[URL])
    return OSMFLOW_RUN_OWN;
  if (wish->texts[PROVIDER])
    return wish->images ? OSMFLOW_RUN_SEARCH : OSMFLOW_RUN_PROVIDER;
  return wish->texts[MOSAIC] || wish->images ? OSMFLOW_RUN_IMAGERY : OSMFLOW_RUN_PROVIDER;
}

static enum osmflow_status check_wish(const struct wish *wish, int64_t *zoom, struct osmflow_error *error) {
  if (!wish->texts[MODEL])
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "a new processing needs a model (its name or id, see MAPFLOW:user/status)");
  if (!wish->texts[URL] && !wish->texts[PROVIDER] && !wish->texts[MOSAIC] && !wish->images)
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT,
                             "a new processing needs imagery: provider (and zoom), mosaic_id, or image_ids");
  if (wish->texts[ZOOM] && !osmflow_parse_int(osmflow_text(wish->texts[ZOOM]), 0, MOST_ZOOM, zoom))
    return osmflow_error_set(error, OSMFLOW_BAD_ARGUMENT, "zoom %s is not a whole number between 0 and %d",
                             wish->texts[ZOOM], MOST_ZOOM);
  return OSMFLOW_OK;
}

static enum osmflow_status prepare_and_start(const struct osmflow_mapflow *mapflow, const struct osmflow_run *run,
                                             double most_cost, char **id, struct osmflow_error *error) {
  struct osmflow_run_plan plan;
  osmflow_run_plan_init(&plan);
  enum osmflow_status status = osmflow_run_prepare(mapflow, run, &plan, error);
  if (status == OSMFLOW_OK)
    status = osmflow_run_start(mapflow, &plan, most_cost, id, error);
  osmflow_run_plan_clear(&plan);
  return status;
}

enum osmflow_status osmflow_mapflow_edit_run(const struct osmflow_mapflow_table_layer *layer,
                                             const struct osmflow_mapflow *mapflow, OGRFeatureH feature, char **id,
                                             struct osmflow_error *error) {
  const struct osmflow_mapflow_connection *connection = layer->connection;
  const bool is_of_project = strncmp(connection->call.call_class->name, "projects/", strlen("projects/")) == 0;
  struct wish wish;
  int64_t zoom = -1;
  init_wish(&wish);
  enum osmflow_status status = read_wish(feature, &wish, error);
  if (status == OSMFLOW_OK)
    status = check_wish(&wish, &zoom, error);
  const struct osmflow_run run = {.name = wish.texts[NAME],
                                  .description = wish.texts[DESCRIPTION],
                                  .project = wish.texts[PROJECT] ? wish.texts[PROJECT]
                                             : is_of_project     ? connection->call.id
                                                                 : NULL,
                                  .model = wish.texts[MODEL],
                                  .aoi = wish.has_aoi ? &wish.aoi : NULL,
                                  .source = choose_source(&wish),
                                  .provider = wish.texts[PROVIDER],
                                  .mosaic_id = wish.texts[MOSAIC],
                                  .image_ids = wish.images,
                                  .zoom = (int)zoom,
                                  .source_type = wish.texts[SOURCE_TYPE],
                                  .url = wish.texts[URL],
                                  .crs = wish.texts[CRS],
                                  .blocks = wish.blocks,
                                  .meta = wish.meta};
  if (status == OSMFLOW_OK)
    status = prepare_and_start(mapflow, &run, connection->max_cost, id, error);
  clear_wish(&wish);
  return status;
}
