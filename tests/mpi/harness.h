/* What the programs of several ranks share: checks that name the rank, arriving and leaving. */
#ifndef TESTS_MPI_HARNESS_H
#define TESTS_MPI_HARNESS_H

#include <math.h>
#include <mpi.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clino/mpi.h"
#include "support/random.h"

static int failed, rank, size;

static inline void check(bool right, int line, const char *what) {
  if (right) return;
  fprintf(stderr, "rank %d of %d, line %d: not %s\n", rank, size, line, what);
  failed = 1;
}

#define CHECK(expression) check((expression), __LINE__, #expression)

static inline bool near(double a, double b) {
  return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
}

static inline double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline clino_mpi *arrive(int *argc, char ***argv) {
  int level;
  clino_mpi *m = NULL;
  MPI_Init_thread(argc, argv, MPI_THREAD_SERIALIZED, &level);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  CHECK(!clino_mpi_new(NULL, NULL, &m, NULL) && clino_mpi_rank(m) == rank && clino_mpi_size(m) == size);
  return m;
}

/* The exit status: 0 where all ranks found all as it must be. */
static inline int leave_together(clino_mpi *m) {
  int any = 0;
  clino_mpi_free(m);
  MPI_Allreduce(&failed, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  if (rank == 0 && !any) printf("ok\n");
  MPI_Finalize();
  return any;
}

static inline clino_mpi *short_tempered(void) {
  clino_mpi *m = NULL;
  clino_mpi_options o = clino_mpi_options_default();
  MPI_Comm comm = MPI_COMM_WORLD;
  o.timeout_seconds = 0.6;
  CHECK(!clino_mpi_new(&comm, &o, &m, NULL));
  return m;
}

/* What was lost cannot be waited for in MPI_Finalize either. mpirun ends all once one has left: the others are given
 * time to come back and say so. */
static inline void leave_without_the_lost(void) {
  if (!failed) printf("rank %d came back\n", rank);
  fflush(NULL);
  sleep(3);
  _exit(failed);
}

/* The first of the findings, or "". */
static inline const char *first_finding(const clino_findings *f) {
  return clino_findings_count(f) ? clino_findings_at(f, 0)->message : "";
}

#endif
