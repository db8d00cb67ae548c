/* clino/weight_noise.h - how noisy do the weights of a layer look, as images?
 *
 * A first layer that has learned from images, spectra or signals shows smooth shapes; one that has not, or whose rate
 * is too high or whose regularization too weak, shows noise (A. Karpathy and others, CS231n, "Neural Networks Part 3",
 * first-layer visualizations). The number for it is Geary's contiguity ratio: how far neighbours differ, against how
 * far any two weights differ,
 *
 *   c = (n - 1) sum over neighbours i, j of (w_i - w_j)^2 / (2 E sum over i of (w_i - mean)^2)
 *
 * with n weights and E pairs of neighbours, in rows and in columns, of one map (image). Over a layer, sums of
 * numerators and of denominators: large maps count more than those that hardly do anything.
 *
 *   1           white noise: its expectation, exactly, for weights that are exchangeable, as initial ones are
 *   towards 0   smooth
 *   towards 2   neighbours of opposite sign, a checkerboard
 *
 * Source: R. C. Geary, "The contiguity ratio and statistical mapping", The Incorporated Statistician 5 (1954); in one
 * dimension J. von Neumann, Annals of Mathematical Statistics 12 (1941). Deviation: A. D. Cliff and J. K. Ord,
 * "Spatial processes" (1981), ch. 2, for normal weights.
 *
 *   const ptrdiff_t strides[] = {1, 28 * n_out, n_out};            W1 is [784][n_out]: one column a unit
 *   clino_tensor w = CLINO_TENSOR_F32("W1", W1, NULL, n_out, 28, 28);
 *   w.strides = strides;
 *   clino_weight_noise(&w, &stats, NULL, NULL);
 *   clino_weight_noise_record("W1", &stats, run, step, NULL);
 *
 * Unreliable: inputs that have no neighbourhood (a table's columns, a vocabulary), and images that are noise
 * themselves. Where some inputs never change (blank borders), their weights keep their initial noise.
 */
#ifndef CLINO_WEIGHT_NOISE_H
#define CLINO_WEIGHT_NOISE_H

#include "clino/run.h"
#include "clino/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Flat. */
typedef struct clino_weight_noise_stats {
  double noise;         /* c over all maps; NaN as soon as a weight is NaN or infinite; NaN where missing */
  double deviation;     /* of c, were the weights of each map independent normal numbers around a mean: 1 - c against
                           it says whether the smoothness could be chance; NaN where noise is */
  size_t maps;          /* images in the tensor */
  size_t constant_maps; /* of them those whose weights are all equal: they do not count */
  const char *missing;  /* why there is no number (all maps are constant); NULL where there is one. Static storage */
} clino_weight_noise_stats;

/* Measures a tensor's maps.
 *   weights  f32 or f64, 2 to CLINO_MAX_DIMS dimensions, none 0: the last two are rows and columns of an image (1 row:
 *            a signal), the ones before them count maps (units, channels); strides as ever, so that any layout can be
 *            seen that way. Images of 3 weights or more. Not changed
 *   stats    written;  each  room for one number a map, c of that map in row-major order, NaN where it is constant or
 *            not finite; may be NULL
 * Errors: CLINO_ERR_RANGE (a NULL, dtype, dimensions). Cost: three passes over the weights; no memory. Neither
 * overflows nor underflows within. Thread safe. */
CLINO_API clino_status clino_weight_noise(const clino_tensor *weights, clino_weight_noise_stats *stats, double *each,
                                          clino_error *error);

/* Writes "weight_noise/NAME" into a run at step; missing, with the reason, where there is no number.
 * Errors: CLINO_ERR_RANGE (a NULL, an empty name), CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_weight_noise_record(const char *name, const clino_weight_noise_stats *stats,
                                                 clino_run *run, int64_t step, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
