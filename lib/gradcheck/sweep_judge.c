/* What the curves of a sweep mean.
 *
 * The numerical derivative is found without the analytic one: at each step the error of the difference is estimated
 * from the noise over the step, from how much longer steps change it, and, where the one-sided slopes keep apart as
 * the step shrinks, from their distance; the step with the least sum gives it. Then the analytic value is compared. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/robust.h"
#include "gradcheck/sweep.h"

/* ---- straight parts of a curve over logarithmic axes ---- */

#define STRAIGHT 0.04      /* decades: rms residual up to which a part is straight; a twentieth of the slope over it */
#define ABOVE_FLOOR 10     /* times its lowest level a curve must be for truncation to dominate */
#define LEAST_POINTS 5
#define LEAST_ORDER 0.5

/* Sums for a least-squares line through (u, v). */
typedef struct line_sums {
  double n, u, v, uu, uv, vv;
} line_sums;

static void line_add(line_sums *s, double u, double v) {
  s->n++, s->u += u, s->v += v, s->uu += u * u, s->uv += u * v, s->vv += v * v;
}

static double line_slope(const line_sums *s, double *residual) {
  double uu = s->uu - s->u * s->u / s->n, uv = s->uv - s->u * s->v / s->n, vv = s->vv - s->v * s->v / s->n;
  if (!(uu > 0)) return NAN;
  *residual = sqrt(fmax(vv - uv * uv / uu, 0) / s->n);
  return uv / uu;
}

/* The lowest level of a curve: the least, over all points, of the largest error of a point and its two neighbours. */
static double find_best(size_t n, const double *h, const double *e, double *best_step) {
  double best = NAN;
  *best_step = NAN;
  for (size_t k = 0; k < n; k++) {
    if (!isfinite(e[k])) continue;
    double level = e[k];
    if (k > 0 && isfinite(e[k - 1])) level = fmax(level, e[k - 1]);
    if (k + 1 < n && isfinite(e[k + 1])) level = fmax(level, e[k + 1]);
    if (level > best) continue;
    best = level;
    *best_step = h[k];
  }
  return best;
}

/* Of all parts of at least a decade that are straight and rise, the one that is long and straight. A part ends where a
 * point is missing, 0, or too near to the lowest level. */
clino_sweep_fit clino__sweep_fit(size_t n, const double *h, const double *e) {
  clino_sweep_fit f = {NAN, NAN, NAN, NAN, NAN, NAN};
  f.best_error = find_best(n, h, e, &f.best_step);
  double most = 0;
  for (size_t i = 0; i < n; i++) {
    line_sums s = {0, 0, 0, 0, 0, 0};
    for (size_t k = i; k < n && isfinite(e[k]) && e[k] > 0 && e[k] >= ABOVE_FLOOR * f.best_error; k++) {
      line_add(&s, log10(h[k] / h[i]), log10(e[k] / e[i]));
      double residual = NAN, length = log10(h[k] / h[i]), slope = line_slope(&s, &residual);
      if (s.n < LEAST_POINTS || !(length >= 1 - 1e-9) || !(slope >= LEAST_ORDER && residual <= STRAIGHT)) continue;
      double score = length / (STRAIGHT / 4 + residual);
      if (!(score > most)) continue;
      most = score;
      f.order = slope;
      f.residual = residual;
      f.order_low = h[i];
      f.order_high = h[k];
    }
  }
  return f;
}

/* ---- noise and truncation ---- */

typedef struct view {
  const clino__sweep_data *data;
  bool centered;        /* the differences looked at: centered ones, or one-sided where there are hardly any */
  double sigma;         /* noise of f, first guess */
  size_t best;          /* the point of the numerical derivative; n: none */
  double error;         /* its error */
  double jump;          /* difference of the one-sided slopes at a kink; NaN: none */
  double distance;      /* of the kink; 0: closer than rounding leaves to see */
} view;

static double step_at(const view *v, size_t k) {
  return v->centered ? v->data->points[k].centered_step : v->data->points[k].forward_step;
}

static double slope_at(const view *v, size_t k) {
  return v->centered ? v->data->points[k].centered : v->data->points[k].forward;
}

/* The standard deviation of a difference at step h, from that of f: (e1 - e2) / 2h or (e1 - e2) / h. */
static double slope_noise(const view *v, double h) { return v->sigma * (v->centered ? 1 / sqrt(2) : sqrt(2)) / h; }

static double gap_at(const view *v, size_t k) { return fabs(v->data->right[k] - v->data->left[k]); }

/* (e1 - 2 e0 + e2) / h has deviation sqrt 6 sigma / h; four of them. */
static double gap_noise(const view *v, size_t k) { return 4 * sqrt(6) * v->sigma / step_at(v, k); }

static void choose_kind(view *v) {
  size_t centered = 0, one_sided = 0;
  for (size_t k = 0; k < v->data->n; k++) {
    centered += isfinite(v->data->points[k].centered) ? 1 : 0;
    one_sided += isfinite(v->data->points[k].forward) ? 1 : 0;
  }
  v->centered = centered >= LEAST_POINTS && 3 * centered >= one_sided;
}

/* Neighbouring differences differ by noise over the step where rounding dominates, and by more elsewhere: the lowest
 * median of five in a row; infinite where there are not as many. Where f does not change, nothing is learned. */
static double scatter(const view *v, double *scratch) {
  const clino__sweep_data *d = v->data;
  size_t n = 0;
  double lowest = INFINITY, window[LEAST_POINTS];
  for (size_t k = 1; k < d->n; k++) {
    double change = fabs(slope_at(v, k) - slope_at(v, k - 1)) * step_at(v, k - 1);
    if (isfinite(change) && change > 0 && !(d->same[k] && d->same[k - 1])) scratch[n++] = change;
  }
  for (size_t i = 0; i + LEAST_POINTS <= n; i++) {
    memcpy(window, scratch + i, sizeof window);
    lowest = fmin(lowest, clino__median(window, LEAST_POINTS));
  }
  /* The median of |change| is about 0.55 sigma (centered, steps 1.8 apart); less, as it is the lowest of many. */
  return lowest / 0.4;
}

/* By how much f changes from x to a neighbour: below it (side 0) or above it. */
static double change_at(const view *v, size_t k, int side) {
  const clino_sweep_point *p = &v->data->points[k];
  double h = isfinite(p->centered_step) ? p->centered_step : p->forward_step;
  return fabs((side ? v->data->right[k] : v->data->left[k]) * h);
}

/* The height of the stairs of a function that is one (computed in single precision, or under a large offset): its small
 * changes are multiples of the smallest one or of half of it. 0 where they are not. */
static double stairs(const view *v) {
  double smallest = INFINITY;
  size_t seen = 0;
  for (size_t k = 0; k < v->data->n; k++)
    for (int side = 0; side < 2; side++)
      if (change_at(v, k, side) > 0) smallest = fmin(smallest, change_at(v, k, side));
  for (size_t k = 0; k < v->data->n; k++)
    for (int side = 0; side < 2; side++) {
      double halves = 2 * change_at(v, k, side) / smallest;
      if (!(halves > 0 && halves < 50)) continue;
      if (fabs(halves - nearbyint(halves)) > 0.05) return 0;
      seen++;
    }
  return seen >= LEAST_POINTS ? smallest : 0;
}

/* A function that does not change over many steps is flat there or has stairs: what changes at longer steps may then be
 * no noise at all. */
static void guess_noise(view *v, double *scratch) {
  double unit = DBL_EPSILON * fabs(v->data->f0), noise = scatter(v, scratch);
  size_t same = 0;
  for (size_t k = 0; k < v->data->n; k++) same += v->data->same[k];
  v->sigma = 0.29 * unit; /* a uniform error of half a unit in the last place */
  if (same >= LEAST_POINTS) {
    v->sigma = fmax(v->sigma, 0.29 * stairs(v));
    if (!(noise <= 100 * unit)) return;
  }
  if (isfinite(noise)) v->sigma = fmax(v->sigma, noise);
}

static double left_at(const view *v, size_t k) { return v->data->left[k]; }
static double right_at(const view *v, size_t k) { return v->data->right[k]; }

/* By how much differences at steps up to three times as long change; where none is longer, at shorter ones. */
static double truncation_at(const view *v, size_t k, double (*slope)(const view *, size_t)) {
  double here = slope(v, k), h = step_at(v, k), change = NAN;
  for (size_t i = k + 1; i < v->data->n; i++) {
    change = fmax(change, fabs(slope(v, i) - here)); /* fmax drops a NaN */
    if (isfinite(change) && step_at(v, i) >= 3 * h) return change;
  }
  for (size_t i = k; i-- > 0 && step_at(v, i) >= h / 3.5;) change = fmax(change, fabs(slope(v, i) - here));
  return change;
}

/* The noise once the derivative is known: the branch of slope -1 below a third of the best step. */
static void measure_noise(const view *v, clino_sweep_curve *c, double *scratch) {
  line_sums s = {0, 0, 0, 0, 0, 0};
  double first = NAN, last = NAN, residual = NAN;
  size_t n = 0;
  c->noise = c->noise_slope = NAN;
  if (v->best == v->data->n) return;
  for (size_t k = 0; k < v->best; k++) {
    double h = step_at(v, k), off = fabs(slope_at(v, k) - c->numeric);
    if (!isfinite(off) || v->data->same[k] || h > step_at(v, v->best) / 3) continue;
    scratch[n++] = off * h * (v->centered ? sqrt(2) : 1 / sqrt(2));
    if (!(off > 0)) continue;
    line_add(&s, log10(h), log10(off));
    first = isnan(first) ? h : first;
    last = h;
  }
  /* 0.6745: the median of the absolute value of a standard normal number. */
  if (n >= LEAST_POINTS) c->noise = clino__median(scratch, n) / 0.6745;
  if (s.n >= LEAST_POINTS && last >= 10 * first) c->noise_slope = line_slope(&s, &residual);
}

/* ---- kinks ---- */

/* Whether from point k on the one-sided slopes keep their distance over a decade of steps, clear of noise. */
static bool plateau_at(const view *v, size_t k, double *jump) {
  double low = gap_at(v, k), high = low;
  const clino__sweep_data *d = v->data;
  if (!(low > gap_noise(v, k)) || !(low > 1e-4 * fmax(fabs(d->left[k]), fabs(d->right[k])))) return false;
  for (size_t i = k + 1; i < d->n; i++) {
    double gap = gap_at(v, i);
    if (!isfinite(gap)) return false;
    low = fmin(low, gap);
    high = fmax(high, gap);
    if (!(high <= 1.6 * low)) return false;
    *jump = high;
    if (step_at(v, i) >= 10 * step_at(v, k)) return true;
  }
  return false;
}

/* Below the plateau: where the distance of the slopes is gone. That of a kink at distance t is jump (1 - t/h) for h > t
 * and 0 for h < t; that of a smooth bend goes down with h, slowly. */
static void find_fall(view *v, size_t plateau, size_t seen) {
  size_t half = plateau, gone = plateau;
  v->distance = 0;
  while (half > seen && gap_at(v, half - 1) > 0.5 * v->jump) half--;
  for (gone = half; gone > seen;)
    if (!(gap_at(v, --gone) > 0.05 * v->jump)) break;
  if (half == seen) return;
  double h = step_at(v, half), below = step_at(v, gone), ratio = step_at(v, half) / step_at(v, half - 1);
  bool vanished = gap_at(v, gone) <= 0.05 * v->jump;
  /* jump (1 - t/h) goes from 0.05 to 0.5 between 1.05 t and 2 t, and both ends may be a step of the grid away. */
  if (!vanished || h / below > 2 * ratio * ratio) {
    v->jump = v->distance = NAN; /* a bend */
    return;
  }
  v->distance = fmin(fmax(h * (1 - gap_at(v, half) / v->jump), below), h);
}

static void find_kink(view *v) {
  v->jump = v->distance = NAN;
  size_t k = 0, seen;
  while (k < v->data->n && !(v->centered && plateau_at(v, k, &v->jump))) k++;
  if (k == v->data->n) {
    v->jump = NAN;
    return;
  }
  /* Below the plateau, steps at which noise would leave a twentieth of the jump to be seen. */
  for (seen = k; seen > 0 && gap_noise(v, seen - 1) <= 0.2 * v->jump; seen--)
    if (!isfinite(gap_at(v, seen - 1))) break;
  find_fall(v, k, seen);
}

/* ---- the numerical derivative ---- */

/* Half the distance of the one-sided slopes where it stays as the step shrinks to a third: a smooth function's shrinks
 * with it. */
static double kink_error_at(const view *v, size_t k) {
  double gap = gap_at(v, k);
  if (!(gap > gap_noise(v, k))) return 0;
  for (size_t i = k; i-- > 0;)
    if (step_at(v, i) <= step_at(v, k) / 3) return gap_at(v, i) > 0.7 * gap ? gap / 2 : 0;
  return 0;
}

/* The error of the difference at a point. Beyond a kink that was found the jump counts; at a kink at the point
 * itself each side has a slope of its own, and the best step is that of the sides. */
static double error_at(const view *v, size_t k) {
  double noise = 3 * slope_noise(v, step_at(v, k));
  if (v->distance == 0)
    return 2 * noise + truncation_at(v, k, left_at) + truncation_at(v, k, right_at) + v->jump / 2;
  double kink = step_at(v, k) > v->distance ? fmax(v->jump * (1 - v->distance / step_at(v, k)) / 2, 0) : 0;
  return noise + truncation_at(v, k, slope_at) + fmax(kink, kink_error_at(v, k));
}

static void find_numeric(view *v) {
  v->best = v->data->n;
  v->error = NAN;
  for (size_t k = 0; k < v->data->n; k++) {
    double error = isfinite(slope_at(v, k)) ? error_at(v, k) : NAN;
    if (!(error < v->error) && (isnan(error) || v->best < v->data->n)) continue;
    v->best = k;
    v->error = error;
  }
}

/* ---- the sentence ---- */

#define NUMBERS 6

/* %0 to %5 in a format: numbers to 3 significant digits, locale or not. */
static void say(clino_sweep_curve *c, const char *format, const double numbers[NUMBERS]) {
  size_t used = 0;
  for (; *format && used + CLINO__NUMBER_SIZE < sizeof c->judgement; format++) {
    if (*format != '%') {
      c->judgement[used++] = *format;
      continue;
    }
    char number[CLINO__NUMBER_SIZE];
    clino__number_digits(number, numbers[*++format - '0'] + 0.0, 3); /* no -0 */
    memcpy(c->judgement + used, number, strlen(number));
    used += strlen(number);
  }
  c->judgement[used] = '\0';
}

static void say_right(clino_sweep_curve *c, const clino_sweep_fit *best) {
  double numbers[NUMBERS] = {best->best_error / c->scale, best->best_step, c->forward.order, c->centered.order,
                             c->kink_distance, c->numeric_error};
  const char *format = "gradient right to %0 (step %1); no truncation to be seen";
  if (c->analytic == 0 && !(fabs(c->numeric) > c->numeric_error))
    format = "flat: the analytic value is 0, and no step shows a slope beyond rounding (error bar %5)";
  else if (c->shape == CLINO_SWEEP_KINK)
    format = "kink at distance %4: the error jumps at steps above it; below, the gradient is right to %0 (step %1)";
  else if (isfinite(c->forward.order) && isfinite(c->centered.order))
    format = "V-shaped: gradient right to %0 (step %1); orders %2 forward and %3 centered";
  else if (isfinite(c->forward.order))
    format = "V-shaped: gradient right to %0 (step %1); order %2 forward, none seen centered";
  else if (isfinite(c->centered.order))
    format = "V-shaped: gradient right to %0 (step %1); order %3 centered, none seen forward";
  say(c, format, numbers);
}

static void judge_kink_at_point(clino_sweep_curve *c, const view *v) {
  double low = fmin(c->left, c->right), high = fmax(c->left, c->right), bar = v->error - v->jump / 2;
  double numbers[NUMBERS] = {c->left, c->right, c->analytic, 0, 0, 0};
  bool between = c->analytic >= low - bar - 1e-7 * fabs(low) && c->analytic <= high + bar + 1e-7 * fabs(high);
  c->shape = between ? CLINO_SWEEP_KINK : CLINO_SWEEP_FLOOR;
  say(c, between ? "kink at the point itself: slope %0 to the left and %1 to the right, the analytic value %2 between"
                 : "kink at the point itself, and the analytic value %2 is wrong: it lies outside of the slopes %0 to "
                   "the left and %1 to the right",
      numbers);
}

static bool resolved(const clino_sweep_curve *c) {
  double size = fmax(fabs(c->analytic), fabs(c->numeric));
  return c->numeric_error <= 0.1 * size || (c->analytic == 0 && fabs(c->numeric) <= c->numeric_error);
}

static void judge(clino_sweep_curve *c, const view *v) {
  const clino_sweep_fit *best =
      c->centered.best_error <= c->forward.best_error || !isfinite(c->forward.best_error) ? &c->centered : &c->forward;
  double difference = fabs(c->analytic - c->numeric);
  /* Below the band "right" of CS231n a difference is none; single precision cannot hold as much. */
  double allowed = 2 * c->numeric_error + (v->data->single ? 1e-4 : 1e-7) * c->scale;
  double numbers[NUMBERS] = {difference / c->scale, c->analytic, c->numeric, c->numeric_error, c->kink_distance, 0};
  if (v->distance == 0) {
    judge_kink_at_point(c, v);
  } else if (difference > allowed) {
    c->shape = CLINO_SWEEP_FLOOR;
    say(c, isnan(c->kink_distance) ? "floor at %0 that shorter steps do not get below: the analytic value %1 is wrong, "
                                     "differences give %2 +- %3"
                                   : "floor at %0 that shorter steps do not get below: the analytic value %1 is wrong, "
                                     "differences give %2 +- %3; kink at distance %4",
        numbers);
  } else if (!resolved(c)) {
    c->shape = CLINO_SWEEP_NOISE;
    say(c, "rounding and noise of f hide the derivative at every step: analytic %1, differences give %2 +- %3",
        numbers);
  } else {
    c->shape = isnan(c->kink_distance) ? CLINO_SWEEP_RIGHT : CLINO_SWEEP_KINK;
    say_right(c, best);
  }
}

static void judge_nonfinite(clino_sweep_curve *c, const clino__sweep_data *d) {
  double numbers[NUMBERS] = {c->value, d->f0, c->analytic, 0, 0, 0};
  c->shape = CLINO_SWEEP_NONFINITE;
  say(c, !isfinite(c->value)      ? "the coordinate is %0"
         : !isfinite(d->f0)       ? "f is %1 at the point itself"
         : !isfinite(c->analytic) ? "the analytic value is %2"
                                  : "f is not finite at any step",
      numbers);
}

/* ---- the whole ---- */

static void fit_both(clino_sweep_curve *c, const clino__sweep_data *d, double *scratch) {
  double *h = scratch, *e = scratch + d->n;
  for (size_t k = 0; k < d->n; k++) h[k] = d->points[k].forward_step, e[k] = d->points[k].forward_error;
  c->forward = clino__sweep_fit(d->n, h, e);
  for (size_t k = 0; k < d->n; k++) h[k] = d->points[k].centered_step, e[k] = d->points[k].centered_error;
  c->centered = clino__sweep_fit(d->n, h, e);
}

void clino__sweep_judge(clino_sweep_curve *c, const clino__sweep_data *d, double *scratch) {
  view v = {.data = d, .best = d->n};
  c->numeric = c->numeric_error = c->left = c->right = c->kink_distance = c->noise = c->noise_slope = NAN;
  c->scale = isfinite(c->analytic) && c->analytic != 0 ? fabs(c->analytic) : 1;
  fit_both(c, d, scratch);
  choose_kind(&v);
  guess_noise(&v, scratch);
  find_kink(&v);
  find_numeric(&v);
  if (v.best == d->n || !isfinite(c->analytic)) {
    judge_nonfinite(c, d);
    return;
  }
  c->numeric = slope_at(&v, v.best);
  c->numeric_error = v.error;
  c->left = d->left[v.best];
  c->right = d->right[v.best];
  c->kink_distance = v.distance;
  double size = fmax(fabs(c->analytic), fabs(c->numeric) > c->numeric_error ? fabs(c->numeric) : 0);
  c->scale = size > 0 ? size : 1;
  measure_noise(&v, c, scratch);
  judge(c, &v);
}
