/*
 * gemm.c: the tiles and the calls.
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
    int64_t c_row; /* stride of c's rows, in elements */
    int64_t m, n, k;
    double alpha, beta;
    enum tensor_type type;
    int64_t column_tiles;
};

/* Rows or columns must be contiguous; otherwise a copy is made. */
static bool
describe(struct heap *h, struct tensor *t, struct operand *out)
{
    bool rows = t->stride[1] == 1 && t->stride[0] >= t->size[1] && t->stride[0] > 0;
    bool columns = t->stride[0] == 1 && t->stride[1] >= t->size[0] && t->stride[1] > 0;

    if (!rows && !columns) {
        t = tensor_copy(h, t);
        if (!t)
            return false;
        rows = true;
    }
    out->data = tensor_data(t);
    out->row = t->stride[0];
    out->column = t->stride[1];
    out->transpose = rows ? CblasNoTrans : CblasTrans;
    out->leading = (blasint)(rows ? t->stride[0] : t->stride[1]);
    if (rows && out->leading < t->size[1])
        out->leading = (blasint)t->size[1];
    if (!rows && out->leading < t->size[0])
        out->leading = (blasint)t->size[0];
    if (out->leading < 1)
        out->leading = 1;
    return true;
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

bool
gemm(struct heap *h, unsigned threads, double alpha, struct tensor *a, struct tensor *b,
     double beta, struct tensor *c)
{
    struct product p = {.m = a->size[0],
                        .n = b->size[1],
                        .k = a->size[1],
                        .alpha = alpha,
                        .beta = beta,
                        .type = c->type,
                        .c = tensor_data(c),
                        .c_row = c->size[0] > 1 ? c->stride[0] : c->size[1]};
    size_t tiles;

    if (p.m == 0 || p.n == 0)
        return true;
    if (p.k == 0) {
        if (beta == 0)
            for (int64_t i = 0; i < p.m; i++)
                memset(p.c + (size_t)(i * p.c_row) * tensor_type_size(c->type), 0,
                       (size_t)p.n * tensor_type_size(c->type));
        return true;
    }
    if (!describe(h, a, &p.a) || !describe(h, b, &p.b))
        return false;
    openblas_set_num_threads(1);
    p.column_tiles = (p.n + TILE_COLUMNS - 1) / TILE_COLUMNS;
    tiles = (size_t)((p.m + TILE_ROWS - 1) / TILE_ROWS * p.column_tiles);
    pool_run(threads, tiles, run_tile, &p);
    return true;
}
