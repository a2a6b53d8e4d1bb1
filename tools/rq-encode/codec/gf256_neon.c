/* As SSSE3, with TBL as the look-up. */
#include "gf256.h"

#include <arm_neon.h>

enum { VEC_SIZE = 16 };
typedef uint8x16_t vec;
typedef struct {
    uint8x16_t low, high;
} coef;

static inline vec
vec_load(const uint8_t *p)
{
    return vld1q_u8(p);
}

static inline void
vec_store(uint8_t *p, vec x)
{
    vst1q_u8(p, x);
}

static inline vec
vec_zero(void)
{
    return vdupq_n_u8(0);
}

static inline vec
vec_xor(vec a, vec b)
{
    return veorq_u8(a, b);
}

static inline vec
vec_alpha(vec x)
{
    vec carry = vcltzq_s8(vreinterpretq_s8_u8(x));

    return veorq_u8(vshlq_n_u8(x, 1), vandq_u8(carry, vdupq_n_u8(0x1d)));
}

static inline coef
coef_load(const struct gf256 *gf, uint8_t c)
{
    return (coef){vec_load(gf->nibble[c][0]), vec_load(gf->nibble[c][1])};
}

static inline vec
vec_mul(coef c, vec x)
{
    vec low = vandq_u8(x, vdupq_n_u8(15)), high = vshrq_n_u8(x, 4);

    return veorq_u8(vqtbl1q_u8(c.low, low), vqtbl1q_u8(c.high, high));
}

#define VARIANT      gf256_neon
#define VARIANT_NAME "neon"
#include "gf256_kernels.h"
