/* clino/init.h - initial weights whose scale keeps activations and gradients alive, from a seeded generator that gives
 * the same numbers on every platform.
 *
 *   clino_tensor w = CLINO_TENSOR_F32("W1", W1, NULL, 100, 784);      100 units of 784 inputs: output first
 *   clino_init_options o = clino_init_options_default(CLINO_INIT_HE_NORMAL);
 *   clino_init(&w, &o, NULL);
 *
 * With s the standard deviation, i and j the fan-in and the fan-out (inputs and outputs of a unit, each times the
 * kernel's area), and g the gain:
 *
 *   GAUSSIAN          normal, s = scale
 *   UNIFORM           in [-scale, scale)
 *   XAVIER_NORMAL     normal, s = g sqrt(2/(i + j));  XAVIER_UNIFORM in +-g sqrt(6/(i + j))
 *                     X. Glorot and Y. Bengio, AISTATS 2010, eq. 12, 16
 *   HE_NORMAL         normal, s = g sqrt(2/fan);  HE_UNIFORM in +-g sqrt(6/fan)
 *                     K. He, X. Zhang, S. Ren and J. Sun, ICCV 2015, eq. 10 (fan-in), 14 (fan-out)
 *   LECUN_NORMAL      normal, s = g sqrt(1/i);  LECUN_UNIFORM in +-g sqrt(3/i)
 *                     Y. LeCun, L. Bottou, G. Orr and K.-R. Mueller, Efficient BackProp (1998), eq. 16
 *   ORTHOGONAL        the rows (or columns, the fewer) of the matrix outputs x rest are orthonormal, times g; uniform
 *                     over all such matrices
 *                     A. Saxe, J. McClelland and S. Ganguli, ICLR 2014; F. Mezzadri, Notices of the AMS 54 (2007)
 *
 * The generator is xoshiro256** seeded through SplitMix64 (Blackman and Vigna 2021). Entry k of the tensor in row-major
 * order takes the k-th output w: u = (floor(w / 2^12) + 1/2) / 2^52, a uniform number in (0, 1), and for a normal one
 * the inverse distribution function at u by Wichura's AS 241 (PPND16, Applied Statistics 37, 1988; relative error about
 * 1e-16), whose logarithm is computed here: only + - * / and square roots, each correctly rounded by IEEE 754, hence
 * the same bits everywhere. A normal number is at most 8.21 in size. An f32 tensor gets the f64 numbers, rounded.
 */
#ifndef CLINO_INIT_H
#define CLINO_INIT_H

#include "clino/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum clino_init_scheme {
  CLINO_INIT_GAUSSIAN = 1,
  CLINO_INIT_UNIFORM,
  CLINO_INIT_XAVIER_NORMAL,
  CLINO_INIT_XAVIER_UNIFORM,
  CLINO_INIT_HE_NORMAL,
  CLINO_INIT_HE_UNIFORM,
  CLINO_INIT_LECUN_NORMAL,
  CLINO_INIT_LECUN_UNIFORM,
  CLINO_INIT_ORTHOGONAL
} clino_init_scheme;
#define CLINO_INIT_COUNT 9

/* How a weight tensor is laid out. */
typedef enum clino_layout {
  CLINO_LAYOUT_OUTPUT_FIRST = 1, /* [out][in][kernel...], as y = W x wants it, and PyTorch */
  CLINO_LAYOUT_INPUT_FIRST       /* [kernel...][in][out], as y = x W wants it, and TensorFlow */
} clino_layout;

typedef enum clino_fan { CLINO_FAN_IN = 1, CLINO_FAN_OUT } clino_fan;

typedef struct clino_init_options {
  size_t struct_size;       /* set by clino_init_options_default */
  clino_init_scheme scheme;
  double scale;             /* of GAUSSIAN and UNIFORM; default 0.01; finite, 0 or more */
  double gain;              /* g; default 1; finite, above 0 */
  clino_fan fan;            /* which one He takes; default CLINO_FAN_IN */
  clino_layout layout;      /* default CLINO_LAYOUT_OUTPUT_FIRST */
  uint64_t seed;            /* default 1; give each tensor its own */
} clino_init_options;

/* The defaults, as the fields' comments state. Thread safe. */
CLINO_API clino_init_options clino_init_options_default(clino_init_scheme scheme);

/* Fan-in and fan-out of a weight tensor: for [out][in][k1][k2], in k1 k2 and out k1 k2.
 * tensor: of 2 dimensions or more, none of them 0; only its shape is read. fan_in, fan_out: not NULL.
 * Errors: CLINO_ERR_RANGE (dimensions, more entries than SIZE_MAX, layout, a NULL). Thread safe. */
CLINO_API clino_status clino_fans(const clino_tensor *tensor, clino_layout layout, size_t *fan_in, size_t *fan_out,
                                  clino_error *error);

/* Fills a tensor's values. tensor: f32 or f64, packed or with strides; GAUSSIAN and UNIFORM take any shape, the others
 * what clino_fans takes. options: not NULL.
 * Errors: CLINO_ERR_RANGE, CLINO_ERR_MEMORY (ORTHOGONAL takes as many doubles as the tensor has entries, and time
 * proportional to entries times the smaller side); the values are then as before. Thread safe for different tensors. */
CLINO_API clino_status clino_init(const clino_tensor *tensor, const clino_init_options *options, clino_error *error);

/* The standard deviation that a scheme gives to a tensor's entries (for ORTHOGONAL their root mean square,
 * g / sqrt(larger side)), in *deviation. Errors: as clino_init, but no memory is taken. */
CLINO_API clino_status clino_init_deviation(const clino_tensor *tensor, const clino_init_options *options,
                                            double *deviation, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
