/*
 * rebuild.c: see rebuild.h.  Argument orders are those of torch/_utils.py 2.6 and,
 * for _rebuild_tensor and _rebuild_sparse_csr_tensor, of earlier releases.
 */
#include "model/rebuild.h"

#include "fault.h"
#include "model/describe.h"

#include <string.h>

/* One tensor being made. */
struct making {
    struct tree *tree;
    struct value *call;   /* the innermost rebuild call */
    const char *function; /* its name without the module */
    const struct value *args;
    const struct path *path;
    struct parts *parts;
    struct tensor tensor; /* filled, then added */
    struct value *state;  /* attributes, or NULL */
    struct error *err;
};

static bool
bad(struct making *m, const char *what)
{
    return fault(m->err, ERR_MALFORMED, "tensor-bounds", "%s: %s", m->function, what);
}

static const struct value *
arg(const struct making *m, size_t i)
{
    return i < m->args->count ? m->args->items[i] : NULL;
}

/* "torch.float32" to its dtype. */
enum dtype
rebuild_dtype(const struct value *v)
{
    const struct global *g = v->kind == VALUE_GLOBAL ? v->global : NULL;

    if (!g || g->module_size != 5 || memcmp(g->name, "torch.", 6) != 0)
        return DTYPE_NONE;
    return dtype_by_name(g->name + 6, g->size - 6);
}

bool
rebuild_sizes(struct tree *t, const struct value *v, const uint64_t **out,
              uint32_t *count, struct error *err)
{
    uint64_t *sizes;

    if (v && v->kind == VALUE_OBJECT && describe_meaning(v) == MEANING_SIZE)
        v = v->object->args->items[0];
    if (!v || (v->kind != VALUE_TUPLE && v->kind != VALUE_LIST))
        return fault(err, ERR_MALFORMED, "tensor-bounds", "a size is not a tuple");
    if (v->count > 64)
        return fault(err, ERR_LIMIT, "tensor-bounds", "%zu dimensions", v->count);
    sizes = arena_alloc(&t->c->arena, (v->count + 1) * sizeof *sizes);
    for (size_t i = 0; i < v->count; i++) {
        if (v->items[i]->kind != VALUE_INT || v->items[i]->integer < 0)
            return fault(err, ERR_BOUNDS, "tensor-bounds",
                         "size or stride %zu is not a count", i);
        sizes[i] = (uint64_t)v->items[i]->integer;
    }
    *out = sizes;
    *count = (uint32_t)v->count;
    return true;
}

static bool
get_bool(struct making *m, size_t i, bool *out)
{
    const struct value *v = arg(m, i);

    if (!v || v->kind != VALUE_BOOL)
        return bad(m, "requires_grad is not a bool");
    *out = v->truth;
    return true;
}

static bool
get_shape(struct making *m, size_t size_at, size_t stride_at)
{
    struct tensor *t = &m->tensor;
    uint32_t strides = 0;

    if (!rebuild_sizes(m->tree, arg(m, size_at), &t->shape, &t->rank, m->err) ||
        !rebuild_sizes(m->tree, arg(m, stride_at), &t->stride, &strides, m->err))
        return false;
    return strides == t->rank || bad(m, "size and stride differ in rank");
}

/* storage, offset, size, stride: the first arguments of most functions. */
static bool
get_strided(struct making *m)
{
    const struct value *storage = arg(m, 0), *offset = arg(m, 1);
    struct tensor *t = &m->tensor;

    if (!storage)
        return bad(m, "too few arguments");
    if (!rebuild_storage(m->tree, storage, &t->storage, m->err))
        return false;
    if (!offset || offset->kind != VALUE_INT || offset->integer < 0)
        return bad(m, "the offset is not a count");
    t->offset = (uint64_t)offset->integer;
    t->dtype = t->storage->dtype;
    t->device = t->storage->location;
    t->layout = "strided";
    return get_shape(m, 2, 3);
}

/* {'conj': bool, 'neg': bool} */
static bool
get_metadata(struct making *m, size_t i)
{
    const struct value *v = arg(m, i), *conj, *neg;

    if (!v || v->kind == VALUE_NONE)
        return true;
    if (v->kind != VALUE_DICT)
        return bad(m, "the metadata is not a dict");
    conj = value_get(v, "conj");
    neg = value_get(v, "neg");
    m->tensor.has_metadata = true;
    m->tensor.conj = conj && conj->kind == VALUE_BOOL && conj->truth;
    m->tensor.neg = neg && neg->kind == VALUE_BOOL && neg->truth;
    return true;
}

/* Backward hooks are always an empty OrderedDict. */
static bool
check_hooks(struct making *m, size_t i)
{
    const struct value *v = arg(m, i);

    if (!v || v->kind == VALUE_NONE)
        return true;
    if (describe_meaning(v) == MEANING_ORDERED_DICT && !v->object->state &&
        (!v->object->keyed || v->object->keyed->count == 0))
        return true;
    if (v->kind == VALUE_DICT && v->count == 0)
        return true;
    return bad(m, "backward hooks are not empty");
}

static bool
check_count(struct making *m, size_t least, size_t most)
{
    return (m->args->count >= least && m->args->count <= most) ||
           bad(m, "a wrong number of arguments");
}

static bool
make_v2(struct making *m)
{
    bool old = strcmp(m->function, "_rebuild_tensor") == 0;

    if (old)
        return check_count(m, 4, 4) && get_strided(m);
    if (!check_count(m, 6, 7) || !get_strided(m) ||
        !get_bool(m, 4, &m->tensor.requires_grad) || !check_hooks(m, 5) ||
        !get_metadata(m, 6))
        return false;
    return !m->tensor.storage->untyped || bad(m, "an untyped storage without a dtype");
}

static bool
make_v3(struct making *m)
{
    if (!check_count(m, 7, 8) || !get_strided(m) ||
        !get_bool(m, 4, &m->tensor.requires_grad) || !check_hooks(m, 5) ||
        !get_metadata(m, 7))
        return false;
    m->tensor.dtype = rebuild_dtype(arg(m, 6));
    if (m->tensor.dtype == DTYPE_NONE)
        return fault(m->err, ERR_UNSUPPORTED, "dtype-unknown", "%s: an unknown dtype",
                     m->function);
    return true;
}

static bool
make_meta(struct making *m)
{
    if (!check_count(m, 4, 4) || !get_shape(m, 1, 2) ||
        !get_bool(m, 3, &m->tensor.requires_grad))
        return false;
    m->tensor.dtype = rebuild_dtype(arg(m, 0));
    if (m->tensor.dtype == DTYPE_NONE)
        return fault(m->err, ERR_UNSUPPORTED, "dtype-unknown", "%s: an unknown dtype",
                     m->function);
    m->tensor.meta = true;
    m->tensor.layout = "strided";
    m->tensor.device = "meta";
    return true;
}

static void
add_part(struct making *m, const char *name, struct value *v)
{
    m->parts->items[m->parts->count++] = (struct part){name, v};
}

static bool
make_quantized(struct making *m)
{
    const struct value *params = arg(m, 4);
    const struct global *scheme;
    struct tensor *t = &m->tensor;

    if (!check_count(m, 7, 7) || !get_strided(m) || !get_bool(m, 5, &t->requires_grad) ||
        !check_hooks(m, 6))
        return false;
    if (params->kind != VALUE_TUPLE || params->count < 3 ||
        !(scheme = value_global(params->items[0])))
        return bad(m, "the quantizer's parameters are not a tuple");
    t->quant.scheme = scheme->name + scheme->module_size + 1;
    if (strcmp(t->quant.scheme, "per_tensor_affine") == 0) {
        if (params->items[1]->kind != VALUE_FLOAT || params->items[2]->kind != VALUE_INT)
            return bad(m, "scale and zero point are not numbers");
        t->quant.scale = params->items[1]->number;
        t->quant.zero_point = params->items[2]->integer;
        return true;
    }
    if (strncmp(t->quant.scheme, "per_channel_affine", 18) != 0 || params->count != 4 ||
        params->items[3]->kind != VALUE_INT || params->items[3]->integer < 0 ||
        (uint64_t)params->items[3]->integer >= t->rank)
        return bad(m, "an unknown quantization scheme or axis");
    t->quant.axis = params->items[3]->integer;
    add_part(m, "@scales", params->items[1]);
    add_part(m, "@zero_points", params->items[2]);
    return true;
}

/* The dtype of the tensor a value describes, without adding it. */
static enum dtype
dtype_of(const struct value *v)
{
    const struct global *g = value_global(v);
    const struct value *args, *id;
    struct storage s = {0};
    struct error ignored = {0};

    if (!g || v->kind != VALUE_OBJECT || v->object->args->count < 1)
        return DTYPE_NONE;
    args = v->object->args;
    if (strstr(g->name, "_rebuild_tensor_v3"))
        return args->count > 6 ? rebuild_dtype(args->items[6]) : DTYPE_NONE;
    if (args->items[0]->kind != VALUE_PERSISTENT)
        return DTYPE_NONE;
    id = args->items[0]->items[0];
    return id->kind == VALUE_TUPLE && rebuild_parse_id(id, &s, &ignored) ? s.dtype
                                                                         : DTYPE_NONE;
}

static const char *
layout_of(const struct value *v)
{
    static const char *const known[] = {"torch.sparse_coo", "torch.sparse_csr",
                                        "torch.sparse_csc", "torch.sparse_bsr",
                                        "torch.sparse_bsc"};

    if (!v || describe_meaning(v) != MEANING_LAYOUT)
        return NULL;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (value_is_text(v->object->args->items[0], known[i], strlen(known[i])))
            return known[i];
    return NULL;
}

static bool
make_sparse(struct making *m)
{
    const struct value *data = arg(m, 1);
    struct tensor *t = &m->tensor;
    bool coo;

    t->layout = layout_of(arg(m, 0));
    if (!check_count(m, 2, 2) || !t->layout || data->kind != VALUE_TUPLE)
        return bad(m, "not a known sparse layout with its parts");
    coo = strcmp(t->layout, "torch.sparse_coo") == 0;
    if (data->count < (coo ? 3u : 4u) || data->count > 4)
        return bad(m, "a wrong number of sparse parts");
    if (!rebuild_sizes(m->tree, data->items[coo ? 2 : 3], &t->shape, &t->rank, m->err))
        return false;
    if (coo && data->count == 4) {
        if (data->items[3]->kind == VALUE_BOOL)
            t->coalesced = data->items[3]->truth;
        else if (data->items[3]->kind != VALUE_NONE)
            return bad(m, "is_coalesced is not a bool");
    }
    add_part(m, coo ? "@indices" : "@compressed_indices", data->items[0]);
    if (!coo)
        add_part(m, "@plain_indices", data->items[1]);
    add_part(m, "@values", data->items[coo ? 1 : 2]);
    t->dtype = dtype_of(data->items[coo ? 1 : 2]);
    t->composite = true;
    return t->dtype != DTYPE_NONE || bad(m, "the values are not a tensor");
}

static bool
make_nested(struct making *m)
{
    static const char *const names[] = {"@buffer", "@sizes", "@strides", "@offsets"};

    if (!check_count(m, 4, 4))
        return false;
    for (size_t i = 0; i < 4; i++)
        add_part(m, names[i], m->args->items[i]);
    m->tensor.layout = "nested";
    m->tensor.composite = true;
    m->tensor.dtype = dtype_of(m->args->items[0]);
    return m->tensor.dtype != DTYPE_NONE || bad(m, "the buffer is not a tensor");
}

static const struct {
    const char *name;
    bool (*make)(struct making *);
} functions[] = {
    {"_rebuild_tensor", make_v2},
    {"_rebuild_tensor_v2", make_v2},
    {"_rebuild_tensor_v3", make_v3},
    {"_rebuild_qtensor", make_quantized},
    {"_rebuild_meta_tensor_no_storage", make_meta},
    {"_rebuild_sparse_tensor", make_sparse},
    {"_rebuild_sparse_csr_tensor", make_sparse},
    {"_rebuild_nested_tensor", make_nested},
};

/* _rebuild_parameter(data, requires_grad, hooks[, state]) */
static bool
unwrap_parameter(struct making *m, struct value **inner, bool with_state)
{
    if (!check_count(m, with_state ? 4 : 3, with_state ? 4 : 3) ||
        !get_bool(m, 1, &m->tensor.requires_grad) || !check_hooks(m, 2))
        return false;
    m->tensor.parameter = true;
    if (with_state)
        m->state = m->args->items[3];
    *inner = m->args->items[0];
    return (*inner)->kind == VALUE_OBJECT || bad(m, "the parameter has no tensor");
}

/* _rebuild_from_type_v2(function, type, args, state) */
static bool
unwrap_typed(struct making *m, struct value **inner)
{
    const struct global *type;
    struct value *v;

    if (!check_count(m, 4, 4) || arg(m, 2)->kind != VALUE_TUPLE ||
        arg(m, 0)->kind != VALUE_GLOBAL || !(type = value_global(arg(m, 1))))
        return bad(m, "not a function, a type, arguments and a state");
    m->tensor.type = type->name;
    m->state = m->args->items[3];
    v = arena_alloc(&m->tree->c->arena, sizeof *v);
    v->kind = VALUE_OBJECT;
    v->object = arena_alloc(&m->tree->c->arena, sizeof *v->object);
    *v->object = (struct object){.callee = m->args->items[0], .args = m->args->items[2]};
    *inner = v;
    return true;
}

/* Take one wrapper off, or find the function that makes the tensor. */
static bool
unwrap(struct making *m, struct value **inner, bool (**make)(struct making *))
{
    const struct global *g = value_global(m->call);
    bool requires_grad = m->tensor.requires_grad, parameter = m->tensor.parameter;
    bool ok = true;

    *inner = NULL;
    *make = NULL;
    if (!g || g->dotted)
        return true;
    m->function = g->name + g->module_size + 1;
    m->args = m->call->object->args;
    if (strcmp(g->name, "torch._utils._rebuild_parameter") == 0)
        ok = unwrap_parameter(m, inner, false);
    else if (strcmp(g->name, "torch._utils._rebuild_parameter_with_state") == 0)
        ok = unwrap_parameter(m, inner, true);
    else if (strcmp(g->name, "torch._tensor._rebuild_from_type_v2") == 0)
        ok = unwrap_typed(m, inner);
    for (size_t i = 0; g->module_size == 12 && i < COUNT_OF(functions); i++)
        if (memcmp(g->name, "torch._utils", 12) == 0 &&
            strcmp(functions[i].name, m->function) == 0)
            *make = functions[i].make;
    if (ok && parameter) {
        m->tensor.requires_grad = requires_grad;
        m->tensor.parameter = true;
    }
    return ok;
}

/* The attributes of a tensor: a dict, or a tuple of dict and slots. */
static void
add_state(struct making *m)
{
    const struct value *s = m->state;

    if (!s || s->kind == VALUE_NONE)
        return;
    if (m->parts->count < TREE_PARTS_MAX)
        add_part(m, "@state", m->state);
}

bool
rebuild_tensor(struct tree *tree, struct value *v, const struct path *path,
               struct parts *parts, bool *is_tensor, struct error *err)
{
    struct making m = {.tree = tree, .call = v, .path = path, .parts = parts, .err = err};
    bool (*make)(struct making *) = NULL;
    struct value *inner = NULL;
    struct tensor *t;

    m.tensor.coalesced = -1;
    for (int layers = 0; layers < 4; layers++) {
        if (!unwrap(&m, &inner, &make))
            return false;
        if (!inner)
            break;
        m.call = inner;
    }
    if (!make)
        return m.call == v || bad(&m, "no tensor inside");
    *is_tensor = true;
    if (m.call->object->keyed || m.call->object->added || m.call->object->state)
        return bad(&m, "a tensor that is filled like a container");
    {
        bool parameter = m.tensor.parameter, grad = m.tensor.requires_grad;

        if (!make(&m))
            return false;
        if (parameter)
            m.tensor.requires_grad = grad;
    }
    add_state(&m);
    t = checkpoint_add_tensor(tree->c, path);
    m.tensor.path = t->path;
    m.tensor.name = t->name;
    m.tensor.name_size = t->name_size;
    *t = m.tensor;
    if (t->storage)
        t->storage->users++;
    return tensor_measure(t, err);
}
