#include "csv/scan_masks.h"

#include <immintrin.h>

static inline struct scan_masks
block_masks(const uint8_t *p, struct scan_dialect dialect)
{
    __m512i block = _mm512_loadu_si512((const void *)p);

    return (struct scan_masks){
        .delimiter =
            _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8((char)dialect.delimiter)),
        .newline = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\n')),
        .high = _mm512_movepi8_mask(block),
        .quote = dialect.quote ? _mm512_cmpeq_epi8_mask(
                                     block, _mm512_set1_epi8((char)dialect.quote))
                               : 0,
        .unusual = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\r')) |
                   _mm512_testn_epi8_mask(block, block)};
}

static inline uint64_t
parity(uint64_t x)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)x),
                                           _mm_set1_epi8((char)0xff), 0);

    return (uint64_t)_mm_cvtsi128_si64(product);
}

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
    const struct scan_text text = {data, size, dialect};

    return scan_blocks(&text, state, out, block_masks, parity, flatten);
}

extern const struct scan_ops scan_avx512;
const struct scan_ops scan_avx512 = {.name = "avx512", .index = index_avx512};
