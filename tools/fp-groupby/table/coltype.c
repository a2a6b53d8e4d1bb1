/* coltype.c: names, ranges and promotion; the rules are those of find_common_type. */
#include "table/coltype.h"

#include <string.h>

static const struct {
    const char *name;
    enum coltype_class class;
    unsigned octets;
} types[] = {
#define COLTYPE(constant, name, class, octets) {name, CLASS_##class, octets},
#include "table/coltype.def"
#undef COLTYPE
};

/* The names of the types with an offset, by its sign, hour and minute. */
#define ZONED(sign, h, m) "datetime64[ns, UTC" sign h ":" m "]"
#define TEN(sign, h, t)                                                                  \
    ZONED(sign, h, t "0"), ZONED(sign, h, t "1"), ZONED(sign, h, t "2"),                 \
        ZONED(sign, h, t "3"), ZONED(sign, h, t "4"), ZONED(sign, h, t "5"),             \
        ZONED(sign, h, t "6"), ZONED(sign, h, t "7"), ZONED(sign, h, t "8"),             \
        ZONED(sign, h, t "9")
#define HOUR(sign, h)                                                                    \
    {                                                                                    \
        TEN(sign, h, "0"), TEN(sign, h, "1"), TEN(sign, h, "2"), TEN(sign, h, "3"),      \
            TEN(sign, h, "4"), TEN(sign, h, "5")                                         \
    }
#define HOURS(sign)                                                                      \
    {                                                                                    \
        HOUR(sign, "00"), HOUR(sign, "01"), HOUR(sign, "02"), HOUR(sign, "03"),          \
            HOUR(sign, "04"), HOUR(sign, "05"), HOUR(sign, "06"), HOUR(sign, "07"),      \
            HOUR(sign, "08"), HOUR(sign, "09"), HOUR(sign, "10"), HOUR(sign, "11"),      \
            HOUR(sign, "12"), HOUR(sign, "13"), HOUR(sign, "14"), HOUR(sign, "15"),      \
            HOUR(sign, "16"), HOUR(sign, "17"), HOUR(sign, "18"), HOUR(sign, "19"),      \
            HOUR(sign, "20"), HOUR(sign, "21"), HOUR(sign, "22"), HOUR(sign, "23")       \
    }

static const char zoned[2][24][60][sizeof ZONED("+", "00", "00")] = {HOURS("+"),
                                                                     HOURS("-")};
static const char utc[] = "datetime64[ns, UTC]";

const char *
coltype_name(enum coltype t)
{
    int minutes = coltype_minutes(t);
    int size = minutes < 0 ? -minutes : minutes;

    if (!coltype_is_zoned(t))
        return types[t].name;
    return minutes == 0 ? utc : zoned[minutes < 0][size / 60][size % 60];
}

bool
coltype_parse(const char *name, enum coltype *out)
{
    for (size_t i = 0; i < COLTYPE_COUNT; i++)
        if (strcmp(types[i].name, name) == 0) {
            *out = (enum coltype)i;
            return true;
        }
    if (strncmp(name, utc, sizeof utc - 2) != 0)
        return false;
    for (int minutes = -1439; minutes <= 1439; minutes++)
        if (strcmp(coltype_name(coltype_zoned(minutes)), name) == 0) {
            *out = coltype_zoned(minutes);
            return true;
        }
    return false;
}

enum coltype_class
coltype_class(enum coltype t)
{
    return coltype_is_zoned(t) ? CLASS_TIME : types[t].class;
}

unsigned
coltype_octets(enum coltype t)
{
    return coltype_is_zoned(t) ? 8 : types[t].octets;
}

bool
coltype_is_zoned(enum coltype t)
{
    return t >= COLTYPE_ZONED_FIRST && t <= COLTYPE_ZONED_LAST;
}

bool
coltype_is_time(enum coltype t)
{
    return t == COLTYPE_TIME || coltype_is_zoned(t);
}

enum coltype
coltype_zoned(int minutes)
{
    return (enum coltype)((int)COLTYPE_UTC + minutes);
}

int
coltype_minutes(enum coltype t)
{
    return coltype_is_zoned(t) ? (int)t - (int)COLTYPE_UTC : 0;
}

bool
coltype_nullable(enum coltype t)
{
    return t == COLTYPE_NULLABLE_INT || t == COLTYPE_NULLABLE_FLOAT ||
           t == COLTYPE_NULLABLE_BOOL;
}

bool
coltype_integer(enum coltype t)
{
    return t >= COLTYPE_INT8 && t <= COLTYPE_UINT64;
}

bool
coltype_floating(enum coltype t)
{
    return t >= COLTYPE_FLOAT16 && t <= COLTYPE_FLOAT64;
}

bool
coltype_numeric(enum coltype t)
{
    return t <= COLTYPE_FLOAT64;
}

int64_t
coltype_min(enum coltype t)
{
    if (coltype_class(t) == CLASS_UINT)
        return 0;
    return -(int64_t)(coltype_max(t)) - 1;
}

uint64_t
coltype_max(enum coltype t)
{
    unsigned bits = 8 * coltype_octets(t) - (coltype_class(t) == CLASS_INT);

    return UINT64_MAX >> (64 - bits);
}

enum coltype
coltype_with_missing(enum coltype t)
{
    if (t == COLTYPE_BOOL)
        return COLTYPE_OBJECT;
    return coltype_integer(t) ? COLTYPE_FLOAT64 : t;
}

/* The signed or floating type that holds an unsigned and a signed one. */
static enum coltype
common_signed(unsigned unsigned_octets, unsigned signed_octets)
{
    unsigned octets =
        signed_octets > unsigned_octets ? signed_octets : 2 * unsigned_octets;

    switch (octets) {
    case 1: return COLTYPE_INT8;
    case 2: return COLTYPE_INT16;
    case 4: return COLTYPE_INT32;
    case 8: return COLTYPE_INT64;
    default: return COLTYPE_FLOAT64;
    }
}

static enum coltype
common_number(enum coltype a, enum coltype b)
{
    if (coltype_floating(a) || coltype_floating(b)) {
        enum coltype f = coltype_floating(a) ? a : b;
        enum coltype other = coltype_floating(a) ? b : a;

        if (coltype_floating(other))
            return f > other ? f : other;

        /* a float holds integers of half its own size */
        unsigned need = 2 * coltype_octets(other);

        if (need > coltype_octets(f))
            f = need <= 2   ? COLTYPE_FLOAT16
                : need <= 4 ? COLTYPE_FLOAT32
                            : COLTYPE_FLOAT64;
        return f;
    }
    if (coltype_class(a) == coltype_class(b))
        return coltype_octets(a) >= coltype_octets(b) ? a : b;
    if (coltype_class(a) == CLASS_UINT)
        return common_signed(coltype_octets(a), coltype_octets(b));
    return common_signed(coltype_octets(b), coltype_octets(a));
}

static enum coltype
common_nullable(enum coltype a, enum coltype b)
{
    enum coltype other = coltype_nullable(a) ? b : a;
    enum coltype own = coltype_nullable(a) ? a : b;

    if (!coltype_nullable(other) && !coltype_numeric(other))
        return COLTYPE_OBJECT;

    bool bool_a = own == COLTYPE_NULLABLE_BOOL;
    bool bool_b = other == COLTYPE_NULLABLE_BOOL || other == COLTYPE_BOOL;

    if (bool_a || bool_b)
        return bool_a && bool_b ? COLTYPE_NULLABLE_BOOL : COLTYPE_OBJECT;
    if (own == COLTYPE_NULLABLE_INT &&
        (other == COLTYPE_NULLABLE_INT ||
         (coltype_integer(other) && other != COLTYPE_UINT64)))
        return COLTYPE_NULLABLE_INT;
    return COLTYPE_NULLABLE_FLOAT;
}

enum coltype
coltype_common(enum coltype a, enum coltype b)
{
    if (a == b)
        return a;
    if (coltype_nullable(a) || coltype_nullable(b))
        return common_nullable(a, b);
    if (!coltype_numeric(a) || !coltype_numeric(b) || a == COLTYPE_BOOL ||
        b == COLTYPE_BOOL)
        return COLTYPE_OBJECT;
    return common_number(a, b);
}

enum coltype
coltype_result(enum coltype a, enum coltype b)
{
    if (a == COLTYPE_BOOL && coltype_numeric(b))
        return b;
    if (b == COLTYPE_BOOL && coltype_numeric(a))
        return a;
    return coltype_common(a, b);
}
