/*
 * run.h: a model with inputs from files, run forward.
 */
#ifndef FTG_ONNX_RUN_H
#define FTG_ONNX_RUN_H

#include "onnx/import.h"

struct onnx_run {
    struct onnx_model model;
    struct program program;
    struct tape tape;
    struct tensor **values; /* owned; of the program's values after the run */
    struct tensor **leaves; /* owned; NULL: not bound yet */
    struct heap kept;       /* of the leaves, from the first run on */
    bool ready;             /* the leaves are made */
    struct trace *trace;    /* borrowed, or NULL: what every node makes goes there */
    bool recording;         /* for derivatives */
};

enum { ONNX_HEAP_DEFAULT = 4 }; /* GiB of tensors at once */

/* An .onnx model, or (by the name's end .json) a program that was imported. */
MUST_CHECK bool onnx_run_open(struct onnx_run *r, const char *path, enum onnx_wants wants,
                              struct error *err);
/* A model in memory, which must outlive it. */
MUST_CHECK bool onnx_run_read(struct onnx_run *r, const uint8_t *data, size_t size,
                              struct error *err);
void onnx_run_close(struct onnx_run *r);

/* How many inputs are wanted, and the leaf of input i. */
size_t onnx_run_inputs(const struct onnx_run *r);
struct program_leaf *onnx_run_input(const struct onnx_run *r, size_t i);

/*
 * Give input i a value: type and shape must be those of the model.  From a file: .npy,
 * .safetensors (all of its tensors, by name) or .pb (a TensorProto).
 */
MUST_CHECK bool onnx_run_bind(struct onnx_run *r, size_t i, struct tensor *x,
                              struct error *err);
MUST_CHECK bool onnx_run_bind_file(struct onnx_run *r, size_t i, const char *path,
                                   struct error *err);

/* Leaves that have data get theirs; then forward.  Again: the results before are gone,
 * their memory is used anew. */
MUST_CHECK bool onnx_run_forward(struct onnx_run *r, struct error *err);

/* A tensor of a file in the heap; NULL after a failure. */
struct tensor *onnx_read_pb(struct heap *h, const char *path, struct error *err);

#endif
