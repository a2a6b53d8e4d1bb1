/*
 * test_lanes.c: erf, softmax, layer normalisation and maximum by lanes: near libm, and
 * the same bits by every instruction set, for every length around a vector's.
 */
#include "ops/onnx/lanes/lanes.h"

#include "common/cpu.h"

#include "test.h"

#include <math.h>
#include <string.h>

enum { LONGEST = 67, ROWS = 3, GUARD = 16, ROOM = LONGEST * ROWS + GUARD };

static uint64_t state = 0x9e3779b97f4a7c15U;

/* Between -6 and 6. */
static float
next_real(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (float)((double)(state >> 11) / (double)(INT64_C(1) << 53) * 12 - 6);
}

static void
fill(float x[static ROOM])
{
    for (int i = 0; i < ROOM; i++)
        x[i] = next_real();
}

static void
test_erf(const struct lanes *lanes)
{
    static const float special[] = {0.0F, -0.0F, INFINITY, -INFINITY, NAN, 1e-30F, 4.0F};
    float x[4001], y[4001];

    for (int i = 0; i <= 4000; i++)
        x[i] = (float)(i - 2000) / 400.0F;
    lanes->erf(4001, x, y);
    for (int i = 0; i <= 4000; i++) {
        double want = erf((double)x[i]);

        CHECK(fabs((double)y[i] - want) <= 2.5e-7 * fabs(want));
    }
    lanes->erf(7, special, y);
    CHECK(y[0] == 0.0F && !signbit(y[0]) && y[1] == 0.0F && signbit(y[1]));
    CHECK(y[2] == 1.0F && y[3] == -1.0F && isnan(y[4]));
    CHECK(fabsf(y[5] - 1.128379e-30F) < 1e-36F);
}

static void
test_softmax(const struct lanes *lanes)
{
    float x[ROOM], y[ROOM];

    for (int64_t n = 1; n <= LONGEST; n++) {
        fill(x);
        lanes->softmax(ROWS, n, x, y);
        for (int64_t r = 0; r < ROWS; r++) {
            double sum = 0;

            for (int64_t i = 0; i < n; i++)
                sum += exp((double)x[r * n + i]);
            for (int64_t i = 0; i < n; i++)
                CHECK(fabs((double)y[r * n + i] - exp((double)x[r * n + i]) / sum) <
                      3e-7);
        }
    }
    x[0] = 0;
    x[1] = -INFINITY;
    x[2] = -1000;
    lanes->softmax(1, 3, x, y);
    CHECK(y[0] == 1.0F && y[1] == 0.0F && y[2] == 0.0F);
    x[1] = NAN;
    lanes->softmax(1, 3, x, y);
    CHECK(isnan(y[0]) && isnan(y[1]) && isnan(y[2]));
}

static void
test_layer_norm(const struct lanes *lanes)
{
    float x[ROOM], scale[ROOM], bias[ROOM], y[ROOM];

    for (int64_t n = 1; n <= LONGEST; n++) {
        fill(x);
        fill(scale);
        fill(bias);
        lanes->layer_norm(ROWS, n, x, scale, bias, 1e-5F, y);
        for (int64_t r = 0; r < ROWS; r++) {
            double mean = 0, variance = 0;

            for (int64_t i = 0; i < n; i++)
                mean += (double)x[r * n + i] / (double)n;
            for (int64_t i = 0; i < n; i++)
                variance += pow((double)x[r * n + i] - mean, 2) / (double)n;
            for (int64_t i = 0; i < n; i++) {
                double want = ((double)x[r * n + i] - mean) / sqrt(variance + 1e-5);

                want = want * (double)scale[i] + (double)bias[i];
                CHECK(fabs((double)y[r * n + i] - want) < 1e-4);
            }
        }
    }
}

static void
test_larger(const struct lanes *lanes)
{
    float x[ROOM], y[ROOM], before[ROOM];

    for (int64_t n = 0; n <= LONGEST; n++) {
        fill(x);
        fill(y);
        x[0] = n % 3 == 0 ? NAN : x[0];
        y[1] = n % 3 == 1 ? NAN : y[1];
        memcpy(before, y, sizeof(y));
        lanes->larger(n, x, y);
        for (int64_t i = 0; i < n; i++) {
            if (isnan(x[i]) || isnan(before[i]))
                CHECK(isnan(y[i]));
            else
                CHECK(y[i] == fmaxf(x[i], before[i]));
        }
        CHECK(memcmp(y + n, before + n, (size_t)(ROOM - n) * sizeof(*y)) == 0);
    }
}

/* The same bits as the definition, and nothing written behind the end. */
static void
test_same(const struct lanes *lanes)
{
    float x[ROOM], scale[ROOM], y[ROOM], z[ROOM];

    for (int64_t n = 1; n <= LONGEST; n++) {
        fill(x);
        fill(scale);
        memset(y, 0x5a, sizeof(y));
        memset(z, 0x5a, sizeof(z));
        lanes->erf(n, x, y);
        lanes_scalar.erf(n, x, z);
        CHECK(memcmp(y, z, sizeof(y)) == 0);
        lanes->softmax(ROWS, n, x, y);
        lanes_scalar.softmax(ROWS, n, x, z);
        CHECK(memcmp(y, z, sizeof(y)) == 0);
        lanes->layer_norm(ROWS, n, x, scale, n % 2 ? scale : NULL, 1e-5F, y);
        lanes_scalar.layer_norm(ROWS, n, x, scale, n % 2 ? scale : NULL, 1e-5F, z);
        CHECK(memcmp(y, z, sizeof(y)) == 0);
        lanes->larger(n, x, y);
        lanes_scalar.larger(n, x, z);
        CHECK(memcmp(y, z, sizeof(y)) == 0);
    }
}

int
main(void)
{
    const struct lanes *usable[3] = {&lanes_scalar};
    size_t count = 1;

#ifdef __x86_64__
    if (cpu_supports(CPU_AVX2))
        usable[count++] = &lanes_avx2;
    if (cpu_supports(CPU_AVX512))
        usable[count++] = &lanes_avx512;
#endif
    for (size_t i = 0; i < count; i++) {
        test_erf(usable[i]);
        test_softmax(usable[i]);
        test_layer_norm(usable[i]);
        test_larger(usable[i]);
        test_same(usable[i]);
    }
    return test_failures != 0;
}
