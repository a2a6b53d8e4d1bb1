/* cell.c: comparing and hashing values as Python does. */
#include "table/cell.h"

double
cell_to_f64(struct cell c)
{
    switch ((enum cell_kind)c.kind) {
    case CELL_BOOL:
    case CELL_INT: return (double)c.i;
    case CELL_UINT: return (double)c.u;
    case CELL_FLOAT: return c.f;
    case CELL_NONE:
    case CELL_NA:
    case CELL_NAT:
    case CELL_STR:
    case CELL_TIME:
    case CELL_SPAN: break;
    }
    return (double)NAN;
}

bool
cell_truth(struct cell c)
{
    switch ((enum cell_kind)c.kind) {
    case CELL_FLOAT: return c.f != 0.0;
    case CELL_STR: return c.size > 0;
    case CELL_UINT: return true;
    case CELL_BOOL:
    case CELL_INT: return c.i != 0;
    case CELL_TIME:
    case CELL_SPAN: return true;
    case CELL_NONE:
    case CELL_NA:
    case CELL_NAT: break;
    }
    return false;
}

/* An integer against a double, without rounding the integer. */
static int
compare_int_float(int64_t i, double f)
{
    if (f >= 0x1p63)
        return -1;
    if (f < -0x1p63)
        return 1;

    int64_t whole = (int64_t)f;
    double rest = f - (double)whole;

    if (i != whole)
        return i < whole ? -1 : 1;
    return rest > 0 ? -1 : rest < 0;
}

static int
compare_numbers(struct cell a, struct cell b)
{
    if (a.kind == CELL_FLOAT && b.kind == CELL_FLOAT)
        return a.f < b.f ? -1 : a.f > b.f;
    if (a.kind == CELL_FLOAT)
        return -compare_numbers(b, a);
    if (a.kind == CELL_UINT) {
        if (b.kind == CELL_UINT)
            return a.u < b.u ? -1 : a.u > b.u;
        if (b.kind != CELL_FLOAT)
            return 1;
        if (b.f >= 0x1p64)
            return -1;
        if (b.f < 0x1p63)
            return 1;
        return a.u < (uint64_t)b.f ? -1 : a.u > (uint64_t)b.f;
    }
    if (b.kind == CELL_UINT)
        return -1;
    if (b.kind == CELL_FLOAT)
        return compare_int_float(a.i, b.f);
    return a.i < b.i ? -1 : a.i > b.i;
}

bool
cell_equal(struct cell a, struct cell b)
{
    if (cell_missing(a) || cell_missing(b))
        return cell_missing(a) && cell_missing(b);
    if (cell_numeric(a))
        return cell_numeric(b) && compare_numbers(a, b) == 0;
    if (a.kind != b.kind)
        return false;
    if (a.kind == CELL_STR)
        return a.size == b.size && memcmp(a.s, b.s, a.size) == 0;
    if (a.kind == CELL_TIME && !cell_zones_meet(a, b))
        return false;
    return a.i == b.i;
}

bool
cell_same(struct cell a, struct cell b)
{
    if (cell_missing(a) && cell_missing(b))
        return a.kind == b.kind;
    return cell_equal(a, b);
}

static uint64_t
hash_text(const char *s, size_t n)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ n;

    for (; n >= 8; n -= 8, s += 8) {
        uint64_t word;

        memcpy(&word, s, sizeof word);
        h = hash_mix(h ^ word);
    }

    uint64_t tail = 0;

    for (size_t i = 0; i < n; i++)
        tail |= (uint64_t)(uint8_t)s[i] << (8 * i);
    return hash_mix(h ^ tail);
}

uint64_t
cell_hash(struct cell c)
{
    if (cell_missing(c))
        return 1;
    if (c.kind == CELL_STR)
        return hash_text(c.s, c.size);
    if (c.kind == CELL_UINT)
        return hash_mix(c.u);
    if (c.kind != CELL_FLOAT)
        return hash_mix((uint64_t)c.i);
    if (c.f >= -0x1p63 && c.f < 0x1p63 && c.f == (double)(int64_t)c.f)
        return hash_mix((uint64_t)(int64_t)c.f);
    if (c.f >= 0x1p63 && c.f < 0x1p64)
        return hash_mix((uint64_t)c.f);

    uint64_t bits;

    memcpy(&bits, &c.f, sizeof bits);
    return hash_mix(bits);
}

bool
cell_comparable(struct cell a, struct cell b)
{
    if (a.kind == CELL_TIME && b.kind == CELL_TIME)
        return cell_zones_meet(a, b);
    return (cell_numeric(a) && cell_numeric(b)) || a.kind == b.kind;
}

const char *
cell_type_name(struct cell c)
{
    static const char *const names[] = {"NoneType",  "NAType",   "NaTType", "bool",
                                        "int",       "int",      "float",   "str",
                                        "Timestamp", "Timedelta"};

    return names[c.kind];
}

static int
rank_of_kind(struct cell c)
{
    return cell_numeric(c) ? 0 : c.kind == CELL_STR ? 2 : 1; /* _sort_mixed: text last */
}

int
cell_compare(struct cell a, struct cell b)
{
    if (cell_missing(a) || cell_missing(b))
        return cell_missing(a) - cell_missing(b);

    int ranks = rank_of_kind(a) - rank_of_kind(b);

    if (ranks != 0)
        return ranks < 0 ? -1 : 1;
    if (cell_numeric(a))
        return compare_numbers(a, b);
    if (a.kind == CELL_TIME && b.kind == CELL_TIME && !cell_zones_meet(a, b))
        return a.zone == 0 ? -1 : 1;
    if (a.kind != CELL_STR)
        return a.i < b.i ? -1 : a.i > b.i;

    int order = memcmp(a.s, b.s, a.size < b.size ? a.size : b.size);

    if (order == 0)
        return a.size < b.size ? -1 : a.size > b.size;
    return order < 0 ? -1 : 1;
}
