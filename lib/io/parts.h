/* Folders that are one run, of which each file holds a part. */
#ifndef CLINO_IO_PARTS_H
#define CLINO_IO_PARTS_H

#include "clino/io.h"
#include "io/entries.h"

typedef enum clino__layout {
  CLINO__LAYOUT_NONE,    /* not one run */
  CLINO__LAYOUT_EVENTS,  /* event files, also of training and validation in folders of their own */
  CLINO__LAYOUT_MLFLOW,  /* metrics/NAME, one file a metric */
  CLINO__LAYOUT_DVCLIVE  /* plots/metrics/NAME.tsv, one file a metric */
} clino__layout;

/* A file and what goes before the names of its series. Parts with the same number share an axis, merged by time. */
typedef struct clino__part {
  char *path, *prefix; /* prefix: "" or "NAME/" */
  size_t axis;
  bool forced; /* the prefix stands also before names that speak of a phase */
} clino__part;

typedef struct clino__parts {
  clino__layout layout;
  clino__part *items;
  size_t n, capacity;
} clino__parts;

/* What the folder at path is, with its entries, and its parts; nothing where it is not one run. *parts is to be
 * freed in any case. CLINO_ERR_IO, CLINO_ERR_MEMORY. */
clino_status clino__parts_find(const char *path, const clino__entries *entries, clino__parts *parts,
                               clino_error *error);
void clino__parts_free(clino__parts *parts);

/* Whether the entry of a folder of that layout belongs to its run, and is no run by itself. */
bool clino__part_holds(const clino__parts *parts, const char *path, const clino__entry *entry);

bool clino__is_event_name(const char *name);

/* Whether "checkpoint-N" is the name, as the Hugging Face Trainer calls the folders of its checkpoints. */
bool clino__is_checkpoint(const char *name);

#endif
