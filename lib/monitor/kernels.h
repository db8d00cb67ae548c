/* The loops over values, built for several instruction sets; which one runs is chosen when a monitor is made.
 *
 * Each is plain C, lane by lane, which compilers vectorize without a licence to reorder sums: CLINO__LANES sums in
 * double, added in one order at the end, and no fused multiply-add (-ffp-contract=off). So every instruction set gives
 * the same bits. */
#ifndef CLINO_MONITOR_KERNELS_H
#define CLINO_MONITOR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#define CLINO__LANES 16
#define CLINO__BLOCK 2048 /* values that are worked on at a time: in the first cache, as floats and as doubles */

/* What the first look at a block says. min and max mean nothing where a value is NaN. */
typedef struct clino__survey {
  double min, max;
  size_t zeros;
} clino__survey;

/* Sums about a center. They are not finite where a value is not, or where they overflow. */
typedef struct clino__spread {
  double rest;    /* x - center */
  double squares; /* (x - center)^2 */
} clino__spread;

/* Sums over pairs of values. */
typedef struct clino__pair_sums {
  double first;      /* a^2 */
  double second;     /* b^2 */
  double difference; /* (b - a)^2 */
  double product;    /* a b */
} clino__pair_sums;

/* n is at least 1 and at most CLINO__BLOCK wherever there is one. */
#define CLINO__KERNELS_OF(type)                                                                                       \
  void (*survey)(size_t n, const type *x, clino__survey *s);                                                          \
  double (*squares)(size_t n, const type *x);                                                                         \
  void (*spread)(size_t n, const type *x, double center, clino__spread *s);                                           \
  void (*step)(size_t n, const type *a, const type *b, clino__pair_sums *s);  /* first and difference */              \
  void (*angle)(size_t n, const type *a, const type *b, clino__pair_sums *s); /* first, second and product */         \
  size_t (*outside)(size_t n, const type *x, double low, double high);   /* how many are below low or above high */   \
  void (*slots)(size_t n, const type *x, uint16_t *slot);                /* of magnitudes (bins.h); x is finite */    \
  void (*fired)(size_t n, const type *x, int above, uint8_t *fired);     /* 1 where x > 0 or NaN; else where x != 0 */

typedef struct clino__kernels_f32 { CLINO__KERNELS_OF(float) } clino__kernels_f32;
typedef struct clino__kernels_f64 { CLINO__KERNELS_OF(double) } clino__kernels_f64;

typedef struct clino__kernels {
  const char *name; /* "base" (what the compiler was told to build for: on Arm that has NEON), "avx2", "avx512" */
  clino__kernels_f32 f32;
  clino__kernels_f64 f64;
} clino__kernels;

/* The best that this processor has. Thread safe, as is all of this page. */
const clino__kernels *clino__kernels_best(void);

/* Those of a name, for tests; NULL where this build or this processor lacks them. */
const clino__kernels *clino__kernels_named(const char *name);

/* Whether x86-64 variants are built beside the base. */
#if defined(__x86_64__) && defined(__GNUC__)
#define CLINO__KERNELS_X86 1
extern const clino__kernels clino__kernels_avx2, clino__kernels_avx512;
#endif
extern const clino__kernels clino__kernels_base;

#endif
