/* A rank that answers: it does to its replica what rank 0's engine does to a copy, and puts it back at the end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/share.h"
#include "mpi/tensors.h"

typedef struct server {
  clino_mpi *m;
  const clino_model *model;
  const clino_context_ops *hooks;
  size_t n;
  double *values;      /* room for all */
  clino__change *changes;
  size_t capacity;
  bool term, sample;   /* one alone was selected */
} server;

/* Twice as long as rank 0 may take to say something. */
static double until(const server *s) { return clino__mpi_now() + 2 * s->m->timeout + 1; }

static bool take_changes(server *s, const clino__ask *ask) {
  if (ask->changes > s->capacity) {
    clino__change *more = realloc(s->changes, (size_t)ask->changes * sizeof *more);
    if (!more) return false;
    s->changes = more;
    s->capacity = (size_t)ask->changes;
  }
  if (!clino__share_receive(s->m, s->changes, (size_t)ask->changes * sizeof *s->changes, 0, CLINO__TAG_DATA, until(s)))
    return false;
  for (uint64_t i = 0; i < ask->changes; i++)
    clino__value_set_one(s->model, (size_t)s->changes[i].number, s->changes[i].value);
  return true;
}

static bool take_values(server *s, const clino__ask *ask) {
  if (!ask->all) return !ask->changes || take_changes(s, ask);
  if (!clino__share_receive(s->m, s->values, s->n * sizeof *s->values, 0, CLINO__TAG_DATA, until(s))) return false;
  clino__values_set(s->model, s->values);
  return true;
}

static int call_hooks(server *s, const clino__ask *ask) {
  int value = 0;
  if (ask->select_term && s->hooks->select_term) value = s->hooks->select_term((size_t)ask->term, s->model->ctx);
  if (ask->select_term) s->term = true;
  if (!value && ask->select_sample && s->hooks->select_sample)
    value = s->hooks->select_sample((size_t)ask->sample, s->model->ctx);
  if (ask->select_sample) s->sample = true;
  if (!value && ask->reseed && s->hooks->reseed) value = s->hooks->reseed(ask->seed, s->model->ctx);
  return value;
}

static bool answer_loss(server *s, const clino__ask *ask) {
  clino__answer a;
  memset(&a, 0, sizeof a);
  a.loss = NAN;
  if (!take_values(s, ask)) return false;
  a.returned = call_hooks(s, ask);
  if (!a.returned) a.returned = s->model->loss(&a.loss, s->model->ctx);
  return clino__share_send(s->m, &a, sizeof a, 0, CLINO__TAG_REPLY, until(s));
}

static clino_status serve(server *s, clino__outcome *outcome, clino_error *error) {
  for (;;) {
    clino__ask ask;
    bool ok = clino__share_receive(s->m, &ask, sizeof ask, 0, CLINO__TAG_COMMAND, until(s));
    if (ok && ask.what == CLINO__ASK_LOSS) ok = answer_loss(s, &ask);
    if (ok && ask.what == CLINO__ASK_FINISH) {
      ok = clino__share_receive(s->m, outcome, sizeof *outcome, 0, CLINO__TAG_DATA, until(s));
      if (ok) return CLINO_OK;
    }
    if (!ok) return clino__mpi_lose(s->m, error, "rank 0 stopped within the gradient check");
  }
}

clino_status clino__share_serve(clino_mpi *m, const clino_model *model, const clino_gradcheck_options *options,
                                clino__outcome *outcome, clino_error *error) {
  server s = {.m = m, .model = model, .hooks = &options->context, .n = clino__values_count(model)};
  uint64_t *kept = malloc((s.n + 1) * sizeof *kept);
  s.values = malloc((s.n + 1) * sizeof *s.values);
  clino_status status = CLINO_OK;
  if (kept && s.values) {
    clino__values_keep(model, kept);
    status = serve(&s, outcome, error);
    clino__values_put_back(model, kept);
    if (s.term && s.hooks->select_term) s.hooks->select_term(CLINO_TERM_ALL, model->ctx);
    if (s.sample && s.hooks->select_sample) s.hooks->select_sample(CLINO_SAMPLE_ALL, model->ctx);
  } else {
    status = clino__mpi_lose(m, error, "memory is out in rank %d", m->rank);
  }
  free(kept);
  free(s.values);
  free(s.changes);
  return status;
}
