/* clino/tensor.h - a view of the caller's parameters: where they are, how they are laid out, what they are called.
 *
 * A tensor owns nothing. Its values stay where the model keeps them; a gradient check perturbs them in place and puts
 * every bit back.
 */
#ifndef CLINO_TENSOR_H
#define CLINO_TENSOR_H

#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CLINO_MAX_DIMS 8

typedef enum clino_dtype { CLINO_F64 = 1, CLINO_F32 = 2 } clino_dtype;

typedef struct clino_tensor {
  const char *name;            /* what reports call it; NULL: "tensor N" */
  clino_dtype dtype;           /* of value and of grad */
  size_t n_dims;               /* 1 to CLINO_MAX_DIMS */
  size_t shape[CLINO_MAX_DIMS];
  const ptrdiff_t *strides;    /* n_dims of them, in elements, of value and of grad; NULL: packed, row-major */
  void *value;
  void *grad;                  /* where the backward pass puts the gradient; NULL: not differentiated */
} clino_tensor;

/* A packed tensor from a pointer to its values and one to its gradient; the dimensions are counted, the pointers
 * type-checked:
 *   clino_tensor w[] = {CLINO_TENSOR_F64("W1", W1, dW1, 64, 100), CLINO_TENSOR_F32("b1", b1, db1, 100)};
 * Usable wherever an expression is. At most CLINO_MAX_DIMS dimensions: more do not compile. */
#define CLINO_TENSOR_F64(name, value, grad, ...) \
  clino_tensor_f64_(name, value, grad, CLINO_COUNT_(__VA_ARGS__), CLINO_PAD_(__VA_ARGS__))
#define CLINO_TENSOR_F32(name, value, grad, ...) \
  clino_tensor_f32_(name, value, grad, CLINO_COUNT_(__VA_ARGS__), CLINO_PAD_(__VA_ARGS__))

/* ---- behind the macros ---- */

/* The count slides the list to its place: 9 to 16 dimensions find a name that nothing declares. */
#define CLINO_COUNT_(...)                                                                             \
  CLINO_PICK_COUNT_(__VA_ARGS__, clino_too_many_dims_, clino_too_many_dims_, clino_too_many_dims_,    \
                    clino_too_many_dims_, clino_too_many_dims_, clino_too_many_dims_,                 \
                    clino_too_many_dims_, clino_too_many_dims_, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define CLINO_PICK_COUNT_(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, count, ...) count
#define CLINO_PAD_(...) CLINO_PICK_PAD_(__VA_ARGS__, 1, 1, 1, 1, 1, 1, 1, 1)
#define CLINO_PICK_PAD_(a, b, c, d, e, f, g, h, ...)                                                  \
  CLINO_SIZE_(a), CLINO_SIZE_(b), CLINO_SIZE_(c), CLINO_SIZE_(d), CLINO_SIZE_(e), CLINO_SIZE_(f),     \
      CLINO_SIZE_(g), CLINO_SIZE_(h)
#if defined(__cplusplus)
#define CLINO_SIZE_(n) static_cast<size_t>(n)
#else
#define CLINO_SIZE_(n) ((size_t)(n))
#endif

static inline clino_tensor clino_tensor_make_(const char *name, clino_dtype dtype, void *value, void *grad, size_t n,
                                              size_t a, size_t b, size_t c, size_t d, size_t e, size_t f, size_t g,
                                              size_t h) {
  clino_tensor t;
  t.name = name;
  t.dtype = dtype;
  t.n_dims = n;
  const size_t shape[CLINO_MAX_DIMS] = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < CLINO_MAX_DIMS; i++) t.shape[i] = shape[i];
  t.strides = NULL;
  t.value = value;
  t.grad = grad;
  return t;
}

static inline clino_tensor clino_tensor_f64_(const char *name, double *value, double *grad, size_t n, size_t a,
                                             size_t b, size_t c, size_t d, size_t e, size_t f, size_t g, size_t h) {
  return clino_tensor_make_(name, CLINO_F64, value, grad, n, a, b, c, d, e, f, g, h);
}

static inline clino_tensor clino_tensor_f32_(const char *name, float *value, float *grad, size_t n, size_t a, size_t b,
                                             size_t c, size_t d, size_t e, size_t f, size_t g, size_t h) {
  return clino_tensor_make_(name, CLINO_F32, value, grad, n, a, b, c, d, e, f, g, h);
}

#ifdef __cplusplus
}
#endif
#endif
