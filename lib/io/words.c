#include "io/words.h"

#include <string.h>

#include "base/ascii.h"

static bool is_word(char c) { return clino__is_alnum(c) || (c & 0x80); }

clino__words clino__words_of(const char *name) {
  clino__words w = {.count = 0};
  size_t length = 0;
  for (const char *p = name; *p; p++) {
    if (!is_word(*p)) continue;
    bool starts = p == name || !is_word(p[-1]) || (clino__is_upper(*p) && clino__is_lower(p[-1]));
    if (starts) {
      if (w.count == CLINO__MAX_WORDS) return (clino__words){.count = 0};
      w.count++;
      length = 0;
    }
    if (length + 1 == CLINO__WORD_SIZE) return (clino__words){.count = 0};
    char *word = w.word[w.count - 1];
    word[length++] = clino__to_lower(*p);
    word[length] = '\0';
  }
  return w;
}

bool clino__words_spell(const clino__words *w, size_t first, size_t last, const char *text) {
  for (size_t i = first; i < last; i++) {
    size_t n = strlen(w->word[i]);
    if (strncmp(text, w->word[i], n) != 0 || text[n] != (i + 1 < last ? '_' : '\0')) return false;
    text += n + 1;
  }
  return first < last;
}

int clino__words_find(const char *const *list, const clino__words *w, size_t first, size_t last) {
  for (int i = 0; list[i]; i++)
    if (clino__words_spell(w, first, last, list[i])) return i;
  return -1;
}

void clino__words_remove(clino__words *w, size_t i) {
  w->count--;
  memmove(w->word[i], w->word[i + 1], (w->count - i) * sizeof w->word[0]);
}
