/* clino/io.h - runs from files, runs to files (libclino-io).
 *
 * Formats are found by content, not by name. A reader is one file in lib/io/ and one line in its list.
 */
#ifndef CLINO_IO_H
#define CLINO_IO_H

#include "clino/run.h"
#include "clino/sink.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A format that can be read. Static storage. */
typedef struct clino_format {
  const char *name;         /* "csv" */
  const char *description;  /* one line */
} clino_format;

/* How many formats can be read. Thread safe. */
CLINO_API size_t clino_format_count(void);

/* The i-th format that can be read, NULL past the end. Static storage; thread safe. */
CLINO_API const clino_format *clino_format_at(size_t i);

/* A role: what a series is, whatever its name in the log. Static storage. */
typedef struct clino_role {
  const char *name;         /* "val/loss"; "NAME" in it stands for that of a layer or tensor */
  const char *description;  /* one line */
} clino_role;

/* How many roles there are that checks look for or reports know. Thread safe. */
CLINO_API size_t clino_role_count(void);

/* The i-th of them, the axis first, NULL past the end. Any other name is a series of its own. Thread safe. */
CLINO_API const clino_role *clino_role_at(size_t i);

/* A column of the log named to be a role: role "train/loss", column "my loss". The roles "step", "epoch" and "time"
 * make a column the axis. column is the log's own name; an unnamed one is "column N", N from 1. */
typedef struct clino_role_map {
  const char *role, *column;
} clino_role_map;

typedef struct clino_read_options {
  size_t struct_size;          /* set by clino_read_options_default */
  const clino_role_map *map;   /* overrides of the roles that names suggest; NULL (default): none */
  size_t n_map;
  size_t chunk_bytes;          /* how much is read at a time; default 262144, 1 to 1 GiB. No run depends on it */
  int (*progress)(uint64_t bytes_done, uint64_t bytes_total, void *ctx);  /* NULL (default): none; bytes_total is 0
                                      where unknown; called at most once a chunk; nonzero stops: CLINO_ERR_CANCELLED.
                                      It must return: leaving by longjmp or a C++ exception is undefined */
  void *ctx;
  bool growing;                /* the log is still being written: a last line without its end is not read yet; default
                                  false */
} clino_read_options;

/* The defaults that the fields' comments state. Thread safe. */
CLINO_API clino_read_options clino_read_options_default(void);

/* Reads the log at path into a new run, which the caller frees. path: a file; "-", standard input; or a folder that is
 * one run: TensorBoard's event files (several of one folder merged by time; those in folders called "train",
 * "validation" and the like become series of that phase), MLflow's or DVCLive's one file a metric, or a folder that
 * holds one log. Anything may be compressed by gzip.
 * *format, where format is not NULL, is set to the format that it was in. options NULL: the defaults.
 * Numbers are read in C form whatever setlocale says. A blank cell, "-", and in any case "NA", "N/A", "None" and "null"
 * are missing; "nan" and "inf" are data. A column whose cells are mostly text stays in the run as a series without
 * points whose missing_reason says so; text in a column of numbers is an error.
 * Errors: CLINO_ERR_IO, CLINO_ERR_FORMAT (file, line and byte say where: no log, malformed, a role mapped to a column
 * that is not there), CLINO_ERR_RANGE (a NULL, an option out of range), CLINO_ERR_MEMORY, CLINO_ERR_CANCELLED. *run is
 * NULL after an error.
 * Limits: a row has at most 16 MiB, a table 65,536 columns.
 * Cost: one pass; memory as in run.h plus a buffer and one row. Thread safe for different runs. */
CLINO_API clino_status clino_run_read(const char *path, const clino_read_options *options, clino_run **run,
                                      const clino_format **format, clino_error *error);

/* Where a run is, in or below a folder. */
typedef struct clino_run_place {
  const char *path;     /* for clino_run_read: a file, or a folder that is one run */
  bool certain;         /* false: by its name it may be a log; reading it may show that it is none */
  const char *problem;  /* NULL, or why this folder cannot be looked into */
} clino_run_place;

/* A list of such places. */
typedef struct clino_runs clino_runs;

/* Lists the runs in a folder and below it in *runs, which the caller frees; in the order of their paths, numbers in
 * names compared as numbers. Found are folders that are one run (see clino_run_read), files named like a log, and of
 * the checkpoints "checkpoint-N" of the Hugging Face Trainer the one with the longest history. Where a folder has event
 * files, other logs in it are taken to say the same, and left out. Hidden entries are not looked at, a folder that is
 * reached twice or through itself only once. A path that is no folder is listed as it is.
 * Errors: CLINO_ERR_IO (path cannot be read; folders below it that cannot are listed with their problem),
 * CLINO_ERR_MEMORY, CLINO_ERR_RANGE (a NULL). *runs is NULL after an error.
 * Cost: one look at each entry, and the first bytes of some files. Thread safe. */
CLINO_API clino_status clino_runs_find(const char *path, clino_runs **runs, clino_error *error);

/* How many there are; 0 for NULL. */
CLINO_API size_t clino_runs_count(const clino_runs *runs);

/* The i-th, valid until the list is freed; NULL past the end. */
CLINO_API const clino_run_place *clino_runs_at(const clino_runs *runs, size_t i);

/* Frees the list. NULL is allowed. */
CLINO_API void clino_runs_free(clino_runs *runs);

/* Reads a log from size bytes of memory, as clino_run_read does from a file, with the same errors and limits.
 * data: the caller's, NULL only for size 0. name: what errors call it; NULL stands for "". */
CLINO_API clino_status clino_run_read_memory(const void *data, size_t size, const char *name,
                                             const clino_read_options *options, clino_run **run,
                                             const clino_format **format, clino_error *error);

/* Writes the scalar series of a run as Clino's CSV, which clino_run_read makes into the same series again: a header
 * "step[,epoch][,time],SERIES...", one row a row of its axes, blank cells where a value is missing, numbers in the
 * shortest form that reads back to the same bits. Before it stands a line "#{json}" with the attributes, and with the
 * member "clino", which lists the axis columns and tells the reader to take all names as they are; the line is left out
 * where there are no attributes and a reader would do so anyway. The columns of one axis stand together; the rows of
 * several axes are merged by step, each axis keeping its order (read back, they are one axis). Histograms, original
 * names and reasons of missing values are not written.
 * path: as for clino_file_write.
 * Errors: CLINO_ERR_IO (path is in the error's file), CLINO_ERR_MEMORY, CLINO_ERR_RANGE (a NULL, or the name of a
 * series is not UTF-8). Cost: one pass over rows times columns, and a small buffer. Thread safe for different runs. */
CLINO_API clino_status clino_run_write_csv(const clino_run *run, const char *path, clino_error *error);

/* Opens a log of JSON lines for appending, as a sink that the caller closes with clino_sink_close. A row is one line,
 * {"step": 12, "time": 3.5, "train/loss": 0.25, ...}, written by one write: killed at any moment, the log holds every
 * row whose append had returned. Numbers are the shortest that read back to the same bits, or the bare NaN, Infinity
 * and -Infinity. Histograms and images are not written.
 * Where the log has rows already, a part of a row that a killed process left at its end is cut off, and the first row
 * that is appended has a further member "resume": 1. While a sink is open, another one for the same file is refused.
 * path: not NULL; made where it is not there; a pipe or device is written as it is.
 * Errors: CLINO_ERR_IO (cannot be opened or written; another process is writing it), CLINO_ERR_MEMORY, CLINO_ERR_RANGE
 * (a NULL; append: a name is empty or not UTF-8), CLINO_ERR_FORMAT (path is no log of JSON lines). After an error of
 * append (a full disk, a closed pipe) the rows before it are whole, and the next append tries anew. */
CLINO_API clino_status clino_sink_open_json(const char *path, clino_run_sink **sink, clino_error *error);

/* Opens a log in Clino's CSV for appending, as a sink that the caller closes with clino_sink_close: a wide table
 * "step,time,resume,SERIES...", one line a row, written by one write, blank cells where a row has no value. Rows,
 * kills, resuming and errors are as for clino_sink_open_json; "resume" is 1 in the first row after a resume. Histograms
 * and images are not written.
 * The header is written with the first row and stays: columns first (n_columns names, copied; NULL where there are
 * none), then the series of the first row. What comes later has no column; it goes to NAME.extra.csv beside NAME.csv,
 * one line "step,series,value" each, which clino_run_read joins. A resumed log keeps its header.
 * path: not NULL; ends in ".csv" unless it is a pipe or device, where late series are an error.
 * Errors: as for clino_sink_open_json, and CLINO_ERR_RANGE (path does not end in ".csv"; a name is empty, not UTF-8 or
 * has a line end; append: a row with two values of one series, a late series without a step or without a file),
 * CLINO_ERR_FORMAT (path is no log in Clino's CSV), CLINO_ERR_IO (the log is new and NAME.extra.csv is there, of
 * another one). Cost of a row: linear in the columns. */
CLINO_API clino_status clino_sink_open_csv(const char *path, size_t n_columns, const char *const *columns,
                                           clino_run_sink **sink, clino_error *error);

/* Opens an event file for TensorBoard for appending, as a sink that the caller closes with clino_sink_close. A row is
 * one record with its checksums, written by one write: scalars in single precision, as TensorBoard holds them (a finite
 * one beyond that range becomes the largest of its sign), histograms with NaN left out and what lay outside their edges
 * in a bucket at the edge, images as PNG. The time of a row is its own, or the system's where that is unknown.
 * Kills, resuming and errors are as for clino_sink_open_json; the first row after a resume has a scalar "resume" of 1.
 * How often histograms are there is settled by who makes the rows: clino_watch_options.histogram_every.
 * path: not NULL; TensorBoard looks for files with "tfevents" in their name. Opening reads a log that is there.
 * Errors: as for clino_sink_open_json, and CLINO_ERR_RANGE (append: a row without a step, a histogram or an image that
 * is none, a row of more than 64 MiB), CLINO_ERR_FORMAT (path is no event file, or is damaged). */
CLINO_API clino_status clino_sink_open_tfevents(const char *path, clino_run_sink **sink, clino_error *error);

/* Writes size bytes to a file whole or not at all: beside its place, then renamed onto it, so that no reader ever sees
 * half of it and an error leaves what was there. Permissions of a file that is replaced stay; a link stays, and what it
 * leads to is replaced. "-" is standard output; a device or pipe is written directly.
 * path: not NULL. bytes: NULL only for size 0.
 * Errors: CLINO_ERR_IO (path is in the error's file), CLINO_ERR_MEMORY, CLINO_ERR_RANGE (a NULL). Thread safe. */
CLINO_API clino_status clino_file_write(const char *path, const void *bytes, size_t size, clino_error *error);

#ifdef __cplusplus
}
#endif
#endif
