/* For whatever the compiler was told to build for: SSE2 on x86-64, NEON on 64-bit Arm, plain C elsewhere. */
#define KERNELS clino__kernels_base
#define NAME "base"
#define TARGET
#if defined(__GNUC__) && defined(__aarch64__)
#define WIDTH 2
#endif
#include "monitor/kernels_body.h"
