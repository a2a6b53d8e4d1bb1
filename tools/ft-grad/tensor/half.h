/*
 * half.h: the two 16-bit floats, IEEE's binary16 and bfloat16, to and from wider ones.
 *
 * Narrowing rounds to nearest, ties to even, once from the double; NaN stays NaN.
 */
#ifndef FTG_TENSOR_HALF_H
#define FTG_TENSOR_HALF_H

#include <stdint.h>

double half_to_f64(uint16_t bits);
uint16_t half_from_f64(double value);
double bfloat_to_f64(uint16_t bits);
uint16_t bfloat_from_f64(double value);

#endif
