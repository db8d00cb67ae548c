/* Memory that is taken piece by piece and given back all at once, for protobuf-c: a message is dozens of small
 * pieces. */
#ifndef CLINO_IO_ARENA_H
#define CLINO_IO_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

typedef struct clino__arena {
  ProtobufCAllocator allocator; /* for protobuf-c */
  struct clino__arena_block *blocks; /* the newest first; only the oldest is kept when it is emptied */
  size_t used, total;
  bool failed; /* memory is out */
  bool full;   /* more was asked for than the limit of a message */
} clino__arena;

void clino__arena_init(clino__arena *arena); /* takes no memory yet */
void clino__arena_empty(clino__arena *arena);
void clino__arena_free(clino__arena *arena);

#endif
