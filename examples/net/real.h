/* The number type of the example net: double, or float with -DNET_FLOAT; what goes with it in names of Clino. */
#ifndef NET_REAL_H
#define NET_REAL_H

#include <stddef.h>

#include "clino/tensor.h"

#ifdef NET_FLOAT
typedef float real;
#define NET_TENSOR CLINO_TENSOR_F32
#define NET_REAL(function) function##_f32
#else
typedef double real;
#define NET_TENSOR CLINO_TENSOR_F64
#define NET_REAL(function) function##_f64
#endif

#endif
