/* Directions one after the other, within a region, and what they come to. */
#ifndef CLINO_GRADCHECK_TALLY_H
#define CLINO_GRADCHECK_TALLY_H

#include "gradcheck/directional.h"

#define CLINO__DIRECTIONS 8 /* that must agree: (4 * 0.005 / 0.1)^8 = 3e-6 for an entry that is off by 10% */
#define CLINO__IN_VAIN 3    /* directions that differ although the search finds nothing */
#define CLINO__OFF 0.1      /* the error that must show, of a tensor's RMS gradient */

typedef struct clino__tally {
  clino__region region;
  bool longer;              /* the first may take longer steps in tensors that do not show */
  size_t attempts;          /* directions that were drawn since something was found */
  size_t agreed, crossed, kinked, differing, found;
  size_t in_vain, fruitless; /* searches that found nothing; those of them that no kink explains */
  clino__slope worst;       /* the largest difference against its bar */
  double bar;               /* the largest among those that agreed */
  double size;              /* root mean square of the gradient's slope over such directions */
  uint64_t decided;         /* calls until then; 0: not yet */
  bool out_of_budget;
  clino__region lost;       /* where a fruitless search ended */
  double beyond;            /* least difference over bar among the fruitless */
} clino__tally;

/* The smallest errors of a tensor that every direction would show, as fractions of its RMS gradient. */
typedef struct clino__shown {
  double entry, tensor;
} clino__shown;

/* With an error bar of b. 0 in a tensor without a gradient. */
clino__shown clino__shown_of(const clino__directions *ds, size_t view, double bar);

/* Judges the direction that was drawn. Where kinks crowd within steps, what differs or says nothing is left to the mean
 * of the gradient along the step. */
clino_status clino__tally_judge(clino__directions *ds, const clino__region *r, clino__says *says, clino__slope *s);

/* Directions until CLINO__DIRECTIONS agree in a row, or it is clear that they will not. */
clino_status clino__tally_fill(clino__directions *ds, clino__tally *t);

/* Draws no more of them. */
void clino__tally_give_up(clino__tally *t);

/* Whether the point lies on a kink, or so near one that no step avoids it. */
bool clino__tally_at_kink(const clino__directions *ds, const clino__tally *t);

/* Calls for values and gradients, so far. */
uint64_t clino__calls(const clino__problem *p);

/* ---- direction_alone.c ---- */

/* Directions of one tensor alone, whose gradient does not show in those of all: within a step of the others it moves
 * too little, and a longer one meets kinks of theirs, but it may move further by itself. *shown: what they would show,
 * if eight agree; else as it is. */
clino_status clino__tally_alone(clino__directions *ds, size_t view, clino__tally *t, clino__shown *shown);

#endif
