#include "gallery/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gallery/judge.h"
#include "gallery/tape_nodes.h"

const double gallery_loss_scales[GALLERY_SCALES] = {1e-12, 1, 1e8};

#define RESOLUTION 1e-2 /* the default of clino_gradcheck_options */
enum { COUNTS_FROM = 64, ONLY_RIGHT = -2 };

/* ---- what is said of a case ---- */

static void name_case(const gallery_case *c, const char *fault, FILE *text) {
  const gallery_site *s = c->site;
  fprintf(text, "%s, point %zu, %s, loss x %g, %s", s->objective->name, s->point, gallery_condition_name(s->condition),
          c->scale, fault);
}

static void tell_entry(const gallery_case *c, const char *what, size_t i, double analytic, FILE *text) {
  const gallery_best *b = c->best + i;
  fprintf(text, "  %s entry %zu (x %.9g): analytic %.9g, right %.9g, exact %.9g, ", what, i, c->site->x[i], analytic,
          c->right[i], b->exact);
  fprintf(text, "best difference off by %.2g (two by %.2g)\n", b->error, b->steady);
}

static void tell_result(const clino_gradcheck_result *r, FILE *text) {
  const clino_gradcheck_entry *w = &r->worst;
  fprintf(text, "  verdict %s (%s), %zu of %zu entries inconclusive; noise %.2g\n", clino_verdict_name(r->verdict),
          clino_reason_text(r->reason), r->counts[CLINO_VERDICT_INCONCLUSIVE], r->checked, r->noise);
  fprintf(text, "  worst entry %zu: analytic %.9g, numeric %.9g +- %.2g + %.2g, sides %.9g %.9g, step %.2g\n", w->flat,
          w->analytic, w->numeric, w->truncation_error, w->rounding_error, w->left, w->right, w->step);
}

static void tell_case(const gallery_case *c, const char *kind, const char *fault, FILE *text) {
  fprintf(text, "%s: ", kind);
  name_case(c, fault, text);
  fputc('\n', text);
  if (c->site->kink_entry < c->site->n)
    fprintf(text, "  kink at %.3g along entry %zu\n", c->site->kink_distance, c->site->kink_entry);
}

static void tell_report(const clino_gradcheck_result *r, FILE *text) {
  char report[8192];
  clino_gradcheck_report(r, report, sizeof report);
  fprintf(text, "%s\n", report);
}

/* ---- counting ---- */

static void count(gallery_answers *a, const clino_gradcheck_result *r) {
  a->cases++;
  a->accepted += clino_gradcheck_accepted(r);
  a->inconclusive += r->verdict == CLINO_VERDICT_INCONCLUSIVE;
  a->rejected += r->verdict >= CLINO_VERDICT_SUSPECT;
}

typedef struct scoring {
  const gallery_plan *plan;
  gallery_case c;
  gallery_score *score;
  gallery_row *row;
  FILE *text;
  gallery_best *best;
  double *right, *wrong;
  double *state[GALLERY_RIVALS][2];
} scoring;

static void ask_rivals(const scoring *k, const double *gradient, gallery_answers *a) {
  const gallery_rival *rivals = k->plan->rivals;
  for (size_t i = 0; rivals && i < GALLERY_RIVALS; i++)
    if (rivals[i].accepts) a->rivals_accepted[i] += rivals[i].accepts(&k->c, k->state[i], gradient);
}

static size_t least_resolved(const gallery_case *c) {
  size_t worst = 0;
  for (size_t i = 1; i < c->site->n; i++)
    if (c->best[i].error > c->best[worst].error) worst = i;
  return worst;
}

static void score_right(scoring *k) {
  const gallery_site *s = k->c.site;
  clino_gradcheck_result r;
  gallery_judge(&k->c, gallery_faults(), NULL, &r);
  bool decidable = gallery_right_decidable(s, k->best, RESOLUTION);
  gallery_answers *a = decidable ? &k->row->right : &k->row->right_undecidable;
  count(a, &r);
  ask_rivals(k, k->right, a);
  gallery_cost cost = {r.evaluations, r.entries};
  gallery_cost *into[] = {&k->row->cost, s->objective->traits & TRAIT_CLEAN ? &k->score->clean : NULL};
  for (size_t i = 0; i < 2 && s->n >= COUNTS_FROM; i++) {
    if (!into[i]) continue;
    into[i]->evaluations += cost.evaluations;
    into[i]->entries += cost.entries;
  }
  bool rejected = r.verdict >= CLINO_VERDICT_SUSPECT, missed = decidable && !clino_gradcheck_accepted(&r);
  if (!k->text || !((k->plan->rejected && rejected) || (k->plan->misses && missed) || k->plan->reports)) return;
  tell_case(&k->c, rejected ? "REJECTED" : missed ? "miss" : "right", "right gradient", k->text);
  if (!decidable) fprintf(k->text, "  not decidable\n");
  size_t at = r.worst.flat < s->n ? r.worst.flat : 0;
  tell_entry(&k->c, "worst", at, k->right[at], k->text);
  if (!decidable) at = least_resolved(&k->c), tell_entry(&k->c, "least resolved", at, k->right[at], k->text);
  tell_result(&r, k->text);
  if (k->plan->reports) tell_report(&r, k->text);
}

static bool same_bits(size_t n, const double *a, const double *b) { return memcmp(a, b, n * sizeof *a) == 0; }

static void judge_wrong(scoring *k, size_t fault, const gallery_strike *strike, size_t entry) {
  clino_gradcheck_result r;
  gallery_judge(&k->c, fault, strike, &r);
  count(&k->row->wrong, &r);
  count(&k->score->fault[fault], &r);
  ask_rivals(k, k->wrong, &k->row->wrong);
  bool missed = r.verdict < CLINO_VERDICT_SUSPECT;
  bool steady = gallery_wrong_decidable(k->c.site, k->best, k->right, k->wrong, true) < k->c.site->n;
  k->score->missed_unsteady += missed && !steady;
  if (!k->text || !((k->plan->misses && missed) || k->plan->reports)) return;
  tell_case(&k->c, missed ? "miss" : "caught", gallery_fault_at(fault)->name, k->text);
  tell_entry(&k->c, "clearest", entry, k->wrong[entry], k->text);
  if (!steady) fprintf(k->text, "  decided by one step of the ladder alone\n");
  tell_result(&r, k->text);
  if (k->plan->reports) tell_report(&r, k->text);
}

static void score_wrong(scoring *k, size_t fault) {
  gallery_site *s = k->c.site;
  if (!gallery_fault_possible(s, fault)) return;
  gallery_strike *strike = gallery_strike_new(s, fault);
  gallery_wrong_gradient(s, strike, fault, s->x, k->wrong);
  bool subgradient = gallery_is_subgradient(s, k->wrong);
  for (size_t i = 0; i < s->n; i++) k->wrong[i] = gallery_scaled(s, k->wrong[i], k->c.scale);
  size_t entry = gallery_wrong_decidable(s, k->best, k->right, k->wrong, false);
  if (same_bits(s->n, k->right, k->wrong)) {
    k->score->fault_unchanged++;
  } else if (subgradient) {
    k->score->fault_subgradient++;
  } else if (entry == s->n) {
    k->row->wrong_undecidable.cases++;
    k->score->fault_undecidable[fault]++;
  } else {
    judge_wrong(k, fault, strike, entry);
  }
  gallery_strike_free(strike);
}

static void score_scale(scoring *k, int scale) {
  gallery_site *s = k->c.site;
  k->c = (gallery_case){s, gallery_loss_scales[scale], k->best, k->right};
  k->row = &k->score->row[s->condition][scale];
  gallery_ladder(s, k->c.scale, k->best);
  gallery_gradient(s, s->x, TAPE_RIGHT, k->right);
  for (size_t i = 0; i < s->n; i++) k->right[i] = gallery_scaled(s, k->right[i], k->c.scale);
  const gallery_rival *rivals = k->plan->rivals;
  for (size_t i = 0; rivals && i < GALLERY_RIVALS; i++)
    if (rivals[i].accepts && rivals[i].prepare) rivals[i].prepare(&k->c, k->state[i]);
  if (k->plan->fault < 0) score_right(k);
  for (size_t f = 0; f < gallery_faults() && k->plan->fault != ONLY_RIGHT; f++)
    if (k->plan->fault < 0 || (size_t)k->plan->fault == f) score_wrong(k, f);
}

static void score_all_scales(const gallery_plan *p, gallery_site *s, gallery_score *score, FILE *text) {
  scoring k = {.plan = p, .c = {.site = s}, .score = score, .text = text};
  double *numbers = tape_memory(NULL, s->n * (2 + 2 * GALLERY_RIVALS), sizeof *numbers);
  k.best = tape_memory(NULL, s->n, sizeof *k.best);
  k.right = numbers;
  k.wrong = numbers + s->n;
  for (size_t i = 0; i < 2 * GALLERY_RIVALS; i++) k.state[i / 2][i % 2] = numbers + (2 + i) * s->n;
  for (int scale = 0; scale < GALLERY_SCALES; scale++)
    if (p->scale < 0 || p->scale == scale) score_scale(&k, scale);
  free(numbers);
  free(k.best);
}

/* ---- the plan ---- */

size_t gallery_sites(const gallery_plan *p) { return gallery_count() * p->points * GALLERY_CONDITIONS; }

void gallery_score_site(const gallery_plan *p, size_t i, gallery_score *score, FILE *text) {
  gallery_condition condition = (gallery_condition)(i % GALLERY_CONDITIONS);
  size_t point = i / GALLERY_CONDITIONS % p->points;
  const gallery_objective *o = gallery_at(i / GALLERY_CONDITIONS / p->points);
  if (!gallery_condition_fits(condition, o) || (point && o->traits & TRAIT_FEW_POINTS)) return;
  if (p->objective && strcmp(p->objective, o->name) != 0) return;
  if ((p->condition >= 0 && (int)condition != p->condition) || (p->point >= 0 && (int)point != p->point)) return;
  gallery_site *s = gallery_site_new(o, point, condition, p->seed);
  if (s) {
    score_all_scales(p, s, score, text);
  } else {
    for (int scale = 0; scale < GALLERY_SCALES; scale++) score->row[condition][scale].not_placed++;
    if (text && (p->misses || p->reports))
      fprintf(text, "not placed: %s, point %zu, %s\n", o->name, point, gallery_condition_name(condition));
  }
  gallery_site_free(s);
}

/* A score is counts and nothing else. */
void gallery_add(gallery_score *sum, const gallery_score *part) {
  _Static_assert(sizeof *sum % sizeof(uint64_t) == 0, "a score is counts");
  uint64_t *to = (uint64_t *)(void *)sum;
  const uint64_t *from = (const uint64_t *)(const void *)part;
  for (size_t i = 0; i < sizeof *sum / sizeof *to; i++) to[i] += from[i];
}

static void add_answers(gallery_answers *to, const gallery_answers *from) {
  to->cases += from->cases;
  to->accepted += from->accepted;
  to->inconclusive += from->inconclusive;
  to->rejected += from->rejected;
  for (size_t i = 0; i < GALLERY_RIVALS; i++) to->rivals_accepted[i] += from->rivals_accepted[i];
}

gallery_totals gallery_total(const gallery_score *s) {
  gallery_totals t = {.clean = s->clean};
  for (size_t i = 0; i < GALLERY_CONDITIONS * GALLERY_SCALES; i++) {
    const gallery_row *r = &s->row[i / GALLERY_SCALES][i % GALLERY_SCALES];
    add_answers(&t.right, &r->right);
    add_answers(&t.right_undecidable, &r->right_undecidable);
    add_answers(&t.wrong, &r->wrong);
    t.cost.evaluations += r->cost.evaluations;
    t.cost.entries += r->cost.entries;
    t.not_placed += r->not_placed;
  }
  return t;
}
