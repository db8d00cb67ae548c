/* The mean of a gradient over a step, by the midpoint rule, and what it says of the value at the point: a right
 * gradient is right in the mean over a step, whatever kinks lie within it. */
#ifndef CLINO_GRADCHECK_MIDPOINTS_H
#define CLINO_GRADCHECK_MIDPOINTS_H

#include "gradcheck/problem.h"

/* The midpoint rule over a third of each cell has the midpoints that were there, and two more a cell. */
#define CLINO__FIRST_CELLS 6
#define CLINO__MOST_CELLS 162
#define CLINO__CELLS 54 /* for most questions */

typedef struct clino__midpoints {
  double g[CLINO__MOST_CELLS]; /* in the order of their places */
  size_t cells;                /* 0: none yet */
  double ends[2];              /* at the ends of the step; NaN: not asked */
  bool finite;
} clino__midpoints;

/* The gradient, or its slope along something, at a place within the step. */
typedef clino_status (*clino__integrand)(void *ctx, double t, double *g);

/* What the samples are asked about. */
typedef struct clino__mean_question {
  double value;     /* the gradient at the point */
  double slope;     /* of the chord between the ends of the step */
  double rounding;  /* what keeps mean and slope apart without meaning anything */
  double aim;       /* how well the mean must be known, rounding included, before it excuses the value */
  size_t cells;     /* so many at the most: CLINO__FIRST_CELLS times a power of 3, to CLINO__MOST_CELLS */
  bool bends;       /* no shorter steps have told what bends from what is wrong: a mean that is not the slope does */
  bool condemned;   /* the value differs from the slope: it is wrong where nothing jumps over the step */
} clino__mean_question;

typedef enum clino__mean_answer {
  CLINO__MEAN_OPEN,  /* the samples are too few to tell */
  CLINO__MEAN_WRONG, /* they do not account for the slope either */
  CLINO__MEAN_RIGHT  /* their mean is the slope, and the value is one that they take */
} clino__mean_answer;

/* Samples between low and high, and at both where the value is condemned or would be, until they tell: as many as the
 * question allows and two at the most, or as many as max_evaluations allows. */
clino_status clino__midpoints_ask(const clino__problem *p, clino__integrand at, void *ctx, double low, double high,
                                  const clino__mean_question *q, clino__midpoints *m, clino__mean_answer *answer);

/* The place of a sample. */
double clino__midpoint(const clino__midpoints *m, size_t i, double low, double high);

/* Mean over a segment, from values in the middle of so many cells, two at least. *error: three deviations of what the
 * rule errs by. A change that is even over the segment costs it nothing; a jump anywhere within a cell costs it an
 * error of even distribution, jump / sqrt(12) cells, and jumps are independent. */
double clino__mean_of(const double *g, size_t cells, double *error);

#endif
