#ifndef CLINO_MPI_PARPACK_H
#define CLINO_MPI_PARPACK_H

#include "clino/spectrum.h"

/* An eigensolver that all ranks call at once with the same job, solver_ctx a clino_mpi: PARPACK, each rank with a slice
 * of the Krylov basis. Its errors: CLINO_ERR_MEMORY, CLINO_ERR_UNSUPPORTED (PARPACK failed), CLINO_ERR_RANK. NULL where
 * the library was built without it. */
clino_eigen_solver clino__parpack(void);

#endif
