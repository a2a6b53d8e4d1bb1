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

/* Coefficients: of `binary` a bit each, unknown i bit i % 8 of octet i / 8. */
struct rq_dense_rows {
    size_t unknowns, equations, H;
    const uint8_t *binary; /* row i at i * stride, a multiple of 8 */
    size_t stride;
    const uint8_t *hdpc; /* an octet each; row h at h * unknowns */
};

/* Eight bits of a row of `words` words from bit `at` on; zeros behind its end. */
static inline uint8_t
rq_bits_at(const uint64_t *row, size_t words, size_t at)
{
    uint64_t low = row[at / 64] >> (at % 64);

    if (at % 64 > 56 && at / 64 + 1 < words)
        low |= row[at / 64 + 1] << (64 - at % 64);
    return (uint8_t)low;
}

/* False when the rank is less than the number of unknowns. */
bool rq_dense_solve(struct rq_dense *d, const struct gf256 *gf,
                    const struct rq_dense_rows *rows);
void rq_dense_clear(struct rq_dense *d);

#endif
