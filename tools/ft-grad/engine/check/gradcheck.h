/*
 * gradcheck.h: analytical against numerical Jacobians, as torch.autograd.gradcheck
 * compares them, and a finer verdict for each element.
 */
#ifndef FTG_ENGINE_CHECK_GRADCHECK_H
#define FTG_ENGINE_CHECK_GRADCHECK_H

#include "tape/tape.h"

#include "common/buf.h"

/* y = f(x): records on the tape; NULL after a failure. */
typedef struct tensor *gradcheck_function(void *context, struct tape *t,
                                          struct tensor *const *inputs);

struct gradcheck_call {
    gradcheck_function *f;
    void *context;
    struct tensor *const *inputs; /* contiguous; those that require grad are checked */
    size_t input_count;
    double eps, atol, rtol; /* torch: 1e-6, 1e-5, 1e-3 */
    bool fast;              /* one projection of each Jacobian first, as fast_mode */
};

enum gradcheck_verdict {
    GRADCHECK_OK,
    GRADCHECK_KINK,  /* one-sided slopes differ and bracket the gradient */
    GRADCHECK_NOISE, /* rounding of f alone explains the difference */
    GRADCHECK_WRONG
};

struct gradcheck_element {
    size_t input, output_element, input_element;
    double analytical, numerical, left, right;
    enum gradcheck_verdict verdict;
};

struct gradcheck_report {
    size_t elements;                  /* compared */
    size_t count[4];                  /* by verdict */
    struct gradcheck_element *failed; /* owned: all that are not ok, at most 1000 */
    size_t failed_count;
    bool torch_passes;  /* allclose over every Jacobian */
    struct buf message; /* torch's, of the first Jacobian that fails */
};

/* False with the tape's error set when f itself fails. */
bool gradcheck_run(struct tape *t, const struct gradcheck_call *call,
                   struct gradcheck_report *report);
void gradcheck_report_clear(struct gradcheck_report *report);
const char *gradcheck_verdict_name(enum gradcheck_verdict v);

/* A matrix as torch prints it: "tensor([[...]], dtype=torch.float64)". */
void tensor_print_matrix(struct buf *out, const double *data, int64_t rows,
                         int64_t columns, enum tensor_type type);

#endif
