#include "io/lines.h"

#include <string.h>

void clino__lines_init(clino__lines *lines, const char *name, clino__line_sink sink, void *ctx) {
  *lines = (clino__lines){.name = name, .sink = sink, .ctx = ctx, .number = 1};
}

void clino__lines_free(clino__lines *lines) { clino__text_free(&lines->carry); }

static bool is_line_end(char c) { return c == '\n' || c == '\r'; }

size_t clino__find_no_text(const char *bytes, size_t size) {
  size_t i = 0;
  while (i < size && ((unsigned char)bytes[i] >= 0x20 || memchr("\t\n\r\b\x1B\a\f", bytes[i], 7))) i++;
  return i;
}

bool clino__is_text(const char *bytes, size_t size) { return size && clino__find_no_text(bytes, size) == size; }

size_t clino__count_lines(const char *bytes, size_t size) {
  size_t lines = 0;
  for (size_t i = 0; i < size; i++)
    lines += bytes[i] == '\n' || (bytes[i] == '\r' && i + 1 < size && !is_line_end(bytes[i + 1]));
  return lines;
}

static clino_status fail(const clino__lines *l, size_t number, size_t byte, clino_error *error, const char *what) {
  clino__fail(error, CLINO_ERR_FORMAT, "%s", what);
  clino__error_at(error, l->name, number, byte);
  return CLINO_ERR_FORMAT;
}

static clino_status keep(clino__lines *l, const char *bytes, size_t size, clino_error *error) {
  if (!l->carry.length) {
    l->carry_byte = l->byte;
    l->carry_number = l->number;
  }
  if (size > CLINO__MAX_LINE_BYTES - l->carry.length)
    return fail(l, l->carry_number, l->carry_byte, error, "a line is longer than 16 MiB");
  clino__text_add_bytes(&l->carry, bytes, size);
  l->byte += size;
  return l->carry.failed ? clino__fail_memory(error, "a line") : CLINO_OK;
}

/* Hands over a line of size bytes, which what was carried stands before. */
static clino_status hand_over(clino__lines *l, const char *bytes, size_t size, char end, clino_error *error) {
  if (l->carry.length || size > CLINO__MAX_LINE_BYTES) {
    clino_status status = keep(l, bytes, size, error);
    if (status) return status;
    clino__line line = {clino__text_string(&l->carry), l->carry.length, end, l->carry_number, l->carry_byte};
    status = l->sink(&line, l->ctx, error);
    clino__text_clear(&l->carry);
    return status;
  }
  clino__line line = {bytes, size, end, l->number, l->byte};
  l->byte += size;
  return l->sink(&line, l->ctx, error);
}

/* A carriage return counts as the end of a line only once the next byte is no part of it. */
static void pass_end(clino__lines *l, char end) {
  l->byte++;
  l->number += end == '\n';
  l->after_cr = end == '\r';
}

static clino_status feed_text(clino__lines *l, const char *bytes, size_t size, clino_error *error) {
  const char *p = bytes, *end = bytes + size, *lf = NULL, *cr = NULL;
  clino_status status = CLINO_OK;
  while (p < end && !status) {
    if (!lf || lf < p) lf = memchr(p, '\n', (size_t)(end - p));
    if (!lf) lf = end;
    if (!cr || cr < p) cr = memchr(p, '\r', (size_t)(end - p));
    if (!cr) cr = end;
    const char *stop = cr < lf ? cr : lf;
    if (l->after_cr && stop > p) {
      l->number++;
      l->after_cr = false;
    }
    if (stop == end) return keep(l, p, (size_t)(end - p), error);
    status = hand_over(l, p, (size_t)(stop - p), *stop, error);
    pass_end(l, *stop);
    p = stop + 1;
  }
  return status;
}

clino_status clino__lines_feed(clino__lines *lines, const char *bytes, size_t size, clino_error *error) {
  if (!size) return CLINO_OK;
  const char *nul = memchr(bytes, '\0', size);
  clino_status status = feed_text(lines, bytes, nul ? (size_t)(nul - bytes) : size, error);
  if (status || !nul) return status;
  if (lines->after_cr) lines->number++;
  return fail(lines, lines->number, lines->byte, error, "a NUL byte: this is no text");
}

clino_status clino__lines_finish(clino__lines *lines, clino_error *error) {
  return lines->carry.length ? hand_over(lines, "", 0, '\0', error) : CLINO_OK;
}
