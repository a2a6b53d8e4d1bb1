/* test_blake2b.c: two digests at once are the library's. */
#include "common/cpu.h"
#include "common/digest.h"
#include "tensors/blake2b.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
enum { SIZE = 5000 };

/* Both inputs in steps of `step`, the longer one's rest by itself. */
static void
check(const uint8_t *data, size_t n, const uint8_t *other, size_t m, size_t step)
{
    uint8_t a[DIGEST_SIZE_MAX], b[DIGEST_SIZE_MAX], want[DIGEST_SIZE_MAX];
    size_t both = n < m ? n : m, at = 0;
    struct blake2b s, t;

    blake2b_init(&s);
    blake2b_init(&t);
    for (; at < both; at += step)
        blake2b_update_two(&s, data + at, &t, other + at,
                           both - at < step ? both - at : step);
    blake2b_update(&s, data + both, n - both);
    blake2b_update(&t, other + both, m - both);
    blake2b_final(&s, a);
    blake2b_final(&t, b);
    digest_of(DIGEST_BLAKE2B, data, n, want);
    CHECK(memcmp(a, want, BLAKE2B_SIZE) == 0);
    digest_of(DIGEST_BLAKE2B, other, m, want);
    CHECK(memcmp(b, want, BLAKE2B_SIZE) == 0);
}

int
main(void)
{
    static const size_t steps[] = {1, 64, 127, 128, 129, 256, 1000, SIZE};
    uint8_t *data = malloc(2 * SIZE);

    if (!data || !cpu_supports(CPU_AVX512)) {
        free(data);
        return 0;
    }
    for (size_t i = 0; i < 2 * SIZE; i++)
        data[i] = (uint8_t)(i * 31 + (i >> 7));
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
        for (size_t n = 0; n < SIZE; n += n < 300 ? 1 : 397)
            check(data, n, data + SIZE, n % 5 ? n : SIZE - n, steps[k]);
    free(data);
    return test_failures != 0;
}
#else
int
main(void)
{
    return test_failures != 0;
}
#endif
