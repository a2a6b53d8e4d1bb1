#include "csv/scan.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE = 700, ROUNDS = 4000 };

static uint64_t seed = 1;

static uint32_t
chance(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

/* Text in which every octet the scanner looks at is common. */
static void
fill(uint8_t *data, size_t size)
{
    static const uint8_t common[] = {',', '\n', '"', '\r', 0, 'a', 'b', 0x80, 0xff, ';'};

    for (size_t i = 0; i < size; i++)
        data[i] = chance(3) ? common[chance(10)] : (uint8_t)chance(256);
}

static bool
same_state(struct scan_state a, struct scan_state b)
{
    return a.in_quotes == b.in_quotes && a.saw_quote == b.saw_quote &&
           a.saw_return == b.saw_return && a.saw_nul == b.saw_nul &&
           a.saw_high == b.saw_high && a.newlines == b.newlines;
}

static void
check_variant(const struct scan_ops *ops)
{
    static uint8_t data[SIZE + 64 + SCAN_SLACK];
    static uint32_t want[SIZE + SCAN_SLACK], got[SIZE + SCAN_SLACK + 1];

    for (int round = 0; round < ROUNDS; round++) {
        size_t size = chance(SIZE), shift = chance(64);
        struct scan_dialect dialect = {chance(4) ? ',' : ';', chance(4) ? '"' : 0};
        struct scan_state a = {.in_quotes = chance(2)}, b = a;
        size_t n;

        fill(data, sizeof data);
        got[SIZE + SCAN_SLACK] = 0xdeadbeef;
        n = scan_scalar.index(data + shift, size, dialect, &a, want);
        CHECK(ops->index(data + shift, size, dialect, &b, got) == n);
        CHECK(memcmp(want, got, n * sizeof *want) == 0);
        CHECK(same_state(a, b));
        CHECK(got[SIZE + SCAN_SLACK] == 0xdeadbeef);
    }
}

static void
check_definition(void)
{
    static const char text[] = "a,\"b,\n\"\"c\",d\ne\r\n";
    uint32_t at[sizeof text + SCAN_SLACK];
    struct scan_state state = {0};
    size_t n = scan_scalar.index((const uint8_t *)text, sizeof text - 1,
                                 (struct scan_dialect){',', '"'}, &state, at);

    CHECK(n == 4 && at[0] == 1 && at[1] == 10 && at[2] == 12 && at[3] == 15);
    CHECK(state.saw_quote && state.saw_return && !state.saw_nul && !state.in_quotes);
    CHECK(!state.saw_high && state.newlines == 2);
}

int
main(void)
{
    const struct scan_ops *usable[SCAN_VARIANTS_MAX];
    size_t count = scan_usable(usable);

    check_definition();
    for (size_t i = 0; i < count; i++)
        check_variant(usable[i]);
    (void)printf("scan: %zu variants\n", count);
    return test_failures != 0;
}
