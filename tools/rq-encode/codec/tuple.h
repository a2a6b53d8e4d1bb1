/*
 * tuple.h: which intermediate symbols an encoding symbol is the sum of
 * (RFC 6330, sections 5.3.5.1 to 5.3.5.4).
 */
#ifndef RQ_TUPLE_H
#define RQ_TUPLE_H

#include "params.h"
#include "tables.h"

/* At most 30 LT and 3 permanently inactive symbols. */
enum { RQ_DEGREE_MAX = 33 };

/* Rand[y, i, m] of section 5.3.5.1. */
static inline uint32_t
rq_rand(uint32_t y, uint32_t i, uint32_t m)
{
    return (rq_rand_v[0][(y + i) & 255] ^ rq_rand_v[1][((y >> 8) + i) & 255] ^
            rq_rand_v[2][((y >> 16) + i) & 255] ^ rq_rand_v[3][((y >> 24) + i) & 255]) %
           m;
}

/*
 * The columns of internal symbol id X: the LT ones (below W) first, *lt of them,
 * then the permanently inactive ones.  Returns how many in all.  No column repeats.
 */
unsigned rq_columns(const struct rq_params *p, uint32_t X,
                    uint16_t out[static RQ_DEGREE_MAX], unsigned *lt);

/* ISI of an ESI: source symbols keep theirs, repair symbols pass the padding. */
static inline uint32_t
rq_isi(const struct rq_params *p, uint32_t esi)
{
    return esi < p->K ? esi : esi + (p->K_prime - p->K);
}

#endif
