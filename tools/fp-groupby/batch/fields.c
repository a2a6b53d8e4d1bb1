/* fields.c: one field after the other, and the choice. */
#include "batch/fields.h"

#include "common/cpu.h"

#ifdef __x86_64__
extern const struct fields_ops fields_avx512;
#endif

static uint64_t
integers(const struct fields *f, size_t first, size_t n, int64_t *out, uint64_t *seen)
{
    uint64_t left = 0;

    for (size_t i = 0; i < n; i++) {
        struct span s = fields_span(f, first + i);

        if (number_i64_short(f->text + s.begin, s.end - s.begin, &out[i]))
            *seen |= (uint64_t)out[i];
        else
            left |= UINT64_C(1) << i;
    }
    return left;
}

static uint64_t
floats(const struct fields *f, size_t first, size_t n, double *out)
{
    uint64_t left = 0;

    for (size_t i = 0; i < n; i++) {
        struct span s = fields_span(f, first + i);

        if (!number_f64_short(f->text + s.begin, s.end - s.begin, &out[i]))
            left |= UINT64_C(1) << i;
    }
    return left;
}

/* First all ranks, so that the look-ups wait for memory together. */
static uint64_t
codes(const struct fields *f, size_t first, size_t n, const struct key_numbers *k,
      uint32_t *out)
{
    uint64_t ranks[FIELDS_BLOCK];
    uint64_t left = 0;

    for (size_t i = 0; i < n; i++) {
        struct span s = fields_span(f, first + i);

        ranks[i] = key_rank(k, f->text + s.begin, s.end - s.begin);
        __builtin_prefetch(&k->codes[ranks[i] < k->n_codes ? ranks[i] : 0]);
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t code = ranks[i] < k->n_codes ? k->codes[ranks[i]] : 0;

        out[i] = code - 1;
        left |= (uint64_t)(code == 0) << i;
    }
    return left;
}

const struct fields_ops fields_scalar = {
    .name = "scalar", .integers = integers, .floats = floats, .codes = codes};

size_t
fields_usable(const struct fields_ops *out[static FIELDS_VARIANTS_MAX])
{
    size_t n = 0;

    out[n++] = &fields_scalar;
#ifdef __x86_64__
    if (cpu_supports(CPU_AVX512))
        out[n++] = &fields_avx512;
#endif
    return n;
}

const struct fields_ops *
fields_select(void)
{
    const struct fields_ops *usable[FIELDS_VARIANTS_MAX];

    return usable[fields_usable(usable) - 1];
}
