/* CSV in and out: what is read, that the chunks do not matter, what is refused and where, and that what is written
 * reads back to the same bits. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clino/io.h"
#include "support/comma.h"
#include "support/run.h"
#include "support/suite.h"

/* ---- helpers ---- */

static clino_status read_sized(const char *text, size_t size, size_t chunk, clino_run **run, clino_error *error) {
  clino_read_options o = clino_read_options_default();
  o.chunk_bytes = chunk;
  memset(error, 0, sizeof *error);
  return clino_run_read_memory(text, size, "log.csv", &o, run, NULL, error);
}

static clino_run *read_text(const char *text) {
  clino_run *run = NULL;
  clino_error error;
  clino_status status = read_sized(text, strlen(text), 262144, &run, &error);
  if (status) fprintf(stderr, "line %zu, byte %zu: %s\n", error.line, error.byte, error.message);
  CU_ASSERT_EQUAL_FATAL(status, CLINO_OK);
  return run;
}

static size_t append(char *out, size_t room, size_t used, const char *text) {
  size_t n = strlen(text);
  CU_ASSERT_TRUE_FATAL(used + n < room);
  memcpy(out + used, text, n + 1);
  return used + n;
}

/* A run as text, doubles as their bits. */
static void dump(const clino_run *run, char *out, size_t room) {
  char line[512];
  size_t used = 0;
  const char *value;
  *out = '\0';
  for (size_t i = 0; i < clino_run_attribute_count(run); i++) {
    const char *key = clino_run_attribute_at(run, i, &value);
    snprintf(line, sizeof line, "@%s=%s\n", key, value);
    used = append(out, room, used, line);
  }
  for (size_t i = 0; i < clino_run_series_count(run); i++) {
    const clino_series *s = clino_run_series_at(run, i);
    const char *reason = clino_series_missing_reason(s);
    snprintf(line, sizeof line, "%s<%s missing %zu %s:", clino_series_name(s), clino_series_original(s),
             clino_series_missing(s), reason ? reason : "");
    used = append(out, room, used, line);
    const double *epochs = clino_axis_epochs(clino_series_axis(s)), *times = clino_axis_times(clino_series_axis(s));
    for (size_t k = 0; k < clino_series_count(s); k++) {
      size_t row = clino_series_row(s, k);
      uint64_t bits[3] = {0, 0, 0};
      memcpy(&bits[0], &clino_series_values(s)[k], 8);
      if (epochs) memcpy(&bits[1], &epochs[row], 8);
      if (times) memcpy(&bits[2], &times[row], 8);
      snprintf(line, sizeof line, " %zu/%lld/%llx/%llx/%llx", row, (long long)clino_series_step(s, k),
               (unsigned long long)bits[0], (unsigned long long)bits[1], (unsigned long long)bits[2]);
      used = append(out, room, used, line);
    }
    used = append(out, room, used, "\n");
  }
}

static const clino_series *series(const clino_run *run, const char *name, size_t points) {
  const clino_series *s = clino_run_series(run, name);
  if (!s) fprintf(stderr, "no series %s\n", name);
  CU_ASSERT_PTR_NOT_NULL_FATAL(s);
  CU_ASSERT_EQUAL_FATAL(clino_series_count(s), points);
  return s;
}

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
  run = read_text("1,0.5\n2,0.25\n"); /* no header */
  series(run, "column 1", 2);
  CU_ASSERT_EQUAL(clino_series_values(series(run, "column 2", 2))[0], 0.5);
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
    if (i) used = append(names, sizeof names, used, ",");
    used = append(names, sizeof names, used, clino_series_name(clino_run_series_at(run, i)));
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
      {"step,loss\r\n1,0.5, \r\n2,0.5\r\n", 2, 18, "a row of 3 cells in a table of 2 columns"},
      {"step,loss,lr\r\n1,0.5,1\r\n  2,0.5\r\n", 3, 25, "a row of 2 cells in a table of 3 columns"},
      {"step,loss,lr\n1,0.5,1\n2,0.", 3, 21, "a row of 2 cells in a table of 3 columns: the log ends within it"},
      {"step,loss\n1,0.5\n 2,\"0.5\n3,1\n", 3, 19, "the log ends within a quoted cell"},
      {"step,loss\n1,0.5\n2,0\"5\n", 3, 19, "a quote within a cell"},
      {"step,loss\n1,\"0.5\"x\n", 2, 17, "text after a closing quote"},
      {"step,note,b\n1,\"x\ny\",z\n2,\"p\",3\n3,q,4\n", 3, 20, "column 'b': 'z' is no number"},
      {"step,\"lo\nss\",b\n1,\"2\n\",4\n1,2,3\n2,3,4\n", 3, 17, "column 'lo?ss': '2?' is no number"},
      {"step,loss\n1,0.5\nstep,0.25\n", 3, 21, "column 'loss': '0.25' is no name of this column"},
      {"#{\"a\": 1,\nstep,loss\n1,2\n", 1, 9, "the attributes are no JSON object"},
      {"#{\"a\": 1} x\nstep,loss\n1,2\n", 1, 10, "the attributes are no JSON object"},
      {"step,l\xE9ss\n1,2\n", 1, 5, "the column name 'l?ss' is not UTF-8"},
      {"#{\"clino\":\"step,epoch\"}\nstep,loss\n1,2\n", 2, 24, "does not begin with the columns"},
      {"#{\"clino\":\"step\"}\nstep,loss\n1.5,2\n", 3, 28, "column 'step': '1.5' is no step"},
      {"#{\"clino\":\"step,time\"}\nstep,time,loss\n1,x,2\n", 3, 40, "column 'time': 'x' is no number"},
      {"Traceback (most recent call last):\n  File x\nError\n", 1, 0, "no training log"},
      {"a,b\nx,-\ny,z\n", 1, 0, "no training log"},
      {"a title; no table\nepoch,loss,acc\n3,0.75,0.5\n", 2, 18, "a row of 1 cells in a table of 2 columns"},
      {"{\"a\": 1}", 1, 0, "in no format that is known"},
      {"\x89PNG\r\n\x1A\n", 1, 0, "in no format that is known"},
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
  memcpy(big, "a,b\n1,2\n", 8);
  CU_ASSERT_EQUAL(read_sized(big, size, 262144, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_EQUAL(error.line, 3);
  CU_ASSERT_EQUAL(error.byte, 8);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "longer"));
  memset(big, ',', size);
  big[70000] = '\n';
  CU_ASSERT_EQUAL(read_sized(big, size, 262144, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "65536 columns"));
  CU_ASSERT_EQUAL(error.byte, 65536);
  big[0] = '"';
  CU_ASSERT_EQUAL(read_sized(big, size, 262144, &run, &error), CLINO_ERR_FORMAT);
  memset(big, '1', 8000);
  memcpy(big, "a,b\n", 4);
  for (size_t i = 4; i + 4 <= 8000; i += 4) memcpy(big + i, "1,2\n", 4);
  big[7001] = '\0';
  CU_ASSERT_EQUAL(read_sized(big, 8000, 100, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_EQUAL(error.byte, 7001);
  CU_ASSERT_EQUAL(error.line, 1751);
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
  CU_ASSERT_EQUAL(error.byte, 16);
  CU_ASSERT_PTR_NULL(run);
  CU_ASSERT_EQUAL(clino_format_count(), 1);
  CU_ASSERT_STRING_EQUAL(clino_format_at(0)->name, "csv");
  CU_ASSERT_PTR_NULL(clino_format_at(1));
}

/* ---- files ---- */

static char folder[64];

static const char *in_folder(const char *name) {
  static char path[128];
  if (!folder[0]) {
    strcpy(folder, "/tmp/clino-csv-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
  }
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void write_file(const char *path, const char *text) {
  FILE *f = fopen(path, "wb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(f);
  fputs(text, f);
  fclose(f);
}

static void files_and_what_is_none(void) {
  clino_run *run;
  clino_error error;
  const clino_format *format;
  const char *path = in_folder("log.csv");
  write_file(path, "step,loss\n1,0.5\n");
  CU_ASSERT_EQUAL_FATAL(clino_run_read(path, NULL, &run, &format, &error), CLINO_OK);
  CU_ASSERT_STRING_EQUAL(format->name, "csv");
  clino_run_free(run);
  write_file(path, "");
  CU_ASSERT_EQUAL(clino_run_read(path, NULL, &run, &format, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "empty"));
  CU_ASSERT_STRING_EQUAL(error.file, path);
  CU_ASSERT_PTR_NULL(format);
  unlink(path);
  CU_ASSERT_EQUAL(clino_run_read(path, NULL, &run, NULL, &error), CLINO_ERR_IO);
  CU_ASSERT_STRING_EQUAL(error.file, path);
  CU_ASSERT_EQUAL(clino_run_read(folder, NULL, &run, NULL, &error), CLINO_ERR_IO);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "cannot read"));
}

static void standard_input_is_read(void) {
  int ends[2], saved = dup(STDIN_FILENO);
  CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
  static const char text[] = "step,loss\n3,0.375\n";
  CU_ASSERT_EQUAL(write(ends[1], text, sizeof text - 1), (ssize_t)(sizeof text - 1));
  close(ends[1]);
  dup2(ends[0], STDIN_FILENO);
  close(ends[0]);
  clino_run *run = NULL;
  CU_ASSERT_EQUAL(clino_run_read("-", NULL, &run, NULL, NULL), CLINO_OK);
  dup2(saved, STDIN_FILENO);
  close(saved);
  CU_ASSERT_EQUAL(clino_series_values(series(run, "train/loss", 1))[0], 0.375);
  clino_run_free(run);
}

/* ---- writing ---- */

static clino_run *write_and_read(const clino_run *run, char *text, size_t room) {
  clino_error error = {.message = ""};
  clino_run *back = NULL;
  const char *path = in_folder("out.csv");
  CU_ASSERT_EQUAL_FATAL(clino_run_write_csv(run, path, &error), CLINO_OK);
  FILE *f = fopen(path, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(f);
  size_t n = fread(text, 1, room - 1, f);
  text[n] = '\0';
  fclose(f);
  clino_status status = clino_run_read(path, NULL, &back, NULL, &error);
  if (status) fprintf(stderr, "%zu: %s\n%s", error.line, error.message, text);
  CU_ASSERT_EQUAL_FATAL(status, CLINO_OK);
  unlink(path);
  return back;
}

static void what_is_written_reads_back(void) {
  static char before[16384], after[16384], text[16384];
  static const double odd[] = {NAN, INFINITY, -INFINITY, -0.0, 0.0, 4.9e-324, -2.2250738585072009e-308, 0.1 + 0.2,
                               1.7976931348623157e308, 123456789012345678.0, 1e22, 1e23, 5e-324, 1.0 / 3, -7.0};
  static const char *const names[] = {"loss", "a,b", "say \"hi\"", "two\nlines", " padded ", "step", "epoch", "time",
                                      "val_loss", "#{", "semi;colon", "tab\tbed", "\xC3\xBC", "1", "nan",
                                      "update_ratio/W1"};
  clino_run *run, *back;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_set_attribute(run, "note", "a \"quoted\" line\nand /another", NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_set_attribute(run, "classes", "10", NULL), CLINO_OK);
  for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
      if ((i + k) % 3) put(run, names[k], (int64_t)i * 1000 - 4000, odd[(i + k) % (sizeof odd / sizeof odd[0])]);
  put(run, "loss", INT64_C(9007199254740993), 1);
  put(run, "loss", -INT64_MAX, 2);
  put(run, "loss", CLINO_NO_STEP, 3);
  back = write_and_read(run, text, sizeof text);
  dump(run, before, sizeof before);
  dump(back, after, sizeof after);
  CU_ASSERT_STRING_EQUAL(before, after);
  clino_run_free(back);
  clino_run_free(run);
}

static void plain_runs_are_plain_files(void) {
  static char text[4096];
  clino_run *run, *back;
  clino_axis *axis;
  clino_series *loss;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add_axis(run, NULL, &axis, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add_series(run, axis, "train/loss", NULL, CLINO_SERIES_SCALAR, &loss, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_axis_add_row(axis, 5, 0.5, NAN, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_set(loss, 2.25, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_axis_add_row(axis, 6, NAN, NAN, NULL), CLINO_OK);
  back = write_and_read(run, text, sizeof text);
  CU_ASSERT_STRING_EQUAL(text, "step,epoch,train/loss\n5,0.5,2.25\n6,,\n");
  CU_ASSERT_EQUAL(clino_series_missing(series(back, "train/loss", 1)), 1);
  CU_ASSERT_TRUE(isnan(clino_axis_epochs(clino_run_axis_at(back, 0))[1]));
  clino_run_free(back);
  CU_ASSERT_EQUAL(clino_run_set_attribute(run, "loss", "mse", NULL), CLINO_OK);
  back = write_and_read(run, text, sizeof text);
  CU_ASSERT_STRING_EQUAL(text, "#{\"clino\":\"step,epoch\",\"loss\":\"mse\"}\n"
                               "step,epoch,train/loss\n5,0.5,2.25\n6,,\n");
  CU_ASSERT_EQUAL(clino_run_attribute_count(back), 1);
  clino_run_free(back);
  clino_run_free(run);
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK); /* an empty run is a file, too */
  back = write_and_read(run, text, sizeof text);
  CU_ASSERT_EQUAL(clino_run_series_count(back), 0);
  clino_run_free(back);
  clino_run_free(run);
}

static void axes_are_merged_by_step(void) {
  static char text[4096];
  clino_run *run, *back;
  clino_axis *val;
  clino_series *loss;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add_axis(run, "val", &val, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_run_add_series(run, val, "val/loss", NULL, CLINO_SERIES_SCALAR, &loss, NULL), CLINO_OK);
  for (int64_t step = 2; step <= 6; step += 4) {
    CU_ASSERT_EQUAL(clino_axis_add_row(val, step, NAN, NAN, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_series_set(loss, (double)step / 4, NULL), CLINO_OK);
  }
  for (int64_t step = 0; step < 5; step++) put(run, "train/loss", step, (double)step);
  back = write_and_read(run, text, sizeof text);
  CU_ASSERT_STRING_EQUAL(text, "step,val/loss,train/loss\n0,,0\n1,,1\n2,0.5,\n2,,2\n3,,3\n4,,4\n6,1.5,\n");
  CU_ASSERT_EQUAL(clino_series_step(series(back, "val/loss", 2), 1), 6);
  CU_ASSERT_EQUAL(clino_series_step(series(back, "train/loss", 5), 4), 4);
  clino_run_free(back);
  clino_run_free(run);
}

static void writing_reports_failures(void) {
  clino_run *run;
  clino_error error;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  for (int i = 0; i < 20000; i++) put(run, "train/loss", i, i / 3.0);
  CU_ASSERT_EQUAL(clino_run_write_csv(NULL, "x", &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_write_csv(run, NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_run_write_csv(run, in_folder("none/x.csv"), &error), CLINO_ERR_IO);
  CU_ASSERT_STRING_EQUAL(error.file, in_folder("none/x.csv"));
  CU_ASSERT_EQUAL(clino_run_write_csv(run, folder, &error), CLINO_ERR_IO);
  if (access("/dev/full", W_OK) == 0) {
    CU_ASSERT_EQUAL(clino_run_write_csv(run, "/dev/full", &error), CLINO_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, strerror(ENOSPC)));
  }
  const char *path = in_folder("kept.csv");
  write_file(path, "old");
  CU_ASSERT_EQUAL(chmod(path, 0640), 0);
  CU_ASSERT_EQUAL(clino_run_write_csv(run, path, NULL), CLINO_OK);
  struct stat info;
  CU_ASSERT_EQUAL(stat(path, &info), 0);
  CU_ASSERT_EQUAL(info.st_mode & 0777, 0640);
  put(run, "latin \xE9", 0, 1);
  CU_ASSERT_EQUAL(clino_run_write_csv(run, path, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(stat(path, &info), 0);
  CU_ASSERT_TRUE(info.st_size > 100000); /* the old file stands */
  unlink(path);
  CU_ASSERT_EQUAL(rmdir(folder), 0);     /* nothing was left beside it */
  folder[0] = '\0';
  clino_run_free(run);
}

static void standard_output_is_written(void) {
  clino_run *run, *back = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  put(run, "train/loss", 3, 0.375);
  char path[128];
  strcpy(path, in_folder("stdout.csv"));
  fflush(stdout);
  int saved = dup(STDOUT_FILENO), fd = open(path, O_WRONLY | O_CREAT, 0600);
  dup2(fd, STDOUT_FILENO);
  close(fd);
  clino_status status = clino_run_write_csv(run, "-", NULL);
  dup2(saved, STDOUT_FILENO);
  close(saved);
  CU_ASSERT_EQUAL(status, CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_run_read(path, NULL, &back, NULL, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_step(series(back, "train/loss", 1), 0), 3);
  unlink(path);
  clino_run_free(run);
  clino_run_free(back);
}

/* ---- locale ---- */

static const char comma_log[] =
    "#{\"initial_loss\": 2.25}\nstep,epoch,loss\n1,0.5,0.125\n2,1.5,3.0517578125e-05\n3,2,1.2345678901234567e-300\n";

static void the_locale_does_not_matter(void) {
  static char before[4096], after[4096];
  char path[128];
  clino_run *run = read_text(comma_log), *under = NULL, *back = NULL;
  clino_run *again = write_and_read(run, before, sizeof before);
  strcpy(path, in_folder("comma.csv"));
  if (comma_enter()) {
    CU_ASSERT_EQUAL(clino_run_read_memory(comma_log, sizeof comma_log - 1, "m", NULL, &under, NULL, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_run_write_csv(under, path, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_run_attribute_number(under, "initial_loss"), 2.25);
    comma_leave();
    CU_ASSERT_EQUAL_FATAL(clino_run_read(path, NULL, &back, NULL, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(clino_series_values(series(back, "train/loss", 3))[1], 3.0517578125e-05);
    CU_ASSERT_EQUAL(clino_axis_epochs(clino_run_axis_at(back, 0))[0], 0.5);
    CU_ASSERT_STRING_EQUAL(clino_run_attribute(back, "initial_loss"), clino_run_attribute(run, "initial_loss"));
    clino_run *same = write_and_read(under, after, sizeof after);
    CU_ASSERT_STRING_EQUAL(before, after);
    clino_run_free(same);
    unlink(path);
  }
  clino_run_free(run);
  clino_run_free(under);
  clino_run_free(back);
  clino_run_free(again);
}

/* ---- logs of real runs, in the folder that CLINO_RUNS names ---- */

static bool ends_with(const char *text, const char *end) {
  size_t n = strlen(text), m = strlen(end);
  return n >= m && strcmp(text + n - m, end) == 0;
}

/* Written and read again, a run has the same names, steps and bits. */
static void check_round_trip(const clino_run *run) {
  clino_run *back = NULL;
  const char *path = in_folder("real.csv");
  CU_ASSERT_EQUAL_FATAL(clino_run_write_csv(run, path, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_run_read(path, NULL, &back, NULL, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_run_series_count(back), clino_run_series_count(run));
  for (size_t i = 0; i < clino_run_series_count(run); i++) {
    const clino_series *a = clino_run_series_at(run, i), *b = clino_run_series_at(back, i);
    size_t n = clino_series_count(a), same = 0;
    CU_ASSERT_STRING_EQUAL(clino_series_name(a), clino_series_name(b));
    CU_ASSERT_EQUAL_FATAL(clino_series_count(b), n);
    for (size_t k = 0; k < n; k++)
      same += clino_series_step(a, k) == clino_series_step(b, k) && clino_series_row(a, k) == clino_series_row(b, k) &&
              memcmp(&clino_series_values(a)[k], &clino_series_values(b)[k], sizeof(double)) == 0;
    CU_ASSERT_EQUAL(same, n);
  }
  clino_run_free(back);
  unlink(path);
}

static void read_real_log(const char *path, size_t counts[2]) {
  clino_run *run;
  clino_error error;
  clino_status status = clino_run_read(path, NULL, &run, NULL, &error);
  const char *name = strrchr(path, '/') + 1;
  if (status) {
    CU_ASSERT_EQUAL(status, CLINO_ERR_FORMAT);
    CU_ASSERT_TRUE(error.message[0] && error.line);
    printf("\n    %-44.44s refused, line %zu: %s", name, error.line, error.message);
  } else {
    const clino_series *train = clino_run_series(run, "train/loss"), *val = clino_run_series(run, "val/loss");
    printf("\n    %-44.44s %5zu rows %3zu series, train/loss %5zu, val/loss %5zu", name,
           clino_axis_rows(clino_run_axis_at(run, 0)), clino_run_series_count(run), clino_series_count(train),
           clino_series_count(val));
    CU_ASSERT_TRUE(clino_run_series_count(run) > 0);
    check_round_trip(run);
    clino_run_free(run);
  }
  counts[status ? 1 : 0]++;
}

static void real_logs_read_or_are_refused(void) {
  static const char *const formats[] = {"keras_csvlogger", "lightning_csv", "ultralytics_results", "wandb_csv",
                                        "fastai_history", "sb3_progress", "baselines_progress"};
  const char *root = getenv("CLINO_RUNS");
  size_t counts[2] = {0, 0};
  for (size_t i = 0; root && i < sizeof formats / sizeof formats[0]; i++) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", root, formats[i]);
    DIR *logs = opendir(path);
    for (struct dirent *e = logs ? readdir(logs) : NULL; e; e = readdir(logs)) {
      snprintf(path, sizeof path, "%s/%s/%s", root, formats[i], e->d_name);
      if (ends_with(path, ".csv")) read_real_log(path, counts);
    }
    if (logs) closedir(logs);
  }
  rmdir(folder);
  folder[0] = '\0';
  if (!counts[0] && !counts[1]) printf("(skipped: no folder of logs, CLINO_RUNS) ");
  else printf("\n    read %zu, refused %zu ", counts[0], counts[1]);
}

void suite_csv(CU_pSuite suite) {
  TEST(suite, a_wide_table_with_blanks);
  TEST(suite, separators_and_line_ends);
  TEST(suite, quotes_titles_and_unnamed_columns);
  TEST(suite, attributes_in_the_first_line);
  TEST(suite, text_columns_stay_visible);
  TEST(suite, which_column_counts_the_steps);
  TEST(suite, names_get_their_roles);
  TEST(suite, the_map_overrides);
  TEST(suite, chunks_do_not_matter);
  TEST(suite, truncation_gives_an_error_or_a_shorter_run);
  TEST(suite, damaged_bytes);
  TEST(suite, errors_say_where);
  TEST(suite, binary_and_endless_lines_are_refused);
  TEST(suite, options_are_checked);
  TEST(suite, files_and_what_is_none);
  TEST(suite, standard_input_is_read);
  TEST(suite, what_is_written_reads_back);
  TEST(suite, plain_runs_are_plain_files);
  TEST(suite, axes_are_merged_by_step);
  TEST(suite, standard_output_is_written);
  TEST(suite, the_locale_does_not_matter);
  TEST(suite, writing_reports_failures);
  TEST(suite, real_logs_read_or_are_refused);
}
