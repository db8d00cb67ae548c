/* --list-series: what was found in a log, and under which role; the first thing to look at when a check skips. */
#include <string.h>

#include "cli.h"

enum { COLUMNS = 10, CELL = 512 };

enum { NAME, ORIGINAL, KIND, POINTS, MISSING, NONFINITE, FIRST_STEP, LAST_STEP, MIN, MAX };

typedef struct row {
  char cell[COLUMNS][CELL];
  size_t columns[COLUMNS]; /* that the cells take on a terminal */
} row;

static void head(row *r) {
  static const char *const names[COLUMNS] = {"series",    "original",   "kind",      "points", "missing",
                                             "nonfinite", "first step", "last step", "min",    "max"};
  for (int c = 0; c < COLUMNS; c++) r->columns[c] = (size_t)snprintf(r->cell[c], CELL, "%s", names[c]);
}

/* A name in a form that a terminal shows as it is; false: said that memory is out. */
static bool name_cell(row *r, int c, const char *name) {
  r->columns[c] = clino_report_printable(name, r->cell[c], CELL);
  return *r->cell[c] || !*name ? true : complain_memory();
}

static void step_cell(char *cell, const clino_series *series, size_t i) {
  int64_t step = clino_series_step(series, i);
  if (step == CLINO_NO_STEP)
    snprintf(cell, CELL, "-");
  else
    snprintf(cell, CELL, "%lld", (long long)step);
}

static void number_cell(char *cell, double value) {
  if (value == value)
    snprintf(cell, CELL, "%.4g", value);
  else
    snprintf(cell, CELL, "-");
}

static const char *kind_name(clino_series_kind kind) {
  return kind == CLINO_SERIES_SCALAR ? "scalar" : kind == CLINO_SERIES_HISTOGRAM ? "histogram" : "image";
}

/* The cells behind the names. False: said what failed. */
static bool fill_facts(row *r, const clino_series *series) {
  bool scalar = clino_series_get_kind(series) == CLINO_SERIES_SCALAR;
  size_t count = clino_series_count(series);
  clino_summary summary;
  clino_error error;
  snprintf(r->cell[KIND], CELL, "%s", kind_name(clino_series_get_kind(series)));
  snprintf(r->cell[POINTS], CELL, "%zu", count);
  snprintf(r->cell[MISSING], CELL, "%zu", clino_series_missing(series));
  step_cell(r->cell[FIRST_STEP], series, 0);
  step_cell(r->cell[LAST_STEP], series, count - 1);
  if (!scalar) return true;
  if (clino_series_summary(series, &summary, &error)) {
    complain_error(&error);
    return false;
  }
  snprintf(r->cell[NONFINITE], CELL, "%zu", summary.nonfinite);
  number_cell(r->cell[MIN], summary.min);
  number_cell(r->cell[MAX], summary.max);
  return true;
}

static bool fill(row *r, const clino_series *series) {
  for (int c = 0; c < COLUMNS; c++) snprintf(r->cell[c], CELL, "-");
  if (!name_cell(r, NAME, clino_series_name(series)) || !name_cell(r, ORIGINAL, clino_series_original(series)) ||
      !fill_facts(r, series))
    return false;
  for (int c = KIND; c < COLUMNS; c++) r->columns[c] = strlen(r->cell[c]);
  return true;
}

static void print_row(cli_output *out, const row *r, const size_t widths[COLUMNS]) {
  for (int i = 0; i < COLUMNS; i++) {
    int blanks = (int)(widths[i] - r->columns[i]);
    bool left = i <= KIND; /* names to the left, numbers to the right */
    fprintf(out->file, "%s%*s%s%*s", i ? "  " : "", left ? 0 : blanks, "", r->cell[i], left ? blanks : 0, "");
  }
  fputs("\n", out->file);
}

/* Goes through the series twice, first for the widths of the columns, so that one row is held at a time. */
static bool print_series(cli_output *out, const clino_run *run) {
  size_t n = clino_run_series_count(run), widths[COLUMNS];
  row r;
  head(&r);
  memcpy(widths, r.columns, sizeof widths);
  for (size_t i = 0; i < n; i++) {
    if (!fill(&r, clino_run_series_at(run, i))) return false;
    for (int c = 0; c < COLUMNS; c++)
      if (r.columns[c] > widths[c]) widths[c] = r.columns[c];
  }
  head(&r);
  print_row(out, &r, widths);
  for (size_t i = 0; i < n; i++) {
    if (!fill(&r, clino_run_series_at(run, i))) return false;
    print_row(out, &r, widths);
  }
  return true;
}

/* Of images only some are held. False: said that memory is out. */
static bool print_left_out(cli_output *out, const clino_run *run) {
  char name[CELL];
  for (size_t i = 0; i < clino_run_series_count(run); i++) {
    const clino_series *series = clino_run_series_at(run, i);
    const unsigned long long left_out = clino_series_left_out(series), held = clino_series_count(series);
    if (!left_out) continue;
    clino_report_printable(clino_series_name(series), name, sizeof name);
    if (!*name) return complain_memory();
    fprintf(out->file, "%s: of %llu images, %llu are held\n", name, held + left_out, held);
  }
  return true;
}

/* What the reader left out or found cut. False: said that memory is out. */
static bool print_notes(cli_output *out, const clino_run *run) {
  char safe[4096];
  const char *notes = clino_run_attribute(run, "notes");
  if (!notes) return true;
  clino_report_printable(notes, safe, sizeof safe);
  if (!*safe) return complain_memory();
  fprintf(out->file, "notes: %s\n", safe);
  return true;
}

/* One run under its name; EXIT_CLEAN, EXIT_UNREADABLE or EXIT_USAGE. */
static int list_run(const cli_options *options, cli_output *out, const cli_place *place, bool *first) {
  const char *path = place->path;
  const clino_format *format = NULL;
  clino_run *run;
  clino_error error;
  clino_status status = place_error(place, &error);
  if (!status) status = read_run(options, path, &run, &format, &error);
  if (status && place_is_none(place, &error)) return EXIT_CLEAN; /* it only had the name of a log */
  if (status) {
    complain_error(&error);
    return status == CLINO_ERR_MEMORY ? EXIT_USAGE : EXIT_UNREADABLE;
  }
  char name[4096];
  clino_report_printable(strcmp(path, "-") == 0 ? "standard input" : path, name, sizeof name);
  bool ok = *name ? true : complain_memory();
  if (ok) fprintf(out->file, "%s%s (%s)\n", *first ? "" : "\n", name, format->name);
  *first = false;
  ok = ok && print_series(out, run) && print_left_out(out, run) && print_notes(out, run);
  clino_run_free(run);
  return ok ? EXIT_CLEAN : EXIT_USAGE;
}

int list_series(const cli_options *options) {
  int worst = EXIT_CLEAN;
  bool first = true;
  cli_output out;
  cli_list places = {NULL, 0, 0};
  if (!places_find(options, &places) || !output_open(&out, options->output)) {
    places_free(&places);
    return EXIT_USAGE;
  }
  const cli_place *all = places.items;
  for (size_t i = 0; i < places.n && worst != EXIT_USAGE; i++) {
    int status = list_run(options, &out, &all[i], &first);
    if (status != EXIT_CLEAN) worst = status;
  }
  if (first && worst == EXIT_CLEAN) {
    complain("%s: there is no training log in this folder", all[0].path);
    worst = EXIT_UNREADABLE;
  }
  places_free(&places);
  return output_close(&out, worst != EXIT_USAGE) ? worst : EXIT_USAGE;
}
