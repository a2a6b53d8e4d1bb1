/*
 * numpy_dtype.c: a descr of a .npy header as str() of the numpy dtype it stands for.
 *
 * Follows numpy/_core/_dtype.py: simple types have names, fields of a record are
 * spelled short, and a record with padding is a dict of names, formats and offsets.
 * npy.c has already accepted the descr, so this only reformats, and
 * no deeper than npy.c allows.
 */
#include "container/numpy.h"

#include "common/mem.h"
#include "common/num.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SWAPS_MAX = 1 << 16 };

struct reader {
    const char *p, *end;
    bool failed;
    uint64_t at;       /* octets of the element before the current field */
    struct buf *swaps; /* borrowed */
};

static void
skip_space(struct reader *r)
{
    while (r->p < r->end && *r->p == ' ')
        r->p++;
}

static bool
take(struct reader *r, char c)
{
    skip_space(r);
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static void
expect(struct reader *r, char c)
{
    r->failed |= !take(r, c);
}

/* A quoted text with its quotes. */
static size_t
take_text(struct reader *r, const char **text)
{
    char quote;

    skip_space(r);
    *text = r->p;
    if (r->p == r->end || (*r->p != '\'' && *r->p != '"')) {
        r->failed = true;
        return 0;
    }
    quote = *r->p++;
    while (r->p < r->end && *r->p != quote)
        r->p += *r->p == '\\' && r->p + 1 < r->end ? 2 : 1;
    expect(r, quote);
    return (size_t)(r->p - *text);
}

/* Octets that swap together in a number of that kind: half of a complex one. */
static uint32_t
unit_of(char kind, uint64_t size)
{
    return kind == 'U' ? 4 : (uint32_t)(kind == 'c' ? size / 2 : size);
}

static void
add_swap(struct reader *r, char kind, uint64_t size, uint64_t copies)
{
    uint32_t unit = unit_of(kind, size);
    struct swap s = {(uint32_t)r->at, unit, 0};

    if (unit < 2 || kind == 'S' || kind == 'V' || kind == 'b' || kind == 'a')
        return;
    s.count = (uint32_t)(size / unit * copies);
    buf_put(r->swaps, &s, sizeof s);
}

/* What was added from octet `first` of swaps on holds for each copy of a record. */
static void
repeat_swaps(struct reader *r, size_t first, uint64_t size, uint64_t copies)
{
    size_t n = (r->swaps->size - first) / sizeof(struct swap);

    if (copies == 0)
        r->swaps->size = first;
    if (n == 0 || copies < 2)
        return;
    if (copies > SWAPS_MAX / n) {
        r->failed = true;
        return;
    }
    for (uint64_t copy = 1; copy < copies; copy++)
        for (size_t i = 0; i < n; i++) {
            struct swap s;

            memcpy(&s, r->swaps->data + first + i * sizeof s, sizeof s);
            s.offset += (uint32_t)(copy * size);
            buf_put(r->swaps, &s, sizeof s);
        }
}

/* "<f4" without quotes: its octets, and the short spelling a record uses. */
static uint64_t
simple(const char *code, size_t n, struct buf *out)
{
    char order = n > 0 ? code[0] : 0, kind = n > 1 ? code[1] : 0;
    size_t digits = 0;
    uint64_t count = 0;

    while (2 + digits < n && code[2 + digits] >= '0' && code[2 + digits] <= '9')
        digits++;
    if (digits == 0 || !num_parse_u64(code + 2, digits, &count)) {
        buf_printf(out, "'%.*s'", (int)n, code);
        return 0;
    }
    if (kind == 'b')
        buf_puts(out, "'?'");
    else
        buf_printf(out, "'%.*s'", (int)(order == '|' ? n - 1 : n),
                   order == '|' ? code + 1 : code);
    return kind == 'U' ? 4 * count : count;
}

/* "(2, 3)": the product, and the text as it is. */
static uint64_t
take_shape(struct reader *r, const char **text, size_t *size)
{
    uint64_t product = 1;

    skip_space(r);
    *text = r->p;
    expect(r, '(');
    while (!r->failed && !take(r, ')')) {
        uint64_t n = 0;
        size_t digits = 0;

        skip_space(r);
        while (r->p + digits < r->end && r->p[digits] >= '0' && r->p[digits] <= '9')
            digits++;
        r->failed |= !num_parse_u64(r->p, digits, &n);
        r->p += digits;
        product *= n;
        (void)take(r, ',');
    }
    *size = (size_t)(r->p - *text);
    return product;
}

struct field {
    const char *name, *shape;
    size_t name_size, shape_size;
    struct buf format;
    uint64_t offset;
};

static void
put_packed(const struct field *f, size_t n, struct buf *out)
{
    buf_putc(out, '[');
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "%s(%.*s, %.*s", i ? ", " : "", (int)f[i].name_size, f[i].name,
                   (int)f[i].format.size, (const char *)f[i].format.data);
        if (f[i].shape)
            buf_printf(out, ", %.*s", (int)f[i].shape_size, f[i].shape);
        buf_putc(out, ')');
    }
    buf_putc(out, ']');
}

static void
put_padded(const struct field *f, size_t n, uint64_t total, struct buf *out)
{
    buf_puts(out, "{'names': [");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s%.*s", i ? ", " : "", (int)f[i].name_size, f[i].name);
    buf_puts(out, "], 'formats': [");
    for (size_t i = 0; i < n; i++) {
        const char *format = (const char *)f[i].format.data;

        if (f[i].shape)
            buf_printf(out, "%s(%.*s, %.*s)", i ? ", " : "", (int)f[i].format.size,
                       format, (int)f[i].shape_size, f[i].shape);
        else
            buf_printf(out, "%s%.*s", i ? ", " : "", (int)f[i].format.size, format);
    }
    buf_puts(out, "], 'offsets': [");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s%" PRIu64, i ? ", " : "", f[i].offset);
    buf_printf(out, "], 'itemsize': %" PRIu64 "}", total);
}

static uint64_t take_format(struct reader *r, struct buf *out);

/* ('name', format[, shape]); returns the octets of it, `total` octets into the record. */
static uint64_t
take_field(struct reader *r, struct field *f, uint64_t start)
{
    uint64_t size, copies = 1;
    size_t swaps = r->swaps->size;
    const char *code;

    expect(r, '(');
    f->name_size = take_text(r, &f->name);
    expect(r, ',');
    skip_space(r);
    r->at = start + f->offset;
    code = r->p;
    size = take_format(r, &f->format);
    if (take(r, ','))
        copies = take_shape(r, &f->shape, &f->shape_size);
    r->at = start + f->offset;
    if (r->failed)
        return 0;
    if (*code == '[')
        repeat_swaps(r, swaps, size, copies);
    else if (code[1] == '>')
        add_swap(r, code[2], size, copies);
    expect(r, ')');
    (void)take(r, ',');
    return size * copies;
}

/* [field, ...]; returns its octets. */
static uint64_t
take_record(struct reader *r, struct buf *out)
{
    struct field *fields = NULL;
    size_t n = 0, room = 0;
    uint64_t total = 0, start = r->at;
    bool padded = false;

    expect(r, '[');
    while (!r->failed && !take(r, ']')) {
        if (n == room) {
            room = room ? 2 * room : 16;
            fields = xrealloc(fields, room, sizeof *fields);
        }
        fields[n] = (struct field){.offset = total};
        total += take_field(r, &fields[n], start);
        if (fields[n].name_size == 2) { /* '': numpy's way to write padding */
            buf_clear(&fields[n].format);
            padded = true;
        } else {
            n++;
        }
    }
    if (padded)
        put_padded(fields, n, total, out);
    else
        put_packed(fields, n, out);
    for (size_t i = 0; i < n; i++)
        buf_clear(&fields[i].format);
    free(fields);
    return total;
}

static uint64_t
take_format(struct reader *r, struct buf *out)
{
    const char *text;
    size_t n;

    skip_space(r);
    if (r->p < r->end && *r->p == '[')
        return take_record(r, out);
    n = take_text(r, &text);
    return n >= 2 && !r->failed ? simple(text + 1, n - 2, out) : 0;
}

/* A type on its own; its order does not show, because it is read as little-endian. */
static void
alone(struct reader *r, struct buf *out)
{
    const char *descr = r->p;
    char order = descr[0], kind = order ? descr[1] : 0;
    struct buf ignored = {0};
    uint64_t size = simple(descr, strcspn(descr, "["), &ignored);

    buf_clear(&ignored);
    if (order == '>')
        add_swap(r, kind, size, 1);
    if (kind == 'M')
        buf_printf(out, "datetime64%s", descr + 3);
    else if (kind == 'm')
        buf_printf(out, "timedelta64%s", descr + 3);
    else if (kind == 'f' || kind == 'c')
        buf_printf(out, "%s%" PRIu64, kind == 'f' ? "float" : "complex", 8 * size);
    else
        buf_printf(out, "%c%s", order == '>' ? '<' : order, order ? descr + 1 : "");
}

bool
numpy_dtype_text(const char *descr, struct buf *out, struct buf *swaps)
{
    struct reader r = {.p = descr, .end = descr + strlen(descr), .swaps = swaps};

    if (descr[0] == '[')
        (void)take_record(&r, out);
    else
        alone(&r, out);
    return !r.failed;
}
