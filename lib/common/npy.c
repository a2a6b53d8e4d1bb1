#include "npy.h"

#include "bytes.h"
#include "npy_descr.h"
#include "utf8.h"

#include <string.h>

enum { MAGIC_SIZE = 6, ALIGNMENT = 64, GROWTH_DIGITS = 21 };
static const char magic[] = "\x93NUMPY";

static bool
fault(struct error *err, enum error_class class, const char *reason, const char *what)
{
    (void)error_set(err, class, "%s", what);
    return error_subclass(err, reason);
}

/* Magic, version and the length of the header; *at is where the header begins. */
static bool
read_prefix(struct npy *out, const uint8_t *file, size_t size, size_t *at,
            struct error *err)
{
    if (size < MAGIC_SIZE || memcmp(file, magic, MAGIC_SIZE) != 0)
        return fault(err, ERR_MALFORMED, "npy-magic", "not an .npy file");
    if (size < MAGIC_SIZE + 2)
        return fault(err, ERR_BOUNDS, "npy-truncated", "the file ends in its prefix");
    memcpy(out->version, file + MAGIC_SIZE, 2);
    if (out->version[0] < 1 || out->version[0] > 3 || out->version[1] != 0) {
        (void)error_set(err, ERR_VERSION, "version %d.%d of .npy is not known",
                        out->version[0], out->version[1]);
        return error_subclass(err, "npy-version");
    }
    *at = out->version[0] == 1 ? MAGIC_SIZE + 4 : MAGIC_SIZE + 6;
    if (size < *at)
        return fault(err, ERR_BOUNDS, "npy-truncated", "the file ends in its prefix");
    out->header_size = out->version[0] == 1 ? get_le16(file + MAGIC_SIZE + 2)
                                            : get_le32(file + MAGIC_SIZE + 2);
    if (out->header_size > NPY_HEADER_MAX) {
        (void)error_set(err, ERR_LIMIT, "header of %u octets is over the limit of %d",
                        (unsigned)out->header_size, NPY_HEADER_MAX);
        return error_subclass(err, "npy-header");
    }
    if (out->header_size > size - *at)
        return fault(err, ERR_BOUNDS, "npy-truncated", "the file ends in its header");
    return true;
}

/* The header as UTF-8; versions 1 and 2 are in Latin-1. */
static bool
decode(struct npy *out, const uint8_t *header, size_t n, struct literal *l,
       struct error *err)
{
    char *text = arena_alloc(&out->arena, 2 * n + 1), *p = text;

    for (size_t i = 0; i < n;) {
        size_t length =
            header[i] < 0x80 || out->version[0] < 3 ? 1 : utf8_length(header + i, n - i);

        if (length == 0 || header[i] == 0)
            return fault(err, ERR_MALFORMED, "npy-header", "header is not UTF-8");
        if (length == 1 && header[i] >= 0x80) {
            *p++ = (char)(0xc0 | header[i] >> 6);
            *p++ = (char)(0x80 | (header[i] & 0x3f));
        } else {
            memcpy(p, header + i, length);
            p += length;
        }
        i += length;
    }
    *l = (struct literal){
        .text = text, .end = p, .at = text, .python2 = out->version[0] < 3};
    return true;
}

enum { SEEN_DESCR = 1, SEEN_ORDER = 2, SEEN_SHAPE = 4, SEEN_ALL = 7 };

/* One member of the dict; *seen tells which have been. */
static bool
read_member(struct literal *l, struct npy *out, struct npy_descr *descr, unsigned *seen)
{
    const char *key;
    unsigned which;

    if (!literal_string(l, &out->arena, &key) || !literal_take(l, ":"))
        return false;
    which = strcmp(key, "descr") == 0           ? SEEN_DESCR
            : strcmp(key, "fortran_order") == 0 ? SEEN_ORDER
            : strcmp(key, "shape") == 0         ? SEEN_SHAPE
                                                : 0;
    if (which == 0 || (*seen & which))
        return false;
    *seen |= which;
    if (which == SEEN_DESCR)
        return npy_descr_read(l, &out->arena, descr);
    if (which == SEEN_SHAPE)
        return literal_tuple(l, out->shape, NPY_RANK_MAX, &out->rank);
    out->fortran = literal_take(l, "True");
    return out->fortran || literal_take(l, "False");
}

static bool
read_dict(struct literal *l, struct npy *out, struct npy_descr *descr)
{
    unsigned seen = 0;
    bool comma = true;

    literal_space(l);
    if (!literal_take(l, "{"))
        return false;
    while (!literal_take(l, "}")) {
        if (!comma || !read_member(l, out, descr, &seen))
            return false;
        comma = literal_take(l, ",");
    }
    return seen == SEEN_ALL && l->at == l->end;
}

static bool
check_size(struct npy *out, size_t have, struct diagnostics *diagnostics,
           struct error *err)
{
    unsigned long long extra;
    bool over = false;

    out->numel = 1;
    for (unsigned i = 0; i < out->rank && !over; i++)
        over = __builtin_mul_overflow(out->numel, out->shape[i], &out->numel);
    if (over || __builtin_mul_overflow(out->numel, out->item_size, &out->data_size))
        return fault(err, ERR_BOUNDS, "npy-header", "the array's size overflows 64 bits");
    if (out->data_size > have) {
        (void)error_set(err, ERR_BOUNDS, "%zu octets of data, the array needs %llu", have,
                        (unsigned long long)out->data_size);
        return error_subclass(err, "npy-truncated");
    }
    extra = have - out->data_size;
    if (extra > 0 && diagnostics)
        return diagnostics_recover(diagnostics, "npy-trailing", "", err,
                                   "%llu octets behind the array", extra);
    if (extra > 0) {
        (void)error_set(err, ERR_MALFORMED, "%llu octets behind the array", extra);
        return error_subclass(err, "npy-trailing");
    }
    return true;
}

static bool
read_file(struct npy *out, const uint8_t *file, size_t size,
          struct diagnostics *diagnostics, struct error *err)
{
    struct npy_descr descr;
    struct literal l;
    size_t at = 0;

    if (!read_prefix(out, file, size, &at, err) ||
        !decode(out, file + at, out->header_size, &l, err))
        return false;
    if (!read_dict(&l, out, &descr)) {
        (void)fault(err, ERR_MALFORMED, "npy-header",
                    "header is not a dict of descr, fortran_order and shape");
        return error_at_byte(err, at + (size_t)(l.at - l.text));
    }
    if (descr.object)
        return fault(err, ERR_UNSAFE, "npy-object",
                     "the elements are pickled Python objects");
    out->dtype = descr.dtype;
    out->descr = descr.text;
    out->record = descr.record;
    out->big_endian = descr.big_endian;
    out->item_size = descr.item_size;
    at += out->header_size;
    out->data = file + at;
    return check_size(out, size - at, diagnostics, err);
}

bool
npy_read(struct npy *out, const uint8_t *file, size_t size,
         struct diagnostics *diagnostics, struct error *err)
{
    *out = (struct npy){0};
    if (read_file(out, file, size, diagnostics, err))
        return true;
    npy_clear(out);
    return false;
}

void
npy_clear(struct npy *n)
{
    arena_clear(&n->arena);
    *n = (struct npy){0};
}

/* One element, whose parts of `unit` octets are reversed when `swap`. */
static void
copy_item(uint8_t *to, const uint8_t *from, size_t size, size_t unit, bool swap)
{
    if (!swap) {
        memcpy(to, from, size);
        return;
    }
    for (size_t part = 0; part < size; part += unit)
        for (size_t i = 0; i < unit; i++)
            to[part + i] = from[part + unit - 1 - i];
}

void
npy_copy(const struct npy *n, uint8_t *out)
{
    size_t size = (size_t)n->item_size, unit = dtype_unit(n->dtype);
    bool swap = n->big_endian && n->dtype != DTYPE_NONE && unit > 1;
    uint64_t index[NPY_RANK_MAX] = {0}, stride[NPY_RANK_MAX], from = 0, step = 1;

    if (n->data_size == 0)
        return;
    if (!swap && (!n->fortran || n->rank < 2)) {
        memcpy(out, n->data, (size_t)n->data_size);
        return;
    }
    /* Strides in elements of the source; the last index runs fastest. */
    for (unsigned i = 0; i < n->rank; i++) {
        unsigned axis = n->fortran ? i : n->rank - 1 - i;

        stride[axis] = step;
        step *= n->shape[axis];
    }
    for (uint64_t k = 0; k < n->numel; k++) {
        copy_item(out + k * size, n->data + from * size, size, unit, swap);
        for (unsigned axis = n->rank; axis-- > 0;) {
            from += stride[axis];
            if (++index[axis] < n->shape[axis])
                break;
            from -= stride[axis] * n->shape[axis];
            index[axis] = 0;
        }
    }
}

bool
npy_header(struct buf *out, enum dtype dtype, bool fortran, unsigned rank,
           const uint64_t *shape, struct error *err)
{
    struct buf text = {0};
    uint64_t growth = rank == 0 ? 0 : shape[fortran ? rank - 1 : 0];
    size_t padding;

    if (!dtype_numpy(dtype)[0])
        return error_set(err, ERR_UNSUPPORTED, "numpy has no dtype %s",
                         dtype_name(dtype));
    if (rank > NPY_RANK_MAX)
        return error_set(err, ERR_UNSUPPORTED, "numpy arrays have at most %d dimensions",
                         NPY_RANK_MAX);
    buf_printf(&text, "{'descr': '%c%s', 'fortran_order': %s, 'shape': (",
               dtype_size(dtype) > 1 ? '<' : '|', dtype_numpy(dtype),
               fortran ? "True" : "False");
    for (unsigned i = 0; i < rank; i++)
        buf_printf(&text, i > 0 ? ", %llu" : "%llu", (unsigned long long)shape[i]);
    buf_puts(&text, rank == 1 ? ",), }" : "), }");
    /* numpy leaves room for the growing axis to take 21 digits. */
    if (rank > 0) {
        size_t digits = 1;

        while (growth >= 10) {
            growth /= 10;
            digits++;
        }
        buf_printf(&text, "%*s", (int)(GROWTH_DIGITS - digits), "");
    }
    padding = ALIGNMENT - (MAGIC_SIZE + 4 + text.size + 1) % ALIGNMENT;
    buf_printf(&text, "%*s\n", (int)padding, "");
    buf_put(out, magic, MAGIC_SIZE);
    buf_put(out, "\1", 2);
    put_le16(buf_reserve(out, 2), (uint16_t)text.size);
    out->size += 2;
    buf_put(out, text.data, text.size);
    buf_clear(&text);
    return true;
}
