/* Weights as an image: PNG by libpng, where that was there when it was built. */
#ifndef WORKED_IMAGE_H
#define WORKED_IMAGE_H

#include <stddef.h>

/* Rows of tiles on white, each of the same size; a tile's weights are scaled so that their largest size is black (below
 * 0) or white (above 0). tile(row, column) is asked for side x side numbers, NULL leaves a gap.
 * 0; 1 where libpng is missing, with a word on standard error; -1 with the reason there. */
typedef struct image {
  size_t rows, columns, side;
  size_t zoom; /* pixels a weight has in each direction */
  const double *(*tile)(size_t row, size_t column, void *ctx);
  void *ctx;
} image;
int image_write(const image *i, const char *folder, const char *name);

#endif
