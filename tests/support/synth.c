#include "support/synth.h"

#include <math.h>
#include <stdlib.h>

#include "support/random.h"

double synth_uniform(synth *s) { return random_uniform(&s->state); }
double synth_between(synth *s, double low, double high) { return random_between(&s->state, low, high); }
double synth_normal(synth *s) { return random_normal(&s->state); }
size_t synth_below(synth *s, size_t n) { return (size_t)(synth_uniform(s) * (double)n); }

synth_curve synth_draw(synth *s, size_t n) {
  synth_curve c = {0};
  c.n = n;
  c.start = synth_between(s, 0.5, 12);
  c.floor = c.start * synth_between(s, 0.01, 0.6);
  c.power_law = synth_uniform(s) < 0.4;
  c.rate = c.power_law ? synth_between(s, 0.3, 1) : synth_between(s, 2, 30);
  c.warm_up = synth_uniform(s) < 0.3;
  c.step_decay = synth_uniform(s) < 0.3;
  c.noise = synth_between(s, 0.001, 0.15);
  c.memory = synth_uniform(s) < 0.5 ? 0 : synth_between(s, 0.2, 0.8);
  return c;
}

double synth_value(const synth_curve *c, size_t i) {
  double t = (double)i / (double)(c->n > 1 ? c->n - 1 : 1);
  if (c->warm_up) t = t < 0.1 ? 0.1 * t : (t - 0.09) / 0.91;
  double fall = c->power_law ? pow(1 + 100 * t, -c->rate) : exp(-c->rate * t);
  double value = c->floor + (c->start - c->floor) * fall;
  return c->step_decay && t > 0.6 ? value * 0.9 : value;
}

double synth_noise(synth *s, const synth_curve *c, double *memory) {
  *memory = c->memory * *memory + sqrt(1 - c->memory * c->memory) * synth_normal(s);
  return 1 + c->noise * *memory;
}

void synth_add(clino_run *run, synth *s, const char *name, const synth_curve *c, int64_t every) {
  double memory = 0;
  for (size_t i = 0; i < c->n; i++)
    if (clino_run_add(run, name, (int64_t)i * every, synth_value(c, i) * synth_noise(s, c, &memory), NULL)) abort();
}
