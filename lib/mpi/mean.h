/* The mean of the ranks' functions as one model, which every rank evaluates at once: loss and backward are collective
 * calls, after which all ranks have the same numbers to the bit. Whoever works on such a model goes the same way in all
 * ranks, as long as it depends on those numbers alone. */
#ifndef CLINO_MPI_MEAN_H
#define CLINO_MPI_MEAN_H

#include "clino/point.h"
#include "mpi/ranks.h"

typedef struct clino__mean {
  clino_mpi *m;
  const clino_model *own;         /* this rank's */
  const clino_point_options *options; /* the caller's, whose hooks are called */
  clino_model model;              /* the mean */
  clino_model gradients;          /* this rank's, with the gradients in place of the values */
  clino_tensor *tensors;
  size_t n;
  double *sums;
  int64_t what, returned;         /* of this rank's hooks since the last collective call: which one failed, and how */
  bool lost;                      /* a rank was */
  int bad;                        /* the first rank in which something failed; -1: none */
  int64_t bad_what, bad_returned;
} clino__mean;

/* own and options stay the caller's. To be closed in any case. Errors: CLINO_ERR_MEMORY. */
clino_status clino__mean_open(clino__mean *mean, clino_mpi *mpi, const clino_model *own,
                              const clino_point_options *options, clino_error *error);
void clino__mean_close(clino__mean *mean);

/* The caller's options with hooks that call the caller's and tell the other ranks how that went. */
clino_point_options clino__mean_options(clino__mean *mean);

/* Why a call on the model ended, which returned status: that of a lost rank, or of the rank that failed. */
clino_status clino__mean_status(const clino__mean *mean, clino_status status, clino_error *error);

#endif
