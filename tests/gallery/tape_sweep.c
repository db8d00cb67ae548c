/* Derivatives along a tape: partial derivatives of every node in long double, then forward sweeps (one an input, exact)
 * or one backward sweep in double, into which a fault can be planted. Branches are those that the evaluation took. */
#include <math.h>
#include <string.h>

#include "gallery/tape_nodes.h"

#define SQRT_HALF 0.70710678118654752440084436210484904L
#define ONE_BY_SQRT_2PI 0.39894228040143267793994605993438187L
#define TWO_BY_SQRT_PI 1.12837916709551257389615890312154517L

void tape_room_to_sweep(tape *t) {
  if (t->sweep_room >= t->n) return;
  t->sweep_room = t->room;
  t->exact = tape_memory(t->exact, t->room, sizeof *t->exact);
  t->pa = tape_memory(t->pa, t->room, sizeof *t->pa);
  t->pb = tape_memory(t->pb, t->room, sizeof *t->pb);
  t->tangent = tape_memory(t->tangent, t->room, sizeof *t->tangent);
  t->adjoint = tape_memory(t->adjoint, t->room, sizeof *t->adjoint);
}

static long double sigmoid(long double a) {
  long double e = expl(-fabsl(a));
  return (a < 0 ? e : 1) / (1 + e);
}

/* s(a) (1 - s(a)) without cancellation. */
static long double sigmoid_slope(long double a) {
  long double e = expl(-fabsl(a));
  return e / ((1 + e) * (1 + e));
}

/* The standard normal distribution. */
static long double normal(long double a) { return erfcl(-a * SQRT_HALF) / 2; }

/* The value of a node with operands a and b; before: the value of the node before it. */
static long double value_of(const tape_node *k, long double a, long double b, long double before) {
  bool positive = k->flags & NODE_POSITIVE, negative = k->flags & NODE_NEGATIVE;
  long double c = k->c;
  switch ((tape_op)k->op) {
    case OP_INPUT: case OP_CONST: break; /* prepare() knows them */
    case OP_SAME: return a;
    case OP_ADD: return a + b;
    case OP_SUB: return a - b;
    case OP_MUL: return a * b;
    case OP_DIV: return a / b;
    case OP_ADDC: return a + c;
    case OP_MULC: return a * c;
    case OP_DOT: return before + a * b;
    case OP_DOTC: return before + a * c;
    case OP_SQUARE: return a * a;
    case OP_SQRT: return sqrtl(a);
    case OP_EXP: return expl(a);
    case OP_LOG: return logl(a);
    case OP_LOG1P: return log1pl(a);
    case OP_SIN: return sinl(a);
    case OP_COS: return cosl(a);
    case OP_ERF: return erfl(a);
    case OP_TANH: return tanhl(a);
    case OP_SIGMOID: return sigmoid(a);
    case OP_SOFTPLUS: return (a > 0 ? a : 0) + log1pl(expl(-fabsl(a)));
    case OP_GELU: return a * normal(a);
    case OP_SILU: return a * sigmoid(a);
    case OP_RELU: return positive ? a : 0;
    case OP_LEAKY: return positive ? a : c * a;
    case OP_ABS: return negative ? -a : a;
    case OP_MAX: return positive ? a : b;
    case OP_HUBER: return positive ? c * (a - c / 2) : negative ? c * (-a - c / 2) : a * a / 2;
  }
  return NAN;
}

/* Derivatives by the operands a and b. That by the node before is 1 for OP_DOT and OP_DOTC. */
static void partials(const tape_node *k, long double a, long double b, long double *pa, long double *pb) {
  bool positive = k->flags & NODE_POSITIVE, negative = k->flags & NODE_NEGATIVE;
  long double c = k->c;
  *pa = *pb = 0;
  switch ((tape_op)k->op) {
    case OP_INPUT: case OP_CONST: return;
    case OP_SAME: case OP_ADDC: *pa = 1; return;
    case OP_ADD: *pa = *pb = 1; return;
    case OP_SUB: *pa = 1; *pb = -1; return;
    case OP_MUL: case OP_DOT: *pa = b; *pb = a; return;
    case OP_DIV: *pa = 1 / b; *pb = -a / (b * b); return;
    case OP_MULC: case OP_DOTC: *pa = c; return;
    case OP_SQUARE: *pa = 2 * a; return;
    case OP_SQRT: *pa = 0.5L / sqrtl(a); return;
    case OP_EXP: *pa = expl(a); return;
    case OP_LOG: *pa = 1 / a; return;
    case OP_LOG1P: *pa = 1 / (1 + a); return;
    case OP_SIN: *pa = cosl(a); return;
    case OP_COS: *pa = -sinl(a); return;
    case OP_ERF: *pa = TWO_BY_SQRT_PI * expl(-a * a); return;
    case OP_TANH: *pa = 4 * sigmoid_slope(2 * a); return;
    case OP_SIGMOID: *pa = sigmoid_slope(a); return;
    case OP_SOFTPLUS: *pa = sigmoid(a); return;
    case OP_GELU: *pa = normal(a) + a * ONE_BY_SQRT_2PI * expl(-a * a / 2); return;
    case OP_SILU: *pa = sigmoid(a) + a * sigmoid_slope(a); return;
    case OP_RELU: *pa = positive; return;
    case OP_LEAKY: *pa = positive ? 1 : c; return;
    case OP_ABS: *pa = positive - negative; return;
    case OP_MAX: *pa = positive; *pb = !positive; return;
    case OP_HUBER: *pa = positive ? c : negative ? -c : a; return;
  }
}

static bool follows(const tape_node *k) { return k->op == OP_DOT || k->op == OP_DOTC; }

/* ---- forward ---- */

/* Values and partial derivatives of the nodes up to last, in long double, from inputs and constants as rounded. */
static void prepare(tape *t, var last) {
  tape_room_to_sweep(t);
  for (size_t i = 0; i <= (size_t)last; i++) {
    const tape_node *k = t->node + i;
    if (k->op == OP_INPUT || k->op == OP_CONST) {
      t->exact[i] = t->value[i];
      t->pa[i] = t->pb[i] = 0;
      continue;
    }
    long double a = t->exact[k->a], b = t->exact[k->b];
    t->exact[i] = value_of(k, a, b, t->exact[i - 1]);
    partials(k, a, b, t->pa + i, t->pb + i);
  }
}

/* d node / d x[input], after prepare(). */
static long double sweep(tape *t, var node, size_t input) {
  long double *d = t->tangent;
  memset(d, 0, t->n_inputs * sizeof *d);
  d[input] = 1;
  for (size_t i = t->n_inputs; i <= (size_t)node; i++) {
    const tape_node *k = t->node + i;
    long double da = 0;
    if (k->op == OP_CONST) {
      d[i] = 0;
      continue;
    }
    /* A product with 0 is left out: the partial of what does not depend on the input may be infinite. */
    if (d[k->a] != 0) da += t->pa[i] * d[k->a];
    if (d[k->b] != 0 && t->pb[i] != 0) da += t->pb[i] * d[k->b];
    if (follows(k)) da += d[i - 1];
    d[i] = da;
  }
  return d[node];
}

void tape_exact_of(tape *t, var node, double *gradient) {
  prepare(t, node);
  for (size_t i = 0; i < t->n_inputs; i++) gradient[i] = (double)sweep(t, node, i);
}

void tape_exact(tape *t, var loss, double *gradient) { tape_exact_of(t, loss, gradient); }

long double tape_exact_in(tape *t, var node, size_t input) {
  prepare(t, node);
  return sweep(t, node, input);
}

long double tape_exact_value(tape *t, var node) {
  prepare(t, node);
  return t->exact[node];
}

/* ---- backward ---- */

static bool is_activation(const tape_node *k) { return k->op >= OP_TANH && k->op <= OP_LEAKY; }

/* What a node passes on per unit of its adjoint, where the fault changes it. */
static void spoil(const tape_node *k, tape_fault fault, double *pa, double *pb) {
  switch (fault) {
    case TAPE_NO_ACTIVATION_DERIVATIVE: if (is_activation(k)) *pa = 1; return;
    case TAPE_LAST_SAMPLE_ONLY: if (k->flags & NODE_NOT_LAST) *pa = *pb = 0; return;
    case TAPE_BIAS_MEAN: if (k->flags & NODE_BIAS) *pa = k->c; return;
    case TAPE_WRONG_BROADCAST: if (k->flags & NODE_NOT_FIRST) *pa = 0; return;
    case TAPE_NO_DROPOUT_SCALE: if (k->flags & NODE_DROPOUT && k->c != 0) *pa = 1; return;
    case TAPE_CONSTANT_STATISTICS: if (k->flags & NODE_STATISTIC) *pa = 0; return;
    case TAPE_NO_REGULARIZER: if (k->flags & NODE_REGULARIZER) *pa = 0; return;
    case TAPE_RIGHT: case TAPE_FAULTS: return;
  }
}

void tape_reverse(tape *t, var loss, tape_fault fault, double *gradient) {
  tape_room_to_sweep(t);
  memset(t->adjoint, 0, ((size_t)loss + 1) * sizeof *t->adjoint);
  t->adjoint[loss] = 1;
  for (size_t i = (size_t)loss; i >= t->n_inputs; i--) {
    const tape_node *k = t->node + i;
    double adjoint = t->adjoint[i];
    if (adjoint == 0 || k->op == OP_CONST) continue;
    long double la, lb;
    partials(k, t->value[k->a], t->value[k->b], &la, &lb);
    double pa = (double)la, pb = (double)lb;
    spoil(k, fault, &pa, &pb);
    if (pa != 0) t->adjoint[k->a] += adjoint * pa;
    if (pb != 0) t->adjoint[k->b] += adjoint * pb;
    if (follows(k) && !(fault == TAPE_LAST_SAMPLE_ONLY && k->flags & NODE_NOT_LAST)) t->adjoint[i - 1] += adjoint;
  }
  memcpy(gradient, t->adjoint, t->n_inputs * sizeof *gradient);
}
