/* Healthy runs in all their variety, seeded: what no check may raise an alarm on. */
#ifndef TESTS_SUPPORT_HEALTHY_H
#define TESTS_SUPPORT_HEALTHY_H

#include "support/synth.h"

#define HEALTHY_KINDS 14

/* What the kind is called: "cosine", "step-decay", ... */
const char *healthy_name(size_t kind);

/* Draws a run of a kind. The caller frees it. */
clino_run *healthy_draw(synth *s, size_t kind);

#endif
