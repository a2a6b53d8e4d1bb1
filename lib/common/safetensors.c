/*
 * safetensors.c: the reader pulls tokens and builds no tree, for headers may have a
 * hundred megabytes; then it sorts the ranges and checks that each begins where the
 * one before ends.
 */
#include "safetensors.h"

#include "bytes.h"
#include "json_keys.h"
#include "json_scan.h"
#include "mem.h"
#include "num.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct safetensors *out;
    struct json_scan scan;
    struct json_keys keys;
    struct diagnostics *diagnostics; /* NULL: strict */
    size_t capacity, metadata_capacity;
    uint64_t *numbers; /* owned: a shape while it is read */
    size_t number_count, number_capacity;
};

/* A fault at the current token of the header. */
static bool
fault(const struct reader *r, enum error_class class, const char *reason,
      const char *what, struct error *err)
{
    (void)json_scan_fail(&r->scan, err, class, "%s", what);
    return error_subclass(err, reason);
}

static bool
next(struct reader *r, enum json_token *token, struct error *err)
{
    if (json_scan_next(&r->scan, token, err))
        return true;
    return error_subclass(err, r->scan.bad_encoding ? "st-utf8" : "st-json");
}

static bool
expect(struct reader *r, enum json_token wanted, const char *what, struct error *err)
{
    enum json_token token;

    return next(r, &token, err) &&
           (token == wanted || fault(r, ERR_MALFORMED, "st-json", what, err));
}

static char *
copy_token(struct reader *r)
{
    return arena_strndup(&r->out->arena, r->scan.token, r->scan.token_size);
}

/* Something that the library lets pass: refuse it, or note it. */
static bool
recover(struct reader *r, const char *code, const char *what, const char *name,
        struct error *err)
{
    struct error place;

    if (!r->diagnostics) {
        (void)json_scan_fail(&r->scan, err, ERR_MALFORMED, "%s \"%s\"", what, name);
        return error_subclass(err, code);
    }
    (void)json_scan_fail(&r->scan, &place, ERR_MALFORMED, "%s", what);
    return diagnostics_recover(r->diagnostics, code, place.at, err, "%s \"%s\"", what,
                               name);
}

static bool
read_u64(struct reader *r, enum json_token token, uint64_t *out, struct error *err)
{
    if (token != JSON_TOKEN_NUMBER ||
        !num_parse_u64(r->scan.token, r->scan.token_size, out))
        return fault(r, ERR_MALFORMED, "st-json", "must be an unsigned 64-bit integer",
                     err);
    return true;
}

/* An array of integers into r->numbers. */
static bool
read_numbers(struct reader *r, struct error *err)
{
    enum json_token token;

    r->number_count = 0;
    if (!expect(r, JSON_TOKEN_ARRAY, "must be an array", err))
        return false;
    for (;;) {
        if (!next(r, &token, err))
            return false;
        if (token == JSON_TOKEN_END)
            return true;
        if (r->number_count == r->number_capacity) {
            r->number_capacity = r->number_capacity ? 2 * r->number_capacity : 8;
            r->numbers = xrealloc(r->numbers, r->number_capacity, sizeof *r->numbers);
        }
        if (!read_u64(r, token, &r->numbers[r->number_count++], err))
            return false;
    }
}

static bool
read_dtype(struct reader *r, struct safetensors_tensor *t, struct error *err)
{
    if (!expect(r, JSON_TOKEN_STRING, "dtype must be a string", err))
        return false;
    t->dtype = dtype_by_safetensors(r->scan.token, r->scan.token_size);
    return t->dtype != DTYPE_NONE ||
           fault(r, ERR_UNSUPPORTED, "st-dtype", "unknown dtype", err);
}

static bool
read_shape(struct reader *r, struct safetensors_tensor *t, struct error *err)
{
    uint64_t *shape;

    if (!read_numbers(r, err))
        return false;
    shape = arena_alloc(&r->out->arena, r->number_count * sizeof *shape);
    if (r->number_count > 0)
        memcpy(shape, r->numbers, r->number_count * sizeof *shape);
    t->shape = shape;
    t->rank = (unsigned)r->number_count; /* at most the header's size */
    return true;
}

static bool
read_offsets(struct reader *r, struct safetensors_tensor *t, struct error *err)
{
    if (!read_numbers(r, err))
        return false;
    if (r->number_count != 2)
        return fault(r, ERR_MALFORMED, "st-json", "data_offsets must be two integers",
                     err);
    t->begin = r->numbers[0];
    t->end = r->numbers[1];
    return true;
}

/* The members of a tensor's object, which is open. */
static bool
read_fields(struct reader *r, struct safetensors_tensor *t, struct error *err)
{
    static const char *const names[] = {"dtype", "shape", "data_offsets"};
    static bool (*const readers[])(struct reader *, struct safetensors_tensor *,
                                   struct error *) = {read_dtype, read_shape,
                                                      read_offsets};
    bool seen[COUNT_OF(names)] = {false};
    enum json_token token;

    for (;;) {
        size_t i = 0;

        if (!next(r, &token, err))
            return false;
        if (token == JSON_TOKEN_END)
            break;
        while (i < COUNT_OF(names) &&
               (r->scan.token_size != strlen(names[i]) ||
                memcmp(r->scan.token, names[i], r->scan.token_size) != 0))
            i++;
        if (i == COUNT_OF(names)) {
            if (!recover(r, "st-unknown-field", "unknown field", copy_token(r), err))
                return false;
            if (!json_scan_skip(&r->scan, JSON_TOKEN_KEY, err))
                return error_subclass(err, "st-json");
            continue;
        }
        if (seen[i])
            return fault(r, ERR_MALFORMED, "st-dup-key", "field given twice", err);
        seen[i] = true;
        if (!readers[i](r, t, err))
            return false;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (!seen[i]) {
            (void)json_scan_fail(&r->scan, err, ERR_MALFORMED, "tensor \"%s\" has no %s",
                                 t->name, names[i]);
            return error_subclass(err, "st-json");
        }
    return true;
}

/* Is `key` new in `object`?  If not, and that is let pass, *again is set. */
static bool
check_key(struct reader *r, uint64_t object, const char *key, bool *again,
          struct error *err)
{
    *again = !json_keys_add(&r->keys, object, key, strlen(key));
    return !*again || recover(r, "st-dup-key", "duplicate key", key, err);
}

static bool
read_metadata(struct reader *r, struct error *err)
{
    struct safetensors *out = r->out;
    enum json_token token;
    bool again;

    if (!next(r, &token, err))
        return false;
    if (token != JSON_TOKEN_OBJECT)
        return fault(r, ERR_MALFORMED, "st-metadata", "__metadata__ must be an object",
                     err);
    out->has_metadata = true;
    for (;;) {
        struct safetensors_pair pair;
        size_t i = out->metadata_count;

        if (!next(r, &token, err))
            return false;
        if (token == JSON_TOKEN_END)
            return true;
        pair.key = copy_token(r);
        if (!check_key(r, 2, pair.key, &again, err) || !next(r, &token, err))
            return false;
        if (token != JSON_TOKEN_STRING)
            return fault(r, ERR_MALFORMED, "st-metadata",
                         "a value of __metadata__ must be a string", err);
        pair.value = copy_token(r);
        if (again)
            while (strcmp(out->metadata[--i].key, pair.key) != 0)
                ;
        if (i == r->metadata_capacity) {
            r->metadata_capacity = i ? 2 * i : 8;
            out->metadata =
                xrealloc(out->metadata, r->metadata_capacity, sizeof *out->metadata);
        }
        out->metadata[i] = pair;
        out->metadata_count += !again;
    }
}

/* One member of the header, whose key is the current token. */
static bool
read_member(struct reader *r, struct error *err)
{
    struct safetensors *out = r->out;
    struct safetensors_tensor t = {.name = copy_token(r)};
    size_t i = out->count;
    bool again;

    if (!check_key(r, 1, t.name, &again, err))
        return false;
    if (strcmp(t.name, "__metadata__") == 0) {
        if (again)
            return fault(r, ERR_MALFORMED, "st-dup-key", "__metadata__ given twice", err);
        return read_metadata(r, err);
    }
    if (!expect(r, JSON_TOKEN_OBJECT, "a tensor must be an object", err) ||
        !read_fields(r, &t, err))
        return false;
    if (again)
        while (strcmp(out->tensors[--i].name, t.name) != 0)
            ;
    if (i == r->capacity) {
        r->capacity = i ? 2 * i : 64;
        out->tensors = xrealloc(out->tensors, r->capacity, sizeof *out->tensors);
    }
    out->tensors[i] = t;
    out->count += !again;
    return true;
}

static bool
read_header(struct reader *r, struct error *err)
{
    enum json_token token;

    if (!expect(r, JSON_TOKEN_OBJECT, "the header must be an object", err))
        return false;
    for (;;) {
        if (!next(r, &token, err))
            return false;
        if (token == JSON_TOKEN_END)
            return expect(r, JSON_TOKEN_EOF, "nothing may follow the header", err);
        if (!read_member(r, err))
            return false;
    }
}

/* By range, and by place in the header when the ranges are equal (empty tensors). */
static int
compare_ranges(const void *a, const void *b)
{
    const struct safetensors_tensor *x = a, *y = b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return x->numel < y->numel ? -1 : x->numel > y->numel;
}

static PRINTF_LIKE(5, 6) bool bad_tensor(const struct safetensors_tensor *t,
                                         enum error_class class, const char *reason,
                                         struct error *err, const char *fmt, ...)
{
    char message[sizeof err->message];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    (void)error_set(err, class, "tensor \"%s\" %s", t->name, message);
    return error_subclass(err, reason);
}

/* numel, and the octets they take, from dtype and shape. */
static bool
measure(struct safetensors_tensor *t, uint64_t *octets, struct error *err)
{
    uint64_t bits = 0;
    bool over = false;

    t->numel = 1;
    for (unsigned i = 0; i < t->rank && !over; i++)
        over = __builtin_mul_overflow(t->numel, t->shape[i], &t->numel);
    over = over || __builtin_mul_overflow(t->numel, dtype_bits(t->dtype), &bits);
    if (over)
        return bad_tensor(t, ERR_BOUNDS, "st-overflow", err,
                          "has a shape whose size overflows 64 bits");
    if (bits % 8 != 0)
        return bad_tensor(t, ERR_MALFORMED, "st-misaligned", err,
                          "does not end at a whole octet");
    *octets = bits / 8;
    return true;
}

static bool
check_ranges(struct safetensors *s, struct error *err)
{
    uint64_t at = 0;

    /* numel serves as the place in the header until it is measured. */
    for (size_t i = 0; i < s->count; i++)
        s->tensors[i].numel = i;
    if (s->count > 1)
        qsort(s->tensors, s->count, sizeof *s->tensors, compare_ranges);
    for (size_t i = 0; i < s->count; i++) {
        struct safetensors_tensor *t = &s->tensors[i];
        uint64_t octets = 0;

        if (t->begin != at || t->end < t->begin)
            return bad_tensor(t, ERR_BOUNDS, "st-offsets", err,
                              "has data_offsets %llu..%llu where a tensor must begin at "
                              "%llu",
                              (unsigned long long)t->begin, (unsigned long long)t->end,
                              (unsigned long long)at);
        if (!measure(t, &octets, err))
            return false;
        if (t->end - t->begin != octets)
            return bad_tensor(t, ERR_MALFORMED, "st-shape", err,
                              "has %llu octets, its shape needs %llu",
                              (unsigned long long)(t->end - t->begin),
                              (unsigned long long)octets);
        at = t->end;
    }
    if (at != s->data_size) {
        (void)error_set(err, ERR_BOUNDS,
                        "the tensors take %llu octets of data, the file has %llu",
                        (unsigned long long)at, (unsigned long long)s->data_size);
        return error_subclass(err, "st-size");
    }
    for (size_t i = 0; i < s->count; i++)
        s->tensors[i].data = s->data + s->tensors[i].begin;
    return true;
}

static bool
check_header_size(uint64_t n, size_t size, struct error *err)
{
    if (size < 8)
        (void)error_set(err, ERR_BOUNDS, "a file of %zu octets has no header", size);
    else if (n > SAFETENSORS_HEADER_MAX)
        (void)error_set(err, ERR_LIMIT, "header of %llu octets is over the limit of %d",
                        (unsigned long long)n, SAFETENSORS_HEADER_MAX);
    else if (n > size - 8)
        (void)error_set(err, ERR_BOUNDS, "header of %llu octets in a file of %zu",
                        (unsigned long long)n, size);
    else
        return true;
    return error_subclass(err, "st-header-size");
}

static bool
check_utf8(const uint8_t *text, size_t size, struct error *err)
{
    for (size_t i = 0; i < size;) {
        size_t n = utf8_length(text + i, size - i);

        if (n == 0) {
            (void)error_set(err, ERR_MALFORMED, "header is not UTF-8");
            (void)error_subclass(err, "st-utf8");
            return error_at_byte(err, 8 + i);
        }
        i += n;
    }
    return true;
}

bool
safetensors_read(struct safetensors *out, const uint8_t *file, size_t size,
                 struct diagnostics *diagnostics, struct error *err)
{
    enum { DEPTH = 32 }; /* 3 suffice, but for unknown fields */
    struct reader r = {.out = out, .diagnostics = diagnostics};
    uint64_t n = size >= 8 ? get_le64(file) : 0;
    bool ok;

    *out = (struct safetensors){0};
    if (!check_header_size(n, size, err) || !check_utf8(file + 8, (size_t)n, err))
        return false;
    out->header_size = n;
    out->data = file + 8 + n;
    out->data_size = size - 8 - n;
    json_scan_begin(&r.scan, (const char *)file + 8, (size_t)n, DEPTH);
    ok = read_header(&r, err) && check_ranges(out, err);
    json_scan_end(&r.scan);
    json_keys_clear(&r.keys);
    free(r.numbers);
    if (!ok)
        safetensors_clear(out);
    return ok;
}

void
safetensors_clear(struct safetensors *s)
{
    arena_clear(&s->arena);
    free(s->tensors);
    free(s->metadata);
    *s = (struct safetensors){0};
}

const struct safetensors_tensor *
safetensors_find(const struct safetensors *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->tensors[i].name, name) == 0)
            return &s->tensors[i];
    return NULL;
}
