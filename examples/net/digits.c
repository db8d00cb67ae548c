#include "net/digits.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next whole number of a line, 0 to most, and the comma or the line end after it. */
static bool next_number(char **at, long most, long *value) {
  char *end;
  *value = strtol(*at, &end, 10);
  bool good = end != *at && *value >= 0 && *value <= most && (*end == ',' || *end == '\n' || *end == '\r' || !*end);
  *at = *end == ',' ? end + 1 : end;
  return good;
}

static bool parse_line(char *line, real *pixels, int *label) {
  long value;
  for (size_t i = 0; i < DIGITS_PIXELS; i++) {
    if (!next_number(&line, 16, &value)) return false;
    pixels[i] = (real)value / 16;
  }
  if (!next_number(&line, 9, &value)) return false;
  *label = (int)value;
  return *line == '\n' || *line == '\r' || !*line;
}

static bool grow(digits *d, size_t *capacity) {
  size_t wanted = *capacity ? 2 * *capacity : 2048;
  real *pixels = realloc(d->pixels, wanted * DIGITS_PIXELS * sizeof *pixels);
  if (pixels) d->pixels = pixels;
  int *label = realloc(d->label, wanted * sizeof *label);
  if (label) d->label = label;
  *capacity = wanted;
  return pixels && label;
}

/* The reason why it could not be read, NULL where it could. */
static const char *read_lines(FILE *file, digits *d, size_t *line_number) {
  char line[1024];
  size_t capacity = 0;
  for (*line_number = 1; fgets(line, sizeof line, file); ++*line_number) {
    if (*line_number == 1) continue; /* the header */
    if (d->n == capacity && !grow(d, &capacity)) return "out of memory";
    if (!parse_line(line, d->pixels + d->n * DIGITS_PIXELS, d->label + d->n)) return "not 64 pixels and a label";
    d->n++;
  }
  if (ferror(file)) return "cannot be read";
  return d->n ? NULL : "no digits";
}

int digits_read(const char *path, digits *d) {
  *d = (digits){0, NULL, NULL};
  FILE *file = fopen(path, "r");
  if (!file) {
    perror(path);
    return -1;
  }
  size_t line_number;
  const char *problem = read_lines(file, d, &line_number);
  fclose(file);
  if (!problem) return 0;
  fprintf(stderr, "%s:%zu: %s\n", path, line_number, problem);
  digits_free(d);
  return -1;
}

void digits_free(digits *d) {
  free(d->pixels);
  free(d->label);
  *d = (digits){0, NULL, NULL};
}

static void copy_sample(digits *to, size_t i, const digits *from, size_t j) {
  memmove(to->pixels + i * DIGITS_PIXELS, from->pixels + j * DIGITS_PIXELS, DIGITS_PIXELS * sizeof *to->pixels);
  to->label[i] = from->label[j];
}

void digits_split(const digits *d, size_t n, uint64_t seed, digits *first, digits *rest) {
  rng random = {seed};
  digits all = *d, kept = {1, (real[DIGITS_PIXELS]){0}, (int[1]){0}};
  for (size_t i = d->n; i > 1; i--) { /* Fisher and Yates */
    size_t j = rng_below(&random, i);
    copy_sample(&kept, 0, d, j);
    copy_sample(&all, j, d, i - 1);
    copy_sample(&all, i - 1, &kept, 0);
  }
  if (n > d->n) n = d->n;
  *first = (digits){n, d->pixels, d->label};
  *rest = (digits){d->n - n, d->pixels + n * DIGITS_PIXELS, d->label + n};
}

int batches_init(batches *b, const digits *data, size_t size, uint64_t seed) {
  *b = (batches){.data = data, .size = size, .random = {seed}};
  if (size < 1 || size > data->n) return -1;
  b->order = malloc(data->n * sizeof *b->order);
  b->batch = (digits){size, calloc(size, DIGITS_PIXELS * sizeof(real)), calloc(size, sizeof(int))};
  if (!b->order || !b->batch.pixels || !b->batch.label) {
    batches_free(b);
    return -1;
  }
  for (size_t i = 0; i < data->n; i++) b->order[i] = i;
  b->next = data->n; /* shuffle first */
  return 0;
}

void batches_free(batches *b) {
  free(b->order);
  b->order = NULL;
  digits_free(&b->batch);
}

void batches_next(batches *b) {
  if (b->next + b->size > b->data->n) {
    for (size_t i = b->data->n; i > 1; i--) {
      size_t j = rng_below(&b->random, i), kept = b->order[j];
      b->order[j] = b->order[i - 1];
      b->order[i - 1] = kept;
    }
    b->next = 0;
    b->epoch++;
  }
  for (size_t i = 0; i < b->size; i++) copy_sample(&b->batch, i, b->data, b->order[b->next++]);
}
