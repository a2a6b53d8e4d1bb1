/* c * x = c * (x & 15) + c * (x & 240): two 16-entry look-ups, which PSHUFB does at once.
 */
#include "gf256.h"

#include <immintrin.h>

enum { VEC_SIZE = 32 };
typedef __m256i vec;
typedef struct {
    __m256i low, high;
} coef;

static inline vec
vec_load(const uint8_t *p)
{
    return _mm256_loadu_si256((const void *)p);
}

static inline void
vec_store(uint8_t *p, vec x)
{
    _mm256_storeu_si256((void *)p, x);
}

static inline vec
vec_zero(void)
{
    return _mm256_setzero_si256();
}

static inline vec
vec_xor(vec a, vec b)
{
    return _mm256_xor_si256(a, b);
}

static inline vec
vec_alpha(vec x)
{
    vec carry = _mm256_cmpgt_epi8(_mm256_setzero_si256(), x);

    return _mm256_xor_si256(_mm256_add_epi8(x, x),
                            _mm256_and_si256(carry, _mm256_set1_epi8(0x1d)));
}

static inline coef
coef_load(const struct gf256 *gf, uint8_t c)
{
    return (coef){
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)gf->nibble[c][0])),
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)gf->nibble[c][1]))};
}

static inline vec
vec_mul(coef c, vec x)
{
    const vec mask = _mm256_set1_epi8(15);
    vec low = _mm256_and_si256(x, mask);
    vec high = _mm256_and_si256(_mm256_srli_epi64(x, 4), mask);

    return _mm256_xor_si256(_mm256_shuffle_epi8(c.low, low),
                            _mm256_shuffle_epi8(c.high, high));
}

#define VARIANT      gf256_avx2
#define VARIANT_NAME "avx2"
#include "gf256_kernels.h"
