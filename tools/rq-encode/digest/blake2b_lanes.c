#include "blake2b_lanes.h"

#include "common/cpu.h"

#ifdef __x86_64__
extern const struct blake2b_lanes blake2b_lanes_avx2, blake2b_lanes_avx512;
#endif

const struct blake2b_lanes *
blake2b_lanes_select(void)
{
#ifdef __x86_64__
    if (cpu_supports(CPU_AVX512))
        return &blake2b_lanes_avx512;
    if (cpu_supports(CPU_AVX2))
        return &blake2b_lanes_avx2;
#endif
    return NULL;
}
