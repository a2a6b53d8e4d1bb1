/*
 * model.h: an ONNX model file, and the tensors in it and beside it.
 */
#ifndef FTG_ONNX_MODEL_H
#define FTG_ONNX_MODEL_H

#include "onnx/proto.h"
#include "tensor/tensor.h"

#include "common/file.h"

enum { ONNX_IR_MAX = 10, ONNX_EXTERNAL_MAX = 256 };
#define ONNX_FILE_OCTETS_MAX INT32_MAX /* what protobuf can hold */

struct onnx_model {
    struct arena arena; /* messages, and what is made of them */
    struct input file;
    struct Onnx__ModelProto *proto; /* in arena */
    char *folder;                   /* arena; "" or ends in '/' */
    int64_t opset;                  /* of ai.onnx */
    struct input external[ONNX_EXTERNAL_MAX];
    size_t external_count;
};

/* Read and check version and opset; the graph itself is the importer's to judge. */
MUST_CHECK bool onnx_model_open(struct onnx_model *m, const char *path,
                                struct error *err);
/* From memory, which must outlive it; data beside the file cannot be named. */
MUST_CHECK bool onnx_model_read(struct onnx_model *m, const uint8_t *data, size_t size,
                                struct error *err);
void onnx_model_close(struct onnx_model *m);

/* A tensor's values as octets of its type, little-endian, row-major. */
struct onnx_tensor {
    const char *name;
    enum tensor_type type;
    int dims;
    int64_t size[TENSOR_DIMS_MAX];
    const void *data; /* borrowed from the model, its external files, or arena */
};

/* m NULL: a tensor that may not lie in another file.  The error names the tensor. */
MUST_CHECK bool onnx_tensor_read(struct onnx_tensor *out, struct onnx_model *m,
                                 struct arena *arena,
                                 const struct Onnx__TensorProto *proto,
                                 struct error *err);

#endif
