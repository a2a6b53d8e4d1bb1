/*
 * file.c: programs in files, the data of leaves in a safetensors file beside.
 */
#include "engine/program/weights.h"

#include "common/mem.h"
#include "common/num.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A file in the program's own folder. */
static bool
bind_weights(struct program *p, const char *path, const char *name, struct error *err)
{
    const char *slash = strrchr(path, '/');
    char *full;

    if (strchr(name, '/') || name[0] == 0 || strcmp(name, "-") == 0)
        return error_set(err, ERR_UNSAFE,
                         "tensors '%s' (a file in the program's folder is wanted)", name);
    full = xasprintf("%.*s%s", slash ? (int)(slash - path + 1) : 0, path, name);
    p->weights_path = arena_strndup(&p->arena, full, strlen(full));
    p->weights = xcalloc(1, sizeof(*p->weights));
    free(full);
    return weights_open(p->weights, p->weights_path, err) &&
           weights_bind(p->weights, p, err);
}

bool
program_open(struct program *p, const char *path, struct error *err)
{
    static const char *const keys[] = {
        "schema", "dtype", "leaves", "ops",      "roots",   "call",    "id",    "kind",
        "exact",  "tol",   "expect", "template", "threads", "tensors", "hooks", NULL};
    struct json_doc *doc = NULL;
    const char *schema = NULL, *tensors = NULL;
    bool ok;

    memset(p, 0, sizeof(*p));
    if (!json_open(&doc, path, NULL, err))
        return false;
    ok = json_opt_string(doc, json_root(doc), "schema", &schema, err) &&
         json_opt_string(doc, json_root(doc), "tensors", &tensors, err) &&
         json_only(doc, json_root(doc), keys, err);
    if (ok && schema && strcmp(schema, "ft-grad-program/1") != 0)
        ok = json_fail(doc, json_root(doc), err, ERR_VERSION,
                       "unknown schema '%s' (ft-grad-program/1)", schema);
    ok = ok && program_read(p, doc, json_root(doc), err);
    ok = ok && (!tensors || bind_weights(p, path, tensors, err));
    json_free(doc);
    return ok || error_in(err, path);
}

static const char *
type_word(enum tensor_type type)
{
    return type == TENSOR_F32   ? "f32"
           : type == TENSOR_F64 ? "f64"
                                : tensor_type_name(type);
}

static void
write_number(struct json_out *j, double value)
{
    char text[NUM_F64_SIZE];

    (void)num_format_hexfloat(value, text);
    json_string(j, NULL, text);
}

static void
write_leaf(struct json_out *j, const struct program *p, const struct program_leaf *leaf)
{
    int64_t n = shape_count(leaf->dims, leaf->size, NULL);

    json_object(j, NULL);
    json_string(j, "name", p->names[leaf->value]);
    json_string(j, "dtype", type_word(leaf->type));
    json_array(j, "shape");
    for (int d = 0; d < leaf->dims; d++)
        json_i64(j, NULL, leaf->size[d]);
    json_end(j);
    json_bool(j, "requires_grad", leaf->requires_grad);
    if (leaf->input)
        json_bool(j, "input", true);
    if (leaf->data && !leaf->octets) {
        json_array(j, "data");
        for (int64_t i = 0; i < n; i++)
            write_number(j, leaf->data[i]);
        json_end(j);
    }
    json_end(j);
}

/* Attributes are single values or flat lists. */
static void
write_attr(struct json_out *j, const struct op_attr *a)
{
    char text[NUM_F64_SIZE];

    if (a->text) {
        json_string(j, a->name, a->text);
        return;
    }
    if (a->is_list)
        json_array(j, a->name);
    for (size_t i = 0; i < a->count; i++) {
        const char *key = a->is_list ? NULL : a->name;

        if (a->is_integer) {
            json_i64(j, key, a->ints[i]);
            continue;
        }
        (void)num_format_hexfloat(a->reals[i], text);
        json_string(j, key, text);
    }
    if (a->is_list)
        json_end(j);
}

static void
write_op(struct json_out *j, const struct program *p, const struct program_op *op)
{
    json_object(j, NULL);
    json_string(j, "op", op->op->name);
    json_array(j, "in");
    for (size_t i = 0; i < op->in_count; i++) {
        if (op->in[i] == UINT32_MAX)
            json_null(j, NULL);
        else
            json_string(j, NULL, p->names[op->in[i]]);
    }
    json_end(j);
    json_array(j, "out");
    for (size_t i = 0; i < op->out_count; i++)
        json_string(j, NULL, p->names[op->out[i]]);
    json_end(j);
    if (op->attr_count > 0) {
        json_object(j, "attrs");
        for (size_t i = 0; i < op->attr_count; i++)
            write_attr(j, &op->attrs[i]);
        json_end(j);
    }
    if (op->label)
        json_string(j, "label", op->label);
    if (op->thread > 0)
        json_u64(j, "thread", op->thread - 1);
    if (op->in_place)
        json_bool(j, "inplace", true);
    json_end(j);
}

static void
write_program(FILE *stream, const struct program *p, const char *tensors)
{
    const char *slash = tensors ? strrchr(tensors, '/') : NULL;
    struct json_out j;

    json_start(&j, stream, JSON_PRETTY);
    json_object(&j, NULL);
    json_string(&j, "schema", "ft-grad-program/1");
    json_string(&j, "dtype", type_word(p->type));
    if (tensors)
        json_string(&j, "tensors", slash ? slash + 1 : tensors);
    json_array(&j, "leaves");
    for (size_t i = 0; i < p->leaf_count; i++)
        write_leaf(&j, p, &p->leaves[i]);
    json_end(&j);
    json_array(&j, "ops");
    for (size_t i = 0; i < p->op_count; i++)
        write_op(&j, p, &p->ops[i]);
    json_end(&j);
    json_array(&j, "roots");
    for (size_t i = 0; i < p->root_count; i++) {
        json_object(&j, NULL);
        json_string(&j, "tensor", p->names[p->roots[i].value]);
        if (p->roots[i].grad) {
            json_array(&j, "grad");
            for (size_t k = 0; k < p->roots[i].grad_count; k++)
                write_number(&j, p->roots[i].grad[k]);
            json_end(&j);
        } else {
            json_null(&j, "grad");
        }
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

/* Leaves that have octets. */
static bool
write_tensors(const struct program *p, const char *path, struct error *err)
{
    struct safetensors_tensor *list = xcalloc(p->leaf_count + 1, sizeof(*list));
    uint64_t *shapes = xcalloc(p->leaf_count + 1, TENSOR_DIMS_MAX * sizeof(*shapes));
    size_t n = 0;
    bool ok;

    for (size_t i = 0; i < p->leaf_count; i++) {
        const struct program_leaf *leaf = &p->leaves[i];
        uint64_t *shape = shapes + i * TENSOR_DIMS_MAX;

        if (!leaf->octets)
            continue;
        for (int d = 0; d < leaf->dims; d++)
            shape[d] = (uint64_t)leaf->size[d];
        list[n++] = (struct safetensors_tensor){.name = p->names[leaf->value],
                                                .dtype = tensor_type_dtype(leaf->type),
                                                .rank = (unsigned)leaf->dims,
                                                .shape = shape,
                                                .data = leaf->octets};
    }
    ok = weights_write(path, list, n, err);
    free(shapes);
    free(list);
    return ok;
}

bool
program_save(const struct program *p, const char *path, const char *tensors,
             struct error *err)
{
    struct out_file out = {0};
    bool ok = (!tensors || write_tensors(p, tensors, err)) && out_open(&out, path, err);

    if (ok) {
        write_program(out.stream, p, tensors);
        ok = out_commit(&out, err);
    }
    out_discard(&out);
    return ok;
}

void
program_clear(struct program *p)
{
    if (p->weights)
        weights_close(p->weights);
    free(p->weights);
    arena_clear(&p->arena);
    memset(p, 0, sizeof(*p));
}
