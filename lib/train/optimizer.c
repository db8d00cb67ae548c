/* One interface over all rules: state in the caller's memory, coefficients in double, one pass of the rule's loop. */
#include "clino/optimizer.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "train/options.h"

/* The head of a state; the slots follow, each begun on a line of the cache. */
typedef struct head {
  uint32_t magic;
  char rule[20];
  uint64_t n, steps;
  double product1, product2; /* of the betas of all steps taken */
  uint32_t dtype, n_slots;
} head;

#define HEAD_SIZE 64
#define MAGIC UINT32_C(0x436C6E6F)
#define LINE 64

_Static_assert(sizeof(head) <= HEAD_SIZE, "the head of a state has outgrown its room");

static size_t item_size(clino_dtype dtype) { return dtype == CLINO_F32 ? sizeof(float) : sizeof(double); }

/* From the start of one slot to that of the next. */
static size_t slot_stride(clino_dtype dtype, size_t n) { return (n * item_size(dtype) + LINE - 1) / LINE * LINE; }

clino_status clino_optimizer_state_size(const clino_optimizer_options *o, clino_dtype dtype, size_t n, size_t *size,
                                        clino_error *error) {
  const clino__rule *rule;
  clino_status status = clino__optimizer_check(o, &rule, error);
  if (status) return status;
  if (!size) return clino__fail(error, CLINO_ERR_RANGE, "clino_optimizer_state_size: size is NULL");
  if (dtype != CLINO_F32 && dtype != CLINO_F64)
    return clino__fail(error, CLINO_ERR_RANGE, "optimizer state: dtype %d is neither CLINO_F32 nor CLINO_F64",
                       (int)dtype);
  if (n > (SIZE_MAX / 2 - HEAD_SIZE - 2 * LINE) / 2 / sizeof(double))
    return clino__fail(error, CLINO_ERR_RANGE, "optimizer state: %zu parameters are too many", n);
  *size = HEAD_SIZE + rule->n_slots * slot_stride(dtype, n);
  return CLINO_OK;
}

clino_status clino_optimizer_state_init(const clino_optimizer_options *o, clino_dtype dtype, size_t n, void *state,
                                        size_t size, clino_error *error) {
  size_t needed = 0;
  clino_status status = clino_optimizer_state_size(o, dtype, n, &needed, error);
  if (status) return status;
  if (!state || (uintptr_t)state % sizeof(double))
    return clino__fail(error, CLINO_ERR_RANGE, "optimizer state: %s", state ? "not aligned as malloc does" : "NULL");
  if (size < needed)
    return clino__fail(error, CLINO_ERR_RANGE, "optimizer state: %zu bytes are needed, not %zu", needed, size);
  memset(state, 0, needed);
  const clino__rule *rule = clino__rule_find(o->rule);
  head *h = state;
  *h = (head){.magic = MAGIC, .n = n, .product1 = 1, .product2 = 1, .dtype = (uint32_t)dtype};
  h->n_slots = (uint32_t)rule->n_slots;
  strncpy(h->rule, rule->info.name, sizeof h->rule - 1);
  return CLINO_OK;
}

uint64_t clino_optimizer_state_steps(const void *state) { return state ? ((const head *)state)->steps : 0; }

static size_t slot_offset(const head *h, size_t k) {
  return HEAD_SIZE + k * slot_stride((clino_dtype)h->dtype, (size_t)h->n);
}

void *clino_optimizer_state_slot(void *state, size_t k) {
  const head *h = state;
  return h && h->magic == MAGIC && k < h->n_slots ? (char *)state + slot_offset(h, k) : NULL;
}

static clino_status check_state(const clino__rule *rule, clino_dtype dtype, size_t n, const head *h,
                                clino_error *error) {
  if (!h) return clino__fail(error, CLINO_ERR_RANGE, "optimizer state: NULL");
  if (h->magic != MAGIC)
    return clino__fail(error, CLINO_ERR_RANGE, "optimizer state: not initialized (clino_optimizer_state_init)");
  if (strncmp(h->rule, rule->info.name, sizeof h->rule) != 0)
    return clino__fail(error, CLINO_ERR_RANGE, "optimizer state: made for '%.19s', not for '%s'", h->rule,
                       rule->info.name);
  if (h->dtype != (uint32_t)dtype || h->n != n)
    return clino__fail(error, CLINO_ERR_RANGE, "optimizer state: made for %llu %s, not for %zu %s",
                       (unsigned long long)h->n, h->dtype == CLINO_F32 ? "floats" : "doubles", n,
                       dtype == CLINO_F32 ? "floats" : "doubles");
  return CLINO_OK;
}

/* The gradient's scale, with its norm brought down to the limit. */
static clino_status clipped_scale(const clino_optimizer_options *o, clino_dtype dtype, size_t n, const void *grads,
                                  double *scale, clino_error *error) {
  *scale = o->grad_scale;
  if (isinf(o->clip_norm)) return CLINO_OK;
  double norm = dtype == CLINO_F32 ? clino_gradient_norm_f32(n, grads) : clino_gradient_norm_f64(n, grads);
  norm *= fabs(o->grad_scale);
  if (!isfinite(norm))
    return clino__fail(error, CLINO_ERR_RANGE,
                       "the gradient's norm is not finite, and clip_norm would spread it: no step");
  if (norm > o->clip_norm) *scale *= o->clip_norm / norm;
  return CLINO_OK;
}

clino__update clino__shape(const clino_optimizer_options *o, double scale) {
  bool coupled = o->decay_kind == CLINO_DECAY_COUPLED;
  clino__update u = {.scale = scale,
                     .clip = o->clip_value,
                     .l2 = coupled ? o->weight_decay : 0,
                     .decay = coupled ? 0 : o->rate * o->weight_decay};
  u.shaped = scale != 1 || !isinf(o->clip_value) || o->weight_decay > 0;
  return u;
}

/* All of a step but its loop: checks, then the coefficients, and the head moved on. */
static clino_status begin(const clino_optimizer_options *o, clino_dtype dtype, size_t n, const void *params,
                          const void *grads, void *state, const clino__rule **rule, clino__update *u,
                          clino_error *error) {
  clino_status status = clino__optimizer_check(o, rule, error);
  if (status) return status;
  head *h = state;
  if ((status = check_state(*rule, dtype, n, h, error))) return status;
  if (n && (!params || !grads)) return clino__fail(error, CLINO_ERR_RANGE, "optimizer step: params or grads is NULL");
  double scale;
  if ((status = clipped_scale(o, dtype, n, grads, &scale, error))) return status;
  *u = clino__shape(o, scale);
  h->steps++;
  h->product1 *= o->beta1;
  h->product2 *= o->beta2;
  clino__progress at = {(double)h->steps, h->product1, h->product2};
  (*rule)->prepare(o, &at, u);
  return CLINO_OK;
}

clino_status clino_optimizer_step_f32(const clino_optimizer_options *o, size_t n, float *params, const float *grads,
                                      void *state, clino_error *error) {
  const clino__rule *rule;
  clino__update u;
  clino_status status = begin(o, CLINO_F32, n, params, grads, state, &rule, &u, error);
  if (!status)
    rule->f32(&u, n, params, grads, clino_optimizer_state_slot(state, 0), clino_optimizer_state_slot(state, 1));
  return status;
}

clino_status clino_optimizer_step_f64(const clino_optimizer_options *o, size_t n, double *params, const double *grads,
                                      void *state, clino_error *error) {
  const clino__rule *rule;
  clino__update u;
  clino_status status = begin(o, CLINO_F64, n, params, grads, state, &rule, &u, error);
  if (!status)
    rule->f64(&u, n, params, grads, clino_optimizer_state_slot(state, 0), clino_optimizer_state_slot(state, 1));
  return status;
}

/* ---- looking ahead ---- */

double clino__looks_ahead(const clino_optimizer_options *o) {
  if (!clino__rule_find(o->rule)->looks_ahead || o->nesterov_form != CLINO_NESTEROV_LOOKAHEAD) return 0;
  return o->momentum * (o->rate_place == CLINO_RATE_OUTSIDE ? o->rate : 1) *
         (o->velocity_sign == CLINO_VELOCITY_UPHILL ? -1 : 1);
}

static clino_status begin_lookahead(const clino_optimizer_options *o, clino_dtype dtype, size_t n, const void *params,
                                    const void *state, const void *point, double *ahead, clino_error *error) {
  const clino__rule *rule;
  clino_status status = clino__optimizer_check(o, &rule, error);
  if (status) return status;
  if ((status = check_state(rule, dtype, n, state, error))) return status;
  if (n && (!params || !point))
    return clino__fail(error, CLINO_ERR_RANGE, "optimizer look-ahead: params or point is NULL");
  *ahead = clino__looks_ahead(o);
  return CLINO_OK;
}

#define LOOKAHEAD(function, type, kind)                                                                            \
  clino_status function(const clino_optimizer_options *o, size_t n, const type *params, const void *state,         \
                        type *point, clino_error *error) {                                                         \
    double ahead = 0;                                                                                               \
    clino_status status = begin_lookahead(o, kind, n, params, state, point, &ahead, error);                        \
    if (status) return status;                                                                                     \
    const type *v = ahead != 0 ? (const type *)(const void *)((const char *)state + slot_offset(state, 0)) : NULL; \
    for (size_t i = 0; i < n; i++) point[i] = v ? params[i] + (type)ahead * v[i] : params[i];                      \
    return CLINO_OK;                                                                                               \
  }

LOOKAHEAD(clino_optimizer_lookahead_f32, float, CLINO_F32)
LOOKAHEAD(clino_optimizer_lookahead_f64, double, CLINO_F64)
