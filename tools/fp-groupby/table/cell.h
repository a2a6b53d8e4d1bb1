/*
 * cell.h: one value, as pandas would hand it out of a column.
 *
 * Text is borrowed: from the arena of the table, or from the input it was read
 * from, which outlives the table.
 */
#ifndef FPG_CELL_H
#define FPG_CELL_H

#include "table/coltype.h"

#include <math.h>
#include <string.h>

enum cell_kind {
    CELL_NONE, /* None */
    CELL_NA,   /* pd.NA */
    CELL_NAT,  /* pd.NaT */
    CELL_BOOL,
    CELL_INT,
    CELL_UINT, /* only above INT64_MAX */
    CELL_FLOAT,
    CELL_STR,
    CELL_TIME, /* datetime64, ns since 1970 (UTC, when it has a zone) */
    CELL_SPAN, /* timedelta64, ns */
};

struct cell {
    union {
        int64_t i; /* CELL_BOOL, CELL_INT, CELL_TIME, CELL_SPAN */
        uint64_t u;
        double f;
        const char *s; /* size octets, not NUL-terminated */
    };
    uint32_t size;
    uint16_t zone; /* CELL_TIME: the type of columns of its offset, 0: none */
    uint8_t kind;
};

static inline struct cell
cell_none(void)
{
    return (struct cell){.kind = CELL_NONE};
}

static inline struct cell
cell_int(int64_t i)
{
    return (struct cell){.i = i, .kind = CELL_INT};
}

static inline struct cell
cell_uint(uint64_t u)
{
    return (struct cell){.u = u, .kind = u > INT64_MAX ? CELL_UINT : CELL_INT};
}

static inline struct cell
cell_bool(bool b)
{
    return (struct cell){.i = b, .kind = CELL_BOOL};
}

static inline struct cell
cell_float(double f)
{
    return (struct cell){.f = f, .kind = CELL_FLOAT};
}

static inline struct cell
cell_nan(void)
{
    return cell_float((double)NAN);
}

static inline struct cell
cell_str_n(const char *s, size_t n)
{
    return (struct cell){.s = s, .size = (uint32_t)n, .kind = CELL_STR};
}

static inline struct cell
cell_str(const char *s)
{
    return cell_str_n(s, strlen(s));
}

/* A time of a column of the type. */
static inline struct cell
cell_time(int64_t ns, enum coltype type)
{
    uint16_t zone = coltype_is_zoned(type) ? (uint16_t)type : 0;

    return (struct cell){.i = ns, .zone = zone, .kind = CELL_TIME};
}

/* Times that can be compared with each other: both have an offset, or none has. */
static inline bool
cell_zones_meet(struct cell a, struct cell b)
{
    return (a.zone == 0) == (b.zone == 0);
}

/* None, NaN, NaT and pd.NA. */
static inline bool
cell_missing(struct cell c)
{
    return c.kind <= CELL_NAT || (c.kind == CELL_FLOAT && isnan(c.f));
}

/* A number in Python's sense: True is 1. */
static inline bool
cell_numeric(struct cell c)
{
    return c.kind >= CELL_BOOL && c.kind <= CELL_FLOAT;
}

/* The number as a double; NaN for anything else. */
double cell_to_f64(struct cell c);

/* Python's truth value; of a missing float it is true. */
bool cell_truth(struct cell c);

/*
 * Python's equality (1 == True == 1.0, exact between integers and floats), except
 * that every missing value equals every other one.
 */
bool cell_equal(struct cell a, struct cell b);

/* As cell_equal, but None, NaN, NaT and NA are four values (duplicated, unique). */
bool cell_same(struct cell a, struct cell b);

/* Equal cells hash alike. */
uint64_t cell_hash(struct cell c);

/* What Python's < takes: numbers, texts, times or spans among themselves. */
bool cell_comparable(struct cell a, struct cell b);

/* type(value).__name__ of Python. */
const char *cell_type_name(struct cell c);

/*
 * The order of sorted keys: numbers by value, then text by code point, then dates
 * (those without a zone first), missing last.  -1, 0 or 1.
 */
int cell_compare(struct cell a, struct cell b);

/* Mixes 64 bits so that every input bit reaches every output bit. */
static inline uint64_t
hash_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u; /* rrmxmx constant (Pelle Evensen) */
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

#endif
