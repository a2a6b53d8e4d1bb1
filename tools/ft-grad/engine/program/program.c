/*
 * program.c: reading a program, strictly.
 */
#include "engine/program/program.h"

#include "engine/program/hooks.h"

#include "common/mem.h"
#include "common/num.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct program *p;
    const struct json_doc *doc;
    struct error *err;
};

bool
program_number(const struct json *node, double *out)
{
    if (json_type(node) == JSON_STRING)
        return num_parse_hexfloat(json_text(node), out) || json_to_f64(node, out);
    return json_to_f64(node, out);
}

static bool
find_value(struct reader *r, const struct json *node, uint32_t *out)
{
    if (json_type(node) != JSON_STRING)
        return json_fail(r->doc, node, r->err, ERR_MALFORMED,
                         "a tensor's name is wanted");
    *out = program_value(r->p, json_text(node));
    if (*out != UINT32_MAX)
        return true;
    (void)json_fail(r->doc, node, r->err, ERR_MALFORMED,
                    "no leaf or earlier operator makes '%s'", json_text(node));
    return error_subclass(r->err, "missing_producer");
}

static bool
read_shape(struct reader *r, const struct json *node, int *dims,
           int64_t size[static TENSOR_DIMS_MAX])
{
    bool ok = true;

    *dims = 0;
    for (const struct json *d = json_first(node); d; d = json_next(d)) {
        if (*dims == TENSOR_DIMS_MAX)
            return json_fail(r->doc, node, r->err, ERR_LIMIT, "more than %d dimensions",
                             (int)TENSOR_DIMS_MAX);
        if (!json_to_i64(d, &size[*dims]) || size[*dims] < 0)
            return json_fail(r->doc, d, r->err, ERR_MALFORMED,
                             "a size must be an integer, 0 or more");
        (*dims)++;
    }
    (void)shape_count(*dims, size, &ok);
    if (!ok)
        return json_fail(r->doc, node, r->err, ERR_LIMIT, "more than 2^59 elements");
    return true;
}

/* A flat array of exactly count numbers. */
static bool
read_data(struct reader *r, const struct json *node, size_t count, const double **out)
{
    size_t have = json_type(node) == JSON_ARRAY ? json_count(node) : 0, i = 0;
    double *data;

    if (json_type(node) != JSON_ARRAY || have != count) {
        (void)json_fail(r->doc, node, r->err, ERR_MALFORMED,
                        "%zu numbers are wanted for the shape, %zu are there", count,
                        have);
        return error_subclass(r->err, "shape_mismatch");
    }
    data = arena_alloc(&r->p->arena, (count + 1) * sizeof(*data));
    for (const struct json *v = json_first(node); v; v = json_next(v)) {
        if (!program_number(v, &data[i++]))
            return json_fail(r->doc, v, r->err, ERR_MALFORMED, "not a number");
    }
    *out = data;
    return true;
}

/* Numbers of an integer type are integers in its range. */
static bool
check_data(struct reader *r, const struct json *node, const struct program_leaf *leaf,
           int64_t count)
{
    enum dtype_kind kind = dtype_kind(tensor_type_dtype(leaf->type));
    int bits = 8 * (int)tensor_type_size(leaf->type);
    double low = kind == DTYPE_KIND_SIGNED ? -ldexp(1, bits - 1) : 0;
    double high = kind == DTYPE_KIND_SIGNED ? ldexp(1, bits - 1) : ldexp(1, bits);

    if (kind == DTYPE_KIND_FLOAT)
        return true;
    for (int64_t i = 0; i < count; i++) {
        double value = leaf->data[i];

        if (!(value >= low && value < high) || value != floor(value))
            return json_fail(r->doc, node, r->err, ERR_MALFORMED,
                             "number %" PRId64 " is no %s", i,
                             tensor_type_name(leaf->type));
    }
    return true;
}

static bool
read_type(struct reader *r, const struct json *node, const char *text,
          enum tensor_type *out)
{
    static const struct {
        const char *name;
        enum tensor_type type;
    } types[] = {{"f32", TENSOR_F32}, {"f64", TENSOR_F64}, {"i64", TENSOR_I64}};

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (strcmp(text, types[i].name) == 0) {
            *out = types[i].type;
            return true;
        }
    }
    *out = tensor_type_of(dtype_by_name(text, strlen(text)));
    if (*out != TENSOR_TYPES)
        return true;
    return json_fail(
        r->doc, node, r->err, ERR_UNSUPPORTED,
        "unsupported dtype '%s' (supported: f32, f64, i64, and torch's names "
        "of real numbers, integers and bool)",
        text);
}

static bool
read_leaf(struct reader *r, const struct json *node)
{
    static const char *const keys[] = {"name",  "shape", "requires_grad", "data", "dtype",
                                       "input", NULL};
    struct program_leaf *leaf = &r->p->leaves[r->p->leaf_count];
    const struct json *shape = NULL, *data = NULL;
    const char *name = NULL, *type = NULL;
    int64_t count;

    leaf->type = r->p->type;
    if (!json_only(r->doc, node, keys, r->err) ||
        !json_want_string(r->doc, node, "name", &name, r->err) ||
        !json_want(r->doc, node, "shape", JSON_ARRAY, &shape, r->err) ||
        !json_opt_bool(r->doc, node, "requires_grad", &leaf->requires_grad, r->err) ||
        !json_opt_bool(r->doc, node, "input", &leaf->input, r->err) ||
        !json_opt(r->doc, node, "data", JSON_ARRAY, &data, r->err) ||
        !json_opt_string(r->doc, node, "dtype", &type, r->err) ||
        !read_shape(r, shape, &leaf->dims, leaf->size) ||
        (type && !read_type(r, node, type, &leaf->type)))
        return false;
    if (program_value(r->p, name) != UINT32_MAX) {
        (void)json_fail(r->doc, node, r->err, ERR_MALFORMED, "two tensors named '%s'",
                        name);
        return error_subclass(r->err, "duplicate_name");
    }
    if (leaf->requires_grad && leaf->type != TENSOR_F32 && leaf->type != TENSOR_F64) {
        (void)json_fail(r->doc, node, r->err, ERR_MALFORMED,
                        "only Tensors of floating point dtype can require gradients");
        return error_subclass(r->err, "RuntimeError");
    }
    count = shape_count(leaf->dims, leaf->size, NULL);
    if (data && (!read_data(r, data, (size_t)count, &leaf->data) ||
                 !check_data(r, data, leaf, count)))
        return false;
    leaf->value = program_add_value(r->p, name);
    r->p->leaf_count++;
    return true;
}

/* Numbers of any nesting, in row-major order; the shape comes from the first of each. */
static bool
flatten(struct reader *r, const struct json *node, int depth, struct op_attr *a,
        double *reals, int64_t *ints)
{
    if (json_type(node) == JSON_ARRAY) {
        int64_t count = (int64_t)json_count(node);

        if (depth == TENSOR_DIMS_MAX)
            return json_fail(r->doc, node, r->err, ERR_LIMIT, "nested too deep");
        if (depth == a->dims) {
            if (a->count > 0)
                return json_fail(r->doc, node, r->err, ERR_MALFORMED, "ragged array");
            a->size[a->dims++] = count;
        }
        if (a->size[depth] != count)
            return json_fail(r->doc, node, r->err, ERR_MALFORMED, "ragged array");
        for (const struct json *v = json_first(node); v; v = json_next(v)) {
            if (!flatten(r, v, depth + 1, a, reals, ints))
                return false;
        }
        return true;
    }
    if (depth != a->dims)
        return json_fail(r->doc, node, r->err, ERR_MALFORMED, "ragged array");
    if (json_type(node) == JSON_BOOL) {
        ints[a->count] = json_is_true(node);
        reals[a->count] = (double)ints[a->count];
    } else if (json_to_i64(node, &ints[a->count])) {
        reals[a->count] = (double)ints[a->count];
    } else if (program_number(node, &reals[a->count])) {
        a->is_integer = false;
    } else {
        return json_fail(r->doc, node, r->err, ERR_MALFORMED, "not a number");
    }
    a->count++;
    return true;
}

static size_t
count_numbers(const struct json *node)
{
    size_t count = 0;

    if (json_type(node) != JSON_ARRAY)
        return 1;
    for (const struct json *v = json_first(node); v; v = json_next(v))
        count += count_numbers(v);
    return count;
}

static bool
read_attr(struct reader *r, const struct json *node, struct op_attr *a)
{
    struct arena *arena = &r->p->arena;
    const char *key = json_key(node);
    double number, *reals;
    int64_t *ints;
    size_t count;

    a->name = arena_strndup(arena, key, strlen(key));
    if (json_type(node) == JSON_STRING && !program_number(node, &number)) {
        a->text = arena_strndup(arena, json_text(node), strlen(json_text(node)));
        return true;
    }
    count = count_numbers(node);
    reals = arena_alloc(arena, (count + 1) * sizeof(*reals));
    ints = arena_alloc(arena, (count + 1) * sizeof(*ints));
    a->is_list = json_type(node) == JSON_ARRAY;
    a->is_integer = true;
    a->reals = reals;
    a->ints = ints;
    return flatten(r, node, 0, a, reals, ints);
}

static bool
read_attrs(struct reader *r, const struct json *attrs, struct program_op *op)
{
    size_t count = attrs ? json_count(attrs) : 0;

    op->attrs = arena_alloc(&r->p->arena, (count + 1) * sizeof(*op->attrs));
    for (const struct json *a = attrs ? json_first(attrs) : NULL; a; a = json_next(a)) {
        if (json_type(a) == JSON_NULL) /* None: left out */
            continue;
        if (!read_attr(r, a, &op->attrs[op->attr_count++]))
            return false;
    }
    return true;
}

bool
program_attrs(const struct json_doc *doc, const struct json *attrs, struct arena *arena,
              struct tape *t, struct op_call *call)
{
    struct program p = {.arena = *arena};
    struct reader r = {.p = &p, .doc = doc, .err = &t->error};
    struct program_op op = {0};
    bool ok = read_attrs(&r, attrs, &op);

    t->failed = t->failed || !ok;
    for (size_t i = 0; ok && i < op.attr_count; i++)
        ok = op_call_set(t, call, &op.attrs[i]);
    *arena = p.arena;
    return ok;
}

static bool
read_outputs(struct reader *r, const struct json *list, struct program_op *op)
{
    op->out = arena_alloc(&r->p->arena, (json_count(list) + 1) * sizeof(*op->out));
    for (const struct json *v = json_first(list); v; v = json_next(v)) {
        if (json_type(v) != JSON_STRING)
            return json_fail(r->doc, v, r->err, ERR_MALFORMED,
                             "a tensor's name is wanted");
        if (program_value(r->p, json_text(v)) != UINT32_MAX) {
            (void)json_fail(r->doc, v, r->err, ERR_MALFORMED, "two tensors named '%s'",
                            json_text(v));
            return error_subclass(r->err, "duplicate_name");
        }
        op->out[op->out_count++] = program_add_value(r->p, json_text(v));
    }
    return true;
}

static bool
read_op(struct reader *r, const struct json *node)
{
    static const char *const keys[] = {"op",     "in",      "out",   "attrs",
                                       "thread", "inplace", "label", NULL};
    struct program_op *op = &r->p->ops[r->p->op_count];
    const struct json *in = NULL, *out = NULL, *attrs = NULL;
    const char *name = NULL, *label = NULL;
    uint64_t thread = 0;

    if (!json_only(r->doc, node, keys, r->err) ||
        !json_want_string(r->doc, node, "op", &name, r->err) ||
        !json_want(r->doc, node, "in", JSON_ARRAY, &in, r->err) ||
        !json_want(r->doc, node, "out", JSON_ARRAY, &out, r->err) ||
        !json_opt(r->doc, node, "attrs", JSON_OBJECT, &attrs, r->err) ||
        !json_opt_bool(r->doc, node, "inplace", &op->in_place, r->err) ||
        !json_opt_u64(r->doc, node, "thread", &thread, r->err) ||
        !json_opt_string(r->doc, node, "label", &label, r->err))
        return false;
    op->label = label ? arena_strndup(&r->p->arena, label, strlen(label)) : NULL;
    op->op = operator_find(name);
    if (!op->op) {
        (void)json_fail(r->doc, node, r->err, ERR_UNSUPPORTED,
                        "unsupported operator '%s' (`ft-grad operators` lists them)",
                        name);
        return error_subclass(r->err, "unsupported_operator");
    }
    if (json_get(node, "thread")) {
        if (thread >= TAPE_THREADS - 1)
            return json_fail(r->doc, node, r->err, ERR_LIMIT,
                             "thread %" PRIu64 " (0 to %d are there)", thread,
                             TAPE_THREADS - 2);
        op->thread = (unsigned)thread + 1;
    }
    for (const struct json *v = json_first(in); v; v = json_next(v)) {
        if (op->in_count == CALL_INPUTS_MAX)
            return json_fail(r->doc, in, r->err, ERR_LIMIT, "more than %d inputs",
                             (int)CALL_INPUTS_MAX);
        op->in[op->in_count] = UINT32_MAX;
        if (json_type(v) != JSON_NULL && !find_value(r, v, &op->in[op->in_count]))
            return false;
        op->in_count++;
    }
    r->p->op_count++;
    return read_attrs(r, attrs, op) && read_outputs(r, out, op);
}

static bool
read_root(struct reader *r, const struct json *node)
{
    static const char *const keys[] = {"tensor", "grad", NULL};
    struct program_root *root = &r->p->roots[r->p->root_count++];
    const struct json *tensor = NULL, *grad;

    if (!json_only(r->doc, node, keys, r->err) ||
        !json_want(r->doc, node, "tensor", JSON_STRING, &tensor, r->err) ||
        !find_value(r, tensor, &root->value))
        return false;
    grad = json_get(node, "grad");
    if (!grad || json_type(grad) == JSON_NULL)
        return true;
    root->grad_count = json_count(grad);
    return read_data(r, grad, root->grad_count, &root->grad);
}

static bool
read_call(struct reader *r, const struct json *node)
{
    static const char *const keys[] = {"kind",         "inputs",       "allow_unused",
                                       "create_graph", "retain_graph", NULL};
    struct program *p = r->p;
    const struct json *inputs = json_get(node, "inputs");
    const char *kind = NULL;

    if (!json_only(r->doc, node, keys, r->err) ||
        !json_want_string(r->doc, node, "kind", &kind, r->err) ||
        !json_opt_bool(r->doc, node, "allow_unused", &p->allow_unused, r->err) ||
        !json_opt_bool(r->doc, node, "create_graph", &p->create_graph, r->err) ||
        !json_opt_bool(r->doc, node, "retain_graph", &p->retain_graph, r->err))
        return false;
    p->is_grad = strcmp(kind, "grad") == 0;
    if (!p->is_grad && strcmp(kind, "backward") != 0)
        return json_fail(r->doc, node, r->err, ERR_UNSUPPORTED,
                         "call kind '%s' (backward or grad)", kind);
    if (!inputs || json_type(inputs) == JSON_NULL)
        return true;
    if (json_type(inputs) != JSON_ARRAY)
        return json_fail(r->doc, inputs, r->err, ERR_MALFORMED, "not a list of names");
    p->inputs = arena_alloc(&p->arena, (json_count(inputs) + 1) * sizeof(*p->inputs));
    for (const struct json *v = json_first(inputs); v; v = json_next(v)) {
        if (!find_value(r, v, &p->inputs[p->input_count++]))
            return false;
    }
    return true;
}

typedef bool read_item(struct reader *r, const struct json *node);

/* Room for what the member `key` lists; NULL when it is no array. */
static void *
make_room(struct reader *r, const struct json *node, const char *key, size_t size)
{
    const struct json *list = NULL;

    if (!json_want(r->doc, node, key, JSON_ARRAY, &list, r->err))
        return NULL;
    return arena_alloc(&r->p->arena, (json_count(list) + 1) * size);
}

static bool
read_list(struct reader *r, const struct json *list, read_item *read)
{
    for (const struct json *v = json_first(list); v; v = json_next(v)) {
        if (json_type(v) != JSON_OBJECT)
            return json_fail(r->doc, v, r->err, ERR_MALFORMED, "not an object");
        if (!read(r, v))
            return false;
    }
    return true;
}

bool
program_read(struct program *p, const struct json_doc *doc, const struct json *node,
             struct error *err)
{
    struct reader r = {.p = p, .doc = doc, .err = err};
    const struct json *call = NULL;
    const char *type = "f32";

    memset(p, 0, sizeof(*p));
    if (!json_opt_string(doc, node, "dtype", &type, err) ||
        !read_type(&r, node, type, &p->type))
        return false;
    p->leaves = make_room(&r, node, "leaves", sizeof(*p->leaves));
    if (!p->leaves || !read_list(&r, json_get(node, "leaves"), read_leaf))
        return false;
    p->ops = make_room(&r, node, "ops", sizeof(*p->ops));
    if (!p->ops || !read_list(&r, json_get(node, "ops"), read_op))
        return false;
    if (!json_opt(doc, node, "call", JSON_OBJECT, &call, err) ||
        (call && !read_call(&r, call)))
        return false;
    p->roots = make_room(&r, node, "roots", sizeof(*p->roots));
    return p->roots && read_list(&r, json_get(node, "roots"), read_root) &&
           program_hooks_read(p, doc, json_get(node, "hooks"), err);
}
