/* Logs that rows are appended to, in every format: read back, killed at random moments, cut at every byte, resumed,
 * refused, a full disk, a closed pipe. */
#define _XOPEN_SOURCE 700
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clino/watch.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"
#include "support/sinks.h"

typedef void (*sink_test)(const sink_format *f, const char *at);

static void for_all(sink_test test) {
  for (const sink_format *f = sink_formats; f < sink_formats + SINK_FORMATS; f++) {
    const char *at = new_log(f);
    test(f, at);
    remove_log(at);
  }
}

/* From the second step on a row has a series that the first one had not. */
static clino_status append(clino_run_sink *sink, int64_t step, double loss, clino_error *error) {
  const char *names[] = {"train/loss", "a \"name\"/\xc3\xa9", "val/loss"};
  const double values[] = {loss, 0.125, 2 * loss};
  clino_run_row row = {.step = step, .time = NAN, .n_values = step > 1 ? 3 : 2, .names = names, .values = values};
  return sink->append(sink, &row, error);
}

static void row_by_row(const sink_format *f, const char *at) {
  clino_run_sink *sink = open_log(f, at);
  clino_run *run = new_run();
  const double losses[] = {2.302585092994046, NAN, INFINITY, -INFINITY, 1e-30};
  CU_ASSERT_EQUAL(clino_run_append_row(run, sink, NULL), CLINO_OK); /* no row yet */
  for (int64_t i = 0; i < 5; i++) {
    clino_run_add(run, "train/loss", i, losses[i], NULL);
    if (i % 2) clino_run_add(run, "lr", i, 0.01, NULL);
    CU_ASSERT_EQUAL(clino_run_append_row(run, sink, NULL), CLINO_OK);
  }
  CU_ASSERT_EQUAL(sink->flush(sink, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_sink_close(sink, NULL), CLINO_OK);
  clino_run_free(run);
  run = read_log(at);
  const clino_series *s = clino_run_series(run, "train/loss");
  CU_ASSERT_EQUAL_FATAL(clino_series_count(s), 5);
  for (size_t i = 0; i < 5; i++) ASSERT_NEAR(clino_series_values(s)[i], held(f, losses[i]), 0);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "lr")), 2);
  CU_ASSERT_EQUAL(clino_series_step(clino_run_series(run, "lr"), 1), 3);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "resume")), 0);
  clino_run_free(run);
}

static void rows_are_read_back(void) { for_all(row_by_row); }

/* A child that appends rows, and tells of each that was written, until it is killed. */
static pid_t start_writer(const sink_format *f, const char *at, int tell) {
  pid_t child = fork();
  if (child) return child;
  clino_run_sink *sink = NULL;
  if (f->open(at, &sink, NULL) != CLINO_OK) _exit(3);
  for (int64_t step = 1;; step++)
    if (append(sink, step, 1.0 / (double)step, NULL) != CLINO_OK || write(tell, "r", 1) != 1) _exit(4);
}

static size_t kill_at_random(const sink_format *f, const char *at, uint64_t *seed) {
  int ends[2], status;
  CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
  pid_t child = start_writer(f, at, ends[1]);
  CU_ASSERT_TRUE_FATAL(child > 0);
  close(ends[1]);
  char told;
  size_t rows = 0, wanted = 1 + random_bits(seed) % 60;
  while (rows < wanted && read(ends[0], &told, 1) == 1) rows++;
  kill(child, SIGKILL);
  while (read(ends[0], &told, 1) == 1) rows++;
  waitpid(child, &status, 0);
  CU_ASSERT_TRUE(WIFSIGNALED(status));
  close(ends[0]);
  return rows;
}

/* Kills the writer 200 times; the log of each is resumed by the next, and all rows that were written are there. */
static void kill_200_times(const sink_format *f, const char *at) {
  uint64_t seed = 12;
  size_t rows = 0;
  for (int i = 0; i < 200; i++) rows += kill_at_random(f, at, &seed);
  clino_run *run = read_log(at);
  const clino_series *s = clino_run_series(run, "train/loss"), *late = clino_run_series(run, "val/loss");
  CU_ASSERT_TRUE(clino_series_count(s) >= rows && clino_series_count(s) <= rows + 200);
  CU_ASSERT_TRUE(clino_series_count(late) >= rows - 200 && clino_series_count(late) <= rows + 200);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "resume")), 199);
  for (size_t i = 0; i < clino_series_count(s); i++)
    ASSERT_NEAR(clino_series_values(s)[i], held(f, 1.0 / (double)clino_series_step(s, i)), 0);
  for (size_t i = 0; i < clino_series_count(late); i++)
    ASSERT_NEAR(clino_series_values(late)[i], held(f, 2.0 / (double)clino_series_step(late, i)), 0);
  clino_run_free(run);
}

static void killed_at_200_random_moments(void) { for_all(kill_200_times); }

static void write_three(const sink_format *f, const char *at, off_t *ends, int from) {
  const char *names[] = {"train/loss", "lr"};
  const double values[] = {0.7071, 0.0125};
  clino_run_sink *sink = open_log(f, at);
  struct stat s;
  for (int i = from; i < 3; i++) {
    clino_run_row row = {.step = i, .time = 100.5 + i, .n_values = 2, .names = names, .values = values};
    CU_ASSERT_EQUAL(sink->append(sink, &row, NULL), CLINO_OK);
    CU_ASSERT_EQUAL(stat(at, &s), 0);
    if (ends) ends[i] = s.st_size;
  }
  clino_sink_close(sink, NULL);
}

static void expect_rows(const sink_format *f, const char *at, int rows) {
  clino_run *run = read_log(at);
  const clino_series *loss = clino_run_series(run, "train/loss");
  CU_ASSERT_EQUAL_FATAL(clino_series_count(loss), (size_t)rows);
  for (int i = 0; i < rows; i++) {
    CU_ASSERT_EQUAL(clino_series_step(loss, (size_t)i), i);
    ASSERT_NEAR(clino_series_values(loss)[i], held(f, 0.7071), 0);
    CU_ASSERT_EQUAL(clino_axis_times(clino_series_axis(loss))[clino_series_row(loss, (size_t)i)], 100.5 + i);
  }
  clino_run_free(run);
}

/* Cut at every byte, the log reads back up to its last whole row, and goes on from there. */
static void cut_everywhere(const sink_format *f, const char *at) {
  off_t ends[3];
  write_three(f, at, ends, 0);
  for (off_t cut = 0; cut <= ends[2]; cut++) {
    const int whole = (cut >= ends[0]) + (cut >= ends[1]) + (cut >= ends[2]);
    const bool json = strcmp(f->name, "json") == 0; /* an object is whole without its line end, too */
    const int there = json ? (cut + 1 >= ends[0]) + (cut + 1 >= ends[1]) + (cut + 1 >= ends[2]) : whole;
    CU_ASSERT_EQUAL(truncate(at, cut), 0);
    if (there) expect_rows(f, at, there);
    write_three(f, at, NULL, whole);
    expect_rows(f, at, 3);
    unlink(at);
    write_three(f, at, NULL, 0);
  }
}

static void cut_at_any_byte(void) { for_all(cut_everywhere); }

static void try_a_second_writer(const sink_format *f, const char *at) {
  clino_run_sink *sink = open_log(f, at), *second = NULL;
  append(sink, 1, 0.5, NULL);
  ASSERT_FAILS(f->open(at, &second, &error), CLINO_ERR_IO, "another process");
  CU_ASSERT_PTR_NULL(second);
  clino_run_free(read_log(at)); /* which does not give up the lock */
  int status;
  pid_t child = fork();
  if (!child) _exit(f->open(at, &second, NULL) == CLINO_ERR_IO ? 0 : 1);
  waitpid(child, &status, 0);
  CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  clino_sink_close(sink, NULL);
  clino_sink_close(open_log(f, at), NULL);
}

static void a_second_writer_is_refused(void) { for_all(try_a_second_writer); }

/* A limit on the size of files is a disk that is full within a row. */
static clino_status append_to_full_disk(clino_run_sink *sink, const char *at, rlim_t room, clino_error *e) {
  struct rlimit before, small;
  struct stat s;
  CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
  void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
  CU_ASSERT_EQUAL_FATAL(stat(at, &s), 0);
  small = before;
  small.rlim_cur = (rlim_t)s.st_size + room;
  setrlimit(RLIMIT_FSIZE, &small);
  clino_status status = append(sink, 4, 0.25, e);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, old);
  return status;
}

static void fill_the_disk(const sink_format *f, const char *at) {
  clino_run_sink *sink = open_log(f, at);
  clino_error e;
  CU_ASSERT_EQUAL(append_to_full_disk(sink, at, 10, &e), CLINO_ERR_IO); /* in the head */
  for (int64_t i = 1; i <= 3; i++) CU_ASSERT_EQUAL(append(sink, i, 0.25, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(append_to_full_disk(sink, at, 10, &e), CLINO_ERR_IO);
  CU_ASSERT_STRING_EQUAL(e.file, at);
  CU_ASSERT_EQUAL(append(sink, 5, 0.25, NULL), CLINO_OK);
  clino_sink_close(sink, NULL);
  clino_run *run = read_log(at);
  const clino_series *loss = clino_run_series(run, "train/loss"), *late = clino_run_series(run, "val/loss");
  CU_ASSERT_EQUAL_FATAL(clino_series_count(loss), 4);
  CU_ASSERT_EQUAL(clino_series_step(loss, 3), 5);
  CU_ASSERT_EQUAL_FATAL(clino_series_count(late), 3);
  CU_ASSERT_EQUAL(clino_series_step(late, 2), 5);
  clino_run_free(run);
}

static void a_full_disk_is_an_error_and_loses_nothing(void) { for_all(fill_the_disk); }

static void a_full_device_is_an_error(void) {
  if (access("/dev/full", W_OK) != 0) return;
  for (const sink_format *f = sink_formats; f < sink_formats + SINK_FORMATS; f++) {
    clino_run_sink *sink = open_log(f, "/dev/full");
    for (int i = 0; i < 2; i++) ASSERT_FAILS(append(sink, 1, 0.5, &error), CLINO_ERR_IO, "cannot write");
    clino_sink_close(sink, NULL);
  }
}

static void close_the_pipe(const sink_format *f, const char *at) {
  CU_ASSERT_EQUAL_FATAL(mkfifo(at, 0600), 0);
  int reader = open(at, O_RDONLY | O_NONBLOCK);
  clino_run_sink *sink = open_log(f, at);
  char bytes[400] = "";
  CU_ASSERT_EQUAL(append(sink, 1, 0.25, NULL), CLINO_OK);
  CU_ASSERT_TRUE(read(reader, bytes, sizeof bytes - 1) > 20);
  close(reader);
  ASSERT_FAILS(append(sink, 1, 0.25, &error), CLINO_ERR_IO, "cannot write"); /* and no signal */
  clino_sink_close(sink, NULL);
}

static void a_closed_pipe_is_an_error(void) { for_all(close_the_pipe); }

static void watch_five_steps(const sink_format *f, const char *at) {
  clino_run *run = new_run();
  clino_run_sink *sink = open_log(f, at);
  clino_watch *w = NULL;
  clino_watch_options o = clino_watch_options_default();
  o.sink = sink;
  CU_ASSERT_EQUAL_FATAL(clino_watch_new(&w, run, &o, NULL), CLINO_OK);
  for (int64_t step = 1; step <= 5; step++) {
    clino_watch_scalar(w, "lr", 0.1 / (double)step, NULL);
    CU_ASSERT_EQUAL(clino_watch_step(w, step, 2.0 / (double)step, NULL), CLINO_OK);
  }
  clino_watch_free(w);
  clino_run_free(run);
  clino_sink_close(sink, NULL);
  run = read_log(at);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "train/loss")), 5);
  CU_ASSERT_EQUAL(clino_series_values(clino_run_series(run, "lr"))[4], held(f, 0.1 / 5.0));
  clino_run_free(run);
}

static void a_watch_appends_its_steps(void) { for_all(watch_five_steps); }

static void run_out_of_memory(const sink_format *f, const char *at) {
  for (long n = 0; allocations_known() && n < 40; n++) {
    clino_run_sink *sink = NULL;
    allocations_fail_after(n);
    clino_status status = f->open(at, &sink, NULL);
    if (!status) status = append(sink, n + 1, 0.5, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_TRUE(status == CLINO_OK || status == CLINO_ERR_MEMORY);
    if (sink) CU_ASSERT_EQUAL(append(sink, n + 1, 0.5, NULL), CLINO_OK);
    clino_sink_close(sink, NULL);
  }
}

static void memory_that_is_out_is_an_error(void) { for_all(run_out_of_memory); }

/* A file that the sink did not begin is left as it is. */
static void refuse_other_files(const sink_format *f, const char *at) {
  static const char *const contents[] = {"precious", "step,loss\n1,2\n", "\n", "#", "#{\"title\":\"x\"}\nstep\n", "{"};
  clino_run_sink *sink = NULL;
  for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
    const bool json = strcmp(f->name, "json") == 0 && contents[i][0] == '{';
    const bool csv = strcmp(f->name, "csv") == 0 && strlen(contents[i]) == 1 && contents[i][0] == '#';
    if (json || csv) continue; /* these may be its own, cut */
    FILE *file = fopen(at, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(contents[i], file);
    fclose(file);
    ASSERT_FAILS(f->open(at, &sink, &error), CLINO_ERR_FORMAT, "cannot be appended");
    struct stat s;
    CU_ASSERT_TRUE(stat(at, &s) == 0 && (size_t)s.st_size == strlen(contents[i]));
  }
}

static void other_files_are_refused(void) { for_all(refuse_other_files); }

static void provoke_errors(const sink_format *f, const char *at) {
  clino_run_sink *sink = NULL;
  clino_run *run = new_run();
  char nowhere[64];
  snprintf(nowhere, sizeof nowhere, "/nowhere/at/all%s", f->end);
  ASSERT_FAILS(f->open(NULL, &sink, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(f->open(at, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(f->open(nowhere, &sink, &error), CLINO_ERR_IO, "cannot write");
  ASSERT_FAILS(clino_run_append_row(run, NULL, &error), CLINO_ERR_RANGE, "NULL");
  sink = open_log(f, at);
  ASSERT_FAILS(clino_run_append_row(NULL, sink, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_sink_append_image(sink, "x", 1, NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(sink->append(sink, NULL, &error), CLINO_ERR_RANGE, "row");
  const char *names[] = {"", NULL};
  clino_run_row row = {.step = 1, .time = NAN, .n_values = 1, .names = names, .values = (const double[]){0.5}};
  ASSERT_FAILS(sink->append(sink, &row, &error), CLINO_ERR_RANGE, "no name");
  row.names = names + 1;
  ASSERT_FAILS(sink->append(sink, &row, &error), CLINO_ERR_RANGE, "no name");
  clino_run_add(run, "caf\xe9", 1, 0.5, NULL);
  ASSERT_FAILS(clino_run_append_row(run, sink, &error), CLINO_ERR_RANGE, "UTF-8");
  CU_ASSERT_EQUAL(append(sink, 1, 0.5, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_sink_close(sink, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_sink_close(NULL, NULL), CLINO_OK);
  clino_run_free(run);
}

static void errors_of_sinks(void) { for_all(provoke_errors); }

void suite_sink(CU_pSuite suite) {
  TEST(suite, rows_are_read_back);
  TEST(suite, killed_at_200_random_moments);
  TEST(suite, cut_at_any_byte);
  TEST(suite, a_second_writer_is_refused);
  TEST(suite, a_full_disk_is_an_error_and_loses_nothing);
  TEST(suite, a_full_device_is_an_error);
  TEST(suite, a_closed_pipe_is_an_error);
  TEST(suite, a_watch_appends_its_steps);
  TEST(suite, memory_that_is_out_is_an_error);
  TEST(suite, other_files_are_refused);
  TEST(suite, errors_of_sinks);
}
