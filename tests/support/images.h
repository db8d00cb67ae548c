/* Files that look like images: heads with a size, and bytes behind them. */
#ifndef TESTS_SUPPORT_IMAGES_H
#define TESTS_SUPPORT_IMAGES_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A PNG's signature and header in size bytes (24 or more), filled up with bytes that differ by number. */
static inline unsigned char *image_png(size_t width, size_t height, size_t size, unsigned number) {
  static const unsigned char head[16] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
  unsigned char *p = malloc(size);
  if (!p) abort();
  memset(p, (int)(number * 37 % 251), size);
  memcpy(p, head, sizeof head);
  for (int i = 0; i < 4; i++) {
    p[16 + i] = (unsigned char)(width >> (24 - 8 * i));
    p[20 + i] = (unsigned char)(height >> (24 - 8 * i));
  }
  return p;
}

#endif
