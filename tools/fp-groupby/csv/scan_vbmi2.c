#include "csv/scan_avx512.h"

/* 16 of the numbers of octets, from the one `first` of them all. */
#define STORE(first)                                                                     \
    _mm512_storeu_si512(                                                                 \
        (void *)(out + (first)),                                                         \
        _mm512_add_epi32(start, _mm512_cvtepu8_epi32(                                    \
                                    _mm512_extracti32x4_epi32(numbers, (first) / 16))))

/* The numbers of the set bits as octets, squeezed together; 16 nearly always hold all. */
static inline size_t
flatten(uint64_t bits, uint32_t base, uint32_t *out)
{
    const __m512i all = _mm512_set_epi64(
        0x3f3e3d3c3b3a3938, 0x3736353433323130, 0x2f2e2d2c2b2a2928, 0x2726252423222120,
        0x1f1e1d1c1b1a1918, 0x1716151413121110, 0x0f0e0d0c0b0a0908, 0x0706050403020100);
    const __m512i start = _mm512_set1_epi32((int)base);
    __m512i numbers = _mm512_maskz_compress_epi8(bits, all);
    size_t count = (size_t)__builtin_popcountll(bits);

    STORE(0);
    if (count > 16)
        STORE(16);
    if (count > 32) {
        STORE(32);
        STORE(48);
    }
    return count;
}

static size_t
index_vbmi2(const uint8_t *data, size_t size, struct scan_dialect dialect,
            struct scan_state *state, uint32_t *out)
{
    const struct scan_text text = {data, size, dialect, state, out};

    return scan_blocks(&text, (struct scan_variant){block_masks, parity, flatten});
}

extern const struct scan_ops scan_vbmi2;
const struct scan_ops scan_vbmi2 = {.name = "vbmi2", .index = index_vbmi2};
