/* A log as lines, whatever the chunks in which it comes. A line ends with a line feed or a carriage return; both
 * together are a line and an empty one, and count once. */
#ifndef CLINO_IO_LINES_H
#define CLINO_IO_LINES_H

#include "base/text.h"
#include "io/reader.h"

/* A longer line is an error: nobody logs such, and it must not fill the memory. */
#define CLINO__MAX_LINE_BYTES ((size_t)16 << 20)

typedef struct clino__line {
  const char *bytes;
  size_t size;
  char end;            /* '\n', '\r', or '\0' where the log ends without one */
  size_t number, byte; /* where it starts; number is 1-based */
} clino__line;

typedef clino_status (*clino__line_sink)(const clino__line *line, void *ctx, clino_error *error);

typedef struct clino__lines {
  const char *name;        /* of the log */
  clino__line_sink sink;
  void *ctx;
  size_t number, byte;     /* of the next byte */
  bool after_cr;           /* the last byte was a carriage return, which may be half of a line end */
  clino__text carry;       /* the line that the last chunk cut */
  size_t carry_byte, carry_number;
} clino__lines;

void clino__lines_init(clino__lines *lines, const char *name, clino__line_sink sink, void *ctx);
clino_status clino__lines_feed(clino__lines *lines, const char *bytes, size_t size, clino_error *error);
clino_status clino__lines_finish(clino__lines *lines, clino_error *error);
void clino__lines_free(clino__lines *lines);

/* Whether the bytes are text: without control characters other than those of terminals. */
bool clino__is_text(const char *bytes, size_t size);

/* Where the first byte is that no text holds; size where there is none. */
size_t clino__find_no_text(const char *bytes, size_t size);

/* The number of the line that a byte stands in: how many lines end before it. */
size_t clino__count_lines(const char *bytes, size_t size);

#endif
