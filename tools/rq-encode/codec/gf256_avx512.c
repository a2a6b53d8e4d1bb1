/* c * x = c * (x & 15) + c * (x & 240): two 16-entry look-ups, which PSHUFB does at once.
 */
#include "gf256.h"

#include <immintrin.h>

enum { VEC_SIZE = 64 };
typedef __m512i vec;
typedef struct {
    __m512i low, high;
} coef;

static inline vec
vec_load(const uint8_t *p)
{
    return _mm512_loadu_si512((const void *)p);
}

static inline void
vec_store(uint8_t *p, vec x)
{
    _mm512_storeu_si512((void *)p, x);
}

static inline vec
vec_zero(void)
{
    return _mm512_setzero_si512();
}

static inline vec
vec_xor(vec a, vec b)
{
    return _mm512_xor_si512(a, b);
}

static inline vec
vec_alpha(vec x)
{
    vec reduced = _mm512_maskz_set1_epi8(_mm512_movepi8_mask(x), 0x1d);

    return _mm512_xor_si512(_mm512_add_epi8(x, x), reduced);
}

static inline coef
coef_load(const struct gf256 *gf, uint8_t c)
{
    return (coef){
        _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)gf->nibble[c][0])),
        _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)gf->nibble[c][1]))};
}

static inline vec
vec_mul(coef c, vec x)
{
    const vec mask = _mm512_set1_epi8(15);
    vec low = _mm512_and_si512(x, mask);
    vec high = _mm512_and_si512(_mm512_srli_epi64(x, 4), mask);

    return _mm512_xor_si512(_mm512_shuffle_epi8(c.low, low),
                            _mm512_shuffle_epi8(c.high, high));
}

#define VARIANT      gf256_avx512
#define VARIANT_NAME "avx512"
#include "gf256_kernels.h"
