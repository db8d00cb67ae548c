/* The functions that the worked examples walk on, as objectives (clino/gradcheck.h). */
#ifndef WORKED_LANDSCAPE_H
#define WORKED_LANDSCAPE_H

#include <stddef.h>

/* x cos(pi x); its derivative cos(pi x) - pi x sin(pi x), with ctx, if not NULL, pointing to what stands in the place of
 * the second pi. */
int x_cos_pi_x(size_t n, const double *x, double *f, double *grad, void *ctx);

#endif
