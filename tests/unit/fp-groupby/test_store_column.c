/* test_store_column.c: a column gives back what was put in, and is no wider than it must.
 */
#include "store/store_column.h"

#include "common/mem.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 5000, ROUNDS = 60 };

static uint64_t state = 11;

static uint64_t
chance(uint64_t n)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (state ^ state >> 29) % n;
}

static unsigned
width_of(const int64_t *x, size_t n)
{
    unsigned width = 1;

    for (size_t i = 0; i < n; i++)
        while (width < 8 && (uint64_t)x[i] >> 8 * width)
            width *= 2;
    return width;
}

static void
check_same(const struct store_column *c, const int64_t *x, size_t n)
{
    int64_t room[ROWS];

    for (int i = 0; i < 5 && n > 0; i++) {
        size_t from = chance(n);
        size_t some = 1 + chance(n - from);

        store_column_copy(c, from, some, room);
        CHECK(memcmp(room, x + from, some * sizeof *x) == 0);
    }
}

/* Values of some sizes, most of them small; in pieces, into a column that is moved. */
static void
check_round(bool integer)
{
    static const uint64_t sizes[] = {2, 255, 256, 257, 65535, 65536, 65537, UINT32_MAX};
    static int64_t x[ROWS];
    struct store_column c;
    uint64_t size = sizes[chance(8)];
    size_t n = 0, capacity = 0;

    store_column_init(&c, integer);
    while (n < ROWS) {
        size_t some = 1 + chance(700);

        some = some < ROWS - n ? some : ROWS - n;
        for (size_t i = n; i < n + some; i++)
            x[i] = (int64_t)chance(size + 1);
        if (chance(4) == 0)
            x[n + chance(some)] = (int64_t)size;
        if (chance(12) == 0)
            x[n + chance(some)] = chance(2) ? -1 : (int64_t)UINT32_MAX + 1;
        if (n + some > capacity) {
            capacity = n + some + chance(900);
            store_column_reserve(&c, capacity);
        }
        store_column_append(&c, n, capacity, (union batch_value){.i = x + n}, some);
        n += some;
        CHECK(c.width == (integer ? width_of(x, n) : 8));
        check_same(&c, x, n);
    }
    int64_t *all = store_column_release(&c, n, n + chance(50));

    CHECK(memcmp(all, x, n * sizeof *x) == 0 && !c.data);
    free(all);
    store_column_clear(&c);
}

int
main(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        check_round(true);
        check_round(false);
    }
    return test_failures != 0;
}
