/*
 * Factors multiply back to their matrix; patches and their way back are adjoint.
 */
#include "tensor/factor.h"
#include "tensor/patches.h"

#include "test.h"

#include <math.h>
#include <string.h>

enum { N_MAX = 9 };

static double
pattern(int64_t k)
{
    double x = (double)(k + 1) * 0.6180339887498949;

    return 2 * (x - floor(x)) - 1;
}

static void
test_lu(int64_t n)
{
    double a[N_MAX * N_MAX], lu[N_MAX * N_MAX], x[2 * N_MAX], sign, det = 1;
    int64_t pivot[N_MAX];

    for (int64_t i = 0; i < n * n; i++)
        a[i] = lu[i] = pattern(i * i + n);
    CHECK(lu_factor(lu, n, pivot, &sign) == 0);
    for (int64_t i = 0; i < 2 * n; i++) { /* x = a (1, 2), row sums */
        x[i] = 0;
        for (int64_t k = 0; k < n; k++)
            x[i] += a[i / 2 * n + k] * (i % 2 == 0 ? 1 : 2);
    }
    lu_solve(lu, pivot, n, false, x, 2);
    for (int64_t i = 0; i < 2 * n; i++)
        CHECK(fabs(x[i] - (i % 2 == 0 ? 1 : 2)) < 1e-9);
    for (int64_t i = 0; i < n; i++) { /* x = a^T 1, column sums */
        x[i] = 0;
        for (int64_t k = 0; k < n; k++)
            x[i] += a[k * n + i];
    }
    lu_solve(lu, pivot, n, true, x, 1);
    for (int64_t i = 0; i < n; i++)
        CHECK(fabs(x[i] - 1) < 1e-9);
    for (int64_t k = 0; k < n; k++)
        det *= lu[k * (n + 1)];
    if (n == 2)
        CHECK(fabs(sign * det - (a[0] * a[3] - a[1] * a[2])) < 1e-12);
    memset(a, 0, sizeof(a));
    CHECK(lu_factor(a, n, pivot, &sign) == 1);
}

static void
test_cholesky(int64_t n)
{
    double a[N_MAX * N_MAX], l[N_MAX * N_MAX];

    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            double sum = i == j ? 0.5 : 0;

            for (int64_t k = 0; k < n; k++)
                sum += pattern(i * n + k) * pattern(j * n + k);
            a[i * n + j] = l[i * n + j] = sum;
        }
    }
    CHECK(cholesky_factor(l, n) == 0);
    for (int64_t i = 0; i < n * n; i++) {
        double sum = 0;

        for (int64_t k = 0; k < n; k++)
            sum += l[i / n * n + k] * l[i % n * n + k];
        CHECK(fabs(sum - a[i]) < 1e-12);
    }
    for (int64_t i = 0; i < n; i++)
        a[i * (n + 1)] = -1;
    CHECK(cholesky_factor(a, n) == 1);
}

/* The inner products <gather(x), c> and <x, scatter(c)> are equal, block by block. */
static void
test_patches(struct patches p, int64_t channels, int64_t block)
{
    enum { MOST = 4096 };
    static double x[MOST], back[MOST], columns[MOST], c[MOST];
    int64_t image = channels * p.in[0] * p.in[1] * p.in[2], rows = p.out[0] * p.out[1];
    double there = 0, here = 0;

    memset(back, 0, sizeof(back));
    for (int64_t i = 0; i < image; i++)
        x[i] = pattern(i);
    for (int64_t first = 0; first < rows; first += block) {
        int64_t count = rows - first < block ? rows - first : block;
        int64_t n = channels * patches_window(&p) * count * p.out[2];

        CHECK(n <= MOST && image <= MOST);
        for (int64_t i = 0; i < n; i++)
            c[i] = pattern(i + 1000 * first);
        patches_gather(&p, TENSOR_F64, channels, x, first, count, columns);
        for (int64_t i = 0; i < n; i++)
            there += columns[i] * c[i];
        patches_scatter(&p, TENSOR_F64, channels, back, first, count, c);
    }
    for (int64_t i = 0; i < image; i++)
        here += x[i] * back[i];
    CHECK(fabs(there - here) < 1e-9);
}

int
main(void)
{
    for (int64_t n = 1; n <= N_MAX; n++) {
        test_lu(n);
        test_cholesky(n);
    }
    for (int64_t stride = 1; stride <= 3; stride++) {
        for (int64_t pad = 0; pad <= 2; pad++) {
            for (int64_t dilation = 1; dilation <= 2; dilation++) {
                struct patches p = patches_trivial();

                for (int d = 1; d < PATCH_DIMS; d++) {
                    p.in[d] = 6 + d;
                    p.kernel[d] = d + 1;
                    p.stride[d] = stride;
                    p.dilation[d] = dilation;
                    p.low[d] = pad;
                    p.out[d] = (p.in[d] + 2 * pad - dilation * d - 1) / stride + 1;
                }
                test_patches(p, 2, 1);
                test_patches(p, 2, 3);
                test_patches(p, 1, 100);
            }
        }
    }
    return test_failures != 0;
}
