/*
 * gemm_tile.h: the tiles of one element type and one instruction set; included with
 *
 *     REAL, VECTOR, LANES       a number, so many of them
 *     LOAD STORE SPREAD FUSED   from memory, to memory, one number in all lanes, a b + c
 *     TILE_ROWS, TILE_VECTORS   what the registers hold
 *     KIND, NAME                gemm_f32, gemm_f32_avx2
 *     TRANSPOSE                 (to, to_step, from, from_step): a LANES x LANES block,
 *                               or not defined
 */
#define JOIN_(a, b) a##_##b
#define JOIN(a, b)  JOIN_(a, b)
#define OWN(what)   JOIN(NAME, what)

/*
 * rows and vectors are constants where this is inlined, so that acc is registers.  The
 * rows that come next are fetched a cache line at a time, not at once: few lines can be
 * on their way together.
 */
static inline __attribute__((always_inline)) void
OWN(any)(int rows, int vectors, int64_t k, const REAL *s, /* NOLINT: macros nest */
         int64_t row_step, int64_t k_step, const REAL *v, REAL *c, int64_t c_step,
         bool add)
{
    enum { LINE = 64 / sizeof(REAL) };
    VECTOR acc[TILE_ROWS][TILE_VECTORS], x[TILE_VECTORS];
    const REAL *row = c;

#pragma GCC unroll 8
    for (int r = 0; r < rows; r++, row += c_step) {
#pragma GCC unroll 8
        for (int q = 0; q < vectors; q++)
            acc[r][q] = add ? LOAD(row + q * LANES) : SPREAD(0);
    }
    for (int64_t i = 0, stop; i < k; i = stop) {
        stop = k - i < LINE ? k : i + LINE;
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
            __builtin_prefetch(s + (rows + r) * row_step);
        for (; i < stop; i++) {
#pragma GCC unroll 8
            for (int q = 0; q < vectors; q++)
                x[q] = LOAD(v + q * LANES);
#pragma GCC unroll 8
            for (int r = 0; r < rows; r++) {
                VECTOR y = SPREAD(s[r * row_step]);

#pragma GCC unroll 8
                for (int q = 0; q < vectors; q++)
                    acc[r][q] = FUSED(y, x[q], acc[r][q]);
            }
            s += k_step;
            v += vectors * LANES;
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++, c += c_step) {
#pragma GCC unroll 8
        for (int q = 0; q < vectors; q++)
            STORE(c + q * LANES, acc[r][q]);
    }
}

#define TILE(rows, vectors)                                                              \
    static void OWN(tile_##rows##_##vectors)(int64_t k, const REAL *s, int64_t row_step, \
                                             int64_t k_step, const REAL *v, REAL *c,     \
                                             int64_t c_step, bool add)                   \
    {                                                                                    \
        OWN(any)(rows, vectors, k, s, row_step, k_step, v, c, c_step, add);              \
    }
#define TILES(rows) TILE(rows, 1) TILE(rows, 2)
#define NAMES(rows)                                                                      \
    {                                                                                    \
        OWN(tile_##rows##_1), OWN(tile_##rows##_2)                                       \
    }
#if TILE_VECTORS == 4
#undef TILES
#undef NAMES
#define TILES(rows) TILE(rows, 1) TILE(rows, 2) TILE(rows, 3) TILE(rows, 4)
#define NAMES(rows)                                                                      \
    {                                                                                    \
        OWN(tile_##rows##_1), OWN(tile_##rows##_2), OWN(tile_##rows##_3),                \
            OWN(tile_##rows##_4)                                                         \
    }
#endif
TILES(1)
TILES(2)
TILES(3)
TILES(4)
TILES(5)
TILES(6)

static JOIN(KIND, tile) *const OWN(tiles)[GEMM_ROWS_MAX][GEMM_VECTORS_MAX] = {
    NAMES(1), NAMES(2), NAMES(3), NAMES(4), NAMES(5), NAMES(6)};

static void
OWN(transpose_all)(REAL *to, int64_t to_step, const REAL *from, int64_t from_step,
                   int64_t rows, int64_t columns)
{
    int64_t i = 0;

#ifdef TRANSPOSE
    for (; i + LANES <= rows; i += LANES) {
        int64_t j = 0;

        for (; j + LANES <= columns; j += LANES)
            TRANSPOSE(to + j * to_step + i, to_step, from + i * from_step + j, from_step);
        for (; j < columns; j++) {
            for (int64_t l = i; l < i + LANES; l++)
                to[j * to_step + l] = from[l * from_step + j];
        }
    }
#endif
    for (; i < rows; i++) {
        for (int64_t j = 0; j < columns; j++)
            to[j * to_step + i] = from[i * from_step + j];
    }
}

const struct JOIN(KIND, kernels) NAME = {.rows = TILE_ROWS,
                                         .vectors = TILE_VECTORS,
                                         .lanes = LANES,
                                         .tile = OWN(tiles),
                                         .transpose = OWN(transpose_all)};

#undef TILES
#undef NAMES
#undef TILE
#undef OWN
#undef JOIN
#undef JOIN_
#undef REAL
#undef VECTOR
#undef LANES
#undef LOAD
#undef STORE
#undef SPREAD
#undef FUSED
#undef TILE_ROWS
#undef TILE_VECTORS
#undef KIND
#undef NAME
#undef TRANSPOSE
