/*
 * crc32_avx2.c: CRC-32 by carry-less multiplication, 64 octets a step.
 *
 * Four 128-bit accumulators are folded by x^512, then into one by x^128, and the
 * remaining 128 bits and the tail go through the scalar variant.  (V. Gopal et al.:
 * "Fast CRC computation for generic polynomials using PCLMULQDQ", Intel 2009.)
 * The constants are x^k mod P in the reflected domain, 33 bits:
 *   k = 4*128+32, 4*128-32 and 128+32, 128-32.
 */
#include "archive/crc32.h"

#include <immintrin.h>

static inline __m128i
load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i
fold(__m128i x, __m128i k, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(x, k, 0x00);
    __m128i high = _mm_clmulepi64_si128(x, k, 0x11);

    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

uint32_t
crc32_avx2(uint32_t crc, const uint8_t *data, size_t size)
{
    const __m128i by_512 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
    const __m128i by_128 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    __m128i a, b, c, d;
    uint8_t rest[16];

    if (size < 64)
        return crc32_scalar(crc, data, size);
    a = _mm_xor_si128(load(data), _mm_cvtsi32_si128((int)~crc));
    b = load(data + 16);
    c = load(data + 32);
    d = load(data + 48);
    for (data += 64, size -= 64; size >= 64; data += 64, size -= 64) {
        a = fold(a, by_512, load(data));
        b = fold(b, by_512, load(data + 16));
        c = fold(c, by_512, load(data + 32));
        d = fold(d, by_512, load(data + 48));
    }
    a = fold(a, by_128, b);
    a = fold(a, by_128, c);
    a = fold(a, by_128, d);
    for (; size >= 16; data += 16, size -= 16)
        a = fold(a, by_128, load(data));
    _mm_storeu_si128((__m128i *)(void *)rest, a);
    /* a holds the whole message so far: its CRC from a zero state */
    return crc32_scalar(crc32_scalar(0xffffffff, rest, 16), data, size);
}
