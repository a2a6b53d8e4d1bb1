/* test_kernel.c: every variant of kernel.h against the scalar one, bit by bit. */
#include "store/kernel.h"

#include "common/cpu.h"
#include "common/digest.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 300 };

static uint64_t state = 108;

static uint64_t
next(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return state ^ state >> 29;
}

static double
next_double(void)
{
    return (double)(int64_t)(next() % 2000001) / 1e3 - 1e3;
}

static void
check_integers(const struct kernel *k, const struct kernel *scalar)
{
    static uint64_t data[KERNEL_BLOCK];
    static uint32_t cells[2][KERNEL_BLOCK];
    static uint64_t words[2][KERNEL_BLOCK];
    static int64_t values[2][KERNEL_BLOCK];

    for (size_t i = 0; i < KERNEL_BLOCK; i++) {
        data[i] = next();
        cells[0][i] = cells[1][i] = (uint32_t)next();
        words[0][i] = words[1][i] = next();
    }
    for (unsigned width = 1; width <= 4; width *= 2) {
        scalar->add_codes(data, width, 77, cells[0]);
        k->add_codes(data, width, 77, cells[1]);
        scalar->widen(data, width, values[0]);
        k->widen(data, width, values[1]);
        CHECK(memcmp(cells[0], cells[1], sizeof cells[0]) == 0);
        CHECK(memcmp(values[0], values[1], sizeof values[0]) == 0);
    }
    for (unsigned shift = 0; shift < 60; shift += 7) {
        scalar->add_lane(shift % 2 ? data : NULL, 1 + shift % 3 % 2, shift, words[0]);
        k->add_lane(shift % 2 ? data : NULL, 1 + shift % 3 % 2, shift, words[1]);
    }
    CHECK(memcmp(words[0], words[1], sizeof words[0]) == 0);
}

static void
check_steps(const struct kernel *k, const struct kernel *scalar)
{
    static kernel_row x[ROWS], y[ROWS];
    struct kernel_welford w[2] = {0};
    struct kernel_pair p[2] = {0};

    for (size_t i = 0; i < ROWS; i++)
        for (size_t c = 0; c < KERNEL_LANES; c++) {
            x[i][c] = next_double();
            y[i][c] = next_double();
        }
    for (size_t n = 1; n < ROWS; n += 37) {
        scalar->welford(&w[0], x[0], n);
        k->welford(&w[1], x[0], n);
        scalar->pair(&p[0], x[0], y[0], n);
        k->pair(&p[1], x[0], y[0], n);
        CHECK(memcmp(&w[0], &w[1], sizeof w[0]) == 0);
        CHECK(memcmp(&p[0], &p[1], sizeof p[0]) == 0);
    }
}

int
main(void)
{
    const struct kernel *usable[KERNEL_VARIANTS_MAX];
    size_t n = kernel_usable(usable);

    for (size_t i = 0; i < n; i++) {
        check_integers(usable[i], usable[0]);
        check_steps(usable[i], usable[0]);
    }
    CHECK(kernel_select() == usable[n - 1]);
    return test_failures != 0;
}
