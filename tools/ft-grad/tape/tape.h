/*
 * tape.h: one run of forward operators, recorded so that it can be run backward.
 *
 * Operators take the tape first and return tensors; after a failure they return
 * NULL, the first error stays in the tape, and every operator given a NULL returns
 * NULL, so that a formula is checked once, at its end.
 *
 * How an operator records itself (see docs/ft-grad.md, "How to add an operator"):
 *
 *     struct tensor *y = ...compute...;
 *     struct node *n = tape_record(t, "SinBackward0", sin_backward, 1, x);
 *
 *     node_save(t, n, x);
 *     return tape_output(t, n, y);
 *
 * tape_record() returns NULL when no input wants a gradient; everything that takes a
 * node accepts that.
 */
#ifndef FTG_TAPE_TAPE_H
#define FTG_TAPE_TAPE_H

#include "tensor/gemm.h"

#include "common/error.h"

enum { NODE_INTS = 8, NODE_REALS = 4, TAPE_THREADS = 64 };

enum torch_version { TORCH_1_13, TORCH_2_6 };

struct tape;
struct node;

/*
 * From the gradients of a node's outputs (NULL: undefined) to those of its inputs;
 * out starts as all NULL.  It calls operators, which are recorded when the backward
 * pass itself is to be differentiated.
 */
typedef void node_backward(struct tape *t, struct node *n, struct tensor *const *grad,
                           struct tensor **out);

struct node_edge {
    struct node *node; /* NULL: this input wants no gradient */
    uint32_t input;
};

struct saved_tensor {
    struct tensor *tensor;
    uint64_t version; /* of its storage when it was saved */
};

/* Shape and type of an output, which its gradient must have. */
struct node_input {
    enum tensor_type type;
    int dims;
    int64_t size[TENSOR_DIMS_MAX];
};

enum hook_kind {
    HOOK_TENSOR,
    HOOK_RETAIN_GRAD,
    HOOK_PRE,
    HOOK_POST,
    HOOK_POST_ACCUMULATE
};

/* A hook may look at a gradient and may give back another one (NULL: leave it). */
struct hook {
    enum hook_kind kind;
    uint32_t input; /* HOOK_TENSOR: which output of the node */
    struct tensor *(*call)(void *context, struct tape *t, struct tensor *grad);
    void *context;
    struct hook *next; /* in order of registration */
};

struct node {
    const char *name;
    node_backward *backward; /* NULL: accumulates into leaf */
    struct tensor *leaf;
    uint64_t sequence_nr;
    uint32_t topological_nr;
    uint32_t index; /* of the graph of the current backward pass */
    uint32_t pass;  /* which that is */
    uint32_t edge_count;
    struct node_edge *edges; /* one per recorded input */
    uint32_t input_count;
    struct node_input *inputs; /* one per output of the operator */
    uint32_t saved_count;
    struct saved_tensor saved[6];
    bool released; /* saved tensors were freed by a backward pass */
    int64_t i[NODE_INTS];
    double f[NODE_REALS];
    void *extra; /* of the operator, in the tape's heap */
    struct hook *hooks;
};

struct tape {
    struct heap heap;
    struct error error; /* the first one */
    bool failed;
    bool recording; /* grad mode */
    bool volta;     /* exp, log and softmax at their ends as Volta has them */
    bool anomaly;   /* a NaN out of a backward function is an error */
    enum torch_version version;
    unsigned threads; /* for kernels */
    bool blas;        /* matrix products by OpenBLAS instead of fixed chains */
    unsigned thread;  /* whose sequence numbers are in use */
    uint64_t sequence_nr[TAPE_THREADS];
    uint32_t passes; /* backward passes begun */
};

void tape_init(struct tape *t, enum torch_version version);
void tape_reset(struct tape *t); /* as new, but memory is kept */
void tape_clear(struct tape *t);

/* Fail: `type` is torch's exception, such as "RuntimeError".  Returns NULL. */
struct tensor *tape_fail(struct tape *t, enum error_class class, const char *type,
                         const char *fmt, ...) PRINTF_LIKE(4, 5);
/* t; NULL is a failure: for lack of memory, or else of a kernel for the type. */
struct tensor *tape_check(struct tape *t, struct tensor *tensor);

/* A new node with `count` inputs (struct tensor *; NULL ones have no edge). */
struct node *tape_record(struct tape *t, const char *name, node_backward *backward,
                         int count, ...);
struct node *tape_record_list(struct tape *t, const char *name, node_backward *backward,
                              size_t count, struct tensor *const *inputs);

/* y becomes the next output of n.  With NULL for either it is returned as it is. */
struct tensor *tape_output(struct tape *t, struct node *n, struct tensor *y);
/* As tape_output(), for a view of base: in-place writes to one are seen in the other. */
struct tensor *tape_view(struct tape *t, struct node *n, struct tensor *base,
                         struct tensor *view);

/* Keep a tensor for the backward function, which gets it back by its number. */
void node_save(struct tape *t, struct node *n, struct tensor *tensor);
struct tensor *node_saved(struct tape *t, struct node *n, uint32_t number);
/* Does anything behind edge k want a gradient? */
bool node_wants(const struct node *n, uint32_t k);

/* Does the tensor take part in differentiation? */
static inline bool
tape_tracks(const struct tensor *t)
{
    return t && (t->requires_grad || t->grad_fn);
}

/* How the tape's matrix products run. */
static inline struct gemm_way
tape_products(const struct tape *t)
{
    return (struct gemm_way){.threads = t->threads, .blas = t->blas};
}

/* Where the gradient of a tensor goes; node NULL when it has none. */
struct node_edge tape_edge(struct tape *t, struct tensor *tensor);

void tape_add_hook(struct tape *t, struct node *n, enum hook_kind kind, uint32_t input,
                   struct tensor *(*call)(void *, struct tape *, struct tensor *),
                   void *context);

/* "2, 3" and "[2, 3]", as torch prints sizes. */
enum { SHAPE_TEXT = 160 };
const char *shape_text(int dims, const int64_t *size, char out[static SHAPE_TEXT]);

#endif
