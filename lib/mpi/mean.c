#include "mpi/mean.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/tensors.h"

enum { FINE, LOSS, BACKWARD, RESEED, PROGRESS };

static const char *const names[] = {"", "loss", "backward", "reseed hook", "progress callback"};

/* What a rank says after its own call. */
typedef struct word {
  int64_t what, returned;
  double value;
} word;

static void note(clino__mean *s, int64_t what, int returned) {
  if (!returned || s->what) return;
  s->what = what;
  s->returned = returned;
}

/* All ranks hear how the others' calls went; *value becomes the mean. Nonzero, in all of them, where one failed. */
static int tell(clino__mean *s, double *value) {
  unsigned char *all = NULL;
  word own;
  memset(&own, 0, sizeof own);
  own.what = s->what;
  own.returned = s->returned;
  own.value = *value;
  s->lost = s->lost || clino__mpi_gather(s->m, &own, sizeof own, &all, NULL);
  if (s->lost) return 1;
  double sum = 0;
  for (int k = 0; k < s->m->size; k++) {
    word its;
    memcpy(&its, all + (size_t)k * sizeof its, sizeof its);
    sum += its.value;
    if (!its.what || s->bad >= 0) continue;
    s->bad = k;
    s->bad_what = its.what;
    s->bad_returned = its.returned;
  }
  free(all);
  *value = sum / s->m->size;
  return s->bad >= 0;
}

static int mean_loss(double *loss, void *ctx) {
  clino__mean *s = ctx;
  double value = NAN;
  if (!s->what) note(s, LOSS, s->own->loss(&value, s->own->ctx));
  const int failed = tell(s, &value);
  *loss = value;
  return failed;
}

/* The sum in rank 0, and from there to all: the same bits everywhere, whichever way MPI adds. */
static bool add_up(clino__mean *s) {
  clino_mpi *m = s->m;
  for (size_t at = 0; at < s->n; at += (size_t)1 << 28) {
    const size_t left = s->n - at;
    const int n = (int)(left < (size_t)1 << 28 ? left : (size_t)1 << 28);
    const void *from = m->rank ? (const void *)(s->sums + at) : MPI_IN_PLACE;
    MPI_Request request;
    if (MPI_Ireduce(from, s->sums + at, n, MPI_DOUBLE, MPI_SUM, 0, m->comm, &request) != MPI_SUCCESS ||
        clino__mpi_wait(m, &request, NULL) ||
        MPI_Ibcast(s->sums + at, n, MPI_DOUBLE, 0, m->comm, &request) != MPI_SUCCESS ||
        clino__mpi_wait(m, &request, NULL))
      return false;
  }
  return true;
}

static int mean_backward(void *ctx) {
  clino__mean *s = ctx;
  double unused = 0;
  if (!s->what) note(s, BACKWARD, s->own->backward(s->own->ctx));
  if (tell(s, &unused)) return 1;
  if (s->m->size == 1) return 0;
  clino__values_get(&s->gradients, s->sums);
  s->lost = !add_up(s);
  if (s->lost) return 1;
  for (size_t i = 0; i < s->n; i++) s->sums[i] /= s->m->size;
  clino__values_set(&s->gradients, s->sums);
  return 0;
}

static int mean_reseed(uint64_t seed, void *ctx) {
  clino__mean *s = ctx;
  note(s, RESEED, s->options->context.reseed(seed, s->own->ctx));
  return 0;
}

static int mean_progress(const clino_progress *now, void *ctx) {
  clino__mean *s = ctx;
  note(s, PROGRESS, s->options->progress(now, s->options->progress_ctx));
  return 0;
}

clino_status clino__mean_open(clino__mean *s, clino_mpi *m, const clino_model *own,
                              const clino_point_options *options, clino_error *error) {
  const size_t n = own->n_tensors;
  *s = (clino__mean){.m = m, .own = own, .options = options, .n = clino__values_count(own), .bad = -1};
  s->tensors = malloc((n + 1) * sizeof *s->tensors);
  s->sums = malloc((s->n + 1) * sizeof *s->sums);
  if (!s->tensors || !s->sums) return clino__fail_memory(error, "gradients of all ranks");
  for (size_t i = 0; i < n; i++) {
    s->tensors[i] = own->tensors[i];
    if (s->tensors[i].grad) s->tensors[i].value = s->tensors[i].grad;
  }
  s->gradients = (clino_model){.n_tensors = n, .tensors = s->tensors};
  s->model = (clino_model){.n_tensors = n, .tensors = own->tensors, .loss = mean_loss, .backward = mean_backward,
                           .ctx = s};
  return CLINO_OK;
}

void clino__mean_close(clino__mean *s) {
  free(s->tensors);
  if (!s->lost) free(s->sums); /* else MPI may still be at them */
  s->tensors = NULL;
  s->sums = NULL;
}

clino_point_options clino__mean_options(clino__mean *s) {
  clino_point_options o = *s->options;
  memset(&o.context, 0, sizeof o.context);
  if (s->options->context.reseed) o.context.reseed = mean_reseed;
  if (s->options->progress) o.progress = mean_progress;
  o.progress_ctx = s;
  return o;
}

clino_status clino__mean_status(const clino__mean *s, clino_status status, clino_error *error) {
  if (!status) return CLINO_OK;
  if (s->lost) return clino__fail(error, CLINO_ERR_RANK, "%s", s->m->why);
  if (s->bad < 0) return status;
  const clino_status code = s->bad_what == PROGRESS ? CLINO_ERR_CANCELLED : CLINO_ERR_RANK;
  return clino__fail(error, code, "rank %d: its %s returned %d", s->bad, names[s->bad_what], (int)s->bad_returned);
}
