/* An assertion as it is kept: two programs in postfix order, and how their results compare. */
#ifndef CLINO_CHECKS_ASSERTION_H
#define CLINO_CHECKS_ASSERTION_H

#include <stdbool.h>
#include <stddef.h>

#include "clino/assertion.h"

enum { CLINO__ASSERTION_DEPTH = 64 };

typedef enum clino__operation {
  CLINO__NUMBER,
  CLINO__READ, /* a series through a function */
  CLINO__ADD,
  CLINO__SUBTRACT,
  CLINO__MULTIPLY,
  CLINO__DIVIDE,
  CLINO__NEGATE
} clino__operation;

typedef enum clino__function {
  CLINO__FIRST,
  CLINO__LAST,
  CLINO__MIN,
  CLINO__MAX,
  CLINO__MEAN,
  CLINO__MEDIAN,
  CLINO__SLOPE,
  CLINO__COUNT,
  CLINO__FUNCTIONS
} clino__function;

typedef enum clino__relation {
  CLINO__LESS,
  CLINO__LESS_EQUAL,
  CLINO__GREATER,
  CLINO__GREATER_EQUAL,
  CLINO__EQUAL,
  CLINO__NOT_EQUAL
} clino__relation;

typedef struct clino__instruction {
  clino__operation operation;
  double number;
  clino__function function;
  char *series;
  size_t points; /* to look at; SIZE_MAX for all */
} clino__instruction;

struct clino_assertion {
  char *text;
  clino__instruction *code;
  size_t n, capacity, right; /* the program of the right side starts there */
  clino__relation relation;
};

extern const char *const clino__function_names[CLINO__FUNCTIONS];
extern const char *const clino__relation_names[];

/* A function over the last so many points of a scalar series that has points; NaN where it is not defined. *ok: false
 * where memory is out. */
double clino__assertion_read(const clino__instruction *instruction, const clino_series *series, bool *ok);

#endif
