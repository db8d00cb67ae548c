/* Which of the loops this processor can run. */
#include "monitor/kernels.h"

#include <string.h>

#if defined(CLINO__KERNELS_X86)

static int has_avx2(void) { return __builtin_cpu_supports("avx2"); }

static int has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

const clino__kernels *clino__kernels_best(void) {
  if (has_avx512()) return &clino__kernels_avx512;
  return has_avx2() ? &clino__kernels_avx2 : &clino__kernels_base;
}

const clino__kernels *clino__kernels_named(const char *name) {
  if (strcmp(name, "base") == 0) return &clino__kernels_base;
  if (strcmp(name, "avx2") == 0 && has_avx2()) return &clino__kernels_avx2;
  if (strcmp(name, "avx512") == 0 && has_avx512()) return &clino__kernels_avx512;
  return NULL;
}

#else

const clino__kernels *clino__kernels_best(void) { return &clino__kernels_base; }

const clino__kernels *clino__kernels_named(const char *name) {
  return strcmp(name, "base") == 0 ? &clino__kernels_base : NULL;
}

#endif
