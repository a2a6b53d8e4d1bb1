/* evaluate.h: what an expression is worth for every row of a frame. */
#ifndef FPG_QUERY_EVALUATE_H
#define FPG_QUERY_EVALUATE_H

#include "query/expression.h"
#include "table/frame.h"

struct operand {
    const struct column *column;
    enum {
        OPERAND_COLUMN, /* a value a row */
        OPERAND_VALUE,  /* one value */
        OPERAND_LIST,
    } kind;
};

struct evaluation {
    struct arena *a;
    const struct frame *frame;
};

MUST_CHECK bool evaluate(const struct evaluation *e, const struct node *node,
                         struct operand *out, struct error *err);

/*
 * Text beside a column of dates becomes a date.  wall: one without a zone is read as on
 * a clock of the column's zone, as Series.between() does; query() does not.
 */
MUST_CHECK bool evaluate_date(const struct evaluation *e, const struct node *node,
                              const struct column *beside, bool wall,
                              struct operand *value, struct error *err);

/* A list of texts beside a column of dates becomes one of dates. */
MUST_CHECK bool evaluate_dates(const struct evaluation *e, const struct node *node,
                               const struct column *beside, struct operand *list,
                               struct error *err);

#endif
