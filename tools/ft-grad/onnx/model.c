/*
 * model.c: see model.h.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "onnx/model.h"

#include "onnx.pb-c.h"

#include "ops/onnx/operators.h"

#include "common/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The version of ai.onnx, which models before IR version 3 do not name. */
static bool
read_opset(struct onnx_model *m, struct error *err)
{
    const Onnx__ModelProto *p = m->proto;

    if (!p->has_ir_version || p->ir_version < 1 || p->ir_version > ONNX_IR_MAX)
        return error_set(err, ERR_VERSION, "IR version %" PRId64 " (supported: 1 to %d)",
                         p->has_ir_version ? p->ir_version : 0, (int)ONNX_IR_MAX);
    m->opset = p->ir_version < 3 ? 1 : 0;
    for (size_t i = 0; i < p->n_opset_import; i++) {
        const Onnx__OperatorSetIdProto *o = p->opset_import[i];

        if (o->domain && o->domain[0] && strcmp(o->domain, "ai.onnx") != 0)
            continue;
        if (m->opset > 1 || (m->opset == 1 && p->ir_version >= 3))
            return error_set(err, ERR_MALFORMED, "two opset versions of ai.onnx");
        m->opset = o->has_version ? o->version : 0;
        if (m->opset < ONNX_OPSET_MIN || m->opset > ONNX_OPSET_MAX)
            return error_set(err, ERR_VERSION,
                             "opset %" PRId64 " of ai.onnx (supported: %d to %d)",
                             m->opset, (int)ONNX_OPSET_MIN, (int)ONNX_OPSET_MAX);
    }
    return true;
}

static bool
check_model(struct onnx_model *m, struct error *err)
{
    const Onnx__ModelProto *p = m->proto;

    if (!p->graph)
        return error_set(err, ERR_MALFORMED, "not an ONNX model: it has no graph");
    if (p->n_functions > 0)
        return error_set(err, ERR_UNSUPPORTED, "function '%s' of the model's own",
                         p->functions[0]->name ? p->functions[0]->name : "");
    if (p->n_training_info > 0)
        return error_set(err, ERR_UNSUPPORTED, "training information");
    return read_opset(m, err);
}

bool
onnx_model_read(struct onnx_model *m, const uint8_t *data, size_t size, struct error *err)
{
    memset(m, 0, sizeof(*m));
    m->proto = proto_model(&m->arena, data, size, err);
    return m->proto && check_model(m, err);
}

bool
onnx_model_open(struct onnx_model *m, const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    struct input file = {0};
    bool ok = input_open(&file, path, ONNX_FILE_OCTETS_MAX, err);

    if (!ok) {
        memset(m, 0, sizeof(*m));
        return error_in(err, path);
    }
    ok = onnx_model_read(m, file.data, file.size, err);
    m->file = file;
    m->folder = arena_strndup(&m->arena, path, slash ? (size_t)(slash - path) + 1 : 0);
    return ok || error_in(err, path);
}

void
onnx_model_close(struct onnx_model *m)
{
    for (size_t i = 0; i < m->external_count; i++)
        input_close(&m->external[i]);
    input_close(&m->file);
    arena_clear(&m->arena);
    memset(m, 0, sizeof(*m));
}

/* A path below the model's folder: no root, no "..", nothing hidden by a backslash. */
static bool
is_inside(const char *path)
{
    if (path[0] == 0 || path[0] == '/' || strchr(path, '\\'))
        return false;
    for (const char *p = path; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (strncmp(p, "..", 2) == 0 && (p[2] == 0 || p[2] == '/'))
            return false;
    }
    return true;
}

/* Does a path lead there, whatever links it goes through?  One that does not exist does.
 */
static bool
leads_inside(const char *folder, const char *path)
{
    char *top = realpath(folder[0] ? folder : ".", NULL), *end = realpath(path, NULL);
    size_t n = top ? strlen(top) : 0;
    bool root = n == 1;
    bool inside = !end || (top && strncmp(top, end, n) == 0 && (root || end[n] == '/'));

    free(top);
    free(end);
    return inside;
}

static const struct input *
open_external(struct onnx_model *m, const char *location, struct error *err)
{
    char *path;
    struct input *in;

    path = xasprintf("%s%s", m->folder, location);
    if (!is_inside(location) || !leads_inside(m->folder, path)) {
        (void)error_set(
            err, ERR_UNSAFE,
            "external data in '%s' (a file below the model's folder is wanted)",
            location);
        free(path);
        return NULL;
    }
    for (size_t i = 0; i < m->external_count; i++) {
        if (strcmp(m->external[i].path, path) == 0) {
            free(path);
            return &m->external[i];
        }
    }
    if (m->external_count == ONNX_EXTERNAL_MAX) {
        free(path);
        (void)error_set(err, ERR_LIMIT, "more than %d files of external data",
                        (int)ONNX_EXTERNAL_MAX);
        return NULL;
    }
    in = &m->external[m->external_count];
    if (!input_open(in, arena_strndup(&m->arena, path, strlen(path)), UINT64_C(1) << 40,
                    err))
        in = NULL;
    else
        m->external_count++;
    free(path);
    return in;
}

static bool
external_data(struct onnx_tensor *out, struct onnx_model *m, const Onnx__TensorProto *p,
              size_t octets, struct error *err)
{
    const char *location = NULL;
    uint64_t offset = 0, length = octets;
    const struct input *in;

    for (size_t i = 0; i < p->n_external_data; i++) {
        const char *key = p->external_data[i]->key, *value = p->external_data[i]->value;
        char *end = NULL;

        if (!key || !value)
            return error_set(err, ERR_MALFORMED, "external data without key or value");
        if (strcmp(key, "location") == 0 && !location) {
            location = value;
        } else if (strcmp(key, "offset") == 0 || strcmp(key, "length") == 0) {
            uint64_t n =
                value[0] >= '0' && value[0] <= '9' ? strtoull(value, &end, 10) : 0;

            if (!end || *end)
                return error_set(err, ERR_MALFORMED, "external data: %s '%s'", key,
                                 value);
            *(key[0] == 'o' ? &offset : &length) = n;
        } else {
            return error_set(err, ERR_UNSUPPORTED,
                             "external data: key '%s' (supported: "
                             "location, offset, length)",
                             key);
        }
    }
    if (!m || !m->folder || !location)
        return error_set(err, ERR_MALFORMED, "external data without a place");
    in = open_external(m, location, err);
    if (!in)
        return false;
    if (length != octets || offset > in->size || length > in->size - offset)
        return error_set(err, ERR_BOUNDS,
                         "external data: %" PRIu64 " octets at %" PRIu64
                         " of '%s', which has %zu (%zu are wanted)",
                         length, offset, location, in->size, octets);
    out->data = in->data + offset;
    return true;
}

/* The numbers of a typed list, narrowed to the octets of their type. */
static bool
narrow(struct onnx_tensor *out, const Onnx__TensorProto *p, size_t count, uint8_t *to,
       struct error *err)
{
    size_t width = tensor_type_size(out->type);
    enum dtype_kind kind = dtype_kind(tensor_type_dtype(out->type));
    bool is_signed = kind == DTYPE_KIND_SIGNED;
    int64_t low = is_signed ? -(INT64_C(1) << (8 * width - 1)) : 0;
    int64_t high = kind == DTYPE_KIND_BOOL ? 1
                   : is_signed             ? (INT64_C(1) << (8 * width - 1)) - 1
                                           : (INT64_C(1) << (8 * width)) - 1;

    for (size_t i = 0; i < count; i++) {
        bool wide = out->type == TENSOR_U32;
        int64_t value = wide ? (int64_t)p->uint64_data[i] : p->int32_data[i];

        if (value < low || value > high)
            return error_set(err, ERR_MALFORMED, "number %zu is no %s", i,
                             tensor_type_name(out->type));
        memcpy(to + i * width, &value, width); /* little-endian */
    }
    return true;
}

static bool
listed_data(struct onnx_tensor *out, struct arena *arena, const Onnx__TensorProto *p,
            size_t count, struct error *err)
{
    size_t have = 0;
    uint8_t *to;

    switch (out->type) {
    case TENSOR_F32:
        out->data = p->float_data;
        have = p->n_float_data;
        break;
    case TENSOR_F64:
        out->data = p->double_data;
        have = p->n_double_data;
        break;
    case TENSOR_I64:
        out->data = p->int64_data;
        have = p->n_int64_data;
        break;
    case TENSOR_U64:
        out->data = p->uint64_data;
        have = p->n_uint64_data;
        break;
    case TENSOR_U32: have = p->n_uint64_data; break;
    case TENSOR_I32:
        out->data = p->int32_data;
        have = p->n_int32_data;
        break;
    case TENSOR_BOOL:
    case TENSOR_F16:
    case TENSOR_BF16:
    case TENSOR_I8:
    case TENSOR_I16:
    case TENSOR_U8:
    case TENSOR_U16: have = p->n_int32_data; break;
    case TENSOR_TYPES: break;
    }
    if (have != count)
        return error_set(err, ERR_MALFORMED, "%zu numbers for %zu elements", have, count);
    if (out->data || count == 0)
        return true;
    to = arena_alloc(arena, count * tensor_type_size(out->type) + 1);
    out->data = to;
    return narrow(out, p, count, to, err);
}

static bool
read_header(struct onnx_tensor *out, const Onnx__TensorProto *p, struct error *err)
{
    bool ok = true;

    memset(out, 0, sizeof(*out));
    out->name = p->name ? p->name : "";
    out->type = onnx_type_of(p->has_data_type ? p->data_type : 0);
    if (out->type == TENSOR_TYPES)
        return error_set(err, ERR_UNSUPPORTED,
                         "data type %d, %s (supported: floats, integers and bool)",
                         p->data_type, onnx_type_name(p->data_type));
    if (p->segment)
        return error_set(err, ERR_UNSUPPORTED, "a segment of a tensor");
    if (p->n_dims > TENSOR_DIMS_MAX)
        return error_set(err, ERR_LIMIT, "%zu dimensions (supported: %d)", p->n_dims,
                         (int)TENSOR_DIMS_MAX);
    out->dims = (int)p->n_dims;
    for (size_t d = 0; d < p->n_dims; d++)
        out->size[d] = p->dims[d];
    (void)shape_count(out->dims, out->size, &ok);
    return ok ||
           error_set(err, ERR_MALFORMED, "a size below 0, or more than 2^59 elements");
}

static bool
check_bools(const struct onnx_tensor *x, size_t count, struct error *err)
{
    const uint8_t *p = x->data;

    for (size_t i = 0; i < count; i++) {
        if (p[i] > 1)
            return error_set(err, ERR_MALFORMED, "truth value %zu is %d", i, p[i]);
    }
    return true;
}

static bool
read_values(struct onnx_tensor *out, struct onnx_model *m, struct arena *arena,
            const Onnx__TensorProto *p, struct error *err)
{
    size_t count = (size_t)shape_count(out->dims, out->size, NULL);
    size_t octets = count * tensor_type_size(out->type);
    size_t lists = (p->n_float_data > 0) + (size_t)(p->n_int32_data > 0) +
                   (p->n_int64_data > 0) + (size_t)(p->n_double_data > 0) +
                   (p->n_uint64_data > 0) + (size_t)(p->n_string_data > 0);
    bool external = p->has_data_location &&
                    p->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    bool raw = p->has_raw_data && p->raw_data.len > 0;

    if (lists + external + raw > 1 || (p->n_external_data > 0 && !external))
        return error_set(err, ERR_MALFORMED, "values in two places");
    if (external)
        return external_data(out, m, p, octets, err);
    if (!raw && !(p->has_raw_data && count == 0))
        return listed_data(out, arena, p, count, err);
    out->data = p->raw_data.data;
    if (p->raw_data.len != octets)
        return error_set(err, ERR_MALFORMED, "%zu octets of values, %zu are wanted",
                         p->raw_data.len, octets);
    return out->type != TENSOR_BOOL || check_bools(out, count, err);
}

bool
onnx_tensor_read(struct onnx_tensor *out, struct onnx_model *m, struct arena *arena,
                 const Onnx__TensorProto *proto, struct error *err)
{
    if (read_header(out, proto, err) && read_values(out, m, arena, proto, err))
        return true;
    return error_at(err, "tensor '%.200s'", proto->name ? proto->name : "");
}
