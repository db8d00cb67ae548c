/* A data-parallel job whose ranks log one run, run by tests/scripts/mpi.sh:  job WHAT
 * A net of relu units over 48 rows; each rank has its share of the rows and a replica of the net, gradients are means
 * over the ranks. What the watches of all ranks log is compared with a watch that sees all rows, in every rank. */
#include "clino/watch.h"

#include "mpi/harness.h"

enum { ROWS = 48, IN = 6, HIDDEN = 12, STEPS = 130 };

typedef struct job {
  double x[ROWS][IN], y[ROWS], hidden[ROWS][HIDDEN];
  double w[HIDDEN][IN], v[HIDDEN], dw[HIDDEN][IN], dv[HIDDEN];
  int first, end;               /* the rows of this rank */
  double clock, per_call;       /* seconds, and what each look at the clock takes */
  int found, mismatches;        /* calls of on_finding */
  char finding[200];
  int64_t stop_at;
} job;

static double random_value(uint64_t *state) { return random_between(state, -1, 1); }

static job new_job(void) {
  job j;
  uint64_t state = 91;
  memset(&j, 0, sizeof j);
  for (int r = 0; r < ROWS; r++) {
    for (int i = 0; i < IN; i++) j.x[r][i] = random_value(&state);
    j.y[r] = sin(3 * j.x[r][0]) + 0.3 * random_value(&state);
  }
  for (int h = 0; h < HIDDEN; h++) {
    for (int i = 0; i < IN; i++) j.w[h][i] = 0.8 * random_value(&state);
    j.v[h] = random_value(&state);
  }
  for (int i = 0; i < IN; i++) j.w[3][i] *= 5; /* not trained */
  j.first = ROWS * rank / size;
  j.end = ROWS * (rank + 1) / size;
  return j;
}

/* Outputs of all rows; loss and gradients as the mean over some of them. */
static double pass(job *j, int first, int end) {
  double sum = 0;
  memset(j->dw, 0, sizeof j->dw);
  memset(j->dv, 0, sizeof j->dv);
  for (int r = 0; r < ROWS; r++) {
    double out = 0;
    for (int h = 0; h < HIDDEN; h++) {
      double z = 0;
      for (int i = 0; i < IN; i++) z += j->w[h][i] * j->x[r][i];
      j->hidden[r][h] = z > 0 ? z : 0;
      out += j->v[h] * j->hidden[r][h];
    }
    if (r < first || r >= end) continue;
    const double g = (out - j->y[r]) / (end - first);
    sum += (out - j->y[r]) * g / 2;
    for (int h = 0; h < HIDDEN; h++) {
      j->dv[h] += g * j->hidden[r][h];
      for (int i = 0; i < IN && j->hidden[r][h] > 0; i++) j->dw[h][i] += g * j->v[h] * j->x[r][i];
    }
  }
  return sum;
}

static void average(double *values, int n) {
  MPI_Allreduce(MPI_IN_PLACE, values, n, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  for (int i = 0; i < n; i++) values[i] /= size;
}

static void update(job *j) {
  for (int h = 0; h < HIDDEN; h++) {
    j->v[h] -= 1e-3 * j->dv[h];
    for (int i = 0; i < IN && h != 3; i++) j->w[h][i] -= 1e-2 * j->dw[h][i];
  }
}

/* A step of the job: the loss of this rank's rows, and that of all in *whole. */
static double train(job *j, double *whole) {
  *whole = pass(j, 0, ROWS);
  const double own = pass(j, j->first, j->end);
  average(&j->dw[0][0], HIDDEN * IN);
  average(j->dv, HIDDEN);
  update(j);
  return own;
}

/* ---- the watches ---- */

static double clock_of(void *ctx) {
  job *j = ctx;
  return j->clock += j->per_call;
}

static int on_finding(const clino_finding *f, void *ctx) {
  job *j = ctx;
  j->found++;
  if (strcmp(f->check, "replica-mismatch") == 0) j->mismatches++;
  snprintf(j->finding, sizeof j->finding, "%s", f->message);
  return strcmp(f->check, "nonfinite") == 0 ? 9 : 0;
}

typedef struct rows {
  clino_run_sink sink;
  int written, fail_at;
} rows;

static clino_status append(clino_run_sink *sink, const clino_run_row *row, clino_error *error) {
  rows *r = (rows *)(void *)sink;
  if (++r->written != r->fail_at) return row->n_values ? CLINO_OK : CLINO_ERR_RANGE;
  if (error) snprintf(error->message, sizeof error->message, "the disk is full");
  return CLINO_ERR_IO;
}

static clino_watch_options options_of(job *j) {
  clino_watch_options o = clino_watch_options_default();
  o.every = 3;
  o.histogram_every = 20;
  o.histogram_share = 1;
  o.budget_fraction = CLINO_AUTO;
  o.check_every = 25;
  o.on_finding = on_finding;
  o.level = CLINO_FINDING_FAIL;
  o.ctx = j;
  return o;
}

/* all: the rows that this watch sees are all of them, its second tensor whole. */
static clino_watch *watch_of(job *j, clino_run *run, const clino_watch_options *o, bool all) {
  clino_watch *w = NULL;
  const int from = HIDDEN * rank / size, to = HIDDEN * (rank + 1) / size;
  clino_tensor p = CLINO_TENSOR_F64("W", &j->w[0][0], &j->dw[0][0], HIDDEN, IN);
  clino_tensor q = CLINO_TENSOR_F64("V", j->v + (all ? 0 : from), j->dv + (all ? 0 : from), HIDDEN);
  if (!all) q.shape[0] = (size_t)(to - from);
  clino_watch_layer_spec s = clino_watch_layer_spec_default();
  CHECK(!clino_watch_new(&w, run, o, NULL));
  s.params = &p, s.n_params = 1;
  s.output = j->hidden[all ? 0 : j->first], s.output_dtype = CLINO_F64;
  s.rows = (size_t)(all ? ROWS : j->end - j->first), s.units = HIDDEN;
  CHECK(!clino_watch_layer(w, "hidden", &s, NULL));
  s = clino_watch_layer_spec_default();
  s.params = &q, s.n_params = 1, s.shards = true;
  CHECK(!clino_watch_layer(w, "out", &s, NULL));
  return w;
}

static bool same_histogram(const clino_histogram *a, const clino_histogram *b) {
  return a->n_bins == b->n_bins && a->below == b->below && a->above == b->above && a->nans == b->nans &&
         memcmp(a->counts, b->counts, a->n_bins * sizeof *a->counts) == 0 &&
         memcmp(a->edges, b->edges, (a->n_bins + 1) * sizeof *a->edges) == 0;
}

static void expect_same_run(const clino_run *a, const clino_run *b) {
  CHECK(clino_run_series_count(a) == clino_run_series_count(b));
  for (size_t k = 0; k < clino_run_series_count(b); k++) {
    const clino_series *s = clino_run_series_at(b, k), *t = clino_run_series(a, clino_series_name(s));
    const bool histogram = clino_series_get_kind(s) == CLINO_SERIES_HISTOGRAM;
    bool same = t && clino_series_count(s) == clino_series_count(t);
    for (size_t i = 0; same && i < clino_series_count(s); i++) {
      same = clino_series_step(s, i) == clino_series_step(t, i);
      if (histogram) same = same && same_histogram(clino_series_histogram(s, i), clino_series_histogram(t, i));
      else same = same && near(clino_series_values(s)[i], clino_series_values(t)[i]);
    }
    if (!same) fprintf(stderr, "%s: %zu points\n", clino_series_name(s), clino_series_count(s));
    CHECK(same);
  }
}

/* ---- together ---- */

static void one_run(clino_mpi *m) {
  job j = new_job(), quiet = j;
  clino_run *shared = NULL, *alone = NULL;
  clino_error e = {0};
  rows file = {.sink = {.append = append}};
  const clino_ranks ranks = clino_mpi_ranks(m);
  clino_watch_options o = options_of(&j), plain = options_of(&quiet);
  o.ranks = &ranks;
  if (rank == 0) o.sink = &file.sink;
  CHECK(!clino_run_new(&shared, NULL) && !clino_run_new(&alone, NULL));
  clino_watch *w = watch_of(&j, shared, &o, false), *v = watch_of(&j, alone, &plain, true);
  for (int64_t step = 1; step <= STEPS; step++) {
    double whole;
    const double loss = train(&j, &whole);
    if (step % 4 == 0) CHECK(!clino_watch_scalar(w, "lr", 0.3, NULL) && !clino_watch_scalar(v, "lr", 0.3, NULL));
    const clino_status status = clino_watch_step(w, step, loss, &e);
    if (status) fprintf(stderr, "%s\n", e.message);
    CHECK(!status && !clino_watch_step(v, step, whole, NULL));
  }
  expect_same_run(shared, alone);
  CHECK(clino_run_series(shared, "activations/hidden") && clino_run_series(shared, "update_ratio/V"));
  CHECK(clino_run_series(shared, "lr") && clino_series_values(clino_run_series(shared, "lr"))[2] == 0.3);
  CHECK(file.written == (rank == 0 ? STEPS : 0) && j.found == quiet.found && !j.mismatches);
  clino_watch_free(w), clino_watch_free(v);
  clino_run_free(shared), clino_run_free(alone);
}

/* Clocks that go at their own pace: the first rank's counts, and a budget leaves out the same looks in all. */
static void one_clock(clino_mpi *m) {
  job j = new_job();
  clino_run *run = NULL;
  const clino_ranks ranks = clino_mpi_ranks(m);
  clino_watch_options o = options_of(&j);
  clino_watch_cost cost, first;
  o.ranks = &ranks;
  o.clock = clock_of;
  o.clock_ctx = &j;
  o.budget_fraction = 0.05;
  CHECK(!clino_run_new(&run, NULL));
  clino_watch *w = watch_of(&j, run, &o, false);
  for (int64_t step = 1; step <= STEPS; step++) {
    double whole;
    const double loss = train(&j, &whole);
    j.per_call = rank == 0 ? 1e-3 : 0.4 * rank;
    j.clock += rank == 0 ? 0.06 : 1e-6;
    CHECK(!clino_watch_step(w, step, loss, NULL));
  }
  CHECK(!clino_watch_get_cost(w, &cost, NULL));
  first = cost;
  MPI_Bcast(&first, sizeof first, MPI_BYTE, 0, MPI_COMM_WORLD);
  CHECK(cost.looks == first.looks && cost.left_out == first.left_out && cost.checks == first.checks);
  CHECK(cost.left_out > 5 && cost.looks > 3);
  clino_watch_free(w);
  clino_run_free(run);
}

/* ---- what goes wrong in the last rank ---- */

static void one_that_drifts(clino_mpi *m) {
  job j = new_job();
  const int bad = size - 1;
  clino_run *run = NULL;
  const clino_ranks ranks = clino_mpi_ranks(m);
  clino_watch_options o = options_of(&j);
  char named[64];
  snprintf(named, sizeof named, "rank %d: the values of W", bad);
  o.ranks = &ranks;
  CHECK(!clino_run_new(&run, NULL));
  clino_watch *w = watch_of(&j, run, &o, false);
  for (int64_t step = 1; step <= STEPS; step++) {
    double whole;
    const double loss = train(&j, &whole);
    if (step == 40 && rank == bad) j.w[2][1] += 1e-9;
    CHECK(!clino_watch_step(w, step, loss, NULL));
    CHECK(j.mismatches == (size > 1 && step >= 40));
  }
  bool listed = size == 1;
  for (size_t i = 0; i < clino_findings_count(clino_watch_findings(w)); i++)
    listed = listed || strstr(clino_findings_at(clino_watch_findings(w), i)->message, named);
  CHECK(listed && (size == 1 || strstr(j.finding, named)));
  clino_watch_free(w);
  clino_run_free(run);
}

/* A NaN in one rank stops all at the same step. */
static void one_that_ends_it(clino_mpi *m) {
  job j = new_job();
  clino_run *run = NULL;
  clino_error e = {0};
  const clino_ranks ranks = clino_mpi_ranks(m);
  clino_watch_options o = options_of(&j);
  int64_t step = 0;
  clino_status status = CLINO_OK;
  o.ranks = &ranks;
  CHECK(!clino_run_new(&run, NULL));
  clino_watch *w = watch_of(&j, run, &o, false);
  while (!status && step < STEPS) {
    double whole, loss = train(&j, &whole);
    if (++step > 61 && rank == size - 1) loss = NAN;
    status = clino_watch_step(w, step, loss, &e);
  }
  CHECK(status == CLINO_ERR_CALLBACK && step == 75 && e.callback_value == 9);
  clino_watch_free(w);
  clino_run_free(run);
}

static void one_that_differs(clino_mpi *m) {
  job j = new_job();
  const int bad = size - 1;
  clino_run *run = NULL;
  clino_error e = {0};
  char named[32];
  rows file = {.sink = {.append = append}, .fail_at = 7};
  const clino_ranks ranks = clino_mpi_ranks(m);
  clino_watch_options o = options_of(&j);
  snprintf(named, sizeof named, "rank %d ", bad);
  o.ranks = &ranks;
  if (rank == 0) o.sink = &file.sink;
  CHECK(!clino_run_new(&run, NULL));
  clino_watch *w = watch_of(&j, run, &o, false);
  for (int64_t step = 1; step <= STEPS; step++) {
    double whole;
    const double loss = train(&j, &whole);
    const bool other_step = step == 10 && size > 1, other_names = step == 20 && size > 1;
    if (other_names && rank == bad) CHECK(!clino_watch_scalar(w, "lr", 0.3, NULL));
    const clino_status status = clino_watch_step(w, step + (other_step && rank == bad), loss, &e);
    if (other_step || other_names)
      CHECK(status == CLINO_ERR_RANGE && strstr(e.message, size == 2 ? "rank 1 " : named));
    else CHECK(status == (step == 7 && rank == 0 ? CLINO_ERR_IO : CLINO_OK)); /* the others go on, and so does it */
  }
  CHECK(clino_series_count(clino_run_series(run, "train/loss")) == (size_t)(STEPS - (size > 1 ? 2 : 0)));
  clino_watch_free(w);
  clino_run_free(run);
}

/* More scalars than go with the first message, and no rank at all. */
static void many_scalars(clino_mpi *m) {
  job j = new_job();
  clino_run *run = NULL;
  clino_error e = {0};
  clino_ranks ranks = clino_mpi_ranks(m);
  clino_watch_options o = options_of(&j);
  clino_watch *w = NULL;
  char name[16];
  o.ranks = &ranks;
  CHECK(!clino_run_new(&run, NULL) && !clino_watch_new(&w, run, &o, NULL));
  for (int i = 0; i < 70; i++) {
    snprintf(name, sizeof name, "s%d", i);
    CHECK(!clino_watch_scalar(w, name, i + rank, NULL));
  }
  CHECK(!clino_watch_step(w, 1, rank, NULL));
  for (int i = 0; i < 70; i++) {
    snprintf(name, sizeof name, "s%d", i);
    CHECK(near(clino_series_values(clino_run_series(run, name))[0], i + 0.5 * (size - 1)));
  }
  clino_watch_free(w);
  ranks = clino_mpi_ranks(NULL);
  CHECK(!clino_watch_new(&w, run, &o, NULL) && clino_watch_step(w, 2, 1, &e) == CLINO_ERR_RANGE);
  clino_watch_free(w);
  clino_run_free(run);
}

static void together(clino_mpi *m) {
  one_run(m);
  one_clock(m);
  one_that_drifts(m);
  one_that_ends_it(m);
  one_that_differs(m);
  many_scalars(m);
}

/* The last rank stops after some steps: the others hear of it, and may save what they have. */
static void one_that_stops(bool killed) {
  clino_mpi *m = short_tempered();
  job j = new_job();
  clino_run *run = NULL;
  clino_error e = {0};
  char named[32];
  const clino_ranks ranks = clino_mpi_ranks(m);
  clino_watch_options o = options_of(&j);
  clino_status status = CLINO_OK;
  snprintf(named, sizeof named, "rank %d ", size - 1);
  o.ranks = &ranks;
  CHECK(!clino_run_new(&run, NULL));
  clino_watch *w = watch_of(&j, run, &o, false);
  for (int64_t step = 1; step <= STEPS && !status; step++) {
    if (step == 31 && rank == size - 1 && killed) raise(SIGKILL);
    if (step == 31 && rank == size - 1) sleep(60);
    const double start = seconds();
    status = clino_watch_step(w, step, 1.0 / (double)step, &e);
    CHECK(!status || (step == 31 && seconds() - start < 5 && strstr(e.message, named)));
  }
  CHECK(status == CLINO_ERR_RANK && clino_series_count(clino_run_series(run, "train/loss")) == 30);
  CHECK(clino_watch_step(w, 32, 1, &e) == CLINO_ERR_RANK); /* at once, from then on */
  leave_without_the_lost();
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  clino_mpi *m = arrive(&argc, &argv);
  if (strcmp(what, "stops") == 0) one_that_stops(false);
  else if (strcmp(what, "killed") == 0) one_that_stops(true);
  else together(m);
  return leave_together(m);
}
