#include "worked/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/update_ratio.h"

#define TRAIN_SIZE 1400
#define DATA "examples/data/digits.csv"

int data_read(data *d) {
  if (digits_read(DATA, &d->all)) return -1;
  digits_split(&d->all, TRAIN_SIZE, 1, &d->train, &d->validation);
  return 0;
}

void data_free(data *d) { digits_free(&d->all); }

/* What a loop holds. */
typedef struct loop {
  const training *t;
  dnet *n;
  batches order;
  bool shuffled;               /* false: all at once, in their order */
  void *state;
  double *before;              /* W1 before a step */
  clino_update_ratio *ratio;
  clino_optimizer_options rule;
} loop;

static int complain(const clino_error *error) {
  fprintf(stderr, "training: %s\n", error->message);
  return -1;
}

static int open_loop(loop *l, dnet *n, const training *t, const digits *on) {
  clino_error error;
  size_t size;
  *l = (loop){.t = t, .n = n, .rule = t->rule, .shuffled = t->batch < on->n};
  if (clino_optimizer_state_size(&t->rule, CLINO_F64, n->n_parameters, &size, &error)) return complain(&error);
  l->state = malloc(size);
  l->before = malloc(n->n_parameters * sizeof *l->before);
  if (!l->state || !l->before || (l->shuffled && batches_init(&l->order, on, t->batch, t->seed))) {
    fprintf(stderr, "training: out of memory, or a batch of %zu\n", t->batch);
    return -1;
  }
  if (clino_optimizer_state_init(&t->rule, CLINO_F64, n->n_parameters, l->state, size, &error) ||
      clino_update_ratio_new("W1", &l->ratio, &error))
    return complain(&error);
  return 0;
}

static void close_loop(loop *l) {
  free(l->state);
  free(l->before);
  clino_update_ratio_free(l->ratio);
  if (l->shuffled) batches_free(&l->order);
}

static int add_ratio(loop *l, double *ratio) {
  const dense *first = &l->n->layer[0];
  clino_update_ratio_stats stats;
  clino_error error;
  clino_update_ratio_reset(l->ratio);
  if (clino_update_ratio_add_f64(l->ratio, first->n_in * first->n_out, l->before, first->W, &error) ||
      clino_update_ratio_get(l->ratio, &stats, &error))
    return complain(&error);
  *ratio = stats.ratio;
  return 0;
}

/* The step k, on the batch that is set; *finite is false where its loss is not. */
static int one_step(loop *l, size_t k, bool *finite) {
  const training *t = l->t;
  dnet *n = l->n;
  const dense *first = &n->layer[0];
  double loss;
  clino_error error;
  if (t->rate) l->rule.rate = clino_schedule_at(t->rate, k);
  if (t->momentum) l->rule.momentum = clino_schedule_at(t->momentum, k);
  dnet_forward(&loss, n);
  *finite = isfinite(loss);
  if (t->losses) t->losses[k] = loss;
  if (!*finite) return 0;
  dnet_backward(n);
  if (t->ratios) memcpy(l->before, first->W, first->n_in * first->n_out * sizeof *first->W);
  if (clino_optimizer_step_f64(&l->rule, n->n_parameters, n->parameters, n->gradients, l->state, &error))
    return complain(&error);
  return t->ratios ? add_ratio(l, &t->ratios[k]) : 0;
}

int train_net(dnet *n, const training *t, const digits *on) {
  loop l;
  bool finite = true;
  int status = open_loop(&l, n, t, on);
  for (size_t k = 0; k < t->steps && !status; k++) {
    if (!finite) {
      if (t->losses) t->losses[k] = (double)NAN;
      if (t->ratios) t->ratios[k] = (double)NAN;
      continue;
    }
    if (l.shuffled) batches_next(&l.order);
    n->batch = l.shuffled ? l.order.batch : *on;
    status = one_step(&l, k, &finite);
    if (t->after && finite && !status) t->after(n, k + 1, t->ctx);
  }
  close_loop(&l);
  return status;
}
