/* What several ranks do together, run by tests/scripts/mpi.sh:  ranks WHAT
 * Every rank looks at what it got; rank 0 says "ok", and the exit status is 0, where all is as it must be. */
#include "mpi/harness.h"

/* ---- monitors ---- */

enum { ROWS = 4096, UNITS = 12, ALL = ROWS * UNITS };

typedef struct watched {
  clino_statistics *statistics;
  clino_activation *activation;
  clino_update_ratio *ratio;
  clino_gap *gap;
  clino_monitor all[4];
} watched;

static watched watch(void) {
  watched w;
  clino_statistics_spec s = clino_statistics_spec_default();
  clino_activation_spec a = clino_activation_spec_default();
  s.name = a.name = "layer";
  a.units = UNITS;
  CHECK(!clino_statistics_new(&s, &w.statistics, NULL) && !clino_activation_new(&a, &w.activation, NULL));
  CHECK(!clino_update_ratio_new("W", &w.ratio, NULL) && !clino_gap_new(NULL, &w.gap, NULL));
  w.all[0] = clino_monitor_of_statistics(w.statistics);
  w.all[1] = clino_monitor_of_activation(w.activation);
  w.all[2] = clino_monitor_of_update_ratio(w.ratio);
  w.all[3] = clino_monitor_of_gap(w.gap);
  return w;
}

static void unwatch(watched *w) {
  clino_statistics_free(w->statistics);
  clino_activation_free(w->activation);
  clino_update_ratio_free(w->ratio);
  clino_gap_free(w->gap);
}

/* The rows from first to before end. */
static void feed(watched *w, const double *x, const double *y, size_t first, size_t end) {
  const size_t n = (end - first) * UNITS;
  clino_statistics_add_f64(w->statistics, n, x + first * UNITS, NULL);
  clino_activation_add_f64(w->activation, end - first, x + first * UNITS, NULL);
  clino_update_ratio_add_f64(w->ratio, n, x + first * UNITS, y + first * UNITS, NULL);
  for (size_t i = first; i < end; i++) clino_gap_add_train(w->gap, y[i], 1, NULL);
}

static void expect_equal(const watched *a, const watched *b) {
  clino_statistics_stats s, t;
  clino_activation_stats c, d;
  clino_update_ratio_stats u, v;
  clino_gap_stats g, h;
  clino_histogram p, q;
  clino_statistics_get(a->statistics, &s, NULL), clino_statistics_get(b->statistics, &t, NULL);
  CHECK(s.count == t.count && s.zeros == t.zeros && s.nans == t.nans && s.min == t.min && s.max == t.max);
  CHECK(near(s.mean, t.mean) && near(s.standard_deviation, t.standard_deviation) && near(s.norm, t.norm));
  clino_statistics_histogram(a->statistics, &p, NULL), clino_statistics_histogram(b->statistics, &q, NULL);
  CHECK(p.n_bins == q.n_bins && memcmp(p.counts, q.counts, p.n_bins * sizeof *p.counts) == 0 && p.nans == q.nans);
  clino_activation_get(a->activation, &c, NULL), clino_activation_get(b->activation, &d, NULL);
  CHECK(c.rows == d.rows && c.zeros == d.zeros && near(c.mean, d.mean));
  CHECK(clino_activation_silent_units(a->activation, NULL, 0) == clino_activation_silent_units(b->activation, NULL, 0));
  clino_update_ratio_get(a->ratio, &u, NULL), clino_update_ratio_get(b->ratio, &v, NULL);
  CHECK(u.count == v.count && near(u.param_norm, v.param_norm) && near(u.ratio, v.ratio));
  clino_gap_get(a->gap, 1, &g, NULL), clino_gap_get(b->gap, 1, &h, NULL);
  CHECK(g.n_train == h.n_train && near(g.train_loss, h.train_loss));
}

static void merged_is_whole(clino_mpi *m) {
  static double x[ALL], y[ALL];
  watched part = watch(), whole = watch();
  random_fill(21, x, ALL, -3, 1.5);
  random_fill(22, y, ALL, -1e-3, 1e5);
  x[77] = NAN, x[12345] = INFINITY, x[4] = 0;
  for (size_t i = 5; i < ALL; i += UNITS) x[i] = -1; /* dead everywhere, and one in all ranks but the last */
  for (size_t i = 7; i < ALL - UNITS; i += UNITS) x[i] = -2;
  x[ALL - UNITS + 7] = 1;
  feed(&part, x, y, (size_t)(ROWS * rank / size), (size_t)(ROWS * (rank + 1) / size));
  feed(&whole, x, y, 0, ROWS);
  clino_error e = {0};
  CHECK(clino_mpi_merge(m, 4, part.all, &e) == CLINO_OK);
  expect_equal(&part, &whole);
  clino_statistics_reset(part.statistics); /* and goes on */
  clino_statistics_reset(whole.statistics);
  clino_statistics_add_f64(part.statistics, 1, &x[rank], NULL);
  for (int k = 0; k < size; k++) clino_statistics_add_f64(whole.statistics, 1, &x[k], NULL);
  CHECK(clino_mpi_merge(m, 1, part.all, &e) == CLINO_OK);
  clino_statistics_stats s, t;
  clino_statistics_get(part.statistics, &s, NULL), clino_statistics_get(whole.statistics, &t, NULL);
  CHECK(s.count == t.count && near(s.norm, t.norm));
  CHECK(clino_mpi_merge(m, 0, NULL, &e) == CLINO_OK);
  unwatch(&part);
  unwatch(&whole);
}

static void what_differs_is_refused(clino_mpi *m) {
  watched w = watch();
  clino_error e = {0};
  CHECK(clino_mpi_merge(NULL, 0, NULL, &e) == CLINO_ERR_RANGE && strstr(e.message, "mpi is NULL"));
  CHECK(clino_mpi_merge(m, 1, NULL, &e) == CLINO_ERR_RANGE);
  if (size > 1) {
    const int last = size - 1;
    char name[32];
    snprintf(name, sizeof name, "rank %d", last);
    CHECK(clino_mpi_merge(m, rank == last ? 3 : 4, w.all, &e) == CLINO_ERR_RANGE && strstr(e.message, name));
    CHECK(clino_mpi_merge(m, 4, rank == last ? NULL : w.all, &e) == CLINO_ERR_RANGE);
    CHECK(rank == last || strstr(e.message, name));
  }
  CHECK(clino_mpi_merge(m, 4, w.all, &e) == CLINO_OK); /* and no harm is done */
  clino_mpi *none;
  clino_mpi_options o = clino_mpi_options_default();
  CHECK(o.timeout_seconds == 60 && clino_mpi_new(NULL, &o, NULL, &e) == CLINO_ERR_RANGE);
  o.timeout_seconds = NAN;
  CHECK(clino_mpi_new(NULL, &o, &none, &e) == CLINO_ERR_RANGE && strstr(e.message, "timeout_seconds"));
  CHECK(clino_mpi_rank(NULL) == -1 && clino_mpi_size(NULL) == 0);
  unwatch(&w);
}

/* ---- a model: a small net of tanh units, in single and double precision, one tensor with strides ---- */

enum { IN = 7, HIDDEN = 9, BATCH = 5 };

typedef struct net {
  double w1[HIDDEN][2 * IN], d1[HIDDEN][2 * IN]; /* every second column is the tensor */
  float w2[HIDDEN], d2[HIDDEN];
  double x[BATCH][IN], y[BATCH], hidden[BATCH][HIDDEN], out[BATCH];
  double scale;      /* of the loss, as the hook for terms sets it */
  int calls, fail_at, sleep_at, kill_at;
  double wrong;      /* added to an entry of the gradient */
  double wrong_row;  /* added to a row */
  double off;        /* added to the loss */
  uint64_t seed;
} net;

static int net_loss(double *loss, void *ctx) {
  net *n = ctx;
  double sum = 0;
  n->calls++;
  if (n->calls == n->fail_at) return 7;
  if (n->calls == n->sleep_at) sleep(60);
  if (n->calls == n->kill_at) raise(SIGKILL);
  for (int b = 0; b < BATCH; b++) {
    n->out[b] = 0;
    for (int h = 0; h < HIDDEN; h++) {
      double z = 0;
      for (int i = 0; i < IN; i++) z += n->w1[h][2 * i] * n->x[b][i];
      n->hidden[b][h] = tanh(z);
      n->out[b] += (double)n->w2[h] * n->hidden[b][h];
    }
    sum += (n->out[b] - n->y[b]) * (n->out[b] - n->y[b]) / 2;
  }
  *loss = n->scale * sum + n->off + 1e-3 * (double)(n->seed % 7);
  return 0;
}

static int net_backward(void *ctx) {
  net *n = ctx;
  memset(n->d1, 0, sizeof n->d1);
  double d2[HIDDEN] = {0};
  for (int b = 0; b < BATCH; b++) {
    const double g = n->scale * (n->out[b] - n->y[b]);
    for (int h = 0; h < HIDDEN; h++) {
      const double t = n->hidden[b][h];
      d2[h] += g * t;
      for (int i = 0; i < IN; i++) n->d1[h][2 * i] += g * (double)n->w2[h] * (1 - t * t) * n->x[b][i];
    }
  }
  for (int h = 0; h < HIDDEN; h++) n->d2[h] = (float)d2[h];
  n->d1[2][6] += n->wrong;
  for (int i = 0; i < IN; i++) n->d1[4][2 * i] += n->wrong_row;
  return 0;
}

static int net_reseed(uint64_t seed, void *ctx) {
  ((net *)ctx)->seed = seed;
  return 0;
}

static net new_net(void) {
  net n;
  uint64_t seed = 5;
  memset(&n, 0, sizeof n);
  n.scale = 1;
  for (int h = 0; h < HIDDEN; h++) {
    for (int i = 0; i < 2 * IN; i++) n.w1[h][i] = random_between(&seed, -0.7, 0.7);
    n.w2[h] = (float)random_between(&seed, -1, 1);
  }
  for (int b = 0; b < BATCH; b++) {
    for (int i = 0; i < IN; i++) n.x[b][i] = random_between(&seed, -1, 1);
    n.y[b] = random_between(&seed, -1, 1);
  }
  return n;
}

static const ptrdiff_t strides[] = {2 * IN, 2};

static clino_model model_of(net *n, clino_tensor *tensors) {
  tensors[0] = CLINO_TENSOR_F64("W1", &n->w1[0][0], &n->d1[0][0], HIDDEN, IN);
  tensors[0].strides = strides;
  tensors[1] = CLINO_TENSOR_F32("W2", n->w2, n->d2, HIDDEN);
  return (clino_model){2, tensors, net_loss, net_backward, n};
}

static bool same_entry(const clino_gradcheck_entry *a, const clino_gradcheck_entry *b) {
  return strcmp(a->tensor, b->tensor) == 0 && a->flat == b->flat && a->verdict == b->verdict &&
         memcmp(&a->analytic, &b->analytic, sizeof(double)) == 0 &&
         memcmp(&a->numeric, &b->numeric, sizeof(double)) == 0 && memcmp(&a->error, &b->error, sizeof(double)) == 0;
}

/* ---- sharing a check ---- */

typedef struct fault {
  double entry, row;
  bool seeded;
  uint64_t budget;
} fault;

static void one_check(clino_mpi *m, clino_mode mode, fault f) {
  net mine = new_net(), alone = new_net();
  clino_tensor t[2], u[2];
  clino_model model = model_of(&mine, t), other = model_of(&alone, u);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_gradcheck_result shared, result;
  clino_error e = {0};
  mine.wrong = alone.wrong = f.entry;
  mine.wrong_row = alone.wrong_row = f.row;
  if (mode == CLINO_MODE_DIRECTIONAL) model.n_tensors = other.n_tensors = 1; /* in double precision alone */
  o.mode = mode;
  o.points = 2;
  o.max_evaluations = f.budget;
  if (f.seeded) o.context.reseed = net_reseed;
  const net before = mine;
  const clino_status status = clino_mpi_gradcheck_model(m, &model, &o, NULL, &shared, &e);
  if (status) fprintf(stderr, "%s\n", e.message);
  CHECK(status == CLINO_OK);
  CHECK(gradcheck_model(&other, &o, &result, NULL) == CLINO_OK);
  const bool wrong = f.entry != 0 || f.row != 0;
  CHECK(shared.verdict == result.verdict);
  CHECK(f.budget || shared.verdict == (wrong ? CLINO_VERDICT_FAIL : CLINO_VERDICT_PASS));
  CHECK(f.budget || mode != CLINO_MODE_DIRECTIONAL || (shared.n_located > 0) == wrong);
  CHECK(memcmp(shared.located, result.located, shared.n_located * sizeof *shared.located) == 0);
  CHECK(memcmp(&shared.directional, &result.directional, sizeof shared.directional) == 0);
  CHECK(shared.evaluations == result.evaluations && shared.gradients == result.gradients);
  CHECK(memcmp(shared.counts, result.counts, sizeof shared.counts) == 0 && shared.checked == result.checked);
  CHECK(same_entry(&shared.worst, &result.worst) && shared.n_next == result.n_next);
  CHECK(shared.n_located == result.n_located && shared.noise == result.noise);
  char a[900], b[900];
  clino_gradcheck_describe(&shared, a, sizeof a);
  clino_gradcheck_describe(&result, b, sizeof b);
  CHECK(strcmp(a, b) == 0);
  CHECK(memcmp(mine.w1, before.w1, sizeof mine.w1) == 0 && memcmp(mine.w2, before.w2, sizeof mine.w2) == 0);
}

static void checks_are_those_of_one(clino_mpi *m) {
  static const clino_mode modes[] = {CLINO_MODE_FULL, CLINO_MODE_DIRECTIONAL};
  for (int k = 0; k < 2; k++) {
    one_check(m, modes[k], (fault){.entry = 0});
    one_check(m, modes[k], (fault){.seeded = true});
    one_check(m, modes[k], (fault){.entry = 0.25, .seeded = true});
    one_check(m, modes[k], (fault){.row = 0.125});
    one_check(m, modes[k], (fault){.entry = -0.5, .row = 1e-3});
  }
  for (uint64_t budget = 7; budget < 5000; budget = budget * 7 / 3)
    one_check(m, CLINO_MODE_DIRECTIONAL, (fault){.entry = 0.5, .row = 0.0625, .budget = budget});
}

static int slow_loss(double *loss, void *ctx) {
  const struct timespec a_while = {0, 2000000};
  nanosleep(&a_while, NULL);
  return net_loss(loss, ctx);
}

/* Where a loss takes longer than a message, every rank is asked: two calls are for comparing replicas, one to see that
 * it is a copy. */
static void every_rank_works(clino_mpi *m) {
  net n = new_net();
  clino_tensor t[2];
  clino_model model = model_of(&n, t);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_gradcheck_result result;
  o.mode = CLINO_MODE_DIRECTIONAL;
  model.n_tensors = 1;
  model.loss = slow_loss;
  CHECK(!clino_mpi_gradcheck_model(m, &model, &o, NULL, &result, NULL) && result.verdict == CLINO_VERDICT_PASS);
  CHECK(n.calls > 3);
}

/* In the last rank something is wrong; every rank names it. */
static void one_that_differs(clino_mpi *m, void (*spoil)(net *n), const char *what) {
  net n = new_net();
  clino_tensor t[2];
  clino_model model = model_of(&n, t);
  clino_findings *findings = NULL;
  clino_gradcheck_result result;
  clino_error e = {0};
  char named[64];
  bool alike = true;
  if (size < 2) return;
  const int bad = size - 1;
  snprintf(named, sizeof named, "rank %d: %s", bad, what);
  if (rank == bad) spoil(&n);
  const net before = n;
  CHECK(!clino_findings_new(&findings, NULL));
  CHECK(clino_mpi_gradcheck_model(m, &model, NULL, findings, &result, &e) == CLINO_ERR_RANK);
  CHECK(strstr(e.message, named) && result.verdict == CLINO_VERDICT_NONE);
  CHECK(clino_findings_count(findings) == 1 && strncmp(first_finding(findings), named, strlen(named)) == 0);
  const clino_finding *f = clino_findings_at(findings, 0);
  CHECK(f && strcmp(f->check, "replica-mismatch") == 0);
  CHECK(memcmp(n.w1, before.w1, sizeof n.w1) == 0);
  clino_findings_free(findings);
  findings = NULL;
  CHECK(!clino_findings_new(&findings, NULL));
  const clino_status status = clino_mpi_compare_replicas(m, &model, NULL, findings, &alike, &e);
  CHECK(status == CLINO_OK);
  CHECK(alike || clino_findings_count(findings) == 1);
  clino_findings_free(findings);
}

static void spoil_weight(net *n) { n->w1[3][4] = nextafter(n->w1[3][4], 9); }
static void spoil_loss(net *n) { n->off = 1e-9; }
static void spoil_first_call(net *n) { n->fail_at = 1; }
/* The first two calls are for comparing, the next shows that a copy is one. */
static void spoil_later_call(net *n) { n->fail_at = 3; }
static void spoil_batch(net *n) { n->x[1][2] += 1e-13; }

static int loss_that_drifts(double *loss, void *ctx) {
  const int value = net_loss(loss, ctx);
  net *n = ctx;
  if (rank && rank == size - 1 && n->calls > 2) *loss += 1e-7; /* only once it was compared */
  return value;
}

static void one_that_drifts(clino_mpi *m) {
  net n = new_net();
  clino_tensor t[2];
  clino_model model = model_of(&n, t);
  clino_gradcheck_result result;
  clino_error e = {0};
  char named[32];
  if (size < 2) return;
  model.loss = loss_that_drifts;
  snprintf(named, sizeof named, "rank %d", size - 1);
  CHECK(clino_mpi_gradcheck_model(m, &model, NULL, NULL, &result, &e) == CLINO_ERR_RANK && strstr(e.message, named));
}

/* A rank that fails, or drifts, in the midst of a directional search; whatever the call. */
static void one_that_fails_in_a_search(clino_mpi *m, bool drifts) {
  const int bad = size - 1;
  if (size < 2) return;
  for (int at = 3; at < 12; at += drifts ? 4 : 1) {
    net n = new_net();
    clino_tensor t[2];
    clino_model model = model_of(&n, t);
    clino_gradcheck_options o = clino_gradcheck_options_default();
    clino_gradcheck_result result;
    clino_error e = {0};
    char named[64];
    o.mode = CLINO_MODE_DIRECTIONAL;
    model.n_tensors = 1;
    n.wrong = 0.5;
    snprintf(named, sizeof named, "rank %d: its loss %s", bad, drifts ? "is not that" : "returned 7");
    if (rank == bad && !drifts) n.fail_at = at;
    if (drifts) model.loss = loss_that_drifts;
    const net before = n;
    const clino_status status = clino_mpi_gradcheck_model(m, &model, &o, NULL, &result, &e);
    int reached = drifts || n.calls >= at; /* who is asked depends on who is free */
    MPI_Bcast(&reached, 1, MPI_INT, bad, MPI_COMM_WORLD);
    CHECK(reached ? status == CLINO_ERR_RANK && strstr(e.message, named) : status == CLINO_OK);
    CHECK(memcmp(n.w1, before.w1, sizeof n.w1) == 0);
  }
}

static void replicas_that_differ_are_named(clino_mpi *m) {
  one_that_differs(m, spoil_weight, "the values of W1");
  one_that_differs(m, spoil_loss, "its loss is not");
  one_that_differs(m, spoil_batch, "its loss is not");
  one_that_differs(m, spoil_first_call, "its loss returned 7");
  one_that_differs(m, spoil_later_call, "its loss returned 7");
  one_that_drifts(m);
  one_that_fails_in_a_search(m, false);
  one_that_fails_in_a_search(m, true);
  one_check(m, CLINO_MODE_FULL, (fault){.entry = 0}); /* and no harm is done */
}

static void arguments_are_checked(clino_mpi *m) {
  net n = new_net();
  clino_tensor t[2];
  clino_model model = model_of(&n, t), none = model;
  clino_gradcheck_result result;
  clino_error e = {0};
  bool alike;
  none.loss = NULL;
  CHECK(clino_mpi_gradcheck_model(m, &model, NULL, NULL, NULL, &e) == CLINO_ERR_RANGE);
  CHECK(clino_mpi_gradcheck_model(NULL, &model, NULL, NULL, &result, &e) == CLINO_ERR_RANGE);
  CHECK(clino_mpi_gradcheck_model(m, &none, NULL, NULL, &result, &e) == CLINO_ERR_RANGE);
  CHECK(clino_mpi_compare_replicas(m, &model, NULL, NULL, NULL, &e) == CLINO_ERR_RANGE);
  CHECK(clino_mpi_compare_replicas(m, NULL, NULL, NULL, &alike, &e) == CLINO_ERR_RANGE);
  CHECK(clino_mpi_compare_replicas(m, &model, NULL, NULL, &alike, &e) == CLINO_OK && alike);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.tolerance = -1; /* what rank 0's engine refuses, all ranks get */
  CHECK(clino_mpi_gradcheck_model(m, &model, &o, NULL, &result, &e) == CLINO_ERR_RANGE);
  CHECK(strstr(e.message, "tolerance"));
}

/* ---- ranks that stop: the others come back, by themselves ---- */

/* Rank `absent` does not come to a merge. */
static void one_that_stays_away(int absent) {
  clino_mpi *m = short_tempered();
  watched w = watch();
  char named[32];
  clino_error e = {0};
  snprintf(named, sizeof named, "rank %d", absent);
  const double start = seconds();
  if (rank != absent && size > 1) {
    CHECK(clino_mpi_merge(m, 4, w.all, &e) == CLINO_ERR_RANK);
    CHECK(strstr(e.message, named) && seconds() - start < 5);
    CHECK(clino_mpi_merge(m, 4, w.all, &e) == CLINO_ERR_RANK && strstr(e.message, named)); /* at once, from then on */
  } else {
    sleep(60);
  }
  unwatch(&w);
}

/* The last rank sleeps within its loss. */
static void one_that_sleeps(void) {
  clino_mpi *m = short_tempered();
  net n = new_net();
  clino_tensor t[2];
  clino_model model = model_of(&n, t);
  clino_findings *findings = NULL;
  clino_gradcheck_result result;
  clino_error e = {0};
  char named[64];
  const int bad = size - 1;
  if (rank == bad) n.sleep_at = 3;
  snprintf(named, sizeof named, "rank %d: it did not answer", bad);
  CHECK(!clino_findings_new(&findings, NULL));
  const double start = seconds();
  const clino_status status = clino_mpi_gradcheck_model(m, &model, NULL, findings, &result, &e);
  CHECK(status == CLINO_ERR_RANK);
  CHECK(rank == bad || (seconds() - start < 5 && strstr(e.message, named)));
  CHECK(rank == bad || (clino_findings_count(findings) == 1 && strstr(first_finding(findings), named)));
  clino_findings_free(findings);
}

/* ---- the program ---- */

static void together(clino_mpi *m) {
  merged_is_whole(m);
  what_differs_is_refused(m);
  checks_are_those_of_one(m);
  every_rank_works(m);
  replicas_that_differ_are_named(m);
  arguments_are_checked(m);
}

/* The last rank is killed in the middle of a check, after the others were told where it is to be looked for. */
static void killed(clino_mpi *m, clino_mode mode) {
  net n = new_net();
  clino_tensor t[2];
  clino_model model = model_of(&n, t);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  clino_gradcheck_result result;
  o.mode = mode;
  model.n_tensors = 1;
  if (rank == size - 1) n.kill_at = 3;
  const clino_status status = clino_mpi_gradcheck_model(m, &model, &o, NULL, &result, NULL);
  CHECK(status == CLINO_ERR_RANK);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  clino_mpi *m = arrive(&argc, &argv);
  if (strcmp(what, "together") == 0) together(m);
  else if (strcmp(what, "away") == 0) one_that_stays_away(size - 1);
  else if (strcmp(what, "first-away") == 0) one_that_stays_away(0);
  else if (strcmp(what, "sleeps") == 0) one_that_sleeps();
  else if (strcmp(what, "killed") == 0) killed(m, CLINO_MODE_FULL);
  else if (strcmp(what, "killed-searching") == 0) killed(m, CLINO_MODE_DIRECTIONAL);
  else failed = 1;
  if (strcmp(what, "together") != 0) leave_without_the_lost();
  return leave_together(m);
}
