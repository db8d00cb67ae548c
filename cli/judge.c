/* Reading the runs, judging them, and what the exit status says of it. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

/* A run with all that its report is written from. */
typedef struct judged {
  clino_run *run;
  clino_findings *findings;
  const clino_format *format;
  clino_error error;
} judged;

static clino_status refuse_folder(const char *path, clino_error *error) {
  struct stat s;
  if (strcmp(path, "-") == 0 || stat(path, &s) != 0 || !S_ISDIR(s.st_mode)) return CLINO_OK;
  memset(error, 0, sizeof *error);
  error->code = CLINO_ERR_IO;
  snprintf(error->message, sizeof error->message, "is a folder, not a log: name the log file in it");
  snprintf(error->file, sizeof error->file, "%s", path);
  return error->code;
}

static clino_status set_attributes(const cli_options *options, clino_run *run, clino_error *error) {
  clino_status status = CLINO_OK;
  if (options->loss) status = clino_run_set_attribute(run, "loss", options->loss, error);
  if (options->classes && !status) status = clino_run_set_attribute(run, "classes", options->classes, error);
  return status;
}

clino_status read_run(const cli_options *options, const char *path, clino_run **run, const clino_format **format,
                      clino_error *error) {
  *run = NULL;
  clino_status status = refuse_folder(path, error);
  if (status) return status;
  cli_progress progress = progress_start(!options->quiet);
  clino_read_options read = clino_read_options_default();
  read.map = options->map.items;
  read.n_map = options->map.n;
  read.progress = progress_update;
  read.ctx = &progress;
  status = clino_run_read(path, &read, run, format, error);
  progress_end(&progress);
  if (!status) status = set_attributes(options, *run, error);
  if (status) {
    clino_run_free(*run);
    *run = NULL;
  }
  return status;
}

/* Reads and judges one run. What cannot be read is kept in j->error and is no failure; false: said what failed. */
static bool judge(const cli_options *options, const char *path, judged *j) {
  clino_status status = read_run(options, path, &j->run, &j->format, &j->error);
  if (status == CLINO_ERR_MEMORY) return complain_memory();
  if (status) return true;
  clino_diagnose_options diagnose = clino_diagnose_options_default();
  diagnose.only = options->only.n ? options->only.items : NULL;
  diagnose.n_only = options->only.n;
  diagnose.skip = options->skip.n ? options->skip.items : NULL;
  diagnose.n_skip = options->skip.n;
  diagnose.settings = options->settings.items;
  diagnose.n_settings = options->settings.n;
  clino_error error;
  status = clino_findings_new(&j->findings, &error);
  if (!status) status = clino_diagnose(j->run, &diagnose, j->findings, &error);
  if (!status) return true;
  complain_error(&error);
  return false;
}

/* The reports that go to standard output as text say themselves what could not be read; else it is said here. */
static void complain_unread(const cli_options *options, const judged *all, size_t n) {
  bool said = !options->output && (!options->format || strcmp(options->format, "text") == 0);
  for (size_t i = 0; i < n && !said; i++)
    if (!all[i].findings) complain_error(&all[i].error);
}

static bool starts_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

static bool is_loss(const clino_series *series) {
  const char *name = clino_series_name(series);
  return starts_with(name, "train/loss") || starts_with(name, "val/loss") || starts_with(name, "loss/");
}

/* Where no loss was recognized, most checks had nothing to look at and "pass" says little: says what can be done. */
static void advise(const char *path, const judged *j) {
  size_t skipped = 0, points = 0;
  for (size_t i = 0; i < clino_findings_count(j->findings); i++)
    skipped += clino_findings_at(j->findings, i)->level == CLINO_FINDING_SKIP;
  for (size_t i = 0; i < clino_run_series_count(j->run); i++) {
    const clino_series *series = clino_run_series_at(j->run, i);
    const char *reason = clino_series_missing_reason(series);
    if (!is_loss(series)) continue;
    points += clino_series_count(series);
    if (!clino_series_count(series) && reason)
      complain("%s: column '%s': %s", path, clino_series_original(series), reason);
  }
  if (!points && skipped)
    complain("%s: no loss was recognized: --list-series shows the columns, --map train/loss=COLUMN names one", path);
}

static bool report(const cli_options *options, const judged *all, size_t n) {
  const char *const *paths = options->runs.items;
  clino_report_item *items = calloc(n, sizeof *items);
  cli_output out;
  if (!items) return complain_memory();
  for (size_t i = 0; i < n; i++) {
    items[i].name = paths[i];
    items[i].format = all[i].format ? all[i].format->name : NULL;
    items[i].run = all[i].run;
    items[i].findings = all[i].findings;
    items[i].error = all[i].findings ? NULL : &all[i].error;
  }
  clino_report_options how = clino_report_options_default();
  how.color = options_color(options);
  how.quiet = options->quiet;
  how.verbose = options->verbose;
  how.width = options_width(options);
  bool ok = output_open(&out, options->output);
  if (ok) {
    clino_error error;
    clino_status status =
        clino_report_write(options->format ? options->format : "text", items, n, &how, output_sink, &out, &error);
    /* CLINO_ERR_CALLBACK is a write that failed, which output_close says with its reason. */
    if (status && status != CLINO_ERR_CALLBACK) complain_error(&error);
    ok = output_close(&out, !status || status == CLINO_ERR_CALLBACK);
  }
  free(items);
  return ok;
}

static int exit_status(const cli_options *options, const judged *all, size_t n) {
  int status = EXIT_CLEAN;
  for (size_t i = 0; i < n; i++) {
    if (!all[i].findings) return EXIT_UNREADABLE;
    if ((int)clino_findings_worst(all[i].findings) >= options->fail_on) status = EXIT_FINDINGS;
  }
  return status;
}

int judge_runs(const cli_options *options) {
  const char *const *paths = options->runs.items;
  size_t n = options->runs.n;
  judged *all = calloc(n, sizeof *all);
  bool ok = all ? true : complain_memory();
  for (size_t i = 0; ok && i < n; i++) ok = judge(options, paths[i], &all[i]);
  if (ok) complain_unread(options, all, n);
  int status = ok && report(options, all, n) ? exit_status(options, all, n) : EXIT_USAGE;
  for (size_t i = 0; status != EXIT_USAGE && !options->quiet && i < n; i++)
    if (all[i].findings) advise(paths[i], &all[i]);
  for (size_t i = 0; all && i < n; i++) {
    clino_findings_free(all[i].findings);
    clino_run_free(all[i].run);
  }
  free(all);
  return status;
}
