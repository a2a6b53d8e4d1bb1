/*
 * ops.h: the differentiable building blocks; programs and backward formulas use them.
 *
 * Each takes the tape, records itself when an operand is tracked, and returns NULL
 * after a failure or for a NULL operand.  Names and formulas follow ATen
 * (tools/autograd/derivatives.yaml).
 */
#ifndef FTG_OPS_OPS_H
#define FTG_OPS_OPS_H

#include "tape/tape.h"

/* Arithmetic, broadcast (ops/elementwise/arithmetic.c). */
/* Do the shapes of in[0..count) broadcast?  False after a failure in torch's words. */
bool operands_meet(struct tape *t, struct tensor *const *in, int count);
/* Are a and b of one real type as well?  False as above. */
bool operands_agree(struct tape *t, struct tensor *a, struct tensor *b);
struct tensor *op_add(struct tape *t, struct tensor *a, struct tensor *b);
struct tensor *op_add_scaled(struct tape *t, struct tensor *a, struct tensor *b,
                             double alpha); /* a + alpha b */
struct tensor *op_sub(struct tape *t, struct tensor *a, struct tensor *b);
struct tensor *op_mul(struct tape *t, struct tensor *a, struct tensor *b);
struct tensor *op_div(struct tape *t, struct tensor *a, struct tensor *b);
struct tensor *op_add_scalar(struct tape *t, struct tensor *a, double value);
struct tensor *op_mul_scalar(struct tape *t, struct tensor *a, double value);
struct tensor *op_div_scalar(struct tape *t, struct tensor *a, double value);
struct tensor *op_rsub_scalar(struct tape *t, struct tensor *a, double value);
/* As C++ code of torch's own calls them, with the node names of that. */
struct tensor *op_add_number(struct tape *t, struct tensor *a, double value);
struct tensor *op_mul_number(struct tape *t, struct tensor *a, double value);
struct tensor *op_div_number(struct tape *t, struct tensor *a, double value);
struct tensor *op_neg(struct tape *t, struct tensor *x);
struct tensor *op_pow(struct tape *t, struct tensor *a, struct tensor *b);
struct tensor *op_pow_scalar(struct tape *t, struct tensor *a, double exponent);
struct tensor *op_maximum(struct tape *t, struct tensor *a, struct tensor *b);
struct tensor *op_minimum(struct tape *t, struct tensor *a, struct tensor *b);

/* One operand (ops/elementwise/unary.c). */
struct tensor *op_abs(struct tape *t, struct tensor *x);
struct tensor *op_sgn(struct tape *t, struct tensor *x);
struct tensor *op_square(struct tape *t, struct tensor *x); /* pow(x, 2) */
struct tensor *op_sqrt(struct tape *t, struct tensor *x);
struct tensor *op_rsqrt(struct tape *t, struct tensor *x);
struct tensor *op_reciprocal(struct tape *t, struct tensor *x);
struct tensor *op_exp(struct tape *t, struct tensor *x);
struct tensor *op_log(struct tape *t, struct tensor *x);
struct tensor *op_sin(struct tape *t, struct tensor *x);
struct tensor *op_cos(struct tape *t, struct tensor *x);
struct tensor *op_sinh(struct tape *t, struct tensor *x);
struct tensor *op_cosh(struct tape *t, struct tensor *x);
struct tensor *op_tanh(struct tape *t, struct tensor *x);
struct tensor *op_sigmoid(struct tape *t, struct tensor *x);
struct tensor *op_erf(struct tape *t, struct tensor *x);
struct tensor *op_digamma(struct tape *t, struct tensor *x);
struct tensor *op_polygamma(struct tape *t, int order, struct tensor *x);
struct tensor *op_relu(struct tape *t, struct tensor *x);
struct tensor *op_gelu(struct tape *t, struct tensor *x, bool tanh_form);
struct tensor *op_clamp_min(struct tape *t, struct tensor *x, double low);
/* g, and 0 where mask; one node, that sends zeros to x when it is differentiated. */
struct tensor *op_gate(struct tape *t, const char *name, struct tensor *g,
                       struct tensor *x, struct tensor *mask);
struct tensor *op_clone(struct tape *t, struct tensor *x);
struct tensor *op_detach(struct tape *t, struct tensor *x);

/* Truth values: never tracked (ops/elementwise/mask.c). */
struct tensor *mask_compare(struct tape *t, int compare_kernel, struct tensor *a,
                            struct tensor *b);
struct tensor *mask_compare_scalar(struct tape *t, int compare_kernel, struct tensor *a,
                                   double value);
struct tensor *mask_not(struct tape *t, struct tensor *mask);
struct tensor *mask_and(struct tape *t, struct tensor *a, struct tensor *b);
struct tensor *mask_or(struct tape *t, struct tensor *a, struct tensor *b);

/* mask ? a : b; mask ? value : x (the gradient there is 0, whatever comes in). */
struct tensor *op_where(struct tape *t, struct tensor *mask, struct tensor *a,
                        struct tensor *b);
struct tensor *op_masked_fill(struct tape *t, struct tensor *x, struct tensor *mask,
                              double value);
/* The same, under the name of an operator that fills. */
struct tensor *op_fill_as(struct tape *t, const char *name, struct tensor *x,
                          struct tensor *mask, double value);
/* Constants of the shape and type of x. */
struct tensor *op_zeros_like(struct tape *t, struct tensor *x);
struct tensor *op_full_like(struct tape *t, struct tensor *x, double value);
/* The mask as 0 and 1 of a real type. */
struct tensor *op_cast(struct tape *t, struct tensor *x, enum tensor_type type);

/* Shape (ops/shape/); dimensions may be negative. */
struct tensor *op_view(struct tape *t, struct tensor *x, int dims, const int64_t *size);
struct tensor *op_reshape(struct tape *t, struct tensor *x, int dims,
                          const int64_t *size);
struct tensor *op_unsafe_view(struct tape *t, struct tensor *x, int dims,
                              const int64_t *size);
struct tensor *op_expand(struct tape *t, struct tensor *x, int dims, const int64_t *size);
/* Whether x expands to that; fails otherwise.  -1: as it is. */
bool op_expands(struct tape *t, const struct tensor *x, int dims, const int64_t *size);
struct tensor *op_sum_to(struct tape *t, struct tensor *x, int dims, const int64_t *size);
struct tensor *op_permute(struct tape *t, struct tensor *x, int dims,
                          const int64_t *order);
struct tensor *op_transpose(struct tape *t, struct tensor *x, int64_t a, int64_t b);
struct tensor *op_t(struct tape *t, struct tensor *x); /* of a matrix, or less */
struct tensor *op_unsqueeze(struct tape *t, struct tensor *x, int64_t dim);
struct tensor *op_squeeze(struct tape *t, struct tensor *x, int64_t dim);
/* x.squeeze_(dim) of a fresh result: another node name. */
struct tensor *op_squeeze_inplace(struct tape *t, struct tensor *x, int64_t dim);
struct tensor *op_select(struct tape *t, struct tensor *x, int64_t dim, int64_t index);
struct tensor *op_slice(struct tape *t, struct tensor *x, int64_t dim, int64_t start,
                        int64_t length, int64_t step);
struct tensor *op_flip(struct tape *t, struct tensor *x, uint32_t mask);
struct tensor *op_cat(struct tape *t, struct tensor *const *in, size_t count,
                      int64_t dim);
struct tensor *op_stack(struct tape *t, struct tensor *const *in, size_t count,
                        int64_t dim);
/* Copies along each of dims dimensions, at least x's. */
struct tensor *op_repeat(struct tape *t, struct tensor *x, int dims,
                         const int64_t *repeats);
/* Pairs of lengths (before, after), last dimension first; negative ones cut off. */
struct tensor *op_pad(struct tape *t, struct tensor *x, size_t count, const int64_t *pad,
                      double value);
enum pad_mode { PAD_REFLECT, PAD_REPLICATE, PAD_CIRCULAR };
struct tensor *op_pad_copied(struct tape *t, struct tensor *x, size_t count,
                             const int64_t *pad, enum pad_mode mode);
struct tensor *op_diagonal(struct tape *t, struct tensor *x, int64_t offset, int64_t dim1,
                           int64_t dim2);
/* The upper or lower triangle, from a diagonal on; 0 elsewhere. */
struct tensor *op_triangle(struct tape *t, struct tensor *x, int64_t diagonal,
                           bool upper);
/* A dimension wrapped into 0..dims-1, or -1 with IndexError raised. */
int op_dim(struct tape *t, int64_t dim, int dims);

/* Over dimensions (ops/reduce/); mask 0 stands for no dimension, keep: size 1. */
uint32_t op_all_dims(const struct tensor *x);
struct tensor *op_sum(struct tape *t, struct tensor *x); /* all, 0-dim */
struct tensor *op_sum_dims(struct tape *t, struct tensor *x, uint32_t mask, bool keep);
struct tensor *op_mean(struct tape *t, struct tensor *x);
struct tensor *op_mean_dims(struct tape *t, struct tensor *x, uint32_t mask, bool keep);
struct tensor *op_var(struct tape *t, struct tensor *x, uint32_t mask, double correction,
                      bool keep);
struct tensor *op_amax(struct tape *t, struct tensor *x, uint32_t mask, bool keep,
                       bool largest);
struct tensor *op_prod(struct tape *t, struct tensor *x);
struct tensor *op_cumsum(struct tape *t, struct tensor *x, int64_t dim);
struct tensor *op_cumprod(struct tape *t, struct tensor *x, int64_t dim);
struct tensor *op_norm(struct tape *t, struct tensor *x, double p, uint32_t mask,
                       bool keep);
struct tensor *op_logsumexp(struct tape *t, struct tensor *x, uint32_t mask, bool keep);
struct tensor *op_softmax(struct tape *t, struct tensor *x, int64_t dim);
/* Rows of -inf become 0. */
struct tensor *op_safe_softmax(struct tape *t, struct tensor *x, int64_t dim);
struct tensor *op_log_softmax(struct tape *t, struct tensor *x, int64_t dim);
/* Put the dimensions of `mask` back as size 1 into the result of a reduction. */
struct tensor *op_restore_dims(struct tape *t, struct tensor *y, const struct tensor *x,
                               uint32_t mask, bool kept);

/* Products (ops/linear/matmul.c). */
struct tensor *op_mm(struct tape *t, struct tensor *a, struct tensor *b);
struct tensor *op_bmm(struct tape *t, struct tensor *a, struct tensor *b);
struct tensor *op_addmm(struct tape *t, struct tensor *c, struct tensor *a,
                        struct tensor *b, double beta, double alpha);
struct tensor *op_mv(struct tape *t, struct tensor *a, struct tensor *v);
struct tensor *op_dot(struct tape *t, struct tensor *a, struct tensor *b);
struct tensor *op_matmul(struct tape *t, struct tensor *a, struct tensor *b);
struct tensor *op_einsum(struct tape *t, const char *text, struct tensor *const *in,
                         size_t count);

/* Indexing (ops/index/indexing.c); index tensors are TENSOR_I64. */
struct tensor *op_gather(struct tape *t, struct tensor *x, int64_t dim,
                         struct tensor *index);
struct tensor *op_scatter_add(struct tape *t, struct tensor *x, int64_t dim,
                              struct tensor *index, struct tensor *src);
struct tensor *op_index_select(struct tape *t, struct tensor *x, int64_t dim,
                               struct tensor *index);
struct tensor *op_index_add(struct tape *t, struct tensor *x, int64_t dim,
                            struct tensor *index, struct tensor *src);

#endif
