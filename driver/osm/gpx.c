#include "osm/gpx.h"

#include <stdlib.h>

#include "base/number.h"
#include "format/xml.h"
#include "osm/table_rows.h"

enum { LONGEST_TEXT = 1 << 20, DEEPEST = 5, TRACK_COLUMNS = 7 };

enum { TRACK_NAME, TRACK_DESC, TRACK_URL, TRACK_SEGMENTS, TRACK_POINTS, TRACK_START, TRACK_END };
static const struct osmflow_table_column track_columns[TRACK_COLUMNS] = {
    {"name", OSMFLOW_FIELD_STRING, "trk/name", NULL},
    {"desc", OSMFLOW_FIELD_STRING, "trk/desc", NULL},
    {"url", OSMFLOW_FIELD_STRING, "trk/url", NULL},
    {"segments", OSMFLOW_FIELD_INTEGER, "trk/trkseg", NULL},
    {"points", OSMFLOW_FIELD_INTEGER, "trk/trkseg/trkpt", NULL},
    {"start_time", OSMFLOW_FIELD_DATETIME, "trk/trkseg/trkpt/time", NULL},
    {"end_time", OSMFLOW_FIELD_DATETIME, "trk/trkseg/trkpt/time", NULL},
};

enum { POINT_TRACK, POINT_SEGMENT, POINT_NUMBER, POINT_TIME, POINT_ELE };
static const struct osmflow_table_column point_columns[] = {
    {"track", OSMFLOW_FIELD_INTEGER64, "trk", NULL},
    {"segment", OSMFLOW_FIELD_INTEGER, "trk/trkseg", NULL},
    {"point", OSMFLOW_FIELD_INTEGER, "trk/trkseg/trkpt", NULL},
    {"time", OSMFLOW_FIELD_DATETIME, "trk/trkseg/trkpt/time", NULL},
    {"ele", OSMFLOW_FIELD_REAL, "trk/trkseg/trkpt/ele", NULL},
};

enum {
  WAYPOINT_NAME,
  WAYPOINT_DESC,
  WAYPOINT_CMT,
  WAYPOINT_SYM,
  WAYPOINT_TYPE,
  WAYPOINT_URL,
  WAYPOINT_TIME,
  WAYPOINT_ELE
};
static const struct osmflow_table_column waypoint_columns[] = {
    {"name", OSMFLOW_FIELD_STRING, "wpt/name", NULL},   {"desc", OSMFLOW_FIELD_STRING, "wpt/desc", NULL},
    {"cmt", OSMFLOW_FIELD_STRING, "wpt/cmt", NULL},     {"sym", OSMFLOW_FIELD_STRING, "wpt/sym", NULL},
    {"type", OSMFLOW_FIELD_STRING, "wpt/type", NULL},   {"url", OSMFLOW_FIELD_STRING, "wpt/url", NULL},
    {"time", OSMFLOW_FIELD_DATETIME, "wpt/time", NULL}, {"ele", OSMFLOW_FIELD_REAL, "wpt/ele", NULL},
};

const struct osmflow_table_layer osmflow_gpx_layers[OSMFLOW_GPX_LAYERS] = {
    {.schema = {.layer = "tracks",
                .geometry = OSMFLOW_GEOMETRY_MULTILINESTRING,
                .columns = track_columns,
                .column_count = TRACK_COLUMNS}},
    {.schema = {.layer = "track_points",
                .geometry = OSMFLOW_GEOMETRY_POINT,
                .columns = point_columns,
                .column_count = sizeof point_columns / sizeof point_columns[0]}},
    {.schema = {.layer = "waypoints",
                .geometry = OSMFLOW_GEOMETRY_POINT,
                .columns = waypoint_columns,
                .column_count = sizeof waypoint_columns / sizeof waypoint_columns[0]}},
};

/* The elements that mean something here; everything else is skipped with all that is inside. */
enum place { OUTSIDE, IN_GPX, IN_TRACK, IN_SEGMENT, IN_POINT, IN_WAYPOINT, IN_LEAF, IN_ERROR };
struct step {
  enum place from, to;
  const char *name;
  size_t layer, column; /* of a leaf */
};
static const struct step steps[] = {
    {OUTSIDE, IN_GPX, "gpx", 0, 0},
    {IN_GPX, IN_TRACK, "trk", 0, 0},
    {IN_GPX, IN_WAYPOINT, "wpt", 0, 0},
    {IN_GPX, IN_ERROR, "error", 0, 0},
    {IN_TRACK, IN_SEGMENT, "trkseg", 0, 0},
    {IN_TRACK, IN_LEAF, "name", OSMFLOW_GPX_TRACKS, TRACK_NAME},
    {IN_TRACK, IN_LEAF, "desc", OSMFLOW_GPX_TRACKS, TRACK_DESC},
    {IN_TRACK, IN_LEAF, "url", OSMFLOW_GPX_TRACKS, TRACK_URL},
    {IN_TRACK, IN_LEAF, "link", OSMFLOW_GPX_TRACKS, TRACK_URL},
    {IN_SEGMENT, IN_POINT, "trkpt", 0, 0},
    {IN_POINT, IN_LEAF, "time", OSMFLOW_GPX_POINTS, POINT_TIME},
    {IN_POINT, IN_LEAF, "ele", OSMFLOW_GPX_POINTS, POINT_ELE},
    {IN_WAYPOINT, IN_LEAF, "name", OSMFLOW_GPX_WAYPOINTS, WAYPOINT_NAME},
    {IN_WAYPOINT, IN_LEAF, "desc", OSMFLOW_GPX_WAYPOINTS, WAYPOINT_DESC},
    {IN_WAYPOINT, IN_LEAF, "cmt", OSMFLOW_GPX_WAYPOINTS, WAYPOINT_CMT},
    {IN_WAYPOINT, IN_LEAF, "sym", OSMFLOW_GPX_WAYPOINTS, WAYPOINT_SYM},
    {IN_WAYPOINT, IN_LEAF, "type", OSMFLOW_GPX_WAYPOINTS, WAYPOINT_TYPE},
    {IN_WAYPOINT, IN_LEAF, "url", OSMFLOW_GPX_WAYPOINTS, WAYPOINT_URL},
    {IN_WAYPOINT, IN_LEAF, "link", OSMFLOW_GPX_WAYPOINTS, WAYPOINT_URL},
    {IN_WAYPOINT, IN_LEAF, "time", OSMFLOW_GPX_WAYPOINTS, WAYPOINT_TIME},
    {IN_WAYPOINT, IN_LEAF, "ele", OSMFLOW_GPX_WAYPOINTS, WAYPOINT_ELE},
};

/* What a layer held at the last keep. */
struct mark {
  size_t row_count, value_count, part_count, position_count;
};

/* Looking for the end tag of the root element, which is where one document ends and the next may begin. What stands in
 * comments and CDATA sections is no tag. */
struct end_search {
  enum { IN_TEXT, AFTER_BRACKET, AFTER_BANG, IN_ASIDE, IN_END_TAG, AFTER_NAME } state;
  char closer;  /* of a comment '-', of a CDATA section ']': two of them and '>' */
  char name[4]; /* of the end tag, without a prefix; one byte more than "gpx" is enough to know */
  size_t size;  /* of the name, or how many closers came last */
};

struct osmflow_gpx_reader {
  struct osmflow_table *table;
  struct osmflow_xml_reader *xml; /* NULL between documents */
  size_t documents;               /* that are complete */
  struct end_search search;
  const struct step *open[DEEPEST];
  size_t depth, skipped;
  struct osmflow_bytes text;
  size_t page_tracks, page_points;
  int64_t point; /* number of the last one in its segment */
  struct mark marks[OSMFLOW_GPX_LAYERS];
  struct osmflow_table_row marked_row; /* the last track, which the next page may continue */
  struct osmflow_value marked_values[TRACK_COLUMNS];
};

enum osmflow_status osmflow_gpx_reader_new(struct osmflow_table *table, struct osmflow_gpx_reader **reader,
                                           struct osmflow_error *error) {
  struct osmflow_gpx_reader *made = calloc(1, sizeof *made);
  if (!made)
    return osmflow_error_set(error, OSMFLOW_NO_MEMORY, "no memory for a GPX reader");
  made->table = table;
  osmflow_bytes_init(&made->text, LONGEST_TEXT);
  osmflow_gpx_reader_keep(made);
  *reader = made;
  return OSMFLOW_OK;
}

void osmflow_gpx_reader_free(struct osmflow_gpx_reader *reader) {
  if (reader) {
    osmflow_xml_reader_free(reader->xml);
    osmflow_bytes_clear(&reader->text);
    free(reader);
  }
}

static struct osmflow_table_rows *tracks_of(const struct osmflow_gpx_reader *reader) {
  return &reader->table->layers[OSMFLOW_GPX_TRACKS];
}

size_t osmflow_gpx_reader_keep(struct osmflow_gpx_reader *reader) {
  const struct osmflow_table_rows *tracks = tracks_of(reader);
  for (size_t i = 0; i < reader->table->layer_count; i++) {
    const struct osmflow_table_rows *rows = &reader->table->layers[i];
    reader->marks[i] = (struct mark){rows->row_count, rows->value_count, rows->part_count, rows->position_count};
  }
  if (tracks->row_count > 0) {
    reader->marked_row = tracks->rows[tracks->row_count - 1];
    memcpy(reader->marked_values, osmflow_table_value(tracks, 0), sizeof reader->marked_values);
  }
  return reader->page_points;
}

void osmflow_gpx_reader_begin(struct osmflow_gpx_reader *reader) {
  const struct osmflow_table_rows *tracks = tracks_of(reader);
  for (size_t i = 0; i < reader->table->layer_count; i++) {
    struct osmflow_table_rows *rows = &reader->table->layers[i];
    rows->row_count = reader->marks[i].row_count;
    rows->value_count = reader->marks[i].value_count;
    rows->part_count = reader->marks[i].part_count;
    rows->position_count = reader->marks[i].position_count;
  }
  if (tracks->row_count > 0) {
    tracks->rows[tracks->row_count - 1] = reader->marked_row;
    memcpy(osmflow_table_value(tracks, 0), reader->marked_values, sizeof reader->marked_values);
  }
  osmflow_xml_reader_free(reader->xml);
  reader->xml = NULL;
  reader->search = (struct end_search){0};
  reader->documents = reader->depth = reader->skipped = reader->page_tracks = reader->page_points = 0;
}

static struct osmflow_text local_name(struct osmflow_text name) {
  struct osmflow_text prefix, local = name;
  if (osmflow_text_next(&local, ':', &prefix) && local.data)
    return local;
  return name;
}

static const struct step *find_step(const struct osmflow_gpx_reader *reader, struct osmflow_text name) {
  const enum place from = reader->depth > 0 ? reader->open[reader->depth - 1]->to : OUTSIDE;
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
    if (steps[i].from == from && osmflow_text_is(name, steps[i].name))
      return &steps[i];
  return NULL;
}

static void count_up(struct osmflow_table_rows *rows, size_t column) {
  const struct osmflow_value *value = osmflow_table_value(rows, column);
  osmflow_table_set_integer(rows, column, value->integer + 1);
}

static enum osmflow_status start_track(struct osmflow_gpx_reader *reader, struct osmflow_error *error) {
  struct osmflow_table_rows *tracks = tracks_of(reader);
  const enum osmflow_status status = osmflow_table_add_row(tracks, error);
  if (status == OSMFLOW_OK) {
    reader->page_tracks++;
    osmflow_table_set_integer(tracks, TRACK_SEGMENTS, 0);
    osmflow_table_set_integer(tracks, TRACK_POINTS, 0);
  }
  return status;
}

static bool is_same(const struct osmflow_value *left, const struct osmflow_value *right) {
  return left->is_null == right->is_null && osmflow_text_equal(left->text, right->text);
}

/* The first track of a page goes on with the last one of the page before when both have the same name and address. */
static void continue_track(struct osmflow_gpx_reader *reader) {
  struct osmflow_table_rows *tracks = tracks_of(reader);
  const struct osmflow_value *now = osmflow_table_value(tracks, 0);
  if (reader->page_tracks == 1 && reader->marks[OSMFLOW_GPX_TRACKS].row_count + 1 == tracks->row_count &&
      tracks->row_count > 1 && now[TRACK_SEGMENTS].integer == 0 &&
      is_same(&now[TRACK_NAME], &reader->marked_values[TRACK_NAME]) &&
      is_same(&now[TRACK_URL], &reader->marked_values[TRACK_URL]))
    osmflow_table_drop_row(tracks);
}

static enum osmflow_status start_segment(struct osmflow_gpx_reader *reader, struct osmflow_error *error) {
  continue_track(reader);
  count_up(tracks_of(reader), TRACK_SEGMENTS);
  reader->point = 0;
  return osmflow_table_add_part(tracks_of(reader), error);
}

/* A line needs two points; single ones remain in the layer of points. */
static void end_segment(struct osmflow_gpx_reader *reader) {
  struct osmflow_table_rows *tracks = tracks_of(reader);
  const struct osmflow_table_part *part = &tracks->parts[tracks->part_count - 1];
  if (part->count < 2) {
    tracks->position_count = part->first;
    tracks->part_count--;
    tracks->rows[tracks->row_count - 1].part_count--;
  }
}

static enum osmflow_status read_position(const struct osmflow_xml_attribute *attributes, size_t count,
                                         struct osmflow_position *position, struct osmflow_error *error) {
  const struct osmflow_text lat = osmflow_xml_attribute(attributes, count, "lat");
  const struct osmflow_text lon = osmflow_xml_attribute(attributes, count, "lon");
  if (!lat.data || !lon.data || !osmflow_parse_degrees(osmflow_text_trim(lat), &position->lat) ||
      !osmflow_parse_degrees(osmflow_text_trim(lon), &position->lon) || position->lat > 90 * OSMFLOW_DEGREE ||
      position->lat < -90 * OSMFLOW_DEGREE)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "GPX: a point at lat=\"%.*s\" lon=\"%.*s\" is nowhere on earth",
                             OSMFLOW_TEXT_ARGUMENTS(lat), OSMFLOW_TEXT_ARGUMENTS(lon));
  return OSMFLOW_OK;
}

static enum osmflow_status start_point(struct osmflow_gpx_reader *reader, struct osmflow_position position,
                                       struct osmflow_error *error) {
  struct osmflow_table_rows *tracks = tracks_of(reader), *points = &reader->table->layers[OSMFLOW_GPX_POINTS];
  enum osmflow_status status = osmflow_table_add_position(tracks, position, error);
  if (status == OSMFLOW_OK)
    status = osmflow_table_add_row(points, error);
  if (status == OSMFLOW_OK)
    status = osmflow_table_set_point(points, position, error);
  if (status != OSMFLOW_OK)
    return status;
  count_up(tracks, TRACK_POINTS);
  reader->page_points++;
  osmflow_table_set_integer(points, POINT_TRACK, tracks->rows[tracks->row_count - 1].fid);
  osmflow_table_set_integer(points, POINT_SEGMENT, osmflow_table_value(tracks, TRACK_SEGMENTS)->integer);
  osmflow_table_set_integer(points, POINT_NUMBER, ++reader->point);
  return OSMFLOW_OK;
}

static enum osmflow_status start_waypoint(struct osmflow_gpx_reader *reader, struct osmflow_position position,
                                          struct osmflow_error *error) {
  struct osmflow_table_rows *waypoints = &reader->table->layers[OSMFLOW_GPX_WAYPOINTS];
  const enum osmflow_status status = osmflow_table_add_row(waypoints, error);
  return status == OSMFLOW_OK ? osmflow_table_set_point(waypoints, position, error) : status;
}

/* In GPX 1.1 the address is an attribute of <link>. */
static enum osmflow_status start_leaf(struct osmflow_gpx_reader *reader, const struct osmflow_xml_attribute *attributes,
                                      size_t count, struct osmflow_error *error) {
  const struct osmflow_text href = osmflow_xml_attribute(attributes, count, "href");
  osmflow_bytes_reset(&reader->text);
  return href.data ? osmflow_bytes_add_text(&reader->text, href, error) : OSMFLOW_OK;
}

static enum osmflow_status on_start(void *self, struct osmflow_text name,
                                    const struct osmflow_xml_attribute *attributes, size_t count,
                                    struct osmflow_error *error) {
  struct osmflow_gpx_reader *reader = self;
  const struct step *step = reader->skipped > 0 ? NULL : find_step(reader, local_name(name));
  struct osmflow_position position = {0, 0};
  enum osmflow_status status = OSMFLOW_OK;
  if (step && step->to == IN_WAYPOINT && reader->table->layer_count <= OSMFLOW_GPX_WAYPOINTS)
    step = NULL;
  if (!step && reader->depth == 0)
    return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer is <%.*s> where <gpx> was expected",
                             OSMFLOW_TEXT_ARGUMENTS(name));
  if (!step) {
    reader->skipped++;
    return OSMFLOW_OK;
  }
  reader->open[reader->depth++] = step;
  switch (step->to) {
    case IN_TRACK:
      return start_track(reader, error);
    case IN_SEGMENT:
      return start_segment(reader, error);
    case IN_POINT:
      status = read_position(attributes, count, &position, error);
      return status == OSMFLOW_OK ? start_point(reader, position, error) : status;
    case IN_WAYPOINT:
      status = read_position(attributes, count, &position, error);
      return status == OSMFLOW_OK ? start_waypoint(reader, position, error) : status;
    case IN_LEAF:
    case IN_ERROR:
      return start_leaf(reader, attributes, count, error);
    default:
      return OSMFLOW_OK;
  }
}

static enum osmflow_status on_text(void *self, struct osmflow_text text, struct osmflow_error *error) {
  struct osmflow_gpx_reader *reader = self;
  if (reader->skipped > 0 || reader->depth == 0 || reader->open[reader->depth - 1]->to < IN_LEAF)
    return OSMFLOW_OK;
  return osmflow_bytes_add_text(&reader->text, text, error);
}

/* The span of a track's times grows with every point. */
static void add_time(struct osmflow_table_rows *tracks, int64_t time) {
  const struct osmflow_value *start = osmflow_table_value(tracks, TRACK_START);
  const struct osmflow_value *end = osmflow_table_value(tracks, TRACK_END);
  if (start->is_null || time < start->integer)
    osmflow_table_set_integer(tracks, TRACK_START, time);
  if (end->is_null || time > end->integer)
    osmflow_table_set_integer(tracks, TRACK_END, time);
}

/* Devices write odd heights and times; those stay null. */
static enum osmflow_status end_leaf(struct osmflow_gpx_reader *reader, const struct step *step,
                                    struct osmflow_error *error) {
  struct osmflow_table_rows *rows = &reader->table->layers[step->layer];
  const struct osmflow_text text = osmflow_text_trim(osmflow_bytes_view(&reader->text));
  int64_t time = 0;
  double real = 0;
  switch (rows->schema->columns[step->column].type) {
    case OSMFLOW_FIELD_REAL:
      if (osmflow_parse_real(text, &real))
        osmflow_table_set_real(rows, step->column, real);
      return OSMFLOW_OK;
    case OSMFLOW_FIELD_DATETIME:
    case OSMFLOW_FIELD_DATE:
      if (!osmflow_parse_time(text, &time))
        return OSMFLOW_OK;
      osmflow_table_set_integer(rows, step->column, time);
      if (step->layer == OSMFLOW_GPX_POINTS)
        add_time(tracks_of(reader), time);
      return OSMFLOW_OK;
    default:
      return osmflow_table_set_text(reader->table, rows, step->column, text, error);
  }
}

static enum osmflow_status on_end(void *self, struct osmflow_text name, struct osmflow_error *error) {
  struct osmflow_gpx_reader *reader = self;
  (void)name;
  if (reader->skipped > 0) {
    reader->skipped--;
    return OSMFLOW_OK;
  }
  const struct step *step = reader->open[--reader->depth];
  switch (step->to) {
    case IN_SEGMENT:
      end_segment(reader);
      return OSMFLOW_OK;
    case IN_LEAF:
      return end_leaf(reader, step, error);
    case IN_ERROR:
      return osmflow_error_set(error, OSMFLOW_BAD_DATA, "the server stopped in the middle of its answer: %s",
                               osmflow_bytes_string(&reader->text));
    default:
      return OSMFLOW_OK;
  }
}

/* Steps over one byte behind a '<'; true when it was the last one of the root's end tag. */
static bool step_on(struct end_search *search, char byte) {
  switch (search->state) {
    case AFTER_BRACKET:
      search->state = byte == '/' ? IN_END_TAG : byte == '!' ? AFTER_BANG : IN_TEXT;
      break;
    case AFTER_BANG:
      search->state = byte == '-' || byte == '[' ? IN_ASIDE : IN_TEXT;
      search->closer = byte == '-' ? '-' : ']';
      break;
    case IN_ASIDE:
      if (byte == '>' && search->size >= 2)
        search->state = IN_TEXT;
      search->size = byte == search->closer ? search->size + 1 : 0;
      break;
    default:
      if (byte == '>') {
        search->state = IN_TEXT;
        return search->size == 3 && memcmp(search->name, "gpx", 3) == 0;
      }
      if (byte == ':')
        search->size = 0;
      else if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n')
        search->state = AFTER_NAME;
      else if (search->state == IN_END_TAG && search->size < sizeof search->name)
        search->name[search->size++] = byte;
  }
  return false;
}

/* How many bytes belong to the present document; *is_end: it ends behind them. */
static size_t find_end(struct end_search *search, const char *data, size_t size, bool *is_end) {
  *is_end = false;
  for (size_t i = 0; i < size; i++) {
    if (search->state == IN_TEXT) {
      const char *bracket = memchr(data + i, '<', size - i);
      if (!bracket)
        return size;
      i = (size_t)(bracket - data);
      search->state = AFTER_BRACKET;
      search->size = 0;
    } else if (step_on(search, data[i])) {
      *is_end = true;
      return i + 1;
    }
  }
  return size;
}

/* A document must begin like XML; an archive does not. Blanks and the zeros of archives may stand between two. */
static enum osmflow_status start_document(struct osmflow_gpx_reader *reader, const char **data, size_t *size,
                                          struct osmflow_error *error) {
  const struct osmflow_xml_visitor visitor = {reader, on_start, on_end, on_text};
  while (*size > 0 && (**data == ' ' || **data == '\t' || **data == '\r' || **data == '\n' ||
                       (**data == '\0' && reader->documents > 0))) {
    ++*data;
    --*size;
  }
  if (*size == 0)
    return OSMFLOW_OK;
  if (!strchr("<\xEF\xFE\xFF", **data) || **data == '\0')
    return osmflow_error_set(
        error, OSMFLOW_BAD_DATA,
        "the answer is not a GPX document, maybe an archive of some; gpx/#id/data.gpx asks for GPX");
  return osmflow_xml_reader_new(&visitor, &reader->xml, error);
}

enum osmflow_status osmflow_gpx_reader_feed(struct osmflow_gpx_reader *reader, const void *data, size_t size,
                                            struct osmflow_error *error) {
  const char *at = data;
  enum osmflow_status status = OSMFLOW_OK;
  while (status == OSMFLOW_OK && size > 0) {
    if (!reader->xml)
      status = start_document(reader, &at, &size, error);
    if (status != OSMFLOW_OK || size == 0)
      break;
    bool is_end = false;
    const size_t piece = find_end(&reader->search, at, size, &is_end);
    status = osmflow_xml_reader_feed(reader->xml, at, piece, error);
    at += piece;
    size -= piece;
    if (status == OSMFLOW_OK && is_end) {
      status = osmflow_xml_reader_finish(reader->xml, error);
      osmflow_xml_reader_free(reader->xml);
      reader->xml = NULL;
      reader->documents++;
    }
  }
  return status;
}

enum osmflow_status osmflow_gpx_reader_finish(struct osmflow_gpx_reader *reader, struct osmflow_error *error) {
  if (reader->xml)
    return osmflow_xml_reader_finish(reader->xml, error);
  return reader->documents > 0 ? OSMFLOW_OK : osmflow_error_set(error, OSMFLOW_BAD_DATA, "the answer is empty");
}
