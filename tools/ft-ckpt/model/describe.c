/* describe.c: see describe.h. */
#include "model/describe.h"

#include "common/num.h"
#include "common/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { DEPTH_MAX = 64 }; /* nesting shown inside keys and sets */

static const struct {
    const char *name;
    enum meaning meaning;
} meanings[] = {
    {"collections.OrderedDict", MEANING_ORDERED_DICT},
    {"collections.Counter", MEANING_COUNTER},
    {"__builtin__.set", MEANING_SET},
    {"builtins.set", MEANING_SET},
    {"__builtin__.complex", MEANING_COMPLEX},
    {"builtins.complex", MEANING_COMPLEX},
    {"__builtin__.bytearray", MEANING_BYTEARRAY},
    {"builtins.bytearray", MEANING_BYTEARRAY},
    {"_codecs.encode", MEANING_BYTES},
    {"__builtin__.bytes", MEANING_BYTEARRAY}, /* protocol 2 of b"" */
    {"builtins.bytes", MEANING_BYTEARRAY},
    {"torch.Size", MEANING_SIZE},
    {"torch.device", MEANING_DEVICE},
    {"torch.serialization._get_layout", MEANING_LAYOUT},
};

static bool
args_fit(enum meaning meaning, const struct value *args)
{
    const struct value *first = args->count > 0 ? args->items[0] : NULL;

    switch (meaning) {
    case MEANING_ORDERED_DICT: return args->count == 0;
    case MEANING_COUNTER:
        return args->count == 0 || (args->count == 1 && first->kind == VALUE_DICT);
    case MEANING_SET:
        return args->count == 1 &&
               (first->kind == VALUE_LIST || first->kind == VALUE_TUPLE);
    case MEANING_COMPLEX:
        return args->count == 2 && first->kind == VALUE_FLOAT &&
               args->items[1]->kind == VALUE_FLOAT;
    case MEANING_BYTES:
        return args->count == 2 && first->kind == VALUE_TEXT &&
               (value_is_text(args->items[1], "latin1", 6) ||
                value_is_text(args->items[1], "latin-1", 7));
    case MEANING_BYTEARRAY:
        return args->count == 0 ||
               (args->count == 1 && (first->kind == VALUE_BYTES ||
                                     (first->kind == VALUE_OBJECT &&
                                      describe_meaning(first) == MEANING_BYTES))) ||
               (args->count == 2 && first->kind == VALUE_TEXT &&
                value_is_text(args->items[1], "latin-1", 7));
    case MEANING_SIZE: return args->count == 1 && first->kind == VALUE_TUPLE;
    case MEANING_DEVICE:
        return (args->count == 1 ||
                (args->count == 2 && args->items[1]->kind == VALUE_INT)) &&
               first->kind == VALUE_TEXT;
    case MEANING_LAYOUT: return args->count == 1 && first->kind == VALUE_TEXT;
    case MEANING_NONE: break;
    }
    return false;
}

enum meaning
describe_meaning(const struct value *v)
{
    const struct global *g = v->kind == VALUE_OBJECT ? value_global(v) : NULL;

    for (size_t i = 0; g && i < sizeof meanings / sizeof *meanings; i++)
        if (strcmp(g->name, meanings[i].name) == 0)
            return args_fit(meanings[i].meaning, v->object->args) ? meanings[i].meaning
                                                                  : MEANING_NONE;
    return MEANING_NONE;
}

const char *
describe_type(const struct value *v)
{
    static const char *const kinds[] = {
        [VALUE_NONE] = "none",
        [VALUE_BOOL] = "bool",
        [VALUE_INT] = "int",
        [VALUE_BIGINT] = "int",
        [VALUE_FLOAT] = "float",
        [VALUE_TEXT] = "str",
        [VALUE_BYTES] = "bytes",
        [VALUE_BYTEARRAY] = "bytes",
        [VALUE_TUPLE] = "tuple",
        [VALUE_LIST] = "list",
        [VALUE_DICT] = "dict",
        [VALUE_SET] = "set",
        [VALUE_FROZENSET] = "frozenset",
        [VALUE_GLOBAL] = "global",
        [VALUE_OBJECT] = "object",
        [VALUE_PERSISTENT] = "storage",
    };
    static const char *const special[] = {
        [MEANING_NONE] = "object",     [MEANING_ORDERED_DICT] = "OrderedDict",
        [MEANING_COUNTER] = "Counter", [MEANING_SET] = "set",
        [MEANING_COMPLEX] = "complex", [MEANING_BYTES] = "bytes",
        [MEANING_SIZE] = "tuple",      [MEANING_BYTEARRAY] = "bytes",
        [MEANING_DEVICE] = "device",   [MEANING_LAYOUT] = "layout",
    };

    return v->kind == VALUE_OBJECT ? special[describe_meaning(v)] : kinds[v->kind];
}

/* UTF-8 of U+0000 .. U+00FF to single octets; others become '?'. */
static void
put_latin1(const struct value *text, struct buf *out)
{
    const uint8_t *p = text->text;

    for (size_t i = 0; i < text->count;) {
        size_t n = utf8_length(p + i, text->count - i);

        if (n == 2 && p[i] <= 0xc3)
            buf_putc(out, (char)((p[i] & 3) << 6 | (p[i + 1] & 0x3f)));
        else
            buf_putc(out, n == 1 ? (char)p[i] : '?');
        i += n ? n : 1;
    }
}

void
describe_octets(const struct value *v, struct buf *out)
{
    if (v->kind == VALUE_BYTES || v->kind == VALUE_BYTEARRAY) {
        buf_put(out, v->text, v->count);
    } else if (v->kind == VALUE_OBJECT && v->object->args->count > 0) {
        const struct value *first = v->object->args->items[0];

        if (first->kind == VALUE_TEXT)
            put_latin1(first, out);
        else
            describe_octets(first, out);
    }
}

static void
put_hex(const struct value *v, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    struct buf octets = {0};

    describe_octets(v, &octets);
    buf_putc(out, '"');
    for (size_t i = 0; i < octets.size; i++) {
        buf_putc(out, digits[octets.data[i] >> 4]);
        buf_putc(out, digits[octets.data[i] & 15]);
    }
    buf_putc(out, '"');
    buf_clear(&octets);
}

/* As json.dumps(ensure_ascii=True). */
static void
put_string(const uint8_t *s, size_t size, struct buf *out)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < size;) {
        size_t n = utf8_length(s + i, size - i);
        uint32_t c = s[i];

        for (size_t k = 1; k < n; k++)
            c = (k == 1 ? c & (0x7fu >> n) : c) << 6 | (s[i + k] & 0x3f);
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", (char)c);
        else if (c == '\n')
            buf_puts(out, "\\n");
        else if (c == '\r')
            buf_puts(out, "\\r");
        else if (c == '\t')
            buf_puts(out, "\\t");
        else if (c == '\b')
            buf_puts(out, "\\b");
        else if (c == '\f')
            buf_puts(out, "\\f");
        else if (c >= 0x10000)
            buf_printf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                       0xdc00 + ((c - 0x10000) & 0x3ff));
        else if (c < 0x20 || c >= 0x7f)
            buf_printf(out, "\\u%04x", c);
        else
            buf_putc(out, (char)c);
        i += n ? n : 1;
    }
    buf_putc(out, '"');
}

static void
put_float(double x, struct buf *out)
{
    char text[NUM_F64_SIZE];

    if (isnan(x)) {
        buf_puts(out, "\"nan\"");
    } else if (isinf(x)) {
        buf_puts(out, x > 0 ? "\"inf\"" : "\"-inf\"");
    } else {
        (void)num_format_f64(x, text);
        buf_puts(out, text);
    }
}

/* Schoolbook division by 10^9 of the magnitude. */
void
describe_bigint(const struct value *v, struct buf *out)
{
    enum { OCTETS_MAX = 4096 };
    uint32_t limbs[OCTETS_MAX / 4 + 1] = {0};
    uint32_t groups[OCTETS_MAX / 3];
    size_t n = v->count < OCTETS_MAX ? v->count : OCTETS_MAX, used, count = 0;
    bool negative = n > 0 && v->text[n - 1] & 0x80;
    uint32_t carry = negative;

    if (v->count > OCTETS_MAX) {
        buf_printf(out, "%s(%zu octets)", negative ? "-" : "", v->count);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t octet = negative ? (uint8_t)~v->text[i] : v->text[i];

        octet += carry;
        carry = octet >> 8;
        limbs[i / 4] |= (octet & 0xff) << (8 * (i % 4));
    }
    used = n / 4 + 1;
    do {
        uint64_t rest = 0;

        for (size_t i = used; i-- > 0;) {
            rest = rest << 32 | limbs[i];
            limbs[i] = (uint32_t)(rest / 1000000000);
            rest %= 1000000000;
        }
        groups[count++] = (uint32_t)rest;
        while (used > 0 && limbs[used - 1] == 0)
            used--;
    } while (used > 0 && count < OCTETS_MAX / 3);
    buf_printf(out, "%s%" PRIu32, negative ? "-" : "", groups[--count]);
    while (count-- > 0)
        buf_printf(out, "%09" PRIu32, groups[count]);
}

static void put_value(const struct value *v, struct buf *out, int depth);

static void
put_items(const struct value *v, struct buf *out, int depth)
{
    buf_putc(out, '[');
    for (size_t i = 0; i < v->count; i++) {
        if (i > 0)
            buf_puts(out, ", ");
        if (depth >= DEPTH_MAX)
            buf_puts(out, "null");
        else
            put_value(v->items[i], out, depth + 1);
    }
    buf_putc(out, ']');
}

static void
put_int(int64_t x, struct buf *out)
{
    const int64_t exact = INT64_C(1) << 53; /* what every JSON reader keeps */
    bool quote = x > exact || x < -exact;

    buf_printf(out, "%s%" PRId64 "%s", quote ? "\"" : "", x, quote ? "\"" : "");
}

static void
put_storage(const struct value *v, struct buf *out)
{
    const struct value *id = v->items[0];
    const struct global *type;
    const char *dot;

    if (id->kind != VALUE_TUPLE || id->count < 5 || id->items[2]->kind != VALUE_TEXT ||
        id->items[3]->kind != VALUE_TEXT || id->items[4]->kind != VALUE_INT ||
        !(type = value_global(id->items[1]))) {
        buf_puts(out, "null");
        return;
    }
    dot = type->name + type->module_size + 1;
    buf_puts(out, "{\"key\": ");
    put_string(id->items[2]->text, id->items[2]->count, out);
    buf_puts(out, ", \"location\": ");
    put_string(id->items[3]->text, id->items[3]->count, out);
    buf_printf(out, ", \"numel\": %" PRId64 ", \"storage_type\": \"%s\"}",
               id->items[4]->integer, dot);
}

static void
put_object(const struct value *v, struct buf *out, int depth)
{
    const struct value *args = v->object->args;
    enum meaning meaning = describe_meaning(v);
    const struct global *g = value_global(v);

    switch (meaning) {
    case MEANING_ORDERED_DICT:
        buf_printf(out, "%zu", v->object->keyed ? v->object->keyed->count / 2 : 0);
        return;
    case MEANING_COUNTER:
        buf_printf(out, "%zu", args->count ? args->items[0]->count / 2 : 0);
        return;
    case MEANING_SIZE:
        if (depth == 0)
            buf_printf(out, "%zu", args->items[0]->count);
        else
            put_items(args->items[0], out, depth);
        return;
    case MEANING_SET: put_items(args->items[0], out, depth); return;
    case MEANING_COMPLEX:
        buf_putc(out, '[');
        put_float(args->items[0]->number, out);
        buf_puts(out, ", ");
        put_float(args->items[1]->number, out);
        buf_putc(out, ']');
        return;
    case MEANING_BYTES:
    case MEANING_BYTEARRAY: put_hex(v, out); return;
    case MEANING_DEVICE:
    case MEANING_LAYOUT:
        put_string(args->items[0]->text, args->items[0]->count, out);
        if (args->count == 2) {
            out->size--;
            buf_printf(out, ":%" PRId64 "\"", args->items[1]->integer);
        }
        return;
    case MEANING_NONE:
        put_string((const uint8_t *)(g ? g->name : "?"), g ? g->size : 1, out);
        return;
    }
}

/* The "value" alone.  depth 0: a leaf, whose containers show their size only. */
static void
put_content(const struct value *v, struct buf *out, int depth)
{
    switch ((enum value_kind)v->kind) {
    case VALUE_NONE: buf_puts(out, "null"); return;
    case VALUE_BOOL: buf_puts(out, v->truth ? "true" : "false"); return;
    case VALUE_INT: put_int(v->integer, out); return;
    case VALUE_BIGINT:
        buf_putc(out, '"');
        describe_bigint(v, out);
        buf_putc(out, '"');
        return;
    case VALUE_FLOAT: put_float(v->number, out); return;
    case VALUE_TEXT: put_string(v->text, v->count, out); return;
    case VALUE_BYTES:
    case VALUE_BYTEARRAY: put_hex(v, out); return;
    case VALUE_TUPLE:
    case VALUE_LIST:
        if (depth > 0)
            put_items(v, out, depth);
        else
            buf_printf(out, "%zu", v->count);
        return;
    case VALUE_SET:
    case VALUE_FROZENSET: put_items(v, out, depth); return;
    case VALUE_DICT: buf_printf(out, "%zu", v->count / 2); return;
    case VALUE_GLOBAL:
        put_string((const uint8_t *)v->global->name, v->global->size, out);
        return;
    case VALUE_OBJECT: put_object(v, out, depth); return;
    case VALUE_PERSISTENT: put_storage(v, out); return;
    }
}

static uint64_t
bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void
put_value(const struct value *v, struct buf *out, int depth)
{
    buf_putc(out, '{');
    if (v->kind == VALUE_FLOAT)
        buf_printf(out, "\"bits\": \"%016" PRIx64 "\", ", bits_of(v->number));
    buf_printf(out, "\"type\": \"%s\", \"value\": ", describe_type(v));
    put_content(v, out, depth);
    buf_putc(out, '}');
}

void
describe_key(const struct value *v, struct buf *out)
{
    buf_puts(out, "{\"key\": ");
    put_value(v, out, 1);
    buf_putc(out, '}');
}

void
describe_leaf(const struct value *v, struct json_out *j)
{
    struct buf text = {0};

    json_string(j, "type", describe_type(v));
    put_content(v, &text, 0);
    json_raw(j, "value", (const char *)text.data, text.size);
    if (v->kind == VALUE_FLOAT)
        json_stringf(j, "bits", "%016" PRIx64, bits_of(v->number));
    buf_clear(&text);
}

void
describe_text(const struct value *v, struct buf *out)
{
    put_content(v, out, 0);
}
