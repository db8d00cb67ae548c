/* The end of a describing text. Private to lib/train. */
#ifndef CLINO_TRAIN_DESCRIBE_H
#define CLINO_TRAIN_DESCRIBE_H

#include "base/text.h"

#define CLINO__DESCRIBE_SIZE 901 /* with the terminator: test frameworks cut at 1 KB */

/* Copies a text, cut to 900 bytes, to out of size bytes; returns the length of what is cut to 900. */
size_t clino__describe_copy(const clino__text *text, char *out, size_t size);

#endif
