#include "worked/walk.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A head of 64 bytes and at most two slots a parameter (clino/optimizer.h). */
#define STATE_SIZE (64 + 2 * WALK_MOST_VARIABLES * sizeof(double))

clino_optimizer_options rule_of(const char *rule, double rate) {
  clino_optimizer_options o = clino_optimizer_options_default(rule);
  o.rate = rate;
  return o;
}

clino_optimizer_options rule_with_momentum(const char *rule, double rate, double momentum) {
  clino_optimizer_options o = rule_of(rule, rate);
  o.momentum = momentum;
  o.nesterov_form = CLINO_NESTEROV_LOOKAHEAD;
  return o;
}

static int complain(const clino_error *error) {
  fprintf(stderr, "walk: %s\n", error->message);
  return -1;
}

/* One step of x, whose gradient is taken where the rule wants it. */
static int step(const walk *w, const clino_optimizer_options *o, double *x, void *state) {
  double point[WALK_MOST_VARIABLES], grad[WALK_MOST_VARIABLES], value;
  clino_error error;
  if (clino_optimizer_lookahead_f64(o, w->n, x, state, point, &error)) return complain(&error);
  w->f(w->n, point, &value, grad, w->ctx);
  return clino_optimizer_step_f64(o, w->n, x, grad, state, &error) ? complain(&error) : 0;
}

int walk_path(const walk *w, double *path, double *values) {
  alignas(max_align_t) unsigned char state[STATE_SIZE];
  clino_optimizer_options o = w->rule;
  clino_error error;
  size_t row = w->n * sizeof *path;
  if (clino_optimizer_state_init(&o, CLINO_F64, w->n, state, sizeof state, &error)) return complain(&error);
  memcpy(path, w->start, row);
  for (size_t k = 0;; k++) {
    double *x = path + k * w->n;
    if (values) w->f(w->n, x, &values[k], NULL, w->ctx);
    if (k == w->steps) return 0;
    memcpy(x + w->n, x, row);
    if (w->rate) o.rate = clino_schedule_at(w->rate, k);
    if (step(w, &o, x + w->n, state)) return -1;
  }
}

int walk_end(const walk *w, double *end) {
  double *path = malloc((w->steps + 1) * w->n * sizeof *path);
  int status = path ? walk_path(w, path, NULL) : -1;
  if (!path) fprintf(stderr, "walk: out of memory\n");
  if (!status) memcpy(end, path + w->steps * w->n, w->n * sizeof *end);
  free(path);
  return status;
}
