/* Ranks that wait for one another, but not for ever.
 *
 * Every collective operation is begun and then polled. With it each rank sends rank 0 a word that it is there; so where
 * the time is up, rank 0 knows who is missing, tells all the others, and they return. A rank that hears nothing for
 * half as long again names rank 0. What MPI still holds of an operation that was given up is left to it. */
#include "mpi/ranks.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double clino__mpi_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void clino__mpi_pause(unsigned *turns, unsigned busy) {
  const unsigned n = (*turns)++;
  if (n < busy) {
    sched_yield();
    return;
  }
  const struct timespec t = {0, n < busy + 1000 ? 20000 : 200000};
  nanosleep(&t, NULL);
}

clino_mpi_options clino_mpi_options_default(void) {
  return (clino_mpi_options){.struct_size = sizeof(clino_mpi_options), .timeout_seconds = 60};
}

/* ---- joining and leaving ---- */

static clino_status check_options(const clino_mpi_options *o, clino_error *error) {
  clino_status status = clino__check_struct(o->struct_size, sizeof *o, "clino_mpi_options", error);
  if (status) return status;
  if (o->timeout_seconds >= 0.01 && o->timeout_seconds <= 1e6) return CLINO_OK;
  return clino__fail_field(error, "clino_mpi_options", "timeout_seconds", o->timeout_seconds, "0.01 to 1e6");
}

static clino_status join(clino_mpi *m, MPI_Comm comm, clino_error *error) {
  int level = MPI_THREAD_SINGLE;
  if (MPI_Comm_dup(comm, &m->comm) != MPI_SUCCESS)
    return clino__fail(error, CLINO_ERR_RANK, "the communicator cannot be copied");
  MPI_Comm_set_errhandler(m->comm, MPI_ERRORS_RETURN);
  MPI_Comm_rank(m->comm, &m->rank);
  MPI_Comm_size(m->comm, &m->size);
  MPI_Query_thread(&level);
  m->serialized = level >= MPI_THREAD_SERIALIZED;
  m->arrived = calloc((size_t)m->size, sizeof *m->arrived);
  return m->arrived ? CLINO_OK : clino__fail_memory(error, "the ranks");
}

clino_status clino_mpi_new(const void *comm, const clino_mpi_options *options, clino_mpi **mpi, clino_error *error) {
  if (!mpi) return clino__fail(error, CLINO_ERR_RANGE, "clino_mpi_new: mpi is NULL");
  *mpi = NULL;
  const clino_mpi_options o = options ? *options : clino_mpi_options_default();
  clino_status status = check_options(&o, error);
  if (status) return status;
  int begun = 0, over = 0;
  MPI_Initialized(&begun);
  MPI_Finalized(&over);
  if (!begun || over)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_mpi_new: MPI is not initialized, or finalized already");
  clino_mpi *made = calloc(1, sizeof *made);
  if (!made) return clino__fail_memory(error, "the ranks");
  made->comm = MPI_COMM_NULL;
  made->timeout = o.timeout_seconds;
  pthread_mutex_init(&made->lock, NULL);
  status = join(made, comm ? *(const MPI_Comm *)comm : MPI_COMM_WORLD, error);
  if (status) clino_mpi_free(made);
  else *mpi = made;
  return status;
}

void clino_mpi_free(clino_mpi *mpi) {
  if (!mpi) return;
  if (mpi->comm != MPI_COMM_NULL && !mpi->lost) MPI_Comm_free(&mpi->comm);
  pthread_mutex_destroy(&mpi->lock);
  free(mpi->arrived);
  free(mpi);
}

int clino_mpi_rank(const clino_mpi *mpi) { return mpi ? mpi->rank : -1; }

int clino_mpi_size(const clino_mpi *mpi) { return mpi ? mpi->size : 0; }

/* ---- waiting ---- */

clino_status clino__mpi_lose(clino_mpi *m, clino_error *error, const char *format, ...) {
  va_list args;
  va_start(args, format);
  if (!m->lost) vsnprintf(m->why, sizeof m->why, format, args);
  va_end(args);
  m->lost = true;
  return clino__fail(error, CLINO_ERR_RANK, "%s", m->why);
}

clino_status clino__mpi_begin(clino_mpi *m, const char *function, clino_error *error) {
  if (!m) return clino__fail(error, CLINO_ERR_RANGE, "%s: mpi is NULL", function);
  return m->lost ? clino__fail(error, CLINO_ERR_RANK, "%s", m->why) : CLINO_OK;
}

/* In rank 0: takes in who is there by now. */
static void take_arrivals(clino_mpi *m) {
  for (;;) {
    int there = 0;
    uint64_t call = 0;
    MPI_Status status;
    if (MPI_Iprobe(MPI_ANY_SOURCE, CLINO__TAG_HERE, m->comm, &there, &status) != MPI_SUCCESS || !there) return;
    MPI_Recv(&call, 1, MPI_UINT64_T, status.MPI_SOURCE, CLINO__TAG_HERE, m->comm, MPI_STATUS_IGNORE);
    if (call > m->arrived[status.MPI_SOURCE]) m->arrived[status.MPI_SOURCE] = call;
  }
}

/* In rank 0: names who is missing, and tells the others. A message that nobody takes is MPI's. */
static clino_status give_up(clino_mpi *m, clino_error *error) {
  char ranks[128] = "";
  int missing = 0;
  take_arrivals(m);
  for (int k = 1; k < m->size; k++) {
    if (m->arrived[k] >= m->call) continue;
    const size_t n = strlen(ranks);
    if (missing++ < 8) snprintf(ranks + n, sizeof ranks - n, "%s%d", n ? ", " : "", k);
  }
  const clino_status status =
      missing ? clino__mpi_lose(m, error, "rank %s%s did not come within %.3g seconds", ranks,
                                missing > 8 ? " and others" : "", m->timeout)
              : clino__mpi_lose(m, error, "a rank that came stopped within a call, for %.3g seconds", m->timeout);
  for (int k = 1; k < m->size; k++) {
    MPI_Request sent;
    if (MPI_Isend(m->why, sizeof m->why, MPI_CHAR, k, CLINO__TAG_LOST, m->comm, &sent) == MPI_SUCCESS)
      MPI_Request_free(&sent);
  }
  return status;
}

/* In the others: whether rank 0 has given up. */
static bool was_told(clino_mpi *m) {
  int there = 0;
  if (MPI_Iprobe(0, CLINO__TAG_LOST, m->comm, &there, MPI_STATUS_IGNORE) != MPI_SUCCESS || !there) return false;
  MPI_Recv(m->why, sizeof m->why, MPI_CHAR, 0, CLINO__TAG_LOST, m->comm, MPI_STATUS_IGNORE);
  m->why[sizeof m->why - 1] = '\0';
  return m->lost = true;
}

static clino_status say_here(clino_mpi *m, clino_error *error) {
  MPI_Request sent;
  m->here = ++m->call;
  if (m->rank == 0) return CLINO_OK;
  if (MPI_Isend(&m->here, 1, MPI_UINT64_T, 0, CLINO__TAG_HERE, m->comm, &sent) != MPI_SUCCESS)
    return clino__mpi_lose(m, error, "MPI cannot send to rank 0");
  MPI_Request_free(&sent); /* eight bytes are gone at once; rank 0 looks at the largest number only */
  return CLINO_OK;
}

clino_status clino__mpi_wait(clino_mpi *m, MPI_Request *request, clino_error *error) {
  const double start = clino__mpi_now();
  unsigned turns = 0;
  clino_status status = say_here(m, error);
  while (!status) {
    int done = 0;
    if (MPI_Test(request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS)
      return clino__mpi_lose(m, error, "MPI reports that an operation of all ranks failed");
    if (m->rank == 0) take_arrivals(m);
    if (done) return CLINO_OK;
    const double waited = clino__mpi_now() - start;
    if (m->rank == 0 && waited > m->timeout) return give_up(m, error);
    if (m->rank && was_told(m)) return clino__fail(error, CLINO_ERR_RANK, "%s", m->why);
    if (m->rank && waited > 1.5 * m->timeout + 1)
      return clino__mpi_lose(m, error, "rank 0 did not come within %.3g seconds", m->timeout);
    clino__mpi_pause(&turns, 1000); /* MPI goes on only while it is called */
  }
  return status;
}

/* ---- what all ranks tell one another ---- */

clino_status clino__mpi_gather(clino_mpi *m, const void *own, size_t size, unsigned char **all, clino_error *error) {
  MPI_Request request;
  unsigned char *bytes = malloc((size_t)m->size * size + size + 1); /* own at its end: MPI may keep both */
  *all = NULL;
  if (!bytes) return clino__fail_memory(error, "what the ranks say");
  memcpy(bytes + (size_t)m->size * size, own, size);
  if (MPI_Iallgather(bytes + (size_t)m->size * size, (int)size, MPI_BYTE, bytes, (int)size, MPI_BYTE, m->comm,
                     &request) != MPI_SUCCESS) {
    free(bytes);
    return clino__mpi_lose(m, error, "MPI cannot begin an operation of all ranks");
  }
  clino_status status = clino__mpi_wait(m, &request, error);
  if (!status) *all = bytes; /* else it is MPI's */
  return status;
}

void clino__mpi_minority(const clino_mpi *m, const unsigned char *all, size_t size, size_t offset, size_t length,
                         bool *differs) {
  int most = 0, best = 0;
  for (int k = 0; k < m->size; k++) {
    int equal = 0;
    for (int j = 0; j < m->size; j++)
      equal += memcmp(all + (size_t)k * size + offset, all + (size_t)j * size + offset, length) == 0;
    if (equal > most) most = equal, best = k;
  }
  for (int k = 0; k < m->size; k++)
    differs[k] = memcmp(all + (size_t)k * size + offset, all + (size_t)best * size + offset, length) != 0;
}

clino_status clino__mpi_agree(clino_mpi *m, const char *function, uint64_t mine, clino_status own, const char *other,
                              clino_error *error) {
  unsigned char *all = NULL;
  bool *differs = calloc((size_t)m->size, sizeof *differs);
  if (!differs && !own) own = clino__fail_memory(error, "what the ranks say");
  if (own) mine = 0;
  clino_status status = clino__mpi_gather(m, &mine, sizeof mine, &all, own ? NULL : error);
  if (!status && differs) clino__mpi_minority(m, all, sizeof mine, 0, sizeof mine, differs);
  for (int k = 0; k < m->size && !status && !own; k++) {
    uint64_t its;
    memcpy(&its, all + (size_t)k * sizeof its, sizeof its);
    if (differs[k] || !its)
      status = clino__fail(error, CLINO_ERR_RANGE, "%s: rank %d %s", function, k,
                           its ? other : "was called wrongly, or lacks memory");
  }
  free(differs);
  free(all);
  return own ? own : status;
}

uint64_t clino__mpi_mix(uint64_t hash, const void *bytes, size_t size) {
  const unsigned char *b = bytes;
  if (!hash) hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < size; i++) hash = (hash ^ b[i]) * UINT64_C(1099511628211);
  return hash ? hash : 1;
}
