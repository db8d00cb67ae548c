/* The ends of the spectrum by ARPACK's implicitly restarted Lanczos method, in reverse communication.
 *
 * ARPACK's criterion is relative to each eigenvalue, which for one near 0 is out of reach of differences. So the
 * operator is H + sigma I, with sigma about twice max|lambda| from a few steps of the power method: the Krylov spaces
 * are the same, all eigenvalues lie between one and three times max|lambda|, and the criterion is relative to that.
 *
 * A tiny diagonal, seeded, is added too: 1e-11 of the operator's size. On a Hessian of low rank the Krylov space would
 * else be complete after a few steps, and ARPACK go on from a random vector of a generator whose state it keeps between
 * calls: the same seed would not give the same numbers. */
#include "curvature/lanczos.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "curvature/fortran.h"
#include "curvature/vector.h"

#define POWER_STEPS 3
#define SPREAD 1e-11 /* of the tiny diagonal, relative to sigma */
#define BASIS 20     /* vectors in it, beside twice those wanted, which ARPACK's guide recommends at least */

/* ARPACK keeps the state of a run in its own static variables: one run at a time. The lock knows its owner, so that a
 * run within a callback of a run is an error, not a deadlock. */
static struct {
  pthread_once_t once;
  pthread_mutex_t mutex;
} clino__arpack_lock = {.once = PTHREAD_ONCE_INIT};

static void make_lock(void) {
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&clino__arpack_lock.mutex, &a);
  pthread_mutexattr_destroy(&a);
}

typedef struct run {
  clino__operator *op;
  clino__lanczos *job;
  int n, nev, ncv, lworkl;
  double sigma;
  double *diagonal;                     /* the tiny one, in multiples of sigma */
  double *resid, *basis, *workd, *workl; /* ARPACK's */
  uint64_t products;
} run;

static clino_status shifted(run *r, const double *v, double *out) {
  clino_status status = clino__operator_apply(r->op, v, out);
  r->products++;
  for (int i = 0; i < r->n && !status; i++) out[i] += r->sigma * (1 + SPREAD * r->diagonal[i]) * v[i];
  return status;
}

/* About twice max|lambda|; 0 where the products are no larger than their noise. */
static clino_status estimate(run *r) {
  size_t n = r->op->n;
  double *v = r->workd, *hv = r->workd + n, largest = 0;
  memcpy(v, r->resid, n * sizeof *v);
  for (int k = 0; k < POWER_STEPS; k++) {
    double norm = clino__norm(v, n);
    if (!(norm > 0)) break;
    clino__scale(v, n, 1 / norm);
    clino_status status = clino__operator_apply(r->op, v, hv);
    r->products++;
    if (status || !r->op->finite) return status;
    double size = clino__norm(hv, n);
    double noise = clino__operator_noise(r->op, r->op->forward ? r->op->forward_step / r->op->step : 1, v);
    if (!(size > 6 * noise)) break; /* 6: both gradients' noise, three deviations each */
    largest = fmax(largest, size);
    memcpy(v, hv, n * sizeof *v);
  }
  r->sigma = 2 * largest;
  return CLINO_OK;
}

static clino_status take_vectors(run *r, double tolerance, int *iparam, int *ipntr) {
  int rvec = 1, info = 0, select[2 * (2 * CLINO_SPECTRUM_MOST) + BASIS] = {0};
  double values[2 * CLINO_SPECTRUM_MOST], unused = 0;
  dseupd_(&rvec, "A", select, values, r->job->vectors, &r->n, &unused, "I", &r->n, "BE", &r->nev, &tolerance, r->resid,
          &r->ncv, r->basis, &r->n, iparam, ipntr, r->workd, r->workl, &r->lworkl, &info, 1, 1, 2);
  if (info == 0) return CLINO_OK;
  return clino__fail(r->op->error, CLINO_ERR_UNSUPPORTED, "ARPACK's dseupd answers %d", info);
}

/* When products run out, any tolerance will do: the restart that is under way then ends with the best vectors so far.
 * */
static clino_status iterate(run *r) {
  double tolerance = r->job->tolerance / 3;
  int ido = 0, info = 1, iparam[11] = {1, 0, 100000, 1, 0, 0, 1}, ipntr[11] = {0};
  for (;;) {
    bool last = r->products + (uint64_t)r->ncv + 1 >= r->job->max_products;
    if (last) tolerance = 1e30;
    dsaupd_(&ido, "I", &r->n, "BE", &r->nev, &tolerance, r->resid, &r->ncv, r->basis, &r->n, iparam, ipntr, r->workd,
            r->workl, &r->lworkl, &info, 1, 2);
    if (ido != 1 && ido != -1) break;
    clino_status status = shifted(r, r->workd + ipntr[0] - 1, r->workd + ipntr[1] - 1);
    if (status || !r->op->finite) return status;
  }
  if (info != 0 || iparam[4] < r->nev)
    return clino__fail(r->op->error, CLINO_ERR_UNSUPPORTED, "ARPACK's dsaupd answers %d with %d of %d vectors", info,
                       iparam[4], r->nev);
  return take_vectors(r, tolerance, iparam, ipntr);
}

static clino_status allocate(run *r) {
  size_t n = r->op->n, ncv = (size_t)r->ncv;
  r->lworkl = r->ncv * (r->ncv + 8);
  r->resid = clino__vectors(r->job->solver ? 4 : 5 + ncv, n);
  r->workl = malloc((size_t)r->lworkl * sizeof(double));
  if (!r->resid || !r->workl) return clino__fail_memory(r->op->error, "the Lanczos method");
  r->diagonal = r->resid + n, r->workd = r->resid + 2 * n;
  r->basis = r->job->solver ? NULL : r->resid + 5 * n;
  memset(r->workl, 0, (size_t)r->lworkl * sizeof(double));
  clino__random_vector(r->resid, n, clino__rng_derive(r->job->seed, 0x73746172));
  clino__random_vector(r->diagonal, n, clino__rng_derive(r->job->seed, 0x64696167));
  return CLINO_OK;
}

static clino_status locked(run *r) {
  pthread_once(&clino__arpack_lock.once, make_lock);
  if (pthread_mutex_lock(&clino__arpack_lock.mutex))
    return clino__fail(r->op->error, CLINO_ERR_UNSUPPORTED,
                       "eigenvalues were asked for within a callback of such a call: ARPACK runs one at a time");
  clino_status status = iterate(r);
  pthread_mutex_unlock(&clino__arpack_lock.mutex);
  return status;
}

/* ---- a solver of the caller ---- */

typedef struct asking {
  run *r;
  clino_status status; /* of the products */
} asking;

static int asked_product(const double *v, double *out, void *ctx) {
  asking *a = ctx;
  a->status = shifted(a->r, v, out);
  return a->status || !a->r->op->finite;
}

static clino_status asked(run *r) {
  asking a = {r, CLINO_OK};
  const uint64_t most = r->job->max_products > r->products + 4 ? r->job->max_products - r->products : 4;
  const clino_eigen_job job = {.n = r->op->n, .pairs = r->job->pairs, .basis = (size_t)r->ncv,
                               .tolerance = r->job->tolerance / 3, .max_products = most, .start = r->resid,
                               .vectors = r->job->vectors, .product = asked_product, .ctx = &a};
  clino_status status = r->job->solver(&job, r->job->solver_ctx, r->op->error);
  return a.status ? a.status : status;
}

clino_status clino__lanczos_extremes(clino__operator *op, clino__lanczos *job) {
  if (op->n > (size_t)INT_MAX)
    return clino__fail(op->error, CLINO_ERR_RANGE, "%zu entries are more than ARPACK can number", op->n);
  run r = {.op = op, .job = job, .n = (int)op->n, .nev = (int)job->pairs};
  size_t basis = 2 * job->pairs + BASIS;
  if (basis > job->max_products / 2) basis = job->max_products / 2;
  if (basis < job->pairs + 2) basis = job->pairs + 2;
  r.ncv = (int)(basis < op->n ? basis : op->n);
  clino_status status = allocate(&r);
  if (!status) status = estimate(&r);
  job->zero = !status && op->finite && !(r.sigma > 0);
  if (!status && op->finite && !job->zero) status = job->solver ? asked(&r) : locked(&r);
  free(r.resid);
  free(r.workl);
  return status;
}
