/* The step that Adam and AdamW share. Private to lib/train. */
#ifndef CLINO_TRAIN_ADAM_H
#define CLINO_TRAIN_ADAM_H

#include "train/rule.h"

void clino__adam_prepare(const clino_optimizer_options *o, const clino__progress *at, clino__update *u);
void clino__adam_f32(const clino__update *u, size_t n, float *p, const float *g, float *m, float *v);
void clino__adam_f64(const clino__update *u, size_t n, double *p, const double *g, double *m, double *v);

#endif
