/*
 * reference.h: RaptorQ as the RFC writes it, slow and plain, to test the codec against.
 *
 * The whole constraint matrix A is filled in from the formulas of section 5.3.3.4.2
 * (HDPC as the product MT * GAMMA, by definition) and eliminated over GF(2^8), with
 * field products computed by shifting.  Only tables, tuples and parameters are shared
 * with the codec; they are tested by digest.
 */
#ifndef RQ_REFERENCE_H
#define RQ_REFERENCE_H

#include "codec/tuple.h"

#include <stdlib.h>
#include <string.h>

static inline uint8_t
reference_mul(uint8_t a, uint8_t b)
{
    unsigned x = a, product = 0;

    for (; b; b >>= 1) {
        if (b & 1)
            product ^= x;
        x = x << 1 ^ (x & 0x80 ? 0x11d : 0);
    }
    return (uint8_t)product;
}

static inline uint8_t
reference_inverse(uint8_t a)
{
    uint8_t b = 1;

    for (int i = 0; i < 254; i++)
        b = reference_mul(b, a);
    return b;
}

/* S LDPC rows, then H HDPC rows, of L columns each. */
static inline void
reference_precode(const struct rq_params *p, uint8_t *A)
{
    uint32_t n = p->K_prime + p->S;
    uint8_t *MT = calloc((size_t)p->H * n, 1), *power = calloc(n + 1, 1);

    for (uint32_t i = 0; i < p->B; i++) {
        uint32_t a = 1 + i / p->S, b = i % p->S;

        for (int k = 0; k < 3; k++, b = (b + a) % p->S)
            A[b * p->L + i] ^= 1;
    }
    for (uint32_t i = 0; i < p->S; i++) {
        A[i * p->L + p->B + i] ^= 1;
        A[i * p->L + p->W + i % p->P] ^= 1;
        A[i * p->L + p->W + (i + 1) % p->P] ^= 1;
    }
    power[0] = 1;
    for (uint32_t i = 1; i <= n; i++)
        power[i] = reference_mul(power[i - 1], 2);
    for (uint32_t j = 0; j + 1 < n; j++) {
        uint32_t first = rq_rand(j + 1, 6, p->H);

        MT[first * n + j] = 1;
        MT[(first + rq_rand(j + 1, 7, p->H - 1) + 1) % p->H * n + j] = 1;
    }
    for (uint32_t h = 0; h < p->H; h++) {
        uint8_t *row = A + (p->S + h) * p->L;

        MT[h * n + n - 1] = power[h];
        for (uint32_t j = 0; j < n; j++)
            for (uint32_t i = j; i < n; i++)
                row[j] ^= reference_mul(MT[h * n + i], power[i - j]);
        row[n + h] = 1;
    }
    free(MT);
    free(power);
}

static inline void
reference_lt(const struct rq_params *p, uint32_t isi, uint8_t *row)
{
    uint16_t column[RQ_DEGREE_MAX];
    unsigned lt, n = rq_columns(p, isi, column, &lt);

    for (unsigned i = 0; i < n; i++)
        row[column[i]] ^= 1;
}

/*
 * Intermediate symbols of T octets from n received ones (padding is added here); false
 * when the rank is less than L.  C holds L * T octets.
 */
static inline bool
reference_solve(const struct rq_params *p, const uint32_t *esi, size_t n,
                const uint8_t *const *symbol, size_t T, uint8_t *C)
{
    size_t padding = p->K_prime - p->K, rows = p->S + p->H + n + padding;
    size_t width = p->L + T;
    uint8_t *A = calloc((size_t)(p->S + p->H) * p->L, 1);
    uint8_t *m = calloc(rows, width);
    bool ok = true;

    reference_precode(p, A);
    for (size_t i = 0; i < p->S + p->H; i++)
        memcpy(m + i * width, A + i * p->L, p->L);
    for (size_t i = 0; i < n + padding; i++) {
        uint8_t *row = m + (p->S + p->H + i) * width;

        reference_lt(p, i < n ? rq_isi(p, esi[i]) : (uint32_t)(p->K + i - n), row);
        if (i < n)
            memcpy(row + p->L, symbol[i], T);
    }
    for (size_t c = 0; ok && c < p->L; c++) {
        uint8_t *top = m + c * width, inverse;
        size_t r = c;

        while (r < rows && m[r * width + c] == 0)
            r++;
        ok = r < rows;
        for (size_t k = 0; ok && r != c && k < width; k++) {
            uint8_t t = top[k];

            top[k] = m[r * width + k];
            m[r * width + k] = t;
        }
        inverse = ok ? reference_inverse(top[c]) : 0;
        for (size_t k = 0; ok && k < width; k++)
            top[k] = reference_mul(top[k], inverse);
        for (r = 0; ok && r < rows; r++) {
            uint8_t factor = m[r * width + c];

            if (r == c || factor == 0)
                continue;
            for (size_t k = c; k < width; k++)
                m[r * width + k] ^= reference_mul(factor, top[k]);
        }
    }
    for (size_t i = 0; ok && i < p->L; i++)
        memcpy(C + i * T, m + i * width + p->L, T);
    free(A);
    free(m);
    return ok;
}

static inline void
reference_symbol(const struct rq_params *p, const uint8_t *C, uint32_t esi, size_t T,
                 uint8_t *out)
{
    uint16_t column[RQ_DEGREE_MAX];
    unsigned lt, n = rq_columns(p, rq_isi(p, esi), column, &lt);

    memset(out, 0, T);
    for (unsigned i = 0; i < n; i++)
        for (size_t k = 0; k < T; k++)
            out[k] ^= C[column[i] * T + k];
}

#endif
