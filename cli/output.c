/* Where the text goes, and that it arrived there: a full disk or a closed pipe is an error, a file is there whole or
 * as it was. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

/* A standard stream that was closed is opened on /dev/null in the wrong direction, so that using it is an error and no
 * file that is opened later gets its number. SIGPIPE is ignored: the write itself then fails. */
bool output_prepare(void) {
  signal(SIGPIPE, SIG_IGN);
  for (int fd = 0; fd <= 2; fd++) {
    if (fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) return false;
  }
  return true;
}

/* A slip of the hand must not cost a log. */
bool output_spares_runs(const cli_options *o) {
  struct stat output, run;
  const char *const *runs = o->runs.items;
  if (!o->output || strcmp(o->output, "-") == 0) return true;
  if (stat(o->output, &output) != 0 || !S_ISREG(output.st_mode)) return true;
  for (size_t i = 0; i < o->runs.n; i++) {
    int status = strcmp(runs[i], "-") == 0 ? fstat(STDIN_FILENO, &run) : stat(runs[i], &run);
    if (status == 0 && run.st_dev == output.st_dev && run.st_ino == output.st_ino)
      return complain_usage("option '--output': '%s' is a RUN, and would be replaced", o->output);
  }
  return true;
}

bool output_open_memory(cli_output *out) {
  *out = (cli_output){.file = NULL};
  out->file = open_memstream(&out->text, &out->size);
  return out->file ? true : complain_memory();
}

bool output_open(cli_output *out, const char *path) {
  *out = (cli_output){.file = stdout};
  if (!path || strcmp(path, "-") == 0) return true;
  if (!output_open_memory(out)) return false;
  out->path = path;
  return true;
}

static bool save(const cli_output *out) {
  clino_error error;
  if (clino_file_write(out->path, out->text, out->size, &error) == CLINO_OK) return true;
  complain_error(&error);
  return false;
}

bool output_close(cli_output *out, bool whole) {
  bool written = fflush(out->file) == 0 && !ferror(out->file) && !out->error;
  int number = out->error ? out->error : errno;
  if (fclose(out->file) != 0 && written) {
    written = false;
    number = errno;
  }
  if (out->path) {
    if (whole) whole = written && out->text ? save(out) : complain_memory(); /* closing may fail and not say so */
    free(out->text);
    return whole;
  }
  /* A reader that has seen enough (diagnose ... | head) is no news: the exit status says it. */
  if (whole && !written && number != EPIPE) complain("standard output: cannot write: %s", strerror(number));
  return whole && written;
}

int output_sink(const char *text, size_t size, void *ctx) {
  cli_output *out = ctx;
  if (fwrite(text, 1, size, out->file) == size) return 0;
  if (!out->error) out->error = errno;
  return 1;
}
