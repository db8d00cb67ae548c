/* TensorBoard event files, written plainly into memory: what the benchmark and the tests read. */
#ifndef BENCH_EVENT_FILE_H
#define BENCH_EVENT_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct event_bytes {
  unsigned char *data;
  size_t size, capacity;
} event_bytes;

static inline void event_put(event_bytes *b, const void *data, size_t size) {
  if (b->size + size > b->capacity) {
    b->capacity = 2 * (b->size + size) + 256;
    b->data = realloc(b->data, b->capacity);
    if (!b->data) abort();
  }
  if (size) memcpy(b->data + b->size, data, size);
  b->size += size;
}

static inline void event_put_little(event_bytes *b, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; i++, value >>= 8) event_put(b, &(unsigned char){(unsigned char)(value & 255)}, 1);
}

/* ---- protocol buffers: varints, and fields by number ---- */

static inline void event_varint(event_bytes *b, uint64_t value) {
  for (; value > 127; value >>= 7) event_put_little(b, (value & 127) | 128, 1);
  event_put_little(b, value, 1);
}

static inline void event_int(event_bytes *b, unsigned field, int64_t value) {
  event_varint(b, (uint64_t)field << 3);
  event_varint(b, (uint64_t)value);
}

static inline void event_raw_double(event_bytes *b, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  event_put_little(b, bits, 8);
}

static inline void event_raw_float(event_bytes *b, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  event_put_little(b, bits, 4);
}

static inline void event_double(event_bytes *b, unsigned field, double value) {
  event_varint(b, (uint64_t)field << 3 | 1);
  event_raw_double(b, value);
}

static inline void event_float(event_bytes *b, unsigned field, float value) {
  event_varint(b, (uint64_t)field << 3 | 5);
  event_raw_float(b, value);
}

static inline void event_data(event_bytes *b, unsigned field, const void *data, size_t size) {
  event_varint(b, (uint64_t)field << 3 | 2);
  event_varint(b, size);
  event_put(b, data, size);
}

/* As a field of b; inner is emptied for its next use. */
static inline void event_message(event_bytes *b, unsigned field, event_bytes *inner) {
  event_data(b, field, inner->data, inner->size);
  inner->size = 0;
}

/* ---- records ---- */

/* Bit by bit, so that it has nothing in common with what it tests. */
static inline uint32_t event_crc(const void *data, size_t size) {
  const unsigned char *p = data;
  uint32_t crc = 0xFFFFFFFFu;
  static const uint32_t nibbles[16] = {0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3,
                                       0x61C69362, 0x7198540D, 0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
                                       0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75};
  for (size_t i = 0; i < size; i++) {
    crc ^= p[i];
    crc = crc >> 4 ^ nibbles[crc & 15];
    crc = crc >> 4 ^ nibbles[crc & 15];
  }
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xA282EAD8u;
}

/* A record around the bytes of an event, which is emptied. */
static inline void event_record(event_bytes *file, event_bytes *event) {
  size_t start = file->size;
  event_put_little(file, event->size, 8);
  event_put_little(file, event_crc(file->data + start, 8), 4);
  event_put(file, event->data, event->size);
  event_put_little(file, event_crc(event->data, event->size), 4);
  event->size = 0;
}

static inline void event_version(event_bytes *file, double time) {
  event_bytes event = {NULL, 0, 0};
  event_double(&event, 1, time);
  event_data(&event, 3, "brain.Event:2", 13);
  event_record(file, &event);
  free(event.data);
}

/* An event of one value, whose fields but its tag are in value, which is emptied. */
static inline void event_value(event_bytes *file, const char *tag, double time, int64_t step, event_bytes *value) {
  event_bytes event = {NULL, 0, 0}, summary = {NULL, 0, 0}, whole = {NULL, 0, 0};
  event_data(&whole, 1, tag, strlen(tag));
  event_put(&whole, value->data, value->size);
  value->size = 0;
  event_message(&summary, 1, &whole);
  event_double(&event, 1, time);
  event_int(&event, 2, step);
  event_message(&event, 5, &summary);
  event_record(file, &event);
  free(event.data);
  free(summary.data);
  free(whole.data);
}

static inline void event_scalar(event_bytes *file, const char *tag, double time, int64_t step, float number) {
  event_bytes value = {NULL, 0, 0};
  event_float(&value, 2, number);
  event_value(file, tag, time, step, &value);
  free(value.data);
}

/* The fields of a histogram in the old form: limits and counts of n buckets. */
static inline void event_histogram(event_bytes *file, const char *tag, double time, int64_t step, double min,
                                   double max, size_t n, const double *limits, const double *counts) {
  event_bytes value = {NULL, 0, 0}, histogram = {NULL, 0, 0}, list = {NULL, 0, 0};
  event_double(&histogram, 1, min);
  event_double(&histogram, 2, max);
  for (size_t i = 0; i < n; i++) event_raw_double(&list, limits[i]);
  event_message(&histogram, 6, &list);
  for (size_t i = 0; i < n; i++) event_raw_double(&list, counts[i]);
  event_message(&histogram, 7, &list);
  event_message(&value, 5, &histogram);
  event_value(file, tag, time, step, &value);
  free(value.data);
  free(histogram.data);
  free(list.data);
}

#endif
