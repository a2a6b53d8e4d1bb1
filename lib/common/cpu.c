#include "cpu.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    [CPU_SCALAR] = "scalar", [CPU_SSSE3] = "ssse3", [CPU_AVX2] = "avx2",
    [CPU_AVX512] = "avx512", [CPU_VBMI2] = "vbmi2", [CPU_GFNI] = "gfni",
    [CPU_NEON] = "neon",
};

static bool
machine_has(enum cpu_isa isa)
{
    if (isa == CPU_SCALAR)
        return true;
#if defined __x86_64__
    __builtin_cpu_init();
    bool ssse3 = __builtin_cpu_supports("ssse3");
    bool avx2 = ssse3 && __builtin_cpu_supports("avx2") &&
                __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
    bool avx512 =
        avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq");

    if (isa == CPU_SSSE3)
        return ssse3;
    if (isa == CPU_AVX2)
        return avx2;
    if (isa == CPU_AVX512)
        return avx512;
    if (isa == CPU_VBMI2)
        return avx512 && __builtin_cpu_supports("avx512vbmi2");
    if (isa == CPU_GFNI)
        return avx512 && __builtin_cpu_supports("gfni");
#elif defined __aarch64__
    if (isa == CPU_NEON)
        return true; /* part of the base architecture */
#endif
    return false;
}

/* The cap of LOCKSTEP_CPU; CPU_NEON, the last, when there is none. */
static enum cpu_isa
cap(void)
{
    const char *wanted = getenv("LOCKSTEP_CPU");

    for (size_t i = 0; wanted && i < COUNT_OF(names); i++)
        if (strcmp(wanted, names[i]) == 0)
            return (enum cpu_isa)i;
    return CPU_NEON;
}

bool
cpu_supports(enum cpu_isa isa)
{
    return isa <= cap() && machine_has(isa);
}

const char *
cpu_isa_name(enum cpu_isa isa)
{
    return names[isa];
}

bool
cpu_check_override(struct error *err)
{
    const char *wanted = getenv("LOCKSTEP_CPU");

    if (!wanted)
        return true;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(wanted, names[i]) != 0)
            continue;
        return machine_has((enum cpu_isa)i) ||
               error_set(err, ERR_USAGE, "LOCKSTEP_CPU: this machine cannot run '%s'",
                         wanted);
    }
    return error_set(err, ERR_USAGE,
                     "LOCKSTEP_CPU: '%s' is none of scalar, ssse3, avx2, avx512, "
                     "vbmi2, gfni, neon",
                     wanted);
}
