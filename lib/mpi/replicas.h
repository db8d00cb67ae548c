#ifndef CLINO_MPI_REPLICAS_H
#define CLINO_MPI_REPLICAS_H

#include "mpi/ranks.h"

/* The finding "replica-mismatch" with a text. findings may be NULL. */
clino_status clino__mpi_mismatch(clino_findings *findings, const char *text, clino_error *error);

/* As clino_mpi_compare_replicas, or without the losses, which are then not called; *serialized, where not NULL: MPI
 * lets threads in, in all ranks. The first sentence found is in text, CLINO__MPI_TEXT bytes. */
clino_status clino__mpi_compare(clino_mpi *mpi, const clino_model *model, const clino_gradcheck_options *options,
                                bool losses, clino_findings *findings, bool *alike, bool *serialized, char *text,
                                clino_error *error);

/* Where ranks' n marks differ, each rank that is not like most is a finding that says of what: "whats[i] are not those
 * of most ranks". Collective. */
clino_status clino__mpi_name_marks(clino_mpi *mpi, size_t n, const char *const *whats, const uint64_t *marks,
                                   clino_findings *findings, clino_error *error);

#endif
