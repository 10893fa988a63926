/* STL files, binary and ascii, fed piece by piece into a mesh.
 *
 * Which of the two it is is told by the content: many binary files begin with "solid" as well, so a file is binary when
 * its size is what its count says (80 + 4 + 50 n bytes), else ascii when it begins with "solid". Binary counts that do
 * not fit the size, what stands behind the last facet, NaN and infinite vertices, ascii words in the wrong place:
 * OSMFLOW_BAD_DATA with the facet and the byte. Normals are not believed: the order of the vertices counts. Several
 * "solid"s in one ascii file are groups. Attribute bytes of binary facets are ignored. Owner: the caller (_new/_free).
 */
#ifndef OSMFLOW_FORMAT_STL_H
#define OSMFLOW_FORMAT_STL_H

#include "format/mesh.h"

struct osmflow_stl_reader;
/* `size`: of the whole file, when it is known, else -1 (then a binary file is known by its first bytes alone). */
enum osmflow_status osmflow_stl_reader_new(struct osmflow_mesh *mesh, int64_t size, struct osmflow_stl_reader **reader,
                                           struct osmflow_error *error) OSMFLOW_MUST_CHECK;
void osmflow_stl_reader_free(struct osmflow_stl_reader *reader); /* NULL is fine */
enum osmflow_status osmflow_stl_reader_feed(struct osmflow_stl_reader *reader, const void *data, size_t size,
                                            struct osmflow_error *error) OSMFLOW_MUST_CHECK;
/* The file has ended: OSMFLOW_BAD_DATA when it is not whole. Closes the mesh. */
enum osmflow_status osmflow_stl_reader_finish(struct osmflow_stl_reader *reader,
                                              struct osmflow_error *error) OSMFLOW_MUST_CHECK;

#endif
