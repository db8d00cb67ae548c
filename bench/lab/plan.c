#include "lab/plan.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/check.h"
#include "clino/io.h"
#include "lab/log.h"

/* ---- which runs ---- */

static lab_run *add_run(lab_plan *p, size_t base, size_t twin) {
  lab_run *run = &p->run[p->n++];
  *run = (lab_run){.base = base};
  run->recipe = lab_healthy(p->half, base / LAB_BASES, base % LAB_BASES, twin);
  snprintf(run->name, sizeof run->name, "%s-%zu-%zu", run->recipe.family, base % LAB_BASES, twin);
  return run;
}

/* The k-th base, from `start` on and round, that a fault can befall; SIZE_MAX where there is none. */
static size_t fitting(lab_half half, const lab_fault *f, size_t start, size_t k) {
  size_t n = lab_family_count() * LAB_BASES, found = 0;
  for (size_t i = 0; i < n * (k + 1); i++) {
    size_t base = (start + i * 7) % n; /* by sevens: neighbours are of one family */
    lab_recipe r = lab_healthy(half, base / LAB_BASES, base % LAB_BASES, 0);
    if (f->fits(&r) && found++ == k) return base;
  }
  return SIZE_MAX;
}

/* Runs a strength. */
static size_t runs_of(const lab_fault *f) {
  size_t n = LAB_FAULTY / lab_fault_strengths(f);
  return n > 8 ? n : 8;
}

static void add_faulty(lab_plan *p, const lab_fault *f, size_t which, size_t sample) {
  for (size_t s = 0; s < lab_fault_strengths(f); s++)
    for (size_t k = 0; k < runs_of(f); k += sample) {
      size_t base = fitting(p->half, f, which * 11 + s, k);
      if (base == SIZE_MAX) continue;
      lab_run *run = add_run(p, base, LAB_TWINS + k % 11);
      run->fault = f;
      run->recipe.seed += 1000 * (s + 1); /* beside what its twins have: their seeds are others */
      run->recipe.fault = f->name;
      run->recipe.strength = f->strength[s];
      f->apply(&run->recipe, f->strength[s]);
      snprintf(run->name, sizeof run->name, "%s-%g-%s-%zu", f->name, f->strength[s], run->recipe.family, k);
    }
}

static bool wanted(const char *only, const char *name) { return !only || lab_has_word(only, name); }

static bool is_base_of(const lab_plan *p, size_t base) {
  for (size_t i = 0; i < p->n; i++)
    if (p->run[i].fault && p->run[i].base == base) return true;
  return false;
}

int lab_plan_make(lab_half half, size_t sample, const char *only, lab_plan *p) {
  size_t bases = lab_family_count() * LAB_BASES;
  size_t most = bases * LAB_TWINS + lab_fault_count() * (LAB_STRENGTHS * 8 + LAB_FAULTY);
  *p = (lab_plan){half, 0, calloc(most, sizeof *p->run)};
  if (!p->run) return -1;
  for (size_t i = 0; i < lab_fault_count(); i++)
    if (wanted(only, lab_fault_at(i)->name)) add_faulty(p, lab_fault_at(i), i, sample);
  for (size_t base = 0; base < bases; base++) {
    bool asked = wanted(only, lab_family_name(base / LAB_BASES)) && base % sample == 0;
    for (size_t twin = 0; twin < LAB_TWINS && (asked || is_base_of(p, base)); twin++) add_run(p, base, twin);
  }
  return 0;
}

void lab_plan_free(lab_plan *p) {
  free(p->run);
  *p = (lab_plan){0};
}

/* ---- judging a run ---- */

static bool above(const clino_finding *a, const clino_finding *b) {
  return !b || a->level > b->level || (a->level == b->level && a->confidence > b->confidence);
}

static void summarize(const clino_findings *findings, lab_verdict *v) {
  const clino_finding *top = NULL;
  *v = (lab_verdict){.worst = clino_findings_worst(findings)};
  for (size_t i = 0; i < clino_findings_count(findings); i++) {
    const clino_finding *f = clino_findings_at(findings, i);
    for (size_t k = 0; k < clino_check_count() && k < LAB_MOST_CHECKS; k++)
      if (strcmp(clino_check_at(k)->id, f->check) == 0 && f->level > v->level[k]) v->level[k] = (unsigned char)f->level;
    if (f->level >= CLINO_FINDING_WARN && above(f, top)) top = f;
  }
  if (!top) return;
  snprintf(v->check, sizeof v->check, "%s", top->check);
  snprintf(v->cause, sizeof v->cause, "%s", top->cause ? top->cause : "");
  snprintf(v->message, sizeof v->message, "%s", top->message);
}

static int judge(const clino_run *run, lab_verdict *v) {
  clino_findings *findings;
  if (clino_findings_new(&findings, NULL)) return -1;
  clino_status status = clino_diagnose(run, NULL, findings, NULL);
  summarize(findings, v);
  clino_findings_free(findings);
  return status ? -1 : 0;
}

static int order(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double middle(const double *x, size_t n) {
  double sorted[32];
  if (n > 32) x += (n - 32) / 2, n = 32;
  memcpy(sorted, x, n * sizeof *x);
  qsort(sorted, n, sizeof *sorted, order);
  return sorted[n / 2];
}

/* The median of the last fifth of val/loss over the lowest median of a fifth, less 1. A fifth, so that luck of single
 * validations is no optimum. */
static double drift(const clino_run *run) {
  const clino_series *s = clino_run_series(run, "val/loss");
  size_t n = clino_series_count(s), k = n / 5 > 1 ? n / 5 : 1;
  const double *x = clino_series_values(s);
  double best = INFINITY;
  if (n < k) return NAN;
  if (k > 32) k = 32;
  for (size_t i = 0; i + k <= n; i++) best = fmin(best, middle(x + i, k));
  return middle(x + n - k, k) / best - 1;
}

/* ---- making them ---- */

typedef struct crew {
  lab_plan *plan;
  const lab_sources *sources;
  const char *folder;
  pthread_mutex_t lock;
  size_t next;
  int failed;
} crew;

static int make_run(const crew *c, lab_run *r) {
  clino_run *run, *losses;
  clino_error error;
  char path[1024];
  int status = -1;
  if (lab_train(c->sources, &r->recipe, &run, &r->outcome)) return -1;
  losses = lab_log_losses_only(run);
  if (losses && !judge(run, &r->verdict[LAB_FULL]) && !judge(losses, &r->verdict[LAB_LOSSES])) status = 0;
  r->rules[LAB_FULL] = lab_rules(run);
  r->rules[LAB_LOSSES] = lab_rules(losses);
  r->drift = drift(run);
  snprintf(path, sizeof path, "%s/%s.csv", c->folder ? c->folder : "", r->name);
  if (!status && c->folder && clino_run_write_csv(run, path, &error)) {
    fprintf(stderr, "lab: %s: %s\n", path, error.message);
    status = -1;
  }
  clino_run_free(run);
  clino_run_free(losses);
  return status;
}

static void *work(void *ctx) {
  crew *c = ctx;
  for (;;) {
    pthread_mutex_lock(&c->lock);
    size_t i = c->next++;
    bool stop = c->failed || i >= c->plan->n;
    pthread_mutex_unlock(&c->lock);
    if (stop) return NULL;
    int failed = make_run(c, &c->plan->run[i]);
    pthread_mutex_lock(&c->lock);
    c->failed |= failed;
    pthread_mutex_unlock(&c->lock);
  }
}

int lab_plan_make_runs(lab_plan *p, const lab_sources *sources, size_t jobs, const char *folder) {
  crew c = {.plan = p, .sources = sources, .folder = folder, .lock = PTHREAD_MUTEX_INITIALIZER};
  pthread_t thread[64];
  size_t started = 0;
  if (jobs > 64) jobs = 64;
  while (started + 1 < jobs && !pthread_create(&thread[started], NULL, work, &c)) started++;
  work(&c);
  for (size_t i = 0; i < started; i++) pthread_join(thread[i], NULL);
  return c.failed ? -1 : 0;
}
