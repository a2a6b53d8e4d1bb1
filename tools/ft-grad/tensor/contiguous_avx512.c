/*
 * contiguous_avx512.c: 512-bit registers.
 */
#define OCTETS 64
#define NAME   contiguous_avx512
#include "tensor/contiguous_loops.h"
