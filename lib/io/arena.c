#include "io/arena.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

/* A record of few bytes can stand for many empty messages, of which each takes a hundred: what a message may take in
 * all is limited. */
#define MOST ((size_t)256 << 20)
#define FIRST_BLOCK 65536

typedef struct clino__arena_block {
  struct clino__arena_block *next;
  size_t size;
  alignas(max_align_t) unsigned char bytes[];
} block;

static void *take(void *data, size_t size) {
  clino__arena *a = data;
  const size_t unit = alignof(max_align_t);
  size = (size + unit - 1) / unit * unit;
  if (a->blocks && size <= a->blocks->size - a->used) {
    void *p = a->blocks->bytes + a->used;
    a->used += size;
    return p;
  }
  size_t room = a->blocks ? 2 * a->blocks->size : FIRST_BLOCK;
  if (size > MOST || a->total > MOST - size) {
    a->full = true;
    return NULL;
  }
  if (room > MOST - a->total) room = MOST - a->total;
  if (room < size) room = size;
  block *b = malloc(sizeof *b + room);
  if (!b) {
    a->failed = true;
    return NULL;
  }
  b->next = a->blocks;
  b->size = room;
  a->blocks = b;
  a->total += room;
  a->used = size;
  return b->bytes;
}

static void give_back(void *data, void *pointer) {
  (void)data;
  (void)pointer;
}

void clino__arena_init(clino__arena *arena) {
  *arena = (clino__arena){.allocator = {take, give_back, NULL}};
  arena->allocator.allocator_data = arena;
}

void clino__arena_empty(clino__arena *arena) {
  while (arena->blocks && arena->blocks->next) {
    block *next = arena->blocks->next;
    arena->total -= arena->blocks->size;
    free(arena->blocks);
    arena->blocks = next;
  }
  arena->used = 0;
}

void clino__arena_free(clino__arena *arena) {
  clino__arena_empty(arena);
  free(arena->blocks);
  arena->blocks = NULL;
}
