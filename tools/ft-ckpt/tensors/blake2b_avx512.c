/*
 * blake2b_avx512.c: see blake2b.h (RFC 7693).
 *
 * A row of the 4 x 4 state is one vector.  Between columns and diagonals the other
 * rows are turned instead of b, which is the last to be ready; the order of message
 * words follows that.
 */
#include "tensors/blake2b.h"

#include "common/bytes.h"

#include <immintrin.h>
#include <string.h>

enum { ROUNDS = 12 };

static const uint64_t iv[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                               0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                               0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

/* A row of the RFC's SIGMA as the vectors of a round: columns x, y; diagonals x, y. */
#define ORDER(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)                            \
    {                                                                                    \
        a, c, e, g, b, d, f, h, o, i, k, m, p, j, l, n                                   \
    }

static const uint64_t order[ROUNDS][16] = {
    ORDER(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    ORDER(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3),
    ORDER(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4),
    ORDER(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8),
    ORDER(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13),
    ORDER(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9),
    ORDER(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11),
    ORDER(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10),
    ORDER(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5),
    ORDER(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0),
    ORDER(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    ORDER(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3),
};

struct rows {
    __m256i a, b, c, d;
};

static inline void
mix_x(struct rows *v, __m256i words)
{
    v->a = _mm256_add_epi64(_mm256_add_epi64(v->a, words), v->b);
    v->d = _mm256_ror_epi64(_mm256_xor_si256(v->d, v->a), 32);
    v->c = _mm256_add_epi64(v->c, v->d);
    v->b = _mm256_ror_epi64(_mm256_xor_si256(v->b, v->c), 24);
}

static inline void
mix_y(struct rows *v, __m256i words)
{
    v->a = _mm256_add_epi64(_mm256_add_epi64(v->a, words), v->b);
    v->d = _mm256_ror_epi64(_mm256_xor_si256(v->d, v->a), 16);
    v->c = _mm256_add_epi64(v->c, v->d);
    v->b = _mm256_ror_epi64(_mm256_xor_si256(v->b, v->c), 63);
}

static inline void
to_diagonals(struct rows *v)
{
    v->a = _mm256_permute4x64_epi64(v->a, 0x93);
    v->c = _mm256_permute4x64_epi64(v->c, 0x39);
    v->d = _mm256_permute4x64_epi64(v->d, 0x4e);
}

static inline void
to_columns(struct rows *v)
{
    v->a = _mm256_permute4x64_epi64(v->a, 0x39);
    v->c = _mm256_permute4x64_epi64(v->c, 0x93);
    v->d = _mm256_permute4x64_epi64(v->d, 0x4e);
}

static inline struct rows
begin(const uint64_t h[8], uint64_t count, uint64_t last)
{
    __m256i counter = _mm256_set_epi64x(0, (long long)last, 0, (long long)count);

    return (struct rows){_mm256_loadu_epi64(h), _mm256_loadu_epi64(h + 4),
                         _mm256_loadu_epi64(iv),
                         _mm256_xor_si256(_mm256_loadu_epi64(iv + 4), counter)};
}

static inline void
end(uint64_t h[8], const struct rows *v)
{
    __m256i low = _mm256_loadu_epi64(h);
    __m256i high = _mm256_loadu_epi64(h + 4);

    low = _mm256_xor_si256(low, _mm256_xor_si256(v->a, v->c));
    high = _mm256_xor_si256(high, _mm256_xor_si256(v->b, v->d));
    _mm256_storeu_epi64(h, low);
    _mm256_storeu_epi64(h + 4, high);
}

/* One block; the last one of a message has fewer than 128 octets that count. */
static void
compress(struct blake2b *s, const uint8_t *data, size_t octets, uint64_t last)
{
    __m512i m0 = _mm512_loadu_si512(data), m1 = _mm512_loadu_si512(data + 64);
    struct rows v;

    s->count += octets;
    v = begin(s->h, s->count, last);
    for (size_t r = 0; r < ROUNDS; r++) {
        __m512i columns = _mm512_loadu_si512(order[r]);
        __m512i diagonals = _mm512_loadu_si512(order[r] + 8);

        columns = _mm512_permutex2var_epi64(m0, columns, m1);
        diagonals = _mm512_permutex2var_epi64(m0, diagonals, m1);
        mix_x(&v, _mm512_castsi512_si256(columns));
        mix_y(&v, _mm512_extracti64x4_epi64(columns, 1));
        to_diagonals(&v);
        mix_x(&v, _mm512_castsi512_si256(diagonals));
        mix_y(&v, _mm512_extracti64x4_epi64(diagonals, 1));
        to_columns(&v);
    }
    end(s->h, &v);
}

/* A whole block of each, neither of them the last. */
static inline void
compress_two(struct blake2b *s, const uint8_t *data, struct blake2b *t,
             const uint8_t *other)
{
    __m512i m0 = _mm512_loadu_si512(data), m1 = _mm512_loadu_si512(data + 64);
    __m512i n0 = _mm512_loadu_si512(other), n1 = _mm512_loadu_si512(other + 64);
    struct rows v, w;

    s->count += BLAKE2B_BLOCK;
    t->count += BLAKE2B_BLOCK;
    v = begin(s->h, s->count, 0);
    w = begin(t->h, t->count, 0);
    for (size_t r = 0; r < ROUNDS; r++) {
        __m512i columns = _mm512_loadu_si512(order[r]);
        __m512i diagonals = _mm512_loadu_si512(order[r] + 8);
        __m512i p = _mm512_permutex2var_epi64(m0, columns, m1);
        __m512i q = _mm512_permutex2var_epi64(n0, columns, n1);

        mix_x(&v, _mm512_castsi512_si256(p));
        mix_x(&w, _mm512_castsi512_si256(q));
        mix_y(&v, _mm512_extracti64x4_epi64(p, 1));
        mix_y(&w, _mm512_extracti64x4_epi64(q, 1));
        to_diagonals(&v);
        to_diagonals(&w);
        p = _mm512_permutex2var_epi64(m0, diagonals, m1);
        q = _mm512_permutex2var_epi64(n0, diagonals, n1);
        mix_x(&v, _mm512_castsi512_si256(p));
        mix_x(&w, _mm512_castsi512_si256(q));
        mix_y(&v, _mm512_extracti64x4_epi64(p, 1));
        mix_y(&w, _mm512_extracti64x4_epi64(q, 1));
        to_columns(&v);
        to_columns(&w);
    }
    end(s->h, &v);
    end(t->h, &w);
}

void
blake2b_init(struct blake2b *s)
{
    *s = (struct blake2b){0};
    memcpy(s->h, iv, sizeof iv);
    s->h[0] ^= 0x01010000 ^ BLAKE2B_SIZE; /* no key, fan-out and depth 1 */
}

/* A full block that waits is not the last one when more follows. */
static void
flush(struct blake2b *s)
{
    if (s->used == BLAKE2B_BLOCK) {
        compress(s, s->block, BLAKE2B_BLOCK, 0);
        s->used = 0;
    }
}

void
blake2b_update(struct blake2b *s, const uint8_t *data, size_t n)
{
    while (n > 0) {
        size_t room;

        flush(s);
        for (; s->used == 0 && n > BLAKE2B_BLOCK; n -= BLAKE2B_BLOCK) {
            compress(s, data, BLAKE2B_BLOCK, 0);
            data += BLAKE2B_BLOCK;
        }
        room = BLAKE2B_BLOCK - s->used;
        room = n < room ? n : room;
        memcpy(s->block + s->used, data, room);
        s->used += room;
        data += room;
        n -= room;
    }
}

void
blake2b_update_two(struct blake2b *s, const uint8_t *data, struct blake2b *t,
                   const uint8_t *other, size_t n)
{
    if (n == 0)
        return;
    flush(s);
    flush(t);
    for (; s->used == 0 && n > BLAKE2B_BLOCK; n -= BLAKE2B_BLOCK) {
        compress_two(s, data, t, other);
        data += BLAKE2B_BLOCK;
        other += BLAKE2B_BLOCK;
    }
    blake2b_update(s, data, n);
    blake2b_update(t, other, n);
}

void
blake2b_final(struct blake2b *s, uint8_t out[static BLAKE2B_SIZE])
{
    memset(s->block + s->used, 0, BLAKE2B_BLOCK - s->used);
    compress(s, s->block, s->used, UINT64_MAX);
    for (size_t i = 0; i < BLAKE2B_SIZE / 8; i++)
        put_le64(out + 8 * i, s->h[i]);
}
