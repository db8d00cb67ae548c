/* The runs below a folder: what is a log is told by names, since a folder of training holds much else. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/ascii.h"
#include "base/text.h"
#include "io/file.h"
#include "io/parts.h"

/* Deeper folders are no logs. */
#define MAX_DEPTH 32

typedef struct folder_id {
  dev_t device;
  ino_t inode;
} folder_id;

struct clino_runs {
  clino_run_place *items;
  size_t n, capacity;
  folder_id *seen; /* while looking */
  size_t n_seen, seen_capacity;
};

size_t clino_runs_count(const clino_runs *runs) { return runs ? runs->n : 0; }

const clino_run_place *clino_runs_at(const clino_runs *runs, size_t i) {
  return runs && i < runs->n ? &runs->items[i] : NULL;
}

void clino_runs_free(clino_runs *runs) {
  if (!runs) return;
  for (size_t i = 0; i < runs->n; i++) {
    free((void *)runs->items[i].path);
    free((void *)runs->items[i].problem);
  }
  free(runs->items);
  free(runs->seen);
  free(runs);
}

/* Takes path. */
static clino_status add_place(clino_runs *runs, char *path, bool certain, const char *problem, clino_error *error) {
  char *why = clino__strdup(problem);
  if (path && (why || !problem) && runs->n == runs->capacity) {
    size_t capacity = runs->capacity ? 2 * runs->capacity : 16;
    clino_run_place *grown = realloc(runs->items, capacity * sizeof *grown);
    if (grown) {
      runs->items = grown;
      runs->capacity = capacity;
    }
  }
  if (!path || (problem && !why) || runs->n == runs->capacity) {
    free(why);
    free(path);
    return clino__fail_memory(error, "a list of runs");
  }
  runs->items[runs->n++] = (clino_run_place){path, certain, why};
  return CLINO_OK;
}

/* Whether the folder is new; it is remembered. */
static clino_status visit(clino_runs *runs, const char *path, bool *is_new, clino_error *error) {
  struct stat info;
  if (stat(path, &info) != 0) return clino__fail_file(error, "read", path, errno);
  *is_new = true;
  for (size_t i = 0; i < runs->n_seen; i++)
    if (runs->seen[i].device == info.st_dev && runs->seen[i].inode == info.st_ino) *is_new = false;
  if (!*is_new) return CLINO_OK;
  if (runs->n_seen == runs->seen_capacity) {
    size_t capacity = runs->seen_capacity ? 2 * runs->seen_capacity : 64;
    folder_id *grown = realloc(runs->seen, capacity * sizeof *grown);
    if (!grown) return clino__fail_memory(error, "a list of folders");
    runs->seen = grown;
    runs->seen_capacity = capacity;
  }
  runs->seen[runs->n_seen++] = (folder_id){info.st_dev, info.st_ino};
  return CLINO_OK;
}

/* ---- names of files ---- */

typedef enum likelihood { NO_LOG, MAYBE_LOG, LOG } likelihood;

static bool same_word(const char *word, size_t size, const char *text) {
  for (size_t i = 0; i < size; i++)
    if (clino__to_lower(word[i]) != text[i]) return false;
  return text[size] == '\0';
}

/* Whether one of the words of size bytes of a name is in the list. */
static bool has_word(const char *name, size_t size, const char *const *list) {
  for (size_t i = 0; i < size;) {
    size_t n = 0;
    while (i + n < size && (clino__is_alnum(name[i + n]) || (name[i + n] & 0x80))) n++;
    for (size_t k = 0; n && list[k]; k++)
      if (same_word(name + i, n, list[k])) return true;
    i += n ? n : 1;
  }
  return false;
}

/* A name that begins with a date, as mmdetection's logs do: "20230605_200941.log". */
static bool is_dated(const char *name) {
  size_t n = 0;
  while (clino__is_digit(name[n])) n++;
  return n == 8 || n == 14;
}

/* What a file is by its name: what ends it, and the words before. */
static likelihood likelihood_of(const char *name) {
  static const char *const tables[] = {"csv", "tsv", "jsonl", "ndjson", "log", NULL}, *const others[] = {"json", "txt",
                                                                                                       "out", NULL};
  static const char *const telling[] = {"log", "logs", "metrics", "history", "training", "loss", "losses", "progress",
                                        "monitor", "scalars", NULL};
  static const char *const hinting[] = {"log", "logs", "metric", "metrics", "history", "train", "training", "loss",
                                        "losses", "results", "result", "scalars", "stdout", "progress", "nohup",
                                        "slurm", NULL};
  size_t size = strlen(name), stem;
  if (size > 3 && same_word(name + size - 3, 3, ".gz")) size -= 3;
  if (same_word(name, size, "trainer_state.json") || same_word(name, size, "results.csv")) return LOG;
  if (same_word(name, size, "log")) return MAYBE_LOG; /* Chainer's, of its LogReport */
  for (stem = size; stem && name[stem - 1] != '.';) stem--;
  if (stem < 2) return NO_LOG;
  if (has_word(name + stem, size - stem, tables)) return has_word(name, stem, telling) ? LOG : MAYBE_LOG;
  if (!has_word(name + stem, size - stem, others)) return NO_LOG;
  return has_word(name, stem, hinting) || is_dated(name) ? MAYBE_LOG : NO_LOG;
}

/* ---- folders ---- */

static clino_status walk(clino_runs *runs, const char *path, int depth, clino_error *error);

static const char trainer_state[] = "trainer_state.json";

/* Of the checkpoints in a folder and the history that stands beside them, the longest: a later one repeats what an
 * earlier one has, so that it is the largest. */
static clino_status find_checkpoint(const char *path, const clino__entries *e, char **longest, clino_error *error) {
  uint64_t size = 0;
  bool any = false;
  *longest = NULL;
  for (size_t i = 0; i < e->n; i++) any = any || (e->items[i].folder && clino__is_checkpoint(e->items[i].name));
  for (size_t i = 0; any && i < e->n; i++) {
    const char *name = e->items[i].name;
    bool own = !e->items[i].folder && strcmp(name, trainer_state) == 0;
    if (!own && !(e->items[i].folder && clino__is_checkpoint(name))) continue;
    char *folder = clino__path_join(path, name);
    char *file = folder && !own ? clino__path_join(folder, trainer_state) : NULL;
    bool failed = !folder || (!own && !file);
    struct stat info;
    if (own) file = folder;
    else free(folder);
    if (!failed && stat(file, &info) == 0 && S_ISREG(info.st_mode) && (uint64_t)info.st_size >= size) {
      free(*longest);
      *longest = file;
      size = (uint64_t)info.st_size;
    } else {
      free(file);
    }
    if (failed) return clino__fail_memory(error, "a list of runs");
  }
  return CLINO_OK;
}

/* An entry of a folder that is no part of a run found already. Links last, so that a folder has its own name. */
static clino_status look_at(clino_runs *runs, const char *path, const clino__entry *entry, int depth,
                            clino_error *error) {
  likelihood likely = entry->folder ? NO_LOG : likelihood_of(entry->name);
  if (!entry->folder && likely == NO_LOG) return CLINO_OK;
  char *inner = clino__path_join(path, entry->name);
  if (!inner) return clino__fail_memory(error, "a list of runs");
  if (!entry->folder) return add_place(runs, inner, likely == LOG, NULL, error);
  clino_status status = walk(runs, inner, depth + 1, error);
  free(inner);
  return status;
}

static clino_status look_into(clino_runs *runs, const char *path, const clino__entries *e, int depth,
                              clino_error *error) {
  clino__parts parts;
  char *checkpoint = NULL;
  clino_status status = clino__parts_find(path, e, &parts, error);
  if (!status && parts.layout) status = add_place(runs, clino__strdup(path), true, NULL, error);
  if (!status) status = find_checkpoint(path, e, &checkpoint, error);
  bool checkpoints = checkpoint != NULL;
  if (!status && checkpoints) status = add_place(runs, checkpoint, true, NULL, error);
  else free(checkpoint);
  for (int links = 0; links < 2; links++)
    for (size_t i = 0; !status && i < e->n; i++) {
      const clino__entry *entry = &e->items[i];
      bool found = clino__part_holds(&parts, path, entry) ||
                   (checkpoints && (entry->folder ? clino__is_checkpoint(entry->name)
                                                  : strcmp(entry->name, trainer_state) == 0));
      if (entry->link == links && !found) status = look_at(runs, path, entry, depth, error);
    }
  clino__parts_free(&parts);
  return status;
}

static clino_status walk(clino_runs *runs, const char *path, int depth, clino_error *error) {
  clino__entries entries = {NULL, 0, 0};
  clino_error why;
  bool is_new = true;
  clino_status status = depth > MAX_DEPTH ? CLINO_OK : visit(runs, path, &is_new, &why);
  if (depth > MAX_DEPTH || (!status && !is_new)) return CLINO_OK;
  if (!status) status = clino__entries_read(path, &entries, &why);
  if (!status) {
    status = look_into(runs, path, &entries, depth, error);
  } else if (status == CLINO_ERR_IO && depth) {
    status = add_place(runs, clino__strdup(path), true, why.message, error);
  } else if (error) {
    *error = why;
  }
  clino__entries_free(&entries);
  return status;
}

/* Folders above the first one are no part of what was asked for: a link that leads up there is not followed. */
static clino_status visit_above(clino_runs *runs, const char *path, clino_error *error) {
  clino__text above = CLINO__TEXT_EMPTY;
  clino__text_add(&above, path);
  clino_status status = CLINO_OK;
  bool is_new = true;
  for (int i = 0; !status && is_new && i < 256; i++) {
    clino__text_add(&above, "/..");
    if (above.failed) status = clino__fail_memory(error, "a path");
    else if (visit(runs, clino__text_string(&above), &is_new, NULL) == CLINO_ERR_MEMORY)
      status = clino__fail_memory(error, "a list of folders");
  }
  clino__text_free(&above);
  return status;
}

static clino_status walk_from(clino_runs *runs, const char *path, clino_error *error) {
  clino_status status = visit_above(runs, path, error);
  return status ? status : walk(runs, path, 0, error);
}

static int compare_places(const void *a, const void *b) {
  return clino__compare_names(((const clino_run_place *)a)->path, ((const clino_run_place *)b)->path);
}

clino_status clino_runs_find(const char *path, clino_runs **runs, clino_error *error) {
  if (runs) *runs = NULL;
  if (!path || !runs) return clino__fail(error, CLINO_ERR_RANGE, "clino_runs_find: a parameter is NULL");
  clino_runs *found = calloc(1, sizeof *found);
  if (!found) return clino__fail_memory(error, "a list of runs");
  clino_status status = clino__is_folder(path) ? walk_from(found, path, error)
                                               : add_place(found, clino__strdup(path), true, NULL, error);
  if (status) {
    clino_runs_free(found);
    return status;
  }
  free(found->seen);
  found->seen = NULL;
  if (found->n) qsort(found->items, found->n, sizeof *found->items, compare_places);
  *runs = found;
  return CLINO_OK;
}
