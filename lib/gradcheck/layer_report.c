#include "gradcheck/layer_report.h"

#include <string.h>

#include "gradcheck/outcome.h"

static void add_output(clino__text *t, const clino_gradcheck_result *r, const char *what) {
  clino__text_addf(t, "%s: %s ", r->layer.callback, what);
  clino__outcome_add_index(t, &r->worst);
}

/* An output, or its derivative by jvp, that is no number or two. */
static bool add_odd_output(clino__text *t, const clino_gradcheck_result *r, const char *what) {
  if (r->verdict == CLINO_VERDICT_NONFINITE) {
    add_output(t, r, what);
    clino__outcome_add(t, " is ", r->worst.analytic, 6);
    return true;
  }
  if (r->verdict != CLINO_VERDICT_NONDETERMINISTIC) return false;
  add_output(t, r, what);
  clino__outcome_add(t, " is not the same twice: ", r->worst.analytic, 17);
  clino__outcome_add(t, " and ", r->worst.numeric, 17);
  clino__text_add(t, "; fix its seed (hook reseed), or switch off what is random");
  return true;
}

static void add_change(clino__text *t, const clino_gradcheck_result *r) {
  clino__text_addf(t, "%s: %s: ", r->layer.callback, clino_reason_text(r->reason));
  clino__outcome_add_index(t, &r->worst);
  clino__outcome_add(t, " was ", r->worst.analytic, 17);
  clino__outcome_add(t, " and became ", r->worst.numeric, 17);
}

/* What grad_mode does not govern: the derivatives of outputs, and inputs that are declared to be overwritten. */
static bool add_accumulated(clino__text *t, const clino_gradcheck_result *r) {
  if (!r->layer.callback[0]) return false;
  bool jvp = strcmp(r->layer.callback, "jvp") == 0;
  clino__text_addf(t, "%s: added to the gradient of an %s instead of overwriting it%s: ", r->layer.callback,
                   jvp ? "output" : "input", jvp ? "" : " (if that is meant, do not set inputs_overwritten)");
  clino__outcome_add_index(t, &r->worst);
  return true;
}

bool clino__layer_add_rule(clino__text *t, const clino_gradcheck_result *r) {
  switch (r->reason) {
    case CLINO_REASON_ACCUMULATED: return add_accumulated(t, r);
    case CLINO_REASON_OUTPUT: return add_odd_output(t, r, "output");
    case CLINO_REASON_JVP:
      if (add_odd_output(t, r, "the derivative of output")) return true;
      clino__text_addf(t, "%s: ", clino_reason_text(r->reason));
      return false; /* the numbers follow */
    case CLINO_REASON_OUTPUT_UNWRITTEN:
      clino__text_addf(t, "%s: ", clino_reason_text(r->reason));
      clino__outcome_add_index(t, &r->worst);
      return true;
    case CLINO_REASON_OUTPUT_CHANGED:
    case CLINO_REASON_TANGENT_CHANGED:
      add_change(t, r);
      return true;
    case CLINO_REASON_TRANSPOSE:
      clino__text_addf(t, "%s: ", clino_reason_text(r->reason));
      clino__outcome_add(t, "", r->worst.numeric, 17);
      clino__outcome_add(t, " and ", r->worst.analytic, 17);
      return true;
    default: break;
  }
  if (!r->layer.callback[0]) return false;
  clino__text_addf(t, "%s: ", r->layer.callback);
  return false;
}

void clino__layer_add_place(clino__text *t, const clino_gradcheck_result *r) {
  const clino_gradcheck_layer *l = &r->layer;
  if (l->trial) clino__text_addf(t, "shape %llu (%s)", (unsigned long long)l->trial, l->shape);
  else clino__text_addf(t, "the given shape (%s)", l->shape);
  clino__text_addf(t, ", cotangent %zu", l->cotangent);
}
