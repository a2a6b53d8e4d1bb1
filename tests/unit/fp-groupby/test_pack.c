/* test_pack.c: every variant of pack.h gives the words of its definition. */
#include "store/pack.h"

#include "test.h"

#include <stdbool.h>
#include <string.h>

enum { ROWS = 200, KEYS = 5, CODES = 40, ROUNDS = 300 };

static uint64_t state = 3;

static uint32_t
chance(uint32_t n)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(state >> 33) % n;
}

/* A row's word as the header says. */
static uint64_t
word_of(const struct pack_key *keys, size_t n_keys, size_t row)
{
    uint64_t word = 0;

    for (size_t k = 0; k < n_keys; k++) {
        uint64_t code = keys[k].map[keys[k].codes[row]];

        if (code == 0)
            return 0;
        word |= code << keys[k].shift;
    }
    return word;
}

static void
check_variant(const struct pack_ops *ops)
{
    static uint32_t codes[KEYS][ROWS], maps[KEYS][CODES];
    static uint64_t words[ROWS + 1];
    struct pack_key keys[KEYS];

    for (size_t round = 0; round < ROUNDS; round++) {
        size_t n_keys = 1 + chance(KEYS);
        size_t n = chance(ROWS + 1);
        bool drops = chance(2) == 0;

        for (size_t k = 0; k < n_keys; k++) {
            keys[k] = (struct pack_key){codes[k], maps[k], (unsigned)(12 * k)};
            for (size_t i = 0; i < CODES; i++)
                maps[k][i] = drops && chance(20) == 0 ? 0 : 1 + chance(4095);
            for (size_t i = 0; i < n; i++)
                codes[k][i] = chance(CODES);
        }
        memset(words, 0xa5, sizeof words);
        ops->pack(keys, n_keys, n, words);
        for (size_t i = 0; i < n; i++)
            CHECK(words[i] == word_of(keys, n_keys, i));
        CHECK(words[n] == 0xa5a5a5a5a5a5a5a5u);
    }
}

int
main(void)
{
    const struct pack_ops *usable[PACK_VARIANTS_MAX];
    size_t n = pack_usable(usable);

    for (size_t i = 0; i < n; i++)
        check_variant(usable[i]);
    CHECK(pack_select() == usable[n - 1]);
    (void)printf("pack: %zu variants\n", n);
    return test_failures != 0;
}
