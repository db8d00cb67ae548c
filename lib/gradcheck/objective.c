/* gradcheck(): a flat objective as a model with one tensor "x", in buffers of our own between guard zones. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradcheck/check.h"

#define GUARD 16 /* doubles on either side */

typedef struct guarded {
  double *block, *data;
} guarded;

typedef struct objective {
  clino_objective call;
  void *ctx;
  size_t n;
  guarded x, grad;
  double value_with_grad;
} objective;

/* A pattern that no computation is likely to leave: a quiet NaN with a payload of its own. */
static double guard_value(void) {
  uint64_t bits = UINT64_C(0x7FF8C11406A12D5E);
  double v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

static bool guarded_new(guarded *g, size_t n) {
  g->block = n <= PTRDIFF_MAX / sizeof(double) - 2 * GUARD ? malloc((n + 2 * GUARD) * sizeof(double)) : NULL;
  if (!g->block) return false;
  g->data = g->block + GUARD;
  for (size_t i = 0; i < GUARD; i++) g->block[i] = g->data[n + i] = guard_value();
  return true;
}

static bool guarded_intact(const guarded *g, size_t n) {
  double guard = guard_value();
  for (size_t i = 0; i < GUARD; i++)
    if (memcmp(&g->block[i], &guard, sizeof guard) != 0 || memcmp(&g->data[n + i], &guard, sizeof guard) != 0)
      return false;
  return true;
}

static bool intact(const void *self, const char **what) {
  const objective *o = self;
  *what = guarded_intact(&o->x, o->n) ? "grad" : "x";
  return guarded_intact(&o->x, o->n) && guarded_intact(&o->grad, o->n);
}

static int flat_loss(double *loss, void *ctx) {
  objective *o = ctx;
  return o->call(o->n, o->x.data, loss, NULL, o->ctx);
}

static int flat_backward(void *ctx) {
  objective *o = ctx;
  o->value_with_grad = NAN;
  return o->call(o->n, o->x.data, &o->value_with_grad, o->grad.data, o->ctx);
}

static clino_status check_flat(objective *o, const double *x, const clino_gradcheck_options *options,
                               clino_gradcheck_result *result, clino_error *error) {
  if (!guarded_new(&o->x, o->n) || !guarded_new(&o->grad, o->n)) return clino__fail_memory(error, "a copy of x");
  memcpy(o->x.data, x, o->n * sizeof *x);
  memset(o->grad.data, 0, o->n * sizeof *x);
  clino_tensor tensor = CLINO_TENSOR_F64("x", o->x.data, o->grad.data, o->n);
  clino_model model = {1, &tensor, flat_loss, flat_backward, o};
  clino__flat flat = {&o->value_with_grad, intact, o};
  return clino__check(&model, &flat, o->ctx, options, result, error);
}

clino_status gradcheck(clino_objective call, void *ctx, size_t n, const double *x,
                       const clino_gradcheck_options *options, clino_gradcheck_result *result, clino_error *error) {
  if (!result) return clino__fail(error, CLINO_ERR_RANGE, "gradcheck: result is NULL");
  memset(result, 0, sizeof *result);
  if (!call || !x || !n)
    return clino__fail(error, CLINO_ERR_RANGE, "gradcheck: %s",
                       !call ? "objective is NULL" : !x ? "x is NULL" : "n is 0");
  objective o = {.call = call, .ctx = ctx, .n = n};
  clino_status status = check_flat(&o, x, options, result, error);
  free(o.x.block);
  free(o.grad.block);
  return status;
}
