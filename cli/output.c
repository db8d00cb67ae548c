/* Where the text goes, and that it arrived there: a full disk or a closed pipe is an error, a file is there whole or
 * as it was. */
#define _XOPEN_SOURCE 700 /* realpath */
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

static bool fail(const cli_output *out, const char *what) {
  int number = errno;
  /* A reader that has seen enough (diagnose ... | head) is no news: the exit status says it. */
  if (number != EPIPE) complain("%s: %s: %s", out->name, what, strerror(number));
  return false;
}

static void forget(cli_output *out) {
  if (out->temporary) unlink(out->temporary);
  free(out->temporary);
  free(out->path);
  out->path = out->temporary = NULL;
}

/* A new file beside path, with the permissions of the file that it is to replace, else those that umask leaves. */
static int open_beside(cli_output *out, const struct stat *old) {
  size_t size = strlen(out->path) + sizeof ".XXXXXX";
  out->temporary = malloc(size);
  if (!out->temporary) return -1;
  snprintf(out->temporary, size, "%s.XXXXXX", out->path);
  int fd = mkstemp(out->temporary);
  if (fd < 0) {
    free(out->temporary);
    out->temporary = NULL;
    return -1;
  }
  mode_t mask = umask(0);
  umask(mask);
  fchmod(fd, old ? old->st_mode & 07777 : 0666 & ~mask);
  return fd;
}

bool output_open(cli_output *out, const char *path) {
  *out = (cli_output){stdout, "standard output", NULL, NULL, 0};
  if (!path || strcmp(path, "-") == 0) return true;
  out->name = path;
  struct stat old;
  bool exists = stat(path, &old) == 0;
  out->path = exists ? realpath(path, NULL) : strdup(path); /* through a link, to the file itself */
  if (!out->path) return fail(out, "cannot be written");
  /* A device or a pipe is written to, never replaced. */
  int fd = exists && !S_ISREG(old.st_mode) ? open(out->path, O_WRONLY) : open_beside(out, exists ? &old : NULL);
  out->file = fd < 0 ? NULL : fdopen(fd, "w");
  if (out->file) return true;
  fail(out, "cannot be written");
  if (fd >= 0) close(fd);
  forget(out);
  return false;
}

bool output_close(cli_output *out, bool whole) {
  bool written = fflush(out->file) == 0 && !ferror(out->file) && !out->error;
  int error = out->error ? out->error : errno;
  if (fclose(out->file) != 0 && written) {
    written = false;
    error = errno;
  }
  errno = error;
  if (whole && !written) whole = fail(out, "cannot be written");
  if (whole && out->temporary) {
    if (rename(out->temporary, out->path) == 0) {
      free(out->temporary);
      out->temporary = NULL;
    } else {
      whole = fail(out, "cannot be replaced");
    }
  }
  forget(out);
  return whole;
}

int output_sink(const char *text, size_t size, void *ctx) {
  cli_output *out = ctx;
  if (fwrite(text, 1, size, out->file) == size) return 0;
  if (!out->error) out->error = errno;
  return 1;
}
