/*
 * attribute.c: see attribute.h.
 */
#include "onnx/attribute.h"

#include "onnx.pb-c.h"

#include <string.h>

/* Does the attribute hold what its kind says? */
static bool
check_kind(const Onnx__AttributeProto *a, char kind, const char *label, struct error *err)
{
    static const struct {
        char kind;
        int type;
    } kinds[] = {{'f', 1}, {'i', 2}, {'s', 3}, {'F', 6}, {'I', 7}, {'S', 8}};

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i].kind == kind && a->has_type && (int)a->type == kinds[i].type)
            return true;
    }
    return error_set(err, ERR_MALFORMED, "%s: attribute '%.60s' is of another type",
                     label, a->name);
}

static char *
join_words(struct arena *arena, const Onnx__AttributeProto *a, bool list)
{
    const ProtobufCBinaryData *words = list ? a->strings : &a->s;
    size_t n = list ? a->n_strings : 1, size = 0;
    char *text;

    for (size_t i = 0; i < n; i++)
        size += words[i].len + 1;
    text = arena_alloc(arena, size + 1);
    size = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            text[size++] = ',';
        if (words[i].len > 0)
            memcpy(text + size, words[i].data, words[i].len);
        size += words[i].len;
    }
    return text;
}

bool
onnx_attribute_read(struct arena *arena, const struct operator* op,
                    const struct Onnx__AttributeProto *a, const char *label,
                    struct op_attr *out, struct error *err)
{
    char kind = a->name ? operator_attr_kind(op, a->name) : 0;
    bool list = kind == 'I' || kind == 'F';
    size_t n = kind == 'I' ? a->n_ints : kind == 'F' ? a->n_floats : 1;
    double *reals = arena_alloc(arena, (n + 1) * sizeof(*reals));
    int64_t *ints = arena_alloc(arena, (n + 1) * sizeof(*ints));

    memset(out, 0, sizeof(*out));
    out->name =
        arena_strndup(arena, a->name ? a->name : "", a->name ? strlen(a->name) : 0);
    if (a->ref_attr_name && a->ref_attr_name[0])
        return error_set(err, ERR_UNSUPPORTED,
                         "%s: an attribute that refers to one of a function", label);
    if (kind == 0)
        return true; /* the check of the call says what is supported */
    if (!check_kind(a, kind, label, err))
        return false;
    if (kind == 's' || kind == 'S') {
        out->text = join_words(arena, a, kind == 'S');
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        ints[i] = kind == 'I' ? a->ints[i] : kind == 'i' ? a->i : 0;
        reals[i] = kind == 'F'   ? (double)a->floats[i]
                   : kind == 'f' ? (double)a->f
                                 : (double)ints[i];
    }
    out->reals = reals;
    out->ints = ints;
    out->count = n;
    out->is_integer = kind == 'i' || kind == 'I';
    out->is_list = list;
    out->dims = list;
    out->size[0] = (int64_t)n;
    return true;
}
