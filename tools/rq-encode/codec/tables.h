/* tables.h: the constant tables of RFC 6330, sections 5.3.5.2, 5.5 and 5.6. */
#ifndef RQ_TABLES_H
#define RQ_TABLES_H

#include <stdint.h>

enum { RQ_SYSTEMATIC_COUNT = 477, RQ_DEGREE_COUNT = 31 };

/* One row of table 2: K' in ascending order, its systematic index and sizes. */
struct rq_systematic {
    uint16_t K_prime, J, S, H, W;
};

extern const struct rq_systematic rq_systematic[RQ_SYSTEMATIC_COUNT];
extern const uint32_t rq_rand_v[4][256];
extern const uint32_t rq_degree[RQ_DEGREE_COUNT]; /* f[d], out of 2^20 */

#endif
