/* Evaluations on a tape: every operation appends its value and, for the sweeps of tape_sweep.c, what it was. A check
 * evaluates many thousand times and differentiates seldom, so appending does nothing else. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gallery/tape_nodes.h"

void *tape_memory(void *old, size_t count, size_t size) {
  void *p = count <= PTRDIFF_MAX / size ? realloc(old, count * size) : NULL;
  if (p) return p;
  fprintf(stderr, "gallery: out of memory\n");
  exit(EXIT_FAILURE);
}

static void grow(tape *t) {
  t->room = t->room ? 2 * t->room : 4096;
  t->node = tape_memory(t->node, t->room, sizeof *t->node);
  t->value = tape_memory(t->value, t->room, sizeof *t->value);
}

tape *tape_new(void) {
  tape *t = tape_memory(NULL, 1, sizeof *t);
  memset(t, 0, sizeof *t);
  grow(t);
  return t;
}

void tape_free(tape *t) {
  if (!t) return;
  free(t->node);
  free(t->value);
  free(t->kink);
  free(t->exact);
  free(t->pa);
  free(t->pb);
  free(t->tangent);
  free(t->adjoint);
  free(t);
}

static inline double rounded(const tape *t, double v) { return t->single ? (double)(float)v : v; }

static inline var append(tape *t, tape_op op, var a, var b, double c, unsigned flags, double value) {
  if (t->n == t->room) grow(t);
  t->node[t->n] = (tape_node){c, a, b, (uint16_t)op, (uint16_t)(flags | t->sample)};
  t->value[t->n] = rounded(t, value);
  return (var)t->n++;
}

static inline double at(const tape *t, var v) { return t->value[v]; }

static var append_leaf(tape *t, tape_op op, double value) {
  return append(t, op, (var)t->n, (var)t->n, value, 0, value);
}

static inline var append_unary(tape *t, tape_op op, var a, double value) { return append(t, op, a, a, 0, 0, value); }

var tape_begin(tape *t, size_t n, const double *x, bool single) {
  t->n = t->n_kinks = 0;
  t->n_inputs = n;
  t->single = single;
  t->sample = 0;
  t->faults = 0;
  for (size_t i = 0; i < n; i++) append_leaf(t, OP_INPUT, x[i]);
  return 0;
}

double tape_value(const tape *t, var v) { return at(t, v); }

/* ---- arithmetic ---- */

var tape_const(tape *t, double c) { return append_leaf(t, OP_CONST, c); }
var tape_add(tape *t, var a, var b) { return append(t, OP_ADD, a, b, 0, 0, at(t, a) + at(t, b)); }
var tape_sub(tape *t, var a, var b) { return append(t, OP_SUB, a, b, 0, 0, at(t, a) - at(t, b)); }
var tape_mul(tape *t, var a, var b) { return append(t, OP_MUL, a, b, 0, 0, at(t, a) * at(t, b)); }
var tape_div(tape *t, var a, var b) { return append(t, OP_DIV, a, b, 0, 0, at(t, a) / at(t, b)); }

var tape_addc(tape *t, var a, double c) {
  c = rounded(t, c);
  return append(t, OP_ADDC, a, a, c, 0, at(t, a) + c);
}

var tape_mulc(tape *t, var a, double c) {
  c = rounded(t, c);
  return append(t, OP_MULC, a, a, c, 0, at(t, a) * c);
}

var tape_square(tape *t, var a) { return append_unary(t, OP_SQUARE, a, at(t, a) * at(t, a)); }
var tape_sqrt(tape *t, var a) { return append_unary(t, OP_SQRT, a, sqrt(at(t, a))); }
var tape_exp(tape *t, var a) { return append_unary(t, OP_EXP, a, exp(at(t, a))); }
var tape_log(tape *t, var a) { return append_unary(t, OP_LOG, a, log(at(t, a))); }
var tape_log1p(tape *t, var a) { return append_unary(t, OP_LOG1P, a, log1p(at(t, a))); }
var tape_sin(tape *t, var a) { return append_unary(t, OP_SIN, a, sin(at(t, a))); }
var tape_cos(tape *t, var a) { return append_unary(t, OP_COS, a, cos(at(t, a))); }
var tape_erf(tape *t, var a) { return append_unary(t, OP_ERF, a, erf(at(t, a))); }

var tape_sum(tape *t, size_t n, const var *v) {
  if (!n) return tape_const(t, 0);
  var s = v[0];
  for (size_t i = 1; i < n; i++) s = tape_add(t, s, v[i]);
  return s;
}

var tape_dot(tape *t, size_t n, const var *a, const var *b) {
  if (!n) return tape_const(t, 0);
  var s = tape_mul(t, a[0], b[0]);
  for (size_t i = 1; i < n; i++)
    s = append(t, OP_DOT, a[i], b[i], 0, 0, at(t, s) + rounded(t, at(t, a[i]) * at(t, b[i])));
  return s;
}

var tape_dotc(tape *t, size_t n, const var *a, const double *c) {
  if (!n) return tape_const(t, 0);
  var s = tape_mulc(t, a[0], c[0]);
  for (size_t i = 1; i < n; i++) {
    double ci = rounded(t, c[i]);
    s = append(t, OP_DOTC, a[i], a[i], ci, 0, at(t, s) + rounded(t, ci * at(t, a[i])));
  }
  return s;
}

/* ---- activations ---- */

static var activation(tape *t, tape_op op, var a, double value) {
  t->faults |= 1u << TAPE_NO_ACTIVATION_DERIVATIVE;
  return append_unary(t, op, a, value);
}

static double sigmoid(double a) {
  double e = exp(-fabs(a)); /* at most 1 */
  return (a < 0 ? e : 1) / (1 + e);
}

static unsigned sign_of(double v) { return (v > 0 ? NODE_POSITIVE : 0u) | (v < 0 ? NODE_NEGATIVE : 0u); }

/* A kink where v is 0, of the operation that is appended next. */
static void add_kink(tape *t, var v) {
  if (t->n_kinks == t->kink_room) {
    t->kink_room = t->kink_room ? 2 * t->kink_room : 256;
    t->kink = tape_memory(t->kink, t->kink_room, sizeof *t->kink);
  }
  t->kink[t->n_kinks].at = v;
  t->kink[t->n_kinks++].of = (var)t->n;
}

var tape_tanh(tape *t, var a) { return activation(t, OP_TANH, a, tanh(at(t, a))); }
var tape_sigmoid(tape *t, var a) { return activation(t, OP_SIGMOID, a, sigmoid(at(t, a))); }
var tape_softplus(tape *t, var a) {
  double v = at(t, a);
  return activation(t, OP_SOFTPLUS, a, (v > 0 ? v : 0) + log1p(exp(-fabs(v))));
}
var tape_gelu(tape *t, var a) { return activation(t, OP_GELU, a, at(t, a) * 0.5 * erfc(-at(t, a) * sqrt(0.5))); }
var tape_silu(tape *t, var a) { return activation(t, OP_SILU, a, at(t, a) * sigmoid(at(t, a))); }

/* NaN stays NaN. */
var tape_leaky(tape *t, var a, double c) {
  double v = at(t, a);
  c = rounded(t, c);
  t->faults |= 1u << TAPE_NO_ACTIVATION_DERIVATIVE;
  add_kink(t, a);
  return append(t, OP_LEAKY, a, a, c, sign_of(v), v > 0 ? v : c * v);
}

var tape_relu(tape *t, var a) {
  double v = at(t, a);
  t->faults |= 1u << TAPE_NO_ACTIVATION_DERIVATIVE;
  add_kink(t, a);
  return append(t, OP_RELU, a, a, 0, sign_of(v), v <= 0 ? 0 : v);
}

var tape_abs(tape *t, var a) {
  add_kink(t, a);
  return append(t, OP_ABS, a, a, 0, sign_of(at(t, a)), fabs(at(t, a)));
}

var tape_max(tape *t, var a, var b) {
  add_kink(t, tape_sub(t, a, b));
  bool first = !(at(t, a) < at(t, b));
  return append(t, OP_MAX, a, b, 0, first ? NODE_POSITIVE : 0, at(t, first ? a : b));
}

var tape_huber(tape *t, var a, double d) {
  double v = at(t, a);
  d = rounded(t, d);
  unsigned side = (v > d ? NODE_POSITIVE : 0u) | (v < -d ? NODE_NEGATIVE : 0u);
  return append(t, OP_HUBER, a, a, d, side, side ? d * (fabs(v) - d / 2) : v * v / 2);
}

size_t tape_kinks(const tape *t) { return t->n_kinks; }
var tape_kink(const tape *t, size_t k) { return t->kink[k].at; }

void tape_take_branch(tape *t, size_t k, bool positive) {
  tape_node *of = t->node + t->kink[k].of;
  unsigned rest = of->flags & ~(unsigned)(NODE_POSITIVE | NODE_NEGATIVE);
  of->flags = (uint16_t)(rest | (positive ? NODE_POSITIVE : NODE_NEGATIVE));
}

/* ---- marks ---- */

static var mark(tape *t, var a, double c, unsigned flag) { return append(t, OP_SAME, a, a, c, flag, at(t, a)); }

void tape_sample(tape *t, bool last) {
  t->sample = last ? 0 : NODE_NOT_LAST;
  if (!last) t->faults |= 1u << TAPE_LAST_SAMPLE_ONLY;
}

void tape_batch(tape *t) { t->sample = 0; }

var tape_bias(tape *t, var b, size_t batch) {
  if (batch > 1) t->faults |= 1u << TAPE_BIAS_MEAN;
  return mark(t, b, 1 / (double)batch, NODE_BIAS);
}

var tape_broadcast(tape *t, var a) {
  unsigned later = t->node[a].flags & NODE_BROADCAST ? NODE_NOT_FIRST : 0;
  if (later) t->faults |= 1u << TAPE_WRONG_BROADCAST;
  t->node[a].flags |= NODE_BROADCAST;
  return mark(t, a, 0, later);
}

var tape_scale_fixed(tape *t, var a, double c) {
  c = rounded(t, c);
  if (c != 0 && c != 1) t->faults |= 1u << TAPE_NO_DROPOUT_SCALE;
  return append(t, OP_MULC, a, a, c, NODE_DROPOUT, at(t, a) * c);
}

var tape_statistic(tape *t, var a) {
  t->faults |= 1u << TAPE_CONSTANT_STATISTICS;
  return mark(t, a, 0, NODE_STATISTIC);
}

var tape_regularizer(tape *t, var a) {
  t->faults |= 1u << TAPE_NO_REGULARIZER;
  return mark(t, a, 0, NODE_REGULARIZER);
}

unsigned tape_faults(const tape *t) { return t->faults; }
