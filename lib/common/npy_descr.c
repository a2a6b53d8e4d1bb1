/*
 * npy_descr.c: the part of Python's literals that numpy writes into headers.  Nothing
 * is ever evaluated: what is not in this grammar is refused.
 */
#include "npy_descr.h"

#include "num.h"

#include <string.h>

enum { DEPTH_MAX = 8 };

void
literal_space(struct literal *l)
{
    while (l->at < l->end && (*l->at == ' ' || *l->at == '\t' || *l->at == '\n'))
        l->at++;
}

bool
literal_take(struct literal *l, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(l->end - l->at) < n || memcmp(l->at, word, n) != 0)
        return false;
    l->at += n;
    literal_space(l);
    return true;
}

bool
literal_string(struct literal *l, struct arena *arena, const char **out)
{
    const char *p = l->at;
    char quote = p < l->end ? *p : '\0', *text;
    size_t n = 0;

    if (quote != '\'' && quote != '"')
        return false;
    for (p++; p < l->end && *p != quote; p++, n++) {
        if ((unsigned char)*p < 0x20)
            return false;
        if (*p == '\\' && (++p == l->end || !strchr("\\'\"", *p)))
            return false;
    }
    if (p == l->end)
        return false;
    text = arena_alloc(arena, n + 1);
    for (p = l->at + 1; *p != quote; p++) {
        p += *p == '\\';
        *text++ = *p;
    }
    *out = text - n;
    l->at = p + 1;
    literal_space(l);
    return true;
}

bool
literal_u64(struct literal *l, uint64_t *out)
{
    const char *from = l->at;

    while (l->at < l->end && *l->at >= '0' && *l->at <= '9')
        l->at++;
    if (!num_parse_u64(from, (size_t)(l->at - from), out) ||
        (*from == '0' && l->at - from > 1))
        return false;
    if (l->python2 && l->at < l->end && *l->at == 'L')
        l->at++;
    literal_space(l);
    return true;
}

bool
literal_tuple(struct literal *l, uint64_t *out, unsigned max, unsigned *count)
{
    unsigned n = 0;
    bool comma = true;

    if (!literal_take(l, "("))
        return false;
    while (!literal_take(l, ")")) {
        if (!comma || n == max || !literal_u64(l, &out[n]))
            return false;
        n++;
        comma = literal_take(l, ",");
    }
    *count = n;
    return n != 1 || comma; /* (6) is a number in brackets */
}

/* Is it [D], [25s], [h/3] behind M8 or m8, or nothing? */
static bool
is_time_unit(const char *text, size_t size)
{
    static const char *const units[] = {"Y",  "M",  "W",  "D",  "h",  "m", "s",
                                        "ms", "us", "ns", "ps", "fs", "as"};
    size_t from = 1, to;

    if (size == 0)
        return true;
    if (size < 3 || text[0] != '[' || text[size - 1] != ']')
        return false;
    while (from < size && text[from] >= '0' && text[from] <= '9')
        from++;
    to = from;
    while (to < size && text[to] >= 'A' && text[to] <= 'z' && text[to] != ']')
        to++;
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (strlen(units[i]) == to - from &&
            memcmp(units[i], text + from, to - from) == 0)
            return to == size - 1;
    return false;
}

/* "<f4" and the like. */
static bool
read_simple(const char *text, struct npy_descr *out)
{
    char order = text[0], kind = order ? text[1] : '\0';
    size_t n = kind ? strspn(text + 2, "0123456789") : 0;
    const char *rest;

    if (!kind || !strchr("<>|", order))
        return false;
    out->object = kind == 'O';
    rest = text + 2 + n;
    if (out->object)
        return *rest == '\0';
    if (!num_parse_u64(text + 2, n, &out->item_size))
        return false;
    out->big_endian = order == '>';
    if (kind == 'M' || kind == 'm')
        return text[2] == '8' && n == 1 && order != '|' &&
               is_time_unit(rest, strlen(rest));
    if (*rest)
        return false;
    if (kind == 'S' || kind == 'V')
        return true;
    if (kind == 'U')
        return !__builtin_mul_overflow(out->item_size, 4U, &out->item_size);
    if (order == '|' && out->item_size > 1)
        return false;
    out->dtype = dtype_by_numpy(text + 1, n + 1);
    /* long double, as on x86-64: not a dtype of ours, but of known size */
    return out->dtype != DTYPE_NONE || strcmp(text + 1, "f16") == 0 ||
           strcmp(text + 1, "c32") == 0;
}

static bool read_descr(struct literal *l, struct arena *arena, struct npy_descr *out,
                       unsigned depth);

/* ('name', descr), ('name', descr, (shape)) or (('title', 'name'), descr). */
static bool
read_field(struct literal *l, struct arena *arena, struct npy_descr *out, unsigned depth)
{
    uint64_t shape[NPY_RANK_MAX];
    const char *name;
    unsigned rank = 0;
    bool ok;

    if (!literal_take(l, "("))
        return false;
    if (literal_take(l, "("))
        ok = literal_string(l, arena, &name) && literal_take(l, ",") &&
             literal_string(l, arena, &name) && literal_take(l, ")");
    else
        ok = literal_string(l, arena, &name);
    if (!ok || !literal_take(l, ",") || !read_descr(l, arena, out, depth))
        return false;
    if (literal_take(l, ",") && l->at < l->end && *l->at == '(' &&
        !literal_tuple(l, shape, NPY_RANK_MAX, &rank))
        return false;
    if (!literal_take(l, ")"))
        return false;
    for (unsigned i = 0; i < rank; i++)
        if (__builtin_mul_overflow(out->item_size, shape[i], &out->item_size))
            return false;
    return true;
}

/* Recursive: a field may be a record; depth is bounded. */
static bool
read_descr(struct literal *l, struct arena *arena, struct npy_descr *out, unsigned depth)
{
    bool comma = true;

    *out = (struct npy_descr){.dtype = DTYPE_NONE};
    if (!literal_take(l, "["))
        return literal_string(l, arena, &out->text) && read_simple(out->text, out);
    if (depth == DEPTH_MAX)
        return false;
    out->record = true;
    while (!literal_take(l, "]")) {
        struct npy_descr field;

        if (!comma || !read_field(l, arena, &field, depth + 1) ||
            __builtin_add_overflow(out->item_size, field.item_size, &out->item_size))
            return false;
        out->object = out->object || field.object;
        comma = literal_take(l, ",");
    }
    return true;
}

bool
npy_descr_read(struct literal *l, struct arena *arena, struct npy_descr *out)
{
    const char *from = l->at, *to;

    if (!read_descr(l, arena, out, 0))
        return false;
    for (to = l->at; to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\n';)
        to--;
    if (out->record)
        out->text = arena_strndup(arena, from, (size_t)(to - from));
    return true;
}
