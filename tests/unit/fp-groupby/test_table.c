/* test_table.c: values, types, keys and order. */
#include "table/frame.h"
#include "table/key_table.h"
#include "table/order.h"
#include "test.h"

static void
test_cells(void)
{
    struct cell big = cell_int(9007199254740993); /* 2^53 + 1: no double holds it */

    CHECK(cell_equal(cell_int(1), cell_bool(true)));
    CHECK(cell_equal(cell_int(1), cell_float(1.0)));
    CHECK(cell_hash(cell_int(1)) == cell_hash(cell_float(1.0)));
    CHECK(cell_equal(cell_float(0.0), cell_float(-0.0)));
    CHECK(cell_hash(cell_float(0.0)) == cell_hash(cell_float(-0.0)));
    CHECK(!cell_equal(big, cell_float(9007199254740992.0)));
    CHECK(cell_compare(big, cell_float(9007199254740992.0)) > 0);
    CHECK(cell_compare(cell_uint(UINT64_MAX), cell_float(18446744073709551616.0)) < 0);
    CHECK(cell_equal(cell_none(), cell_nan()) && !cell_same(cell_none(), cell_nan()));
    CHECK(cell_compare(cell_int(9), cell_str("1")) < 0);
    CHECK(cell_compare(cell_nan(), cell_str("1")) > 0);
    CHECK(!cell_equal(cell_str("1"), cell_int(1)));
}

static void
test_types(void)
{
    CHECK(coltype_common(COLTYPE_INT8, COLTYPE_UINT8) == COLTYPE_INT16);
    CHECK(coltype_common(COLTYPE_INT64, COLTYPE_UINT64) == COLTYPE_FLOAT64);
    CHECK(coltype_common(COLTYPE_INT8, COLTYPE_FLOAT16) == COLTYPE_FLOAT16);
    CHECK(coltype_common(COLTYPE_INT16, COLTYPE_FLOAT32) == COLTYPE_FLOAT32);
    CHECK(coltype_common(COLTYPE_INT32, COLTYPE_FLOAT32) == COLTYPE_FLOAT64);
    CHECK(coltype_common(COLTYPE_BOOL, COLTYPE_INT8) == COLTYPE_OBJECT);
    CHECK(coltype_result(COLTYPE_BOOL, COLTYPE_INT8) == COLTYPE_INT8);
    CHECK(coltype_min(COLTYPE_INT8) == -128 && coltype_max(COLTYPE_UINT64) == UINT64_MAX);
    CHECK(coltype_with_missing(COLTYPE_BOOL) == COLTYPE_OBJECT);
}

static void
test_keys(void)
{
    struct arena a = {0};
    const double values[] = {2, (double)NAN, -0.0, 2, 0.0, (double)NAN};
    struct column *c = column_new(&a, COLTYPE_FLOAT64, 6);
    struct key_codes k;

    memcpy(c->f, values, sizeof values);
    key_codes(&a, c, KEY_DROP, &k);
    CHECK(k.n_keys == 2 && k.codes[1] == -1 && k.codes[2] == k.codes[4]);
    CHECK(signbit(c->f[k.first[1]]));
    key_codes(&a, c, KEY_ONE, &k);
    CHECK(k.n_keys == 3 && k.codes[1] == 1 && k.codes[5] == 1);

    const struct column *const columns[] = {c};
    const bool down[] = {false};
    int64_t *order = order_by(&a, columns, 1, down);

    CHECK(order[0] == 0 && order[1] == 3 && order[2] == 2 && order[5] == 5);
    arena_clear(&a);
}

static void
test_take(void)
{
    struct arena a = {0};
    struct column *c = column_new(&a, COLTYPE_INT8, 2);
    const int64_t rows[] = {1, -1, 0};

    c->i[0] = -5;
    c->i[1] = 7;

    struct column *whole = column_take(&a, c, rows + 2, 1);
    struct column *holes = column_take(&a, c, rows, 3);

    CHECK(whole->dtype == COLTYPE_INT8 && whole->i[0] == -5);
    CHECK(holes->dtype == COLTYPE_FLOAT64 && isnan(holes->f[1]) && holes->f[2] == -5);

    const struct cell cells[] = {cell_int(1), cell_none(), cell_float(0.5)};

    CHECK(column_infer(&a, cells, 3)->dtype == COLTYPE_FLOAT64);
    CHECK(column_infer(&a, cells, 1)->dtype == COLTYPE_INT64);
    arena_clear(&a);
}

int
main(void)
{
    test_cells();
    test_types();
    test_keys();
    test_take();
    return test_failures != 0;
}
