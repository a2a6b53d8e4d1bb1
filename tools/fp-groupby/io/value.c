/* value.c: numbers, dates and spans as text. */
#include "io/value.h"

#include "common/num.h"

#include <inttypes.h>

static const int64_t NS = 1000000000;

/* Quotient rounded down; rest >= 0. */
static int64_t
floor_div(int64_t x, int64_t by, int64_t *rest)
{
    int64_t over = x % by;

    *rest = over < 0 ? over + by : over;
    return x / by - (over < 0);
}

/* Days since 1970 to 2024-01-15; Howard Hinnant's civil_from_days. */
static void
put_date(struct buf *out, int64_t days)
{
    int64_t doe;
    int64_t era = floor_div(days + 719468, 146097, &doe);
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;

    buf_printf(out, "%04" PRId64 "-%02" PRId64 "-%02" PRId64,
               yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) / 5 + 1);
}

/* 10:30:00, and `digits` digits of the second. */
static void
put_clock(struct buf *out, int64_t seconds, int64_t ns, int digits)
{
    buf_printf(out, "%02" PRId64 ":%02" PRId64 ":%02" PRId64, seconds / 3600,
               seconds / 60 % 60, seconds % 60);
    if (digits == 9)
        buf_printf(out, ".%09" PRId64, ns);
    else if (digits == 6)
        buf_printf(out, ".%06" PRId64, ns / 1000);
    else if (digits == 3)
        buf_printf(out, ".%03" PRId64, ns / 1000000);
}

/* As a clock shows it that is `minutes` ahead. */
static void
put_time(struct buf *out, int64_t ns, int minutes, const struct value_format *f,
         char between)
{
    int64_t fraction;
    int64_t rest;
    int64_t seconds = floor_div(ns, NS, &fraction) + minutes * 60;
    int64_t days = floor_div(seconds, 86400, &rest);

    put_date(out, days);
    if (f->whole_days)
        return;
    buf_putc(out, between);
    put_clock(out, rest, fraction, f->second_digits);
}

/* The clock of the time's zone, and +hh:mm behind it. */
static void
put_zoned(struct buf *out, struct cell v, const struct value_format *f)
{
    int minutes = coltype_minutes((enum coltype)v.zone);
    int size = minutes < 0 ? -minutes : minutes;

    put_time(out, v.i, minutes, f, ' ');
    if (v.zone)
        buf_printf(out, "%c%02d:%02d", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

/* 1 days 02:03:04, -1 days +23:59:59: Timedelta._repr_base. */
static void
put_span(struct buf *out, int64_t ns, const struct value_format *f)
{
    int64_t fraction;
    int64_t rest;
    int64_t days = floor_div(floor_div(ns, NS, &fraction), 86400, &rest);

    buf_printf(out, "%" PRId64 " days", days);
    if (f->whole_days)
        return;
    buf_puts(out, days < 0 ? " +" : " ");
    put_clock(out, rest, fraction, fraction % 1000 ? 9 : fraction ? 6 : 0);
}

static int
digits_of(int64_t ns)
{
    int64_t fraction;

    (void)floor_div(ns, NS, &fraction);
    return fraction % 1000 ? 9 : fraction % 1000000 ? 6 : fraction ? 3 : 0;
}

struct value_format
value_format(const struct column *c)
{
    struct value_format f = {.column = c, .whole_days = true};

    if (coltype_class(c->dtype) != CLASS_TIME)
        return f;
    for (size_t i = 0; i < c->size; i++) {
        int digits = digits_of(c->i[i]);

        if (c->i[i] == INT64_MIN)
            continue;
        f.second_digits = digits > f.second_digits ? digits : f.second_digits;
        f.whole_days &= c->i[i] % (86400 * NS) == 0;
    }
    return f;
}

void
value_put_float(struct buf *out, double x)
{
    if (isnan(x))
        return;
    if (isinf(x))
        buf_puts(out, x < 0 ? "-inf" : "inf");
    else
        out->size += num_format_f64(x, (char *)buf_reserve(out, NUM_F64_SIZE));
}

void
value_put_cell(struct buf *out, struct cell v)
{
    struct value_format own = {.second_digits = 0};

    switch ((enum cell_kind)v.kind) {
    case CELL_NONE:
    case CELL_NA:
    case CELL_NAT: break;
    case CELL_BOOL: buf_puts(out, v.i ? "True" : "False"); break;
    case CELL_INT:
        out->size += num_format_i64(v.i, (char *)buf_reserve(out, NUM_U64_SIZE));
        break;
    case CELL_UINT:
        out->size += num_format_u64(v.u, (char *)buf_reserve(out, NUM_U64_SIZE));
        break;
    case CELL_FLOAT: value_put_float(out, v.f); break;
    case CELL_STR: buf_put(out, v.s, v.size); break;
    case CELL_TIME:
        /* str(Timestamp) has six digits or nine */
        own.second_digits = digits_of(v.i) == 3 ? 6 : digits_of(v.i);
        put_zoned(out, v, &own);
        break;
    case CELL_SPAN: put_span(out, v.i, &own); break;
    }
}

void
value_put(struct buf *out, const struct value_format *f, size_t row)
{
    const struct column *c = f->column;

    if (c->dtype == COLTYPE_FLOAT32 && isfinite(c->f[row]))
        out->size +=
            num_format_f32((float)c->f[row], (char *)buf_reserve(out, NUM_F64_SIZE));
    else if (c->dtype == COLTYPE_NULLABLE_FLOAT && !c->na[row] && isnan(c->f[row]))
        buf_puts(out, "nan"); /* a value, beside <NA> */
    else if (coltype_class(c->dtype) != CLASS_TIME || coltype_is_zoned(c->dtype))
        value_put_cell(out, column_get(c, row));
    else if (c->i[row] == INT64_MIN)
        return;
    else if (c->dtype == COLTYPE_TIME)
        put_time(out, c->i[row], 0, f, ' ');
    else
        put_span(out, c->i[row], f);
}

void
value_put_iso(struct buf *out, struct cell time)
{
    int digits = digits_of(time.i);
    const struct value_format f = {.second_digits = digits > 3 ? digits : 3};

    put_time(out, time.i, 0, &f, 'T');
    if (time.zone)
        buf_putc(out, 'Z');
}
