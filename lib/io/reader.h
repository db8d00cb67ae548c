/* What a reader is. A new one is a file read_NAME.c, which defines clino__reader_NAME, and a line in reader_list.h.
 *
 * A reader is fed the log's bytes in order, in chunks of any size, and must make the same run whatever the sizes. It
 * never opens or reads a file itself, so that files, standard input, memory and decompression are one thing. */
#ifndef CLINO_IO_READER_H
#define CLINO_IO_READER_H

#include "base/error.h"
#include "clino/io.h"

/* How many bytes (fewer where the log is shorter) a probe sees. */
#define CLINO__PROBE_BYTES 65536

#define CLINO__PROBE_MEMORY (-1)

/* What a reader works with; owned by the caller and valid until close. */
typedef struct clino__reading {
  clino_run *run;                     /* to be filled */
  const char *name;                   /* of the log, for clino__error_at */
  const clino_read_options *options;  /* never NULL; map is valid */
} clino__reading;

typedef struct clino__reader {
  clino_format format;
  /* How surely these first bytes are of this format: 0 not at all, 100 beyond doubt; the largest wins.
   * CLINO__PROBE_MEMORY where memory is out. */
  int (*probe)(const char *bytes, size_t size);
  /* Makes *state. After an error there is none, and close is not called. */
  clino_status (*open)(const clino__reading *reading, void **state, clino_error *error);
  clino_status (*feed)(void *state, const char *bytes, size_t size, clino_error *error);
  clino_status (*finish)(void *state, clino_error *error); /* the log is complete */
  void (*close)(void *state);
} clino__reader;

/* Reads one file, as clino_run_read does; options are valid. */
clino_status clino__read_file(const char *path, const clino_read_options *options, clino_run **run,
                              const clino_format **format, clino_error *error);

/* Reads a folder that is one run, as clino_run_read does. */
clino_status clino__read_folder(const char *path, const clino_read_options *options, clino_run **run,
                                const clino_format **format, clino_error *error);

/* The attribute in which a reader says what it left out or mended: lines that are no rows, a record that was cut. */
#define CLINO__ATTRIBUTE_NOTES "notes"

/* Adds a sentence to the run's notes; what is there already is not said twice. */
clino_status clino__reading_note(const clino__reading *reading, clino_error *error, const char *format, ...)
    CLINO__PRINTF(3, 4);

#define READER(name) extern const clino__reader clino__reader_##name;
#include "io/reader_list.h"
#undef READER

#endif
