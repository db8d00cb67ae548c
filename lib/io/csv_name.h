/* Names in the CSVs that Clino writes. */
#ifndef CLINO_IO_CSV_NAME_H
#define CLINO_IO_CSV_NAME_H

#include "base/text.h"

/* Adds a name as a cell, quoted only where that is needed, so that plain names stay plain. */
void clino__csv_add_name(clino__text *text, const char *name);

#endif
