/* What a result says: describe(), report(), the replay line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/comma.h"
#include "support/objectives.h"
#include "support/probe.h"

static clino_gradcheck_result wrong_net(const clino_gradcheck_options *o) {
  double x[MOST_N];
  smooth_problems[4].point(66, x);
  probe p = {.f = mlp_tanh, .kind = SCALED, .factor = -1.5};
  return probe_check(&p, 66, x, o);
}

static void describe_fits_any_size(void) {
  clino_gradcheck_result r = wrong_net(NULL);
  char whole[1100], text[1100];
  size_t length = clino_gradcheck_describe(&r, whole, sizeof whole);
  CU_ASSERT_EQUAL(length, strlen(whole));
  CU_ASSERT_TRUE(length <= 900 && length > 100);
  CU_ASSERT_EQUAL(clino_gradcheck_describe(&r, NULL, 0), length);
  for (size_t size = 1; size <= 1000; size++) {
    memset(text, 'Z', sizeof text);
    CU_ASSERT_EQUAL(clino_gradcheck_describe(&r, text, size), length);
    size_t expect_length = length < size ? length : size - 1;
    CU_ASSERT_EQUAL(strlen(text), expect_length);
    CU_ASSERT_EQUAL(memcmp(text, whole, expect_length), 0);
    CU_ASSERT_EQUAL(text[size], 'Z');
  }
}

static void report_fits_any_size(void) {
  clino_gradcheck_result r = wrong_net(NULL);
  size_t length = clino_gradcheck_report(&r, NULL, 0);
  char *whole = malloc(length + 1), *text = malloc(length + 20);
  CU_ASSERT_TRUE_FATAL(whole && text);
  CU_ASSERT_EQUAL(clino_gradcheck_report(&r, whole, length + 1), length);
  CU_ASSERT_EQUAL(strlen(whole), length);
  for (size_t size = 1; size <= length + 10; size += 1 + size / 50) {
    memset(text, 'Z', length + 20);
    CU_ASSERT_EQUAL(clino_gradcheck_report(&r, text, size), length);
    CU_ASSERT_EQUAL(strlen(text), length < size ? length : size - 1);
    CU_ASSERT_EQUAL(text[size], 'Z');
  }
  free(whole);
  free(text);
}

/* Every field as long as it may be. */
static void describe_never_exceeds_900_bytes(void) {
  clino_gradcheck_result r = wrong_net(NULL);
  memset(r.worst.tensor, 'W', 63);
  r.worst.tensor[63] = '\0';
  memset(r.worst.branch, 'B', 63);
  r.worst.branch[63] = '\0';
  r.worst.n_dims = CLINO_MAX_DIMS;
  for (size_t d = 0; d < CLINO_MAX_DIMS; d++) r.worst.index[d] = SIZE_MAX;
  r.worst.branch_element = r.worst.flat = r.worst.point = r.checked = r.entries = SIZE_MAX;
  r.worst.left = r.worst.right = r.worst.analytic = -1.2345678901234567e-300;
  r.worst.numeric = -9.87654321e-301;
  r.worst.relative_error = 1.2345678901234e-13;
  r.worst.error = r.worst.step = r.worst.kink_distance = -1.2345e-300;
  for (int i = 0; i < CLINO_VERDICT_COUNT; i++) r.counts[i] = SIZE_MAX;
  r.options.seed = r.options.max_evaluations = UINT64_MAX;
  r.options.points = 1000;
  r.options.mode = CLINO_MODE_SAMPLE;
  r.options.sample = SIZE_MAX;
  r.options.tolerance = r.options.resolution = r.options.step = 1.2345678901234567e-300;
  for (int v = 0; v <= CLINO_VERDICT_NONDETERMINISTIC; v++)
    for (int reason = 0; reason <= CLINO_REASON_BUDGET; reason++) {
      char text[2000];
      r.verdict = r.worst.verdict = (clino_verdict)v;
      r.reason = r.worst.reason = (clino_reason)reason;
      memset(text, 'Z', sizeof text);
      size_t length = clino_gradcheck_describe(&r, text, sizeof text);
      CU_ASSERT_TRUE(length <= 900);
      CU_ASSERT_EQUAL(strlen(text), length);
      CU_ASSERT_TRUE(clino_gradcheck_report(&r, text, sizeof text) > 0);
      CU_ASSERT_TRUE(strlen(text) < sizeof text);
    }
}

static void a_zeroed_result_has_a_text(void) {
  clino_gradcheck_result r;
  char text[200];
  memset(&r, 0, sizeof r);
  clino_gradcheck_describe(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "did not run"));
  clino_gradcheck_report(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "did not run"));
}

static void the_worst_entry_is_named(void) {
  double x = 0.5;
  probe p = {.f = tutorial_wrong};
  clino_gradcheck_result r = probe_check(&p, 1, &x, NULL);
  char text[1000];
  clino_gradcheck_describe(&r, text, sizeof text);
  static const char *const parts[] = {"fail", "x[0]", "analytic -0.5", "numeric -1.5708", "(wrong)", "step", "replay"};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) CU_ASSERT_PTR_NOT_NULL(strstr(text, parts[i]));
}

/* ---- the replay line ---- */

/* Where "o.FIELD = " stands in the last line of the report; NULL: it does not. */
static const char *field(const char *line, const char *name) {
  char pattern[60];
  snprintf(pattern, sizeof pattern, " o.%s = ", name);
  const char *at = strstr(line, pattern);
  return at ? at + strlen(pattern) : NULL;
}

static double number(const char *line, const char *name, double otherwise) {
  const char *at = field(line, name);
  return at ? strtod(at, NULL) : otherwise;
}

static uint64_t whole(const char *line, const char *name, uint64_t otherwise) {
  const char *at = field(line, name);
  return at ? strtoull(at, NULL, 10) : otherwise;
}

static clino_mode mode_of(const char *line) {
  const char *at = field(line, "mode");
  if (at && !strncmp(at, "CLINO_MODE_FULL;", 16)) return CLINO_MODE_FULL;
  if (at && !strncmp(at, "CLINO_MODE_SAMPLE;", 18)) return CLINO_MODE_SAMPLE;
  return CLINO_MODE_AUTO;
}

static clino_gradcheck_options parse_replay(const char *line) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  const char *accumulates = field(line, "grad_mode");
  o.tolerance = number(line, "tolerance", o.tolerance);
  o.resolution = number(line, "resolution", o.resolution);
  o.step = number(line, "step", o.step);
  o.sample = (size_t)whole(line, "sample", o.sample);
  o.points = (size_t)whole(line, "points", o.points);
  o.seed = whole(line, "seed", 0);
  o.max_evaluations = whole(line, "max_evaluations", o.max_evaluations);
  o.mode = mode_of(line);
  if (accumulates && !strncmp(accumulates, "CLINO_GRAD_ACCUMULATES;", 23)) o.grad_mode = CLINO_GRAD_ACCUMULATES;
  return o;
}

/* Sets the options, checks, parses the last line of the report, and checks again with what it says. */
static void replay(clino_gradcheck_options o) {
  static char text[8000];
  clino_gradcheck_result r = wrong_net(&o);
  CU_ASSERT_TRUE_FATAL(clino_gradcheck_report(&r, text, sizeof text) < sizeof text);
  size_t length = strlen(text);
  CU_ASSERT_EQUAL(text[length - 1], '\n');
  text[length - 1] = '\0';
  const char *line = strrchr(text, '\n');
  CU_ASSERT_PTR_NOT_NULL_FATAL(line);
  CU_ASSERT_PTR_NOT_NULL(strstr(line, "replay:"));
  clino_gradcheck_options again = parse_replay(line), set = o;
  if (set.mode == CLINO_MODE_AUTO) set.mode = CLINO_MODE_FULL;
  CU_ASSERT_EQUAL(again.tolerance, set.tolerance);
  CU_ASSERT_EQUAL(again.resolution, set.resolution);
  CU_ASSERT_EQUAL(again.step, set.step);
  CU_ASSERT_EQUAL(again.sample, set.sample);
  CU_ASSERT_EQUAL(again.points, set.points);
  CU_ASSERT_EQUAL(again.seed, set.seed);
  CU_ASSERT_EQUAL(again.max_evaluations, set.max_evaluations);
  CU_ASSERT_EQUAL(again.mode, set.mode);
  CU_ASSERT_EQUAL(again.grad_mode, set.grad_mode);
  clino_gradcheck_result r2 = wrong_net(&again);
  CU_ASSERT_TRUE(same_results(&r, &r2));
}

static void the_replay_line_replays(void) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  replay(o);
  o.seed = UINT64_MAX;
  replay(o);
  o.tolerance = 0.1 + 0.2, o.resolution = 1 / 3.0, o.step = 1e-5 / 3;
  replay(o);
  o.points = 2, o.max_evaluations = 12345678901234567u;
  replay(o);
  o.mode = CLINO_MODE_SAMPLE, o.sample = 17, o.seed = 0;
  replay(o);
}

static void a_comma_locale_changes_nothing(void) {
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.tolerance = 0.0625;
  clino_gradcheck_result r = wrong_net(&o);
  static char point[8000], comma[8000];
  clino_gradcheck_report(&r, point, sizeof point);
  if (comma_enter()) {
    clino_gradcheck_report(&r, comma, sizeof comma);
    CU_ASSERT_STRING_EQUAL(point, comma);
    clino_gradcheck_result again = wrong_net(&o);
    CU_ASSERT_TRUE(same_results(&r, &again));
    comma_leave();
  }
  CU_ASSERT_PTR_NOT_NULL(strstr(point, "o.tolerance = 0.0625;"));
}

/* An entry that noise hides, or nothing but noise and bends: the layer alone is what helps, or directions. */
static void what_would_help_is_said(void) {
  static const struct { clino_reason reason; const char *says; } cases[] = {
      {CLINO_REASON_NOISE, "check the layer alone, or directions instead of entries (the directional mode, the Taylor"},
      {CLINO_REASON_STEP, "check with fewer data points (2 or 3), in double precision, at another point, or the layer"},
      {CLINO_REASON_BUDGET, "raise max_evaluations, or check a sample"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[8000];
    clino_gradcheck_result r = wrong_net(NULL);
    clino_gradcheck_report(&r, text, sizeof text);
    CU_ASSERT_PTR_NULL(strstr(text, "what would help"));
    r.verdict = r.worst.verdict = CLINO_VERDICT_INCONCLUSIVE;
    r.reason = r.worst.reason = cases[i].reason;
    clino_gradcheck_report(&r, text, sizeof text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, cases[i].says));
  }
}

static int sine_on_an_offset(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)n, (void)ctx;
  *f = sin(x[0]) + 1e17;
  if (grad) grad[0] = cos(x[0]);
  return 0;
}

static void a_hidden_gradient_is_inconclusive(void) {
  clino_gradcheck_result r;
  double x = 0.7;
  char text[8000];
  CU_ASSERT_EQUAL(gradcheck(sine_on_an_offset, NULL, 1, &x, NULL, &r, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_INCONCLUSIVE);
  CU_ASSERT_EQUAL(r.reason, CLINO_REASON_NOISE);
  clino_gradcheck_report(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "check the layer alone"));
}

/* The share of entries that crossed a kink, from 5% on, and what helps: in numbers where the step is known. */
static void crossing_kinks_is_advised_on(void) {
  static const struct { size_t checked, flips, kinks; double step; const char *says; } cases[] = {
      {200, 36, 3, 1e-3, "  36 of 200 entries (18%) cross kinks within their steps: check with fewer data points (2 or "
                         "3), or with a smaller step (o.step = 6e-05 for about 1%, where noise allows)\n"},
      {200, 0, 90, CLINO_AUTO, "  90 of 200 entries (45%) cross kinks within their steps: check with fewer data "
                               "points (2 or 3), or with a smaller step (o.step)\n"},
      {20, 20, 0, CLINO_AUTO, "  20 of 20 entries (100%) cross"},
      {1000, 51, 0, CLINO_AUTO, "  51 of 1000 entries (5%) cross"},
      {1000, 50, 50, CLINO_AUTO, NULL},
      {19, 19, 19, CLINO_AUTO, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    static char text[8000];
    clino_gradcheck_result r = wrong_net(NULL);
    r.checked = cases[i].checked;
    r.branch_flips = cases[i].flips;
    r.counts[CLINO_VERDICT_KINK] = cases[i].kinks;
    r.options.step = cases[i].step;
    clino_gradcheck_report(&r, text, sizeof text);
    CU_ASSERT_EQUAL(strstr(text, "cross kinks") != NULL, cases[i].says != NULL);
    if (cases[i].says) CU_ASSERT_PTR_NOT_NULL(strstr(text, cases[i].says));
  }
}

/* Which branch flipped and how far the kink is, with the slopes beside it and where they are not known. */
static void the_branch_is_named(void) {
  clino_gradcheck_result r = wrong_net(NULL);
  char text[8000];
  r.worst.kink_distance = 3.25e-4;
  r.worst.branch_element = 417;
  strcpy(r.worst.branch, "relu1");
  r.worst.left = 1.5, r.worst.right = -0.25;
  clino_gradcheck_report(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "  one-sided slopes 1.5 and -0.25, a kink within 0.00032 (branch \"relu1\", "
                                      "element 417)\n"));
  r.worst.left = NAN;
  clino_gradcheck_report(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "  a kink within 0.00032 (branch \"relu1\", element 417)\n"));
  clino_gradcheck_describe(&r, text, sizeof text);
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "; a kink within 0.00032 (branch \"relu1\", element 417); "));
  r.worst.kink_distance = NAN;
  clino_gradcheck_report(&r, text, sizeof text);
  CU_ASSERT_PTR_NULL(strstr(text, "relu1"));
}

void suite_gradcheck_report(CU_pSuite suite) {
  TEST(suite, describe_fits_any_size);
  TEST(suite, report_fits_any_size);
  TEST(suite, describe_never_exceeds_900_bytes);
  TEST(suite, a_zeroed_result_has_a_text);
  TEST(suite, the_worst_entry_is_named);
  TEST(suite, the_branch_is_named);
  TEST(suite, crossing_kinks_is_advised_on);
  TEST(suite, what_would_help_is_said);
  TEST(suite, a_hidden_gradient_is_inconclusive);
  TEST(suite, the_replay_line_replays);
  TEST(suite, a_comma_locale_changes_nothing);
}
