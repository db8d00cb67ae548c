/* For x86-64 processors with AVX-512 (F, BW, DQ, VL). */
#include "monitor/kernels.h"

#if defined(CLINO__KERNELS_X86)
#define KERNELS clino__kernels_avx512
#define NAME "avx512"
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define WIDTH 8
#include "monitor/kernels_body.h"
#else
typedef int clino__kernels_none; /* ISO C wants something in a file */
#endif
