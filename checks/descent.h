/* What the training loss does, measured once a diagnosis and shared by all checks of curves: levels of its start and
 * end against its noise, trends, the shape of its descent. Statistics of curves that several checks use stand here too.
 */
#ifndef CLINO_CHECKS_DESCENT_H
#define CLINO_CHECKS_DESCENT_H

#include "base/robust.h"
#include "checks/curve.h"
#include "checks/kept.h"

/* How well a descent is a straight line, and how well geometric: y = a + b exp(-rate t) over t in [0, 1], by least
 * squares. rms: of the residuals, over the largest |y|. NaN for n < 4. */
typedef struct clino__fit {
  double linear_rms, geometric_rms, rate;
} clino__fit;

clino__fit clino__fit_descent(const double *y, size_t n);

typedef struct clino__descent {
  clino__curve curve;
  size_t k;                 /* points in the levels of start and end */
  double first, start, end; /* first value; medians of the first and of the last k points */
  double middle;            /* median of k points about the middle */
  double last;              /* the lowest of the last three points: a run that leaves at its very end */
  double error;             /* standard deviation of end - start where there is no trend */
  double low;               /* the lowest level of k points (at most 5) that was reached */
  size_t at_low;            /* where: the middle of these points */
  double top, gained;       /* the larger of first and start; top - end */
  clino__trend trend, late; /* of all points, and of the last half */
  clino__fit fit;
  const char *moving; /* what says that the loss need not fall; NULL */
} clino__descent;

/* What one diagnosis measures once. */
struct clino__shared {
  bool measured;
  clino__descent descent;
  clino__kept kept; /* to be freed with clino__kept_free */
};

/* The descent of train/loss; NULL where there is none, no finite point, or memory is out. Belongs to the diagnosis. */
const clino__descent *clino__descent_of(clino__context *context);

/* As clino__descent_of, where a check needs at least so many points of a loss that ought to fall; NULL, and said why (a
 * skip; an info for reinforcement and adversarial learning, that what says nothing), where it cannot judge. */
const clino__descent *clino__descent_needed(clino__context *context, size_t least, const char *what);

/* Has the loss fallen, beyond what its noise makes, by at least this fraction of the larger of start and end? */
bool clino__has_fallen(const clino__descent *d, double fraction);

/* Nothing moves any more in the second half: no fall beyond the noise or 1% of the end, and no trend. */
bool clino__rests(const clino__descent *d);

/* Does the loss rise in a few leaps and fall between them? So it does where data or objective get harder by design, as
 * in a curriculum: then a level above the first says little. */
bool clino__rises_by_leaps(const clino__descent *d);

/* A finding about the training loss from the first to the last point that was judged. */
clino_finding clino__descent_finding(const clino__context *context, const clino__descent *d, clino_finding_level level);

/* Prechelt 1998, section 2: the generalization loss in percent, 100 (E / E_opt - 1); NaN for an optimum that is not
 * positive. */
double clino__generalization_loss(double error, double optimum);

/* The autocorrelation of x at a lag, with values clipped to 4 deviations about their median so that a spike does not
 * carry it. NaN where fewer than 8 pairs are left or nothing varies. scratch: n. */
double clino__autocorrelation(const double *x, size_t n, size_t lag, double *scratch);

/* Kendall's test of turning points (M. G. Kendall and A. Stuart, The Advanced Theory of Statistics 3, 1966, section
 * 45.18): the fraction of inner points that are higher or lower than both neighbours, 2/3 for independent noise and 1
 * where it alternates; *z its distance from 2/3 in standard deviations. */
double clino__turning_points(const double *y, size_t n, double *z);

/* The finite values of a series in log order, bucket means where there are more than 4,096; returns how many. *each,
 * where not NULL, is how many points one value stands for. values: 4,096. */
size_t clino__values_of(clino__context *context, const clino_series *series, double *values, double *each);

/* A number that a run states: the attribute of that name, else the median of the series; NaN where neither is. */
double clino__setting(clino__context *context, const char *name);

/* Updates per epoch by the attributes or series dataset_size and batch_size, rounded up; NaN where not known. */
double clino__steps_per_epoch(clino__context *context);

/* The most that the cross-entropy of a calibrated softmax is at an accuracy: of errors that are spread evenly over the
 * other classes and over all samples (Fano, Transmission of Information, 1961, section 6.2). */
double clino__fano(double accuracy, double classes);

/* Did the validation loss never get better than at its start, which is what guessing gives? Then nothing that was
 * learned holds on new data. False where the level of guessing is not known. */
bool clino__never_better(const clino__context *context, const clino__curve *val);

#endif
