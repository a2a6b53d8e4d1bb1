/* A product by a constant is a bit matrix, which GF2P8AFFINEQB applies to each octet. */
#include "gf256.h"

#include <immintrin.h>

enum { VEC_SIZE = 64 };
typedef __m512i vec;
typedef struct {
    __m512i matrix;
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

static inline coef
coef_load(const struct gf256 *gf, uint8_t c)
{
    return (coef){_mm512_set1_epi64((long long)gf->affine[c])};
}

static inline vec
vec_mul(coef c, vec x)
{
    return _mm512_gf2p8affine_epi64_epi8(x, c.matrix, 0);
}

/* The matrix of 2: output bit k is input bit k - 1, with bit 7 added to bits 0, 2, 3, 4.
 */
static inline vec
vec_alpha(vec x)
{
    return vec_mul((coef){_mm512_set1_epi64((long long)0x8001828488102040)}, x);
}

#define VARIANT      gf256_gfni
#define VARIANT_NAME "gfni"
#include "gf256_kernels.h"
