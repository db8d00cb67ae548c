/* Folders that are one run: told by the names in them and, where files of metrics have any name, by their first
 * bytes. */
#include "io/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/text.h"
#include "io/mlflow.h"
#include "io/roles.h"
#include "io/source.h"

/* Metrics whose names have slashes are in folders below. */
#define MAX_DEPTH 8

bool clino__is_event_name(const char *name) { return strstr(name, "tfevents") != NULL; }

bool clino__is_checkpoint(const char *name) {
  static const char word[] = "checkpoint-";
  if (strncmp(name, word, sizeof word - 1) != 0 || !name[sizeof word - 1]) return false;
  for (const char *p = name + sizeof word - 1; *p; p++)
    if (!clino__is_digit(*p)) return false;
  return true;
}

void clino__parts_free(clino__parts *parts) {
  for (size_t i = 0; i < parts->n; i++) {
    free(parts->items[i].path);
    free(parts->items[i].prefix);
  }
  free(parts->items);
  *parts = (clino__parts){CLINO__LAYOUT_NONE, NULL, 0, 0};
}

/* Takes path. */
static clino_status add_part(clino__parts *p, char *path, const char *prefix, size_t axis, bool forced,
                             clino_error *error) {
  char *copy = path ? clino__strdup(prefix) : NULL;
  if (copy && p->n == p->capacity) {
    size_t capacity = p->capacity ? 2 * p->capacity : 8;
    clino__part *grown = realloc(p->items, capacity * sizeof *grown);
    if (grown) {
      p->items = grown;
      p->capacity = capacity;
    }
  }
  if (!copy || p->n == p->capacity) {
    free(copy);
    free(path);
    return clino__fail_memory(error, "the parts of a run");
  }
  p->items[p->n++] = (clino__part){path, copy, axis, forced};
  return CLINO_OK;
}

/* ---- event files ---- */

static bool has_events(const clino__entries *e) {
  for (size_t i = 0; i < e->n; i++)
    if (!e->items[i].folder && clino__is_event_name(e->items[i].name)) return true;
  return false;
}

/* The last word of a name: "train" of "loss_train". */
static const char *last_word(const char *name) {
  const char *p = name + strlen(name);
  while (p > name && (clino__is_alnum(p[-1]) || (p[-1] & 0x80))) p--;
  return p;
}

/* Not "train2", which is the second run of training. */
static bool is_phase(const char *word) {
  for (const char *p = word; *p; p++)
    if (clino__is_digit(*p)) return false;
  return clino__phase_of(word) != NULL;
}

static clino_status add_events(const char *path, const clino__entries *e, const char *phase, size_t axis,
                               clino__parts *parts, clino_error *error) {
  clino__text prefix = CLINO__TEXT_EMPTY;
  if (phase) clino__text_addf(&prefix, "%s/", phase);
  clino_status status = prefix.failed ? clino__fail_memory(error, "the parts of a run") : CLINO_OK;
  for (size_t i = 0; !status && i < e->n; i++)
    if (!e->items[i].folder && clino__is_event_name(e->items[i].name))
      status = add_part(parts, clino__path_join(path, e->items[i].name), clino__text_string(&prefix), axis, false,
                        error);
  clino__text_free(&prefix);
  return status;
}

/* Folders of one phase each ("train", "validation"), where there are event files beside them or two such folders. What
 * cannot be looked into is no such folder. */
static clino_status find_events(const char *path, const clino__entries *e, clino__parts *parts, clino_error *error) {
  bool own = has_events(e);
  size_t phases = 0;
  clino_status status = own ? add_events(path, e, NULL, 0, parts, error) : CLINO_OK;
  for (size_t i = 0; !status && i < e->n; i++) {
    const char *name = e->items[i].name, *word = last_word(name);
    if (!e->items[i].folder || !is_phase(word) || (!own && word != name)) continue;
    char *below = clino__path_join(path, name);
    clino__entries inner = {NULL, 0, 0};
    if (!below) return clino__fail_memory(error, "the parts of a run");
    clino_status opened = clino__entries_read(below, &inner, NULL);
    if (opened == CLINO_ERR_MEMORY) status = clino__fail_memory(error, "the parts of a run");
    else if (!opened && has_events(&inner)) status = add_events(below, &inner, word, ++phases, parts, error);
    clino__entries_free(&inner);
    free(below);
  }
  if (status) return status;
  if (own || phases > 1) parts->layout = CLINO__LAYOUT_EVENTS;
  else clino__parts_free(parts);
  return CLINO_OK;
}

/* ---- one file a metric ---- */

/* The first bytes of a file; 0 where it cannot be read. */
static size_t peek(const char *path, char *head, size_t room) {
  clino__source from;
  const char *bytes;
  size_t got = 0, size = 0;
  if (clino__source_open(&from, path, NULL)) return 0;
  while (size < room && !clino__source_take(&from, head + size, room - size, &bytes, &got, NULL) && got) {
    if (bytes != head + size) memcpy(head + size, bytes, got);
    size += got;
  }
  clino__source_close(&from);
  return size;
}

static bool is_mlflow(const char *path, const char *name) {
  char head[512];
  (void)name;
  return clino__mlflow_starts(head, peek(path, head, sizeof head));
}

static bool ends_with(const char *text, size_t size, const char *end) {
  size_t n = strlen(end);
  return size >= n && memcmp(text + size - n, end, n) == 0;
}

/* The name without ".tsv", or ".tsv.gz"; 0: it has no such ending. */
static size_t tsv_stem(const char *name) {
  size_t n = strlen(name);
  if (ends_with(name, n, ".gz")) n -= 3;
  return ends_with(name, n, ".tsv") ? n - 4 : 0;
}

/* "[timestamp TAB] step TAB NAME" in NAME.tsv. */
static bool is_dvclive(const char *path, const char *name) {
  char head[512];
  size_t stem = tsv_stem(name), size = stem ? peek(path, head, sizeof head) : 0;
  const char *end = size ? memchr(head, '\n', size) : NULL;
  size_t line = end ? (size_t)(end - head) : 0;
  if (line && head[line - 1] == '\r') line--;
  size_t skip = line > 10 && memcmp(head, "timestamp\t", 10) == 0 ? 10 : 0;
  return line == skip + 5 + stem && memcmp(head + skip, "step\t", 5) == 0 && memcmp(head + skip + 5, name, stem) == 0;
}

/* The files of metrics in the folder and below, which one of them must be for others to count. below: path from the
 * first folder, "" or "NAME/". */
static clino_status find_metrics(const char *path, const char *below, int depth,
                                 bool (*is_metric)(const char *path, const char *name), clino__parts *parts,
                                 clino_error *error) {
  clino__entries e;
  clino_status status = clino__entries_read(path, &e, error);
  for (size_t i = 0; !status && i < e.n; i++) {
    const clino__entry *entry = &e.items[i];
    char *inner = clino__path_join(path, entry->name);
    clino__text prefix = CLINO__TEXT_EMPTY;
    clino__text_addf(&prefix, "%s%s/", below, entry->name);
    if (!inner || prefix.failed) status = clino__fail_memory(error, "the parts of a run");
    else if (entry->folder && depth < MAX_DEPTH && !entry->link)
      status = find_metrics(inner, clino__text_string(&prefix), depth + 1, is_metric, parts, error);
    else if (!entry->folder && (parts->n || is_metric(inner, entry->name)) &&
             (is_metric != is_dvclive || tsv_stem(entry->name))) {
      /* MLflow's reader takes the name from the path. */
      status = add_part(parts, inner, is_metric == is_mlflow ? "" : below, parts->n, true, error);
      inner = NULL;
    }
    clino__text_free(&prefix);
    free(inner);
  }
  clino__entries_free(&e);
  return status;
}

static bool named(const char *path, const char *name) {
  size_t n = strlen(path);
  while (n > 1 && path[n - 1] == '/') n--;
  size_t m = strlen(name);
  return n >= m && memcmp(path + n - m, name, m) == 0 && (n == m || path[n - m - 1] == '/');
}

/* Looks for metrics in the folder itself or in the one below it that is called so. */
static clino_status try_metrics(const char *path, const clino__entries *e, const char *first, const char *second,
                                clino__layout layout, clino__parts *parts, clino_error *error) {
  const clino__entry *entry = first ? clino__entries_find(e, first) : NULL;
  if (first && (!entry || !entry->folder)) return CLINO_OK;
  char *one = first ? clino__path_join(path, first) : clino__strdup(path);
  char *two = one && second ? clino__path_join(one, second) : NULL;
  clino_status status = CLINO_OK;
  if (!one || (second && !two)) status = clino__fail_memory(error, "the parts of a run");
  else if (clino__is_folder(two ? two : one))
    status = find_metrics(two ? two : one, "", 0, layout == CLINO__LAYOUT_MLFLOW ? is_mlflow : is_dvclive, parts,
                          error);
  free(one);
  free(two);
  if (!status && parts->n) parts->layout = layout;
  return status;
}

clino_status clino__parts_find(const char *path, const clino__entries *entries, clino__parts *parts,
                               clino_error *error) {
  static const struct {
    const char *own, *first, *second; /* own: the folder must be called so, NULL: whatever it is called */
    clino__layout layout;
  } places[] = {{NULL, "plots", "metrics", CLINO__LAYOUT_DVCLIVE}, {NULL, "scalars", NULL, CLINO__LAYOUT_DVCLIVE},
                {NULL, "metrics", NULL, CLINO__LAYOUT_MLFLOW},     {"metrics", NULL, NULL, CLINO__LAYOUT_MLFLOW},
                {"metrics", NULL, NULL, CLINO__LAYOUT_DVCLIVE},    {"dvclive", NULL, NULL, CLINO__LAYOUT_DVCLIVE}};
  *parts = (clino__parts){CLINO__LAYOUT_NONE, NULL, 0, 0};
  clino_status status = find_events(path, entries, parts, error);
  for (size_t i = 0; !status && !parts->layout && i < sizeof places / sizeof places[0]; i++)
    if (!places[i].own || named(path, places[i].own))
      status = try_metrics(path, entries, places[i].first, places[i].second, places[i].layout, parts, error);
  /* Files of one metric each, in a folder of any name. */
  size_t metrics = 0;
  for (size_t i = 0; !status && !parts->layout && metrics < 2 && i < entries->n; i++) {
    char *file = entries->items[i].folder ? NULL : clino__path_join(path, entries->items[i].name);
    metrics += file && is_dvclive(file, entries->items[i].name);
    free(file);
  }
  if (metrics > 1) status = try_metrics(path, entries, NULL, NULL, CLINO__LAYOUT_DVCLIVE, parts, error);
  return status;
}

bool clino__part_holds(const clino__parts *parts, const char *path, const clino__entry *entry) {
  if (parts->layout == CLINO__LAYOUT_NONE) return false;
  if (!entry->folder || parts->layout == CLINO__LAYOUT_MLFLOW) return true;
  char *below = clino__path_join(path, entry->name);
  bool holds = false;
  for (size_t i = 0; below && !holds && i < parts->n; i++) {
    size_t n = strlen(below);
    holds = strncmp(parts->items[i].path, below, n) == 0 && parts->items[i].path[n] == '/';
  }
  free(below);
  return holds;
}
