/* Update rules against hand-written ones over 1,000 steps, against scalar f32 loops bit for bit, against closed forms,
 * forms of one rule against each other; what is not finite; errors. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clino/optimizer.h"
#include "handmade.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

#define N 37
#define STEPS 1000

static void *new_state(const clino_optimizer_options *o, clino_dtype dtype, size_t n) {
  size_t size = 0;
  clino_error e;
  CU_ASSERT_EQUAL_FATAL(clino_optimizer_state_size(o, dtype, n, &size, &e), CLINO_OK);
  void *state = malloc(size);
  CU_ASSERT_PTR_NOT_NULL_FATAL(state);
  CU_ASSERT_EQUAL_FATAL(clino_optimizer_state_init(o, dtype, n, state, size, &e), CLINO_OK);
  return state;
}

static void step64(const clino_optimizer_options *o, size_t n, double *p, const double *g, void *state) {
  CU_ASSERT_EQUAL_FATAL(clino_optimizer_step_f64(o, n, p, g, state, NULL), CLINO_OK);
}

/* ---- hand-written references ---- */

/* Rates, and momentum, that change from step to step. */
static void change(clino_optimizer_options *o, const clino_optimizer_options *base, uint64_t *seed) {
  o->rate = base->rate * random_between(seed, 0.3, 2);
  if (strcmp(o->rule, "nesterov") != 0) o->momentum = random_between(seed, 0.5, 0.99);
}

static double largest_difference(const clino_optimizer_options *base, handmade_style style, uint64_t seed) {
  static handmade h;
  double mine[N], theirs[N], grad[N], largest = 0;
  h = (handmade){.style = style};
  clino_tensor tensor[] = {CLINO_TENSOR_F64("W", theirs, grad, 1, N)};
  clino_optimizer_options o = *base;
  clino_step_call c = {.n_tensors = 1, .tensors = tensor, .options = &o};
  handmade_init(&c, &h);
  void *state = new_state(&o, CLINO_F64, N);
  for (size_t i = 0; i < N; i++) mine[i] = theirs[i] = random_normal(&seed);
  for (int t = 0; t < STEPS; t++) {
    for (size_t i = 0; i < N; i++) grad[i] = random_normal(&seed) + 0.3;
    change(&o, base, &seed);
    handmade_step(&c, &h);
    step64(&o, N, mine, grad, state);
    for (size_t i = 0; i < N; i++) largest = fmax(largest, fabs(mine[i] - theirs[i]) / fmax(fabs(theirs[i]), 1));
  }
  free(state);
  return largest;
}

/* All the ways in which a rule can be set up. */
static clino_optimizer_options variant(const char *rule, int v) {
  clino_optimizer_options o = clino_optimizer_options_default(rule);
  if (v & 1) o.weight_decay = 0.013;
  if (v & 2) o.decay_kind = CLINO_DECAY_DECOUPLED;
  if (v & 4) o.rate_place = o.rate_place == CLINO_RATE_INSIDE ? CLINO_RATE_OUTSIDE : CLINO_RATE_INSIDE;
  if (v & 4) o.epsilon_place = o.epsilon_place == CLINO_EPSILON_INSIDE ? CLINO_EPSILON_OUTSIDE : CLINO_EPSILON_INSIDE;
  if (v & 8) o.velocity_sign = CLINO_VELOCITY_UPHILL, o.adagrad_form = CLINO_ADAGRAD_RMS;
  if (v & 16) o.dampening = 0.35, o.bias_correction = false, o.clip_norm = 4.5, o.clip_value = 1.2, o.grad_scale = 0.7;
  return o;
}

static void equal_to_handwritten_rules_over_1000_steps(void) {
  for (size_t r = 0; r < clino_optimizer_count(); r++)
    for (int v = 0; v < 32; v++) {
      clino_optimizer_options o = variant(clino_optimizer_at(r)->name, v);
      double off = largest_difference(&o, v % 2 ? STYLE_INCREMENTAL : STYLE_PLAIN, 71 + (uint64_t)v);
      if (!(off <= 1e-12)) printf("\n    %s, variant %d: %g\n", o.rule, v, off);
      CU_ASSERT_TRUE(off <= 1e-12);
    }
}

/* ---- single precision: the same bits as scalar loops ---- */

typedef struct scalar32 {
  float rate, b1, b2, gain1, gain2, epsilon, step, unbias;
} scalar32;

static float scalar_step(const char *rule, const scalar32 *k, float p, float d, float *a, float *b) {
  if (!strcmp(rule, "gradient-descent")) return p - k->rate * d;
  if (!strcmp(rule, "momentum")) {
    *a = 0.9f * *a + d;
    return p - k->rate * *a;
  }
  if (!strcmp(rule, "adagrad")) {
    *a = *a + d * d;
    return p - k->rate * d / (sqrtf(*a) + k->epsilon);
  }
  if (!strcmp(rule, "rmsprop")) {
    *a = k->b2 * *a + k->gain2 * (d * d);
    return p - k->rate * d / (sqrtf(*a) + k->epsilon);
  }
  if (!strcmp(rule, "adadelta")) {
    *a = k->b2 * *a + k->gain2 * (d * d);
    float move = sqrtf(*b + k->epsilon) / sqrtf(*a + k->epsilon) * d;
    *b = k->b2 * *b + k->gain2 * (move * move);
    return p - k->rate * move;
  }
  *a = k->b1 * *a + k->gain1 * d; /* adam */
  *b = k->b2 * *b + k->gain2 * (d * d);
  return p - k->step * *a / (k->unbias * sqrtf(*b) + k->epsilon);
}

static void single_precision_equals_scalar_loops_bit_for_bit(void) {
  static const char *const rules[] = {"gradient-descent", "momentum", "adagrad", "rmsprop", "adadelta", "adam"};
  enum { M = 1021 };
  static float p[M], q[M], a[M], b[M], g[M];
  for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++) {
    clino_optimizer_options o = clino_optimizer_options_default(rules[r]);
    scalar32 k = {(float)o.rate, (float)o.beta1, (float)o.beta2, (float)(1 - o.beta1), (float)(1 - o.beta2),
                  (float)o.epsilon, 0, 0};
    uint64_t seed = 5 + r;
    double p1 = 1, p2 = 1;
    void *state = new_state(&o, CLINO_F32, M);
    for (size_t i = 0; i < M; i++) p[i] = q[i] = (float)random_normal(&seed), a[i] = b[i] = 0;
    for (int t = 1; t <= 200; t++) {
      for (size_t i = 0; i < M; i++) g[i] = (float)(random_normal(&seed) * pow(10, -(double)(i % 12)));
      p1 *= o.beta1, p2 *= o.beta2;
      k.step = (float)(o.rate / (1 - p1)), k.unbias = (float)(1 / sqrt(1 - p2));
      for (size_t i = 0; i < M; i++) q[i] = scalar_step(rules[r], &k, q[i], g[i], &a[i], &b[i]);
      CU_ASSERT_EQUAL(clino_optimizer_step_f32(&o, M, p, g, state, NULL), CLINO_OK);
    }
    CU_ASSERT_TRUE(!memcmp(p, q, sizeof p));
    if (clino_optimizer_state_slot(state, 0))
      CU_ASSERT_TRUE(!memcmp(clino_optimizer_state_slot(state, 0), a, sizeof a));
    free(state);
  }
}

/* ---- closed forms and published properties ---- */

static void velocity_ends_at_the_terminal_one(void) {
  for (int inside = 0; inside < 2; inside++) {
    clino_optimizer_options o = clino_optimizer_options_default("momentum");
    o.rate = 0.037, o.momentum = 0.93, o.rate_place = inside ? CLINO_RATE_INSIDE : CLINO_RATE_OUTSIDE;
    void *state = new_state(&o, CLINO_F64, 1);
    double p = 0, g = 2.385, before = 0;
    for (int t = 0; t < STEPS; t++) before = p, step64(&o, 1, &p, &g, state);
    ASSERT_NEAR(before - p, o.rate * g / (1 - o.momentum), 1e-12);
    ASSERT_NEAR(*(double *)clino_optimizer_state_slot(state, 0), (inside ? o.rate : 1) * g / (1 - o.momentum), 1e-12);
    CU_ASSERT_EQUAL(clino_optimizer_state_steps(state), STEPS);
    free(state);
  }
}

/* The moving average's weights sum to 1 - b^t, their mean age is b/(1 - b): about 1/(1 - b) steps count. */
static void moving_averages_weigh_as_they_should(void) {
  clino_optimizer_options o = clino_optimizer_options_default("rmsprop");
  o.beta2 = 0.97;
  void *ones = new_state(&o, CLINO_F64, 1), *ages = new_state(&o, CLINO_F64, 1);
  double p = 0, q = 0, one = 1;
  for (int t = 1; t <= STEPS; t++) {
    double root = sqrt((double)(STEPS - t));
    step64(&o, 1, &p, &one, ones);
    step64(&o, 1, &q, &root, ages);
    ASSERT_NEAR(*(double *)clino_optimizer_state_slot(ones, 0), 1 - pow(o.beta2, t), 1e-12);
  }
  ASSERT_NEAR(*(double *)clino_optimizer_state_slot(ages, 0), o.beta2 / (1 - o.beta2), 1e-9);
  free(ones);
  free(ages);
}

static void adams_first_step_is_the_rate(void) {
  static const double grads[] = {3e-4, -271.8, 1e-7, 5};
  for (size_t i = 0; i < 4; i++) {
    clino_optimizer_options o = clino_optimizer_options_default("adam");
    o.rate = 0.0123;
    void *state = new_state(&o, CLINO_F64, 1);
    double p = 0.77;
    step64(&o, 1, &p, &grads[i], state);
    ASSERT_NEAR(0.77 - p, o.rate * grads[i] / (fabs(grads[i]) + o.epsilon), 1e-12);
    free(state);
  }
}

/* Gradient descent on p^2/2 shrinks by 1 - eta; the heavy ball follows its characteristic equation. */
static void quadratics_follow_their_recurrences(void) {
  clino_optimizer_options o = clino_optimizer_options_default("gradient-descent"), m;
  m = clino_optimizer_options_default("momentum");
  o.rate = 0.031, m.rate = 0.3, m.momentum = 0.5;
  void *a = new_state(&o, CLINO_F64, 1), *b = new_state(&m, CLINO_F64, 1);
  double p = 1.7, q = 1.7, before = 1.7, now = 1.7;
  for (int t = 1; t <= 100; t++) {
    step64(&o, 1, &p, &(double){p}, a);
    step64(&m, 1, &q, &(double){q}, b);
    ASSERT_NEAR(p, 1.7 * pow(1 - o.rate, t), 1e-12);
    double next = now - m.rate * now + m.momentum * (now - before);
    before = now, now = next;
    CU_ASSERT_TRUE(fabs(q - now) <= 1e-14);
  }
  free(a);
  free(b);
}

/* ---- forms of one rule ---- */

static double bowl(double x, size_t i) { return (0.2 + 0.05 * (double)i) * x + 0.1 * sin(x); }

static void nesterovs_forms_are_equal(void) {
  clino_optimizer_options ahead = clino_optimizer_options_default("nesterov"), rewritten;
  ahead.nesterov_form = CLINO_NESTEROV_LOOKAHEAD;
  rewritten = clino_optimizer_options_default("nesterov");
  void *a = new_state(&ahead, CLINO_F64, N), *b = new_state(&rewritten, CLINO_F64, N);
  double p[N], y[N], point[N], g[N], mu[STEPS + 1], off = 0;
  uint64_t seed = 12;
  for (size_t i = 0; i < N; i++) p[i] = y[i] = random_normal(&seed);
  for (int t = 0; t <= STEPS; t++) mu[t] = random_between(&seed, 0.3, 0.98);
  for (int t = 0; t < STEPS; t++) {
    ahead.rate = rewritten.rate = random_between(&seed, 0.01, 0.1);
    ahead.momentum = rewritten.momentum = mu[t];
    rewritten.momentum_next = mu[t + 1];
    CU_ASSERT_EQUAL(clino_optimizer_lookahead_f64(&ahead, N, p, a, point, NULL), CLINO_OK);
    for (size_t i = 0; i < N; i++)
      off = fmax(off, fabs(point[i] - y[i])); /* the rewritten one walks the points ahead */
    for (size_t i = 0; i < N; i++) g[i] = bowl(point[i], i);
    step64(&ahead, N, p, g, a);
    for (size_t i = 0; i < N; i++) g[i] = bowl(y[i], i);
    step64(&rewritten, N, y, g, b);
  }
  CU_ASSERT_TRUE(off <= 1e-12);
  CU_ASSERT_EQUAL(clino_optimizer_lookahead_f64(&rewritten, N, y, b, point, NULL), CLINO_OK);
  CU_ASSERT_TRUE(!memcmp(point, y, sizeof y));
  free(a);
  free(b);
}

/* Runs two set-ups on the same gradients, the rate changing or not; the largest difference. */
static double apart(clino_optimizer_options x, clino_optimizer_options y, bool changing) {
  void *a = new_state(&x, CLINO_F64, N), *b = new_state(&y, CLINO_F64, N);
  double p[N] = {0}, q[N] = {0}, g[N], off = 0;
  uint64_t seed = 33;
  for (int t = 0; t < STEPS; t++) {
    for (size_t i = 0; i < N; i++) g[i] = random_normal(&seed);
    if (changing) x.rate = y.rate = random_between(&seed, 0.01, 0.1);
    step64(&x, N, p, g, a);
    step64(&y, N, q, g, b);
    for (size_t i = 0; i < N; i++) off = fmax(off, fabs(p[i] - q[i]));
  }
  free(a);
  free(b);
  return off;
}

static void forms_of_momentum_and_adagrad(void) {
  clino_optimizer_options x = clino_optimizer_options_default("momentum"), y = x, z = x;
  x.rate_place = CLINO_RATE_INSIDE;
  CU_ASSERT_TRUE(apart(x, y, false) <= 1e-12);
  CU_ASSERT_TRUE(apart(x, y, true) > 1e-3);
  z.velocity_sign = CLINO_VELOCITY_DOWNHILL;
  CU_ASSERT_EQUAL(apart(y, z, true), 0);
  y.dampening = y.momentum; /* is momentum at a tenth of the rate */
  z.rate *= 1 - z.momentum;
  CU_ASSERT_TRUE(apart(y, z, false) <= 1e-12);
  z = y;
  z.first_undampened = true;
  CU_ASSERT_TRUE(apart(y, z, false) > 1e-3);
  for (int inside = 0; inside < 2; inside++) {
    x = clino_optimizer_options_default("adagrad");
    x.epsilon = 0.01;
    if (inside) x.epsilon_place = CLINO_EPSILON_INSIDE;
    y = x;
    y.adagrad_form = CLINO_ADAGRAD_RMS;
    CU_ASSERT_TRUE(apart(x, y, true) <= 1e-12);
    y = clino_optimizer_options_default("adagrad-mean");
    CU_ASSERT_TRUE(apart(x, y, true) > 1e-2);
  }
}

static void weight_decay_is_coupled_or_not(void) {
  clino_optimizer_options x = clino_optimizer_options_default("gradient-descent"), y;
  x.weight_decay = 0.1;
  y = x;
  y.decay_kind = CLINO_DECAY_DECOUPLED;
  CU_ASSERT_TRUE(apart(x, y, true) <= 1e-13); /* without a state the two are the same */
  x = clino_optimizer_options_default("adam");
  y = clino_optimizer_options_default("adamw");
  x.decay_kind = CLINO_DECAY_DECOUPLED;
  x.weight_decay = y.weight_decay;
  CU_ASSERT_EQUAL(apart(x, y, true), 0);
  y.weight_decay = 0;
  CU_ASSERT_TRUE(apart(x, y, true) > 1e-4);
}

/* ---- clipping, norms, what is not finite ---- */

static void norms_do_not_overflow(void) {
  double x[] = {3e300, -4e300, 0}, tiny[] = {3e-320, 4e-320}, bad[] = {1, NAN}, far[] = {INFINITY, 1};
  float f[] = {3e38f, -3e38f, 1e38f}, small[] = {3e-45f, 4e-45f};
  ASSERT_NEAR(clino_gradient_norm_f64(3, x), 5e300, 1e-15);
  ASSERT_NEAR(clino_gradient_norm_f64(2, tiny), 5e-320, 1e-3);
  CU_ASSERT_TRUE(isnan(clino_gradient_norm_f64(2, bad)));
  CU_ASSERT_EQUAL(clino_gradient_norm_f64(2, far), INFINITY);
  CU_ASSERT_EQUAL(clino_gradient_norm_f64(0, NULL), 0);
  ASSERT_NEAR(clino_gradient_norm_f32(3, f), sqrt(19.0 / 9) * (double)3e38f, 1e-6);
  ASSERT_NEAR(clino_gradient_norm_f32(2, small), hypot((double)small[0], (double)small[1]), 1e-15);
}

static void clipping_bounds_the_gradient(void) {
  clino_optimizer_options o = clino_optimizer_options_default("gradient-descent");
  o.rate = 1, o.clip_norm = 2.5;
  void *state = new_state(&o, CLINO_F64, 3);
  double p[3] = {0}, g[3] = {6, -8, 0}, inf[3] = {INFINITY, -7, NAN};
  step64(&o, 3, p, g, state);
  ASSERT_NEAR(p[0], -1.5, 1e-15);
  ASSERT_NEAR(p[1], 2, 1e-15);
  ASSERT_FAILS(clino_optimizer_step_f64(&o, 3, p, inf, state, &error), CLINO_ERR_RANGE, "clip_norm");
  CU_ASSERT_EQUAL(clino_optimizer_state_steps(state), 1);
  o.clip_norm = INFINITY, o.clip_value = 0.75;
  p[0] = p[1] = p[2] = 0;
  step64(&o, 3, p, inf, state);
  CU_ASSERT_EQUAL(p[0], -0.75);
  CU_ASSERT_EQUAL(p[1], 0.75);
  CU_ASSERT_TRUE(isnan(p[2]));
  free(state);
}

static void what_is_not_finite_stays_in_its_entry(void) {
  for (size_t r = 0; r < clino_optimizer_count(); r++) {
    clino_optimizer_options o = clino_optimizer_options_default(clino_optimizer_at(r)->name);
    void *a = new_state(&o, CLINO_F32, 9), *b = new_state(&o, CLINO_F32, 9);
    float p[9], q[9], g[9], h[9];
    for (int i = 0; i < 9; i++) p[i] = q[i] = (float)i - 3.5f, g[i] = h[i] = 0.3f * (float)i - 1;
    h[4] = NAN;
    h[7] = INFINITY;
    for (int t = 0; t < 3; t++) {
      clino_optimizer_step_f32(&o, 9, p, g, a, NULL);
      clino_optimizer_step_f32(&o, 9, q, h, b, NULL);
    }
    CU_ASSERT_TRUE(isnan(q[4]));
    CU_ASSERT_FALSE(isfinite(q[7]));
    for (int i = 0; i < 9; i++) CU_ASSERT_TRUE(i == 4 || i == 7 || p[i] == q[i]);
    free(a);
    free(b);
  }
}

static void steps_allocate_nothing(void) {
  clino_optimizer_options o = clino_optimizer_options_default("adamw");
  o.clip_norm = 1;
  void *state = new_state(&o, CLINO_F64, N);
  double p[N] = {0}, g[N] = {1, 2, 3};
  unsigned long count = allocations_count();
  for (int t = 0; t < 5; t++) step64(&o, N, p, g, state);
  clino_optimizer_lookahead_f64(&o, N, p, state, p, NULL);
  CU_ASSERT_EQUAL(allocations_count(), count);
  free(state);
}

/* ---- errors ---- */

static clino_status try_field(void (*set)(clino_optimizer_options *, double), double value, clino_error *e) {
  clino_optimizer_options o = clino_optimizer_options_default("adam");
  size_t size;
  set(&o, value);
  return clino_optimizer_state_size(&o, CLINO_F64, 3, &size, e);
}

#define FIELD(name) \
  static void set_##name(clino_optimizer_options *o, double value) { o->name = value; }
FIELD(rate)
FIELD(momentum)
FIELD(momentum_next)
FIELD(dampening)
FIELD(beta1)
FIELD(beta2)
FIELD(epsilon)
FIELD(weight_decay)
FIELD(grad_scale)
FIELD(clip_norm)
FIELD(clip_value)

static void every_field_has_its_range(void) {
  static const struct {
    const char *name;
    void (*set)(clino_optimizer_options *, double);
    double bad;
  } fields[] = {{"rate", set_rate, -1e-9},          {"momentum", set_momentum, 1},
                {"momentum_next", set_momentum_next, -0.5}, {"dampening", set_dampening, 1.01},
                {"beta1", set_beta1, 1},            {"beta2", set_beta2, -0.1},
                {"epsilon", set_epsilon, INFINITY}, {"weight_decay", set_weight_decay, -1},
                {"grad_scale", set_grad_scale, INFINITY}, {"clip_norm", set_clip_norm, 0},
                {"clip_value", set_clip_value, -2}};
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    ASSERT_FAILS(try_field(fields[i].set, fields[i].bad, &error), CLINO_ERR_RANGE, fields[i].name);
    ASSERT_FAILS(try_field(fields[i].set, NAN, &error), CLINO_ERR_RANGE, fields[i].name);
  }
  clino_optimizer_options o = clino_optimizer_options_default("adam");
  size_t size;
  o.decay_kind = (clino_decay_kind)3;
  ASSERT_FAILS(clino_optimizer_state_size(&o, CLINO_F64, 3, &size, &error), CLINO_ERR_RANGE, "decay_kind");
}

static void errors_of_optimizer(void) {
  clino_optimizer_options o = clino_optimizer_options_default("momentum"), zero = {0}, adam, none;
  adam = clino_optimizer_options_default("adam");
  none = clino_optimizer_options_default("adamm");
  size_t size = 0;
  double p[4] = {0}, g[4] = {0};
  float f[4] = {0};
  _Alignas(16) char small[80];
  ASSERT_FAILS(clino_optimizer_state_size(NULL, CLINO_F64, 3, &size, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_optimizer_state_size(&zero, CLINO_F64, 3, &size, &error), CLINO_ERR_RANGE, "_default()");
  ASSERT_FAILS(clino_optimizer_state_size(&none, CLINO_F64, 3, &size, &error), CLINO_ERR_NOT_FOUND, "adamm");
  ASSERT_FAILS(clino_optimizer_state_size(&o, CLINO_F64, 3, NULL, &error), CLINO_ERR_RANGE, "size");
  ASSERT_FAILS(clino_optimizer_state_size(&o, (clino_dtype)0, 3, &size, &error), CLINO_ERR_RANGE, "dtype");
  ASSERT_FAILS(clino_optimizer_state_size(&o, CLINO_F64, SIZE_MAX / 8, &size, &error), CLINO_ERR_RANGE, "too many");
  ASSERT_FAILS(clino_optimizer_state_init(&o, CLINO_F64, 4, NULL, 1000, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_optimizer_state_init(&o, CLINO_F64, 4, small, sizeof small, &error), CLINO_ERR_RANGE, "bytes");
  ASSERT_FAILS(clino_optimizer_state_init(&o, CLINO_F64, 0, small + 1, 79, &error), CLINO_ERR_RANGE, "aligned");
  memset(small, 0, sizeof small);
  ASSERT_FAILS(clino_optimizer_step_f64(&o, 4, p, g, small, &error), CLINO_ERR_RANGE, "not initialized");
  void *state = new_state(&o, CLINO_F64, 4);
  ASSERT_FAILS(clino_optimizer_step_f64(&o, 4, p, g, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_optimizer_step_f64(&o, 3, p, g, state, &error), CLINO_ERR_RANGE, "4 doubles");
  ASSERT_FAILS(clino_optimizer_step_f32(&o, 4, f, f, state, &error), CLINO_ERR_RANGE, "4 floats");
  ASSERT_FAILS(clino_optimizer_step_f64(&adam, 4, p, g, state, &error), CLINO_ERR_RANGE, "momentum");
  ASSERT_FAILS(clino_optimizer_step_f64(&o, 4, NULL, g, state, &error), CLINO_ERR_RANGE, "params");
  ASSERT_FAILS(clino_optimizer_lookahead_f64(&o, 4, p, state, NULL, &error), CLINO_ERR_RANGE, "point");
  CU_ASSERT_EQUAL(clino_optimizer_state_steps(state), 0);
  CU_ASSERT_PTR_NULL(clino_optimizer_state_slot(state, 1));
  CU_ASSERT_PTR_NULL(clino_optimizer_state_slot(NULL, 0));
  CU_ASSERT_PTR_NULL(clino_optimizer_at(clino_optimizer_count()));
  free(state);
  state = new_state(&o, CLINO_F64, 0);
  CU_ASSERT_EQUAL(clino_optimizer_step_f64(&o, 0, NULL, NULL, state, NULL), CLINO_OK);
  free(state);
}

static void every_rule_says_what_it_is(void) {
  CU_ASSERT_EQUAL(clino_optimizer_count(), 9);
  for (size_t r = 0; r < clino_optimizer_count(); r++) {
    const clino_optimizer_info *info = clino_optimizer_at(r);
    CU_ASSERT_TRUE(strlen(info->formula) > 5 && strlen(info->source) > 10);
    CU_ASSERT_TRUE(strlen(info->name) < 20);
  }
}

void suite_optimizer(CU_pSuite suite) {
  TEST(suite, equal_to_handwritten_rules_over_1000_steps);
  TEST(suite, single_precision_equals_scalar_loops_bit_for_bit);
  TEST(suite, velocity_ends_at_the_terminal_one);
  TEST(suite, moving_averages_weigh_as_they_should);
  TEST(suite, adams_first_step_is_the_rate);
  TEST(suite, quadratics_follow_their_recurrences);
  TEST(suite, nesterovs_forms_are_equal);
  TEST(suite, forms_of_momentum_and_adagrad);
  TEST(suite, weight_decay_is_coupled_or_not);
  TEST(suite, norms_do_not_overflow);
  TEST(suite, clipping_bounds_the_gradient);
  TEST(suite, what_is_not_finite_stays_in_its_entry);
  TEST(suite, steps_allocate_nothing);
  TEST(suite, every_field_has_its_range);
  TEST(suite, errors_of_optimizer);
  TEST(suite, every_rule_says_what_it_is);
}
