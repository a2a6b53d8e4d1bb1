/*
 * cpu.h: which instruction sets a kernel may use.
 *
 * LOCKSTEP_CPU caps the choice: scalar, ssse3, avx2, avx512, vbmi2, gfni or
 * neon.  A name this machine cannot run is a usage error, found once by cli_main().
 */
#ifndef COMMON_CPU_H
#define COMMON_CPU_H

#include "error.h"

enum cpu_isa {
    CPU_SCALAR,
    CPU_SSSE3,
    CPU_AVX2,   /* with FMA, BMI1, BMI2 and PCLMULQDQ */
    CPU_AVX512, /* F, CD, BW, VL and DQ */
    CPU_VBMI2,  /* with all of CPU_AVX512 */
    CPU_GFNI,   /* with all of CPU_AVX512 */
    CPU_NEON,
};

/* May a kernel for `isa` run here, under the cap? */
bool cpu_supports(enum cpu_isa isa);
const char *cpu_isa_name(enum cpu_isa isa);
MUST_CHECK bool cpu_check_override(struct error *err);

#endif
