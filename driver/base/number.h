/* Strict numbers and times, independent of the locale: the whole text must be the number, nothing before or after. */
#ifndef OSMFLOW_BASE_NUMBER_H
#define OSMFLOW_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* A coordinate as OSM stores it: degrees times 10,000,000. */
enum { OSMFLOW_DEGREE = 10000000 };

/* Optional '-', then digits. False: not a number, or not within [least, most]; *value is untouched then. */
bool osmflow_parse_int(struct osmflow_text text, int64_t least, int64_t most, int64_t *value);

/* Decimal notation with optional exponent; no hexadecimal, no infinity, no NaN. */
bool osmflow_parse_real(struct osmflow_text text, double *value);

/* Degrees into 1e-7 units, rounded to nearest (halves away from zero); exponents are understood. False for anything
 * that is not a number or lies outside of [-180, 180]. */
bool osmflow_parse_degrees(struct osmflow_text text, int32_t *value);

/* ISO 8601 as OSM writes it ("2013-06-20T13:45:07Z", also "+01:00" and fractions of a second, also the notes'
 * "2019-06-15 08:26:04 UTC") into seconds since 1970-01-01T00:00:00Z. Without a zone it is taken as UTC. */
bool osmflow_parse_time(struct osmflow_text text, int64_t *seconds);

enum { OSMFLOW_NUMBER_SIZE = 32 };
/* Exactly seven decimals: "47.5000000", "-0.0000001". Returns the length. */
size_t osmflow_format_degrees(char buffer[OSMFLOW_NUMBER_SIZE], int32_t value);
size_t osmflow_format_int(char buffer[OSMFLOW_NUMBER_SIZE], int64_t value);
/* Shortest decimal text that reads back as the same double. Not for infinities and NaN ("0" then). */
size_t osmflow_format_real(char buffer[OSMFLOW_NUMBER_SIZE], double value);
/* "2013-06-20T13:45:07Z". */
size_t osmflow_format_time(char buffer[OSMFLOW_NUMBER_SIZE], int64_t seconds);

struct osmflow_date {
  int year, month, day, hour, minute, second; /* UTC */
};
struct osmflow_date osmflow_date_of(int64_t seconds);

#endif
