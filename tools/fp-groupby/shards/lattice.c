/* lattice.c: see lattice.h. */
#include "shards/lattice.h"

static const char *const names[] = {"empty",        "int",   "uint",
                                    "float-of-int", "float", "bool",
                                    "bool-object",  "text",  "text-verbatim"};

void
lattice_add(struct lattice *l, struct cell field, const struct csv_options *o)
{
    struct number_integer x;
    double ignored;
    bool truth;

    l->rows++;
    if (csv_field_missing(field, o)) {
        l->missing++;
        return;
    }
    x = csv_parse_integer(field, o);
    l->negative |= x.negative;
    l->large |= x.how == NUMBER_PARSED && !x.negative && x.magnitude > INT64_MAX;
    if (l->signed_fault == LATTICE_NO_FAULT && !x.fits_signed)
        l->signed_fault = x.how == NUMBER_INVALID ? LATTICE_INVALID : LATTICE_OVERFLOW;
    if (l->unsigned_fault == LATTICE_NO_FAULT && x.how != NUMBER_PARSED && !x.negative)
        l->unsigned_fault = x.how == NUMBER_INVALID ? LATTICE_INVALID : LATTICE_OVERFLOW;
    /* Digits alone are a float, too, but for a thousands separator out of place. */
    if (!l->not_float && (x.how != NUMBER_PARSED || o->thousands))
        l->not_float = !csv_parse_float(field, o, &ignored);
    if (!l->not_bool)
        l->not_bool = !csv_parse_bool(field, &truth);
}

void
lattice_join(struct lattice *left, const struct lattice *right)
{
    left->rows += right->rows;
    left->missing += right->missing;
    if (left->signed_fault == LATTICE_NO_FAULT)
        left->signed_fault = right->signed_fault;
    if (left->unsigned_fault == LATTICE_NO_FAULT)
        left->unsigned_fault = right->unsigned_fault;
    left->negative |= right->negative;
    left->large |= right->large;
    left->not_float |= right->not_float;
    left->not_bool |= right->not_bool;
}

enum lattice_type
lattice_type(const struct lattice *l)
{
    if (l->rows == 0)
        return LATTICE_EMPTY;
    if (l->signed_fault == LATTICE_NO_FAULT)
        return l->missing ? LATTICE_FLOAT_OF_INT : LATTICE_INT;
    if (l->signed_fault == LATTICE_OVERFLOW && l->unsigned_fault != LATTICE_INVALID) {
        if (l->unsigned_fault == LATTICE_OVERFLOW)
            return LATTICE_TEXT;
        if (l->large && (l->negative || l->missing))
            return LATTICE_TEXT_VERBATIM;
        return l->negative ? LATTICE_TEXT : LATTICE_UINT;
    }
    if (!l->not_float)
        return LATTICE_FLOAT;
    if (!l->not_bool)
        return l->missing ? LATTICE_BOOL_OBJECT : LATTICE_BOOL;
    return LATTICE_TEXT;
}

enum coltype
lattice_coltype(enum lattice_type t)
{
    switch (t) {
    case LATTICE_INT: return COLTYPE_INT64;
    case LATTICE_UINT: return COLTYPE_UINT64;
    case LATTICE_FLOAT_OF_INT:
    case LATTICE_FLOAT: return COLTYPE_FLOAT64;
    case LATTICE_BOOL: return COLTYPE_BOOL;
    case LATTICE_EMPTY:
    case LATTICE_BOOL_OBJECT:
    case LATTICE_TEXT:
    case LATTICE_TEXT_VERBATIM:
    case LATTICE_TYPES: break;
    }
    return COLTYPE_OBJECT;
}

const char *
lattice_type_name(enum lattice_type t)
{
    return names[t];
}

bool
lattice_type_parse(const char *name, enum lattice_type *out)
{
    for (size_t i = 0; i < LATTICE_TYPES; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum lattice_type)i;
            return true;
        }
    return false;
}

static struct cell
read_field(enum lattice_type t, struct cell field, const struct csv_options *o)
{
    struct number_integer x;
    double real = 0;
    bool truth = false;

    switch (t) {
    case LATTICE_INT:
    case LATTICE_UINT:
    case LATTICE_FLOAT_OF_INT:
        x = csv_parse_integer(field, o);
        return x.negative ? cell_int((int64_t)(0 - x.magnitude)) : cell_uint(x.magnitude);
    case LATTICE_FLOAT: (void)!csv_parse_float(field, o, &real); return cell_float(real);
    case LATTICE_BOOL:
    case LATTICE_BOOL_OBJECT:
        (void)!csv_parse_bool(field, &truth);
        return cell_bool(truth);
    case LATTICE_EMPTY:
    case LATTICE_TEXT:
    case LATTICE_TEXT_VERBATIM:
    case LATTICE_TYPES: break;
    }
    return field;
}

struct column *
lattice_read(struct arena *a, enum lattice_type t, const struct cell *fields, size_t n,
             const struct csv_options *o)
{
    struct column *c = column_new(a, lattice_coltype(t), n);

    for (size_t i = 0; i < n; i++)
        column_set(c, i,
                   t != LATTICE_TEXT_VERBATIM && csv_field_missing(fields[i], o)
                       ? cell_nan()
                       : read_field(t, fields[i], o));
    return c;
}
