/* clino/ranks.h - what the processes of one job tell one another so that they log one run.
 *
 *   clino_ranks ranks = clino_mpi_ranks(mpi);                  (clino/mpi.h)
 *   options.ranks = &ranks;                                    (clino_watch_options)
 *
 * The library of monitors knows no transport: a watch (clino/watch.h) calls these hooks, and libclino-mpi, or whoever
 * has another way to send numbers, fills them. All processes call the same hooks in the same order, as often.
 * A hook returns CLINO_OK or an error, which it also writes into error (may be NULL) and the watch hands on. Where it
 * fails, it fails in all processes that are there. It must return: leaving by longjmp or a C++ exception is undefined.
 * Thread safety: the caller's, one thread at a time.
 */
#ifndef CLINO_RANKS_H
#define CLINO_RANKS_H

#include "clino/finding.h"
#include "clino/state.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_ranks {
  /* Makes n numbers, each under a name, their means over the processes, the same to the bit in all of them; a number
   * that all hold alike stays as it is. An error where a process is at another step or has other names. */
  clino_status (*mean)(int64_t step, size_t n, const char *const *names, double *values, void *ctx,
                       clino_error *error);
  /* Makes n monitors hold what those of all processes have seen, in all of them. */
  clino_status (*merge)(size_t n, const clino_monitor *monitors, void *ctx, clino_error *error);
  /* Makes *answer that of the first process. */
  clino_status (*decide)(uint64_t *answer, void *ctx, clino_error *error);
  /* Compares n marks, numbers that stand for what must be alike; whats[i] says what ("the values of W1"). A process
   * whose marks are not those of most is a finding "replica-mismatch" that names it, added to findings, which is the
   * same list in all of them. */
  clino_status (*compare)(size_t n, const char *const *whats, const uint64_t *marks, clino_findings *findings,
                          void *ctx, clino_error *error);
  void *ctx;                   /* for all of them */
} clino_ranks;

#ifdef __cplusplus
}
#endif
#endif
