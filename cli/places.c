/* The runs that the RUNs of the command line stand for: a folder is what it holds. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

static bool is_folder(const char *path) {
  struct stat s;
  return strcmp(path, "-") != 0 && stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static bool add(cli_list *places, const char *path, bool certain, const char *problem, size_t given) {
  cli_place place = {strdup(path), problem ? strdup(problem) : NULL, certain, given};
  if (!place.path || (problem && !place.problem)) {
    free(place.path);
    free(place.problem);
    return complain_memory();
  }
  if (list_add(places, &place, sizeof place)) return true;
  free(place.path);
  free(place.problem);
  return false;
}

static bool add_folder(cli_list *places, const char *path, size_t given) {
  clino_runs *runs;
  clino_error error;
  clino_status status = clino_runs_find(path, &runs, &error);
  if (status == CLINO_ERR_MEMORY) return complain_memory();
  if (status) return add(places, path, true, error.message, given);
  bool ok = true;
  size_t n = clino_runs_count(runs);
  for (size_t i = 0; ok && i < n; i++) {
    const clino_run_place *p = clino_runs_at(runs, i);
    ok = add(places, p->path, p->certain, p->problem, given);
  }
  if (ok && !n) ok = add(places, path, true, "there is no training log in this folder", given);
  clino_runs_free(runs);
  return ok;
}

/* What is found in a folder must not be replaced by the report either. */
static bool spared(const cli_options *o, const cli_list *places) {
  struct stat output, run;
  const cli_place *all = places->items;
  if (!o->output || strcmp(o->output, "-") == 0 || stat(o->output, &output) != 0 || !S_ISREG(output.st_mode))
    return true;
  for (size_t i = 0; i < places->n; i++)
    if (stat(all[i].path, &run) == 0 && run.st_dev == output.st_dev && run.st_ino == output.st_ino)
      return complain_usage("option '--output': '%s' is a RUN, and would be replaced", o->output);
  return true;
}

bool places_find(const cli_options *options, cli_list *places) {
  const char *const *given = options->runs.items;
  bool ok = true;
  for (size_t i = 0; ok && i < options->runs.n; i++)
    ok = is_folder(given[i]) ? add_folder(places, given[i], i) : add(places, given[i], true, NULL, i);
  return ok && spared(options, places);
}

void places_free(cli_list *places) {
  cli_place *all = places->items;
  for (size_t i = 0; i < places->n; i++) {
    free(all[i].path);
    free(all[i].problem);
  }
  free(all);
  *places = (cli_list){NULL, 0, 0};
}

clino_status place_error(const cli_place *place, clino_error *error) {
  if (!place->problem) return CLINO_OK;
  memset(error, 0, sizeof *error);
  error->code = CLINO_ERR_IO;
  snprintf(error->message, sizeof error->message, "%s", place->problem);
  snprintf(error->file, sizeof error->file, "%s", place->path);
  return error->code;
}

static bool starts_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

/* What was taken for a log by its name alone shows that it is one by a series that logs have. */
bool place_is_log(const cli_place *place, const clino_run *run) {
  static const char *const roles[] = {"train/", "val/", "test/", "loss/", "grad_norm", "update_ratio/"};
  for (size_t i = 0; !place->certain && i < clino_run_series_count(run); i++)
    for (size_t k = 0; k < sizeof roles / sizeof roles[0]; k++)
      if (starts_with(clino_series_name(clino_run_series_at(run, i)), roles[k])) return true;
  return place->certain;
}

/* A log is refused in its first line where it is none; where it is one that is broken, further down. */
bool place_is_none(const cli_place *place, const clino_error *error) {
  return !place->certain && error->code == CLINO_ERR_FORMAT &&
         (error->line <= 1 || strstr(error->message, "no training log"));
}
