/* The header of a CSV, and where its cells stand. */
#include <stdlib.h>
#include <string.h>

#include "io/attributes.h"
#include "io/csv.h"
#include "io/roles.h"

clino_status clino__csv_fail(clino__csv *s, size_t line, size_t byte) {
  clino__error_at(s->error, s->reading.name, line, byte);
  return s->status = CLINO_ERR_FORMAT;
}

/* The bytes of the record that is being looked at, and of its cells. */
static const char *record_bytes(const clino__csv *s, size_t *size) {
  *size = s->in_record ? s->record.length : s->line.size;
  return s->in_record ? clino__text_string(&s->record) : s->line.bytes;
}

const char *clino__csv_bytes(const clino__csv *s, const clino__csv_value *c) {
  return (s->in_record ? clino__text_string(&s->quoted) : s->line.bytes) + c->at;
}

void clino__csv_place(const clino__csv *s, size_t i, size_t *line, size_t *byte) {
  size_t size, offset = 0, at = 0, length;
  const char *record = record_bytes(s, &size), *bytes = record;
  for (size_t k = 0; k <= i && clino__csv_cell(record, size, s->separator, &at, &bytes, &length); k++)
    offset = (size_t)(bytes - record) - (bytes > record && bytes[-1] == '"');
  *line = s->line.number + clino__count_lines(record, offset);
  *byte = s->line.byte + offset;
}

/* ---- the header ---- */

char *clino__csv_name(const clino__csv *s, const clino__csv_value *c) {
  char *name = malloc(c->size + 1);
  const char *bytes = clino__csv_bytes(s, c);
  size_t n = c->size;
  if (!name) return NULL;
  memcpy(name, bytes, n);
  name[n] = '\0';
  return name;
}

/* How many columns are Clino's own axis, as its attribute says; the header must begin with them. */
static clino_status check_own(clino__csv *s, char *const *names, size_t n_names) {
  static const struct {
    const char *own, *names[CLINO__AXIS_ROLES];
  } axes[] = {{"step", {"step"}},
              {"step,epoch", {"step", "epoch"}},
              {"step,time", {"step", "time"}},
              {"step,epoch,time", {"step", "epoch", "time"}}};
  const char *own = clino_run_attribute(s->reading.run, CLINO__ATTRIBUTE_OWN);
  if (!own) return CLINO_OK;
  for (size_t i = 0; i < sizeof axes / sizeof axes[0]; i++) {
    size_t n = 0;
    if (strcmp(own, axes[i].own) != 0) continue;
    while (n < CLINO__AXIS_ROLES && n < n_names && axes[i].names[n] && strcmp(names[n], axes[i].names[n]) == 0) n++;
    if (n < CLINO__AXIS_ROLES && axes[i].names[n]) continue;
    s->n_own = n;
    s->own_time = i == 2;
  }
  if (s->n_own) return clino_run_set_attribute(s->reading.run, CLINO__ATTRIBUTE_OWN, NULL, s->error);
  size_t line, byte;
  clino__csv_place(s, 0, &line, &byte);
  clino__fail(s->error, CLINO_ERR_FORMAT, "the header does not begin with the columns of the attribute \"%s\"",
              CLINO__ATTRIBUTE_OWN);
  return clino__csv_fail(s, line, byte);
}

/* YOLOv5's results.txt has no header; its columns are those of utils/plots.py, plot_results_overlay. */
static const char *const results_txt[] = {"epoch",      "gpu_mem",      "train/box_loss", "train/obj_loss",
                                          "train/cls_loss", "train/loss", "targets",       "img_size",
                                          "metrics/precision", "metrics/recall", "metrics/mAP_0.5",
                                          "metrics/mAP_0.5:0.95", "val/box_loss", "val/obj_loss", "val/cls_loss"};

/* The name of a column in a table without a header. */
static const char *known_name(const clino__csv *s, size_t i) {
  size_t size;
  const char *record = record_bytes(s, &size);
  if (s->separator != ' ') return "";
  bool known = clino__csv_is_results_txt(record, size) && i < sizeof results_txt / sizeof results_txt[0];
  return known ? results_txt[i] : "";
}

static bool names_a_header(const clino__csv *s) {
  size_t numbers = 0, texts = 0;
  for (size_t i = 0; i < s->n_cells; i++) {
    numbers += s->cells[i].kind == CLINO__CELL_NUMBER;
    texts += s->cells[i].kind == CLINO__CELL_TEXT;
  }
  return texts || !numbers;
}

/* Makes the columns of the current header; names NULL: there is none. anew: a header further down, whose columns are
 * those of the same name. */
static clino_status make_columns(clino__csv *s, char *const *names, bool anew) {
  size_t n = s->n_cells - s->n_own;
  size_t *columns = realloc(s->columns, (n + 1) * sizeof *columns);
  if (!columns) return clino__fail_memory(s->error, "the header");
  s->columns = columns;
  s->n_columns = 0;
  clino_status status = CLINO_OK;
  for (size_t i = 0; !status && i < n; i++) {
    const char *name = names ? names[s->n_own + i] : known_name(s, i);
    if (anew && *name) status = clino__table_find_column(s->table, name, &columns[i], s->error);
    else status = clino__table_add_column(s->table, name, &columns[i], s->error);
    if (!status) s->n_columns = i + 1;
    else if (status == CLINO_ERR_FORMAT) {
      size_t line, byte;
      clino__csv_place(s, s->n_own + i, &line, &byte);
      clino__csv_fail(s, line, byte);
    }
  }
  return status;
}

/* The names in the comment before a table without a header, as numpy.savetxt writes them, instead of its first cells.
 * False where memory is out. */
static bool take_comment(clino__csv *s, char **names, bool *named) {
  const char *comment = clino__text_string(&s->comment), *bytes;
  size_t at = 0, n = 0, size;
  while (clino__csv_cell(comment, s->comment.length, s->separator, &at, &bytes, &size)) n++;
  *named = s->comment.length && n == s->n_cells;
  at = n = 0;
  while (*named && clino__csv_cell(comment, s->comment.length, s->separator, &at, &bytes, &size)) {
    char *name = malloc(size + 1);
    if (!name) return false;
    memcpy(name, bytes, size);
    name[size] = '\0';
    free(names[n]);
    names[n++] = name;
  }
  return true;
}

bool clino__csv_take_header(clino__csv *s, bool anew) {
  char **names = calloc(s->n_cells + 1, sizeof *names);
  bool ok = names != NULL, header = anew || names_a_header(s), named = false;
  for (size_t i = 0; ok && i < s->n_cells; i++) ok = (names[i] = clino__csv_name(s, &s->cells[i])) != NULL;
  if (ok && !header) ok = take_comment(s, names, &named);
  if (!ok) s->status = clino__fail_memory(s->error, "the header");
  if (!s->status && !anew) s->status = check_own(s, names, s->n_cells);
  if (!s->status && !anew) s->status = clino__table_new(&s->reading, s->n_own > 0, &s->table, s->error);
  if (!s->status) s->status = make_columns(s, header || named || s->n_own ? names : NULL, anew);
  for (size_t i = 0; names && i < s->n_cells; i++) free(names[i]);
  free((void *)names);
  return header || s->n_own;
}
