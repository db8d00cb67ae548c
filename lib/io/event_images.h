/* Images out of the messages of an event file. */
#ifndef CLINO_IO_EVENT_IMAGES_H
#define CLINO_IO_EVENT_IMAGES_H

#include "base/error.h"
#include "clino/run.h"
#include "io/arena.h"
#include "io/events.pb-c.h"

/* The name of the axis that the images of a log stand on. */
#define CLINO__IMAGE_AXIS "images"

/* An event may hold several images of one tag, each of which becomes a series. */
#define CLINO__EVENT_IMAGES 8

/* The series of a tag; NULL until there is one. */
typedef struct clino__event_images {
  clino_series *series[CLINO__EVENT_IMAGES];
} clino__event_images;

/* Where an image goes. */
typedef struct clino__event_images_place {
  clino_run *run;
  clino_axis *axis; /* of images */
  const char *tag;
  int64_t step;
  double time;
} clino__event_images_place;

/* Adds what a message (the bytes of an Image) holds. What is no image is counted in *skipped. CLINO_ERR_MEMORY, and
 * CLINO_ERR_RANGE where the axis is full. */
clino_status clino__event_image_add(clino__event_images *images, const clino__event_images_place *place,
                                    const ProtobufCBinaryData *message, clino__arena *arena, uint64_t *skipped,
                                    clino_error *error);

/* The same for a tensor of strings: width and height in digits, then one image or several. */
clino_status clino__event_images_add(clino__event_images *images, const clino__event_images_place *place,
                                     const Clino__TensorProto *tensor, uint64_t *skipped, clino_error *error);

#endif
