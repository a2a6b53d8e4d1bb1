/*
 * gemm_avx2.c: 256-bit registers, 12 of 16 hold a tile.
 */
#include "tensor/gemm_kernels.h"

#include <immintrin.h>

#define REAL           float
#define VECTOR         __m256
#define LANES          8
#define LOAD(p)        _mm256_loadu_ps(p)
#define STORE(p, x)    _mm256_storeu_ps(p, x)
#define SPREAD(x)      _mm256_set1_ps(x)
#define FUSED(a, b, c) _mm256_fmadd_ps(a, b, c)
#define TILE_ROWS      6
#define TILE_VECTORS   2
#define KIND           gemm_f32
#define NAME           gemm_f32_avx2
#include "tensor/gemm_tile.h"

#define REAL           double
#define VECTOR         __m256d
#define LANES          4
#define LOAD(p)        _mm256_loadu_pd(p)
#define STORE(p, x)    _mm256_storeu_pd(p, x)
#define SPREAD(x)      _mm256_set1_pd(x)
#define FUSED(a, b, c) _mm256_fmadd_pd(a, b, c)
#define TILE_ROWS      6
#define TILE_VECTORS   2
#define KIND           gemm_f64
#define NAME           gemm_f64_avx2
#include "tensor/gemm_tile.h"
