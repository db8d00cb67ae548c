/* The tables and figures that the lab prints. Tables are Markdown: docs/lab.md holds them as they are. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/check.h"
#include "figure.h"
#include "lab/score.h"

static double share(size_t part, size_t whole) { return whole > 0 ? (double)part / (double)whole : NAN; }

static void print_share(size_t part, size_t whole) {
  if (whole > 0) printf(" %zu (%.0f%%) |", part, 100 * share(part, whole));
  else printf(" - |");
}

/* ---- faults ---- */

static void print_fault(const lab_plan *p, const lab_fault *f) {
  lab_count full = lab_score_fault(p, LAB_FULL, f, NAN), losses = lab_score_fault(p, LAB_LOSSES, f, NAN);
  if (full.runs + full.harmless == 0) return;
  printf("| `%s` | %s | %zu |", f->name, f->about, full.runs);
  print_share(full.found, full.runs);
  print_share(full.on_top, full.runs);
  print_share(losses.found, losses.runs);
  print_share(losses.on_top, losses.runs);
  printf("%s\n", f->by_construction ? " x |" : " |");
}

static void print_faults(const lab_plan *p) {
  printf("| fault | | runs | found | cause on top | losses only: found | cause on top | by construction |\n"
         "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |\n");
  for (size_t i = 0; i < lab_fault_count(); i++) print_fault(p, lab_fault_at(i));
}

static void print_strengths(const lab_plan *p) {
  printf("\n| fault | strength | runs | found | cause on top | harmless, not counted |\n"
         "| --- | ---: | ---: | ---: | ---: | ---: |\n");
  for (size_t i = 0; i < lab_fault_count(); i++) {
    const lab_fault *f = lab_fault_at(i);
    for (size_t s = 0; s < lab_fault_strengths(f); s++) {
      lab_count c = lab_score_fault(p, LAB_FULL, f, f->strength[s]);
      if (c.runs + c.harmless > 0)
        printf("| `%s` | %g | %zu | %zu | %zu | %zu |\n", f->name, f->strength[s], c.runs, c.found, c.on_top,
               c.harmless);
    }
  }
}

/* ---- healthy runs ---- */

static void print_families(const lab_plan *p) {
  printf("\n| healthy | | runs | warn or fail | fail | losses only: warn or fail | fail | not counted |\n"
         "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (size_t f = 0; f < lab_family_count(); f++) {
    size_t runs = 0, apart = 0, at[2][2] = {{0, 0}, {0, 0}};
    for (size_t i = 0; i < p->n; i++) {
      const lab_run *r = &p->run[i];
      if (r->fault || strcmp(r->recipe.family, lab_family_name(f)) != 0) continue;
      runs += r->counts;
      apart += !r->counts;
      for (lab_level level = 0; level < 2 && r->counts; level++) {
        at[level][0] += r->verdict[level].worst >= CLINO_FINDING_WARN;
        at[level][1] += r->verdict[level].worst >= CLINO_FINDING_FAIL;
      }
    }
    if (runs + apart > 0)
      printf("| `%s` | %s | %zu | %zu | %zu | %zu | %zu | %zu |\n", lab_family_name(f), lab_family_about(f), runs,
             at[0][0], at[0][1], at[1][0], at[1][1], apart);
  }
}

static void print_checks(const lab_plan *p) {
  printf("\n| check | healthy runs: warn | fail | losses only: warn | fail | faulty runs: warn or fail |\n"
         "| --- | ---: | ---: | ---: | ---: | ---: |\n");
  for (size_t k = 0; k < clino_check_count() && k < LAB_MOST_CHECKS; k++) {
    size_t at[2][2] = {{0, 0}, {0, 0}}, faulty = 0;
    for (size_t i = 0; i < p->n; i++) {
      const lab_run *r = &p->run[i];
      for (int level = 0; level < 2 && r->counts && !r->fault; level++) {
        at[level][0] += r->verdict[level].level[k] == CLINO_FINDING_WARN;
        at[level][1] += r->verdict[level].level[k] == CLINO_FINDING_FAIL;
      }
      faulty += r->fault && r->counts && r->verdict[LAB_FULL].level[k] >= CLINO_FINDING_WARN;
    }
    printf("| `%s` | %zu | %zu | %zu | %zu | %zu |\n", clino_check_at(k)->id, at[0][0], at[0][1], at[1][0], at[1][1],
           faulty);
  }
}

/* ---- published rules ---- */

/* How many runs that count, healthy or faulty, have one of the rules in the mask. */
static size_t fired(const lab_plan *p, unsigned mask, lab_level level, bool faulty, size_t *runs) {
  size_t n = *runs = 0;
  for (size_t i = 0; i < p->n; i++) {
    const lab_run *r = &p->run[i];
    if (!r->counts || (r->fault != NULL) != faulty) continue;
    ++*runs;
    n += (r->rules[level] & mask) != 0;
  }
  return n;
}

static void print_rule(const lab_plan *p, const char *tool, const char *name, const char *threshold, unsigned mask) {
  size_t faulty, healthy, found = fired(p, mask, LAB_FULL, true, &faulty);
  size_t alarms = fired(p, mask, LAB_FULL, false, &healthy);
  printf("| %s | %s | %s |", tool, name, threshold);
  print_share(found, faulty);
  print_share(alarms, healthy);
  printf("\n");
}

static void print_clino(const lab_plan *p, const char *name, clino_finding_level least) {
  size_t n[2] = {0, 0}, runs[2] = {0, 0};
  for (size_t i = 0; i < p->n; i++) {
    const lab_run *r = &p->run[i];
    runs[r->fault != NULL] += r->counts;
    n[r->fault != NULL] += r->counts && r->verdict[LAB_FULL].worst >= least;
  }
  printf("| Clino | %s | of any check |", name);
  print_share(n[1], runs[1]);
  print_share(n[0], runs[0]);
  printf("\n");
}

static void print_rules(const lab_plan *p) {
  printf("\n| tool | rule | threshold | fires on faulty runs | on healthy ones |\n| --- | --- | --- | ---: | ---: |\n");
  for (size_t i = 0, begin = 0; i < lab_rule_count(); i++) {
    const lab_rule *rule = lab_rule_at(i), *next = lab_rule_at(i + 1);
    print_rule(p, rule->tool, rule->name, rule->threshold, 1u << i);
    if (next && strcmp(next->tool, rule->tool) == 0) continue;
    print_rule(p, rule->tool, "any of them", "", (1u << (i + 1)) - (1u << begin));
    begin = i + 1;
  }
  print_clino(p, "warn or fail", CLINO_FINDING_WARN);
  print_clino(p, "fail", CLINO_FINDING_FAIL);
}

void lab_print_tables(const lab_plan *p) {
  print_faults(p);
  print_strengths(p);
  print_families(p);
  print_checks(p);
  print_rules(p);
  printf("\n");
}

/* ---- figures ---- */

static void print_figures(const lab_score *s, const char *suffix) {
  char name[64];
  const struct { const char *name; double value; bool at_most; double goal; } figures[] = {
      {"lab-found", share(s->faulty.found, s->faulty.runs), false, 0.95},
      {"lab-cause-on-top", share(s->faulty.on_top, s->faulty.runs), false, 0.85},
      {"lab-healthy-fail", share(s->fail, s->healthy), true, 0.02},
      {"lab-healthy-warn", share(s->warn, s->healthy), true, 0.08}};
  for (size_t i = 0; i < 4; i++) {
    snprintf(name, sizeof name, "%s%s", figures[i].name, suffix);
    bench_figure(name, figures[i].value, "fraction", figures[i].at_most, figures[i].goal);
  }
}

void lab_print_figures(const lab_plan *p) {
  lab_score full = lab_score_of(p, LAB_FULL), losses = lab_score_of(p, LAB_LOSSES);
  print_figures(&full, "");
  print_figures(&losses, "-losses-only");
}

/* ---- details ---- */

static void print_top(const lab_run *r, lab_level level) {
  const lab_verdict *v = &r->verdict[level];
  if (v->check[0]) printf("      top: %s, cause %s: %s\n", v->check, v->cause[0] ? v->cause : "none", v->message);
  else printf("      nothing at warn or fail\n");
}

static void print_flags(const lab_run *r, lab_level level) {
  for (size_t k = 0; k < clino_check_count() && k < LAB_MOST_CHECKS; k++) {
    clino_finding_level said = (clino_finding_level)r->verdict[level].level[k];
    if (said >= CLINO_FINDING_WARN) printf(" %s:%s", clino_finding_level_name(said), clino_check_at(k)->id);
  }
  printf("\n");
}

void lab_print_details(const lab_plan *p) {
  static const char *const levels[] = {"", " (losses only)"};
  for (size_t i = 0; i < p->n; i++) {
    const lab_run *r = &p->run[i];
    char text[256];
    for (lab_level level = 0; level < 2 && r->counts; level++) {
      bool found = r->fault && lab_run_found(r, level), named = r->fault && lab_run_named(r, level);
      bool flagged = r->verdict[level].worst >= CLINO_FINDING_WARN;
      if (r->fault ? found && named : !flagged) continue;
      if (level == LAB_LOSSES && r->fault) continue;
      lab_recipe_describe(&r->recipe, text, sizeof text);
      printf("%s%s %s: %s\n     ", !r->fault ? "FLAGGED" : !found ? "MISSED" : "MISNAMED", levels[level], r->name,
             text);
      print_flags(r, level);
      print_top(r, level);
    }
    if (!r->counts && !r->fault)
      printf("NOT HEALTHY %s: first %.3g train %.3g val %.3g drift %.3g\n", r->name, r->outcome.first_loss,
             r->outcome.train_loss, r->outcome.val_loss, r->drift);
  }
}
