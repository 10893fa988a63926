#include "format/obj.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

enum { LONGEST_LINE = 1024 * 1024, MOST_VERTICES = 500 * 1000 * 1000 };

struct osmflow_obj_reader {
  struct osmflow_mesh *mesh;
  struct osmflow_bytes line; /* the beginning of one that goes on in the next piece */
  uint64_t number;           /* of the line, from 1 */
  uint32_t *vertices;        /* the file's vertices as the mesh's */
  size_t vertex_count, vertex_capacity;
  uint32_t *corners; /* of one facet */
  size_t corner_capacity;
  struct osmflow_bytes name, material;
  uint32_t group;
  bool is_group_made; /* for the present name and material */
};

enum osmflow_status osmflow_obj_reader_new(struct osmflow_mesh *mesh, struct osmflow_obj_reader **reader,
                                           struct osmflow_error *error) {
  *reader = calloc(1, sizeof **reader);
  if (!*reader)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for an OBJ reader");
  **reader = (struct osmflow_obj_reader){.mesh = mesh};
  osmflow_bytes_init(&(*reader)->line, LONGEST_LINE);
  osmflow_bytes_init(&(*reader)->name, LONGEST_LINE);
  osmflow_bytes_init(&(*reader)->material, LONGEST_LINE);
  return OSMFLOW_OK;
}

void osmflow_obj_reader_free(struct osmflow_obj_reader *reader) {
  if (reader) {
    osmflow_bytes_clear(&reader->line);
    osmflow_bytes_clear(&reader->name);
    osmflow_bytes_clear(&reader->material);
    free(reader->vertices);
    free(reader->corners);
    free(reader);
  }
}

/* The next word of a line; false at its end. */
static bool next_word(struct osmflow_text *line, struct osmflow_text *word) {
  static const char blanks[] = " \t\r";
  while (line->size > 0 && strchr(blanks, line->data[0])) {
    line->data++;
    line->size--;
  }
  *word = (struct osmflow_text){line->data, 0};
  while (line->size > 0 && !strchr(blanks, line->data[0])) {
    line->data++;
    line->size--;
    word->size++;
  }
  return word->size > 0;
}

static enum osmflow_status refuse(const struct osmflow_obj_reader *reader, struct osmflow_text word,
                                  const char *problem, struct osmflow_error *error) {
  const int shown = word.size > 60 ? 60 : (int)word.size;
  return osmflow_error_set(error, OSMFLOW_BAD_DATA, "line %" PRIu64 " of this OBJ file: \"%.*s\" %s", reader->number,
                           shown, shown ? word.data : "", problem);
}

static enum osmflow_status read_vertex(struct osmflow_obj_reader *reader, struct osmflow_text line,
                                       struct osmflow_error *error) {
  double position[3] = {0, 0, 0};
  struct osmflow_text word;
  for (size_t i = 0; i < 3; i++)
    if (!next_word(&line, &word) || !osmflow_parse_real(word, &position[i]))
      return refuse(reader, word, "is not a finite number of a vertex", error);
  enum osmflow_status status =
      osmflow_array_reserve((void **)&reader->vertices, &reader->vertex_capacity, reader->vertex_count + 1,
                            sizeof *reader->vertices, MOST_VERTICES, error);
  if (status == OSMFLOW_OK)
    status = osmflow_mesh_vertex(reader->mesh, position[0], position[1], position[2],
                                 &reader->vertices[reader->vertex_count], error);
  reader->vertex_count += status == OSMFLOW_OK;
  return status;
}

/* "7", "7/1", "7//3", "7/1/3", "-1": only the vertex counts. Negative ones count backwards from the latest. */
static enum osmflow_status read_corner(const struct osmflow_obj_reader *reader, struct osmflow_text word,
                                       uint32_t *corner, struct osmflow_error *error) {
  struct osmflow_text rest = word, index;
  int64_t number = 0;
  const int64_t count = (int64_t)reader->vertex_count;
  if (!osmflow_text_next(&rest, '/', &index) || !osmflow_parse_int(index, -count, count, &number) || number == 0)
    return refuse(reader, word, "is not a vertex that there is by then", error);
  *corner = reader->vertices[number > 0 ? number - 1 : count + number];
  return OSMFLOW_OK;
}

static enum osmflow_status make_group(struct osmflow_obj_reader *reader, struct osmflow_error *error) {
  if (reader->is_group_made)
    return OSMFLOW_OK;
  reader->is_group_made = true;
  return osmflow_mesh_group(reader->mesh, osmflow_bytes_view(&reader->name), osmflow_bytes_view(&reader->material),
                            &reader->group, error);
}

static enum osmflow_status read_facet(struct osmflow_obj_reader *reader, struct osmflow_text line,
                                      struct osmflow_error *error) {
  size_t count = 0;
  struct osmflow_text word;
  enum osmflow_status status = make_group(reader, error);
  while (status == OSMFLOW_OK && next_word(&line, &word)) {
    status = osmflow_array_reserve((void **)&reader->corners, &reader->corner_capacity, count + 1,
                                   sizeof *reader->corners, LONGEST_LINE, error);
    if (status == OSMFLOW_OK)
      status = read_corner(reader, word, &reader->corners[count++], error);
  }
  if (status == OSMFLOW_OK && count < 3)
    status = refuse(reader, osmflow_text("f"), "is a facet of fewer than three corners", error);
  return status == OSMFLOW_OK ? osmflow_mesh_facet(reader->mesh, reader->corners, count, reader->group, error) : status;
}

static enum osmflow_status read_name(struct osmflow_obj_reader *reader, struct osmflow_bytes *name,
                                     struct osmflow_text line, struct osmflow_error *error) {
  osmflow_bytes_reset(name);
  reader->is_group_made = false;
  return osmflow_bytes_add_text(name, osmflow_text_trim(line), error);
}

static enum osmflow_status read_line(struct osmflow_obj_reader *reader, struct osmflow_text line,
                                     struct osmflow_error *error) {
  struct osmflow_text word;
  if (memchr(line.size ? line.data : "", '\0', line.size))
    return refuse(reader, osmflow_text(""), "is no text", error);
  if (!next_word(&line, &word))
    return OSMFLOW_OK;
  if (osmflow_text_is(word, "v"))
    return read_vertex(reader, line, error);
  if (osmflow_text_is(word, "f"))
    return read_facet(reader, line, error);
  if (osmflow_text_is(word, "o") || osmflow_text_is(word, "g"))
    return read_name(reader, &reader->name, line, error);
  if (osmflow_text_is(word, "usemtl"))
    return read_name(reader, &reader->material, line, error);
  return OSMFLOW_OK;
}

/* A backslash at the end of a line joins the next one to it. */
static enum osmflow_status end_line(struct osmflow_obj_reader *reader, struct osmflow_error *error) {
  struct osmflow_text line = osmflow_bytes_view(&reader->line);
  reader->number++;
  while (line.size > 0 && line.data[line.size - 1] == '\r')
    line.size--;
  if (line.size > 0 && line.data[line.size - 1] == '\\') {
    reader->line.data[line.size - 1] = ' ';
    return OSMFLOW_OK;
  }
  const enum osmflow_status status = read_line(reader, line, error);
  osmflow_bytes_reset(&reader->line);
  return status;
}

enum osmflow_status osmflow_obj_reader_feed(struct osmflow_obj_reader *reader, const void *data, size_t size,
                                            struct osmflow_error *error) {
  const char *at = data, *end = at + size;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && at < end) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    if (osmflow_bytes_add(&reader->line, at, (size_t)((newline ? newline : end) - at), NULL) != OSMFLOW_OK)
      return osmflow_error_set(error, OSMFLOW_BAD_DATA, "line %" PRIu64 " of this OBJ file has more than %d bytes",
                               reader->number + 1, LONGEST_LINE);
    if (newline)
      status = end_line(reader, error);
    at = newline ? newline + 1 : end;
  }
  return status;
}

enum osmflow_status osmflow_obj_reader_finish(struct osmflow_obj_reader *reader, struct osmflow_error *error) {
  enum osmflow_status status = end_line(reader, error);
  if (status == OSMFLOW_OK && reader->line.size > 0)
    status = read_line(reader, osmflow_bytes_view(&reader->line), error);
  if (status == OSMFLOW_OK && reader->mesh->vertex_count == 0)
    status = osmflow_error_set(error, OSMFLOW_BAD_DATA, "this is no OBJ file, or it is empty: it has no vertex");
  return status == OSMFLOW_OK ? osmflow_mesh_close(reader->mesh, error) : status;
}

void osmflow_obj_materials_clear(struct osmflow_obj_materials *materials) {
  for (size_t i = 0; i < materials->count; i++)
    free(materials->items[i].name);
  free(materials->items);
  *materials = (struct osmflow_obj_materials){.items = NULL};
}

static enum osmflow_status add_material(struct osmflow_obj_materials *materials, struct osmflow_text name,
                                        struct osmflow_error *error) {
  enum { MOST_MATERIALS = 1000000 };
  const enum osmflow_status status =
      osmflow_array_reserve((void **)&materials->items, &materials->capacity, materials->count + 1,
                            sizeof *materials->items, MOST_MATERIALS, error);
  if (status != OSMFLOW_OK)
    return status;
  materials->items[materials->count] =
      (struct osmflow_obj_material){.name = strndup(name.size ? name.data : "", name.size)};
  return materials->items[materials->count++].name
             ? OSMFLOW_OK
             : osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a material's name");
}

/* "Kd 0.8 0.8 0.8": what is not a colour between 0 and 1 leaves the material without one. */
static void read_color(struct osmflow_obj_material *material, struct osmflow_text line) {
  static const char digits[] = "0123456789abcdef";
  char color[sizeof material->color] = "#";
  struct osmflow_text word;
  for (size_t i = 0; i < 3; i++) {
    double value = 0;
    if (!next_word(&line, &word) || !osmflow_parse_real(word, &value) || value < 0 || value > 1)
      return;
    const unsigned level = (unsigned)(value * 255 + 0.5);
    color[1 + 2 * i] = digits[level / 16];
    color[2 + 2 * i] = digits[level % 16];
  }
  memcpy(material->color, color, sizeof color);
}

enum osmflow_status osmflow_obj_materials_read(struct osmflow_text document, struct osmflow_obj_materials *materials,
                                               struct osmflow_error *error) {
  struct osmflow_text line, word;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && osmflow_text_next(&document, '\n', &line)) {
    if (!next_word(&line, &word))
      continue;
    if (osmflow_text_is(word, "newmtl"))
      status = add_material(materials, osmflow_text_trim(line), error);
    else if (osmflow_text_is(word, "Kd") && materials->count > 0)
      read_color(&materials->items[materials->count - 1], line);
  }
  return status;
}
