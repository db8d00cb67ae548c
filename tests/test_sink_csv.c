/* Logs in Clino's CSV: declared columns, series that come late and the file beside the log, the header of a resumed
 * log, names that need quotes. */
#define _XOPEN_SOURCE 700
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/monitor.h"
#include "support/sinks.h"

static const sink_format *const csv = &sink_formats[1];

static clino_status append(clino_run_sink *sink, int64_t step, size_t n, const char *const *names, const double *values,
                           clino_error *error) {
  clino_run_row row = {.step = step, .time = NAN, .n_values = n, .names = names, .values = values};
  return sink->append(sink, &row, error);
}

/* The text of a file; "" where there is none. */
static const char *text_of(const char *path) {
  static char text[4096];
  FILE *file = fopen(path, "rb");
  size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
  if (file) fclose(file);
  text[n] = '\0';
  return text;
}

static const char *extra_of(const char *path) {
  static char beside[80];
  snprintf(beside, sizeof beside, "%.*s.extra.csv", (int)(strlen(path) - 4), path);
  return beside;
}

static void write_text(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  fputs(text, file);
  fclose(file);
}

static void columns_can_be_declared(void) {
  const char *at = new_log(csv), *declared[] = {"val/loss", "lr", "val/loss"}, *names[] = {"train/loss", "lr"};
  clino_run_sink *sink = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_sink_open_csv(at, 3, declared, &sink, NULL), CLINO_OK);
  append(sink, 7, 2, names, (const double[]){0.5, 0.0625}, NULL);
  append(sink, 8, 1, declared, (const double[]){0.75}, NULL);
  clino_sink_close(sink, NULL);
  CU_ASSERT_STRING_EQUAL(text_of(at), "#{\"clino\":\"step,time\"}\nstep,time,resume,val/loss,lr,train/loss\n"
                                      "7,,,,0.0625,0.5\n8,,,0.75,,\n");
  CU_ASSERT_EQUAL(access(extra_of(at), F_OK), -1);
  remove_log(at);
}

static void late_series_stand_beside(void) {
  const char *at = new_log(csv), *first[] = {"a,\"b\"", "lr"}, *more[] = {"lr", "late; \"x\"", "val/loss"};
  clino_run_sink *sink = open_log(csv, at);
  append(sink, 1, 2, first, (const double[]){0.5, 0.25}, NULL);
  CU_ASSERT_EQUAL(append(sink, 2, 3, more, (const double[]){0.125, NAN, 3}, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(append(sink, 3, 3, more, (const double[]){0.125, INFINITY, 1e-300}, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(sink->flush(sink, NULL), CLINO_OK);
  clino_sink_close(sink, NULL);
  CU_ASSERT_STRING_EQUAL(text_of(extra_of(at)),
                         "step,series,value\n2,\"late; \"\"x\"\"\",nan\n2,val/loss,3\n3,\"late; \"\"x\"\"\",inf\n"
                         "3,val/loss,1e-300\n");
  clino_run *run = read_log(at);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "a,\"b\"")), 1);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "lr")), 3);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "late; \"x\"")), 2);
  CU_ASSERT_EQUAL(clino_series_values(clino_run_series(run, "val/loss"))[1], 1e-300);
  clino_run_free(run);
  remove_log(at);
}

static void a_resumed_log_keeps_its_header(void) {
  const char *at = new_log(csv), *first[] = {"a,\"b\"\xc3\xa9", "lr"}, *swapped[] = {"lr", "new", "a,\"b\"\xc3\xa9"};
  clino_run_sink *sink = open_log(csv, at);
  append(sink, 1, 2, first, (const double[]){0.5, 0.25}, NULL);
  clino_sink_close(sink, NULL);
  sink = open_log(csv, at);
  CU_ASSERT_EQUAL(append(sink, 2, 3, swapped, (const double[]){0.2, 9, 0.4}, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(append(sink, 3, 1, swapped, (const double[]){0.3}, NULL), CLINO_OK);
  clino_sink_close(sink, NULL);
  CU_ASSERT_STRING_EQUAL(text_of(at), "#{\"clino\":\"step,time\"}\nstep,time,resume,\"a,\"\"b\"\"\xc3\xa9\",lr\n"
                                      "1,,,0.5,0.25\n2,,1,0.4,0.2\n3,,,,0.3\n");
  CU_ASSERT_STRING_EQUAL(text_of(extra_of(at)), "step,series,value\n2,new,9\n");
  remove_log(at);
}

/* What clino_run_write_csv wrote with an axis of its own can be gone on with, its mark standing beside it. */
static void a_written_run_is_gone_on_with(void) {
  const char *at = new_log(csv), *names[] = {"loss"};
  write_text(at, "#{\"clino\":\"step,epoch,time\",\"task\":\"x\"}\nstep,epoch,time,loss\n1,0,2.5,0.5\n");
  clino_run_sink *sink = open_log(csv, at);
  CU_ASSERT_EQUAL(append(sink, 2, 1, names, (const double[]){0.25}, NULL), CLINO_OK);
  clino_sink_close(sink, NULL);
  clino_run *run = read_log(at);
  CU_ASSERT_STRING_EQUAL(clino_run_attribute(run, "task"), "x");
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "loss")), 2);
  CU_ASSERT_EQUAL(only_point(run, "resume", 2), 1);
  clino_run_free(run);
  write_text(at, "#{\"clino\":\"step,epoch\"}\nstep,time,loss\n");
  ASSERT_FAILS(clino_sink_open_csv(at, 0, NULL, &sink, &error), CLINO_ERR_FORMAT, "another name");
  remove_log(at);
}

/* Its last number may lack digits. */
static void a_row_without_its_end_is_left_out(void) {
  const char *at = new_log(csv);
  write_text(at, "#{\"clino\":\"step\"}\nstep,loss\n1,0.5\n2,0.25");
  write_text(extra_of(at), "step,series,value\n1,x,0.5\n2,x,0.25");
  clino_run *run = read_log(at);
  CU_ASSERT_EQUAL(only_point(run, "loss", 1), 0.5);
  CU_ASSERT_EQUAL(only_point(run, "x", 1), 0.5);
  CU_ASSERT_PTR_NOT_NULL(strstr(clino_run_attribute(run, "notes"), "ends within a row, line 4"));
  clino_run_free(run);
  remove_log(at);
}

/* The row whose late value cannot be written is taken back as a whole. */
static void what_cannot_stand_beside_takes_the_row_back(void) {
  const char *at = new_log(csv), *names[] = {"loss", "late"};
  clino_run_sink *sink = open_log(csv, at);
  append(sink, 1, 1, names, (const double[]){0.5}, NULL);
  CU_ASSERT_EQUAL_FATAL(mkdir(extra_of(at), 0700), 0);
  ASSERT_FAILS(append(sink, 2, 2, names, (const double[]){0.5, 0.7}, &error), CLINO_ERR_IO, "cannot write");
  rmdir(extra_of(at));
  CU_ASSERT_EQUAL(append(sink, 3, 2, names, (const double[]){0.5, 0.7}, NULL), CLINO_OK);
  clino_sink_close(sink, NULL);
  clino_run *run = read_log(at);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "loss")), 2);
  CU_ASSERT_EQUAL(only_point(run, "late", 3), 0.7);
  clino_run_free(run);
  remove_log(at);
}

static void errors_of_this_format(void) {
  const char *at = new_log(csv), *names[] = {"loss", "loss", "a\nb"}, *none[] = {NULL};
  const double values[] = {1, 2, 3};
  clino_run_sink *sink = NULL;
  ASSERT_FAILS(clino_sink_open_csv("x.log", 0, NULL, &sink, &error), CLINO_ERR_RANGE, ".csv");
  ASSERT_FAILS(clino_sink_open_csv(at, 1, NULL, &sink, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_sink_open_csv(at, 1, none, &sink, &error), CLINO_ERR_RANGE, "no name");
  ASSERT_FAILS(clino_sink_open_csv(at, 1, names + 2, &sink, &error), CLINO_ERR_RANGE, "line end");
  write_text(extra_of(at), "step,series,value\n");
  ASSERT_FAILS(clino_sink_open_csv(at, 0, NULL, &sink, &error), CLINO_ERR_IO, "of another one");
  remove_log(at);
  sink = open_log(csv, at);
  ASSERT_FAILS(append(sink, 1, 2, names, values, &error), CLINO_ERR_RANGE, "two values of \"loss\"");
  ASSERT_FAILS(append(sink, 1, 1, names + 2, values, &error), CLINO_ERR_RANGE, "line end");
  CU_ASSERT_EQUAL(append(sink, 1, 1, names, values, NULL), CLINO_OK);
  const char *late[] = {"late"};
  ASSERT_FAILS(append(sink, CLINO_NO_STEP, 1, late, values, &error), CLINO_ERR_RANGE, "no step");
  CU_ASSERT_EQUAL(append(sink, CLINO_NO_STEP, 1, names, values, NULL), CLINO_OK);
  clino_sink_close(sink, NULL);
  CU_ASSERT_PTR_NOT_NULL(strstr(text_of(at), "\n1,,,1\n,,,1\n"));
  remove_log(at);
  CU_ASSERT_EQUAL_FATAL(mkfifo(at, 0600), 0);
  int reader = open(at, O_RDONLY | O_NONBLOCK);
  sink = open_log(csv, at);
  CU_ASSERT_EQUAL(append(sink, 1, 1, names, values, NULL), CLINO_OK);
  ASSERT_FAILS(append(sink, 1, 1, late, values, &error), CLINO_ERR_RANGE, "declare it");
  clino_sink_close(sink, NULL);
  close(reader);
  remove_log(at);
}

void suite_sink_csv(CU_pSuite suite) {
  TEST(suite, columns_can_be_declared);
  TEST(suite, late_series_stand_beside);
  TEST(suite, a_resumed_log_keeps_its_header);
  TEST(suite, a_written_run_is_gone_on_with);
  TEST(suite, a_row_without_its_end_is_left_out);
  TEST(suite, what_cannot_stand_beside_takes_the_row_back);
  TEST(suite, errors_of_this_format);
}
