/* A training loop that stops itself: a learning rate a hundred times too high, noticed while it runs.
 *
 *   watch [--healthy] [--data FILE]
 *
 * What watching adds to the loop is one call at its end. */
#include <stdio.h>
#include <string.h>

#include "clino/watch.h"
#include "net/net.h"

/* Called once for each thing that the checks find; nonzero ends clino_watch_step with CLINO_ERR_CALLBACK. */
static int on_finding(const clino_finding *finding, void *ctx) {
  (void)ctx;
  printf("%s %s: %s\n", clino_finding_level_name(finding->level), finding->check, finding->message);
  return finding->level == CLINO_FINDING_FAIL;
}

static clino_status watch_net(clino_watch *watch, const net *n, clino_error *error) {
  clino_watch_layer_spec spec = clino_watch_layer_spec_default();
  spec.params = n->tensors;
  spec.n_params = n->n_tensors;
  spec.output = n->hidden_a;
  spec.output_dtype = sizeof(real) == sizeof(float) ? CLINO_F32 : CLINO_F64;
  spec.kind = CLINO_ACTIVATION_TANH;
  spec.rows = n->config.batch;
  spec.units = n->config.hidden;
  return clino_watch_layer(watch, "hidden", &spec, error);
}

static clino_status train(net *n, sgd *optimizer, batches *data, clino_watch *watch, int64_t *step,
                          clino_error *error) {
  clino_status status = CLINO_OK;
  for (*step = 1; !status && *step <= 2000; ++*step) {
    double loss = net_train(n, optimizer, data);
    clino_watch_scalar(watch, "lr", (double)optimizer->rate, NULL);
    status = clino_watch_step(watch, *step, loss, error);
  }
  --*step;
  return status ? status : clino_watch_check(watch, error);
}

static int run(const digits *data, real rate) {
  clino_error error = {.message = "out of memory"};
  clino_watch_options o = clino_watch_options_default();
  clino_run *log = NULL;
  clino_watch *watch = NULL;
  sgd optimizer = {0};
  batches mini = {0};
  int64_t step = 0;
  net *n = net_new(net_small());
  o.check_every = 200;
  o.budget_fraction = CLINO_AUTO; /* so that the example prints the same everywhere; leave it out */
  o.on_finding = on_finding;
  clino_status status = n ? clino_run_new(&log, &error) : CLINO_ERR_MEMORY;
  if (!status && batches_init(&mini, data, n->config.batch, 2)) status = CLINO_ERR_MEMORY;
  if (!status && sgd_init(&optimizer, rate, (real)0.9, n->n_parameters)) status = CLINO_ERR_MEMORY;
  if (!status) status = clino_watch_new(&watch, log, &o, &error);
  if (!status) status = watch_net(watch, n, &error);
  if (!status) status = train(n, &optimizer, &mini, watch, &step, &error);
  if (status && status != CLINO_ERR_CALLBACK) fprintf(stderr, "watch: %s\n", error.message);
  else printf("%s after %d steps\n", status ? "stopped" : "done", (int)step);
  clino_watch_free(watch);
  clino_run_free(log);
  sgd_free(&optimizer);
  batches_free(&mini);
  net_free(n);
  return status == CLINO_OK ? 0 : status == CLINO_ERR_CALLBACK ? 1 : 2;
}

int main(int argc, char **argv) {
  const char *path = "examples/data/digits.csv";
  bool healthy = false;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--healthy")) healthy = true;
    else if (!strcmp(argv[i], "--data") && i + 1 < argc) path = argv[++i];
    else return fprintf(stderr, "usage: watch [--healthy] [--data FILE]\n"), 2;
  }
  digits all;
  if (digits_read(path, &all)) return 2;
  int status = run(&all, (real)(healthy ? 0.02 : 2));
  digits_free(&all);
  return status;
}
