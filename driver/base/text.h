/* A borrowed piece of UTF-8 text: pointer and size, not NUL-terminated, never freed through the view. */
#ifndef OSMFLOW_BASE_TEXT_H
#define OSMFLOW_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct osmflow_text {
  const char *data; /* may be NULL only when size is 0 */
  size_t size;      /* bytes */
};

/* For printf: printf("%.*s", OSMFLOW_TEXT_ARGUMENTS(text)); */
#define OSMFLOW_TEXT_ARGUMENTS(text) (int)((text).size > 4096 ? 4096 : (text).size), (text).data ? (text).data : ""

static inline struct osmflow_text osmflow_text(const char *string) {
  struct osmflow_text text = {string, string ? strlen(string) : 0};
  return text;
}

static inline bool osmflow_text_equal(struct osmflow_text left, struct osmflow_text right) {
  return left.size == right.size && (left.size == 0 || memcmp(left.data, right.data, left.size) == 0);
}

static inline bool osmflow_text_is(struct osmflow_text text, const char *string) {
  return osmflow_text_equal(text, osmflow_text(string));
}

/* ASCII letters only are folded; the result does not depend on the locale. */
bool osmflow_text_is_ignoring_case(struct osmflow_text text, const char *string);

/* The text without ASCII white space at both ends. */
struct osmflow_text osmflow_text_trim(struct osmflow_text text);

/* Cuts the part before the first `separator` off *rest and puts it into *part. False when *rest was already used up
 * (its data is NULL then). "a,,b" gives "a", "", "b"; "" gives one empty part. */
bool osmflow_text_next(struct osmflow_text *rest, char separator, struct osmflow_text *part);

/* Whether the bytes are well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF). */
bool osmflow_text_is_utf8(struct osmflow_text text);

/* A character as UTF-8, which must be none of the surrogates; returns how many bytes it takes. */
size_t osmflow_text_encode(unsigned character, char utf8[4]);

/* Edit distance of two short ASCII names, case ignored, for "did you mean" lists. Names over 63 bytes: SIZE_MAX. */
size_t osmflow_text_distance(struct osmflow_text left, struct osmflow_text right);

#endif
