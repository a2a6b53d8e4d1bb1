/*
 * scan_avx512.h: masks of 64 octets with AVX-512, for scan_avx512.c and scan_vbmi2.c.
 */
#ifndef FP_CSV_SCAN_AVX512_H
#define FP_CSV_SCAN_AVX512_H

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

#endif
