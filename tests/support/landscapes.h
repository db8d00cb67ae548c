/* Functions whose critical points are known, each turned, moved and scaled by a seed. */
#ifndef TESTS_SUPPORT_LANDSCAPES_H
#define TESTS_SUPPORT_LANDSCAPES_H

#include "clino/critical_point.h"

enum { LANDSCAPE_MOST = 24 };

typedef struct landscape {
  const char *name, *formula;
  size_t n;
  double at[LANDSCAPE_MOST];
  clino_critical_kind kind;
  int (*f)(size_t n, const double *y, double *f, double *grad, void *ctx);
} landscape;

extern const landscape landscapes[];
extern const size_t n_landscapes;

/* f at y = mirror (x - center), times scale; calls are counted. */
typedef struct placed_landscape {
  const landscape *of;
  double center[LANDSCAPE_MOST], mirror[LANDSCAPE_MOST], scale;
} placed_landscape;

/* Places it by a seed, and gives the critical point in x. */
void landscape_place(placed_landscape *p, const landscape *of, uint64_t seed, double *x);
int landscape_objective(size_t n, const double *x, double *f, double *grad, void *ctx);

#endif
