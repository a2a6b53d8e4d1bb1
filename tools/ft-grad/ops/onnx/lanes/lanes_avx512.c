/*
 * lanes_avx512.c: see lanes_kernels.h.
 */
#define NAME lanes_avx512
#include "ops/onnx/lanes/lanes_kernels.h"
