/* --follow: judges the runs again and again while they are written, until a finding of level fail is final, a signal
 * asks for the verdict so far, or standard input ends.
 *
 * The whole log is read anew each time, so that any format can be followed, and logs that are replaced or begun anew as
 * well. It costs time in proportion to the log: between two looks passes at least ten times what the last one took. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

enum { READ_BYTES = 65536, REST = 10 };

static volatile sig_atomic_t asked_to_end;

static void on_signal(int number) {
  (void)number;
  asked_to_end = 1;
}

/* Where a followed file stood at the last look. */
typedef struct follow_file {
  struct stat seen;
  bool there;
} follow_file;

/* A finding that was told. */
typedef struct follow_told {
  char run[512], check[64], series[256];
  clino_finding_level level;
  bool final;
} follow_told;

typedef struct follow {
  cli_options *options;
  cli_input input;
  bool reads_input, input_ended, input_grew;
  follow_file *files; /* a RUN each */
  cli_list told;
  bool is_live;       /* a view on a terminal, in place of what is told on the way */
  cli_live live;
} follow;

/* ---- what has changed ---- */

static bool is_input(const char *path) { return strcmp(path, "-") == 0; }

static bool same_file(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Whether a file is another one than at the last look; says so where it did not simply grow. */
static bool file_changed(follow *f, const char *path, follow_file *file) {
  struct stat now;
  bool there = stat(path, &now) == 0;
  if (!there) {
    bool gone = file->there;
    file->there = false;
    return gone;
  }
  bool changed = !file->there || S_ISDIR(now.st_mode) || !same_file(&now, &file->seen);
  if (file->there && !f->options->quiet && !S_ISDIR(now.st_mode)) {
    if (changed) live_erase(&f->live);
    if (now.st_ino != file->seen.st_ino || now.st_dev != file->seen.st_dev)
      complain("%s: was replaced by another file, which is judged from now on", path);
    else if (now.st_size < file->seen.st_size)
      complain("%s: became shorter: it was begun anew", path);
  }
  file->seen = now;
  file->there = true;
  return changed;
}

static bool anything_changed(follow *f) {
  const char *const *paths = f->options->runs.items;
  bool changed = f->input_grew;
  for (size_t i = 0; i < f->options->runs.n; i++)
    if (!is_input(paths[i])) changed |= file_changed(f, paths[i], &f->files[i]);
  f->input_grew = false;
  return changed;
}

/* ---- standard input ---- */

static bool read_input(follow *f) {
  cli_input *in = &f->input;
  if (in->capacity - in->size < READ_BYTES) {
    size_t capacity = in->capacity + in->capacity / 2 + READ_BYTES;
    char *grown = realloc(in->bytes, capacity);
    if (!grown) return complain_memory();
    in->bytes = grown;
    in->capacity = capacity;
  }
  ssize_t n = read(STDIN_FILENO, in->bytes + in->size, in->capacity - in->size);
  if (n > 0) in->size += (size_t)n;
  if (n > 0) f->input_grew = true;
  if (n == 0) f->input_ended = true;
  if (n >= 0 || errno == EINTR || errno == EAGAIN) return true;
  complain("standard input: cannot read: %s", strerror(errno));
  return false;
}

/* Waits so long, or until a signal or the end of standard input, of which it takes what comes. False: said what
 * failed, or nobody reads standard output any more (a closed pipe, a terminal that is gone), which is no news. */
static bool wait_ms(follow *f, int64_t duration) {
  int64_t end = clock_ms() + duration;
  while (!asked_to_end && !(f->reads_input && f->input_ended)) {
    int64_t left = end - clock_ms();
    if (left <= 0) return true;
    struct pollfd streams[] = {{.fd = f->options->output ? -1 : STDOUT_FILENO},
                               {.fd = f->reads_input ? STDIN_FILENO : -1, .events = POLLIN}};
    /* In pieces of at most a second: a signal that comes just before poll does not interrupt it. */
    int ready = poll(streams, 2, left < 1000 ? (int)left : 1000);
    if (ready > 0 && streams[0].revents & (POLLERR | POLLHUP)) return false;
    if (ready > 0 && streams[1].revents && !read_input(f)) return false;
  }
  return true;
}

/* ---- what is told on the way ---- */

/* Whether it is news, which is remembered. */
static bool is_news(follow *f, const char *run, const clino_finding *finding, bool *ok) {
  follow_told now = {.level = finding->level, .final = finding->final};
  snprintf(now.run, sizeof now.run, "%s", run);
  snprintf(now.check, sizeof now.check, "%s", finding->check);
  snprintf(now.series, sizeof now.series, "%s", finding->series ? finding->series : "");
  follow_told *told = f->told.items;
  for (size_t i = 0; i < f->told.n; i++) {
    if (strcmp(told[i].run, now.run) != 0 || strcmp(told[i].check, now.check) != 0 ||
        strcmp(told[i].series, now.series) != 0)
      continue;
    bool news = now.level > told[i].level || (now.final && !told[i].final);
    if (news) told[i] = now;
    return news;
  }
  *ok = list_add(&f->told, &now, sizeof now);
  return *ok;
}

/* A finding that is final goes to standard output where that is text; others may pass, and are said on standard
 * error. */
static bool tell(follow *f, const char *run, const clino_finding *finding) {
  char line[4096], safe[4096];
  bool text = !f->options->output && (!f->options->format || strcmp(f->options->format, "text") == 0);
  snprintf(line, sizeof line, "%s: %s%s %s: %s", is_input(run) ? "standard input" : run,
           finding->final ? "final " : "", clino_finding_level_name(finding->level), finding->check, finding->message);
  if (!finding->final || !text) {
    if (!f->options->quiet) complain("%s", line);
    return true;
  }
  clino_report_printable(line, safe, sizeof safe);
  if (puts(safe) >= 0 && fflush(stdout) == 0) return true;
  if (errno != EPIPE) complain("standard output: cannot write: %s", strerror(errno));
  return false;
}

/* Tells what is new at or above warn; *failed: some failure is final. False: said what is wrong. */
static bool tell_news(follow *f, const cli_judgement *judgement, bool *failed) {
  bool ok = true;
  for (size_t i = 0; i < judgement->n; i++) {
    const cli_judged *j = &judgement->all[i];
    for (size_t k = 0; k < clino_findings_count(j->findings); k++) {
      const clino_finding *finding = clino_findings_at(j->findings, k);
      *failed |= finding->final && finding->level == CLINO_FINDING_FAIL;
    }
  }
  /* What ends the following is in the report that comes now. */
  for (size_t i = 0; !*failed && ok && i < judgement->n; i++) {
    const cli_judged *j = &judgement->all[i];
    for (size_t k = 0; ok && k < clino_findings_count(j->findings); k++) {
      const clino_finding *finding = clino_findings_at(j->findings, k);
      if (!f->is_live && finding->level >= CLINO_FINDING_WARN && is_news(f, j->name, finding, &ok))
        ok = tell(f, j->name, finding);
    }
  }
  return ok;
}

/* ---- following ---- */

static bool at_end(const follow *f) {
  return asked_to_end || (f->reads_input && f->input_ended && f->options->runs.n == 1);
}

/* Looks until there is a reason to end, which leaves the last judgement. False: said what failed. */
static bool look(follow *f, cli_judgement *judgement) {
  int64_t interval = (int64_t)(1000 * f->options->interval_seconds);
  for (;;) {
    bool last = at_end(f), failed = false;
    int64_t start = clock_ms();
    if (last || anything_changed(f)) {
      judgement_free(judgement);
      f->options->growing = !last;
      if (!judgement_make(f->options, judgement) || !tell_news(f, judgement, &failed)) return false;
      if (last || failed) break;
      if (f->is_live && !live_draw(&f->live, f->options, judgement)) return false;
    } else if (f->is_live && live_is_stale(&f->live) && !live_draw(&f->live, f->options, judgement)) {
      return false;
    }
    int64_t rest = REST * (clock_ms() - start);
    if (!wait_ms(f, rest > interval ? rest : interval)) return false;
    if (f->input_ended) f->reads_input = f->options->runs.n == 1;
  }
  live_erase(&f->live);
  return true;
}

static bool prepare(follow *f) {
  const char *const *paths = f->options->runs.items;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  for (size_t i = 0; i < f->options->runs.n; i++) f->reads_input |= is_input(paths[i]);
  if (f->reads_input) f->options->input = &f->input;
  f->files = calloc(f->options->runs.n, sizeof *f->files);
  return f->files ? true : complain_memory();
}

int follow_runs(cli_options *options) {
  follow f = {.options = options, .is_live = live_wanted(options)};
  cli_judgement judgement = {.all = NULL};
  if (!(options->interval_seconds > 0)) options->interval_seconds = 1;
  bool ok = prepare(&f) && look(&f, &judgement) && judgement_report(options, &judgement);
  int status = ok ? judgement_status(options, &judgement) : EXIT_USAGE;
  judgement_free(&judgement);
  options->input = NULL;
  free(f.input.bytes);
  free(f.files);
  free(f.told.items);
  return status;
}
