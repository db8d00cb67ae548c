/* The search for what is wrong: group testing by halves (R. Dorfman, "The detection of defective members of large
 * populations", Ann. Math. Stat. 14, 1943; binary splitting: F. K. Hwang, JASA 67, 1972), with slopes for tests.
 *
 * A part of the entries is tested by moving these alone, along their components of the direction. What it differs by is
 * the sum of what its halves do: so where one half accounts for all of it, the other is not measured. A tensor is a
 * matrix here (rows: all dimensions but the last), and split along rows or columns: where both halves of one are wrong,
 * the other may tell, which finds a wrong column as it finds a wrong row. In a whole tensor, and where halves of both
 * are wrong, an entry taken at random may be: then, if two more of a few are too, the part counts as wrong throughout.
 * A single entry is judged as any other
 * (entry.c), so that the evidence is an analytic and a numeric value; what only seemed to differ ends there. */
#include "gradcheck/locate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gradcheck/directional.h"
#include "gradcheck/entry.h"

#define MOST_NODES 256   /* that wait: far more than a search in depth through 16 parts needs */
#define MOST_CALLS 3000  /* evaluations of one search: 16 scattered entries among a million take half of that */
#define DENSE_ENTRIES 16 /* a smaller part is split to its entries */
#define DENSE_WRONG 3    /* random entries that must be wrong for the part to be: the first, and of the others */
#define DENSE_TRIES 6    /* that say something, so many at most */
#define MOST_VACUOUS 10  /* and so many that do not */
#define SMALL_IN_BARS 4  /* a difference that its halves may not show */
#define CANDIDATES 8     /* of which the one with the largest gradient is taken: units that are dead have none */

/* A part that differs. */
typedef struct node {
  clino__region region;
  clino__slope s;
} node;

typedef struct search {
  clino__directions *ds;
  clino__problem *p;
  node waiting[MOST_NODES];
  size_t n;
  clino__rng rng;
  double h;                /* the step of tests */
  uint64_t started;
  size_t found;
  clino__region lost;
} search;

static bool more(const search *s) {
  return s->p->r->n_located < CLINO_GRADCHECK_LOCATED && s->p->r->evaluations - s->started < MOST_CALLS &&
         s->ds->n_excluded < CLINO__EXCLUDED && clino__budget(s->p, 2);
}

static void push(search *s, const node *part) {
  if (s->n < MOST_NODES) s->waiting[s->n++] = *part;
}

/* ---- testing ---- */

static bool kink_shows(const clino__slope *a) {
  return !a->finite || (clino__differs(a) && a->jump > a->jump_bar && a->jump > fabs(a->difference) / 2);
}

/* A part that was measured is measured with a shorter step where a kink shows in it. */
static clino_status settle(search *s, node *part) {
  if (!kink_shows(&part->s) || !clino__budget(s->p, 2)) return CLINO_OK;
  clino__slope shorter;
  clino_status status = clino__direction_measure(s->ds, &part->region, s->h / 8, &shorter);
  if (!status && shorter.finite) part->s = shorter;
  return status;
}

static clino_status test(search *s, node *part) {
  if (!clino__budget(s->p, 2)) return CLINO_OK;
  clino_status status = clino__direction_measure(s->ds, &part->region, s->h, &part->s);
  return status ? status : settle(s, part);
}

/* What is left of a part's difference once that of a half is taken off. */
static clino__slope rest_of(const clino__slope *whole, const clino__slope *half) {
  clino__slope rest = *whole;
  rest.difference = whole->difference - half->difference;
  rest.bar = hypot(whole->bar, half->bar);
  rest.finite = whole->finite && half->finite;
  return rest;
}

/* Whether a half leaves something for the other one. */
static bool leaves_some(const clino__slope *whole, const clino__slope *half) {
  const clino__slope rest = rest_of(whole, half);
  return !clino__differs(half) || clino__differs(&rest);
}

typedef struct halving {
  search *s;
  const node *whole;
} halving;

static bool needs_other(size_t i, const clino__slope *half, void *ctx) {
  const halving *now = ctx;
  return i == 0 && !kink_shows(half) && leaves_some(&now->whole->s, half) && clino__budget(now->s->p, 2);
}

/* Tests the halves; the second one only where the first does not account for all. A team measures both at once. */
static clino_status test_halves(search *s, const node *whole, node half[2], bool wrong[2]) {
  halving now = {s, whole};
  clino__trial both[2];
  size_t done = 0;
  clino_status status = CLINO_OK;
  for (int k = 0; k < 2; k++) {
    both[k] = (clino__trial){.ds = s->ds, .region = half[k].region, .h = s->h};
    half[k].s.finite = wrong[k] = false;
  }
  if (clino__budget(s->p, 2)) status = clino__direction_measure_some(both, 2, needs_other, &now, &done);
  if (!status && done) half[0].s = both[0].s, status = settle(s, &half[0]);
  wrong[0] = clino__differs(&half[0].s);
  if (status || !leaves_some(&whole->s, &half[0].s)) return status;
  if (done == 2) half[1].s = both[1].s;
  status = done == 2 ? settle(s, &half[1]) : test(s, &half[1]);
  wrong[1] = clino__differs(&half[1].s);
  return status;
}

/* ---- splitting ---- */

static bool is_box(const clino__region *r) { return r->view_end - r->view == 1; }

static void split_views(const search *s, const clino__region *r, clino__region half[2]) {
  size_t middle = r->view + (r->view_end - r->view) / 2;
  for (int k = 0; k < 2; k++) {
    size_t from = k ? middle : r->view, end = k ? r->view_end : middle;
    half[k] = end - from == 1 ? clino__region_view(s->p, from) : (clino__region){from, end, 0, 0, 0, 0};
  }
}

static void split_box(const clino__region *r, bool by_rows, clino__region half[2]) {
  half[0] = half[1] = *r;
  if (by_rows) half[0].row_end = half[1].row = r->row + (r->row_end - r->row) / 2;
  else half[0].column_end = half[1].column = r->column + (r->column_end - r->column) / 2;
}

static bool can_split(const clino__region *r, bool by_rows) {
  return is_box(r) && (by_rows ? r->row_end - r->row : r->column_end - r->column) > 1;
}

/* ---- what was found ---- */

static size_t element_of(const search *s, const clino__region *r, bool last) {
  size_t columns = clino__view_columns(&s->p->layout.views[r->view]);
  return last ? (r->row_end - 1) * columns + r->column_end - 1 : r->row * columns + r->column;
}

static clino_located_kind kind_of(const search *s, const clino__region *r) {
  const clino__view *v = &s->p->layout.views[r->view];
  size_t columns = clino__view_columns(v), rows = v->count / columns;
  bool all_rows = r->row == 0 && r->row_end == rows, all_columns = r->column == 0 && r->column_end == columns;
  if (all_rows && all_columns) return v->count == 1 ? CLINO_LOCATED_ENTRY : CLINO_LOCATED_TENSOR;
  bool one_row = r->row_end - r->row == 1, one_column = r->column_end - r->column == 1;
  if (one_row && one_column) return CLINO_LOCATED_ENTRY;
  if (one_row && all_columns) return CLINO_LOCATED_ROW;
  return one_column && all_rows ? CLINO_LOCATED_COLUMN : CLINO_LOCATED_BLOCK;
}

/* A whole tensor takes the place of what was found in it before. */
static void absorb(clino_gradcheck_result *r, const clino_gradcheck_located *whole) {
  size_t kept = 0;
  for (size_t i = 0; i < r->n_located; i++) {
    const clino_gradcheck_located *l = &r->located[i];
    bool inside = l->point == whole->point && l->term == whole->term && strcmp(l->tensor, whole->tensor) == 0;
    if (!inside) r->located[kept++] = *l;
  }
  r->n_located = kept;
}

/* Writes down a part and leaves it out from here on. first: of its entries that were checked and wrong. */
static void locate(search *s, const clino__region *r, const clino_gradcheck_entry *first, size_t checked,
                   size_t wrong) {
  const clino__view *v = &s->p->layout.views[r->view];
  clino_gradcheck_located l;
  clino_gradcheck_entry corner;
  memset(&l, 0, sizeof l);
  l.kind = kind_of(s, r);
  snprintf(l.tensor, sizeof l.tensor, "%s", v->name);
  l.first = element_of(s, r, false);
  l.last = element_of(s, r, true);
  clino__entry_init_view(s->p, r->view, l.first, &corner);
  l.n_dims = corner.n_dims;
  memcpy(l.first_index, corner.index, sizeof l.first_index);
  clino__entry_init_view(s->p, r->view, l.last, &corner);
  memcpy(l.last_index, corner.index, sizeof l.last_index);
  l.entries = clino__region_entries(s->p, r);
  l.checked = checked;
  l.wrong = wrong;
  l.analytic = first->analytic;
  l.numeric = first->numeric;
  l.point = first->point;
  l.term = first->term;
  if (l.kind == CLINO_LOCATED_TENSOR) absorb(s->p->r, &l);
  s->p->r->located[s->p->r->n_located++] = l;
  s->found++;
  clino__directions_exclude(s->ds, r);
}

/* Judges one entry as any other; what is wrong is counted in the result. */
static clino_status check_entry(search *s, size_t view, size_t element, clino_gradcheck_entry *e, bool *wrong) {
  clino_status status = clino__entry_check(s->p, s->p->layout.views[view].first + element, e);
  e->beside_kink |= s->ds->beside;
  *wrong = !status && (e->verdict == CLINO_VERDICT_SUSPECT || e->verdict == CLINO_VERDICT_FAIL);
  if (*wrong) clino__result_add(s->p->r, e);
  return status;
}

static clino_status check_leaf(search *s, const node *leaf) {
  clino_gradcheck_entry e;
  bool wrong;
  clino_status status = check_entry(s, leaf->region.view, element_of(s, &leaf->region, false), &e, &wrong);
  if (!status && wrong) locate(s, &leaf->region, &e, 1, 1);
  else s->lost = leaf->region;
  return status;
}

/* ---- parts that are wrong throughout ---- */

/* An entry of the part at random, of a few the one with the largest gradient; those taken before are passed over. */
static size_t random_entry(search *s, const clino__region *r, const size_t *taken, size_t n_taken) {
  const clino__view *v = &s->p->layout.views[r->view];
  size_t columns = clino__view_columns(v), best = SIZE_MAX;
  for (int i = 0; i < CANDIDATES; i++) {
    size_t row = r->row + clino__rng_below(&s->rng, r->row_end - r->row);
    size_t element = row * columns + r->column + clino__rng_below(&s->rng, r->column_end - r->column);
    bool again = s->ds->d[v->first + element] == 0;
    for (size_t k = 0; k < n_taken; k++) again |= taken[k] == element;
    if (again) continue;
    const double *g = s->p->gradient + v->first;
    if (best == SIZE_MAX || fabs(g[element]) > fabs(g[best])) best = element;
  }
  return best;
}

/* Whether an entry shows nothing: no slope beyond error, analytic or numeric. Units that are dead have such. */
static bool vacuous(const clino_gradcheck_entry *e) {
  return fabs(e->analytic) <= e->error && fabs(e->numeric) <= e->error;
}

/* What entries at random said. The first wrong one is judged as any other entry; that more are shows in their slopes,
 * for a fraction of the calls. */
typedef struct sample {
  clino_gradcheck_entry wrong[DENSE_WRONG]; /* so judged: n_judged of them */
  size_t n_judged, n_wrong, n_told;
  size_t taken[DENSE_TRIES + MOST_VACUOUS], n_taken;
} sample;

static clino__region entry_region(const search *s, size_t view, size_t element) {
  size_t columns = clino__view_columns(&s->p->layout.views[view]), row = element / columns, column = element % columns;
  return (clino__region){view, view + 1, row, row + 1, column, column + 1};
}

/* Whether an error such as that of an entry that was judged would show in the slope of one that was not. */
static bool shows(const search *s, const clino__region *r, const clino_gradcheck_entry *judged,
                  const clino__slope *slope) {
  const clino__view *v = &s->p->layout.views[r->view];
  double d = fabs(s->ds->d[v->first + judged->flat]);
  return slope->finite && d * fabs(judged->analytic - judged->numeric) > 4 * slope->bar;
}

/* One entry more: whether it is wrong, and whether it says anything. */
static clino_status look_at(search *s, const clino__region *r, size_t element, sample *t) {
  clino_status status = CLINO_OK;
  clino__says says = CLINO__SAYS_CROSSED;
  clino__slope slope = {.finite = false};
  clino__region alone = entry_region(s, r->view, element);
  if (t->n_wrong) status = clino__direction_judge(s->ds, &alone, &says, &slope);
  bool wrong = says == CLINO__SAYS_DIFFERS, told = wrong || says == CLINO__SAYS_AGREES;
  if (!status && !wrong && (!t->n_wrong || !shows(s, r, &t->wrong[0], &slope))) {
    clino_gradcheck_entry e;
    status = check_entry(s, r->view, element, &e, &wrong);
    told = wrong || !vacuous(&e);
    if (wrong) t->wrong[t->n_judged++] = e;
  }
  t->n_told += told;
  t->n_wrong += wrong;
  return status;
}

/* Goes on while the first is wrong, until enough are, or too few of so many. */
static clino_status take_sample(search *s, const clino__region *r, sample *t) {
  clino_status status = CLINO_OK;
  while (!status && more(s) && t->n_wrong < DENSE_WRONG && t->n_told < DENSE_TRIES &&
         t->n_taken < DENSE_TRIES + MOST_VACUOUS && (!t->n_told || t->n_wrong)) {
    size_t element = random_entry(s, r, t->taken, t->n_taken);
    if (element == SIZE_MAX) break;
    t->taken[t->n_taken++] = element;
    status = look_at(s, r, element, t);
  }
  return status;
}

/* Takes the part for wrong throughout if enough of its entries are; else what was found of them alone. */
static clino_status check_dense(search *s, const clino__region *r, bool *changed) {
  sample t = {.n_taken = 0};
  clino_status status = take_sample(s, r, &t);
  *changed = t.n_wrong > 0;
  if (status || !t.n_wrong) return status;
  if (t.n_wrong == DENSE_WRONG) {
    locate(s, r, &t.wrong[0], t.n_told, t.n_wrong);
    return CLINO_OK;
  }
  /* Those that only their slopes showed are left to the directions to come. */
  for (size_t i = 0; i < t.n_judged && s->p->r->n_located < CLINO_GRADCHECK_LOCATED; i++) {
    const clino__region single = entry_region(s, r->view, t.wrong[i].flat);
    locate(s, &single, &t.wrong[i], 1, 1);
  }
  return CLINO_OK;
}

/* ---- the search ---- */

static void push_wrong(search *s, const node half[2], const bool wrong[2]) {
  for (int k = 0; k < 2; k++)
    if (wrong[k]) push(s, &half[k]);
}

/* Both halves of a box are wrong: the other way of splitting, then an entry at random, may tell more. */
static clino_status look_closer(search *s, const node *part, bool by_rows, const node half[2], const bool wrong[2]) {
  clino_status status = CLINO_OK;
  if (can_split(&part->region, !by_rows)) {
    clino__region regions[2];
    bool other_wrong[2];
    split_box(&part->region, !by_rows, regions);
    node other[2] = {{.region = regions[0]}, {.region = regions[1]}};
    status = test_halves(s, part, other, other_wrong);
    if (status) return status;
    if (other_wrong[0] != other_wrong[1]) {
      push_wrong(s, other, other_wrong);
      return CLINO_OK;
    }
  }
  bool changed = false;
  status = clino__region_entries(s->p, &part->region) < DENSE_ENTRIES ? CLINO_OK
                                                                     : check_dense(s, &part->region, &changed);
  /* What was just found is part of what the halves differ by: the next direction starts without it. */
  if (!status && !changed) push_wrong(s, half, wrong);
  return status;
}

static bool is_whole(const search *s, const clino__region *r) {
  return is_box(r) && clino__region_entries(s->p, r) == s->p->layout.views[r->view].count;
}

static clino_status divide(search *s, const node *part) {
  const clino__region *r = &part->region;
  clino__region regions[2];
  bool by_rows = false, wrong[2], changed = false;
  clino_status status = is_whole(s, r) ? check_dense(s, r, &changed) : CLINO_OK;
  if (status || changed) return status;
  if (is_box(r)) {
    by_rows = !can_split(r, false) || (can_split(r, true) && r->row_end - r->row > r->column_end - r->column);
    if (!can_split(r, by_rows)) return check_leaf(s, part);
    split_box(r, by_rows, regions);
  } else {
    split_views(s, r, regions);
  }
  node half[2] = {{.region = regions[0]}, {.region = regions[1]}};
  status = test_halves(s, part, half, wrong);
  if (status) return status;
  if (is_box(r) && wrong[0] && wrong[1]) return look_closer(s, part, by_rows, half, wrong);
  if (!wrong[0] && !wrong[1]) s->lost = *r;
  push_wrong(s, half, wrong);
  return CLINO_OK;
}

clino_status clino__locate(clino__directions *ds, const clino__region *within, const clino__slope *slope, size_t *found,
                           clino__region *lost) {
  search s = {.ds = ds, .p = ds->p, .started = ds->p->r->evaluations};
  s.rng = clino__rng_new(clino__rng_derive(ds->p->o.seed, UINT64_C(0x6C6F63617465) + ds->drawn));
  node root = {*within, *slope};
  clino_status status = CLINO_OK;
  /* What is small beside noise would be lost among the parts. It was found by a step of four times the length as well
   * (direction_judge.c), where it stands out by four times as much. */
  s.h = clino__in_bars(slope) <= SMALL_IN_BARS ? 4 * ds->h : ds->h;
  s.lost = root.region;
  push(&s, &root);
  while (s.n && !status && more(&s)) {
    node part = s.waiting[--s.n];
    status = divide(&s, &part);
  }
  if (s.n) ds->p->r->search_ended_early = true;
  *found = s.found;
  *lost = s.lost;
  return status;
}
