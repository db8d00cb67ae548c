/* clino/statistics.h - everything about the values of a tensor in one pass over them: moments, extremes, zeros, values
 * that are not finite, norm, and a histogram that needs no range in advance.
 *
 *   clino_statistics_spec spec = clino_statistics_spec_default();
 *   spec.name = "W1"; spec.kind = CLINO_STATISTICS_GRADIENTS;
 *   clino_statistics_new(&spec, &dw1, NULL);
 *   each step:      clino_statistics_add_f32(dw1, n, dW1, NULL);
 *   now and then:   clino_statistics_record(dw1, run, step, NULL); clino_statistics_reset(dw1);
 *
 * Moments: each block of 2,048 values about a center near its mean while it is in cache, with Bjoerck's correction, and
 * Chan's merge of the blocks (T. F. Chan, G. H. Golub and R. J. LeVeque, The American Statistician 37, 1983), the mean
 * in two doubles: sound on 1e8 values at an offset of 1e8, and from 1e-300 to 1e300. Sums run in 16 lanes of double in
 * one order whatever the instruction set (AVX-512, AVX2, what the compiler built for), so every one gives the same
 * bits.
 *
 * Histogram: sign, exponent and three bits of the fraction number the bins: for each sign eight equal bins in each
 * octave from 2^-126 to 2^128, one below that; the positive one holds the zeros. Counts are exact. Parts merge.
 *
 * Thread safety of this page: one thread at a time for one monitor; different monitors by different threads.
 */
#ifndef CLINO_STATISTICS_H
#define CLINO_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "clino/run.h"
#include "clino/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_statistics clino_statistics;

/* What the values are: it decides the names that a record takes. */
typedef enum clino_statistics_kind {
  CLINO_STATISTICS_PARAMETERS = 1, /* "param_norm/NAME", "param_std/NAME", histogram "parameters/NAME" */
  CLINO_STATISTICS_GRADIENTS = 2,  /* "grad_norm/NAME", histogram "gradients/NAME" */
  CLINO_STATISTICS_OTHER = 3       /* "mean/NAME", "std/NAME", "norm/NAME", histogram "values/NAME" */
} clino_statistics_kind;

/* How a number is stored. */
typedef enum clino_number {
  CLINO_NUMBER_F64 = 1,  /* double */
  CLINO_NUMBER_F32 = 2,  /* float */
  CLINO_NUMBER_BF16 = 3, /* uint16_t: the upper half of a float */
  CLINO_NUMBER_F16 = 4   /* uint16_t: IEEE 754 binary16 */
} clino_number;

/* What is watched. Make it with clino_statistics_spec_default; name has no default. */
typedef struct clino_statistics_spec {
  size_t struct_size;          /* set by clino_statistics_spec_default */
  const char *name;            /* in the series' names; not NULL or empty; copied */
  clino_statistics_kind kind;  /* default CLINO_STATISTICS_OTHER */
  bool histogram;              /* default true; without it a pass costs about half, and a monitor 300 bytes */
  size_t histogram_share;      /* one block of 2,048 values in so many is counted into the histogram, other ones at the
                                  next _add: for tensors that are added often and change little; default 1: all; at
                                  least 1 */
} clino_statistics_spec;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_statistics_spec clino_statistics_spec_default(void);

/* Statistics since the last reset. Flat; a number that is not known is NaN. Mean, deviation, extremes and norm are over
 * the finite values; fractions are of all values. */
typedef struct clino_statistics_stats {
  uint64_t count;                  /* all values */
  uint64_t zeros, nans, infinities;
  double mean, standard_deviation; /* n in the denominator; NaN where no value is finite */
  double min, max;
  double norm;                     /* Euclidean; 0 where no value is finite; infinite above the largest double */
  double zero_fraction;
} clino_statistics_stats;

/* Makes a monitor in *monitor, freed by the caller with clino_statistics_free. spec: not NULL, copied.
 * Memory: with a histogram 128 KB, of which a tensor with values in ten octaves touches 20 KB at each pass.
 * Errors: CLINO_ERR_RANGE (a NULL, or a field out of its range: named), CLINO_ERR_MEMORY. */
CLINO_API clino_status clino_statistics_new(const clino_statistics_spec *spec, clino_statistics **monitor,
                                            clino_error *error);

/* Frees a monitor. NULL is allowed. */
CLINO_API void clino_statistics_free(clino_statistics *monitor);

/* Adds n packed values, the caller's; NULL only for n = 0. bits: bfloat16 or binary16, each in a uint16_t.
 * Errors: CLINO_ERR_RANGE (a NULL). One pass; allocates nothing. */
CLINO_API clino_status clino_statistics_add_f64(clino_statistics *monitor, size_t n, const double *values,
                                                clino_error *error);
CLINO_API clino_status clino_statistics_add_f32(clino_statistics *monitor, size_t n, const float *values,
                                                clino_error *error);
CLINO_API clino_status clino_statistics_add_bf16(clino_statistics *monitor, size_t n, const uint16_t *bits,
                                                 clino_error *error);
CLINO_API clino_status clino_statistics_add_f16(clino_statistics *monitor, size_t n, const uint16_t *bits,
                                                clino_error *error);

/* Adds the values of a strided view, row-major. data: the entry whose indices are all 0. shape: n_dims sizes, n_dims 1
 * to 8. strides: n_dims of them in elements, any sign, 0 included; NULL: packed.
 * Errors: CLINO_ERR_RANGE (a NULL, number or n_dims out of range, more than SIZE_MAX / 8 values). Allocates nothing. */
CLINO_API clino_status clino_statistics_add_view(clino_statistics *monitor, clino_number number, const void *data,
                                                 size_t n_dims, const size_t *shape, const ptrdiff_t *strides,
                                                 clino_error *error);

/* Adds to monitor what other has seen: counts, bins, min and max are equal to those of watching it all, moments agree
 * to 1e-12 relative. Names are not compared. other stays as it is.
 * Errors: CLINO_ERR_RANGE (a NULL, monitor itself, one with a histogram and one without). Allocates nothing. */
CLINO_API clino_status clino_statistics_merge(clino_statistics *monitor, const clino_statistics *other,
                                              clino_error *error);

/* Forgets all values. NULL is allowed. */
CLINO_API void clino_statistics_reset(clino_statistics *monitor);

/* Forgets all but the histogram, which goes on: for norms of single steps beside a histogram of many. NULL is allowed.
 * */
CLINO_API void clino_statistics_reset_moments(clino_statistics *monitor);

/* The statistics so far. Errors: CLINO_ERR_RANGE (a NULL). */
CLINO_API clino_status clino_statistics_get(const clino_statistics *monitor, clino_statistics_stats *stats,
                                            clino_error *error);

/* The histogram so far, as a view that belongs to the monitor and changes with it: all bins, empty ones too.
 * Errors: CLINO_ERR_RANGE (a NULL, a monitor without a histogram). Cost: some 4,000 bins. */
CLINO_API clino_status clino_statistics_histogram(const clino_statistics *monitor, clino_histogram *histogram,
                                                  clino_error *error);

/* A quantile of the values that are no NaN: of n of them, the one of rank ceil(fraction n), the smallest for fraction 0
 * (type 1 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", 1996). The answer is off by at most
 * 5.9% of it (1/17), or by 2^-126 where it is smaller than that; it is exact at the ends, and where it is infinite;
 * finite values beyond 2^128 are answered by the smallest or largest of all. NaN for no values, for a fraction that is
 * not 0 to 1, for NULL, and without a histogram. Cost: some 4,000 bins. */
CLINO_API double clino_statistics_quantile(const clino_statistics *monitor, double fraction);

/* Writes what clino_statistics_kind says into a run at step, the histogram with runs of empty bins joined and empty
 * ends left out. Norm, deviation and mean are NaN or infinite where a value is; all are missing, with a reason, where
 * nothing was added. The monitor stays as it is.
 * Errors: CLINO_ERR_RANGE (a NULL), CLINO_ERR_MEMORY; what was written before stays. */
CLINO_API clino_status clino_statistics_record(const clino_statistics *monitor, clino_run *run, int64_t step,
                                               clino_error *error);

/* The same without the histogram: for rows that come often. */
CLINO_API clino_status clino_statistics_record_scalars(const clino_statistics *monitor, clino_run *run, int64_t step,
                                                       clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
