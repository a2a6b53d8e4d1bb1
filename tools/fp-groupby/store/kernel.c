/* kernel.c: the variant for every machine, and the choice. */
#define KERNEL_NAME  "scalar"
#define KERNEL_TABLE kernel_scalar
#include "store/kernel_body.h"

#include "common/cpu.h"

#ifdef __x86_64__
extern const struct kernel kernel_avx2;
extern const struct kernel kernel_avx512;
#endif

size_t
kernel_usable(const struct kernel *out[static KERNEL_VARIANTS_MAX])
{
    size_t n = 0;

    out[n++] = &kernel_scalar;
#ifdef __x86_64__
    if (cpu_supports(CPU_AVX2))
        out[n++] = &kernel_avx2;
    if (cpu_supports(CPU_AVX512))
        out[n++] = &kernel_avx512;
#endif
    return n;
}

const struct kernel *
kernel_select(void)
{
    const struct kernel *usable[KERNEL_VARIANTS_MAX];

    return usable[kernel_usable(usable) - 1];
}
