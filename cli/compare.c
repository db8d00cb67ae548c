/* --compare: the runs that could be read, side by side. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* The runs that could be read, and whose they are. */
typedef struct readable {
  const clino_run **runs;
  const char **names;
  cli_judged **judged;
  size_t n;
} readable;

static bool find_readable(const cli_judgement *judgement, readable *r) {
  size_t n = judgement->n + 1;
  *r = (readable){calloc(n, sizeof *r->runs), calloc(n, sizeof *r->names), calloc(n, sizeof *r->judged), 0};
  if (!r->runs || !r->names || !r->judged) return complain_memory();
  for (size_t i = 0; i < judgement->n; i++) {
    cli_judged *j = &judgement->all[i];
    if (!j->run || !j->findings) continue;
    r->runs[r->n] = j->run;
    r->names[r->n] = strcmp(j->name, "-") == 0 ? "standard input" : j->name;
    r->judged[r->n++] = j;
  }
  return true;
}

/* Where more than the learning rate differs, nothing can be laid to it. */
static bool only_rates_differ(const clino_comparison *comparison) {
  static const char *const names[] = {"lr", "learning_rate", "seed"};
  const char *setting;
  for (size_t i = 0; (setting = clino_comparison_setting_at(comparison, i)); i++) {
    bool known = false;
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) known |= strcmp(setting, names[k]) == 0;
    if (!known) return false;
  }
  return true;
}

/* What is said of learning rates, where it could be judged. */
static clino_status judge_rates(const readable *r, clino_error *error) {
  clino_findings *rates = NULL;
  clino_status status = clino_findings_new(&rates, error);
  if (!status) status = clino_compare(r->runs, r->names, r->n, rates, error);
  for (size_t i = 0; !status && i < r->n; i++) {
    const clino_finding *f = clino_findings_at(rates, i);
    if (f->level > CLINO_FINDING_SKIP) status = clino_findings_add(r->judged[i]->findings, f, error);
  }
  clino_findings_free(rates);
  return status;
}

static clino_status compare(const cli_options *options, const readable *r, clino_comparison **comparison,
                            clino_error *error) {
  clino_comparison_options how = clino_comparison_options_default();
  how.series = options->by;
  how.direction = options->by_direction;
  clino_status status = clino_comparison_new(comparison, r->runs, r->names, r->n, &how, error);
  for (size_t i = 0; !status && i < r->n; i++)
    status = clino_comparison_judge(*comparison, i, r->judged[i]->findings, error);
  return status || !only_rates_differ(*comparison) ? status : judge_rates(r, error);
}

bool compare_runs(const cli_options *options, cli_judgement *judgement) {
  readable r;
  clino_error error;
  bool ok = find_readable(judgement, &r);
  if (ok && r.n > 1) {
    clino_status status = compare(options, &r, &judgement->comparison, &error);
    if (status == CLINO_ERR_NOT_FOUND && options->growing) status = CLINO_OK; /* it may come yet */
    else if (status == CLINO_ERR_NOT_FOUND) ok = complain_usage("option '--by': %s", error.message);
    else if (status) complain_error(&error);
    ok = !status;
  } else if (ok && !options->growing) {
    complain("option '--compare': there are not two runs that could be read");
  }
  free(r.runs);
  free(r.names);
  free(r.judged);
  return ok;
}
