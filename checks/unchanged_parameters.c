/* unchanged-parameters: tensors that get a gradient and are not updated. */
#include <stdlib.h>
#include <string.h>

#include "checks/causes.h"
#include "checks/layer.h"

static const clino_check_param params[] = {
    {"min_points", 4, 2, 1e6, "points", "with fewer points a tensor is not judged",
     "a norm that is the same four times to the last digit"},
};

/* The layer of that name among l; NULL where there is none. */
static const clino__layer *of_name(const clino__layer *l, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(l[i].name, name) == 0) return &l[i];
  return NULL;
}

/* What is known of each tensor. */
typedef struct known {
  clino__layer *norm, *update, *ratio, *gradient;
  size_t n_norm, n_update, n_ratio, n_gradient;
} known;

typedef enum state { UNKNOWN, CHANGES, STANDS } state;

/* An update that was measured says more than a norm, which is printed with few digits. */
static state state_of(const known *k, const char *name) {
  const clino__layer *norm = of_name(k->norm, k->n_norm, name), *update = of_name(k->update, k->n_update, name);
  if (!update) update = of_name(k->ratio, k->n_ratio, name);
  if (update) return update->most > 0 ? CHANGES : STANDS;
  return !norm ? UNKNOWN : norm->most > norm->least ? CHANGES : STANDS;
}

static void report(clino__context *c, const known *k, const clino__layer *l, size_t standing, size_t n) {
  static const char *const other[] = {CLINO__CAUSE_FROZEN, CLINO__CAUSE_ROUNDING, NULL};
  const clino__layer *gradient = of_name(k->gradient, k->n_gradient, l->name);
  bool pushed = gradient && gradient->level > 0;
  clino_finding f = clino__layer_finding(c, pushed ? CLINO_FINDING_FAIL : CLINO_FINDING_WARN, l);
  f.observed = (double)standing;
  f.threshold = 0;
  f.confidence = pushed ? 0.9 : 0.6;
  clino__finding_cause(&f, CLINO__CAUSE_NO_UPDATE, other);
  clino__add(c, &f, "%s never changes%s; so it is for %zu of %zu tensors", l->name,
             pushed ? ", although a gradient reaches it" : "", standing, n);
}

/* The tensors of one list: those that stand still, but for frozen ones, which get no gradient either. */
static void decide(clino__context *c, const known *k, const clino__layer *l, size_t n) {
  size_t standing = 0, first = n, idle = 0;
  bool pushed = false;
  for (size_t i = 0; i < n; i++) {
    const clino__layer *gradient = of_name(k->gradient, k->n_gradient, l[i].name);
    if (state_of(k, l[i].name) != STANDS) continue;
    idle += gradient && gradient->level == 0;
    if (gradient && gradient->level == 0) continue; /* zero-gradient speaks of it */
    standing++;
    if (first == n || (!pushed && gradient)) first = i, pushed = gradient != NULL;
  }
  if (standing && (pushed || standing == n)) {
    report(c, k, &l[first], standing, n);
    return;
  }
  clino_finding f = clino__layer_finding(c, standing || idle ? CLINO_FINDING_INFO : CLINO_FINDING_PASS, &l[0]);
  f.observed = (double)(standing + idle);
  f.threshold = 0;
  if (standing + idle) clino__finding_cause(&f, CLINO__CAUSE_FROZEN, NULL);
  clino__add(c, &f,
             standing + idle ? "%zu of %zu tensors never change: frozen, it seems"
                             : "%zu of %zu tensors "
                               "stand still",
             standing + idle, n);
}

static void run(clino__context *c) {
  size_t least = (size_t)clino__param(c, "min_points"), found, more;
  known k = {.norm = NULL};
  k.norm = clino__layers_of(c, "param_norm/", least, &k.n_norm, &found);
  k.update = clino__layers_of(c, "update_norm/", least, &k.n_update, &more);
  k.ratio = clino__layers_of(c, "update_ratio/", least, &k.n_ratio, NULL);
  k.gradient = clino__layers_of(c, "grad_norm/", 2, &k.n_gradient, NULL);
  const clino__layer *l = k.n_norm >= k.n_update ? k.norm : k.update;
  if (!c->status && l) decide(c, &k, l, k.n_norm >= k.n_update ? k.n_norm : k.n_update);
  else clino__skip_layers(c, "param_norm/", found, least);
  free(k.norm);
  free(k.update);
  free(k.ratio);
  free(k.gradient);
}

const clino__check clino__check_unchanged_parameters = {
    {"unchanged-parameters", "Parameters that are not updated", "param_norm/NAME or update_norm/NAME; grad_norm/NAME",
     params, sizeof params / sizeof params[0],
     "Looks for tensors whose norm never changes, or whose updates are all 0. Fails where a gradient reaches them; "
     "where some stand still and no gradient was logged, they may be frozen, and that is told only.",
     "A tensor that was forgotten by the optimizer keeps its random values, and the rest learns round it.",
     "See that the optimizer was given this tensor, that its learning rate is not 0, and that the update is written to "
     "the parameters that the forward pass reads.",
     "Karpathy, A Recipe for Training Neural Networks, 2019; Breck et al., The ML Test Score, 2017"},
    run};
