/* What the files of clino/stall.h share. */
#ifndef CLINO_CURVATURE_STALL_H
#define CLINO_CURVATURE_STALL_H

#include "base/error.h"
#include "clino/stall.h"

typedef struct clino__stall {
  clino_point *point;
  size_t n;
  const double *g;
  const clino_stall_options *o;
  clino_stall_result *r;
  double *away, *velocity, *before, *now, *step; /* n each: displacement from x; gradients before and after a step */
  double *crossing, *end;                        /* a step over the floor of a valley, and where it ended */
  double *inverse;                               /* 1 / D; NULL: all 1 */
  double effective;                              /* the rate with what momentum makes of it in the long run */
  clino_error *error;
} clino__stall;

/* a' D^-1 b */
double clino__stall_inner(const clino__stall *s, const double *a, const double *b);

/* How a rule moves; NULL where the name is none. */
typedef struct clino__rule_dynamics {
  const char *name;
  bool adaptive, averages; /* needs D; its velocity is an average of gradients */
  bool nesterov, momentum;
} clino__rule_dynamics;
const clino__rule_dynamics *clino__rule_dynamics_of(const char *rule);

/* Runs the rule from x and fills in decrease_ratio, long_ratio, cosine, straightness, step_curvature. Where the
 * function is not finite on the way, it ends there. */
clino_status clino__stall_walk(clino__stall *s);

/* Noise over the batches: noise_scale and noise_share. The whole is selected again on every path out. */
clino_status clino__stall_noise(clino__stall *s);

/* The cause, from what was measured, and a rate. */
void clino__stall_judge(clino__stall *s);

#endif
