/*
 * write_pickle.c: see write_pickle.h.  Protocol 2; argument orders as in
 * torch/_utils.py and torch/_tensor.py 2.6.
 */
#include "write/write_pickle.h"

#include "common/bytes.h"
#include "fault.h"

#include <string.h>

/* A global, from the memo after the first time. */
static void
put_global(struct pickler *p, size_t slot, const char *module, const char *name)
{
    if (p->memo[slot]) {
        buf_putc(&p->out, 'h');
        buf_putc(&p->out, (char)(p->memo[slot] - 1));
        return;
    }
    buf_printf(&p->out, "c%s\n%s\n", module, name);
    buf_putc(&p->out, 'q');
    buf_putc(&p->out, (char)p->memo_count);
    p->memo[slot] = ++p->memo_count;
}

static void
put_int(struct pickler *p, uint64_t x)
{
    uint8_t b[12];

    if (x < 256) {
        b[0] = 'K';
        b[1] = (uint8_t)x;
        buf_put(&p->out, b, 2);
    } else if (x < (UINT64_C(1) << 31)) {
        b[0] = 'J';
        put_le32(b + 1, (uint32_t)x);
        buf_put(&p->out, b, 5);
    } else { /* LONG1 of 8 octets; below 2^63 */
        b[0] = 0x8a;
        b[1] = 8;
        put_le64(b + 2, x);
        buf_put(&p->out, b, 10);
    }
}

static void
put_signed(struct pickler *p, int64_t x)
{
    uint8_t b[10] = {0x8a, 8};

    if (x >= 0) {
        put_int(p, (uint64_t)x);
        return;
    }
    put_le64(b + 2, (uint64_t)x); /* LONG1 */
    buf_put(&p->out, b, sizeof b);
}

static void
put_float(struct pickler *p, double x)
{
    uint8_t b[9] = {'G'};
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    put_be64(b + 1, bits);
    buf_put(&p->out, b, sizeof b);
}

static void
put_text(struct pickler *p, const char *text, size_t n)
{
    uint8_t b[5] = {'X'};

    put_le32(b + 1, (uint32_t)n);
    buf_put(&p->out, b, 5);
    buf_put(&p->out, text, n);
}

static void
put_tuple(struct pickler *p, const uint64_t *x, uint32_t n)
{
    if (n > 0)
        buf_putc(&p->out, '(');
    for (uint32_t i = 0; i < n; i++)
        put_int(p, x[i]);
    buf_puts(&p->out, n > 0 ? "t" : ")");
}

/* The storage class of a dtype; NULL: an untyped storage and _rebuild_tensor_v3. */
static const char *
storage_class(enum dtype d)
{
    switch ((int)d) {
    case DTYPE_BOOL: return "BoolStorage";
    case DTYPE_UINT8: return "ByteStorage";
    case DTYPE_INT8: return "CharStorage";
    case DTYPE_INT16: return "ShortStorage";
    case DTYPE_INT32: return "IntStorage";
    case DTYPE_INT64: return "LongStorage";
    case DTYPE_FLOAT16: return "HalfStorage";
    case DTYPE_BFLOAT16: return "BFloat16Storage";
    case DTYPE_FLOAT32: return "FloatStorage";
    case DTYPE_FLOAT64: return "DoubleStorage";
    case DTYPE_COMPLEX64: return "ComplexFloatStorage";
    case DTYPE_COMPLEX128: return "ComplexDoubleStorage";
    case DTYPE_QINT8: return "QInt8Storage";
    case DTYPE_QUINT8: return "QUInt8Storage";
    case DTYPE_QINT32: return "QInt32Storage";
    default: return NULL;
    }
}

static bool
is_quantized(enum dtype d)
{
    return d == DTYPE_QINT8 || d == DTYPE_QUINT8 || d == DTYPE_QINT32;
}

bool
write_pickle_can_hold(const struct tensor *t)
{
    static const enum dtype untyped[] = {
        DTYPE_UINT16,          DTYPE_UINT32,      DTYPE_UINT64,    DTYPE_FLOAT8_E4M3FN,
        DTYPE_FLOAT8_E4M3FNUZ, DTYPE_FLOAT8_E5M2, DTYPE_COMPLEX32, DTYPE_FLOAT8_E5M2FNUZ};

    if (storage_class(t->dtype))
        return is_quantized(t->dtype) == (t->quant.scheme != NULL);
    for (size_t i = 0; i < COUNT_OF(untyped); i++)
        if (untyped[i] == t->dtype)
            return true;
    return false;
}

static void
put_storage(struct pickler *p, const struct tensor *t, const struct torch_record *r)
{
    const char *class = storage_class(t->dtype);
    const char *key = r->name + sizeof "data/" - 1;

    buf_putc(&p->out, '(');
    put_text(p, "storage", 7);
    if (class)
        put_global(p, MEMO_STORAGE + t->dtype, "torch", class);
    else
        put_global(p, MEMO_STORAGE + DTYPE_NONE, "torch.storage", "UntypedStorage");
    put_text(p, key, strlen(key));
    put_text(p, "cpu", 3);
    put_int(p, class ? r->size / t->element_size : r->size);
    buf_puts(&p->out, "tQ");
}

/* requires_grad and an empty OrderedDict of hooks. */
static void
put_flags(struct pickler *p, bool requires_grad)
{
    buf_putc(&p->out, (char)(requires_grad ? 0x88 : 0x89));
    put_global(p, MEMO_HOOKS, "collections", "OrderedDict");
    buf_puts(&p->out, ")R");
}

static void put_rebuild(struct pickler *p, const struct tensor_record *r);

/* (scheme, scale, zero point), or (scheme, tensor, tensor, axis) */
static void
put_quantizer(struct pickler *p, const struct tensor_record *r)
{
    const struct tensor *t = r->tensor;

    buf_putc(&p->out, '(');
    buf_printf(&p->out, "ctorch\n%s\n", t->quant.scheme);
    if (r->scales) {
        put_rebuild(p, r->scales);
        put_rebuild(p, r->zero_points);
        put_signed(p, t->quant.axis);
    } else {
        put_float(p, t->quant.scale);
        put_signed(p, t->quant.zero_point);
    }
    buf_putc(&p->out, 't');
}

static void
put_strides(struct pickler *p, const struct tensor_record *r)
{
    const struct tensor *t = r->tensor;
    uint64_t strides[64], step = 1;

    for (uint32_t i = t->rank; i-- > 0;) {
        strides[i] = r->record->storage && t->stride ? t->stride[i] : step;
        step *= t->shape[i] > 0 ? t->shape[i] : 1;
    }
    put_tuple(p, strides, t->rank);
}

static void
put_rebuild(struct pickler *p, const struct tensor_record *r)
{
    const struct tensor *t = r->tensor;
    bool typed = storage_class(t->dtype) != NULL;

    if (t->quant.scheme)
        put_global(p, MEMO_QUANTIZED, "torch._utils", "_rebuild_qtensor");
    else if (typed)
        put_global(p, MEMO_V2, "torch._utils", "_rebuild_tensor_v2");
    else
        put_global(p, MEMO_V3, "torch._utils", "_rebuild_tensor_v3");
    buf_putc(&p->out, '(');
    put_storage(p, t, r->record);
    put_int(p, r->record->storage ? t->offset : 0);
    put_tuple(p, t->shape, t->rank);
    put_strides(p, r);
    if (t->quant.scheme)
        put_quantizer(p, r);
    put_flags(p, t->requires_grad && !t->parameter);
    if (!typed)
        put_global(p, MEMO_STORAGE + DTYPE_COUNT + t->dtype, "torch",
                   dtype_name(t->dtype));
    buf_puts(&p->out, "tR");
}

void
write_pickle_begin(struct pickler *p)
{
    *p = (struct pickler){0};
    buf_put(&p->out, "\x80\x02}(", 4);
}

void
write_pickle_tensor(struct pickler *p, const struct tensor_record *r)
{
    const struct tensor *t = r->tensor;

    put_text(p, t->name, t->name_size);
    if (t->parameter) {
        put_global(p, MEMO_PARAMETER, "torch._utils", "_rebuild_parameter");
        buf_putc(&p->out, '(');
    }
    put_rebuild(p, r);
    if (t->parameter) {
        put_flags(p, t->requires_grad);
        buf_puts(&p->out, "tR");
    }
}

void
write_pickle_end(struct pickler *p)
{
    buf_puts(&p->out, "u.");
}
