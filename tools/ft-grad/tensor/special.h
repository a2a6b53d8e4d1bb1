/* special.h: the special functions that libm lacks, and shared bits of kernels. */
#ifndef FTG_TENSOR_SPECIAL_H
#define FTG_TENSOR_SPECIAL_H

double special_digamma(double x);
double special_polygamma(int order, double x); /* order >= 0 */
double special_erfinv(double x);

#endif
