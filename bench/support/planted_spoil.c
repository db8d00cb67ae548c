/* How a gradient is spoilt, and what its name should be. */
#include "support/planted_spoil.h"

#include <math.h>
#include <string.h>

static double *grad_of(const planted *p, size_t t) { return p->tensors[t].grad; }
static double *value_of(const planted *p, size_t t) { return p->tensors[t].value; }

/* ---- what is wrong, in words and as a pattern ---- */

typedef struct fault {
  const char *name;
  clino_pattern pattern; /* NONE: no name fits */
} fault;

static const fault faults[PLANTED_BUGS] = {
  [PLANTED_RIGHT] = {"right", CLINO_PATTERN_NONE},
  [PLANTED_SIGN] = {"sign", CLINO_PATTERN_SIGN},
  [PLANTED_TWICE] = {"times 2", CLINO_PATTERN_SCALE},
  [PLANTED_HALF] = {"times 1/2", CLINO_PATTERN_SCALE},
  [PLANTED_SUM] = {"times N", CLINO_PATTERN_SCALE},
  [PLANTED_MEAN] = {"times 1/N", CLINO_PATTERN_SCALE},
  [PLANTED_KEEP] = {"times 1/(1 - p)", CLINO_PATTERN_SCALE},
  [PLANTED_PI] = {"times pi", CLINO_PATTERN_SCALE},
  [PLANTED_RATIO] = {"times a ratio", CLINO_PATTERN_SCALE},
  [PLANTED_TRANSPOSED] = {"transposed", CLINO_PATTERN_TRANSPOSED},
  [PLANTED_SHIFTED] = {"shifted", CLINO_PATTERN_SHIFTED},
  [PLANTED_REVERSED] = {"reversed", CLINO_PATTERN_REVERSED},
  [PLANTED_PERMUTED] = {"permuted", CLINO_PATTERN_PERMUTED},
  [PLANTED_NO_DECAY] = {"decay missing", CLINO_PATTERN_DECAY},
  [PLANTED_DECAY] = {"decay too much", CLINO_PATTERN_DECAY},
  [PLANTED_ZERO] = {"zero", CLINO_PATTERN_ZERO},
  [PLANTED_UNWRITTEN] = {"unwritten", CLINO_PATTERN_UNWRITTEN},
  [PLANTED_ADDS] = {"added to the buffer", CLINO_PATTERN_ACCUMULATED},
  [PLANTED_KEEPS] = {"added to the last call's", CLINO_PATTERN_ACCUMULATED},
  [PLANTED_STALE] = {"stale", CLINO_PATTERN_STALE},
  [PLANTED_OTHER] = {"another tensor's", CLINO_PATTERN_OTHER_TENSOR},
  [PLANTED_CLIPPED] = {"clipped", CLINO_PATTERN_CLIPPED},
  [PLANTED_SLICE] = {"one slice", CLINO_PATTERN_SLICE},
  [PLANTED_NO_DERIVATIVE] = {"no activation derivative", CLINO_PATTERN_ACTIVATION},
  [PLANTED_SINGLE] = {"single precision", CLINO_PATTERN_ROUNDING},
  [PLANTED_FIRST] = {"first sample only", CLINO_PATTERN_FIRST_SAMPLE},
  [PLANTED_LAST] = {"last sample only", CLINO_PATTERN_LAST_SAMPLE},
  [PLANTED_NOISE] = {"noise", CLINO_PATTERN_NONE},
  [PLANTED_SUBSET] = {"random subset", CLINO_PATTERN_NONE},
  [PLANTED_SIGNS] = {"signs of a subset", CLINO_PATTERN_NONE},
  [PLANTED_CUBE] = {"cube", CLINO_PATTERN_NONE},
  [PLANTED_TANH] = {"tanh", CLINO_PATTERN_NONE},
  [PLANTED_ABSOLUTE] = {"absolute value", CLINO_PATTERN_NONE},
  [PLANTED_ROOT] = {"square root", CLINO_PATTERN_NONE},
  [PLANTED_ONLY_SIGN] = {"sign alone", CLINO_PATTERN_NONE},
  [PLANTED_OFFSET] = {"constant added", CLINO_PATTERN_NONE},
  [PLANTED_BLURRED] = {"neighbours mixed", CLINO_PATTERN_NONE},
  [PLANTED_NEARBY] = {"at a point nearby", CLINO_PATTERN_NONE},
  [PLANTED_SQUARE_TERM] = {"x^2 added", CLINO_PATTERN_NONE},
  [PLANTED_ZEROS] = {"zeros in a subset", CLINO_PATTERN_NONE},
  [PLANTED_CONSTANT_STATISTICS] = {"statistics as constants", CLINO_PATTERN_NONE},
};

const char *planted_bug_name(planted_bug bug) { return faults[bug].name; }

bool planted_named(const planted *p, const clino_explanation *e) {
  if (e->pattern != faults[p->bug].pattern) return false;
  if (!p->all && p->bug != PLANTED_NO_DERIVATIVE && strcmp(e->tensor, p->tensors[p->target].name) != 0) return false;
  if (p->bug == PLANTED_SLICE) return e->axis == p->axis && e->index == p->index;
  if (p->bug == PLANTED_OTHER) return strcmp(e->other, p->tensors[p->other].name) == 0;
  if (p->bug == PLANTED_KEEP && strncmp(e->constant, "1/(1 - ", 7) != 0) return false;
  if (p->bug == PLANTED_PI && strcmp(e->constant, "pi") != 0) return false;
  if (p->bug == PLANTED_RATIO && e->constant[0]) return false;
  if (p->bug >= PLANTED_TWICE && p->bug <= PLANTED_MEAN && !e->constant[0]) return false;
  return isnan(p->number) || fabs(e->value - p->number) <= 1e-3 * fabs(p->number);
}

/* ---- drawing a bug ---- */

/* A tensor of at least so many entries, with an axis at least so long. */
static bool draw_target(planted *p, size_t entries, size_t n_dims, size_t length) {
  size_t start = rng_below(&p->random, p->n_tensors);
  for (size_t k = 0; k < p->n_tensors; k++) {
    const clino_tensor *t = &p->tensors[(start + k) % p->n_tensors];
    if (planted_count(t) < entries || t->n_dims < n_dims) continue;
    size_t first = rng_below(&p->random, t->n_dims);
    for (size_t d = 0; d < t->n_dims; d++) {
      p->axis = (first + d) % t->n_dims;
      if (t->shape[p->axis] < length) continue;
      p->target = (start + k) % p->n_tensors;
      return true;
    }
  }
  return false;
}

static size_t stride_of(const clino_tensor *t, size_t axis) {
  size_t stride = 1;
  for (size_t d = axis + 1; d < t->n_dims; d++) stride *= t->shape[d];
  return stride;
}

/* Entry i comes from the slice from[j] of the axis instead of its own j; from[j] of the axis' length: it is 0. */
static void order_slices(planted *p, const size_t *from) {
  const clino_tensor *t = &p->tensors[p->target];
  size_t stride = stride_of(t, p->axis), length = t->shape[p->axis];
  for (size_t i = 0; i < planted_count(t); i++) {
    size_t j = i / stride % length;
    p->order[i] = from[j] == length ? SIZE_MAX : i - j * stride + from[j] * stride;
  }
}

/* The buffer holds the tensor with two axes exchanged. */
static bool draw_transposed(planted *p) {
  if (!draw_target(p, 12, 2, 3)) return false;
  const clino_tensor *t = &p->tensors[p->target];
  size_t rows = t->shape[0], columns = planted_count(t) / rows;
  if (t->n_dims == 4) { /* the kernel's own two axes, or an image's */
    size_t side = t->shape[2];
    for (size_t i = 0; i < planted_count(t); i++)
      p->order[i] = i - i % (side * side) + i % side * side + i / side % side;
    return true;
  }
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) p->order[c * rows + r] = r * columns + c;
  return true;
}

static bool draw_order(planted *p) {
  size_t from[PLANTED_MOST];
  if (p->bug == PLANTED_TRANSPOSED) return draw_transposed(p);
  if (!draw_target(p, 4, 1, p->bug == PLANTED_PERMUTED ? 4 : 3)) return false;
  size_t length = p->tensors[p->target].shape[p->axis];
  bool wraps = rng_below(&p->random, 2), up = rng_below(&p->random, 2);
  for (size_t j = 0; j < length; j++) from[j] = j;
  if (p->bug == PLANTED_REVERSED)
    for (size_t j = 0; j < length; j++) from[j] = length - 1 - j;
  if (p->bug == PLANTED_SHIFTED) {
    for (size_t j = 0; j < length; j++) from[j] = up ? (j + length - 1) % length : (j + 1) % length;
    if (!wraps) from[up ? 0 : length - 1] = length;
  }
  if (p->bug == PLANTED_PERMUTED) { /* two that are no neighbours, also round the end: no shift, no reversal */
    size_t j = rng_below(&p->random, length), k = (j + 2) % length;
    from[j] = k, from[k] = j;
  }
  order_slices(p, from);
  return true;
}

static bool draw_scale(planted *p) {
  p->all = rng_below(&p->random, 3) == 0;
  switch (p->bug) {
    case PLANTED_TWICE: p->number = 2; break;
    case PLANTED_HALF: p->number = 0.5; break;
    case PLANTED_SUM: p->number = (double)(3 + rng_below(&p->random, 254)); break;
    case PLANTED_MEAN: p->number = 1 / (double)(3 + rng_below(&p->random, 254)); break;
    case PLANTED_KEEP: p->number = 1 / (0.9 - 0.1 * (double)rng_below(&p->random, 4)); break;
    case PLANTED_PI: p->number = 3.14159265358979; break;
    case PLANTED_RATIO: p->number = 0.31 + 0.6137 * rng_uniform(&p->random); break;
    default: break;
  }
  if (p->bug == PLANTED_KEEP && p->number == 2) p->number = 1.25;
  return draw_target(p, 4, 1, 3);
}

static bool draw_other(planted *p) {
  for (size_t t = 0; t < p->n_tensors; t++)
    for (size_t u = 0; u < p->n_tensors; u++)
      if (t != u && planted_count(&p->tensors[t]) == planted_count(&p->tensors[u])) {
        p->target = t, p->other = u;
        return true;
      }
  return false;
}

static bool draw_clipped(planted *p) {
  if (!draw_target(p, 12, 1, 3)) return false;
  p->all = false;
  planted_run(p, false);
  planted_run(p, true);
  /* At the fourth largest, or thereabouts: so many are cut off, and most are not. */
  size_t n = planted_count(&p->tensors[p->target]);
  double limit = INFINITY;
  for (int k = 0; k < 5; k++) {
    double below = 0;
    for (size_t i = 0; i < n; i++) {
      double g = fabs(grad_of(p, p->target)[i]);
      if (g < limit && g > below) below = g;
    }
    limit = below;
  }
  p->number = limit;
  return limit > 0;
}

/* Of relus, some are off and some on: else there is nothing by unit to be seen. */
static bool draw_derivative(planted *p) {
  if (p->layer != PLANTED_ACTIVATION) return false;
  size_t off = 0;
  planted_run(p, false);
  for (size_t k = 0; k < p->n_y; k++) off += p->y[k] <= 0;
  return !p->relu || (off >= 2 && off < p->n_y);
}

static void fill_drawn(planted *p) { rng_fill(&p->random, 1, PLANTED_MOST, p->drawn); }

bool planted_prepare(planted *p) {
  p->number = NAN;
  fill_drawn(p);
  switch (p->bug) {
    case PLANTED_RIGHT: return true;
    case PLANTED_SIGN: case PLANTED_TWICE: case PLANTED_HALF: case PLANTED_SUM: case PLANTED_MEAN:
    case PLANTED_KEEP: case PLANTED_PI: case PLANTED_RATIO: return draw_scale(p);
    case PLANTED_TRANSPOSED: case PLANTED_SHIFTED: case PLANTED_REVERSED: case PLANTED_PERMUTED: return draw_order(p);
    case PLANTED_NO_DECAY: case PLANTED_DECAY:
      p->number = pow(10, -1 - 3 * rng_uniform(&p->random));
      if (p->bug == PLANTED_NO_DECAY) p->l2 = p->number;
      else p->number = -p->number;
      return draw_target(p, 4, 1, 3);
    case PLANTED_OTHER: return draw_other(p);
    case PLANTED_CLIPPED: return draw_clipped(p);
    case PLANTED_SLICE:
      if (!draw_target(p, 24, 2, 3)) return false;
      p->index = rng_below(&p->random, p->tensors[p->target].shape[p->axis]);
      return planted_count(&p->tensors[p->target]) / p->tensors[p->target].shape[p->axis] >= 6;
    case PLANTED_NO_DERIVATIVE: return draw_derivative(p);
    case PLANTED_FIRST: case PLANTED_LAST:
      p->all = false;
      p->target = 1; /* the parameter: of the input, the other samples' entries are 0 */
      return p->layer == PLANTED_DENSE || p->layer == PLANTED_CONV || p->layer == PLANTED_ACTIVATION;
    case PLANTED_CONSTANT_STATISTICS: return p->layer == PLANTED_BATCHNORM;
    case PLANTED_SINGLE: return draw_target(p, 12, 1, 3);
    default: return draw_target(p, 4, 1, 3);
  }
}

/* ---- spoiling ---- */

static double rms_of(const double *g, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += g[i] * g[i];
  return sqrt(sum / (double)n);
}

static void reorder(const planted *p, double *g, size_t n) {
  double copy[PLANTED_MOST];
  memcpy(copy, g, n * sizeof *g);
  for (size_t i = 0; i < n; i++) g[i] = p->order[i] == SIZE_MAX ? 0 : copy[p->order[i]];
}

/* One slice: zero, negated, doubled, or noise. */
static void spoil_slice(const planted *p, double *g, size_t n) {
  const clino_tensor *t = &p->tensors[p->target];
  size_t stride = stride_of(t, p->axis), length = t->shape[p->axis];
  int way = (int)(4 * fabs(p->drawn[0]));
  for (size_t i = 0; i < n; i++)
    if (i / stride % length == p->index)
      g[i] = way == 0 ? 0 : way == 1 ? -g[i] : way == 2 ? 2 * g[i] : g[i] + p->drawn[i];
}

/* Bugs that no name fits. s: the gradient's root mean square. */
static void distort(const planted *p, const double *x, double *g, size_t n, double s) {
  double size = pow(10, -3 * fabs(p->drawn[PLANTED_MOST - 1])), last = g[n - 1];
  for (size_t i = 0; i < n; i++) {
    double u = g[i] / s, d = p->drawn[i], next = i + 1 < n ? g[i + 1] : last;
    bool in_subset = fabs(p->drawn[(i * 7 + 3) % PLANTED_MOST]) < 0.1 + 0.8 * size;
    switch (p->bug) {
      case PLANTED_NOISE: g[i] += s * size * d; break;
      case PLANTED_SUBSET: g[i] = in_subset ? s * d : g[i]; break;
      case PLANTED_SIGNS: g[i] = i && in_subset ? -g[i] : g[i]; break;
      case PLANTED_CUBE: g[i] = s * u * u * u; break;
      case PLANTED_TANH: g[i] = s * tanh(u); break;
      case PLANTED_ABSOLUTE: g[i] = fabs(g[i]); break;
      case PLANTED_ROOT: g[i] = s * copysign(sqrt(fabs(u)), u); break;
      case PLANTED_ONLY_SIGN: g[i] = g[i] > 0 ? s : -s; break;
      case PLANTED_OFFSET: g[i] += s * (size + 0.01); break;
      case PLANTED_BLURRED: g[i] = 0.5 * (g[i] + next); break;
      case PLANTED_SQUARE_TERM: g[i] += s * x[i] * x[i]; break;
      case PLANTED_ZEROS: g[i] = i && in_subset ? 0 : g[i]; break;
      default: break;
    }
  }
}

/* The gradient that the layer has at a point nearby. */
static void at_a_point_nearby(planted *p) {
  double kept[PLANTED_MOST], *x = value_of(p, p->target);
  size_t n = planted_count(&p->tensors[p->target]);
  memcpy(kept, x, n * sizeof *x);
  for (size_t i = 0; i < n; i++) x[i] += 0.1 * p->drawn[i];
  planted_run(p, false);
  planted_run(p, true);
  memcpy(x, kept, n * sizeof *x);
  planted_run(p, false);
}

static void spoil(planted *p, size_t t) {
  double *g = grad_of(p, t), *x = value_of(p, t);
  size_t n = planted_count(&p->tensors[t]);
  switch (p->bug) {
    case PLANTED_SIGN: for (size_t i = 0; i < n; i++) g[i] = -g[i]; break;
    case PLANTED_TWICE: case PLANTED_HALF: case PLANTED_SUM: case PLANTED_MEAN: case PLANTED_KEEP: case PLANTED_PI:
    case PLANTED_RATIO: for (size_t i = 0; i < n; i++) g[i] *= p->number; break;
    case PLANTED_TRANSPOSED: case PLANTED_SHIFTED: case PLANTED_REVERSED: case PLANTED_PERMUTED:
      reorder(p, g, n);
      break;
    case PLANTED_DECAY: for (size_t i = 0; i < n; i++) g[i] -= p->number * x[i]; break;
    case PLANTED_ZERO: memset(g, 0, n * sizeof *g); break;
    case PLANTED_OTHER: memcpy(g, grad_of(p, p->other), n * sizeof *g); break;
    case PLANTED_CLIPPED: for (size_t i = 0; i < n; i++) g[i] = fmin(fmax(g[i], -p->number), p->number); break;
    case PLANTED_SLICE: spoil_slice(p, g, n); break;
    case PLANTED_SINGLE:
      for (size_t i = 0; i < n; i++) g[i] = (double)(float)(g[i] + 1e-7 * p->drawn[i] * rms_of(g, n));
      break;
    case PLANTED_NEARBY: at_a_point_nearby(p); break;
    case PLANTED_NO_DERIVATIVE: case PLANTED_CONSTANT_STATISTICS: case PLANTED_NO_DECAY: break;
    default: distort(p, x, g, n, rms_of(g, n)); break;
  }
}

/* The cotangents of all samples but one are 0. */
static void one_sample(planted *p) {
  double kept[PLANTED_MOST];
  size_t each = p->n_y / p->n, only = p->bug == PLANTED_FIRST ? 0 : p->n - 1;
  memcpy(kept, p->c, sizeof kept);
  for (size_t k = 0; k < p->n_y; k++)
    if (k / each != only) p->c[k] = 0;
  planted_run(p, true);
  memcpy(p->c, kept, sizeof kept);
}

/* Buffers as the check filled them: left alone, added to, or written with what an earlier call left. */
static void write_wrongly(planted *p) {
  double before[PLANTED_MOST], *g = grad_of(p, p->target), *kept = p->kept[0];
  size_t n = planted_count(&p->tensors[p->target]);
  memcpy(before, g, n * sizeof *g);
  planted_run(p, true);
  for (size_t i = 0; i < n; i++) {
    if (p->bug == PLANTED_UNWRITTEN) g[i] = before[i];
    if (p->bug == PLANTED_ADDS) g[i] += before[i];
    if (p->bug == PLANTED_KEEPS) g[i] = kept[i] += g[i];
    if (p->bug == PLANTED_STALE) g[i] = p->keeps ? kept[i] : (kept[i] = g[i]);
  }
  p->keeps = true;
}

void planted_backward(planted *p) {
  if (p->bug == PLANTED_FIRST || p->bug == PLANTED_LAST) {
    double other[PLANTED_TENSORS][PLANTED_MOST];
    planted_run(p, true);
    for (size_t t = 0; t < p->n_tensors && t < PLANTED_TENSORS; t++) memcpy(other[t], grad_of(p, t), sizeof other[t]);
    one_sample(p);
    for (size_t t = 0; t < p->n_tensors && t < PLANTED_TENSORS; t++)
      if (t != p->target) memcpy(grad_of(p, t), other[t], sizeof other[t]);
    return;
  }
  if (p->bug == PLANTED_UNWRITTEN || p->bug == PLANTED_ADDS || p->bug == PLANTED_KEEPS || p->bug == PLANTED_STALE) {
    write_wrongly(p);
    return;
  }
  planted_run(p, true);
  for (size_t t = 0; t < p->n_tensors && p->bug; t++)
    if (p->all || t == p->target) spoil(p, t);
}
