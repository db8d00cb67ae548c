#include "checks/fraction.h"

#include <math.h>

typedef struct tally {
  size_t found, judged, high;
  double largest;
} tally;

static double lowest_of_end(const clino__curve *v) {
  double least = INFINITY;
  for (size_t i = v->n - (v->n / 4 ? v->n / 4 : 1); i < v->n; i++) least = fmin(least, v->y[i]);
  return least;
}

static void report(clino__context *c, const clino__fraction_rule *rule, const clino__curve *v, const char *name,
                   double level, double many, bool most) {
  /* Of the first tenth and of the first point: units that are lost within a few rows were not so at the start. */
  bool early = clino__curve_level(v, 0, 1 + v->n / 10) >= many && v->y[0] >= many;
  size_t since = 0;
  while (since + 1 < v->n && v->y[since] < many) since++;
  clino_finding f = clino__finding(c, most ? CLINO_FINDING_FAIL : CLINO_FINDING_WARN, v->series);
  f.first_step = v->first_step[since];
  f.observed = level;
  f.threshold = most ? clino__param(c, "most") : many;
  f.confidence = most ? 0.95 : 0.75;
  clino__finding_cause(&f, early ? rule->early : rule->late, rule->alternatives);
  clino__add(c, &f, "%g%% of the units of %s are %s in the second half of the run, %s%s", 100 * level, name,
             rule->state, early ? "as they were at its start" : "and were not at its start",
             many < clino__param(c, "many") ? rule->with : "");
}

static void judge(clino__context *c, const clino__fraction_rule *rule, const clino_series *series, const char *name,
                  tally *t) {
  clino__curve v;
  size_t least = (size_t)clino__param(c, "min_points");
  t->found++;
  if (!clino__curve_plain(c, series, least, &v) || v.n < least) return;
  double level = clino__curve_level(&v, v.n / 2, v.n), lasting = fmin(level, lowest_of_end(&v));
  double many = clino__param(c, "many");
  t->judged++;
  t->largest = fmax(t->largest, level);
  if (lasting < many && lasting - fmax(v.y[0], v.y[1]) >= rule->came) many = fmax(v.y[0], v.y[1]) + rule->came;
  if (!(lasting >= many)) return;
  t->high++;
  report(c, rule, &v, name, level, many, lasting >= clino__param(c, "most"));
}

void clino__judge_fractions(clino__context *c, const clino__fraction_rule *rule) {
  tally t = {0, 0, 0, 0};
  size_t n = clino_run_series_count(c->run);
  for (size_t i = 0; i < n && !c->status; i++) {
    const char *name;
    const clino_series *series = clino__series_under(c, i, rule->prefix, &name);
    if (series) judge(c, rule, series, name, &t);
  }
  if (!t.found) {
    clino__skip(c, "no %sNAME was logged: monitor the activations of each layer", rule->prefix);
  } else if (!t.judged) {
    clino__skip(c, "no %sNAME has the %g points that it takes to see what lasts", rule->prefix,
                clino__param(c, "min_points"));
  } else if (!t.high) {
    clino_finding f = clino__finding(c, CLINO_FINDING_PASS, NULL);
    f.observed = t.largest;
    f.threshold = clino__param(c, "many");
    clino__add(c, &f, "at most %g%% of the units of a layer are %s for long (%zu layers)", 100 * t.largest, rule->state,
               t.judged);
  }
}
