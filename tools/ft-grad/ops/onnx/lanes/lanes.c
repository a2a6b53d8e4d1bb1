/*
 * lanes.c: which kernels run here.
 */
#include "ops/onnx/lanes/lanes.h"

#include "common/cpu.h"

const struct lanes *
lanes_select(void)
{
#ifdef __x86_64__
    if (cpu_supports(CPU_AVX512))
        return &lanes_avx512;
    if (cpu_supports(CPU_AVX2))
        return &lanes_avx2;
#endif
    return &lanes_scalar;
}
