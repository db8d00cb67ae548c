/* The hooks by which watches of all ranks log one run (clino/ranks.h). */
#include <stdlib.h>
#include <string.h>

#include "mpi/ranks.h"
#include "mpi/replicas.h"

/* ---- means ---- */

#define AT_ONCE 29

/* What a rank says at each step: a few numbers go with it, more of them in a message of their own. */
typedef struct word {
  uint64_t names; /* a hash of the names; 0: the rank cannot go on */
  int64_t step;
  uint64_t n;
  double values[AT_ONCE];
} word;

static word word_of(const unsigned char *all, int rank) {
  word w;
  memcpy(&w, all + (size_t)rank * sizeof w, sizeof w);
  return w;
}

static uint64_t hash_of(size_t n, const char *const *names) {
  uint64_t hash = clino__mpi_mix(0, &n, sizeof n);
  for (size_t i = 0; i < n; i++) hash = clino__mpi_mix(hash, names[i], strlen(names[i]) + 1);
  return hash;
}

/* In all ranks the same: whether all are at one step with the same names. */
static clino_status agree(const clino_mpi *m, const unsigned char *all, clino_error *error) {
  bool *differs = calloc((size_t)m->size, sizeof *differs);
  if (!differs) return clino__fail_memory(error, "what the ranks say");
  clino_status status = CLINO_OK;
  clino__mpi_minority(m, all, sizeof(word), offsetof(word, step), sizeof(int64_t), differs);
  for (int k = 0; k < m->size && !status; k++)
    if (differs[k])
      status = clino__fail(error, CLINO_ERR_RANGE, "rank %d is at step %lld, and not where most ranks are", k,
                           (long long)word_of(all, k).step);
  clino__mpi_minority(m, all, sizeof(word), offsetof(word, names), sizeof(uint64_t), differs);
  for (int k = 0; k < m->size && !status; k++)
    if (differs[k]) status = clino__fail(error, CLINO_ERR_RANGE, "rank %d logs other scalars than most ranks", k);
  free(differs);
  return status;
}

/* The mean of number i of each rank's row of `stride` bytes; a number that is the same in all stays so to the bit. */
static double mean_of(const clino_mpi *m, const unsigned char *rows, size_t stride, size_t i) {
  double sum = 0, first = 0;
  bool same = true;
  for (int k = 0; k < m->size; k++) {
    double value;
    memcpy(&value, rows + (size_t)k * stride + i * sizeof value, sizeof value);
    if (!k) first = value;
    same = same && memcmp(&value, &first, sizeof value) == 0;
    sum += value / m->size;
  }
  return same ? first : sum;
}

static clino_status mean(int64_t step, size_t n, const char *const *names, double *values, void *ctx,
                         clino_error *error) {
  clino_mpi *m = ctx;
  unsigned char *all = NULL, *rest = NULL;
  word own;
  clino_status status = clino__mpi_begin(m, "clino_ranks.mean", error);
  if (status) return status;
  const size_t few = n < AT_ONCE ? n : AT_ONCE;
  memset(&own, 0, sizeof own);
  own.names = hash_of(n, names);
  own.step = step;
  own.n = n;
  memcpy(own.values, values, few * sizeof *values);
  status = clino__mpi_gather(m, &own, sizeof own, &all, error);
  if (!status) status = agree(m, all, error);
  if (!status && n > few) status = clino__mpi_gather(m, values + few, (n - few) * sizeof *values, &rest, error);
  for (size_t i = 0; i < n && !status; i++)
    values[i] = i < few ? mean_of(m, all + offsetof(word, values), sizeof own, i)
                        : mean_of(m, rest, (n - few) * sizeof *values, i - few);
  free(all);
  free(rest);
  return status;
}

/* ---- the others ---- */

static clino_status merge(size_t n, const clino_monitor *monitors, void *ctx, clino_error *error) {
  return clino_mpi_merge(ctx, n, monitors, error);
}

static clino_status decide(uint64_t *answer, void *ctx, clino_error *error) {
  clino_mpi *m = ctx;
  MPI_Request request;
  clino_status status = clino__mpi_begin(m, "clino_ranks.decide", error);
  uint64_t *sent = status ? NULL : malloc(sizeof *sent); /* MPI may keep it */
  if (status || !sent) return status ? status : clino__fail_memory(error, "what the ranks say");
  *sent = *answer;
  if (MPI_Ibcast(sent, 1, MPI_UINT64_T, 0, m->comm, &request) != MPI_SUCCESS)
    status = clino__mpi_lose(m, error, "MPI cannot begin an operation of all ranks");
  if (!status) status = clino__mpi_wait(m, &request, error);
  if (status) return status;
  *answer = *sent;
  free(sent);
  return CLINO_OK;
}

static clino_status compare(size_t n, const char *const *whats, const uint64_t *marks, clino_findings *findings,
                            void *ctx, clino_error *error) {
  clino_mpi *m = ctx;
  uint64_t both[2] = {n, clino__mpi_mix(0, marks, n * sizeof *marks)};
  unsigned char *all = NULL;
  bool *differs = NULL, any = false;
  clino_status status = clino__mpi_begin(m, "clino_ranks.compare", error);
  if (status) return status;
  status = clino__mpi_gather(m, both, sizeof both, &all, error);
  if (status) return status;
  differs = calloc((size_t)m->size, sizeof *differs);
  if (!differs) status = clino__fail_memory(error, "what the ranks say");
  else clino__mpi_minority(m, all, sizeof both, 0, sizeof *both, differs);
  for (int k = 0; k < m->size && !status; k++)
    if (differs[k]) status = clino__fail(error, CLINO_ERR_RANGE, "rank %d watches other layers than most ranks", k);
  for (int k = 1; k < m->size; k++) any = any || memcmp(all + (size_t)k * sizeof both, all, sizeof both) != 0;
  free(differs);
  free(all);
  return status || !any ? status : clino__mpi_name_marks(m, n, whats, marks, findings, error);
}

clino_ranks clino_mpi_ranks(clino_mpi *mpi) {
  return (clino_ranks){.mean = mean, .merge = merge, .decide = decide, .compare = compare, .ctx = mpi};
}
