/* test_arrow.c: frames of every type through Arrow streams and back. */
#include "arrow/arrow.h"
#include "arrow/flat_write.h"
#include "arrow/format.h"
#include "common/bytes.h"
#include "common/mem.h"
#include "test.h"

#include "fp-groupby/random_frame.h"

#include <stdlib.h>

static const struct arrow_options plain = {.nan = false};

static void
check_round_trip(size_t n, bool holes, uint64_t *state)
{
    struct arena a = {0};
    struct error err = {0};
    struct frame *f = frame_new(&a, n, COLTYPE_COUNT);
    struct frame *back = NULL;
    char *text;
    size_t size;
    FILE *stream = xmemstream(&text, &size);

    for (int t = 0; t < COLTYPE_COUNT; t++)
        frame_add(f, random_column(&a, (enum coltype)t, n, holes, state));
    CHECK(arrow_write(f, stream, &err));
    xmemclose(stream);
    CHECK(arrow_looks((const uint8_t *)text, size));
    CHECK(arrow_read(&a, (const uint8_t *)text, size, &plain, &back, &err));
    CHECK(back && back->n_rows == n && back->n_columns == f->n_columns);
    for (size_t i = 0; back && i < f->n_columns; i++) {
        bool same = same_columns(f->columns[i], back->columns[i]);

        CHECK(same || (n == 0 && coltype_class(f->columns[i]->dtype) == CLASS_CELL));
        if (!same)
            (void)fprintf(stderr, "%s, %zu rows\n", coltype_name(f->columns[i]->dtype),
                          n);
    }
    /* Every octet that is lost is missed, but for those of the end mark. */
    for (size_t cut = 1; n < 20 && cut < size; cut++) {
        struct error why = {0};
        bool read =
            arrow_read(&a, (const uint8_t *)text, size - cut, &plain, &back, &why);

        CHECK(cut == 8 || !read || back->n_rows < n);
    }
    free(text);
    arena_clear(&a);
}

/* Any octet changed: read or refused, nothing worse. */
static void
check_damage(uint64_t *state)
{
    struct arena a = {0};
    struct error err = {0};
    struct frame *f = frame_new(&a, 9, COLTYPE_COUNT);
    struct frame *back;
    char *text;
    size_t size;
    FILE *stream = xmemstream(&text, &size);

    for (int t = 0; t < COLTYPE_COUNT; t++)
        frame_add(f, random_column(&a, (enum coltype)t, 9, true, state));
    CHECK(arrow_write(f, stream, &err));
    xmemclose(stream);
    for (size_t i = 0; i < size; i++) {
        struct arena b = {0};
        char old = text[i];

        text[i] = (char)(old ^ (1 << random_next(state) % 8));
        (void)(arrow_read(&b, (const uint8_t *)text, size, &plain, &back, &err) ||
               err.class);
        text[i] = old;
        arena_clear(&b);
    }
    free(text);
    arena_clear(&a);
}

static void
test_halves(void)
{
    CHECK(half_from_f64(1.0) == 0x3c00 && half_from_f64(-2.0) == 0xc000);
    CHECK(half_from_f64(65504) == 0x7bff && half_from_f64(65519.99) == 0x7bff);
    CHECK(half_from_f64(65520) == 0x7c00 && half_from_f64(0x1p-24) == 1);
    CHECK(half_from_f64(0x1p-25) == 0 && half_from_f64(0x1.8p-24) == 2);
    CHECK(half_from_f64(0x1.ff8p-15) == 0x03ff && half_from_f64(0x1.ffcp-15) == 0x0400);
    CHECK(half_from_f64(2049) == half_from_f64(2048) &&
          half_from_f64(2051) == half_from_f64(2052));
    for (unsigned h = 0; h < 0x10000; h++) {
        double x = half_to_f64((uint16_t)h);

        CHECK(isnan(x) ? (h & 0x7c00) == 0x7c00 : half_from_f64(x) == h);
    }
}

static void
put_message(struct buf *out, struct buf *meta, const struct buf *body)
{
    uint8_t prefix[8];

    flat_align(meta, 8);
    put_le32(prefix, ARROW_CONTINUATION);
    put_le32(prefix + 4, (uint32_t)meta->size);
    buf_put(out, prefix, sizeof prefix);
    buf_put(out, meta->data, meta->size);
    buf_put(out, body->data, body->size);
    buf_clear(meta);
}

static size_t
begin(struct buf *b, int64_t kind, int64_t body)
{
    const struct flat_value values[] = {{MESSAGE_VERSION, 2, ARROW_VERSION_5},
                                        {MESSAGE_HEADER_TYPE, 1, kind},
                                        {MESSAGE_HEADER, 4, 0},
                                        {MESSAGE_BODY_LENGTH, 8, body}};
    size_t places[FLAT_FIELDS_MAX];

    buf_put(b, "\0\0\0", 4);
    flat_point(b, 0, flat_put_table(b, values, 4, places));
    return places[2];
}

/* One column of text views, which no other test writes: a short text and a long one. */
static void
put_views(struct buf *out, uint32_t offset)
{
    const struct flat_value schema[] = {{SCHEMA_FIELDS, 4, 0}};
    const struct flat_value field[] = {{FIELD_TYPE_ID, 1, ARROW_UTF8_VIEW},
                                       {FIELD_TYPE, 4, 0}};
    const struct flat_value batch[] = {{BATCH_LENGTH, 8, 2},
                                       {BATCH_NODES, 4, 0},
                                       {BATCH_BUFFERS, 4, 0},
                                       {BATCH_VARIADIC, 4, 0}};
    static const uint64_t nodes[] = {2, 0}, buffers[] = {0, 0, 0, 32, 32, 16},
                          counts[] = {1};
    struct buf meta = {0}, body = {0};
    size_t places[FLAT_FIELDS_MAX];
    size_t header = begin(&meta, ARROW_SCHEMA, 0), list;

    flat_point(&meta, header, flat_put_table(&meta, schema, 1, places));
    list = flat_put_references(&meta, 1);
    flat_point(&meta, places[0], list);
    flat_point(&meta, list + 4, flat_put_table(&meta, field, 2, places));
    flat_point(&meta, places[1], flat_put_table(&meta, NULL, 0, places));
    put_message(out, &meta, &body);

    buf_put(&body, "\5\0\0\0short\0\0\0\0\0\0", 16);
    buf_put(&body, "\20\0\0\0sixt\0\0\0\0", 12);
    buf_put(&body, &offset, 4);
    buf_put(&body, "sixteen octets..", 16);
    header = begin(&meta, ARROW_RECORD_BATCH, (int64_t)body.size);
    flat_point(&meta, header, flat_put_table(&meta, batch, 4, places));
    flat_point(&meta, places[1], flat_put_vector(&meta, 1));
    buf_put(&meta, nodes, sizeof nodes);
    flat_point(&meta, places[2], flat_put_vector(&meta, 3));
    buf_put(&meta, buffers, sizeof buffers);
    flat_point(&meta, places[3], flat_put_vector(&meta, 1));
    buf_put(&meta, counts, sizeof counts);
    put_message(out, &meta, &body);
    buf_clear(&body);
}

static void
test_views(void)
{
    struct arena a = {0};
    struct error err = {0};
    struct buf stream = {0};
    struct frame *f = NULL;

    put_views(&stream, 0);
    CHECK(arrow_read(&a, stream.data, stream.size, &plain, &f, &err));
    CHECK(f && f->n_rows == 2 && f->columns[0]->dtype == COLTYPE_OBJECT);
    CHECK(f && cell_equal(f->columns[0]->cells[0], cell_str("short")) &&
          cell_equal(f->columns[0]->cells[1], cell_str("sixteen octets..")));
    stream.size = 0;
    put_views(&stream, 1);
    CHECK(!arrow_read(&a, stream.data, stream.size, &plain, &f, &err) &&
          err.class == ERR_BOUNDS);
    buf_clear(&stream);
    arena_clear(&a);
}

static void
test_refusals(void)
{
    struct arena a = {0};
    struct error err = {0};
    struct frame *f = frame_new(&a, 2, 1), *back;
    struct column *c = column_new(&a, COLTYPE_OBJECT, 2);
    char *text;
    size_t size;
    FILE *stream = xmemstream(&text, &size);

    c->name = cell_str("mixed");
    c->cells[0] = cell_int(1);
    c->cells[1] = cell_str("one");
    frame_add(f, c);
    CHECK(!arrow_write(f, stream, &err) && err.class == ERR_UNSUPPORTED);
    xmemclose(stream);
    CHECK(!arrow_read(&a, (const uint8_t *)"", 0, &plain, &back, &err));
    CHECK(!arrow_read(&a, (const uint8_t *)"\xff\xff\xff\xff\0\0\0\0", 8, &plain, &back,
                      &err));
    free(text);
    arena_clear(&a);
}

int
main(void)
{
    uint64_t state = 1;

    test_halves();
    for (size_t n = 0; n < 40; n++)
        check_round_trip(n, n & 1, &state);
    check_round_trip(70000, true, &state); /* more than one batch */
    check_damage(&state);
    test_views();
    test_refusals();
    return test_failures != 0;
}
