/*
 * fuzz_dates.c: lines of text as a column of dates; the first octet says how.  What was
 * read is printed and read again: it must be the same time of the same zone.
 */
#include "csv/convert.h"
#include "csv/date_format.h"

#include "io/value.h"
#include "table/time.h"

enum { FIELDS_MOST = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
split(const char *text, size_t size, struct cell *fields)
{
    const char *end = text + size;
    size_t n = 0;

    while (text < end && n < FIELDS_MOST) {
        const char *line = memchr(text, '\n', (size_t)(end - text));
        const char *stop = line ? line : end;

        fields[n++] = cell_str_n(text, (size_t)(stop - text));
        text = line ? line + 1 : end;
    }
    return n;
}

static void
check(struct cell v)
{
    struct buf text = {0};
    enum coltype type;
    int64_t ns;

    if (v.kind != CELL_TIME)
        return;
    value_put_cell(&text, v);
    if (!time_parse((const char *)text.data, text.size, &ns, &type) || ns != v.i ||
        !cell_same(cell_time(ns, type), v) || cell_time(ns, type).zone != v.zone)
        __builtin_trap();
    buf_clear(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv_options o = csv_defaults;
    struct cell fields[FIELDS_MOST];
    const struct column *dates;
    struct arena a = {0};
    struct error err = {0};
    size_t first = 0;
    size_t n;

    if (size < 1)
        return 0;
    n = split((const char *)data + 1, size - 1, fields);
    o.day_first = data[0] & 1;
    if (data[0] & 2 && n > 0) {
        first = 1;
        o.date_format = arena_strndup(&a, fields[0].s, fields[0].size);
    }
    if ((!o.date_format || date_format_check(o.date_format, &err)) &&
        csv_convert_dates(&a, fields + first, n - first, &o, &dates, &err))
        for (size_t i = 0; i < dates->size; i++)
            check(column_get(dates, i));
    arena_clear(&a);
    return 0;
}
