/* Placing a kink: a kink node and a coordinate it depends on are drawn, the coordinate is moved to the root of the node
 * by Newton's method, and from there by the distance that is wanted. What counts as a kink that matters: the slope of
 * the loss along that coordinate jumps there by at least JUMP of the gradient's RMS. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gallery/site.h"
#include "gallery/tape_nodes.h"

#define JUMP 0.01
enum { MOST_KINKS = 96, MOST_ENTRIES = 6, MOST_STEPS = 40, ULPS = 24 };

typedef struct search {
  gallery_site *s;
  size_t kink, entry;
  double distance;
  double *x, *slope; /* n each: the point tried; the derivatives of the kink's node */
  double rms;        /* of the loss's gradient at the point as drawn */
  gallery_rng rng;
} search;

static double to_precision(const search *q, double v) { return q->s->single ? (double)(float)v : v; }

/* The next number of the site's precision. */
static double next(const search *q, double v, double towards) {
  return q->s->single ? (double)nextafterf((float)v, (float)towards) : nextafter(v, towards);
}

/* The value of the kink's node with the coordinate at z; the tape is left there. */
static double node_at(search *q, double z, tape **t) {
  var loss;
  q->x[q->entry] = z;
  *t = gallery_evaluate(q->s, q->x, &loss);
  return tape_value(*t, tape_kink(*t, q->kink));
}

/* The slope of the loss along the coordinate at z. */
static double slope_at(search *q, double z) {
  var loss;
  q->x[q->entry] = z;
  tape *t = gallery_evaluate(q->s, q->x, &loss);
  return (double)tape_exact_in(t, loss, q->entry);
}

static bool within(const search *q, double z) {
  const gallery_site *s = q->s;
  return !s->lower || (z > s->lower[q->entry] && z < s->upper[q->entry]);
}

/* Newton's method; at most four times the coordinate's size away, so that the point stays a typical one. */
static bool find_root(search *q, double *root) {
  const gallery_site *s = q->s;
  double start = s->x[q->entry], reach = 4 * fmax(fabs(start), s->typical), z = start, best = INFINITY;
  for (int i = 0; i < MOST_STEPS; i++) {
    tape *t;
    double v = node_at(q, z, &t);
    if (fabs(v) < best) {
      best = fabs(v);
      *root = z;
    } else if (i > MOST_STEPS / 2) {
      break;
    }
    if (v == 0) break;
    double d = (double)tape_exact_in(t, tape_kink(t, q->kink), q->entry);
    double to = to_precision(q, z - v / d);
    if (!(fabs(to - start) <= reach) || to == z) break;
    z = to;
  }
  /* As near to 0 as rounding lets it come. */
  double size = fmax(fabs(*root), DBL_MIN) * fabs(q->slope[q->entry]);
  return best <= 256 * (s->single ? FLT_EPSILON : DBL_EPSILON) * fmax(size, 1e-3);
}

/* Moves the root by a few units in the last place to where the node is 0.0. */
static bool make_exact(search *q, double *root) {
  tape *t;
  double up = *root, down = *root;
  for (int i = 0; i < ULPS; i++) {
    if (node_at(q, up, &t) == 0) return *root = up, true;
    if (node_at(q, down, &t) == 0) return *root = down, true;
    up = next(q, up, INFINITY);
    down = next(q, down, -INFINITY);
  }
  return false;
}

/* Whether the loss's slope jumps at the root, and only because of it: looked at from close by. */
static bool matters(search *q, double root, double size) {
  double d = (q->s->single ? 1e-4 : 1e-9) * size;
  double left = slope_at(q, root - d), right = slope_at(q, root + d);
  double jump = fabs(right - left);
  return jump >= JUMP * q->rms && jump >= 0.1 * JUMP * fmax(fabs(left), fabs(right));
}

/* The point goes to where it should be, and it is made sure that the kink lies between it and its mirror image. */
static bool settle(search *q, double root, double size) {
  gallery_site *s = q->s;
  tape *t;
  double side = gallery_uniform(&q->rng, -1, 1) < 0 ? -1 : 1, d = q->distance * size;
  double here = to_precision(q, root + side * d), there = to_precision(q, root - side * d);
  if (!within(q, here)) return false;
  double a = node_at(q, here, &t), b = node_at(q, there, &t);
  if (d == 0 ? a != 0 : !(a * b < 0)) return false;
  if (!isfinite(slope_at(q, here))) return false;
  s->x[q->entry] = here;
  s->kink = q->kink;
  s->kink_entry = q->entry;
  s->kink_distance = d;
  return true;
}

static bool try_entry(search *q) {
  double root = q->s->x[q->entry];
  memcpy(q->x, q->s->x, q->s->n * sizeof *q->x);
  if (!find_root(q, &root) || !within(q, root)) return false;
  if (q->distance == 0 && !make_exact(q, &root)) return false;
  double size = fmax(fabs(root), gallery_size_of(q->s, q->entry));
  return matters(q, root, size) && settle(q, root, size);
}

/* A coordinate by which the node can be moved with the least effort is likely to work, but always taking the easiest
 * would always take the bias: among those that need at most ten times the effort one is drawn. */
static bool draw_entry(search *q, unsigned char *tried) {
  const gallery_site *s = q->s;
  double best = 0;
  size_t count = 0;
  for (size_t i = 0; i < s->n; i++)
    if (!tried[i]) best = fmax(best, fabs(q->slope[i]) * gallery_size_of(s, i));
  if (!(best > 0)) return false;
  for (size_t i = 0; i < s->n; i++) {
    if (tried[i] || !(fabs(q->slope[i]) * gallery_size_of(s, i) >= 0.1 * best)) continue;
    if (gallery_uniform(&q->rng, 0, 1) * (double)++count < 1) q->entry = i;
  }
  tried[q->entry] = 1;
  return count > 0;
}

static bool try_kink(search *q) {
  gallery_site *s = q->s;
  var loss;
  tape *t = gallery_evaluate(s, s->x, &loss);
  tape_reverse(t, tape_kink(t, q->kink), TAPE_RIGHT, q->slope);
  unsigned char *tried = tape_memory(NULL, s->n, 1);
  memset(tried, 0, s->n);
  bool placed = false;
  for (int i = 0; i < MOST_ENTRIES && !placed && draw_entry(q, tried); i++) placed = try_entry(q);
  free(tried);
  return placed;
}

bool gallery_place(gallery_site *s, double distance) {
  search q = {.s = s, .distance = distance, .rng = {gallery_seed(s->seed, "kink", (uint64_t)s->condition, 0)}};
  q.x = tape_memory(NULL, s->n, sizeof *q.x);
  q.slope = tape_memory(NULL, s->n, sizeof *q.slope);
  var loss;
  tape *t = gallery_evaluate(s, s->x, &loss);
  size_t kinks = tape_kinks(t);
  tape_reverse(t, loss, TAPE_RIGHT, q.slope);
  q.rms = gallery_rms(s->n, q.slope);
  bool placed = false;
  for (int i = 0; kinks && i < MOST_KINKS && !placed; i++) {
    q.kink = (size_t)gallery_uniform(&q.rng, 0, (double)kinks);
    placed = try_kink(&q);
  }
  free(q.x);
  free(q.slope);
  return placed;
}

static void side(gallery_site *s, bool positive, double *gradient) {
  var loss;
  tape *t = gallery_evaluate(s, s->x, &loss);
  tape_take_branch(t, s->kink, positive);
  tape_reverse(t, loss, TAPE_RIGHT, gradient);
}

/* The only point of the segment it can be is found in the entry in which the sides differ most. */
static bool on_segment(size_t n, const double *a, const double *b, const double *g) {
  size_t most = 0;
  double rms = gallery_rms(n, a) + gallery_rms(n, b);
  for (size_t i = 1; i < n; i++)
    if (fabs(b[i] - a[i]) > fabs(b[most] - a[most])) most = i;
  double along = (g[most] - a[most]) / (b[most] - a[most]);
  if (!(along >= -1e-6 && along <= 1 + 1e-6)) return false;
  for (size_t i = 0; i < n; i++) {
    double off = fabs(g[i] - (a[i] + along * (b[i] - a[i])));
    if (!(off <= 1e-6 * fmax(fabs(a[i]), fabs(b[i])) + 1e-12 * rms)) return false;
  }
  return true;
}

bool gallery_is_subgradient(gallery_site *s, const double *gradient) {
  if (s->kink_entry == s->n || s->kink_distance != 0) return false;
  double *a = tape_memory(NULL, 2 * s->n, sizeof *a), *b = a + s->n;
  side(s, false, a);
  side(s, true, b);
  bool is = on_segment(s->n, a, b, gradient);
  free(a);
  return is;
}
