/* How rules move, and how far they may. */
#include <math.h>
#include <string.h>

#include "curvature/stall.h"

static const clino__rule_dynamics rules[] = {
    {.name = "gradient-descent"},
    {.name = "momentum", .momentum = true},
    {.name = "nesterov", .momentum = true, .nesterov = true},
    {.name = "adagrad", .adaptive = true},
    {.name = "adagrad-mean", .adaptive = true},
    {.name = "adadelta", .adaptive = true},
    {.name = "rmsprop", .adaptive = true},
    {.name = "adam", .adaptive = true, .momentum = true, .averages = true},
    {.name = "adamw", .adaptive = true, .momentum = true, .averages = true},
};

const clino__rule_dynamics *clino__rule_dynamics_of(const char *rule) {
  for (size_t i = 0; rule && i < sizeof rules / sizeof *rules; i++)
    if (strcmp(rules[i].name, rule) == 0) return &rules[i];
  return NULL;
}

double clino_stability_limit(const char *rule, double momentum) {
  const clino__rule_dynamics *d = clino__rule_dynamics_of(rule);
  if (!d || !(momentum >= 0 && momentum < 1)) return NAN;
  if (!d->momentum) return 2;
  double limit = 2 * (1 + momentum);
  return d->nesterov ? limit / (1 + 2 * momentum) : d->averages ? limit / (1 - momentum) : limit;
}
