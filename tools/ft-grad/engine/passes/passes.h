/*
 * passes.h: Volta's passes over a program, in its order, each verified when it has run.
 *
 * A pass rewrites the list of operators and of leaves.  Results stay the same to the
 * bit: a rewrite that would add gradients in another order is not made, and a pass
 * after which a value or gradient differs all the same is taken back.
 */
#ifndef FTG_ENGINE_PASSES_PASSES_H
#define FTG_ENGINE_PASSES_PASSES_H

#include "engine/trace/digest.h"

enum { PASSES = 7 };

/* What a pass works on. */
struct rewriter {
    struct program *program;
    const struct session *run; /* a run of the program as it was: shapes, types */
    uint32_t *uses;            /* by value: inputs of operators, roots, named inputs */
    bool *fixed;               /* by value: a root or a named input */
    bool *tracked;             /* by value: gradients pass through it */
    size_t changes;
};

struct pass_report {
    const char *name;
    size_t changes; /* rewrites made */
    size_t ops, leaves;
    uint64_t fingerprint; /* of the program after the pass */
    bool taken_back;      /* it would have changed a result */
};

/* SipHash-1-3 of leaves, operators with attributes, roots: by order, not by name. */
uint64_t program_fingerprint(const struct program *p);

/* Every input is made before it is used, every value once: missing_producer, ... */
MUST_CHECK bool program_verify(const struct program *p, struct error *err);

/* All passes; reports[0] is the program as it came (name "program"). */
MUST_CHECK bool passes_run(struct program *p, struct pass_report reports[PASSES + 1],
                           char digest[static DIGEST_HEX_SIZE], struct error *err);

/* The passes. */
bool pass_simplify(struct rewriter *r, struct error *err);
bool pass_fold(struct rewriter *r, struct error *err);
bool pass_merge(struct rewriter *r, struct error *err);
bool pass_drop_ops(struct rewriter *r, struct error *err);
bool pass_drop_leaves(struct rewriter *r, struct error *err);
bool pass_fuse(struct rewriter *r, struct error *err);
bool pass_fuse_gradients(struct rewriter *r, struct error *err);

/* The value that a call of an ONNX operator gives back, or UINT32_MAX. */
uint32_t onnx_same_as(const struct rewriter *r, const struct program_op *op);
/* Does op take back what inner did, both of ONNX? */
bool onnx_undoes(const struct program_op *op, const struct program_op *inner);
/* Is it one of ONNX's that work element by element, on operands of one shape? */
bool onnx_is_elementwise(const struct program_op *op);

/* Helpers of the passes: y is replaced by x wherever it is an input. */
void rewriter_replace(struct rewriter *r, uint32_t y, uint32_t x);
void rewriter_remove(struct rewriter *r, size_t op);

#endif
