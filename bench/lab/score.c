#include "lab/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clino/check.h"

/* ---- which runs count ---- */

/* Of the final validation losses of a base's healthy runs. */
typedef struct spread {
  double least, most, middle;
  size_t n;
} spread;

static int order(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static spread spread_of(const lab_plan *p, size_t base) {
  double loss[LAB_TWINS];
  size_t n = 0;
  for (size_t i = 0; i < p->n && n < LAB_TWINS; i++)
    if (!p->run[i].fault && p->run[i].base == base) loss[n++] = p->run[i].outcome.val_loss;
  if (n == 0) return (spread){NAN, NAN, NAN, 0};
  qsort(loss, n, sizeof *loss, order);
  return (spread){loss[0], loss[n - 1], loss[n / 2], n};
}

/* Beyond the largest of the twins by as much as they differ, and by a tenth. */
static bool worse(double loss, const spread *s) {
  double margin = fmax(s->most - s->least, 0.1 * s->middle);
  return !(loss <= s->most + margin);
}

/* The median's twin that is off by three times the others' distance is no healthy run, nor is one that overfits, or one
 * that has not learned. */
static bool healthy(const lab_run *r, const spread *s) {
  bool learned = r->recipe.before > 0 || r->outcome.train_loss < 0.9 * r->outcome.first_loss;
  return learned && r->drift < 0.15 && r->outcome.val_loss < 3 * s->middle;
}

void lab_score_outcomes(lab_plan *p) {
  for (size_t i = 0; i < p->n; i++) {
    lab_run *r = &p->run[i];
    spread s = spread_of(p, r->base);
    r->counts = r->fault ? r->fault->by_construction || worse(r->outcome.val_loss, &s) : healthy(r, &s);
  }
}

/* ---- counting ---- */

bool lab_run_found(const lab_run *r, lab_level level) {
  for (size_t k = 0; k < clino_check_count() && k < LAB_MOST_CHECKS; k++)
    if (r->verdict[level].level[k] >= CLINO_FINDING_WARN && lab_has_word(r->fault->checks, clino_check_at(k)->id))
      return true;
  return false;
}

bool lab_run_named(const lab_run *r, lab_level level) {
  return lab_has_word(r->fault->causes, r->verdict[level].cause);
}

static void count(const lab_run *r, lab_level level, lab_count *c) {
  if (!r->counts) {
    c->harmless++;
    return;
  }
  c->runs++;
  c->found += lab_run_found(r, level);
  c->on_top += lab_run_named(r, level);
}

lab_count lab_score_fault(const lab_plan *p, lab_level level, const lab_fault *f, double strength) {
  lab_count c = {0, 0, 0, 0};
  for (size_t i = 0; i < p->n; i++) {
    const lab_run *r = &p->run[i];
    if (r->fault == f && (isnan(strength) || r->recipe.strength == strength)) count(r, level, &c);
  }
  return c;
}

lab_score lab_score_of(const lab_plan *p, lab_level level) {
  lab_score s = {{0, 0, 0, 0}, 0, 0, 0};
  for (size_t i = 0; i < p->n; i++) {
    const lab_run *r = &p->run[i];
    if (r->fault) {
      count(r, level, &s.faulty);
    } else if (r->counts) {
      s.healthy++;
      s.warn += r->verdict[level].worst >= CLINO_FINDING_WARN;
      s.fail += r->verdict[level].worst >= CLINO_FINDING_FAIL;
    }
  }
  return s;
}
