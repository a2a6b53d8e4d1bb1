/*
 * write.c: a schema message, a dictionary for each category, record batches, the end.
 *
 * A batch has at most BATCH_ROWS rows and TEXT_MOST octets of text in a column, whose
 * offsets have 32 bits.
 */
#include "arrow/arrow.h"
#include "arrow/body.h"
#include "arrow/flat_write.h"
#include "common/bytes.h"
#include "common/json_out.h"
#include "common/mem.h"
#include "table/zone.h"

#include <stdlib.h>

enum { BATCH_ROWS = 1 << 16, TEXT_MOST = 1 << 30 };

struct writer {
    const struct frame *f;
    FILE *out;
    struct arrow_type *types; /* owned; of the values */
};

static void
write_message(FILE *out, struct buf *meta, const struct buf *body)
{
    uint8_t prefix[8];

    flat_align(meta, 8);
    put_le32(prefix, ARROW_CONTINUATION);
    put_le32(prefix + 4, (uint32_t)meta->size);
    (void)fwrite(prefix, 1, sizeof prefix, out);
    (void)fwrite(meta->data, 1, meta->size, out);
    if (body->size > 0)
        (void)fwrite(body->data, 1, body->size, out);
}

/* The root reference and the message table; returns the place of its header. */
static size_t
begin_message(struct buf *b, enum arrow_header kind, size_t body_size)
{
    const struct flat_value values[] = {
        {MESSAGE_VERSION, 2, ARROW_VERSION_5},
        {MESSAGE_HEADER_TYPE, 1, kind},
        {MESSAGE_HEADER, 4, 0},
        {MESSAGE_BODY_LENGTH, 8, (int64_t)body_size},
    };
    size_t places[FLAT_FIELDS_MAX];

    memset(buf_reserve(b, 4), 0, 4);
    b->size = 4;
    flat_point(b, 0, flat_put_table(b, values, COUNT_OF(values), places));
    return places[2];
}

static void
put_name(struct buf *out, struct cell name)
{
    if (name.kind == CELL_STR)
        buf_put(out, name.s, name.size);
    else if (name.kind == CELL_INT)
        buf_printf(out, "%lld", (long long)name.i);
}

static size_t
put_type(struct buf *b, struct arrow_type t)
{
    size_t places[FLAT_FIELDS_MAX];
    struct flat_value values[2] = {{0}};
    char zone[ZONE_NAME_SIZE];
    size_t n = 0;
    size_t at;

    if (t.id == ARROW_INT) {
        values[n++] = (struct flat_value){INT_BITS, 4, t.bits};
        values[n++] = (struct flat_value){INT_SIGNED, 1, t.is_signed};
    } else if (t.id == ARROW_FLOAT)
        values[n++] = (struct flat_value){FLOAT_PRECISION, 2,
                                          t.bits == 16   ? ARROW_HALF
                                          : t.bits == 32 ? ARROW_SINGLE
                                                         : ARROW_DOUBLE};
    else if (t.id == ARROW_TIMESTAMP || t.id == ARROW_DURATION)
        values[n++] = (struct flat_value){TIMESTAMP_UNIT, 2, ARROW_NANO};
    if (t.id != ARROW_TIMESTAMP || !coltype_is_zoned(t.times))
        return flat_put_table(b, values, n, places);
    values[n++] = (struct flat_value){TIMESTAMP_ZONE, 4, 0};
    at = flat_put_table(b, values, n, places);
    flat_point(b, places[1], flat_put_string(b, zone, zone_name(t.times, zone)));
    return at;
}

static size_t
put_encoding(struct buf *b, const struct column *c, size_t id)
{
    const struct flat_value values[] = {
        {ENCODING_ID, 8, (int64_t)id},
        {ENCODING_INDEX, 4, 0},
        {ENCODING_ORDERED, 1, c->ordered},
    };
    size_t places[FLAT_FIELDS_MAX];
    size_t at = flat_put_table(b, values, COUNT_OF(values), places);

    flat_point(b, places[1], put_type(b, arrow_code_type(c)));
    return at;
}

static size_t
put_field(struct buf *b, const struct writer *w, size_t i)
{
    const struct column *c = w->f->columns[i];
    const struct flat_value values[] = {
        {FIELD_NAME, 4, 0}, {FIELD_NULLABLE, 1, 1}, {FIELD_TYPE_ID, 1, w->types[i].id},
        {FIELD_TYPE, 4, 0}, {FIELD_CHILDREN, 4, 0}, {FIELD_DICTIONARY, 4, 0},
    };
    size_t places[FLAT_FIELDS_MAX];
    size_t at = flat_put_table(b, values, c->categories ? 6 : 5, places);
    struct buf name = {0};

    put_name(&name, c->name);
    flat_point(b, places[0], flat_put_string(b, buf_string(&name), name.size));
    flat_point(b, places[3], put_type(b, w->types[i]));
    flat_point(b, places[4], flat_put_references(b, 0));
    if (c->categories)
        flat_point(b, places[5], put_encoding(b, c, i));
    buf_clear(&name);
    return at;
}

/* The names pyarrow writes for kinds of values. */
static const char *
pandas_kind(const struct column *c, struct arrow_type t)
{
    if (c->categories)
        return "categorical";
    if (t.id == ARROW_UTF8)
        return "unicode";
    if (t.id == ARROW_NULL)
        return "empty";
    if (c->dtype == COLTYPE_NULLABLE_INT)
        return "int64";
    if (c->dtype == COLTYPE_NULLABLE_FLOAT)
        return "float64";
    if (t.id == ARROW_BOOL)
        return "bool";
    if (coltype_is_zoned(c->dtype))
        return "datetimetz";
    return c->dtype == COLTYPE_TIME   ? "datetime"
           : c->dtype == COLTYPE_SPAN ? "timedelta"
                                      : coltype_name(c->dtype);
}

static void
put_pandas_column(struct json_out *j, const struct column *c, struct arrow_type t)
{
    const char *kind = pandas_kind(c, t);
    const char *numpy =
        coltype_name(coltype_is_zoned(c->dtype) ? COLTYPE_TIME : c->dtype);
    char zone[ZONE_NAME_SIZE];
    struct buf name = {0};

    put_name(&name, c->name);
    json_object(j, NULL);
    json_string_n(j, "name", buf_string(&name), name.size);
    json_string_n(j, "field_name", buf_string(&name), name.size);
    json_string(j, "pandas_type", kind);
    if (c->categories) {
        json_stringf(j, "numpy_type", "int%u", arrow_code_type(c).bits);
        json_object(j, "metadata");
        json_u64(j, "num_categories", c->categories->size);
        json_bool(j, "ordered", c->ordered);
        json_end(j);
    } else {
        json_string(j, "numpy_type", numpy);
        if (coltype_is_zoned(c->dtype)) {
            json_object(j, "metadata");
            json_string_n(j, "timezone", zone, zone_name(c->dtype, zone));
            json_end(j);
        } else
            json_null(j, "metadata");
    }
    json_end(j);
    buf_clear(&name);
}

static char *
pandas_metadata(const struct writer *w)
{
    char *text;
    size_t size;
    FILE *stream = xmemstream(&text, &size);
    struct json_out j;

    json_start(&j, stream, JSON_LINE);
    json_object(&j, NULL);
    json_array(&j, "index_columns");
    json_end(&j);
    json_array(&j, "column_indexes");
    json_end(&j);
    json_array(&j, "columns");
    for (size_t i = 0; i < w->f->n_columns; i++)
        put_pandas_column(&j, w->f->columns[i], w->types[i]);
    json_end(&j);
    json_string(&j, "pandas_version", "2.2.3");
    json_end(&j);
    xmemclose(stream);
    return text;
}

static void
write_schema(const struct writer *w)
{
    const struct flat_value values[] = {
        {SCHEMA_ENDIANNESS, 2, 0}, {SCHEMA_FIELDS, 4, 0}, {SCHEMA_METADATA, 4, 0}};
    const struct flat_value pair[] = {{KEY_VALUE_KEY, 4, 0}, {KEY_VALUE_VALUE, 4, 0}};
    const struct buf no_body = {0};
    struct buf b = {0};
    size_t places[FLAT_FIELDS_MAX], pair_places[FLAT_FIELDS_MAX];
    size_t header = begin_message(&b, ARROW_SCHEMA, 0);
    char *pandas = pandas_metadata(w);
    size_t list;

    flat_point(&b, header, flat_put_table(&b, values, COUNT_OF(values), places));
    list = flat_put_references(&b, w->f->n_columns);
    flat_point(&b, places[1], list);
    for (size_t i = 0; i < w->f->n_columns; i++)
        flat_point(&b, list + 4 + 4 * i, put_field(&b, w, i));
    list = flat_put_references(&b, 1);
    flat_point(&b, places[2], list);
    flat_point(&b, list + 4, flat_put_table(&b, pair, COUNT_OF(pair), pair_places));
    flat_point(&b, pair_places[0], flat_put_string(&b, "pandas", 6));
    flat_point(&b, pair_places[1], flat_put_string(&b, pandas, strcspn(pandas, "\n")));
    write_message(w->out, &b, &no_body);
    free(pandas);
    buf_clear(&b);
}

static size_t
put_batch(struct buf *b, const struct arrow_body *body, size_t n_rows)
{
    const struct flat_value values[] = {
        {BATCH_LENGTH, 8, (int64_t)n_rows}, {BATCH_NODES, 4, 0}, {BATCH_BUFFERS, 4, 0}};
    size_t places[FLAT_FIELDS_MAX];
    size_t at = flat_put_table(b, values, COUNT_OF(values), places);

    flat_point(b, places[1], flat_put_vector(b, body->nodes.size / 16));
    buf_put(b, body->nodes.data, body->nodes.size);
    flat_point(b, places[2], flat_put_vector(b, body->buffers.size / 16));
    buf_put(b, body->buffers.data, body->buffers.size);
    return at;
}

static void
write_dictionary(const struct writer *w, size_t i)
{
    const struct column *categories = w->f->columns[i]->categories;
    const struct flat_value values[] = {{DICTIONARY_ID, 8, (int64_t)i},
                                        {DICTIONARY_DATA, 4, 0}};
    size_t places[FLAT_FIELDS_MAX];
    struct arrow_body body = {0};
    struct buf b = {0};
    size_t header;

    arrow_body_add(&body, categories, w->types[i], 0, categories->size);
    header = begin_message(&b, ARROW_DICTIONARY_BATCH, body.bytes.size);
    flat_point(&b, header, flat_put_table(&b, values, COUNT_OF(values), places));
    flat_point(&b, places[1], put_batch(&b, &body, categories->size));
    write_message(w->out, &b, &body.bytes);
    arrow_body_clear(&body);
    buf_clear(&b);
}

static void
write_batch(const struct writer *w, size_t first, size_t n)
{
    struct arrow_body body = {0};
    struct buf b = {0};
    size_t header;

    for (size_t i = 0; i < w->f->n_columns; i++) {
        const struct column *c = w->f->columns[i];

        arrow_body_add(&body, c, c->categories ? arrow_code_type(c) : w->types[i], first,
                       n);
    }
    header = begin_message(&b, ARROW_RECORD_BATCH, body.bytes.size);
    flat_point(&b, header, put_batch(&b, &body, n));
    write_message(w->out, &b, &body.bytes);
    arrow_body_clear(&body);
    buf_clear(&b);
}

/* Rows of the next batch. */
static size_t
batch_rows(const struct frame *f, size_t first)
{
    size_t n = f->n_rows - first < BATCH_ROWS ? f->n_rows - first : BATCH_ROWS;

    for (size_t i = 0; i < f->n_columns; i++) {
        const struct column *c = f->columns[i];
        uint64_t text = 0;

        if (coltype_class(c->dtype) != CLASS_CELL)
            continue;
        for (size_t row = 0; row < n; row++) {
            struct cell v = c->cells[first + row];

            text += v.kind == CELL_STR ? v.size : 0;
            if (text > TEXT_MOST)
                n = row > 0 ? row : 1;
        }
    }
    return n;
}

/* No text is longer than offsets can say. */
static bool
texts_fit(const struct column *c, struct error *err)
{
    uint64_t total = 0;

    if (c->categories) {
        for (size_t i = 0; i < c->categories->size; i++)
            total += coltype_class(c->categories->dtype) == CLASS_CELL
                         ? c->categories->cells[i].size
                         : 0;
        if (total > INT32_MAX)
            return error_set(err, ERR_LIMIT, "categories of more than 2 GiB of text");
    }
    for (size_t i = 0; coltype_class(c->dtype) == CLASS_CELL && i < c->size; i++)
        if (c->cells[i].kind == CELL_STR && c->cells[i].size > INT32_MAX)
            return error_set(err, ERR_LIMIT, "a text of more than 2 GiB");
    return true;
}

bool
arrow_write(const struct frame *f, FILE *out, struct error *err)
{
    static const uint8_t end[8] = {0xff, 0xff, 0xff, 0xff};
    struct writer w = {.f = f, .out = out};
    bool ok = true;

    w.types = xcalloc(f->n_columns + 1, sizeof *w.types);
    for (size_t i = 0; ok && i < f->n_columns; i++)
        ok = arrow_type_of(f->columns[i], &w.types[i], err) &&
             texts_fit(f->columns[i], err);
    if (ok) {
        write_schema(&w);
        for (size_t i = 0; i < f->n_columns; i++)
            if (f->columns[i]->categories)
                write_dictionary(&w, i);
        for (size_t row = 0, n; row < f->n_rows; row += n) {
            n = batch_rows(f, row);
            write_batch(&w, row, n);
        }
        (void)fwrite(end, 1, sizeof end, out);
        ok = !ferror(out) || error_errno(err, "cannot write");
    }
    free(w.types);
    return ok;
}
