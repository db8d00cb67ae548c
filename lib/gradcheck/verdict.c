/* Names, bands, relative error. */
#include <math.h>

#include "clino/gradcheck.h"

const char *clino_verdict_name(clino_verdict verdict) {
  switch (verdict) {
    case CLINO_VERDICT_NONE: return "none";
    case CLINO_VERDICT_PASS: return "pass";
    case CLINO_VERDICT_KINK: return "kink";
    case CLINO_VERDICT_INCONCLUSIVE: return "inconclusive";
    case CLINO_VERDICT_SUSPECT: return "suspect";
    case CLINO_VERDICT_FAIL: return "fail";
    case CLINO_VERDICT_NONFINITE: return "nonfinite";
    case CLINO_VERDICT_NONDETERMINISTIC: return "nondeterministic";
  }
  return "unknown";
}

const char *clino_band_name(clino_band band) {
  switch (band) {
    case CLINO_BAND_RIGHT: return "right";
    case CLINO_BAND_ACCEPTABLE: return "acceptable";
    case CLINO_BAND_SUSPECT: return "suspect";
    case CLINO_BAND_WRONG: return "wrong";
  }
  return "unknown";
}

const char *clino_reason_text(clino_reason reason) {
  switch (reason) {
    case CLINO_REASON_NONE: return "";
    case CLINO_REASON_DIFFERS: return "analytic and numeric gradient differ";
    case CLINO_REASON_UNWRITTEN: return "the callback left a gradient entry unwritten";
    case CLINO_REASON_ACCUMULATED:
      return "the callback added to the gradient buffer instead of overwriting it (if that is meant, set "
             "grad_mode = CLINO_GRAD_ACCUMULATES)";
    case CLINO_REASON_OVERWRITTEN:
      return "the callback overwrote the gradient buffer instead of adding to it (if that is meant, set "
             "grad_mode = CLINO_GRAD_OVERWRITES)";
    case CLINO_REASON_INPUT_CHANGED: return "a callback changed the values that it was given";
    case CLINO_REASON_OUT_OF_BOUNDS: return "a callback wrote outside its buffers";
    case CLINO_REASON_VALUE_DEPENDS_ON_GRAD: return "the value is another one when the gradient is computed";
    case CLINO_REASON_NOISE: return "rounding and noise of f are too large for a gradient of this size";
    case CLINO_REASON_STEP: return "no step is small enough for f and large enough for its noise";
    case CLINO_REASON_BUDGET: return "max_evaluations was reached";
    case CLINO_REASON_TERMS: return "the terms do not add up to f, or their gradients to its gradient";
    case CLINO_REASON_OUTPUT: return "an output of the layer";
    case CLINO_REASON_OUTPUT_UNWRITTEN:
      return "forward left an output unwritten, or added to it instead of overwriting it";
    case CLINO_REASON_OUTPUT_CHANGED:
      return "a callback changed the value of an output (if backward is meant to, set scratch_outputs)";
    case CLINO_REASON_TANGENT_CHANGED:
      return "a callback changed the cotangent or the tangent that it was given (if backward is meant to, set "
             "scratch_outputs)";
    case CLINO_REASON_JVP: return "jvp and differences along its tangent disagree";
    case CLINO_REASON_TRANSPOSE:
      return "jvp and backward are not each other's transpose: <c, J v> and <J' c, v> differ";
  }
  return "unknown";
}

double clino_relative_error(double a, double b) {
  if (a == b && isfinite(a)) return 0;
  double largest = fmax(fabs(a), fabs(b));
  if (isnan(a) || isnan(b)) return NAN;
  if (isinf(largest)) return isinf(a) && isinf(b) ? NAN : 1;
  /* Both terms divided first: the difference of two numbers near the largest double may overflow. */
  return fabs(a / largest - b / largest);
}

clino_band clino_band_of(double relative_error) {
  if (relative_error <= 1e-7) return CLINO_BAND_RIGHT;
  if (relative_error <= 1e-4) return CLINO_BAND_ACCEPTABLE;
  if (relative_error <= 1e-2) return CLINO_BAND_SUSPECT;
  return CLINO_BAND_WRONG;
}

bool clino_gradcheck_accepted(const clino_gradcheck_result *result) {
  return result && (result->verdict == CLINO_VERDICT_PASS || result->verdict == CLINO_VERDICT_KINK);
}
