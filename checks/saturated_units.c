/* saturated-units: activations on the flat ends of tanh or sigmoid, where hardly any gradient passes. */
#include <math.h>

#include "checks/causes.h"
#include "checks/fraction.h"

static const clino_check_param params[] = {
    {"many", 0.5, 0.01, 1, "fraction of the activations", "a layer with more saturated activations is a warning",
     "the usual threshold for tanh layers (Amazon SageMaker Debugger, rule SaturatedActivation: 50%)"},
    {"most", 0.9, 0.01, 1, "fraction of the activations", "a layer with more saturated activations is a fault",
     "less than a tenth of the activations pass a gradient back"},
    {"min_points", 4, 2, 1e6, "points", "with fewer points a layer is not judged",
     "layers saturate for a while and recover (Glorot and Bengio 2010, section 3.1): what lasts counts"},
};

static void run(clino__context *c) {
  static const char *const other[] = {CLINO__CAUSE_INPUT_SCALE, NULL};
  static const clino__fraction_rule rule = {"act_saturated_fraction/", "saturated", CLINO__CAUSE_INIT_LARGE,
                                            CLINO__CAUSE_LEARNING_RATE_HIGH, other, NAN, ""};
  clino__judge_fractions(c, &rule);
}

const clino__check clino__check_saturated_units = {
    {"saturated-units", "Saturated units", "act_saturated_fraction/NAME", params, sizeof params / sizeof params[0],
     "Takes, for each layer, the fraction of activations near the asymptotes of tanh or sigmoid in the second half of "
     "the run; it must last through the last quarter.",
     "A saturated activation has a slope near 0: the gradient of everything below it vanishes.",
     "Make the initial weights smaller (Glorot), normalize the inputs or the batch, lower the learning rate, or use "
     "relu.",
     "Glorot and Bengio, Understanding the Difficulty of Training Deep Feedforward Neural Networks, 2010"},
    run};
