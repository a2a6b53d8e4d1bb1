/*
 * gemm_blas.c: OpenBLAS, one thread a call, one call a tile over the whole inner
 * dimension; the tiles depend on the shapes alone.
 */
#include "tensor/gemm.h"

#include "common/pool.h"

#include <cblas.h>
#include <string.h>

/* Large enough that OpenBLAS runs at full speed in each, small enough to share out. */
enum { TILE_ROWS = 256, TILE_COLUMNS = 256 };

struct operand {
    const char *data;
    int64_t row, column; /* strides in elements, one of them 1 */
    CBLAS_TRANSPOSE transpose;
    blasint leading;
};

struct product {
    struct operand a, b;
    char *c;
    int64_t c_row;
    int64_t m, n, k;
    double alpha, beta;
    enum tensor_type type;
    int64_t column_tiles;
};

/* Rows or columns must be contiguous; otherwise a copy is made. */
static void
describe(struct heap *h, const struct tensor *t, struct operand *out)
{
    bool rows = t->stride[1] == 1 && t->stride[0] >= t->size[1] && t->stride[0] > 0;
    bool columns = t->stride[0] == 1 && t->stride[1] >= t->size[0] && t->stride[1] > 0;
    int64_t leading;

    if (!rows && !columns) {
        t = tensor_copy(h, t); /* the heap has no limit */
        rows = true;
    }
    out->data = tensor_data(t);
    out->row = t->stride[0];
    out->column = t->stride[1];
    out->transpose = rows ? CblasNoTrans : CblasTrans;
    leading = rows ? t->stride[0] : t->stride[1];
    if (leading < t->size[rows ? 1 : 0])
        leading = t->size[rows ? 1 : 0];
    out->leading = (blasint)(leading < 1 ? 1 : leading);
}

static void
run_tile(void *context, size_t tile)
{
    const struct product *p = context;
    int64_t i = (int64_t)tile / p->column_tiles * TILE_ROWS;
    int64_t j = (int64_t)tile % p->column_tiles * TILE_COLUMNS;
    blasint m = (blasint)(p->m - i < TILE_ROWS ? p->m - i : TILE_ROWS);
    blasint n = (blasint)(p->n - j < TILE_COLUMNS ? p->n - j : TILE_COLUMNS);
    size_t width = tensor_type_size(p->type);
    const void *a = p->a.data + (size_t)(i * p->a.row) * width;
    const void *b = p->b.data + (size_t)(j * p->b.column) * width;
    void *c = p->c + (size_t)(i * p->c_row + j) * width;

    if (p->type == TENSOR_F32)
        cblas_sgemm(CblasRowMajor, p->a.transpose, p->b.transpose, m, n, (blasint)p->k,
                    (float)p->alpha, a, p->a.leading, b, p->b.leading, (float)p->beta, c,
                    (blasint)p->c_row);
    else
        cblas_dgemm(CblasRowMajor, p->a.transpose, p->b.transpose, m, n, (blasint)p->k,
                    p->alpha, a, p->a.leading, b, p->b.leading, p->beta, c,
                    (blasint)p->c_row);
}

void
gemm_blas(unsigned threads, double alpha, const struct tensor *a, const struct tensor *b,
          double beta, struct tensor *c)
{
    struct heap copies = {0};
    struct product p = {.m = a->size[0],
                        .n = b->size[1],
                        .k = a->size[1],
                        .alpha = alpha,
                        .beta = beta,
                        .type = c->type,
                        .c = tensor_data(c),
                        .c_row = c->size[0] > 1 ? c->stride[0] : c->size[1]};
    size_t tiles;

    describe(&copies, a, &p.a);
    describe(&copies, b, &p.b);
    openblas_set_num_threads(1);
    p.column_tiles = (p.n + TILE_COLUMNS - 1) / TILE_COLUMNS;
    tiles = (size_t)((p.m + TILE_ROWS - 1) / TILE_ROWS * p.column_tiles);
    pool_run(threads, tiles, run_tile, &p);
    heap_clear(&copies);
}
