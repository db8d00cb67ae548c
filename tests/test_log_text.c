/* Text logs: of each kind in tests/logs, which series are found in it, at which steps; lines by lines; what is
 * refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/csv.h"
#include "support/same_run.h"
#include "support/suite.h"

/* name=points@first step..last step[first value, last value] of every series, one a line. */
static void describe(const clino_run *run, char *out, size_t size) {
  size_t used = 0;
  *out = '\0';
  for (size_t i = 0; i < clino_run_series_count(run); i++) {
    const clino_series *s = clino_run_series_at(run, i);
    size_t n = clino_series_count(s);
    const double *v = clino_series_values(s);
    if (!n) continue;
    char steps[2][24];
    for (size_t k = 0; k < 2; k++) {
      int64_t step = clino_series_step(s, k ? n - 1 : 0);
      snprintf(steps[k], sizeof steps[k], step == CLINO_NO_STEP ? "-" : "%lld", (long long)step);
    }
    used += (size_t)snprintf(out + used, size - used, "%s=%zu@%s..%s[%g, %g]\n", clino_series_name(s), n, steps[0],
                             steps[1], v[0], v[n - 1]);
    CU_ASSERT_TRUE_FATAL(used < size);
  }
}

/* Every line of expected stands in what the log holds; others may, too. */
static void check_series(const char *name, const clino_run *run, const char *expected) {
  static char found[8192];
  char line[256];
  describe(run, found, sizeof found);
  for (const char *p = expected; *p; p += strcspn(p, "\n") + 1) {
    snprintf(line, sizeof line, "%.*s\n", (int)strcspn(p, "\n"), p);
    const char *at = strstr(found, line);
    bool right = at && (at == found || at[-1] == '\n');
    if (!right) fprintf(stderr, "\n    %s lacks %s    in\n%s", name, line, found);
    CU_ASSERT_TRUE(right);
  }
}

static void logs_of_many_kinds(void) {
  static const struct {
    const char *file, *series;
  } cases[] = {
      {"ansi", "train/loss=2@1..2[0.5, 0.4]\nval/loss=2@1..2[0.6, 0.5]\n"},
      {"catboost", "train/loss=2@0..1[0.6823, 0.6723]\nval/loss=2@0..1[0.6831, 0.6731]\n"},
      {"dict", "train/loss=3@0..2[0.6931, 0.4931]\nval/loss=1@1..1[0.55, 0.55]\nlr=3@0..2[4.9e-05, 4.7e-05]\n"},
      {"fairseq", "train/loss_step=3@100..1100[9.5, 7.5]\ntrain/loss=1@1000..1000[8.9, 8.9]\n"
                  "val/loss=2@1000..2000[8.2, 7.2]\nlr=3@100..1100[1.25e-05, 1.25e-05]\n"},
      {"hand", "train/loss=2@1..2[0.9, 0.8]\nval/loss=2@1..2[0.95, 0.85]\n"},
      {"imagenet", "train/loss=3@0..5005[7.0102, 5.0102]\ntrain/accuracy=4@0..5005[0, 12]\n"},
      {"keras", "train/loss=3@1875..5625[0.2941, 0.1064]\nval/loss=3@1875..5625[0.14, 0.09]\n"
                "val/accuracy=3@1875..5625[0.9581, 0.9727]\n"},
      {"llmc", "val/loss=2@-..3[4.51045, 3.91045]\n"
               "train/loss=2@1..2[4.37104, 4.57104]\ngrad_norm=3@1..3[16.3281, 14.3281]\n"},
      {"megatron", "train/loss=2@100..200[9.8, 8.8]\nval/loss=1@200..200[8.4, 8.4]\ngrad_norm=2@100..200[2.3, 2.1]\n"},
      {"mnist", "train/loss=5@0..60640[2.30004, 0.21347]\nval/loss=2@1280..60640[0.1018, 0.061]\n"
                "val/accuracy=2@1280..60640[0.966, 0.9796]\n"},
      {"nanogpt", "train/loss=2@0..30[4.2874, 2.4874]\nval/loss=2@0..30[4.2823, 2.5823]\nloss=4@0..30[4.2664, nan]\n"},
      {"sb3", "rollout/ep_rew_mean=2@2048..4096[22.5, 28.5]\ntrain/loss=2@2048..4096[6.1, 5.1]\n"},
      {"steps", "train/loss=3@100..400[0.9121, 0.7121]\nval/loss=1@400..400[0.7, 0.7]\n"},
      {"timm", "train/loss=3@0..1251[6.95, 6.65]\nval/loss=2@50..50[6.7, 6.6]\n"},
      {"tqdm", "train/loss=4@50..200[0.51, 0.21]\n"},
      {"blocks", "train/loss=4@70..100[2.1889, 2.1144]\n"},
      {"fairseq_old", "train/loss=4@100..400[9.8, 9.5]\nval/loss=4@100..400[9.8, 9.5]\n"
                      "grad_norm=4@100..400[2.1, 2.1]\n"},
      {"lightgbm", "train/loss=4@1..4[2.1021, 1.4454]\nval/loss=4@1..4[2.2404, 1.5256]\n"},
      {"llmc_table", "val/loss=1@-..-[11.009, 11.009]\ngrad_norm=4@1..4[1.51, 1.54]\n"},
      {"paddle", "train/loss=4@0..600[2.4056, 1.6266]\ntrain/accuracy=4@0..600[0.5, 0.5]\n"},
      {"pairs", "train/loss=9@2000..18000[0.952, 0.412]\n"},
      {"ranks", "rank=8@0..1[0, 2]\n"},
      {"swin", "train/loss=6@0..2752[2.4493, 1.8555]\ngrad_norm=6@0..2752[1.5, 1.5]\n"},
      {"xgboost", "train/loss=3@0..2[0.5, 0.3]\nval/loss=3@0..2[0.6, 0.5]\n"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char path[64];
    clino_run *run = NULL;
    clino_error error;
    const clino_format *format = NULL;
    snprintf(path, sizeof path, "tests/logs/%s.log", cases[i].file);
    clino_status status = clino_run_read(path, NULL, &run, &format, &error);
    if (status) fprintf(stderr, "\n    %s: %s", path, error.message);
    CU_ASSERT_EQUAL_FATAL(status, CLINO_OK);
    CU_ASSERT_STRING_EQUAL(format->name, "text");
    check_series(path, run, cases[i].series);
    clino_run_free(run);
  }
}

static void lines_that_say_something(void) {
  static const struct {
    const char *text, *series;
  } cases[] = {
      {"epoch: 1 loss: 0.5 lr: 0.1\nepoch: 2 loss: 0.25 lr: 0.1\n",
       "train/loss=2@1..2[0.5, 0.25]\nlr=2@1..2[0.1, 0.1]\n"},
      {"step=10 train.loss=1e-3\nstep=20 train.loss=-inf\n", "train/loss=2@10..20[0.001, -inf]\n"},
      {"Epoch 3 | Train Loss: 0.5 | Valid Loss: 0.75 | Valid Acc: 93.5%\n",
       "train/loss=1@3..3[0.5, 0.5]\nval/loss=1@3..3[0.75, 0.75]\nval/accuracy=1@3..3[93.5, 93.5]\n"},
      {"2024-01-02 03:04:05,678 - INFO - step 7: loss 2.5\n2024/01/02 03:04:06 step 8: loss 2.25\n",
       "train/loss=2@7..8[2.5, 2.25]\n"},
      {"loss: 3\nloss: 2\nloss: 1\n", "train/loss=3@0..2[3, 1]\n"},          /* the order counts */
      {"epoch 1\nloss: 3\nloss: 2\nepoch 2\nloss: 1\n", "train/loss=3@1..2[3, 1]\n"},
      {"iter 5: loss 1, time 20:09:42, eta 1 day, 0:08:23\n", "train/loss=1@5..5[1, 1]\n"},
      {"[Train] step 5, loss = 2\n[Val] step 5, loss = 3\n", "train/loss=1@5..5[2, 2]\nval/loss=1@5..5[3, 3]\n"},
      {"Iteration 100, loss = 1.5\n    Train net output #0: loss = 1.25 (* 1 = 1.25 loss)\n", "train/loss=1@100..100"},
      {"step\t1\tloss\t0.5\nstep\t2\tloss\t0.25\n", "train/loss=2@1..2[0.5, 0.25]\n"},
      {"{'loss': 2, 'epoch': 1}\n{'loss': 1, 'epoch': 2}\n{'train_runtime': 9.5, 'train_loss': 1.5, 'epoch': 2}\n",
       "train/loss=2@1..2[2, 1]\n"}, /* a mean over the run is not its curve */
      {"epoch,loss,val_loss\n-,nats,nats\n1,3,4\n2,1,2\n", "train/loss=2@1..2[3, 1]\nval/loss=2@1..2[4, 2]\n"},
      {"step,loss\n[#],[nats]\n10,3\n20,1\n", "train/loss=2@10..20[3, 1]\n"},
      {"epoch  train_loss  valid_loss  time\n0  3  4  00:10\n1  2  3  00:12\n",
       "train/loss=2@0..1[3, 2]\nval/loss=2@0..1[4, 3]\n"},
      {"[1,   500] loss: 3\n[1,  1000] loss: 2\n[2,   500] loss: 1\n", "train/loss=3@500..1500[3, 1]\n"},
      {"\xE2: 0.5 loss\n\x96 3: loss: 2\n", "train/loss=1@0..0"},
      {"{'epoch': 1, 'train': {'loss': 3}, 'val': {'loss': 4}}\n"
       "{'epoch': 2, 'train': {'loss': 2}, 'val': {'loss': 3}}\n",
       "train/loss=2@1..2[3, 2]\nval/loss=2@1..2[4, 3]\n"},
      {"Max epochs 500. Desired error: 0.0010000000.\nEpochs          100. Current error: 0.25. Bit fail: 40.\n"
       "Epochs          200. Current error: 0.125. Bit fail: 4.\n", "train/loss=2@100..200[0.25, 0.125]\n"},
      {"epoch: 1; running cost: 3 (class error: 1.9%); validation cost: 4\n",
       "train/loss=1@1..1[3, 3]\nval/loss=1@1..1[4, 4]\n"},
      {"step: 1 loss: 3 tok_s: 9,876,543 mfu: 40\nstep: 2 loss: 2 tok_s: 12,345 mfu: 41\n",
       "train/loss=2@1..2[3, 2]\nthroughput=2@1..2[9.87654e+06, 12345]\nmfu=2@1..2[40, 41]\n"},
      {"solver.cpp:239] Iteration 100, loss = 3\nsolver.cpp:239] Iteration 200, loss = 2\n",
       "train/loss=2@100..200[3, 2]\n"},
      {"step    1/100 | loss  2.5 (-0.30z)| norm 1.25 (+nanz)| lr 6.00e-04 | 123.45 ms | 45.1% bf16 MFU | 42424 tok/s\n"
       "step    2/100 | loss  2.25 (+nanz)| norm 1.5 (-0.1z)| lr 5.00e-04 | 120.45 ms | 45.1% bf16 MFU | 42424 tok/s\n",
       "train/loss=2@1..2[2.5, 2.25]\ngrad_norm=2@1..2[1.25, 1.5]\nlr=2@1..2[0.0006, 0.0005]\n"},
      {"learning rate 0.1 and batch size 64 it is\nepoch 1 loss 0.5\n", "train/loss=1@1..1[0.5, 0.5]\n"},
      {"seed: 7\nlr: 0.1\nepoch 1 loss 0.5\n", "train/loss=1@1..1[0.5, 0.5]\n"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    clino_run *run = read_text(cases[i].text);
    if (cases[i].series[strlen(cases[i].series) - 1] == '\n') check_series(cases[i].text, run, cases[i].series);
    clino_run_free(run);
  }
}

static void means_over_nothing_are_no_loss(void) {
  clino_run *run = read_text("Region 82 Avg IOU: -nan, Class: -nan, .5R: -nan,  count: 0\n"
                             "1: 1123.5, 1123.25 avg, 0.000 rate, 0.19 seconds, 1 images\nLoaded: 0.00003 seconds\n"
                             "Region 94 Avg IOU: 0.5, Class: -nan, .5R: -nan,  count: 0\n"
                             " 2: 1074.5, 1118.25 avg loss, 0.001 rate, 0.19 seconds, 64 images, 0.5 hours left\n");
  check_series("darknet", run,
               "train/loss=2@1..2[1123.5, 1074.5]\navg loss=2@1..2[1123.25, 1118.25]\nlr=2@1..2[0, 0.001]\n");
  for (size_t i = 0; i < clino_run_series_count(run); i++) {
    const clino_series *s = clino_run_series_at(run, i);
    for (size_t k = 0; k < clino_series_count(s); k++) CU_ASSERT_TRUE(isfinite(clino_series_values(s)[k]));
  }
  clino_run_free(run);
}

static void what_is_no_log_is_refused(void) {
  static const char *const texts[] = {
      "Traceback (most recent call last):\n  File \"train.py\", line 12, in <module>\nValueError: 7 is not 8\n",
      "Dear all,\nsee you at 10:30 on 2024-01-02 in room 4.\n", "#!/bin/sh\nexit 1\n", "\n\n", "a\n", "\x1b[2J\n",
      "server: 12\nport: 8080\nusers: 7\n"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    clino_run *run = NULL;
    clino_error error;
    bool refused = read_sized(texts[i], strlen(texts[i]), 5, &run, &error) == CLINO_ERR_FORMAT && error.line == 1 &&
                   strstr(error.message, "no training log");
    if (!refused) fprintf(stderr, "\n    %s: %s", texts[i], error.message);
    CU_ASSERT_TRUE(refused);
    clino_run_free(run);
  }
}

/* A manual may name a loss and a number; a log that has begun does so in few lines, or says a step. */
static void prose_is_no_log(void) {
  char text[4096] = "The validation loss is 3.16 there.\n";
  clino_run *run = NULL;
  clino_error error;
  for (int i = 0; i < 60; i++) strcat(text, "and so on\n");
  CU_ASSERT_EQUAL(read_sized(text, strlen(text), 7, &run, &error), CLINO_OK);
  clino_run_free(run);
  run = NULL;
  for (int i = 0; i < 10; i++) strcat(text, "and so on\n");
  CU_ASSERT_EQUAL(read_sized(text, strlen(text), 7, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "no training log"));
  clino_run_free(run);
  run = NULL;
  strcat(text, "step 1 loss 2.5\n");
  CU_ASSERT_EQUAL(read_sized(text, strlen(text), 7, &run, &error), CLINO_OK);
  clino_run_free(run);
}

static char *load(const char *file, size_t *size) {
  char path[64];
  snprintf(path, sizeof path, "tests/logs/%s.log", file);
  FILE *f = fopen(path, "rb");
  char *bytes = malloc(8192);
  CU_ASSERT_TRUE_FATAL(f && bytes);
  *size = fread(bytes, 1, 8192, f);
  fclose(f);
  return bytes;
}

static void chunks_and_cuts(void) {
  static const char *const files[] = {"ansi", "fairseq", "sb3", "tqdm", "keras", "llmc", "dict"};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    size_t size;
    char *bytes = load(files[i], &size);
    clino_run *whole = NULL, *run = NULL;
    clino_error error;
    CU_ASSERT_EQUAL_FATAL(read_sized(bytes, size, size, &whole, &error), CLINO_OK);
    for (size_t chunk = 1; chunk <= size; chunk += chunk < 64 ? 1 : 97) {
      CU_ASSERT_EQUAL_FATAL(read_sized(bytes, size, chunk, &run, &error), CLINO_OK);
      CU_ASSERT_TRUE(same_runs(run, whole));
      clino_run_free(run);
    }
    for (size_t n = 0; n < size; n++) {
      clino_status status = read_sized(bytes, n, 64, &run, &error);
      CU_ASSERT_TRUE(status ? !run && error.message[0] : run != NULL);
      clino_run_free(run);
    }
    clino_run_free(whole);
    free(bytes);
  }
}

void suite_log_text(CU_pSuite suite) {
  TEST(suite, logs_of_many_kinds);
  TEST(suite, lines_that_say_something);
  TEST(suite, means_over_nothing_are_no_loss);
  TEST(suite, what_is_no_log_is_refused);
  TEST(suite, prose_is_no_log);
  TEST(suite, chunks_and_cuts);
}
