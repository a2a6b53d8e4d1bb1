/* special.h: the special functions that libm lacks, and shared bits of kernels. */
#ifndef FTG_TENSOR_SPECIAL_H
#define FTG_TENSOR_SPECIAL_H

double special_digamma(double x);
/* order >= 0; pi_x: pi times x as the caller's type rounds it */
double special_polygamma(int order, double x, double pi_x);
double special_erfinv(double x);

#endif
