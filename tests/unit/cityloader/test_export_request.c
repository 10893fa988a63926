#include "cityloader/export.h"
#include "unit.h"

enum { MOST_PAIRS = 5 };

static enum osmflow_status make(const char *const pairs[MOST_PAIRS][2], struct osmflow_bytes *json,
                                struct osmflow_error *error) {
  struct osmflow_export_request request;
  osmflow_export_request_init(&request);
  enum osmflow_status status = OSMFLOW_OK;
  for (size_t i = 0; status == OSMFLOW_OK && i < MOST_PAIRS && pairs[i][0]; i++)
    status = osmflow_export_request_set(&request, osmflow_text(pairs[i][0]), osmflow_text(pairs[i][1]), error);
  if (status == OSMFLOW_OK)
    status = osmflow_export_request_check(&request, error);
  if (status == OSMFLOW_OK)
    status = osmflow_export_request_print(&request, json, error);
  osmflow_export_request_clear(&request);
  return status;
}

static void writes_requests_always_the_same_way(void) {
  static const struct {
    const char *pairs[MOST_PAIRS][2], *json;
  } cases[] = {
      {{{"bbox", "6.9539,50.9407,6.9592,50.9439"}, {"include", "buildings,terrain"}},
       "{\"bbox\":[6.9539,50.9407,6.9592,50.9439],\"format\":\"stl\",\"include\":[\"terrain\",\"buildings\"]}"},
      {{{"include", "terrain, buildings"}, {"format", "STL"}, {"bbox", "6.95390, 50.9407,6.9592,50.9439"}},
       "{\"bbox\":[6.9539,50.9407,6.9592,50.9439],\"format\":\"stl\",\"include\":[\"terrain\",\"buildings\"]}"},
      {{{"center", "7,51"}}, "{\"center\":[7,51],\"size\":[500,500],\"format\":\"stl\",\"include\":[\"terrain\"]}"},
      {{{"address", "Am \"Dom\" 1, K\xc3\xb6ln"}, {"size", "300,200.5"}, {"format", "obj"}, {"separate_files", "true"}},
       "{\"address\":\"Am \\\"Dom\\\" 1, "
       "K\xc3\xb6ln\",\"size\":[300,200.5],\"format\":\"obj\",\"include\":[\"terrain\"],"
       "\"separate_files\":true}"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_bytes json;
    struct osmflow_error error = {.message = ""};
    osmflow_bytes_init(&json, 1 << 16);
    CU_ASSERT(make(cases[i].pairs, &json, &error) == OSMFLOW_OK);
    UNIT_SAME(osmflow_bytes_string(&json), cases[i].json, error.message);
    osmflow_bytes_clear(&json);
  }
}

static void refuses_what_no_export_is(void) {
  static const struct {
    const char *pairs[MOST_PAIRS][2], *word;
  } cases[] = {{{{NULL, NULL}}, "exactly one"},
               {{{"bbox", "1,2,3,4"}, {"center", "1,2"}}, "exactly one"},
               {{{"bbox", "1,2,3"}}, "4 numbers"},
               {{{"bbox", "1,2,3,4,5"}}, "4 numbers"},
               {{{"bbox", "1,2,3,x"}}, "4 numbers"},
               {{{"bbox", "1,2,3,nan"}}, "4 numbers"},
               {{{"bbox", "3,2,1,4"}}, "wrong way round"},
               {{{"bbox", "1,2,1,4"}}, "empty"},
               {{{"bbox", "1,2,3,91"}}, "beyond the earth"},
               {{{"center", "181,0"}}, "beyond the earth"},
               {{{"bbox", "1,2,3,4"}, {"size", "5,5"}}, "its own"},
               {{{"center", "1,2"}, {"size", "0,5"}}, "above 0"},
               {{{"address", "  "}}, "empty"},
               {{{"center", "1,2"}, {"format", "gltf"}}, "gltf"},
               {{{"center", "1,2"}, {"include", "trees"}}, "trees"},
               {{{"center", "1,2"}, {"include", ""}}, "neither"},
               {{{"center", "1,2"}, {"separate_files", "maybe"}}, "maybe"},
               {{{"color", "red"}}, "color"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct osmflow_bytes json;
    struct osmflow_error error = {.message = ""};
    osmflow_bytes_init(&json, 1 << 16);
    CU_ASSERT(make(cases[i].pairs, &json, &error) == OSMFLOW_BAD_ARGUMENT);
    if (!strstr(error.message, cases[i].word))
      UNIT_SAME(error.message, cases[i].word, "refusal");
    osmflow_bytes_clear(&json);
  }
}

OSMFLOW_UNIT_MAIN("cityloader/export_request", UNIT(writes_requests_always_the_same_way),
                  UNIT(refuses_what_no_export_is))
