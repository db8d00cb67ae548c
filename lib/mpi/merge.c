/* Monitors merged by a reduction of states, which an operation of our own adds up: the states of all monitors in one
 * buffer, a table of their sizes before them. The operation does not commute, so that MPI keeps the order of the
 * ranks. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/ranks.h"

/* Merges the state at `from` before the one at `into`; where memory is out, what is left is no state, which shows. */
static void merge_one(const unsigned char *from, unsigned char *into, size_t size) {
  unsigned char *both = malloc(size);
  if (both) {
    memcpy(both, from, size);
    clino_state_merge(both, into, size, NULL); /* a failure is kept in the state */
    memcpy(into, both, size);
  } else {
    memset(into, 0, size);
  }
  free(both);
}

static void merge_states(void *from, void *into, int *length, MPI_Datatype *type) {
  int size;
  MPI_Type_size(*type, &size);
  for (int i = 0; i < *length; i++) {
    const unsigned char *a = (const unsigned char *)from + (size_t)i * (size_t)size;
    unsigned char *b = (unsigned char *)into + (size_t)i * (size_t)size;
    uint64_t n, each;
    memcpy(&n, a, sizeof n);
    for (uint64_t k = 0, at = (n + 1) * sizeof n; k < n; k++, at += each) {
      memcpy(&each, a + (k + 1) * sizeof each, sizeof each);
      merge_one(a + at, b + at, (size_t)each);
    }
  }
}

/* ---- one call ---- */

static clino_status sizes_of(size_t n, const clino_monitor *monitors, size_t *total, clino_error *error) {
  *total = (n + 1) * sizeof(uint64_t);
  for (size_t i = 0; i < n; i++) {
    const size_t size = clino_state_size(monitors[i]);
    if (!size) return clino__fail(error, CLINO_ERR_RANGE, "clino_mpi_merge: monitors[%zu] is none", i);
    *total += size;
    if (*total > INT_MAX) return clino__fail(error, CLINO_ERR_RANGE, "clino_mpi_merge: more than 2 GB of states");
  }
  return CLINO_OK;
}

static clino_status save_all(size_t n, const clino_monitor *monitors, unsigned char *bytes, clino_error *error) {
  uint64_t count = n, at = (n + 1) * sizeof count;
  clino_status status = CLINO_OK;
  memcpy(bytes, &count, sizeof count);
  for (size_t i = 0; i < n && !status; i++) {
    const uint64_t size = clino_state_size(monitors[i]);
    memcpy(bytes + (i + 1) * sizeof size, &size, sizeof size);
    status = clino_state_save(monitors[i], bytes + at, (size_t)size, error);
    at += size;
  }
  return status;
}

static clino_status load_all(size_t n, const clino_monitor *monitors, const unsigned char *bytes, clino_error *error) {
  size_t at = (n + 1) * sizeof(uint64_t);
  clino_status status = CLINO_OK;
  for (size_t i = 0; i < n && !status; i++) {
    const size_t size = clino_state_size(monitors[i]);
    status = clino_state_load(monitors[i], bytes + at, size, error);
    at += size;
  }
  return status;
}

/* What must be alike in all ranks: kinds and sizes. */
static uint64_t signature(size_t n, const clino_monitor *monitors) {
  uint64_t hash = clino__mpi_mix(0, &n, sizeof n);
  for (size_t i = 0; i < n; i++) {
    const uint64_t one[2] = {(uint64_t)monitors[i].kind, (uint64_t)clino_state_size(monitors[i])};
    hash = clino__mpi_mix(hash, one, sizeof one);
  }
  return hash;
}

static clino_status reduce(clino_mpi *m, unsigned char *bytes, size_t size, clino_error *error) {
  MPI_Datatype type;
  MPI_Op op;
  MPI_Request request;
  if (MPI_Type_contiguous((int)size, MPI_BYTE, &type) != MPI_SUCCESS || MPI_Type_commit(&type) != MPI_SUCCESS ||
      MPI_Op_create(merge_states, 0, &op) != MPI_SUCCESS)
    return clino__mpi_lose(m, error, "MPI cannot make an operation that merges monitors");
  clino_status status = CLINO_OK;
  if (MPI_Iallreduce(MPI_IN_PLACE, bytes, 1, type, op, m->comm, &request) != MPI_SUCCESS)
    status = clino__mpi_lose(m, error, "MPI cannot begin to merge monitors");
  if (!status) status = clino__mpi_wait(m, &request, error);
  if (status) return status;
  MPI_Op_free(&op);
  MPI_Type_free(&type);
  return CLINO_OK;
}

clino_status clino_mpi_merge(clino_mpi *mpi, size_t n, const clino_monitor *monitors, clino_error *error) {
  size_t total = 0;
  clino_status status = clino__mpi_begin(mpi, "clino_mpi_merge", error);
  if (status) return status;
  clino_status own = n && !monitors ? clino__fail(error, CLINO_ERR_RANGE, "clino_mpi_merge: monitors is NULL")
                                    : sizes_of(n, monitors, &total, error);
  unsigned char *bytes = own ? NULL : malloc(total);
  if (!own) own = bytes ? save_all(n, monitors, bytes, error) : clino__fail_memory(error, "states of monitors");
  status = clino__mpi_agree(mpi, "clino_mpi_merge", own ? 0 : signature(n, monitors), own,
                            "merges other monitors than most ranks", error);
  if (status) {
    free(bytes);
    return status;
  }
  status = reduce(mpi, bytes, total, error);
  if (status) return status; /* the bytes are MPI's */
  status = load_all(n, monitors, bytes, error);
  free(bytes);
  return status;
}
