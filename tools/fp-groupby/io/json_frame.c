/* json_frame.c: see json_frame.h. */
#include "io/json_frame.h"

#include "common/buf.h"
#include "common/json_in.h"
#include "common/mem.h"

#include <stdlib.h>

enum { DEPTH = 8, COLUMNS_MOST = 1 << 16, MOST_FREE_VALUES = 1 << 20 };

/* Cells of one column, as far as records have named it. */
struct field {
    const char *name; /* arena */
    struct buf cells; /* struct cell */
};

struct records {
    struct arena *a;
    struct buf fields; /* struct field */
    size_t n_rows;
};

static void
pad(struct field *f, size_t n)
{
    const struct cell absent = cell_nan();

    while (f->cells.size / sizeof absent < n)
        buf_put(&f->cells, &absent, sizeof absent);
}

/*
 * The field of that name; `guess` is where it was in the record before, which most often
 * is where it is.
 */
static struct field *
find_field(struct records *r, const char *name, size_t guess)
{
    struct field *list = (void *)r->fields.data;
    size_t n = r->fields.size / sizeof *list;
    struct field fresh = {0};

    if (guess < n && strcmp(list[guess].name, name) == 0)
        return &list[guess];
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    if (n == COLUMNS_MOST)
        return NULL;
    fresh.name = arena_strndup(r->a, name, strlen(name));
    buf_put(&r->fields, &fresh, sizeof fresh);
    return (struct field *)(void *)r->fields.data + n;
}

static bool
to_cell(struct records *r, const struct json_doc *doc, const struct json *v,
        struct cell *out, struct error *err)
{
    const char *text;
    int64_t i;
    uint64_t u;
    double x;

    switch (json_type(v)) {
    case JSON_NULL: *out = cell_nan(); return true;
    case JSON_BOOL: *out = cell_bool(json_is_true(v)); return true;
    case JSON_STRING:
        text = json_text(v);
        *out = cell_str_n(arena_strndup(r->a, text, strlen(text)), strlen(text));
        return true;
    case JSON_NUMBER:
        if (json_to_i64(v, &i))
            *out = cell_int(i);
        else if (json_to_u64(v, &u))
            *out = cell_uint(u);
        else if (strpbrk(json_text(v), ".eE") && json_to_f64(v, &x))
            *out = cell_float(x);
        else
            return json_fail(doc, v, err, ERR_BOUNDS, "the number is too large");
        return true;
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    return json_fail(doc, v, err, ERR_UNSUPPORTED, "%s is no value of a column",
                     json_type_name(json_type(v)));
}

static bool
add_record(struct records *r, const struct json_doc *doc, const struct json *record,
           struct error *err)
{
    size_t at = 0;

    if (json_type(record) != JSON_OBJECT)
        return json_fail(doc, record, err, ERR_MALFORMED, "a record is an object, not %s",
                         json_type_name(json_type(record)));
    for (const struct json *v = json_first(record); v; v = json_next(v), at++) {
        struct field *f = find_field(r, json_key(v), at);
        struct cell value = cell_none();

        if (!f)
            return error_set(err, ERR_LIMIT, "more than %d columns", COLUMNS_MOST);
        if (!to_cell(r, doc, v, &value, err))
            return false;
        pad(f, r->n_rows);
        buf_put(&f->cells, &value, sizeof value);
    }
    r->n_rows++;
    return true;
}

static bool
read_array(struct records *r, const char *text, size_t size, struct error *err)
{
    /* A value takes some 100 octets of memory, and two of the text. */
    const struct json_limits limits = {size, size / 2 + 16, DEPTH};
    struct json_doc *doc;
    const struct json *root;
    bool ok = true;

    if (!json_parse(&doc, text, size, &limits, err))
        return false;
    root = json_root(doc);
    if (json_type(root) != JSON_ARRAY)
        ok = json_fail(doc, root, err, ERR_MALFORMED,
                       "not an array of records (JSON Lines are named .jsonl)");
    for (const struct json *v = ok ? json_first(root) : NULL; ok && v; v = json_next(v))
        ok = add_record(r, doc, v, err);
    json_free(doc);
    return ok;
}

static bool
is_blank(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
            return false;
    return true;
}

static bool
read_lines(struct records *r, const char *text, size_t size, struct error *err)
{
    size_t line = 1;

    for (const char *end = text + size; text < end; line++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((stop ? stop : end) - text);
        struct json_doc *doc;

        if (!is_blank(text, n)) {
            bool ok = json_parse(&doc, text, n, NULL, err);

            if (ok) {
                ok = add_record(r, doc, json_root(doc), err);
                json_free(doc);
            }
            if (!ok) {
                err->at[0] = 0;
                return error_at(err, "line %zu", line);
            }
        }
        text = stop ? stop + 1 : end;
    }
    return true;
}

bool
json_frame_read(struct arena *a, const uint8_t *data, size_t size, bool lines,
                struct frame **out, struct error *err)
{
    struct records r = {.a = a};
    struct field *list;
    const char *text = (const char *)data;
    size_t n;
    bool ok;

    if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        size -= 3;
    }
    ok = lines ? read_lines(&r, text, size, err) : read_array(&r, text, size, err);
    list = (void *)r.fields.data;
    n = r.fields.size / sizeof *list;
    if (ok && n > 0 && r.n_rows > (64 * size + MOST_FREE_VALUES) / n)
        ok = error_set(err, ERR_LIMIT,
                       "%zu records of %zu different names are too many "
                       "values for %zu octets",
                       r.n_rows, n, size);
    if (ok)
        *out = frame_new(a, r.n_rows, n);
    for (size_t i = 0; i < n; i++) {
        if (ok) {
            struct column *c;

            pad(&list[i], r.n_rows);
            c = column_infer(a, (const void *)list[i].cells.data, r.n_rows);
            c->name = cell_str(list[i].name);
            frame_add(*out, c);
        }
        buf_clear(&list[i].cells);
    }
    buf_clear(&r.fields);
    return ok;
}
