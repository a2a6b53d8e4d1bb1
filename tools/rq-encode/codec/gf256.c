#include "gf256.h"

#include "common/cpu.h"

#include <string.h>

#ifdef __x86_64__
extern const struct gf256_ops gf256_ssse3, gf256_avx2, gf256_avx512, gf256_gfni;
#endif
#ifdef __aarch64__
extern const struct gf256_ops gf256_neon;
#endif

size_t
gf256_usable(const struct gf256_ops *out[static GF256_VARIANTS_MAX])
{
    size_t n = 0;

    out[n++] = &gf256_scalar;
#ifdef __x86_64__
    if (cpu_supports(CPU_SSSE3))
        out[n++] = &gf256_ssse3;
    if (cpu_supports(CPU_AVX2))
        out[n++] = &gf256_avx2;
    if (cpu_supports(CPU_AVX512))
        out[n++] = &gf256_avx512;
    if (cpu_supports(CPU_GFNI))
        out[n++] = &gf256_gfni;
#endif
#ifdef __aarch64__
    if (cpu_supports(CPU_NEON))
        out[n++] = &gf256_neon;
#endif
    return n;
}

/*
 * GF2P8MULB reduces by 0x11b and RFC 6330 by 0x11d, so the product by c is written as
 * an 8x8 bit matrix: bit `in` of byte 7 - k says whether input bit `in` feeds output
 * bit k.
 */
static uint64_t
affine_matrix(const struct gf256 *gf, uint8_t c)
{
    uint64_t m = 0;

    for (unsigned in = 0; in < 8; in++) {
        uint8_t column = gf256_mul(gf, c, (uint8_t)(1u << in));

        for (unsigned k = 0; k < 8; k++)
            m |= (uint64_t)(column >> k & 1) << (8 * (7 - k) + in);
    }
    return m;
}

void
gf256_init(struct gf256 *gf, const struct gf256_ops *ops)
{
    const struct gf256_ops *usable[GF256_VARIANTS_MAX];
    unsigned x = 1;

    memset(gf, 0, sizeof *gf);
    gf->ops = ops ? ops : usable[gf256_usable(usable) - 1];
    for (unsigned i = 0; i < 255; i++) {
        gf->exp[i] = gf->exp[i + 255] = (uint8_t)x;
        gf->log[x] = (uint8_t)i;
        x = x << 1 ^ (x & 0x80 ? 0x11d : 0); /* x^8 = x^4 + x^3 + x^2 + 1 */
    }
    for (unsigned c = 0; c < 256; c++) {
        for (unsigned i = 0; i < 16; i++) {
            gf->nibble[c][0][i] = gf256_mul(gf, (uint8_t)c, (uint8_t)i);
            gf->nibble[c][1][i] = gf256_mul(gf, (uint8_t)c, (uint8_t)(i << 4));
        }
        gf->affine[c] = affine_matrix(gf, (uint8_t)c);
    }
}
