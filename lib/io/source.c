/* Sources of bytes. Compressed ones (RFC 1952) may have several members, as logs that were appended to have, and zeros
 * after the last, as tapes have. One that ends within a member gives what there was, and says that it was cut. */
#include "io/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "io/file.h"

#define PIECE 65536

/* Logs shrink to a third or a twentieth, very dull ones to a hundredth; zlib can at most make 1032 of one byte (zlib
 * Technical Details, 2005). What is small may be as dull as it likes. */
#define MOST_EXPANSION 250
#define ALWAYS_FINE ((uint64_t)64 << 20)

struct clino__gunzip {
  z_stream stream;
  uint64_t out;      /* bytes so far */
  bool between;      /* members: only another one may follow */
  unsigned char in[PIECE];
};

clino_status clino__source_open(clino__source *source, const char *path, clino_error *error) {
  *source = (clino__source){.name = path, .fd = STDIN_FILENO, .standard = strcmp(path, "-") == 0};
  if (!source->standard) source->fd = open(path, O_RDONLY | O_CLOEXEC);
  if (source->fd < 0) return clino__fail_file(error, "read", path, errno);
  struct stat info;
  clino_status status = CLINO_OK;
  if (fstat(source->fd, &info) != 0) status = clino__fail_file(error, "read", path, errno);
  else if (S_ISDIR(info.st_mode)) status = clino__fail_file(error, "read", path, EISDIR);
  else if (S_ISREG(info.st_mode) && info.st_size > 0) source->total = (uint64_t)info.st_size;
  if (status) clino__source_close(source);
  return status;
}

void clino__source_memory(clino__source *source, const char *name, const void *data, size_t size) {
  *source = (clino__source){.name = name, .fd = -1, .memory = data, .size = size, .total = size, .standard = true};
}

void clino__source_close(clino__source *source) {
  if (source->gunzip) {
    inflateEnd(&source->gunzip->stream);
    free(source->gunzip);
    source->gunzip = NULL;
  }
  if (source->fd >= 0 && !source->standard) close(source->fd);
  source->fd = -1;
}

/* ---- as they are ---- */

static clino_status take_raw(clino__source *s, void *buffer, size_t room, const char **bytes, size_t *got,
                             clino_error *error) {
  if (s->next < s->n_first) {
    *bytes = (const char *)s->first + s->next;
    *got = s->n_first - s->next < room ? s->n_first - s->next : room;
    s->next += *got;
    return CLINO_OK;
  }
  if (s->memory || s->fd < 0) {
    *got = s->size - s->position < room ? s->size - s->position : room;
    *bytes = *got ? s->memory + s->position : buffer;
    s->position += *got;
  } else {
    ssize_t n;
    do n = read(s->fd, buffer, room);
    while (n < 0 && errno == EINTR);
    if (n < 0) return clino__fail_file(error, "read", s->name, errno);
    *bytes = buffer;
    *got = (size_t)n;
  }
  s->done += *got;
  return CLINO_OK;
}

/* ---- decompressed ---- */

static clino_status fail_gunzip(const clino__source *s, const char *what, clino_error *error) {
  clino__fail(error, CLINO_ERR_FORMAT, "%s", what);
  clino__error_at(error, s->name, 0, (size_t)(s->done - s->gunzip->stream.avail_in));
  return CLINO_ERR_FORMAT;
}

static clino_status begin(clino__source *s, clino_error *error) {
  s->begun = true;
  clino_status status = CLINO_OK;
  while (!status && s->n_first < sizeof s->first) {
    const char *bytes;
    size_t got = 0;
    s->next = s->n_first; /* none of them yet: read on */
    status = take_raw(s, s->first + s->n_first, sizeof s->first - s->n_first, &bytes, &got, error);
    if (got && bytes != (const char *)s->first + s->n_first) memcpy(s->first + s->n_first, bytes, got);
    s->n_first += got;
    if (!got) break;
  }
  s->next = 0;
  if (status || s->n_first < 2 || s->first[0] != 0x1f || s->first[1] != 0x8b) return status;
  s->gunzip = calloc(1, sizeof *s->gunzip);
  if (!s->gunzip || inflateInit2(&s->gunzip->stream, 15 + 16) != Z_OK) {
    free(s->gunzip);
    s->gunzip = NULL;
    return clino__fail_memory(error, "decompression");
  }
  return CLINO_OK;
}

/* Input for the decompressor; none at the end. */
static clino_status refill(clino__source *s, clino_error *error) {
  struct clino__gunzip *g = s->gunzip;
  const char *bytes = NULL;
  size_t got = 0;
  clino_status status = take_raw(s, g->in, sizeof g->in, &bytes, &got, error);
  if (status) return status;
  if (got && bytes != (const char *)g->in) memcpy(g->in, bytes, got);
  g->stream.next_in = g->in;
  g->stream.avail_in = (uInt)got;
  return CLINO_OK;
}

/* After a member: zeros are padding, anything but another member is left alone, as gzip itself does. */
static void between_members(clino__source *s) {
  struct clino__gunzip *g = s->gunzip;
  while (g->stream.avail_in && !*g->stream.next_in) g->stream.next_in++, g->stream.avail_in--;
  if (!g->stream.avail_in) return;
  if (*g->stream.next_in == 0x1f && inflateReset(&g->stream) == Z_OK) g->between = false;
  else s->ended = true;
}

static clino_status take_inflated(clino__source *s, char *buffer, size_t room, size_t *got, clino_error *error) {
  struct clino__gunzip *g = s->gunzip;
  if (room > (size_t)1 << 30) room = (size_t)1 << 30;
  g->stream.next_out = (Bytef *)buffer;
  g->stream.avail_out = (uInt)room;
  while (!s->ended && g->stream.avail_out == room) {
    clino_status status = g->stream.avail_in ? CLINO_OK : refill(s, error);
    if (status) return status;
    bool more = g->stream.avail_in > 0;
    if (!more) {
      s->ended = true;
      s->cut = !g->between;
    }
    if (more && g->between) between_members(s);
    if (!more || s->ended || g->between) continue;
    int result = inflate(&g->stream, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) return clino__fail_memory(error, "decompression");
    if (result == Z_STREAM_END) g->between = true;
    else if (result != Z_OK && result != Z_BUF_ERROR) return fail_gunzip(s, "the compressed data are damaged", error);
  }
  *got = room - g->stream.avail_out;
  g->out += *got;
  if (g->out > ALWAYS_FINE && g->out / MOST_EXPANSION > s->done)
    return fail_gunzip(s, "decompresses to more than 250 times its size: no log", error);
  return CLINO_OK;
}

clino_status clino__source_take(clino__source *source, char *buffer, size_t room, const char **bytes, size_t *got,
                                clino_error *error) {
  clino_status status = source->begun ? CLINO_OK : begin(source, error);
  *got = 0;
  *bytes = buffer;
  if (status) return status;
  return source->gunzip ? take_inflated(source, buffer, room, got, error)
                        : take_raw(source, buffer, room, bytes, got, error);
}
