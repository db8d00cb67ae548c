/* JSON as a log holds it, cut into what a reader of logs needs: records, elements of arrays, single values. Only as
 * much of it is held at a time as one of these takes, so that a document of any size can be read.
 *
 * Objects within arrays are records and handed over whole; so are objects under keys that count ("0", "epoch_3"), and
 * all objects after the first of a stream (JSON lines). Other objects and arrays are gone into. */
#ifndef CLINO_IO_JSON_SCAN_H
#define CLINO_IO_JSON_SCAN_H

#include "base/text.h"
#include "io/reader.h"

/* Deeper nesting is an error. */
#define CLINO__JSON_DEPTH 32

typedef enum clino__json_kind {
  CLINO__JSON_RECORD,   /* an object, or an array within an array */
  CLINO__JSON_ELEMENT,  /* a scalar in an array, or under a key that counts */
  CLINO__JSON_SINGLE,   /* a scalar in an object */
  CLINO__JSON_FIRST_END /* the first value of the stream is complete */
} clino__json_kind;

typedef struct clino__json_item {
  clino__json_kind kind;
  const char *path;        /* keys, joined with '/'; that of the array for a record or an element */
  const char *key;         /* that counts, "" where there is none */
  size_t depth;            /* of the path */
  const char *bytes;       /* JSON */
  size_t size;
  size_t line, byte;       /* where it starts */
} clino__json_item;

typedef clino_status (*clino__json_sink)(const clino__json_item *item, void *ctx, clino_error *error);

typedef struct clino__json_frame {
  char type;               /* '{' or '[' */
  bool counts;             /* an object with keys that count */
  size_t path;             /* length of the path before it */
  size_t members;
} clino__json_frame;

typedef struct clino__json_scan {
  const char *name;
  clino__json_sink sink;
  void *ctx;
  size_t line, byte;
  int expect;              /* what comes next */
  clino__json_frame frames[CLINO__JSON_DEPTH];
  size_t depth;
  clino__text path, key, leaf;
  size_t leaf_line, leaf_byte, leaf_depth;
  char leaf_type;          /* of what is being held: '{' '[' '"' or 's' for a scalar; NUL: nothing */
  bool in_string, escaped, in_key;
  size_t values;           /* complete ones of the stream */
  bool lines;              /* each value of the stream ends its line */
  bool skip_line;          /* what is no JSON, up to the end of the line */
  size_t damaged, damaged_line; /* lines that were left out */
  size_t first_line;       /* in which the last value of the stream began */
} clino__json_scan;

void clino__json_init(clino__json_scan *scan, const char *name, clino__json_sink sink, void *ctx);
clino_status clino__json_feed(clino__json_scan *scan, const char *bytes, size_t size, clino_error *error);

/* CLINO_ERR_FORMAT where the document is not complete; a last line of a stream that was cut is left out. */
clino_status clino__json_finish(clino__json_scan *scan, clino_error *error);
void clino__json_free(clino__json_scan *scan);

#endif
