/*
 * train.c: gather a batch, run, step; samples are shuffled by Fisher and Yates with
 * SplitMix64 (Steele, Lea and Flood), seeded by seed and pass.
 */
#include "engine/training/train.h"

#include "common/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool
fail(struct error *err, const char *subclass, const char *name, const char *message)
{
    (void)error_set(err, ERR_MALFORMED, "%s: %s", name, message);
    return error_subclass(err, subclass);
}

/* Is the file's tensor a list of what the leaf holds a batch of? */
static bool
is_batch_of(const struct program_leaf *leaf, const struct safetensors_tensor *tensor)
{
    bool fits = tensor->dtype == tensor_type_dtype(leaf->type) && leaf->dims > 0 &&
                leaf->dims == (int)tensor->rank && leaf->size[0] > 0 &&
                tensor->shape[0] >= (uint64_t)leaf->size[0];

    for (unsigned d = 1; fits && d < tensor->rank; d++)
        fits = (uint64_t)leaf->size[d] == tensor->shape[d];
    return fits;
}

static bool
bind_data(struct train *t, struct program_leaf *leaves, const struct weights *data,
          struct error *err)
{
    for (size_t k = 0; k < data->tensors.count; k++) {
        const struct safetensors_tensor *tensor = &data->tensors.tensors[k];
        size_t i = 0;

        while (i < t->program->leaf_count &&
               strcmp(t->program->names[leaves[i].value], tensor->name) != 0)
            i++;
        if (i == t->program->leaf_count)
            return fail(err, "missing_producer", tensor->name,
                        "the program has no leaf of this name");
        if (!is_batch_of(&leaves[i], tensor))
            return fail(err, "shape_mismatch", tensor->name,
                        "the leaf is no batch of this tensor (the same dtype and shape "
                        "but for the first size, which is not larger)");
        if (leaves[i].requires_grad)
            return fail(err, "malformed", tensor->name,
                        "the leaf takes data and requires a gradient");
        if (t->samples > 0 &&
            (tensor->shape[0] != t->samples || (uint64_t)leaves[i].size[0] != t->batch))
            return fail(err, "shape_mismatch", tensor->name,
                        "another number of samples, or another batch size, than before");
        if (tensor->shape[0] > UINT32_MAX)
            return fail(err, "limit", tensor->name, "more than 2^32 samples");
        t->samples = tensor->shape[0];
        t->batch = (uint64_t)leaves[i].size[0];
        t->data[i] = tensor;
        leaves[i].octets = tensor->data; /* the first samples, until the first step */
    }
    return true;
}

static bool
check_program(const struct program *p, struct error *err)
{
    bool trainable = false;

    for (size_t i = 0; i < p->leaf_count; i++)
        trainable = trainable || p->leaves[i].requires_grad;
    if (p->root_count != 1 || p->is_grad || p->inputs)
        return fail(err, "malformed", "/roots",
                    "training wants one root, the loss, and a plain backward call");
    return trainable || fail(err, "malformed", "/leaves", "none requires a gradient");
}

bool
train_init(struct train *t, const struct program *p, const struct weights *data,
           const struct train_options *options, struct trace *trace, struct error *err)
{
    memset(t, 0, sizeof(*t));
    t->program = p;
    t->options = options;
    t->data = xcalloc(p->leaf_count + 1, sizeof(*t->data));
    t->states = xcalloc(p->leaf_count + 1, sizeof(*t->states));
    t->losses = xcalloc((size_t)options->steps + 1, sizeof(*t->losses));
    if (!check_program(p, err) || (data && !bind_data(t, p->leaves, data, err)))
        return false;
    t->order = xcalloc((size_t)t->samples + 1, sizeof(*t->order));
    if (!session_init(&t->session, p, options->version, options->threads)) {
        *err = t->session.tape.error;
        return false;
    }
    t->session.tape.blas = options->blas;
    t->session.trace = trace;
    for (size_t i = 0; i < p->leaf_count; i++) {
        if (p->leaves[i].requires_grad)
            optimizer_state_init(&t->states[i], options->optimizer, &options->params,
                                 tensor_count(t->session.leaves[i]));
    }
    return true;
}

static uint64_t
split_mix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void
begin_pass(struct train *t, uint64_t pass)
{
    uint64_t state = t->options->seed + pass * UINT64_C(0xd1342543de82ef95);

    for (uint64_t i = 0; i < t->samples; i++)
        t->order[i] = i;
    for (uint64_t i = t->samples; t->options->shuffle && i-- > 1;) {
        /* 0 .. i, all but equally likely. */
        uint64_t k = (split_mix(&state) >> 32) * (i + 1) >> 32;
        uint64_t kept = t->order[i];

        t->order[i] = t->order[k];
        t->order[k] = kept;
    }
    t->pass = pass;
}

static void
gather_batch(struct train *t, uint64_t step)
{
    uint64_t batches = t->samples / t->batch, first = step % batches * t->batch;

    if (step / batches + 1 != t->pass)
        begin_pass(t, step / batches + 1);
    for (size_t i = 0; i < t->program->leaf_count; i++) {
        struct tensor *leaf = t->session.leaves[i];
        size_t each;

        if (!t->data[i])
            continue;
        each =
            (size_t)(tensor_count(leaf) / leaf->size[0]) * tensor_type_size(leaf->type);
        for (uint64_t k = 0; k < t->batch; k++)
            memcpy((char *)tensor_data(leaf) + (size_t)k * each,
                   t->data[i]->data + (size_t)t->order[first + k] * each, each);
    }
}

static void
update(struct train *t)
{
    const struct program *p = t->program;

    for (size_t i = 0; i < p->leaf_count; i++) {
        struct tensor *leaf = t->session.leaves[i];

        if (!p->leaves[i].requires_grad || !leaf->grad)
            continue;
        if (t->session.trace)
            trace_tensor(t->session.trace, "gradient", p->names[p->leaves[i].value], 0,
                         leaf->grad);
        optimizer_step(t->options->optimizer, &t->options->params, t->options->version,
                       &t->states[i], leaf, leaf->grad);
        if (t->session.trace)
            trace_tensor(t->session.trace, "update", p->names[p->leaves[i].value], 0,
                         leaf);
    }
}

bool
train_run(struct train *t, struct error *err)
{
    uint32_t root = t->program->roots[0].value;

    for (t->done = 0; t->done < t->options->steps; t->done++) {
        if (t->samples > 0)
            gather_batch(t, t->done);
        if (!session_run(&t->session)) {
            *err = t->session.tape.error;
            return false;
        }
        t->losses[t->done] = tensor_get(t->session.tensors[root], 0);
        if (!isfinite(t->losses[t->done])) {
            (void)error_set(err, ERR_MALFORMED,
                            "the loss of step %" PRIu64 " is %f (a smaller lr?)", t->done,
                            t->losses[t->done]);
            return error_subclass(err, "non_finite");
        }
        update(t);
    }
    return true;
}

bool
train_save(const struct train *t, const char *path, struct error *err)
{
    const struct program *p = t->program;
    const char **names = xcalloc(p->leaf_count + 1, sizeof(char *));
    struct tensor **tensors = xcalloc(p->leaf_count + 1, sizeof(struct tensor *));
    size_t count = 0;
    bool ok;

    for (size_t i = 0; i < p->leaf_count; i++) {
        if (!p->leaves[i].requires_grad)
            continue;
        names[count] = p->names[p->leaves[i].value];
        tensors[count++] = t->session.leaves[i];
    }
    ok = weights_save(path, names, tensors, count, err);
    free(names);
    free(tensors);
    return ok;
}

void
train_clear(struct train *t)
{
    for (size_t i = 0; t->states && i < t->program->leaf_count; i++)
        optimizer_state_clear(&t->states[i]);
    if (t->session.program)
        session_clear(&t->session);
    free(t->states);
    free(t->data);
    free(t->order);
    free(t->losses);
    memset(t, 0, sizeof(*t));
}
