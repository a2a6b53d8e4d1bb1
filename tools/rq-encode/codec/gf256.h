/*
 * gf256.h: arithmetic on rows of GF(2^8) octets (RFC 6330, section 5.7).
 *
 * The field is GF(2)[x] / (x^8 + x^4 + x^3 + x^2 + 1), generator 2.  A row is
 * `width` octets, a multiple of 64, and lies in a workspace: row i starts at
 * base + i * stride.  All variants give identical octets; gf256_scalar is what the
 * others are tested against.  Destination rows never overlap sources.
 */
#ifndef RQ_GF256_H
#define RQ_GF256_H

#include <stddef.h>
#include <stdint.h>

/* Rows of one workspace; stride >= width. */
struct gf256_rows {
    uint8_t *base;
    size_t stride;
    size_t width;
};

/*
 * A batch of sums: row into[i] = external[from[i]] + sum of the workspace rows
 * index[start[i]] ... index[stop[i] - 1].  An external row that is NULL, or a batch
 * without `external`, adds nothing.  With `out`, sum i goes to out[i] instead.
 */
struct gf256_sums {
    size_t count;
    const uint32_t *into;
    const uint32_t *start, *stop;
    const uint16_t *index;
    const uint32_t *from;
    const uint8_t *const *external;
    uint8_t *const *out;
    size_t offset; /* of this slice in the external rows and in those of `out` */
};

/*
 * The precode's two dense parts in one pass over the columns 0 .. columns-1:
 * HDPC (alpha recurrence; each running sum is added to rows h1 and h2 of the H ones,
 * and the last one times alpha^h to each row h), and the LDPC circulants (columns
 * 0 .. B-1).  Both add to rows that the caller cleared.
 */
struct gf256_sweep {
    uint32_t columns, B, S, H;
    const uint8_t *pair; /* h1, h2 of each column but the last */
    uint32_t ldpc, hdpc; /* first workspace row of each result */
};

/* Row into[i] += sum over j of coefficient[i * count + j] * row from[j]. */
struct gf256_product {
    const uint32_t *into;
    size_t rows;
    const uint32_t *from;
    size_t count;
    const uint8_t *coefficient;
};

/*
 * Dense sums over GF(2) by tables of 2^bits sums ("four Russians").  The
 * sources are cut into groups of `bits`; code[g * rows + i] holds the bits of group g
 * for row into[i], which the sums are added to.  Needs GF256_FUSED << bits rows at
 * `tables`.
 */
struct gf256_dense {
    const uint32_t *into;
    size_t rows;
    const uint32_t *from;
    size_t count; /* of sources */
    unsigned bits;
    const uint8_t *code;
    uint32_t tables;
};

enum { GF256_FUSED = 4 };

struct gf256;

struct gf256_ops {
    const char *name;
    void (*sums)(const struct gf256_rows *rows, const struct gf256_sums *sums);
    void (*sweep)(const struct gf256_rows *rows, const struct gf256_sweep *sweep);
    void (*product)(const struct gf256 *gf, const struct gf256_rows *rows,
                    const struct gf256_product *product);
    void (*dense)(const struct gf256_rows *rows, const struct gf256_dense *dense);
    /* dst += c * src, any length and alignment */
    void (*axpy)(const struct gf256 *gf, uint8_t *restrict dst, uint8_t c,
                 const uint8_t *restrict src, size_t size);
};

/* The chosen variant and its product tables. */
struct gf256 {
    const struct gf256_ops *ops;
    uint8_t exp[510];
    uint8_t log[256];           /* log[0] is 0 and means nothing */
    uint8_t nibble[256][2][16]; /* c * x and c * 16 x for x < 16 */
    uint64_t affine[256];       /* c as the matrix of GF2P8AFFINEQB */
};

enum { GF256_VARIANTS_MAX = 8 };

extern const struct gf256_ops gf256_scalar;

/* The variants this CPU can run, slowest first; returns how many. */
size_t gf256_usable(const struct gf256_ops *out[static GF256_VARIANTS_MAX]);

/* The fastest usable variant, or `ops`. */
void gf256_init(struct gf256 *gf, const struct gf256_ops *ops);

static inline uint8_t
gf256_mul(const struct gf256 *gf, uint8_t a, uint8_t b)
{
    return a && b ? gf->exp[gf->log[a] + gf->log[b]] : 0;
}

static inline uint8_t
gf256_inverse(const struct gf256 *gf, uint8_t a) /* a is not 0 */
{
    return gf->exp[255 - gf->log[a]];
}

#endif
