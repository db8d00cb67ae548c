/* Checks the gradient of a whole net on a mini-batch of real digits: at the start and after some training, when weights
 * and kinks are elsewhere (as CS231n advises).
 *
 *   gradcheck_net [--bug NAME] [--steps N] [--data FILE]
 *
 * --bug plants one of the mistakes of net/bugs.h. Exit status: 0 accepted, 1 not accepted, 2 could not be checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"

typedef struct arguments {
  const char *data;
  net_bug bug;
  int steps;
} arguments;

static int usage(void) {
  fprintf(stderr, "usage: gradcheck_net [--bug NAME] [--steps N] [--data FILE]\nbugs:");
  for (int bug = NET_BUG_NONE + 1; bug < NET_BUG_COUNT; bug++) fprintf(stderr, " %s", net_bug_name((net_bug)bug));
  fprintf(stderr, "\n");
  return 2;
}

static int parse(int argc, char **argv, arguments *a) {
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) return usage();
    if (!strcmp(argv[i], "--data")) a->data = argv[i + 1];
    else if (!strcmp(argv[i], "--steps")) a->steps = atoi(argv[i + 1]);
    else if (!strcmp(argv[i], "--bug")) a->bug = net_bug_find(argv[i + 1]);
    else return usage();
  }
  return a->bug == NET_BUG_COUNT || a->steps < 0 ? usage() : 0;
}

/* Prints the report of a check of the current batch; 0, 1 or 2 as the program exits. */
static int check(net *n) {
  clino_model model = net_model(n);
  clino_gradcheck_options options = clino_gradcheck_options_default();
  clino_gradcheck_result result;
  clino_error error;
  char report[4096];
  options.context = net_context();
  if (gradcheck_model(&model, &options, &result, &error) != CLINO_OK) {
    fprintf(stderr, "gradcheck_net: %s\n", error.message);
    return 2;
  }
  clino_gradcheck_report(&result, report, sizeof report);
  printf("%s\n", report);
  return clino_gradcheck_accepted(&result) ? 0 : 1;
}

static int check_and_train(net *n, batches *data, const sgd *optimizer, int steps) {
  batches_next(data);
  net_set_batch(n, &data->batch);
  printf("-- at the start\n");
  int status = check(n);
  if (status || !steps) return status;
  for (int i = 0; i < steps; i++) net_train(n, optimizer, data);
  printf("-- after %d steps of training\n", steps);
  return check(n);
}

int main(int argc, char **argv) {
  arguments a = {"examples/data/digits.csv", NET_BUG_NONE, 200};
  if (parse(argc, argv, &a)) return 2;
  digits all;
  if (digits_read(a.data, &all)) return 2;

  int status = 2;
  net *n = net_new(net_small());
  batches data = {0};
  sgd optimizer = {0};
  clino_trace *trace = NULL;
  if (n && !batches_init(&data, &all, n->config.batch, 1) &&
      !sgd_init(&optimizer, (real)0.02, (real)0.9, n->n_parameters) &&
      clino_trace_new(&trace, NULL) == CLINO_OK) {
    n->trace = trace;
    n->bug = a.bug;
    status = check_and_train(n, &data, &optimizer, a.steps);
  } else {
    fprintf(stderr, "gradcheck_net: out of memory\n");
  }
  clino_trace_free(trace);
  sgd_free(&optimizer);
  batches_free(&data);
  net_free(n);
  digits_free(&all);
  return status;
}
