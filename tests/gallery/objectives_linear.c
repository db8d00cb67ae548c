/* Quadratic forms, the Rosenbrock function, and regressions whose model is linear in its weights. */
#include "gallery/layers.h"

#include <math.h>

/* ---- quadratic forms ---- */

enum { QUADRATIC = 96 };

static void point_unit(gallery_rng *r, double *x) { g_point_normal(r, QUADRATIC, 1, x); }

/* Diagonal from 1 to 3 and three bands; diagonally dominant. */
static var quadratic_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  var terms[QUADRATIC], row[4];
  double c[4];
  for (size_t i = 0; i < QUADRATIC; i++) {
    c[0] = gallery_uniform(&r, 1, 3);
    for (size_t k = 1; k < 4; k++) c[k] = gallery_uniform(&r, -0.15, 0.15);
    for (size_t k = 0; k < 4; k++) row[k] = x + (var)((i + k) % QUADRATIC);
    var ax = tape_dotc(t, 4, row, c);
    terms[i] = tape_mul(t, x + (var)i, tape_addc(t, ax, -gallery_uniform(&r, -1, 1)));
  }
  return tape_mulc(t, tape_sum(t, QUADRATIC, terms), 0.5);
}

const gallery_objective gallery_quadratic = {
    .name = "quadratic", .what = "well-conditioned quadratic form", .n = QUADRATIC, .traits = TRAIT_CLEAN,
    .point = point_unit, .loss = quadratic_loss};

/* x - 2 v (v'x), where |v| = 1: a reflection (Householder), its own inverse. */
static void reflect(tape *t, size_t n, const double *v, var *x) {
  var along = tape_mulc(t, tape_dotc(t, n, x, v), -2);
  for (size_t i = 0; i < n; i++) x[i] = tape_add(t, x[i], tape_mulc(t, along, v[i]));
}

/* Eigenvalues from 1e-8 to 1, log-uniform, in axes turned by two reflections. */
static var ill_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  var y[QUADRATIC];
  double v[QUADRATIC], eigenvalue = 1;
  g_nodes(x, QUADRATIC, y);
  for (int k = 0; k < 2; k++) {
    double norm = 0;
    for (size_t i = 0; i < QUADRATIC; i++) v[i] = gallery_normal(&r), norm += v[i] * v[i];
    for (size_t i = 0; i < QUADRATIC; i++) v[i] /= sqrt(norm);
    reflect(t, QUADRATIC, v, y);
  }
  for (size_t i = 0; i < QUADRATIC; i++) {
    y[i] = tape_mulc(t, tape_square(t, y[i]), eigenvalue / 2);
    eigenvalue *= 0.8237; /* 0.8237^95 = 1e-8 */
  }
  return tape_sum(t, QUADRATIC, y);
}

const gallery_objective gallery_quadratic_ill = {
    .name = "quadratic_ill", .what = "quadratic form of condition 1e8", .n = QUADRATIC, .point = point_unit,
    .loss = ill_loss};

enum { ROSENBROCK = 64 };

static void rosenbrock_point(gallery_rng *r, double *x) { g_point_normal(r, ROSENBROCK, 0.8, x); }

/* H. Rosenbrock, 1960; chained. */
static var rosenbrock_loss(tape *t, var x, uint64_t data_seed) {
  (void)data_seed;
  var terms[2 * (ROSENBROCK - 1)];
  for (var i = 0; i < ROSENBROCK - 1; i++) {
    var valley = tape_sub(t, x + i + 1, tape_square(t, x + i));
    terms[2 * i] = tape_mulc(t, tape_square(t, valley), 100);
    terms[2 * i + 1] = tape_square(t, tape_addc(t, x + i, -1));
  }
  return tape_sum(t, 2 * (ROSENBROCK - 1), terms);
}

const gallery_objective gallery_rosenbrock = {
    .name = "rosenbrock", .what = "chained Rosenbrock function", .n = ROSENBROCK, .traits = TRAIT_CLEAN,
    .point = rosenbrock_point, .loss = rosenbrock_loss};

/* ---- regressions with one output ---- */

enum { FEATURES = 64, SAMPLES = 10, REGRESSION = FEATURES + 1 };

typedef var (*residual_loss)(tape *t, var z, double target);

/* Mean over samples of what loss gives for w'a + b and a target that is 0.7 times a standard normal number. */
static var regression(tape *t, var x, gallery_rng *r, residual_loss loss) {
  double a[FEATURES];
  var terms[SAMPLES], z;
  for (size_t s = 0; s < SAMPLES; s++) {
    g_data_normal(r, FEATURES, a);
    double target = gallery_dyadic(0.7 * gallery_normal(r), DATA_BITS);
    tape_sample(t, s + 1 == SAMPLES);
    g_dense_data(t, FEATURES, 1, x, x + FEATURES, SAMPLES, a, &z);
    terms[s] = loss(t, z, target);
    tape_batch(t);
  }
  return tape_mulc(t, tape_sum(t, SAMPLES, terms), 1.0 / SAMPLES);
}

static var squared(tape *t, var z, double y) { return tape_mulc(t, tape_square(t, tape_addc(t, z, -y)), 0.5); }
static var huber(tape *t, var z, double y) { return tape_huber(t, tape_addc(t, z, -y), 0.7); }
static var absolute(tape *t, var z, double y) { return tape_abs(t, tape_addc(t, z, -y)); }
/* The quantile 0.8 (R. Koenker and G. Bassett, 1978): 0.8 e for e = y - z > 0, else -0.2 e. */
static var pinball(tape *t, var z, double y) { return tape_mulc(t, tape_leaky(t, tape_addc(t, z, -y), -4), 0.2); }
static var sign_logistic(tape *t, var z, double y) { return tape_softplus(t, tape_mulc(t, z, y > 0 ? -1 : 1)); }
static var sign_hinge(tape *t, var z, double y) {
  return tape_relu(t, tape_addc(t, tape_mulc(t, z, y > 0 ? -1 : 1), 1));
}
/* Counts, with the exponential as the mean: exp z - y z. */
static var poisson(tape *t, var z, double y) {
  return tape_sub(t, tape_exp(t, z), tape_mulc(t, z, floor(2 * fabs(y))));
}

static void regression_point(gallery_rng *r, double *x) {
  x = g_point_normal(r, FEATURES, 1 / sqrt(FEATURES), x);
  g_point_normal(r, 1, 0.5, x);
}

#define REGRESSION_LOSS(NAME, LOSS, L2)                                                    \
  static var NAME##_loss(tape *t, var x, uint64_t data_seed) {                             \
    gallery_rng r = g_data_rng(data_seed);                                                   \
    var data = regression(t, x, &r, LOSS);                                                 \
    return (L2) > 0 ? tape_add(t, data, g_l2_penalty(t, FEATURES, x, (L2))) : data;          \
  }
#define REGRESSION_OBJECTIVE(NAME, LOSS, L2, TRAITS, WHAT)                                 \
  REGRESSION_LOSS(NAME, LOSS, L2)                                                          \
  const gallery_objective gallery_##NAME = {                                               \
      .name = #NAME, .what = WHAT, .n = REGRESSION, .traits = (TRAITS), .point = regression_point, .loss = NAME##_loss};

REGRESSION_OBJECTIVE(ridge, squared, 0.1, TRAIT_CLEAN, "linear regression with an L2 penalty")
REGRESSION_OBJECTIVE(huber_regression, huber, 0.05, 0, "regression with the Huber loss")
REGRESSION_OBJECTIVE(least_absolute, absolute, 0, TRAIT_KINKS, "regression with absolute errors (L1)")
REGRESSION_OBJECTIVE(quantile, pinball, 0, TRAIT_KINKS, "regression of the quantile 0.8 (pinball loss)")
REGRESSION_OBJECTIVE(logistic, sign_logistic, 0.1, TRAIT_CLEAN, "logistic regression with an L2 penalty")
REGRESSION_OBJECTIVE(hinge, sign_hinge, 0.1, TRAIT_KINKS, "linear support vector machine")
REGRESSION_OBJECTIVE(poisson_regression, poisson, 0.01, TRAIT_CLEAN, "Poisson regression, exponential mean")

const gallery_objective gallery_logistic_single = {
    .name = "logistic_single", .what = "logistic regression in single precision", .n = REGRESSION,
    .traits = TRAIT_SINGLE, .point = regression_point, .loss = logistic_loss};

/* Finer points, so that no weight is 0 by accident. */
static void elastic_point(gallery_rng *r, double *x) {
  for (size_t i = 0; i < REGRESSION; i++) x[i] = gallery_dyadic(gallery_normal(r) / sqrt(FEATURES), 24);
}

/* H. Zou and T. Hastie, 2005. */
static var elastic_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  var data = regression(t, x, &r, squared), size[FEATURES];
  for (size_t i = 0; i < FEATURES; i++) size[i] = tape_abs(t, x + (var)i);
  var l1 = tape_mulc(t, tape_sum(t, FEATURES, size), 0.05);
  var l2 = tape_mulc(t, g_sum_square_range(t, FEATURES, x), 0.05);
  return tape_add(t, data, tape_regularizer(t, tape_add(t, l1, l2)));
}

const gallery_objective gallery_elastic_net = {
    .name = "elastic_net", .what = "linear regression with L1 and L2 penalties", .n = REGRESSION,
    .traits = TRAIT_KINKS, .point = elastic_point, .loss = elastic_loss};

/* ---- several classes ---- */

enum { CLASS_FEATURES = 9, CLASSES = 8, CLASSIFIER = CLASSES * (CLASS_FEATURES + 1), CLASS_SAMPLES = 6 };

typedef var (*class_loss)(tape *t, size_t n, const var *z, size_t label);

static var classifier(tape *t, var x, uint64_t data_seed, class_loss loss) {
  gallery_rng r = g_data_rng(data_seed);
  double a[CLASS_FEATURES];
  var terms[CLASS_SAMPLES], z[CLASSES];
  const var b = x + CLASSES * CLASS_FEATURES;
  for (size_t s = 0; s < CLASS_SAMPLES; s++) {
    g_data_normal(&r, CLASS_FEATURES, a);
    tape_sample(t, s + 1 == CLASS_SAMPLES);
    g_dense_data(t, CLASS_FEATURES, CLASSES, x, b, CLASS_SAMPLES, a, z);
    terms[s] = loss(t, CLASSES, z, g_data_below(&r, CLASSES));
    tape_batch(t);
  }
  var data = tape_mulc(t, tape_sum(t, CLASS_SAMPLES, terms), 1.0 / CLASS_SAMPLES);
  return tape_add(t, data, g_l2_penalty(t, CLASSES * CLASS_FEATURES, x, 0.02));
}

/* sum over other classes of max(0, z_j - z_label + 1): J. Weston and C. Watkins, 1999. */
static var class_hinge(tape *t, size_t n, const var *z, size_t label) {
  var terms[CLASSES];
  size_t m = 0;
  for (size_t j = 0; j < n; j++)
    if (j != label) terms[m++] = tape_relu(t, tape_addc(t, tape_sub(t, z[j], z[label]), 1));
  return tape_sum(t, m, terms);
}

/* (1 - p)^2 (-log p): T.-Y. Lin et al., "Focal loss for dense object detection", 2017, gamma = 2. */
static var focal(tape *t, size_t n, const var *z, size_t label) {
  var minus_log = g_cross_entropy(t, n, z, label);
  var miss = tape_addc(t, tape_mulc(t, tape_exp(t, tape_mulc(t, minus_log, -1)), -1), 1);
  return tape_mul(t, tape_square(t, miss), minus_log);
}

/* Cross-entropy against 0.9 for the label and 0.1 spread over all classes: C. Szegedy et al., 2016. */
static var smoothed(tape *t, size_t n, const var *z, size_t label) {
  double p[CLASSES];
  for (size_t j = 0; j < n; j++) p[j] = 0.1 / CLASSES + (j == label ? 0.9 : 0);
  return tape_sub(t, g_log_sum_exp(t, n, z), tape_dotc(t, n, z, p));
}

static void classifier_point(gallery_rng *r, double *x) { g_point_xavier(r, CLASS_FEATURES, CLASSES, x); }

#define CLASSIFIER_OBJECTIVE(NAME, LOSS, TRAITS, WHAT)                                                               \
  static var NAME##_loss(tape *t, var x, uint64_t data_seed) { return classifier(t, x, data_seed, LOSS); }           \
  const gallery_objective gallery_##NAME = {                                                                         \
      .name = #NAME, .what = WHAT, .n = CLASSIFIER, .traits = (TRAITS), .n_matrices = 1,                             \
      .matrix = {{0, CLASSES, CLASS_FEATURES}}, .point = classifier_point, .loss = NAME##_loss};

CLASSIFIER_OBJECTIVE(softmax_regression, g_cross_entropy, TRAIT_CLEAN, "softmax regression with an L2 penalty")
CLASSIFIER_OBJECTIVE(softmax_single, g_cross_entropy, TRAIT_SINGLE, "softmax regression in single precision")
CLASSIFIER_OBJECTIVE(class_hinge, class_hinge, TRAIT_KINKS, "hinge loss of several classes with an L2 penalty")
CLASSIFIER_OBJECTIVE(focal, focal, TRAIT_CLEAN, "softmax regression with the focal loss")
CLASSIFIER_OBJECTIVE(label_smoothing, smoothed, TRAIT_CLEAN, "softmax regression with smoothed labels")
