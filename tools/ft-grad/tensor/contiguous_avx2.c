/*
 * contiguous_avx2.c: 256-bit registers.
 */
#define OCTETS 32
#define NAME   contiguous_avx2
#include "tensor/contiguous_loops.h"
