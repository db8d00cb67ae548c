/* What a rung of the ladder says of the derivative, and how far it may be off. */
#ifndef CLINO_GRADCHECK_ESTIMATE_H
#define CLINO_GRADCHECK_ESTIMATE_H

#include "gradcheck/rung.h"

typedef struct clino__estimate {
  bool known;          /* false: the rung's values are not finite */
  bool extrapolated;   /* from this rung and the next longer one, else the rung's own slope */
  double value;
  double rounding;     /* three standard deviations */
  double truncation;   /* infinite where one rung stands alone */
  double kink;         /* what a kink within the step adds, as far as it stands out from noise */
  double kink_bound;   /* and as much as noise may hide */
} clino__estimate;

/* The better of the rung's own slope and the one extrapolated with the next longer rung. */
clino__estimate clino__estimate_at(const clino__ladder *ladder, size_t k);

/* The rung's own slope. */
clino__estimate clino__estimate_of_slope(const clino__ladder *ladder, size_t k);

/* rounding + truncation, and with the kink. */
double clino__estimate_error(const clino__estimate *e);
double clino__estimate_total(const clino__estimate *e);

/* Whether the slope has come to rest at rung k: how many of the two longer and of all shorter rungs show the slope of
 * the estimate there, against a difference from it; -1 where one contradicts. Kinks on both sides of the point can move
 * a slope and leave no jump, and an f that varies within the step moves it at random. */
int clino__witnesses(const clino__ladder *ladder, size_t k, const clino__estimate *e, double difference);

/* The change of the slope from rung k - 1 to k, in that from k - 2 to k - 1, for what grows with h^2. k: 2 or more. */
double clino__share_of_change(const clino__ladder *ladder, size_t k);

/* Whether the slopes of rungs k - 2, k - 1 and k change in proportion to the square of the step. k: 2 or more. */
bool clino__follows_the_law(const clino__ladder *ladder, size_t k);

/* Whether the one-sided slopes approach each other from the next longer rung to this one as a smooth f's do. */
bool clino__shrinks(const clino__ladder *ladder, size_t k);

#endif
