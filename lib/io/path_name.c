/* A series that is named by where it was stored: DVCLive and MLflow write one file a metric. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/text.h"
#include "io/roles.h"
#include "io/words.h"

/* More words at the end of a path are no name of a series. */
#define MAX_TAIL 6

static bool is_word(char c) { return clino__is_alnum(c) || (c & 0x80); }

/* The last words of a path, without the extension of the file. */
static clino__words tail_of(const char *path) {
  char tail[CLINO__MAX_WORDS * CLINO__WORD_SIZE];
  const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
  const char *end = dot && dot > path && (!slash || dot > slash + 1) ? dot : path + strlen(path), *p = end;
  for (size_t n = 0; p > path && n <= MAX_TAIL && (size_t)(end - p) + 1 < sizeof tail; p--)
    n += !is_word(p[-1]) && p < end && is_word(*p);
  size_t length = (size_t)(end - p);
  memcpy(tail, p, length);
  tail[length] = '\0';
  return clino__words_of(tail);
}

/* The words from first on, joined, where they are the name of a role. */
static char *role_name(const clino__words *w, size_t first) {
  clino__text text = CLINO__TEXT_EMPTY;
  for (size_t i = first; i < w->count; i++) clino__text_addf(&text, "%s%s", i > first ? "_" : "", w->word[i]);
  const char *name = clino__text_string(&text);
  char *role = NULL, *result = NULL;
  if (!text.failed && clino__roles_assign(&name, 1, &role) && role) result = clino__strdup(name);
  free(role);
  clino__text_free(&text);
  return result;
}

/* Whether a word says no more than that the file holds measurements: "test_error.tsv". */
static bool is_plain_word(const char *word) {
  static const char *const plain[] = {"error", "errors", "loss", "losses", "metric", "metrics", NULL};
  for (int i = 0; plain[i]; i++)
    if (strcmp(plain[i], word) == 0) return true;
  return false;
}

/* The phase of a file that is named by a phase and a plain word, NULL where it is not. */
static const char *phase_of_file(const char *path) {
  const char *slash = strrchr(path, '/');
  clino__words w = tail_of(slash ? slash + 1 : path);
  return w.count == 2 && is_plain_word(w.word[1]) ? clino__phase_of(w.word[0]) : NULL;
}

/* "val/loss" where the path ends with a phase and the words of the column, or its file is named by the phase. */
static char *with_phase(const char *path, const clino__words *w, const char *column) {
  clino__words c = clino__words_of(column);
  if (!c.count || clino__phase_of(column)) return NULL;
  const char *phase = phase_of_file(path);
  if (!phase && w->count > c.count) {
    size_t at = w->count - c.count - 1;
    phase = clino__phase_of(w->word[at]);
    for (size_t i = 0; i < c.count; i++)
      if (strcmp(w->word[at + 1 + i], c.word[i]) != 0) phase = NULL;
  }
  if (!phase) return NULL;
  clino__text text = CLINO__TEXT_EMPTY;
  clino__text_addf(&text, "%s/%s", phase, column);
  char *name = text.failed ? NULL : clino__strdup(clino__text_string(&text));
  clino__text_free(&text);
  return name;
}

char *clino__name_from_path(const char *path, const char *column) {
  clino__words w = tail_of(path);
  if (column && *column) return with_phase(path, &w, column);
  for (size_t first = 0; first < w.count; first++) {
    char *name = role_name(&w, first);
    if (name) return name;
  }
  return NULL;
}
