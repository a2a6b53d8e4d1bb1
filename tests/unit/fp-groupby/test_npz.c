/* test_npz.c: frames of every type through NumPy's formats and back. */
#include "common/mem.h"
#include "io/npy_frame.h"
#include "test.h"

#include "fp-groupby/random_frame.h"

#include <locale.h>
#include <stdlib.h>

/* What comes back as another type, which says as much. */
static enum coltype
expected(const struct column *c)
{
    return c->dtype == COLTYPE_STRING ? COLTYPE_OBJECT : c->dtype;
}

static void
check_column(const struct column *x, const struct column *y)
{
    CHECK(cell_same(x->name, y->name) && y->dtype == expected(x) && x->size == y->size);
    CHECK(x->ordered == y->ordered);
    for (size_t i = 0; i < x->size && i < y->size; i++) {
        struct cell p = column_get(x, i), q = column_get(y, i);

        CHECK((cell_missing(p) && cell_missing(q)) || cell_same(p, q));
    }
}

static void
check_round_trip(size_t n, bool holes, uint64_t *state)
{
    struct arena a = {0};
    struct error err = {0};
    struct frame *f = frame_new(&a, n, COLTYPE_COUNT), *back = NULL;
    char *text, *again;
    size_t size, size_again;
    FILE *stream = xmemstream(&text, &size);

    for (int t = 0; t < COLTYPE_COUNT; t++)
        frame_add(f, random_column(&a, (enum coltype)t, n, holes, state));
    CHECK(npz_frame_write(f, stream, &err));
    xmemclose(stream);
    stream = xmemstream(&again, &size_again);
    CHECK(npz_frame_write(f, stream, &err));
    xmemclose(stream);
    CHECK(size == size_again && memcmp(text, again, size) == 0);
    CHECK(npz_frame_read(&a, (const uint8_t *)text, size, 1 << 24, &back, &err));
    CHECK(back && back->n_columns == f->n_columns && back->n_rows == n);
    for (size_t i = 0; back && i < back->n_columns; i++)
        check_column(f->columns[i], back->columns[i]);
    if (n > 0)
        CHECK(!npz_frame_read(&a, (const uint8_t *)text, size, 100, &back, &err) &&
              err.class == ERR_LIMIT);
    free(text);
    free(again);
    arena_clear(&a);
}

static void
test_npy(uint64_t *state)
{
    for (int t = COLTYPE_BOOL; t <= COLTYPE_FLOAT64; t++)
        for (size_t m = 1; m < 4; m++) {
            struct arena a = {0};
            struct error err = {0};
            struct frame *f = frame_new(&a, 5, m), *back = NULL;
            char *text;
            size_t size;
            FILE *stream = xmemstream(&text, &size);

            for (size_t i = 0; i < m; i++) {
                struct column *c = random_column(&a, (enum coltype)t, 5, false, state);

                c->name = cell_int((int64_t)i);
                frame_add(f, c);
            }
            CHECK(npy_frame_write(f, stream, &err));
            xmemclose(stream);
            CHECK(npy_frame_read(&a, (const uint8_t *)text, size, &back, &err));
            for (size_t i = 0; back && i < m; i++)
                CHECK(same_columns(f->columns[i], back->columns[i]));
            free(text);
            arena_clear(&a);
        }
}

int
main(void)
{
    uint64_t state = 11;

    CHECK(setlocale(LC_CTYPE, "C.UTF-8")); /* as cli_main() does; libarchive asks it */

    for (size_t n = 0; n < 30; n++)
        check_round_trip(n, n & 1, &state);
    test_npy(&state);
    return test_failures != 0;
}
