/* pack.c: key by key, and the choice. */
#include "store/pack.h"

#include "common/cpu.h"

#include <stdbool.h>

#ifdef __x86_64__
extern const struct pack_ops pack_avx512;
#endif

static void
pack(const struct pack_key *keys, size_t n_keys, size_t n, uint64_t *words)
{
    bool dropped = false;

    for (size_t k = 0; k < n_keys; k++)
        for (size_t i = 0; i < n; i++) {
            uint64_t code = keys[k].map[keys[k].codes[i]];

            words[i] = (k ? words[i] : 0) | code << keys[k].shift;
            dropped |= code == 0;
        }
    for (size_t k = 0; dropped && k < n_keys; k++)
        for (size_t i = 0; i < n; i++)
            if (keys[k].map[keys[k].codes[i]] == 0)
                words[i] = 0;
}

const struct pack_ops pack_scalar = {.name = "scalar", .pack = pack};

size_t
pack_usable(const struct pack_ops *out[static PACK_VARIANTS_MAX])
{
    size_t n = 0;

    out[n++] = &pack_scalar;
#ifdef __x86_64__
    if (cpu_supports(CPU_AVX512))
        out[n++] = &pack_avx512;
#endif
    return n;
}

const struct pack_ops *
pack_select(void)
{
    const struct pack_ops *usable[PACK_VARIANTS_MAX];

    return usable[pack_usable(usable) - 1];
}
