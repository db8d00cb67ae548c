/* A data-parallel training job that logs one run, whatever the number of its ranks, and asks at the end how sharp the
 * minimum is that they found together.
 *
 *   mpirun -n 4 build/examples/mpi/data_parallel [LOG.jsonl]
 *
 * What the ranks add to a watched loop is the three lines marked below. */
#include <mpi.h>
#include <stdio.h>

#include "clino/io.h"
#include "clino/mpi.h"
#include "clino/watch.h"
#include "net/net.h"

enum { BATCH = 48, STEPS = 300 };

typedef struct job {
  int rank, size;
  clino_mpi *ranks;
  clino_run *run;
  clino_run_sink *sink;
  clino_watch *watch;
  digits all, own;         /* own: this rank's part of each batch */
  batches data;
  net *net;
  sgd optimizer;
  clino_error error;
} job;

static int on_finding(const clino_finding *finding, void *ctx) {
  if (((const job *)ctx)->rank == 0) printf("%s: %s\n", finding->check, finding->message);
  return finding->level == CLINO_FINDING_FAIL; /* in all ranks alike: all stop */
}

static clino_status watch_job(job *j, const char *log) {
  clino_watch_options o = clino_watch_options_default();
  const clino_ranks together = clino_mpi_ranks(j->ranks); /* one: what the ranks tell one another */
  o.ranks = &together;                                    /* two: the watch does so */
  if (log && j->rank == 0 && clino_sink_open_json(log, &j->sink, &j->error)) return j->error.code;
  o.sink = j->sink;                                       /* three: rank 0 has the log, the others NULL */
  o.every = 10;
  o.histogram_share = 1;
  o.budget_fraction = CLINO_AUTO; /* so that the example logs the same everywhere; leave it out */
  o.check_every = 100;
  o.on_finding = on_finding;
  o.ctx = j;
  clino_status status = clino_watch_new(&j->watch, j->run, &o, &j->error);
  clino_watch_layer_spec spec = clino_watch_layer_spec_default();
  spec.params = j->net->tensors, spec.n_params = j->net->n_tensors;
  spec.output = j->net->hidden_a, spec.output_dtype = sizeof(real) == sizeof(float) ? CLINO_F32 : CLINO_F64;
  spec.rows = (size_t)(BATCH / j->size), spec.units = j->net->config.hidden;
  spec.kind = CLINO_ACTIVATION_TANH;
  if (!status) status = clino_watch_layer(j->watch, "hidden", &spec, &j->error);
  for (int64_t step = 1; step <= STEPS && !status; step++) {
    double loss;
    batches_next(&j->data); /* the same in all ranks, which take a part each */
    net_set_batch(j->net, &j->own);
    net_loss(&loss, j->net);
    net_backward(j->net);
    MPI_Allreduce(MPI_IN_PLACE, j->net->gradients, (int)j->net->n_parameters,
                  sizeof(real) == sizeof(float) ? MPI_FLOAT : MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    for (size_t i = 0; i < j->net->n_parameters; i++) j->net->gradients[i] /= j->size;
    sgd_step(&j->optimizer, j->net->parameters, j->net->gradients);
    status = clino_watch_step(j->watch, step, loss, &j->error);
  }
  clino_watch_free(j->watch);
  return status;
}

static clino_status report(job *j) {
  const clino_model model = net_model(j->net);
  clino_spectrum_options o = clino_spectrum_options_default();
  clino_spectrum_result r;
  o.tolerance = 1e-2;
  clino_status status = clino_mpi_spectrum_model(j->ranks, &model, NULL, &o, NULL, &r, &j->error);
  const clino_series *loss = clino_run_series(j->run, "train/loss");
  const size_t n = clino_series_count(loss);
  if (status || j->rank || !n) return status;
  const double *losses = clino_series_values(loss);
  printf("loss %.3f at first, %.3f after %zu steps\n", losses[0], losses[n - 1], n);
  printf("largest eigenvalue of the last batch's Hessian %.3g, so a rate above %.2g is too high\n", r.highest[0].value,
         2 * (1 + (double)j->optimizer.momentum) / r.highest[0].value);
  return status;
}

static clino_status prepare(job *j) {
  net_config config = net_small();
  config.batch = BATCH;
  config.batchnorm = false; /* its statistics would be those of a part */
  config.dropout = 0;
  j->net = net_new(config);
  const size_t part = (size_t)(BATCH / j->size);
  if (!j->net || batches_init(&j->data, &j->all, BATCH, 2) ||
      sgd_init(&j->optimizer, (real)0.02, (real)0.9, j->net->n_parameters))
    return CLINO_ERR_MEMORY;
  j->own = j->data.batch;
  j->own.n = part;
  j->own.pixels += (size_t)j->rank * part * DIGITS_PIXELS;
  j->own.label += (size_t)j->rank * part;
  return clino_run_new(&j->run, &j->error);
}

int main(int argc, char **argv) {
  int level;
  job j = {.error = {.message = "out of memory"}};
  MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &level);
  clino_status status = clino_mpi_new(NULL, NULL, &j.ranks, &j.error);
  j.rank = clino_mpi_rank(j.ranks);
  j.size = clino_mpi_size(j.ranks);
  if (!status && BATCH % j.size) {
    status = CLINO_ERR_RANGE;
    snprintf(j.error.message, sizeof j.error.message, "%d samples a batch cannot be shared by so many", BATCH);
  }
  if (!status && digits_read("examples/data/digits.csv", &j.all)) status = CLINO_ERR_IO;
  if (!status) status = prepare(&j);
  if (!status) status = watch_job(&j, argc > 1 ? argv[1] : NULL);
  if (!status) status = report(&j);
  if (status) fprintf(stderr, "data_parallel, rank %d: %s\n", j.rank, j.error.message);
  clino_sink_close(j.sink, NULL);
  clino_run_free(j.run);
  sgd_free(&j.optimizer);
  batches_free(&j.data);
  net_free(j.net);
  digits_free(&j.all);
  clino_mpi_free(j.ranks);
  if (status) MPI_Abort(MPI_COMM_WORLD, 1); /* the others may wait */
  MPI_Finalize();
  return 0;
}
