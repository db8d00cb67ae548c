#include "monitor/pass.h"

#include <math.h>

/* A block with values that are not finite: those are counted, the others moved together. */
static size_t finite_only(clino__pass *pass, clino__bins *bins, const clino__block *x, double *room) {
  size_t kept = 0;
  for (size_t i = 0; i < x->n; i++) {
    double v = clino__block_value(x, i);
    if (isfinite(v)) {
      room[kept++] = v;
    } else {
      clino__nonfinite_add(&pass->moments.nonfinite, v);
      if (bins) clino__bins_add_nonfinite(bins, v);
    }
  }
  return kept;
}

static void add_finite(clino__pass *pass, clino__bins *bins, const clino__block *x, const clino__survey *survey,
                       const clino__about *about) {
  clino__moments_add(&pass->moments, x, survey, about);
  if (bins) clino__bins_add(bins, x, survey);
}

void clino__pass_add(clino__pass *pass, clino__bins *bins, const clino__block *x) {
  clino__survey survey;
  clino__block_survey(x, &survey);
  pass->zeros += survey.zeros;
  clino__about about = clino__about_sample(x);
  if (isfinite(about.sums.squares)) {
    add_finite(pass, bins, x, &survey, &about);
    return;
  }
  double room[CLINO__BLOCK];
  clino__block finite = clino__block_f64(x->kernels, finite_only(pass, bins, x, room), room);
  if (!finite.n) return;
  clino__block_survey(&finite, &survey);
  about = clino__about_sample(&finite);
  add_finite(pass, bins, &finite, &survey, &about);
}

void clino__pass_merge(clino__pass *pass, const clino__pass *other) {
  clino__moments_merge(&pass->moments, &other->moments);
  pass->zeros += other->zeros;
}
