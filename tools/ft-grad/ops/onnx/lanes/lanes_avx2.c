/*
 * lanes_avx2.c: see lanes_kernels.h.
 */
#define NAME lanes_avx2
#include "ops/onnx/lanes/lanes_kernels.h"
