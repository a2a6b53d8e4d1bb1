/*
 * contiguous.c: vectors of 16 octets, which every machine of ours has, or wider ones.
 */
#define OCTETS 16
#define NAME   contiguous_baseline
#include "tensor/contiguous_loops.h"

#include "common/cpu.h"

static const struct contiguous_loops *
loops(void)
{
#if defined __x86_64__
    if (cpu_supports(CPU_AVX512))
        return &contiguous_avx512;
    if (cpu_supports(CPU_AVX2))
        return &contiguous_avx2;
#endif
    return &contiguous_baseline;
}

static elementwise_loop *
choose(enum tensor_type type, elementwise_loop *const pair[static 2])
{
    return type == TENSOR_F32 ? pair[0] : type == TENSOR_F64 ? pair[1] : NULL;
}

elementwise_loop *
contiguous_unary(enum unary_kernel kernel, enum tensor_type type)
{
    return kernel == UNARY_relu ? choose(type, loops()->relu) : NULL;
}

elementwise_loop *
contiguous_binary(enum binary_kernel kernel, enum tensor_type type)
{
    const struct contiguous_loops *all = loops();
    const struct {
        enum binary_kernel kernel;
        elementwise_loop *const *pair;
    } known[] = {{BINARY_plus, all->plus},
                 {BINARY_sub, all->sub},
                 {BINARY_mul, all->mul},
                 {BINARY_div, all->div},
                 {BINARY_relu_backward, all->stop}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].kernel == kernel)
            return choose(type, known[i].pair);
    }
    return NULL;
}

void
contiguous_widen_add(double *sum, const float *x, int64_t n)
{
    loops()->widen_add(sum, x, n);
}
