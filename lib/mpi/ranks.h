/* The ranks of a communicator, and waiting for them with an end. Private to lib/mpi. */
#ifndef CLINO_MPI_RANKS_H
#define CLINO_MPI_RANKS_H

#include <mpi.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/error.h"
#include "clino/mpi.h"

enum { CLINO__TAG_HERE = 1, CLINO__TAG_LOST, CLINO__TAG_COMMAND, CLINO__TAG_REPLY, CLINO__TAG_DATA };

#define CLINO__MPI_TEXT 256

struct clino_mpi {
  MPI_Comm comm;
  int rank, size;
  bool serialized;         /* threads may call MPI, one at a time */
  double timeout;
  pthread_mutex_t lock;    /* held round every call of MPI while several threads may be at it */
  bool busy;               /* within a call that calls back, and may not be called within itself */
  bool lost;               /* a rank was; no call goes on from here */
  char why[CLINO__MPI_TEXT];
  uint64_t call;           /* collective calls so far */
  uint64_t here;           /* what HERE sends */
  uint64_t *arrived;       /* in rank 0: the last call that each rank came to */
};

/* Seconds that only go forward. */
double clino__mpi_now(void);

/* Lets others run, `busy` times in a row; then it sleeps, longer and longer. */
void clino__mpi_pause(unsigned *turns, unsigned busy);

/* CLINO_ERR_RANK with the text, now and from all later calls. */
clino_status clino__mpi_lose(clino_mpi *mpi, clino_error *error, const char *format, ...) CLINO__PRINTF(3, 4);

/* The beginning of a collective call: CLINO_ERR_RANGE for NULL, CLINO_ERR_RANK after a loss. */
clino_status clino__mpi_begin(clino_mpi *mpi, const char *function, clino_error *error);

/* Waits for a request of a collective operation that this call began. Where ranks do not come, rank 0 finds out which,
 * and tells the others. CLINO_ERR_RANK; the request, and what it reads and writes, are then MPI's for ever. */
clino_status clino__mpi_wait(clino_mpi *mpi, MPI_Request *request, clino_error *error);

/* All ranks' size bytes, one rank's behind the other's, in *all, which the caller frees. */
clino_status clino__mpi_gather(clino_mpi *mpi, const void *own, size_t size, unsigned char **all, clino_error *error);

/* Which ranks' bytes are not those of most; of two equal parties that of the lower rank counts. differs: size flags. */
void clino__mpi_minority(const clino_mpi *mpi, const unsigned char *all, size_t size, size_t offset, size_t length,
                         bool *differs);

/* Whether all ranks say the same (mine, never 0), and can do it. own: what went wrong in this one, which the others
 * hear of. CLINO_ERR_RANGE "FUNCTION: rank K OTHER" in every rank; own, where that is something. Collective. */
clino_status clino__mpi_agree(clino_mpi *mpi, const char *function, uint64_t mine, clino_status own, const char *other,
                              clino_error *error);

/* A hash that goes on from one (0: the first) over size bytes; never 0. FNV-1a (G. Fowler, L. C. Noll and P. Vo,
 * 1991). */
uint64_t clino__mpi_mix(uint64_t hash, const void *bytes, size_t size);

#endif
