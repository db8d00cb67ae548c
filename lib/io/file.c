#define _XOPEN_SOURCE 700 /* realpath */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

clino_status clino__fail_file(clino_error *error, const char *verb, const char *path, int number) {
  char reason[128] = "";
  if (!number || strerror_r(number, reason, sizeof reason) != 0 || !reason[0])
    snprintf(reason, sizeof reason, "error %d of the system", number);
  clino_status code = number == ENOMEM ? CLINO_ERR_MEMORY : CLINO_ERR_IO;
  clino_status status = clino__fail(error, code, "cannot %s: %s", verb, reason);
  clino__error_at(error, path, 0, 0);
  return status;
}

static void forget_names(clino__output *out) {
  free(out->target);
  free(out->beside);
  out->target = out->beside = NULL;
}

/* Makes a new file beside path, with the permissions that a file of this user gets, or has at path already. */
static clino_status open_beside(clino__output *out, const struct stat *existing, clino_error *error) {
  out->target = existing ? realpath(out->path, NULL) : clino__strdup(out->path);
  if (!out->target && existing) return clino__fail_file(error, "write", out->path, errno);
  size_t size = out->target ? strlen(out->target) + 48 : 0;
  int fd = -1;
  out->beside = out->target ? malloc(size) : NULL;
  if (!out->beside) {
    forget_names(out);
    return clino__fail_memory(error, "the name of a file");
  }
  for (int i = 0; i < 100 && fd < 0; i++) {
    snprintf(out->beside, size, "%s.%ld-%d.part", out->target, (long)getpid(), i);
    fd = open(out->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno != EEXIST) break;
  }
  if (fd >= 0 && existing && fchmod(fd, existing->st_mode & 07777) != 0) errno = 0; /* a nicety that may fail */
  out->stream = fd >= 0 ? fdopen(fd, "wb") : NULL;
  if (out->stream) return CLINO_OK;
  clino_status status = clino__fail_file(error, "write", out->path, errno);
  if (fd >= 0) {
    close(fd);
    unlink(out->beside);
  }
  forget_names(out);
  return status;
}

clino_status clino__output_open(clino__output *out, const char *path, clino_error *error) {
  *out = (clino__output){.path = path, .standard = strcmp(path, "-") == 0};
  if (out->standard) {
    out->stream = stdout;
    return CLINO_OK;
  }
  struct stat existing;
  bool exists = stat(path, &existing) == 0;
  if (exists && S_ISDIR(existing.st_mode)) return clino__fail_file(error, "write", path, EISDIR);
  if (!exists || S_ISREG(existing.st_mode)) return open_beside(out, exists ? &existing : NULL, error);
  out->stream = fopen(path, "wb");
  return out->stream ? CLINO_OK : clino__fail_file(error, "write", path, errno);
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
    forget_names(out);
  }
  return status;
}
