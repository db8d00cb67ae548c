#include "gradcheck/team.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "gradcheck/pool.h"

/* No entry takes so many evaluations. */
#define MOST_OF_A_JOB 1000

/* One thread's. Number 0 works on the caller's own context and memory. */
typedef struct copy {
  clino__problem p;            /* what is known of the problem, with these in place of what must not be shared: */
  clino_gradcheck_result r;    /* counts the evaluations of a job */
  clino_error error;
  clino__layout layout;
  clino__clone clone;
  clino_trace *trace;
  bool refused;                /* a job asked for more than MOST_OF_A_JOB */
  uint64_t placed;             /* at which point of the problem's it is, 0: none */
  size_t term;
} copy;

/* What a job came to, until it is taken. */
typedef struct outcome {
  clino__room room;
  clino_status status;
  clino_error error;
  uint64_t evaluations, shown;
  bool refused, changed;
  size_t changed_entry;
  double changed_to;
  const copy *by;
} outcome;

struct clino__team {
  const clino__cloning *cloning;
  clino__pool *pool;
  size_t n;                    /* copies, number 0 included */
  copy *copies;
  outcome outcomes[CLINO__POOL_AHEAD];
};

/* ---- copies ---- */

static clino_status own_trace(const clino__problem *p, clino__team *t, copy *c) {
  if (!p->trace) return CLINO_OK;
  c->trace = p->o.context.trace(c->clone.hook_ctx);
  bool own = c->trace && c->trace != p->trace;
  for (const copy *other = t->copies + 1; other < c; other++) own = own && other->trace != c->trace;
  if (own) return CLINO_OK;
  c->trace = NULL;
  return clino__fail(p->error, CLINO_ERR_RANGE, "context.clone: the copy has no trace of its own");
}

static clino_status make_copy(clino__problem *p, clino__team *t, copy *c) {
  clino_status status = t->cloning->make(t->cloning->self, &p->o, &c->clone, p->error);
  if (status) return status;
  t->n++;
  c->term = CLINO_TERM_ALL;
  status = clino__layout_init_copy(&c->layout, c->clone.model.tensors, &p->layout, p->error);
  for (copy *other = t->copies + 1; other < c && !status && !c->clone.flat; other++)
    status = clino__layout_apart(&c->layout, &other->layout, p->error);
  return status ? status : own_trace(p, t, c);
}

clino_status clino__team_new(clino__problem *p, const clino__cloning *cloning, size_t threads) {
  if (threads < 2 || !cloning) return CLINO_OK;
  clino__team *t = calloc(1, sizeof *t);
  if (!t) return clino__fail_memory(p->error, "threads");
  p->team = t;
  t->cloning = cloning;
  t->copies = calloc(threads, sizeof *t->copies);
  if (!t->copies) return clino__fail_memory(p->error, "threads");
  t->copies[0].clone = (clino__clone){*p->model, p->flat, p->hook_ctx, NULL};
  t->copies[0].trace = p->trace;
  t->n = 1;
  clino_status status = CLINO_OK;
  while (t->n < threads && !status) status = make_copy(p, t, &t->copies[t->n]);
  if (status) return status;
  t->pool = clino__pool_new(threads - 1);
  return t->pool ? CLINO_OK : clino__fail_memory(p->error, "threads");
}

void clino__team_free(clino__problem *p) {
  clino__team *t = p->team;
  if (!t) return;
  clino__pool_free(t->pool);
  for (size_t k = 1; k < t->n; k++) {
    copy *c = &t->copies[k];
    if (c->trace) clino__trace_idle(c->trace);
    c->layout.values = NULL; /* the problem's */
    clino__layout_free(&c->layout);
    t->cloning->release(t->cloning->self, &p->o, &c->clone);
  }
  free(t->copies);
  free(t);
  p->team = NULL;
}

size_t clino__team_size(const clino__problem *p) { return p->team ? p->team->n : 1; }

/* Takes over what is known of the problem now. */
static void refresh(const clino__problem *p, copy *c, bool own) {
  c->p = *p;
  if (!own) {
    c->layout.values = p->layout.values;
    c->p.layout = c->layout;
    c->p.model = &c->clone.model;
    c->p.flat = c->clone.flat;
    c->p.hook_ctx = c->clone.hook_ctx;
    c->p.trace = c->trace;
  }
  c->p.r = &c->r;
  c->p.error = &c->error;
  c->p.team = NULL;
  c->p.o.progress = NULL;
  c->p.refused = &c->refused;
  if (p->o.max_evaluations) c->p.o.max_evaluations = MOST_OF_A_JOB;
}

static void begin_job(copy *c) {
  c->r.evaluations = c->r.gradients = 0;
  c->p.shown = 0;
  c->p.changed = c->refused = false;
}

/* ---- placing the copies at the point of the problem ---- */

static clino_status select_term(copy *c) {
  const clino__problem *p = &c->p;
  if (!p->o.n_terms || c->term == p->term) return CLINO_OK;
  c->term = p->term;
  int value = p->o.context.select_term(p->term, p->hook_ctx);
  return value ? clino__fail_callback(p->error, "select_term", value) : CLINO_OK;
}

static clino_status compare(const copy *c, double f) {
  char here[CLINO__NUMBER_SIZE], there[CLINO__NUMBER_SIZE];
  if (memcmp(&f, &c->p.f0, sizeof f) == 0) return CLINO_OK;
  clino__number_text(here, f);
  clino__number_text(there, c->p.f0);
  return clino__fail(c->p.error, CLINO_ERR_RANGE, "context.clone: at one point the copy gives %s, the original %s: it "
                                                  "is no copy, or shares what each thread needs for itself",
                     here, there);
}

/* The first call of a copy at a point is for what the trace records, and shows that it is a copy. */
static clino_status place(copy *c) {
  double f;
  begin_job(c);
  clino_status status = select_term(c);
  if (status) return status;
  clino__layout_place(&c->p.layout);
  if (c->trace) clino__trace_record(c->trace);
  status = clino__value(&c->p, &f);
  if (c->trace) clino__trace_pause(c->trace);
  if (!status && c->trace && clino__trace_failed(c->trace)) return clino__fail_memory(c->p.error, "the branch trace");
  return status ? status : compare(c, f);
}

typedef struct placing {
  clino__problem *p;
  clino_status status[CLINO__POOL_AHEAD], first;
} placing;

static int place_one(size_t worker, size_t i, void *ctx) {
  placing *now = ctx;
  (void)worker;
  copy *c = &now->p->team->copies[i + 1];
  bool there = c->placed == now->p->layout.point && c->term == now->p->term;
  now->status[i % CLINO__POOL_AHEAD] = there ? CLINO_OK : place(c);
  c->placed = now->status[i % CLINO__POOL_AHEAD] ? 0 : now->p->layout.point;
  return now->status[i % CLINO__POOL_AHEAD] != CLINO_OK;
}

static int take_placed(size_t i, bool ran, void *ctx) {
  placing *now = ctx;
  (void)ran;
  now->first = now->status[i % CLINO__POOL_AHEAD];
  if (!now->first) return 0;
  copy *c = &now->p->team->copies[i + 1];
  const clino__cloning *cloning = now->p->team->cloning;
  if (now->p->error) *now->p->error = c->error;
  if (cloning->failed) cloning->failed(cloning->self, &c->clone);
  return 1;
}

static clino_status place_copies(clino__problem *p, size_t n) {
  placing now = {.p = p};
  const clino__work work = {n - 1, n, place_one, take_placed, NULL, &now};
  bool all = true;
  for (size_t k = 0; k < n; k++) {
    copy *c = &p->team->copies[k];
    refresh(p, c, k == 0);
    all = all && (k == 0 || (c->placed == p->layout.point && c->term == p->term));
  }
  if (!all) clino__pool_run(p->team->pool, &work);
  return now.first;
}

/* ---- jobs ---- */

typedef struct batch {
  clino__problem *p;
  clino__job job;
  clino__take take;
  void *ctx;
  clino_status status;
} batch;

static int do_job(size_t worker, size_t i, void *ctx) {
  const batch *b = ctx;
  copy *c = &b->p->team->copies[worker];
  outcome *o = &b->p->team->outcomes[i % CLINO__POOL_AHEAD];
  begin_job(c);
  o->status = b->job(&c->p, i, &o->room, b->ctx);
  if (o->status) o->error = c->error;
  o->evaluations = c->r.evaluations;
  o->shown = c->p.shown;
  o->refused = c->refused;
  o->changed = c->p.changed;
  o->changed_entry = c->p.changed_entry;
  o->changed_to = c->p.changed_to;
  o->by = c;
  return o->status != CLINO_OK;
}

/* As if the calling thread had done it now. */
static clino_status adopt(clino__problem *p, const outcome *o) {
  for (uint64_t k = 0; k < o->shown; k++) {
    p->r->evaluations++;
    clino_status status = clino__show_progress(p);
    if (status) return status;
  }
  p->r->evaluations += o->evaluations - o->shown;
  if (o->changed && !p->changed) {
    p->changed = true;
    p->changed_entry = o->changed_entry;
    p->changed_to = o->changed_to;
  }
  if (!o->status) return CLINO_OK;
  const clino__cloning *cloning = p->team->cloning;
  if (p->error) *p->error = o->error;
  if (cloning->failed && o->by != p->team->copies) cloning->failed(cloning->self, &o->by->clone);
  return o->status;
}

static int take_job(size_t i, bool ran, void *ctx) {
  batch *b = ctx;
  outcome *o = &b->p->team->outcomes[i % CLINO__POOL_AHEAD];
  if (ran && !o->refused) b->status = adopt(b->p, o);
  else b->status = b->job(b->p, i, &o->room, b->ctx);
  if (!b->status) b->status = b->take(b->p, i, &o->room, b->ctx);
  return b->status != CLINO_OK;
}

static size_t within_budget(void *ctx) {
  const clino__problem *p = ((const batch *)ctx)->p;
  uint64_t most = p->o.max_evaluations, spent = p->r->evaluations;
  if (!most) return CLINO__POOL_AHEAD;
  uint64_t jobs = most > spent ? (most - spent) / MOST_OF_A_JOB : 0;
  return jobs < CLINO__POOL_AHEAD ? (size_t)jobs : CLINO__POOL_AHEAD;
}

static clino_status alone(clino__problem *p, size_t count, clino__job job, clino__take take, void *ctx) {
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < count && !status; i++) {
    clino__room room;
    status = job(p, i, &room, ctx);
    if (!status) status = take(p, i, &room, ctx);
  }
  return status;
}

clino_status clino__in_order(clino__problem *p, size_t count, clino__job job, clino__take take, void *ctx) {
  batch b = {p, job, take, ctx, CLINO_OK};
  if (!p->team || count < 2 || within_budget(&b) < 2) return alone(p, count, job, take, ctx);
  size_t n = p->team->n < count ? p->team->n : count;
  clino_status status = place_copies(p, n);
  if (status) return status;
  const clino__work work = {count, n, do_job, take_job, within_budget, &b};
  clino__pool_run(p->team->pool, &work);
  return b.status;
}

/* ---- what callbacks did to the copies ---- */

bool clino__team_untouched(clino__problem *p, const char **what) {
  bool intact = true;
  for (size_t k = 1; p->team && k < p->team->n; k++) {
    copy *c = &p->team->copies[k];
    size_t view, element;
    if (c->placed == p->layout.point && clino__layout_changed(&c->p.layout, &view, &element)) {
      clino__view_set_value(&p->layout.views[view], element, clino__view_value(&c->layout.views[view], element));
      c->placed = 0;
    }
    if (c->clone.flat && !c->clone.flat->guards_intact(c->clone.flat->self, what)) intact = false;
  }
  return intact;
}

/* ---- models of the caller ---- */

static clino_status make_model(void *self, const clino_gradcheck_options *o, clino__clone *clone, clino_error *error) {
  const clino_model *model = self;
  clino_tensor *tensors = malloc(model->n_tensors * sizeof *tensors);
  if (!tensors) return clino__fail_memory(error, "a copy for a thread");
  memcpy(tensors, model->tensors, model->n_tensors * sizeof *tensors);
  *clone = (clino__clone){.model = *model};
  int value = o->context.clone(model->ctx, &clone->hook_ctx, tensors);
  if (value) {
    free(tensors);
    return clino__fail_callback(error, "clone", value);
  }
  for (size_t i = 0; i < model->n_tensors; i++) { /* of what the hook set, the two pointers count */
    clino_tensor own = model->tensors[i];
    own.value = tensors[i].value;
    own.grad = tensors[i].grad;
    tensors[i] = own;
  }
  clone->model.tensors = clone->held = tensors;
  clone->model.ctx = clone->hook_ctx;
  return CLINO_OK;
}

static void release_model(void *self, const clino_gradcheck_options *o, clino__clone *clone) {
  (void)self;
  o->context.release(clone->hook_ctx);
  free(clone->held);
}

clino__cloning clino__cloning_of_model(const clino_model *model) {
  return (clino__cloning){(void *)model, make_model, release_model, NULL};
}
