/* schema.c: prefixes, the schema with pandas' metadata, heads of batches. */
#include "arrow/schema.h"

#include "common/bytes.h"
#include "common/json_in.h"
#include "common/utf8.h"
#include "table/zone.h"

static bool
malformed(struct error *err, size_t at, const char *what)
{
    (void)error_set(err, ERR_MALFORMED, "%s", what);
    return error_at_byte(err, at);
}

static bool
unsupported(struct error *err, size_t at, const char *what)
{
    (void)error_set(err, ERR_UNSUPPORTED, "%s", what);
    return error_at_byte(err, at);
}

static bool
read_head(struct arrow_message *out, struct error *err)
{
    struct flat_table t = flat_root(&out->flat);
    int64_t version = flat_int(&t, MESSAGE_VERSION, 2, 0);
    int64_t size = flat_int(&t, MESSAGE_BODY_LENGTH, 8, 0);

    out->kind = (enum arrow_header)(uint8_t)flat_int(&t, MESSAGE_HEADER_TYPE, 1, 0);
    out->header = flat_sub(&t, MESSAGE_HEADER);
    if (out->flat.bad || out->header.at == 0 || size < 0)
        return malformed(err, out->at, "not the metadata of an Arrow message");
    if (version != ARROW_VERSION_5 && version != ARROW_VERSION_4) {
        (void)error_set(err, ERR_VERSION, "metadata version V%lld is not known",
                        (long long)version + 1);
        return error_at_byte(err, out->at);
    }
    out->body_size = (uint64_t)size;
    return true;
}

bool
arrow_next(const uint8_t *data, size_t size, size_t *at, struct arrow_message *out,
           bool *end, struct error *err)
{
    size_t left = size - *at;
    size_t prefix = 4;
    uint32_t length;

    *end = left == 0; /* closing the stream ends it, too */
    if (*end)
        return true;
    *out = (struct arrow_message){.at = *at};
    if (left < 4)
        return malformed(err, *at, "the stream ends inside a message");
    length = get_le32(data + *at);
    if (length == ARROW_CONTINUATION) {
        prefix = 8;
        if (left < 8)
            return malformed(err, *at, "the stream ends inside a message");
        length = get_le32(data + *at + 4);
    }
    if (length == 0) {
        *end = true;
        *at += prefix;
        return true;
    }
    if (length > INT32_MAX || length > left - prefix)
        return malformed(err, *at, "the stream ends inside a message's metadata");
    out->flat = (struct flat){.data = data + *at + prefix, .size = length};
    if (!read_head(out, err))
        return false;
    *at += prefix + length;
    if (out->body_size > size - *at)
        return malformed(err, out->at, "the stream ends inside a message's body");
    if (out->body_size > 0)
        out->body = data + *at;
    *at += out->body_size;
    return true;
}

static bool
read_int(const struct flat_table *t, struct arrow_type *out)
{
    int64_t bits = flat_int(t, INT_BITS, 4, 0);

    out->id = ARROW_INT;
    out->bits = (unsigned)bits;
    out->is_signed = flat_int(t, INT_SIGNED, 1, 0) != 0;
    return bits == 8 || bits == 16 || bits == 32 || bits == 64;
}

/* False: a type that no column has. */
static bool
read_type(enum arrow_type_id id, const struct flat_table *t, struct arrow_type *out)
{
    int64_t unit = flat_int(t, TIMESTAMP_UNIT, 2, 0);

    *out = (struct arrow_type){.id = id};
    switch (id) {
    case ARROW_NULL:
    case ARROW_UTF8:
    case ARROW_LARGE_UTF8:
    case ARROW_UTF8_VIEW:
    case ARROW_BOOL: return true;
    case ARROW_INT: return read_int(t, out);
    case ARROW_FLOAT:
        unit = flat_int(t, FLOAT_PRECISION, 2, ARROW_HALF);
        out->bits = unit == ARROW_HALF ? 16 : unit == ARROW_SINGLE ? 32 : 64;
        return unit >= ARROW_HALF && unit <= ARROW_DOUBLE;
    case ARROW_DATE:
        unit = flat_int(t, DATE_UNIT, 2, ARROW_DATE_MILLI);
        out->bits = unit == ARROW_DATE_DAY ? 32 : 64;
        out->unit = ARROW_MILLI;
        return unit == ARROW_DATE_DAY || unit == ARROW_DATE_MILLI;
    case ARROW_DURATION: unit = flat_int(t, DURATION_UNIT, 2, ARROW_MILLI); break;
    case ARROW_TIMESTAMP: break;
    }
    out->bits = 64;
    out->unit = (enum arrow_unit)unit;
    return unit >= ARROW_SECOND && unit <= ARROW_NANO;
}

static bool
well_formed(const struct flat_vector *text)
{
    for (size_t i = 0, n; i < text->count; i += n)
        if ((n = utf8_length(text->data + i, text->count - i)) == 0)
            return false;
    return true;
}

/* Of a zone whose offset changes no clock is known here. */
static bool
read_zone(const struct arrow_message *m, const struct flat_table *t,
          struct arrow_field *out, struct error *err)
{
    struct flat_vector zone = flat_vector(t, TIMESTAMP_ZONE, 1);

    out->type.times = COLTYPE_TIME;
    if (zone.count == 0 ||
        zone_type((const char *)zone.data, zone.count, &out->type.times))
        return true;
    (void)error_set(err, ERR_UNSUPPORTED,
                    "column '%.*s' has times of the zone '%.*s' (UTC and offsets such as "
                    "+02:00 are known; convert it first)",
                    (int)(out->name.size < 60 ? out->name.size : 60), out->name.s,
                    well_formed(&zone) ? (int)(zone.count < 40 ? zone.count : 40) : 0,
                    (const char *)zone.data);
    return error_at_byte(err, m->at);
}

static bool
known_type(enum arrow_type_id id)
{
    return id == ARROW_NULL || id == ARROW_INT || id == ARROW_FLOAT || id == ARROW_UTF8 ||
           id == ARROW_BOOL || id == ARROW_DATE || id == ARROW_TIMESTAMP ||
           id == ARROW_DURATION || id == ARROW_LARGE_UTF8 || id == ARROW_UTF8_VIEW;
}

static bool
read_field(const struct arrow_message *m, const struct flat_table *t,
           struct arrow_field *out, struct error *err)
{
    struct flat_vector name = flat_vector(t, FIELD_NAME, 1);
    struct flat_table type = flat_sub(t, FIELD_TYPE);
    struct flat_table encoding = flat_sub(t, FIELD_DICTIONARY);
    int64_t id = (uint8_t)flat_int(t, FIELD_TYPE_ID, 1, 0);

    *out = (struct arrow_field){.pandas = COLTYPE_COUNT};
    if (!well_formed(&name))
        return malformed(err, m->at, "a column's name is not UTF-8");
    out->name = cell_str_n(name.count ? (const char *)name.data : "", name.count);
    if (flat_vector(t, FIELD_CHILDREN, 4).count > 0 ||
        !known_type((enum arrow_type_id)id) ||
        !read_type((enum arrow_type_id)id, &type, &out->type)) {
        (void)error_set(err, ERR_UNSUPPORTED,
                        "column '%.*s' is of Arrow type %lld in a form that no column "
                        "here has (nested, ...)",
                        (int)out->name.size, out->name.s, (long long)id);
        return error_at_byte(err, m->at);
    }
    if (out->type.id == ARROW_TIMESTAMP && !read_zone(m, &type, out, err))
        return false;
    out->encoded = encoding.at != 0;
    if (out->encoded) {
        struct flat_table index = flat_sub(&encoding, ENCODING_INDEX);

        out->dictionary = flat_int(&encoding, ENCODING_ID, 8, 0);
        out->ordered = flat_int(&encoding, ENCODING_ORDERED, 1, 0) != 0;
        out->code = (struct arrow_type){.id = ARROW_INT, .bits = 32, .is_signed = true};
        if (index.at != 0 && !read_int(&index, &out->code))
            return malformed(err, m->at, "codes of a dictionary have no known width");
    }
    return !m->flat.bad || malformed(err, m->at, "a field points outside its message");
}

/* "int64" .. of pandas; other nullable types of its are of ours, which hold them. */
static enum coltype
pandas_type(const char *name)
{
    enum coltype t = COLTYPE_COUNT;

    if (coltype_parse(name, &t))
        return t;
    if (strncmp(name, "string", 6) == 0)
        return COLTYPE_STRING;
    if (strncmp(name, "Int", 3) == 0 || strncmp(name, "UInt", 4) == 0)
        return COLTYPE_NULLABLE_INT;
    return strncmp(name, "Float", 5) == 0 ? COLTYPE_NULLABLE_FLOAT : COLTYPE_COUNT;
}

/* What it says is a hint: text that is no such JSON is passed over. */
static void
read_pandas(const struct flat_vector *text, struct arrow_schema *out)
{
    struct json_doc *doc;
    struct error ignored = {0};
    const struct json *column;
    size_t i = 0;

    if (!json_parse(&doc, (const char *)text->data, text->count, NULL, &ignored))
        return;
    column = json_get(json_root(doc), "columns");
    if (column && json_type(column) != JSON_ARRAY)
        column = NULL;
    for (column = column ? json_first(column) : NULL; column && i < out->n_fields;
         column = json_next(column), i++) {
        const struct json *name = json_get(column, "field_name");
        const struct json *type = json_get(column, "numpy_type");
        const struct cell *own = &out->fields[i].name;

        if (name && type && json_type(name) == JSON_STRING &&
            json_type(type) == JSON_STRING && strlen(json_text(name)) == own->size &&
            memcmp(json_text(name), own->s, own->size) == 0)
            out->fields[i].pandas = pandas_type(json_text(type));
    }
    json_free(doc);
}

static void
read_metadata(struct arrow_message *m, struct arrow_schema *out)
{
    struct flat_vector pairs = flat_vector(&m->header, SCHEMA_METADATA, 4);

    for (size_t i = 0; i < pairs.count && !m->flat.bad; i++) {
        struct flat_table pair = flat_element(&m->flat, &pairs, i);
        struct flat_vector key = flat_vector(&pair, KEY_VALUE_KEY, 1);
        struct flat_vector value = flat_vector(&pair, KEY_VALUE_VALUE, 1);

        if (key.count == 6 && memcmp(key.data, "pandas", 6) == 0 && value.count > 0) {
            read_pandas(&value, out);
            return;
        }
    }
}

bool
arrow_schema_read(struct arena *a, struct arrow_message *m, struct arrow_schema *out,
                  struct error *err)
{
    struct flat_vector fields = flat_vector(&m->header, SCHEMA_FIELDS, 4);

    if (flat_int(&m->header, SCHEMA_ENDIANNESS, 2, 0) != 0)
        return unsupported(err, m->at, "the stream is big-endian");
    if (fields.count > ARROW_COLUMNS_MAX)
        return unsupported(err, m->at, "more than 2^20 columns");
    out->fields = arena_alloc(a, (fields.count + 1) * sizeof *out->fields);
    out->n_fields = fields.count;
    for (size_t i = 0; i < fields.count; i++) {
        struct flat_table t = flat_element(&m->flat, &fields, i);

        if (!read_field(m, &t, &out->fields[i], err))
            return false;
    }
    read_metadata(m, out);
    return !m->flat.bad || malformed(err, m->at, "the schema points outside its message");
}

bool
arrow_batch_read(struct arrow_message *m, struct arrow_batch *out, int64_t *id,
                 bool *delta, struct error *err)
{
    struct flat_table t = m->header;
    uint64_t total = 0, size;
    int64_t length;

    if (m->kind == ARROW_DICTIONARY_BATCH) {
        *id = flat_int(&t, DICTIONARY_ID, 8, 0);
        *delta = flat_int(&t, DICTIONARY_DELTA, 1, 0) != 0;
        t = flat_sub(&t, DICTIONARY_DATA);
    }
    length = flat_int(&t, BATCH_LENGTH, 8, 0);
    *out = (struct arrow_batch){
        .n_rows = (uint64_t)length, .body = m->body, .body_size = m->body_size};
    out->nodes = flat_vector(&t, BATCH_NODES, 16);
    out->buffers = flat_vector(&t, BATCH_BUFFERS, 16);
    out->variadic = flat_vector(&t, BATCH_VARIADIC, 8);
    if (flat_sub(&t, BATCH_COMPRESSION).at != 0)
        return unsupported(err, m->at,
                           "the batch is compressed (write it without compression)");
    if (m->flat.bad || length < 0)
        return malformed(err, m->at, "a batch points outside its message");
    for (size_t i = 0; i < out->buffers.count; i++) {
        size = get_le64(out->buffers.data + 16 * i + 8);
        if (__builtin_add_overflow(total, size, &total) || total > m->body_size)
            return malformed(err, m->at, "the buffers of a batch exceed its body");
    }
    return true;
}
