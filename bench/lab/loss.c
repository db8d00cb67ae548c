#include "lab/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/loss.h"

#define MOST_CLASSES 16

static size_t best(size_t classes, const real *score) {
  size_t c = 0;
  for (size_t k = 1; k < classes; k++)
    if (score[k] > score[c]) c = k;
  return c;
}

double lab_loss(const lab_model *m, const lab_samples *s, size_t n, const real *scores, double *accuracy) {
  size_t right = 0;
  if (accuracy) *accuracy = NAN;
  if (!m->classes) return squared_loss(n, scores, s->target);
  for (size_t i = 0; i < n; i++) right += (int)best(m->classes, scores + i * m->classes) == s->label[i];
  if (accuracy) *accuracy = (double)right / (double)n;
  return softmax_loss(n, m->classes, scores, s->label);
}

static void softmax(size_t classes, const real *score, real *p) {
  real largest = score[0], sum = 0;
  for (size_t c = 1; c < classes; c++)
    if (score[c] > largest) largest = score[c];
  for (size_t c = 0; c < classes; c++) sum += p[c] = exp(score[c] - largest);
  for (size_t c = 0; c < classes; c++) p[c] /= sum;
}

/* Probabilities are taken for scores. dscores[c] = p[c] (d[c] - sum_k p[k] d[k]), d that over the probabilities. */
static double softmax_twice(size_t n, size_t classes, const real *scores, const int *label, real *dscores) {
  real p[MOST_CLASSES], d[MOST_CLASSES];
  double sum = 0;
  for (size_t i = 0; i < n; i++, scores += classes, dscores += classes, label++) {
    real dot = 0;
    softmax(classes, scores, p);
    sum += softmax_loss(1, classes, p, label);
    softmax_loss_backward(1, classes, p, label, d);
    for (size_t c = 0; c < classes; c++) dot += p[c] * d[c];
    for (size_t c = 0; c < classes; c++) dscores[c] = p[c] * (d[c] - dot) / (real)n;
  }
  return sum / (double)n;
}

/* -log p, where a p that is too small for the number type has become 0: the gradient -1/p is infinite then, and times
 * the softmax's p it is NaN. */
static double log_of_rounded(double floor, size_t n, size_t classes, const real *scores, const int *label,
                             real *dscores) {
  real p[MOST_CLASSES];
  double sum = 0;
  for (size_t i = 0; i < n; i++, scores += classes, dscores += classes, label++) {
    softmax(classes, scores, p);
    if (p[*label] < floor) p[*label] = 0;
    sum -= log(p[*label]);
    real slope = -1 / p[*label];
    for (size_t c = 0; c < classes; c++)
      dscores[c] = p[*label] * (((int)c == *label) - p[c]) * slope / (real)n;
  }
  return sum / (double)n;
}

double lab_training_loss(const lab_model *m, const lab_wrong *w, const lab_samples *s, size_t n, const real *scores,
                         real *dscores) {
  double loss;
  size_t outputs = m->classes ? m->classes : 1;
  if (!m->classes) {
    loss = squared_loss(n, scores, s->target);
    squared_loss_backward(n, scores, s->target, dscores);
  } else if (w->softmax_twice) {
    loss = softmax_twice(n, m->classes, scores, s->label, dscores);
  } else if (w->log_floor > 0) {
    loss = log_of_rounded(w->log_floor, n, m->classes, scores, s->label, dscores);
  } else {
    loss = softmax_loss(n, m->classes, scores, s->label);
    softmax_loss_backward(n, m->classes, scores, s->label, dscores);
  }
  for (size_t i = 0; w->summed && i < n * outputs; i++) dscores[i] *= (real)n;
  return w->summed ? loss * (double)n : loss;
}

double lab_evaluate(lab_model *m, const lab_wrong *w, const lab_samples *s, size_t n_in, double *accuracy,
                    void (*watch)(const lab_model *m, size_t n, void *ctx), void *ctx) {
  real scratch[256 * MOST_CLASSES];
  double loss = 0, right = 0;
  bool kept = m->inference;
  m->inference = true;
  for (size_t at = 0, n; at < s->n; at += n) {
    double part, own;
    n = s->n - at < 64 ? s->n - at : 64;
    lab_samples samples = {n, s->x + at * n_in, s->label + at, s->target + at};
    const real *scores = lab_model_forward(m, n, samples.x);
    if (watch) watch(m, n, ctx);
    own = lab_loss(m, &samples, n, scores, &part);
    if (w) own = lab_training_loss(m, w, &samples, n, scores, scratch) / (w->summed ? (double)n : 1);
    loss += own * (double)n / (double)s->n;
    right += part * (double)n / (double)s->n;
  }
  m->inference = kept;
  *accuracy = right;
  return loss;
}
