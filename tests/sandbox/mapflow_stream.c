/* Results of any size, made while they are sent, at the speed of copying.
 *
 * CYCLE features are written out once; all later ones are copies of them in which only the id (nine digits) and the
 * first digits of each latitude are other ones, so that every feature has a size that is known beforehand and any piece
 * of the document can be made without what stands before it. They lie on a grid: eastwards within a cycle, then
 * northwards. */
#include <stdlib.h>

#include "mapflow.h"

enum { CYCLE = 1024, MOST_PATCHES = 24, ID_DIGITS = 9, LAT_DIGITS = 7, MOST_FEATURES = 200000000 };
static const char id_mark = '#', lat_mark = '@'; /* stand where the digits come */

struct template {
  size_t start, size;
  size_t id, lats[MOST_PATCHES], lat_count; /* places in the feature */
};

struct stream {
  struct sandbox_stream base; /* first */
  struct osmflow_bytes head, text;
  struct template templates[CYCLE + 1];
  uint64_t start, from, features_size; /* the first feature; where it begins in all there could be; their bytes */
};

struct writer {
  struct osmflow_bytes *text;
  uint32_t number, random;
};

static void print(struct osmflow_bytes *bytes, const char *text) {
  if (osmflow_bytes_add_string(bytes, text, NULL) != OSMFLOW_OK)
    sandbox_die("out of memory");
}

static uint32_t draw(struct writer *writer, uint32_t below) {
  writer->random = writer->random * 1664525U + 1013904223U;
  return (uint32_t)(((uint64_t)writer->random * below) >> 32);
}

/* A place in the feature's own cell, x and y in thousandths of it; with the many digits that the real server gives. */
static void print_place(struct writer *writer, unsigned x, unsigned y, bool more) {
  char text[80];
  const double lon = 7 + writer->number * 0.0003 + x * 0.0000003 + draw(writer, 1000) * 1e-13;
  const uint64_t lat = y * (uint64_t)100000000 + draw(writer, 1000000);
  snprintf(text, sizeof text, "[%.14f,@@.@@@@%011llu]%s", lon, (unsigned long long)lat, more ? "," : "");
  print(writer->text, text);
}

static void print_ring(struct writer *writer) {
  const unsigned left = 50 + draw(writer, 200), top = 600 + draw(writer, 300), width = 300 + draw(writer, 400);
  const unsigned bottom = 50 + draw(writer, 300);
  const uint32_t kept = writer->random;
  print(writer->text, "[");
  print_place(writer, left, top, true);
  print_place(writer, left + width, top, true);
  if (writer->number % 3 == 0) { /* an L */
    print_place(writer, left + width, (top + bottom) / 2, true);
    print_place(writer, left + width / 2, (top + bottom) / 2, true);
    print_place(writer, left + width / 2, bottom, true);
  } else {
    print_place(writer, left + width, bottom, true);
  }
  print_place(writer, left, bottom, true);
  const uint32_t after = writer->random;
  writer->random = kept; /* it ends as it began, to the last digit */
  print_place(writer, left, top, false);
  writer->random = after;
  print(writer->text, "]");
}

static void print_polygon(struct writer *writer) {
  const bool several = writer->number % 128 == 77;
  print(writer->text,
        several ? "{\"type\":\"MultiPolygon\",\"coordinates\":[[" : "{\"type\":\"Polygon\",\"coordinates\":[");
  print_ring(writer);
  print(writer->text, several ? "]]}" : "]}");
}

static void print_line(struct writer *writer) {
  print(writer->text, "{\"type\":\"LineString\",\"coordinates\":[");
  print_place(writer, 0, 100 + draw(writer, 800), true);
  print_place(writer, 500, 100 + draw(writer, 800), true);
  print_place(writer, 999, 100 + draw(writer, 800), false);
  print(writer->text, "]}");
}

static void print_building(struct writer *writer) {
  static const char *const shapes[] = {"L-SHAPE", "RECTANGLE", "GRID_SNAP"};
  char text[320], shape[40] = "";
  const int class_id = 101 + (int)draw(writer, 5);
  const char *quote = writer->number % 100 == 7 ? "" : "\"";
  print_polygon(writer);
  if (writer->number % 10 != 4)
    snprintf(shape, sizeof shape, "\"shape_type\":\"%s\",", shapes[writer->number % 3]);
  snprintf(text, sizeof text,
           ",\"properties\":{\"id\":#########,\"area\":%u,\"object_type\":\"building\",\"class_id\":%s%d%s,%s"
           "\"simplification_confidence_score\":0.%016llu,\"building_height\":%u.%u,\"GAN\":\"False\","
           "\"processing_date\":\"2026-02-10\"}}",
           40 + draw(writer, 900), quote, class_id, quote, shape,
           1 + (unsigned long long)draw(writer, 1000000000) * 9000000, 3 + draw(writer, 30), 1 + draw(writer, 9));
  print(writer->text, text);
}

static void print_forest(struct writer *writer) {
  static const char *const classes[] = {"00m-04m", "04m-10m", "10m-99m"};
  char text[160];
  if (writer->number % 2) {
    print(writer->text, "{\"type\":\"Point\",\"coordinates\":");
    print_place(writer, 500, 500, false);
    snprintf(text, sizeof text,
             "},\"properties\":{\"id\":#########,\"object_type\":\"crown\",\"max_height\":%u.2,\"area\":%u,"
             "\"radius\":%u.5}}",
             3 + draw(writer, 30), 5 + draw(writer, 60), 1 + draw(writer, 5));
  } else {
    print_polygon(writer);
    snprintf(text, sizeof text,
             ",\"properties\":{\"id\":#########,\"object_type\":\"forest\",\"class_id\":\"%s\",\"area\":%u}}",
             classes[draw(writer, 3)], 1000 + draw(writer, 9000));
  }
  print(writer->text, text);
}

static void print_road(struct writer *writer) {
  if (writer->number % 4)
    print_polygon(writer);
  else
    print_line(writer);
  print(
      writer->text,
      ",\"properties\":{\"id\":#########,\"area\":512,\"object_type\":\"roads\",\"processing_date\":\"2026-02-10\"}}");
}

static void print_open_data(struct writer *writer) {
  static const struct {
    const char *type, *subtype;
  } kinds[] = {{"roads", "road"}, {"buildings", "residential"}, {"waterbodies", "river"}, {"landuse", "agriculture"}};
  char text[320];
  const double lon = 7 + writer->number * 0.0003;
  if (writer->number % 4)
    print_polygon(writer);
  else
    print_line(writer);
  snprintf(text, sizeof text,
           ",\"properties\":{\"id\":#########,\"object_type\":\"%s\",\"subtype\":\"%s\",\"bbox\":{\"xmin\":%.7f,"
           "\"xmax\":%.7f,\"ymin\":@@.@@@@0,\"ymax\":@@.@@@@9}}}",
           kinds[writer->number % 4].type, kinds[writer->number % 4].subtype, lon, lon + 0.0003);
  print(writer->text, text);
}

static void print_nowhere(struct writer *writer) {
  print(writer->text,
        "null,\"properties\":{\"id\":#########,\"area\":0,\"object_type\":\"building\","
        "\"class_id\":null}}");
}

static void print_feature(struct writer *writer, enum mapflow_kind kind) {
  static void (*const kinds[])(struct writer *) = {print_building, print_forest, print_road, print_open_data};
  print(writer->text, "{\"type\":\"Feature\",\"geometry\":");
  if (kind == MAPFLOW_MIXED && writer->number % 64 == 63)
    print_nowhere(writer);
  else
    kinds[kind == MAPFLOW_MIXED ? writer->number / 4 % 4 : kind](writer);
  print(writer->text, ",");
}

/* Where the marks of a feature stand. */
static void find_patches(struct template *template, const char *text) {
  for (size_t i = 0; i < template->size; i++)
    if (text[i] == id_mark) {
      template->id = i;
      i += ID_DIGITS - 1;
    } else if (text[i] == lat_mark) {
      if (template->lat_count == MOST_PATCHES)
        sandbox_die("a feature with more points than there is room for");
      template->lats[template->lat_count++] = i;
      i += LAT_DIGITS - 1;
    }
}

static void write_templates(struct stream *stream, enum mapflow_kind kind) {
  struct writer writer = {.text = &stream->text, .random = 1};
  osmflow_bytes_init(&stream->text, (size_t)CYCLE * 4096);
  for (uint32_t i = 0; i < CYCLE; i++) {
    struct template *template = &stream->templates[i];
    writer.number = i;
    template->start = stream->text.size;
    print_feature(&writer, kind);
    template->size = stream->text.size - template->start;
    find_patches(template, stream->text.data + template->start);
  }
  stream->templates[CYCLE].start = stream->text.size;
}

static uint64_t place_of(const struct stream *stream, uint64_t feature) {
  return feature / CYCLE * stream->text.size + stream->templates[feature % CYCLE].start;
}

/* The feature of the cycle that holds this byte of it. */
static size_t find_template(const struct stream *stream, size_t byte) {
  size_t low = 0, high = CYCLE;
  while (high - low > 1) {
    const size_t middle = (low + high) / 2;
    if (stream->templates[middle].start <= byte)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static void print_digits(char *text, uint64_t number, size_t digits) {
  for (size_t i = digits; i-- > 0; number /= 10)
    text[i] = (char)('0' + number % 10);
}

/* Bytes [from, from + size) of a feature, with the right digits. */
static void render(const struct stream *stream, uint64_t feature, size_t from, size_t size, char *buffer) {
  const struct template *template = &stream->templates[feature % CYCLE];
  char whole[4096], lat[6], digits[LAT_DIGITS];
  const bool partly = from > 0 || size < template->size;
  char *text = partly ? whole : buffer;
  memcpy(text, stream->text.data + template->start, template->size);
  print_digits(text + template->id, 100000000 + feature, ID_DIGITS);
  print_digits(lat, 490000 + feature / CYCLE * 2, sizeof lat);
  memcpy(digits, lat, 2);
  digits[2] = '.';
  memcpy(digits + 3, lat + 2, 4);
  for (size_t i = 0; i < template->lat_count; i++)
    memcpy(text + template->lats[i], digits, LAT_DIGITS);
  if (partly)
    memcpy(buffer, whole + from, size);
}

static void read_features(const struct stream *stream, uint64_t position, char *buffer, size_t size) {
  const uint64_t place = stream->from + position;
  uint64_t feature = place / stream->text.size * CYCLE;
  size_t from = (size_t)(place % stream->text.size);
  const size_t first = find_template(stream, from);
  from -= stream->templates[first].start;
  for (feature += first; size > 0; feature++, from = 0) {
    const size_t rest = stream->templates[feature % CYCLE].size - from, piece = rest < size ? rest : size;
    render(stream, feature, from, piece, buffer);
    buffer += piece;
    size -= piece;
  }
}

static void read_stream(struct sandbox_stream *base, uint64_t position, char *buffer, size_t size) {
  const struct stream *stream = (const struct stream *)(void *)base;
  static const char tail[] = "]}";
  while (size > 0) {
    const uint64_t in_features = position - stream->head.size;
    size_t piece;
    if (position < stream->head.size) {
      piece = stream->head.size - (size_t)position < size ? stream->head.size - (size_t)position : size;
      memcpy(buffer, stream->head.data + position, piece);
    } else if (in_features < stream->features_size) {
      piece = stream->features_size - in_features < size ? (size_t)(stream->features_size - in_features) : size;
      read_features(stream, in_features, buffer, piece);
    } else {
      piece = size;
      memcpy(buffer, tail + (in_features - stream->features_size), piece);
    }
    position += piece;
    buffer += piece;
    size -= piece;
  }
}

static void free_stream(struct sandbox_stream *base) {
  struct stream *stream = (struct stream *)(void *)base;
  osmflow_bytes_clear(&stream->head);
  osmflow_bytes_clear(&stream->text);
  free(stream);
}

struct sandbox_stream *mapflow_stream_new(enum mapflow_kind kind, const char *name, uint64_t start, uint64_t count) {
  struct stream *stream = calloc(1, sizeof *stream);
  if (!stream)
    sandbox_die("out of memory");
  write_templates(stream, kind);
  stream->start = start;
  stream->from = place_of(stream, start);
  stream->features_size = count ? place_of(stream, start + count) - stream->from - 1 : 0; /* the last has no comma */
  osmflow_bytes_init(&stream->head, 4096);
  print(&stream->head, "{\"type\":\"FeatureCollection\",\"name\":");
  if (osmflow_bytes_add_json(&stream->head, osmflow_text(name), NULL) != OSMFLOW_OK)
    sandbox_die("the name of a processing is too long");
  print(&stream->head, ",\"features\":[");
  stream->base = (struct sandbox_stream){stream->head.size + stream->features_size + 2, read_stream, free_stream};
  return &stream->base;
}

/* Bytes that count upwards. */
static void read_filler(struct sandbox_stream *base, uint64_t position, char *buffer, size_t size) {
  (void)base;
  for (size_t i = 0; i < size; i++)
    buffer[i] = (char)((position + i) % 251);
}

static void free_filler(struct sandbox_stream *base) {
  free(base);
}

struct sandbox_stream *mapflow_stream_filler(uint64_t size) {
  struct sandbox_stream *stream = sandbox_reallocate(NULL, sizeof *stream);
  *stream = (struct sandbox_stream){size, read_filler, free_filler};
  return stream;
}
