/*
 * reduce.c: reduced dimensions are moved last, so that each result is one row.
 *
 * Rows are widened to double in a buffer when they are float32; a sum over leading
 * dimensions only (a bias gradient) adds whole rows instead of transposing.
 */
#define _XOPEN_SOURCE 700
#include "tensor/reduce.h"

#include "tensor/contiguous.h"

#include "common/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RUN = 128, LEVELS = 4, ROWS = 4 };

/*
 * The cascade of ATen's SumKernel.cpp.  A row of vectors (of `lanes` numbers) is read as
 * four interleaved ones; each is summed in steps of 2^power vectors that carry over
 * into higher levels.  What is left over is added first, then the lanes in order.  ATen
 * runs this with vectors of 32 octets on every x86-64 since AVX2; a row shorter than one
 * is four interleaved numbers.
 */
#define CASCADE(name, type, lanes)                                                       \
    static double name##_short(const type *x, int64_t n)                                 \
    {                                                                                    \
        type sum = 0; /* also of -0 alone */                                             \
                                                                                         \
        for (int64_t i = 0; i < n && i < 1; i++)                                         \
            sum += x[i];                                                                 \
        for (int64_t i = ROWS; i < n; i++)                                               \
            sum += x[i];                                                                 \
        for (int64_t i = 1; i < n && i < ROWS; i++)                                      \
            sum += x[i];                                                                 \
        return (double)sum;                                                              \
    }                                                                                    \
    static void name##_rows(const type *x, int64_t size, type(*out)[lanes])              \
    {                                                                                    \
        type acc[LEVELS][ROWS][lanes] = {{{0}}};                                         \
        int64_t power = 4, i = 0;                                                        \
                                                                                         \
        while (size > INT64_C(1) << (LEVELS * (power + 1) - 1))                          \
            power++;                                                                     \
        while (i + (INT64_C(1) << power) <= size) {                                      \
            for (int64_t j = 0; j < INT64_C(1) << power; j++, i++) {                     \
                for (int64_t k = 0; k < ROWS * lanes; k++)                               \
                    acc[0][k / lanes][k % lanes] += x[i * ROWS * lanes + k];             \
            }                                                                            \
            for (int j = 1; j < LEVELS; j++) {                                           \
                int64_t mask = ((INT64_C(1) << power) - 1) << (j * power);               \
                                                                                         \
                for (int64_t k = 0; k < ROWS * lanes; k++) {                             \
                    acc[j][k / lanes][k % lanes] += acc[j - 1][k / lanes][k % lanes];    \
                    acc[j - 1][k / lanes][k % lanes] = 0;                                \
                }                                                                        \
                if ((i & mask) != 0)                                                     \
                    break;                                                               \
            }                                                                            \
        }                                                                                \
        for (; i < size; i++) {                                                          \
            for (int64_t k = 0; k < ROWS * lanes; k++)                                   \
                acc[0][k / lanes][k % lanes] += x[i * ROWS * lanes + k];                 \
        }                                                                                \
        for (int j = 1; j < LEVELS; j++) {                                               \
            for (int64_t k = 0; k < ROWS * lanes; k++)                                   \
                acc[0][k / lanes][k % lanes] += acc[j][k / lanes][k % lanes];            \
        }                                                                                \
        memcpy(out, acc[0], sizeof(acc[0]));                                             \
    }                                                                                    \
    static double name(const type *x, int64_t n)                                         \
    {                                                                                    \
        type rows[ROWS][lanes], sum = 0;                                                 \
        int64_t vectors = n / lanes;                                                     \
                                                                                         \
        if (vectors == 0)                                                                \
            return name##_short(x, n);                                                   \
        name##_rows(x, vectors / ROWS, rows);                                            \
        for (int64_t i = vectors / ROWS * ROWS; i < vectors; i++) {                      \
            for (int64_t l = 0; l < lanes; l++)                                          \
                rows[0][l] += x[i * lanes + l];                                          \
        }                                                                                \
        for (int r = 1; r < ROWS; r++) {                                                 \
            for (int64_t l = 0; l < lanes; l++)                                          \
                rows[0][l] += rows[r][l];                                                \
        }                                                                                \
        for (int64_t i = vectors * lanes; i < n; i++)                                    \
            sum += x[i];                                                                 \
        for (int64_t l = 0; l < lanes; l++)                                              \
            sum += rows[0][l];                                                           \
        return (double)sum;                                                              \
    }
CASCADE(cascade_f32, float, 8)
CASCADE(cascade_f64, double, 4)

double
tree_sum(const double *x, int64_t n)
{
    return cascade_f64(x, n);
}

int
reduced_shape(const struct tensor *t, uint32_t mask, bool keep,
              int64_t size[static TENSOR_DIMS_MAX])
{
    int dims = 0;

    for (int d = 0; d < t->dims; d++) {
        if (!(mask >> d & 1))
            size[dims++] = t->size[d];
        else if (keep)
            size[dims++] = 1;
    }
    return dims;
}

/* x with the masked dimensions last, contiguous; *row elements go into one result. */
static struct tensor *
rows_of(struct heap *h, struct tensor *x, uint32_t mask, int64_t *row)
{
    struct tensor *view = tensor_alias(h, x);
    int at = 0;

    if (!view)
        return NULL;
    *row = 1;
    for (int pass = 0; pass < 2; pass++) {
        for (int d = 0; d < x->dims; d++) {
            if ((int)(mask >> d & 1) != pass)
                continue;
            view->size[at] = x->size[d];
            view->stride[at++] = x->stride[d];
            if (pass == 1)
                *row *= x->size[d];
        }
    }
    return tensor_contiguous(h, view);
}

static const double *
widen(const struct tensor *rows, int64_t first, int64_t n, double *buffer)
{
    if (rows->type == TENSOR_F64)
        return tensor_f64(rows) + first;
    for (int64_t i = 0; i < n; i++)
        buffer[i] = tensor_get(rows, first + i);
    return buffer;
}

typedef double row_function(const double *x, int64_t n, double parameter);

static struct tensor *
reduce_rows(struct heap *h, struct tensor *x, uint32_t mask, bool keep, row_function *f,
            double parameter)
{
    int64_t size[TENSOR_DIMS_MAX], row, count;
    int dims = reduced_shape(x, mask, keep, size);
    struct tensor *out = tensor_new(h, x->type, dims, size);
    struct tensor *rows = rows_of(h, x, mask, &row);
    double *buffer;

    if (!out || !rows)
        return NULL;
    buffer = xcalloc((size_t)(row > 0 ? row : 1), sizeof(*buffer));
    count = tensor_count(out);
    for (int64_t i = 0; i < count; i++)
        tensor_set(out, i, f(widen(rows, i * row, row, buffer), row, parameter));
    free(buffer);
    return out;
}

static double
row_prod(const double *x, int64_t n, double parameter)
{
    double product = 1;

    (void)parameter;
    for (int64_t i = 0; i < n; i++)
        product *= x[i];
    return product;
}

static int64_t
first_extreme(const double *x, int64_t n, bool largest)
{
    int64_t best = 0;

    for (int64_t i = 1; i < n && !isnan(x[best]); i++) {
        if (isnan(x[i]) || (largest ? x[i] > x[best] : x[i] < x[best]))
            best = i;
    }
    return best;
}

static double
row_extreme(const double *x, int64_t n, double parameter)
{
    return x[first_extreme(x, n, parameter > 0)];
}

static double
row_var(const double *x, int64_t n, double correction)
{
    double mean = tree_sum(x, n) / (double)n, denominator = (double)n - correction;
    double *square = xcalloc((size_t)(n > 0 ? n : 1), sizeof(*square));
    double sum;

    for (int64_t i = 0; i < n; i++)
        square[i] = (x[i] - mean) * (x[i] - mean);
    sum = tree_sum(square, n);
    free(square);
    return n == 0 ? (double)NAN : sum / (denominator > 0 ? denominator : 0);
}

/* Columns of a float or double matrix, rows added in runs of RUN, those in order. */
static struct tensor *
sum_leading(struct heap *h, const struct tensor *x, int lead, uint32_t mask, bool keep)
{
    int64_t size[TENSOR_DIMS_MAX], rows = 1, columns = 1;
    int dims = reduced_shape(x, mask, keep, size);
    struct tensor *out = tensor_new(h, x->type, dims, size);
    double *total, *run;

    if (!out)
        return NULL;
    for (int d = 0; d < x->dims; d++)
        *(d < lead ? &rows : &columns) *= x->size[d];
    total = xcalloc((size_t)columns * 2 + 1, sizeof(*total));
    run = total + columns;
    for (int64_t r = 0; r < rows; r++) {
        if (x->type == TENSOR_F32) {
            contiguous_widen_add(run, tensor_f32(x) + r * columns, columns);
        } else {
            const double *from = tensor_f64(x) + r * columns;

            for (int64_t c = 0; c < columns; c++)
                run[c] += from[c];
        }
        if (r % RUN == RUN - 1 || r == rows - 1) {
            for (int64_t c = 0; c < columns; c++)
                total[c] += run[c];
            memset(run, 0, (size_t)columns * sizeof(*run));
        }
    }
    for (int64_t c = 0; c < columns; c++)
        tensor_set(out, c, total[c]);
    free(total);
    return out;
}

/* One sum a row, in the type of the rows. */
static struct tensor *
sum_rows(struct heap *h, struct tensor *x, uint32_t mask, bool keep)
{
    int64_t size[TENSOR_DIMS_MAX], row, count;
    int dims = reduced_shape(x, mask, keep, size);
    struct tensor *out = tensor_new(h, x->type, dims, size);
    struct tensor *rows = rows_of(h, x, mask, &row);

    if (!out || !rows)
        return NULL;
    count = tensor_count(out);
    for (int64_t i = 0; i < count; i++)
        tensor_set(out, i,
                   x->type == TENSOR_F32 ? cascade_f32(tensor_f32(rows) + i * row, row)
                                         : cascade_f64(tensor_f64(rows) + i * row, row));
    return out;
}

struct tensor *
reduce_sum(struct heap *h, struct tensor *x, uint32_t mask, bool keep)
{
    int lead = 0;

    while (lead < x->dims && (mask >> lead & 1))
        lead++;
    if (lead > 0 && lead < x->dims && mask == (UINT32_C(1) << lead) - 1 &&
        tensor_is_contiguous(x))
        return sum_leading(h, x, lead, mask, keep);
    return sum_rows(h, x, mask, keep);
}

struct tensor *
reduce_prod(struct heap *h, struct tensor *x, uint32_t mask, bool keep)
{
    return reduce_rows(h, x, mask, keep, row_prod, 0);
}

struct tensor *
reduce_extreme(struct heap *h, struct tensor *x, uint32_t mask, bool keep, bool largest)
{
    return reduce_rows(h, x, mask, keep, row_extreme, largest ? 1 : -1);
}

struct tensor *
reduce_var(struct heap *h, struct tensor *x, uint32_t mask, bool keep, double correction)
{
    return reduce_rows(h, x, mask, keep, row_var, correction);
}

struct tensor *
reduce_extreme_dim(struct heap *h, struct tensor *x, int dim, bool keep, bool largest,
                   struct tensor **index)
{
    uint32_t mask = x->dims > 0 ? UINT32_C(1) << dim : 0;
    int64_t size[TENSOR_DIMS_MAX], row, count;
    int dims = reduced_shape(x, mask, keep, size);
    struct tensor *out = tensor_new(h, x->type, dims, size);
    struct tensor *rows = rows_of(h, x, mask, &row);
    double *buffer;

    *index = tensor_new(h, TENSOR_I64, dims, size);
    if (!out || !rows || !*index)
        return NULL;
    buffer = xcalloc((size_t)(row > 0 ? row : 1), sizeof(*buffer));
    count = tensor_count(out);
    for (int64_t i = 0; i < count; i++) {
        const double *values = widen(rows, i * row, row, buffer);
        int64_t best = first_extreme(values, row, largest);

        tensor_i64(*index)[i] = best;
        tensor_set(out, i, values[best]);
    }
    free(buffer);
    return out;
}

static struct tensor *
scan(struct heap *h, struct tensor *x, int dim, bool product)
{
    struct tensor *from = tensor_contiguous(h, x), *out = tensor_like(h, x);
    int64_t inner = 1, n = x->dims > 0 ? x->size[dim] : 1, count;

    if (!from || !out)
        return NULL;
    for (int d = dim + 1; d < x->dims; d++)
        inner *= x->size[d];
    count = tensor_count(x);
    for (int64_t i = 0; n > 0 && i < count / n; i++) {
        int64_t at = i / inner * inner * n + i % inner;
        double running = product ? 1 : 0;

        for (int64_t k = 0; k < n; k++, at += inner) {
            double value = tensor_get(from, at);

            running = product ? running * value : running + value;
            tensor_set(out, at, running);
        }
    }
    return out;
}

struct tensor *
scan_sum(struct heap *h, struct tensor *x, int dim)
{
    return scan(h, x, dim, false);
}

struct tensor *
scan_prod(struct heap *h, struct tensor *x, int dim)
{
    return scan(h, x, dim, true);
}
