/* The levels of a statistic that is logged per layer or tensor, PREFIX/NAME, in the order in which they were logged,
 * which is taken for that from input to output. */
#ifndef CLINO_CHECKS_LAYER_H
#define CLINO_CHECKS_LAYER_H

#include "checks/curve.h"

typedef struct clino__layer {
  const clino_series *series;
  const char *name;   /* without the prefix */
  size_t n;           /* points of its curve */
  double first;       /* the first value */
  double early, late; /* medians of the first tenth (at least 2 points) and of the last quarter */
  double level;       /* median of all */
  double least, most; /* of all points of the curve */
  int64_t first_step, last_step;
} clino__layer;

/* The layers of a prefix ("grad_norm/") that have at least so many finite points, in an array that the caller frees
 * with free(); NULL where there is none (*n is 0) or memory is out (and the context says so). *found, where not NULL,
 * is how many series there are with however few points. */
clino__layer *clino__layers_of(clino__context *context, const char *prefix, size_t min_points, size_t *n,
                               size_t *found);

/* Skips, and says what to log, where there is no layer to judge: found and n as clino__layers_of gives them. */
void clino__skip_layers(clino__context *context, const char *prefix, size_t found, size_t min_points);

/* A finding about one layer, from its first to its last step. */
clino_finding clino__layer_finding(const clino__context *context, clino_finding_level level, const clino__layer *layer);

/* Does the tensor hold weights, by its name: not a bias, nor the scale or shift of a normalization, which may start
 * constant? */
bool clino__is_weight(const char *name);

/* The first deviation of a tensor of weights times sqrt(fan_in) (attribute fan_in/NAME), 1.41 by He, 0.58 to 1 by other
 * usual schemes. NaN for other tensors, where fan_in is not known, and where updates had replaced what was drawn before
 * it was logged. */
double clino__weight_scale(clino__context *context, const clino__layer *deviation);

/* The largest such scale of the net, and *last, where not NULL, that of its last layer; NaN where not known. */
double clino__largest_weights(clino__context *context, double *last);

/* By what the deviation of outputs is multiplied from each hidden layer to the next before the first update: the
 * geometric mean. NaN where it was not logged at step 0 of three layers. */
double clino__growth_by_layer(clino__context *context);

/* How a quantity of the whole net goes: the series NAME, or the root of the sum of squares over NAME/LAYER. All NaN
 * where it was not logged often enough. */
typedef struct clino__pace {
  double early; /* as of a layer */
  double at[3]; /* at about 3/16, 7/16 and 7/8 of the run */
  double late;
} clino__pace;

clino__pace clino__pace_of(clino__context *context, const char *name);

#endif
