#include "support/stalls.h"

#include <math.h>
#include <string.h>

#include "clino/optimizer.h"
#include "figure.h"

const char *const stall_plant_names[PLANT_COUNT] = {"minimum",  "saddle",      "flat",   "bouncing",
                                                    "rate low", "noise floor", "valley", "plateau"};
const char *const stall_rules[3] = {"gradient-descent", "momentum", "adam"};

/* ---- objectives, at y = mirror (x - center) ---- */

typedef struct planted_stall {
  stall_plant plant;
  double lambda[STALLS_N], mirror[STALLS_N], center[STALLS_N], width;
  double shift[STALLS_BATCHES][STALLS_N]; /* of the batches' minima; they add up to 0 */
  size_t batch;
} planted_stall;

static uint64_t next(uint64_t *state) { /* SplitMix64 (Steele, Lea and Flood 2014) */
  uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

static double between(uint64_t *state, double low, double high) {
  return low + (high - low) * (double)(next(state) >> 11) * 0x1p-53;
}

static double term(const planted_stall *p, size_t i, double y, double *slope) {
  double s = p->batch == CLINO_SAMPLE_ALL ? 0 : p->shift[p->batch][i], sigmoid;
  switch (p->plant) {
    case PLANT_SADDLE:
      *slope = p->lambda[i] * y + y * y * y;
      return p->lambda[i] * y * y / 2 + y * y * y * y / 4;
    case PLANT_FLAT:
      *slope = y > 0 ? 1 : 0;
      return y > 0 ? y : 0;
    case PLANT_BOUNCING:
      if (i > 0) break;
      *slope = p->lambda[0] * p->width * tanh(y / p->width);
      y = fabs(y) / p->width;
      return p->lambda[0] * p->width * p->width * (y + log1p(exp(-2 * y)) - log(2));
    case PLANT_PLATEAU:
      sigmoid = 1 / (1 + exp(-y));
      *slope = 2 * (sigmoid - 1) * sigmoid * (1 - sigmoid);
      return (sigmoid - 1) * (sigmoid - 1);
    default: break;
  }
  *slope = p->lambda[i] * (y - s);
  return p->lambda[i] * (y - s) * (y - s) / 2;
}

static int objective(size_t n, const double *x, double *f, double *grad, void *ctx) {
  const planted_stall *p = ctx;
  double slope[STALLS_N], dot = 0, back = 0;
  for (size_t i = 0; i < n; i++) dot += p->mirror[i] * (x[i] - p->center[i]);
  *f = p->plant == PLANT_FLAT ? 1 : 0;
  for (size_t i = 0; i < n; i++) *f += term(p, i, x[i] - p->center[i] - 2 * dot * p->mirror[i], &slope[i]);
  for (size_t i = 0; i < n; i++) back += p->mirror[i] * slope[i];
  for (size_t i = 0; grad && i < n; i++) grad[i] = slope[i] - 2 * back * p->mirror[i];
  return 0;
}

static int select_batch(size_t batch, void *ctx) {
  ((planted_stall *)ctx)->batch = batch;
  return 0;
}

/* ---- planting ---- */

typedef struct training {
  planted_stall p;
  double x[STALLS_N], last[STALLS_N], D[STALLS_N], rate, decay;
  size_t steps, rule;
  clino_optimizer_options o;
} training;

static void set_spectrum(training *t, uint64_t *s, double condition) {
  for (size_t i = 0; i < STALLS_N; i++) {
    double around = between(s, 0.8, 1.25);
    t->p.lambda[i] = pow(condition, -(double)i / (STALLS_N - 1)) * (i == 0 || i == STALLS_N - 1 ? 1 : around);
  }
}

static void turn(training *t, uint64_t *s) {
  double norm = 0;
  for (size_t i = 0; i < STALLS_N; i++) t->p.mirror[i] = between(s, -1, 1), norm += t->p.mirror[i] * t->p.mirror[i];
  for (size_t i = 0; i < STALLS_N; i++) t->p.mirror[i] /= sqrt(norm);
}

/* A rate as a share of the limit for lambda 1; for Adam, absolute. */
static void set_rate(training *t, double share, double adam) {
  t->rate = t->rule == 2 ? adam : share * clino_stability_limit(stall_rules[t->rule], t->o.momentum);
}

static void set_batches(training *t, uint64_t *s) {
  for (size_t i = 0; i < STALLS_N; i++) {
    double mean = 0;
    for (size_t b = 0; b < STALLS_BATCHES; b++) mean += t->p.shift[b][i] = between(s, -1, 1);
    for (size_t b = 0; b < STALLS_BATCHES; b++) t->p.shift[b][i] -= mean / STALLS_BATCHES;
  }
}

static void plant(training *t, uint64_t *s) {
  set_spectrum(t, s, 10);
  if (t->p.plant != PLANT_SADDLE && t->p.plant != PLANT_FLAT && t->p.plant != PLANT_PLATEAU) turn(t, s);
  bool kinks = t->p.plant == PLANT_FLAT || t->p.plant == PLANT_PLATEAU;
  for (size_t i = 0; i < STALLS_N; i++) {
    t->p.center[i] = kinks ? 0 : between(s, -1, 1);
    t->x[i] = t->p.center[i] + between(s, -0.7, 0.7);
  }
  t->steps = 400, t->decay = 1;
  switch (t->p.plant) {
    case PLANT_MINIMUM:
      set_rate(t, between(s, 0.2, 0.5), 0.05), t->steps = 8000, t->decay = t->rule == 2 ? 0.9985 : 1;
      break;
    case PLANT_SADDLE:
      t->p.lambda[3] = -between(s, 0.1, 1), t->x[3] = t->p.center[3];
      set_rate(t, 0.1, 0.05), t->steps = 8000, t->decay = t->rule == 2 ? 0.9985 : 1;
      break;
    case PLANT_FLAT:
      for (size_t i = 0; i < STALLS_N; i++) t->x[i] = -between(s, 0.2, 2);
      set_rate(t, 0.1, 0.01);
      break;
    case PLANT_BOUNCING: /* in a mirrored frame the wall is the first y */
      for (size_t i = 1; i < STALLS_N; i++) t->p.lambda[i] *= 0.05;
      t->p.width = t->rule == 2 ? 1e-3 : 0.3;
      set_rate(t, between(s, 2, 5), between(s, 0.1, 0.3)), t->steps = 2000;
      break;
    case PLANT_RATE_LOW:
      set_rate(t, pow(10, between(s, -5, -2.5)), pow(10, between(s, -6, -4))), t->steps = 100;
      break;
    case PLANT_NOISE:
      set_batches(t, s), set_rate(t, between(s, 0.02, 0.2), between(s, 0.005, 0.03)), t->steps = 4000;
      break;
    case PLANT_VALLEY: set_spectrum(t, s, 1e6), set_rate(t, between(s, 0.3, 0.6), 0), t->steps = 500; break;
    default:
      for (size_t i = 0; i < STALLS_N; i++) t->x[i] = -between(s, 11, 18);
      set_rate(t, between(s, 0.05, 0.5), 1e-4), t->steps = 30;
  }
}

static void train(training *t, uint64_t *s) {
  double grad[STALLS_N], before[STALLS_N], f, state[64 + 4 * STALLS_N];
  clino_error e;
  bench_require(clino_optimizer_state_init(&t->o, CLINO_F64, STALLS_N, state, sizeof state, &e) == CLINO_OK, e.message);
  t->o.rate = t->rate;
  for (size_t k = 0; k < t->steps; k++) {
    t->p.batch = t->p.plant == PLANT_NOISE ? (size_t)(next(s) % STALLS_BATCHES) : CLINO_SAMPLE_ALL;
    objective(STALLS_N, t->x, &f, grad, &t->p);
    memcpy(before, t->x, sizeof before);
    bench_require(clino_optimizer_step_f64(&t->o, STALLS_N, t->x, grad, state, &e) == CLINO_OK, e.message);
    if (k + 1 < t->steps) t->o.rate *= t->decay;
  }
  t->p.batch = CLINO_SAMPLE_ALL;
  const double *v = clino_optimizer_state_slot(state, 1);
  for (size_t i = 0; i < STALLS_N; i++) {
    t->last[i] = t->x[i] - before[i];
    if (t->rule == 2) t->D[i] = sqrt(v[i] / (1 - pow(t->o.beta2, (double)t->steps))) + t->o.epsilon;
  }
}

static void probe(training *t, clino_run *run, clino_stall_result *r) {
  clino_point *point;
  clino_error e;
  bench_require(clino_point_new(objective, &t->p, STALLS_N, t->x, NULL, &point, &e) == CLINO_OK, e.message);
  clino_stall_options o = clino_stall_options_default(stall_rules[t->rule]);
  o.rate = t->o.rate;
  o.last_step = t->last;
  if (t->rule == 2) o.preconditioner = t->D;
  if (t->p.plant == PLANT_NOISE) o.batches = STALLS_BATCHES, o.select_batch = select_batch, o.ctx = &t->p;
  o.run = run;
  o.at_step = (int64_t)t->steps;
  bench_require(clino_stall_probe(point, &o, r, &e) == CLINO_OK, e.message);
  clino_point_free(point);
}

bool stall_trial(stall_plant what, size_t rule, uint64_t seed, clino_run *run, clino_stall_result *r) {
  if (what == PLANT_VALLEY && rule == 2) return false;
  uint64_t s = seed * 1000 + (uint64_t)what * 10 + rule;
  training t = {.p = {.plant = what, .batch = CLINO_SAMPLE_ALL}, .rule = rule};
  t.o = clino_optimizer_options_default(stall_rules[rule]);
  plant(&t, &s);
  train(&t, &s);
  probe(&t, run, r);
  return true;
}

bool stall_named(stall_plant what, const clino_stall_result *r) {
  static const clino_critical_kind kinds[] = {CLINO_CRITICAL_MINIMUM, CLINO_CRITICAL_SADDLE, CLINO_CRITICAL_FLAT};
  static const clino_stall_cause causes[] = {CLINO_STALL_CRITICAL_POINT, CLINO_STALL_CRITICAL_POINT,
                                             CLINO_STALL_CRITICAL_POINT, CLINO_STALL_BOUNCING, CLINO_STALL_RATE_LOW,
                                             CLINO_STALL_NOISE_FLOOR, CLINO_STALL_VALLEY, CLINO_STALL_PLATEAU};
  return r->cause == causes[what] && (what > PLANT_FLAT || r->critical.kind == kinds[what]);
}
