/* Logs that rows are appended to: read back, killed at random moments, resumed, refused, a full disk, a closed pipe. */
#define _XOPEN_SOURCE 700
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clino/io.h"
#include "clino/watch.h"
#include "support/allocations.h"
#include "support/monitor.h"
#include "support/random.h"

static char path[] = "/tmp/clino-sink-XXXXXX";

/* A new name each time; the file is not there yet. */
static const char *new_path(void) {
  memcpy(path, "/tmp/clino-sink-XXXXXX", sizeof path);
  int fd = mkstemp(path);
  CU_ASSERT_TRUE_FATAL(fd >= 0);
  close(fd);
  unlink(path);
  return path;
}

static clino_run_sink *open_sink(const char *at) {
  clino_run_sink *sink = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_sink_open_json(at, &sink, NULL), CLINO_OK);
  return sink;
}

static clino_run *read_back(const char *at) {
  clino_run *run = NULL;
  clino_error e = {0};
  CU_ASSERT_EQUAL(clino_run_read(at, NULL, &run, NULL, &e), CLINO_OK);
  if (!run) fprintf(stderr, "%s\n", e.message);
  return run;
}

static clino_status append(clino_run_sink *sink, int64_t step, double loss, clino_error *error) {
  const char *names[] = {"train/loss", "a \"name\"/\xc3\xa9"};
  const double values[] = {loss, 0.125};
  clino_run_row row = {.step = step, .time = NAN, .n_values = 2, .names = names, .values = values};
  return sink->append(sink, &row, error);
}

static void rows_are_read_back(void) {
  const char *at = new_path();
  clino_run_sink *sink = open_sink(at);
  clino_run *run = new_run();
  const double losses[] = {2.302585092994046, NAN, INFINITY, -INFINITY, 1e-300};
  CU_ASSERT_EQUAL(clino_run_append_row(run, sink, NULL), CLINO_OK); /* no row yet */
  for (int64_t i = 0; i < 5; i++) {
    clino_run_add(run, "train/loss", i, losses[i], NULL);
    if (i % 2) clino_run_add(run, "lr", i, 0.01, NULL);
    CU_ASSERT_EQUAL(clino_run_append_row(run, sink, NULL), CLINO_OK);
  }
  CU_ASSERT_EQUAL(sink->flush(sink, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_sink_close(sink, NULL), CLINO_OK);
  clino_run_free(run);
  run = read_back(at);
  const clino_series *s = clino_run_series(run, "train/loss");
  CU_ASSERT_EQUAL_FATAL(clino_series_count(s), 5);
  for (size_t i = 0; i < 5; i++) ASSERT_NEAR(clino_series_values(s)[i], losses[i], 0);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "lr")), 2);
  CU_ASSERT_EQUAL(clino_series_step(clino_run_series(run, "lr"), 1), 3);
  clino_run_free(run);
  unlink(at);
}

/* A child that appends rows, and tells of each that was written, until it is killed. */
static pid_t start_writer(const char *at, int tell) {
  pid_t child = fork();
  if (child) return child;
  clino_run_sink *sink = NULL;
  if (clino_sink_open_json(at, &sink, NULL) != CLINO_OK) _exit(3);
  for (int64_t step = 1;; step++)
    if (append(sink, step, 1.0 / (double)step, NULL) != CLINO_OK || write(tell, "r", 1) != 1) _exit(4);
}

static size_t kill_at_random(const char *at, uint64_t *seed) {
  int ends[2], status;
  CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
  pid_t child = start_writer(at, ends[1]);
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
static void killed_at_200_random_moments(void) {
  const char *at = new_path();
  uint64_t seed = 12;
  size_t rows = 0;
  for (int i = 0; i < 200; i++) rows += kill_at_random(at, &seed);
  clino_run *run = read_back(at);
  const clino_series *s = clino_run_series(run, "train/loss");
  CU_ASSERT_TRUE(clino_series_count(s) >= rows && clino_series_count(s) <= rows + 200);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "resume")), 199);
  for (size_t i = 0; i < clino_series_count(s); i++)
    ASSERT_NEAR(clino_series_values(s)[i], 1.0 / (double)clino_series_step(s, i), 0);
  clino_run_free(run);
  unlink(at);
}

/* Cut at every byte, the log reads back up to its last whole row, and goes on from there. */
static void cut_at_any_byte(void) {
  const char *at = new_path();
  clino_run_sink *sink = open_sink(at);
  for (int64_t i = 1; i <= 3; i++) append(sink, i, 0.7, NULL);
  clino_sink_close(sink, NULL);
  struct stat s;
  CU_ASSERT_EQUAL_FATAL(stat(at, &s), 0);
  const off_t line = s.st_size / 3;
  for (off_t cut = line + 1; cut <= s.st_size; cut++) {
    CU_ASSERT_EQUAL(truncate(at, cut), 0);
    sink = open_sink(at);
    for (int64_t i = cut / line + 1; i <= 3; i++) append(sink, i, 0.7, NULL);
    clino_sink_close(sink, NULL);
    clino_run *run = read_back(at);
    const clino_series *loss = clino_run_series(run, "train/loss");
    CU_ASSERT_EQUAL_FATAL(clino_series_count(loss), 3);
    for (size_t i = 0; i < 3; i++) CU_ASSERT_EQUAL(clino_series_step(loss, i), (int64_t)i + 1);
    clino_run_free(run);
    unlink(at);
    sink = open_sink(at);
    for (int64_t i = 1; i <= 3; i++) append(sink, i, 0.7, NULL);
    clino_sink_close(sink, NULL);
  }
  unlink(at);
}

static void a_second_writer_is_refused(void) {
  const char *at = new_path();
  clino_run_sink *sink = open_sink(at), *second = NULL;
  append(sink, 1, 0.5, NULL);
  ASSERT_FAILS(clino_sink_open_json(at, &second, &error), CLINO_ERR_IO, "another process");
  CU_ASSERT_PTR_NULL(second);
  clino_run_free(read_back(at)); /* which does not give up the lock */
  int status;
  pid_t child = fork();
  if (!child) _exit(clino_sink_open_json(at, &second, NULL) == CLINO_ERR_IO ? 0 : 1);
  waitpid(child, &status, 0);
  CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  clino_sink_close(sink, NULL);
  clino_sink_close(open_sink(at), NULL);
  unlink(at);
}

/* A limit on the size of files is a disk that is full in the middle of a row. */
static void a_full_disk_is_an_error_and_loses_nothing(void) {
  const char *at = new_path();
  struct rlimit before, small;
  clino_run_sink *sink = open_sink(at);
  clino_error e;
  for (int64_t i = 1; i <= 3; i++) append(sink, i, 0.25, NULL);
  CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
  void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
  struct stat s;
  stat(at, &s);
  small = before;
  small.rlim_cur = (rlim_t)s.st_size + 10;
  setrlimit(RLIMIT_FSIZE, &small);
  clino_status status = append(sink, 4, 0.25, &e);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, old);
  CU_ASSERT_EQUAL(status, CLINO_ERR_IO);
  CU_ASSERT_STRING_EQUAL(e.file, at);
  CU_ASSERT_EQUAL(append(sink, 5, 0.25, NULL), CLINO_OK);
  clino_sink_close(sink, NULL);
  clino_run *run = read_back(at);
  const clino_series *loss = clino_run_series(run, "train/loss");
  CU_ASSERT_EQUAL_FATAL(clino_series_count(loss), 4);
  CU_ASSERT_EQUAL(clino_series_step(loss, 3), 5);
  clino_run_free(run);
  unlink(at);
}

static void a_closed_pipe_is_an_error(void) {
  const char *at = new_path();
  CU_ASSERT_EQUAL_FATAL(mkfifo(at, 0600), 0);
  int reader = open(at, O_RDONLY | O_NONBLOCK);
  clino_run_sink *sink = open_sink(at);
  char line[200] = "";
  CU_ASSERT_EQUAL(append(sink, 1, 0.25, NULL), CLINO_OK);
  CU_ASSERT_TRUE(read(reader, line, sizeof line - 1) > 20);
  CU_ASSERT_PTR_NOT_NULL(strstr(line, "\"step\": 1"));
  close(reader);
  ASSERT_FAILS(append(sink, 2, 0.25, &error), CLINO_ERR_IO, "cannot write"); /* and no signal */
  clino_sink_close(sink, NULL);
  unlink(at);
}

static void a_watch_appends_its_steps(void) {
  const char *at = new_path();
  clino_run *run = new_run();
  clino_run_sink *sink = open_sink(at);
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
  run = read_back(at);
  CU_ASSERT_EQUAL(clino_series_count(clino_run_series(run, "train/loss")), 5);
  CU_ASSERT_EQUAL(clino_series_values(clino_run_series(run, "lr"))[4], 0.1 / 5.0);
  clino_run_free(run);
  unlink(at);
}

static void memory_that_is_out_is_an_error(void) {
  const char *at = new_path();
  for (long n = 0; allocations_known() && n < 12; n++) {
    clino_run_sink *sink = NULL;
    allocations_fail_after(n);
    clino_status status = clino_sink_open_json(at, &sink, NULL);
    if (!status) status = append(sink, n, 0.5, NULL);
    allocations_fail_after(-1);
    CU_ASSERT_TRUE(status == CLINO_OK || status == CLINO_ERR_MEMORY);
    if (sink) CU_ASSERT_EQUAL(append(sink, n, 0.5, NULL), CLINO_OK);
    clino_sink_close(sink, NULL);
  }
  unlink(at);
}

static void errors_of_sinks(void) {
  clino_run_sink *sink = NULL;
  clino_run *run = new_run();
  ASSERT_FAILS(clino_sink_open_json(NULL, &sink, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_sink_open_json("x", NULL, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(clino_sink_open_json("/nowhere/at/all.jsonl", &sink, &error), CLINO_ERR_IO, "cannot write");
  ASSERT_FAILS(clino_run_append_row(run, NULL, &error), CLINO_ERR_RANGE, "NULL");
  const char *at = new_path();
  sink = open_sink(at);
  ASSERT_FAILS(clino_run_append_row(NULL, sink, &error), CLINO_ERR_RANGE, "NULL");
  ASSERT_FAILS(sink->append(sink, NULL, &error), CLINO_ERR_RANGE, "row");
  clino_run_add(run, "\xff", 1, 1, NULL);
  ASSERT_FAILS(clino_run_append_row(run, sink, &error), CLINO_ERR_RANGE, "UTF-8");
  CU_ASSERT_EQUAL(clino_sink_close(sink, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_sink_close(NULL, NULL), CLINO_OK);
  clino_run_free(run);
  unlink(at);
}

void suite_sink(CU_pSuite suite) {
  TEST(suite, rows_are_read_back);
  TEST(suite, killed_at_200_random_moments);
  TEST(suite, cut_at_any_byte);
  TEST(suite, a_second_writer_is_refused);
  TEST(suite, a_full_disk_is_an_error_and_loses_nothing);
  TEST(suite, a_closed_pipe_is_an_error);
  TEST(suite, a_watch_appends_its_steps);
  TEST(suite, memory_that_is_out_is_an_error);
  TEST(suite, errors_of_sinks);
}
