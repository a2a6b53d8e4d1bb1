/*
 * gemm_neon.c: 128-bit registers, 24 of 32 hold a tile.
 */
#include "tensor/gemm_kernels.h"

#include <arm_neon.h>

#define REAL           float
#define VECTOR         float32x4_t
#define LANES          4
#define LOAD(p)        vld1q_f32(p)
#define STORE(p, x)    vst1q_f32(p, x)
#define SPREAD(x)      vdupq_n_f32(x)
#define FUSED(a, b, c) vfmaq_f32(c, a, b)
#define TILE_ROWS      6
#define TILE_VECTORS   4
#define KIND           gemm_f32
#define NAME           gemm_f32_neon
#include "tensor/gemm_tile.h"

#define REAL           double
#define VECTOR         float64x2_t
#define LANES          2
#define LOAD(p)        vld1q_f64(p)
#define STORE(p, x)    vst1q_f64(p, x)
#define SPREAD(x)      vdupq_n_f64(x)
#define FUSED(a, b, c) vfmaq_f64(c, a, b)
#define TILE_ROWS      6
#define TILE_VECTORS   4
#define KIND           gemm_f64
#define NAME           gemm_f64_neon
#include "tensor/gemm_tile.h"
