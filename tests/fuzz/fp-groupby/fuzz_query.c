/* fuzz_query.c: expressions of any text over a frame of every kind of column. */
#include "query/query.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 3 };

static void
add(struct arena *a, struct frame *f, const char *name, enum coltype t,
    const struct cell values[ROWS])
{
    struct column *c = column_new(a, t, ROWS);

    for (size_t i = 0; i < ROWS; i++)
        column_set(c, i, values[i]);
    c->name = cell_str(name);
    frame_add(f, c);
}

static struct frame *
make_frame(struct arena *a)
{
    const struct cell whole[] = {cell_int(-3), cell_int(0), cell_int(INT64_MAX)};
    const struct cell real[] = {cell_float(1.5), cell_nan(), cell_float(-0.0)};
    const struct cell text[] = {cell_str("a"), cell_none(), cell_str("bb")};
    const struct cell truth[] = {cell_bool(true), cell_bool(false), cell_bool(true)};
    const struct cell gaps[] = {cell_int(7), {.kind = CELL_NA}, cell_int(-1)};
    const struct cell small[] = {cell_int(-128), cell_int(3), cell_int(127)};
    const struct cell times[] = {
        {.i = 0, .kind = CELL_TIME}, {.kind = CELL_NAT}, {.i = 5, .kind = CELL_TIME}};
    struct frame *f = frame_new(a, ROWS, 8);

    add(a, f, "i", COLTYPE_INT64, whole);
    add(a, f, "x", COLTYPE_FLOAT64, real);
    add(a, f, "y", COLTYPE_FLOAT32, real);
    add(a, f, "s", COLTYPE_OBJECT, text);
    add(a, f, "two words", COLTYPE_BOOL, truth);
    add(a, f, "n", COLTYPE_NULLABLE_INT, gaps);
    add(a, f, "h", COLTYPE_INT8, small);
    add(a, f, "t", COLTYPE_TIME, times);
    return f;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct frame *f = make_frame(&a);
    struct frame *out;
    struct error err = {0};
    char *text = arena_strndup(&a, (const char *)data, size);

    if (!query_rows(&a, f, text, &out, &err) && !err.message[0])
        abort();
    arena_clear(&a);
    return 0;
}
