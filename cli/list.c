/* The lists that diagnose prints about itself, and the growable list that it keeps things in. */
#include <errno.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum { ID_COLUMNS = 24, ROLE_COLUMNS = 29, LABEL_COLUMNS = 10, PARAM_INDENT = 4 };

bool list_add(cli_list *list, const void *item, size_t size) {
  if (list->n == list->capacity) {
    size_t capacity = list->capacity ? 2 * list->capacity : 8;
    void *items = realloc(list->items, capacity * size);
    if (!items) return complain_memory();
    list->items = items;
    list->capacity = capacity;
  }
  memcpy((char *)list->items + list->n++ * size, item, size);
  return true;
}

/* What fails here shows when the output is closed. */
static void paragraph(cli_output *out, const char *head, const char *body, size_t indent, size_t width) {
  clino_status status = clino_report_paragraph(head, body, indent, width, output_sink, out, NULL);
  if (status == CLINO_ERR_MEMORY && !out->error) out->error = ENOMEM;
}

void list_checks(cli_output *out, size_t width) {
  char needs[1024];
  for (size_t i = 0; i < clino_check_count(); i++) {
    const clino_check *check = clino_check_at(i);
    paragraph(out, check->id, check->title, ID_COLUMNS, width);
    snprintf(needs, sizeof needs, "needs %s", check->needs);
    paragraph(out, "", needs, ID_COLUMNS, width);
  }
}

void list_formats(cli_output *out, size_t width) {
  fputs("Logs that can be read:\n", out->file);
  for (size_t i = 0; i < clino_format_count(); i++) {
    char name[64];
    snprintf(name, sizeof name, "  %s", clino_format_at(i)->name);
    paragraph(out, name, clino_format_at(i)->description, LABEL_COLUMNS, width);
  }
  fputs("Reports that can be written (--format):\n", out->file);
  for (size_t i = 0; i < clino_report_format_count(); i++) {
    char name[64];
    const char *description;
    snprintf(name, sizeof name, "  %s", clino_report_format_at(i, &description));
    paragraph(out, name, description, LABEL_COLUMNS, width);
  }
}

void list_roles(cli_output *out, size_t width) {
  for (size_t i = 0; i < clino_role_count(); i++)
    paragraph(out, clino_role_at(i)->name, clino_role_at(i)->description, ROLE_COLUMNS, width);
}

static void describe_range(const clino_check_param *p, char *text, size_t size) {
  bool low = p->min > -DBL_MAX, high = p->max < DBL_MAX;
  if (low && high)
    snprintf(text, size, "%g to %g", p->min, p->max);
  else if (low)
    snprintf(text, size, "at least %g", p->min);
  else if (high)
    snprintf(text, size, "at most %g", p->max);
  else
    snprintf(text, size, "any number");
}

static void explain_param(cli_output *out, const clino_check *check, const clino_check_param *p, size_t width) {
  char range[80], line[1024];
  describe_range(p, range, sizeof range);
  fprintf(out->file, "  %s.%s = %g%s%s  (%s)\n", check->id, p->name, p->value, p->unit && *p->unit ? " " : "",
          p->unit ? p->unit : "", range);
  paragraph(out, "", p->meaning, PARAM_INDENT, width);
  if (!p->source || !*p->source) return;
  snprintf(line, sizeof line, "Source: %s", p->source);
  paragraph(out, "", line, PARAM_INDENT, width);
}

static void explain_part(cli_output *out, const char *label, const char *text, size_t width) {
  if (text && *text) paragraph(out, label, text, LABEL_COLUMNS, width);
}

void explain_check(cli_output *out, const char *id, size_t width) {
  const clino_check *check = clino_check_find(id);
  fprintf(out->file, "%s: %s\n\n", check->id, check->title);
  explain_part(out, "what", check->what, width);
  explain_part(out, "needs", check->needs, width);
  explain_part(out, "why", check->why, width);
  explain_part(out, "fix", check->fix, width);
  explain_part(out, "source", check->source, width);
  if (check->n_params) fputs("\nparameters (--set CHECK.PARAM=VALUE)\n", out->file);
  for (size_t i = 0; i < check->n_params; i++) explain_param(out, check, &check->params[i], width);
}
