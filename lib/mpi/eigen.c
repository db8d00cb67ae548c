/* Eigenvalues of the mean of the ranks' functions: clino_spectrum() in every rank at once, over a model whose calls are
 * collective, with PARPACK in place of ARPACK. */
#include "clino/spectrum.h"

#include <stdlib.h>
#include <string.h>

#include "mpi/mean.h"
#include "mpi/parpack.h"
#include "mpi/replicas.h"
#include "mpi/tensors.h"

#define FUNCTION "clino_mpi_spectrum_model"

static clino_status check_own(clino_mpi *m, const clino_model *model, clino_spectrum_result *result,
                              clino_error *error) {
  if (!result || !model || !model->loss || !model->backward || (model->n_tensors && !model->tensors))
    return clino__fail(error, CLINO_ERR_RANGE, FUNCTION ": %s is NULL",
                       result ? "the model, its tensors, loss or backward" : "result");
  for (size_t i = 0; i < model->n_tensors; i++) {
    const clino_tensor *t = &model->tensors[i];
    if (!t->value || !t->n_dims || t->n_dims > CLINO_MAX_DIMS || (t->dtype != CLINO_F32 && t->dtype != CLINO_F64))
      return clino__fail(error, CLINO_ERR_RANGE, FUNCTION ": tensor %zu has no values, dimensions or type", i);
  }
  if (m->busy) return clino__fail(error, CLINO_ERR_UNSUPPORTED, FUNCTION ": called within a callback of itself");
  return CLINO_OK;
}

/* What must be alike in all ranks, since all go the same way by it. */
static uint64_t signature(const clino_point_options *p, const clino_spectrum_options *o, size_t n) {
  const uint64_t numbers[] = {p->seed, (uint64_t)p->grad_mode, o->per_end, (uint64_t)o->form, o->dense_up_to,
                              o->max_gradients, o->seed, o->preconditioner != NULL, n};
  const double reals[] = {p->typical, o->tolerance};
  uint64_t hash = clino__mpi_mix(0, numbers, sizeof numbers);
  hash = clino__mpi_mix(hash, reals, sizeof reals);
  return o->preconditioner ? clino__mpi_mix(hash, o->preconditioner, n * sizeof *o->preconditioner) : hash;
}

static clino_status solve(clino__mean *mean, const clino_spectrum_options *options, clino_spectrum_result *result,
                          clino_error *error) {
  clino_point *point = NULL;
  const clino_point_options p = clino__mean_options(mean);
  clino_spectrum_options o = *options;
  clino_status status = clino_point_new_model(&mean->model, &p, &point, error);
  if (!status && !o.solver && mean->m->size > 1 && clino_point_get_info(point).entries >= (size_t)mean->m->size) {
    o.solver = clino__parpack();
    o.solver_ctx = mean->m;
  }
  if (!status) status = clino_spectrum(point, &o, result, error);
  clino_point_free(point);
  return clino__mean_status(mean, status, error);
}

/* All ranks are here with a model and options that are alike. */
static clino_status with_mean(clino_mpi *m, const clino_model *model, const clino_point_options *p,
                              const clino_spectrum_options *o, clino_findings *findings,
                              clino_spectrum_result *result, clino_error *error) {
  clino__mean mean;
  clino_error kept = {.message = ""};
  clino_status own = clino__mean_open(&mean, m, model, p, &kept);
  clino_status status = clino__mpi_agree(m, FUNCTION, 1, own, "is at another call", &kept);
  m->busy = true;
  if (!status) status = solve(&mean, o, result, &kept);
  m->busy = false;
  clino__mean_close(&mean);
  if (status) memset(result, 0, sizeof *result);
  if (status == CLINO_ERR_RANK) clino__mpi_mismatch(findings, kept.message, NULL);
  if (status && error) *error = kept;
  return status;
}

clino_status clino_mpi_spectrum_model(clino_mpi *mpi, const clino_model *model, const clino_point_options *point,
                                      const clino_spectrum_options *options, clino_findings *findings,
                                      clino_spectrum_result *result, clino_error *error) {
  char text[CLINO__MPI_TEXT];
  bool alike = false;
  clino_status status = clino__mpi_begin(mpi, FUNCTION, error);
  if (status) return status;
  const clino_point_options p = point ? *point : clino_point_options_default();
  const clino_spectrum_options o = options ? *options : clino_spectrum_options_default();
  const clino_status own = check_own(mpi, model, result, error);
  const size_t n = own ? 0 : model->n_tensors;
  status = clino__mpi_agree(mpi, FUNCTION, own ? 0 : 1 + (n == 0), own, "has no tensors", error);
  if (status) return status;
  memset(result, 0, sizeof *result);
  status = clino__mpi_compare(mpi, model, NULL, false, findings, &alike, NULL, text, error);
  if (!status && !alike) status = clino__fail(error, CLINO_ERR_RANK, "the replicas differ: %s", text);
  if (status) return status;
  const uint64_t mine = signature(&p, &o, clino__values_count(model));
  status = clino__mpi_agree(mpi, FUNCTION, mine, CLINO_OK, "has other options than most ranks", error);
  return status ? status : with_mean(mpi, model, &p, &o, findings, result, error);
}
