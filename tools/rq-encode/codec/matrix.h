/*
 * matrix.h: the sparse rows of the constraint matrix A (RFC 6330, section 5.3.3.4.2):
 * one row a received encoding symbol.  The LDPC and HDPC rows are never stored.
 */
#ifndef RQ_MATRIX_H
#define RQ_MATRIX_H

#include "params.h"

#include <stddef.h>

struct rq_matrix {
    size_t rows;
    uint32_t *start;  /* owned; rows + 1: where a row's columns begin */
    uint32_t *middle; /* owned; rows: where its permanently inactive ones begin */
    uint16_t *column; /* owned */
};

/* Row i is internal symbol id isi[i]. */
void rq_matrix_init(struct rq_matrix *m, const struct rq_params *p, const uint32_t *isi,
                    size_t rows);
void rq_matrix_clear(struct rq_matrix *m);

#endif
