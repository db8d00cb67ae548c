#include "gradcheck/signs.h"

#include <string.h>

#define DEFINE_PLAIN(name, real, word)                                                   \
  void name(size_t rows, const real *z, uint64_t bits[CLINO__SIGNS_WORDS]) {             \
    enum { COLUMNS = CLINO__SIGNS_LINE / sizeof(real) };                                 \
    word columns[COLUMNS] = {0};                                                         \
    for (size_t r = 0; r < rows; r++, z += COLUMNS)                                      \
      for (size_t c = 0; c < COLUMNS; c++) columns[c] = (columns[c] << 1) | (z[c] > 0); \
    memcpy(bits, columns, CLINO__SIGNS_LINE);                                            \
  }

DEFINE_PLAIN(clino__signs_plain_f32, float, uint32_t)
DEFINE_PLAIN(clino__signs_plain_f64, double, uint64_t)

#if defined(__GNUC__)

/* Vectors of gcc and clang, 16 bytes wide, which every machine has; left to itself, gcc takes three times as long over
 * doubles. A comparison gives -1 for true: taking it away appends a 1. */
#define DEFINE_VECTOR(name, real, word)                                         \
  void name(size_t rows, const real *z, uint64_t bits[CLINO__SIGNS_WORDS]) {    \
    typedef real numbers __attribute__((vector_size(16)));                      \
    typedef word words __attribute__((vector_size(16)));                        \
    enum { COLUMNS = CLINO__SIGNS_LINE / sizeof(real), WIDTH = COLUMNS / 4 };   \
    words columns[4] = {{0}, {0}, {0}, {0}};                                    \
    const numbers zero = {0};                                                   \
    for (size_t r = 0; r < rows; r++, z += COLUMNS)                             \
      for (size_t c = 0; c < 4; c++) {                                          \
        numbers x;                                                              \
        memcpy(&x, z + c * WIDTH, sizeof x);                                    \
        columns[c] = columns[c] + columns[c] - (words)(x > zero);               \
      }                                                                         \
    memcpy(bits, columns, CLINO__SIGNS_LINE);                                   \
  }

DEFINE_VECTOR(clino__signs_f32, float, uint32_t)
DEFINE_VECTOR(clino__signs_f64, double, uint64_t)

#else

void clino__signs_f32(size_t rows, const float *z, uint64_t bits[CLINO__SIGNS_WORDS]) {
  clino__signs_plain_f32(rows, z, bits);
}
void clino__signs_f64(size_t rows, const double *z, uint64_t bits[CLINO__SIGNS_WORDS]) {
  clino__signs_plain_f64(rows, z, bits);
}

#endif
