/* The loops of kernels.h for one instruction set. The file that includes this defines
 *   KERNELS  the name of the constant
 *   NAME     what it is called
 *   TARGET   an attribute of each function
 *   WIDTH    how many doubles fill a register, where it is known */
#include <string.h>

#include "monitor/kernels.h"

/* Runs statement with v each of the n values of x and j its lane. The last values are made a whole row of lanes by pad,
 * which must change nothing: an index that is not constant would keep the lanes out of registers. */
#define EACH_LANE(type, lanes, n, x, pad, statement)                                                                  \
  do {                                                                                                                \
    size_t at_ = 0;                                                                                                   \
    for (; at_ + (lanes) <= (n); at_ += (lanes))                                                                      \
      for (size_t j = 0; j < (lanes); j++) {                                                                          \
        const type v = (type)(x)[at_ + j];                                                                            \
        statement;                                                                                                    \
      }                                                                                                               \
    if (at_ == (n)) break;                                                                                            \
    type rest_[lanes];                                                                                                \
    for (size_t j = 0; j < (lanes); j++) rest_[j] = at_ + j < (n) ? (type)(x)[at_ + j] : (pad);                       \
    for (size_t j = 0; j < (lanes); j++) {                                                                            \
      const type v = rest_[j];                                                                                        \
      statement;                                                                                                      \
    }                                                                                                                 \
  } while (0)

/* The same over two arrays, v and w; both are padded with 0. */
#define EACH_PAIR(type, lanes, n, a, b, statement)                                                                    \
  do {                                                                                                                \
    size_t at_ = 0;                                                                                                   \
    for (; at_ + (lanes) <= (n); at_ += (lanes))                                                                      \
      for (size_t j = 0; j < (lanes); j++) {                                                                          \
        const double v = (double)(a)[at_ + j], w = (double)(b)[at_ + j];                                              \
        statement;                                                                                                    \
      }                                                                                                               \
    if (at_ == (n)) break;                                                                                            \
    double v_[lanes], w_[lanes];                                                                                      \
    for (size_t j = 0; j < (lanes); j++) {                                                                            \
      v_[j] = at_ + j < (n) ? (double)(a)[at_ + j] : 0.0;                                                             \
      w_[j] = at_ + j < (n) ? (double)(b)[at_ + j] : 0.0;                                                             \
    }                                                                                                                 \
    for (size_t j = 0; j < (lanes); j++) {                                                                            \
      const double v = v_[j], w = w_[j];                                                                              \
      statement;                                                                                                      \
    }                                                                                                                 \
  } while (0)

TARGET static inline double total(const double s[CLINO__LANES]) {
  double t[8];
  for (size_t j = 0; j < 8; j++) t[j] = s[j] + s[j + 8];
  return ((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7]));
}

/* Everything that is the same for both types. Extremes and zeros are taken in twice as many lanes: with fewer, the
 * latency of the comparison would be the limit. */
#define KERNELS_OF(type, suffix, uint)                                                                                \
  TARGET static void survey_##suffix(size_t n, const type *x, clino__survey *s) {                                     \
    enum { WIDE = 2 * CLINO__LANES };                                                                                 \
    type low[WIDE], high[WIDE];                                                                                       \
    uint zeros[WIDE] = {0};                                                                                           \
    const size_t padded = (WIDE - n % WIDE) % WIDE;                                                                   \
    for (size_t j = 0; j < WIDE; j++) low[j] = high[j] = x[0];                                                        \
    EACH_LANE(type, WIDE, n, x, x[0], low[j] = v < low[j] ? v : low[j]; high[j] = v > high[j] ? v : high[j];          \
              zeros[j] += v == 0);                                                                                    \
    for (size_t j = 1; j < WIDE; j++) {                                                                               \
      low[0] = low[j] < low[0] ? low[j] : low[0];                                                                     \
      high[0] = high[j] > high[0] ? high[j] : high[0];                                                                \
      zeros[0] += zeros[j];                                                                                           \
    }                                                                                                                 \
    *s = (clino__survey){(double)low[0] + 0.0, (double)high[0] + 0.0, (size_t)zeros[0] - (x[0] == 0 ? padded : 0)};   \
  }                                                                                                                   \
  TARGET static double squares_##suffix(size_t n, const type *x) {                                                    \
    double s[CLINO__LANES] = {0};                                                                                     \
    EACH_LANE(double, CLINO__LANES, n, x, 0, s[j] += v * v);                                                          \
    return total(s);                                                                                                  \
  }                                                                                                                   \
  TARGET static void step_##suffix(size_t n, const type *a, const type *b, clino__pair_sums *s) {                     \
    double first[CLINO__LANES] = {0}, difference[CLINO__LANES] = {0};                                                 \
    EACH_PAIR(type, CLINO__LANES, n, a, b, first[j] += v * v; difference[j] += (w - v) * (w - v));                    \
    s->first = total(first);                                                                                          \
    s->difference = total(difference);                                                                                \
  }                                                                                                                   \
  TARGET static void angle_##suffix(size_t n, const type *a, const type *b, clino__pair_sums *s) {                    \
    double product[CLINO__LANES] = {0};                                                                               \
    s->first = squares_##suffix(n, a);                                                                                \
    s->second = squares_##suffix(n, b);                                                                               \
    EACH_PAIR(type, CLINO__LANES, n, a, b, product[j] += v * w);                                                      \
    s->product = total(product);                                                                                      \
  }                                                                                                                   \
  TARGET static size_t outside_##suffix(size_t n, const type *x, double low, double high) {                           \
    uint count = 0;                                                                                                   \
    for (size_t i = 0; i < n; i++) count += (uint)((double)x[i] < low) + (uint)((double)x[i] > high);                 \
    return (size_t)count;                                                                                             \
  }                                                                                                                   \
  TARGET static void fired_##suffix(size_t n, const type *x, int above, uint8_t *fired) {                             \
    if (above)                                                                                                        \
      for (size_t i = 0; i < n; i++) fired[i] |= (uint8_t)!(x[i] <= 0);                                               \
    else                                                                                                              \
      for (size_t i = 0; i < n; i++) fired[i] |= (uint8_t)!(x[i] == 0);                                               \
  }

KERNELS_OF(float, f32, uint32_t)
KERNELS_OF(double, f64, uint64_t)

/* Two sums of one value in 16 lanes: compilers keep those in memory. So vectors are spelled out where they are known to
 * be as wide as registers, and elsewhere the block is gone over twice. The additions are the same. */
#if defined(WIDTH)
typedef double vector_f64 __attribute__((vector_size(8 * WIDTH)));
typedef float vector_f32 __attribute__((vector_size(4 * WIDTH)));

#define SPREAD(type, suffix)                                                                                          \
  TARGET static void spread_##suffix(size_t n, const type *x, double center, clino__spread *s) {                      \
    enum { VECTORS = CLINO__LANES / WIDTH };                                                                          \
    vector_f64 rest[VECTORS], squares[VECTORS];                                                                       \
    double lanes[2][CLINO__LANES];                                                                                    \
    size_t at = 0;                                                                                                    \
    memset(rest, 0, sizeof rest);                                                                                     \
    memset(squares, 0, sizeof squares);                                                                               \
    for (; at + CLINO__LANES <= n; at += CLINO__LANES)                                                                \
      for (size_t k = 0; k < VECTORS; k++) {                                                                          \
        vector_##suffix v;                                                                                            \
        memcpy(&v, x + at + k * WIDTH, sizeof v);                                                                     \
        const vector_f64 d = __builtin_convertvector(v, vector_f64) - center;                                         \
        rest[k] += d;                                                                                                 \
        squares[k] += d * d;                                                                                          \
      }                                                                                                               \
    memcpy(lanes[0], rest, sizeof rest);                                                                              \
    memcpy(lanes[1], squares, sizeof squares);                                                                        \
    for (size_t j = 0; at + j < n; j++) {                                                                             \
      const double d = (double)x[at + j] - center;                                                                    \
      lanes[0][j] += d;                                                                                               \
      lanes[1][j] += d * d;                                                                                           \
    }                                                                                                                 \
    s->rest = total(lanes[0]);                                                                                        \
    s->squares = total(lanes[1]);                                                                                     \
  }
#else
#define SPREAD(type, suffix)                                                                                          \
  TARGET static void spread_##suffix(size_t n, const type *x, double center, clino__spread *s) {                      \
    double rest[CLINO__LANES] = {0}, squares[CLINO__LANES] = {0}, d[CLINO__BLOCK];                                    \
    for (size_t i = 0; i < n; i++) d[i] = (double)x[i] - center;                                                      \
    EACH_LANE(double, CLINO__LANES, n, d, 0, rest[j] += v);                                                           \
    EACH_LANE(double, CLINO__LANES, n, d, 0, squares[j] += v * v);                                                    \
    s->rest = total(rest);                                                                                            \
    s->squares = total(squares);                                                                                      \
  }
#endif

SPREAD(float, f32)
SPREAD(double, f64)

/* Sign, exponent and three bits of the fraction number the bins. A negative value on an edge belongs to the bin towards
 * zero, hence one less than its bits; -0 is made 0 by adding 0. */
TARGET static void slots_f32(size_t n, const float *x, uint16_t *slot) {
  for (size_t i = 0; i < n; i++) {
    const float v = x[i] + 0.0f;
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    slot[i] = (uint16_t)((bits - (bits >> 31)) >> 20);
  }
}

/* The key that the value would have as a float of unlimited precision: 896 is the distance of the biases. */
TARGET static void slots_f64(size_t n, const double *x, uint16_t *slot) {
  for (size_t i = 0; i < n; i++) {
    const double v = x[i] + 0.0;
    int64_t bits;
    memcpy(&bits, &v, sizeof bits);
    const int64_t negative = (int64_t)((uint64_t)bits >> 63);
    int64_t key = (((bits & INT64_MAX) - negative) >> 49) - (INT64_C(896) << 3);
    key = key > 0 ? key : 0;
    key = key < (INT64_C(255) << 3) ? key : INT64_C(255) << 3;
    slot[i] = (uint16_t)(key | negative << 11);
  }
}

#define KERNELS_TABLE(suffix)                                                                                         \
  {survey_##suffix, squares_##suffix, spread_##suffix, step_##suffix, angle_##suffix, outside_##suffix, slots_##suffix,\
   fired_##suffix}

const clino__kernels KERNELS = {NAME, KERNELS_TABLE(f32), KERNELS_TABLE(f64)};
