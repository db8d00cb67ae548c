#include "support/allocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)

static atomic_ulong count;
static atomic_long before_failure = -1, live;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static bool passes(void) {
  atomic_fetch_add(&count, 1);
  if (atomic_load(&before_failure) < 0 || atomic_fetch_sub(&before_failure, 1) != 0) return true;
  errno = ENOMEM;
  return false;
}

/* Seen by shared libraries too, so that what they allocate is counted and fails as well. */
#define REPLACES __attribute__((visibility("default")))

static void *taken(void *block) {
  if (block) atomic_fetch_add(&live, 1);
  return block;
}

REPLACES void *malloc(size_t size) { return passes() ? taken(__libc_malloc(size)) : NULL; }
REPLACES void *calloc(size_t n, size_t size) { return passes() ? taken(__libc_calloc(n, size)) : NULL; }

REPLACES void *aligned_alloc(size_t alignment, size_t size) {
  return passes() ? taken(__libc_memalign(alignment, size)) : NULL;
}

REPLACES void *realloc(void *block, size_t size) {
  if (!passes()) return NULL;
  void *moved = __libc_realloc(block, size);
  return block ? moved : taken(moved);
}

REPLACES void free(void *block) {
  if (block) atomic_fetch_sub(&live, 1);
  __libc_free(block);
}

/* False under a tool such as valgrind, which puts its own malloc before this one. */
bool allocations_known(void) {
  unsigned long before = atomic_load(&count);
  void *volatile block = malloc(1);
  free(block);
  return atomic_load(&count) != before;
}

unsigned long allocations_count(void) { return atomic_load(&count); }
long allocations_live(void) { return atomic_load(&live); }
void allocations_fail_after(long n) { atomic_store(&before_failure, n); }

#else

bool allocations_known(void) { return false; }
unsigned long allocations_count(void) { return 0; }
long allocations_live(void) { return 0; }
void allocations_fail_after(long n) { (void)n; }

#endif
