/*
 * dense.h: the equations that peeling leaves, solved once for all octet positions.
 *
 * Unknown are the inactive intermediate symbols.  `equations` rows over GF(2) (LDPC
 * rows and leftover LT rows) and H rows over GF(2^8) (HDPC) are given by
 * their coefficients; the result says how to compute the unknowns from the
 * right-hand sides: GF(2) first, HDPC only for the few columns that remain.
 */
#ifndef RQ_DENSE_H
#define RQ_DENSE_H

#include "common/bytes.h"
#include "gf256.h"

#include <stdbool.h>

/*
 * Pivot unknowns: t = X * v2, free ones: z = G * (v_h + E * t), then t += Y * z.
 */
struct rq_dense {
    size_t unknowns, equations, H;
    size_t pivots, frees;
    uint32_t *pivot; /* owned; unknown of each pivot */
    uint32_t *free_; /* owned; the others: at most H */
    uint64_t *X;     /* owned; pivots rows of X_words words of `equations` bits */
    size_t X_words;
    uint8_t *Y; /* owned; pivots x frees, 0 or 1 */
    uint8_t *E; /* owned; H x pivots */
    uint8_t *G; /* owned; frees x H */
};

/*
 * Coefficients, an octet each; row i is at i * stride, a multiple of 8, and octets
 * behind the last unknown are 0.
 */
struct rq_dense_rows {
    size_t unknowns, equations, H, stride;
    const uint8_t *binary; /* 0 or 1 */
    const uint8_t *hdpc;
};

/* Bit i is the lowest bit of octet i. */
static inline uint8_t
rq_pack_bits(const uint8_t octets[static 8])
{
    uint64_t x = get_le64(octets) & UINT64_C(0x0101010101010101);

    return (uint8_t)(x * UINT64_C(0x0102040810204080) >> 56);
}

/* False when the rank is less than the number of unknowns. */
bool rq_dense_solve(struct rq_dense *d, const struct gf256 *gf,
                    const struct rq_dense_rows *rows);
void rq_dense_clear(struct rq_dense *d);

#endif
