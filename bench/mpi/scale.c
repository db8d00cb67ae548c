/* The constants of docs/scale.md: what merging costs, a loss that another rank computes, comparing replicas,
 * eigenvalues, and looking at values. Started by `make scale` with 1, 2 and 4 ranks; rank 0 prints. Each is the least
 * of several. */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clino/mpi.h"

enum { MONITORS = 32, REPEATS = 15, SMALL = 400, LARGE = 4000000 };

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void print(int rank, const char *what, double value, const char *unit) {
  if (rank == 0) printf("  %-52s %10.4g %s\n", what, value, unit);
}

static void *room_for(size_t n, size_t size) {
  void *p = calloc(n, size);
  if (!p) MPI_Abort(MPI_COMM_WORLD, 1);
  return p;
}

/* ---- monitors ---- */

static double time_merge(clino_mpi *m, size_t n, const clino_monitor *monitors) {
  double best = INFINITY;
  for (int i = 0; i < REPEATS; i++) {
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = seconds();
    if (clino_mpi_merge(m, n, monitors, NULL)) MPI_Abort(MPI_COMM_WORLD, 1);
    best = fmin(best, seconds() - start);
  }
  return best;
}

static double time_state_merge(clino_monitor monitor) {
  const size_t size = clino_state_size(monitor);
  char *a = room_for(2, size), *b = a + size;
  double best = INFINITY;
  clino_state_save(monitor, a, size, NULL);
  clino_state_save(monitor, b, size, NULL);
  for (int i = 0; i < 20 * REPEATS; i++) {
    const double start = seconds();
    clino_state_merge(a, b, size, NULL);
    best = fmin(best, seconds() - start);
  }
  free(a);
  return best;
}

static void measure_monitors(clino_mpi *m, int rank, const float *values) {
  clino_statistics *s[MONITORS];
  clino_monitor all[MONITORS];
  for (int i = 0; i < MONITORS; i++) {
    clino_statistics_spec spec = clino_statistics_spec_default();
    spec.name = "gradients";
    if (clino_statistics_new(&spec, &s[i], NULL)) MPI_Abort(MPI_COMM_WORLD, 1);
    clino_statistics_add_f32(s[i], 10000, values, NULL);
    all[i] = clino_monitor_of_statistics(s[i]);
  }
  print(rank, "merging two states with a histogram", 1e6 * time_state_merge(all[0]), "us");
  print(rank, "merging 1 monitor over the ranks", 1e6 * time_merge(m, 1, all), "us");
  print(rank, "merging 32 monitors over the ranks", 1e6 * time_merge(m, MONITORS, all), "us");
  double best = INFINITY;
  for (int i = 0; i < 5; i++) {
    const double start = seconds();
    clino_statistics_add_f32(s[0], LARGE, values, NULL);
    best = fmin(best, seconds() - start);
  }
  print(rank, "statistics with histogram, a value", 1e9 * best / LARGE, "ns");
  for (int i = 0; i < MONITORS; i++) clino_statistics_free(s[i]);
}

/* ---- replicas ---- */

/* A barrier whose waiting takes no core from rank 0. */
static void meet_asleep(void) {
  MPI_Request request;
  const struct timespec nap = {0, 1000000};
  int done = 0;
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  for (MPI_Test(&request, &done, MPI_STATUS_IGNORE); !done; MPI_Test(&request, &done, MPI_STATUS_IGNORE))
    nanosleep(&nap, NULL);
}

typedef struct line {
  size_t n, work; /* work: how often the sum is taken */
  double *x, *g;
} line;

static int line_loss(double *loss, void *ctx) {
  const line *l = ctx;
  for (size_t k = 0; k <= l->work; k++) {
    double sum = 0;
    for (size_t i = 0; i < l->n; i++) sum += l->x[i] * l->x[i] * 0.5;
    *(volatile double *)loss = sum;
  }
  return 0;
}

static int line_backward(void *ctx) {
  const line *l = ctx;
  memcpy(l->g, l->x, l->n * sizeof *l->g);
  return 0;
}

static void measure_replicas(clino_mpi *m, int rank, size_t n) {
  line l = {n, 0, room_for(n, sizeof(double)), room_for(n, sizeof(double))};
  for (size_t i = 0; i < n; i++) l.x[i] = 0.25 + (double)(i % 97) / 64;
  clino_tensor t = CLINO_TENSOR_F64("x", l.x, l.g, n);
  const clino_model model = {1, &t, line_loss, line_backward, &l};
  bool alike;
  double best = INFINITY;
  for (int i = 0; i < 5; i++) {
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = seconds();
    if (clino_mpi_compare_replicas(m, &model, NULL, NULL, &alike, NULL)) MPI_Abort(MPI_COMM_WORLD, 1);
    best = fmin(best, seconds() - start);
  }
  print(rank, "comparing replicas of 4e6 values, a value", 1e9 * best / (double)n, "ns");
  free(l.x);
  free(l.g);
}

static void measure_check(clino_mpi *m, int rank, size_t work) {
  double x[SMALL], g[SMALL];
  line l = {SMALL, work, x, g};
  for (size_t i = 0; i < SMALL; i++) x[i] = 0.25 + (double)(i % 97) / 64;
  clino_tensor t = CLINO_TENSOR_F64("x", x, g, SMALL);
  const clino_model model = {1, &t, line_loss, line_backward, &l};
  double alone = INFINITY, shared = INFINITY;
  clino_gradcheck_result result = {.verdict = CLINO_VERDICT_NONE};
  for (int i = 0; i < (work ? 2 : 5); i++) {
    double start = seconds();
    if (rank == 0 && gradcheck_model(&model, NULL, &result, NULL)) MPI_Abort(MPI_COMM_WORLD, 1);
    alone = fmin(alone, seconds() - start);
    meet_asleep();
    start = seconds();
    if (clino_mpi_gradcheck_model(m, &model, NULL, NULL, &result, NULL)) MPI_Abort(MPI_COMM_WORLD, 1);
    shared = fmin(shared, seconds() - start);
  }
  const double calls = (double)result.evaluations;
  print(rank, work ? "the same of a longer loss, a value, alone" : "a check of 400 entries, a value, alone",
        1e6 * alone / calls, "us");
  print(rank, "the same over the ranks, a value", 1e6 * shared / calls, "us");
}

/* A number of each step, as a watch shares it. */
static void measure_step(clino_mpi *m, int rank) {
  const clino_ranks ranks = clino_mpi_ranks(m);
  const char *name = "train/loss";
  double best = INFINITY;
  for (int i = 0; i < 40 * REPEATS; i++) {
    double loss = rank;
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = seconds();
    if (ranks.mean(i, 1, &name, &loss, ranks.ctx, NULL)) MPI_Abort(MPI_COMM_WORLD, 1);
    best = fmin(best, seconds() - start);
  }
  print(rank, "the mean of a step's loss", 1e6 * best, "us");
}

/* Eigenvalues of a Hessian that costs nothing: what is left is the solver and the messages. */
static void measure_spectrum(clino_mpi *m, int rank, size_t n) {
  line l = {n, 0, room_for(n, sizeof(double)), room_for(n, sizeof(double))};
  for (size_t i = 0; i < n; i++) l.x[i] = 0.25 + (double)(i % 97) / 64;
  clino_tensor t = CLINO_TENSOR_F64("x", l.x, l.g, n);
  const clino_model model = {1, &t, line_loss, line_backward, &l};
  clino_spectrum_result r;
  MPI_Barrier(MPI_COMM_WORLD);
  const double start = seconds();
  if (clino_mpi_spectrum_model(m, &model, NULL, NULL, NULL, &r, NULL)) MPI_Abort(MPI_COMM_WORLD, 1);
  print(rank, "eigenvalues of 4e6 entries, a gradient and value", 1e9 * (seconds() - start) / (double)(r.gradients * n),
        "ns");
  free(l.x);
  free(l.g);
}

int main(int argc, char **argv) {
  int level, rank, size;
  clino_mpi *m = NULL;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &level);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (clino_mpi_new(NULL, NULL, &m, NULL)) MPI_Abort(MPI_COMM_WORLD, 1);
  if (rank == 0) printf("%d rank%s\n", size, size > 1 ? "s" : "");
  float *values = room_for(LARGE, sizeof *values);
  for (size_t i = 0; i < LARGE; i++) values[i] = (float)sin((double)i) * 1e-3f;
  measure_monitors(m, rank, values);
  measure_step(m, rank);
  measure_replicas(m, rank, LARGE);
  measure_check(m, rank, 0);
  measure_check(m, rank, 3000);
  measure_spectrum(m, rank, LARGE);
  free(values);
  clino_mpi_free(m);
  MPI_Finalize();
  return 0;
}
