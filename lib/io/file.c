#define _XOPEN_SOURCE 700 /* realpath */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "clino/io.h"

clino_status clino__fail_file(clino_error *error, const char *verb, const char *path, int number) {
  char reason[128] = "";
  if (!number || strerror_r(number, reason, sizeof reason) != 0 || !reason[0])
    snprintf(reason, sizeof reason, "error %d of the system", number);
  clino_status code = number == ENOMEM ? CLINO_ERR_MEMORY : CLINO_ERR_IO;
  clino_status status = clino__fail(error, code, "cannot %s: %s", verb, reason);
  clino__error_at(error, path, 0, 0);
  return status;
}

/* Makes a new file beside the target, with the permissions that a file of this user gets, or has there already. */
static FILE *open_beside(clino__output *out, const struct stat *existing) {
  size_t size = strlen(out->target) + 48;
  int fd = -1;
  out->beside = malloc(size);
  for (int i = 0; out->beside && i < 100 && fd < 0; i++) {
    snprintf(out->beside, size, "%s.%ld-%d.part", out->target, (long)getpid(), i);
    fd = open(out->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno != EEXIST) break;
  }
  if (fd < 0) return NULL;
  if (existing && fchmod(fd, existing->st_mode & 07777) != 0) errno = 0; /* a nicety that may fail */
  FILE *stream = fdopen(fd, "wb");
  int number = errno;
  if (!stream) {
    close(fd);
    unlink(out->beside);
  }
  errno = number;
  return stream;
}

clino_status clino__output_open(clino__output *out, const char *path, clino_error *error) {
  *out = (clino__output){.path = path, .standard = strcmp(path, "-") == 0};
  struct stat existing;
  bool exists = !out->standard && stat(path, &existing) == 0;
  if (out->standard) {
    out->stream = stdout;
  } else if (exists && S_ISDIR(existing.st_mode)) {
    errno = EISDIR;
  } else if (exists && !S_ISREG(existing.st_mode)) {
    out->stream = fopen(path, "wb");
  } else {
    out->target = exists ? realpath(path, NULL) : clino__strdup(path);
    if (out->target) out->stream = open_beside(out, exists ? &existing : NULL);
  }
  if (out->stream) return CLINO_OK;
  clino_status status = clino__fail_file(error, "write", path, errno);
  free(out->target);
  free(out->beside);
  return status;
}

clino_status clino__output_write(clino__output *out, const char *bytes, size_t size, clino_error *error) {
  errno = 0;
  if (fwrite(bytes, 1, size, out->stream) == size) return CLINO_OK;
  return clino__fail_file(error, "write", out->path, errno);
}

clino_status clino__output_close(clino__output *out, clino_status status, clino_error *error) {
  errno = 0;
  if (fflush(out->stream) != 0 && !status) status = clino__fail_file(error, "write", out->path, errno);
  if (!out->standard && fclose(out->stream) != 0 && !status)
    status = clino__fail_file(error, "write", out->path, errno);
  if (out->beside) {
    if (!status && rename(out->beside, out->target) != 0) status = clino__fail_file(error, "write", out->path, errno);
    if (status) unlink(out->beside);
  }
  free(out->target);
  free(out->beside);
  return status;
}

clino_status clino_file_write(const char *path, const void *bytes, size_t size, clino_error *error) {
  if (!path || (size && !bytes)) return clino__fail(error, CLINO_ERR_RANGE, "clino_file_write: an argument is NULL");
  clino__output out;
  clino_status status = clino__output_open(&out, path, error);
  if (status) return status;
  if (size) status = clino__output_write(&out, bytes, size, error);
  return clino__output_close(&out, status, error);
}
