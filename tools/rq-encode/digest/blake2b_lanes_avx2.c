#include <immintrin.h>
#include <stdint.h>

enum { LANES = 4 };
typedef __m256i vec;

#define vec_set(x)       _mm256_set1_epi64x((long long)(x))
#define vec_add          _mm256_add_epi64
#define vec_xor          _mm256_xor_si256
#define vec_store(p, x)  _mm256_storeu_si256((void *)(p), x)
#define vec_rotate(x, n) rotate_##n(x)

static inline vec
rotate_32(vec x)
{
    return _mm256_shuffle_epi32(x, 0xb1);
}

static inline vec
rotate_24(vec x)
{
    return _mm256_shuffle_epi8(x, _mm256_setr_epi8(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14,
                                                   15, 8, 9, 10, 3, 4, 5, 6, 7, 0, 1, 2,
                                                   11, 12, 13, 14, 15, 8, 9, 10));
}

static inline vec
rotate_16(vec x)
{
    return _mm256_shuffle_epi8(x, _mm256_setr_epi8(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13,
                                                   14, 15, 8, 9, 2, 3, 4, 5, 6, 7, 0, 1,
                                                   10, 11, 12, 13, 14, 15, 8, 9));
}

static inline vec
rotate_63(vec x)
{
    return _mm256_xor_si256(_mm256_add_epi64(x, x), _mm256_srli_epi64(x, 63));
}

/* The word at p of each lane, `stride` octets apart. */
static inline vec
vec_gather(const uint8_t *p, size_t stride)
{
    const long long s = (long long)stride;

    return _mm256_i64gather_epi64((const void *)p, _mm256_set_epi64x(3 * s, 2 * s, s, 0),
                                  1);
}

#include "blake2b_kernel.h"

extern const struct blake2b_lanes blake2b_lanes_avx2;
const struct blake2b_lanes blake2b_lanes_avx2 = {"avx2", LANES, hash};
