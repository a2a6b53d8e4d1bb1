/*
 * coltype.h: the column types of pandas that this program knows, and how they promote.
 */
#ifndef FPG_COLTYPE_H
#define FPG_COLTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum coltype {
#define COLTYPE(constant, name, class, octets) COLTYPE_##constant,
#include "table/coltype.def"
#undef COLTYPE
    COLTYPE_COUNT,

    /* datetime64[ns, UTC+hh:mm]: times of a fixed offset, one type a minute of it */
    COLTYPE_ZONED_FIRST, /* UTC-23:59 */
    COLTYPE_UTC = COLTYPE_ZONED_FIRST + 1439,
    COLTYPE_ZONED_LAST = COLTYPE_UTC + 1439
};

/* How a column of the type is stored; every class but CELL has 8-octet slots. */
enum coltype_class {
    CLASS_BOOL,  /* int64_t 0 or 1 */
    CLASS_INT,   /* int64_t */
    CLASS_UINT,  /* uint64_t */
    CLASS_FLOAT, /* double; float32 values are exact in it */
    CLASS_CELL,  /* struct cell */
    CLASS_CODE,  /* int64_t, an index into the categories, -1: missing */
    CLASS_TIME,  /* int64_t ns, INT64_MIN: NaT */
};

const char *coltype_name(enum coltype t);
bool coltype_parse(const char *name, enum coltype *out);
enum coltype_class coltype_class(enum coltype t);
unsigned coltype_octets(enum coltype t);

bool coltype_nullable(enum coltype t); /* Int64, Float64, boolean */
bool coltype_integer(enum coltype t);  /* int8 .. uint64, not nullable */
bool coltype_floating(enum coltype t); /* float16 .. float64, not nullable */
bool coltype_numeric(enum coltype t);  /* bool, integer or floating, not nullable */

bool coltype_is_time(enum coltype t); /* datetime64, with a zone or without */
bool coltype_is_zoned(enum coltype t);

/* Times of an offset of -1439 to 1439 minutes east of UTC, and that offset (0: none). */
enum coltype coltype_zoned(int minutes);
int coltype_minutes(enum coltype t);

/* The range of an integer type; a signed type's max fits in uint64_t. */
int64_t coltype_min(enum coltype t);
uint64_t coltype_max(enum coltype t);

/* The type a column takes on when a missing value enters it (reindex, unmatched rows). */
enum coltype coltype_with_missing(enum coltype t);

/* The type of pd.concat of two Series; of numeric types also np.result_type. */
enum coltype coltype_common(enum coltype a, enum coltype b);

/* np.result_type: as coltype_common, but bool joins any number. */
enum coltype coltype_result(enum coltype a, enum coltype b);

#endif
