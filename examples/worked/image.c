#include "worked/image.h"

#include <math.h>
#include <stdio.h>

#ifdef WITH_PNG
#include <png.h>
#include <stdlib.h>
#include <string.h>

#define GAP 4 /* pixels between tiles */

static size_t span(size_t tiles, const image *i) { return tiles * (i->side * i->zoom + GAP) + GAP; }

static void paint(const image *i, size_t row, size_t column, unsigned char *pixels, size_t width) {
  const double *w = i->tile(row, column, i->ctx);
  double most = 0;
  if (!w) return;
  for (size_t k = 0; k < i->side * i->side; k++) most = fmax(most, fabs(w[k]));
  for (size_t y = 0; y < i->side * i->zoom; y++)
    for (size_t x = 0; x < i->side * i->zoom; x++) {
      double part = most > 0 ? w[y / i->zoom * i->side + x / i->zoom] / most : 0;
      size_t at = (span(row, i) + y) * width + span(column, i) + x;
      pixels[at] = (unsigned char)lround(127.5 + 127.5 * part);
    }
}

int image_write(const image *i, const char *folder, const char *name) {
  char path[1024];
  if (!folder) return 0;
  size_t width = span(i->columns, i), height = span(i->rows, i);
  png_image png = {.version = PNG_IMAGE_VERSION, .width = (png_uint_32)width, .height = (png_uint_32)height,
                   .format = PNG_FORMAT_GRAY};
  unsigned char *pixels = malloc(width * height);
  if (!pixels || snprintf(path, sizeof path, "%s/%s.png", folder, name) >= (int)sizeof path) {
    free(pixels);
    return -1;
  }
  memset(pixels, 255, width * height);
  for (size_t row = 0; row < i->rows; row++)
    for (size_t column = 0; column < i->columns; column++) paint(i, row, column, pixels, width);
  int good = png_image_write_to_file(&png, path, 0, pixels, 0, NULL);
  if (!good) fprintf(stderr, "%s: %s\n", path, png.message);
  free(pixels);
  return good ? 0 : -1;
}

#else

int image_write(const image *i, const char *folder, const char *name) {
  (void)i;
  if (!folder) return 0;
  fprintf(stderr, "skipped: %s.png, libpng was not there when this was built\n", name);
  return 1;
}

#endif
