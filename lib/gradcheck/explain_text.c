/* Explanations in words. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "gradcheck/explain.h"

const char *clino_pattern_name(clino_pattern pattern) {
  switch (pattern) {
    case CLINO_PATTERN_NONE: return "none";
    case CLINO_PATTERN_ZERO: return "zero";
    case CLINO_PATTERN_UNWRITTEN: return "unwritten";
    case CLINO_PATTERN_ACCUMULATED: return "accumulated";
    case CLINO_PATTERN_SIGN: return "sign";
    case CLINO_PATTERN_SCALE: return "scale";
    case CLINO_PATTERN_DECAY: return "decay";
    case CLINO_PATTERN_TRANSPOSED: return "transposed";
    case CLINO_PATTERN_REVERSED: return "reversed";
    case CLINO_PATTERN_SHIFTED: return "shifted";
    case CLINO_PATTERN_PERMUTED: return "permuted";
    case CLINO_PATTERN_OTHER_TENSOR: return "other tensor";
    case CLINO_PATTERN_STALE: return "stale";
    case CLINO_PATTERN_FIRST_SAMPLE: return "first sample";
    case CLINO_PATTERN_LAST_SAMPLE: return "last sample";
    case CLINO_PATTERN_CLIPPED: return "clipped";
    case CLINO_PATTERN_SLICE: return "slice";
    case CLINO_PATTERN_ACTIVATION: return "activation";
    case CLINO_PATTERN_UNIT_SCALE: return "unit scale";
    case CLINO_PATTERN_ROUNDING: return "rounding";
  }
  return "unknown";
}

/* ---- numbers ---- */

static void add_number(clino__text *t, const char *label, double value, int digits) {
  clino__text_add(t, label);
  clino__text_add_digits(t, value, digits);
}

/* A correlation with so many decimals; printf's would follow the locale. */
static void add_correlation(clino__text *t, double c, unsigned decimals) {
  unsigned long scale = 1;
  for (unsigned d = 0; d < decimals; d++) scale *= 10;
  unsigned long v = (unsigned long)(fabs(c) * (double)scale + 0.5);
  clino__text_addf(t, "%s%lu.%0*lu", c < 0 && v ? "-" : "", v / scale, (int)decimals, v % scale);
}

/* As many digits as the error bar lets stand. */
static int digits_of(double value, double error) {
  double digits = error > 0 ? ceil(log10(fabs(value) / error)) : 7;
  return digits > 7 ? 7 : digits >= 3 ? (int)digits : 3;
}

static void add_value(clino__text *t, const clino_explanation *e) {
  add_number(t, "", e->value, digits_of(e->value, e->value_error));
  if (e->value_error > 0) add_number(t, " +- ", e->value_error, 1);
}

/* ---- the pattern ---- */

static void add_axis(clino__text *t, const clino_explanation *e, const char *whole) {
  if (e->axis == SIZE_MAX) clino__text_add(t, whole);
  else clino__text_addf(t, " along axis %zu", e->axis);
}

static void add_scale(clino__text *t, const clino_explanation *e) {
  clino__text_add(t, "analytic is ");
  if (!e->constant[0]) {
    add_value(t, e);
    clino__text_add(t, " times numerical");
    return;
  }
  clino__text_addf(t, "%s times numerical", e->constant);
  if (!strncmp(e->constant, "1/", 2) && e->constant[2] >= '0' && e->constant[2] <= '9')
    clino__text_add(t, ", as a mean in place of a sum");
  add_number(t, " (", e->value, 8);
  clino__text_add(t, ")");
}

static void add_decay(clino__text *t, const clino_explanation *e) {
  clino__text_add(t, e->value > 0 ? "analytic lacks a term of " : "analytic has a term of ");
  clino_explanation size = *e;
  size.value = fabs(e->value);
  add_value(t, &size);
  clino__text_add(t, e->value > 0 ? " times the parameter (weight decay that the loss has)"
                                  : " times the parameter too much (weight decay that the loss lacks)");
}

static void add_slice(clino__text *t, const clino_explanation *e) {
  clino__text_addf(t, "only the slice at index %zu of axis %zu is wrong", e->index, e->axis);
  if (e->value == 0) clino__text_add(t, ": there analytic is 0");
  else if (e->constant[0]) clino__text_addf(t, ": there analytic is %s times numerical", e->constant);
  else if (fabs(e->value + 1) <= e->value_error) clino__text_add(t, ": there analytic has the wrong sign");
  else if (!isnan(e->value)) add_number(t, ": there analytic times numerical is off by a factor ", e->value, 6);
}

static void add_sample(clino__text *t, const clino_explanation *e) {
  clino__text_addf(t, "analytic is the gradient of the %s sample alone",
                   e->pattern == CLINO_PATTERN_FIRST_SAMPLE ? "first" : "last");
  if (e->value != 1) add_number(t, ", times ", e->value, 6);
}

static void add_pattern(clino__text *t, const clino_explanation *e) {
  switch (e->pattern) {
    case CLINO_PATTERN_ZERO: clino__text_add(t, "analytic is zero everywhere, numerical is not"); break;
    case CLINO_PATTERN_SIGN: clino__text_add(t, "analytic has the wrong sign"); break;
    case CLINO_PATTERN_SCALE: add_scale(t, e); break;
    case CLINO_PATTERN_DECAY: add_decay(t, e); break;
    case CLINO_PATTERN_TRANSPOSED: clino__text_add(t, "analytic is the transpose of numerical"); break;
    case CLINO_PATTERN_REVERSED:
      clino__text_add(t, "analytic is numerical reversed");
      add_axis(t, e, "");
      break;
    case CLINO_PATTERN_SHIFTED:
      clino__text_addf(t, "analytic is numerical shifted by %.0f", e->value);
      add_axis(t, e, "");
      break;
    case CLINO_PATTERN_PERMUTED:
      clino__text_add(t, e->axis == SIZE_MAX ? "analytic holds the entries of numerical in another order"
                                             : "analytic holds the slices of numerical in another order");
      add_axis(t, e, "");
      break;
    case CLINO_PATTERN_OTHER_TENSOR: clino__text_addf(t, "analytic is the gradient of %s", e->other); break;
    case CLINO_PATTERN_STALE:
      clino__text_addf(t, "analytic at point %zu is the gradient at point %zu: it is stale", e->point, e->other_point);
      break;
    case CLINO_PATTERN_CLIPPED:
      add_number(t, "analytic is numerical clipped at +-", e->value, 7);
      break;
    case CLINO_PATTERN_SLICE: add_slice(t, e); break;
    case CLINO_PATTERN_ACTIVATION:
    case CLINO_PATTERN_UNIT_SCALE:
      clino__text_addf(t, "numerical is analytic times a factor for each index of axis %zu, %s, as where %s is missing",
                       e->axis, e->constant,
                       e->pattern == CLINO_PATTERN_ACTIVATION ? "an activation's derivative" : "a scale by unit");
      break;
    case CLINO_PATTERN_ROUNDING:
      clino__text_add(t, "analytic is in single precision, and differs by no more than its rounding");
      break;
    case CLINO_PATTERN_UNWRITTEN:
      clino__text_addf(t, "backward left %zu of %zu entries unwritten", e->within, e->entries);
      break;
    case CLINO_PATTERN_ACCUMULATED:
      clino__text_addf(t, "backward added to what was there, in %zu of %zu entries", e->within, e->entries);
      break;
    case CLINO_PATTERN_FIRST_SAMPLE:
    case CLINO_PATTERN_LAST_SAMPLE: add_sample(t, e); break;
    case CLINO_PATTERN_NONE: break;
  }
}

/* ---- how well it fits ---- */

static bool is_order(clino_pattern p) { return p >= CLINO_PATTERN_TRANSPOSED && p <= CLINO_PATTERN_LAST_SAMPLE; }

static bool is_count(clino_pattern p) { return p == CLINO_PATTERN_UNWRITTEN || p == CLINO_PATTERN_ACCUMULATED; }

static void add_fit(clino__text *t, const clino_explanation *e) {
  if (is_count(e->pattern)) return;
  if (is_order(e->pattern) && !isnan(e->correlation) && !isnan(e->plain_correlation)) {
    clino__text_add(t, " (correlation ");
    add_correlation(t, e->correlation, 6);
    clino__text_add(t, "; as laid out, ");
    add_correlation(t, e->plain_correlation, 2);
  } else {
    clino__text_addf(t, " (in %zu of %zu entries", e->within, e->entries);
  }
  if (e->beside != 0) {
    add_number(t, ", beside ", e->beside, 4);
    clino__text_add(t, " times the parameter");
  }
  clino__text_add(t, ")");
  if (e->also) clino__text_addf(t, "; \"%s\" fits as well", clino_pattern_name(e->also));
}

static void add_names(clino__text *t, const clino_gradcheck_record *r, const size_t *tensors,
                      const clino_explanation *e) {
  if (e->all && e->tensors > 1) {
    clino__text_addf(t, "all %zu tensors", e->tensors);
    return;
  }
  size_t shown = e->tensors <= 3 ? e->tensors : 2;
  for (size_t i = 0; i < shown; i++)
    clino__text_addf(t, "%s%.40s", i == 0 ? "" : i + 1 == e->tensors ? " and " : ", ", r->tensors[tensors[i]].name);
  if (shown < e->tensors) clino__text_addf(t, " and %zu more", e->tensors - shown);
}

void clino__explanation_text(const clino_gradcheck_record *r, const size_t *tensors, clino_explanation *e) {
  clino__text t = CLINO__TEXT_EMPTY;
  if (e->term < r->n_terms) clino__text_addf(&t, "term \"%s\": ", r->term_names[e->term]);
  add_names(&t, r, tensors, e);
  clino__text_add(&t, ": ");
  add_pattern(&t, e);
  add_fit(&t, e);
  if (e->point && e->pattern != CLINO_PATTERN_STALE) clino__text_addf(&t, ", at point %zu", e->point);
  clino__text_copy(&t, e->text, sizeof e->text);
  clino__text_free(&t);
}
