/* What is said on standard error. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

enum { MESSAGE = 4096, WORD = 64 };

/* The line of a file that is being read. */
static char where[MESSAGE];

void complain_at(const char *place) {
  snprintf(where, sizeof where, "%s%s", place ? place : "", place ? ": " : "");
}

static void say(const char *format, va_list args) {
  char message[2 * MESSAGE], safe[2 * MESSAGE];
  size_t length = strlen(where);
  memcpy(message, where, length);
  vsnprintf(message + length, sizeof message - length, format, args);
  clino_report_printable(message, safe, sizeof safe);
  fprintf(stderr, "diagnose: %s\n", *safe ? safe : "out of memory for a message");
}

void complain(const char *format, ...) {
  va_list args;
  va_start(args, format);
  say(format, args);
  va_end(args);
}

bool complain_usage(const char *format, ...) {
  va_list args;
  va_start(args, format);
  say(format, args);
  va_end(args);
  fputs("Try 'diagnose --help'.\n", stderr);
  return false;
}

void complain_error(const clino_error *error) {
  char message[MESSAGE];
  clino_error_describe(error, message, sizeof message);
  complain("%s", message);
}

bool complain_memory(void) {
  fputs("diagnose: out of memory\n", stderr);
  return false;
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* Edits that make b of a: a letter inserted, left out, replaced, or two neighbours exchanged (the restricted distance
 * of F. J. Damerau, 1964). Both shorter than WORD. */
static size_t distance(const char *a, const char *b) {
  size_t rows[3][WORD], n = strlen(a), m = strlen(b);
  for (size_t j = 0; j <= m; j++) rows[0][j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
    now[0] = i;
    for (size_t j = 1; j <= m; j++) {
      bool same = a[i - 1] == b[j - 1];
      now[j] = smaller(smaller(before[j], now[j - 1]) + 1, before[j - 1] + !same);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = smaller(now[j], earlier[j - 2] + 1);
    }
  }
  return rows[n % 3][m];
}

/* The only name that begins so; NULL where there is none, or several. */
static const char *begun(const char *word, const char *(*name_at)(size_t i), size_t n) {
  const char *found = NULL;
  for (size_t i = 0; i < n; i++) {
    if (strncmp(name_at(i), word, strlen(word)) != 0) continue;
    if (found) return NULL;
    found = name_at(i);
  }
  return found;
}

const char *nearest(const char *word, const char *(*name_at)(size_t i), size_t n) {
  const char *found = NULL;
  size_t length = strlen(word), best = length / 5 + 2; /* one edit for each five letters, and one */
  if (length < 2 || length >= WORD) return NULL;
  for (size_t i = 0; i < n; i++) {
    const char *name = name_at(i);
    if (strlen(name) >= WORD) continue;
    size_t d = distance(word, name);
    if (d < best && d < strlen(name)) best = d, found = name;
  }
  return found ? found : begun(word, name_at, n);
}
