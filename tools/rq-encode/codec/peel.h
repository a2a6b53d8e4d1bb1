/*
 * peel.h: the order in which received symbols determine intermediate ones (phase 1 of
 * inactivation decoding, RFC 6330, section 5.4.2.2).
 *
 * Taken in this order, each pivot row holds its pivot column, columns of earlier
 * pivots and inactive columns, so the active part of A is lower triangular as it
 * stands and no row is ever changed.  Only LT rows become pivots: LDPC and HDPC rows
 * stay for the dense part, where both have cheap recurrences.
 */
#ifndef RQ_PEEL_H
#define RQ_PEEL_H

#include "matrix.h"

struct rq_order {
    size_t pivots;
    uint32_t *row;      /* owned; pivots */
    uint16_t *column;   /* owned; pivots */
    size_t inactives;   /* columns that are not pivots, the permanent ones among them */
    uint16_t *inactive; /* owned */
    size_t leftovers;   /* rows that are not pivots */
    uint32_t *leftover; /* owned */
    bool *is_pivot;     /* owned; by column */
};

void rq_order_init(struct rq_order *o, const struct rq_params *p,
                   const struct rq_matrix *m);
void rq_order_clear(struct rq_order *o);

#endif
