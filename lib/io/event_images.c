#include "io/event_images.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

/* The number of a tensor's type that holds strings. */
enum { DT_STRING = 7 };

/* "images/TAG" for the first of an event, "images/TAG/1" for the next. */
static clino_status make_series(clino__event_images *images, const clino__event_images_place *place, size_t i,
                                clino_error *error) {
  static const char prefix[] = "images/";
  const char *tag = *place->tag ? place->tag : "(no tag)";
  clino__text name = CLINO__TEXT_EMPTY;
  if (strncmp(tag, prefix, sizeof prefix - 1) != 0) clino__text_add(&name, prefix);
  clino__text_add(&name, tag);
  if (i) clino__text_addf(&name, "/%zu", i);
  clino_status status = name.failed ? clino__fail_memory(error, "a name")
                                    : clino_run_add_series(place->run, place->axis, clino__text_string(&name),
                                                           *place->tag ? place->tag : NULL, CLINO_SERIES_IMAGE,
                                                           &images->series[i], error);
  clino__text_free(&name);
  return status;
}

static clino_status add_file(clino__event_images *images, const clino__event_images_place *place, size_t i,
                             const ProtobufCBinaryData *file, uint64_t *skipped, clino_error *error) {
  if (i >= CLINO__EVENT_IMAGES || !clino_image_file_look(file->data, file->len, NULL)) {
    ++*skipped;
    return CLINO_OK;
  }
  clino_status status = images->series[i] ? CLINO_OK : make_series(images, place, i, error);
  const size_t rows = clino_axis_rows(place->axis), points = clino_series_count(images->series[i]);
  const bool taken = points && clino_series_row(images->series[i], points - 1) == rows - 1;
  if (!status && (!rows || taken || clino_axis_steps(place->axis)[rows - 1] != place->step))
    status = clino_axis_add_row(place->axis, place->step, NAN, place->time, error);
  return status ? status : clino_series_set_image_row(images->series[i], SIZE_MAX, file->data, file->len, error);
}

clino_status clino__event_image_add(clino__event_images *images, const clino__event_images_place *place,
                                    const ProtobufCBinaryData *message, clino__arena *arena, uint64_t *skipped,
                                    clino_error *error) {
  Clino__Image *image = clino__image__unpack(&arena->allocator, message->len, message->data);
  if (!image && arena->failed) return clino__fail_memory(error, "an image");
  if (image) return add_file(images, place, 0, &image->encoded_image_string, skipped, error);
  arena->full = false; /* that was this image's alone */
  ++*skipped;
  return CLINO_OK;
}

clino_status clino__event_images_add(clino__event_images *images, const clino__event_images_place *place,
                                     const Clino__TensorProto *tensor, uint64_t *skipped, clino_error *error) {
  clino_status status = CLINO_OK;
  if (tensor->dtype != DT_STRING || tensor->n_string_val < 3) ++*skipped;
  for (size_t i = 2; !status && tensor->dtype == DT_STRING && i < tensor->n_string_val; i++)
    status = add_file(images, place, i - 2, &tensor->string_val[i], skipped, error);
  return status;
}
