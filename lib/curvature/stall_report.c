/* A stall in words, and as a finding. */
#include <math.h>

#include "base/text.h"
#include "clino/stall.h"

typedef struct wording {
  const char *name, *means, *fix;
} wording;

static const wording words[CLINO_STALL_CAUSE_COUNT] = {
    {"unknown", "the function could not be looked at", NULL},
    {"critical-point", "the gradient is small", NULL},
    {"noise-floor", "the noise of the batches takes back what the gradient gains",
     "lower the learning rate, or take larger batches"},
    {"bouncing", "steps undo one another between the walls of a valley",
     "lower the learning rate to the suggested one"},
    {"edge-of-stability", "the learning rate is about as large as the curvature allows, and the loss still falls",
     "none is needed; a lower rate settles it"},
    {"plateau", "gradient and curvature are small", "look for saturated or dead units, or start from other weights"},
    {"learning-rate-too-low", "the curvature allows a far larger rate", "raise the learning rate to the suggested one"},
    {"ill-conditioned-valley", "the walls allow no larger rate, and the floor is far flatter than they are",
     "use momentum or an adaptive rule, or normalize the inputs"},
    {"none", "the loss falls", NULL},
};

const char *clino_stall_cause_name(clino_stall_cause cause) {
  return cause >= 0 && cause < CLINO_STALL_CAUSE_COUNT ? words[cause].name : "unknown";
}

static void add(clino__text *t, const char *before, double value) {
  if (isnan(value)) return;
  clino__text_add(t, before);
  clino__text_add_digits(t, value, 4);
}

static void describe(clino__text *t, const clino_stall_result *r) {
  clino__text_addf(t, "%s: %s", clino_stall_cause_name(r->cause),
                   words[r->cause >= 0 && r->cause < CLINO_STALL_CAUSE_COUNT ? r->cause : 0].means);
  if (r->cause == CLINO_STALL_CRITICAL_POINT) clino__text_addf(t, ", a %s", clino_critical_kind_name(r->critical.kind));
  if (r->cause == CLINO_STALL_UNKNOWN) clino__text_addf(t, " (%s)", clino_verdict_name(r->verdict));
  add(t, "; |g| ", r->gradient_norm);
  add(t, ", lambda_max ", r->lambda_max);
  add(t, ", times the rate ", r->stability);
  if (!isnan(r->stability)) clino__text_add(t, " of its limit");
  add(t, ", decrease over predicted ", r->decrease_ratio);
  add(t, ", over all steps ", r->long_ratio);
  add(t, ", cosine ", r->cosine);
  add(t, ", straightness ", r->straightness);
  add(t, ", noise takes back ", r->noise_share);
  add(t, "; suggested rate ", r->suggested_rate);
}

size_t clino_stall_describe(const clino_stall_result *r, char *text, size_t size) {
  clino__text t = CLINO__TEXT_EMPTY;
  describe(&t, r);
  size_t length = clino__text_copy(&t, text, size < 901 ? size : 901);
  clino__text_free(&t);
  return length;
}

static clino_finding_level level_of(const clino_stall_result *r) {
  clino_critical_kind kind = r->critical.kind;
  switch (r->cause) {
    case CLINO_STALL_UNKNOWN: return CLINO_FINDING_SKIP;
    case CLINO_STALL_NONE: return CLINO_FINDING_PASS;
    case CLINO_STALL_EDGE_OF_STABILITY: return CLINO_FINDING_INFO;
    case CLINO_STALL_CRITICAL_POINT:
      if (kind == CLINO_CRITICAL_MINIMUM || kind == CLINO_CRITICAL_VALLEY_FLOOR) return CLINO_FINDING_PASS;
      return kind == CLINO_CRITICAL_FLAT ? CLINO_FINDING_WARN : CLINO_FINDING_FAIL;
    default: return CLINO_FINDING_WARN;
  }
}

static const char *fix_of(const clino_stall_result *r) {
  if (r->cause != CLINO_STALL_CRITICAL_POINT) return words[r->cause].fix;
  bool down = r->critical.kind == CLINO_CRITICAL_SADDLE || r->critical.kind == CLINO_CRITICAL_MAXIMUM;
  return down ? "step along the escape direction, or add noise, by smaller batches say" : NULL;
}

clino_status clino_stall_findings(const clino_stall_result *r, int64_t at_step, clino_findings *findings,
                                  clino_error *error) {
  if (!r || !findings) return clino__fail(error, CLINO_ERR_RANGE, "clino_stall_findings: result or findings is NULL");
  if (r->cause < 0 || r->cause >= CLINO_STALL_CAUSE_COUNT || r->verdict == CLINO_VERDICT_NONE)
    return clino__fail(error, CLINO_ERR_RANGE, "clino_stall_findings: no such result");
  char message[901];
  clino_stall_describe(r, message, sizeof message);
  clino_finding f = clino_finding_default();
  f.check = "stall-probe";
  f.level = level_of(r);
  f.first_step = f.last_step = at_step;
  f.observed = r->stability;
  f.threshold = 1;
  if (f.level > CLINO_FINDING_PASS) f.cause = words[r->cause].name;
  f.message = message;
  f.why = "a flat loss has several causes, and the remedy of one makes another worse";
  f.fix = fix_of(r);
  f.source = "J. Cohen et al., Gradient descent on neural networks typically occurs at the edge of stability, 2021";
  return clino_findings_add(findings, &f, error);
}
