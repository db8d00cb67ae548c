/* A step check's result as text and as a finding. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "clino/stepcheck.h"
#include "train/describe.h"
#include "train/rule.h"

bool clino_stepcheck_accepted(const clino_stepcheck_result *r) {
  return r && (r->verdict == CLINO_STEP_PASS || r->verdict == CLINO_STEP_VARIANT);
}

const char *clino_step_verdict_name(clino_step_verdict verdict) {
  switch (verdict) {
    case CLINO_STEP_NONE: return "none";
    case CLINO_STEP_PASS: return "pass";
    case CLINO_STEP_VARIANT: return "variant";
    case CLINO_STEP_INCONCLUSIVE: return "inconclusive";
    case CLINO_STEP_FAIL: return "fail";
    case CLINO_STEP_NONFINITE: return "nonfinite";
  }
  return "unknown";
}

static void add_number(clino__text *t, const char *label, double value, int digits) {
  clino__text_add(t, label);
  clino__text_add_digits(t, value, digits);
}

/* As many digits as are needed to tell the two apart. */
static int digits_of(const clino_stepcheck_result *r) {
  double apart = fabs(r->got - r->expected) / fmax(fabs(r->got), fabs(r->expected));
  return apart > 0 && apart < 1e-4 ? (apart < 1e-13 ? 17 : (int)ceil(-log10(apart)) + 3) : 6;
}

static void add_place(clino__text *t, const clino_stepcheck_result *r) {
  int digits = digits_of(r);
  clino__text_addf(t, "%s[%zu] after step %llu of trial %zu", r->tensor, r->flat, (unsigned long long)r->step,
                   r->trial);
  add_number(t, " (rate ", r->rate, 3);
  add_number(t, "): got ", r->got, digits);
  add_number(t, ", expected ", r->expected, digits);
  add_number(t, " +- ", r->tolerance, 2);
}

static void add_factor(clino__text *t, double factor) {
  if (factor == 1 || factor == -1) return;
  clino__text_add(t, " (factor ");
  if (fabs(factor) < 1 && fabs(1 / factor - nearbyint(1 / factor)) < 1e-9 / fabs(factor)) {
    add_number(t, "1/", 1 / factor, 6);
  } else {
    clino__text_add_digits(t, factor, 6);
  }
  clino__text_add(t, ")");
}

static void add_matches(clino__text *t, const clino_stepcheck_result *r) {
  for (size_t i = 0; i < r->n_matches && i < CLINO_STEP_MATCHES; i++) {
    const clino_step_match *m = &r->matches[i];
    clino__text_addf(t, "%s%s", i ? "; or, which is the same here: " : "", m->deviation->text);
    add_factor(t, m->factor);
  }
}

static void add_unmatched(clino__text *t, const clino_stepcheck_result *r) {
  clino__text_add(t, "differs, and matches no known deviation");
  const clino_step_match *m = &r->nearest;
  if (!m->deviation || !(m->left < 0.5)) return;
  clino__text_addf(t, " (nearest: %s", m->deviation->text);
  add_factor(t, m->factor);
  add_number(t, ", which leaves ", 100 * m->left, 2);
  clino__text_add(t, "% of the difference)");
}

static void add_judgement(clino__text *t, const clino_stepcheck_result *r) {
  if (r->verdict == CLINO_STEP_NONE) clino__text_add(t, "the check did not run");
  else if (r->verdict == CLINO_STEP_PASS) clino__text_add(t, "follows the formula");
  else if (r->n_matches) add_matches(t, r);
  else if (r->reset_fails && r->verdict != CLINO_STEP_INCONCLUSIVE)
    clino__text_add(t, "the same steps after a second init give other numbers: init does not reset everything, or the "
                       "step is random");
  else if (r->verdict == CLINO_STEP_NONFINITE)
    clino__text_add(t, "gives what is not finite where the formula gives numbers");
  else if (r->verdict == CLINO_STEP_INCONCLUSIVE && !(r->excess < 10))
    clino__text_add(t, "is off by no more than single precision would make it: does it compute in float?");
  else if (r->verdict == CLINO_STEP_INCONCLUSIVE)
    clino__text_add(t, "is off by more than rounding explains, but not by much");
  else add_unmatched(t, r);
}

size_t clino_stepcheck_describe(const clino_stepcheck_result *r, char *text, size_t size) {
  clino__text t = CLINO__TEXT_EMPTY;
  clino__text_addf(&t, "stepcheck: %s: %s: ", clino_step_verdict_name(r->verdict), r->rule[0] ? r->rule : "no rule");
  add_judgement(&t, r);
  if (r->verdict != CLINO_STEP_NONE) {
    clino__text_add(&t, r->verdict == CLINO_STEP_PASS ? "; nearest to the tolerance: " : "; first at ");
    add_place(&t, r);
    clino__text_addf(&t, "; %llu steps in %zu trials", (unsigned long long)r->steps, r->options.trials);
    add_number(&t, ", largest difference ", r->excess, 3);
    clino__text_addf(&t, " tolerances; o.seed = %llu", (unsigned long long)r->options.seed);
  }
  size_t length = clino__describe_copy(&t, text, size);
  clino__text_free(&t);
  return length;
}

clino_status clino_stepcheck_finding(const clino_stepcheck_result *r, clino_findings *findings, clino_error *error) {
  static const clino_finding_level levels[] = {CLINO_FINDING_SKIP, CLINO_FINDING_PASS, CLINO_FINDING_INFO,
                                               CLINO_FINDING_WARN, CLINO_FINDING_FAIL, CLINO_FINDING_FAIL};
  if (!r || !findings) return clino__fail(error, CLINO_ERR_RANGE, "clino_stepcheck_finding: an argument is NULL");
  char text[CLINO__DESCRIBE_SIZE];
  clino_stepcheck_describe(r, text, sizeof text);
  clino_finding f = clino_finding_default();
  f.check = "stepcheck";
  f.level = (size_t)r->verdict < sizeof levels / sizeof levels[0] ? levels[r->verdict] : CLINO_FINDING_SKIP;
  f.series = r->rule[0] ? r->rule : NULL;
  f.observed = r->verdict ? r->excess : NAN;
  f.threshold = 1;
  f.cause = r->n_matches ? r->matches[0].deviation->id : NULL;
  f.message = text;
  const clino__rule *rule = clino__rule_find(r->rule);
  f.source = rule ? rule->info.source : NULL;
  f.final = true;
  f.why =
      "An optimizer that is not the one that was meant trains, but with other rates, other stability limits and other "
      "results than its paper's.";
  f.fix = "Compare the step with the formula in clino/optimizer.h, beginning with what is named.";
  return clino_findings_add(findings, &f, error);
}
