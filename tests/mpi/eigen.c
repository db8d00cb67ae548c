/* Extreme eigenvalues over several ranks, run by tests/scripts/mpi.sh:  eigen WHAT
 * f(w) = mean over rows a of log cosh(a.w), a smooth function whose Hessian has no structure; each rank has its share
 * of the rows. What all find is compared with what LAPACK finds from all rows in one rank. */
#include "mpi/harness.h"

enum { FIRST = 7, SECOND = 9, N = FIRST * SECOND + 5, BATCH = 240 };

typedef struct task {
  double w[FIRST][2 * SECOND], g[FIRST][2 * SECOND]; /* every second column is the tensor */
  double b[5], h[5];
  const double *rows;
  int first, end;
  int calls, fail_loss, fail_backward, sleep_at;
  double nan_from;
  uint64_t seed;
  int fail_reseed, cancel;
  struct task *nested;
  clino_mpi *m;
  double slopes[BATCH];
} task;

static const ptrdiff_t strides[] = {2 * SECOND, 2};

static double entry(const task *t, int i) {
  return i < FIRST * SECOND ? t->w[i / SECOND][2 * (i % SECOND)] : t->b[i - FIRST * SECOND];
}

static clino_model model_of(task *t, clino_tensor *tensors);

static int task_loss(double *loss, void *ctx) {
  task *t = ctx;
  double sum = 0;
  t->calls++;
  if (t->calls == t->fail_loss) return 7;
  if (t->calls == t->sleep_at) sleep(60);
  if (t->nested) { /* every rank tries, and is refused */
    clino_tensor tensors[2];
    const clino_model model = model_of(t->nested, tensors);
    clino_spectrum_result r;
    clino_error e = {0};
    CHECK(clino_mpi_spectrum_model(t->m, &model, NULL, NULL, NULL, &r, &e) == CLINO_ERR_UNSUPPORTED);
    t->nested = NULL;
  }
  for (int k = t->first; k < t->end; k++) {
    double z = 0;
    for (int i = 0; i < N; i++) z += t->rows[k * N + i] * entry(t, i);
    t->slopes[k] = tanh(z);
    sum += log(cosh(z));
  }
  *loss = sum / (t->end - t->first);
  return 0;
}

static int task_backward(void *ctx) {
  task *t = ctx;
  if (t->fail_backward && t->calls >= t->fail_backward) return -3;
  for (int i = 0; i < N; i++) {
    double sum = 0;
    for (int k = t->first; k < t->end; k++) sum += t->slopes[k] * t->rows[k * N + i];
    sum /= t->end - t->first;
    if (t->nan_from > 0 && t->calls >= t->nan_from) sum = NAN;
    if (i < FIRST * SECOND) t->g[i / SECOND][2 * (i % SECOND)] = sum;
    else t->h[i - FIRST * SECOND] = sum;
  }
  return 0;
}

static int task_reseed(uint64_t seed, void *ctx) {
  task *t = ctx;
  t->seed = seed;
  return t->fail_reseed && t->calls > t->fail_reseed ? 5 : 0;
}

static int task_progress(const clino_progress *now, void *ctx) {
  const task *t = ctx;
  return t->cancel && now->done > (uint64_t)t->cancel ? 4 : 0;
}

static clino_model model_of(task *t, clino_tensor *tensors) {
  tensors[0] = CLINO_TENSOR_F64("W", &t->w[0][0], &t->g[0][0], FIRST, SECOND);
  tensors[0].strides = strides;
  tensors[1] = CLINO_TENSOR_F64("b", t->b, t->h, 5);
  return (clino_model){2, tensors, task_loss, task_backward, t};
}

static double rows[BATCH * N];

static task part_of(int which, int parts) {
  task t;
  memset(&t, 0, sizeof t);
  random_fill(41, rows, BATCH * N, -0.6, 0.6);
  for (int k = 0; k < BATCH; k++) rows[k * N + 3] *= 4, rows[k * N + 40] *= 3, rows[k * N + 66] *= 2.5;
  random_fill(42, &t.w[0][0], FIRST * 2 * SECOND, -0.4, 0.4);
  random_fill(43, t.b, 5, -0.3, 0.3);
  t.rows = rows;
  t.first = BATCH * which / parts;
  t.end = BATCH * (which + 1) / parts;
  return t;
}

/* ---- what one rank finds from all rows, by LAPACK ---- */

static clino_spectrum_result alone(const clino_spectrum_options *options, size_t dense_up_to) {
  task t = part_of(0, 1);
  clino_tensor tensors[2];
  const clino_model model = model_of(&t, tensors);
  clino_point *point = NULL;
  clino_spectrum_options o = *options;
  clino_spectrum_result r;
  o.dense_up_to = dense_up_to;
  o.lowest_vectors = o.highest_vectors = NULL;
  CHECK(!clino_point_new_model(&model, NULL, &point, NULL));
  CHECK(!clino_spectrum(point, &o, &r, NULL) && r.verdict == CLINO_VERDICT_PASS);
  clino_point_free(point);
  return r;
}

static bool close_to(const clino_spectrum_result *a, const clino_spectrum_result *b) {
  bool all = a->count == b->count;
  for (size_t k = 0; k < a->count; k++)
    all = all && fabs(a->lowest[k].value - b->lowest[k].value) <= 1e-6 * b->largest &&
          fabs(a->highest[k].value - b->highest[k].value) <= 1e-6 * b->largest;
  return all;
}

/* Whether all ranks have the bytes of rank 0. */
static bool alike(const void *bytes, size_t n) {
  unsigned char *first = malloc(n);
  int same, all;
  memcpy(first, bytes, n);
  MPI_Bcast(first, (int)n, MPI_BYTE, 0, MPI_COMM_WORLD);
  same = memcmp(first, bytes, n) == 0;
  MPI_Allreduce(&same, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  free(first);
  return all;
}

static void one_spectrum(clino_mpi *m, const clino_spectrum_options *options, bool same_batch) {
  task mine = same_batch ? part_of(0, 1) : part_of(rank, size);
  clino_tensor tensors[2];
  const clino_model model = model_of(&mine, tensors);
  clino_spectrum_options o = *options;
  clino_spectrum_result r;
  clino_error e = {0};
  static double low[3 * N], high[3 * N];
  random_fill(44 + (uint64_t)rank, &mine.g[0][0], FIRST * 2 * SECOND, -1, 1);
  o.lowest_vectors = low, o.highest_vectors = high;
  const task before = mine;
  const clino_status status = clino_mpi_spectrum_model(m, &model, NULL, &o, NULL, &r, &e);
  if (status) fprintf(stderr, "%s\n", e.message);
  CHECK(status == CLINO_OK && r.verdict == CLINO_VERDICT_PASS && r.entries == N && r.converged);
  CHECK(r.dense == (N <= o.dense_up_to) && mine.calls > 20);
  CHECK(memcmp(mine.w, before.w, sizeof mine.w) == 0 && memcmp(mine.g, before.g, sizeof mine.g) == 0);
  const clino_spectrum_result lapack = alone(options, 4096), arpack = alone(options, 8);
  CHECK(close_to(&r, &lapack) && close_to(&r, &arpack) && lapack.dense && !arpack.dense);
  CHECK(alike(&r, sizeof r) && alike(low, o.per_end * N * sizeof *low) && alike(high, o.per_end * N * sizeof *high));
}

static void ends_are_those_of_one(clino_mpi *m) {
  static double d[N];
  clino_spectrum_options o = clino_spectrum_options_default();
  o.tolerance = 1e-8;
  o.form = CLINO_PRODUCT_CENTERED;
  o.dense_up_to = 8;
  one_spectrum(m, &o, false);
  one_spectrum(m, &o, true);
  o.per_end = 3;
  one_spectrum(m, &o, false);
  o.form = CLINO_PRODUCT_FORWARD;
  o.tolerance = 1e-6;
  one_spectrum(m, &o, false);
  random_fill(45, d, N, 0.5, 3);
  o.preconditioner = d;
  one_spectrum(m, &o, false);
  o.dense_up_to = 100;
  one_spectrum(m, &o, false);
}

/* Products run out: an answer with its residuals. */
static void few_gradients(clino_mpi *m) {
  task mine = part_of(rank, size);
  clino_tensor tensors[2];
  const clino_model model = model_of(&mine, tensors);
  clino_spectrum_options o = clino_spectrum_options_default();
  clino_spectrum_result r;
  o.tolerance = 1e-12;
  o.max_gradients = 60;
  CHECK(!clino_mpi_spectrum_model(m, &model, NULL, &o, NULL, &r, NULL));
  CHECK(r.verdict == CLINO_VERDICT_PASS && !r.converged && r.gradients < 90 && r.highest[0].value > 0);
}

/* ---- what goes wrong in one rank ---- */

static void one_that_fails(clino_mpi *m, void (*spoil)(task *t), clino_status code, const char *what) {
  const int bad = size - 1;
  task mine = part_of(rank, size);
  clino_tensor tensors[2];
  const clino_model model = model_of(&mine, tensors);
  clino_point_options p = clino_point_options_default();
  clino_findings *findings = NULL;
  clino_spectrum_result r;
  clino_error e = {0};
  char named[64];
  CHECK(!clino_findings_new(&findings, NULL));
  snprintf(named, sizeof named, "rank %d: %s", bad, what);
  if (rank == bad) spoil(&mine);
  p.context.reseed = task_reseed;
  p.progress = task_progress;
  p.progress_ctx = &mine;
  const task before = mine;
  const clino_status status = clino_mpi_spectrum_model(m, &model, &p, NULL, findings, &r, &e);
  CHECK(status == code && strstr(e.message, named) && r.verdict == CLINO_VERDICT_NONE);
  CHECK(clino_findings_count(findings) == (code == CLINO_ERR_RANK));
  CHECK(code != CLINO_ERR_RANK || strstr(first_finding(findings), named));
  CHECK(memcmp(mine.w, before.w, sizeof mine.w) == 0 && memcmp(mine.g, before.g, sizeof mine.g) == 0);
  clino_findings_free(findings);
}

static void fail_first(task *t) { t->fail_loss = 1; }
static void fail_later(task *t) { t->fail_loss = 31; }
static void fail_gradient(task *t) { t->fail_backward = 22; }
static void fail_seed(task *t) { t->fail_reseed = 9; }
static void cancel(task *t) { t->cancel = 33; }
static void other_values(task *t) { t->w[2][4] = nextafter(t->w[2][4], 1); }

/* A NaN in one rank is a NaN in all. */
static void not_finite(clino_mpi *m) {
  task mine = part_of(rank, size);
  clino_tensor tensors[2];
  const clino_model model = model_of(&mine, tensors);
  clino_spectrum_result r;
  if (rank == size - 1) mine.nan_from = 20;
  CHECK(!clino_mpi_spectrum_model(m, &model, NULL, NULL, NULL, &r, NULL));
  CHECK(r.verdict == CLINO_VERDICT_NONFINITE && isnan(r.largest) && alike(&r.verdict, sizeof r.verdict));
}

static void arguments_are_checked(clino_mpi *m) {
  const int bad = size - 1;
  task mine = part_of(rank, size), other = mine;
  clino_tensor tensors[2];
  const clino_model model = model_of(&mine, tensors);
  clino_spectrum_options o = clino_spectrum_options_default();
  clino_spectrum_result r;
  clino_error e = {0};
  char named[32];
  snprintf(named, sizeof named, "rank %d", bad);
  CHECK(clino_mpi_spectrum_model(NULL, &model, NULL, NULL, NULL, &r, &e) == CLINO_ERR_RANGE);
  CHECK(clino_mpi_spectrum_model(m, rank == bad ? NULL : &model, NULL, NULL, NULL, &r, &e) == CLINO_ERR_RANGE);
  CHECK(rank == bad || strstr(e.message, named));
  if (rank == bad) o.per_end = 2;
  CHECK(size == 1 || clino_mpi_spectrum_model(m, &model, NULL, &o, NULL, &r, &e) == CLINO_ERR_RANGE);
  CHECK(size == 1 || strstr(e.message, size == 2 ? "rank 1" : named));
  o.per_end = 99;
  CHECK(clino_mpi_spectrum_model(m, &model, NULL, &o, NULL, &r, &e) == CLINO_ERR_RANGE && strstr(e.message, "per_end"));
  mine.nested = &other;
  mine.m = m;
  CHECK(clino_mpi_spectrum_model(m, &model, NULL, NULL, NULL, &r, &e) == CLINO_OK && !mine.nested);
}

static void together(clino_mpi *m) {
  ends_are_those_of_one(m);
  few_gradients(m);
  one_that_fails(m, fail_first, CLINO_ERR_RANK, "its loss returned 7");
  one_that_fails(m, fail_later, CLINO_ERR_RANK, "its loss returned 7");
  one_that_fails(m, fail_gradient, CLINO_ERR_RANK, "its backward returned -3");
  one_that_fails(m, fail_seed, CLINO_ERR_RANK, "its reseed hook returned 5");
  one_that_fails(m, cancel, CLINO_ERR_CANCELLED, "its progress callback returned 4");
  if (size > 1) one_that_fails(m, other_values, CLINO_ERR_RANK, "the values of W are not");
  not_finite(m);
  arguments_are_checked(m);
}

/* The last rank sleeps within its loss: the others come back. */
static void one_that_sleeps(void) {
  clino_mpi *m = short_tempered();
  task mine = part_of(rank, size);
  clino_tensor tensors[2];
  const clino_model model = model_of(&mine, tensors);
  clino_spectrum_result r;
  clino_error e = {0};
  char named[32];
  snprintf(named, sizeof named, "rank %d", size - 1);
  if (rank == size - 1) mine.sleep_at = 40;
  const double start = seconds();
  CHECK(clino_mpi_spectrum_model(m, &model, NULL, NULL, NULL, &r, &e) == CLINO_ERR_RANK);
  CHECK(rank == size - 1 || (seconds() - start < 5 && strstr(e.message, named)));
  leave_without_the_lost();
}

int main(int argc, char **argv) {
  clino_mpi *m = arrive(&argc, &argv);
  if (argc > 1 && strcmp(argv[1], "sleeps") == 0) one_that_sleeps();
  else together(m);
  return leave_together(m);
}
