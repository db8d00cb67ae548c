/* clino/activation.h - what a layer's outputs look like: moments, histogram, saturated, zero and dead units.
 *
 *   clino_activation_spec spec = clino_activation_spec_default();
 *   spec.name = "relu1"; spec.kind = CLINO_ACTIVATION_RELU; spec.units = 100;
 *   clino_activation_new(&spec, &relu1, NULL);
 *   each batch:      clino_activation_add_f32(relu1, batch_size, h1, NULL);      h1[batch_size * units]
 *   now and then:    clino_activation_record(relu1, run, step, NULL); clino_activation_reset(relu1);
 *
 * A convolution's outputs are rows of n_channels units where the channel is the last dimension (one row a position);
 * with channels first, every output is a unit, or the caller adds channel by channel to one monitor a channel.
 *
 * Thread safety of this page: one thread at a time for one monitor; different monitors by different threads.
 */
#ifndef CLINO_ACTIVATION_H
#define CLINO_ACTIVATION_H

#include <stdint.h>

#include "clino/run.h"
#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_activation clino_activation;

/* The function that made the outputs: it decides what saturated means, and the histogram's bins. */
typedef enum clino_activation_kind {
  CLINO_ACTIVATION_RELU = 1,    /* fires where the output is above 0; does not saturate */
  CLINO_ACTIVATION_TANH = 2,    /* asymptotes -1 and 1 */
  CLINO_ACTIVATION_SIGMOID = 3, /* asymptotes 0 and 1 */
  CLINO_ACTIVATION_OTHER = 4    /* linear, leaky relu, gelu, ...: does not saturate */
} clino_activation_kind;

/* What is watched. Make it with clino_activation_spec_default; name and units have no default. */
typedef struct clino_activation_spec {
  size_t struct_size;         /* set by clino_activation_spec_default */
  const char *name;           /* of the layer, in the series' names; not NULL or empty; copied */
  clino_activation_kind kind; /* default CLINO_ACTIVATION_RELU */
  size_t units;               /* outputs a row, at least 1 */
  uint64_t window_rows;       /* how many rows a unit must have been watched, and silent, before it is called dead;
                                 default 1000: a unit that fires for 1% of the inputs is silent over 1000 rows with
                                 probability 0.99^1000 = 4e-5; at least 1 */
  double saturation;          /* tanh, sigmoid: a value is saturated where its distance from an asymptote is below this
                                 fraction of the function's range; default 0.005 (tanh |y| > 0.99; sigmoid y < 0.005 or
                                 y > 0.995: the derivative is under 2% of its maximum); above 0, below 0.5 */
  size_t histogram_share;     /* one block of 2,048 values in so many is counted into the histogram, other ones at the
                                 next _add; default 1: all; at least 1 */
} clino_activation_spec;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_activation_spec clino_activation_spec_default(void);

/* "relu", "tanh", "sigmoid", "other"; "unknown" for a value that is none. Static storage; thread safe. */
CLINO_API const char *clino_activation_kind_name(clino_activation_kind kind);

/* Statistics since the last reset. Flat; a number that is not known is NaN. Mean, deviation, min and max are over the
 * finite values; fractions are of all values. */
typedef struct clino_activation_stats {
  uint64_t rows, count;            /* count = rows * units */
  uint64_t zeros, nans, infinities;
  uint64_t saturated;
  double mean, standard_deviation; /* n in the denominator; NaN where no value is finite */
  double min, max;
  double zero_fraction;
  double saturated_fraction;       /* NaN for kinds that do not saturate */
  double dead_fraction;            /* of the units; NaN until window_rows rows were watched */
  size_t dead_units;               /* units that have not fired in the window so far, however few its rows */
  uint64_t window_rows;            /* rows in the window so far */
} clino_activation_stats;

/* Makes a monitor in *monitor, freed by the caller with clino_activation_free. spec: not NULL, copied.
 * Memory: 1 byte a unit, and 128 KB of bins and edges (1 KB for tanh and sigmoid).
 * Errors: CLINO_ERR_RANGE (a NULL, or a field out of its range: named), CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_activation_new(const clino_activation_spec *spec, clino_activation **monitor,
                                            clino_error *error);

/* Frees a monitor. NULL is allowed. */
CLINO_API void clino_activation_free(clino_activation *monitor);

/* Adds a batch of outputs. values: n_rows x units, packed row-major, the caller's; NULL only for n_rows = 0.
 *
 * Moments: each block of 2,048 values about a center near its mean while it is in cache, with Bjoerck's correction, and
 * Chan's merge of the blocks (T. F. Chan, G. H. Golub and R. J. LeVeque, The American Statistician 37, 1983), the mean
 * in two doubles: sound on data whose offset is 1e8 times their deviation, and from 1e-300 to 1e300.
 * Saturation: nearness to an asymptote relative to the function's range, as A. Rakitianskaia and A. Engelbrecht,
 * "Measuring saturation in neural networks", 2015; why it matters: X. Glorot and Y. Bengio, "Understanding the
 * difficulty of training deep feedforward neural networks", 2010. The threshold is an option.
 * Dead: a relu unit fires on an output above 0, any other on one that is not 0 (where relu's outputs are all >= 0 that
 * is the same). A NaN counts as firing: it is reported as not finite, not as dead. A window begins with _new, or with
 * the first _reset at which the window before was full (window_rows rows), so it may span several resets.
 * Histogram, exact counts: tanh 64 equal bins on [-1, 1]; sigmoid 64 on [0, 1]; relu and other: for each sign eight
 * equal bins in each octave from 2^-126 to 2^128 (so a bin is at most 12.5% wide and every normal f32 has one), one for
 * each sign below that, the positive one holding the zeros. Beyond the bins: below, above, nans.
 *
 * Errors: CLINO_ERR_RANGE (a NULL, n_rows * units too large). Linear in the values; allocates nothing. */
CLINO_API clino_status clino_activation_add_f64(clino_activation *monitor, size_t n_rows, const double *values,
                                                clino_error *error);
CLINO_API clino_status clino_activation_add_f32(clino_activation *monitor, size_t n_rows, const float *values,
                                                clino_error *error);

/* Adds to monitor the rows that other has seen: counts, bins, min, max and silent units are equal to those of watching
 * it all, moments agree to 1e-12 relative. Names are not compared. other stays as it is.
 * Errors: CLINO_ERR_RANGE (a NULL, monitor itself, another kind, units, window or saturation). Allocates nothing. */
CLINO_API clino_status clino_activation_merge(clino_activation *monitor, const clino_activation *other,
                                              clino_error *error);

/* Starts the next interval: moments, counts and histogram are forgotten; which units fired is kept until the window is
 * full. NULL is allowed. */
CLINO_API void clino_activation_reset(clino_activation *monitor);

/* The same, but the histogram goes on: for numbers of single steps beside a histogram of many. NULL is allowed. */
CLINO_API void clino_activation_reset_moments(clino_activation *monitor);

/* Begins the window anew, of however many rows it was: no unit has fired. NULL is allowed. */
CLINO_API void clino_activation_reset_window(clino_activation *monitor);

/* The statistics so far. Errors: CLINO_ERR_RANGE (a NULL). Linear in the units. */
CLINO_API clino_status clino_activation_get(const clino_activation *monitor, clino_activation_stats *stats,
                                            clino_error *error);

/* The histogram so far, as a view that belongs to the monitor and changes with it: all bins, empty ones too.
 * Errors: CLINO_ERR_RANGE (a NULL). */
CLINO_API clino_status clino_activation_histogram(const clino_activation *monitor, clino_histogram *histogram,
                                                  clino_error *error);

/* The units that have not fired in the window so far, in ascending order. indices: room for capacity of them, may be
 * NULL where capacity is 0. Returns how many there are, which may be more than capacity; 0 for a NULL monitor, and
 * where no row was watched. */
CLINO_API size_t clino_activation_silent_units(const clino_activation *monitor, size_t *indices, size_t capacity);

/* The same of the units of a tanh or sigmoid that were saturated in every row of the window so far: they pass no
 * gradient. 0 for other kinds. */
CLINO_API size_t clino_activation_saturated_units(const clino_activation *monitor, size_t *indices, size_t capacity);

/* Writes "act_mean/NAME", "act_std/NAME", "act_zero_fraction/NAME", "act_dead_fraction/NAME", for tanh and sigmoid
 * "act_saturated_fraction/NAME", and the histogram "activations/NAME" (runs of empty bins joined, empty ends left out)
 * into a run at step. Mean and deviation are NaN or infinite where a value is; the dead fraction is missing, with a
 * reason, until the window is full, and all are where nothing was added. The monitor stays as it is.
 * Errors: CLINO_ERR_RANGE (a NULL), CLINO_ERR_MEMORY; what was written before stays. */
CLINO_API clino_status clino_activation_record(const clino_activation *monitor, clino_run *run, int64_t step,
                                               clino_error *error);

/* The same without the histogram: for rows that come often. */
CLINO_API clino_status clino_activation_record_scalars(const clino_activation *monitor, clino_run *run, int64_t step,
                                                       clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
