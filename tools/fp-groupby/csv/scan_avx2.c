#include "csv/scan_masks.h"

#include <immintrin.h>

static inline uint64_t
equal(__m256i low, __m256i high, uint8_t octet)
{
    const __m256i wanted = _mm256_set1_epi8((char)octet);
    uint32_t a = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
    uint32_t b = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));

    return a | (uint64_t)b << 32;
}

static inline struct scan_masks
block_masks(const uint8_t *p, struct scan_dialect dialect)
{
    __m256i low = _mm256_loadu_si256((const void *)p);
    __m256i high = _mm256_loadu_si256((const void *)(p + 32));

    return (struct scan_masks){
        .delimiter = equal(low, high, dialect.delimiter),
        .newline = equal(low, high, '\n'),
        .high = (uint32_t)_mm256_movemask_epi8(low) |
                (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32,
        .quote = dialect.quote ? equal(low, high, dialect.quote) : 0,
        .unusual = equal(low, high, '\r') | equal(low, high, 0)};
}

static inline uint64_t
parity(uint64_t x)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)x),
                                           _mm_set1_epi8((char)0xff), 0);

    return (uint64_t)_mm_cvtsi128_si64(product);
}

/* The numbers of the bits of an octet, squeezed together, an octet each. */
#define BELOW(b, i) __builtin_popcount((b) & ((1U << (i)) - 1))
#define PLACE(b, i) (uint64_t)((b) >> (i)&1) * (i) << 8 * BELOW(b, i)
#define PLACES(b)                                                                        \
    (PLACE(b, 1) | PLACE(b, 2) | PLACE(b, 3) | PLACE(b, 4) | PLACE(b, 5) | PLACE(b, 6) | \
     PLACE(b, 7))
#define FOUR(b)    PLACES(b), PLACES(b + 1), PLACES(b + 2), PLACES(b + 3)
#define SIXTEEN(b) FOUR(b), FOUR(b + 4), FOUR(b + 8), FOUR(b + 12)
#define QUARTER(b) SIXTEEN(b), SIXTEEN(b + 16), SIXTEEN(b + 32), SIXTEEN(b + 48)

static const uint64_t places[256] = {QUARTER(0U), QUARTER(64U), QUARTER(128U),
                                     QUARTER(192U)};

/* Octet by octet: up to eight positions from a table, stored whole. */
static inline size_t
flatten(uint64_t bits, uint32_t base, uint32_t *out)
{
    uint32_t *start = out;

    for (unsigned shift = 0; shift < 64; shift += 8) {
        unsigned some = (unsigned)(bits >> shift) & 0xff;
        __m256i numbers =
            _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)&places[some]));

        numbers = _mm256_add_epi32(numbers, _mm256_set1_epi32((int)(base + shift)));
        _mm256_storeu_si256((void *)out, numbers);
        out += __builtin_popcount(some);
    }
    return (size_t)(out - start);
}

static size_t
index_avx2(const uint8_t *data, size_t size, struct scan_dialect dialect,
           struct scan_state *state, uint32_t *out)
{
    const struct scan_text text = {data, size, dialect, state, out};

    return scan_blocks(&text, (struct scan_variant){block_masks, parity, flatten});
}

extern const struct scan_ops scan_avx2;
const struct scan_ops scan_avx2 = {.name = "avx2", .index = index_avx2};
