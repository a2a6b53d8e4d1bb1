/* c * x = c * (x & 15) + c * (x & 240): two 16-entry look-ups, which PSHUFB does at once.
 */
#include "gf256.h"

#include <immintrin.h>

enum { VEC_SIZE = 16 };
typedef __m128i vec;
typedef struct {
    __m128i low, high;
} coef;

static inline vec
vec_load(const uint8_t *p)
{
    return _mm_loadu_si128((const void *)p);
}

static inline void
vec_store(uint8_t *p, vec x)
{
    _mm_storeu_si128((void *)p, x);
}

static inline vec
vec_zero(void)
{
    return _mm_setzero_si128();
}

static inline vec
vec_xor(vec a, vec b)
{
    return _mm_xor_si128(a, b);
}

static inline vec
vec_alpha(vec x)
{
    vec carry = _mm_cmpgt_epi8(_mm_setzero_si128(), x);

    return _mm_xor_si128(_mm_add_epi8(x, x), _mm_and_si128(carry, _mm_set1_epi8(0x1d)));
}

static inline coef
coef_load(const struct gf256 *gf, uint8_t c)
{
    return (coef){vec_load(gf->nibble[c][0]), vec_load(gf->nibble[c][1])};
}

static inline vec
vec_mul(coef c, vec x)
{
    const vec mask = _mm_set1_epi8(15);
    vec low = _mm_and_si128(x, mask);
    vec high = _mm_and_si128(_mm_srli_epi64(x, 4), mask);

    return _mm_xor_si128(_mm_shuffle_epi8(c.low, low), _mm_shuffle_epi8(c.high, high));
}

#define VARIANT      gf256_ssse3
#define VARIANT_NAME "ssse3"
#include "gf256_kernels.h"
