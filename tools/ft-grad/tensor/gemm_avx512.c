/*
 * gemm_avx512.c: 512-bit registers, 24 of 32 hold a tile.
 */
#include "tensor/gemm_kernels.h"

#include <immintrin.h>

/* One round of a block's transposition: pairs of rows `far` apart exchange halves. */
static inline void
mix_ps(__m512 r[static 16])
{
    __m512 t[16];

#pragma GCC unroll 16
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 2; k++) {
            __m512d low = _mm512_castps_pd(t[4 * i + k]);
            __m512d high = _mm512_castps_pd(t[4 * i + 2 + k]);

            r[4 * i + 2 * k] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
            r[4 * i + 2 * k + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

static inline void
block_ps(float *to, int64_t to_step, const float *from, int64_t from_step)
{
    __m512 r[16];

#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        r[i] = _mm512_loadu_ps(from + i * from_step);
    mix_ps(r);
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++)
        _mm512_storeu_ps(to + i * to_step, r[i]);
}

static inline void
block_pd(double *to, int64_t to_step, const double *from, int64_t from_step)
{
    __m512d r[8], t[8];

#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        r[i] = _mm512_loadu_pd(from + i * from_step);
#pragma GCC unroll 8
    for (int i = 0; i < 4; i++) {
        t[2 * i] = _mm512_unpacklo_pd(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_pd(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 2; i++) {
        r[i] = _mm512_shuffle_f64x2(t[i], t[i + 2], 0x88);
        r[i + 2] = _mm512_shuffle_f64x2(t[i], t[i + 2], 0xdd);
        r[i + 4] = _mm512_shuffle_f64x2(t[i + 4], t[i + 6], 0x88);
        r[i + 6] = _mm512_shuffle_f64x2(t[i + 4], t[i + 6], 0xdd);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 4; i++) {
        _mm512_storeu_pd(to + i * to_step, _mm512_shuffle_f64x2(r[i], r[i + 4], 0x88));
        _mm512_storeu_pd(to + (i + 4) * to_step,
                         _mm512_shuffle_f64x2(r[i], r[i + 4], 0xdd));
    }
}

#define REAL           float
#define VECTOR         __m512
#define LANES          16
#define LOAD(p)        _mm512_loadu_ps(p)
#define STORE(p, x)    _mm512_storeu_ps(p, x)
#define SPREAD(x)      _mm512_set1_ps(x)
#define FUSED(a, b, c) _mm512_fmadd_ps(a, b, c)
#define TRANSPOSE      block_ps
#define TILE_ROWS      6
#define TILE_VECTORS   4
#define KIND           gemm_f32
#define NAME           gemm_f32_avx512
#include "tensor/gemm_tile.h"

#define REAL           double
#define VECTOR         __m512d
#define LANES          8
#define LOAD(p)        _mm512_loadu_pd(p)
#define STORE(p, x)    _mm512_storeu_pd(p, x)
#define SPREAD(x)      _mm512_set1_pd(x)
#define FUSED(a, b, c) _mm512_fmadd_pd(a, b, c)
#define TRANSPOSE      block_pd
#define TILE_ROWS      6
#define TILE_VECTORS   4
#define KIND           gemm_f64
#define NAME           gemm_f64_avx512
#include "tensor/gemm_tile.h"
