/*
 * lattice.h: what must be known of a column's fields to say which type read_csv gives
 * the whole of it.
 *
 * Facts of two pieces of a column join to the facts of both, in whatever tree, as long
 * as left stays left: which fault of integers comes first decides.  lattice_type() is
 * the ladder of csv/convert.c climbed on facts instead of fields.
 */
#ifndef FPG_SHARDS_LATTICE_H
#define FPG_SHARDS_LATTICE_H

#include "csv/convert.h"

enum lattice_fault { LATTICE_NO_FAULT, LATTICE_INVALID, LATTICE_OVERFLOW };

struct lattice {
    uint64_t rows, missing;
    enum lattice_fault signed_fault;   /* the first field that is no int64 */
    enum lattice_fault unsigned_fault; /* the first non-negative one that is no uint64 */
    bool negative, large; /* some field has a minus sign; some exceeds int64 */
    bool not_float, not_bool;
};

void lattice_add(struct lattice *l, struct cell field, const struct csv_options *o);

/* left becomes the facts of left's fields followed by right's. */
void lattice_join(struct lattice *left, const struct lattice *right);

/* A column type and how its fields are read. */
enum lattice_type {
    LATTICE_EMPTY, /* object */
    LATTICE_INT,
    LATTICE_UINT,
    LATTICE_FLOAT_OF_INT, /* float64 because of missing fields; the others are int64 */
    LATTICE_FLOAT,
    LATTICE_BOOL,
    LATTICE_BOOL_OBJECT,
    LATTICE_TEXT,
    LATTICE_TEXT_VERBATIM, /* not even missing fields are */
    LATTICE_TYPES,
};

enum lattice_type lattice_type(const struct lattice *l);
enum coltype lattice_coltype(enum lattice_type t);
const char *lattice_type_name(enum lattice_type t);
bool lattice_type_parse(const char *name, enum lattice_type *out);

/*
 * Fields as a column of the type, which the whole column was found to have; text
 * points to the fields' own.
 */
struct column *lattice_read(struct arena *a, enum lattice_type t,
                            const struct cell *fields, size_t n,
                            const struct csv_options *o);

#endif
