/* Eigenvalues of the Hessian of a net of 100,000 parameters (tanh, softmax loss), within a budget of gradients, against
 * a run of the Lanczos method with centered products to a residual of 1e-9.
 *
 *   curvature [TRIALS]    seeded nets; 5 */
#include <math.h>

#include "clino/curvature.h"
#include "figure.h"
#include "support/mlp.h"
#include "support/stalls.h"

#define BUDGET 120

static clino_spectrum_result spectrum(clino_model *model, const clino_spectrum_options *o, uint64_t *gradients) {
  clino_point *point;
  clino_spectrum_result r;
  clino_error e = {.message = ""};
  bench_require(clino_point_new_model(model, NULL, &point, &e) == CLINO_OK, e.message);
  bench_require(clino_spectrum(point, o, &r, &e) == CLINO_OK, e.message);
  *gradients = clino_point_get_info(point).gradients;
  clino_point_free(point);
  return r;
}

static void eigenvalues(size_t trials) {
  mlp_config config = mlp_small();
  config.widths[0] = 196, config.widths[1] = 300, config.widths[2] = 120, config.widths[3] = 40, config.widths[4] = 10;
  double worst = 0, most = 0;
  for (size_t t = 0; t < trials; t++) {
    mlp *net = mlp_new(config, 100 + t);
    bench_require(net != NULL, "out of memory for a net");
    clino_model model = mlp_model(net);
    uint64_t gradients, unused;
    clino_spectrum_options o = clino_spectrum_options_default();
    o.max_gradients = BUDGET - 2; /* two opened the point */
    clino_spectrum_result r = spectrum(&model, &o, &gradients);
    o.form = CLINO_PRODUCT_CENTERED;
    o.max_gradients = 5000;
    o.tolerance = 1e-7;
    o.seed = 99;
    clino_spectrum_result exact = spectrum(&model, &o, &unused);
    double size = exact.largest, off = fmax(fabs(r.lowest[0].value - exact.lowest[0].value),
                                            fabs(r.highest[0].value - exact.highest[0].value)) / size;
    printf("%zu parameters: lowest %.7g, highest %.7g in %llu gradients; %.7g and %.7g in %llu%s: off by %.2g of "
           "max|lambda|\n", net->n_parameters, r.lowest[0].value, r.highest[0].value, (unsigned long long)gradients,
           exact.lowest[0].value, exact.highest[0].value, (unsigned long long)unused,
           exact.converged ? "" : " (not converged)", off);
    worst = fmax(worst, off);
    most = fmax(most, (double)gradients);
    mlp_free(net);
  }
  bench_figure("eigenvalue-relative-error", worst, "of max|lambda|", true, 1e-3);
  bench_figure("eigenvalue-gradients", most, "gradients", true, BUDGET);
}

/* Causes that were planted, under three rules: how many are named. V=1 in the environment shows those that are not. */
static void stalls(size_t trials) {
  size_t named = 0, all = 0;
  printf("%-18s %-12s %-12s %-12s\n", "stalls named", "descent", "momentum", "adam");
  for (int plant = 0; plant < PLANT_COUNT; plant++) {
    printf("%-18s", stall_plant_names[plant]);
    for (size_t rule = 0; rule < 3; rule++) {
      size_t here = 0, tried = 0;
      for (uint64_t seed = 1; seed <= trials; seed++) {
        clino_stall_result r;
        if (!stall_trial((stall_plant)plant, rule, seed, NULL, &r)) continue;
        bool right = stall_named((stall_plant)plant, &r);
        here += right, tried++;
        char text[901];
        clino_stall_describe(&r, text, sizeof text);
        if (!right && getenv("V")) printf("\n  %llu: %s\n", (unsigned long long)seed, text);
      }
      printf(" %3zu of %-5zu", here, tried);
      named += here, all += tried;
    }
    printf("\n");
  }
  bench_figure("stall-cause-named", (double)named / (double)all, "of trials", false, 0.95);
}

int main(int argc, char **argv) {
  size_t trials = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 5;
  eigenvalues(trials ? trials : 1);
  stalls(trials ? 10 * trials : 1);
  return 0;
}
