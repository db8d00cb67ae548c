/* Functions that are awkward for steps: scales, oscillation, offsets, flat regions, edges of a domain, steepness; and
 * kinks that come without a net. */
#include "gallery/layers.h"

#include <math.h>

enum { N = 64 };

/* ---- scales ---- */

enum { DECADES = 17, PER_DECADE = 4, SCALES = DECADES * PER_DECADE };

static void scales_point(gallery_rng *r, double *x) {
  for (int i = 0; i < SCALES; i++) x[i] = pow(10, i % DECADES - 8) * gallery_uniform(r, 0.3, 3) * (i % 3 ? 1 : -1);
}

/* Each coordinate over its own scale: a square, an exponential, and a product with its neighbour's. */
static var scales_loss(tape *t, var x, uint64_t data_seed) {
  (void)data_seed;
  var y[SCALES], terms[SCALES];
  for (int i = 0; i < SCALES; i++) y[i] = tape_mulc(t, x + i, pow(10, 8 - i % DECADES));
  for (int i = 0; i < SCALES; i++) {
    var both = tape_mulc(t, tape_mul(t, y[i], y[(i + 1) % SCALES]), 0.3);
    var own = i % 2 ? tape_square(t, y[i]) : tape_exp(t, tape_mulc(t, y[i], -0.5));
    terms[i] = tape_add(t, own, both);
  }
  return tape_sum(t, SCALES, terms);
}

const gallery_objective gallery_scales = {
    .name = "scales", .what = "coordinates from 1e-8 to 1e8", .n = SCALES, .point = scales_point, .loss = scales_loss};

/* ---- oscillation ---- */

static void normal_point(gallery_rng *r, double *x) { g_point_normal(r, N, 1, x); }

static var oscillation_loss(tape *t, var x, uint64_t data_seed) {
  (void)data_seed;
  var terms[N];
  for (var i = 0; i < N; i++) {
    var wave = tape_mulc(t, tape_sin(t, tape_mulc(t, x + i, 1e3)), 1e-3);
    terms[i] = tape_add(t, wave, tape_mulc(t, tape_square(t, x + i), 0.5));
  }
  return tape_sum(t, N, terms);
}

const gallery_objective gallery_oscillation = {
    .name = "oscillation", .what = "a fast ripple on a bowl: sin(1000 x)", .n = N, .point = normal_point,
    .loss = oscillation_loss};

static void integer_point(gallery_rng *r, double *x) {
  for (int i = 0; i < N; i++) {
    x[i] = floor(gallery_uniform(r, -3, 4));
    if (i % 2) x[i] += gallery_dyadic(gallery_normal(r), 10);
  }
}

/* Half the coordinates are integers, where the derivative is the same without its factor pi. */
static var xcospi_loss(tape *t, var x, uint64_t data_seed) {
  (void)data_seed;
  var terms[N];
  for (var i = 0; i < N; i++) terms[i] = tape_mul(t, x + i, tape_cos(t, tape_mulc(t, x + i, 3.14159265358979323846)));
  return tape_sum(t, N, terms);
}

const gallery_objective gallery_x_cos_pi_x = {
    .name = "x_cos_pi_x", .what = "x cos(pi x), half at integers", .n = N, .traits = TRAIT_CLEAN,
    .point = integer_point, .loss = xcospi_loss};

/* ---- offset ---- */

static var offset_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  var terms[N];
  for (var i = 0; i < N; i++) {
    var phase = tape_addc(t, tape_mulc(t, x + i, 1.5), gallery_uniform(&r, 0, 6));
    terms[i] = tape_add(t, tape_sin(t, phase), tape_mulc(t, tape_square(t, x + i), 0.1));
  }
  return tape_addc(t, tape_sum(t, N, terms), 1e6);
}

const gallery_objective gallery_offset = {
    .name = "offset", .what = "a sum of order 1 on an offset of 1e6", .n = N, .point = normal_point,
    .loss = offset_loss};

/* ---- flat: every third coordinate does not enter, every third stands on a plateau's slope ---- */

enum { FLAT = 66 };

static void flat_point(gallery_rng *r, double *x) { g_point_normal(r, FLAT, 1, x); }

static var flat_loss(tape *t, var x, uint64_t data_seed) {
  (void)data_seed;
  var terms[FLAT];
  size_t m = 0;
  for (var i = 0; i + 1 < FLAT; i += 3) {
    terms[m++] = tape_sigmoid(t, tape_addc(t, x + i + 1, i % 2 ? 12 : -12));
    terms[m++] = tape_square(t, tape_sin(t, tape_sub(t, x + i, x + (i + 3) % FLAT)));
  }
  return tape_sum(t, m, terms);
}

const gallery_objective gallery_flat = {
    .name = "flat", .what = "a third of the entries constant, a third on a plateau", .n = FLAT, .point = flat_point,
    .loss = flat_loss};

/* ---- domains with an edge ---- */

static double near_edge(gallery_rng *r, double decades) { return pow(10, -gallery_uniform(r, 0, decades)); }

static void unit_box(double *lower, double *upper) {
  for (int i = 0; i < N; i++) lower[i] = 0, upper[i] = 1;
}

static void positive(double *lower, double *upper) {
  for (int i = 0; i < N; i++) lower[i] = 0, upper[i] = INFINITY;
}

static void barrier_point(gallery_rng *r, double *x) {
  for (int i = 0; i < N; i++) {
    double edge = 0.5 * near_edge(r, 4);
    x[i] = i % 2 ? edge : 1 - edge;
  }
}

/* 0.01 (-log x - log(1 - x)) and a bowl. */
static var barrier_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  var terms[N];
  for (var i = 0; i < N; i++) {
    var one_less = tape_addc(t, tape_mulc(t, x + i, -1), 1);
    var walls = tape_mulc(t, tape_add(t, tape_log(t, x + i), tape_log(t, one_less)), -0.01);
    terms[i] = tape_add(t, walls, tape_square(t, tape_addc(t, x + i, -gallery_uniform(&r, 0, 1))));
  }
  return tape_sum(t, N, terms);
}

const gallery_objective gallery_log_barrier = {
    .name = "log_barrier", .what = "logarithmic barrier of a box, points 1e-4 from it", .n = N, .traits = TRAIT_BOUNDED,
    .point = barrier_point, .loss = barrier_loss, .bounds = unit_box};

static void entropy_point(gallery_rng *r, double *x) {
  for (int i = 0; i < N; i++) x[i] = near_edge(r, 7);
}

/* x log x - c x, whose derivative grows without bound towards 0, though slowly. */
static var entropy_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  var terms[N];
  for (var i = 0; i < N; i++)
    terms[i] = tape_mul(t, x + i, tape_addc(t, tape_log(t, x + i), -gallery_uniform(&r, 0, 2)));
  return tape_sum(t, N, terms);
}

const gallery_objective gallery_entropy = {
    .name = "entropy", .what = "x log x for x >= 0, points down to 1e-7", .n = N, .traits = TRAIT_BOUNDED,
    .point = entropy_point, .loss = entropy_loss, .bounds = positive};

static void root_point(gallery_rng *r, double *x) {
  for (int i = 0; i < N; i++) x[i] = near_edge(r, 6);
}

static var root_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  var terms[N];
  for (var i = 0; i < N; i++) {
    var c = tape_mulc(t, tape_sqrt(t, x + i), gallery_uniform(&r, 0.5, 1.5));
    terms[i] = tape_sub(t, tape_mul(t, x + i, x + (i + 1) % N), c);
  }
  return tape_sum(t, N, terms);
}

const gallery_objective gallery_square_root = {
    .name = "square_root", .what = "square roots for x >= 0, points down to 1e-6", .n = N, .traits = TRAIT_BOUNDED,
    .point = root_point, .loss = root_loss, .bounds = positive};

/* Every third stands on the bound itself, every third within 1e-6 of it. */
static void on_bound_point(gallery_rng *r, double *x) {
  for (int i = 0; i < N; i++) {
    double away = gallery_dyadic(gallery_uniform(r, 0.2, 1.5), WEIGHT_BITS), close = 1e-2 * near_edge(r, 4);
    x[i] = i % 3 == 0 ? 0 : i % 3 == 1 ? close : away;
  }
}

/* exp(-x) + x^(5/2): its first two derivatives exist at 0 from the right, and to the left there is no number. Its own
 * derivative by the rules of the tape would be 0 times infinity at 0, hence the case. */
static var on_bound_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  var terms[N];
  for (var i = 0; i < N; i++) {
    const var v = x + i;
    double value = tape_value(t, v);
    var power = value < 0 || value > 0 ? tape_mul(t, tape_square(t, v), tape_sqrt(t, v)) : tape_mulc(t, v, 0);
    var fall = tape_exp(t, tape_mulc(t, v, -gallery_uniform(&r, 0.5, 2)));
    terms[i] = tape_add(t, fall, tape_add(t, power, tape_mul(t, v, x + (i + 1) % N)));
  }
  return tape_sum(t, N, terms);
}

const gallery_objective gallery_on_bound = {
    .name = "on_bound", .what = "entries on a bound beyond which there is no value", .n = N, .traits = TRAIT_BOUNDED,
    .point = on_bound_point, .loss = on_bound_loss, .bounds = positive};

/* ---- kinks without a net ---- */

/* Finer than a net's weights, so that no two entries are equal by accident. */
static void fine_point(gallery_rng *r, double *x) {
  for (int i = 0; i < N; i++) x[i] = gallery_dyadic(gallery_normal(r), 24);
}

/* L. Rudin, S. Osher and E. Fatemi, 1992, with absolute differences to the right and below on an image of 8 x 8. */
static var variation_loss(tape *t, var x, uint64_t data_seed) {
  enum { EDGE = 8 };
  gallery_rng r = g_data_rng(data_seed);
  var misfit[N], jumps[2 * N];
  size_t m = 0;
  for (var i = 0; i < N; i++) {
    misfit[i] = tape_square(t, tape_addc(t, x + i, -gallery_dyadic(gallery_normal(&r), DATA_BITS)));
    if (i % EDGE + 1 < EDGE) jumps[m++] = tape_abs(t, tape_sub(t, x + i + 1, x + i));
    if (i + EDGE < N) jumps[m++] = tape_abs(t, tape_sub(t, x + i + EDGE, x + i));
  }
  var smooth = tape_regularizer(t, tape_mulc(t, tape_sum(t, m, jumps), 0.3));
  return tape_add(t, tape_mulc(t, tape_sum(t, N, misfit), 0.5), smooth);
}

const gallery_objective gallery_total_variation = {
    .name = "total_variation", .what = "denoising of an image by total variation", .n = N, .traits = TRAIT_KINKS,
    .point = fine_point, .loss = variation_loss};

/* The largest of six affine functions, for each of several groups of six. */
static var max_affine_loss(tape *t, var x, uint64_t data_seed) {
  enum { PLANES = 6, TERMS = 8, EACH = N / TERMS };
  gallery_rng r = g_data_rng(data_seed);
  var terms[TERMS], v[EACH];
  double a[EACH];
  for (var k = 0; k < TERMS; k++) {
    g_nodes(x + k * EACH, EACH, v);
    for (int p = 0; p < PLANES; p++) {
      g_data_normal(&r, EACH, a);
      var plane = tape_addc(t, tape_dotc(t, EACH, v, a), gallery_dyadic(gallery_normal(&r), DATA_BITS));
      terms[k] = p ? tape_max(t, terms[k], plane) : plane;
    }
  }
  return tape_sum(t, TERMS, terms);
}

const gallery_objective gallery_max_affine = {
    .name = "max_affine", .what = "the largest of affine functions", .n = N, .traits = TRAIT_KINKS, .point = fine_point,
    .loss = max_affine_loss};
