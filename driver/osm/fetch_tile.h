/* A bbox in tiles: pure computing on 1e-7 degrees. Tiles share edges and leave no gaps. */
#ifndef OSMFLOW_OSM_FETCH_TILE_H
#define OSMFLOW_OSM_FETCH_TILE_H

#include <osmflow/status.h>
#include <stddef.h>

#include "base/bbox.h"

/* A tile that is narrower and lower than this is not split again: about two metres. */
enum { OSMFLOW_TILE_LEAST = 200 };

struct osmflow_tile_grid {
  struct osmflow_bbox bbox;
  int64_t columns, rows;
};

/* A grid of near-square tiles, each of them within `area` square degrees. */
struct osmflow_tile_grid osmflow_tile_grid(const struct osmflow_bbox *bbox, double area);
/* Tile number `index`, from south-west, row by row. */
struct osmflow_bbox osmflow_tile_of(const struct osmflow_tile_grid *grid, int64_t index);
/* Cuts a tile in the middle of each side that is long enough: 4 or 2 parts. 0: it is too small to be cut. */
size_t osmflow_tile_split(const struct osmflow_bbox *tile, struct osmflow_bbox parts[4]);

#endif
