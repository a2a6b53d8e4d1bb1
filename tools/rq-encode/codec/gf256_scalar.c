/* Eight octets a vector, and table look-ups: the definition the others match. */
#include "gf256.h"

#include <string.h>

enum { VEC_SIZE = 8 };
typedef uint64_t vec;
typedef struct {
    const uint8_t (*nibble)[16];
} coef;

static inline vec
vec_load(const uint8_t *p)
{
    vec x;

    memcpy(&x, p, sizeof x);
    return x;
}

static inline void
vec_store(uint8_t *p, vec x)
{
    memcpy(p, &x, sizeof x);
}

static inline vec
vec_zero(void)
{
    return 0;
}

static inline vec
vec_xor(vec a, vec b)
{
    return a ^ b;
}

/* Each octet shifted, and reduced by x^4 + x^3 + x^2 + 1 where bit 7 was set. */
static inline vec
vec_alpha(vec x)
{
    return (x & UINT64_C(0x7f7f7f7f7f7f7f7f)) << 1 ^
           (x >> 7 & UINT64_C(0x0101010101010101)) * 0x1d;
}

static inline coef
coef_load(const struct gf256 *gf, uint8_t c)
{
    return (coef){gf->nibble[c]};
}

static inline vec
vec_mul(coef c, vec x)
{
    vec product = 0;

    for (unsigned shift = 0; shift < 64; shift += 8) {
        uint8_t low = x >> shift & 15, high = x >> (shift + 4) & 15;

        product |= (vec)(c.nibble[0][low] ^ c.nibble[1][high]) << shift;
    }
    return product;
}

#define VARIANT      gf256_scalar
#define VARIANT_NAME "scalar"
#include "gf256_kernels.h"
