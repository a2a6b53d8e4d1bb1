/*
 * weights.c: binding by name, nothing converted.
 */
#include "engine/program/weights.h"

#include "common/buf.h"
#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool
weights_open(struct weights *w, const char *path, struct error *err)
{
    memset(w, 0, sizeof(*w));
    return (input_open(&w->input, path, UINT64_C(1) << 36, err) &&
            safetensors_read(&w->tensors, w->input.data, w->input.size, NULL, err)) ||
           error_in(err, path);
}

void
weights_close(struct weights *w)
{
    safetensors_clear(&w->tensors);
    input_close(&w->input);
    memset(w, 0, sizeof(*w));
}

static struct program_leaf *
find_leaf(const struct program *p, const char *name)
{
    for (size_t i = 0; i < p->leaf_count; i++) {
        if (strcmp(p->names[p->leaves[i].value], name) == 0)
            return &p->leaves[i];
    }
    return NULL;
}

static bool
same_shape(const struct program_leaf *leaf, const struct safetensors_tensor *tensor)
{
    bool same = leaf->dims == (int)tensor->rank;

    for (unsigned d = 0; same && d < tensor->rank; d++)
        same = (uint64_t)leaf->size[d] == tensor->shape[d];
    return same;
}

bool
weights_bind(const struct weights *w, struct program *p, struct error *err)
{
    for (size_t i = 0; i < w->tensors.count; i++) {
        const struct safetensors_tensor *tensor = &w->tensors.tensors[i];
        struct program_leaf *leaf = find_leaf(p, tensor->name);

        if (!leaf) {
            (void)error_set(err, ERR_MALFORMED, "the program has no leaf '%s'",
                            tensor->name);
            return error_in(err, w->input.path);
        }
        if (tensor->dtype != tensor_type_dtype(leaf->type) || !same_shape(leaf, tensor)) {
            char shape[SHAPE_TEXT];

            (void)error_set(err, ERR_MALFORMED, "leaf '%s' is %s %s, here it is not",
                            tensor->name, tensor_type_name(leaf->type),
                            shape_text(leaf->dims, leaf->size, shape));
            (void)error_subclass(err, "shape_mismatch");
            return error_in(err, w->input.path);
        }
        leaf->octets = tensor->data;
    }
    return true;
}

bool
weights_write(const char *path, struct safetensors_tensor *list, size_t count,
              struct error *err)
{
    struct buf header = {0};
    struct out_file out = {0};
    bool ok = safetensors_layout(list, count, err) &&
              safetensors_header(&header, list, count, NULL, 0, err) &&
              out_open(&out, path, err) && out_write(&out, header.data, header.size, err);

    for (size_t i = 0; ok && i < count; i++)
        ok = out_write(&out, list[i].data, (size_t)(list[i].end - list[i].begin), err);
    ok = ok && out_commit(&out, err);
    out_discard(&out);
    buf_clear(&header);
    return ok || error_in(err, path);
}

bool
weights_save(const char *path, const char *const *names, struct tensor *const *tensors,
             size_t count, struct error *err)
{
    struct safetensors_tensor *list = xcalloc(count + 1, sizeof(*list));
    uint64_t *shapes = xcalloc(count * TENSOR_DIMS_MAX + 1, sizeof(*shapes));
    bool ok;

    for (size_t i = 0; i < count; i++) {
        uint64_t *shape = shapes + i * TENSOR_DIMS_MAX;

        for (int d = 0; d < tensors[i]->dims; d++)
            shape[d] = (uint64_t)tensors[i]->size[d];
        list[i] =
            (struct safetensors_tensor){.name = names[i],
                                        .dtype = tensor_type_dtype(tensors[i]->type),
                                        .rank = (unsigned)tensors[i]->dims,
                                        .shape = shape,
                                        .data = tensor_data(tensors[i])};
    }
    ok = weights_write(path, list, count, err);
    free(list);
    free(shapes);
    return ok;
}
