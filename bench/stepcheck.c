/* Which planted mistakes the step check names right, over every update rule where they make sense, in both types and
 * several seeds; and whether every right rule passes. A kind of mistake counts as named if it is so in every single
 * case, and none counts where a right rule was rejected. */
#include "clino.h"
#include "figure.h"
#include "planted.h"

#define SEEDS 6
#define KINDS 64

typedef struct kind {
  const char *id;
  size_t cases, named;
} kind;

static handmade hand;

static clino_stepcheck_result check(handmade_bug bug, const clino_optimizer_options *o, clino_dtype dtype,
                                    uint64_t seed) {
  clino_stepcheck_result r;
  clino_error e;
  bench_require(planted_check(&hand, bug, (handmade_style)(seed % STYLE_COUNT), o, dtype, seed, &r, &e) == CLINO_OK,
                e.message);
  return r;
}

static void show(const clino_stepcheck_result *r) {
  char text[1000];
  clino_stepcheck_describe(r, text, sizeof text);
  printf("    %s\n", text);
}

static kind *kind_of(kind *kinds, const char *id) {
  while (kinds->id && strcmp(kinds->id, id) != 0) kinds++;
  kinds->id = id;
  return kinds;
}

static void plant(const planted *p, const char *rule, kind *k) {
  clino_optimizer_options o = planted_formula(p, rule);
  for (uint64_t seed = 1; seed <= SEEDS; seed++)
    for (int f32 = 0; f32 < 2; f32++) {
      clino_stepcheck_result r = check(p->bug, &o, f32 ? CLINO_F32 : CLINO_F64, seed);
      bool named = r.n_matches && !strcmp(r.matches[0].deviation->id, p->id);
      k->cases++;
      k->named += named;
      if (!named) show(&r);
    }
}

/* Right rules under all the hyperparameters that mistakes are planted in. */
static size_t rejected(size_t *cases) {
  size_t count = 0;
  for (size_t r = 0; r < clino_optimizer_count(); r++)
    for (size_t k = 0; k < PLANTED_COUNT; k++)
      for (uint64_t seed = 1; seed <= SEEDS; seed++)
        for (int f32 = 0; f32 < 2; f32++) {
          clino_optimizer_options o = planted_formula(&planted_list[k], clino_optimizer_at(r)->name);
          clino_stepcheck_result result = check(BUG_NONE, &o, f32 ? CLINO_F32 : CLINO_F64, seed + 1000);
          ++*cases;
          if (result.verdict != CLINO_STEP_PASS) count++, show(&result);
        }
  return count;
}

int main(void) {
  kind kinds[KINDS] = {{NULL, 0, 0}};
  size_t right = 0, all = 0, named = 0, cases = 0;
  for (size_t k = 0; k < PLANTED_COUNT; k++)
    for (size_t r = 0; r < clino_optimizer_count(); r++)
      if (planted_applies(&planted_list[k], clino_optimizer_at(r)->name))
        plant(&planted_list[k], clino_optimizer_at(r)->name, kind_of(kinds, planted_list[k].id));
  size_t wrong = rejected(&right);
  for (size_t k = 0; k < KINDS && kinds[k].id; k++) {
    printf("  %-26s named in %zu of %zu cases\n", kinds[k].id, kinds[k].named, kinds[k].cases);
    cases += kinds[k].cases;
    named += kinds[k].named;
    all += kinds[k].named == kinds[k].cases;
  }
  printf("  %zu of %zu planted mistakes named; %zu of %zu right rules rejected\n", named, cases, wrong, right);
  bench_figure("stepcheck-named", wrong ? 0 : (double)all, "kinds of mistakes", false, 14);
  return 0;
}
