#include "train/describe.h"

#include <string.h>

size_t clino__describe_copy(const clino__text *text, char *out, size_t size) {
  char whole[CLINO__DESCRIBE_SIZE];
  size_t length = clino__text_copy(text, whole, sizeof whole);
  if (length >= sizeof whole) length = strlen(whole);
  if (size) {
    size_t n = length < size ? length : size - 1;
    memcpy(out, whole, n);
    out[n] = '\0';
  }
  return length;
}
