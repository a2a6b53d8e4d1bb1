/*
 * test_contiguous.c: every set of loops gives the bits of the narrowest one, for all
 * lengths around its vectors, and writes nothing beside its output.
 */
#include "tensor/contiguous.h"

#include "common/cpu.h"

#include "test.h"

#include <math.h>
#include <string.h>

enum { MOST = 300, GUARD = 8 };

/* Ordinary numbers, and each kind of special one. */
static double
value(int i)
{
    static const double special[] = {
        (double)NAN, (double)INFINITY, -(double)INFINITY, -0.0, 0.0, 1e-310};

    return i % 5 == 0 ? special[i / 5 % 6] : ((i * 7919) % 1000 - 500) / 64.0;
}

static void
compare(elementwise_loop *loop, elementwise_loop *definition, size_t width)
{
    unsigned char x[MOST * 8], y[MOST * 8], got[(MOST + GUARD) * 8], want[sizeof(got)];
    const void *const in[] = {x, y};
    const int64_t step[] = {1, 1};

    for (int i = 0; i < MOST; i++) {
        double a = value(i), b = value(i * 3 + 1);
        float narrow[] = {(float)a, (float)b};

        memcpy(x + (size_t)i * width, width == 4 ? (void *)&narrow[0] : (void *)&a,
               width);
        memcpy(y + (size_t)i * width, width == 4 ? (void *)&narrow[1] : (void *)&b,
               width);
    }
    for (int n = 0; n <= MOST; n++) {
        memset(got, 0xa5, sizeof(got));
        memset(want, 0xa5, sizeof(want));
        loop(got, in, step, n, NULL);
        definition(want, in, step, n, NULL);
        CHECK(memcmp(got, want, sizeof(got)) == 0);
    }
}

static void
compare_widening(const struct contiguous_loops *set)
{
    double got[MOST], want[MOST];
    float x[MOST];

    for (int i = 0; i < MOST; i++)
        x[i] = (float)value(i);
    for (int n = 0; n <= MOST; n++) {
        for (int i = 0; i < MOST; i++)
            got[i] = want[i] = 1.0 / (i + 1);
        set->widen_add(got, x, n);
        contiguous_baseline.widen_add(want, x, n);
        CHECK(memcmp(got, want, sizeof(got)) == 0);
    }
}

static void
compare_set(const struct contiguous_loops *set)
{
    const struct contiguous_loops *base = &contiguous_baseline;

    for (int type = 0; type < 2; type++) {
        size_t width = type == 0 ? sizeof(float) : sizeof(double);

        compare(set->plus[type], base->plus[type], width);
        compare(set->sub[type], base->sub[type], width);
        compare(set->mul[type], base->mul[type], width);
        compare(set->div[type], base->div[type], width);
        compare(set->relu[type], base->relu[type], width);
        compare(set->stop[type], base->stop[type], width);
    }
    compare_widening(set);
}

/* The definition itself, on what it is about. */
static void
stops_where_y_is_not_positive(void)
{
    const float x[] = {1, 2, 3, 4}, y[] = {-1, 0, 5, NAN};
    const void *const in[] = {x, y};
    const int64_t step[] = {1, 1};
    float got[4];

    contiguous_baseline.stop[0](got, in, step, 4, NULL);
    CHECK(got[0] == 0 && got[1] == 0 && got[2] == 3 && got[3] == 4);
    contiguous_baseline.relu[0](got, in + 1, step, 4, NULL);
    CHECK(got[0] == 0 && got[1] == 0 && got[2] == 5 && isnan(got[3]));
}

int
main(void)
{
    stops_where_y_is_not_positive();
#if defined __x86_64__
    if (cpu_supports(CPU_AVX2))
        compare_set(&contiguous_avx2);
    if (cpu_supports(CPU_AVX512))
        compare_set(&contiguous_avx512);
#endif
    compare_set(&contiguous_baseline);
    return test_failures != 0;
}
