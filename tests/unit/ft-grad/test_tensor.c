/*
 * test_tensor.c: shapes that broadcast, and reductions beside plain loops.
 */
#include "tensor/elementwise.h"
#include "tensor/reduce.h"

#include "test.h"

#include <math.h>
#include <string.h>

enum { MOST = 5000, VECTOR = 4, ROWS = 4, LEVELS = 4 };

static double
pattern(int64_t k)
{
    double x = (double)(k + 1) * 0.6180339887498949;

    return 2 * (x - floor(x)) - 1;
}

static struct tensor *
filled(struct heap *h, int dims, const int64_t *size)
{
    struct tensor *t = tensor_new(h, TENSOR_F64, dims, size);

    for (int64_t i = 0; i < tensor_count(t); i++)
        tensor_set(t, i, pattern(i));
    return t;
}

/* The tree said again, for one lane: every step-th number, carried over the levels. */
static double
lane(const double *x, int64_t count)
{
    double level[LEVELS] = {0};
    int64_t power = 4, i = 0;

    while (count > INT64_C(1) << (LEVELS * (power + 1) - 1))
        power++;
    while (i < count) {
        level[0] += x[i++ * ROWS * VECTOR];
        for (int j = 1; j < LEVELS && i % (INT64_C(1) << (j * power)) == 0; j++) {
            level[j] += level[j - 1];
            level[j - 1] = 0;
        }
    }
    for (int j = 1; j < LEVELS; j++)
        level[0] += level[j];
    return level[0];
}

static double
tree_again(const double *x, int64_t n)
{
    int64_t block = ROWS * VECTOR, blocks = n / block, vectors = n / VECTOR;
    double sum = 0, lanes[ROWS * VECTOR];

    for (int64_t k = 0; k < block; k++)
        lanes[k] = lane(x + k, blocks);
    for (int64_t i = blocks * block; i < vectors * VECTOR; i++)
        lanes[i % VECTOR] += x[i];
    for (int64_t k = VECTOR; k < block; k++)
        lanes[k % VECTOR] += lanes[k];
    for (int64_t i = vectors * VECTOR; i < n; i++)
        sum += x[i];
    for (int64_t k = 0; vectors > 0 && k < VECTOR; k++)
        sum += lanes[k];
    return sum;
}

static void
test_tree(void)
{
    static double x[MOST];

    for (int64_t i = 0; i < MOST; i++)
        x[i] = pattern(i * i);
    for (int64_t n = 0; n <= MOST; n += n < 700 ? 1 : 123) {
        double a = tree_sum(x, n), b = tree_again(x, n), plain = 0;

        for (int64_t i = 0; i < n; i++)
            plain += x[i];
        CHECK(memcmp(&a, &b, sizeof(a)) == 0);
        CHECK(fabs(a - plain) < 1e-10);
    }
}

/* Every mask of three dimensions, contiguous and turned. */
static void
test_sums(struct heap *h)
{
    const int64_t size[3] = {3, 5, 7};
    struct tensor *x = filled(h, 3, size), *turned = tensor_alias(h, x);

    turned->size[0] = 7, turned->size[2] = 3;
    turned->stride[0] = 1, turned->stride[2] = 35;
    for (uint32_t mask = 0; mask < 8; mask++) {
        struct tensor *a = reduce_sum(h, x, mask, true);
        uint32_t back = (mask & 2) | (mask & 1) << 2 | mask >> 2;
        struct tensor *b = reduce_sum(h, turned, back, true);

        CHECK(a && b && tensor_count(a) == tensor_count(b));
        for (int64_t i = 0; i < tensor_count(a); i++) {
            int64_t k[3] = {i / (a->size[1] * a->size[2]), i / a->size[2] % a->size[1],
                            i % a->size[2]};
            double want = 0;

            for (int64_t e = 0; e < 105; e++) {
                int64_t at[3] = {e / 35, e / 7 % 5, e % 7};
                bool here = true;

                for (int d = 0; d < 3; d++)
                    here = here && ((mask >> d & 1) || at[d] == k[d]);
                want += here ? pattern(e) : 0;
            }
            CHECK(fabs(tensor_get(a, i) - want) < 1e-12);
            CHECK(fabs(tensor_get(b, (k[2] * a->size[1] + k[1]) * a->size[0] + k[0]) -
                       want) < 1e-12);
        }
    }
}

static void
test_broadcast(struct heap *h)
{
    const int64_t two[2] = {3, 1}, one[1] = {4}, bad[2] = {2, 4};
    struct tensor *a = filled(h, 2, two), *b = filled(h, 1, one);
    struct tensor *y = elementwise_binary(h, BINARY_sub, a, b, NULL);
    int64_t size[TENSOR_DIMS_MAX];
    int dims, dim;

    CHECK(y && y->dims == 2 && y->size[0] == 3 && y->size[1] == 4);
    for (int64_t i = 0; i < 12; i++)
        CHECK(tensor_get(y, i) == pattern(i / 4) - pattern(i % 4));
    CHECK(broadcast_shape(a, b, &dims, size, &dim) && dims == 2 && size[1] == 4);
    CHECK(!broadcast_shape(y, filled(h, 2, bad), &dims, size, &dim) && dim == 0);
    CHECK(elementwise_binary(h, BINARY_sub, a, NULL, NULL) == NULL);
    CHECK(!h->full);
}

static void
test_limits(struct heap *h)
{
    const int64_t huge[2] = {INT64_C(1) << 40, INT64_C(1) << 40}, none[2] = {huge[0], 0};
    bool ok = true;

    CHECK(tensor_new(h, TENSOR_F64, 2, huge) == NULL && h->full);
    (void)shape_count(2, huge, &ok);
    CHECK(!ok);
    ok = true;
    CHECK(shape_count(2, none, &ok) == 0 && ok);
}

int
main(void)
{
    struct heap h = {.limit = 1 << 24};

    test_tree();
    test_sums(&h);
    test_broadcast(&h);
    test_limits(&h);
    heap_clear(&h);
    return test_failures != 0;
}
