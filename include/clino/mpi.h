/* clino/mpi.h - many ranks: one log of a data-parallel job, one gradient check shared by its replicas (libclino-mpi).
 *
 *   MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided);
 *   MPI_Comm comm = MPI_COMM_WORLD;
 *   clino_mpi_new(&comm, NULL, &ranks, &error);                               in every rank
 *   ...
 *   clino_ranks together = clino_mpi_ranks(ranks);
 *   options.ranks = &together;                                                a watch in each rank, one log
 *   ...
 *   clino_mpi_gradcheck_model(ranks, &model, NULL, findings, &result, &error);
 *
 * Calls marked "collective" are made by all ranks of the communicator, in the same order. None waits for ever: where a
 * rank does not come, or answer, within the timeout, the others get CLINO_ERR_RANK, with the rank in the message, and
 * every later call does too. Messages go through a copy of the communicator, so that they never meet the caller's own.
 * Needs an MPI 3 library (Open MPI is what it is tested with), and one build of Clino on machines of one kind.
 * Thread safety of this page: one thread at a time for one clino_mpi; MPI is called by one thread at a time.
 */
#ifndef CLINO_MPI_H
#define CLINO_MPI_H

#include "clino/finding.h"
#include "clino/gradcheck.h"
#include "clino/ranks.h"
#include "clino/spectrum.h"
#include "clino/state.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clino_mpi clino_mpi;

typedef struct clino_mpi_options {
  size_t struct_size;      /* set by clino_mpi_options_default */
  double timeout_seconds;  /* how long a rank may stay silent where others wait for it: longer than the steps between
                              two calls differ, and than any one call of a loss takes; default 60, 0.01 to 1e6 */
} clino_mpi_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_mpi_options clino_mpi_options_default(void);

/* Joins the ranks of a communicator in *mpi, which the caller frees with clino_mpi_free. Collective.
 * comm: points to an MPI_Comm, which stays the caller's; NULL: that of all. options: NULL for the defaults.
 * Errors: CLINO_ERR_RANGE (mpi is NULL, a field out of its range, MPI is not initialized), CLINO_ERR_MEMORY,
 * CLINO_ERR_RANK. This call alone waits for all ranks as long as it takes. */
CLINO_API clino_status clino_mpi_new(const void *comm, const clino_mpi_options *options, clino_mpi **mpi,
                                     clino_error *error);

/* Leaves. Collective, unless a rank was lost; before MPI is finalized. NULL is allowed. */
CLINO_API void clino_mpi_free(clino_mpi *mpi);

/* This rank, from 0, and how many there are; -1 and 0 for NULL. */
CLINO_API int clino_mpi_rank(const clino_mpi *mpi);
CLINO_API int clino_mpi_size(const clino_mpi *mpi);

/* Merges monitors over the ranks: afterwards those of every rank hold what all have seen, in the order of the ranks, as
 * the monitors' merge has it. Collective. A log is then written by one rank, and every rank resets. Values that all
 * ranks hold alike (parameters, gradients after they were averaged) are watched in one rank, not merged.
 * monitors: n of them, made alike in every rank and in the same order; NULL only for n = 0.
 * Errors: CLINO_ERR_RANGE (a NULL; the monitors of two ranks differ: named), CLINO_ERR_MEMORY, CLINO_ERR_RANK. Monitors
 * whose ranks differ stay as they were.
 * Cost: one reduction of the states (clino/state.h): 33 KB a histogram, in log2 of the ranks rounds. */
CLINO_API clino_status clino_mpi_merge(clino_mpi *mpi, size_t n, const clino_monitor *monitors, clino_error *error);

/* The hooks by which the watches of all ranks log one run (clino_watch_options.ranks): with them, clino_watch_step is
 * collective, and a rank that does not come, or is at another step, is an error in all that names it.
 * mpi: must outlive the watch. Each message goes to all ranks: one of 256 bytes a step, one a layer at each look, as
 * clino_mpi_merge, two more where a look is due. NULL gives hooks that fail. */
CLINO_API clino_ranks clino_mpi_ranks(clino_mpi *mpi);

/* Compares the replicas of a model: shapes, the values of all tensors with a gradient, the loss there and at a place
 * nearby, to the bit. Collective. Replicas that differ from most others (of two, from rank 0) are findings
 * "replica-mismatch" at FAIL, each with its rank and what differs, the same list in every rank.
 * model: this rank's, each on the same batch; its values are put back bit for bit. options: NULL, or of which seed,
 * bounds and context.reseed are used. findings: NULL where they are not wanted. alike: not NULL.
 * Errors: CLINO_ERR_RANGE (a NULL), CLINO_ERR_MEMORY, CLINO_ERR_RANK. A loss that returns nonzero is such a finding.
 * Cost: two calls of the loss, a pass over the values, 64 bytes a rank. */
CLINO_API clino_status clino_mpi_compare_replicas(clino_mpi *mpi, const clino_model *model,
                                                  const clino_gradcheck_options *options, clino_findings *findings,
                                                  bool *alike, clino_error *error);

/* gradcheck_model() with its calls for the value shared over the ranks, each on its own replica. Collective. Rank 0
 * checks, the others answer; verdict, numbers and counts are those that rank 0 would have alone, in every rank. The
 * replicas are compared before; those that differ, and a rank whose loss fails or that does not answer, are findings
 * "replica-mismatch", and the status is CLINO_ERR_RANK.
 * model: this rank's, each on the same batch. options: rank 0's are used, but each rank's own context hooks; threads
 * and clone are not. With context.trace rank 0 checks alone. findings: NULL where they are not wanted. result: not
 * NULL.
 * Shared are, as with options.threads, entries that are judged one by one, and of directions and the search along them
 * the two sides of several: 14 calls at most at a time, of a search 4.
 * Errors: those of gradcheck_model() in rank 0, in every rank; CLINO_ERR_RANK; CLINO_ERR_UNSUPPORTED (MPI was not
 * initialized for MPI_THREAD_SERIALIZED). Values and gradients are put back bit for bit in every rank.
 * Cost: as gradcheck_model() with as many threads as ranks; a message each way a call, with what changed of the values.
 * Memory: rank 0 holds four copies of the values for each other rank, and every rank one. */
CLINO_API CLINO_WARN_UNUSED clino_status clino_mpi_gradcheck_model(clino_mpi *mpi, const clino_model *model,
                                                                   const clino_gradcheck_options *options,
                                                                   clino_findings *findings,
                                                                   clino_gradcheck_result *result, clino_error *error);

/* The extreme eigenvalues of the Hessian of the mean of the ranks' losses, as clino_spectrum() has them. Each rank's
 * replica stands at the same values with a batch of its own, so it is the Hessian of the loss that a data-parallel job
 * minimizes; where all have the same batch, that of one rank. Collective. The Krylov basis lies in slices over the
 * ranks (PARPACK); every rank gets the result.
 * model: this rank's. point: NULL for the defaults; of it reseed and progress are each rank's own. options: NULL for
 * the defaults; the same in all ranks. With a solver of the caller, that one runs in every rank. findings: NULL where
 * they are not wanted. result: not NULL. Replicas whose values differ, a rank whose loss or backward fails, or that
 * does not come, are findings "replica-mismatch", and the status is CLINO_ERR_RANK in every rank.
 * Errors: those of clino_point_new_model() and clino_spectrum(); CLINO_ERR_RANGE also where ranks were given other
 * options (named); CLINO_ERR_CANCELLED where a rank's progress callback says so; CLINO_ERR_RANK. Values and gradients
 * are put back bit for bit in every rank. Within PARPACK's own sums, between two products, ranks wait as MPI has it.
 * Cost: as clino_spectrum(), where each gradient is followed by a sum of all ranks' gradients, and each product begins
 * with the gathering of a vector: 24 n bytes. Memory: as clino_spectrum(), but the basis, up to 8 n (4 per_end + 20)
 * bytes of it, is divided by the ranks. Built without PARPACK, ARPACK runs in every rank, with the whole basis.
 * Source: K. J. Maschhoff and D. C. Sorensen, "P_ARPACK" (1996). */
CLINO_API CLINO_WARN_UNUSED clino_status clino_mpi_spectrum_model(clino_mpi *mpi, const clino_model *model,
                                                                  const clino_point_options *point,
                                                                  const clino_spectrum_options *options,
                                                                  clino_findings *findings,
                                                                  clino_spectrum_result *result, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
