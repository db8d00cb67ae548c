/* dead-units: units that fire for no input any more, and so receive no gradient. */
#include <math.h>

#include "checks/causes.h"
#include "checks/fraction.h"
#include "checks/promise.h"

static const clino_check_param params[] = {
    {"many", 0.4, 0.01, 1, "fraction of the units", "a layer with more dead units is a warning",
     "CS231n: with a learning rate that is too high, as much as 40% of a net can be dead"},
    {"most", 0.9, 0.01, 1, "fraction of the units", "a layer with more dead units is a fault",
     "less than a tenth of the layer is left to carry signal and gradient"},
    {"came", 0.15, 0.01, 1, "fraction of the units",
     "so many that die while the first steps overshoot warn, too",
     "a third of what CS231n calls much; with steps that fit, units die one by one"},
    {"overshot", 0.5, -10, 1, "of what the gradient promises", "first steps that take less off the loss overshoot",
     "1 - r k / 2 at rate r and curvature k: below 1/2 the gradient turns round (Nocedal and Wright 2006, chapter 4)"},
    {"min_points", 4, 2, 1e6, "points", "with fewer points a layer is not judged",
     "dying is what lasts: the last half and the last quarter of the run must exist"},
};

static void run(clino__context *c) {
  static const char *const other[] = {CLINO__CAUSE_NO_WARM_UP, CLINO__CAUSE_DEAD_RELU, CLINO__CAUSE_INPUT_SCALE, NULL};
  clino__promise p = clino__promise_of(c);
  bool overshot = p.n >= 8 && p.start < clino__param(c, "overshot");
  clino__fraction_rule rule = {"act_dead_fraction/", "dead", CLINO__CAUSE_INIT_BAD, CLINO__CAUSE_LEARNING_RATE_HIGH,
                               other, overshot ? clino__param(c, "came") : NAN,
                               ", while the first steps took less than half of what their gradients promise"};
  clino__judge_fractions(c, &rule);
}

const clino__check clino__check_dead_units = {
    {"dead-units", "Dead units", "act_dead_fraction/NAME; decrease_ratio", params, sizeof params / sizeof params[0],
     "Takes, for each layer, the fraction of units that never fired over the monitor's window, in the second half of "
     "the run; it must last through the last quarter. Fewer warn where they died while the first steps overshot: where "
     "decrease_ratio says that these took less than half of what their gradients promise.",
     "A relu that fires for no input has gradient 0 for all of them: it never comes back, and the layer is as narrow "
     "as what is left.",
     "Lower the learning rate; start biases at 0 or slightly above and weights as He et al. do; or use leaky relu.",
     "Karpathy, CS231n: Neural Networks Part 1, ReLU, 2015; He et al., Delving Deep into Rectifiers, 2015"},
    run};
