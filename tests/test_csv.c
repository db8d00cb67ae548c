/* CSV in: what is read, that the chunks do not matter, what is refused and where. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/csv.h"
#include "support/suite.h"

/* ---- what is read ---- */

static void a_wide_table_with_blanks(void) {
  clino_run *run = read_text("epoch,step,train_loss,val_loss,  lr \n0,10,2.302,,1e-3\n0,20,nan,None,  9e-4\n"
                             "1,30,-inf,2.25,NA\n");
  const clino_series *train = series(run, "train/loss", 3), *val = series(run, "val/loss", 1);
  const clino_series *lr = series(run, "lr", 2);
  CU_ASSERT_EQUAL(clino_run_series_count(run), 3);
  CU_ASSERT_STRING_EQUAL(clino_series_original(train), "train_loss");
  CU_ASSERT_EQUAL(clino_series_values(train)[0], 2.302);
  CU_ASSERT_TRUE(isnan(clino_series_values(train)[1]));
  CU_ASSERT_EQUAL(clino_series_values(train)[2], -INFINITY);
  CU_ASSERT_EQUAL(clino_series_step(val, 0), 30);
  CU_ASSERT_EQUAL(clino_series_missing(val), 2);
  CU_ASSERT_EQUAL(clino_series_values(lr)[1], 9e-4);
  CU_ASSERT_EQUAL(clino_axis_epochs(clino_series_axis(val))[2], 1);
  clino_run_free(run);
}

static void separators_and_line_ends(void) {
  static const char *const logs[] = {
      "epoch,loss,acc\n3,0.75,0.5\n4,0.5,0.625\n",
      "epoch;loss;acc\r\n3;0.75;0.5\r\n4;0.5;0.625\r\n",
      "epoch\tloss\tacc\r\r\n3\t0.75\t0.5\r\r\n4\t0.5\t0.625\r\r\n",
      "\xEF\xBB\xBF  epoch,   loss,    acc\n    3,   0.75,    0.5\n    4,    0.5,  0.625",
      "epoch,loss,acc\r3,0.75,0.5\r4,0.5,0.625\r",
      "\"epoch\",\"loss\",\"acc\"\n\n\"3\",\"0.75\",\"0.5\"\n\n4,\" 0.5 \",0.625\n\n",
      "epoch,loss,acc,\n3,0.75,0.5,\n4,0.5,0.625,\n",
      "epoch,loss,acc\n3,0.75,0.5\nepoch,loss,acc\n4,0.5,0.625\n"};
  for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
    clino_run *run = read_text(logs[i]);
    CU_ASSERT_EQUAL(clino_run_series_count(run), 2);
    const clino_series *loss = series(run, "train/loss", 2), *acc = series(run, "train/accuracy", 2);
    CU_ASSERT_EQUAL(clino_series_step(loss, 1), 4);
    CU_ASSERT_EQUAL(clino_series_values(loss)[1], 0.5);
    CU_ASSERT_EQUAL(clino_series_values(acc)[0], 0.5);
    CU_ASSERT_EQUAL(clino_series_values(acc)[1], 0.625);
    clino_run_free(run);
  }
}

static void quotes_titles_and_unnamed_columns(void) {
  clino_run *run = read_text(",\"a, \"\"b\"\"\nc\",loss\n0,\"1.5\",2\n1,2.5,3\n");
  const clino_series *odd = series(run, "a, \"b\"\nc", 2);
  CU_ASSERT_EQUAL(clino_series_values(odd)[0], 1.5);
  series(run, "column 1", 2);
  clino_run_free(run);
  run = read_text("my history\nepoch;loss\n0;0.5\n");
  CU_ASSERT_STRING_EQUAL(clino_run_attribute(run, "title"), "my history");
  series(run, "train/loss", 1);
  clino_run_free(run);
  const clino_role_map second = {"train/loss", "column 2"}; /* no header: someone must say what it is */
  clino_read_options o = clino_read_options_default();
  o.map = &second;
  o.n_map = 1;
  CU_ASSERT_EQUAL_FATAL(clino_run_read_memory("1,0.5\n2,0.25\n", 13, "m", &o, &run, NULL, NULL), CLINO_OK);
  series(run, "column 1", 2);
  CU_ASSERT_EQUAL(clino_series_values(series(run, "train/loss", 2))[0], 0.5);
  clino_run_free(run);
  run = read_text("loss\n0.5\n0.25\n\n0.125\n"); /* one column */
  CU_ASSERT_EQUAL(clino_series_step(series(run, "train/loss", 3), 2), 2);
  clino_run_free(run);
  run = read_text("step,loss\n");
  CU_ASSERT_EQUAL(clino_axis_rows(clino_run_axis_at(run, 0)), 0);
  series(run, "train/loss", 0);
  clino_run_free(run);
}

static void attributes_in_the_first_line(void) {
  clino_run *run = read_text("#{\"t_start\": 1645885037.916893, \"env_id\": null, \"loss\": \"soft\\u0041max\", "
                             "\"nested\": {\"a\": [1, 2]}, \"on\": true}\nr,l,t\n43.5,28,81.25\n");
  CU_ASSERT_EQUAL(clino_run_attribute_count(run), 4);
  CU_ASSERT_EQUAL(clino_run_attribute_number(run, "t_start"), 1645885037.916893);
  CU_ASSERT_STRING_EQUAL(clino_run_attribute(run, "loss"), "softAmax");
  CU_ASSERT_STRING_EQUAL(clino_run_attribute(run, "nested"), "{\"a\":[1,2]}");
  CU_ASSERT_STRING_EQUAL(clino_run_attribute(run, "on"), "true");
  CU_ASSERT_EQUAL(clino_series_values(series(run, "r", 1))[0], 43.5);
  clino_run_free(run);
}

static void text_columns_stay_visible(void) {
  clino_run *run = read_text("step,phase,loss\n1,train,0.5\n2,7,0.25\n3,train,0.75\n");
  const clino_series *phase = series(run, "phase", 0);
  CU_ASSERT_EQUAL(clino_series_missing(phase), 3);
  CU_ASSERT_STRING_EQUAL(clino_series_missing_reason(phase),
                         "text: 2 of its 3 cells are no numbers, the first in line 2: 'train'");
  series(run, "train/loss", 3);
  clino_run_free(run);
}

/* Tables as other programs write them. All hold two rows of epoch, training and validation loss. */
static void tables_of_other_kinds(void) {
  static const char *const logs[] = {
      "epoch;train_loss;val_loss\n1;0,5;0,75\n2;0,25;0,625\n",
      "epoch|train_loss|val_loss\n1|0.5|0.75\n2|0.25|0.625\n",
      "epoch   train_loss val_loss\n  1  0.5 0.75\n  2  0.25   0.625\n",
      "# epoch train_loss val_loss\n1 0.5 0.75\n2 0.25 0.625\n",
      "# made by hand\nepoch,train_loss,val_loss\n1,tensor(0.5),[0.75]\n2,\"tensor(0.25, device='cuda:0')\",(0.625)\n",
      "Run of today\n\nseed 7, fast\nepoch,train_loss,val_loss\n1,0.5,0.75\n2,0.25,0.625,,\n",
      ("epoch,train_loss,val_loss\n1,0.5,0.75\nTraceback (most recent call last):\n  File \"x.py\", line 3, in f\n"
       "ValueError: a, b\nepoch,train_loss,val_loss\n2,0.25,0.625\n"),
      "epoch,train_loss\n1,0.5\nepoch,val_loss,train_loss\n2,0.625,0.25\n1,0.75,\n",
      "epoch,train_loss,val_loss\n1,0.5,0.75\n2,0.25,0.625\n3,0.1"};
  for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
    clino_run *run = read_text(logs[i]);
    const clino_series *train = series(run, "train/loss", 2), *val = series(run, "val/loss", 2);
    CU_ASSERT_EQUAL(clino_series_values(train)[1], 0.25);
    CU_ASSERT_EQUAL(clino_series_step(train, 1), 2);
    CU_ASSERT_EQUAL(clino_series_values(val)[0] + clino_series_values(val)[1], 1.375);
    clino_run_free(run);
  }
  clino_run *run = read_text("epoch,l\xF6ss\n1,0.5\n"); /* Latin-1 */
  series(run, "l\xC3\xB6ss", 1);
  clino_run_free(run);
  run = read_text("  0/2  3.6G  0.1 0.2 0.3 0.6 37 640 0.01 0.02 0.03 0.04 0.5 0.25 0.125\n"
                  "  1/2  3.6G  0.1 0.2 0.3 0.5 37 640 0.01 0.02 0.03 0.04 0.25 0.25 0.125\n"); /* YOLOv5 */
  CU_ASSERT_EQUAL(clino_series_values(series(run, "train/loss", 2))[1], 0.5);
  CU_ASSERT_EQUAL(clino_series_values(series(run, "val/loss", 2))[1], 0.625);
  clino_run_free(run);
}

static void thousands_of_columns(void) {
  size_t n = 20000, size = 0, room = 32 * n;
  char *text = malloc(room);
  CU_ASSERT_PTR_NOT_NULL_FATAL(text);
  for (size_t i = 0; i < n; i++)
    size += (size_t)snprintf(text + size, room - size, "%sgrad_norm/w%zu", i ? "," : "step,", i);
  for (size_t row = 0; row < 3; row++) {
    size += (size_t)snprintf(text + size, room - size, "\n%zu", row);
    for (size_t i = 0; i < n; i++) size += (size_t)snprintf(text + size, room - size, ",%zu", i % 7);
  }
  clino_run *run = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_read_memory(text, size, "wide.csv", NULL, &run, NULL, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_series_count(run), n);
  CU_ASSERT_EQUAL(clino_series_values(series(run, "grad_norm/w19999", 3))[2], 19999 % 7);
  clino_run_free(run);
  free(text);
}

/* ---- steps ---- */

static void check_steps(const char *text, int64_t a, int64_t b, int64_t c) {
  clino_run *run = read_text(text);
  const clino_series *loss = series(run, "train/loss", 3);
  CU_ASSERT_EQUAL(clino_series_step(loss, 0), a);
  CU_ASSERT_EQUAL(clino_series_step(loss, 1), b);
  CU_ASSERT_EQUAL(clino_series_step(loss, 2), c);
  clino_run_free(run);
}

static void which_column_counts_the_steps(void) {
  check_steps("loss,global_step\n1,7\n2,7.0\n3,5\n", 7, 7, 5);
  check_steps("iter,loss,_step\n10,1,0\n20,2,1\n30,3,2\n", 10, 20, 30);
  check_steps("iter,loss,_step\n10,1,0\n,2,1\n30,3,2\n", 0, 1, 2);       /* iter has a gap */
  check_steps("epoch,loss\n5,1\n6,2\n9,3\n", 5, 6, 9);
  check_steps("epoch,loss\n0.5,1\n1,2\n1.5,3\n", 0, 1, 2);               /* not whole: the rows count */
  check_steps("step,loss\n0.5,1\n1,2\n1.5,3\n", 0, 1, 2);
  check_steps("step,loss\n1e300,1\n1,2\n2,3\n", 0, 1, 2);                /* not exact */
  check_steps("Wall time,Step,train loss\n1.5,100,1\n2.5,200,2\n3,300,3\n", 100, 200, 300);
  check_steps("time/total_timesteps,train/loss\n24,1\n49,2\n75,3\n", 24, 49, 75);
  /* Updates begin late: what every row has, and advances with it, counts. */
  char text[512];
  size_t n = (size_t)snprintf(text, sizeof text, "train/n_updates,time/total_timesteps,_step,train/loss\n,64,0,3\n");
  for (int i = 1; i < 12; i++)
    n += (size_t)snprintf(text + n, sizeof text - n, "%d,%d,%d,%s\n", 10 * i, 64 + 64 * i, i, i < 3 ? "2.5" : "");
  check_steps(text, 64, 128, 192);
  clino_run *run = read_text("step,loss\n0.5,1\n1,2\n");
  CU_ASSERT_EQUAL(clino_series_values(series(run, "step", 2))[0], 0.5); /* it is not lost */
  clino_run_free(run);
  run = read_text("epoch,time,step,loss\n0.5,,3,1\n0.75,12.5,4,2\n");
  const clino_axis *axis = clino_run_axis_at(run, 0);
  CU_ASSERT_EQUAL(clino_run_series_count(run), 1);
  CU_ASSERT_EQUAL(clino_axis_epochs(axis)[1], 0.75);
  CU_ASSERT_TRUE(isnan(clino_axis_times(axis)[0]));
  CU_ASSERT_EQUAL(clino_axis_times(axis)[1], 12.5);
  clino_run_free(run);
}

/* ---- roles ---- */

/* Reads a header with one row of numbers and compares the names that the series got, in order. */
static void check_roles(const char *header, const char *expected) {
  char text[1024], names[1024] = "";
  size_t n = strlen(header), used = 0;
  memcpy(text, header, n);
  text[n++] = '\n';
  text[n++] = '1';
  for (const char *p = header; *p; p++) {
    if (*p != ',') continue;
    text[n++] = ',';
    text[n++] = '1';
  }
  text[n] = '\0';
  clino_run *run = read_text(text);
  for (size_t i = 0; i < clino_run_series_count(run); i++) {
    const char *name = clino_series_name(clino_run_series_at(run, i));
    used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? "," : "", name);
    CU_ASSERT_TRUE_FATAL(used < sizeof names);
  }
  if (strcmp(names, expected) != 0) fprintf(stderr, "%s\n  gave %s\n  not  %s\n", header, names, expected);
  CU_ASSERT_STRING_EQUAL(names, expected);
  clino_run_free(run);
}

static void names_get_their_roles(void) {
  check_roles("epoch,acc,loss,val_acc,val_loss", "train/accuracy,train/loss,val/accuracy,val/loss");
  check_roles("Training Loss,Validation.Loss,loss-test,valAccuracy,dev/acc",
              "train/loss,val/loss,test/loss,val/accuracy,dev/acc");
  check_roles("loss/train,loss/val,Accuracy/Train,accuracy_eval", "train/loss,val/loss,train/accuracy,val/accuracy");
  check_roles("mean_train_loss,mean_val_loss,grad_norm_mean", "train/loss,val/loss,grad_norm");
  check_roles("loss/train_total,loss/train_box,loss/val_total", "train/loss,loss/train_box,val/loss");
  check_roles("mean_train_loss,train_loss,holdout/mean_loss,opt/lr", "mean_train_loss,train/loss,val/loss,lr");
  check_roles("train_loss_step,train_loss_epoch,val_loss_step,val_loss_epoch",
              "train/loss,train/loss_epoch,val/loss_step,val/loss");
  check_roles("train/loss,train/step_loss,val/loss", "train/loss,train/loss_step,val/loss");
  check_roles("train_loss,valid_loss,accuracy,time", "train/loss,val/loss,accuracy");     /* whose accuracy? */
  check_roles("loss,train_loss", "loss,train/loss");
  check_roles("total_loss,loss_cls,loss_box", "train/loss,loss_cls,loss_box");
  check_roles("learning_rate,gradient_norm,Momentum,batchSize", "lr,grad_norm,momentum,batch_size");
  check_roles("lr-AdamW,train/learning_rate", "lr-AdamW,lr");
  check_roles("lr/pg0,lr/pg1,lr/pg2", "lr,lr/pg1,lr/pg2");
  check_roles("train_samples_per_second,eval_samples_per_second", "throughput,eval_samples_per_second");
  check_roles("grad_norm/train,update_ratio/loss,act_mean/val,loss/data,loss/regularization",
              "grad_norm/train,update_ratio/loss,act_mean/val,loss/data,loss/regularization");
  check_roles("train/box_loss,policy loss,best_val_loss,step_time",
              "train/box_loss,policy loss,best_val_loss,step_time");
  check_roles("loss,loss", "train/loss,loss");
  check_roles("train/box_loss,train/cls_loss,val/box_loss,val/cls_loss",
              "train/box_loss,train/cls_loss,val/box_loss,val/cls_loss,train/loss,val/loss");
  check_roles("d_loss,g_loss,step", "d_loss,g_loss");
  check_roles("loss,eval_wiki_loss,eval_code_loss,eval_code_accuracy",
              "train/loss,val/loss,val/loss/code,val/accuracy");
  check_roles("loss,val_loss/dataloader_idx_0,val_loss/dataloader_idx_1",
              "train/loss,val/loss,val/loss/dataloader_idx_1");
  check_roles("Step,a - loss,a - loss__MIN,b - loss", "train/loss,a - loss__MIN,train/loss/b");
  check_roles("train_nll,dev_nll,loss_scale,best_val_loss", "train/loss,val/loss,loss_scale,best_val_loss");
  check_roles("train_loss,val_mse", "train/loss,val_mse");
  check_roles("epoch,train_loss,eval_loss,eval_top1,lr", "train/loss,val/loss,val/accuracy,lr");
  check_roles("x/lr0,x/lr1,gnorm,bsz", "lr,x/lr1,grad_norm,batch_size");
}

static void the_map_overrides(void) {
  static const char text[] = "n,a,loss,my loss\n10,1,2,3\n20,4,5,6\n";
  const clino_role_map map[] = {{"train/loss", "my loss"}, {"step", "n"}, {"val/loss", "a"}};
  clino_read_options o = clino_read_options_default();
  clino_run *run = NULL;
  clino_error error;
  o.map = map;
  o.n_map = 3;
  CU_ASSERT_EQUAL_FATAL(clino_run_read_memory(text, sizeof text - 1, "m", &o, &run, NULL, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_values(series(run, "train/loss", 2))[1], 6);
  CU_ASSERT_EQUAL(clino_series_step(series(run, "val/loss", 2), 1), 20);
  CU_ASSERT_STRING_EQUAL(clino_series_name(clino_run_series_at(run, 1)), "loss");
  clino_run_free(run);
  const clino_role_map absent = {"train/loss", "hinge"}, fraction = {"step", "x"};
  o.map = &absent;
  o.n_map = 1;
  CU_ASSERT_EQUAL(clino_run_read_memory(text, sizeof text - 1, "m", &o, &run, NULL, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "'hinge'"));
  CU_ASSERT_PTR_NULL(run);
  o.map = &fraction;
  CU_ASSERT_EQUAL(clino_run_read_memory("x,y\n0.5,1\n", 10, "m", &o, &run, NULL, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "'x'"));
}

/* ---- chunks and truncation ---- */

static const char *const corpus[] = {
    "step,loss,val_loss\n0,2.5,\n1,2.25,2.75\n2,nan,NA\n",
    ("\xEF\xBB\xBF#{\"classes\": 10, \"loss\": \"softmax\"}\r\n#{\"b\":1}\r\n"
     "epoch;\"tr\"\"ain\r\nloss\";acc\r\n0; 1.5 ;x\r\n1;\"2.5\"; y\r\n"),
    "title\r\n\r\nepoch\t\tloss\t\r\r\n1\t\t0.5\t\r\r\n2\t3\t0.25\t",
    "a,b\r1,2\r\r3,4\r",
    "#{\"clino\":\"step,time\"}\nstep,time,loss,step\n9007199254740993,,1.5,2\n,3.25,-0,4.9e-324\n",
    "a,b\n1,2\n3\n",
    "a,b\r\n1,2\r\n3,4,\r\n5,6",
    "a,b\n  1,\"2\n \"\"\n",
    "a,b\r\n1,\"2\r\n\r\n",
    "a,b\n1,2\n\"x\"y,2\n",
    "step,loss\n1,0.5\n2,abc\n3,0.25\n4,1\n",
    "step,loss\n1,0.5\nstep,loss\n1,0.25\nstep,lo\n",
    "step,lo\xFFss\n1,2\n",
    "#{\"a\": 1,}\na,b\n1,2\n",
    "one\ntwo\n",
    "\n\n"};

static void chunks_do_not_matter(void) {
  static char expected[65536], got[65536];
  for (size_t i = 0; i < sizeof corpus / sizeof corpus[0]; i++) {
    size_t size = strlen(corpus[i]);
    clino_run *run;
    clino_error first, error;
    clino_status status = read_sized(corpus[i], size, size, &run, &first);
    if (!status) dump(run, expected, sizeof expected);
    clino_run_free(run);
    for (size_t chunk = 1; chunk <= size + 1; chunk++) {
      CU_ASSERT_EQUAL_FATAL(read_sized(corpus[i], size, chunk, &run, &error), status);
      if (status) {
        CU_ASSERT_STRING_EQUAL(error.message, first.message);
        CU_ASSERT_EQUAL(error.line, first.line);
        CU_ASSERT_EQUAL(error.byte, first.byte);
        CU_ASSERT_PTR_NULL(run);
        continue;
      }
      dump(run, got, sizeof got);
      CU_ASSERT_STRING_EQUAL(got, expected);
      clino_run_free(run);
    }
  }
}

static void truncation_gives_an_error_or_a_shorter_run(void) {
  for (size_t i = 0; i < sizeof corpus / sizeof corpus[0]; i++) {
    for (size_t size = 0; size <= strlen(corpus[i]); size++) {
      char *exact = malloc(size ? size : 1); /* so that a sanitizer sees every byte read too far */
      CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
      memcpy(exact, corpus[i], size);
      clino_run *run;
      clino_error error;
      clino_status status = read_sized(exact, size, 3, &run, &error);
      CU_ASSERT_TRUE(status ? error.message[0] && error.line >= 1 && error.byte <= size && !run : run != NULL);
      clino_run_free(run);
      free(exact);
    }
  }
}

/* Every single byte of a log replaced by some others: no crash, and errors that point into the log. */
static void damaged_bytes(void) {
  static const char bytes[] = {'"', ',', '\n', '\r', '#', '{', 'x', '\0', '\xC3', ' ', '-', ';'};
  for (size_t i = 0; i < sizeof corpus / sizeof corpus[0]; i++) {
    size_t size = strlen(corpus[i]);
    char copy[256];
    for (size_t k = 0; k < size * sizeof bytes; k++) {
      memcpy(copy, corpus[i], size);
      copy[k / sizeof bytes] = bytes[k % sizeof bytes];
      clino_run *run;
      clino_error error;
      clino_status status = read_sized(copy, size, 7, &run, &error);
      CU_ASSERT_TRUE(status ? error.line >= 1 && error.byte <= size && !run : run != NULL);
      clino_run_free(run);
    }
  }
}

/* ---- errors ---- */

static void errors_say_where(void) {
  static const struct {
    const char *text;
    size_t line, byte;
    const char *says;
  } cases[] = {
      {"step,loss\n1,0.5\n2,abc\n3,0.25\n", 3, 18, "column 'loss': 'abc' is no number"},
      {"step,loss\n1,0.5\n2,0,5\n3,0.25\n", 3, 20, "a row of 3 cells in a table of 2 columns"},
      {"step,loss\r\n1,0.5,x\r\n2,0.5\r\n", 2, 17, "a row of 3 cells in a table of 2 columns"},
      {"step,loss,lr\r\n1,0.5,1\r\n  2,0.5\r\n", 3, 25, "a row of 2 cells in a table of 3 columns"},
      {"timestamp,temperature\n1,20.5\n2,21.0\n", 1, 0, "none of its columns ('timestamp', 'temperature') is a step"},
      {"step,total_steps,percentage\n5,250,2\n10,250,4\n", 1, 0, "counts progress"},
      {"step,loss\n1,0.5\n 2,\"0.5\n3,1\n", 3, 19, "the log ends within a quoted cell"},
      {"step,loss\n1,0.5\n2,0\"5\n", 3, 19, "a quote within a cell"},
      {"step,loss\n1,\"0.5\"x\n", 2, 17, "text after a closing quote"},
      {"step,note,b\n1,\"x\ny\",z\n2,\"p\",3\n3,q,4\n", 3, 20, "column 'b': 'z' is no number"},
      {"step,\"lo\nss\",b\n1,\"2\n\",4\n1,2,3\n2,3,4\n", 3, 17, "column 'lo?ss': '2?' is no number"},
      {"step,loss\n1,0.5\nstep,0.25\n", 3, 16, "column 'step': 'step' is no number"},
      {"#{\"a\": 1,\nstep,loss\n1,2\n", 1, 9, "the attributes are no JSON object"},
      {"#{\"a\": 1} x\nstep,loss\n1,2\n", 1, 10, "the attributes are no JSON object"},
      {"#{\"clino\":\"step,epoch\"}\nstep,loss\n1,2\n", 2, 24, "does not begin with the columns"},
      {"#{\"clino\":\"step\"}\nstep,loss\n1.5,2\n", 3, 28, "column 'step': '1.5' is no step"},
      {"#{\"clino\":\"step,time\"}\nstep,time,loss\n1,x,2\n", 3, 40, "column 'time': 'x' is no number"},
      {"Traceback (most recent call last):\n  File x\nError\n", 1, 0, "no training log"},
      {"a,b\nx,-\ny,z\n", 1, 0, "no training log"},
      {"{\"a\": 1}", 1, 0, "none of its columns ('a')"},
      {"\x89PNG\r\n\x1A\n", 2, 6, "in no format that is known"},
      {"step,lo\x01ss,x\n1,2,3\n", 1, 7, "a control character"},
      {"step,loss\n1,0.5\n2,\x02\n", 3, 18, "a control character"},
      {"", 1, 0, "empty"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    clino_run *run;
    clino_error error;
    CU_ASSERT_EQUAL(read_sized(cases[i].text, strlen(cases[i].text), 5, &run, &error), CLINO_ERR_FORMAT);
    bool right = error.line == cases[i].line && error.byte == cases[i].byte && strstr(error.message, cases[i].says) &&
                 strcmp(error.file, "log.csv") == 0 && !run;
    if (!right) fprintf(stderr, "%s\n  gave %zu %zu %s\n", cases[i].text, error.line, error.byte, error.message);
    CU_ASSERT_TRUE(right);
    clino_run_free(run);
  }
}

static void binary_and_endless_lines_are_refused(void) {
  clino_run *run;
  clino_error error;
  size_t size = 40 << 20;
  char *big = malloc(size);
  CU_ASSERT_PTR_NOT_NULL_FATAL(big);
  memset(big, '1', size);
  memcpy(big, "s,b\n1,2\n", 8);
  CU_ASSERT_EQUAL(read_sized(big, size, 262144, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_EQUAL(error.line, 3);
  CU_ASSERT_EQUAL(error.byte, 8);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "longer"));
  memset(big, ',', size);
  big[70000] = '\n';
  CU_ASSERT_EQUAL(read_sized(big, 70001, 262144, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "65536 columns"));
  CU_ASSERT_EQUAL(error.byte, 65536);
  big[0] = '"';
  CU_ASSERT_EQUAL(read_sized(big, size, 262144, &run, &error), CLINO_ERR_FORMAT);
  memset(big, '1', 80000);
  memcpy(big, "s,b\n", 4);
  for (size_t i = 4; i + 4 <= 80000; i += 4) memcpy(big + i, "1,2\n", 4);
  big[70001] = '\0';
  CU_ASSERT_EQUAL(read_sized(big, 80000, 100, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_EQUAL(error.byte, 70001);
  CU_ASSERT_EQUAL(error.line, 17501);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "NUL"));
  big[9] = '\0';
  CU_ASSERT_EQUAL(read_sized(big, 8000, 100, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_EQUAL(error.byte, 9);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "binary"));
  free(big);
}

static int stop_at_second(uint64_t done, uint64_t total, void *ctx) {
  (void)done;
  CU_ASSERT_EQUAL(total, 24);
  return ++*(int *)ctx == 2;
}

static void options_are_checked(void) {
  static const char text[] = "step,loss\n1,0.5\n2,0.125\n";
  clino_run *run;
  clino_error error;
  clino_read_options o = {0};
  int calls = 0;
  CU_ASSERT_EQUAL(clino_run_read_memory(text, 24, "m", &o, &run, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "clino_read_options_default"));
  o = clino_read_options_default();
  o.chunk_bytes = 0;
  CU_ASSERT_EQUAL(clino_run_read_memory(text, 24, "m", &o, &run, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "chunk_bytes"));
  o = clino_read_options_default();
  o.n_map = 1;
  CU_ASSERT_EQUAL(clino_run_read_memory(text, 24, "m", &o, &run, NULL, &error), CLINO_ERR_RANGE);
  const clino_role_map empty = {"", "loss"};
  o.map = &empty;
  CU_ASSERT_EQUAL(clino_run_read_memory(text, 24, "m", &o, &run, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_read_memory(NULL, 24, "m", NULL, &run, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_read_memory(text, 24, "m", NULL, NULL, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_read(NULL, NULL, &run, NULL, &error), CLINO_ERR_RANGE);
  o = clino_read_options_default();
  o.chunk_bytes = 8;
  o.progress = stop_at_second;
  o.ctx = &calls;
  CU_ASSERT_EQUAL(clino_run_read_memory(text, 24, "m", &o, &run, NULL, &error), CLINO_ERR_CANCELLED);
  CU_ASSERT_EQUAL(calls, 2);
  CU_ASSERT_EQUAL(error.byte, 16); /* all of it was looked at to find the format */
  CU_ASSERT_PTR_NULL(run);
  CU_ASSERT_TRUE(clino_format_count() >= 3);
  CU_ASSERT_STRING_EQUAL(clino_format_at(0)->name, "csv");
  CU_ASSERT_PTR_NULL(clino_format_at(clino_format_count()));
}

void suite_csv(CU_pSuite suite) {
  TEST(suite, a_wide_table_with_blanks);
  TEST(suite, separators_and_line_ends);
  TEST(suite, quotes_titles_and_unnamed_columns);
  TEST(suite, attributes_in_the_first_line);
  TEST(suite, text_columns_stay_visible);
  TEST(suite, tables_of_other_kinds);
  TEST(suite, thousands_of_columns);
  TEST(suite, which_column_counts_the_steps);
  TEST(suite, names_get_their_roles);
  TEST(suite, the_map_overrides);
  TEST(suite, chunks_do_not_matter);
  TEST(suite, truncation_gives_an_error_or_a_shorter_run);
  TEST(suite, damaged_bytes);
  TEST(suite, errors_say_where);
  TEST(suite, binary_and_endless_lines_are_refused);
  TEST(suite, options_are_checked);
}
