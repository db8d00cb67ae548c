/* A function that is computed in part in single precision, or whose arguments are rounded, is a staircase: constant, or
 * with the slope of the part in double, for a while, then it jumps. Lines of noise that lie on one tread see hardly any
 * noise, and a slope that is none of f's. The gradient tells: a right one keeps what it promises along lines so long
 * that the treads average out, and not along a tread. A jump in between proves that it is none of f's kinks. Of a
 * gradient that keeps its promise nowhere, nothing can be said; but an f that jumps on both sides of the point does so
 * all over. */
#include <math.h>

#include "gradcheck/noise.h"
#include "gradcheck/noise_line.h"

#define POINTS CLINO__LINE_POINTS

/* Lines of so many times the first spacing; a smooth f has hardly bent on the longest. */
static const double long_lines[] = {1, 10, 100, 1000};
/* A broken promise and jumps to both sides count on the first ones only. */
#define SHORT_LINES 2
#define LINES ((int)(sizeof long_lines / sizeof *long_lines))

#define HALVINGS 24
/* Over so many of them, what is no jump falls to a 64th. */
#define LAST 6
/* A slope so many times f's is a jump. */
#define STEEP 1e3
/* And so many deviations of noise as seen on the tread. */
#define CLEAR 30

/* Along the line, in f's change for a unit of it. */
typedef struct slopes {
  double promised; /* by the gradient */
  double tread;    /* on the finest line */
  double nearby;   /* how far the two are apart, on the side where they are nearer */
} slopes;

static clino_status find_tread(clino__problem *p, slopes *s) {
  s->nearby = INFINITY;
  for (int side = 1; side >= -1; side -= 2) {
    double f[POINTS], spacing = side * 1e-3 * CLINO__LINE_SPACING;
    clino_status status = clino__noise_line_sample(p, spacing, f);
    if (status) return status;
    double promised = clino__noise_line_promised(p, spacing), slope = clino__noise_line_slope(f, spacing);
    if (fabs(slope - promised) < s->nearby) *s = (slopes){promised, slope, fabs(slope - promised)};
  }
  return CLINO_OK;
}

/* How far the gradient's promise is from f's slope over a line to both sides. Raises *noise to what looks like noise
 * there. */
static clino_status miss_along(clino__problem *p, double spacing, double *miss, double *noise) {
  double sum = 0;
  for (int side = 1; side >= -1; side -= 2) {
    double f[POINTS];
    bool alike;
    clino_status status = clino__noise_line_sample(p, side * spacing, f);
    if (status) return status;
    sum += clino__noise_line_slope(f, side * spacing) - clino__noise_line_promised(p, side * spacing);
    double now = clino__noise_line_sigma(f, &alike);
    if (alike && clino__noise_line_distinct(f) >= 4) *noise = fmax(*noise, now);
  }
  *miss = fabs(sum / 2);
  return CLINO_OK;
}

/* Follows the half of a line in which f rises more, beyond the tread's slope, until little is left. *jump: what f rises
 * by there, 0 if that is no jump: that of anything else would have shrunk with what is left. */
static clino_status follow(clino__problem *p, double spacing, const slopes *s, double *jump) {
  double low = 0, high = POINTS - 1, at_low = p->f0, at_high, before = 0;
  clino_status status = clino__noise_line_value(p, spacing, high, &at_high);
  for (int i = 0; i < HALVINGS && !status; i++) {
    double middle = (low + high) / 2, at_middle, half = s->tread * spacing * (high - low) / 2;
    if (i == HALVINGS - LAST) before = fabs(at_high - at_low);
    status = clino__noise_line_value(p, spacing, middle, &at_middle);
    if (fabs(at_middle - at_low - half) > fabs(at_high - at_middle - half)) high = middle, at_high = at_middle;
    else low = middle, at_low = at_middle;
  }
  double rise = fabs(at_high - at_low), steepest = fmax(fabs(s->promised), fabs(s->tread));
  bool steep = rise > STEEP * steepest * fabs(spacing) * (high - low), clear = rise > CLEAR * p->noise;
  *jump = steep && clear && rise > before / 4 ? rise : 0;
  return status;
}

/* On how many sides of the point f jumps; raises *noise to what the jumps make. */
static clino_status find_jumps(clino__problem *p, double spacing, const slopes *s, int *sides, double *noise) {
  clino_status status = CLINO_OK;
  *sides = 0;
  for (int side = 1; side >= -1 && !status; side -= 2) {
    double jump;
    status = follow(p, side * spacing, s, &jump);
    *sides += jump > 0;
    /* Values that are rounded to multiples of a unit have a deviation of 0.29 units. */
    *noise = fmax(*noise, 0.29 * jump);
  }
  return status;
}

/* Looks along one line. *found: f is a staircase there, of so much *noise. */
static clino_status look_along(clino__problem *p, int line, const slopes *s, double *noise, bool *found) {
  double miss, spacing = long_lines[line] * CLINO__LINE_SPACING;
  int sides;
  clino_status status = miss_along(p, spacing, &miss, noise);
  bool keeps = miss <= s->nearby / 8;
  if (status || !(keeps || line < SHORT_LINES)) return status;
  status = find_jumps(p, spacing, s, &sides, noise);
  *found = !status && sides > (keeps ? 0 : 1);
  return status;
}

/* Whether the gradient keeps its promise along the first line, so far as noise shows. */
static bool kept(const clino__problem *p) {
  double promised = clino__noise_line_promised(p, CLINO__LINE_SPACING), noise = 4 * p->noise / CLINO__LINE_SPACING;
  return fabs(p->line_slope - promised) <= 1e-3 * fabs(promised) + noise;
}

clino_status clino__revise_noise(clino__problem *p, bool cheaply) {
  int lines = cheaply ? 1 : LINES;
  uint64_t cost = 2 * (uint64_t)((POINTS - 1) * (1 + lines) + (1 + SHORT_LINES) * (HALVINGS + 1));
  if (!(p->coarse_noise > 0) && (cheaply || kept(p))) return CLINO_OK;
  if (!clino__budget(p, cost)) return CLINO_OK;
  slopes s = {0};
  clino_status status = find_tread(p, &s);
  if (status || !(s.nearby > 1e-3 * fabs(s.promised))) return status;
  double noise = p->coarse_noise;
  bool found = false;
  for (int i = 0; i < lines && !status && !found; i++) status = look_along(p, i, &s, &noise, &found);
  if (status || !found) return status;
  p->r->noise = p->noise = noise;
  p->coarse = true;
  return CLINO_OK;
}
