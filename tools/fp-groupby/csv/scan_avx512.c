#include "csv/scan_avx512.h"

/* The positions of 16 octets at a time, squeezed together and stored whole. */
static inline size_t
flatten(uint64_t bits, uint32_t base, uint32_t *out)
{
    const __m512i lanes =
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    uint32_t *start = out;

    for (unsigned quarter = 0; quarter < 4; quarter++) {
        __mmask16 mask = (__mmask16)(bits >> (16 * quarter));
        __m512i at =
            _mm512_add_epi32(lanes, _mm512_set1_epi32((int)(base + 16 * quarter)));

        _mm512_storeu_si512((void *)out, _mm512_maskz_compress_epi32(mask, at));
        out += __builtin_popcount(mask);
    }
    return (size_t)(out - start);
}

static size_t
index_avx512(const uint8_t *data, size_t size, struct scan_dialect dialect,
             struct scan_state *state, uint32_t *out)
{
    const struct scan_text text = {data, size, dialect, state, out};

    return scan_blocks(&text, (struct scan_variant){block_masks, parity, flatten});
}

extern const struct scan_ops scan_avx512;
const struct scan_ops scan_avx512 = {.name = "avx512", .index = index_avx512};
