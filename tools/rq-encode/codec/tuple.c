#include "tuple.h"

#include <stddef.h>

/* All thresholds are looked at: no branch to guess. */
static uint32_t
degree(uint32_t v, uint32_t W)
{
    uint32_t d = 0;

    for (size_t i = 0; i < RQ_DEGREE_COUNT; i++)
        d += v >= rq_degree[i];
    return d < W - 2 ? d : W - 2;
}

unsigned
rq_columns(const struct rq_params *p, uint32_t X, uint16_t out[static RQ_DEGREE_MAX],
           unsigned *lt)
{
    uint32_t A = (53591 + p->J * 997) | 1;
    uint32_t y = 10267 * (p->J + 1) + X * A; /* modulo 2^32, as the RFC has it */
    uint32_t d = degree(rq_rand(y, 0, UINT32_C(1) << 20), p->W);
    uint32_t a = 1 + rq_rand(y, 1, p->W - 1);
    uint32_t b = rq_rand(y, 2, p->W);
    uint32_t d1 = d < 4 ? 2 + rq_rand(X, 3, 2) : 2;
    uint32_t a1 = 1 + rq_rand(X, 4, p->P1 - 1);
    uint32_t b1 = rq_rand(X, 5, p->P1);
    unsigned n = 0;

    for (uint32_t j = 0; j < d; j++) {
        out[n++] = (uint16_t)b;
        b += a;
        b -= b >= p->W ? p->W : 0;
    }
    *lt = n;
    for (uint32_t j = 0; j < d1; j++) {
        while (b1 >= p->P)
            b1 = b1 + a1 >= p->P1 ? b1 + a1 - p->P1 : b1 + a1;
        out[n++] = (uint16_t)(p->W + b1);
        b1 = b1 + a1 >= p->P1 ? b1 + a1 - p->P1 : b1 + a1;
    }
    return n;
}
