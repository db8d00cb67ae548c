/* What a check along directions costs and misses on nets of a million parameters, smooth (tanh) and with kinks (relu).
 *
 *   directional [TRIALS]    seeded trials on the million for what is missed and for false alarms; 12
 *   directional --report    what a check says where two of the million entries are wrong
 *   directional --single    verdicts on the reference net, all in single precision, soon after the start
 *
 * Calls for values and gradients are counted together, preconditions included; "wrong" is off by 10% of the tensor's
 * RMS gradient. A thousand trials on a million parameters take a quarter of an hour; those up to 1,000 that TRIALS
 * leaves are made on nets of 11,000 parameters. */
#include <string.h>

#include "clino.h"
#include "figure.h"
#include "support/mlp.h"
#include "support/refnet.h"

#define ALL_TRIALS 1000

typedef enum fault { RIGHT, ONE, TEN, TENSOR } fault;

typedef struct outcome {
  size_t trials, missed, alarms, not_located;
  double most_to_verdict, most;
} outcome;

static void plant(mlp *net, fault what, uint64_t seed) {
  if (what == ONE) mlp_plant(net, seed, 1, seed % 2 ? 0.1 : -0.1);
  if (what == TEN) mlp_plant(net, seed, 10, seed % 2 ? 0.1 : -0.1);
  if (what != TENSOR) return;
  net->scaled_tensor = seed % MLP_TENSORS;
  net->scaled_by = seed / MLP_TENSORS % 2 ? 0 : 1.1;
}

static bool all_located(const mlp *net, const clino_gradcheck_result *r, fault what) {
  if (what == TENSOR)
    return r->n_located == 1 && r->located[0].kind == CLINO_LOCATED_TENSOR &&
           strcmp(r->located[0].tensor, net->tensors[net->scaled_tensor].name) == 0;
  size_t found = 0;
  for (size_t k = 0; k < net->n_wrong; k++)
    for (size_t i = 0; i < r->n_located; i++)
      found += r->located[i].kind == CLINO_LOCATED_ENTRY && r->located[i].first == net->wrong_entry[k] &&
               strcmp(r->located[i].tensor, net->tensors[net->wrong_tensor[k]].name) == 0;
  return found == net->n_wrong && r->n_located == net->n_wrong;
}

static void run(mlp_config config, fault what, uint64_t first, size_t trials, outcome *o) {
  if (!trials) return;
  mlp *net = mlp_new(config, 1);
  bench_require(net != NULL, "out of memory for a net");
  clino_model model = mlp_model(net);
  for (size_t i = 0; i < trials; i++) {
    mlp_seed(net, 1 + first + i);
    plant(net, what, first + i);
    clino_gradcheck_options options = clino_gradcheck_options_default();
    options.mode = CLINO_MODE_DIRECTIONAL;
    options.seed = 77 + first + i;
    clino_gradcheck_result r;
    clino_error e;
    bench_require(gradcheck_model(&model, &options, &r, &e) == CLINO_OK, e.message);
    double calls = (double)(r.evaluations + r.gradients);
    o->trials++;
    o->alarms += what == RIGHT && !clino_gradcheck_accepted(&r);
    o->missed += what != RIGHT && r.verdict != CLINO_VERDICT_FAIL;
    o->not_located += what != RIGHT && !all_located(net, &r, what);
    o->most = calls > o->most ? calls : o->most;
    if (what != RIGHT) calls = (double)r.directional.calls;
    o->most_to_verdict = calls > o->most_to_verdict ? calls : o->most_to_verdict;
  }
  mlp_free(net);
}

static void say(const char *net, const char *what, const outcome *o) {
  printf("  %-22s %-11s %5zu trials  at most %3.0f calls to the verdict, %4.0f in all  "
         "%zu missed, %zu not located, %zu false alarms\n",
         net, what, o->trials, o->most_to_verdict, o->most, o->missed, o->not_located, o->alarms);
}

/* So many trials on the million, and the rest of a thousand on the small net. */
static outcome trials_of(bool relu, fault what, size_t on_million, size_t all) {
  outcome o = {0, 0, 0, 0, 0, 0}, small = o;
  mlp_config million = mlp_million(), less = mlp_small();
  million.relu = less.relu = relu;
  run(million, what, 0, on_million, &o);
  run(less, what, on_million, all - on_million, &small);
  const char *word = what == RIGHT ? "right" : what == ONE ? "one entry" : what == TEN ? "ten entries" : "a tensor";
  say(relu ? "relu, 1,000,000" : "tanh, 1,000,000", word, &o);
  if (small.trials) say(relu ? "relu, 11,000" : "tanh, 11,000", word, &small);
  o.trials += small.trials;
  o.missed += small.missed;
  o.alarms += small.alarms;
  return o;
}

static double larger(double a, double b) { return a > b ? a : b; }

/* The most calls over both nets; a part that is not located counts as not found at all. */
static double cost_of(fault what, size_t trials) {
  outcome smooth = trials_of(false, what, trials, trials), relu = trials_of(true, what, trials, trials);
  bench_require(smooth.not_located + relu.not_located == 0, "a wrong part was not located");
  return larger(smooth.most, relu.most);
}

static int report(void) {
  static char text[8192];
  clino_gradcheck_options options = clino_gradcheck_options_default();
  clino_gradcheck_result r;
  clino_error e;
  mlp *net = mlp_new(mlp_million(), 1);
  bench_require(net != NULL, "out of memory for a net");
  mlp_plant(net, 1, 2, 0.1);
  clino_model model = mlp_model(net);
  options.mode = CLINO_MODE_DIRECTIONAL;
  bench_require(gradcheck_model(&model, &options, &r, &e) == CLINO_OK, e.message);
  clino_gradcheck_report(&r, text, sizeof text);
  fputs(text, stdout);
  mlp_free(net);
  return EXIT_SUCCESS;
}

/* ---- single precision ---- */

#define SINGLE_TRIALS 60
#define STEPS 7          /* of training before a check, at most, and less than this */

typedef struct single {
  refnet *net;
  size_t wrong;          /* the tensor that is, REFNET_TENSORS: none */
  float factor;          /* of its gradient */
} single;

static int single_loss(double *loss, void *ctx) { return refnet_loss(loss, ((single *)ctx)->net); }

static int single_backward(void *ctx) {
  single *s = ctx;
  int status = refnet_backward(s->net);
  if (s->wrong == REFNET_TENSORS) return status;
  const clino_tensor *t = &s->net->tensors[s->wrong];
  float *grad = t->grad;
  size_t n = 1;
  for (size_t i = 0; i < t->n_dims; i++) n *= t->shape[i];
  for (size_t i = 0; i < n; i++) grad[i] *= s->factor;
  return status;
}

static clino_verdict single_trial(const refnet_data *data, uint64_t trial, bool right) {
  static const float factors[] = {1.1F, 0, -1};
  refnet *net = refnet_new(data, trial);
  bench_require(net != NULL, "out of memory for a net");
  double loss;
  refnet_next(net);
  for (uint64_t i = 0; i < trial % STEPS; i++) {
    bench_require(!refnet_loss(&loss, net) && !refnet_backward(net), "training failed");
    refnet_step(net, 0.1F);
    refnet_next(net);
  }
  single s = {net, right ? REFNET_TENSORS : trial % REFNET_TENSORS, factors[trial / REFNET_TENSORS % 3]};
  clino_model model = refnet_model(net);
  model.loss = single_loss;
  model.backward = single_backward;
  model.ctx = &s;
  clino_gradcheck_options options = clino_gradcheck_options_default();
  options.mode = CLINO_MODE_DIRECTIONAL;
  options.seed = trial;
  clino_gradcheck_result r;
  clino_error e;
  bench_require(gradcheck_model(&model, &options, &r, &e) == CLINO_OK, e.message);
  refnet_free(net);
  return r.verdict;
}

static int in_single_precision(void) {
  refnet_data data;
  bench_require(refnet_data_read("examples/data/digits.csv", &data) == 0, "the digits could not be read");
  for (int right = 1; right >= 0; right--) {
    size_t count[CLINO_VERDICT_COUNT] = {0};
    for (uint64_t trial = 1; trial <= SINGLE_TRIALS; trial++) count[single_trial(&data, trial, right)]++;
    printf("%s gradients:", right ? "right" : "wrong");
    for (int v = 0; v < CLINO_VERDICT_COUNT; v++)
      if (count[v]) printf(" %zu %s", count[v], clino_verdict_name((clino_verdict)v));
    printf("\n");
  }
  refnet_data_free(&data);
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "--report")) return report();
  if (argc > 1 && !strcmp(argv[1], "--single")) return in_single_precision();
  size_t million = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 12;
  if (million > ALL_TRIALS) million = ALL_TRIALS;
  printf("directional: checks along directions on nets of a million parameters\n");
  outcome missed_smooth = trials_of(false, ONE, million, ALL_TRIALS);
  outcome missed_relu = trials_of(true, ONE, million, ALL_TRIALS);
  outcome right_smooth = trials_of(false, RIGHT, million / 2, ALL_TRIALS / 2);
  outcome right_relu = trials_of(true, RIGHT, million / 2, ALL_TRIALS / 2);
  double ten = cost_of(TEN, 8), tensor = cost_of(TENSOR, 16);
  bench_figure("directional-verdict-evaluations",
               larger(larger(right_smooth.most, right_relu.most),
                      larger(missed_smooth.most_to_verdict, missed_relu.most_to_verdict)),
               "calls", true, 64);
  bench_figure("locate-one-evaluations", larger(missed_smooth.most, missed_relu.most), "calls", true, 200);
  bench_figure("locate-ten-evaluations", ten, "calls", true, 1500);
  bench_figure("locate-tensor-evaluations", tensor, "calls", true, 100);
  bench_figure("directional-missed-smooth", (double)missed_smooth.missed, "of 1000", true, 0);
  bench_figure("directional-missed-relu", (double)missed_relu.missed, "of 1000", true, 9);
  bench_figure("directional-false-alarms", (double)(right_smooth.alarms + right_relu.alarms), "of 1000", true, 0);
  return EXIT_SUCCESS;
}
