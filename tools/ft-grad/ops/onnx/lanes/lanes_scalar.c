/*
 * lanes_scalar.c: see lanes_kernels.h.
 */
#define NAME lanes_scalar
#include "ops/onnx/lanes/lanes_kernels.h"
