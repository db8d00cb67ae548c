#include "net/loss.h"

#include <tgmath.h>

/* log sum_c exp(score[c]); the largest score is taken out, so that no exp overflows. */
static double log_sum_exp(size_t classes, const real *score) {
  double largest = (double)score[0], sum = 0;
  for (size_t c = 1; c < classes; c++)
    if ((double)score[c] > largest) largest = (double)score[c];
  for (size_t c = 0; c < classes; c++) sum += exp((double)score[c] - largest);
  return largest + log(sum);
}

double softmax_loss(size_t n, size_t classes, const real *scores, const int *label) {
  double sum = 0;
  for (size_t s = 0; s < n; s++, scores += classes) sum += log_sum_exp(classes, scores) - (double)scores[label[s]];
  return sum / (double)n;
}

void softmax_loss_backward(size_t n, size_t classes, const real *scores, const int *label, real *dscores) {
  for (size_t s = 0; s < n; s++, scores += classes, dscores += classes) {
    double log_sum = log_sum_exp(classes, scores);
    for (size_t c = 0; c < classes; c++) {
      double probability = exp((double)scores[c] - log_sum);
      dscores[c] = (real)((probability - ((int)c == label[s])) / (double)n);
    }
  }
}

double hinge_loss(clino_trace *trace, const char *site, size_t n, size_t classes, const real *scores,
                  const int *label) {
  double sum = 0;
  for (size_t s = 0; s < n; s++, scores += classes)
    for (size_t c = 0; c < classes; c++) {
      double margin = (double)scores[c] - (double)scores[label[s]] + 1;
      if ((int)c != label[s]) sum += clino_max(trace, site, s * classes + c, margin, 0);
    }
  return sum / (double)n;
}

void hinge_loss_backward(size_t n, size_t classes, const real *scores, const int *label, real *dscores) {
  for (size_t s = 0; s < n; s++, scores += classes, dscores += classes) {
    real each = 1 / (real)n;
    dscores[label[s]] = 0;
    for (size_t c = 0; c < classes; c++) {
      if ((int)c == label[s]) continue;
      dscores[c] = (double)scores[c] - (double)scores[label[s]] + 1 > 0 ? each : 0;
      dscores[label[s]] -= dscores[c];
    }
  }
}

double squared_loss(size_t n, const real *y, const real *target) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += ((double)y[i] - (double)target[i]) * ((double)y[i] - (double)target[i]);
  return sum / (double)n;
}

void squared_loss_backward(size_t n, const real *y, const real *target, real *dy) {
  for (size_t i = 0; i < n; i++) dy[i] = 2 * (y[i] - target[i]) / (real)n;
}

double l2_penalty(real strength, size_t n, const real *w) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (double)w[i] * (double)w[i];
  return (double)strength / 2 * sum;
}

void l2_penalty_backward(real strength, size_t n, const real *w, real *dw) {
  for (size_t i = 0; i < n; i++) dw[i] += strength * w[i];
}
