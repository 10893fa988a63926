/* Result sets of documents in memory: columns, values, passing over, going back, counts. */
#include "result_unit.h"

enum { MOST_SHOWN = 1 << 24 };

static void check_shown(const char *document, enum osmflow_result_look look, const char *expected) {
  struct fake fake;
  struct osmflow_bytes shown;
  struct memory memory = memory_of(document);
  struct osmflow_error error = {.message = ""};
  struct osmflow_result_set *set = set_of(&fake, &memory, look);
  osmflow_bytes_init(&shown, MOST_SHOWN);
  CU_ASSERT(show_set(set, NULL, &shown, &error) == OSMFLOW_OK);
  UNIT_SAME(error.message, "", document);
  UNIT_SAME(osmflow_bytes_string(&shown), expected, document);
  osmflow_result_set_free(set);
  osmflow_bytes_clear(&shown);
}

static void values_decide_on_types(void) {
  static const struct {
    const char *document, *shown;
  } cases[] = {
      {COLLECTION(""), "\n"},
      {COLLECTION(DATA("{}")), "\n0/16\n"},
      {COLLECTION(DATA("{\"n\":null}")), "n:text\n0/16|-\n"},
      {COLLECTION(DATA("{\"n\":1}") "," DATA("{\"n\":null}")), "n:int64\n0/16|1\n1/16|-\n"},
      {COLLECTION(DATA("{\"n\":-9223372036854775808}")), "n:int64\n0/16|-9223372036854775808\n"},
      {COLLECTION(DATA("{\"n\":9223372036854775808}")), "n:text\n0/16|9223372036854775808\n"},
      {COLLECTION(DATA("{\"n\":1}") "," DATA("{\"n\":1.5}")), "n:real\n0/16|1\n1/16|1.5\n"},
      {COLLECTION(DATA("{\"n\":9007199254740993}") "," DATA("{\"n\":1.5}")),
       "n:text\n0/16|9007199254740993\n1/16|1.5\n"},
      {COLLECTION(DATA("{\"n\":1e999}")), "n:text\n0/16|1e999\n"},
      {COLLECTION(DATA("{\"n\":1}") "," DATA("{\"n\":\"1\"}")), "n:text\n0/16|1\n1/16|1\n"},
      {COLLECTION(DATA("{\"n\":\"1\"}") "," DATA("{\"n\":1}")), "n:text\n0/16|1\n1/16|1\n"},
      {COLLECTION(DATA("{\"n\":true}") "," DATA("{\"n\":false}")), "n:bool\n0/16|1\n1/16|0\n"},
      {COLLECTION(DATA("{\"n\":true}") "," DATA("{\"n\":0}")), "n:text\n0/16|true\n1/16|0\n"},
      {COLLECTION(DATA("{\"n\":\"2026-02-10\"}")), "n:date\n0/16|2026-02-10\n"},
      {COLLECTION(DATA("{\"n\":\"2026-02-30\"}")), "n:text\n0/16|2026-02-30\n"},
      {COLLECTION(DATA("{\"n\":\"2026-02-10T10:30:00.25Z\"}") "," DATA("{\"n\":\"2026-02-10T10:30:00+02:00\"}")),
       "n:time\n0/16|2026-02-10T10:30:00Z+0.250000\n1/16|2026-02-10T08:30:00Z\n"},
      {COLLECTION(DATA("{\"n\":\"2026-02-10T10:30:00\"}")), "n:text\n0/16|2026-02-10T10:30:00\n"},
      {COLLECTION(DATA("{\"n\":\"2026-02-10\"}") "," DATA("{\"n\":\"2026-02-10T10:30:00Z\"}")),
       "n:text\n0/16|2026-02-10\n1/16|2026-02-10T10:30:00Z\n"},
      {COLLECTION(DATA("{\"n\":{\"a\":[1, 2]}}") "," DATA("{\"n\":[]}")), "n:json\n0/16|{\"a\":[1, 2]}\n1/16|[]\n"},
      {COLLECTION(DATA("{\"n\":{\"a\":1}}") "," DATA("{\"n\":\"x\"}")), "n:text\n0/16|{\"a\":1}\n1/16|x\n"},
      {COLLECTION(DATA("{\"n\":1,\"n\":2}")), "n:int64\n0/16|2\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    check_shown(cases[i].document, OSMFLOW_RESULT_FAST, cases[i].shown);
    check_shown(cases[i].document, OSMFLOW_RESULT_EXACT, cases[i].shown);
  }
}

static void known_names_have_their_types(void) {
  static const struct {
    const char *document, *shown;
  } cases[] = {
      {COLLECTION(DATA("{\"id\":1,\"class_id\":103,\"area\":5}") "," DATA("{\"class_id\":\"105\"}") "," DATA(
           "{\"class_id\":\"04m-10m\"}") "," DATA("{\"class_id\":null}") "," DATA("{\"class_id\":105.0}")),
       "id:int64 class_id:text class_name:text area:real\n0/16|1|103|industrial|5\n"
       "1/16|-|105|other non-residential|-\n2/16|-|04m-10m|-|-\n3/16|-|-|-|-\n4/16|-|105.0|-|-\n"},
      {COLLECTION(DATA("{\"id\":1}") "," DATA("{\"id\":\"x\"}")), "id:text\n0/16|1\n1/16|x\n"},
      {COLLECTION(DATA("{\"id\":1}") "," DATA("{\"id\":2.5}")), "id:text\n0/16|1\n1/16|2.5\n"},
      {COLLECTION(DATA("{\"built_year\":1987}")), "built_year:text\n0/16|1987\n"},
      {COLLECTION(DATA("{\"GAN\":\"False\",\"radius\":2}")), "GAN:text radius:real\n0/16|False|2\n"},
      {COLLECTION(DATA("{\"GAN\":false}")), "GAN:text\n0/16|false\n"},
      {COLLECTION(DATA("{\"processing_date\":\"2026-02-10\"}") "," DATA("{\"processing_date\":null}")),
       "processing_date:date\n0/16|2026-02-10\n1/16|-\n"},
      {COLLECTION(DATA("{\"processing_date\":\"soon\"}")), "processing_date:text\n0/16|soon\n"},
      {COLLECTION(DATA("{\"bbox\":{\"xmin\":1}}")), "bbox:json\n0/16|{\"xmin\":1}\n"},
      {COLLECTION(DATA("{\"class_id\":101,\"class_name\":\"mine\"}")),
       "class_id:text class_name:text\n0/16|101|mine\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    check_shown(cases[i].document, OSMFLOW_RESULT_FAST, cases[i].shown);
}

static void names_do_not_collide(void) {
  check_shown(COLLECTION(DATA("{\"Area\":1,\"area\":2,\"AREA\":3,\"area_2\":4}")), OSMFLOW_RESULT_FAST,
              "Area:int64 area_2:real AREA_3:int64 area_2_2:int64\n0/16|1|2|3|4\n");
  check_shown(COLLECTION(DATA("{\"fid\":1,\"FID\":2,\"fid_\":3,\"\":4}")), OSMFLOW_RESULT_FAST,
              "fid_:int64 FID__2:int64 fid__3:int64 unnamed:int64\n0/16|1|2|3|4\n");
  check_shown(COLLECTION(DATA("{\"\\u0061 \\\"\":1}")), OSMFLOW_RESULT_FAST, "a \":int64\n0/16|1\n");
}

static void one_result_of_the_facts(void) {
  check_shown(
      "{\"type\":\"FeatureCollection\",\"name\":\"Downtown Buildings\",\"features\":[\n"
      "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[7.0771,49.3200],[7.0773,49.3200],"
      "[7.0773,49.3202],[7.0771,49.3202],[7.0771,49.3200]]]},\"properties\":{\"id\":256899,\"area\":312,"
      "\"object_type\":\"building\",\"class_id\":\"105\",\"shape_type\":\"RECTANGLE\","
      "\"simplification_confidence_score\":0.87,\"building_height\":7.5,\"GAN\":\"False\",\"processing_date\":"
      "\"2026-02-10\"}},\n"
      "{\"type\":\"Feature\",\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[[[[7.0781,49.3200],"
      "[7.0783,49.3200],[7.0783,49.3202],[7.0781,49.3200]]]]},\"properties\":{\"id\":256900,\"area\":150,"
      "\"object_type\":\"building\",\"class_id\":103,\"processing_date\":\"2026-02-10\"}},\n"
      "{\"type\":\"Feature\",\"geometry\":null,\"properties\":{\"id\":256901,\"area\":0,\"object_type\":\"building\","
      "\"class_id\":null}}]}",
      OSMFLOW_RESULT_FAST,
      "id:int64 area:real object_type:text class_id:text class_name:text shape_type:text "
      "simplification_confidence_score:real building_height:real GAN:text processing_date:date\n"
      "0/4|256899|312|building|105|other non-residential|RECTANGLE|0.87|7.5|False|2026-02-10\n"
      "1/12|256900|150|building|103|industrial|-|-|-|-|2026-02-10\n"
      "2/16|256901|0|building|-|-|-|-|-|-|-\n");
}

static void refusals_stay_for_five_seconds(void) {
  struct fake fake;
  struct osmflow_bytes shown;
  struct memory memory = memory_of("{\"detail\":\"no\"}");
  struct osmflow_error error = {.message = ""};
  const struct osmflow_result_schema *schema = NULL;
  struct osmflow_result_set *set = set_of(&fake, &memory, OSMFLOW_RESULT_FAST);
  osmflow_bytes_init(&shown, MOST_SHOWN);
  CU_ASSERT(osmflow_result_set_schema(set, &schema, &error) == OSMFLOW_BAD_DATA);
  CU_ASSERT(strstr(error.message, "\"detail\"") != NULL);
  const int reads = memory.reads;
  memory = memory_of(COLLECTION(""));
  memory.reads = reads;
  fake.now_ms += 4999;
  CU_ASSERT(osmflow_result_set_schema(set, &schema, &error) == OSMFLOW_BAD_DATA);
  CU_ASSERT(strstr(error.message, "\"detail\"") != NULL);
  CU_ASSERT(memory.reads == reads);
  fake.now_ms += 1;
  CU_ASSERT(osmflow_result_set_schema(set, &schema, &error) == OSMFLOW_OK);
  osmflow_result_set_free(set);
  osmflow_bytes_clear(&shown);
}

static void cut_documents_are_errors(void) {
  static const char document[] = COLLECTION(AT("1", "2", "{\"a\":1}") "," AT("3", "4", "{\"a\":\"x\"}"));
  struct osmflow_bytes shown;
  osmflow_bytes_init(&shown, MOST_SHOWN);
  for (size_t size = 0; size < sizeof document - 1; size++) {
    struct fake fake;
    struct memory memory = {.text = document, .size = size, .piece = 7};
    struct osmflow_error error = {.message = ""};
    struct osmflow_result_set *set = set_of(&fake, &memory, OSMFLOW_RESULT_FAST);
    CU_ASSERT(show_set(set, NULL, &shown, &error) == OSMFLOW_BAD_DATA);
    osmflow_result_set_free(set);
  }
  osmflow_bytes_clear(&shown);
}

/* 3000 features at (n, n / 2), so that marks are left and gone back to. */
static char *many(size_t count) {
  struct osmflow_bytes text;
  osmflow_bytes_init(&text, MOST_SHOWN);
  add(&text, "{\"type\":\"FeatureCollection\",\"features\":[");
  for (size_t i = 0; i < count; i++)
    CU_ASSERT(osmflow_bytes_print(&text, NULL, "%s" AT("%zu", "%zu.5", "{\"n\":%zu}"), i > 0 ? "," : "", i, i, i) ==
              OSMFLOW_OK);
  add(&text, "]}");
  return osmflow_bytes_take(&text);
}

static void check_next(struct osmflow_result_reader *reader, int64_t expected) {
  const struct osmflow_result_feature *feature = NULL;
  CU_ASSERT(osmflow_result_reader_next(reader, &feature, NULL) == OSMFLOW_OK);
  CU_ASSERT(expected < 0 ? !feature
                         : feature && feature->number == expected && feature->values[0].integer == expected &&
                               feature->min_x == (double)expected);
}

static void features_are_found_by_number(void) {
  static const int64_t numbers[] = {2999, 0, 1024, 1023, 1025, 2048, 2500, 2501, 2400, 3000, 5000, 7, INT64_MAX, 1};
  struct fake fake;
  char *text = many(3000);
  struct memory memory = memory_of(text);
  struct osmflow_result_reader *reader = NULL;
  struct osmflow_result_set *set = set_of(&fake, &memory, OSMFLOW_RESULT_FAST);
  CU_ASSERT_FATAL(osmflow_result_reader_new(set, NULL, &reader, NULL) == OSMFLOW_OK);
  CU_ASSERT(set->mark_count == 3);
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    CU_ASSERT(osmflow_result_reader_seek(reader, numbers[i], NULL) == OSMFLOW_OK);
    check_next(reader, numbers[i] < 3000 ? numbers[i] : -1);
    check_next(reader, numbers[i] < 2999 ? numbers[i] + 1 : -1);
  }
  CU_ASSERT(osmflow_result_reader_seek(reader, -1, NULL) == OSMFLOW_BAD_ARGUMENT);
  osmflow_result_reader_free(reader);
  osmflow_result_set_free(set);
  free(text);
}

static void only_what_is_wanted(void) {
  static const char document[] = COLLECTION(AT("1", "2", "{\"a\":1,\"class_id\":101}") "," DATA(
      "{\"a\":2}") ","
                   "{\"type\":\"Feature\",\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[5,5],[7,7]]},"
                   "\"properties\":{\"a\":3}}");
  static const bool second[] = {false, true, false}, third[] = {false, false, true};
  static const struct {
    struct osmflow_result_interest interest;
    const char *shown;
  } cases[] = {
      {{.kinds = OSMFLOW_RESULT_POINTS}, "0/1|1|101|apartment building\n"},
      {{.kinds = OSMFLOW_RESULT_LINES | OSMFLOW_RESULT_NULL}, "1/16|2|-|-\n2/2|3|-|-\n"},
      {{.kinds = OSMFLOW_RESULT_AREAS}, ""},
      {{.has_box = true, .min_x = 6, .min_y = 6, .max_x = 6, .max_y = 6}, "2/2|3|-|-\n"},
      {{.has_box = true, .min_x = 8, .min_y = 6, .max_x = 9, .max_y = 6}, ""},
      {{.has_box = true, .min_x = 1, .min_y = 2, .max_x = 5, .max_y = 5}, "0/1|1|101|apartment building\n2/2|3|-|-\n"},
      {{.columns = second}, "0/1|-|101|-\n1/16|-|-|-\n2/2|-|-|-\n"},
      {{.columns = third}, "0/1|-|-|apartment building\n1/16|-|-|-\n2/2|-|-|-\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fake fake;
    struct osmflow_bytes shown;
    struct memory memory = memory_of(document);
    struct osmflow_result_set *set = set_of(&fake, &memory, OSMFLOW_RESULT_FAST);
    osmflow_bytes_init(&shown, MOST_SHOWN);
    CU_ASSERT(show_set(set, &cases[i].interest, &shown, NULL) == OSMFLOW_OK);
    UNIT_SAME(strchr(osmflow_bytes_string(&shown), '\n') + 1, cases[i].shown, "interest");
    osmflow_result_set_free(set);
    osmflow_bytes_clear(&shown);
  }
}

static void geometries_can_be_left_out(void) {
  struct fake fake;
  struct memory memory = memory_of(COLLECTION(AT("1", "2", "{}")));
  const struct osmflow_result_interest interest = {.without_geometry = true};
  const struct osmflow_result_feature *feature = NULL;
  struct osmflow_result_reader *reader = NULL;
  struct osmflow_result_set *set = set_of(&fake, &memory, OSMFLOW_RESULT_FAST);
  CU_ASSERT_FATAL(osmflow_result_reader_new(set, &interest, &reader, NULL) == OSMFLOW_OK);
  CU_ASSERT(osmflow_result_reader_next(reader, &feature, NULL) == OSMFLOW_OK);
  CU_ASSERT(feature && !feature->wkb && feature->kind == OSMFLOW_RESULT_POINTS && feature->max_y == 2);
  osmflow_result_reader_free(reader);
  CU_ASSERT_FATAL(osmflow_result_reader_new(set, NULL, &reader, NULL) == OSMFLOW_OK);
  CU_ASSERT(osmflow_result_reader_next(reader, &feature, NULL) == OSMFLOW_OK);
  CU_ASSERT(feature && feature->wkb && feature->wkb_size == 21);
  osmflow_result_reader_free(reader);
  osmflow_result_set_free(set);
}

static void counts_and_extents(void) {
  struct fake fake;
  struct memory memory = memory_of(COLLECTION(AT("1", "2", "{}") "," AT("-3", "9", "{}") "," DATA(
      "{}") ","
            "{\"type\":\"Feature\",\"geometry\":{\"type\":\"MultiLineString\",\"coordinates\":[[[5,5],[7,7]]]}},"
            "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[]}}"));
  struct osmflow_result_set *set = set_of(&fake, &memory, OSMFLOW_RESULT_FAST);
  const struct osmflow_result_schema *schema = NULL;
  int64_t count = 0;
  double box[4];
  bool is_there = false;
  CU_ASSERT(!osmflow_result_set_is_counted(set));
  CU_ASSERT(osmflow_result_set_schema(set, &schema, NULL) == OSMFLOW_OK);
  CU_ASSERT(schema->kinds == (OSMFLOW_RESULT_POINTS | OSMFLOW_RESULT_NULL | OSMFLOW_RESULT_LINES |
                              OSMFLOW_RESULT_MULTIPLE | OSMFLOW_RESULT_AREAS));
  CU_ASSERT(schema->is_exact && osmflow_result_set_is_counted(set));
  CU_ASSERT(osmflow_result_set_count(set, 0, &count, NULL) == OSMFLOW_OK && count == 5);
  CU_ASSERT(osmflow_result_set_count(set, OSMFLOW_RESULT_POINTS | OSMFLOW_RESULT_NULL, &count, NULL) == OSMFLOW_OK);
  CU_ASSERT(count == 3);
  CU_ASSERT(osmflow_result_set_extent(set, 0, box, &is_there, NULL) == OSMFLOW_OK && is_there);
  CU_ASSERT(box[0] == -3 && box[1] == 2 && box[2] == 7 && box[3] == 9);
  CU_ASSERT(osmflow_result_set_extent(set, OSMFLOW_RESULT_LINES, box, &is_there, NULL) == OSMFLOW_OK && is_there);
  CU_ASSERT(box[0] == 5 && box[1] == 5 && box[2] == 7 && box[3] == 7);
  CU_ASSERT(osmflow_result_set_extent(set, OSMFLOW_RESULT_AREAS, box, &is_there, NULL) == OSMFLOW_OK && !is_there);
  osmflow_result_set_free(set);
}

/* More than what is looked at: 33 MiB of small features, then others that do not fit. */
static char *long_document(void) {
  enum { SIZE = 33 * 1024 * 1024 };
  static const char item[] =
      DATA("{\"id\":1,\"n\":1,\"class_id\":\"102\",\"text\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}") ",";
  static const char last[] =
      DATA("{\"id\":\"a\\\"b\",\"n\":2.5,\"class_id\":104,\"new\":[1],\"t\":null,\"text\":7}") "]}";
  char *text = malloc(SIZE + sizeof last + 100), *at = text;
  at += sprintf(at, "{\"type\":\"FeatureCollection\",\"features\":[");
  while (at - text < SIZE - (int)sizeof item) {
    memcpy(at, item, sizeof item - 1);
    at += sizeof item - 1;
  }
  memcpy(at, last, sizeof last);
  return text;
}

static void what_comes_late_is_not_lost(void) {
  struct fake fake;
  struct osmflow_bytes shown;
  struct osmflow_error error = {.message = ""};
  char *text = long_document();
  struct memory memory = memory_of(text);
  struct osmflow_result_set *set = set_of(&fake, &memory, OSMFLOW_RESULT_FAST);
  const struct osmflow_result_schema *schema = NULL;
  const struct osmflow_result_feature *feature = NULL;
  struct osmflow_result_reader *reader = NULL;
  int64_t count = 0;
  osmflow_bytes_init(&shown, MOST_SHOWN);
  CU_ASSERT_FATAL(osmflow_result_set_schema(set, &schema, &error) == OSMFLOW_OK);
  CU_ASSERT(!schema->is_exact && !osmflow_result_set_is_counted(set));
  show_columns(&shown, schema);
  UNIT_SAME(osmflow_bytes_string(&shown),
            "id:int64 n:int64 class_id:text class_name:text text:text other_properties:json", "columns");
  CU_ASSERT(osmflow_result_set_count(set, 0, &count, &error) == OSMFLOW_OK);
  CU_ASSERT_FATAL(osmflow_result_reader_new(set, NULL, &reader, NULL) == OSMFLOW_OK);
  CU_ASSERT(osmflow_result_reader_seek(reader, count - 2, NULL) == OSMFLOW_OK);
  osmflow_bytes_reset(&shown);
  while (osmflow_result_reader_next(reader, &feature, &error) == OSMFLOW_OK && feature)
    show_one_feature(&shown, schema, feature);
  CU_ASSERT(strstr(osmflow_bytes_string(&shown), "|1|1|102|house|xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx|-\n") != NULL);
  CU_ASSERT(strstr(osmflow_bytes_string(&shown), "|-|-|104|commercial|7|{\"id\":\"a\\\"b\",\"n\":2.5,\"new\":[1]}\n") !=
            NULL);
  osmflow_result_reader_free(reader);
  osmflow_result_set_free(set);
  set = set_of(&fake, &memory, OSMFLOW_RESULT_EXACT);
  CU_ASSERT_FATAL(osmflow_result_set_schema(set, &schema, &error) == OSMFLOW_OK);
  osmflow_bytes_reset(&shown);
  show_columns(&shown, schema);
  UNIT_SAME(osmflow_bytes_string(&shown), "id:text n:real class_id:text class_name:text text:text new:json t:text",
            "columns");
  CU_ASSERT(schema->is_exact && osmflow_result_set_is_counted(set));
  osmflow_result_set_free(set);
  osmflow_bytes_clear(&shown);
  free(text);
}

/* The server's document is another one when it is read again: nothing of it may be lost in silence. */
static void changed_documents_are_errors(void) {
  struct fake fake;
  struct osmflow_bytes shown;
  struct osmflow_error error = {.message = ""};
  const struct osmflow_result_schema *schema = NULL;
  struct memory memory = memory_of(COLLECTION(DATA("{\"a\":1}")));
  struct osmflow_result_set *set = set_of(&fake, &memory, OSMFLOW_RESULT_FAST);
  osmflow_bytes_init(&shown, MOST_SHOWN);
  CU_ASSERT(osmflow_result_set_schema(set, &schema, &error) == OSMFLOW_OK);
  memory = memory_of(COLLECTION(DATA("{\"a\":\"x\"}")));
  CU_ASSERT(show_set(set, NULL, &shown, &error) == OSMFLOW_BAD_DATA);
  CU_ASSERT(strstr(error.message, "not what it was") != NULL);
  osmflow_result_set_free(set);
  osmflow_bytes_clear(&shown);
}

static void several_results_are_one(void) {
  static const struct {
    const char *id, *name, *model, *created, *document;
  } parts[] = {{"p1", "One", "\xf0\x9f\x8f\xa0 Buildings", "2026-02-10T10:30:00.781909Z",
                COLLECTION(AT("1", "1", "{\"id\":1,\"model\":\"x\"}"))},
               {"p2", "Two", "Forest", "never", COLLECTION("")},
               {"p3", "Three", "Forest", NULL, COLLECTION(DATA("{\"id\":\"a\"}") "," AT("2", "2", "{\"h\":2.5}"))}};
  struct memory memories[3];
  struct osmflow_result_given given[3];
  struct fake fake;
  struct osmflow_bytes shown;
  struct osmflow_error error = {.message = ""};
  struct osmflow_result_set *set = NULL;
  struct osmflow_result_reader *reader = NULL;
  const struct osmflow_result_feature *feature = NULL;
  for (size_t i = 0; i < 3; i++) {
    memories[i] = memory_of(parts[i].document);
    given[i] = (struct osmflow_result_given){
        parts[i].id, parts[i].name, parts[i].model, parts[i].created, {&memories[i], read_memory}};
  }
  fake_init(&fake);
  osmflow_bytes_init(&shown, MOST_SHOWN);
  CU_ASSERT_FATAL(osmflow_result_set_new_given(&fake.environment, OSMFLOW_RESULT_FAST, true, given, 3, &set, NULL) ==
                  OSMFLOW_OK);
  CU_ASSERT(show_set(set, NULL, &shown, &error) == OSMFLOW_OK);
  UNIT_SAME(osmflow_bytes_string(&shown),
            "processing_id:text processing_name:text model:text processing_created:time id:text model_2:text h:real\n"
            "0/1|p1|One|\xf0\x9f\x8f\xa0 Buildings|2026-02-10T10:30:00Z+0.781909|1|x|-\n"
            "1/16|p3|Three|Forest|-|a|-|-\n2/1|p3|Three|Forest|-|-|-|2.5\n",
            "project");
  CU_ASSERT(osmflow_result_reader_new(set, NULL, &reader, NULL) == OSMFLOW_OK);
  for (int64_t number = 3; number >= 0; number--) {
    CU_ASSERT(osmflow_result_reader_seek(reader, number, NULL) == OSMFLOW_OK);
    CU_ASSERT(osmflow_result_reader_next(reader, &feature, NULL) == OSMFLOW_OK);
    CU_ASSERT(number == 3 ? !feature : feature && feature->number == number);
  }
  osmflow_result_reader_free(reader);
  osmflow_result_set_free(set);
  memories[2] = memory_of("[");
  CU_ASSERT_FATAL(osmflow_result_set_new_given(&fake.environment, OSMFLOW_RESULT_FAST, true, given, 3, &set, NULL) ==
                  OSMFLOW_OK);
  CU_ASSERT(show_set(set, NULL, &shown, &error) == OSMFLOW_BAD_DATA);
  CU_ASSERT(strstr(error.message, "processing p3: ") != NULL);
  osmflow_result_set_free(set);
  osmflow_bytes_clear(&shown);
}

static void reading_can_be_stopped(void) {
  struct fake fake;
  char *text = many(3000);
  struct memory memory = memory_of(text);
  struct osmflow_error error = {.message = ""};
  struct osmflow_bytes shown;
  const struct osmflow_result_schema *schema = NULL;
  struct osmflow_result_set *set = set_of(&fake, &memory, OSMFLOW_RESULT_FAST);
  osmflow_bytes_init(&shown, MOST_SHOWN);
  CU_ASSERT(osmflow_result_set_schema(set, &schema, &error) == OSMFLOW_OK);
  atomic_store(&fake.checks_until_cancelled, 2);
  CU_ASSERT(show_set(set, NULL, &shown, &error) == OSMFLOW_CANCELLED);
  osmflow_result_set_free(set);
  osmflow_bytes_clear(&shown);
  free(text);
}

OSMFLOW_UNIT_MAIN("mapflow/result", UNIT(cut_documents_are_errors), UNIT(refusals_stay_for_five_seconds),
                  UNIT(changed_documents_are_errors), UNIT(values_decide_on_types), UNIT(known_names_have_their_types),
                  UNIT(names_do_not_collide), UNIT(one_result_of_the_facts), UNIT(features_are_found_by_number),
                  UNIT(only_what_is_wanted), UNIT(geometries_can_be_left_out), UNIT(counts_and_extents),
                  UNIT(what_comes_late_is_not_lost), UNIT(several_results_are_one), UNIT(reading_can_be_stopped))
