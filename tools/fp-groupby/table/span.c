/* span.c: numbers with units, and a clock behind them. */
#include "table/span.h"

#include "common/num.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct unit {
    const char *names; /* separated by blanks */
    int64_t ns;
    int digits; /* of a fraction of the unit that count */
};

static const struct unit units[] = {
    {"W w", 604800000000000, 14},
    {"D d day days", 86400000000000, 13},
    {"H h hr hour hours", 3600000000000, 12},
    {"T t m min minute minutes", 60000000000, 10},
    {"S s sec second seconds", 1000000000, 9},
    {"L l ms milli millis millisecond milliseconds", 1000000, 6},
    {"U u us \xc2\xb5s micro micros microsecond microseconds", 1000, 3},
    {"N n ns nano nanos nanosecond nanoseconds", 1, 0}, /* none of its fraction */
};

static const char *
skip_blanks(const char *p)
{
    return p + strspn(p, " ");
}

static size_t
count_digits(const char *p)
{
    return strspn(p, "0123456789");
}

static const struct unit *
find_unit(const char *text, size_t size)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        for (const char *name = units[i].names; *name;) {
            size_t n = strcspn(name, " ");

            if (n == size && memcmp(name, text, n) == 0)
                return &units[i];
            name = skip_blanks(name + n);
        }
    return NULL;
}

static bool
add(int64_t *sum, int64_t count, int64_t ns, bool negative)
{
    int64_t term;

    return !__builtin_mul_overflow(count, negative ? -ns : ns, &term) &&
           !__builtin_add_overflow(*sum, term, sum);
}

/*
 * What a double holds of a number behind its point, of so many digits, as
 * cast_from_unit has it.
 */
static bool
add_fraction(int64_t *sum, const char *number, size_t size, const struct unit *unit,
             bool negative)
{
    char rounded[32];
    double x;

    if (unit->digits == 0)
        return true;
    if (!num_parse_f64(number, size, &x))
        return false;
    (void)snprintf(rounded, sizeof rounded, "%.*f", unit->digits, x - trunc(x));
    return num_parse_f64(rounded, strlen(rounded), &x) &&
           add(sum, (int64_t)(x * (double)unit->ns), 1, negative);
}

/* 1.5 h */
static bool
add_term(const char **p, int64_t *sum, bool negative)
{
    size_t whole = count_digits(*p);
    const char *point = *p + whole;
    size_t fraction = *point == '.' ? 1 + count_digits(point + 1) : 0;
    const char *name = skip_blanks(point + fraction);
    size_t size = strcspn(name, " +-.:0123456789");
    const struct unit *unit = find_unit(name, size);
    int64_t count;

    if (!unit || !num_parse_i64(*p, whole, &count) ||
        !add(sum, count, unit->ns, negative) ||
        (fraction > 1 && !add_fraction(sum, *p, whole + fraction, unit, negative)))
        return false;
    *p = skip_blanks(name + size);
    return true;
}

/* 02:03:04.5, to the end of the text. */
static bool
add_clock(const char *p, int64_t *sum, bool negative)
{
    static const int64_t scale[3] = {3600000000000, 60000000000, 1000000000};
    int64_t ns = 100000000;

    for (int i = 0; i < 3; i++) {
        size_t n = count_digits(p);
        int64_t count;

        if (!num_parse_i64(p, n, &count) || !add(sum, count, scale[i], negative) ||
            (i < 2 && p[n] != ':'))
            return false;
        p += n + (i < 2);
    }
    if (*p == '.' && count_digits(p + 1) > 0)
        for (p++; count_digits(p) > 0; p++, ns /= 10)
            if (!add(sum, *p - '0', ns, negative))
                return false;
    return *skip_blanks(p) == '\0';
}

/* A clock behind a negative part has a sign of its own. */
bool
span_read(const char *text, int64_t *ns)
{
    const char *p = skip_blanks(text);
    bool negative = *p == '-';
    bool terms = false;

    *ns = 0;
    p = skip_blanks(p + (*p == '-' || *p == '+'));
    while (*p != '\0' && *p != '+' && p[count_digits(p)] != ':') {
        if (!add_term(&p, ns, negative))
            return false;
        terms = true;
    }
    if (*p == '\0')
        return terms;
    if (terms && negative != (*p == '+'))
        return false;
    return add_clock(skip_blanks(p + (*p == '+')), ns, negative && !terms);
}
