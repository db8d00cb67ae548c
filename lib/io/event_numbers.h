/* Numbers and histograms out of the messages of an event file. */
#ifndef CLINO_IO_EVENT_NUMBERS_H
#define CLINO_IO_EVENT_NUMBERS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "clino/run.h"
#include "io/events.pb-c.h"

/* A histogram under construction, its memory kept for the next one. */
typedef struct clino__event_bins {
  double *edges;    /* n + 1 */
  uint64_t *counts; /* n */
  size_t n, capacity;
  uint64_t pending; /* counted where no bin is yet */
} clino__event_bins;

void clino__event_bins_free(clino__event_bins *bins);

/* How many elements the tensor has by its shape; SIZE_MAX where that is no number of elements. */
size_t clino__tensor_size(const Clino__TensorProto *tensor);

/* Whether it holds numbers, not strings or what else. */
bool clino__tensor_is_numeric(const Clino__TensorProto *tensor);

/* The only number of a tensor of one element. False: it holds none. */
bool clino__tensor_scalar(const Clino__TensorProto *tensor, double *value);

/* What the message holds as edges and counts in *bins. *why is NULL where there is one, and else says why not.
 * CLINO_ERR_MEMORY alone. */
clino_status clino__histogram_of_message(const Clino__HistogramProto *message, clino__event_bins *bins,
                                         const char **why, clino_error *error);

/* The same of a tensor of shape [k, 3]: left edge, right edge and count of k bins. */
clino_status clino__histogram_of_tensor(const Clino__TensorProto *tensor, clino__event_bins *bins, const char **why,
                                        clino_error *error);

/* The name of a histogram in the run: "gradients/NAME", "activations/NAME" or "parameters/NAME" where the tag says that
 * it is one, else the tag. */
void clino__histogram_name(const char *tag, clino__text *name);

#endif
