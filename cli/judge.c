/* Reading the runs, judging them, and what the exit status says of it. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static clino_status set_attributes(const cli_options *options, clino_run *run, clino_error *error) {
  clino_status status = CLINO_OK;
  if (options->loss) status = clino_run_set_attribute(run, "loss", options->loss, error);
  if (options->classes && !status) status = clino_run_set_attribute(run, "classes", options->classes, error);
  return status;
}

clino_status read_run(const cli_options *options, const char *path, clino_run **run, const clino_format **format,
                      clino_error *error) {
  *run = NULL;
  cli_progress progress = progress_start(!options->quiet && !options->follow);
  clino_read_options read = clino_read_options_default();
  read.map = options->map.items;
  read.n_map = options->map.n;
  read.progress = progress_update;
  read.ctx = &progress;
  read.growing = options->growing;
  const cli_input *input = strcmp(path, "-") == 0 ? options->input : NULL;
  clino_status status = input ? clino_run_read_memory(input->bytes, input->size, path, &read, run, format, error)
                              : clino_run_read(path, &read, run, format, error);
  progress_end(&progress);
  if (!status) status = set_attributes(options, *run, error);
  if (status) {
    clino_run_free(*run);
    *run = NULL;
  }
  return status;
}

/* With the baseline, where there is one, whose own findings come first. */
static clino_status find_findings(const cli_options *options, const cli_judged *baseline, cli_judged *j,
                                  clino_error *error) {
  clino_diagnose_options diagnose = clino_diagnose_options_default();
  diagnose.only = options->only.n ? options->only.items : NULL;
  diagnose.n_only = options->only.n;
  diagnose.skip = options->skip.n ? options->skip.items : NULL;
  diagnose.n_skip = options->skip.n;
  diagnose.settings = options->settings.items;
  diagnose.n_settings = options->settings.n;
  clino_status status = clino_findings_new(&j->findings, error);
  if (!status) status = clino_diagnose(j->run, &diagnose, j->findings, error);
  if (!status && !options->growing && baseline && baseline->findings)
    status = clino_baseline_judge(j->run, j->findings, baseline->run, baseline->findings, NULL, j->findings, error);
  /* An assertion speaks of the whole run: while it grows, nothing can be said yet. */
  clino_assertion *const *assertions = options->assertions.items;
  for (size_t i = 0; !status && !options->growing && i < options->assertions.n; i++)
    status = clino_assertion_judge(assertions[i], j->run, j->findings, error);
  return status;
}

/* Reads and judges one run. What cannot be read is kept in j->error and is no failure; *passed_over: it was taken for a
 * log by its name alone, and is none. False: said what failed. */
static bool judge(const cli_options *options, const cli_judged *baseline, const cli_place *place, cli_judged *j,
                  bool *passed_over) {
  j->name = place->path;
  clino_status status = place_error(place, &j->error);
  if (!status) status = read_run(options, place->path, &j->run, &j->format, &j->error);
  if (status == CLINO_ERR_MEMORY) return complain_memory();
  *passed_over = status ? place_is_none(place, &j->error) : !place_is_log(place, j->run);
  if (!status && *passed_over) snprintf(j->error.message, sizeof j->error.message, "no loss or metric in it");
  if (status || *passed_over) return true;
  clino_error error;
  if (!find_findings(options, baseline, j, &error)) return true;
  complain_error(&error);
  return false;
}

static void forget(cli_judged *j) {
  clino_findings_free(j->findings);
  clino_run_free(j->run);
  *j = (cli_judged){.name = j->name};
}

/* Why a file is none, without saying once more that it is none. */
static const char *reason(const char *message) {
  static const char known[] = "no training log: ";
  return strncmp(message, known, sizeof known - 1) == 0 ? message + sizeof known - 1 : message;
}

/* A folder of which nothing is left is one error. */
static void fail_folder(const cli_options *options, cli_judged *j, const cli_place *first, size_t n) {
  const char *const *given = options->runs.items;
  char why[sizeof j->error.message];
  snprintf(why, sizeof why, "%s", j->error.message);
  forget(j);
  j->name = given[first->given];
  j->error.code = CLINO_ERR_FORMAT;
  snprintf(j->error.file, sizeof j->error.file, "%s", j->name);
  if (n > 1)
    snprintf(j->error.message, sizeof j->error.message,
             "there is no training log in this folder: none of the %zu files that might be is one", n);
  else
    snprintf(j->error.message, sizeof j->error.message, "there is no training log in this folder: %.200s: %.200s",
             first->path, reason(why));
}

/* Judges the places from first on that stand for the same RUN, and keeps those that are runs. */
static bool judge_given(const cli_options *options, cli_judgement *judgement, size_t first, size_t end) {
  const cli_place *places = judgement->places.items;
  size_t before = judgement->n;
  cli_judged none = {.name = NULL};
  bool ok = true;
  for (size_t i = first; ok && i < end; i++) {
    bool passed_over = false;
    cli_judged *j = &judgement->all[judgement->n];
    ok = judge(options, &judgement->baseline, &places[i], j, &passed_over);
    if (!passed_over) {
      judgement->n++;
      continue;
    }
    if (!options->quiet && !options->follow && end - first > 1)
      complain("%s: passed over, no training log: %s", places[i].path, reason(j->error.message));
    if (!none.name) none = (cli_judged){.name = j->name, .error = j->error};
    forget(j);
  }
  if (!ok || judgement->n > before) return ok;
  judgement->all[judgement->n] = none;
  fail_folder(options, &judgement->all[judgement->n++], &places[first], end - first);
  return true;
}

/* The baseline is read once. Where it cannot be read, it has its place in the report among the runs that could not. */
static bool read_baseline(const cli_options *options, cli_judgement *judgement) {
  cli_judged *b = &judgement->baseline;
  cli_options quiet = *options;
  bool passed_over;
  char path[4096];
  if (!options->baseline || options->growing) return true;
  snprintf(path, sizeof path, "%s", options->baseline);
  quiet.assertions.n = 0;
  cli_place place = {path, NULL, true, 0};
  bool ok = judge(&quiet, NULL, &place, b, &passed_over);
  b->name = options->baseline;
  if (ok && !b->findings) judgement->all[judgement->n++] = *b;
  return ok;
}

bool judgement_make(const cli_options *options, cli_judgement *judgement) {
  *judgement = (cli_judgement){.all = NULL};
  bool ok = places_find(options, &judgement->places);
  const cli_place *places = judgement->places.items;
  size_t n = judgement->places.n;
  if (ok) judgement->all = calloc(n + 2, sizeof *judgement->all);
  if (ok && !judgement->all) ok = complain_memory();
  ok = ok && read_baseline(options, judgement);
  for (size_t i = 0, end; ok && i < n; i = end) {
    for (end = i + 1; end < n && places[end].given == places[i].given;) end++;
    ok = judge_given(options, judgement, i, end);
  }
  if (ok && options->compare) ok = compare_runs(options, judgement);
  return ok;
}

void judgement_free(cli_judgement *judgement) {
  for (size_t i = 0; i < judgement->n; i++) forget(&judgement->all[i]);
  forget(&judgement->baseline);
  clino_comparison_free(judgement->comparison);
  free(judgement->all);
  places_free(&judgement->places);
  *judgement = (cli_judgement){.all = NULL};
}

/* The reports that go to standard output as text say themselves what could not be read; else it is said here. */
static void complain_unread(const cli_options *options, const cli_judgement *judgement) {
  bool said = !options->output && (!options->format || strcmp(options->format, "text") == 0);
  for (size_t i = 0; i < judgement->n && !said; i++)
    if (!judgement->all[i].findings) complain_error(&judgement->all[i].error);
}

static bool starts_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

static bool is_loss(const clino_series *series) {
  const char *name = clino_series_name(series);
  return starts_with(name, "train/loss") || starts_with(name, "val/loss") || starts_with(name, "loss/");
}

/* Where no loss was recognized, most checks had nothing to look at and "pass" says little: says what can be done. */
static void advise(const cli_judged *j) {
  const char *path = j->name;
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

bool judgement_write(const cli_options *options, const cli_judgement *judgement, bool brief, cli_output *out) {
  const cli_judged *all = judgement->all;
  clino_report_item *items = calloc(judgement->n + 1, sizeof *items);
  if (!items) return complain_memory();
  for (size_t i = 0; i < judgement->n; i++) {
    items[i].name = all[i].name;
    items[i].format = all[i].format ? all[i].format->name : NULL;
    items[i].run = all[i].run;
    items[i].findings = all[i].findings;
    items[i].error = all[i].findings ? NULL : &all[i].error;
  }
  clino_report_options how = clino_report_options_default();
  how.color = options_color(options);
  how.quiet = options->quiet;
  how.brief = brief;
  how.plot = options_plot(options);
  how.verbose = options->verbose;
  how.width = options_width(options);
  how.fail_on = options->fail_on;
  how.comparison = judgement->comparison;
  clino_error error;
  clino_status status = clino_report_write(options->format ? options->format : "text", items, judgement->n, &how,
                                           output_sink, out, &error);
  free(items);
  /* CLINO_ERR_CALLBACK is a write that failed, which output_close says with its reason. */
  if (!status || status == CLINO_ERR_CALLBACK) return true;
  complain_error(&error);
  return false;
}

static bool report(const cli_options *options, const cli_judgement *judgement) {
  cli_output out;
  if (!output_open(&out, options->output)) return false;
  return output_close(&out, judgement_write(options, judgement, false, &out));
}

int judgement_status(const cli_options *options, const cli_judgement *judgement) {
  int status = EXIT_CLEAN;
  for (size_t i = 0; i < judgement->n; i++) {
    if (!judgement->all[i].findings) return EXIT_UNREADABLE;
    if ((int)clino_findings_worst(judgement->all[i].findings) >= options->fail_on) status = EXIT_FINDINGS;
  }
  return status;
}

bool judgement_report(const cli_options *options, const cli_judgement *judgement) {
  complain_unread(options, judgement);
  if (!report(options, judgement)) return false;
  for (size_t i = 0; !options->quiet && i < judgement->n; i++)
    if (judgement->all[i].findings) advise(&judgement->all[i]);
  return true;
}

int judge_runs(const cli_options *options) {
  cli_judgement judgement;
  bool ok = judgement_make(options, &judgement) && judgement_report(options, &judgement);
  int status = ok ? judgement_status(options, &judgement) : EXIT_USAGE;
  judgement_free(&judgement);
  return status;
}
