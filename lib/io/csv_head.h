/* The first records of a CSV, among which the header is found: it shows the separator, and what stands before it. */
#ifndef CLINO_IO_CSV_HEAD_H
#define CLINO_IO_CSV_HEAD_H

#include <stdbool.h>

#include "io/lines.h"

/* The header and its first row are looked for among so many records. */
#define CLINO__HEAD_RECORDS 12

/* A line, or several where quotes span them. */
typedef struct clino__csv_record {
  size_t start, size;  /* in the head's text */
  size_t number, byte; /* of its first line */
  char end;            /* of its last line */
} clino__csv_record;

/* A zeroed one is empty; clino__text_free(&head.text) frees it. */
typedef struct clino__csv_head {
  clino__text text;
  size_t n;
  clino__csv_record records[CLINO__HEAD_RECORDS];
  bool open; /* the last record ended within quotes */
} clino__csv_head;

/* Adds a line to the head, which is not full. Blank lines are left out. False where memory is out. */
bool clino__csv_head_add(clino__csv_head *head, const clino__line *line);

/* Whether a line stands before any table: '#' and a comment. */
bool clino__csv_is_comment(const clino__line *line);

/* The record with which the table begins, and its separator (' ' for any number of blanks), where the last record that
 * was added shows it: SIZE_MAX where it does not. */
size_t clino__csv_head_find(const clino__csv_head *head, char *separator);

/* The same where nothing more will come, or nothing was found: never SIZE_MAX unless the head is empty. */
size_t clino__csv_head_guess(const clino__csv_head *head, char *separator);

/* How surely these first bytes are a table: 0 to 100. */
int clino__csv_probe(const char *bytes, size_t size);

/* The next cell of a record of size bytes: what it holds, without blanks and quotes around it, in *bytes and *length.
 * False past the last one. *at starts as 0. */
bool clino__csv_cell(const char *record, size_t size, char separator, size_t *at, const char **bytes, size_t *length);

/* Whether the line is one of YOLOv5's results.txt, which has no header: "0/299  3.6G  0.11 ...". */
bool clino__csv_is_results_txt(const char *record, size_t size);

#endif
