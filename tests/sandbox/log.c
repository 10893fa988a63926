/* The request log: what a test asks when it wants to know how often, in which order and how much at once. */
#include "base/number.h"
#include "server.h"

void sandbox_log_request(struct sandbox_log *log, const struct sandbox_exchange *exchange, int64_t now, int status,
                         uint64_t bytes) {
  char time[OSMFLOW_NUMBER_SIZE];
  osmflow_format_time(time, now);
  size_t before = log->lines.size;
  struct osmflow_error error;
  if (osmflow_bytes_print(&log->lines, &error, "%llu %s %s %.2000s %d %llu %d %d\n",
                          (unsigned long long)exchange->number, time, exchange->method, exchange->url, status,
                          (unsigned long long)bytes, exchange->in_flight, log->most_in_flight) != OSMFLOW_OK)
    return; /* a full log tells of the first requests only */
  if (log->file) {
    fwrite(log->lines.data + before, 1, log->lines.size - before, log->file);
    fflush(log->file);
  }
}

void sandbox_log_reset(struct sandbox_log *log) {
  osmflow_bytes_reset(&log->lines);
  log->requests = 0;
  log->most_in_flight = log->in_flight;
}
