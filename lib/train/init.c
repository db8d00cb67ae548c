/* Initial weights. */
#include "clino/init.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "train/normal.h"
#include "train/options.h"
#include "train/view.h"

clino_init_options clino_init_options_default(clino_init_scheme scheme) {
  return (clino_init_options){.struct_size = sizeof(clino_init_options),
                              .scheme = scheme,
                              .scale = 0.01,
                              .gain = 1,
                              .fan = CLINO_FAN_IN,
                              .layout = CLINO_LAYOUT_OUTPUT_FIRST,
                              .seed = 1};
}

static clino_status bad(clino_error *error, const char *field, double value, const char *range) {
  return clino__fail_field(error, "clino_init_options", field, value, range);
}

static bool layout_known(clino_layout layout) {
  return layout == CLINO_LAYOUT_OUTPUT_FIRST || layout == CLINO_LAYOUT_INPUT_FIRST;
}

static clino_status check_options(const clino_init_options *o, clino_error *error) {
  if (!o)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_init: options is NULL; start from clino_init_options_default()");
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_init_options", error);
  if (status) return status;
  if ((int)o->scheme < 1 || (int)o->scheme > CLINO_INIT_COUNT)
    return bad(error, "scheme", (double)o->scheme, "a clino_init_scheme");
  if (!(o->scale >= 0 && isfinite(o->scale))) return bad(error, "scale", o->scale, "finite and 0 or more");
  if (!(o->gain > 0 && isfinite(o->gain))) return bad(error, "gain", o->gain, "finite and above 0");
  if (o->fan != CLINO_FAN_IN && o->fan != CLINO_FAN_OUT) return bad(error, "fan", (double)o->fan, "a clino_fan");
  if (!layout_known(o->layout)) return bad(error, "layout", (double)o->layout, "a clino_layout");
  return CLINO_OK;
}

clino_status clino_fans(const clino_tensor *t, clino_layout layout, size_t *fan_in, size_t *fan_out,
                        clino_error *error) {
  if (!t || !fan_in || !fan_out) return clino__fail(error, CLINO_ERR_RANGE, "clino_fans: an argument is NULL");
  if (!layout_known(layout))
    return clino__fail(error, CLINO_ERR_RANGE, "clino_fans: %d is no clino_layout", (int)layout);
  clino_tensor shape_only = *t;
  shape_only.value = &shape_only; /* is not read */
  size_t n;
  clino_status status = clino__view_check(&shape_only, &n, error);
  if (status) return status;
  if (t->n_dims < 2 || !n)
    return clino__fail(error, CLINO_ERR_RANGE,
                       "tensor '%s' has no fan-in and fan-out: 2 dimensions or more are needed, "
                       "none of them 0",
                       t->name ? t->name : "(no name)");
  bool first = layout == CLINO_LAYOUT_OUTPUT_FIRST;
  *fan_in = n / clino__view_units(t, layout);
  *fan_out = n / t->shape[first ? 1 : t->n_dims - 2];
  return CLINO_OK;
}

/* ---- the scale of a scheme ---- */

static bool is_uniform(clino_init_scheme s) {
  return s == CLINO_INIT_UNIFORM || s == CLINO_INIT_XAVIER_UNIFORM || s == CLINO_INIT_HE_UNIFORM ||
         s == CLINO_INIT_LECUN_UNIFORM;
}

/* The variance of a scheme of gain 1 from the fans. */
static double variance(const clino_init_options *o, double in, double out) {
  switch (o->scheme) {
    case CLINO_INIT_XAVIER_NORMAL:
    case CLINO_INIT_XAVIER_UNIFORM: return 2 / (in + out);
    case CLINO_INIT_HE_NORMAL:
    case CLINO_INIT_HE_UNIFORM: return 2 / (o->fan == CLINO_FAN_IN ? in : out);
    case CLINO_INIT_LECUN_NORMAL:
    case CLINO_INIT_LECUN_UNIFORM: return 1 / in;
    default: return NAN;
  }
}

static clino_status deviation_of(const clino_tensor *t, const clino_init_options *o, double *s, clino_error *error) {
  if (o->scheme == CLINO_INIT_GAUSSIAN || o->scheme == CLINO_INIT_UNIFORM) {
    *s = o->scheme == CLINO_INIT_UNIFORM ? o->scale / sqrt(3) : o->scale;
    return CLINO_OK;
  }
  size_t in = 0, out = 0;
  clino_status status = clino_fans(t, o->layout, &in, &out, error);
  if (status) return status;
  if (o->scheme == CLINO_INIT_ORTHOGONAL) {
    size_t units = clino__view_units(t, o->layout);
    *s = o->gain / sqrt((double)(units > in ? units : in));
  } else {
    *s = o->gain * sqrt(variance(o, (double)in, (double)out));
  }
  return CLINO_OK;
}

clino_status clino_init_deviation(const clino_tensor *t, const clino_init_options *o, double *deviation,
                                  clino_error *error) {
  clino_status status = check_options(o, error);
  if (status) return status;
  if (!t || !deviation) return clino__fail(error, CLINO_ERR_RANGE, "clino_init_deviation: an argument is NULL");
  return deviation_of(t, o, deviation, error);
}

/* ---- filling ---- */

static void fill_normal(const clino_tensor *t, size_t n, double s, clino__rng *rng) {
  for (size_t k = 0; k < n; k++) clino__view_set(t, k, s * clino__normal(rng));
}

static void fill_uniform(const clino_tensor *t, size_t n, double half_width, clino__rng *rng) {
  for (size_t k = 0; k < n; k++) clino__view_set(t, k, half_width * (2 * clino__open_uniform(rng) - 1));
}

static double dot(size_t n, const double *x, const double *y) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
  return sum;
}

/* Takes from v its parts along the `count` orthonormal vectors q. */
static void orthogonalize(size_t length, size_t count, const double *q, double *v) {
  for (size_t k = 0; k < count; k++) {
    double part = dot(length, q + k * length, v);
    for (size_t i = 0; i < length; i++) v[i] -= part * q[k * length + i];
  }
}

/* Gram-Schmidt of normal vectors, each time done twice, which is enough (L. Giraud and others, Numer. Math. 101, 2005).
 * That is a QR factorization whose R has a positive diagonal, so that Q is uniform over orthogonal matrices (F.
 * Mezzadri, Notices of the AMS 54, 2007). A vector that vanishes beside the others is drawn again. */
static void orthonormal(size_t count, size_t length, double *q, clino__rng *rng) {
  for (size_t k = 0; k < count; k++) {
    double *v = q + k * length, norm;
    do {
      for (size_t i = 0; i < length; i++) v[i] = clino__normal(rng);
      orthogonalize(length, k, q, v);
      norm = sqrt(dot(length, v, v));
      for (size_t i = 0; i < length; i++) v[i] /= norm;
      orthogonalize(length, k, q, v);
    } while (!(norm > 1e-6));
    norm = sqrt(dot(length, v, v));
    for (size_t i = 0; i < length; i++) v[i] /= norm;
  }
}

static clino_status fill_orthogonal(const clino_tensor *t, size_t n, const clino_init_options *o, clino__rng *rng,
                                    clino_error *error) {
  size_t units = clino__view_units(t, o->layout), weights = n / units;
  bool by_units = units <= weights; /* the units are the vectors, else the inputs are */
  size_t count = by_units ? units : weights, length = by_units ? weights : units;
  double *q = malloc(n * sizeof *q);
  if (!q) return clino__fail_memory(error, "an orthogonal matrix");
  orthonormal(count, length, q, rng);
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < length; i++) {
      size_t flat = clino__view_weight(o->layout, n, units, by_units ? k : i, by_units ? i : k);
      clino__view_set(t, flat, o->gain * q[k * length + i]);
    }
  free(q);
  return CLINO_OK;
}

clino_status clino_init(const clino_tensor *t, const clino_init_options *o, clino_error *error) {
  size_t n;
  double s = 0;
  clino_status status = check_options(o, error);
  if (status || (status = clino__view_check(t, &n, error)) || (status = deviation_of(t, o, &s, error))) return status;
  clino__rng rng = clino__rng_new(o->seed);
  if (o->scheme == CLINO_INIT_ORTHOGONAL) return fill_orthogonal(t, n, o, &rng, error);
  if (is_uniform(o->scheme)) fill_uniform(t, n, o->scheme == CLINO_INIT_UNIFORM ? o->scale : s * sqrt(3), &rng);
  else fill_normal(t, n, s, &rng);
  return CLINO_OK;
}
