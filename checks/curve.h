/* A series as checks look at its shape: at most 256 points, medians of the summary's buckets, from one stretch of the
 * run.
 *
 * A log may hold several runs one after the other. Where steps fall back to the first half of what the run had reached,
 * a new stretch begins; the last one is judged, or the longest where the last has too few points. Smaller steps back (a
 * resume from a checkpoint) do not cut. Points that are NaN or infinite are left out: the check nonfinite speaks of
 * them.
 */
#ifndef CLINO_CHECKS_CURVE_H
#define CLINO_CHECKS_CURVE_H

#include "checks/check.h"

#define CLINO__CURVE_MAX 256

typedef struct clino__curve {
  const clino_series *series;
  size_t n;      /* points of the curve */
  size_t logged; /* points of the series in the stretch */
  bool whole;    /* the series is one stretch: the curve is the same for any least number of points */
  double noise;  /* standard deviation of a point of the curve (clino__noise); 0 for n < 3 */
  double y[CLINO__CURVE_MAX];
  int64_t first_step[CLINO__CURVE_MAX], last_step[CLINO__CURVE_MAX];
} clino__curve;

/* Where a log stands: the first step of the stretch, and the furthest one. Both are CLINO_NO_STEP before any is known.
 */
typedef struct clino__reach {
  int64_t first, furthest;
} clino__reach;

#define CLINO__REACH_NONE \
  { CLINO_NO_STEP, CLINO_NO_STEP }

/* Takes in the next step of the log; true where it starts the run again: it falls back to the first half of the
 * stretch, and a new one begins with it. CLINO_NO_STEP says nothing. */
static inline bool clino__starts_again(clino__reach *reach, int64_t step) {
  if (step == CLINO_NO_STEP) return false;
  double first = (double)reach->first, far = (double)reach->furthest - first;
  bool again = reach->first != CLINO_NO_STEP && step < reach->furthest && (double)step - first < far / 2;
  if (again || reach->first == CLINO_NO_STEP) *reach = (clino__reach){step, step};
  else if (step > reach->furthest) reach->furthest = step;
  return again;
}

/* As clino__curve_of, without the noise, which is then 0: for levels of many series. */
bool clino__curve_plain(clino__context *context, const clino_series *series, size_t min_points, clino__curve *curve);

/* Fills *curve; false where memory is out. min_points: how many the last stretch must have to be preferred. */
bool clino__curve_of(clino__context *context, const clino_series *series, size_t min_points, clino__curve *curve);

/* The median of the points from to to - 1. NaN where there are none. */
double clino__curve_level(const clino__curve *curve, size_t from, size_t to);

/* The index in curve that was logged when the i-th point of other was: by steps where the two share them, by position
 * where they count differently (one in epochs, say). */
size_t clino__curve_same_time(const clino__curve *curve, const clino__curve *other, size_t i);

/* Judges a validation loss against its training loss, NULL where none was logged. */
typedef void (*clino__validation_judge)(clino__context *context, const clino_series *train, const clino_series *val);

/* Calls judge for each validation loss of the run with points, "val/loss" or "val/loss/NAME", and its training loss,
 * "train/loss/NAME" or else "train/loss"; with need_train only where there is one. Returns how many there were. In
 * reinforcement or adversarial learning each gets an info instead, that what ("a rising loss") says nothing. */
size_t clino__judge_validation(clino__context *context, bool need_train, const char *what,
                               clino__validation_judge judge);

/* How uncertain the median of k points is that scatter by noise: 1.2533 noise / sqrt(k), for a normal distribution. */
double clino__median_error(double noise, size_t k);

#endif
