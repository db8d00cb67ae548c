#include "gradcheck/layer_zone.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 64
#define GUARD 512 /* bytes on either side: a row or two of a small layer */

/* A quiet NaN as a float, and twice in a row as a double. */
static const uint32_t pattern = UINT32_C(0x7FFAC11D);

static void paint(unsigned char *at) {
  for (size_t i = 0; i < GUARD; i += sizeof pattern) memcpy(at + i, &pattern, sizeof pattern);
}

static bool painted(const unsigned char *at) {
  uint32_t wrong = 0, word;
  for (size_t i = 0; i < GUARD; i += sizeof word) {
    memcpy(&word, at + i, sizeof word);
    wrong |= word ^ pattern;
  }
  return !wrong;
}

bool clino__zone_new(clino__zone *z, size_t size) {
  z->block = size <= PTRDIFF_MAX - 2 * GUARD - ALIGN ? malloc(size + 2 * GUARD + ALIGN) : NULL;
  if (!z->block) return false;
  uintptr_t start = (uintptr_t)z->block + GUARD;
  z->data = z->block + GUARD + (ALIGN - start % ALIGN) % ALIGN;
  z->size = size;
  memset(z->data, 0, size);
  paint(z->data - GUARD);
  paint(z->data + size);
  return true;
}

void clino__zone_free(clino__zone *z) {
  free(z->block);
  z->block = z->data = NULL;
}

bool clino__zone_intact(const clino__zone *z) {
  return !z->block || (painted(z->data - GUARD) && painted(z->data + z->size));
}
