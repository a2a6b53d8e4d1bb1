/*
 * crc32.c: see crc32.h.  The scalar variant takes eight octets a step with eight
 * tables (M. Kounavis, F. Berry: "A systematic approach to building high
 * performance software-based CRC generators").
 */
#include "archive/crc32.h"

#include "common/bytes.h"
#include "common/cpu.h"

#include <pthread.h>

static const uint32_t polynomial = 0xedb88320;
static uint32_t tables[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
make_tables(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;

        for (int k = 0; k < 8; k++)
            c = c >> 1 ^ (c & 1 ? polynomial : 0);
        tables[0][i] = c;
    }
    for (size_t t = 1; t < 8; t++)
        for (size_t i = 0; i < 256; i++)
            tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 0xff];
}

uint32_t
crc32_scalar(uint32_t crc, const uint8_t *data, size_t size)
{
    (void)pthread_once(&once, make_tables);
    crc = ~crc;
    for (; size >= 8; data += 8, size -= 8) {
        uint32_t a = get_le32(data) ^ crc, b = get_le32(data + 4);

        crc = tables[7][a & 0xff] ^ tables[6][a >> 8 & 0xff] ^ tables[5][a >> 16 & 0xff] ^
              tables[4][a >> 24] ^ tables[3][b & 0xff] ^ tables[2][b >> 8 & 0xff] ^
              tables[1][b >> 16 & 0xff] ^ tables[0][b >> 24];
    }
    for (; size > 0; data++, size--)
        crc = crc >> 8 ^ tables[0][(crc ^ *data) & 0xff];
    return ~crc;
}

uint32_t
crc32_update(uint32_t crc, const uint8_t *data, size_t size)
{
#ifdef __x86_64__
    if (size >= 128 && cpu_supports(CPU_AVX2))
        return crc32_avx2(crc, data, size);
#endif
    return crc32_scalar(crc, data, size);
}

/* a * b modulo the polynomial, both reflected: bit 31 is x^0. */
static uint32_t
multiply(uint32_t a, uint32_t b)
{
    uint32_t product = 0;

    for (uint32_t m = 0x80000000; m; m >>= 1) {
        if (a & m)
            product ^= b;
        b = b >> 1 ^ (b & 1 ? polynomial : 0);
    }
    return product;
}

uint32_t
crc32_combine_parts(uint32_t a, uint32_t b, uint64_t size_of_b)
{
    uint32_t power = 0x00800000; /* x^8: one octet */

    for (; size_of_b; size_of_b >>= 1) {
        if (size_of_b & 1)
            a = multiply(power, a);
        power = multiply(power, power);
    }
    return a ^ b;
}
