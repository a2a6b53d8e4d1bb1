/*
 * elementwise.h: one function applied to every element, operands broadcast.
 *
 * Results are new contiguous tensors.  Operands have the same real type; masks are
 * TENSOR_BOOL.  Functions return NULL when the heap is full or an operand is NULL.
 */
#ifndef FTG_TENSOR_ELEMENTWISE_H
#define FTG_TENSOR_ELEMENTWISE_H

#include "tensor/tensor.h"

enum unary_kernel {
#define UNARY(name, expression) UNARY_##name,
#define BINARY(name, expression)
#define COMPARE(name, expression)
#include "tensor/kernels.def"
#undef UNARY
#undef BINARY
#undef COMPARE
};

enum binary_kernel {
#define UNARY(name, expression)
#define BINARY(name, expression) BINARY_##name,
#define COMPARE(name, expression)
#include "tensor/kernels.def"
#undef UNARY
#undef BINARY
#undef COMPARE
};

enum compare_kernel {
#define UNARY(name, expression)
#define BINARY(name, expression)
#define COMPARE(name, expression) COMPARE_##name,
#include "tensor/kernels.def"
#undef UNARY
#undef BINARY
#undef COMPARE
};

/* The shape that both broadcast to; false when they do not, with the dimension. */
bool broadcast_shape(const struct tensor *a, const struct tensor *b, int *dims,
                     int64_t size[static TENSOR_DIMS_MAX], int *bad_dim);

/* A view with size, stretched by stride 0; the shapes must allow it. */
struct tensor *tensor_expand(struct heap *h, const struct tensor *t, int dims,
                             const int64_t *size);

/*
 * n elements: out[i] from in[k][i * step[k]]; steps are in elements of the operand's
 * type and 0 for one that is broadcast.
 */
typedef void elementwise_loop(void *out, const void *const *in, const int64_t *step,
                              int64_t n, const double *params);

/* A loop of one's own over one to three broadcast operands; a result of `type`. */
struct tensor *elementwise_apply(struct heap *h, struct tensor *const *in, int operands,
                                 enum tensor_type type, elementwise_loop *loop,
                                 const double *params);

/* params: up to four doubles, or NULL. */
struct tensor *elementwise_unary(struct heap *h, enum unary_kernel kernel,
                                 struct tensor *x, const double *params);
struct tensor *elementwise_binary(struct heap *h, enum binary_kernel kernel,
                                  struct tensor *x, struct tensor *y,
                                  const double *params);
struct tensor *elementwise_compare(struct heap *h, enum compare_kernel kernel,
                                   struct tensor *x, struct tensor *y);
/* x - y z in one rounding */
struct tensor *elementwise_minus_product(struct heap *h, struct tensor *x,
                                         struct tensor *y, struct tensor *z);
/* mask ? x : y */
struct tensor *elementwise_where(struct heap *h, struct tensor *mask, struct tensor *x,
                                 struct tensor *y);
/*
 * For two kernels that differ on special values: torch runs `vector` on whole blocks of
 * two AVX-512 registers and `scalar` on the rest.
 */
struct tensor *elementwise_unary_split(struct heap *h, enum unary_kernel vector,
                                       enum unary_kernel scalar, struct tensor *x,
                                       const double *params);
struct tensor *elementwise_binary_split(struct heap *h, enum binary_kernel vector,
                                        enum binary_kernel scalar, struct tensor *x,
                                        struct tensor *y, const double *params);

/* x += y, y broadcast to x; the version of x's storage goes up. */
void elementwise_add_into(struct tensor *x, struct tensor *y);

#endif
