#include "worked/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/optimizer.h"
#include "clino/spectrum.h"

#define SAMPLED 40 /* batches of which the noise of the gradient is measured */
#define TRACED 20  /* vectors of the trace's estimate */

int measure_noise(dnet *n, size_t batch, const digits *on, double *noise, double *size) {
  batches order;
  double loss, sum = 0;
  size_t parameters = n->n_parameters;
  double *full = malloc(parameters * sizeof *full);
  *noise = 0;
  if (!full || (batch < on->n && batches_init(&order, on, batch, 99))) {
    fprintf(stderr, "measure: out of memory\n");
    free(full);
    return -1;
  }
  n->batch = *on;
  dnet_forward(&loss, n);
  dnet_backward(n);
  memcpy(full, n->gradients, parameters * sizeof *full);
  *size = clino_gradient_norm_f64(parameters, full);
  for (int k = 0; k < SAMPLED && batch < on->n; k++) {
    batches_next(&order);
    n->batch = order.batch;
    dnet_forward(&loss, n);
    dnet_backward(n);
    for (size_t i = 0; i < parameters; i++) sum += (n->gradients[i] - full[i]) * (n->gradients[i] - full[i]);
  }
  if (batch < on->n) batches_free(&order);
  free(full);
  *noise = sqrt(sum / SAMPLED);
  return 0;
}

int measure_curvature(dnet *n, const digits *on, double *highest, double *trace) {
  clino_model model = dnet_model(n);
  clino_spectrum_options o = clino_spectrum_options_default();
  clino_spectrum_result spectrum;
  clino_trace_result t;
  clino_point *point;
  clino_error error;
  n->batch = *on;
  clino_status status = clino_point_new_model(&model, NULL, &point, &error);
  if (!status) status = clino_spectrum(point, &o, &spectrum, &error);
  if (!status) status = clino_hessian_trace(point, TRACED, &o, &t, &error);
  clino_point_free(point);
  if (status) {
    fprintf(stderr, "measure: %s\n", error.message);
    return -1;
  }
  *highest = spectrum.highest[0].value;
  *trace = t.trace;
  return 0;
}
