/* Every allocation of a whole operation fails once, the first, the second, and so on: the operation says that memory is
 * out, leaves nothing behind, and never claims success for something that is not all there. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "clino/activation.h"
#include "clino/check.h"
#include "clino/gap.h"
#include "clino/initial_loss.h"
#include "clino/io.h"
#include "clino/report.h"
#include "clino/update_ratio.h"
#include "event_file.h"
#include "support/allocations.h"
#include "support/folder.h"
#include "support/images.h"
#include "support/suite.h"
#include "support/synth.h"

/* What an operation made, as text that two runs of it can be compared by. */
static char made[1 << 18];
static size_t used;

static void note(const char *text, size_t size) {
  CU_ASSERT_TRUE_FATAL(used + size < sizeof made);
  memcpy(made + used, text, size);
  made[used += size] = '\0';
}

static void note_string(const char *text) {
  note(text ? text : "(null)", text ? strlen(text) : 6);
  note("\n", 1);
}

static void note_series(const clino_series *s) {
  char line[96];
  note_string(clino_series_name(s));
  note_string(clino_series_original(s));
  note_string(clino_series_missing_reason(s));
  for (size_t i = 0; i < clino_series_count(s); i++) {
    const double *values = clino_series_values(s);
    const clino_histogram *h = clino_series_histogram(s, i);
    const clino_image_file *image = clino_series_image(s, i);
    snprintf(line, sizeof line, "%zu %lld %a %zu\n", clino_series_row(s, i), (long long)clino_series_step(s, i),
             values ? values[i] : 0, h ? h->n_bins : image ? image->size : 0);
    note(line, strlen(line));
  }
}

static void note_run(const clino_run *run) {
  for (size_t i = 0; i < clino_run_attribute_count(run); i++) {
    const char *value;
    note_string(clino_run_attribute_at(run, i, &value));
    note_string(value);
  }
  for (size_t i = 0; i < clino_run_series_count(run); i++) note_series(clino_run_series_at(run, i));
}

/* Calls operation with the n-th allocation failing, for every n until it takes no more than n. It must free all that it
 * takes, note what it made where it succeeds, and then have made the same as without a failure. */
static void fail_each(const char *what, clino_status (*operation)(const void *ctx), const void *ctx, long least) {
  static char whole[sizeof made];
  used = 0;
  *made = '\0';
  clino_status status = operation(ctx);
  CU_ASSERT_EQUAL_FATAL(status, CLINO_OK);
  if (!allocations_known()) return;
  memcpy(whole, made, used + 1);
  long bad = 0, n = 0;
  for (bool failed = true; failed; n++) {
    long live = allocations_live();
    unsigned long count = allocations_count();
    used = 0;
    *made = '\0';
    allocations_fail_after(n);
    status = operation(ctx);
    allocations_fail_after(-1);
    failed = allocations_count() - count > (unsigned long)n;
    const char *why = allocations_live() != live                       ? "leaks"
                      : status != CLINO_OK && status != CLINO_ERR_MEMORY ? "has another status"
                      : status == CLINO_OK && strcmp(made, whole) != 0   ? "succeeds with something else"
                                                                         : NULL;
    if (why && bad++ < 5) fprintf(stderr, "\n    %s, allocation %ld: %s (status %d)", what, n, why, (int)status);
  }
  CU_ASSERT_EQUAL(bad, 0);
  if (n <= least) fprintf(stderr, "\n    %s: %ld allocations", what, n);
  CU_ASSERT_TRUE(n > least);
}

/* ---- reading ---- */

/* None holds JSON: json-c, which reads it, crashes where memory is out. */
static const char *const logs[] = {
    "step,train/loss,val/loss,lr\n0,2.5,,0.1\n10,1.75,,0.1\n20,1.25,1.5,\n30,nan,,0.05\n",
    "epoch;loss;\"a;b\"\n1;2.5;1\n2;1;2\n",
    "A title\r\nname\tIteration\ttrain-loss\twall_time\r\nx\t1\t2.25\t0.5\r\ny\t2\t2\t\r\nz\t3\t1.75\t1.5\r\n",
    "# a comment\nepoch|train_loss\n1|2.5\n2|2.25\n",
    "step,epoch,time,loss,x\n1,1,,2.5,\n2,,0.5,,3\n",
    ("step,x\n1,0.10000000000000000555111512312578270211815834045410156250000000000000000000000000000000000000000000000"
     "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\n2,3\n"),
    "step,\"lo\nss\"\n1,\"2\"\n2,1\n",
    "step,train/box_loss,train/cls_loss\n1,0.5,0.25\nTraceback (most recent call last):\n2,0.25,0.125\n",
    "Epoch 1/2\n\x1b[1mloss: 0.5\x1b[0m - val_loss: 0.75\nEpoch 2/2\nloss: 0.25 - val_loss: 0.5\n"};

static clino_status read_log(const void *log) {
  clino_read_options o = clino_read_options_default();
  clino_run *run = NULL;
  o.chunk_bytes = 7;
  clino_status status = clino_run_read_memory(log, strlen(log), "log.csv", &o, &run, NULL, NULL);
  CU_ASSERT_EQUAL(!run, status != CLINO_OK);
  if (!status) note_run(run);
  clino_run_free(run);
  return status;
}

static void reading(void) {
  fail_each("log 0", read_log, logs[0], 20);
  fail_each("log 1", read_log, logs[1], 20);
  fail_each("log 2", read_log, logs[2], 20);
  fail_each("log 3", read_log, logs[3], 20);
  fail_each("log 4", read_log, logs[4], 20);
  fail_each("log 5", read_log, logs[5], 10);
  fail_each("log 6", read_log, logs[6], 10);
}

/* ---- event files, compressed ones, folders ---- */

static void put_image(event_bytes *file, int step) {
  event_bytes image = {NULL, 0, 0}, value = {NULL, 0, 0};
  unsigned char *png = image_png(3, 4, 80, (unsigned)step);
  event_data(&image, 4, png, 80);
  event_message(&value, 4, &image);
  event_value(file, "w", 1.7e9 + step, step, &value);
  free(png);
  free(image.data);
  free(value.data);
}

static event_bytes make_events(int from) {
  static const double limits[] = {-1, 0, 1}, counts[] = {5, 7, 9};
  event_bytes file = {NULL, 0, 0};
  char tag[16];
  event_version(&file, 1.7e9);
  for (int step = from; step < from + 3; step++) {
    for (int i = 0; i < 20; i++) {
      snprintf(tag, sizeof tag, "%s%d", i ? "tag" : "loss", i);
      event_scalar(&file, i ? tag : "loss", 1.7e9 + step, step, 0.5F * (float)i);
    }
    event_histogram(&file, "fc.bias", 1.7e9 + step, step, -1.5, 0.75, 3, limits, counts);
    put_image(&file, step);
  }
  file.size -= 5; /* a note as well */
  return file;
}

static clino_status read_events(const void *file) {
  const event_bytes *bytes = file;
  clino_read_options o = clino_read_options_default();
  clino_run *run = NULL;
  o.chunk_bytes = 100;
  clino_status status = clino_run_read_memory(bytes->data, bytes->size, "events", &o, &run, NULL, NULL);
  CU_ASSERT_EQUAL(!run, status != CLINO_OK);
  if (!status) note_run(run);
  clino_run_free(run);
  return status;
}

static void reading_events(void) {
  event_bytes file = make_events(0), zipped = {calloc(65536, 1), 65536, 65536};
  z_stream z = {.next_in = file.data, .avail_in = (uInt)file.size, .next_out = zipped.data, .avail_out = 65536};
  fail_each("events", read_events, &file, 50);
  CU_ASSERT_EQUAL_FATAL(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  CU_ASSERT_EQUAL(deflate(&z, Z_FINISH), Z_STREAM_END);
  deflateEnd(&z);
  zipped.size = z.total_out;
  fail_each("events.gz", read_events, &zipped, 50);
  free(file.data);
  free(zipped.data);
}

/* The runs of a folder, and one that is a run by itself. */
static clino_status read_folder(const void *path) {
  clino_runs *runs = NULL;
  clino_run *run = NULL;
  clino_status status = clino_runs_find(path, &runs, NULL);
  CU_ASSERT_EQUAL(!runs, status != CLINO_OK);
  for (size_t i = 0; i < clino_runs_count(runs); i++) note_string(clino_runs_at(runs, i)->path);
  if (!status) status = clino_run_read(path, NULL, &run, NULL, NULL);
  if (!status) note_run(run);
  clino_run_free(run);
  clino_runs_free(runs);
  return status;
}

static void reading_folders(void) {
  char folder[256], one[256], two[256];
  snprintf(folder, sizeof folder, "%s", in_folder("tb"));
  snprintf(one, sizeof one, "%s", in_folder("tb/events.out.tfevents.1"));
  snprintf(two, sizeof two, "%s", in_folder("tb/events.out.tfevents.2"));
  CU_ASSERT_EQUAL_FATAL(mkdir(folder, 0777), 0);
  event_bytes file = make_events(0), later = make_events(2);
  CU_ASSERT_EQUAL(clino_file_write(one, file.data, file.size, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_file_write(two, later.data, later.size, NULL), CLINO_OK);
  fail_each("folder", read_folder, folder, 100);
  unlink(one);
  unlink(two);
  rmdir(folder);
  free(file.data);
  free(later.data);
}

/* ---- writing ---- */

static void note_file(const char *path) {
  char bytes[4096];
  size_t n;
  allocations_fail_after(-1); /* it is done */
  FILE *file = fopen(path, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(file);
  while ((n = fread(bytes, 1, sizeof bytes, file))) note(bytes, n);
  fclose(file);
}

static clino_status write_csv(const void *run) {
  const char *path = in_folder("memory.csv");
  unlink(path);
  clino_status status = clino_run_write_csv(run, path, NULL);
  if (!status) note_file(path);
  else CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
  return status;
}

static clino_run *big_run(void) {
  clino_run *run = synth_fixture("overfitting", "fires");
  CU_ASSERT_PTR_NOT_NULL_FATAL(run);
  for (int i = 0; i < 12; i++) {
    char key[32], value[400];
    snprintf(key, sizeof key, "key %d", i);
    memset(value, 'a' + i, sizeof value - 1);
    value[sizeof value - 1] = '\0';
    CU_ASSERT_EQUAL_FATAL(clino_run_set_attribute(run, key, value, NULL), CLINO_OK);
  }
  CU_ASSERT_EQUAL_FATAL(clino_run_add(run, "a name, \"quoted\"", 12, 0.1, NULL), CLINO_OK);
  return run;
}

static void writing(void) {
  clino_run *run = big_run();
  fail_each("writing", write_csv, run, 15);
  CU_ASSERT_EQUAL(unlink(in_folder("memory.csv")), 0);
  CU_ASSERT_TRUE(folder_remove()); /* nothing was left beside it */
  clino_run_free(run);
}

/* ---- monitors ---- */

static clino_status monitor_activations(clino_run *run) {
  clino_activation_spec spec = clino_activation_spec_default();
  clino_activation *m = NULL;
  spec.name = "relu1";
  spec.units = 3;
  spec.window_rows = 1;
  clino_status status = clino_activation_new(&spec, &m, NULL);
  for (int64_t step = 0; !status && step < 20; step++) {
    status = clino_activation_add_f64(m, 1, (double[]){0, 0.25 * (double)step, -3.5}, NULL);
    if (!status) status = clino_activation_record(m, run, step, NULL);
  }
  clino_activation_free(m);
  return status;
}

static clino_status monitor_losses(clino_run *run) {
  clino_gap *gap = NULL;
  clino_initial_loss *first = NULL;
  clino_initial_loss_spec spec = clino_initial_loss_spec_default();
  spec.classes = 10;
  spec.scale = 0.75;
  clino_status status = clino_gap_new(NULL, &gap, NULL);
  if (!status) status = clino_initial_loss_new(&spec, &first, NULL);
  if (!status) status = clino_initial_loss_add_pair(first, 1.75, 1.875, NULL);
  if (!status) status = clino_initial_loss_record(first, run, 0, NULL);
  for (int64_t step = 0; !status && step < 20; step++) {
    status = clino_gap_add_train(gap, 2.5 / (double)(step + 1), 32, NULL);
    if (!status && step % 3 == 0) status = clino_gap_add_val(gap, 2.25, 8, NULL);
    if (!status) status = clino_gap_record(gap, run, step, NULL);
    if (!status) status = clino_gap_next(gap, step, NULL);
  }
  clino_gap_free(gap);
  clino_initial_loss_free(first);
  return status;
}

static clino_status monitor_updates(clino_run *run) {
  clino_update_ratio *w = NULL;
  clino_status status = clino_update_ratio_new("W1", &w, NULL);
  for (int64_t step = 0; !status && step < 20; step++) {
    status = clino_update_ratio_add_f64(w, 2, (double[]){step ? 1.5 : 0, 0}, (double[]){1.25, 0.5}, NULL);
    if (!status) status = clino_update_ratio_record(w, run, step, NULL);
    clino_update_ratio_reset(w);
  }
  clino_update_ratio_free(w);
  return status;
}

static clino_status monitor(const void *ctx) {
  (void)ctx;
  clino_run *run = NULL;
  clino_status status = clino_run_new(&run, NULL);
  if (!status) status = monitor_activations(run);
  if (!status) status = monitor_losses(run);
  if (!status) status = monitor_updates(run);
  if (!status) note_run(run);
  clino_run_free(run);
  return status;
}

static void monitoring(void) { fail_each("monitoring", monitor, NULL, 100); }

/* ---- diagnosing ---- */

static clino_status diagnose(const void *kind) {
  clino_findings *all = NULL;
  clino_run *run = NULL;
  clino_status status = clino_run_read_memory(kind, strlen(kind), "log.csv", NULL, &run, NULL, NULL);
  if (!status) status = clino_findings_new(&all, NULL);
  if (!status) status = clino_diagnose(run, NULL, all, NULL);
  for (size_t i = 0; !status && i < clino_findings_count(all); i++) {
    note_string(clino_findings_at(all, i)->check);
    note_string(clino_findings_at(all, i)->message);
  }
  clino_findings_free(all);
  clino_run_free(run);
  return status;
}

static void diagnosing(void) {
  static char log[8192];
  size_t n = (size_t)snprintf(log, sizeof log, "step,train/loss,val/loss,update_ratio/w,act_dead_fraction/a,x\n");
  for (int i = 0; i < 40; i++)
    n += (size_t)snprintf(log + n, sizeof log - n, "%d,%.4f,%.4f,%.4f,%.4f,%s\n", i % 30, 2.5 / (i + 1),
                          1.5 + 0.05 * i, 0.3, 0.95, i == 7 ? "nan" : "1");
  fail_each("diagnosing", diagnose, log, 50);
}

/* ---- reporting ---- */

typedef struct report {
  const char *format;
  clino_report_item items[2];
  const clino_comparison *comparison;
  bool brief;
} report;

static int take(const char *text, size_t size, void *ctx) {
  (void)ctx;
  note(text, size);
  return 0;
}

static clino_status write_report(const void *ctx) {
  const report *r = ctx;
  clino_report_options o = clino_report_options_default();
  o.verbose = o.plot = true;
  o.brief = r->brief;
  o.comparison = r->comparison;
  return clino_report_write(r->format, r->items, 2, &o, take, NULL, NULL);
}

static void reporting(void) {
  clino_error error = {.code = CLINO_ERR_FORMAT, .message = "no table", .file = "b.csv", .line = 3};
  clino_run *run = big_run();
  clino_findings *all = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_findings_new(&all, NULL), CLINO_OK);
  CU_ASSERT_EQUAL_FATAL(clino_diagnose(run, NULL, all, NULL), CLINO_OK);
  report r = {.items = {{"a.csv", "csv", run, all, NULL}, {"b.csv", NULL, NULL, NULL, &error}}};
  for (size_t i = 0; (r.format = clino_report_format_at(i, NULL)); i++)
    if (strcmp(r.format, "html") != 0) fail_each(r.format, write_report, &r, 2); /* test_html.c has the page */
  const clino_run *runs[] = {run, run};
  clino_comparison *comparison = NULL;
  CU_ASSERT_EQUAL_FATAL(clino_comparison_new(&comparison, runs, NULL, 2, NULL, NULL), CLINO_OK);
  r.comparison = comparison;
  r.format = "text";
  fail_each("text, compared", write_report, &r, 40);
  r.brief = true;
  fail_each("text, brief", write_report, &r, 10);
  r.format = "json";
  fail_each("json, compared", write_report, &r, 5);
  clino_comparison_free(comparison);
  clino_findings_free(all);
  clino_run_free(run);
}

void suite_memory(CU_pSuite suite) {
  TEST(suite, reading);
  TEST(suite, reading_events);
  TEST(suite, reading_folders);
  TEST(suite, writing);
  TEST(suite, monitoring);
  TEST(suite, diagnosing);
  TEST(suite, reporting);
}
