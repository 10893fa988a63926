/* Longest common subsequences of lists of 64-bit numbers (node ids, members, packed positions).
 * Source: Hyyrö, "Bit-parallel LCS-length computation revisited"; Hirschberg's division for linear space. */
#ifndef OSMFLOW_OSM_SEQUENCE_H
#define OSMFLOW_OSM_SEQUENCE_H

#include <osmflow/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OSMFLOW_SEQUENCE_NONE SIZE_MAX
/* match[i] = the index in `left` that right[i] corresponds to, ascending, or OSMFLOW_SEQUENCE_NONE. `match` has room
 * for right_count. Returns through *length how many correspond: as many as can, for lists of up to 70,000 items; for
 * longer ones that have hardly anything in common perhaps fewer, so that it never takes longer than a second or two. */
enum osmflow_status osmflow_sequence_match(const int64_t *left, size_t left_count, const int64_t *right,
                                           size_t right_count, size_t *match, size_t *length,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* Three-way merge of lists. *merged (free() it) holds *count items; *collides is true, and *merged NULL, when both
 * sides changed the same place differently, or moved the same item to different places. Changes next to each other do
 * not collide. The same change on both sides counts once. */
enum osmflow_status osmflow_sequence_merge(const int64_t *base, size_t base_count, const int64_t *mine,
                                           size_t mine_count, const int64_t *theirs, size_t theirs_count,
                                           int64_t **merged, size_t *count, bool *collides,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
