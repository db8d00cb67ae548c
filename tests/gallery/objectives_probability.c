/* Likelihoods and divergences, log-sum-exp of huge arguments, matrix factorization. */
#include "gallery/layers.h"

#include <math.h>

/* ---- log-sum-exp of huge arguments ---- */

enum { GROUPS = 16, GROUP = 4, HUGE_SIZE = GROUPS * GROUP };

/* Groups around 1e3 to 1e6, of either sign; within a group they lie a few units apart. */
static void huge_point(gallery_rng *r, double *x) {
  double base = 1e3;
  for (int g = 0; g < GROUPS; g++, base *= 1.5849) {
    for (int i = 0; i < GROUP; i++)
      x[g * GROUP + i] = (g % 2 ? -1 : 1) * floor(base) + gallery_dyadic(gallery_normal(r), 10);
  }
}

static var huge_loss(tape *t, var x, uint64_t data_seed) {
  (void)data_seed;
  var terms[GROUPS], v[GROUP];
  for (var g = 0; g < GROUPS; g++) terms[g] = g_log_sum_exp(t, GROUP, g_nodes(x + g * GROUP, GROUP, v));
  return tape_sum(t, GROUPS, terms);
}

const gallery_objective gallery_log_sum_exp_huge = {
    .name = "log_sum_exp_huge", .what = "log-sum-exp of arguments from 1e3 to 1e6", .n = HUGE_SIZE, .point = huge_point,
    .loss = huge_loss};

/* ---- Gaussians ---- */

enum { LATENT = 32, GAUSSIANS = 2 * LATENT };

static void gaussians_point(gallery_rng *r, double *x) { g_point_normal(r, GAUSSIANS, 0.7, x); }

/* KL(N(mean, exp(log variance)) || N(m, s^2)) = (log s^2 - lv + (exp lv + (mean - m)^2) / s^2 - 1) / 2. */
static var kl_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  var terms[LATENT];
  for (var i = 0; i < LATENT; i++) {
    double m = gallery_normal(&r), s2 = gallery_uniform(&r, 0.5, 2);
    var lv = x + LATENT + i, away = tape_square(t, tape_addc(t, x + i, -m));
    var ratio = tape_mulc(t, tape_add(t, tape_exp(t, lv), away), 1 / s2);
    terms[i] = tape_mulc(t, tape_addc(t, tape_sub(t, ratio, lv), log(s2) - 1), 0.5);
  }
  return tape_sum(t, LATENT, terms);
}

const gallery_objective gallery_kl_gaussians = {
    .name = "kl_gaussians", .what = "divergence of Gaussians from given ones", .n = GAUSSIANS, .traits = TRAIT_CLEAN,
    .point = gaussians_point, .loss = kl_loss};

enum { COMPONENTS = 13, PLANE = 2, MIXTURE = COMPONENTS * (2 * PLANE + 1) };

static void mixture_point(gallery_rng *r, double *x) {
  x = g_point_normal(r, COMPONENTS * PLANE, 1, x);
  x = g_point_uniform(r, COMPONENTS * PLANE, -1, 0.5, x);
  g_point_normal(r, COMPONENTS, 0.5, x);
}

/* log p + log N(data; mean, exp(s)^2) of one component, without the constant. */
static var component(tape *t, var x, size_t k, const double *data) {
  var terms[PLANE];
  for (size_t i = 0; i < PLANE; i++) {
    var mean = x + (var)(k * PLANE + i), s = x + (var)((COMPONENTS + k) * PLANE + i);
    var e = tape_mul(t, tape_addc(t, mean, -data[i]), tape_exp(t, tape_mulc(t, s, -1)));
    terms[i] = tape_add(t, tape_mulc(t, tape_square(t, e), 0.5), s);
  }
  return tape_sub(t, x + (var)(2 * COMPONENTS * PLANE + k), tape_sum(t, PLANE, terms));
}

static var mixture_loss(tape *t, var x, uint64_t data_seed) {
  enum { SAMPLES = 6 };
  gallery_rng r = g_data_rng(data_seed);
  double data[PLANE];
  var terms[SAMPLES], z[COMPONENTS];
  var all = g_log_sum_exp(t, COMPONENTS, g_nodes(x + 2 * COMPONENTS * PLANE, COMPONENTS, z));
  for (size_t s = 0; s < SAMPLES; s++) {
    g_data_normal(&r, PLANE, data);
    tape_sample(t, s + 1 == SAMPLES);
    for (size_t k = 0; k < COMPONENTS; k++) z[k] = component(t, x, k, data);
    terms[s] = tape_sub(t, tape_broadcast(t, all), g_log_sum_exp(t, COMPONENTS, z));
    tape_batch(t);
  }
  return tape_mulc(t, tape_sum(t, SAMPLES, terms), 1.0 / SAMPLES);
}

const gallery_objective gallery_mixture = {
    .name = "mixture", .what = "mixture of Gaussians, negative log-likelihood", .n = MIXTURE, .traits = TRAIT_CLEAN,
    .n_matrices = 1, .matrix = {{0, COMPONENTS, PLANE}}, .point = mixture_point, .loss = mixture_loss};

/* Negative log-likelihood of data under N(0, L L'), L lower triangular with exp on its diagonal: solves L y = data. */
enum { ORDER = 11, TRIANGLE = ORDER * (ORDER + 1) / 2 };

static void cholesky_point(gallery_rng *r, double *x) { g_point_normal(r, TRIANGLE, 0.3, x); }

static var cholesky_sample(tape *t, var x, const var *diagonal, const double *data) {
  var y[ORDER], row[ORDER];
  for (size_t i = 0; i < ORDER; i++) {
    g_nodes(x + (var)(i * (i + 1) / 2), i, row);
    var left = i ? tape_addc(t, tape_mulc(t, tape_dot(t, i, row, y), -1), data[i]) : tape_const(t, data[i]);
    y[i] = tape_div(t, left, tape_broadcast(t, diagonal[i]));
  }
  return tape_mulc(t, g_sum_square(t, ORDER, y), 0.5);
}

static var cholesky_loss(tape *t, var x, uint64_t data_seed) {
  enum { SAMPLES = 4 };
  gallery_rng r = g_data_rng(data_seed);
  double data[ORDER];
  var terms[SAMPLES], log_diagonal[ORDER], diagonal[ORDER];
  for (size_t i = 0; i < ORDER; i++) {
    log_diagonal[i] = x + (var)(i * (i + 3) / 2);
    diagonal[i] = tape_exp(t, log_diagonal[i]);
  }
  for (size_t s = 0; s < SAMPLES; s++) {
    g_data_normal(&r, ORDER, data);
    tape_sample(t, s + 1 == SAMPLES);
    terms[s] = cholesky_sample(t, x, diagonal, data);
    tape_batch(t);
  }
  var misfit = tape_mulc(t, tape_sum(t, SAMPLES, terms), 1.0 / SAMPLES);
  return tape_add(t, misfit, tape_sum(t, ORDER, log_diagonal));
}

const gallery_objective gallery_cholesky = {
    .name = "cholesky", .what = "Gaussian likelihood through a Cholesky factor", .n = TRIANGLE, .traits = TRAIT_CLEAN,
    .point = cholesky_point, .loss = cholesky_loss};

/* ---- a chain of spins ---- */

enum { SPINS = 33, ISING = 2 * SPINS - 1 };

static void ising_point(gallery_rng *r, double *x) { g_point_normal(r, ISING, 0.6, x); }

/* Negative log-likelihood of one configuration: log Z by the transfer matrix (E. Ising, 1925), in logarithms. Fields
 * x[0..SPINS-1], couplings after them. */
static var ising_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  double s[ISING];
  var all[ISING], up = x, down = tape_mulc(t, x, -1), ways[2];
  for (size_t i = 0; i < SPINS; i++) s[i] = gallery_uniform(&r, -1, 1) < 0 ? -1 : 1;
  for (size_t i = SPINS; i < ISING; i++) s[i] = s[i - SPINS] * s[i - SPINS + 1];
  for (var i = 1; i < SPINS; i++) {
    const var field = x + i, coupling = x + SPINS + i - 1;
    ways[0] = tape_add(t, up, coupling);
    ways[1] = tape_sub(t, down, coupling);
    var next_up = tape_add(t, g_log_sum_exp(t, 2, ways), field);
    ways[0] = tape_sub(t, up, coupling);
    ways[1] = tape_add(t, down, coupling);
    down = tape_sub(t, g_log_sum_exp(t, 2, ways), field);
    up = next_up;
  }
  ways[0] = up;
  ways[1] = down;
  return tape_sub(t, g_log_sum_exp(t, 2, ways), tape_dotc(t, ISING, g_nodes(x, ISING, all), s));
}

const gallery_objective gallery_ising = {
    .name = "ising", .what = "likelihood of a chain of spins by the transfer matrix", .n = ISING, .traits = TRAIT_CLEAN,
    .point = ising_point, .loss = ising_loss};

/* ---- matrix factorization with missing entries ---- */

enum { USERS = 10, ITEMS = 8, RANK = 4, FACTORS = (USERS + ITEMS) * RANK };

static void factors_point(gallery_rng *r, double *x) { g_point_normal(r, FACTORS, 1 / sqrt(RANK), x); }

static var factorization(tape *t, var x, uint64_t data_seed, var (*misfit)(tape *, var)) {
  gallery_rng r = g_data_rng(data_seed);
  var terms[USERS * ITEMS], u[RANK], v[RANK];
  size_t m = 0;
  for (size_t i = 0; i < USERS; i++)
    for (size_t j = 0; j < ITEMS; j++) {
      double rating = gallery_dyadic(gallery_normal(&r), DATA_BITS);
      if ((i + j) % ITEMS != 0 && gallery_uniform(&r, 0, 1) < 0.6) continue; /* at least one in each row and column */
      g_nodes(x + (var)(i * RANK), RANK, u);
      g_nodes(x + (var)((USERS + j) * RANK), RANK, v);
      terms[m++] = misfit(t, tape_addc(t, tape_dot(t, RANK, u, v), -rating));
    }
  var data = tape_mulc(t, tape_sum(t, m, terms), 1.0 / (double)m);
  return tape_add(t, data, g_l2_penalty(t, FACTORS, x, 0.02));
}

static var factors_loss(tape *t, var x, uint64_t data_seed) { return factorization(t, x, data_seed, tape_square); }
static var robust_loss(tape *t, var x, uint64_t data_seed) { return factorization(t, x, data_seed, tape_abs); }

#define FACTORS_OBJECTIVE(NAME, WHAT, TRAITS, LOSS)                                                                 \
  const gallery_objective gallery_##NAME = {                                                                        \
      .name = #NAME, .what = WHAT, .n = FACTORS, .traits = (TRAITS), .n_matrices = 2,                               \
      .matrix = {{0, USERS, RANK}, {USERS * RANK, ITEMS, RANK}}, .point = factors_point, .loss = LOSS};

FACTORS_OBJECTIVE(factorization, "matrix factorization with missing entries", TRAIT_CLEAN, factors_loss)
FACTORS_OBJECTIVE(robust_factorization, "matrix factorization with absolute errors", TRAIT_KINKS, robust_loss)
