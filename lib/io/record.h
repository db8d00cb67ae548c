/* Framed records, as TensorBoard's event files hold them: length (8 bytes, little-endian), its masked CRC-32C, the
 * data, their masked CRC-32C. Fed in pieces of any size. */
#ifndef CLINO_IO_RECORD_H
#define CLINO_IO_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Longer records are no numbers but pictures, graphs and the like: their checksum is tested, their data are not
 * kept. */
#define CLINO__RECORD_MAX ((size_t)64 << 20)

typedef struct clino__record {
  const unsigned char *data; /* NULL for a record longer than CLINO__RECORD_MAX */
  size_t size;
  uint64_t byte; /* of the record's first byte in the log */
} clino__record;

typedef clino_status (*clino__on_record)(const clino__record *record, void *ctx, clino_error *error);

/* Where one is in a log. Zeroed at first, but for the first three. */
typedef struct clino__records {
  const char *name; /* of the log, for errors */
  clino__on_record on_record;
  void *ctx;
  uint64_t byte;       /* where the record begins that is to come */
  clino__text carry;   /* its first bytes */
  uint64_t length;     /* of its data, once its head is read */
  bool is_long;        /* its data pass by: */
  uint64_t left;       /*   what is still to come of them */
  uint32_t sum;        /*   the checksum so far */
} clino__records;

/* Calls on_record for every record that is complete; what it returns, if not CLINO_OK, ends the feeding.
 * CLINO_ERR_FORMAT with the byte of the record where a checksum is wrong. */
clino_status clino__records_feed(clino__records *records, const char *bytes, size_t size, clino_error *error);

/* Whether the log ended within a record. */
bool clino__records_cut(const clino__records *records);

void clino__records_free(clino__records *records);

/* Adds a record around the data to text. */
void clino__record_frame(clino__text *text, const void *data, size_t size);

/* Whether bytes begin with the length of a record and its checksum. */
bool clino__record_starts(const char *bytes, size_t size);

#endif
