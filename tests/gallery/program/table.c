#include "gallery/program/table.h"

#include "figure.h"

static void percent(uint64_t part, uint64_t whole) {
  if (whole) printf(" %5.1f", 100 * (double)part / (double)whole);
  else printf("     -");
}

static void print_rivals(const gallery_plan *p, const gallery_answers *right, const gallery_answers *wrong) {
  for (size_t i = 0; p->rivals && i < GALLERY_RIVALS; i++) {
    printf(" |");
    if (!p->rivals[i].accepts) {
      printf("     -     -");
      continue;
    }
    percent(right->rivals_accepted[i], right->cases);
    percent(wrong->cases - wrong->rivals_accepted[i], wrong->cases);
  }
  printf("\n");
}

/* Right: decidable ones, how many of them were accepted, how many of all were rejected; undecidable ones, accepted. */
static void print_row(const gallery_plan *p, const char *name, const char *scale, const gallery_row *r) {
  printf("%-22s %6s | %5llu %5llu %4llu %4llu  %4llu %4llu | %6llu %6llu %5llu %6llu | ", name, scale,
         (unsigned long long)r->right.cases, (unsigned long long)r->right.accepted,
         (unsigned long long)(r->right.rejected + r->right_undecidable.rejected),
         (unsigned long long)r->right.inconclusive, (unsigned long long)r->right_undecidable.cases,
         (unsigned long long)r->right_undecidable.accepted, (unsigned long long)r->wrong.cases,
         (unsigned long long)r->wrong.rejected, (unsigned long long)(r->wrong.cases - r->wrong.rejected),
         (unsigned long long)r->wrong_undecidable.cases);
  if (r->cost.entries) printf("%5.2f", (double)r->cost.evaluations / (double)r->cost.entries);
  else printf("    -");
  print_rivals(p, &r->right, &r->wrong);
}

static void print_head(const gallery_plan *p) {
  printf("%-22s %6s | %-31s | %-26s | %5s", "", "", "right gradients", "wrong gradients", "evals");
  for (size_t i = 0; p->rivals && i < GALLERY_RIVALS; i++) printf(" | %-11s", p->rivals[i].name);
  printf("\n%-22s %6s | %5s %5s %4s %4s  %4s %4s | %6s %6s %5s %6s | %5s", "condition", "loss x", "deci.", "acc.",
         "rej.", "inc.", "und.", "acc.", "deci.", "caught", "not", "und.", "/entry");
  for (size_t i = 0; p->rivals && i < GALLERY_RIVALS; i++) printf(" | %5s %5s", "acc.%", "cau.%");
  printf("\n");
}

static void add_row(gallery_row *sum, const gallery_row *row) {
  gallery_score to = {0}, from = {0};
  to.row[0][0] = *sum;
  from.row[0][0] = *row;
  gallery_add(&to, &from);
  *sum = to.row[0][0];
}

static void print_conditions(const gallery_plan *p, const gallery_score *s) {
  static const char *const scales[GALLERY_SCALES] = {"1e-12", "1", "1e8"};
  gallery_row sum = {0};
  print_head(p);
  for (size_t c = 0; c < GALLERY_CONDITIONS; c++) {
    for (size_t i = 0; i < GALLERY_SCALES; i++) {
      const gallery_row *r = &s->row[c][i];
      add_row(&sum, r);
      if (!r->right.cases && !r->right_undecidable.cases && !r->wrong.cases) continue;
      print_row(p, gallery_condition_name((gallery_condition)c), scales[i], r);
    }
  }
  print_row(p, "all", "", &sum);
  for (size_t c = 0; c < GALLERY_CONDITIONS; c++)
    if (s->row[c][0].not_placed)
      printf("not placed: %s, %llu points\n", gallery_condition_name((gallery_condition)c),
             (unsigned long long)s->row[c][0].not_placed);
  for (size_t i = 0; p->rivals && i < GALLERY_RIVALS; i++)
    if (!p->rivals[i].accepts) printf("%s: not installed, skipped\n", p->rivals[i].name);
}

static void print_faults(const gallery_score *s) {
  printf("\n%-15s %6s %6s %6s %6s %6s\n", "fault", "deci.", "caught", "inc.", "acc.", "und.");
  for (size_t f = 0; f < gallery_faults(); f++) {
    const gallery_answers *a = &s->fault[f];
    printf("%-15s %6llu %6llu %6llu %6llu %6llu  %s\n", gallery_fault_at(f)->name, (unsigned long long)a->cases,
           (unsigned long long)a->rejected, (unsigned long long)a->inconclusive, (unsigned long long)a->accepted,
           (unsigned long long)s->fault_undecidable[f], gallery_fault_at(f)->what);
  }
  printf("not counted, because nothing changes: %llu; because it is another valid subgradient: %llu\n",
         (unsigned long long)s->fault_unchanged, (unsigned long long)s->fault_subgradient);
  printf("wrong, decidable and not caught, but only one step of the ladder decides: %llu\n",
         (unsigned long long)s->missed_unsteady);
}

/* Left out where an option left nothing to measure. */
static void figure(const char *name, uint64_t part, uint64_t whole, const char *unit, bool at_most, double goal) {
  if (whole) bench_figure(name, (double)part / (double)whole, unit, at_most, goal);
}

void gallery_print(const gallery_plan *p, const gallery_score *s) {
  print_conditions(p, s);
  print_faults(s);
  gallery_totals t = gallery_total(s);
  printf("\n");
  figure("gallery-right-accepted", t.right.accepted, t.right.cases, "share", false, 0.99);
  uint64_t rejected = t.right.rejected + t.right_undecidable.rejected;
  figure("gallery-right-rejected", rejected, 1, "cases", true, 0);
  figure("gallery-wrong-caught", t.wrong.rejected, t.wrong.cases, "share", false, 0.995);
  figure("gallery-evaluations-clean", t.clean.evaluations, t.clean.entries, "evaluations", true, 2.2);
  figure("gallery-evaluations-right", t.cost.evaluations, t.cost.entries, "evaluations", true, 12);
}
