/* Whether the replicas are one model: what each rank tells of its own is compared by all of them in the same way, so
 * that all come to the same findings. */
#include "mpi/replicas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/tensors.h"

/* What a rank says. Compared as bytes: losses to the bit. */
typedef struct account {
  uint64_t shapes, values;
  double loss, nearby;
  int64_t failed;      /* what the loss returned, or that memory was out */
  int64_t serialized;
} account;

enum { NO_MEMORY = INT32_MIN };

/* ---- this rank's ---- */

/* A little away from every value, the same in all ranks: towards where the number of the value says. */
static void step_aside(double *values, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const uint64_t bits = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    values[i] += (bits >> 63 ? 0x1p-10 : -0x1p-10) * (fabs(values[i]) + 0x1p-10);
  }
}

static int call_loss(const clino_model *model, const clino_gradcheck_options *o, double *loss) {
  int failed = o->context.reseed ? o->context.reseed(o->seed, model->ctx) : 0;
  *loss = NAN;
  return failed ? failed : model->loss(loss, model->ctx);
}

static account account_of(const clino_mpi *m, const clino_model *model, const clino_gradcheck_options *o,
                          bool losses) {
  const size_t n = losses ? clino__values_count(model) : 0;
  uint64_t *kept = malloc((n + 1) * sizeof *kept);
  double *values = malloc((n + 1) * sizeof *values);
  account a;
  memset(&a, 0, sizeof a);
  a.serialized = m->serialized;
  a.shapes = clino__model_signature(model);
  for (size_t k = 0; k < model->n_tensors; k++)
    a.values = (a.values ^ clino__tensor_hash(&model->tensors[k])) * UINT64_C(1099511628211);
  if (!losses) {
    a.failed = kept && values ? 0 : NO_MEMORY;
  } else if (kept && values) {
    clino__values_keep(model, kept);
    clino__values_get(model, values);
    a.failed = call_loss(model, o, &a.loss);
    step_aside(values, n);
    if (!a.failed && !o->lower && !o->upper) {
      clino__values_set(model, values);
      a.failed = call_loss(model, o, &a.nearby);
    }
    clino__values_put_back(model, kept);
  } else {
    a.failed = NO_MEMORY;
  }
  free(kept);
  free(values);
  return a;
}

/* ---- all ranks' ---- */

clino_status clino__mpi_mismatch(clino_findings *findings, const char *text, clino_error *error) {
  if (!findings) return CLINO_OK;
  clino_finding f = clino_finding_default();
  f.check = "replica-mismatch";
  f.level = CLINO_FINDING_FAIL;
  f.message = text;
  f.why = "Replicas that are not one model compute gradients of different functions: their mean is the gradient of "
          "none.";
  f.fix = "Give all ranks the same weights (broadcast them), seed and batch, and look for what each computes by "
          "itself.";
  return clino_findings_add(findings, &f, error);
}

typedef struct comparison {
  const clino_mpi *m;
  const clino_model *model;
  const unsigned char *all;
  bool *differs, *named;   /* named: a finding has its rank */
  clino_findings *findings;
  char *first;             /* the first sentence */
  clino_error *error;
} comparison;

static account its_account(const comparison *c, int rank) {
  account a;
  memcpy(&a, c->all + (size_t)rank * sizeof a, sizeof a);
  return a;
}

static clino_status name_rank(comparison *c, int rank, const char *what) {
  char text[CLINO__MPI_TEXT];
  snprintf(text, sizeof text, "rank %d: %s", rank, what);
  c->named[rank] = true;
  if (!*c->first) snprintf(c->first, CLINO__MPI_TEXT, "%s", text);
  return clino__mpi_mismatch(c->findings, text, c->error);
}

static clino_status name_failed(comparison *c) {
  clino_status status = CLINO_OK;
  for (int k = 0; k < c->m->size && !status; k++) {
    const account a = its_account(c, k);
    char what[80] = "memory is out";
    if (!a.failed) continue;
    if (a.failed != NO_MEMORY) snprintf(what, sizeof what, "its loss returned %d", (int)a.failed);
    status = name_rank(c, k, what);
  }
  return status;
}

static clino_status name_differing(comparison *c, size_t offset, size_t length, const char *what) {
  clino_status status = CLINO_OK;
  clino__mpi_minority(c->m, c->all, sizeof(account), offset, length, c->differs);
  for (int k = 0; k < c->m->size && !status; k++)
    if (c->differs[k] && !c->named[k]) status = name_rank(c, k, what);
  return status;
}

static clino_status name_marks(comparison *c, clino_mpi *m, size_t n, const char *const *whats,
                               const uint64_t *marks) {
  const size_t size = n * sizeof *marks;
  unsigned char *all = NULL;
  clino_status status = clino__mpi_gather(m, marks, size, &all, c->error);
  for (size_t i = 0; i < n && !status; i++) {
    clino__mpi_minority(m, all, size, i * sizeof *marks, sizeof *marks, c->differs);
    for (int k = 0; k < m->size && !status; k++) {
      char what[160];
      if (!c->differs[k] || c->named[k]) continue;
      snprintf(what, sizeof what, "%.110s are not those of most ranks", whats[i]);
      status = name_rank(c, k, what);
    }
  }
  free(all);
  return status;
}

/* The tensors in which ranks differ, which each tells of by a hash. Collective. */
static clino_status name_tensors(comparison *c, clino_mpi *m) {
  enum { ROOM = 96 };
  const size_t n = c->model->n_tensors;
  uint64_t *marks = malloc((n + 1) * sizeof *marks);
  char *texts = malloc((n + 1) * ROOM);
  const char **whats = malloc((n + 1) * sizeof *whats);
  clino_status status = marks && texts && whats ? CLINO_OK : clino__fail_memory(c->error, "what the ranks say");
  for (size_t i = 0; i < n && !status; i++) {
    const char *name = c->model->tensors[i].name;
    marks[i] = clino__tensor_hash(&c->model->tensors[i]);
    whats[i] = texts + i * ROOM;
    if (name) snprintf(texts + i * ROOM, ROOM, "the values of %.64s", name);
    else snprintf(texts + i * ROOM, ROOM, "the values of tensor %zu", i);
  }
  if (!status) status = name_marks(c, m, n, whats, marks);
  free(marks);
  free(texts);
  free((void *)whats);
  return status;
}

clino_status clino__mpi_name_marks(clino_mpi *m, size_t n, const char *const *whats, const uint64_t *marks,
                                   clino_findings *findings, clino_error *error) {
  char first[CLINO__MPI_TEXT] = "";
  comparison c = {.m = m, .findings = findings, .first = first, .error = error};
  c.differs = calloc((size_t)m->size, sizeof(bool));
  c.named = calloc((size_t)m->size, sizeof(bool));
  clino_status status = c.differs && c.named ? name_marks(&c, m, n, whats, marks)
                                             : clino__fail_memory(error, "what the ranks say");
  free(c.differs);
  free(c.named);
  return status;
}

/* Every rank goes the same way through this, since all have the same accounts. */
static clino_status compare(comparison *c, clino_mpi *m) {
  clino_status status = name_differing(c, offsetof(account, shapes), sizeof(uint64_t),
                                       "its tensors have other shapes or types than those of most ranks");
  bool shapes = true, values = true;
  for (int k = 0; k < m->size; k++) shapes = shapes && !c->named[k];
  if (!status) status = name_failed(c);
  if (!status) clino__mpi_minority(m, c->all, sizeof(account), offsetof(account, values), sizeof(uint64_t), c->differs);
  for (int k = 0; k < m->size; k++) values = values && !c->differs[k];
  if (!status && shapes && !values) status = name_tensors(c, m);
  if (!status)
    status = name_differing(c, offsetof(account, loss), 2 * sizeof(double),
                            "its loss is not that of most ranks, at the same values");
  return status;
}

clino_status clino__mpi_compare(clino_mpi *m, const clino_model *model, const clino_gradcheck_options *options,
                                bool losses, clino_findings *findings, bool *alike, bool *serialized, char *text,
                                clino_error *error) {
  const clino_gradcheck_options o = options ? *options : clino_gradcheck_options_default();
  const account own = account_of(m, model, &o, losses);
  unsigned char *all = NULL;
  clino_status status = clino__mpi_gather(m, &own, sizeof own, &all, error);
  if (status) return status;
  comparison c = {m, model, all, calloc((size_t)m->size, sizeof(bool)), calloc((size_t)m->size, sizeof(bool)), findings,
                  text, error};
  *text = '\0';
  status = c.differs && c.named ? compare(&c, m) : clino__fail_memory(error, "what the ranks say");
  *alike = !*text;
  for (int k = 0; k < m->size && serialized; k++)
    *serialized = (k == 0 || *serialized) && its_account(&c, k).serialized;
  free(c.differs);
  free(c.named);
  free(all);
  return status;
}

clino_status clino_mpi_compare_replicas(clino_mpi *mpi, const clino_model *model,
                                        const clino_gradcheck_options *options, clino_findings *findings, bool *alike,
                                        clino_error *error) {
  char text[CLINO__MPI_TEXT];
  clino_status status = clino__mpi_begin(mpi, "clino_mpi_compare_replicas", error);
  if (status) return status;
  if (!model || !model->loss || (model->n_tensors && !model->tensors) || !alike)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_mpi_compare_replicas: model, its loss or alike is NULL");
  return clino__mpi_compare(mpi, model, options, true, findings, alike, NULL, text, error);
}
