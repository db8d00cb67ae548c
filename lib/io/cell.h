/* What a cell of a log holds, and how pieces of a log appear in messages. */
#ifndef CLINO_IO_CELL_H
#define CLINO_IO_CELL_H

#include <stdbool.h>
#include <stddef.h>

typedef enum clino__cell { CLINO__CELL_MISSING, CLINO__CELL_NUMBER, CLINO__CELL_TEXT } clino__cell;

/* What a cell holds: nothing (blank, "-", or in any case NA, N/A, None, null), a number, or text. A number may stand in
 * brackets, be a percentage ("93.5%" is 93.5), or be printed as a tensor ("tensor(0.5, device='cuda:0')"). */
clino__cell clino__cell_read(const char *bytes, size_t size, double *value);

/* As clino__cell_read, in a table whose separator is not a comma: "0,25" is 0.25. */
clino__cell clino__cell_read_comma(const char *bytes, size_t size, double *value);

bool clino__is_utf8(const char *bytes, size_t size);

/* At most 40 bytes of a cell or name for a message: printable, whole UTF-8 characters. */
#define CLINO__SAMPLE_SIZE 44
void clino__sample(char out[CLINO__SAMPLE_SIZE], const char *bytes, size_t size);

#endif
