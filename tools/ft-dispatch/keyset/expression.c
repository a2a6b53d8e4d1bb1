/* Recursive descent, one function for all levels of binary operators. */
#include "keyset/expression.h"

#include <inttypes.h>
#include <string.h>

enum { EXPRESSION_DEPTH_MAX = 64 };

struct parser {
    const struct keyspace *keys;
    const char *text;
    size_t at;
    unsigned depth;
    struct error *err;
};

/* Loosest first. */
static const char operators[] = "|^&-";

static bool
fail(struct parser *p, size_t at, enum error_class class, const char *what,
     const char *word, size_t size)
{
    (void)error_set(p->err, class, "%s '%.*s'", what, (int)(size < 60 ? size : 60), word);
    return error_at(p->err, "column %zu", at + 1);
}

static void
skip_space(struct parser *p)
{
    while (p->text[p->at] == ' ' || p->text[p->at] == '\t')
        p->at++;
}

static size_t
word_size(const char *s)
{
    return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:");
}

static bool
expected(struct parser *p, const char *what)
{
    const char *rest = p->text + p->at;
    size_t n = word_size(rest);

    if (!*rest) {
        (void)error_set(p->err, ERR_MALFORMED,
                        "the expression ends where %s should stand", what);
        return error_at(p->err, "column %zu", p->at + 1);
    }
    (void)error_set(p->err, ERR_MALFORMED, "expected %s, found '%.*s'", what,
                    (int)(n ? n : 1), rest);
    return error_at(p->err, "column %zu", p->at + 1);
}

static bool
parse_full_after(struct parser *p, uint64_t *out)
{
    const char *word;
    size_t size, start;
    unsigned key = 0;

    skip_space(p);
    if (p->text[p->at] != '(')
        return expected(p, "'('");
    p->at++;
    skip_space(p);
    start = p->at;
    word = p->text + p->at;
    size = word_size(word);
    if (size == 0)
        return expected(p, "a key");
    if (!key_find(p->keys, word, size, &key) || key_is_alias(p->keys, key))
        return fail(p, start, ERR_UNSUPPORTED, "no key to be after:", word, size);
    p->at += size;
    skip_space(p);
    if (p->text[p->at] != ')')
        return expected(p, "')'");
    p->at++;
    *out = keyset_full_after(p->keys, key);
    return true;
}

static bool
find_set(const struct keyspace *k, const char *word, size_t size, uint64_t *out)
{
    for (unsigned i = 0; i < k->version->set_count; i++)
        if (strlen(k->version->sets[i].name) == size &&
            strncmp(k->version->sets[i].name, word, size) == 0) {
            *out = k->version->sets[i].bits;
            return true;
        }
    return false;
}

static bool
find_backend(const struct keyspace *k, const char *word, size_t size, uint64_t *out)
{
    for (unsigned b = 1; b <= k->version->backend_count; b++)
        if (strlen(k->version->backends[b].name) == size &&
            strncmp(k->version->backends[b].name, word, size) == 0) {
            *out = 1ULL << (b - 1);
            return true;
        }
    return false;
}

static bool
parse_hex(struct parser *p, const char *word, size_t size, uint64_t *out)
{
    uint64_t unknown;

    if (!keyset_parse_hex(word, size, out))
        return fail(p, p->at, ERR_MALFORMED, "not a raw keyset:", word, size);
    unknown = keyset_unknown(p->keys, *out);
    if (unknown) {
        (void)error_set(p->err, ERR_UNSUPPORTED,
                        "dispatch keyset has unknown bitmask 0x%016" PRIx64, unknown);
        (void)error_subclass(p->err, "UnknownBits");
        return error_at(p->err, "column %zu", p->at + 1);
    }
    p->at += size;
    return true;
}

static bool
parse_word(struct parser *p, uint64_t *out)
{
    const char *word = p->text + p->at;
    size_t size = word_size(word), start = p->at;
    unsigned key = 0;

    if (size == 0)
        return expected(p, "a key");
    if (word[0] == '0')
        return parse_hex(p, word, size, out);
    p->at += size;
    if (size == 10 && strncmp(word, "full_after", 10) == 0)
        return parse_full_after(p, out);
    if (key_find(p->keys, word, size, &key)) {
        *out = keyset_expand(p->keys, key);
        return true;
    }
    if (find_set(p->keys, word, size, out) || find_backend(p->keys, word, size, out))
        return true;
    (void)error_set(p->err, ERR_UNSUPPORTED,
                    "torch %s has no dispatch key, backend or set '%.*s' (see the "
                    "command keys)",
                    p->keys->version->name, (int)(size < 60 ? size : 60), word);
    return error_at(p->err, "column %zu", start + 1);
}

static uint64_t
apply(const struct keyspace *k, char operator, uint64_t a, uint64_t b)
{
    switch (operator) {
    case '|': return a | b;
    case '^': return a ^ b;
    case '&': return a & b;
    default: return keyset_sub(k, a, b);
    }
}

static bool
parse_level(struct parser *p, size_t level, uint64_t *out)
{
    uint64_t right = 0;

    if (level == sizeof(operators) - 1) {
        skip_space(p);
        if (p->text[p->at] != '(')
            return parse_word(p, out);
        if (++p->depth > EXPRESSION_DEPTH_MAX)
            return fail(p, p->at, ERR_LIMIT, "nested too deep:", "(", 1);
        p->at++;
        if (!parse_level(p, 0, out))
            return false;
        skip_space(p);
        if (p->text[p->at] != ')')
            return expected(p, "')' or an operator");
        p->at++;
        p->depth--;
        return true;
    }
    if (!parse_level(p, level + 1, out))
        return false;
    for (skip_space(p); p->text[p->at] == operators[level]; skip_space(p)) {
        p->at++;
        if (!parse_level(p, level + 1, &right))
            return false;
        *out = apply(p->keys, operators[level], *out, right);
    }
    return true;
}

bool
keyset_expression(const struct keyspace *k, const char *text, uint64_t *out,
                  struct error *err)
{
    struct parser p = {.keys = k, .text = text, .err = err};

    *out = 0;
    skip_space(&p);
    if (!text[p.at])
        return true; /* the empty set */
    if (!parse_level(&p, 0, out))
        return false;
    skip_space(&p);
    return !text[p.at] || expected(&p, "an operator");
}
