#include "profiles/dtype_switch.h"

#include <string.h>

static const struct scalar_type types[] = {
    {"Byte", "uint8", "uint8_t"},
    {"Char", "int8", "int8_t"},
    {"Short", "int16", "int16_t"},
    {"Int", "int32", "int"},
    {"Long", "int64", "int64_t"},
    {"Half", "float16", "at::Half"},
    {"Float", "float32", "float"},
    {"Double", "float64", "double"},
    {"ComplexHalf", "complex32", "c10::complex<at::Half>"},
    {"ComplexFloat", "complex64", "c10::complex<float>"},
    {"ComplexDouble", "complex128", "c10::complex<double>"},
    {"Bool", "bool", "bool"},
    {"QInt8", "qint8", "c10::qint8"},
    {"QUInt8", "quint8", "c10::quint8"},
    {"QInt32", "qint32", "c10::qint32"},
    {"BFloat16", "bfloat16", "at::BFloat16"},
};

/* aten/src/ATen/Dispatch.h */
static const struct {
    const char *name;
    uint32_t types;
} sets[] = {
    {"FLOATING_TYPES", 1U << 6 | 1U << 7},
    {"FLOATING_TYPES_AND_HALF", 1U << 5 | 1U << 6 | 1U << 7},
    {"COMPLEX_TYPES", 1U << 9 | 1U << 10},
    {"FLOATING_AND_COMPLEX_TYPES", 1U << 6 | 1U << 7 | 1U << 9 | 1U << 10},
    {"INTEGRAL_TYPES", 0x1f},
    {"ALL_TYPES", 0x1f | 1U << 6 | 1U << 7},
    {"ALL_TYPES_AND_COMPLEX", 0x1f | 1U << 6 | 1U << 7 | 1U << 9 | 1U << 10},
    {"QINT_TYPES", 1U << 12 | 1U << 13 | 1U << 14},
    {"INDEX_TYPES", 1U << 3 | 1U << 4},
};

static const struct dtype_kernel kernels[] = {
#define KERNEL(op, kernel, types) {op, kernel, types},
#include "profiles/dtype_kernels.def"
#undef KERNEL
};

bool
scalar_type_find(const char *name, unsigned *out)
{
    if (strncmp(name, "torch.", 6) == 0)
        name += 6;
    for (unsigned i = 0; i < COUNT_OF(types); i++)
        if (strcmp(name, types[i].name) == 0 || strcmp(name, types[i].python) == 0) {
            *out = i;
            return true;
        }
    return false;
}

const struct scalar_type *
scalar_type_at(unsigned type)
{
    return type < COUNT_OF(types) ? &types[type] : NULL;
}

const struct dtype_kernel *
dtype_kernel_at(size_t i)
{
    return i < COUNT_OF(kernels) ? &kernels[i] : NULL;
}

const struct dtype_kernel *
dtype_kernel_find(const char *op)
{
    if (strncmp(op, "aten::", 6) == 0)
        op += 6;
    for (size_t i = 0; i < COUNT_OF(kernels); i++)
        if (strcmp(op, kernels[i].op) == 0)
            return &kernels[i];
    return NULL;
}

static bool
add_word(const char *word, size_t size, uint32_t *out)
{
    char text[40] = "";
    unsigned type = 0;

    if (size >= sizeof(text))
        return false;
    memcpy(text, word, size);
    for (size_t i = 0; i < COUNT_OF(sets); i++)
        if (strcmp(text, sets[i].name) == 0) {
            *out |= sets[i].types;
            return true;
        }
    if (!scalar_type_find(text, &type))
        return false;
    *out |= 1U << type;
    return true;
}

bool
dtype_cases_parse(const char *text, uint32_t *out, struct error *err)
{
    *out = 0;
    for (;;) {
        size_t n = strcspn(text, "+");

        if (!add_word(text, n, out))
            return error_set(err, ERR_UNSUPPORTED,
                             "neither a set of Dispatch.h nor a dtype: '%.*s'",
                             (int)(n < 60 ? n : 60), text);
        if (!text[n])
            return true;
        text += n + 1;
    }
}

void
dtype_refusal(const char *kernel, unsigned type, struct buf *out)
{
    buf_printf(out, "\"%s\" not implemented for '%s'", kernel, types[type].name);
}
