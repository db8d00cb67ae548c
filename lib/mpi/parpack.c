/* PARPACK (K. J. Maschhoff and D. C. Sorensen, "P_ARPACK: an efficient portable large scale eigenvalue package for
 * distributed memory parallel architectures", 1996): the Krylov basis lies in slices of rows, one a rank. A product
 * needs the whole vector, which the ranks put together, and gives the whole product, of which each takes its slice.
 *
 * PARPACK's own sums wait as MPI does. All ranks come to them together: what may fail in one rank alone (memory, a
 * callback) is told to all of them before. */
#include "mpi/parpack.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/ranks.h"

#if defined(WITH_PARPACK)

void pdsaupd_(const MPI_Fint *comm, int *ido, const char *bmat, const int *n, const char *which, const int *nev,
              const double *tol, double *resid, const int *ncv, double *v, const int *ldv, int *iparam, int *ipntr,
              double *workd, double *workl, const int *lworkl, int *info, size_t bmat_length, size_t which_length);

void pdseupd_(const MPI_Fint *comm, const int *rvec, const char *howmny, const int *select, double *d, double *z,
              const int *ldz, const double *sigma, const char *bmat, const int *n, const char *which, const int *nev,
              const double *tol, double *resid, const int *ncv, double *v, const int *ldv, int *iparam, int *ipntr,
              double *workd, double *workl, const int *lworkl, int *info, size_t howmny_length, size_t bmat_length,
              size_t which_length);

typedef struct run {
  clino_mpi *m;
  const clino_eigen_job *job;
  MPI_Fint comm;
  int n, first;                    /* the rows of this rank */
  int *counts, *starts;            /* of all ranks */
  int nev, ncv, lworkl;
  int *select;
  double *basis, *workd, *workl, *slices, *values; /* slices: nev of them */
  double *whole, *product;
  bool stopped;                    /* by a product */
  bool lost;
  clino_error *error;
} run;

static clino_status put_together(run *r, const double *slice, double *whole) {
  MPI_Request request;
  if (MPI_Iallgatherv(slice, r->n, MPI_DOUBLE, whole, r->counts, r->starts, MPI_DOUBLE, r->m->comm, &request) !=
      MPI_SUCCESS)
    return clino__mpi_lose(r->m, r->error, "MPI cannot begin an operation of all ranks");
  clino_status status = clino__mpi_wait(r->m, &request, r->error);
  r->lost = status != CLINO_OK;
  return status;
}

static clino_status apply(run *r, const double *v, double *out) {
  clino_status status = put_together(r, v, r->whole);
  if (status) return status;
  r->stopped = r->job->product(r->whole, r->product, r->job->ctx) != 0;
  memcpy(out, r->product + r->first, (size_t)r->n * sizeof *out);
  return CLINO_OK;
}

static clino_status take_vectors(run *r, double tolerance, int *iparam, int *ipntr) {
  int rvec = 1, info = 0;
  double unused = 0;
  pdseupd_(&r->comm, &rvec, "A", r->select, r->values, r->slices, &r->n, &unused, "I", &r->n, "BE", &r->nev,
           &tolerance, r->job->start + r->first, &r->ncv, r->basis, &r->n, iparam, ipntr, r->workd, r->workl,
           &r->lworkl, &info, 1, 1, 2);
  if (info) return clino__fail(r->error, CLINO_ERR_UNSUPPORTED, "PARPACK's pdseupd answers %d", info);
  clino_status status = CLINO_OK;
  for (int k = 0; k < r->nev && !status; k++)
    status = put_together(r, r->slices + (size_t)k * (size_t)r->n, r->job->vectors + (size_t)k * r->job->n);
  return status;
}

/* When products run out, any tolerance will do: the restart under way then ends with the best vectors so far. */
static clino_status iterate(run *r) {
  const clino_eigen_job *job = r->job;
  double tolerance = job->tolerance;
  int ido = 0, info = 1, iparam[11] = {1, 0, 100000, 1, 0, 0, 1}, ipntr[11] = {0};
  for (uint64_t products = 0;; products++) {
    if (products + (uint64_t)r->ncv + 1 >= job->max_products) tolerance = 1e30;
    pdsaupd_(&r->comm, &ido, "I", &r->n, "BE", &r->nev, &tolerance, job->start + r->first, &r->ncv, r->basis, &r->n,
             iparam, ipntr, r->workd, r->workl, &r->lworkl, &info, 1, 2);
    if (ido != 1 && ido != -1) break;
    clino_status status = apply(r, r->workd + ipntr[0] - 1, r->workd + ipntr[1] - 1);
    if (status || r->stopped) return status;
  }
  if (info != 0 || iparam[4] < r->nev)
    return clino__fail(r->error, CLINO_ERR_UNSUPPORTED, "PARPACK's pdsaupd answers %d with %d of %d vectors", info,
                       iparam[4], r->nev);
  return take_vectors(r, tolerance, iparam, ipntr);
}

static clino_status allocate(run *r) {
  const size_t n = (size_t)r->n, ncv = (size_t)r->ncv, nev = (size_t)r->nev;
  r->lworkl = r->ncv * (r->ncv + 8);
  r->counts = calloc(2 * (size_t)r->m->size, sizeof *r->counts);
  r->select = calloc(ncv, sizeof *r->select);
  r->basis = malloc(n * (ncv + 3 + nev) * sizeof(double));
  r->workl = calloc((size_t)r->lworkl + nev, sizeof(double));
  r->whole = malloc(2 * r->job->n * sizeof(double));
  if (!r->counts || !r->select || !r->basis || !r->workl || !r->whole)
    return clino__fail_memory(r->error, "the Lanczos method");
  r->starts = r->counts + r->m->size;
  r->workd = r->basis + n * ncv;
  r->slices = r->workd + 3 * n;
  r->values = r->workl + r->lworkl;
  r->product = r->whole + r->job->n;
  return CLINO_OK;
}

/* Where the rows of rank k begin. */
static int start_of(const run *r, int k) {
  return (int)((uint64_t)r->job->n * (uint64_t)k / (uint64_t)r->m->size);
}

static void release(run *r) {
  if (r->lost) return; /* MPI may still be at them */
  free(r->counts);
  free(r->select);
  free(r->basis);
  free(r->workl);
  free(r->whole);
}

static clino_status parpack(const clino_eigen_job *job, void *mpi, clino_error *error) {
  run r = {.m = mpi, .job = job, .nev = (int)job->pairs, .ncv = (int)job->basis, .error = error};
  r.comm = MPI_Comm_c2f(r.m->comm);
  r.first = start_of(&r, r.m->rank);
  r.n = start_of(&r, r.m->rank + 1) - r.first;
  clino_status status = allocate(&r);
  status = clino__mpi_agree(r.m, "PARPACK", 1, status, "is at another job", error);
  for (int k = 0; k < r.m->size && !status; k++) {
    r.starts[k] = start_of(&r, k);
    r.counts[k] = start_of(&r, k + 1) - r.starts[k];
  }
  if (!status) status = iterate(&r);
  release(&r);
  return status;
}

clino_eigen_solver clino__parpack(void) { return parpack; }

#else

clino_eigen_solver clino__parpack(void) { return NULL; }

#endif
