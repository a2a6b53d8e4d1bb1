/* CRC-32: each variant against the definition, every short length and alignment. */
#include "archive/crc32.h"
#include "common/cpu.h"
#include "test.h"

#include <string.h>

static uint32_t
by_definition(uint32_t crc, const uint8_t *p, size_t n)
{
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

int
main(void)
{
    static uint8_t data[2048];
    uint32_t state = 12345;

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    CHECK(crc32_update(0, (const uint8_t *)"123456789", 9) == 0xcbf43926);
    for (size_t n = 0; n < 600; n++) {
        const uint8_t *p = data + n % 31;
        uint32_t want = by_definition((uint32_t)n, p, n);

        CHECK(crc32_scalar((uint32_t)n, p, n) == want);
        CHECK(crc32_update((uint32_t)n, p, n) == want);
#ifdef __x86_64__
        if (cpu_supports(CPU_AVX2))
            CHECK(crc32_avx2((uint32_t)n, p, n) == want);
#endif
        CHECK(crc32_combine_parts(by_definition(0, data, 100),
                                  by_definition(0, data + 100, n),
                                  n) == by_definition(0, data, 100 + n));
    }
    return test_failures != 0;
}
