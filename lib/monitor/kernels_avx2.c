/* For x86-64 processors with AVX2. */
#include "monitor/kernels.h"

#if defined(CLINO__KERNELS_X86)
#define KERNELS clino__kernels_avx2
#define NAME "avx2"
#define TARGET __attribute__((target("avx2")))
#define WIDTH 4
#include "monitor/kernels_body.h"
#else
typedef int clino__kernels_none; /* ISO C wants something in a file */
#endif
