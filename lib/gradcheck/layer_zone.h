/* Memory for one tensor between guard zones, in bytes: what is written next to it shows, and what is read there is NaN
 * in single and in double precision. */
#ifndef CLINO_GRADCHECK_LAYER_ZONE_H
#define CLINO_GRADCHECK_LAYER_ZONE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct clino__zone {
  unsigned char *block; /* NULL: none */
  unsigned char *data;  /* 64-byte aligned, as vector code may want it */
  size_t size;          /* bytes; a multiple of 4 */
} clino__zone;

/* The room is filled with zeros. False where memory is out. */
bool clino__zone_new(clino__zone *zone, size_t size);
void clino__zone_free(clino__zone *zone);
bool clino__zone_intact(const clino__zone *zone);

#endif
