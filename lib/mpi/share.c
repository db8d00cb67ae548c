#include "mpi/share.h"

#include <string.h>

#include "mpi/replicas.h"

#define PIECE ((size_t)1 << 28)

typedef union buffer {
  const void *from;
  void *to;
} buffer;

static bool begin_piece(clino_mpi *m, bool send, buffer b, size_t size, int peer, int tag, MPI_Request *r) {
  pthread_mutex_lock(&m->lock);
  const int code = send ? MPI_Isend(b.from, (int)size, MPI_BYTE, peer, tag, m->comm, r)
                        : MPI_Irecv(b.to, (int)size, MPI_BYTE, peer, tag, m->comm, r);
  pthread_mutex_unlock(&m->lock);
  return code == MPI_SUCCESS;
}

/* 1: done; 0: not yet; -1: MPI fails. */
static int look_at_piece(clino_mpi *m, MPI_Request *r) {
  int done = 0;
  pthread_mutex_lock(&m->lock);
  const int code = MPI_Test(r, &done, MPI_STATUS_IGNORE);
  pthread_mutex_unlock(&m->lock);
  return code == MPI_SUCCESS ? done : -1;
}

/* What would be received is taken back, so that the buffer is the caller's again. */
static void take_back(clino_mpi *m, MPI_Request *r) {
  pthread_mutex_lock(&m->lock);
  if (MPI_Cancel(r) == MPI_SUCCESS) MPI_Wait(r, MPI_STATUS_IGNORE);
  pthread_mutex_unlock(&m->lock);
}

static bool transfer(clino_mpi *m, bool send, buffer b, size_t size, int peer, int tag, double until) {
  while (size) {
    const size_t n = size < PIECE ? size : PIECE;
    MPI_Request request;
    unsigned turns = 0;
    int done = 0;
    if (!begin_piece(m, send, b, n, peer, tag, &request)) return false;
    while ((done = look_at_piece(m, &request)) == 0) {
      if (clino__mpi_now() > until) {
        if (!send) take_back(m, &request);
        return false;
      }
      clino__mpi_pause(&turns, 0); /* one who yields to a loss waits for its whole time slice, one who slept is next */
    }
    if (done < 0) return false;
    b.from = (const char *)b.from + n;
    size -= n;
  }
  return true;
}

bool clino__share_send(clino_mpi *m, const void *bytes, size_t size, int to, int tag, double until) {
  return transfer(m, true, (buffer){.from = bytes}, size, to, tag, until);
}

bool clino__share_receive(clino_mpi *m, void *bytes, size_t size, int from, int tag, double until) {
  return transfer(m, false, (buffer){.to = bytes}, size, from, tag, until);
}

/* ---- the call ---- */

static clino_status check_arguments(clino_mpi *m, const clino_model *model, clino_gradcheck_result *result,
                                    clino_error *error) {
  static const char name[] = "clino_mpi_gradcheck_model";
  if (!result) return clino__fail(error, CLINO_ERR_RANGE, "%s: result is NULL", name);
  memset(result, 0, sizeof *result);
  if (!model || !model->loss || !model->backward || (model->n_tensors && !model->tensors))
    return clino__fail(error, CLINO_ERR_RANGE, "%s: the model, its tensors, loss or backward is NULL", name);
  for (size_t i = 0; i < model->n_tensors; i++) {
    const clino_tensor *t = &model->tensors[i];
    if (!t->value || !t->n_dims || t->n_dims > CLINO_MAX_DIMS || (t->dtype != CLINO_F32 && t->dtype != CLINO_F64))
      return clino__fail(error, CLINO_ERR_RANGE, "%s: tensor %zu has no values, dimensions or type", name, i);
  }
  return clino__mpi_begin(m, name, error);
}

/* All ranks come to this with the same outcome. */
static clino_status conclude(const clino__outcome *outcome, clino_findings *findings, clino_gradcheck_result *result,
                             clino_error *error) {
  *result = outcome->result;
  if (!outcome->status) return CLINO_OK;
  if (error) *error = outcome->error;
  if (outcome->mismatch) {
    clino_status status = clino__mpi_mismatch(findings, outcome->error.message, error);
    if (status) return status;
    if (error) *error = outcome->error;
  }
  return (clino_status)outcome->status;
}

clino_status clino_mpi_gradcheck_model(clino_mpi *mpi, const clino_model *model,
                                       const clino_gradcheck_options *options, clino_findings *findings,
                                       clino_gradcheck_result *result, clino_error *error) {
  char text[CLINO__MPI_TEXT];
  bool alike = false, serialized = false;
  clino_status status = check_arguments(mpi, model, result, error);
  if (!status) status = clino__mpi_compare(mpi, model, options, true, findings, &alike, &serialized, text, error);
  if (status) return status;
  if (!alike) return clino__fail(error, CLINO_ERR_RANK, "the replicas differ: %s", text);
  if (!serialized && mpi->size > 1)
    return clino__fail(error, CLINO_ERR_UNSUPPORTED, "MPI was not initialized for MPI_THREAD_SERIALIZED in all ranks");
  clino_gradcheck_options o = options ? *options : clino_gradcheck_options_default();
  clino__outcome outcome;
  memset(&outcome, 0, sizeof outcome);
  status = mpi->rank == 0 ? clino__share_lead(mpi, model, &o, &outcome, error)
                          : clino__share_serve(mpi, model, &o, &outcome, error);
  return status ? status : conclude(&outcome, findings, result, error);
}
