/* Losses by name, and what they are before training. */
#include "clino/loss.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

static const struct {
  clino_loss_kind kind;
  const char *name;
} kinds[] = {{CLINO_LOSS_SOFTMAX, "softmax"},
             {CLINO_LOSS_HINGE, "hinge"},
             {CLINO_LOSS_LOGISTIC, "logistic"},
             {CLINO_LOSS_MSE, "mse"}};

#define N_KINDS (sizeof kinds / sizeof kinds[0])

const char *clino_loss_kind_name(clino_loss_kind kind) {
  for (size_t i = 0; i < N_KINDS; i++)
    if (kinds[i].kind == kind) return kinds[i].name;
  return "unknown";
}

clino_status clino_loss_kind_parse(const char *name, clino_loss_kind *kind, clino_error *error) {
  if (!name || !kind) return clino__fail(error, CLINO_ERR_RANGE, "clino_loss_kind_parse: an argument is NULL");
  for (size_t i = 0; i < N_KINDS; i++)
    if (strcmp(kinds[i].name, name) == 0) {
      *kind = kinds[i].kind;
      return CLINO_OK;
    }
  return clino__fail(error, CLINO_ERR_NOT_FOUND, "'%s' is none of softmax, hinge, logistic, mse", name);
}

bool clino_loss_needs_classes(clino_loss_kind kind) { return kind == CLINO_LOSS_SOFTMAX || kind == CLINO_LOSS_HINGE; }

double clino_loss_expected(clino_loss_kind kind, size_t classes) {
  if (clino_loss_needs_classes(kind) && classes < 2) return NAN;
  switch (kind) {
    case CLINO_LOSS_SOFTMAX: return log((double)classes);
    case CLINO_LOSS_HINGE: return (double)classes - 1;
    case CLINO_LOSS_LOGISTIC: return log(2);
    case CLINO_LOSS_MSE: break;
  }
  return NAN;
}
