/* Progress of a check: the callback, cancelling, the bar. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/gradcheck.h"
#include "clino/progress.h"
#include "support/layers.h"
#include "support/suite.h"

#define N 23

static int wave(size_t n, const double *x, double *f, double *grad, void *ctx) {
  (void)ctx;
  *f = 0;
  for (size_t i = 0; i < n; i++) {
    *f += sin(x[i]) * x[(i + 1) % n];
    if (grad) grad[i] = cos(x[i]) * x[(i + 1) % n] + sin(x[(i + n - 1) % n]);
  }
  return 0;
}

static void point(double x[N]) {
  for (size_t i = 0; i < N; i++) x[i] = 0.3 + 0.07 * (double)i;
}

typedef struct heard {
  uint64_t calls, last, stop_at;
  bool in_order;
} heard;

static int listen(const clino_progress *now, void *ctx) {
  heard *h = ctx;
  h->in_order &= now->done == h->last + 1 && now->expected >= now->done;
  h->last = now->done;
  h->calls++;
  return h->calls == h->stop_at ? -37 : 0;
}

static clino_status check(clino_mode mode, heard *h, clino_gradcheck_result *r, clino_error *e) {
  double x[N];
  point(x);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.mode = mode;
  o.progress = listen;
  o.progress_ctx = h;
  return gradcheck(wave, NULL, N, x, &o, r, e);
}

static void every_call_is_told(void) {
  for (clino_mode mode = CLINO_MODE_AUTO; mode <= CLINO_MODE_DIRECTIONAL; mode++) {
    heard h = {.in_order = true};
    clino_gradcheck_result r;
    CU_ASSERT_EQUAL(check(mode, &h, &r, NULL), CLINO_OK);
    CU_ASSERT_TRUE(clino_gradcheck_accepted(&r));
    CU_ASSERT_TRUE(h.in_order);
    CU_ASSERT_EQUAL(h.calls, r.evaluations + r.gradients);
    CU_ASSERT_PTR_NULL(r.options.progress_ctx);
  }
}

static void a_callback_cancels_at_any_call(void) {
  for (clino_mode mode = CLINO_MODE_FULL; mode <= CLINO_MODE_DIRECTIONAL; mode++) {
    heard all = {.in_order = true};
    clino_gradcheck_result r;
    CU_ASSERT_EQUAL(check(mode, &all, &r, NULL), CLINO_OK);
    for (uint64_t at = 1; at <= all.calls; at++) {
      heard h = {.in_order = true, .stop_at = at};
      clino_error e = {0};
      CU_ASSERT_EQUAL(check(mode, &h, &r, &e), CLINO_ERR_CANCELLED);
      CU_ASSERT_EQUAL(h.calls, at);
      CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_NONE);
      CU_ASSERT_EQUAL(e.code, CLINO_ERR_CANCELLED);
      CU_ASSERT_EQUAL(e.callback_value, -37);
      CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "options.progress"));
    }
  }
}

typedef struct model {
  double W[12], dW[12];
} model;

static int model_loss(double *loss, void *ctx) {
  const model *m = ctx;
  *loss = 0;
  for (size_t i = 0; i < 12; i++) *loss += exp(0.1 * (double)i * m->W[i]);
  return 0;
}

static int model_backward(void *ctx) {
  model *m = ctx;
  for (size_t i = 0; i < 12; i++) m->dW[i] = 0.1 * (double)i * exp(0.1 * (double)i * m->W[i]);
  return 0;
}

static void a_cancelled_check_puts_everything_back(void) {
  model m;
  for (size_t i = 0; i < 12; i++) m.W[i] = 0.5 - 0.09 * (double)i, m.dW[i] = 7.25 + (double)i;
  const model before = m;
  clino_tensor t = CLINO_TENSOR_F64("W", m.W, m.dW, 3, 4);
  const clino_model checked = {1, &t, model_loss, model_backward, &m};
  for (uint64_t at = 1; at < 25; at++) {
    heard h = {.in_order = true, .stop_at = at};
    clino_gradcheck_options o = clino_gradcheck_options_default();
    o.mode = CLINO_MODE_DIRECTIONAL;
    o.progress = listen;
    o.progress_ctx = &h;
    clino_gradcheck_result r;
    CU_ASSERT_EQUAL(gradcheck_model(&checked, &o, &r, NULL), CLINO_ERR_CANCELLED);
    CU_ASSERT_EQUAL(memcmp(&m, &before, sizeof m), 0);
  }
}

/* ---- layers: all shapes and cotangents are one work ---- */

typedef struct shown {
  uint64_t calls, last, first_expected, stop_at;
  bool rises;
} shown;

static int follow(const clino_progress *now, void *ctx) {
  shown *s = ctx;
  if (!s->calls++) s->first_expected = now->expected;
  s->rises &= now->done > s->last && now->expected >= now->done;
  s->last = now->done;
  return s->calls == s->stop_at ? 31 : 0;
}

static clino_status check_layer(layer_kind kind, shown *s, clino_gradcheck_result *r) {
  layer_setup l;
  layer_init(&l, kind, CLINO_F64, NO_BUG);
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.context.reseed = layer_reseed;
  o.progress = follow;
  o.progress_ctx = s;
  return gradcheck_layer(&l.layer, &o, r, NULL);
}

static void a_layer_is_one_work(void) {
  for (int kind = 0; kind < LAYER_KINDS; kind++) {
    shown s = {.rises = true};
    clino_gradcheck_result r;
    CU_ASSERT_EQUAL(check_layer((layer_kind)kind, &s, &r), CLINO_OK);
    CU_ASSERT_TRUE(clino_gradcheck_accepted(&r));
    CU_ASSERT_TRUE(s.rises);
    CU_ASSERT_EQUAL(s.last, r.evaluations + r.gradients + r.layer.jvps);
    CU_ASSERT_TRUE(s.first_expected > s.last / 8 && s.first_expected < 8 * s.last); /* shapes differ in size */
    for (uint64_t at = 1; at < s.calls; at += 1 + s.calls / 20) {
      shown stopped = {.rises = true, .stop_at = at};
      CU_ASSERT_EQUAL(check_layer((layer_kind)kind, &stopped, &r), CLINO_ERR_CANCELLED);
      CU_ASSERT_EQUAL(stopped.calls, at);
      CU_ASSERT_EQUAL(r.verdict, CLINO_VERDICT_NONE);
    }
  }
}

/* ---- the bar ---- */

static size_t read_back(FILE *f, char *text, size_t size) {
  rewind(f);
  size_t n = fread(text, 1, size - 1, f);
  text[n] = '\0';
  return n;
}

static void the_bar_is_silent_where_there_is_no_terminal(void) {
  FILE *f = tmpfile();
  char text[64];
  CU_ASSERT_PTR_NOT_NULL_FATAL(f);
  clino_progress_bar bar = clino_progress_bar_start(f), none = clino_progress_bar_start(NULL);
  const clino_progress now = {3, 10};
  CU_ASSERT_FALSE(bar.terminal);
  CU_ASSERT_EQUAL(clino_progress_bar_show(&now, &bar), 0);
  CU_ASSERT_EQUAL(clino_progress_bar_show(&now, &none), 0);
  clino_progress_bar_end(&bar);
  clino_progress_bar_end(&none);
  CU_ASSERT_EQUAL(read_back(f, text, sizeof text), 0);
  fclose(f);
}

static void the_bar_draws_and_wipes_one_line(void) {
  FILE *f = tmpfile();
  char text[1024];
  CU_ASSERT_PTR_NOT_NULL_FATAL(f);
  clino_progress_bar bar = clino_progress_bar_start(f);
  bar.terminal = true;
  bar.started -= 30; /* half a minute ago */
  const clino_progress now = {250, 1000}, soon = {251, 1000};
  CU_ASSERT_EQUAL(clino_progress_bar_show(&now, &bar), 0);
  CU_ASSERT_EQUAL(clino_progress_bar_show(&soon, &bar), 0); /* too soon to draw again */
  size_t n = read_back(f, text, sizeof text);
  CU_ASSERT_EQUAL(n, 80);
  CU_ASSERT_EQUAL(text[0], '\r');
  CU_ASSERT_PTR_NOT_NULL(strstr(text, "[======                  ]  25% 250 of 1000, "));
  CU_ASSERT_PTR_NOT_NULL(strstr(text, " s left"));
  CU_ASSERT_PTR_NULL(strchr(text, '\n'));
  clino_progress_bar_end(&bar);
  n = read_back(f, text, sizeof text);
  CU_ASSERT_EQUAL(n, 80 + 81);
  CU_ASSERT_EQUAL(text[n - 1], '\r');
  CU_ASSERT_FALSE(bar.drawn);
  fclose(f);
}

static void the_bar_takes_any_numbers(void) {
  static const clino_progress odd[] = {{0, 0}, {5, 0}, {7, 3}, {UINT64_MAX, UINT64_MAX}, {1, UINT64_MAX}};
  static const double ages[] = {0, 1e4, 1e8};
  FILE *f = tmpfile();
  char text[4096];
  CU_ASSERT_PTR_NOT_NULL_FATAL(f);
  clino_progress_bar bar = clino_progress_bar_start(f);
  bar.terminal = true;
  size_t drawn = 0;
  for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
    for (size_t k = 0; k < sizeof ages / sizeof ages[0]; k++, drawn++) {
      bar.last = -INFINITY;
      bar.started -= ages[k];
      CU_ASSERT_EQUAL(clino_progress_bar_show(&odd[i], &bar), 0);
    }
  CU_ASSERT_EQUAL(read_back(f, text, sizeof text), 80 * drawn);
  fclose(f);
}

static void a_check_with_the_bar(void) {
  FILE *f = tmpfile();
  CU_ASSERT_PTR_NOT_NULL_FATAL(f);
  double x[N];
  point(x);
  clino_progress_bar bar = clino_progress_bar_start(f);
  bar.terminal = true;
  clino_gradcheck_options o = clino_gradcheck_options_default();
  o.progress = clino_progress_bar_show;
  o.progress_ctx = &bar;
  clino_gradcheck_result r;
  CU_ASSERT_EQUAL(gradcheck(wave, NULL, N, x, &o, &r, NULL), CLINO_OK);
  CU_ASSERT_TRUE(bar.drawn);
  clino_progress_bar_end(&bar);
  fclose(f);
}

void suite_progress(CU_pSuite suite) {
  TEST(suite, every_call_is_told);
  TEST(suite, a_callback_cancels_at_any_call);
  TEST(suite, a_cancelled_check_puts_everything_back);
  TEST(suite, a_layer_is_one_work);
  TEST(suite, the_bar_is_silent_where_there_is_no_terminal);
  TEST(suite, the_bar_draws_and_wipes_one_line);
  TEST(suite, the_bar_takes_any_numbers);
  TEST(suite, a_check_with_the_bar);
}
