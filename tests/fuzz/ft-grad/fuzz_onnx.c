/* ONNX models: whatever the octets say, a model runs within its limit or is refused. */
#include "onnx/run.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small numbers in the shape that the model declares; open sizes are 2. */
static struct tensor *
make_input(struct onnx_run *r, size_t i)
{
    const struct program_leaf *leaf = onnx_run_input(r, i);
    int64_t size[TENSOR_DIMS_MAX], n;
    struct tensor *x;
    int dims = leaf->dims < 0 ? 2 : leaf->dims;

    for (int d = 0; d < dims; d++)
        size[d] = leaf->dims < 0 || leaf->size[d] < 0 ? 2 : leaf->size[d];
    x = tensor_new(&r->tape.heap, leaf->type, dims, size);
    n = x ? tensor_count(x) : 0;
    for (int64_t k = 0; k < n; k++)
        tensor_set(x, k, (double)(k % 3));
    return x;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct onnx_run r;
    bool ok = onnx_run_read(&r, data, size, &err);

    r.tape.heap.limit = 4 << 20;
    for (size_t i = 0; ok && i < onnx_run_inputs(&r); i++) {
        struct tensor *x = make_input(&r, i);

        ok = x && onnx_run_bind(&r, i, x, &err);
        if (!x)
            (void)error_set(&err, ERR_LIMIT, "a large input");
    }
    ok = ok && onnx_run_forward(&r, &err);
    if (!ok && err.class == ERR_NONE)
        __builtin_trap();
    onnx_run_close(&r);
    return 0;
}
