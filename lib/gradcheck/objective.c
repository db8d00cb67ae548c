/* gradcheck(): a flat objective as a model with one tensor "x", in buffers of our own between guard zones. */
#include "gradcheck/objective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/check.h"

#define GUARD 16 /* doubles on either side */

/* A pattern that no computation is likely to leave: a quiet NaN with a payload of its own. */
static double guard_value(void) {
  uint64_t bits = UINT64_C(0x7FF8C11406A12D5E);
  double v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

bool clino__guarded_new(clino__guarded *g, size_t n) {
  g->block = n <= PTRDIFF_MAX / sizeof(double) - 2 * GUARD ? malloc((n + 2 * GUARD) * sizeof(double)) : NULL;
  if (!g->block) return false;
  g->data = g->block + GUARD;
  for (size_t i = 0; i < GUARD; i++) g->block[i] = g->data[n + i] = guard_value();
  return true;
}

void clino__guarded_free(clino__guarded *g) {
  free(g->block);
  g->block = g->data = NULL;
}

bool clino__guarded_intact(const clino__guarded *g, size_t n) {
  double guard = guard_value();
  for (size_t i = 0; i < GUARD; i++)
    if (memcmp(&g->block[i], &guard, sizeof guard) != 0 || memcmp(&g->data[n + i], &guard, sizeof guard) != 0)
      return false;
  return true;
}

static bool intact(const void *self, const char **what) {
  const clino__objective *o = self;
  *what = clino__guarded_intact(&o->x, o->n) ? "grad" : "x";
  return clino__guarded_intact(&o->x, o->n) && clino__guarded_intact(&o->grad, o->n);
}

static int flat_loss(double *loss, void *ctx) {
  clino__objective *o = ctx;
  return o->call(o->n, o->x.data, loss, NULL, o->ctx);
}

static int flat_backward(void *ctx) {
  clino__objective *o = ctx;
  o->value_with_grad = NAN;
  return o->call(o->n, o->x.data, &o->value_with_grad, o->grad.data, o->ctx);
}

clino_status clino__objective_open(clino__objective *o, clino_objective call, void *ctx, size_t n, const double *x,
                                   const char *who, clino_error *error) {
  *o = (clino__objective){.call = call, .ctx = ctx, .n = n};
  if (!call || !x || !n)
    return clino__fail(error, CLINO_ERR_RANGE, "%s: %s", who,
                       !call ? "objective is NULL" : !x ? "x is NULL" : "n is 0");
  if (!clino__guarded_new(&o->x, n) || !clino__guarded_new(&o->grad, n))
    return clino__fail_memory(error, "a copy of x");
  memcpy(o->x.data, x, n * sizeof *x);
  memset(o->grad.data, 0, n * sizeof *x);
  o->tensor = CLINO_TENSOR_F64("x", o->x.data, o->grad.data, n);
  o->model = (clino_model){1, &o->tensor, flat_loss, flat_backward, o};
  o->flat = (clino__flat){&o->value_with_grad, intact, o};
  return CLINO_OK;
}

void clino__objective_close(clino__objective *o) {
  clino__guarded_free(&o->x);
  clino__guarded_free(&o->grad);
}

/* ---- copies for threads: of x and the gradient, and of the context by its hook ---- */

typedef struct flat_copy {
  clino__objective objective;
  void *ctx;
} flat_copy;

static void release_copy(void *self, const clino_gradcheck_options *o, clino__clone *clone) {
  (void)self;
  flat_copy *copy = clone->held;
  clino__objective_close(&copy->objective);
  o->context.release(copy->ctx);
  free(copy);
}

static clino_status make_copy(void *self, const clino_gradcheck_options *o, clino__clone *clone, clino_error *error) {
  const clino__objective *original = self;
  flat_copy *copy = calloc(1, sizeof *copy);
  if (!copy) return clino__fail_memory(error, "a copy for a thread");
  int value = o->context.clone(original->ctx, &copy->ctx, NULL);
  if (value) {
    free(copy);
    return clino__fail_callback(error, "clone", value);
  }
  clino_status status = clino__objective_open(&copy->objective, original->call, copy->ctx, original->n,
                                              original->x.data, "gradcheck", error);
  *clone = (clino__clone){copy->objective.model, &copy->objective.flat, copy->ctx, copy};
  if (status) release_copy(self, o, clone);
  return status;
}

clino_status gradcheck(clino_objective call, void *ctx, size_t n, const double *x,
                       const clino_gradcheck_options *options, clino_gradcheck_result *result, clino_error *error) {
  if (!result) return clino__fail(error, CLINO_ERR_RANGE, "gradcheck: result is NULL");
  memset(result, 0, sizeof *result);
  clino__objective o;
  clino_status status = clino__objective_open(&o, call, ctx, n, x, "gradcheck", error);
  const clino__cloning cloning = {&o, make_copy, release_copy, NULL};
  const clino__subject subject = {.model = &o.model, .flat = &o.flat, .hook_ctx = ctx, .cloning = &cloning};
  if (!status) status = clino__check(&subject, options, result, error);
  clino__objective_close(&o);
  return status;
}
