#include "format/geojson.h"

#include <math.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/number.h"
#include "unit.h"

/* A document that comes in pieces of a given size. */
struct document {
  struct osmflow_text text;
  size_t piece;
};

static enum osmflow_status read_piece(void *self, int64_t offset, void *data, size_t size, size_t *taken,
                                      struct osmflow_error *error) {
  const struct document *document = self;
  const size_t left = document->text.size - (size_t)offset;
  *taken = size < document->piece ? size : document->piece;
  *taken = *taken < left ? *taken : left;
  memcpy(data, document->text.data + offset, *taken);
  (void)error;
  return OSMFLOW_OK;
}

static void show_wkb(struct osmflow_bytes *shown, const struct osmflow_geojson_feature *feature) {
  const unsigned char *bytes = feature->wkb;
  CU_ASSERT(feature->type == 0 ? feature->wkb == NULL : feature->wkb_size >= 9);
  for (size_t i = 0; bytes && i < feature->wkb_size; i++)
    CU_ASSERT(osmflow_bytes_print(shown, NULL, "%02x", bytes[i]) == OSMFLOW_OK);
}

/* "type[wkb]box name=kind:text ..." and a line feed for each feature; an error's words at the end. */
static enum osmflow_status show(struct osmflow_text text, size_t piece, struct osmflow_bytes *shown) {
  static const char kinds[] = "nbirsoa";
  struct document document = {text, piece};
  const struct osmflow_geojson_source source = {&document, read_piece};
  struct osmflow_geojson_reader *reader = NULL;
  const struct osmflow_geojson_feature *feature = NULL;
  struct osmflow_error error;
  enum osmflow_status status = osmflow_geojson_reader_new(&source, &reader, &error);
  osmflow_bytes_reset(shown);
  while (status == OSMFLOW_OK && (status = osmflow_geojson_reader_next(reader, &feature, &error)) == OSMFLOW_OK &&
         feature) {
    CU_ASSERT(osmflow_bytes_print(shown, NULL, "%lld:%u[", (long long)feature->number, feature->type) == OSMFLOW_OK);
    show_wkb(shown, feature);
    CU_ASSERT(osmflow_bytes_add_string(shown, "]", NULL) == OSMFLOW_OK);
    if (feature->has_box)
      CU_ASSERT(osmflow_bytes_print(shown, NULL, "%g,%g,%g,%g", feature->min_x, feature->min_y, feature->max_x,
                                    feature->max_y) == OSMFLOW_OK);
    for (size_t i = 0; i < feature->property_count; i++) {
      const struct osmflow_geojson_property *property = &feature->properties[i];
      CU_ASSERT(strlen(property->name.data) == property->name.size);
      CU_ASSERT(strlen(property->text.data) == property->text.size);
      CU_ASSERT(osmflow_bytes_print(shown, NULL, " %s=%c:%s", property->name.data, kinds[property->kind],
                                    property->text.data) == OSMFLOW_OK);
    }
    CU_ASSERT(osmflow_bytes_add_string(shown, "\n", NULL) == OSMFLOW_OK);
  }
  if (status != OSMFLOW_OK)
    CU_ASSERT(osmflow_bytes_add_string(shown, error.message, NULL) == OSMFLOW_OK);
  osmflow_geojson_reader_free(reader);
  return status;
}

static void check(const char *document, enum osmflow_status expected, const char *shown) {
  struct osmflow_bytes got;
  osmflow_bytes_init(&got, 1 << 24);
  const size_t size = strlen(document);
  for (size_t piece = 1; piece <= size + 1; piece += piece < 40 ? 1 : size / 3 + 1) {
    char *copy = malloc(size + 1);
    memcpy(copy, document, size + 1);
    CU_ASSERT(show((struct osmflow_text){copy, size}, piece, &got) == expected);
    if (expected == OSMFLOW_OK)
      UNIT_SAME(osmflow_bytes_string(&got), shown, document);
    else if (!strstr(osmflow_bytes_string(&got), shown))
      UNIT_SAME(osmflow_bytes_string(&got), shown, document);
    free(copy);
  }
  osmflow_bytes_clear(&got);
}

#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"
#define SHAPE(geometry) COLLECTION("{\"type\":\"Feature\",\"geometry\":" geometry ",\"properties\":null}")
#define DATA(properties) COLLECTION("{\"type\":\"Feature\",\"geometry\":null,\"properties\":" properties "}")

static void refuses_what_is_no_collection(void) {
  static const struct {
    const char *document, *words;
  } cases[] = {
      {"", "the document is empty"},
      {"  \n ", "cut off"},
      {"<html><body>502</body></html>", "byte 0: the document is not a JSON object"},
      {"[]", "not a JSON object"},
      {"null", "not a JSON object"},
      {"{}", "a JSON object without features"},
      {"{\"detail\":\"Not authenticated\"}", "without features, but with \"detail\""},
      {"{\"type\":\"FeatureCollection\"}", "without features"},
      {"{\"features\":[]}", "does not say that it is a FeatureCollection"},
      {"{\"type\":\"Feature\",\"geometry\":null,\"properties\":{}}", "type is not \"FeatureCollection\""},
      {"{\"type\":\"FeatureCollection\",\"features\":{}}", "features that are not a list"},
      {"{\"type\":\"FeatureCollection\",\"features\":[],\"features\":[]}", "a second list of features"},
      {"{\"type\":\"FeatureCollection\",\"features\":[],}", "no name where one is needed"},
      {"{\"type\":\"FeatureCollection\",\"features\":[]}x", "something behind the end"},
      {"{\"type\":\"FeatureCollection\",\"features\":[]}{}", "something behind the end"},
      {"{\"type\":\"FeatureCollection\",\"features\":[]]", "neither a comma nor the end"},
      {"{\"type\":\"FeatureCollection\",\"features\":[1]}", "feature 0, byte 40: something in the list"},
      {"{\"type\":\"FeatureCollection\",\"features\":[null]}", "not an object"},
      {"{\"type\":\"FeatureCollection\",\"features\":[{}]}", "a feature without a type"},
      {"{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"feature\"}]}", "type is not \"Feature\""},
      {"{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\"},]}", "feature 1"},
      {"{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\"}{\"type\":\"Feature\"}]}", "comma"},
      {"{\"type\":\"FeatureCollection\",\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"EPSG:3857\"}},"
       "\"features\":[]}",
       "a crs that is not longitude and latitude"},
      {"{\"type\":\"FeatureCollection\",\"features\":[],\"crs\":\"EPSG:4326\"}", "a crs that"},
      {"{\"type\":\"FeatureCollection\",\"features\":[],\"crs\":{\"type\":\"link\"}}", "a crs that"},
      {"\xEF\xBB\xBF{\"type\":\"FeatureCollection\",\"features\":[]}", "not a JSON object"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    check(cases[i].document, OSMFLOW_BAD_DATA, cases[i].words);
}

static void refuses_bad_geometries(void) {
  static const struct {
    const char *document, *words;
  } cases[] = {
      {SHAPE("1"), "not an object"},
      {SHAPE("nil"), "an unknown word"},
      {SHAPE("[]"), "not an object"},
      {SHAPE("{}"), "without a type"},
      {SHAPE("{\"type\":\"Point\"}"), "without coordinates"},
      {SHAPE("{\"coordinates\":[1,2]}"), "without a type"},
      {SHAPE("{\"type\":\"Circle\",\"coordinates\":[1,2]}"), "an unknown type"},
      {SHAPE("{\"type\":5,\"coordinates\":[1,2]}"), "no text"},
      {SHAPE("{\"type\":\"Point\",\"type\":\"Point\",\"coordinates\":[1,2]}"), "two types"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[1,2],\"coordinates\":[1,2]}"), "two lists"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[]}"), "not a number"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[1]}"), "two numbers"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[\"1\",2]}"), "not a number"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[null,2]}"), "not a number"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[NaN,2]}"), "not a number"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[1,Infinity]}"), "not a number"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[1,1e999]}"), "too large"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[01,1]}"), "two numbers"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[1.,1]}"), "not a number"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[.5,1]}"), "not a number"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[+5,1]}"), "not a number"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[-,1]}"), "not a number"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[1e,1]}"), "not a number"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[1,2,]}"), "not a number"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[1 2]}"), "two numbers"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[[1,2]]}"), "not a number"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[1,2,3,\"m\"]}"), "not a number"},
      {SHAPE("{\"type\":\"LineString\",\"coordinates\":[1,2]}"), "not a list of numbers"},
      {SHAPE("{\"type\":\"LineString\",\"coordinates\":[[1,2],]}"), "not a list of numbers"},
      {SHAPE("{\"type\":\"Polygon\",\"coordinates\":[[1,2],[3,4]]}"), "not a list of numbers"},
      {SHAPE("{\"type\":\"Polygon\",\"coordinates\":[null]}"), "list of positions"},
      {SHAPE("{\"type\":\"MultiPolygon\",\"coordinates\":[[[1,2],[3,4]]]}"), "not a list of numbers"},
      {SHAPE("{\"type\":\"GeometryCollection\",\"coordinates\":[]}"), "without geometries"},
      {SHAPE("{\"type\":\"GeometryCollection\",\"geometries\":[null]}"), "not an object"},
      {SHAPE("{\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":\"Point\"}]}"), "without coordinates"},
      {SHAPE("{\"coordinates\":[\"a\",2],\"type\":\"Point\"}"), "not a number"},
      {COLLECTION("{\"type\":\"Feature\",\"geometry\":null,\"geometry\":null}"), "twice"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    check(cases[i].document, OSMFLOW_BAD_DATA, cases[i].words);
}

static void refuses_bad_properties(void) {
  static const struct {
    const char *document, *words;
  } cases[] = {
      {DATA("[]"), "not an object"},
      {DATA("{\"a\":}"), "no value"},
      {DATA("{\"a\":1,}"), "no name"},
      {DATA("{\"a\" 1}"), "no colon"},
      {DATA("{a:1}"), "no name"},
      {DATA("{\"a\":tru}"), "unknown word"},
      {DATA("{\"a\":True}"), "no value"},
      {DATA("{\"a\":01}"), "not closed"},
      {DATA("{\"a\":'x'}"), "no value"},
      {DATA("{\"a\":\"x\ny\"}"), "control character"},
      {DATA("{\"a\":\"\\x\"}"), "unknown escape"},
      {DATA("{\"a\":\"\\u12g4\"}"), "hexadecimal"},
      {DATA("{\"a\":\"\\ud800\"}"), "surrogate"},
      {DATA("{\"a\":\"\\ud800\\u0041\"}"), "surrogate"},
      {DATA("{\"a\":\"\\udc00\"}"), "surrogate"},
      {DATA("{\"a\":\"\xff\"}"), "not UTF-8"},
      {DATA("{\"a\":\"\xc0\x80\"}"), "not UTF-8"},
      {DATA("{\"a\":\"\xed\xa0\x80\"}"), "not UTF-8"},
      {DATA("{\"\xff\":1}"), "not UTF-8"},
      {DATA("{\"a\":[1,}"), "no value"},
      {DATA("{\"a\":[1}"), "list that is not closed"},
      {DATA("{\"a\":{\"b\":1]}"), "object that is not closed"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    check(cases[i].document, OSMFLOW_BAD_DATA, cases[i].words);
}

static void refuses_deep_documents(void) {
  char document[1024], deep[512];
  for (size_t levels = 59; levels <= 61; levels++) { /* four are open around a property */
    memset(deep, '[', levels);
    memset(deep + levels, ']', levels);
    deep[2 * levels] = '\0';
    snprintf(document, sizeof document, DATA("{\"a\":%s}"), deep);
    char shown[600];
    snprintf(shown, sizeof shown, "0:0[] a=a:%s\n", deep);
    check(document, levels <= 60 ? OSMFLOW_OK : OSMFLOW_BAD_DATA, levels <= 60 ? shown : "64 levels");
  }
  struct osmflow_bytes nested;
  osmflow_bytes_init(&nested, 1 << 20);
  for (int i = 0; i < 5000; i++)
    CU_ASSERT(osmflow_bytes_add_string(&nested,
                                       i == 0 ? "{\"type\":\"FeatureCollection\",\"features\":[{\"geometry\":"
                                              : "{\"type\":\"GeometryCollection\",\"geometries\":[",
                                       NULL) == OSMFLOW_OK);
  struct osmflow_bytes got;
  osmflow_bytes_init(&got, 1 << 20);
  CU_ASSERT(show(osmflow_bytes_view(&nested), SIZE_MAX, &got) == OSMFLOW_BAD_DATA);
  CU_ASSERT(strstr(osmflow_bytes_string(&got), "64 levels") != NULL);
  osmflow_bytes_clear(&nested);
  osmflow_bytes_clear(&got);
}

#define ONE "000000000000f03f"
#define TWO "0000000000000040"
#define THREE "0000000000000840"
#define NONE "0000000000000000"

static void reads_geometries(void) {
  static const struct {
    const char *document, *shown;
  } cases[] = {
      {SHAPE("null"), "0:0[]\n"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[1,2]}"), "0:1[0101000000" ONE TWO "]1,2,1,2\n"},
      {SHAPE("{\"coordinates\" : [ 1 , 2 ] , \"type\":\"Point\"}"), "0:1[0101000000" ONE TWO "]1,2,1,2\n"},
      {SHAPE("{\"bbox\":[1,2],\"\\u0074ype\":\"Poi\\u006et\",\"coordinates\":[1.0,2e0,3]}"),
       "0:1[01e9030000" ONE TWO THREE "]1,2,1,2\n"},
      {SHAPE("{\"type\":\"Point\",\"coordinates\":[1,2,3,3,3]}"), "0:1[01e9030000" ONE TWO THREE "]1,2,1,2\n"},
      {SHAPE("{\"type\":\"LineString\",\"coordinates\":[[1,2],[2,1]]}"),
       "0:2[010200000002000000" ONE TWO TWO ONE "]1,1,2,2\n"},
      {SHAPE("{\"type\":\"LineString\",\"coordinates\":[[1,2],[2,1,3]]}"),
       "0:2[01ea03000002000000" ONE TWO NONE TWO ONE THREE "]1,1,2,2\n"},
      {SHAPE("{\"type\":\"LineString\",\"coordinates\":[]}"), "0:2[010200000000000000]\n"},
      {SHAPE("{\"type\":\"Polygon\",\"coordinates\":[]}"), "0:3[010300000000000000]\n"},
      {SHAPE("{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[2,1]],[]]}"),
       "0:3[01030000000200000002000000" ONE TWO TWO ONE "00000000]1,1,2,2\n"},
      {SHAPE("{\"type\":\"MultiPoint\",\"coordinates\":[[1,2],[3,1]]}"),
       "0:4[0104000000020000000101000000" ONE TWO "0101000000" THREE ONE "]1,1,3,2\n"},
      {SHAPE("{\"type\":\"MultiLineString\",\"coordinates\":[[[1,2]]]}"),
       "0:5[010500000001000000010200000001000000" ONE TWO "]1,2,1,2\n"},
      {SHAPE("{\"type\":\"MultiPolygon\",\"coordinates\":[[[[1,2]]],[]]}"),
       "0:6[01060000000200000001030000000100000001000000" ONE TWO "010300000000000000]1,2,1,2\n"},
      {SHAPE("{\"geometries\":[{\"coordinates\":[1,2],\"type\":\"Point\"},{\"type\":\"LineString\",\"coordinates\":"
             "[[1,2,3]]}],\"type\":\"GeometryCollection\"}"),
       "0:7[01ef0300000200000001e9030000" ONE TWO NONE "01ea03000001000000" ONE TWO THREE "]1,2,1,2\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    check(cases[i].document, OSMFLOW_OK, cases[i].shown);
}

static void reads_properties_and_members_in_any_order(void) {
  static const struct {
    const char *document, *shown;
  } cases[] = {
      {COLLECTION(""), ""},
      {" { \"features\" : [ ] , \"type\" : \"FeatureCollection\" } \n", ""},
      {"{\"name\":\"x\",\"crs\":null,\"features\":[{\"properties\":{\"a\":1},\"id\":[7],\"bbox\":[1,{}],\"type\":"
       "\"Feature\"}],\"more\":{\"a\":[]},\"type\":\"FeatureCollection\",\"crs\":{\"type\":\"name\",\"properties\":"
       "{\"name\":\"urn:ogc:def:crs:OGC:1.3:CRS84\"}}}",
       "0:0[] a=i:1\n"},
      {COLLECTION("{\"type\":\"Feature\"} , {\"type\":\"Feature\",\"properties\":{}}"), "0:0[]\n1:0[]\n"},
      {DATA("{\"a\":-1,\"b\":1.5,\"c\":1e3,\"d\":true,\"e\":false,\"f\":null,\"g\":\"\",\"h\":\"x\"}"),
       "0:0[] a=i:-1 b=r:1.5 c=r:1e3 d=b:true e=b:false f=n:null g=s: h=s:x\n"},
      {DATA("{\"a\":{ \"x\" : [1, \"}\"] },\"b\":[],\"\":0}"), "0:0[] a=o:{ \"x\" : [1, \"}\"] } b=a:[] =i:0\n"},
      {DATA("{\"\\u0061\":\"q\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\u20ac\\ud83c\\udfe0|\\u0000|\"}"),
       "0:0[] a=s:q\"\\/\b\f\n\r\t\xc3\xa4\xe2\x82\xac\xf0\x9f\x8f\xa0|\xef\xbf\xbd|\n"},
      {DATA("{\"\xd0\xb4\xd0\xbe\xd0\xbc\":\"\xf0\x9f\x8f\xa0 Buildings in many a long street\"}"),
       "0:0[] \xd0\xb4\xd0\xbe\xd0\xbc=s:\xf0\x9f\x8f\xa0 Buildings in many a long street\n"},
      {DATA("{\"a\":1,\"a\":2}"), "0:0[] a=i:1 a=i:2\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    check(cases[i].document, OSMFLOW_OK, cases[i].shown);
}

static const char sample[] =
    "{\"type\":\"FeatureCollection\",\"name\":\"Downtown \\ud83c\\udfe0 \xf0\x9f\x8f\xa0\",\"features\":[\n"
    "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[7.0771,49.3200],[7.0773,49.3200],"
    "[7.0773,49.3202],[7.0771,49.3200]]]},\"properties\":{\"id\":256899,\"class_id\":\"105\",\"x\":[1,{\"y\":null}]}},"
    "{\"properties\":{\"id\":-2.5e1,\"t\":true},\"type\":\"Feature\",\"geometry\":{\"coordinates\":[7.07,49.32,100.5],"
    "\"type\":\"Point\"}},{\"type\":\"Feature\",\"geometry\":null,\"properties\":null}],\"last\":false}";

static void cut_documents_are_errors(void) {
  struct osmflow_bytes got;
  osmflow_bytes_init(&got, 1 << 20);
  for (size_t size = 0; size < sizeof sample - 1; size++) {
    char *copy = malloc(size + 1);
    memcpy(copy, sample, size);
    CU_ASSERT(show((struct osmflow_text){copy, size}, 1 + size % 7, &got) == OSMFLOW_BAD_DATA);
    CU_ASSERT(strstr(osmflow_bytes_string(&got), size == 0 ? "empty" : "cut off") != NULL);
    free(copy);
  }
  CU_ASSERT(show(osmflow_text(sample), SIZE_MAX, &got) == OSMFLOW_OK);
  osmflow_bytes_clear(&got);
}

/* Each byte replaced by others: all pieces give the same features and the same words. */
static void pieces_of_any_size_are_the_same(void) {
  struct osmflow_bytes whole, pieces;
  osmflow_bytes_init(&whole, 1 << 20);
  osmflow_bytes_init(&pieces, 1 << 20);
  for (size_t place = 0; place < sizeof sample - 1; place++)
    for (size_t i = 0; i < 8; i++) {
      char copy[sizeof sample];
      memcpy(copy, sample, sizeof sample);
      copy[place] = "\",]}0e\xff"[i];
      const struct osmflow_text text = {copy, sizeof sample - 1};
      const enum osmflow_status status = show(text, SIZE_MAX, &whole);
      for (size_t piece = 1; piece < 20; piece += 6) {
        CU_ASSERT(show(text, piece, &pieces) == status);
        UNIT_SAME(osmflow_bytes_string(&pieces), osmflow_bytes_string(&whole), "pieces");
      }
    }
  osmflow_bytes_clear(&whole);
  osmflow_bytes_clear(&pieces);
}

/* Larger than the window at first; the names behind them tell that the features are whole. */
static void long_features_are_read(void) {
  struct osmflow_bytes document, got, expected;
  osmflow_bytes_init(&document, 1 << 23);
  osmflow_bytes_init(&got, 1 << 23);
  osmflow_bytes_init(&expected, 1 << 23);
  enum osmflow_status status =
      osmflow_bytes_add_string(&document, "{\"type\":\"FeatureCollection\",\"features\":[", NULL);
  for (int i = 0; i < 300; i++) {
    status |= osmflow_bytes_print(&document, NULL, "%s{\"type\":\"Feature\",\"properties\":{\"n\":%d,\"t\":\"",
                                  i > 0 ? "," : "", i);
    status |= osmflow_bytes_print(&expected, NULL, "%d:0[] n=i:%d t=s:", i, i);
    const size_t size = i == 7 ? 1500000 : (size_t)(i * i % 5003);
    for (size_t j = 0; j < size; j++) {
      status |= osmflow_bytes_add(&document, "x", 1, NULL);
      status |= osmflow_bytes_add(&expected, "x", 1, NULL);
    }
    status |= osmflow_bytes_add_string(&document, "\"}}", NULL);
    status |= osmflow_bytes_add_string(&expected, "\n", NULL);
  }
  status |= osmflow_bytes_add_string(&document, "]}", NULL);
  CU_ASSERT(status == OSMFLOW_OK);
  for (size_t piece = 1000; piece < 10000000; piece *= 7) {
    CU_ASSERT(show(osmflow_bytes_view(&document), piece, &got) == OSMFLOW_OK);
    CU_ASSERT(osmflow_text_equal(osmflow_bytes_view(&got), osmflow_bytes_view(&expected)));
  }
  osmflow_bytes_clear(&document);
  osmflow_bytes_clear(&got);
  osmflow_bytes_clear(&expected);
}

static enum osmflow_status read_endless(void *self, int64_t offset, void *data, size_t size, size_t *taken,
                                        struct osmflow_error *error) {
  static const char start[] = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"";
  (void)self;
  (void)error;
  memset(data, 'x', size);
  if (offset == 0)
    memcpy(data, start, sizeof start - 1);
  *taken = size;
  return OSMFLOW_OK;
}

static void endless_features_are_errors(void) {
  const struct osmflow_geojson_source source = {NULL, read_endless};
  struct osmflow_geojson_reader *reader = NULL;
  const struct osmflow_geojson_feature *feature = NULL;
  struct osmflow_error error;
  CU_ASSERT(osmflow_geojson_reader_new(&source, &reader, &error) == OSMFLOW_OK);
  CU_ASSERT(osmflow_geojson_reader_next(reader, &feature, &error) == OSMFLOW_TOO_LARGE);
  CU_ASSERT(strstr(error.message, "32 MiB") != NULL);
  osmflow_geojson_reader_free(reader);
}

static void marks_are_gone_back_to(void) {
  struct document document = {{sample, sizeof sample - 1}, 50};
  const struct osmflow_geojson_source source = {&document, read_piece};
  struct osmflow_geojson_reader *reader = NULL;
  const struct osmflow_geojson_feature *feature = NULL;
  struct osmflow_geojson_mark marks[4];
  CU_ASSERT_FATAL(osmflow_geojson_reader_new(&source, &reader, NULL) == OSMFLOW_OK);
  for (int i = 0; i < 4; i++) {
    marks[i] = osmflow_geojson_reader_mark(reader);
    CU_ASSERT(osmflow_geojson_reader_next(reader, &feature, NULL) == OSMFLOW_OK);
  }
  CU_ASSERT(feature == NULL);
  for (int i = 3; i >= 0; i--) {
    osmflow_geojson_reader_go(reader, &marks[i]);
    for (int j = i; j < 4; j++) {
      CU_ASSERT(osmflow_geojson_reader_next(reader, &feature, NULL) == OSMFLOW_OK);
      CU_ASSERT(j == 3 ? feature == NULL : feature && feature->number == j);
    }
  }
  osmflow_geojson_reader_free(reader);
}

static uint64_t chance(void) {
  static uint64_t state = 88172645463325252ULL;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static void check_number(const char *literal) {
  double value = -1;
  const double expected = strtod(literal, NULL);
  const bool is_good = osmflow_geojson_real(osmflow_text(literal), &value);
  if (!is_good || value != expected || signbit(value) != signbit(expected))
    UNIT_SAME("another number", literal, "strtod");
}

/* Random digits, random doubles in 15 to 17 digits, and texts that lie exactly or nearly between two doubles. */
static void numbers_are_rounded_correctly(void) {
  char literal[128];
  for (int i = 0; i < 600000; i++) {
    const uint64_t number = chance() >> (chance() % 64);
    const int decimals = (int)(chance() % 22);
    snprintf(literal, sizeof literal, "%s%llu.%0*llu", chance() % 2 ? "-" : "", (unsigned long long)(number % 1000),
             decimals + 1, (unsigned long long)(chance() >> (chance() % 64)));
    check_number(literal);
    uint64_t bits = (chance() & 0x000FFFFFFFFFFFFFULL) | (uint64_t)(1023 - 40 + chance() % 100) << 52;
    double real;
    memcpy(&real, &bits, sizeof real);
    snprintf(literal, sizeof literal, "%.*f", (int)(chance() % 20), real);
    check_number(literal);
    snprintf(literal, sizeof literal, "%.*g", 15 + (int)(chance() % 3), real);
    check_number(literal);
    const double between = (real + nextafter(real, 0)) / 2; /* of small ones the exact middle has few digits */
    snprintf(literal, sizeof literal, "%.17g", between);
    check_number(literal);
  }
  for (uint64_t i = 1; i < 200000; i += 2) { /* 54 bits, halfway between two doubles, divided by a power of two */
    const uint64_t odd = (1ULL << 53) + i;
    snprintf(literal, sizeof literal, "%llu.%d", (unsigned long long)(odd / 2), (int)(odd % 2) * 5);
    check_number(literal);
    snprintf(literal, sizeof literal, "%llu.%d", (unsigned long long)(odd / 8), (int)(odd % 8) * 125);
    check_number(literal);
  }
  static const char *const special[] = {"0",
                                        "-0",
                                        "0.0",
                                        "-0.0",
                                        "0.000000000000000000000000001",
                                        "9007199254740993",
                                        "9007199254740993.0",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "99999999999999999999",
                                        "1e22",
                                        "1e23",
                                        "1e-22",
                                        "4.9e-324",
                                        "2.4703282292062327e-324",
                                        "1.7976931348623157e308",
                                        "2.2250738585072011e-308",
                                        "0.1",
                                        "0.3",
                                        "49.32",
                                        "0.5000000000000000000000000000000000000000000000001",
                                        "1.00000000000000011102230246251565",
                                        "1.000000000000000111022302462515654042363166809082031250",
                                        "9999999999999999999",
                                        "999999999999999999.9",
                                        "37.134364244112405",
                                        "55.847433736937234",
                                        "1E5",
                                        "1.5E+5"};
  for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
    check_number(special[i]);
}

static void texts_that_are_no_numbers(void) {
  static const char *const texts[] = {"",    "-",   "1.",    ".5", "1e", "1e+", "0x10",
                                      "inf", "nan", "1e400", "1 ", " 1", "1,5"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    double value = 7;
    CU_ASSERT(!osmflow_geojson_real(osmflow_text(texts[i]), &value));
  }
}

OSMFLOW_UNIT_MAIN("format/geojson", UNIT(refuses_what_is_no_collection), UNIT(refuses_bad_geometries),
                  UNIT(refuses_bad_properties), UNIT(refuses_deep_documents), UNIT(reads_geometries),
                  UNIT(reads_properties_and_members_in_any_order), UNIT(cut_documents_are_errors),
                  UNIT(pieces_of_any_size_are_the_same), UNIT(long_features_are_read),
                  UNIT(endless_features_are_errors), UNIT(marks_are_gone_back_to), UNIT(numbers_are_rounded_correctly),
                  UNIT(texts_that_are_no_numbers))
