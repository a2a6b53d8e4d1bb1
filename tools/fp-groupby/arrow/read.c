/*
 * read.c: first all messages are found and checked, then each column is made whole.
 *
 * Memory is paid for: the buffers of a batch take no more octets than its body, each
 * column takes a bit a row at least, and the rows of columns of nulls, which take
 * nothing, are limited in all.
 */
#include "arrow/arrow.h"
#include "arrow/column.h"
#include "arrow/schema.h"
#include "common/buf.h"

enum { FREE_CELLS = 1 << 24 }; /* that need no octets */

static const uint8_t file_magic[8] = "ARROW1";

struct dictionary {
    int64_t id;
    struct column *values;
};

struct reader {
    struct arena *a;
    const struct arrow_options *options;
    struct arrow_schema schema;
    struct buf batches;      /* struct arrow_batch */
    struct buf dictionaries; /* struct dictionary */
    uint64_t n_rows;
    uint64_t free_cells; /* taken so far */
    size_t n_null;       /* columns of nulls */
};

bool
arrow_looks(const uint8_t *data, size_t size)
{
    return size >= 8 && (memcmp(data, file_magic, 8) == 0 ||
                         (memcmp(data, "\xff\xff\xff\xff", 4) == 0 && data[7] == 0));
}

static struct column *
find_dictionary(const struct reader *r, int64_t id)
{
    const struct dictionary *d = (const void *)r->dictionaries.data;

    for (size_t i = r->dictionaries.size / sizeof *d; i > 0; i--)
        if (d[i - 1].id == id)
            return d[i - 1].values;
    return NULL;
}

/* n_null columns of the batch take no octets; with another one it pays for the rows. */
static bool
rows_are_paid(struct reader *r, const struct arrow_batch *b, size_t n_null, size_t at,
              struct error *err)
{
    uint64_t cells;

    if (!__builtin_mul_overflow(b->n_rows, n_null ? n_null : 1, &cells) &&
        b->n_rows <= FREE_CELLS + 8 * b->body_size &&
        (n_null == 0 || (cells <= FREE_CELLS && (r->free_cells += cells) <= FREE_CELLS)))
        return true;
    (void)error_set(err, ERR_BOUNDS, "a batch claims %llu rows in %llu octets",
                    (unsigned long long)b->n_rows, (unsigned long long)b->body_size);
    return error_at_byte(err, at);
}

static bool
add_dictionary(struct reader *r, struct arrow_message *m, struct error *err)
{
    struct dictionary d = {0};
    const struct arrow_field *field = NULL;
    struct arrow_batch batch;
    struct arrow_cursor cursor = {0};
    bool delta = false;

    if (!arrow_batch_read(m, &batch, &d.id, &delta, err))
        return false;
    for (size_t i = 0; i < r->schema.n_fields && !field; i++)
        if (r->schema.fields[i].encoded && r->schema.fields[i].dictionary == d.id)
            field = &r->schema.fields[i];
    if (!field) {
        (void)error_set(err, ERR_MALFORMED, "a dictionary of no column");
        return error_at_byte(err, m->at);
    }
    if (delta || find_dictionary(r, d.id)) {
        (void)error_set(err, ERR_UNSUPPORTED, "a dictionary that grows or changes");
        return error_at_byte(err, m->at);
    }

    struct arrow_field plain = {.type = field->type};

    if (!rows_are_paid(r, &batch, plain.type.id == ARROW_NULL, m->at, err))
        return false;
    plain.pandas = COLTYPE_COUNT;
    return arrow_column_read(r->a, &plain, &batch, 1, &cursor, r->options, &d.values, err)
               ? (buf_put(&r->dictionaries, &d, sizeof d), true)
               : error_at_byte(err, m->at);
}

static bool
add_batch(struct reader *r, struct arrow_message *m, struct error *err)
{
    struct arrow_batch batch;
    int64_t id;
    bool delta;

    if (!arrow_batch_read(m, &batch, &id, &delta, err) ||
        !rows_are_paid(r, &batch, r->n_null, m->at, err))
        return false;
    if (r->schema.n_fields == 0 && batch.n_rows > 0) {
        (void)error_set(err, ERR_MALFORMED, "rows without columns");
        return error_at_byte(err, m->at);
    }
    r->n_rows += batch.n_rows;
    buf_put(&r->batches, &batch, sizeof batch);
    return true;
}

static bool
read_messages(struct reader *r, const uint8_t *data, size_t size, size_t at, size_t *stop,
              struct error *err)
{
    struct arrow_message m;
    bool end, first = true;

    for (;; first = false) {
        if (!arrow_next(data, size, &at, &m, &end, err))
            return false;
        if (end)
            break;
        if ((m.kind == ARROW_SCHEMA) != first ||
            (!first && m.kind != ARROW_RECORD_BATCH &&
             m.kind != ARROW_DICTIONARY_BATCH)) {
            (void)error_set(err, ERR_MALFORMED,
                            first ? "the stream does not begin with a schema"
                                  : "a message that is no batch");
            return error_at_byte(err, m.at);
        }
        if (first                          ? !arrow_schema_read(r->a, &m, &r->schema, err)
            : m.kind == ARROW_RECORD_BATCH ? !add_batch(r, &m, err)
                                           : !add_dictionary(r, &m, err))
            return false;
        for (size_t i = 0; first && i < r->schema.n_fields; i++)
            r->n_null +=
                !r->schema.fields[i].encoded && r->schema.fields[i].type.id == ARROW_NULL;
    }
    *stop = at;
    return !first || error_set(err, ERR_MALFORMED, "an empty Arrow stream");
}

static bool
read_columns(struct reader *r, struct frame **out, struct error *err)
{
    size_t n_batches = r->batches.size / sizeof(struct arrow_batch);
    const struct arrow_batch *batches = (const void *)r->batches.data;
    struct arrow_cursor *cursors = arena_alloc(r->a, (n_batches + 1) * sizeof *cursors);

    *out = frame_new(r->a, r->n_rows, r->schema.n_fields);
    for (size_t i = 0; i < r->schema.n_fields; i++) {
        const struct arrow_field *field = &r->schema.fields[i];
        struct column *c;

        if (!arrow_column_read(r->a, field, batches, n_batches, cursors, r->options, &c,
                               err) ||
            (field->encoded &&
             !arrow_column_encode(c, field, find_dictionary(r, field->dictionary), err)))
            return error_at(err, "column %zu, '%.*s'", i + 1,
                            (int)(field->name.size < 64 ? field->name.size : 64),
                            field->name.s);
        frame_add(*out, c);
    }
    for (size_t i = 0; i < n_batches; i++)
        if (!arrow_cursor_done(&cursors[i], &batches[i]))
            return error_set(err, ERR_MALFORMED,
                             "batch %zu has more columns or buffers than the schema",
                             i + 1);
    return true;
}

bool
arrow_read(struct arena *a, const uint8_t *data, size_t size,
           const struct arrow_options *o, struct frame **out, struct error *err)
{
    struct reader r = {.a = a, .options = o};
    bool file = size >= 8 && memcmp(data, file_magic, 8) == 0;
    size_t at = file ? 8 : 0;
    bool ok;

    ok = read_messages(&r, data, size, at, &at, err);
    if (ok && file && (size - at < 10 || memcmp(data + size - 6, file_magic, 6) != 0))
        ok = error_set(err, ERR_MALFORMED, "the file has no Arrow footer");
    if (ok && !file && at != size) {
        (void)error_set(err, ERR_MALFORMED, "octets behind the end of the stream");
        ok = error_at_byte(err, at);
    }
    ok = ok && read_columns(&r, out, err);
    buf_clear(&r.batches);
    buf_clear(&r.dictionaries);
    return ok;
}
