/* Framed records. A record that lies whole in what is fed is handed on where it lies; only one that is cut by the
 * end of a piece is copied. Lengths are believed after their checksum, and even then nothing is allocated before it
 * came. */
#include "io/record.h"

#include "io/crc32c.h"

enum { HEAD = 12, FOOT = 4 };

static uint32_t read_u32(const unsigned char *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t read_u64(const unsigned char *p) { return read_u32(p) | (uint64_t)read_u32(p + 4) << 32; }

/* TensorFlow masks its checksums, since one of data that hold their own checksum is of little use
 * (lib/hash/crc32c.h). */
static uint32_t mask(uint32_t crc) { return (crc >> 15 | crc << 17) + 0xA282EAD8u; }

static void write_little(unsigned char *p, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; i++, value >>= 8) p[i] = (unsigned char)(value & 255);
}

void clino__record_frame(clino__text *text, const void *data, size_t size) {
  unsigned char head[HEAD], foot[FOOT];
  write_little(head, size, 8);
  write_little(head + 8, mask(clino__crc32c(0, head, 8)), 4);
  write_little(foot, mask(clino__crc32c(0, data, size)), FOOT);
  clino__text_add_bytes(text, (const char *)head, HEAD);
  clino__text_add_bytes(text, data, size);
  clino__text_add_bytes(text, (const char *)foot, FOOT);
}

bool clino__record_starts(const char *bytes, size_t size) {
  const unsigned char *p = (const unsigned char *)bytes;
  return size >= HEAD && read_u32(p + 8) == mask(clino__crc32c(0, p, 8));
}

static clino_status damaged(const clino__records *r, const char *what, clino_error *error) {
  clino__fail(error, CLINO_ERR_FORMAT, "the checksum of a record's %s is wrong: the file is damaged", what);
  clino__error_at(error, r->name, 0, (size_t)r->byte);
  return CLINO_ERR_FORMAT;
}

static clino_status read_head(clino__records *r, const unsigned char *p, clino_error *error) {
  if (!clino__record_starts((const char *)p, HEAD)) return damaged(r, "length", error);
  r->length = read_u64(p);
  r->is_long = r->length > CLINO__RECORD_MAX;
  r->left = r->length;
  r->sum = 0;
  return CLINO_OK;
}

/* A record is complete: data is NULL for a long one. */
static clino_status hand_on(clino__records *r, const unsigned char *data, uint32_t sum, const unsigned char *foot,
                            clino_error *error) {
  if (read_u32(foot) != mask(sum)) return damaged(r, "data", error);
  clino__record record = {data, data ? (size_t)r->length : 0, r->byte};
  r->byte += HEAD + r->length + FOOT;
  return r->on_record(&record, r->ctx, error);
}

static clino_status keep(clino__records *r, const unsigned char *bytes, size_t size, clino_error *error) {
  clino__text_add_bytes(&r->carry, (const char *)bytes, size);
  return r->carry.failed ? clino__fail_memory(error, "a record") : CLINO_OK;
}

/* Each of these takes some of the bytes (at least one), and says how many. */

static clino_status feed_long(clino__records *r, const unsigned char *p, size_t size, size_t *used,
                              clino_error *error) {
  *used = r->left < size ? (size_t)r->left : size;
  r->sum = clino__crc32c(r->sum, p, *used);
  r->left -= *used;
  if (*used) return CLINO_OK;
  *used = FOOT - r->carry.length < size ? FOOT - r->carry.length : size;
  clino_status status = keep(r, p, *used, error);
  if (status || r->carry.length < FOOT) return status;
  r->is_long = false;
  status = hand_on(r, NULL, r->sum, (const unsigned char *)r->carry.data, error);
  clino__text_clear(&r->carry);
  return status;
}

static clino_status feed_carried(clino__records *r, const unsigned char *p, size_t size, size_t *used,
                                 clino_error *error) {
  size_t whole = r->carry.length < HEAD ? HEAD : HEAD + (size_t)r->length + FOOT, missing = whole - r->carry.length;
  *used = missing < size ? missing : size;
  clino_status status = keep(r, p, *used, error);
  if (status || *used < missing) return status;
  const unsigned char *head = (const unsigned char *)r->carry.data, *data = head + HEAD;
  if (whole == HEAD) status = read_head(r, head, error);
  else status = hand_on(r, data, clino__crc32c(0, data, (size_t)r->length), data + r->length, error);
  if (whole > HEAD || r->is_long) clino__text_clear(&r->carry);
  return status;
}

static clino_status feed_whole(clino__records *r, const unsigned char *p, size_t size, size_t *used,
                               clino_error *error) {
  *used = size;
  if (size < HEAD) return keep(r, p, size, error);
  clino_status status = read_head(r, p, error);
  if (status) return status;
  if (r->is_long) {
    *used = HEAD;
    return CLINO_OK;
  }
  if (size < HEAD + r->length + FOOT) return keep(r, p, size, error);
  *used = HEAD + (size_t)r->length + FOOT;
  return hand_on(r, p + HEAD, clino__crc32c(0, p + HEAD, (size_t)r->length), p + HEAD + r->length, error);
}

clino_status clino__records_feed(clino__records *r, const char *bytes, size_t size, clino_error *error) {
  const unsigned char *p = (const unsigned char *)bytes, *end = p + size;
  clino_status status = CLINO_OK;
  while (!status && p < end) {
    size_t used = 0, left = (size_t)(end - p);
    if (r->is_long) status = feed_long(r, p, left, &used, error);
    else if (r->carry.length) status = feed_carried(r, p, left, &used, error);
    else status = feed_whole(r, p, left, &used, error);
    p += used;
  }
  return status;
}

bool clino__records_cut(const clino__records *records) { return records->carry.length || records->is_long; }

void clino__records_free(clino__records *records) { clino__text_free(&records->carry); }
