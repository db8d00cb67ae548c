/* What one direction says.
 *
 * The error of a gradient shows the same difference at every step, truncation one that falls with h^2; a kink within
 * the longer step is left behind by a shorter one, and a kink at the point keeps the one-sided slopes apart at all. So
 * a difference is evidence only if two steps agree on it, and their one-sided slopes do not explain it. */
#include "gradcheck/directional.h"

#include <math.h>

double clino__in_bars(const clino__slope *s) {
  return s->bar > 0 ? fabs(s->difference) / s->bar : s->difference != 0 ? INFINITY : 0;
}

static bool same(const clino__slope *a, const clino__slope *b) {
  return fabs(a->difference - b->difference) <= a->bar + b->bar;
}

/* Whether a kink at the point explains the difference: it keeps the one-sided slopes apart at both steps alike, where
 * a smooth f's approach each other, and a valid value lies between them. */
static bool kinked(const clino__slope *shorter, const clino__slope *longer) {
  if (!(shorter->jump > shorter->jump_bar)) return false;
  /* Noise that was taken for less than it is grows as steps fall; a kink keeps its size. */
  if (shorter->jump > longer->jump + longer->jump_bar + shorter->jump_bar) return false;
  double expected = longer->jump * shorter->h / longer->h; /* of a smooth f; twice that is allowed, as in estimate.c */
  double lasting = shorter->jump - 2 * expected - shorter->jump_bar;
  return lasting > 0 && fabs(shorter->difference) <= 0.6 * shorter->jump + shorter->bar;
}

static clino__says differs_or_kinked(const clino__slope *shorter, const clino__slope *longer) {
  return kinked(shorter, longer) ? CLINO__SAYS_KINKED : CLINO__SAYS_DIFFERS;
}

/* Beyond noise even if that was taken for half of what it is, as happens: at both, and at one of them by twice. */
static bool both_stand_out(const clino__slope *a, const clino__slope *b) {
  return clino__differs(a) && clino__differs(b) && fmax(clino__in_bars(a), clino__in_bars(b)) > 2;
}

/* Steps a and b = a / 4 disagree. A third decides whether what b shows stays. */
static clino_status judge_changing(clino__directions *ds, const clino__region *r, const clino__slope *b,
                                   clino__says *says, clino__slope *s) {
  *says = CLINO__SAYS_CROSSED;
  *s = *b;
  if (!clino__differs(b) || !clino__budget(ds->p, 2)) return CLINO_OK;
  clino__slope c;
  clino_status status = clino__direction_measure(ds, r, b->h / 4, &c);
  if (status || !both_stand_out(b, &c) || !same(b, &c)) return status;
  *says = differs_or_kinked(&c, b);
  return CLINO_OK;
}

/* What a shows is small beside noise. A longer step has a quarter of that: it stands out there by far if it is real. */
static clino_status judge_small(clino__directions *ds, const clino__region *r, const clino__slope *a,
                                clino__says *says) {
  *says = CLINO__SAYS_CROSSED;
  if (!clino__budget(ds->p, 2)) return CLINO_OK;
  clino__slope c;
  clino_status status = clino__direction_measure(ds, r, 4 * a->h, &c);
  if (status || !c.finite) return status;
  if (clino__in_bars(&c) <= 3) *says = CLINO__SAYS_AGREES;
  else if (same(a, &c)) *says = differs_or_kinked(a, &c);
  return CLINO_OK;
}

/* What a shows stands out: a shorter step shows it as well, or it comes from a kink or a bend. */
static clino_status judge_large(clino__directions *ds, const clino__region *r, const clino__slope *a,
                                clino__says *says, clino__slope *s) {
  clino__slope b;
  clino_status status = clino__direction_measure(ds, r, a->h / 4, &b);
  if (status) return status;
  *says = CLINO__SAYS_CROSSED;
  if (!b.finite) return CLINO_OK;
  if (!same(a, &b)) return judge_changing(ds, r, &b, says, s);
  if (!clino__differs(&b)) return judge_small(ds, r, a, says);
  *says = differs_or_kinked(&b, a);
  return CLINO_OK;
}

/* A difference of 0 may be the mean of two slopes that lie apart, and proves nothing about a gradient there. */
static clino_status judge_agreeing(clino__directions *ds, const clino__region *r, clino__says *says,
                                   const clino__slope *s) {
  *says = CLINO__SAYS_AGREES;
  if (clino__direction_plain(s) || !clino__budget(ds->p, 2)) return CLINO_OK;
  clino__slope b;
  clino_status status = clino__direction_measure(ds, r, s->h / 4, &b);
  if (!status && b.finite && kinked(&b, s)) *says = CLINO__SAYS_KINKED;
  return status;
}

bool clino__direction_plain(const clino__slope *s) {
  return s->finite && !clino__differs(s) && !(s->jump > 2 * s->jump_bar);
}

clino_status clino__direction_judge_measured(clino__directions *ds, const clino__region *r, clino__says *says,
                                             clino__slope *s) {
  *says = CLINO__SAYS_CROSSED;
  if (!s->finite) return CLINO_OK;
  if (!clino__differs(s)) return judge_agreeing(ds, r, says, s);
  *says = CLINO__SAYS_BUDGET;
  if (!clino__budget(ds->p, 2)) return CLINO_OK;
  const clino__slope first = *s;
  return clino__in_bars(s) > 2 ? judge_large(ds, r, &first, says, s) : judge_small(ds, r, &first, says);
}

clino_status clino__direction_judge(clino__directions *ds, const clino__region *r, clino__says *says,
                                    clino__slope *s) {
  *says = CLINO__SAYS_BUDGET;
  if (!clino__budget(ds->p, 2)) return CLINO_OK;
  clino_status status = clino__direction_measure(ds, r, ds->h, s);
  return status ? status : clino__direction_judge_measured(ds, r, says, s);
}
