/* A few POSIX threads that work through a numbered list ahead of the calling thread, which takes part, and takes the
 * results in order. It knows nothing of gradients. */
#ifndef CLINO_GRADCHECK_POOL_H
#define CLINO_GRADCHECK_POOL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct clino__pool clino__pool;

/* So many jobs at most are begun before the first of them was taken. */
#define CLINO__POOL_AHEAD 64

typedef struct clino__work {
  size_t count;                  /* jobs: 0 to count - 1, begun in this order */
  size_t workers;                /* that take part, the calling thread included: it is number 0 */
  /* In any thread. Nonzero: no further job is begun; those before it are, and run to their end. */
  int (*job)(size_t worker, size_t i, void *ctx);
  /* In the calling thread, in order; ran: whether job was called, which it is not where `may` forbids it. Nonzero ends
   * the work. */
  int (*take)(size_t i, bool ran, void *ctx);
  /* In the calling thread, after each take: how many jobs may be under way or wait to be taken; NULL: any number. */
  size_t (*may)(void *ctx);
  void *ctx;
} clino__work;

/* A pool of so many threads beside the calling one, or fewer where the system gives no more; NULL where memory is
 * out. */
clino__pool *clino__pool_new(size_t threads);
void clino__pool_free(clino__pool *pool);

/* Does the work; returns when no thread is at it any more. */
void clino__pool_run(clino__pool *pool, const clino__work *work);

#endif
