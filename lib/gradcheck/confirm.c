/* The derivative is the limit of slopes at short steps. Where f varies on a scale far below the steps of a ladder (a
 * kink a millionth of the step away, an oscillation, a logarithm near its edge), longer steps may agree with each other
 * on a slope that is not the derivative. So before a value is rejected, f is probed at steps down to the shortest one
 * that can still tell the two apart: by the noise as measured, and, since an f that varies within the lines that noise
 * is measured on looks noisier than it is, by rounding alone.
 *
 * And it is the limit for the function that was meant, not for the one that is computed: where that is a staircase
 * (part of it in single precision, or beside a large number that is taken away again), short steps see a tread. A value
 * that longer steps bear out, with jumps of f in between, is not rejected either. */
#include "gradcheck/confirm.h"

#include <float.h>
#include <math.h>

/* Three deviations of a probe's rounding error are at most so much of the difference that it is to judge. */
#define PART 6
/* Between one probe's step and the next. A smooth f's slope cannot stay near a wrong value over so wide a range. */
#define RATIO 8

/* The shortest step whose rounding is small beside a difference; at least the coordinate's smallest. */
static double shortest(const clino__judge *j, double n, double difference) {
  double size = fmax(fabs(j->a), fabs(n)), coordinate = DBL_EPSILON * fabs(j->p->x[j->entry]) * size;
  return fmax(j->ladder.smallest, PART * (3 * clino__rounding_of(j->p, j->p->f0) + coordinate) / difference);
}

/* What the probe's slopes are known to within; infinite where that is too coarse for the difference. */
static double known_to(const clino__judge *j, const clino__rung *r, double difference) {
  double noise = fmax(r->rounding, r->jump_noise) + 2 * clino__coordinate_rounding(j, r);
  return r->finite && noise <= difference / 3 ? noise : INFINITY;
}

/* A probe that shows another slope than n, by more than half of the difference, or a kink of that size. */
static bool contradicts(const clino__judge *j, const clino__rung *r, double n, double difference) {
  double noise = known_to(j, r, difference);
  return fabs(r->slope - n) - noise > difference / 2 || r->jump - noise > difference / 2;
}

/* A probe that shows the analytic value between its one-sided slopes. */
static bool encloses(const clino__judge *j, const clino__rung *r, double difference) {
  double noise = known_to(j, r, difference), low = fmin(r->left, r->right), high = fmax(r->left, r->right);
  return r->central && isfinite(noise) && j->a >= low - noise && j->a <= high + noise;
}

static bool bears_out(const clino__judge *j, const clino__rung *r, double difference) {
  return r->finite && fabs(r->slope - j->a) <= difference / 8 && r->jump <= difference / 4;
}

static clino_status look_below(const clino__judge *j, double n, bool kink, clino__second_look *look) {
  double difference = fabs(j->a - n), bottom = shortest(j, n, difference);
  clino__rung r, before = {.finite = false};
  for (double h = j->ladder.rung[j->ladder.count - 1].h / RATIO; h >= bottom && !look->contradicted; h /= RATIO) {
    look->unfinished = !clino__budget(j->p, 3);
    if (look->unfinished) return CLINO_OK;
    clino_status status = clino__rung_measure(j->p, j->entry, h, &r);
    if (status) return status;
    bool steady = bears_out(j, &r, difference) && bears_out(j, &before, difference);
    look->contradicted = steady || (kink ? encloses(j, &r, difference) : contradicts(j, &r, n, difference));
    look->rung = steady ? before : r;
    before = r;
  }
  return CLINO_OK;
}

/* ---- staircases ---- */

/* What f rises by between two displacements beyond the slope n; NaN where it is not finite. */
static clino_status rise(const clino__judge *j, double n, double t, double *beyond, double *realized) {
  double f;
  clino_status status = clino__value_at(j->p, j->entry, t, &f, realized, NULL);
  *beyond = f - j->p->f0 - n * *realized;
  return status;
}

#define HALVINGS 20
/* A slope so many times the difference, within a millionth of the step, is a jump. */
#define STEEP 1e3
/* And so many deviations of rounding: it is none of f's own. */
#define CLEAR 30

/* Follows the half in which f rises more, from the point to a displacement, until little is left. */
static clino_status find_jump(const clino__judge *j, double n, double t, double difference, bool *jumps) {
  double low = 0, high = t, at_low = 0, at_high;
  clino_status status = rise(j, n, t, &at_high, &high);
  for (int i = 0; i < HALVINGS && !status && fabs(high - low) > 4 * j->ladder.smallest; i++) {
    double middle, at_middle;
    status = rise(j, n, low + (high - low) / 2, &at_middle, &middle);
    if (fabs(at_middle - at_low) > fabs(at_high - at_middle)) high = middle, at_high = at_middle;
    else low = middle, at_low = at_middle;
  }
  double jump = fabs(at_high - at_low);
  *jumps = jump > STEEP * difference * fabs(high - low) &&
           jump > CLEAR * fmax(j->p->noise, clino__rounding_of(j->p, j->p->f0));
  return status;
}

static clino_status look_above(const clino__judge *j, double n, double step, clino__second_look *look) {
  double difference = fabs(j->a - n), top = fmax(fabs(j->p->x[j->entry]), j->p->tensor_scale[j->view]);
  bool before = false;
  for (double h = step * RATIO; h <= top; h *= RATIO) {
    clino__rung r;
    look->unfinished = !clino__budget(j->p, HALVINGS + 4);
    if (look->unfinished) return CLINO_OK;
    clino_status status = clino__rung_measure(j->p, j->entry, h, &r);
    if (status) return status;
    /* A slope of 0 is that of any f that levels off. */
    bool near_by = r.finite && fabs(r.slope - j->a) <= fmin(difference, fabs(j->a)) / 4;
    if (near_by && before) return find_jump(j, n, r.t1, difference, &look->jumps);
    before = near_by;
  }
  return CLINO_OK;
}

clino_status clino__judge_again(const clino__judge *j, double n, double step, bool kink, clino__second_look *look) {
  *look = (clino__second_look){.contradicted = false};
  clino_status status = look_below(j, n, kink, look);
  if (status || look->contradicted || look->unfinished || kink) return status;
  return look_above(j, n, step, look);
}
