/* Folders: those that are one run, the runs below one, loops, what cannot be read; MLflow's files; gzip. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "clino/io.h"
#include "event_file.h"
#include "support/folder.h"
#include "support/same_run.h"
#include "support/suite.h"

/* ---- a tree of files that is removed again ---- */

static char made[64][256];
static size_t n_made;

static void remember(const char *path) {
  CU_ASSERT_TRUE_FATAL(n_made < 64);
  snprintf(made[n_made++], sizeof made[0], "%s", path);
}

/* Makes the folders that a path in the test's folder needs. */
static void make_folders(const char *name) {
  char part[200];
  for (size_t i = 1; name[i]; i++) {
    if (name[i] != '/') continue;
    snprintf(part, sizeof part, "%.*s", (int)i, name);
    const char *path = in_folder(part);
    if (mkdir(path, 0777) == 0) remember(path);
  }
}

static void put_bytes(const char *name, const void *bytes, size_t size) {
  make_folders(name);
  const char *path = in_folder(name);
  CU_ASSERT_EQUAL_FATAL(clino_file_write(path, bytes, size, NULL), CLINO_OK);
  remember(path);
}

static void put_text(const char *name, const char *text) { put_bytes(name, text, strlen(text)); }

static void put_link(const char *name, const char *target) {
  make_folders(name);
  const char *path = in_folder(name);
  CU_ASSERT_EQUAL_FATAL(symlink(target, path), 0);
  remember(path);
}

/* The version, and a scalar at some steps. */
static void put_events(const char *name, const char *tag, double time, int from, int to, float value) {
  event_bytes file = {NULL, 0, 0};
  event_version(&file, time);
  for (int step = from; step < to; step++) event_scalar(&file, tag, time + step - from, step, value + (float)step);
  put_bytes(name, file.data, file.size);
  free(file.data);
}

static void clear(void) {
  while (n_made) {
    const char *path = made[--n_made];
    if (unlink(path) != 0) rmdir(path);
  }
}

static clino_run *read_folder(const char *name, const char *format) {
  clino_run *run = NULL;
  clino_error error;
  const clino_format *found;
  clino_status status = clino_run_read(in_folder(name), NULL, &run, &found, &error);
  if (status) fprintf(stderr, "%s: %s\n", error.file, error.message);
  CU_ASSERT_EQUAL_FATAL(status, CLINO_OK);
  CU_ASSERT_STRING_EQUAL(found->name, format);
  return run;
}

static const clino_series *get(const clino_run *run, const char *name, size_t points) {
  const clino_series *s = clino_run_series(run, name);
  if (!s || clino_series_count(s) != points) fprintf(stderr, "series %s: %zu points\n", name, clino_series_count(s));
  CU_ASSERT_PTR_NOT_NULL_FATAL(s);
  CU_ASSERT_EQUAL_FATAL(clino_series_count(s), points);
  return s;
}

/* What is found in a folder, as lines "path from the folder", with "?" behind what is not certain. */
static void expect_runs(const char *name, const char *expected) {
  char text[2048] = "", root[256];
  size_t used = 0;
  clino_runs *runs = NULL;
  snprintf(root, sizeof root, "%s/", in_folder(name));
  CU_ASSERT_EQUAL_FATAL(clino_runs_find(in_folder(name), &runs, NULL), CLINO_OK);
  for (size_t i = 0; i < clino_runs_count(runs); i++) {
    const clino_run_place *p = clino_runs_at(runs, i);
    const char *path = strncmp(p->path, root, strlen(root)) == 0 ? p->path + strlen(root) : ".";
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s\n", path, p->certain ? "" : "?",
                             p->problem ? "!" : "");
  }
  CU_ASSERT_STRING_EQUAL(text, expected);
  if (strcmp(text, expected) != 0) fprintf(stderr, "%s", text);
  clino_runs_free(runs);
}

/* ---- TensorBoard ---- */

static void event_files_of_one_run_are_merged_by_time(void) {
  put_events("tb/events.out.tfevents.9", "train/loss", 1000, 0, 5, 0.5F);
  put_events("tb/events.out.tfevents.10", "train/loss", 2000, 3, 8, 10.5F); /* resumed */
  put_events("tb/events.out.tfevents.8", "eval/loss", 1002.5, 2, 3, 7);     /* another writer, in between */
  clino_run *run = read_folder("tb", "tfevents");
  const clino_series *train = get(run, "train/loss", 10);
  CU_ASSERT_EQUAL(clino_series_values(train)[4], 4.5);
  CU_ASSERT_EQUAL(clino_series_values(train)[5], 13.5);
  CU_ASSERT_EQUAL(clino_series_step(train, 5), 3);
  CU_ASSERT_EQUAL(clino_series_row(get(run, "val/loss", 1), 0), 3);
  CU_ASSERT_EQUAL(clino_run_axis_count(run), 1);
  clino_run_free(run);
  expect_runs("tb", ".\n");
  clear();
}

static void phases_in_folders_of_their_own(void) {
  put_events("keras/train/events.out.tfevents.1.v2", "epoch_loss", 1000, 0, 4, 1);
  put_events("keras/validation/events.out.tfevents.2.v2", "epoch_loss", 1000.5, 0, 4, 2);
  put_events("torch/events.out.tfevents.1", "lr", 1000, 0, 3, 0);
  put_events("torch/Loss_train/events.out.tfevents.1", "Loss", 1000, 0, 3, 5);
  put_events("torch/Loss_val/events.out.tfevents.1", "Loss", 1000, 0, 3, 6);
  put_events("yolo/train/events.out.tfevents.1", "train/loss", 1000, 0, 3, 6);
  put_events("yolo/train2/events.out.tfevents.1", "train/loss", 1000, 0, 3, 6);
  clino_run *run = read_folder("keras", "tfevents");
  CU_ASSERT_EQUAL(clino_series_values(get(run, "val/loss", 4))[3], 5);
  CU_ASSERT_EQUAL(clino_series_values(get(run, "train/loss", 4))[3], 4);
  CU_ASSERT_STRING_EQUAL(clino_series_original(get(run, "val/loss", 4)), "validation/epoch_loss");
  clino_run_free(run);
  run = read_folder("torch", "tfevents");
  CU_ASSERT_EQUAL(clino_series_values(get(run, "val/loss", 3))[0], 6);
  get(run, "train/loss", 3);
  get(run, "lr", 3);
  clino_run_free(run);
  expect_runs("", "keras\ntorch\nyolo/train\nyolo/train2\n");
  clear();
}

static void a_damaged_part_is_named(void) {
  put_events("tb/events.out.tfevents.1", "loss", 1000, 0, 5, 0.5F);
  event_bytes file = {NULL, 0, 0};
  event_version(&file, 1);
  event_scalar(&file, "loss", 1, 1, 1);
  file.data[file.size - 9] ^= 4;
  put_bytes("tb/events.out.tfevents.2", file.data, file.size);
  clino_run *run = NULL;
  clino_error error;
  CU_ASSERT_EQUAL(clino_run_read(in_folder("tb"), NULL, &run, NULL, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_STRING_EQUAL(error.file, in_folder("tb/events.out.tfevents.2"));
  CU_ASSERT_EQUAL(error.byte, 40);
  CU_ASSERT_PTR_NULL(run);
  free(file.data);
  clear();
}

/* ---- MLflow, DVCLive, checkpoints ---- */

static void mlflow_keeps_a_file_a_metric(void) {
  put_text("mlruns/0/meta.yaml", "name: Default\n");
  put_text("mlruns/0/abc/meta.yaml", "run_id: abc\n");
  put_text("mlruns/0/abc/params/lr", "0.01");
  put_text("mlruns/0/abc/metrics/loss", "1628697792090 332.6875 0\n1628697795789 297.5 1\n1628697799319 NaN 2\n");
  put_text("mlruns/0/abc/metrics/val/loss", "1628697792091 310.25 0\n1628697795790 290 2\n");
  put_text("mlruns/0/def/metrics/acc", "1628697792090 0.5 0\n1628697792095 0.75 1");
  expect_runs("mlruns", "0/abc\n0/def\n");
  clino_run *run = read_folder("mlruns/0/abc", "mlflow");
  CU_ASSERT_EQUAL(clino_series_values(get(run, "train/loss", 3))[1], 297.5);
  const clino_series *val = get(run, "val/loss", 2);
  CU_ASSERT_EQUAL(clino_series_step(val, 1), 2);
  CU_ASSERT_EQUAL(clino_axis_times(clino_series_axis(val))[0], 1628697792.091);
  clino_run_free(run);
  run = read_folder("mlruns/0/abc/metrics/val/loss", "mlflow");
  get(run, "val/loss", 2);
  clino_run_free(run);
  clino_error error;
  CU_ASSERT_EQUAL(clino_run_read(in_folder("mlruns"), NULL, &run, NULL, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "2 runs"));
  clear();
}

static const char metric_lines[] = "1628697792090 332.6875 0\n1628697795789 -2.5e-3 1\r\n\n1628697799319 inf 12\n";

static void mlflow_lines_in_any_cut(void) {
  clino_read_options o = clino_read_options_default();
  clino_run *whole = NULL, *run = NULL;
  clino_error error;
  size_t size = sizeof metric_lines - 1;
  CU_ASSERT_EQUAL_FATAL(clino_run_read_memory(metric_lines, size, "metrics/loss", &o, &whole, NULL, NULL), CLINO_OK);
  CU_ASSERT_EQUAL(clino_series_values(get(whole, "train/loss", 3))[2], INFINITY);
  for (o.chunk_bytes = 1; o.chunk_bytes <= size; o.chunk_bytes++) {
    CU_ASSERT_EQUAL_FATAL(clino_run_read_memory(metric_lines, size, "metrics/loss", &o, &run, NULL, NULL), CLINO_OK);
    CU_ASSERT_TRUE(same_runs(run, whole));
    clino_run_free(run);
  }
  for (size_t cut = 30; cut < size; cut++) {
    clino_status status = clino_run_read_memory(metric_lines, cut, "metrics/loss", NULL, &run, NULL, &error);
    CU_ASSERT_TRUE(status == CLINO_OK || status == CLINO_ERR_FORMAT);
    CU_ASSERT_TRUE(clino_series_count(clino_run_series(run, "train/loss")) <= 3);
    clino_run_free(run);
  }
  clino_run_free(whole);
  static const char *const bad[] = {"1628697792090 1 0\n1628697792090 x 1\n",
                                    "1628697792090 1 0\n1628697792090 1 1.5\n",
                                    "1628697792090 1 0\n1 2 3 4\n", "1628697792090 1 0\n12:30 0.5 1\n"};
  for (size_t i = 0; i < 4; i++) {
    CU_ASSERT_EQUAL(clino_run_read_memory(bad[i], strlen(bad[i]), "m", NULL, &run, NULL, &error), CLINO_ERR_FORMAT);
    CU_ASSERT_EQUAL(error.line, 2);
    CU_ASSERT_EQUAL(error.byte, 18);
  }
}

static void dvclive_keeps_a_table_a_metric(void) {
  put_text("dvc/plots/metrics/train/loss.tsv", "step\tloss\n10\t0.75\n20\t0.5\n");
  put_text("dvc/plots/metrics/eval/loss.tsv", "step\tloss\n20\t0.875\n");
  put_text("dvc/metrics.json", "{\"train\": {\"loss\": 0.5}}");
  expect_runs("dvc", ".\n");
  clino_run *run = read_folder("dvc", "csv");
  CU_ASSERT_EQUAL(clino_series_step(get(run, "val/loss", 1), 0), 20);
  get(run, "train/loss", 2);
  clino_run_free(run);
  clear();
}

static void the_longest_history_of_checkpoints(void) {
  static const char text[] = "{\"log_history\": [{\"epoch\": 1, \"loss\": 0.5, \"step\": 10}%s]}";
  char more[256];
  snprintf(more, sizeof more, text, ", {\"epoch\": 2, \"loss\": 0.25, \"step\": 20}");
  put_text("hf/checkpoint-20/trainer_state.json", more);
  snprintf(more, sizeof more, text, "");
  put_text("hf/checkpoint-10/trainer_state.json", more);
  put_text("hf/checkpoint-10/config.json", "{\"layers\": 12}");
  expect_runs("hf", "checkpoint-20/trainer_state.json\n");
  clino_run *run = read_folder("hf", "json");
  get(run, "train/loss", 2);
  clino_run_free(run);
  clear();
}

/* ---- what is found ---- */

static void logs_are_told_by_their_names(void) {
  static const char *const names[] = {"version_2/metrics.csv", "version_10/metrics.csv", "version_2/hparams.yaml",
                                      "data.csv",   "config.json", "README.md", "train_log.txt", "history.tsv.gz",
                                      "a/b/c/log.csv", "20230605_200941.json", "requirements.txt", ".hidden/log.csv",
                                      "result/log", "nohup.out", "a.out", "slurm-171.out", "Makefile",
                                      "run/results.csv.gz"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) put_text(names[i], "step,loss\n1,0.5\n");
  expect_runs("", "20230605_200941.json?\na/b/c/log.csv\ndata.csv?\nhistory.tsv.gz\nnohup.out?\nresult/log?\n"
                  "run/results.csv.gz\nslurm-171.out?\ntrain_log.txt?\nversion_2/metrics.csv\n"
                  "version_10/metrics.csv\n");
  clino_run *run = read_folder("a", "csv");
  clino_run_free(run);
  clear();
}

static void loops_and_closed_folders(void) {
  clino_runs *runs = NULL;
  clino_error error;
  put_text("x/run/log.csv", "step,loss\n1,0.5\n");
  put_link("x/latest", "run");
  put_link("x/run/up", "../..");
  put_link("x/run/nowhere", "gone");
  put_text("x/closed/log.csv", "step,loss\n1,0.5\n");
  expect_runs("x", "closed/log.csv\nrun/log.csv\n");
  char closed[256];
  snprintf(closed, sizeof closed, "%s", in_folder("x/closed"));
  chmod(closed, 0);
  if (access(closed, R_OK) != 0) expect_runs("x", "closed!\nrun/log.csv\n"); /* root may read all */
  chmod(closed, 0700);
  CU_ASSERT_EQUAL(clino_runs_find(in_folder("gone"), &runs, &error), CLINO_OK); /* a path is a path */
  CU_ASSERT_EQUAL(clino_runs_count(runs), 1);
  clino_runs_free(runs);
  CU_ASSERT_EQUAL(clino_runs_find(NULL, &runs, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_runs_find("x", NULL, &error), CLINO_ERR_RANGE);
  CU_ASSERT_EQUAL(clino_runs_count(NULL), 0);
  CU_ASSERT_PTR_NULL(clino_runs_at(NULL, 0));
  clear();
}

/* ---- gzip ---- */

static size_t compress_to(const char *text, size_t size, unsigned char *out, size_t room) {
  z_stream z = {.next_in = (Bytef *)(size_t)text, .avail_in = (uInt)size, .next_out = out, .avail_out = (uInt)room};
  CU_ASSERT_EQUAL_FATAL(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  CU_ASSERT_EQUAL_FATAL(deflate(&z, Z_FINISH), Z_STREAM_END);
  deflateEnd(&z);
  return room - z.avail_out;
}

static clino_status read_zipped(const void *bytes, size_t size, size_t chunk, clino_run **run, clino_error *error) {
  clino_read_options o = clino_read_options_default();
  o.chunk_bytes = chunk;
  memset(error, 0, sizeof *error);
  return clino_run_read_memory(bytes, size, "log.csv.gz", &o, run, NULL, error);
}

static size_t make_table(char *text, size_t room, int rows) {
  size_t used = (size_t)snprintf(text, room, "step,loss\n");
  for (int i = 0; i < rows; i++)
    used += (size_t)snprintf(text + used, room - used, "%d,%.17g\n", i, 2.3 / (1 + 0.37 * i));
  return used;
}

static void members_padding_and_chunks(void) {
  static char text[8192];
  static unsigned char zipped[8192];
  clino_run *plain = NULL, *run = NULL;
  clino_error error;
  size_t size = make_table(text, sizeof text, 40), half = size / 2;
  CU_ASSERT_EQUAL_FATAL(read_zipped(text, size, 4096, &plain, &error), CLINO_OK);
  size_t n = compress_to(text, half, zipped, sizeof zipped);
  n += compress_to(text + half, size - half, zipped + n, sizeof zipped - n);
  n += 512; /* zeros */
  for (size_t chunk = 1; chunk < 200; chunk += 13) {
    CU_ASSERT_EQUAL_FATAL(read_zipped(zipped, n, chunk, &run, &error), CLINO_OK);
    CU_ASSERT_TRUE(same_runs(run, plain));
    clino_run_free(run);
  }
  clino_run_free(plain);
}

/* A shorter run with a note, as soon as there is a row; damage is an error with its place. */
static void cut_and_damaged(void) {
  static char text[65536];
  static unsigned char zipped[65536];
  size_t size = make_table(text, sizeof text, 1500), n = compress_to(text, size, zipped, sizeof zipped), shorter = 0;
  clino_run *run = NULL;
  clino_error error;
  for (size_t cut = 2; cut < n; cut += cut < 64 ? 1 : 37) {
    clino_status status = read_zipped(zipped, cut, 4096, &run, &error);
    CU_ASSERT_TRUE(status == CLINO_OK || status == CLINO_ERR_FORMAT);
    size_t points = clino_series_count(clino_run_series(run, "train/loss"));
    if (!status) {
      const char *notes = clino_run_attribute(run, "notes");
      CU_ASSERT_TRUE_FATAL(notes && strstr(notes, "compressed log ends too early"));
      shorter += points > 0 && points < 1500;
      for (size_t i = 0; i < points; i++) /* no value is half of one */
        CU_ASSERT_EQUAL(clino_series_values(clino_run_series(run, "train/loss"))[i], 2.3 / (1 + 0.37 * (double)i));
    }
    clino_run_free(run);
  }
  CU_ASSERT_TRUE(shorter > 100);
  zipped[n / 2] ^= 0x55;
  CU_ASSERT_EQUAL(read_zipped(zipped, n, 4096, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_STRING_EQUAL(error.file, "log.csv.gz");
}

/* Eighty megabytes in a hundredth of one. */
static void a_bomb_is_refused(void) {
  static unsigned char zipped[1 << 21];
  static char line[1 << 16];
  size_t used = 0;
  z_stream z = {.next_out = zipped, .avail_out = sizeof zipped};
  for (size_t i = 0; i + 4 <= sizeof line; i += 4) memcpy(line + i, "1,2\n", 4);
  CU_ASSERT_EQUAL_FATAL(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  z.next_in = (Bytef *)(size_t)"step,loss\n";
  z.avail_in = 10;
  deflate(&z, Z_NO_FLUSH);
  for (; used < (size_t)80 << 20; used += sizeof line) {
    z.next_in = (Bytef *)line;
    z.avail_in = sizeof line;
    deflate(&z, Z_NO_FLUSH);
  }
  CU_ASSERT_EQUAL_FATAL(deflate(&z, Z_FINISH), Z_STREAM_END);
  size_t size = sizeof zipped - z.avail_out;
  deflateEnd(&z);
  clino_run *run = NULL;
  clino_error error;
  CU_ASSERT_EQUAL(read_zipped(zipped, size, 1 << 20, &run, &error), CLINO_ERR_FORMAT);
  CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "250 times"));
  CU_ASSERT_PTR_NULL(run);
}

/* The line that is being written is not read yet. */
static void a_log_that_grows(void) {
  static const char text[] = "step,loss\n1,0.5\n2,0.25\n3,0.12";
  clino_read_options o = clino_read_options_default();
  clino_run *run = NULL;
  for (int growing = 0; growing < 2; growing++) {
    o.growing = growing != 0;
    CU_ASSERT_EQUAL_FATAL(clino_run_read_memory(text, sizeof text - 1, "", &o, &run, NULL, NULL), CLINO_OK);
    get(run, "train/loss", growing ? 2 : 3);
    clino_run_free(run);
  }
}

void suite_folders(CU_pSuite suite);
void suite_folders(CU_pSuite suite) {
  TEST(suite, event_files_of_one_run_are_merged_by_time);
  TEST(suite, phases_in_folders_of_their_own);
  TEST(suite, a_damaged_part_is_named);
  TEST(suite, mlflow_keeps_a_file_a_metric);
  TEST(suite, mlflow_lines_in_any_cut);
  TEST(suite, dvclive_keeps_a_table_a_metric);
  TEST(suite, the_longest_history_of_checkpoints);
  TEST(suite, logs_are_told_by_their_names);
  TEST(suite, loops_and_closed_folders);
  TEST(suite, members_padding_and_chunks);
  TEST(suite, cut_and_damaged);
  TEST(suite, a_bomb_is_refused);
  TEST(suite, a_log_that_grows);
}
