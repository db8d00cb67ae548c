/* A critical point in words, and as a finding. */
#include <math.h>

#include "base/text.h"
#include "clino/critical_point.h"

#define SOURCE "Y. Dauphin et al., Identifying and attacking the saddle point problem, 2014"

const char *clino_critical_kind_name(clino_critical_kind kind) {
  static const char *const names[] = {"not looked at", "no critical point", "minimum", "minimum with flat directions",
                                      "saddle", "maximum", "flat", "uncertain"};
  return kind >= 0 && kind < CLINO_CRITICAL_KIND_COUNT ? names[kind] : "unknown";
}

static void add(clino__text *t, const char *before, double value) {
  clino__text_add(t, before);
  clino__text_add_digits(t, value, 4);
}

static void add_with_error(clino__text *t, const char *before, double value, double error) {
  add(t, before, value);
  clino__text_add(t, " +- ");
  clino__text_add_digits(t, error, 2);
}

static void add_slope(clino__text *t, const clino_critical_result *r) {
  if (r->slope == CLINO_SLOPE_PLATEAU)
    add(t, "; a plateau: over all of the coordinates' scale f varies by ", r->variation);
  if (r->slope == CLINO_SLOPE_VALLEY) add(t, "; a valley: curvature along the gradient is ", r->slope_curvature);
}

static void add_sides(clino__text *t, const clino_critical_result *r) {
  if (!r->examined) return;
  clino__text_addf(t, "; of %zu sides of flat directions %zu rise, %zu fall, %zu stay", r->examined, r->rising,
                   r->falling, r->staying);
  if (!r->complete) clino__text_add(t, " (others may be there)");
}

static void add_escape(clino__text *t, const clino_escape *e) {
  if (!e->found) return;
  add(t, "; a step of ", e->step);
  add(t, " leads down by ", e->measured);
  if (!isnan(e->promised)) add(t, ", promised ", e->promised);
}

static void describe(clino__text *t, const clino_critical_result *r) {
  clino__text_add(t, clino_critical_kind_name(r->kind));
  if (r->kind == CLINO_CRITICAL_NONE) {
    clino__text_addf(t, ": %s", clino_verdict_name(r->verdict));
    return;
  }
  add(t, ": |g| ", r->gradient_norm);
  add(t, " (noise ", r->gradient_noise);
  add(t, ", relative ", r->relative_gradient);
  add(t, " of ", r->tolerance);
  clino__text_add(t, ")");
  add_with_error(t, "; eigenvalues from ", r->lowest, r->lowest_error);
  add_with_error(t, " to ", r->highest, r->highest_error);
  if (r->kind == CLINO_CRITICAL_NOT) add_slope(t, r);
  add_sides(t, r);
  add_escape(t, &r->escape);
}

size_t clino_critical_describe(const clino_critical_result *r, char *text, size_t size) {
  clino__text t = CLINO__TEXT_EMPTY;
  describe(&t, r);
  size_t length = clino__text_copy(&t, text, size < 901 ? size : 901);
  clino__text_free(&t);
  return length;
}

static clino_finding_level level_of(clino_critical_kind kind) {
  static const clino_finding_level levels[] = {CLINO_FINDING_SKIP, CLINO_FINDING_INFO, CLINO_FINDING_PASS,
                                               CLINO_FINDING_PASS, CLINO_FINDING_FAIL, CLINO_FINDING_FAIL,
                                               CLINO_FINDING_WARN, CLINO_FINDING_WARN};
  return levels[kind];
}

static const char *cause_of(clino_critical_kind kind) {
  static const char *const causes[] = {NULL, NULL, NULL, NULL, "saddle-point", "maximum", "flat-region", NULL};
  return causes[kind];
}

static const char *fix_of(clino_critical_kind kind) {
  switch (kind) {
    case CLINO_CRITICAL_SADDLE:
    case CLINO_CRITICAL_MAXIMUM: return "step along the escape direction, or add noise, by smaller batches say";
    case CLINO_CRITICAL_FLAT: return "look for dead units and saturation, or start from other weights";
    case CLINO_CRITICAL_UNCERTAIN: return "look again in double precision, or with a larger max_gradients";
    default: return NULL;
  }
}

clino_status clino_critical_findings(const clino_critical_result *r, const char *name, clino_findings *findings,
                                     clino_error *error) {
  if (!r || !findings)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_critical_findings: result or findings is NULL");
  if (r->kind < 0 || r->kind >= CLINO_CRITICAL_KIND_COUNT || r->verdict == CLINO_VERDICT_NONE)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_critical_findings: no such result");
  char message[901];
  clino_critical_describe(r, message, sizeof message);
  clino_finding f = clino_finding_default();
  f.check = "critical-point";
  f.level = level_of(r->kind);
  f.series = name;
  f.observed = r->relative_gradient;
  f.threshold = r->tolerance;
  f.cause = cause_of(r->kind);
  f.message = message;
  f.why = "at a saddle the gradient is 0 as at a minimum, and the loss is flat, though there is a way down";
  f.fix = fix_of(r->kind);
  f.source = SOURCE;
  return clino_findings_add(findings, &f, error);
}
