/* MLflow's file store: one file a metric, each line "timestamp value step". */
#ifndef CLINO_IO_MLFLOW_H
#define CLINO_IO_MLFLOW_H

#include <stdbool.h>
#include <stddef.h>

/* Whether bytes, perhaps cut anywhere, begin as such a file. */
bool clino__mlflow_starts(const char *bytes, size_t size);

#endif
