/* The rank that checks. Its engine is gradcheck_model() with as many threads as ranks, whose copies of the context are
 * the other ranks: a copy has values of its own, which the engine displaces, and its loss sends what changed of them to
 * its rank and waits for the answer. That numbers and verdict do not depend on threads is the engine's promise, as is
 * that each copy gives the same f to the bit at each point. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "mpi/share.h"
#include "mpi/tensors.h"

typedef struct lead lead;

/* This rank (number 0), or a copy that stands for another one. */
typedef struct node {
  lead *all;
  int rank;
  clino_model model;        /* over tensors of its own */
  clino_tensor *tensors;
  void **blocks;
  size_t n_blocks;
  double *sent, *now;       /* the values that the rank has, and those that it shall have */
  clino__change *changes;
  clino__ask ask;           /* the next one, with the hooks so far */
  bool asked, lost;         /* lost: what was sent last may be MPI's for ever */
  double loss;              /* the last answer */
} node;

struct lead {
  clino_mpi *m;
  const clino_model *model; /* the caller's */
  const clino_context_ops *hooks;
  size_t n;
  node own, *nodes;         /* nodes: number k - 1 stands for rank k */
  int next;                 /* the rank that the next copy stands for */
  double *contact;          /* when a rank was spoken to last */
  int problem;              /* rank, 0: none */
  char why[CLINO__MPI_TEXT];
};

/* ---- other ranks ---- */

static void note_problem(lead *s, int rank, const char *what) {
  pthread_mutex_lock(&s->m->lock);
  if (!s->problem) {
    s->problem = rank;
    snprintf(s->why, sizeof s->why, "rank %d: %s", rank, what);
  }
  pthread_mutex_unlock(&s->m->lock);
}

/* A rank that waits must hear something now and then. */
static void stay_in_touch(lead *s) {
  static const clino__ask ping = {.what = CLINO__ASK_PING};
  const double now = clino__mpi_now();
  pthread_mutex_lock(&s->m->lock);
  for (int k = 1; k < s->m->size; k++) {
    MPI_Request sent;
    if (now - s->contact[k] < s->m->timeout / 4) continue;
    s->contact[k] = now;
    if (MPI_Isend(&ping, sizeof ping, MPI_BYTE, k, CLINO__TAG_COMMAND, s->m->comm, &sent) == MPI_SUCCESS)
      MPI_Request_free(&sent);
  }
  pthread_mutex_unlock(&s->m->lock);
}

static void touched(lead *s, int rank) {
  pthread_mutex_lock(&s->m->lock);
  s->contact[rank] = clino__mpi_now();
  pthread_mutex_unlock(&s->m->lock);
}

/* What changed since the rank was asked last; where that is much, all. Compared as bytes: -0 is not 0. */
static void find_changes(node *x) {
  const size_t n = x->all->n;
  size_t changed = 0;
  clino__values_get(&x->model, x->now);
  for (size_t i = 0; i < n && changed <= n / 4; i++) {
    if (memcmp(&x->now[i], &x->sent[i], sizeof *x->now) == 0) continue;
    if (changed < n / 4) x->changes[changed] = (clino__change){i, x->now[i]};
    changed++;
  }
  x->ask.all = !x->asked || changed > n / 4;
  x->ask.changes = x->ask.all ? 0 : changed;
}

static bool ask(node *x, clino__answer *answer) {
  clino_mpi *m = x->all->m;
  const double until = clino__mpi_now() + m->timeout;
  find_changes(x);
  x->ask.what = CLINO__ASK_LOSS;
  const void *data = x->ask.all ? (const void *)x->now : (const void *)x->changes;
  const size_t size = x->ask.all ? x->all->n * sizeof *x->now : (size_t)x->ask.changes * sizeof *x->changes;
  touched(x->all, x->rank);
  bool ok = clino__share_send(m, &x->ask, sizeof x->ask, x->rank, CLINO__TAG_COMMAND, until) &&
            clino__share_send(m, data, size, x->rank, CLINO__TAG_DATA, until) &&
            clino__share_receive(m, answer, sizeof *answer, x->rank, CLINO__TAG_REPLY, until);
  if (!ok) return false;
  memcpy(x->sent, x->now, x->all->n * sizeof *x->sent);
  x->ask = (clino__ask){.what = CLINO__ASK_LOSS};
  return x->asked = true;
}

static int remote_loss(node *x, double *loss) {
  clino__answer answer = {0, NAN};
  char what[80];
  if (x->lost) return 1;
  if (!ask(x, &answer)) {
    x->lost = true;
    snprintf(what, sizeof what, "it did not answer within %.3g seconds", x->all->m->timeout);
    note_problem(x->all, x->rank, what);
    return 1;
  }
  if (answer.returned) {
    snprintf(what, sizeof what, "its loss returned %d", (int)answer.returned);
    note_problem(x->all, x->rank, what);
  }
  *loss = x->loss = answer.loss;
  return (int)answer.returned;
}

/* ---- the model that the engine sees; ctx is a node ---- */

static int shared_loss(double *loss, void *ctx) {
  node *x = ctx;
  stay_in_touch(x->all);
  return x->rank ? remote_loss(x, loss) : x->all->model->loss(loss, x->all->model->ctx);
}

static int shared_backward(void *ctx) {
  node *x = ctx;
  stay_in_touch(x->all);
  return x->all->model->backward(x->all->model->ctx);
}

static int shared_reseed(uint64_t seed, void *ctx) {
  node *x = ctx;
  if (!x->rank) return x->all->hooks->reseed(seed, x->all->model->ctx);
  x->ask.reseed = 1;
  x->ask.seed = seed;
  return 0;
}

static int shared_select_term(size_t term, void *ctx) {
  node *x = ctx;
  if (!x->rank) return x->all->hooks->select_term(term, x->all->model->ctx);
  x->ask.select_term = 1;
  x->ask.term = term;
  return 0;
}

static int shared_select_sample(size_t sample, void *ctx) {
  node *x = ctx;
  if (!x->rank) return x->all->hooks->select_sample(sample, x->all->model->ctx);
  x->ask.select_sample = 1;
  x->ask.sample = sample;
  return 0;
}

static clino_trace *shared_trace(void *ctx) {
  const node *x = ctx;
  return x->all->hooks->trace(x->all->model->ctx);
}

static bool make_node(node *x, clino_tensor *tensors) {
  const size_t n = x->all->n, n_tensors = x->all->model->n_tensors;
  x->tensors = calloc(n_tensors + 1, sizeof *x->tensors);
  x->blocks = calloc(2 * n_tensors + 1, sizeof *x->blocks);
  x->sent = malloc((n + 1) * sizeof *x->sent);
  x->now = malloc((n + 1) * sizeof *x->now);
  x->changes = malloc((n / 4 + 1) * sizeof *x->changes);
  if (!x->tensors || !x->blocks || !x->sent || !x->now || !x->changes) return false;
  if (!clino__tensors_own(tensors, n_tensors, x->blocks, &x->n_blocks)) return false;
  if (n_tensors) memcpy(x->tensors, tensors, n_tensors * sizeof *tensors);
  x->model = *x->all->model;
  x->model.tensors = x->tensors;
  return true;
}

/* context.clone: ctx is rank 0's node. */
static int stand_for_rank(void *ctx, void **copy, clino_tensor *tensors) {
  lead *s = ((node *)ctx)->all;
  if (s->next >= s->m->size) return 1;
  node *x = &s->nodes[s->next - 1];
  x->rank = s->next++;
  *copy = x;
  return make_node(x, tensors) ? 0 : 1;
}

static void released(void *copy) { (void)copy; /* what MPI may hold lives on: free_nodes */ }

static void free_nodes(lead *s) {
  for (int k = 0; k + 1 < s->m->size && s->nodes; k++) {
    node *x = &s->nodes[k];
    for (size_t i = 0; i < x->n_blocks; i++) free(x->blocks[i]);
    free(x->tensors);
    free(x->blocks);
    free(x->sent);
    if (x->lost) continue;
    free(x->now);
    free(x->changes);
  }
  bool lost = false;
  for (int k = 0; k + 1 < s->m->size && s->nodes; k++) lost = lost || s->nodes[k].lost;
  if (!lost) free(s->nodes); /* else the command in a node may be MPI's */
  free(s->contact);
}

/* ---- the check ---- */

/* The copy that the engine refused, by the number that it tells. */
static void name_disagreeing(lead *s, clino_error *e) {
  static const char beginning[] = "context.clone: at one point the copy gives ";
  if (s->problem || strncmp(e->message, beginning, sizeof beginning - 1) != 0) return;
  for (int k = 1; k < s->next; k++) {
    char number[CLINO__NUMBER_SIZE];
    clino__number_text(number, s->nodes[k - 1].loss);
    const size_t n = strlen(number);
    const char *told = e->message + sizeof beginning - 1;
    if (strncmp(told, number, n) == 0 && told[n] == ',')
      note_problem(s, k, "its loss is not that of rank 0, at the same values");
  }
}

static void check(lead *s, const clino_gradcheck_options *options, clino__outcome *outcome) {
  clino_model model = *s->model;
  clino_gradcheck_options o = *options;
  const clino_context_ops *h = s->hooks;
  const bool alone = s->m->size < 2 || h->trace;
  model.loss = shared_loss;
  model.backward = shared_backward;
  model.ctx = &s->own;
  o.context = (clino_context_ops){.reseed = h->reseed ? shared_reseed : NULL,
                                  .trace = h->trace ? shared_trace : NULL,
                                  .select_term = h->select_term ? shared_select_term : NULL,
                                  .select_sample = h->select_sample ? shared_select_sample : NULL,
                                  .clone = alone ? NULL : stand_for_rank,
                                  .release = alone ? NULL : released};
  o.threads = alone ? 1 : s->m->size < CLINO_MAX_THREADS ? (size_t)s->m->size : CLINO_MAX_THREADS;
  outcome->status = gradcheck_model(&model, &o, &outcome->result, &outcome->error);
  if (!outcome->status) outcome->result.options.threads = 1;
  else name_disagreeing(s, &outcome->error);
  if (!s->problem) return;
  memset(&outcome->result, 0, sizeof outcome->result);
  outcome->mismatch = 1;
  outcome->status = clino__fail(&outcome->error, CLINO_ERR_RANK, "%s", s->why);
}

/* Tells the others. One that does not take it is lost; the message is then MPI's. */
static clino_status finish(lead *s, const clino__outcome *outcome, clino_error *error) {
  const clino__ask end = {.what = CLINO__ASK_FINISH};
  clino__ask *command = malloc(sizeof *command);
  clino__outcome *message = malloc(sizeof *message);
  clino_status status = command && message ? CLINO_OK : clino__mpi_lose(s->m, error, "memory is out in rank 0");
  int unheard = 0;
  if (!status) *command = end, *message = *outcome;
  for (int k = 1; k < s->m->size && !status; k++) {
    const double until = clino__mpi_now() + (s->nodes[k - 1].lost ? 0.05 : s->m->timeout);
    if (!clino__share_send(s->m, command, sizeof *command, k, CLINO__TAG_COMMAND, until) ||
        !clino__share_send(s->m, message, sizeof *message, k, CLINO__TAG_DATA, until))
      unheard = k;
  }
  if (unheard) clino__mpi_lose(s->m, NULL, "rank %d stopped within a gradient check", unheard);
  if (unheard) return CLINO_OK;
  free(command);
  free(message);
  return status;
}

clino_status clino__share_lead(clino_mpi *m, const clino_model *model, const clino_gradcheck_options *options,
                               clino__outcome *outcome, clino_error *error) {
  lead s = {.m = m, .model = model, .hooks = &options->context, .n = clino__values_count(model), .next = 1};
  s.own.all = &s;
  s.nodes = calloc((size_t)m->size, sizeof *s.nodes);
  s.contact = calloc((size_t)m->size, sizeof *s.contact);
  if (!s.nodes || !s.contact) {
    free(s.nodes);
    free(s.contact);
    return clino__mpi_lose(m, error, "memory is out in rank 0");
  }
  for (int k = 0; k < m->size; k++) s.nodes[k].all = &s, s.contact[k] = clino__mpi_now();
  check(&s, options, outcome);
  clino_status status = finish(&s, outcome, error);
  free_nodes(&s);
  return status;
}
