/* A name of a log as words: cut at everything that is no letter or digit, and before capitals ("valLoss"). */
#ifndef CLINO_IO_WORDS_H
#define CLINO_IO_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define CLINO__MAX_WORDS 16
#define CLINO__WORD_SIZE 24

typedef struct clino__words {
  char word[CLINO__MAX_WORDS][CLINO__WORD_SIZE]; /* in lower case */
  size_t count;                                  /* 0 also where the name is too long to be any known one */
} clino__words;

clino__words clino__words_of(const char *name);

/* Whether the words from first to before last are those of text, which joins them with '_'. */
bool clino__words_spell(const clino__words *w, size_t first, size_t last, const char *text);

/* The index of the text in list, which NULL ends, that these words spell; -1 where none does. */
int clino__words_find(const char *const *list, const clino__words *w, size_t first, size_t last);

/* Takes the i-th word out. */
void clino__words_remove(clino__words *w, size_t i);

#endif
