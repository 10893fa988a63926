/* Connection strings. */
#include "mapflow/call.h"

#include <stdio.h>

#include "unit.h"

#define ID "3fa85f64-5717-4562-b3fc-2c963f66afa6"

/* "class|root|id|name=value|..." or the error's message. */
static void describe(const char *text, char shown[2048]) {
  struct osmflow_mapflow_call call;
  struct osmflow_error error = {.message = ""};
  if (osmflow_mapflow_call_parse(text, &call, &error) != OSMFLOW_OK) {
    CU_ASSERT_EQUAL(error.status, OSMFLOW_BAD_ARGUMENT);
    CU_ASSERT(call.call_class == NULL && call.parameter_count == 0);
    snprintf(shown, 2048, "%s", error.message);
    return;
  }
  size_t used = (size_t)snprintf(shown, 2048, "%s|%s|%s", call.call_class->name, call.root ? call.root : "",
                                 call.id ? call.id : "");
  for (size_t i = 0; i < call.parameter_count; i++)
    used += (size_t)snprintf(shown + used, 2048 - used, "|%s=%s", call.parameters[i].name, call.parameters[i].value);
  osmflow_mapflow_call_clear(&call);
}

static void refuses_what_is_wrong(void) {
  static const char *const cases[][2] = {
      {"", "no call is named"},
      {"/", "no call is named"},
      {"?limit=5", "no call is named"},
      {"projcts", "did you mean \"projects\"?"},
      {"rasters/memry", "did you mean \"rasters/memory\"?"},
      {"processings/" ID "/results", "did you mean \"processings/{id}/result\"?"},
      {"something/else/entirely", "there are version, user/status"},
      {"a/b/c/d/e/f/g/h/i/j", "no such call"},
      {"processings/5/v2", "\"5\" is no id"},
      {"processings/3fa85f64-5717-4562-b3fc-2c963f66afa/result", "is no id"},
      {"https://api.mapflow.ai/rest", "names no call"},
      {"https://api.mapflow.ai", "names no call"},
      {"ftp://api.mapflow.ai/rest/projects", "no such call"},
      {"https://me:hush@api.mapflow.ai/rest/projects", "without name, password"},
      {"projects?limt=5", "did you mean \"limit\"?"},
      {"projects?colour=red", "it takes limit offset"},
      {"version?limit=5", "it takes none"},
      {"projects?limit=-5", "limit is \"-5\""},
      {"projects?limit=", "limit is \"\""},
      {"projects?offset=1e3", "offset is \"1e3\""},
      {"projects?sortOrder=up", "ASC|DESC"},
      {"projects?limit=5&limit=6", "there twice"},
      {"processings/" ID "/result?aoiId=7", "aoiId is \"7\""},
      {"processings/stats?type=XML", "JSON|CSV"},
      {"catalog/meta?bbox=1,2,3", ""},
      {"catalog/meta?aoi=POLYGON((0 0))", "GeoJSON"},
      {"catalog/meta?acquisitionDateFrom=yesterday", "a time like"},
      {"catalog/meta?maxCloudCover=101", "from 0 to 100"},
      {"processings/stats?perPage=1001", "whole number from 1 to 1000"},
      {"catalog/meta?hideUnavailable=maybe", "true|false"},
      {"rasters/mosaic?tags=%00", "zero byte"},
      {"rasters/mosaic?tags=%FF", "not UTF-8"},
      {"processing/cost/v2", "osmflow mapflow cost"},
      {"rasters/image/" ID "/preview/s", "/vsicurl/"},
  };
  char shown[2048];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    describe(cases[i][0], shown);
    if (!strstr(shown, cases[i][1]) || strchr(shown, '|') == shown + 7)
      UNIT_SAME(shown, cases[i][1], cases[i][0]);
    CU_ASSERT_PTR_NULL(strstr(shown, "hush"));
  }
}

static void knows_every_call(void) {
  static const char *const cases[][2] = {
      {"version", "version||"},
      {"user/status", "user/status||"},
      {"projects", "projects||"},
      {"projects/page", "projects||"},
      {"projects?filter=town&sortBy=NAME&sortOrder=desc&limit=5&offset=10",
       "projects|||filter=town|sortBy=NAME|sortOrder=desc|limit=5|offset=10"},
      {"projects/default", "projects/default||"},
      {"projects/" ID, "projects/{id}||" ID},
      {"projects/" ID "/processings", "projects/{id}/processings||" ID},
      {"projects/" ID "/processings/v2", "projects/{id}/processings||" ID},
      {"projects/" ID "/processings/v2/page?terms=a+b", "projects/{id}/processings||" ID "|terms=a b"},
      {"projects/" ID "/results", "projects/{id}/results||" ID},
      {"processings", "processings||"},
      {"processings/v2", "processings||"},
      {"processings/" ID, "processings/{id}||" ID},
      {"processings/" ID "/v2", "processings/{id}/v2||" ID},
      {"processings/" ID "/aois", "processings/{id}/aois||" ID},
      {"processings/" ID "/result?aoiId=" ID, "processings/{id}/result||" ID "|aoiId=" ID},
      {"processings/stats?type=csv&page=2&perPage=50&sort=created:desc&filter=status=OK",
       "processings/stats|||type=csv|page=2|perPage=50|sort=created:desc|filter=status=OK"},
      {"rasters/mosaic?tags=a&tags=b%2Cc", "rasters/mosaic|||tags=a|tags=b,c"},
      {"rasters/mosaic/" ID, "rasters/mosaic/{id}||" ID},
      {"rasters/mosaic/" ID "/image", "rasters/mosaic/{id}/image||" ID},
      {"rasters/mosaic/" ID "/status", "rasters/mosaic/{id}/status||" ID},
      {"rasters/mosaic/image?name=Quick+Survey&tags=test", "rasters/mosaic/image|||name=Quick Survey|tags=test"},
      {"rasters/image/" ID, "rasters/image/{id}||" ID},
      {"rasters/image/" ID "/status", "rasters/image/{id}/status||" ID},
      {"rasters/memory", "rasters/memory||"},
      {"catalog/meta?bbox=76.67,43.22,77.01,43.47&acquisitionDateFrom=2024-01-01T00:00:00+01:00&maxCloudCover=10.0&"
       "dataProviders=a,b",
       "catalog/meta|||bbox=76.67,43.22,77.01,43.47|acquisitionDateFrom=2024-01-01T00:00:00+01:00|maxCloudCover=10.0|"
       "dataProviders=a,b"},
      {"rest/projects", "projects||"},
      {"/projects/", "projects||"},
      {"https://api.mapflow.ai/rest/projects?limit=5", "projects|https://api.mapflow.ai/rest||limit=5"},
      {"http://127.0.0.1:8080/rest/processings/" ID "/result",
       "processings/{id}/result|http://127.0.0.1:8080/rest|" ID},
      {"HTTPS://example.com/a/b/user/status", "user/status|HTTPS://example.com/a/b|"},
  };
  char shown[2048];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    describe(cases[i][0], shown);
    UNIT_SAME(shown, cases[i][1], cases[i][0]);
  }
}

static void has_a_table_without_doubles(void) {
  size_t count = 0;
  const struct osmflow_mapflow_call_class *classes = osmflow_mapflow_call_classes(&count);
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < i; j++)
      CU_ASSERT(strcmp(classes[i].name, classes[j].name) != 0 && strcmp(classes[i].pattern, classes[j].pattern) != 0);
}

OSMFLOW_UNIT_MAIN("mapflow/call", UNIT(refuses_what_is_wrong), UNIT(knows_every_call),
                  UNIT(has_a_table_without_doubles))
