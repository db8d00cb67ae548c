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

/* Vectors of gcc and clang; left to itself, gcc takes three times as long over doubles. A comparison gives -1 for true:
 * taking it away appends a 1. */
#define DEFINE_VECTOR(attributes, name, real, word, bytes)                                                      \
  attributes void name(size_t rows, const real *z, uint64_t bits[CLINO__SIGNS_WORDS]) {                         \
    typedef real numbers __attribute__((vector_size(bytes)));                                                   \
    typedef word words __attribute__((vector_size(bytes)));                                                     \
    enum { COLUMNS = CLINO__SIGNS_LINE / sizeof(real), WIDTH = bytes / sizeof(real), N = COLUMNS / WIDTH };     \
    words columns[N] = {{0}};                                                                                   \
    const numbers zero = {0};                                                                                   \
    for (size_t r = 0; r < rows; r++, z += COLUMNS)                                                             \
      for (size_t c = 0; c < N; c++) {                                                                          \
        numbers x;                                                                                              \
        memcpy(&x, z + c * WIDTH, sizeof x);                                                                    \
        columns[c] = columns[c] + columns[c] - (words)(x > zero);                                               \
      }                                                                                                         \
    memcpy(bits, columns, CLINO__SIGNS_LINE);                                                                   \
  }

/* 16 bytes wide: every machine has these, or the compiler takes them apart. */
DEFINE_VECTOR(, clino__signs_narrow_f32, float, uint32_t, 16)
DEFINE_VECTOR(, clino__signs_narrow_f64, double, uint64_t, 16)

#if defined(__x86_64__)
DEFINE_VECTOR(__attribute__((target("avx2"))) static, wide_f32, float, uint32_t, 32)
DEFINE_VECTOR(__attribute__((target("avx2"))) static, wide_f64, double, uint64_t, 32)
#define PACK(type, rows, z, bits) \
  (__builtin_cpu_supports("avx2") ? wide_##type(rows, z, bits) : clino__signs_narrow_##type(rows, z, bits))
#else
#define PACK(type, rows, z, bits) clino__signs_narrow_##type(rows, z, bits)
#endif

#else
DEFINE_PLAIN(clino__signs_narrow_f32, float, uint32_t)
DEFINE_PLAIN(clino__signs_narrow_f64, double, uint64_t)
#define PACK(type, rows, z, bits) clino__signs_plain_##type(rows, z, bits)
#endif

void clino__signs_f32(size_t rows, const float *z, uint64_t bits[CLINO__SIGNS_WORDS]) { PACK(f32, rows, z, bits); }
void clino__signs_f64(size_t rows, const double *z, uint64_t bits[CLINO__SIGNS_WORDS]) { PACK(f64, rows, z, bits); }
