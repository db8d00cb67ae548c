#include "io/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "io/file.h"

/* The size up to the end of the last whole line. */
static bool whole_lines(int fd, size_t all, size_t *size) {
  char buffer[4096];
  while (all > 0) {
    const size_t n = all < sizeof buffer ? all : sizeof buffer;
    if (pread(fd, buffer, n, (off_t)(all - n)) != (ssize_t)n) return false;
    for (size_t i = n; i-- > 0;) {
      if (buffer[i] != '\n') continue;
      *size = all - n + i + 1;
      return true;
    }
    all -= n;
  }
  *size = 0;
  return true;
}

static clino_status fail(const clino__log_file *log, const char *verb, int number, clino_error *error) {
  return clino__fail_file(error, verb, log->path, number);
}

/* Locks a file that was opened, and cuts off what is no whole record. */
static clino_status take_over(clino__log_file *log, clino_error *error) {
  struct stat s;
  if (fstat(log->fd, &s) != 0) return fail(log, "write", errno, error);
  if (!S_ISREG(s.st_mode)) return CLINO_OK; /* a pipe or device: nothing to lock or to cut */
  log->regular = true;
  if (flock(log->fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(log, "lock", errno, error);
    clino__fail(error, CLINO_ERR_IO, "another process is writing this log");
    clino__error_at(error, log->path, 0, 0);
    return CLINO_ERR_IO;
  }
  if (fstat(log->fd, &s) != 0 || !whole_lines(log->fd, (size_t)s.st_size, &log->size))
    return fail(log, "read", errno, error);
  if (log->size < (size_t)s.st_size && ftruncate(log->fd, (off_t)log->size) != 0)
    return fail(log, "write", errno, error);
  log->resumed = log->size > 0;
  return CLINO_OK;
}

clino_status clino__log_file_open(clino__log_file *log, const char *path, clino_error *error) {
  *log = (clino__log_file){.fd = -1, .path = clino__strdup(path)};
  if (!log->path) return clino__fail_memory(error, "a path");
  struct stat s;
  const bool other = stat(path, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode);
  log->fd = open(path, (other ? O_WRONLY : O_RDWR) | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  clino_status status = log->fd < 0 ? fail(log, "write", errno, error) : take_over(log, error);
  if (!status) return CLINO_OK;
  if (log->fd >= 0) close(log->fd);
  free(log->path);
  return status;
}

/* write, but a pipe that nobody reads is EPIPE and no signal, which would end the host: the signal is held back from
 * this thread and taken away, unless one was waiting already. */
static ssize_t write_quietly(int fd, const char *bytes, size_t size) {
  sigset_t pipe_alone, before, waiting;
  int taken;
  sigemptyset(&pipe_alone);
  sigaddset(&pipe_alone, SIGPIPE);
  sigpending(&waiting);
  const bool was_waiting = sigismember(&waiting, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe_alone, &before);
  const ssize_t n = write(fd, bytes, size);
  const int number = errno;
  sigpending(&waiting);
  if (n < 0 && number == EPIPE && !was_waiting && sigismember(&waiting, SIGPIPE) == 1) sigwait(&pipe_alone, &taken);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = number;
  return n;
}

/* Takes back what was written of a record. */
static void take_back(clino__log_file *log, size_t written) {
  if (written) log->torn = ftruncate(log->fd, (off_t)log->size) != 0;
}

clino_status clino__log_file_append(clino__log_file *log, const char *bytes, size_t size, clino_error *error) {
  if (log->torn) {
    if (ftruncate(log->fd, (off_t)log->size) != 0) return fail(log, "write", errno, error);
    log->torn = false;
  }
  for (size_t done = 0; done < size;) {
    const ssize_t n = log->regular ? write(log->fd, bytes + done, size - done)
                                   : write_quietly(log->fd, bytes + done, size - done);
    if (n > 0) {
      done += (size_t)n;
      continue;
    }
    const int number = n < 0 ? errno : EIO;
    if (number == EINTR) continue;
    take_back(log, done);
    return fail(log, "write", number, error);
  }
  log->size += size;
  return CLINO_OK;
}

clino_status clino__log_file_flush(clino__log_file *log, clino_error *error) {
  if (fsync(log->fd) == 0 || errno == EINVAL || errno == EROFS) return CLINO_OK; /* pipes have no disk */
  return fail(log, "write", errno, error);
}

clino_status clino__log_file_close(clino__log_file *log, clino_error *error) {
  const clino_status status = close(log->fd) == 0 ? CLINO_OK : fail(log, "write", errno, error);
  free(log->path);
  return status;
}
