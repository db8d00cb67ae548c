/* What a line of a text log says: numbers and their names.
 *
 *   loss: 0.5   loss=0.5   loss 0.5   'loss': 0.5   | loss | 0.5 |   Epoch [3/10]   [30/600]   12: 0.5, 0.4 avg
 *
 * A name and its number are joined by ':' or '=', or, where the name is one that training logs use, by blanks. Numbers
 * in parentheses behind another one are its average or its unit and are left out, as are dates, times and units. */
#ifndef CLINO_IO_TEXT_LINE_H
#define CLINO_IO_TEXT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define CLINO__PAIR_NAME 80

typedef struct clino__pair {
  char name[CLINO__PAIR_NAME];
  double value;
} clino__pair;

#define CLINO__LINE_PAIRS 128

typedef struct clino__text_line {
  clino__pair pairs[CLINO__LINE_PAIRS]; /* without the axis; those beyond are left out */
  size_t n;
  double epoch, step;                   /* NaN where the line does not say */
  double part, parts;                   /* "[30/600]", a count within the epoch; NaN where there is none */
  double per_epoch;                     /* "Step [100/600]": 600; NaN */
  char phase[24];                       /* "valid", where the line is about one phase; "" */
  size_t words;                         /* that belong to no name of a number */
  bool assigns;                         /* '=' stands in it, as in a configuration */
} clino__text_line;

/* Reads a line of size bytes into *line. */
void clino__text_line_read(const char *bytes, size_t size, clino__text_line *line);

/* Appends what another line says, as lines of a box do: "| train/ | |", "|   loss | 0.5 |". section, where not "", goes
 * before the names. */
void clino__text_line_append(clino__text_line *line, const clino__text_line *more, const char *section);

#endif
