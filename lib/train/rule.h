/* What an update rule is made of, and the one loop that all of them share. Private to lib/train. */
#ifndef CLINO_TRAIN_RULE_H
#define CLINO_TRAIN_RULE_H

#include <math.h>

#include "clino/optimizer.h"

#define CLINO__COEFFICIENTS 8

/* A step as prepared in double from the options. */
typedef struct clino__update {
  bool shaped;                   /* the gradient is not taken as it is */
  double scale, clip, l2, decay; /* g becomes clip(scale g) + l2 p; p loses decay p */
  double c[CLINO__COEFFICIENTS]; /* the rule's own */
} clino__update;

/* How far a run has come: t counts from 1, products are those of all betas up to and with this step's. */
typedef struct clino__progress {
  double t;
  double product1, product2;
} clino__progress;

typedef struct clino__rule {
  clino_optimizer_info info;
  size_t n_slots;
  bool has_epsilon;
  bool looks_ahead; /* wants the gradient elsewhere where nesterov_form says so */
  void (*defaults)(clino_optimizer_options *o); /* NULL: the common ones */
  void (*prepare)(const clino_optimizer_options *o, const clino__progress *at, clino__update *u);
  void (*f32)(const clino__update *u, size_t n, float *p, const float *g, float *a, float *b);    /* a, b: the slots */
  void (*f64)(const clino__update *u, size_t n, double *p, const double *g, double *a, double *b);
} clino__rule;

const clino__rule *clino__rule_find(const char *name); /* NULL where there is none */

/* How options shape a gradient, its scale with the clipping by norm in it; the rule's own coefficients are not set. */
clino__update clino__shape(const clino_optimizer_options *o, double scale);

/* The gradient is wanted at p + this times the first slot; 0 for all but Nesterov's look-ahead form. */
double clino__looks_ahead(const clino_optimizer_options *o);

/* Defines NAME_f32 and NAME_f64. CONSTANTS declare what the loop needs in type `real`; STATEMENTS take the shaped
 * gradient d to the new p[i], a[i], b[i]. No comma may stand outside of parentheses in either. */
#define CLINO__KERNELS(name, constants, statements)        \
  CLINO__KERNEL_(name##_f32, float, constants, statements) \
  CLINO__KERNEL_(name##_f64, double, constants, statements)

/* Roots and quotients are what the baseline of x86-64 is too slow for: beside it stands a version for AVX2, which is
 * chosen at run time. Both give the same bits: every operation is correctly rounded, and none is fused. */
#if defined(__x86_64__) && defined(__GNUC__)
#define CLINO__KERNEL_(function, type, constants, statements)                                                       \
  CLINO__LOOP_(__attribute__((target("avx2"))), function##_wide, type, constants, statements)                       \
  CLINO__LOOP_(, function##_base, type, constants, statements)                                                      \
  static void function(const clino__update *u, size_t n, type *p, const type *g, type *a, type *b) {                \
    if (__builtin_cpu_supports("avx2")) function##_wide(u, n, p, g, a, b);                                          \
    else function##_base(u, n, p, g, a, b);                                                                         \
  }
#else
#define CLINO__KERNEL_(function, type, constants, statements) CLINO__LOOP_(, function, type, constants, statements)
#endif

#define CLINO__LOOP_(attribute, function, type, constants, statements)                                              \
  attribute static void function(const clino__update *u, size_t n, type *restrict p, const type *restrict g,        \
                                 type *restrict a, type *restrict b) {                                              \
    typedef type real;                                                                                              \
    constants;                                                                                                      \
    (void)a;                                                                                                        \
    (void)b;                                                                                                        \
    if (!u->shaped) {                                                                                               \
      for (size_t i = 0; i < n; i++) {                                                                              \
        const real d = g[i];                                                                                        \
        statements;                                                                                                 \
      }                                                                                                             \
      return;                                                                                                       \
    }                                                                                                               \
    const real scale = (real)u->scale, clip = (real)u->clip, l2 = (real)u->l2, decay = (real)u->decay;              \
    for (size_t i = 0; i < n; i++) {                                                                                \
      const real scaled = scale * g[i], below = scaled > clip ? clip : scaled;                                      \
      const real d = (below < -clip ? -clip : below) + l2 * p[i];                                                   \
      p[i] -= decay * p[i];                                                                                         \
      statements;                                                                                                   \
    }                                                                                                               \
  }

/* The square root in the type of its argument. */
#define CLINO__SQRT(x) _Generic((x), float: sqrtf, double: sqrt)(x)

#endif
