/*
 * test_gemm_kernels.c: the tiles and the transposition of every set that runs here are
 * the definition's, to the bit, and write nothing beside their place.
 */
#include "common/cpu.h"
#include "tensor/gemm_kernels.h"

#include "test.h"

#include <math.h>
#include <string.h>

enum { DEPTH = 37, WIDTH = 96, ROWS = GEMM_ROWS_MAX, SIDE = 41 };

static double
value(int64_t i)
{
    return (double)((i * 7919) % 1009 - 500) / 64;
}

#define CHECK_SET(kind, type, fused)                                                     \
    static void kind##_tile_is_right(const struct kind##_kernels *set, int rows,         \
                                     int vectors, int64_t k, bool add)                   \
    {                                                                                    \
        static type s[2 * ROWS * DEPTH], v[DEPTH * WIDTH], got[ROWS * WIDTH],            \
            want[ROWS * WIDTH];                                                          \
        int columns = vectors * set->lanes;                                              \
                                                                                         \
        for (int i = 0; i < 2 * ROWS * DEPTH; i++)                                       \
            s[i] = (type)value(i);                                                       \
        for (int i = 0; i < DEPTH * WIDTH; i++)                                          \
            v[i] = (type)value(3 * i + 1);                                               \
        for (int i = 0; i < ROWS * WIDTH; i++)                                           \
            got[i] = want[i] = (type)value(5 * i + 2);                                   \
        for (int r = 0; r < rows; r++)                                                   \
            for (int c = 0; c < columns; c++) {                                          \
                type chain = add ? want[r * WIDTH + c] : 0;                              \
                                                                                         \
                for (int64_t i = 0; i < k; i++)                                          \
                    chain = fused(s[r * DEPTH + i], v[i * columns + c], chain);          \
                want[r * WIDTH + c] = chain;                                             \
            }                                                                            \
        set->tile[rows - 1][vectors - 1](k, s, DEPTH, 1, v, got, WIDTH, add);            \
        CHECK(memcmp(got, want, sizeof got) == 0);                                       \
    }                                                                                    \
                                                                                         \
    static void kind##_is_right(const struct kind##_kernels *set)                        \
    {                                                                                    \
        static type from[SIDE * SIDE], to[SIDE * SIDE];                                  \
                                                                                         \
        for (int rows = 1; rows <= set->rows; rows++)                                    \
            for (int vectors = 1; vectors <= set->vectors; vectors++)                    \
                for (int64_t k = 0; k <= DEPTH; k++) {                                   \
                    kind##_tile_is_right(set, rows, vectors, k, false);                  \
                    kind##_tile_is_right(set, rows, vectors, k, true);                   \
                }                                                                        \
        for (int i = 0; i < SIDE * SIDE; i++)                                            \
            from[i] = (type)value(i);                                                    \
        set->transpose(to, SIDE, from, SIDE, SIDE, SIDE);                                \
        for (int i = 0; i < SIDE; i++)                                                   \
            for (int j = 0; j < SIDE; j++)                                               \
                CHECK(to[j * SIDE + i] == from[i * SIDE + j]);                           \
    }
CHECK_SET(gemm_f32, float, fmaf)
CHECK_SET(gemm_f64, double, fma)

int
main(void)
{
    gemm_f32_is_right(&gemm_f32_scalar);
    gemm_f64_is_right(&gemm_f64_scalar);
#if defined __x86_64__
    if (cpu_supports(CPU_AVX2)) {
        gemm_f32_is_right(&gemm_f32_avx2);
        gemm_f64_is_right(&gemm_f64_avx2);
    }
    if (cpu_supports(CPU_AVX512)) {
        gemm_f32_is_right(&gemm_f32_avx512);
        gemm_f64_is_right(&gemm_f64_avx512);
    }
#elif defined __aarch64__
    gemm_f32_is_right(&gemm_f32_neon);
    gemm_f64_is_right(&gemm_f64_neon);
#endif
    return test_failures != 0;
}
