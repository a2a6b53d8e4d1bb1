#include <immintrin.h>
#include <stdint.h>

enum { LANES = 8 };
typedef __m512i vec;

#define vec_set(x)       _mm512_set1_epi64((long long)(x))
#define vec_add          _mm512_add_epi64
#define vec_xor          _mm512_xor_si512
#define vec_rotate(x, n) _mm512_ror_epi64(x, n)
#define vec_store(p, x)  _mm512_storeu_si512(p, x)

/* The word at p of each lane, `stride` octets apart. */
static inline vec
vec_gather(const uint8_t *p, size_t stride)
{
    const long long s = (long long)stride;
    const vec index = _mm512_set_epi64(7 * s, 6 * s, 5 * s, 4 * s, 3 * s, 2 * s, s, 0);

    return _mm512_i64gather_epi64(index, p, 1);
}

#include "blake2b_kernel.h"

extern const struct blake2b_lanes blake2b_lanes_avx512;
const struct blake2b_lanes blake2b_lanes_avx512 = {"avx512", LANES, hash};
