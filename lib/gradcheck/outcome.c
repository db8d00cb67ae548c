#include "gradcheck/outcome.h"

#include <math.h>
#include <string.h>

#define SHORT 901 /* with the terminator */

void clino__outcome_add(clino__text *t, const char *label, double value, int digits) {
  clino__text_add(t, label);
  clino__text_add_digits(t, value, digits);
}

void clino__outcome_add_index(clino__text *t, const clino_gradcheck_entry *e) {
  clino__text_add(t, e->tensor);
  for (size_t d = 0; d < e->n_dims; d++) clino__text_addf(t, "%s%zu", d ? "," : "[", e->index[d]);
  if (e->n_dims) clino__text_add(t, "]");
}

static void add_nondeterministic(clino__text *t, const clino_gradcheck_entry *e, double value, double other) {
  clino__text_add(t, "the same input gives two values of ");
  if (e->tensor[0]) {
    clino__outcome_add_index(t, e);
    value = e->analytic;
    other = e->numeric;
  } else {
    clino__text_add(t, "f");
  }
  clino__outcome_add(t, ": ", value, 17);
  clino__outcome_add(t, " and ", other, 17);
  clino__text_add(t, "; fix its seed (hook reseed), or switch off what is random");
}

void clino__outcome_add_precondition(clino__text *t, clino_verdict verdict, clino_reason reason,
                                     const clino_gradcheck_entry *e, double value, double other) {
  if (verdict == CLINO_VERDICT_NONDETERMINISTIC) {
    add_nondeterministic(t, e, value, other);
    return;
  }
  if (verdict == CLINO_VERDICT_NONFINITE) {
    bool outside = e->tensor[0] && !isfinite(e->value);
    clino__text_add(t, !e->tensor[0] ? "f(x)" : outside ? "the coordinate " : "the callback's value for ");
    clino__outcome_add_index(t, e);
    clino__outcome_add(t, " is ", !e->tensor[0] ? value : outside ? e->value : e->analytic, 6);
    return;
  }
  clino__text_add(t, clino_reason_text(reason));
  if (reason == CLINO_REASON_VALUE_DEPENDS_ON_GRAD) {
    clino__outcome_add(t, ": ", value, 17);
    clino__outcome_add(t, " and ", other, 17);
  } else if (e->tensor[0]) {
    clino__text_add(t, ": ");
    clino__outcome_add_index(t, e);
  }
  if (reason != CLINO_REASON_INPUT_CHANGED) return;
  clino__outcome_add(t, " was ", e->value, 17);
  clino__outcome_add(t, " and became ", e->numeric, 17);
}

size_t clino__outcome_short(clino__text *t, char *text, size_t size) {
  char whole[SHORT];
  size_t length = clino__text_copy(t, whole, sizeof whole);
  if (length >= sizeof whole) length = strlen(whole);
  if (size) {
    size_t n = length < size ? length : size - 1;
    memcpy(text, whole, n);
    text[n] = '\0';
  }
  clino__text_free(t);
  return length;
}
