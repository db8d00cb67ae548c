/* What rank 0 and the others say to one another during a shared gradient check: rank 0 commands, with what changed of
 * the values, and the others answer with losses. */
#ifndef CLINO_MPI_SHARE_H
#define CLINO_MPI_SHARE_H

#include "mpi/ranks.h"

enum { CLINO__ASK_PING = 1, CLINO__ASK_LOSS, CLINO__ASK_FINISH };

/* Numbers that a hook may be called with are sent with the next loss. */
typedef struct clino__ask {
  int64_t what;
  int64_t reseed, select_term, select_sample; /* whether to call these hooks */
  uint64_t seed, term, sample;
  uint64_t changes;  /* of values: so many pairs of number and value follow */
  int64_t all;       /* all values follow instead */
} clino__ask;

typedef struct clino__answer {
  int64_t returned;
  double loss;
} clino__answer;

/* A pair on its way. */
typedef struct clino__change {
  uint64_t number;
  double value;
} clino__change;

/* How a check ended. */
typedef struct clino__outcome {
  int64_t status;
  int64_t mismatch;               /* there is a finding: its text is the error's message */
  clino_error error;
  clino_gradcheck_result result;
} clino__outcome;

/* Sends or receives size bytes, in pieces, until `until`; MPI is called with the lock held. False where the time is up
 * or MPI fails: bytes to be sent are then MPI's for ever. */
bool clino__share_send(clino_mpi *mpi, const void *bytes, size_t size, int to, int tag, double until);
bool clino__share_receive(clino_mpi *mpi, void *bytes, size_t size, int from, int tag, double until);

/* In the ranks after 0: answers until rank 0 has finished. model, options: checked. */
clino_status clino__share_serve(clino_mpi *mpi, const clino_model *model, const clino_gradcheck_options *options,
                                clino__outcome *outcome, clino_error *error);

/* In rank 0: checks, and tells the others how it ended. */
clino_status clino__share_lead(clino_mpi *mpi, const clino_model *model, const clino_gradcheck_options *options,
                               clino__outcome *outcome, clino_error *error);

#endif
