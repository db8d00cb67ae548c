#ifndef CLINO_GRADCHECK_DIRECTIONAL_H
#define CLINO_GRADCHECK_DIRECTIONAL_H

#include "gradcheck/direction.h"

/* Calls that may be made at the same time: two sides of all directions but the first. */
#define CLINO__DIRECTIONAL_CALLS 14

/* Whether the check is along directions, alone or beside a sample. */
bool clino__directional_wanted(const clino__problem *p);

/* Checks along directions at the point, and looks for what is wrong where they disagree. Into result.directional,
 * result.located and the verdict. Precheck must have held. */
clino_status clino__directional_check(clino__problem *p);

/* The same for a point that max_evaluations does not leave room for. */
void clino__directional_unaffordable(clino__problem *p);

/* ---- direction_judge.c ---- */

/* What one direction says. */
typedef enum clino__says {
  CLINO__SAYS_AGREES,
  CLINO__SAYS_DIFFERS,  /* beyond the error bars of two steps, and not for a kink */
  CLINO__SAYS_CROSSED,  /* a kink within the step, or f bends too much there: nothing */
  CLINO__SAYS_KINKED,   /* a kink at the point itself: nothing */
  CLINO__SAYS_BUDGET
} clino__says;

/* Judges the direction that was drawn, in a region, with two evaluations where it agrees and up to six otherwise.
 * *s: the step that decided. */
clino_status clino__direction_judge(clino__directions *ds, const clino__region *r, clino__says *says, clino__slope *s);

/* The same where *s was measured with the step ds->h already. */
clino_status clino__direction_judge_measured(clino__directions *ds, const clino__region *r, clino__says *says,
                                             clino__slope *s);

/* Whether a measured step agrees and asks for no other one. */
bool clino__direction_plain(const clino__slope *s);

/* ---- direction_mean.c ---- */

/* Asks the gradient along the step of *s, where kinks crowd, about what *says: DIFFERS or CROSSED. AGREES where its
 * mean is f's slope, and then what is known of that is in s->bar, DIFFERS where it is not, CROSSED where it cannot be
 * told. 6 gradients or more, 57 at the most. */
clino_status clino__direction_mean(clino__directions *ds, const clino__region *r, clino__says *says, clino__slope *s);

/* Whether steps are so long, for the noise of single precision, that kinks may crowd within them. */
bool clino__direction_crowded(const clino__directions *ds);

/* The size of a difference in error bars. */
double clino__in_bars(const clino__slope *s);

#endif
