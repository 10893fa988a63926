/* A small program that uploads rasters, to be cut off and killed: send_raster MOSAIC DIE_AT FILE...
 *
 * MOSAIC is a name. At DIE_AT bytes of a file (-1: never) it kills itself, as a power cut would. A line is printed for
 * each outcome: "sent ID PATH". Waiting takes a hundredth of its time, and every piece is told. */
#include <gdal.h>
#include <inttypes.h>
#include <osmflow/mapflow.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { HURRY = 100, TICK_MS = 100 };

struct run {
  struct osmflow_environment environment;
  int64_t clock_ms, die_at;
};

static int64_t tick(void *self) {
  return ((struct run *)self)->clock_ms += TICK_MS;
}

static void sleep_shortly(void *self, int64_t milliseconds) {
  const struct osmflow_environment *system = osmflow_environment_system();
  ((struct run *)self)->clock_ms += milliseconds;
  system->sleep_ms(system->self, (milliseconds + HURRY - 1) / HURRY);
}

static bool show(void *self, const struct osmflow_upload_event *event) {
  static const char *const states[] = {"checked", "refused", "fixing", "sending", "present", "sent", "ready", "failed"};
  const struct run *run = self;
  if (event->state == OSMFLOW_UPLOAD_SENDING) {
    if (run->die_at >= 0 && event->sent >= run->die_at)
      (void)raise(SIGKILL);
    return true;
  }
  printf("%s %s %s%s%s\n", states[event->state], *event->image_id ? event->image_id : "-", event->path,
         *event->message ? ": " : "", event->message);
  return true;
}

int main(int count, char **words) {
  struct run run = {.environment = *osmflow_environment_system()};
  struct osmflow_error error = {.message = ""};
  if (count < 4)
    return 2;
  run.die_at = strtoll(words[2], NULL, 10);
  run.environment.self = &run;
  run.environment.monotonic_ms = tick;
  run.environment.sleep_ms = sleep_shortly;
  GDALAllRegister();
  const struct osmflow_upload upload = {.mosaic_name = words[1],
                                        .files = (const char *const *)words + 3,
                                        .file_count = (size_t)count - 3,
                                        .wait = true,
                                        .report = show,
                                        .self = &run};
  const enum osmflow_status status = osmflow_mapflow_upload(&run.environment, &upload, NULL, &error);
  if (status != OSMFLOW_OK)
    printf("error %s\n", error.message);
  return status == OSMFLOW_OK ? 0 : 1;
}
