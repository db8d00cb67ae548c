/* Writes docs/checks.md from the registry of checks: tools/checks_table.sh runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/check.h"

/* A cell of a Markdown table: '|' would end it. */
static void cell(const char *text) {
  for (; *text; text++) {
    if (*text == '|') putchar('\\');
    putchar(*text);
  }
}

static void table(void) {
  printf("| check | looks for | needs |\n| --- | --- | --- |\n");
  for (size_t i = 0; i < clino_check_count(); i++) {
    const clino_check *check = clino_check_at(i);
    printf("| [`%s`](#%s) | ", check->id, check->id);
    cell(check->title);
    printf(" | ");
    cell(check->needs);
    printf(" |\n");
  }
}

static void parameters(const clino_check *check) {
  if (!check->n_params) return;
  printf("| parameter | default | range | unit | meaning | source of the default |\n");
  printf("| --- | --- | --- | --- | --- | --- |\n");
  for (size_t i = 0; i < check->n_params; i++) {
    const clino_check_param *p = &check->params[i];
    printf("| `%s` | %.15g | %.15g to %.15g | ", p->name, p->value, p->min, p->max);
    cell(p->unit);
    printf(" | ");
    cell(p->meaning);
    printf(" | ");
    cell(p->source);
    printf(" |\n");
  }
  printf("\n");
}

static void section(const clino_check *check) {
  printf("## %s\n\n%s. Needs: %s.\n\n", check->id, check->title, check->needs);
  printf("%s\n\n**Why it matters.** %s\n\n**What to do first.** %s\n\n", check->what, check->why, check->fix);
  parameters(check);
  printf("Source: %s.\n", check->source);
}

int main(void) {
  printf(
      "# Checks\n\n"
      "<!-- Made by tools/checks_table.sh from the registry in checks/. Change the text there. -->\n\n"
      "`diagnose` applies these rules to a run, and so does `clino_diagnose()` to a run in memory. Each gives at least "
      "one\n"
      "finding: `fail` (wrong), `warn` (likely wrong), `info`, `pass`, or `skip` where what it needs was not logged.\n"
      "Parameters are set with `--set CHECK.PARAMETER=VALUE`.\n\n");
  table();
  for (size_t i = 0; i < clino_check_count(); i++) {
    printf("\n");
    section(clino_check_at(i));
  }
  return ferror(stdout) || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
