/* A run's attributes as one JSON object on one line, the "#{json}" that may open a CSV. */
#ifndef CLINO_IO_ATTRIBUTES_H
#define CLINO_IO_ATTRIBUTES_H

#include "base/text.h"
#include "clino/run.h"

/* The attribute that stands for no attribute: Clino's CSV lists its axis columns in it, and thereby says that its names
 * are canonical. It is never left in a run that was read. */
#define CLINO__ATTRIBUTE_OWN "clino"

/* Sets an attribute for every member of the object in bytes; numbers and nested values become their JSON text, null is
 * left out. CLINO_ERR_FORMAT with *offset (into bytes) where it is malformed. */
clino_status clino__attributes_read(clino_run *run, const char *bytes, size_t size, size_t *offset, clino_error *error);

/* Adds the attributes as one line without a line end; own, where not NULL, becomes the member CLINO__ATTRIBUTE_OWN. */
clino_status clino__attributes_write(const clino_run *run, const char *own, clino__text *text, clino_error *error);

#endif
