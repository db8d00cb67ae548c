/* What reading a log costs: a wide CSV against a plain libcsv loop with strtod on every field; the memory that a run
 * takes while it is read; the whole of diagnose against the reading.
 *
 * The file is generated: a step and seven values a row, of at most 15 significant digits, or of 17. Both sides read it
 * from the file system in chunks of the same size, in turn; each is the minimum of ROUNDS. CLINO_BENCH_FULL=1 takes 2
 * million rows (140 MB) in place of 200,000. */
#include <csv.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clino/check.h"
#include "clino/io.h"
#include "clino/report.h"
#include "figure.h"
#include "net/rng.h"

#define ROUNDS 9
#define CHUNK 262144

typedef enum contents { SHORT_NUMBERS, LONG_NUMBERS, SPARSE } contents;

/* A curve with noise, as logs hold. */
static double value_at(size_t row, size_t rows, int column, rng *random) {
  double t = (double)row / (double)rows;
  return (2.3 / (column + 1)) * exp(-3 * t) + 0.05 * rng_uniform(random);
}

static void write_log(const char *path, size_t rows, contents what) {
  FILE *f = fopen(path, "w");
  bench_require(f != NULL, "the log could not be written");
  rng random = {7};
  fputs("step,train_loss,val_loss,accuracy,lr,grad_norm,update_ratio/W1,time\n", f);
  for (size_t i = 0; i < rows; i++) {
    fprintf(f, "%zu", i);
    for (int k = 0; k < 7; k++) {
      /* Losses in single precision, a rate and a time rounded, one in full: what loggers print. */
      static const int digits[] = {7, 7, 6, 9, 7, 15, 10};
      double v = k == 6 ? 0.25 * (double)i : value_at(i, rows, k, &random);
      if (what == SPARSE && i % 2 == (size_t)(k == 1 || k == 2)) fputc(',', f);
      else fprintf(f, ",%.*g", what == LONG_NUMBERS ? 17 : digits[k], v);
    }
    fputc('\n', f);
  }
  bench_require(fclose(f) == 0, "the log could not be written");
}

/* ---- the plain loop ---- */

typedef struct total {
  double sum;
  size_t fields, rows;
} total;

static void add_field(void *bytes, size_t size, void *ctx) {
  total *t = ctx;
  (void)size;
  t->sum += strtod(bytes, NULL);
  t->fields++;
}

static void add_row(int end, void *ctx) {
  (void)end;
  ((total *)ctx)->rows++;
}

static total plain_loop(const char *path) {
  static char buffer[CHUNK];
  struct csv_parser parser;
  total t = {0, 0, 0};
  FILE *f = fopen(path, "r");
  bench_require(f && csv_init(&parser, CSV_STRICT | CSV_APPEND_NULL) == 0, "the log could not be read");
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, f)) > 0;)
    bench_require(csv_parse(&parser, buffer, n, add_field, add_row, &t) == n, "libcsv stopped");
  csv_fini(&parser, add_field, add_row, &t);
  csv_free(&parser);
  fclose(f);
  return t;
}

/* ---- Clino ---- */

static clino_run *read_log(const char *path) {
  clino_run *run = NULL;
  clino_error error;
  bench_require(clino_run_read(path, NULL, &run, NULL, &error) == CLINO_OK, error.message);
  return run;
}

static size_t stored_numbers(const clino_run *run) {
  size_t n = 0;
  for (size_t i = 0; i < clino_run_series_count(run); i++) n += clino_series_count(clino_run_series_at(run, i));
  for (size_t i = 0; i < clino_run_axis_count(run); i++) {
    const clino_axis *axis = clino_run_axis_at(run, i);
    size_t columns = 1u + (clino_axis_epochs(axis) != NULL) + (clino_axis_times(axis) != NULL);
    n += clino_axis_rows(axis) * columns;
  }
  return n;
}

static int ignore(const char *text, size_t size, void *ctx) {
  (void)text;
  *(size_t *)ctx += size;
  return 0;
}

static void judge(const char *path, const clino_run *run) {
  clino_findings *findings = NULL;
  size_t size = 0;
  bench_require(clino_findings_new(&findings, NULL) == CLINO_OK, "out of memory");
  bench_require(clino_diagnose(run, NULL, findings, NULL) == CLINO_OK, "the run could not be judged");
  clino_report_item item = {path, "csv", run, findings, NULL};
  bench_require(clino_report_write("text", &item, 1, NULL, ignore, &size, NULL) == CLINO_OK, "no report");
  clino_findings_free(findings);
}

static double time_read(const char *path, bool whole) {
  double start = bench_now();
  clino_run *run = read_log(path);
  if (whole) judge(path, run);
  clino_run_free(run);
  return bench_now() - start;
}

/* The ratio of our reading to the plain loop. */
static double speed(const char *path, const char *what) {
  double ours = INFINITY, plain = INFINITY;
  for (int round = 0; round < ROUNDS; round++) {
    double start = bench_now();
    total t = plain_loop(path);
    plain = fmin(plain, bench_now() - start);
    bench_require(t.rows > 1 && t.fields == 8 * t.rows && isfinite(t.sum), "the plain loop read something else");
    ours = fmin(ours, time_read(path, false));
  }
  printf("  %-24s Clino %.3f s, libcsv with strtod %.3f s, ratio %.3f\n", what, ours, plain, ours / plain);
  return ours / plain;
}

/* Peak memory of a process that reads the log, by number that is then stored. */
static double bytes_per_value(const char *path, const char *what) {
  int ends[2];
  double result = NAN;
  bench_require(pipe(ends) == 0, "no pipe");
  fflush(NULL);
  pid_t child = fork();
  bench_require(child >= 0, "no process");
  if (child == 0) {
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    clino_run *run = read_log(path);
    getrusage(RUSAGE_SELF, &after);
    double unit = sizeof(void *) && after.ru_maxrss > 0 ? 1024.0 : NAN; /* kilobytes, on Linux */
#if defined(__APPLE__)
    unit = 1;
#endif
    result = unit * (double)(after.ru_maxrss - before.ru_maxrss) / (double)stored_numbers(run);
    _exit(write(ends[1], &result, sizeof result) == sizeof result ? 0 : 1);
  }
  int status;
  bench_require(read(ends[0], &result, sizeof result) == sizeof result, "the child said nothing");
  bench_require(waitpid(child, &status, 0) == child && status == 0, "the child failed");
  close(ends[0]);
  close(ends[1]);
  printf("  %-24s %.2f bytes of memory at most for each number that is stored\n", what, result);
  return result;
}

/* Of the processor: one is a part of the other, both are one thread, and what else runs on the machine would hit one of
 * them. */
static double processor_time(const char *path, bool whole) {
  clock_t start = clock();
  time_read(path, whole);
  return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static double diagnose_over_read(const char *path) {
  double whole = INFINITY, reading = INFINITY;
  for (int round = 0; round < ROUNDS; round++) {
    reading = fmin(reading, processor_time(path, false));
    whole = fmin(whole, processor_time(path, true));
  }
  printf("  %-24s %.3f s of the processor, with checks and report %.3f s\n", "reading", reading, whole);
  return whole / reading;
}

int main(void) {
  char folder[] = "/tmp/clino-bench-XXXXXX", path[64];
  size_t rows = getenv("CLINO_BENCH_FULL") ? 2000000 : 200000;
  bench_require(mkdtemp(folder) != NULL, "no folder for the log");
  snprintf(path, sizeof path, "%s/log.csv", folder);
  printf("csv: a log of %zu rows and 8 columns\n", rows);
  write_log(path, rows, SHORT_NUMBERS);
  double ratio = speed(path, "at most 15 digits");
  double memory = bytes_per_value(path, "every cell");
  double whole = diagnose_over_read(path);
  write_log(path, rows, SPARSE);
  memory = fmax(memory, bytes_per_value(path, "half of the cells"));
  write_log(path, rows, LONG_NUMBERS);
  double long_ratio = speed(path, "17 digits");
  unlink(path);
  rmdir(folder);
  bench_figure("csv-read-over-libcsv-strtod", ratio, "ratio", true, 0.5);
  bench_figure("csv-read-over-libcsv-strtod-17-digits", long_ratio, "ratio", true, 0.5);
  bench_figure("reader-bytes-per-value", memory, "bytes", true, 20);
  bench_figure("diagnose-over-read", whole, "ratio", true, 1.3);
  return EXIT_SUCCESS;
}
