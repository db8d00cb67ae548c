/* Directions: displacements of all entries at once, or of a part of them, and the difference between the slope of f
 * along one and that of the gradient. */
#ifndef CLINO_GRADCHECK_DIRECTION_H
#define CLINO_GRADCHECK_DIRECTION_H

#include "gradcheck/problem.h"

/* A part of the entries: the views from view to before end; or, of one view, the box of rows (index of all dimensions
 * but the last) and columns (the last) from first to before end. */
typedef struct clino__region {
  size_t view, view_end;
  size_t row, row_end, column, column_end;
} clino__region;

/* What a step to both sides along a direction shows. Slopes are those of f over h. */
typedef struct clino__slope {
  bool finite;
  double h;
  double numeric, analytic;
  double difference;        /* numeric - analytic, from the two residuals, so that nothing cancels */
  double bar;               /* three standard deviations of difference */
  double jump, jump_bar;    /* difference of the one-sided slopes, beyond the gradient's, and its error */
} clino__slope;

#define CLINO__EXCLUDED 64
#define CLINO__ALL_VIEWS SIZE_MAX

typedef struct clino__directions {
  clino__problem *p;
  double *d;                /* how far each entry moves for h = 1 */
  double *scale;            /* the same that is aimed at, one a view */
  double *moment, *least;   /* of the direction drawn, one a view: root of the sum of squares of gradient times d, and
                               the smallest |d| */
  double h, first_h;        /* the step to begin with, now and at first */
  double cap;               /* no entry moves further than so much of its tensor's typical coordinate, nor than
                               CLINO__SMALL_SHARE of that or of what is typical of all */
  uint64_t drawn;           /* directions so far, of all points and terms */
  clino__region excluded[CLINO__EXCLUDED]; /* not moved: known to be wrong */
  size_t n_excluded;
  size_t only;              /* the view that is drawn, or CLINO__ALL_VIEWS */
  double aim;               /* a mean along a step that is known to this is known well enough, or to four error bars */
  bool beside;              /* the point is one beside a kink */
} clino__directions;

/* Sizes for the point at which p is. Errors: CLINO_ERR_MEMORY. */
clino_status clino__directions_init(clino__directions *ds, clino__problem *p);
void clino__directions_free(clino__directions *ds);

/* Takes the step that the noise asks for as it is known now. Draw again after it. */
void clino__directions_refit(clino__directions *ds);

/* Takes another cap on how far an entry moves. Draw again after it. */
void clino__directions_set_cap(clino__directions *ds, double cap);

/* Takes such a share of the step that noise asks for in this view, for directions of it alone, as far as
 * CLINO__SMALL_SHARE allows; of that where the gradient is 0 throughout, and so asks for nothing. Draw after it. */
void clino__directions_set_alone(clino__directions *ds, size_t view, double share);

/* Whether some tensor moves as far as the cap says. */
bool clino__directions_may_reach(const clino__directions *ds, double cap);

/* A new direction; the same again. */
void clino__directions_draw(clino__directions *ds);
void clino__directions_redraw(clino__directions *ds);

/* The k-th direction to come, with what belongs to it, as directions of their own in *next; false: memory is out. Freed
 * in any case. Taking it makes it the one that was drawn. */
bool clino__directions_ahead(const clino__directions *ds, size_t k, clino__directions *next);
void clino__directions_take(clino__directions *ds, clino__directions *next);

/* Two evaluations, h to both sides along the direction within the region; everything else stays at the point. */
clino_status clino__direction_measure(clino__directions *ds, const clino__region *region, double h, clino__slope *s);

/* A measurement among several. */
typedef struct clino__trial {
  clino__directions *ds;
  clino__region region;
  double h;
  clino__slope s;           /* written */
} clino__trial;

/* Measures one trial after the other, as long as go_on (called with each slope) says so; *done: how many. What a team
 * measured beyond that is forgotten, so that numbers and counts are those of one after the other. */
clino_status clino__direction_measure_some(clino__trial *trials, size_t count,
                                           bool (*go_on)(size_t i, const clino__slope *s, void *ctx), void *ctx,
                                           size_t *done);

/* By how much the gradient's own slope along the direction within the region is another one at t than at the point,
 * from a call for the gradient there. *residual: what f changed by, less what the gradient at the point says. */
clino_status clino__direction_change(clino__directions *ds, const clino__region *region, double t, double *change,
                                     double *residual);

/* The error bar that a slope of 0 within the region would have at the step to begin with. */
double clino__direction_bar(const clino__directions *ds, const clino__region *region);

/* Root mean square of the gradient's slope over all directions within the region. */
double clino__direction_size(const clino__directions *ds, const clino__region *region);

/* Whether the difference lies beyond the error bar. */
bool clino__differs(const clino__slope *s);

/* ---- regions ---- */

clino__region clino__region_all(const clino__problem *p);
clino__region clino__region_view(const clino__problem *p, size_t view);
size_t clino__region_entries(const clino__problem *p, const clino__region *r); /* 0: no entries */
size_t clino__view_columns(const clino__view *v);

/* Does not move the entries of the region in later directions, nor in this one; false: no room for more. */
bool clino__directions_exclude(clino__directions *ds, const clino__region *region);

#endif
