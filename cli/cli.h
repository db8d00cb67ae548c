/* diagnose: what its files share. Each does one thing: the options and the help about them (options.c), their values
 * (values.c), those of clino.ini (config.c), the other lists (list.c), what is in folders (places.c), reading and
 * judging the runs (judge.c), holding them beside each other (compare.c), --follow (follow.c, live.c), --list-series
 * (series.c), where the text goes (output.c), what is said on standard error (message.c), the bar (progress.c). The
 * program never calls setlocale: it stays in the C locale, so that printf and strtod may be used for numbers. */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "clino/assertion.h"
#include "clino/baseline.h"
#include "clino/check.h"
#include "clino/compare.h"
#include "clino/io.h"
#include "clino/loss.h"
#include "clino/report.h"

/* Where several hold: usage, then unreadable, then findings. */
enum { EXIT_CLEAN = 0, EXIT_FINDINGS = 1, EXIT_USAGE = 2, EXIT_UNREADABLE = 3 };

typedef enum cli_mode {
  MODE_DIAGNOSE,
  MODE_LIST_SERIES,
  MODE_LIST_CHECKS,
  MODE_LIST_FORMATS,
  MODE_LIST_ROLES,
  MODE_EXPLAIN,
  MODE_HELP,
  MODE_VERSION
} cli_mode;

typedef enum cli_when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER } cli_when;

/* A growable list of items of one size. */
typedef struct cli_list {
  void *items;
  size_t n, capacity;
} cli_list;

/* Standard input that was read already: it can be judged again and again while it comes. */
typedef struct cli_input {
  char *bytes;
  size_t size, capacity;
} cli_input;

typedef struct cli_options {
  cli_mode mode;
  const char *mode_option;       /* the option that set the mode, NULL for MODE_DIAGNOSE */
  const char *format;            /* NULL: not given */
  const char *output;            /* NULL: standard output */
  const char *explain;           /* id */
  const char *loss, *classes;    /* attributes to set; NULL: as logged */
  cli_list only, skip;           /* const char *: ids */
  cli_list settings;             /* clino_check_setting */
  cli_list map;                  /* clino_role_map */
  cli_list assertions;           /* clino_assertion * */
  const char *config;            /* path; NULL: found from the runs upward */
  cli_list kept;                 /* char *: texts that options point into, beside the command line */
  const char *baseline;          /* path of a run to compare with; NULL: none */
  bool compare;
  const char *by;                /* series to rank runs by; NULL: chosen */
  int by_direction;              /* 1: lower is better; -1: higher; 0: as its name tells */
  cli_list runs;                 /* const char *: paths */
  int fail_on;                   /* lowest level that gives exit status 1; above FAIL: never; 0: not given */
  cli_when color;
  bool quiet, verbose;
  bool follow;
  double interval_seconds;       /* between two looks at what is followed */
  bool growing;                  /* the runs are still being written: set by --follow */
  const cli_input *input;        /* stands for "-"; NULL: standard input itself */
} cli_options;

/* One of the runs that a RUN stands for. */
typedef struct cli_place {
  char *path, *problem;          /* problem: why it cannot be read, NULL where it may be */
  bool certain;                  /* false: it may turn out to be no log, and is passed over then */
  size_t given;                  /* index of the RUN */
} cli_place;

/* A run with all that its report is written from. */
typedef struct cli_judged {
  const char *name;
  clino_run *run;
  clino_findings *findings;      /* NULL: it could not be read, and error says why */
  const clino_format *format;
  clino_error error;
} cli_judged;

typedef struct cli_judgement {
  cli_list places;               /* cli_place */
  cli_judged baseline;           /* name NULL: there is none */
  cli_judged *all;
  size_t n;
  clino_comparison *comparison;  /* NULL: none was asked for */
} cli_judgement;

/* Where the text goes: standard output, or memory until it is whole and becomes a file. */
typedef struct cli_output {
  FILE *file;
  const char *path;              /* of the file; NULL for standard output */
  char *text;                    /* for the file */
  size_t size;
  int error;                     /* errno of the first piece that was lost, else 0 */
} cli_output;

/* options.c: fills options from the command line; strings point into argv. False: said what is wrong. */
bool options_parse(cli_options *options, int argc, char **argv);
void options_free(cli_options *options);

/* An option, with or without an argument, and what takes it. */
typedef struct cli_option {
  const char *name, *argument; /* argument NULL: takes none */
  bool (*take)(cli_options *, char *value);
  const char *help;
  bool in_config;              /* may stand in clino.ini */
} cli_option;
const cli_option *option_find(const char *name); /* NULL where there is none */

/* config.c: adds to the options of the command line those of clino.ini. False: said what is wrong. */
bool config_apply(cli_options *options);
void options_help(cli_output *out);              /* the usage, on one screen */
bool options_to_terminal(const cli_options *options);
size_t terminal_columns(int fd); /* as COLUMNS says, else of the terminal; 0: it is none */
size_t options_width(const cli_options *options); /* of what is written: as the terminal is wide, else 80 */
bool options_color(const cli_options *options);
bool options_plot(const cli_options *options); /* on a terminal that shows UTF-8 */

/* values.c: the values of the options. False: said what is wrong. */
bool value_ids(cli_list *ids, const char *option, char *value);
bool value_id(const char **id, const char *option, char *value);
bool value_setting(cli_list *settings, char *value);
bool value_map(cli_list *map, char *value);
bool value_assertion(cli_list *assertions, const char *value);
bool value_format(const char **format, const char *value);
bool value_seconds(double *seconds, const char *option, const char *value);
bool value_classes(const char **classes, const char *value);
/* The index of value among the n words. */
bool value_word(size_t *index, const char *option, const char *value, const char *const *words, size_t n);

/* message.c. All text passes through clino_report_printable. */
#if defined(__GNUC__)
#define CLI_PRINTF(string, first) __attribute__((format(printf, string, first)))
#else
#define CLI_PRINTF(string, first)
#endif
void complain(const char *format, ...) CLI_PRINTF(1, 2);
void complain_error(const clino_error *error);
bool complain_usage(const char *format, ...) CLI_PRINTF(1, 2); /* with a hint to --help; always false */
void complain_at(const char *place); /* stands before what is said from now on; NULL: nothing */
bool complain_memory(void);                                    /* always false */
/* The one of n names that is likely meant by word, NULL where none is near. */
const char *nearest(const char *word, const char *(*name_at)(size_t i), size_t n);

/* list.c */
bool list_add(cli_list *list, const void *item, size_t size); /* a copy; false: memory is out, said so */
void list_checks(cli_output *out, size_t width);
void list_formats(cli_output *out, size_t width);
void list_roles(cli_output *out, size_t width);
void explain_check(cli_output *out, const char *id, size_t width);

/* places.c. False: said what is wrong. */
bool places_find(const cli_options *options, cli_list *places);
void places_free(cli_list *places);
clino_status place_error(const cli_place *place, clino_error *error); /* its problem, CLINO_OK where it has none */
bool place_is_log(const cli_place *place, const clino_run *run);
bool place_is_none(const cli_place *place, const clino_error *error);

/* judge.c: reads and judges all runs; reports; what the exit status says. False: said what failed. */
bool judgement_make(const cli_options *options, cli_judgement *judgement);
bool judgement_report(const cli_options *options, const cli_judgement *judgement);
bool judgement_write(const cli_options *options, const cli_judgement *judgement, bool brief, cli_output *out);
int judgement_status(const cli_options *options, const cli_judgement *judgement);
void judgement_free(cli_judgement *judgement);

/* compare.c: compares the runs that could be read, and adds what it finds to their findings. False: said what failed.
 */
bool compare_runs(const cli_options *options, cli_judgement *judgement);

/* live.c: what --follow shows on a terminal. False: said what failed, or the terminal is gone. */
typedef struct cli_live {
  size_t rows, columns;          /* taken, 0: nothing is shown; of the terminal at that time */
  size_t looks;
} cli_live;
bool live_wanted(const cli_options *options);
bool live_draw(cli_live *live, const cli_options *options, const cli_judgement *judgement);
void live_erase(cli_live *live);
bool live_is_stale(const cli_live *live); /* nothing is shown, or the terminal became another size */

/* judge.c, follow.c, series.c: the exit status. */
int judge_runs(const cli_options *options);
int follow_runs(cli_options *options);
int list_series(const cli_options *options);

/* Reads a run and sets the attributes that options ask for; the format in *format where that is not NULL. */
clino_status read_run(const cli_options *options, const char *path, clino_run **run, const clino_format **format,
                      clino_error *error);

/* output.c. What fails is said; false, and exit status 2. */
bool output_spares_runs(const cli_options *options); /* --output names none of the RUNs; false: said so */
bool output_open(cli_output *out, const char *path);
bool output_open_memory(cli_output *out);                  /* out->text, after a flush; both are freed by the caller */
bool output_close(cli_output *out, bool whole); /* whole false: an error came before, and no file is left */
int output_sink(const char *text, size_t size, void *out); /* a clino_report_sink */
bool output_prepare(void);                                 /* at the start: standard streams, SIGPIPE */

/* progress.c: a bar on standard error while a long log is read. */
typedef struct cli_progress {
  bool wanted, shown;
  int64_t start_ms, drawn_ms;
} cli_progress;
int64_t clock_ms(void);
cli_progress progress_start(bool wanted);
int progress_update(uint64_t done, uint64_t total, void *progress); /* for clino_read_options */
void progress_end(cli_progress *progress);

#endif
