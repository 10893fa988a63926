#include "osm/fetch_tile.h"

#include <math.h>

#include "base/number.h"

static int64_t divide_up(int64_t value, int64_t by) {
  return (value + by - 1) / by;
}

struct osmflow_tile_grid osmflow_tile_grid(const struct osmflow_bbox *bbox, double area) {
  /* The server computes the area from decimal fractions: what is exactly at the limit may come out above it. */
  double limit = area * (1 - 1e-6) * (double)OSMFLOW_DEGREE * (double)OSMFLOW_DEGREE;
  int64_t width = (int64_t)bbox->max_lon - bbox->min_lon, height = (int64_t)bbox->max_lat - bbox->min_lat;
  double smallest = limit > 1 ? limit : 1, side = sqrt(smallest);
  struct osmflow_tile_grid grid = {.bbox = *bbox, .columns = 1, .rows = 1};
  /* A bbox that is low or narrow needs cuts in one direction only. */
  double tile_width = (double)height < side ? smallest / (double)(height > 0 ? height : 1) : side;
  double tile_height = (double)width < side ? smallest / (double)(width > 0 ? width : 1) : side;
  if ((double)width > tile_width)
    grid.columns = (int64_t)((double)width / tile_width);
  if ((double)height > tile_height)
    grid.rows = (int64_t)((double)height / tile_height);
  for (;;) {
    int64_t widest = divide_up(width, grid.columns), highest = divide_up(height, grid.rows);
    if ((double)widest * (double)highest <= limit || (widest <= 1 && highest <= 1))
      return grid;
    if (widest >= highest)
      grid.columns++;
    else
      grid.rows++;
  }
}

static int32_t edge(int32_t least, int32_t most, int64_t index, int64_t count) {
  return (int32_t)(least + ((int64_t)most - least) * index / count);
}

struct osmflow_bbox osmflow_tile_of(const struct osmflow_tile_grid *grid, int64_t index) {
  const struct osmflow_bbox *bbox = &grid->bbox;
  int64_t column = index % grid->columns, row = index / grid->columns;
  return (struct osmflow_bbox){.min_lon = edge(bbox->min_lon, bbox->max_lon, column, grid->columns),
                               .min_lat = edge(bbox->min_lat, bbox->max_lat, row, grid->rows),
                               .max_lon = edge(bbox->min_lon, bbox->max_lon, column + 1, grid->columns),
                               .max_lat = edge(bbox->min_lat, bbox->max_lat, row + 1, grid->rows)};
}

size_t osmflow_tile_split(const struct osmflow_bbox *tile, struct osmflow_bbox parts[4]) {
  struct osmflow_tile_grid grid = {.bbox = *tile, .columns = 1, .rows = 1};
  if ((int64_t)tile->max_lon - tile->min_lon >= OSMFLOW_TILE_LEAST)
    grid.columns = 2;
  if ((int64_t)tile->max_lat - tile->min_lat >= OSMFLOW_TILE_LEAST)
    grid.rows = 2;
  size_t count = (size_t)(grid.columns * grid.rows);
  for (size_t i = 0; count > 1 && i < count; i++)
    parts[i] = osmflow_tile_of(&grid, (int64_t)i);
  return count > 1 ? count : 0;
}
