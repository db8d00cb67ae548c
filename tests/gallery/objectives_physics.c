/* A potential of atoms, a system steered over time, a polynomial in the Chebyshev basis, and steep exponentials. */
#include "gallery/layers.h"

#include <math.h>
#include <stdlib.h>

/* ---- Lennard-Jones ---- */

enum { ATOMS = 24, AXES = 3, POSITIONS = ATOMS * AXES };

static int lattice(size_t atom, size_t axis) { /* 2 x 3 x 4 */
  return (int)(axis == 0 ? atom % 2 : axis == 1 ? atom / 2 % 3 : atom / 6);
}

static void lennard_jones_point(gallery_rng *r, double *x) {
  for (size_t i = 0; i < POSITIONS; i++)
    x[i] = 1.1 * (double)lattice(i / AXES, i % AXES) + gallery_uniform(r, -0.15, 0.15);
}

static var pair_energy(tape *t, var a, var b) {
  var d[AXES];
  for (var k = 0; k < AXES; k++) d[k] = tape_sub(t, a + k, b + k);
  var inverse = tape_div(t, tape_const(t, 1), g_sum_square(t, AXES, d));
  var sixth = tape_mul(t, tape_square(t, inverse), inverse);
  return tape_mulc(t, tape_mul(t, sixth, tape_addc(t, sixth, -1)), 4);
}

/* 4 (r^-12 - r^-6) (J. Lennard-Jones, 1924) over the pairs that are neighbours in the lattice, diagonals included. */
static var lennard_jones_loss(tape *t, var x, uint64_t data_seed) {
  (void)data_seed;
  var terms[ATOMS * ATOMS / 2];
  size_t m = 0;
  for (size_t i = 0; i < ATOMS; i++)
    for (size_t j = i + 1; j < ATOMS; j++) {
      bool near = true;
      for (size_t k = 0; k < AXES; k++) near = near && abs(lattice(i, k) - lattice(j, k)) <= 1;
      if (near) terms[m++] = pair_energy(t, x + (var)(i * AXES), x + (var)(j * AXES));
    }
  return tape_sum(t, m, terms);
}

const gallery_objective gallery_lennard_jones = {
    .name = "lennard_jones", .what = "Lennard-Jones potential of a small crystal: steep", .n = POSITIONS,
    .point = lennard_jones_point, .loss = lennard_jones_loss};

/* ---- steering an oscillator ---- */

enum { CONTROLS = 64 };

static void control_point(gallery_rng *r, double *x) { g_point_normal(r, CONTROLS, 0.5, x); }

/* A van der Pol oscillator with a force in each of 64 semi-implicit Euler steps, its end and its effort. */
static var van_der_pol_loss(tape *t, var x, uint64_t data_seed) {
  gallery_rng r = g_data_rng(data_seed);
  const double h = 0.1;
  var at = tape_const(t, gallery_uniform(&r, -1, 1)), speed = tape_const(t, gallery_uniform(&r, -1, 1));
  for (var k = 0; k < CONTROLS; k++) {
    var damping = tape_mul(t, tape_addc(t, tape_mulc(t, tape_square(t, at), -1), 1), speed);
    var force = tape_add(t, tape_sub(t, damping, at), x + k);
    speed = tape_add(t, speed, tape_mulc(t, force, h));
    at = tape_add(t, at, tape_mulc(t, speed, h));
  }
  var missed = tape_add(t, tape_square(t, tape_addc(t, at, -0.5)), tape_square(t, speed));
  return tape_add(t, missed, g_l2_penalty(t, CONTROLS, x, 0.02));
}

const gallery_objective gallery_van_der_pol = {
    .name = "van_der_pol", .what = "steering an oscillator through 64 steps", .n = CONTROLS, .traits = TRAIT_CLEAN,
    .point = control_point, .loss = van_der_pol_loss};

/* ---- Chebyshev ---- */

enum { TERMS = 64 };

/* Coefficients that fall as those of a function once differentiable do. */
static void chebyshev_point(gallery_rng *r, double *x) {
  for (int k = 0; k < TERMS; k++) x[k] = gallery_dyadic(gallery_normal(r) / (1 + k), 20);
}

/* Least squares of sum c_k T_k at 12 places, T_k by its recurrence. */
static var chebyshev_loss(tape *t, var x, uint64_t data_seed) {
  enum { PLACES = 12 };
  gallery_rng r = g_data_rng(data_seed);
  double basis[TERMS];
  var terms[PLACES], c[TERMS];
  g_nodes(x, TERMS, c);
  for (size_t s = 0; s < PLACES; s++) {
    double u = gallery_uniform(&r, -1, 1);
    basis[0] = 1;
    basis[1] = u;
    for (size_t k = 2; k < TERMS; k++) basis[k] = 2 * u * basis[k - 1] - basis[k - 2];
    tape_sample(t, s + 1 == PLACES);
    terms[s] = tape_square(t, tape_addc(t, tape_dotc(t, TERMS, c, basis), -fabs(u)));
    tape_batch(t);
  }
  return tape_mulc(t, tape_sum(t, PLACES, terms), 1.0 / PLACES);
}

const gallery_objective gallery_chebyshev = {
    .name = "chebyshev", .what = "polynomial regression in the Chebyshev basis", .n = TERMS, .traits = TRAIT_CLEAN,
    .point = chebyshev_point, .loss = chebyshev_loss};

/* ---- steep ---- */

enum { STEEP = 64 };

static void steep_point(gallery_rng *r, double *x) { g_point_normal(r, STEEP, 0.25, x); }

/* exp(20 x), and log(1 + exp(200 x)) / 200, which bends within 1/200: smooth, though a large step sees a corner. */
static var steep_loss(tape *t, var x, uint64_t data_seed) {
  (void)data_seed;
  var terms[STEEP];
  for (var i = 0; i < STEEP; i++)
    terms[i] = i % 2 ? tape_mulc(t, tape_exp(t, tape_mulc(t, x + i, 20)), 1e-3)
                     : tape_mulc(t, tape_softplus(t, tape_mulc(t, x + i, 200)), 0.005);
  return tape_sum(t, STEEP, terms);
}

const gallery_objective gallery_steep = {
    .name = "steep", .what = "steep exponentials and sharp but smooth bends", .n = STEEP, .point = steep_point,
    .loss = steep_loss};
