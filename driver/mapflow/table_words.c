/* Values that are worked out: ":word argument ...". */
#include <math.h>
#include <stdio.h>

#include "base/number.h"
#include "mapflow/refusal.h"
#include "mapflow/secret.h"
#include "mapflow/table_parts.h"

struct job {
  const struct osmflow_tree_node *node;
  const char *first;  /* the first argument */
  const char *second; /* "": none */
  struct osmflow_bytes *buffer;
};

static struct osmflow_text text_at(const struct job *job, const char *place) {
  const struct osmflow_tree_node *found = osmflow_mapflow_find(job->node, place);
  return found && found->kind == OSMFLOW_TREE_STRING ? found->text : osmflow_text("");
}

static enum osmflow_status print_text(struct job *job, struct osmflow_error *error) {
  return osmflow_bytes_add_text(job->buffer, text_at(job, job->first), error);
}

static enum osmflow_status print_self(struct job *job, struct osmflow_error *error) {
  return job->node->kind == OSMFLOW_TREE_STRING ? osmflow_bytes_add_text(job->buffer, job->node->text, error)
                                                : OSMFLOW_OK;
}

static enum osmflow_status print_messages(struct job *job, struct osmflow_error *error) {
  return osmflow_mapflow_messages_print(osmflow_mapflow_find(job->node, job->first), job->buffer, error);
}

/* The names of a list's objects; of those alone whose member `wanted` is true, where it is not NULL. */
static enum osmflow_status print_names_of(struct job *job, const char *wanted, struct osmflow_error *error) {
  const struct osmflow_tree_node *list = osmflow_mapflow_find(job->node, job->first);
  enum osmflow_status status = OSMFLOW_OK;
  bool is_first = true;
  if (!list || list->kind != OSMFLOW_TREE_ARRAY)
    return OSMFLOW_OK;
  status = osmflow_bytes_add(job->buffer, "[", 1, error);
  for (const struct osmflow_tree_node *item = list->first; status == OSMFLOW_OK && item; item = item->next) {
    const struct osmflow_tree_node *name = osmflow_mapflow_find(item, "displayName|name");
    const struct osmflow_tree_node *mark = wanted ? osmflow_tree_child(item, wanted) : NULL;
    if (wanted)
      name = mark && osmflow_text_is(mark->text, "true") ? osmflow_tree_child(item, "name") : NULL;
    if (!name || name->kind != OSMFLOW_TREE_STRING)
      continue;
    if (!is_first)
      status = osmflow_bytes_add(job->buffer, ",", 1, error);
    is_first = false;
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_json(job->buffer, name->text, error);
  }
  return status == OSMFLOW_OK ? osmflow_bytes_add(job->buffer, "]", 1, error) : status;
}

static enum osmflow_status print_names(struct job *job, struct osmflow_error *error) {
  return print_names_of(job, NULL, error);
}

static enum osmflow_status print_optional(struct job *job, struct osmflow_error *error) {
  return print_names_of(job, "optional", error);
}

static enum osmflow_status print_joined(struct job *job, struct osmflow_error *error) {
  const struct osmflow_tree_node *list = osmflow_mapflow_find(job->node, job->first);
  enum osmflow_status status = OSMFLOW_OK;
  size_t count = 0;
  if (!list || list->kind != OSMFLOW_TREE_ARRAY)
    return OSMFLOW_OK;
  for (const struct osmflow_tree_node *item = list->first; status == OSMFLOW_OK && item; item = item->next) {
    if (item->kind != OSMFLOW_TREE_STRING)
      continue;
    status = osmflow_bytes_add_string(job->buffer, count++ > 0 ? ", " : "", error);
    if (status == OSMFLOW_OK)
      status = osmflow_bytes_add_text(job->buffer, item->text, error);
  }
  return status;
}

/* Which kind of imagery a processing was made from, in both forms of its params. */
static enum osmflow_status print_source(struct job *job, struct osmflow_error *error) {
  static const struct {
    const char *place, *name;
  } kinds[] = {{"params/sourceParams/dataProvider|params/dataProvider", "provider"},
               {"params/sourceParams/myImagery|params/myImagery", "imagery"},
               {"params/sourceParams/imagerySearch|params/imagerySearch", "search"},
               {"params/sourceParams/userDefined|params/userDefined", "own"},
               {"params/data_provider", "provider"},
               {"params/url|params/source_type", "own"}};
  const struct osmflow_text url = text_at(job, "params/url");
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (osmflow_mapflow_find(job->node, kinds[i].place)) {
      const bool is_stored = strcmp(kinds[i].name, "own") == 0 && url.size > 5 && memcmp(url.data, "s3://", 5) == 0;
      return osmflow_bytes_add_string(job->buffer, is_stored ? "imagery" : kinds[i].name, error);
    }
  return OSMFLOW_OK;
}

/* The last word of an address. */
static enum osmflow_status print_last(struct job *job, struct osmflow_error *error) {
  struct osmflow_text text = text_at(job, job->first), word, id = osmflow_text("");
  while (osmflow_text_next(&text, '/', &word))
    id = osmflow_mapflow_is_id(word) ? word : osmflow_text("");
  return osmflow_bytes_add_text(job->buffer, id, error);
}

/* The id that follows a word of an address. */
static enum osmflow_status print_behind(struct job *job, struct osmflow_error *error) {
  struct osmflow_text text = text_at(job, job->second), word;
  bool is_next = false;
  while (osmflow_text_next(&text, '/', &word)) {
    if (is_next && osmflow_mapflow_is_id(word))
      return osmflow_bytes_add_text(job->buffer, word, error);
    is_next = osmflow_text_is(word, job->first);
  }
  return OSMFLOW_OK;
}

static enum osmflow_status print_result(struct job *job, struct osmflow_error *error) {
  const struct osmflow_text id = text_at(job, "id");
  return osmflow_text_is(text_at(job, "status"), "OK") && osmflow_mapflow_is_id(id)
             ? osmflow_bytes_print(job->buffer, error, "MAPFLOW:processings/%.*s/result", OSMFLOW_TEXT_ARGUMENTS(id))
             : OSMFLOW_OK;
}

static bool is_web_address(struct osmflow_text text) {
  return text.size > 8 && (memcmp(text.data, "https://", 8) == 0 || memcmp(text.data, "http://", 7) == 0);
}

static enum osmflow_status print_vsicurl_of(struct job *job, struct osmflow_text url, struct osmflow_error *error) {
  enum osmflow_status status = OSMFLOW_OK;
  if (is_web_address(url))
    status = osmflow_bytes_add_string(job->buffer, "/vsicurl/", error);
  return status == OSMFLOW_OK && is_web_address(url) ? osmflow_bytes_add_text(job->buffer, url, error) : status;
}

static enum osmflow_status print_vsicurl(struct job *job, struct osmflow_error *error) {
  return print_vsicurl_of(job, text_at(job, job->first), error);
}

static bool holds(struct osmflow_text text, const char *part) {
  const size_t size = strlen(part);
  for (size_t i = 0; i + size <= text.size; i++)
    if (memcmp(text.data + i, part, size) == 0)
      return true;
  return false;
}

/* Placeholders as GDAL's WMS driver writes them, within XML. */
static enum osmflow_status add_tile_address(struct osmflow_bytes *xml, struct osmflow_text url,
                                            struct osmflow_error *error) {
  static const struct {
    const char *mark, *text;
  } marks[] = {{"{x}", "${x}"},       {"{y}", "${y}"}, {"{-y}", "${y}"}, {"{z}", "${z}"},
               {"{q}", "${quadkey}"}, {"&", "&amp;"},  {"<", "&lt;"},    {">", "&gt;"}};
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < url.size;) {
    const char *text = NULL;
    size_t size = 1;
    for (size_t j = 0; !text && j < sizeof marks / sizeof marks[0]; j++)
      if (url.size - i >= strlen(marks[j].mark) && memcmp(url.data + i, marks[j].mark, strlen(marks[j].mark)) == 0) {
        text = marks[j].text;
        size = strlen(marks[j].mark);
      }
    status = text ? osmflow_bytes_add_string(xml, text, error) : osmflow_bytes_add(xml, url.data + i, 1, error);
    i += size;
  }
  return status;
}

/* A description that GDAL opens as a raster: <GDAL_WMS> over the tiles of the web's grid. */
static enum osmflow_status print_tiles_of(struct job *job, struct osmflow_text url, struct osmflow_error *error) {
  static const char half[] = "20037508.342789244";
  const bool is_quadkey = holds(url, "{q}");
  const bool has_marks =
      is_quadkey || (holds(url, "{z}") && holds(url, "{x}") && (holds(url, "{y}") || holds(url, "{-y}")));
  const bool has_alpha = !holds(url, ".jpg") && !holds(url, ".jpeg");
  if (!is_web_address(url) || !has_marks || holds(url, ".pbf"))
    return OSMFLOW_OK;
  enum osmflow_status status = osmflow_bytes_print(job->buffer, error, "<GDAL_WMS><Service name=\"%s\"><ServerUrl>",
                                                   is_quadkey ? "VirtualEarth" : "TMS");
  if (status == OSMFLOW_OK)
    status = add_tile_address(job->buffer, url, error);
  if (status == OSMFLOW_OK)
    status = osmflow_bytes_print(
        job->buffer, error,
        "</ServerUrl></Service><DataWindow><UpperLeftX>-%s</UpperLeftX><UpperLeftY>%s</UpperLeftY><LowerRightX>%s"
        "</LowerRightX><LowerRightY>-%s</LowerRightY><TileLevel>20</TileLevel><TileCountX>1</TileCountX><TileCountY>1"
        "</TileCountY><YOrigin>%s</YOrigin></DataWindow><Projection>EPSG:3857</Projection><BlockSizeX>256</BlockSizeX>"
        "<BlockSizeY>256</BlockSizeY><BandsCount>%d</BandsCount><ZeroBlockHttpCodes>204,404</ZeroBlockHttpCodes>"
        "</GDAL_WMS>",
        half, half, half, half, holds(url, "{-y}") ? "bottom" : "top", has_alpha ? 4 : 3);
  return status;
}

static enum osmflow_status print_tiles(struct job *job, struct osmflow_error *error) {
  return print_tiles_of(job, text_at(job, job->first), error);
}

/* A preview of the catalog: tiles or a picture. */
static enum osmflow_status print_preview(struct job *job, struct osmflow_error *error) {
  const struct osmflow_text url = text_at(job, "previewUrl"), type = text_at(job, "previewType");
  if (holds(url, "{z}") || holds(url, "{q}"))
    return print_tiles_of(job, url, error);
  return osmflow_text_is_ignoring_case(type, "wms") ? OSMFLOW_OK : print_vsicurl_of(job, url, error);
}

static bool number_at(const struct job *job, const char *place, double *number) {
  const struct osmflow_tree_node *found = osmflow_mapflow_find(job->node, place);
  return found && osmflow_parse_real(found->text, number) && fabs(*number) < 1e15;
}

static enum osmflow_status print_difference(struct job *job, struct osmflow_error *error) {
  double whole = 0, part = 0;
  return number_at(job, job->first, &whole) && number_at(job, job->second, &part)
             ? osmflow_bytes_print(job->buffer, error, "%.0f", whole - part)
             : OSMFLOW_OK;
}

static enum osmflow_status print_percent(struct job *job, struct osmflow_error *error) {
  double whole = 0, part = 0;
  char number[OSMFLOW_NUMBER_SIZE];
  if (!number_at(job, job->first, &part) || !number_at(job, job->second, &whole) || whole <= 0)
    return OSMFLOW_OK;
  osmflow_format_real(number, 100 * part / whole);
  return osmflow_bytes_add_string(job->buffer, number, error);
}

enum osmflow_status osmflow_mapflow_word_print(const char *word, const struct osmflow_tree_node *node,
                                               struct osmflow_bytes *buffer, struct osmflow_error *error) {
  static const struct {
    const char *name;
    enum osmflow_status (*print)(struct job *job, struct osmflow_error *error);
  } words[] = {{":text", print_text},         {":self", print_self},
               {":messages", print_messages}, {":names", print_names},
               {":optional", print_optional}, {":joined", print_joined},
               {":source", print_source},     {":last", print_last},
               {":behind", print_behind},     {":result", print_result},
               {":vsicurl", print_vsicurl},   {":tiles", print_tiles},
               {":preview", print_preview},   {":difference", print_difference},
               {":percent", print_percent}};
  char copy[3][64] = {"", "", ""};
  struct osmflow_text rest = osmflow_text(word), part;
  for (size_t i = 0; i < 3 && osmflow_text_next(&rest, ' ', &part); i++)
    snprintf(copy[i], sizeof copy[i], "%.*s", (int)part.size, part.data);
  struct job job = {node, copy[1], copy[2], buffer};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strcmp(words[i].name, copy[0]) == 0)
      return words[i].print(&job, error);
  return OSMFLOW_OK;
}
