#include "gallery/judge.h"

#include <stdlib.h>
#include <string.h>

#include "gallery/tape_nodes.h"

typedef struct question {
  const gallery_case *c;
  size_t fault;
  const gallery_strike *strike;
  double *x, *gradient; /* of a model whose parameters are float */
  float *value32, *gradient32;
} question;

static void gradient_at(const question *q, const double *x, double *gradient) {
  gallery_site *s = q->c->site;
  if (q->strike) gallery_wrong_gradient(s, q->strike, q->fault, x, gradient);
  else gallery_gradient(s, x, TAPE_RIGHT, gradient);
  for (size_t i = 0; i < s->n; i++) gradient[i] = gallery_scaled(s, gradient[i], q->c->scale);
}

static int objective(size_t n, const double *x, double *f, double *gradient, void *ctx) {
  const question *q = ctx;
  (void)n;
  *f = gallery_scaled(q->c->site, gallery_value(q->c->site, x), q->c->scale);
  if (gradient) gradient_at(q, x, gradient);
  return 0;
}

static void read_model(const question *q) {
  for (size_t i = 0; i < q->c->site->n; i++) q->x[i] = (double)q->value32[i];
}

static int model_loss(double *f, void *ctx) {
  const question *q = ctx;
  read_model(q);
  return objective(q->c->site->n, q->x, f, NULL, ctx);
}

static int model_backward(void *ctx) {
  const question *q = ctx;
  read_model(q);
  gradient_at(q, q->x, q->gradient);
  for (size_t i = 0; i < q->c->site->n; i++) q->gradient32[i] = (float)q->gradient[i];
  return 0;
}

static clino_status check_model(question *q, const clino_gradcheck_options *o, clino_gradcheck_result *r,
                                clino_error *e) {
  size_t n = q->c->site->n;
  q->x = tape_memory(NULL, n, sizeof *q->x);
  q->gradient = tape_memory(NULL, n, sizeof *q->gradient);
  q->value32 = tape_memory(NULL, n, sizeof *q->value32);
  q->gradient32 = tape_memory(NULL, n, sizeof *q->gradient32);
  for (size_t i = 0; i < n; i++) q->value32[i] = (float)q->c->site->x[i];
  memset(q->gradient32, 0, n * sizeof *q->gradient32);
  clino_tensor x = CLINO_TENSOR_F32("x", q->value32, q->gradient32, n);
  clino_model model = {1, &x, model_loss, model_backward, q};
  clino_status status = gradcheck_model(&model, o, r, e);
  free(q->x);
  free(q->gradient);
  free(q->value32);
  free(q->gradient32);
  return status;
}

void gallery_judge(const gallery_case *c, size_t fault, const gallery_strike *strike, clino_gradcheck_result *result) {
  question q = {.c = c, .fault = fault, .strike = strike};
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.mode = CLINO_MODE_FULL;
  o.lower = c->site->lower;
  o.upper = c->site->upper;
  clino_error e;
  clino_status status = c->site->tensors ? check_model(&q, &o, result, &e)
                                         : gradcheck(objective, &q, c->site->n, c->site->x, &o, result, &e);
  if (status == CLINO_OK) return;
  fprintf(stderr, "gallery: %s: %s\n", c->site->objective->name, e.message);
  exit(EXIT_FAILURE);
}
