#include "csv/scan.h"

#include "common/cpu.h"

#ifdef __x86_64__
extern const struct scan_ops scan_avx2;
extern const struct scan_ops scan_avx512;
extern const struct scan_ops scan_vbmi2;
#endif
#ifdef __aarch64__
extern const struct scan_ops scan_neon;
#endif

static size_t
index_scalar(const uint8_t *data, size_t size, struct scan_dialect dialect,
             struct scan_state *state, uint32_t *out)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++) {
        uint8_t c = data[i];

        if (c == dialect.quote && dialect.quote) {
            state->in_quotes = !state->in_quotes;
            state->saw_quote = true;
        } else if ((c == dialect.delimiter || c == '\n') && !state->in_quotes) {
            out[count++] = (uint32_t)i;
            state->newlines += c == '\n';
        }
        state->saw_return |= c == '\r';
        state->saw_nul |= c == 0;
        state->saw_high |= c > 127;
    }
    return count;
}

const struct scan_ops scan_scalar = {.name = "scalar", .index = index_scalar};

size_t
scan_usable(const struct scan_ops *out[static SCAN_VARIANTS_MAX])
{
    size_t n = 0;

    out[n++] = &scan_scalar;
#ifdef __x86_64__
    if (cpu_supports(CPU_AVX2))
        out[n++] = &scan_avx2;
    if (cpu_supports(CPU_AVX512))
        out[n++] = &scan_avx512;
    if (cpu_supports(CPU_VBMI2))
        out[n++] = &scan_vbmi2;
#endif
#ifdef __aarch64__
    if (cpu_supports(CPU_NEON))
        out[n++] = &scan_neon;
#endif
    return n;
}

const struct scan_ops *
scan_select(void)
{
    const struct scan_ops *usable[SCAN_VARIANTS_MAX];

    return usable[scan_usable(usable) - 1];
}
