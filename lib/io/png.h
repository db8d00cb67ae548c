/* Images as PNG. */
#ifndef CLINO_IO_PNG_H
#define CLINO_IO_PNG_H

#include "base/text.h"
#include "clino/sink.h"

/* The bytes of an image's file, added to text. CLINO_ERR_RANGE where it is no image (a NULL, a size of 0 or above
 * 65,535, channels not 1 to 4), CLINO_ERR_MEMORY. */
clino_status clino__png_add(clino__text *text, const clino_image *image, clino_error *error);

#endif
