/* test_arrow.c: frames of every type through Arrow streams and back. */
#include "arrow/arrow.h"
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
    test_refusals();
    return test_failures != 0;
}
