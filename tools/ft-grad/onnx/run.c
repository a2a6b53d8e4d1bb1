/*
 * run.c: see run.h.
 */
#include "onnx/run.h"

#include "common/mem.h"
#include "common/npy.h"
#include "common/safetensors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_OCTETS_MAX = INT32_MAX };

static bool
ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n >= m && strcmp(s + n - m, end) == 0;
}

static void
begin(struct onnx_run *r, enum onnx_wants wants)
{
    memset(r, 0, sizeof(*r));
    tape_init(&r->tape, TORCH_2_6);
    r->tape.threads = 1;
    r->recording = r->tape.recording = wants != ONNX_WANTS_NONE;
    r->tape.heap.limit = (size_t)ONNX_HEAP_DEFAULT << 30;
}

static void
make_room(struct onnx_run *r)
{
    r->values = xcalloc((size_t)r->program.values + 1, sizeof(*r->values));
    r->leaves = xcalloc(r->program.leaf_count + 1, sizeof(*r->leaves));
}

bool
onnx_run_open(struct onnx_run *r, const char *path, enum onnx_wants wants,
              struct error *err)
{
    bool ok;

    begin(r, wants);
    if (ends_with(path, ".json"))
        ok = program_open(&r->program, path, err);
    else
        ok = onnx_model_open(&r->model, path, err) &&
             (onnx_import(&r->program, &r->model, wants, err) || error_in(err, path));
    make_room(r);
    return ok;
}

bool
onnx_run_read(struct onnx_run *r, const uint8_t *data, size_t size, struct error *err)
{
    bool ok;

    begin(r, ONNX_WANTS_NONE);
    ok = onnx_model_read(&r->model, data, size, err) &&
         onnx_import(&r->program, &r->model, ONNX_WANTS_NONE, err);
    make_room(r);
    return ok;
}

void
onnx_run_close(struct onnx_run *r)
{
    free(r->values);
    free(r->leaves);
    tape_clear(&r->tape);
    heap_clear(&r->kept);
    program_clear(&r->program);
    onnx_model_close(&r->model);
}

static size_t
leaf_of_input(const struct onnx_run *r, size_t i)
{
    size_t k = 0;

    for (;; k++) {
        const struct program_leaf *leaf = &r->program.leaves[k];

        if (k == r->program.leaf_count || (!leaf->octets && !leaf->data && i-- == 0))
            return k;
    }
}

size_t
onnx_run_inputs(const struct onnx_run *r)
{
    size_t n = 0;

    while (leaf_of_input(r, n) < r->program.leaf_count)
        n++;
    return n;
}

struct program_leaf *
onnx_run_input(const struct onnx_run *r, size_t i)
{
    return &r->program.leaves[leaf_of_input(r, i)];
}

bool
onnx_run_bind(struct onnx_run *r, size_t i, struct tensor *x, struct error *err)
{
    size_t k = leaf_of_input(r, i);
    struct program_leaf *leaf = &r->program.leaves[k];
    const char *name;
    bool fits;

    if (k == r->program.leaf_count)
        return error_set(err, ERR_MALFORMED, "input %zu of a model that has %zu", i,
                         onnx_run_inputs(r));
    name = r->program.names[leaf->value];
    if (x->type != leaf->type)
        return error_set(err, ERR_MALFORMED, "input '%.200s' is %s where %s is wanted",
                         name, tensor_type_name(x->type), tensor_type_name(leaf->type));
    fits = leaf->dims < 0 || x->dims == leaf->dims;
    for (int d = 0; fits && d < leaf->dims; d++)
        fits = leaf->size[d] < 0 || leaf->size[d] == x->size[d];
    if (!fits) {
        char have[SHAPE_TEXT], want[SHAPE_TEXT];

        return error_set(err, ERR_MALFORMED,
                         "input '%.200s' has the shape %s where %s is wanted", name,
                         shape_text(x->dims, x->size, have),
                         shape_text(leaf->dims, leaf->size, want));
    }
    x->requires_grad = leaf->requires_grad;
    r->leaves[k] = x;
    return true;
}

static struct tensor *
tensor_of(struct heap *h, enum tensor_type type, int dims, const int64_t *size,
          const void *data, struct error *err)
{
    struct tensor *x = type < TENSOR_TYPES ? tensor_new(h, type, dims, size) : NULL;

    if (type == TENSOR_TYPES)
        (void)error_set(err, ERR_UNSUPPORTED, "a dtype that tensors cannot have here");
    else if (!x)
        (void)error_set(err, ERR_LIMIT, "a tensor over the limit of memory");
    else if (tensor_count(x) > 0)
        memcpy(tensor_data(x), data, (size_t)tensor_count(x) * tensor_type_size(type));
    return x;
}

struct tensor *
onnx_read_pb(struct heap *h, const char *path, struct error *err)
{
    struct input in = {0};
    struct arena arena = {0};
    struct Onnx__TensorProto *proto = NULL;
    struct onnx_tensor t;
    struct tensor *x = NULL;

    if (input_open(&in, path, INPUT_OCTETS_MAX, err))
        proto = proto_tensor(&arena, in.data, in.size, err);
    if (proto && onnx_tensor_read(&t, NULL, &arena, proto, err))
        x = tensor_of(h, t.type, t.dims, t.size, t.data, err);
    if (!x)
        (void)error_in(err, path);
    arena_clear(&arena);
    input_close(&in);
    return x;
}

static struct tensor *
read_npy(struct heap *h, const struct input *in, struct error *err)
{
    struct npy npy = {0};
    struct tensor *x = NULL;
    int64_t size[TENSOR_DIMS_MAX];
    uint8_t *data;

    if (!npy_read(&npy, in->data, in->size, NULL, err))
        return NULL;
    if (npy.rank <= TENSOR_DIMS_MAX && npy.dtype != DTYPE_NONE) {
        for (unsigned d = 0; d < npy.rank; d++)
            size[d] = (int64_t)npy.shape[d];
        data = xcalloc(npy.data_size + 1, 1);
        npy_copy(&npy, data);
        x = tensor_of(h, tensor_type_of(npy.dtype), (int)npy.rank, size, data, err);
        free(data);
    } else {
        (void)error_set(err, ERR_UNSUPPORTED, "an array of %s in %u dimensions",
                        npy.descr, npy.rank);
    }
    npy_clear(&npy);
    return x;
}

/* Every tensor of the file to the input of its name. */
static bool
bind_safetensors(struct onnx_run *r, const struct input *in, struct error *err)
{
    struct safetensors file = {0};
    bool ok = safetensors_read(&file, in->data, in->size, NULL, err);
    size_t inputs = onnx_run_inputs(r);

    for (size_t k = 0; ok && k < file.count; k++) {
        const struct safetensors_tensor *s = &file.tensors[k];
        int64_t size[TENSOR_DIMS_MAX];
        struct tensor *x;
        size_t i = 0;

        while (i < inputs &&
               strcmp(r->program.names[onnx_run_input(r, i)->value], s->name) != 0)
            i++;
        if (i == inputs || s->rank > TENSOR_DIMS_MAX) {
            ok = error_set(err, ERR_MALFORMED, "no input '%.200s' wants data", s->name);
            break;
        }
        for (unsigned d = 0; d < s->rank; d++)
            size[d] = (int64_t)s->shape[d];
        x = tensor_of(&r->tape.heap, tensor_type_of(s->dtype), (int)s->rank, size,
                      s->data, err);
        ok = x && onnx_run_bind(r, i, x, err);
    }
    safetensors_clear(&file);
    return ok;
}

bool
onnx_run_bind_file(struct onnx_run *r, size_t i, const char *path, struct error *err)
{
    struct input in = {0};
    struct tensor *x = NULL;
    bool ok;

    if (ends_with(path, ".pb")) {
        x = onnx_read_pb(&r->tape.heap, path, err);
        return x && (onnx_run_bind(r, i, x, err) || error_in(err, path));
    }
    if (!input_open(&in, path, INPUT_OCTETS_MAX, err))
        return false;
    if (ends_with(path, ".npy")) {
        x = read_npy(&r->tape.heap, &in, err);
        ok = x && onnx_run_bind(r, i, x, err);
    } else if (ends_with(path, ".safetensors")) {
        ok = bind_safetensors(r, &in, err);
    } else {
        ok = error_set(err, ERR_USAGE, "unknown kind of file (.pb, .npy, .safetensors)");
    }
    input_close(&in);
    return ok || error_in(err, path);
}

/* The leaves, in a heap of their own, which stays. */
static bool
make_leaves(struct onnx_run *r, struct error *err)
{
    const struct program *p = &r->program;
    struct heap empty = {0};

    for (size_t i = 0; i < p->leaf_count; i++) {
        if (!r->leaves[i] && !p->leaves[i].octets && !p->leaves[i].data)
            return error_set(err, ERR_USAGE, "input '%.200s' is not given",
                             p->names[p->leaves[i].value]);
    }
    if (!program_leaves_but(p, &r->tape, r->leaves)) {
        *err = r->tape.error;
        return false;
    }
    r->kept = r->tape.heap;
    empty.limit = r->kept.limit > r->kept.octets ? r->kept.limit - r->kept.octets : 1;
    r->tape.heap = empty;
    r->ready = true;
    return true;
}

bool
onnx_run_forward(struct onnx_run *r, struct error *err)
{
    if (!r->ready && !make_leaves(r, err))
        return false;
    tape_reset(&r->tape);
    r->tape.recording = r->recording;
    if (program_forward_from(&r->program, &r->tape, r->values, r->leaves, r->trace))
        return true;
    *err = r->tape.error;
    err->at[0] = 0; /* the message names the node */
    return false;
}
