/*
 * gemm_scalar.c: the definition; one lane.
 */
#include "tensor/gemm_kernels.h"

#include <math.h>

#define REAL           float
#define VECTOR         float
#define LANES          1
#define LOAD(p)        (*(p))
#define STORE(p, x)    (*(p) = (x))
#define SPREAD(x)      (x)
#define FUSED(a, b, c) fmaf(a, b, c)
#define TILE_ROWS      6
#define TILE_VECTORS   2
#define KIND           gemm_f32
#define NAME           gemm_f32_scalar
#include "tensor/gemm_tile.h"

#define REAL           double
#define VECTOR         double
#define LANES          1
#define LOAD(p)        (*(p))
#define STORE(p, x)    (*(p) = (x))
#define SPREAD(x)      (x)
#define FUSED(a, b, c) fma(a, b, c)
#define TILE_ROWS      6
#define TILE_VECTORS   2
#define KIND           gemm_f64
#define NAME           gemm_f64_scalar
#include "tensor/gemm_tile.h"
