/* test_table.c: values, types, keys and order. */
#include "table/frame.h"
#include "table/key_table.h"
#include "table/order.h"
#include "table/time.h"
#include "table/zone.h"
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

/* Every offset has a type of its own, which its name gives back. */
static void
test_zones(void)
{
    char name[ZONE_NAME_SIZE];
    enum coltype t;

    for (int minutes = -1439; minutes <= 1439; minutes++) {
        enum coltype own = coltype_zoned(minutes);

        CHECK(coltype_is_zoned(own) && coltype_minutes(own) == minutes);
        CHECK(coltype_class(own) == CLASS_TIME && coltype_octets(own) == 8);
        CHECK(coltype_parse(coltype_name(own), &t) && t == own);
        CHECK(zone_type(name, zone_name(own, name), &t) && t == own);
    }
    CHECK(strcmp(coltype_name(coltype_zoned(0)), "datetime64[ns, UTC]") == 0);
    CHECK(strcmp(coltype_name(coltype_zoned(-330)), "datetime64[ns, UTC-05:30]") == 0);
    CHECK(!coltype_parse("datetime64[ns, UTC+24:00]", &t));
    CHECK(!coltype_parse("datetime64[ns, UTC+00:00]", &t));
    CHECK(!zone_type("Europe/Rome", 11, &t) && !zone_type("+2", 2, &t));
    CHECK(coltype_common(COLTYPE_UTC, COLTYPE_UTC) == COLTYPE_UTC);
    CHECK(coltype_common(COLTYPE_UTC, coltype_zoned(120)) == COLTYPE_OBJECT);
    CHECK(coltype_common(COLTYPE_UTC, COLTYPE_TIME) == COLTYPE_OBJECT);
}

static void
test_zone_texts(void)
{
    static const struct {
        const char *text;
        int iso, clock, strptime; /* minutes, or 9999: no offset */
    } texts[] = {
        {"Z", 0, 0, 0},
        {"z", 9999, 9999, 9999},
        {"+02:00", 120, 120, 120},
        {"-0530", -330, -330, -330},
        {"+5", 300, 9999, 9999},
        {"-05", -300, 9999, 9999},
        {"+5:3", 303, 9999, 9999},
        {"+530", 9999, 9999, 9999},
        {"+05:60", 9999, 9999, 9999},
        {"+24:00", 9999, 9999, 9999},
        {"-23:59", -1439, -1439, -1439},
        {"+02:00:30", 9999, 9999, 120},
        {"+020030.123456", 9999, 9999, 120},
        {"+02:00:30.1234567", 9999, 9999, 9999},
        {"+02:", 9999, 9999, 9999},
        {"", 9999, 9999, 9999},
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *s = texts[i].text;
        int found[3];

        for (int style = 0; style < 3; style++)
            if (!zone_parse(s, strlen(s), (enum zone_style)style, &found[style]))
                found[style] = 9999;
        CHECK(found[ZONE_ISO] == texts[i].iso && found[ZONE_CLOCK] == texts[i].clock &&
              found[ZONE_STRPTIME] == texts[i].strptime);
    }
}

static void
test_times(void)
{
    enum coltype t;
    int64_t ns;

    CHECK(time_of(1970, 1, 1, 5, &ns) && ns == 5);
    CHECK(time_of(2262, 4, 11, 85636854775807, &ns) && ns == INT64_MAX);
    CHECK(!time_of(2262, 4, 11, 85636854775808, &ns));
    CHECK(time_of(1677, 9, 21, 763145224193, &ns) && ns == INT64_MIN + 1);
    CHECK(!time_of(1677, 9, 21, 763145224192, &ns)); /* NaT */
    CHECK(!time_of(2023, 2, 29, 0, &ns));
    CHECK(time_parse("2024-01-01 02:00+02:00", 22, &ns, &t) && t == coltype_zoned(120));
    CHECK(ns == INT64_C(1704067200) * 1000000000);
    CHECK(!time_parse("2024-01-01+02:00", 16, &ns, &t));
    CHECK(!cell_equal(cell_time(0, COLTYPE_UTC), cell_time(0, COLTYPE_TIME)));
    CHECK(cell_equal(cell_time(0, COLTYPE_UTC), cell_time(0, coltype_zoned(60))));
}

int
main(void)
{
    test_cells();
    test_types();
    test_keys();
    test_take();
    test_zones();
    test_zone_texts();
    test_times();
    return test_failures != 0;
}
