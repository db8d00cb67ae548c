/* How often a planted bug is named right, and how often a name is given where none fits: seeded trials over the layers
 * of bench/support/planted.c and the net of examples/net. Right is: one explanation, of the planted pattern, tensor and
 * number. Trials in which the check accepts the gradient do not count: a random change may be none, and terms that are
 * too small for the check's tolerance are no bug to it. Prints the trials that went wrong with --misses. */
#include <string.h>

#include "figure.h"
#include "net/net.h"
#include "support/planted.h"

#define TRIALS 25

typedef struct score {
  size_t trials, named, misnamed, accepted;
} score;

static void show(planted_layer layer, planted_bug bug, uint64_t seed,
                 const clino_gradcheck_result *r) {
  char text[1000];
  clino_gradcheck_describe(r, text, sizeof text);
  printf("  miss: %s, %s, seed %llu\n", planted_layer_name(layer), planted_bug_name(bug), (unsigned long long)seed);
  for (size_t i = 0; i < r->n_explanations; i++) printf("    %s\n", r->explanation[i].text);
  if (!r->n_explanations) printf("    %s\n", text);
}

static void try_one(planted_layer layer, planted_bug bug, uint64_t seed, bool misses, score *s) {
  planted *p = planted_new(layer, bug, seed);
  if (!p) return;
  clino_model model = planted_model(p);
  clino_gradcheck_options o = planted_options(p);
  clino_gradcheck_result r;
  clino_error e;
  bench_require(gradcheck_model(&model, &o, &r, &e) == CLINO_OK, e.message);
  bool accepted = clino_gradcheck_accepted(&r), outside = bug == PLANTED_RIGHT || bug >= PLANTED_NAMEABLE;
  bool right = outside ? !r.n_explanations : r.n_explanations == 1 && planted_named(p, &r.explanation[0]);
  if (accepted && bug != PLANTED_RIGHT) {
    s->accepted++;
  } else {
    s->trials++;
    s->named += right;
    s->misnamed += r.n_explanations && !right;
    if (misses && !right) show(layer, bug, seed, &r);
  }
  planted_free(p);
}

static void add(score *sum, const score *s) {
  sum->trials += s->trials, sum->named += s->named, sum->misnamed += s->misnamed, sum->accepted += s->accepted;
}

/* ---- the whole net on digits, with the bugs of examples/net/bugs.c ---- */

/* Two of them are in the formula of one tensor and can be named; two are in what a layer hands down, and spoil all
 * below it in ways that have no name. */
static bool named_in_net(net_bug bug, const clino_gradcheck_result *r) {
  const clino_explanation *e = r->explanation;
  if (bug == NET_BUG_CONV_FLIP)
    return r->n_explanations == 1 && e->pattern == CLINO_PATTERN_REVERSED && !strcmp(e->tensor, "conv.K");
  if (bug == NET_BUG_BIAS_MEAN)
    return r->n_explanations == 1 && e->pattern == CLINO_PATTERN_SCALE && !strcmp(e->tensor, "output.b") &&
           !strcmp(e->constant, "1/8");
  return !r->n_explanations;
}

static void try_net(const digits *data, net_bug bug, uint64_t seed, score *s) {
  net_config c = net_small();
  c.batch = c.hidden = 8, c.channels = 2, c.seed = seed;
  net *n = net_new(c);
  bench_require(n != NULL, "out of memory for a net");
  digits batch = {c.batch, data->pixels + seed * c.batch * DIGITS_PIXELS, data->label + seed * c.batch};
  net_set_batch(n, &batch);
  n->bug = bug;
  clino_model model = net_model(n);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.context = net_context();
  clino_gradcheck_result r;
  clino_error e;
  bench_require(gradcheck_model(&model, &o, &r, &e) == CLINO_OK, e.message);
  s->trials++;
  s->named += named_in_net(bug, &r);
  s->misnamed += r.n_explanations && !named_in_net(bug, &r);
  net_free(n);
}

static void try_nets(score *inside, score *outside, score *right) {
  digits data;
  bench_require(digits_read("examples/data/digits.csv", &data) == 0, "examples/data/digits.csv could not be read");
  for (int bug = 0; bug < NET_BUG_COUNT; bug++) {
    score s = {0};
    bool nameable = bug == NET_BUG_CONV_FLIP || bug == NET_BUG_BIAS_MEAN;
    for (uint64_t seed = 1; seed <= TRIALS; seed++) try_net(&data, (net_bug)bug, seed, &s);
    printf("  net: %-21s %4zu of %4zu %s, %zu misnamed\n", net_bug_name((net_bug)bug), s.named, s.trials,
           nameable ? "named" : "not named", s.misnamed);
    add(bug == NET_BUG_NONE ? right : nameable ? inside : outside, &s);
  }
  digits_free(&data);
}

int main(int argc, char **argv) {
  bool misses = argc > 1 && !strcmp(argv[1], "--misses");
  score inside = {0}, outside = {0}, right = {0};
  size_t patterns = 0;
  printf("explain: planted bugs named right, of trials in which the check did not accept the gradient\n");
  for (int bug = 0; bug < PLANTED_BUGS; bug++) {
    score s = {0};
    for (int layer = 0; layer < PLANTED_LAYERS; layer++)
      for (uint64_t seed = 1; seed <= TRIALS; seed++)
        try_one((planted_layer)layer, (planted_bug)bug, seed, misses, &s);
    printf("  %-26s %4zu of %4zu %s, %zu misnamed\n", planted_bug_name((planted_bug)bug), s.named, s.trials,
           bug == PLANTED_RIGHT || bug >= PLANTED_NAMEABLE ? "not named" : "named", s.misnamed);
    patterns += bug > PLANTED_RIGHT && bug < PLANTED_NAMEABLE && s.trials > 0;
    add(bug == PLANTED_RIGHT ? &right : bug < PLANTED_NAMEABLE ? &inside : &outside, &s);
  }
  try_nets(&inside, &outside, &right);
  printf("  %zu bugs to be named, %d layers; %zu trials accepted and left out\n", patterns, (int)PLANTED_LAYERS,
         inside.accepted + outside.accepted);
  bench_figure("explanation-named", (double)inside.named / (double)inside.trials, "fraction", false, 0.95);
  bench_figure("explanation-named-on-right", (double)right.misnamed, "checks", true, 0);
  bench_figure("explanation-misnamed", (double)outside.misnamed / (double)outside.trials, "fraction", true, 0.02);
  return EXIT_SUCCESS;
}
