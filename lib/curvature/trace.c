/* Hutchinson's estimate of the trace. */
#include <math.h>
#include <string.h>

#include "curvature/operator.h"
#include "curvature/vector.h"

/* One z'Hz; Welford's running mean and sum of squares. */
static clino_status sample(clino__operator *op, clino__rng *rng, double *z, double *hz, size_t k, double *mean,
                           double *squares) {
  for (size_t i = 0; i < op->n; i++) z[i] = clino__rng_bits(rng) >> 63 ? 1 : -1;
  clino_status status = clino__operator_apply(op, z, hz);
  double value = status ? 0 : clino__inner(z, hz, op->n), before = value - *mean;
  *mean += before / (double)(k + 1);
  *squares += before * (value - *mean);
  return status;
}

clino_status clino_hessian_trace(clino_point *point, size_t samples, const clino_spectrum_options *options,
                                 clino_trace_result *result, clino_error *error) {
  if (!point || !result)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_hessian_trace: %s is NULL", point ? "result" : "point");
  memset(result, 0, sizeof *result);
  if (samples < 1 || samples > 1000000)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_hessian_trace: samples is %zu, not from 1 to 1,000,000", samples);
  clino_spectrum_options o = options ? *options : clino_spectrum_options_default();
  size_t n = clino_point_get_info(point).entries;
  clino_status status = clino__spectrum_options_check(&o, n, error);
  if (status) return status;
  clino__operator op;
  double mean = 0, squares = 0, *z = clino__vectors(2, n);
  clino__rng rng = clino__rng_new(clino__rng_derive(o.seed, 0x74726163));
  status = clino__operator_open(&op, point, &o, error);
  if (!status && !z) status = clino__fail_memory(error, "the trace");
  for (size_t k = 0; k < samples && !status && op.finite; k++)
    status = sample(&op, &rng, z, z + n, k, &mean, &squares);
  if (!status) {
    double spread = samples > 1 ? sqrt(squares / (double)(samples - 1) / (double)samples) : NAN;
    *result = (clino_trace_result){op.finite ? mean : NAN, op.finite ? spread : NAN, samples,
                                   clino__operator_gradients(&op)};
  }
  clino__operator_close(&op);
  free(z);
  return status;
}
