/* CSV from files and to files: what is written reads back to the same bits, whatever the locale, and a failure leaves
 * what was there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/comma.h"
#include "support/csv.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/suite.h"

/* ---- files ---- */

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
  CU_ASSERT_EQUAL(clino_run_read(in_folder(""), NULL, &run, NULL, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "no training log in this folder"));
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

static void series_that_came_late_are_joined(void) {
  clino_run *run = NULL;
  clino_error error;
  char log[256], extra[256];
  snprintf(log, sizeof log, "%s", in_folder("log.csv"));
  snprintf(extra, sizeof extra, "%s", in_folder("log.extra.csv"));
  write_file(log, "step,train/loss\n1,0.5\n2,0.25\n");
  write_file(extra, "step,series,value\n1,val/loss,0.75\n2,\"act, \"\"x\"\"\",nan\r\n2,val/loss,0.625\n3,val/lo");
  CU_ASSERT_EQUAL_FATAL(clino_run_read(log, NULL, &run, NULL, &error), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_values(series(run, "val/loss", 2))[1], 0.625);
  CU_ASSERT_EQUAL(clino_series_step(series(run, "act, \"x\"", 1), 0), 2);
  CU_ASSERT_EQUAL(clino_series_step(series(run, "train/loss", 2), 1), 2);
  clino_run_free(run);
  write_file(extra, "step,series,value\n1,val/loss,x\n");
  CU_ASSERT_EQUAL(clino_run_read(log, NULL, &run, NULL, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_TRUE(!run && error.line == 2 && error.byte == 18 && strcmp(error.file, extra) == 0);
  write_file(extra, "x\n");
  CU_ASSERT_EQUAL(clino_run_read(log, NULL, &run, NULL, &error), CLINO_ERR_FORMAT);
  unlink(extra);
  unlink(log);
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
  CU_ASSERT_EQUAL(clino_run_write_csv(run, in_folder(""), &error), CLINO_ERR_IO);
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
  CU_ASSERT_TRUE(folder_remove());       /* nothing was left beside it */
  clino_run_free(run);
}

static void standard_output_is_written(void) {
  clino_run *run, *back = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_run_new(&run, NULL), CLINO_OK);
  put(run, "train/loss", 3, 0.375);
  const char *path = in_folder("stdout.csv");
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
  clino_run *run = read_text(comma_log), *under = NULL, *back = NULL;
  clino_run *again = write_and_read(run, before, sizeof before);
  const char *path = in_folder("comma.csv");
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
  if (!counts[0] && !counts[1]) printf("(skipped: no folder of logs, CLINO_RUNS) ");
  else printf("\n    read %zu, refused %zu ", counts[0], counts[1]);
}

void suite_csv_files(CU_pSuite suite) {
  TEST(suite, files_and_what_is_none);
  TEST(suite, standard_input_is_read);
  TEST(suite, series_that_came_late_are_joined);
  TEST(suite, what_is_written_reads_back);
  TEST(suite, plain_runs_are_plain_files);
  TEST(suite, axes_are_merged_by_step);
  TEST(suite, standard_output_is_written);
  TEST(suite, the_locale_does_not_matter);
  TEST(suite, writing_reports_failures);
  TEST(suite, real_logs_read_or_are_refused);
}
